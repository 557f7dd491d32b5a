//! Commands about people in a case: who takes part, and what they are told.

use super::{Did, Order, refuse};
use crate::mail::address::Mailbox;
use crate::rules::command::{Role, Whom};

impl Order<'_, '_, '_> {
    pub(super) fn tell(&mut self, _whom: &Whom, _text: &str) -> Did {
        refuse("this version cannot do that.", "ask the operator.")
    }

    pub(super) fn add(&mut self, _person: &Mailbox, _role: Role) -> Did {
        refuse("this version cannot do that.", "ask the operator.")
    }

    pub(super) fn remove(&mut self, _name: &str) -> Did {
        refuse("this version cannot do that.", "ask the operator.")
    }
}
