//! Applications to the predisclosure list: what comes by their list, and what is answered about them.

pub mod decision;
mod intake;
pub mod membership;
pub mod ruling;
pub mod waiting;

pub use decision::{Named, answered, keep_own, named, named_application};
pub use intake::came;
