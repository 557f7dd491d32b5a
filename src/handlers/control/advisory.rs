//! Commands about advisories: drafted, approved, held, sent.

mod approving;
mod drafting;
mod sending;
