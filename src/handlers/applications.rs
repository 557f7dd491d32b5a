//! Applications to the predisclosure list: what comes by their list, and what is answered about them.

mod answering;
pub mod decision;
pub mod incomplete;
mod intake;
pub mod membership;
#[cfg(test)]
mod property;
mod reading;
pub mod ruling;
pub mod waiting;

pub use answering::is_machines;
pub use decision::{Named, answered, keep_own, named, named_application};
pub use intake::came;
pub use reading::{answerable, continues};
