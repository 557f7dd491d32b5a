//! Certificates that a mail brings, joined with what is known of them: the latest copy then says all that the others do,
//! and nobody takes a revocation back by sending an older one. It gives them to nobody.

use anyhow::Result;
use jiff::Timestamp;

use crate::mail::opened::{Offered, OpenedMail};
use crate::openpgp::{Certificate, mime};
use crate::store::Rows;

/// Joins each certificate of a mail that was received at `at`.
pub fn join(rows: Rows<'_>, mail: &mut OpenedMail, at: Timestamp) -> Result<()> {
    for offered in &mut mail.offered {
        let Ok(mut joined) = Certificate::read(&offered.bytes) else { continue };
        let mut copies: Vec<Vec<u8>> = Vec::new();
        copies.extend(rows.certificates().get(&offered.fingerprint)?.map(|registered| registered.bytes));
        let earlier = rows.certificates().offered_copies(&offered.fingerprint)?;
        copies.extend(earlier.into_iter().map(|copy| copy.bytes));
        for copy in copies {
            let copy = Certificate::read(&copy).ok();
            joined = copy.and_then(|copy| joined.updated(&copy)).unwrap_or(joined);
        }
        let Offered { how, signed, .. } = *offered;
        // What others added must not make it larger than can be read again.
        let readable = |facts: &Offered| Certificate::read(&facts.bytes).is_ok();
        if let Some(facts) = mime::facts(&joined, how, signed, at).filter(readable) {
            *offered = facts;
        }
    }
    Ok(())
}
