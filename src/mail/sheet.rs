//! A mail as a sheet of lines, as people see it: numbered, each with whose words it holds. For those who look for answers
//! that stand below, beside and between the questions. It judges no words.

/// Whose words a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Typed by whoever wrote the mail.
    Author,
    /// Quoted from somebody else's mail.
    Quoted,
    /// Below the signature mark, or what a list adds.
    Signature,
    /// In a mail that is passed on.
    Forwarded,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1, in the text as people see it.
    pub number: usize,
    /// Without quote marks, bold marks and control characters.
    pub text: String,
    pub by: By,
    /// It stands out as a heading: bold, a heading of HTML, underlined with a line of dashes.
    pub strong: bool,
}

/// The lines of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub lines: Vec<Line>,
}
