//! Applications to the predisclosure list: what comes by their list, and what is answered about them.

mod decision;
mod intake;

pub use decision::answered;
pub use intake::came;
