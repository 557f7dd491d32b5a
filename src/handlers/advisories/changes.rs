//! What is different between two drafts of an advisory: for whoever approves the later one, and for the section that says
//! what changed.

use jiff::Timestamp;

use crate::advisory::facts::Deployment;
use crate::advisory::style::Style;
use crate::advisory::text::parse;
use crate::handlers::say::advisories::listed;
use crate::policy::letters::shown;
use crate::store::advisories::{Draft, Version};

/// Changed lines that are shown; more are a text of its own.
const LINES_MAX: usize = 60;
/// Texts of more lines are not compared line by line.
const COMPARED_LINES_MAX: usize = 3_000;

/// Something that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// When the embargo ends.
    Ends {
        from: Option<Timestamp>,
        to: Timestamp,
    },
    /// There is no embargo any more.
    Ended,
    /// Its hour passed, and nobody has it: all get the same text.
    Late,
    Cves {
        from: Vec<String>,
        to: Vec<String>,
    },
    Files {
        new: Vec<String>,
        changed: Vec<String>,
        gone: Vec<String>,
    },
    Deployment,
    Title {
        from: String,
        to: String,
    },
    Credits,
    /// Who gets it.
    Audiences,
    /// A text of its number was sent meanwhile: it gets the next.
    Overtaken,
    Text,
}

/// What two drafts are compared by.
pub struct Compared<'a> {
    pub embargo_until: Option<Timestamp>,
    /// The public text is another version than that for members.
    pub twice: bool,
    pub cves: &'a [String],
    pub files: &'a [(String, String)],
    pub deployment: &'a Deployment,
    pub title: &'a str,
    pub members_text: &'a str,
    pub public_text: &'a str,
    pub manifest: &'a str,
}

impl<'a> From<&'a Version> for Compared<'a> {
    fn from(of: &'a Version) -> Self {
        Self {
            // With the release it is over.
            embargo_until: of.embargo_until.filter(|_| of.released_at.is_none()),
            twice: of.public_version > of.version,
            cves: &of.cves,
            files: &of.files,
            deployment: &of.deployment,
            title: &of.title,
            members_text: &of.members_text,
            public_text: &of.public_text,
            manifest: &of.manifest,
        }
    }
}

/// A draft that is not stored yet, with its files by name and SHA-256.
pub struct Fresh<'a>(pub &'a Draft, pub &'a [(String, String)]);

impl<'a> From<&Fresh<'a>> for Compared<'a> {
    fn from(Fresh(of, files): &Fresh<'a>) -> Self {
        Self {
            embargo_until: of.embargo_until,
            twice: of.public_version > of.version,
            cves: &of.cves,
            files,
            deployment: &of.deployment,
            title: &of.title,
            members_text: &of.members_text,
            public_text: &of.public_text,
            manifest: &of.manifest,
        }
    }
}

/// What the later has that the earlier has not.
pub fn between(earlier: &Compared<'_>, later: &Compared<'_>, style: &Style) -> Vec<Change> {
    let mut found = Vec::new();
    match (earlier.embargo_until, later.embargo_until) {
        (from, Some(to)) if from != Some(to) => found.push(Change::Ends { from, to }),
        (Some(_), None) => found.push(Change::Ended),
        // Where no members get it before, for another reason, there is a mark in one of the texts.
        (Some(_), Some(_)) if earlier.twice && !later.twice && later.members_text == later.public_text => {
            found.push(Change::Late);
        }
        _ => {}
    }
    if earlier.cves != later.cves {
        found.push(Change::Cves { from: earlier.cves.to_vec(), to: later.cves.to_vec() });
    }
    if earlier.files != later.files {
        found.push(files(earlier.files, later.files));
    }
    if earlier.deployment != later.deployment {
        found.push(Change::Deployment);
    }
    if earlier.title != later.title {
        found.push(Change::Title { from: earlier.title.to_owned(), to: later.title.to_owned() });
    }
    let credits = |text: &str| parse(text, style).0.section(&style.credits).map(|section| section.body.clone());
    if credits(earlier.public_text) != credits(later.public_text) {
        found.push(Change::Credits);
    }
    let audiences = |manifest: &str| -> Vec<String> {
        manifest.lines().filter(|line| line.starts_with("audience:")).map(str::to_owned).collect()
    };
    let ends = found.iter().any(|change| matches!(change, Change::Ends { .. } | Change::Ended | Change::Late));
    if !ends && audiences(earlier.manifest) != audiences(later.manifest) {
        found.push(Change::Audiences);
    }
    if found.is_empty() && (earlier.members_text, earlier.public_text) != (later.members_text, later.public_text) {
        found.push(Change::Text);
    }
    found
}

