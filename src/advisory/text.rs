//! The text of an advisory: read from any bytes, and printed. What is read and printed again is byte for byte the same.

mod clearsigned;
mod head;
mod parse;
mod render;
#[cfg(test)]
mod tests;

pub use clearsigned::{Signed, unsigned};
pub use head::mark;
pub use parse::parse;
pub use parse::{Line, lines};
pub use render::render;
