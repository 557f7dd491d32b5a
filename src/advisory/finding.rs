//! What is wrong with an advisory, or may be.

/// Errors stop it; warnings are shown to whoever approves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

/// One thing that was found, for whoever wrote the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// From 1; 0: it is about no line.
    pub line: u32,
    pub severity: Severity,
    /// A sentence, which ends with a full stop.
    pub text: String,
}

impl Finding {
    pub fn error(line: u32, text: impl Into<String>) -> Self {
        Self { line, severity: Severity::Error, text: text.into() }
    }

    pub fn warning(line: u32, text: impl Into<String>) -> Self {
        Self { line, severity: Severity::Warning, text: text.into() }
    }
}
