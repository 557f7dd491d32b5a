//! Commands about the dates of a case: until when it is under embargo, and that it is not any more.

use super::{Did, Order, refuse};
use crate::rules::command::Embargo;

impl Order<'_, '_, '_> {
    pub(super) fn embargo(&mut self, _dates: &Embargo) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn public(&mut self, _place: &str) -> Did {
        refuse("not there yet.", "wait.")
    }

    pub(super) fn exploited(&mut self, _what: &str) -> Did {
        refuse("not there yet.", "wait.")
    }
}
