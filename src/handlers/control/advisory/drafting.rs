//! The commands that draft an advisory, and say what members may deploy.

use crate::handlers::control::{Did, Order, refuse};
use crate::rules::command::Deploy;

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn draft(&mut self, number: Option<i64>, updates: &str) -> Did {
        let _ = (number, updates);
        refuse("it is not there yet.", "wait.")
    }

    pub(in crate::handlers::control) fn deploy(&mut self, said: &Deploy) -> Did {
        let _ = said;
        refuse("it is not there yet.", "wait.")
    }
}
