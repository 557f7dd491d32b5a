//! Commands that say what the team found out: how severe it is, which branches it affects, which patches fix it, whom
//! the advisory thanks, what was decided.

use super::{Did, Order, refuse};
use crate::rules::command::{Affected, Credit};

impl Order<'_, '_, '_> {
    pub(super) fn assign(&mut self, _number: Option<i64>) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn severity(&mut self, _vector: &str) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn affects(&mut self, _branch: &str, _verdict: &Affected) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn patch(&mut self, _files: &[(String, String)]) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn credit(&mut self, _credit: &Credit) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn decision(&mut self, _text: &str) -> Did {
        refuse("not there yet.", "wait.")
    }
}
