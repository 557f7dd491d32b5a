//! Applications to the predisclosure list: what comes by their list, and what is answered about them.

mod answering;
mod decision;
pub mod incomplete;
mod intake;
mod reading;

pub use decision::answered;
pub use intake::came;
pub use reading::continues;
