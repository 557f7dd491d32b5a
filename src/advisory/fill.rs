//! The texts as they leave, made of what the author wrote and what the desk knows.

mod sections;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use super::model::{Advisory, Head, Section};
use super::style::Style;
use super::text::{mark, render};
use super::{listing, wrap};
use sections::Sections;

/// Both texts of a version. Without an embargo they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub members: String,
    pub public: String,
}

/// Who reads a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Members,
    Public,
}

/// What the author left out is filled in; what they wrote stays. Both texts are in the usual form, with long lines of prose
/// broken. What cannot be filled in, `lint` finds in them.
pub fn fill(draft: &Advisory, facts: &Facts, style: &Style) -> Texts {
    let text = |readers| Filling { draft, facts, style, readers }.text();
    Texts { members: text(Readers::Members), public: text(Readers::Public) }
}

struct Filling<'a> {
    draft: &'a Advisory,
    facts: &'a Facts,
    style: &'a Style,
    readers: Readers,
}

impl Filling<'_> {
    fn text(&self) -> String {
        let mut sections = Sections::new(self.style);
        for section in &self.draft.sections {
            if self.style.updated(&section.heading).is_none() {
                sections.push(Section::new(&section.heading, &wrap::body(&without_marks(&section.body))));
            }
        }
        sections.put_first(self.updates());
        sections.fill(&self.style.credits, |own| self.credits(own));
        sections.fill(&self.style.resolution, |own| self.resolution(own));
        sections.fill(&self.style.deployment, |own| self.deployment(own));
        let filled = Advisory { head: self.head(), sections: sections.in_order(), ..Advisory::default() };
        render(&filled, self.style)
    }

    fn version(&self) -> u32 {
        match self.readers {
            Readers::Members => self.facts.version,
            Readers::Public => self.facts.public_version,
        }
        .max(1)
    }

    fn head(&self) -> Head {
        let (draft, facts) = (&self.draft.head, self.facts);
        let mut cves = facts.cves.clone();
        cves.extend(draft.cves.iter().filter(|cve| !facts.cves.contains(cve) && is_cve(cve)).cloned());
        let title = if draft.title.is_empty() { &facts.title } else { &draft.title };
        let mark = facts.embargo.as_ref().filter(|_| self.readers == Readers::Members);
        Head {
            number: Some(facts.number).filter(|number| *number > 0).or(draft.number),
            version: self.version(),
            cves,
            title: title.split_whitespace().collect::<Vec<_>>().join(" "),
            embargo: mark.map(|until| format!("EMBARGOED UNTIL {until}")),
            other: without_marks(&draft.other),
        }
    }

    /// What changed: in the author's words for this very version, else as the desk knows it.
    fn updates(&self) -> Option<Section> {
        let version = self.version();
        let heading = self.style.updates_in(version);
        let released = self.readers == Readers::Public && self.facts.version != self.facts.public_version;
        let is_meant = |of: u32| of == version || (of == 0 && !released);
        let own = self.draft.sections.iter().find(|one| self.style.updated(&one.heading).is_some_and(is_meant));
        let own = own.map(|own| wrap::body(&without_marks(&own.body))).filter(|own| !own.trim().is_empty());
        let known = if released { &self.style.sentences.released } else { &self.facts.updates };
        let body = own.unwrap_or_else(|| prose(known));
        let has_any = version > 1 && !self.style.updates.is_empty() && !body.trim().is_empty();
        has_any.then(|| Section::new(&heading, &body))
    }

    fn credits(&self, own: &str) -> String {
        match listed(&self.facts.credits) {
            Some(names) if own.trim().is_empty() => prose(&self.style.sentences.credited.replace("{names}", &names)),
            _ => own.to_owned(),
        }
    }

    /// The author's words, or the usual sentence; then the files, in place of those that stood there.
    fn resolution(&self, own: &str) -> String {
        let sentences = &self.style.sentences;
        let files = &self.facts.files;
        let words = if files.is_empty() { own.trim_matches('\n').to_owned() } else { listing::without(own) };
        let usual = sentences.resolutions().into_iter().any(|usual| same_words(usual, &words));
        let words = match words {
            words if !words.trim().is_empty() && !usual => words,
            words if files.is_empty() => {
                if self.facts.patchless {
                    prose(&sentences.no_patch)
                } else {
                    words
                }
            }
            _ => prose(self.usual_resolution()),
        };
        let listing = match files.as_slice() {
            [] => String::new(),
            files => listing::written(files, self.facts.number, self.style),
        };
        joined(&[&words, &listing])
    }

    fn usual_resolution(&self) -> &str {
        let sentences = &self.style.sentences;
        let patches: Vec<_> = self.facts.files.iter().filter(|file| listing::is_patch(&file.name)).collect();
        let branches: Vec<&String> = patches.iter().flat_map(|file| &file.branches).collect();
        let shared = branches.iter().enumerate().any(|(nth, one)| branches.iter().take(nth).any(|other| one == other));
        match patches.len() {
            0 => &sentences.no_patch,
            1 => &sentences.one_patch,
            _ if shared => &sentences.patches,
            _ => &sentences.one_of_patches,
        }
    }

    /// What members may deploy, and why that stands there: only where there is an embargo, or was one.
    fn deployment(&self, own: &str) -> String {
        if self.facts.embargo.is_none() && !self.facts.was_embargoed {
            return own.to_owned();
        }
        let own = self.style.without_retained(own);
        let usual = own.trim().is_empty() || self.style.deployments.iter().any(|(_, words)| same_words(words, &own));
        let words = match self.style.permission(&self.facts.deployment) {
            Some(said) if usual => wrap::body(said.trim_matches('\n')),
            _ => own,
        };
        if words.trim().is_empty() { String::new() } else { joined(&[&words, &self.style.retained_notice()]) }
    }
}

/// `CVE-2026-12345`
pub fn is_cve(name: &str) -> bool {
    let digits =
        |part: &str, min: usize| part.len() >= min && part.len() <= 19 && part.bytes().all(|b| b.is_ascii_digit());
    let parts = name.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| digits(year, 4) && year.len() == 4 && digits(number, 4))
}

/// Whether two texts have the same words, however they are wrapped.
pub fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// The embargo mark stands in the title block of the members' text, and nowhere else.
fn without_marks(body: &str) -> String {
    body.lines().filter(|line| mark(line).is_none()).flat_map(|line| [line, "\n"]).collect()
}

/// A sentence of the profile or of the desk, as a paragraph.
fn prose(text: &str) -> String {
    let text = text.trim();
    if text.contains('\n') { wrap::body(text) } else { wrap::wrapped(text, wrap::WIDTH_CHARACTERS).join("\n") }
}

/// Paragraphs that are not empty, with an empty line between.
fn joined(pieces: &[&str]) -> String {
    let pieces = pieces.iter().map(|piece| piece.trim_matches('\n')).filter(|piece| !piece.trim().is_empty());
    pieces.collect::<Vec<_>>().join("\n\n") + "\n"
}

/// `A`, `A and B`, `A, B and C`
fn listed(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(one.clone()),
        [others @ .., last] => Some(format!("{} and {last}", others.join(", "))),
    }
}
