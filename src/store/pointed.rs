//! Whom the desk pointed to the right place: how to apply, or where to write instead. Once a day is enough.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::params;

use super::Rows;
use super::time::At;
use crate::mail::address::Address;

/// What somebody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// How to apply for the predisclosure list.
    HowToApply,
    /// That the predisclosure list takes no mail.
    NoPosts,
    /// That a reply address is no longer valid.
    AddressOver,
}

impl Pointer {
    fn as_str(self) -> &'static str {
        match self {
            Pointer::HowToApply => "how-to-apply",
            Pointer::NoPosts => "no-posts",
            Pointer::AddressOver => "address-over",
        }
    }
}

pub struct Pointed<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn pointed(self) -> Pointed<'c> {
        Pointed(self)
    }
}

impl Pointed<'_> {
    /// This mail was answered so.
    pub fn add(&self, inbox: i64, to: &Address, what: Pointer, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached("INSERT INTO pointed (inbox, address, what, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![inbox, to.key(), what.as_str(), At(at)])
            .map(drop)
            .context("Recording whom the desk pointed to the right place")
    }

    pub fn since(&self, to: &Address, what: Pointer, since: Timestamp) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM pointed WHERE address = ?1 AND what = ?2 AND at > ?3 LIMIT 1")?
            .exists(params![to.key(), what.as_str(), At(since)])
            .context("Looking whether somebody was pointed to the right place")
    }
}