fn files(earlier: &[(String, String)], later: &[(String, String)]) -> Change {
    let in_earlier = |name: &str| earlier.iter().find(|(known, _)| known == name);
    let names = |files: Vec<&(String, String)>| files.into_iter().map(|(name, _)| name.clone()).collect();
    let (known, new): (Vec<_>, Vec<_>) = later.iter().partition(|(name, _)| in_earlier(name).is_some());
    let changed = known.into_iter().filter(|(name, sha256)| in_earlier(name).is_some_and(|one| one.1 != *sha256));
    let gone = earlier.iter().filter(|(name, _)| later.iter().all(|(known, _)| known != name));
    Change::Files { new: names(new), changed: names(changed.collect()), gone: names(gone.collect()) }
}

impl Change {
    /// For whoever approves the later: a sentence.
    pub fn sentence(&self) -> String {
        let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        match self {
            Change::Ends { from: None, to } => format!("There is an embargo now, until {}.", shown(*to)),
            Change::Ends { from: Some(from), to } => {
                format!("The embargo ends on {} now; before: on {}.", shown(*to), shown(*from))
            }
            Change::Ended => "There is no embargo any more.".to_owned(),
            Change::Late => "Its hour passed: there is no text for the members alone.".to_owned(),
            Change::Cves { from, to } => format!("CVE numbers now: {}; before: {}.", listed(to), listed(from)),
            Change::Files { new, changed, gone } => {
                let said = [("new", new), ("changed", changed), ("gone", gone)];
                let said = said.into_iter().filter(|(_, names)| !names.is_empty());
                let said: Vec<String> = said.map(|(what, names)| format!("{what}: {}", names.join(", "))).collect();
                match said.as_slice() {
                    [] => "The files stand in another order.".to_owned(),
                    said => format!("Files {}.", said.join("; ")),
                }
            }
            Change::Deployment => "What members may deploy changed.".to_owned(),
            Change::Title { from, to } => format!("The title is “{to}” now; before: “{from}”."),
            Change::Credits => "Whom it thanks, or under which name, is different.".to_owned(),
            Change::Audiences => "It goes to other lists.".to_owned(),
            Change::Overtaken => "A text of its number was sent. This one gets the next number.".to_owned(),
            Change::Text => "The text is different.".to_owned(),
        }
    }

    /// What of a case changed, in a word; or all that is to say of it.
    fn about(&self) -> Result<&'static str, &'static str> {
        Ok(match self {
            Change::Ended => return Err("there is no embargo any more"),
            Change::Late => return Err("its hour passed and the members have no version"),
            Change::Overtaken => return Err("a text of its number was sent"),
            Change::Text => return Err("the desk's own words are others now"),
            Change::Ends { .. } => "the dates",
            Change::Cves { .. } => "the CVE numbers",
            Change::Files { .. } => "the patches",
            Change::Deployment => "what members may deploy",
            Change::Title { .. } => "the title",
            Change::Credits => "the credits",
            Change::Audiences => "the lists",
        })
    }

    /// For readers of the advisory: a sentence, if there is anything to say of it.
    pub fn update(&self, style: &Style) -> Option<String> {
        Some(match self {
            Change::Ends { to, .. } => format!("The embargo ends on {} now.", shown(*to)),
            Change::Ended => style.sentences.released.clone(),
            Change::Cves { from, to } if from.iter().all(|one| to.contains(one)) => "CVE assigned.".to_owned(),
            Change::Cves { .. } => "CVE corrected.".to_owned(),
            Change::Files { new, changed, gone } if changed.is_empty() && gone.is_empty() && !new.is_empty() => {
                "Patches added.".to_owned()
            }
            Change::Files { .. } => "Patches updated.".to_owned(),
            Change::Deployment => "The permission to deploy during the embargo changed.".to_owned(),
            Change::Title { .. } => "Title changed.".to_owned(),
            Change::Credits => "Credits updated.".to_owned(),
            Change::Late | Change::Audiences | Change::Overtaken | Change::Text => return None,
        })
    }
}

/// Why a draft is void: half a sentence.
pub fn why(changes: &[Change]) -> String {
    let about: Vec<Result<&str, &str>> = changes.iter().map(Change::about).collect();
    let changed: Vec<&str> = about.iter().filter_map(|one| one.ok()).collect();
    let others = about.iter().filter_map(|one| one.err()).map(str::to_owned);
    let changed = (!changed.is_empty()).then(|| format!("{} changed", listed(&changed)));
    listed(&others.chain(changed).collect::<Vec<_>>())
}

/// Why the desk wrote a draft anew that nobody sent: a sentence. `version`: of the public text.
pub fn anew(changes: &[Change], version: u32) -> String {
    let why = why(changes);
    let capital: String = why.chars().take(1).flat_map(char::to_uppercase).chain(why.chars().skip(1)).collect();
    match changes {
        [] => "Something of the case changed, and the desk filled that in.".to_owned(),
        [Change::Late] => format!("{capital}, so it goes to everybody as version {version}."),
        [Change::Text] => "The desk's own words are others now: it wrote the draft anew.".to_owned(),
        all if all.iter().all(|one| one.about().is_ok()) => format!("{capital}, and the desk filled that in."),
        _ => format!("{capital}: the desk wrote the draft anew."),
    }
}

