//! The command about CVE numbers: which one a problem has, that one is wanted, or why there is none.

use super::{Did, Order, refuse};
use crate::rules::command::Cve;

impl Order<'_, '_, '_> {
    pub(super) fn cve(&mut self, _cve: &Cve) -> Did {
        refuse("not there yet.", "wait.")
    }
}
