//! The sealed bytes of letters, from sealing until the last delivery is decided. They hold reply tokens: no longer.

use anyhow::{Context, Result};
use rusqlite::params;

use super::Outbox;

/// In which form a letter is sealed. Each is made once; every attempt sends the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The whole message, as it leaves in clear.
    Clear,
    /// The signed text that encrypted deliveries carry.
    Inside,
}

impl Form {
    fn column(self) -> &'static str {
        match self {
            Self::Clear => "sealed",
            Self::Inside => "sealed_inside",
        }
    }
}

impl Outbox<'_> {
    /// The kept bytes; `None` until they are sealed.
    pub fn sealed(&self, letter: i64, form: Form) -> Result<Option<Vec<u8>>> {
        self.0
            .connection
            .prepare_cached(&format!("SELECT {} FROM letter WHERE id = ?1", form.column()))?
            .query_row([letter], |row| row.get(0))
            .context("Reading a sealed letter")
    }

    /// Keeps the sealed bytes: every attempt from now on sends these. `false` when they were sealed before, or nobody
    /// waits for the letter any more.
    pub fn seal(&self, letter: i64, form: Form, bytes: &[u8]) -> Result<bool> {
        let column = form.column();
        let rows = self
            .0
            .connection
            .prepare_cached(&format!(
                "UPDATE letter SET {column} = ?2 WHERE id = ?1 AND {column} IS NULL AND EXISTS (
                     SELECT 1 FROM delivery d WHERE d.letter = ?1 AND d.state IN ('queued', 'sending'))"
            ))?
            .execute(params![letter, bytes])
            .context("Keeping a sealed letter")?;
        Ok(super::super::changed_one(rows))
    }

    /// How large the mails are that ride along with a letter, each as it does: as received, or as people read it; and the
    /// files of the advisory that it brings.
    pub fn enclosed_bytes(&self, letter: i64) -> Result<i64> {
        self.0
            .connection
            .prepare_cached(
                "SELECT (SELECT coalesce(sum(length(f.bytes)), 0) FROM letter l JOIN advisory_file f ON f.version = l.version
                         WHERE l.id = ?1)
                      + coalesce(sum(CASE json_extract(e.value, '$.value.is') WHEN 'received' THEN length(i.raw)
                                     ELSE coalesce(length(o.message), length(i.raw)) END), 0)
                 FROM (SELECT e.value, json_extract(e.value, '$.value.inbox') AS inbox
                       FROM letter l, json_each(l.content, '$.enclosures') e WHERE l.id = ?1
                       UNION ALL
                       SELECT e.value, m.value FROM letter l, json_each(l.content, '$.enclosures') e,
                              json_each(e.value, '$.value.mails') m WHERE l.id = ?1) e
                 JOIN inbox i ON i.id = e.inbox LEFT JOIN opened o ON o.inbox = i.id",
            )?
            .query_row([letter], |row| row.get(0))
            .context("Looking how large a letter is")
    }

    /// They go as soon as no delivery needs them.
    pub(super) fn forget_sealed(&self, delivery: i64) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "UPDATE letter SET sealed = NULL, sealed_inside = NULL
                 WHERE id = (SELECT letter FROM delivery WHERE id = ?1)
                 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.letter = letter.id AND d.state IN ('queued', 'sending'))",
            )?
            .execute([delivery])
            .context("Forgetting a sealed letter")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter::{Enclosure, Kind, Letter, Thread};
    use crate::mail::opened::OpenedMail;
    use crate::mail::thread::MessageId;
    use crate::rules::label::{Labelled, Text};
    use crate::store::inbox::Arrival;
    use crate::store::outbox::Written;
    use crate::store::testing::scratch;
    use Enclosure::{Attachment, Certificate, Mbox, Opened, Received};

    /// Of ciphertext that unpacks, what was inside counts; beside little ciphertext much may stand in clear.
    #[tokio::test]
    async fn a_mail_that_rides_along_is_as_large_as_what_rides() {
        let scratch = scratch();
        let measured = scratch.store.write(|rows| {
            let at = "2026-12-07T09:00:00Z".parse()?;
            for (sha256, raw, message) in [("1", 100, Some(7_000)), ("2", 30_000, Some(20)), ("3", 500, None)] {
                let arrival = Arrival {
                    sha256,
                    raw: &vec![b'x'; raw],
                    account: "local",
                    folder: "in",
                    received_at: at,
                    predates: false,
                    truncated: false,
                };
                let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
                let message = message.map(|bytes| vec![b'x'; bytes]);
                rows.opened().keep(inbox, &OpenedMail { message, ..OpenedMail::default() }, None)?;
            }
            let measure = |(counter, enclosures): (u32, Vec<Enclosure>)| -> Result<i64> {
                let letter = Letter {
                    kind: Kind::Relay,
                    from_name: None,
                    to: Vec::new(),
                    subject: Text::public(String::new()),
                    body: Text::public(String::new()),
                    enclosures: enclosures.into_iter().map(Labelled::public).collect(),
                    thread: Thread::default(),
                    slots: Default::default(),
                    reply_to: None,
                    answers_to: None,
                    blind: Vec::new(),
                    post: None,
                    cc: Vec::new(),
                    advisory: None,
                };
                let message_id = MessageId::parse(&format!("{counter}@example.org")).expect("an identifier");
                let written = Written {
                    letter: &letter,
                    cause: "test",
                    counter,
                    message_id: &message_id,
                    case: None,
                    written_at: at,
                };
                rows.outbox().enclosed_bytes(rows.outbox().add_letter(&written)?)
            };
            let letters = [
                vec![],
                vec![Certificate],
                vec![Opened { inbox: 1 }],
                vec![Received { inbox: 1 }],
                vec![Opened { inbox: 2 }, Received { inbox: 2 }],
                vec![Received { inbox: 3 }, Attachment { inbox: 1, part: 2 }],
                vec![Mbox { name: "case-1.mbox".to_owned(), mails: vec![1, 3] }],
            ];
            (1..).zip(letters).map(measure).collect::<Result<Vec<_>>>()
        });
        assert_eq!(measured.await.unwrap(), [0, 0, 7_000, 100, 30_020, 7_500, 7_500]);
    }
}
