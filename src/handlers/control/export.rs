//! The command that sends a member of the team all mails of a case.

use super::{Did, Order, refuse};

impl Order<'_, '_, '_> {
    pub(super) fn export(&mut self) -> Did {
        refuse("not there yet.", "wait.")
    }
}
