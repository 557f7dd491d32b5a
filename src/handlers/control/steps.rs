//! Commands about the steps of the playbook.

use super::{Did, Order, refuse};

impl Order<'_, '_, '_> {
    pub(super) fn done(&mut self, _step: &str) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn skip(&mut self, _step: &str, _reason: &str) -> Did {
        refuse("not there yet.", "wait.")
    }
}
