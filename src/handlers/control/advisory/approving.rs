//! The commands by which an advisory is let out: approved, by the digest of what was shown; or without an embargo, now.

use crate::handlers::control::{Did, Order, refuse};

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn approve(&mut self, digest: &str) -> Did {
        let _ = digest;
        refuse("it is not there yet.", "wait.")
    }

    pub(in crate::handlers::control) fn release_now(&mut self) -> Did {
        refuse("it is not there yet.", "wait.")
    }
}
