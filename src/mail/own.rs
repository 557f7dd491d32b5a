//! Own text: what the author of a mail typed, as against what they quote, forward or sign off with. Commands are read
//! from it alone. It decides nothing about the author; in doubt it says so, and a person is asked.

use super::answer;
use super::opened::{SignedForm, SignedText};

/// What somebody typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnText {
    /// `\n` line ends, paragraphs as they were written (RFC 3676 undone), no control characters but tab and newline.
    pub text: String,
    /// Why nobody can be sure that it is theirs.
    pub unclear: Option<Unclear>,
}

/// Why a text may not be its author's own. The text stands after "because".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    #[error("it is encrypted, or could not be read")]
    Unreadable,
}

/// The own text in what somebody signed.
pub fn signed_text(signed: &SignedText) -> OwnText {
    match signed.form {
        SignedForm::Entity => own_text(&signed.bytes),
        SignedForm::Text => plain(&String::from_utf8_lossy(&signed.bytes)),
        SignedForm::File => OwnText::default(),
    }
}

fn plain(text: &str) -> OwnText {
    OwnText { text: text.replace("\r\n", "\n"), unclear: None }
}

/// The own text of a mail or of a MIME entity. Total: what cannot be read is `Unclear`.
pub fn own_text(raw: &[u8]) -> OwnText {
    let read = answer::text(raw);
    OwnText { unclear: read.trim().is_empty().then_some(Unclear::Unreadable), text: read }
}
