//! What was inside of mails that came encrypted or signed: written with all that follows from the mail, and read
//! wherever people get to see it. The mail as it came stays in the inbox.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;
use crate::mail::opened::{OpenedMail, SignedForm, SignedText};

pub struct OpenedMails<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn opened(self) -> OpenedMails<'c> {
        OpenedMails(self)
    }
}

impl OpenedMails<'_> {
    /// Keeps what was inside of a mail, in place of what was found in it before: a mail that is handled once more may
    /// show more, with a key that came later.
    pub fn keep(&self, inbox: i64, opened: &OpenedMail, author: Option<&Address>) -> Result<()> {
        for table in ["opened", "signed_text", "offered_certificate"] {
            let sql = format!("DELETE FROM {table} WHERE inbox = ?1");
            self.0.connection.prepare_cached(&sql)?.execute([inbox]).context("Opening a mail anew")?;
        }
        if let Some(message) = &opened.message {
            self.0
                .connection
                .prepare_cached("INSERT INTO opened (inbox, message) VALUES (?1, ?2)")?
                .execute(params![inbox, message])
                .context("Keeping an opened mail")?;
        }
        if let Some(SignedText { fingerprint, made_at, digest, form, bytes }) = &opened.signed {
            self.0
                .connection
                .prepare_cached(
                    "INSERT INTO signed_text (inbox, fingerprint, made_at, digest, form, bytes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![inbox, fingerprint, At(*made_at), digest, form.as_str(), bytes])
                .context("Keeping a signed text")?;
        }
        for offered in &opened.offered {
            self.0
                .connection
                .prepare_cached(
                    "INSERT INTO offered_certificate (fingerprint, inbox, author_key, how, bytes, expires_at, unusable, names)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    offered.fingerprint,
                    inbox,
                    author.map(Address::key).unwrap_or_default(),
                    offered.how.as_str(),
                    offered.bytes,
                    offered.expires_at.map(At),
                    offered.unusable,
                    names(&offered.names)?
                ])
                .context("Keeping a certificate that a mail offers")?;
        }
        Ok(())
    }

    /// Whether this signature had an effect in another mail.
    pub fn was_used(&self, inbox: i64, signed: &SignedText) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM used_signature WHERE fingerprint = ?1 AND digest = ?2 AND inbox <> ?3")?
            .exists(params![signed.fingerprint, signed.digest, inbox])
            .context("Looking whether a signature was used")
    }

    /// From now on this signature has no effect in another mail.
    pub fn use_signature(&self, inbox: i64, signed: &SignedText, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO used_signature (fingerprint, digest, inbox, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![signed.fingerprint, signed.digest, inbox, At(at)])
            .map(drop)
            .context("Using a signature")
    }

    /// Whether a mail came encrypted and was opened.
    pub fn was_opened(&self, inbox: i64) -> Result<bool> {
        self.0
            .connection
            .prepare_cached("SELECT 1 FROM opened WHERE inbox = ?1")?
            .exists([inbox])
            .context("Looking whether a mail was opened")
    }

    /// The bytes that somebody registered signed, and nothing around them.
    pub fn signed(&self, inbox: i64) -> Result<Option<SignedText>> {
        self.0
            .connection
            .prepare_cached("SELECT fingerprint, made_at, digest, form, bytes FROM signed_text WHERE inbox = ?1")?
            .query_row([inbox], |row| {
                let made_at: Timestamp = row.get::<_, At>(1)?.0;
                let form: String = row.get(3)?;
                let form = SignedForm::ALL.into_iter().find(|known| known.as_str() == form);
                let form = form.unwrap_or(SignedForm::File); // Not reached: the table checks it.
                Ok(SignedText { fingerprint: row.get(0)?, made_at, digest: row.get(2)?, form, bytes: row.get(4)? })
            })
            .optional()
            .context("Reading a signed text")
    }
}

fn names(addresses: &[Address]) -> Result<String> {
    let names: Vec<&str> = addresses.iter().map(Address::as_str).collect();
    serde_json::to_string(&names).context("Writing down whom a certificate names")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::opened::{Offered, OfferedHow};
    use crate::store::Store;
    use crate::store::certificates::Found;
    use crate::store::inbox::Arrival;

    fn at() -> Timestamp {
        "2026-12-07T09:00:00Z".parse().unwrap()
    }

    async fn store_with_a_mail(folder: &tempfile::TempDir) -> Store {
        let store = Store::open(&folder.path().join("state.db")).unwrap();
        let arrival = Arrival {
            sha256: "00",
            raw: b"raw",
            account: "local",
            folder: "INBOX",
            received_at: at(),
            predates: false,
            truncated: false,
        };
        assert_eq!(store.write(move |rows| rows.inbox().add(&arrival)).await.unwrap(), Some(1));
        store
    }

    #[tokio::test]
    async fn what_is_opened_later_takes_the_place_of_what_was_opened_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_with_a_mail(&folder).await;
        let readable = || async { store.write(|rows| rows.inbox().readable(1)).await.unwrap() };
        assert_eq!(readable().await, b"raw", "what did not come encrypted is read as it came");
        let signed = SignedText {
            fingerprint: "AA".to_owned(),
            made_at: at(),
            digest: "dd".to_owned(),
            form: SignedForm::Text,
            bytes: b"text".to_vec(),
        };
        let offered =
            Offered { fingerprint: "BB".to_owned(), how: OfferedHow::Autocrypt, bytes: vec![1], ..Offered::default() };
        let mut opened = OpenedMail { message: Some(b"first".to_vec()), offered: vec![offered], ..Default::default() };
        for (message, signed) in [("first", Some(signed)), ("second", None)] {
            (opened.message, opened.signed) = (Some(message.as_bytes().to_vec()), signed.clone());
            let keeping = opened.clone();
            store.write(move |rows| rows.opened().keep(1, &keeping, None)).await.unwrap();
            assert_eq!(readable().await, message.as_bytes());
            assert_eq!(store.write(|rows| rows.opened().signed(1)).await.unwrap(), signed);
        }
        assert_eq!(store.write(|rows| rows.inbox().raw(1)).await.unwrap(), b"raw");
    }

    #[tokio::test]
    async fn every_change_of_a_certificate_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_with_a_mail(&folder).await;
        let counted = || async { store.write(|rows| rows.certificates().changes()).await.unwrap() };
        let found = || Found { at: at(), expires_at: None, unusable: String::new() };
        let register = |bytes: &'static [u8]| {
            let (store, found) = (store.clone(), found());
            async move {
                store.write(move |rows| rows.certificates().register("AA", None, bytes, &found)).await.unwrap();
            }
        };
        let before = counted().await;
        register(b"1").await;
        let added = counted().await;
        assert!(added > before);
        register(b"2").await;
        let changed = counted().await;
        assert!(changed > added, "other bytes under the same fingerprint");
        let found = found();
        store.write(move |rows| rows.certificates().judged("AA", &found)).await.unwrap();
        assert_eq!(counted().await, changed, "a look at it changes nothing");
    }
}
