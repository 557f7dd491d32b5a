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

/// What a text says is repeated only so far.
const REPEATED_CHARACTERS_MAX: usize = 60;

/// Words of a text inside a finding: on one line, and each of them to be seen.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() || is_invisible(c) { '\u{FFFD}' } else { c };
    let mut shown: String = text.chars().take(REPEATED_CHARACTERS_MAX).map(plain).collect();
    if text.chars().nth(REPEATED_CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Characters that are not seen, or make others look like something else (U+202E and its like).
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}
