//! One version of an advisory as its text says it: title block and sections, each with the words it was written in.

/// A text that was read, or is to be written. What the grammar cannot hold is kept as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    pub head: Head,
    pub sections: Vec<Section>,
    /// The title block as it was written, where the usual form of its parts is another; empty lines around it included.
    pub(super) head_written: Option<String>,
}

/// The title block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Heading, underline and all empty lines as they were written, where the usual form is another.
    pub(super) written: Option<String>,
}

impl Section {
    pub fn new(heading: &str, body: &str) -> Self {
        Self { heading: heading.to_owned(), body: body.to_owned(), line: 0, written: None }
    }
}

impl Advisory {
    /// The section with this heading.
    pub fn section(&self, heading: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.heading == heading)
    }
}
