//! The texts as they leave, made of what the author wrote and what the desk knows.

use super::facts::Facts;
use super::model::Advisory;
use super::style::Style;

/// Both texts of a version. Without an embargo they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub members: String,
    pub public: String,
}

/// What the author left out is filled in; what they wrote stays.
pub fn fill(draft: &Advisory, facts: &Facts, style: &Style) -> Texts {
    let _ = (draft, facts, style);
    Texts::default()
}
