//! Leaving the team: from one moment to the next nothing is encrypted to whoever left, no signature and no reply address
//! of theirs counts, and what they vouched for ends. What was queued for them is stopped by the gate.

use anyhow::Result;
use jiff::Timestamp;

use super::Rows;
use super::people::Person;

/// What somebody left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Reply addresses that are void now.
    pub voided: usize,
    /// The fingerprint of the certificate that is no longer theirs.
    pub certificate: Option<String>,
    /// Requests to join that they vouched for or accepted, and that ended with it.
    pub joinings: usize,
}

impl Rows<'_> {
    /// `None` when the person is no active member.
    pub fn leaves_team(self, person: &Person, at: Timestamp) -> Result<Option<Left>> {
        if !self.people().leave_team(person.id)? {
            return Ok(None);
        }
        let voided = self.tokens().void_all_of(person.id, at)?
            + self.applications().void_tokens_of(person.id, at)?
            + self.list_tokens().void_of(person.id, at)?;
        let certificate = self.certificates().of_person(person.id)?.map(|theirs| theirs.fingerprint);
        if let Some(fingerprint) = &certificate {
            self.certificates().remove(fingerprint)?;
        }
        self.certificates().void_words_of(person.id)?;
        let joinings = self.joinings().void_of(person.id, at)?;
        Ok(Some(Left { voided, certificate, joinings }))
    }
}
