//! What may be seen of a case by whom, by a reckoning of its own: of what was approved, what is under no embargo any more.

use std::path::{Path, PathBuf};

use embargod::store::advisories::Version;
use embargod::store::cases::Case as Stored;
use mail_parser::MessageParser;

use super::play::{Case, MEMBERS, Play, TEAM};
use crate::world::Letter;

/// Somebody said that it is public, or used in attacks.
pub fn is_open(case: &Stored) -> bool {
    case.public_at.is_some() || case.exploited_at.is_some()
}

impl Play {
    /// Whether the letter may have gone to whom it went, by what it holds.
    pub fn looks_at(&mut self, letter: &Letter) {
        let all = everything(letter);
        for at in 0..self.cases.len() {
            let to = letter.to.as_str();
            let case = &self.cases[at];
            if !case.is_in(&all) || TEAM.contains(&to) || case.discoverer == to {
                continue;
            }
            let member = MEMBERS.contains(&to);
            let on_list = self.members.iter().any(|(who, active)| *who == to && *active);
            for word in case.words_in(&all) {
                let may = self.may_be_public(at, word) || on_list && self.may_go_to_members(at, word);
                assert!(
                    may,
                    "{word} of case {} to {to} ({}) at {}; on the list {on_list}, held {}:\n{}",
                    case.number,
                    letter.kind,
                    self.now,
                    case.held,
                    letter.subject()
                );
            }
            self.tally.to_members += usize::from(member);
            self.tally.to_the_public += usize::from(!member);
        }
    }

    /// What the public can see of files: the site, and what the operator's programs get.
    pub fn looks_at_files(&self) {
        for folder in ["site", "hooks"] {
            for file in files(&self.world.dir.join(folder)) {
                let mut all = file.to_string_lossy().into_owned().into_bytes();
                all.extend(std::fs::read(&file).unwrap());
                for (at, case) in self.cases.iter().enumerate() {
                    for word in case.words_in(&all) {
                        assert!(self.may_be_public(at, word), "{word} of case {} in {}", case.number, file.display());
                    }
                }
            }
        }
    }

    /// Notes what everybody may see from now on.
    pub fn hours_pass(&mut self) {
        for at in 0..self.cases.len() {
            let public: Vec<Version> =
                self.versions(at).into_iter().filter(|one| self.becomes_public(at, one)).collect();
            self.cases[at].public.extend(public.into_iter().map(|one| one.digest));
        }
    }

    fn may_be_public(&self, case: usize, word: &str) -> bool {
        let public = |one: &Version| self.cases[case].public.contains(&one.digest);
        self.with(case, word).any(|one| public(&one) || self.becomes_public(case, &one))
    }

    fn becomes_public(&self, case: usize, version: &Version) -> bool {
        let (stored, known) = (self.stored(case), &self.cases[case]);
        let is_over = is_open(&stored) || !known.public.is_empty() || stored.proposal.release_at <= self.now;
        is_over && !known.held && known.approved.contains(&version.digest) && is_of_these_dates(&stored, version)
    }

    fn may_go_to_members(&self, case: usize, word: &str) -> bool {
        let (stored, known) = (self.stored(case), &self.cases[case]);
        let may = |one: &Version| known.approved.contains(&one.digest) && is_of_these_dates(&stored, one);
        !known.held && self.with(case, word).any(|one| may(&one))
    }

    /// The versions of a case with this word: in a text, in a patch, or in the name of one.
    fn with(&self, case: usize, word: &str) -> impl Iterator<Item = Version> {
        let all = self.versions(case).into_iter().map(|one| {
            let id = one.id;
            let files = self.read(move |rows| rows.advisories().files(id));
            let mut parts = vec![one.members_text.clone().into_bytes(), one.public_text.clone().into_bytes()];
            parts.extend(files.into_iter().flat_map(|file| [file.name.into_bytes(), file.bytes]));
            (one, parts)
        });
        let with: Vec<_> = all.filter(|(_, parts)| parts.iter().any(|part| holds(part, word))).collect();
        with.into_iter().map(|(one, _)| one)
    }
}

/// What was approved with other dates does not leave: it says when the embargo ends, or that there is none.
fn is_of_these_dates(case: &Stored, version: &Version) -> bool {
    match version.embargo_until {
        Some(until) => !is_open(case) && until == case.proposal.release_at,
        None => is_open(case) || case.released_at.is_some(),
    }
}

impl Case {
    /// What of it stands in these bytes.
    pub fn words_in<'c>(&'c self, bytes: &[u8]) -> Vec<&'c str> {
        let all = [&self.word, &self.cve].into_iter().chain(&self.marks);
        all.map(String::as_str).filter(|word| holds(bytes, word)).collect()
    }

    pub fn is_in(&self, bytes: &[u8]) -> bool {
        !self.words_in(bytes).is_empty()
    }
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// A letter as it left, and all that is in it without transfer encodings.
fn everything(letter: &Letter) -> Vec<u8> {
    let mut all = Vec::new();
    for raw in [Some(&letter.raw), letter.opened.as_ref()].into_iter().flatten() {
        all.extend_from_slice(raw);
        let Some(message) = MessageParser::default().parse(raw) else { continue };
        all.extend_from_slice(message.subject().unwrap_or_default().as_bytes());
        for part in &message.parts {
            all.push(b'\n');
            all.extend_from_slice(part.contents());
        }
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