/// What changed, for the section of the advisory that says so; empty where only its author knows.
pub fn updates(changes: &[Change], style: &Style) -> String {
    // What is public says so by itself.
    if changes.contains(&Change::Ended) {
        return style.sentences.released.clone();
    }
    let said: Vec<String> = changes.iter().filter_map(|change| change.update(style)).collect();
    said.join("  ")
}

/// The lines that are different, each behind “-” (gone) or “+” (new).
pub fn lines(earlier: &str, later: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (earlier.lines().collect(), later.lines().collect());
    if before.len() > COMPARED_LINES_MAX || after.len() > COMPARED_LINES_MAX {
        return Vec::new();
    }
    let all = different(&before, &after);
    let more = all.len().saturating_sub(LINES_MAX);
    let mut shown: Vec<String> = all.into_iter().take(LINES_MAX).collect();
    if more > 0 {
        shown.push(format!("… and {more} more"));
    }
    shown
}

/// By the longest common subsequence of lines.
fn different(before: &[&str], after: &[&str]) -> Vec<String> {
    let width = after.len() + 1;
    let mut common = vec![0u16; (before.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    for (row, one) in before.iter().enumerate().rev() {
        for (column, other) in after.iter().enumerate().rev() {
            let value = |row, column| common.get(at(row, column)).copied().unwrap_or_default();
            let longest = match one == other {
                true => value(row + 1, column + 1) + 1,
                false => value(row + 1, column).max(value(row, column + 1)),
            };
            if let Some(cell) = common.get_mut(at(row, column)) {
                *cell = longest;
            }
        }
    }
    let value = |row: usize, column: usize| common.get(at(row, column)).copied().unwrap_or_default();
    let (mut row, mut column) = (0, 0);
    let mut found = Vec::new();
    loop {
        match (before.get(row), after.get(column)) {
            (Some(one), Some(other)) if one == other => (row, column) = (row + 1, column + 1),
            (Some(one), other) if other.is_none() || value(row + 1, column) >= value(row, column + 1) => {
                found.push(format!("- {one}"));
                row += 1;
            }
            (_, Some(other)) => {
                found.push(format!("+ {other}"));
                column += 1;
            }
            (_, None) => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_different_are_found_in_order() {
        for (earlier, later, expected) in [
            ("a\nb\nc", "a\nb\nc", vec![]),
            ("a\nb\nc", "a\nx\nc", vec!["- b", "+ x"]),
            ("", "a\nb", vec!["+ a", "+ b"]),
            ("a\nb", "", vec!["- a", "- b"]),
            ("a\nb\nc\nd", "b\nc\ne\nd", vec!["- a", "+ e"]),
        ] {
            assert_eq!(lines(earlier, later), expected, "{earlier:?} to {later:?}");
        }
        let many = "x\n".repeat(LINES_MAX + 2);
        assert_eq!(lines("", &many).last().map(String::as_str), Some("… and 2 more"));
    }

    #[test]
    fn why_a_draft_is_another_is_a_sentence() {
        let patches = Change::Files { new: vec!["a".to_owned()], changed: Vec::new(), gone: Vec::new() };
        for (changes, expected) in [
            (vec![], "Something of the case changed, and the desk filled that in."),
            (vec![patches.clone()], "The patches changed, and the desk filled that in."),
            (
                vec![patches.clone(), Change::Credits],
                "The patches and the credits changed, and the desk filled that in.",
            ),
            (vec![Change::Ended], "There is no embargo any more: the desk wrote the draft anew."),
            (
                vec![Change::Ended, patches.clone()],
                "There is no embargo any more and the patches changed: the desk wrote the draft anew.",
            ),
            (vec![Change::Text], "The desk's own words are others now: it wrote the draft anew."),
            (
                vec![Change::Late],
                "Its hour passed and the members have no version, so it goes to everybody as version 1.",
            ),
        ] {
            assert_eq!(anew(&changes, 1), expected);
        }
    }

    #[test]
    fn files_are_new_changed_or_gone() {
        let file = |name: &str, sha256: &str| (name.to_owned(), sha256.to_owned());
        let (before, after) = ([file("a", "1"), file("b", "1")], [file("a", "2"), file("c", "1")]);
        assert_eq!(files(&before, &after).sentence(), "Files new: c; changed: a; gone: b.");
        assert_eq!(files(&after, &[file("c", "1"), file("a", "2")]).sentence(), "The files stand in another order.");
    }
}
