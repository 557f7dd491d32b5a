//! The commands about what is on its way: held, let go, sent to a member who came later.

use crate::handlers::control::{Did, Order, refuse};

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn hold(&mut self, reason: &str) -> Did {
        let _ = reason;
        refuse("it is not there yet.", "wait.")
    }

    pub(in crate::handlers::control) fn unhold(&mut self) -> Did {
        refuse("it is not there yet.", "wait.")
    }

    pub(in crate::handlers::control) fn predisclose(&mut self, name: &str) -> Did {
        let _ = name;
        refuse("it is not there yet.", "wait.")
    }
}
