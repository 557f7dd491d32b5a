//! The manual: it is read from the comments of `enum Command`, so that it says what the program does, and in one place.
//! It shows nothing to anybody.

use std::sync::LazyLock;

use serde::Serialize;

use super::read;
use crate::rules::authority::{Act, Demand};

/// The file with the comments.
const SOURCE: &str = include_str!("../command.rs");

/// The width letters are written in.
const LINE_CHARACTERS_MAX: usize = 72;

const BEFORE: &str = "Write commands at the top of your mail, above all other text, each on a line of its own, at most \
     20. All of them are carried out, or none. You get an answer. The team gets the mail; a discoverer gets nothing of \
     it but what you tell them.";
const BEHIND: &str = "“Your own reply address” is the one your copy of a mail of the case came with: just reply to it, \
     from your own address. “Your signature” is one by your registered OpenPGP certificate, over the commands. It \
     counts for 48 hours, and once. If the mail is no reply to your own copy, begin it with a line that names the case, \
     such as “case 12”. A signature is enough for every command.";

/// What the manual says of one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The ways to write it: `!title TEXT`.
    pub usages: Vec<&'static str>,
    /// What it does: sentences.
    pub does: String,
}

/// Every command, in the order of the `enum`.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| commented(SOURCE));
    &ENTRIES
}

/// What the manual says of the command with this verb.
pub(super) fn entry(verb: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| !verb.is_empty() && entry.verb() == verb)
}

/// How all of them are written, one to a line.
pub(super) fn usages() -> String {
    let usages = entries().iter().flat_map(|entry| &entry.usages);
    usages.map(|usage| format!("- {usage}")).collect::<Vec<_>>().join("\n")
}

/// All of it, for people. `demand`: what must be proven for an act. No line begins with a `!`.
pub fn manual(demand: impl Fn(Act) -> Demand) -> String {
    let entries = entries().iter().map(|entry| {
        let needs = format!("Needs {}.", entry.needs(&demand));
        format!("{}{}", entry.shown(), wrapped(&needs, 2))
    });
    let paragraphs = [wrapped(BEFORE, 0)].into_iter().chain(entries).chain([wrapped(BEHIND, 0)]);
    paragraphs.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

impl Entry {
    /// The word it begins with, without its mark.
    pub fn verb(&self) -> &'static str {
        let usage = self.usages.first().copied().unwrap_or_default();
        usage.trim_start_matches('!').split(' ').next().unwrap_or_default()
    }

    /// How it is written, and what it does, in lines that are no commands.
    pub(super) fn shown(&self) -> String {
        let usages: String = self.usages.iter().map(|usage| format!("- {usage}\n")).collect();
        usages + &wrapped(&self.does, 2)
    }

    /// What must be proven for it, in words: one thing, or what for whom.
    pub fn needs(&self, demand: impl Fn(Act) -> Demand) -> String {
        let mut needed: Vec<(Demand, Vec<String>)> = Vec::new();
        for (whom, act) in self.acts() {
            let demand = demand(act);
            match needed.iter_mut().find(|(known, _)| *known == demand) {
                Some((_, people)) if people.contains(&whom) => {}
                Some((_, people)) => people.push(whom),
                None => needed.push((demand, vec![whom])),
            }
        }
        match needed.as_slice() {
            [(demand, _)] => in_words(*demand).to_owned(),
            several => {
                let each = several.iter().map(|(demand, whom)| format!("{} ({})", in_words(*demand), whom.join(", ")));
                each.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The acts it may be, by the first word behind the verb: the ways to write it are read as commands.
    fn acts(&self) -> Vec<(String, Act)> {
        let examples = self.usages.iter().flat_map(|usage| examples(usage));
        let read = examples.filter_map(|example| {
            let whom = example.split(' ').nth(1).unwrap_or_default().to_owned();
            let command = read(&filled(&example))?.ok()?.lines.pop()?.command;
            Some((whom, command.act()))
        });
        read.collect()
    }

    /// All the ways to write it, with words that may stand there.
    #[cfg(test)]
    pub fn written(&self) -> Vec<String> {
        self.usages.iter().flat_map(|usage| examples(usage)).map(|example| filled(&example)).collect()
    }
}

fn in_words(demand: Demand) -> &'static str {
    match demand {
        Demand::Aligned => "your own reply address",
        Demand::Signed | Demand::SignedAndSettled => "your signature",
    }
}

/// A usage once for each of its choices: `!remove NAME|ADDRESS` is two.
fn examples(usage: &str) -> Vec<String> {
    usage.split(' ').fold(vec![String::new()], |begun, word| {
        let longer = |so_far: &String| {
            let so_far = so_far.clone();
            word.split('|').map(move |choice| format!("{so_far} {choice}").trim_start().to_owned())
        };
        begun.iter().flat_map(longer).collect()
    })
}

/// With words that may stand there.
fn filled(usage: &str) -> String {
    usage
        .replace("FINGERPRINT", &"0".repeat(40))
        .replace("DIGEST", &"0".repeat(16))
        .replace("DATE", "2026-12-15")
        .replace("HOUR", "14:00")
        .replace("CONTACT", "qemu")
        .replace("BRANCH", "4.20")
        .replace("VERSIONS", "4.20.1")
        .replace("STEP", "patches")
        .replace("AV:N/…", "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
        .replace("ADDRESS", "carol@example.net")
        .replace("NUMBER", "1")
        .replace("NAME", "Carol")
        .replace("TEXT", "text.")
}

/// What stands above each variant of `enum Command`: the usages are what its first line has in backticks.
fn commented(source: &'static str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut comment: Vec<&'static str> = Vec::new();
    let inside = source.lines().skip_while(|line| !line.starts_with("pub enum Command ")).skip(1);
    for line in inside.take_while(|line| !line.starts_with('}')) {
        let line = line.trim();
        if let Some(words) = line.strip_prefix("///") {
            comment.push(words.trim());
        } else if line.starts_with(char::is_alphabetic) {
            let usages = comment.first().map(|first| first.split('`').skip(1).step_by(2).collect());
            let does = comment.iter().skip(1).copied().collect::<Vec<_>>().join(" ");
            entries.push(Entry { usages: usages.unwrap_or_default(), does });
            comment.clear();
        }
    }
    entries
}

/// In lines that end, each this far from the edge. None begins with a `!`.
fn wrapped(text: &str, indent: usize) -> String {
    let mut page = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let breaks = width > 0 && width + 1 + length > LINE_CHARACTERS_MAX && !word.starts_with('!');
        if width == 0 || breaks {
            page.push_str(if breaks { "\n" } else { "" });
            page.push_str(&" ".repeat(indent));
            width = indent;
        } else {
            page.push(' ');
            width += 1;
        }
        page.push_str(word);
        width += length;
    }
    page.push('\n');
    page
}
