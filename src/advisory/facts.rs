//! What the desk knows of a case when an advisory is written: what it fills in, and what a text is compared with.

/// One file that goes with an advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// The branches it is for, as people say them.
    pub branches: Vec<String>,
}

/// What the desk knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub number: i64,
    /// Of the text for members, or of the public text where there is no embargo.
    pub version: u32,
    /// Of the public text: the next one, where members have the other under embargo.
    pub public_version: u32,
    pub title: String,
    pub cves: Vec<String>,
    /// As the advisory thanks them.
    pub credits: Vec<String>,
    pub files: Vec<File>,
    /// Those of the files whose name another public advisory has on the site, and how that is called.
    pub taken: Vec<(String, String)>,
    /// When the embargo ends, as people read it: `Tue 2026-12-15 12:00 UTC`; `None`: there is none.
    pub embargo: Option<String>,
    /// There was one, and it is over: what was permitted during it stays in the text.
    pub was_embargoed: bool,
    /// Its hour is over, and nobody had it: it says nothing of what was permitted before, unless its author does.
    pub late: bool,
    /// What changed in this version; empty in the first.
    pub updates: String,
    pub deployment: Deployment,
    /// The case is under way without a patch (policy: two working weeks before disclosure).
    pub patchless: bool,
    /// The branches that are known to be affected.
    pub affected: Vec<String>,
    /// In UTC; `None`: dates are not compared with it.
    pub today: Option<jiff::civil::Date>,
}

/// What members may deploy before the embargo ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "is", content = "words", rename_all = "kebab-case")]
pub enum Deployment {
    /// Nobody said.
    #[default]
    Unsaid,
    /// One of the style's: `patches`, `mitigations`, `nothing`.
    Usual(String),
    /// In the team's words.
    Words(String),
}
