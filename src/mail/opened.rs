//! What was inside a mail: its text as people read it when it came encrypted, the exact bytes somebody signed, and the
//! certificates it offers. A value; `openpgp::mime` makes it out of bytes.

use jiff::Timestamp;

use crate::mail::address::Address;
use crate::mail::incoming::Note;

/// What opening a mail gave, beside the facts of its header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenedMail {
    /// It came encrypted, wholly or in part, whether it could be opened or not: its text leaves encrypted only.
    pub sealed: bool,
    /// The mail as people read it: its header, with the subject that was protected, and what was inside. `None`: it did
    /// not come encrypted or could not be opened, and the mail as received is all there is.
    pub message: Option<Vec<u8>>,
    /// The subject that was protected by encryption or by a good signature, when it is another than the header's.
    pub subject: Option<String>,
    /// There is more in the mail as received than in `message`: parts outside of the encryption, or not opened.
    pub incomplete: bool,
    pub signed: Option<SignedText>,
    pub offered: Vec<Offered>,
    pub notes: Vec<Note>,
}

impl OpenedMail {
    /// As people read it.
    pub fn readable<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        self.message.as_deref().unwrap_or(raw)
    }
}

/// The bytes that a registered certificate signed, and nothing around them: commands are read from these only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    pub made_at: Timestamp,
    /// What the signature signs, in hexadecimal; it does not change with what is unsigned in it.
    pub digest: String,
    pub form: SignedForm,
    pub bytes: Vec<u8>,
}

/// What signed bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedForm {
    /// A MIME entity: its header and body (RFC 3156).
    Entity,
    /// Plain text (inline).
    Text,
    /// A file that came along: nobody says anything with it.
    File,
}

impl SignedForm {
    pub const ALL: [SignedForm; 3] = [SignedForm::Entity, SignedForm::Text, SignedForm::File];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Text => "text",
            Self::File => "file",
        }
    }
}

/// A certificate that came with a mail. It is shown to people and trusted by nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    pub how: OfferedHow,
    /// Binary, public parts only.
    pub bytes: Vec<u8>,
    /// It lies within the text that somebody registered signed.
    pub signed: bool,
    /// When it stops being usable, as its own signatures say.
    pub expires_at: Option<Timestamp>,
    /// Why nothing could be encrypted to it when its mail was received; empty when something could.
    pub unusable: String,
    /// The addresses that its user IDs name.
    pub names: Vec<Address>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfferedHow {
    /// As a file, or in the text.
    #[default]
    Attached,
    /// In an Autocrypt header (Autocrypt 1.1).
    Autocrypt,
}

impl OfferedHow {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::Autocrypt => "autocrypt",
        }
    }
}
