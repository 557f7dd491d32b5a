//! Whom the desk may write to outside of the team: other projects, leads of components, release managers, the authority
//! that gives CVE numbers. The operator names them; a case is told to none of them before somebody of the team says so,
//! or a step of the playbook.

use serde::Deserialize;

use crate::mail::address::{Address, Mailbox};
use crate::rules::command::Role;

/// One of them (settings `[[contact]]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// What commands and the playbook call it: `cna`, `qemu`, `toolstack`.
    pub id: String,
    pub part: Part,
    /// As letters call it.
    pub name: String,
    pub address: Address,
    /// It agreed once for all to keep embargoes; else it is asked each time, and told nothing before.
    pub agreed: bool,
}

/// What a contact is to the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Gives CVE numbers.
    Cna,
    ReleaseManager,
    /// The security contact of another project.
    Coordinator,
    /// Leads a component of ours.
    Lead,
}

impl Part {
    /// What they are in a case.
    pub fn role(self) -> Role {
        match self {
            Part::Cna => Role::Cna,
            Part::ReleaseManager => Role::ReleaseManager,
            Part::Coordinator => Role::Coordinator,
            Part::Lead => Role::Maintainer,
        }
    }
}

impl Contact {
    pub fn mailbox(&self) -> Mailbox {
        Mailbox { name: Some(self.name.clone()), address: self.address.clone() }
    }
}

/// The one that somebody calls so, whatever the case of its letters.
pub fn called<'c>(contacts: &'c [Contact], id: &str) -> Option<&'c Contact> {
    contacts.iter().find(|contact| contact.id.eq_ignore_ascii_case(id.trim()))
}

/// The first that has this part.
pub fn with_part(contacts: &[Contact], part: Part) -> Option<&Contact> {
    contacts.iter().find(|contact| contact.part == part)
}
