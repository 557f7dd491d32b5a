//! Commands that say what a case is: a problem of ours, none, one that is known, somebody else's.

use super::{Did, Order, refuse};
use crate::mail::address::Mailbox;
use crate::rules::label::CaseId;

impl Order<'_, '_, '_> {
    pub(super) fn confirm(&mut self) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn invalid(&mut self, _reason: &str) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn duplicate(&mut self, _of: CaseId) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn passed(&mut self, _name: &str) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn report_for(&mut self, _whose: &Mailbox) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn add_contact(&mut self, _name: &str) -> Did {
        refuse("not there yet.", "wait.")
    }
}
