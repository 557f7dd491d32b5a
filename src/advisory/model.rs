//! One version of an advisory as its text says it: title block and sections, each with the words it was written in.

use super::written::Written;

/// A text that was read, or is to be written. What the grammar cannot hold is kept as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    pub head: Head,
    pub sections: Vec<Section>,
    /// The title block as it was written, where the usual form of its parts is another; empty lines around it included.
    pub(super) head_written: Option<Written<(Head, Place)>>,
}

/// The title block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `None`: it names none.
    pub number: Option<i64>,
    /// 1 where none is named.
    pub version: u32,
    /// `CVE-2026-12345`, in the order in which they are named.
    pub cves: Vec<String>,
    /// One line, however many it was wrapped into.
    pub title: String,
    /// What the embargo mark says, without its asterisks: `EMBARGOED UNTIL Tue 2026-12-15 12:00 UTC`.
    pub embargo: Option<String>,
    /// Lines among these that are none of them; lines end with LF.
    pub other: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { number: None, version: 1, cves: vec![], title: String::new(), embargo: None, other: String::new() }
    }
}

/// A heading and what stands below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// `ISSUE DESCRIPTION`
    pub heading: String,
    /// Without the empty lines around it; lines end with LF.
    pub body: String,
    /// The line of its heading, from 1; 0 where it was not read.
    pub line: u32,
    /// The line on which its body begins.
    pub body_line: u32,
    /// Heading, underline and all empty lines as they were written, where the usual form is another.
    pub(super) written: Option<Written<Said>>,
}

/// All that the words of a section say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub heading: String,
    pub body: String,
    pub place: Place,
}

/// Whether another piece follows: empty lines part them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Between,
    Last,
}

impl Section {
    pub fn new(heading: &str, body: &str) -> Self {
        Self { heading: heading.to_owned(), body: body.to_owned(), ..Self::default() }
    }

    pub(super) fn said(&self, place: Place) -> Said {
        Said { heading: self.heading.clone(), body: self.body.clone(), place }
    }
}

impl Advisory {
    /// The section with this heading.
    pub fn section(&self, heading: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.heading == heading)
    }

    /// How many of its pieces have another form than the usual one: the title block counts as one.
    pub fn unusual(&self) -> usize {
        usize::from(self.head_written.is_some()) + self.sections.iter().filter(|one| one.written.is_some()).count()
    }

    /// The same in the usual form: nothing is printed as it was written.
    pub fn canonical(self) -> Self {
        let sections = self.sections.into_iter().map(|section| Section { written: None, ..section }).collect();
        Self { head: self.head, sections, head_written: None }
    }
}
