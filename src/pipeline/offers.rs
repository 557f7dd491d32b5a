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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use sequoia_openpgp::Packet;
    use sequoia_openpgp::cert::CertBuilder;
    use sequoia_openpgp::serialize::{Serialize, SerializeInto};

    use super::*;
    use crate::mail::opened::OfferedHow;
    use crate::store::testing::{offer, scratch};

    #[tokio::test]
    async fn an_older_copy_in_a_later_mail_takes_no_revocation_back() {
        let at: Timestamp = "2026-12-07T09:00:00Z".parse().unwrap();
        let made: SystemTime = "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().into();
        let (cert, revocation) =
            CertBuilder::general_purpose(Some("bob@example.org")).set_creation_time(made).generate().unwrap();
        let older = cert.to_vec().unwrap();
        let mut revoked = older.clone();
        Packet::from(revocation).serialize(&mut revoked).unwrap();
        let certificate = Certificate::read(&older).unwrap();
        let fingerprint = certificate.fingerprint();
        let offered = mime::facts(&certificate, OfferedHow::Attached, true, at).unwrap();
        assert_eq!(offered.unusable, "");
        let scratch = scratch();
        let joined = scratch.store.write(move |rows| {
            let mut mail = OpenedMail { offered: vec![offered], ..OpenedMail::default() };
            join(rows, &mut mail, at)?;
            assert_eq!(mail.offered[0].unusable, "", "nothing else is known of it");
            offer(rows, &fingerprint, "bob@example.org", &revoked)?;
            join(rows, &mut mail, at)?;
            Ok(mail.offered.remove(0))
        });
        let joined = joined.await.unwrap();
        assert_eq!((joined.unusable.as_str(), joined.signed), ("it is revoked", true));
    }
}
