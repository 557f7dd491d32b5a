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

    /// How large the mails are that ride along with a letter.
    pub fn enclosed_bytes(&self, letter: i64) -> Result<i64> {
        self.0
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(coalesce(length(o.message), length(i.raw))), 0)
                 FROM letter l, json_each(l.content, '$.enclosures') e
                 JOIN inbox i ON i.id = json_extract(e.value, '$.value.inbox')
                 LEFT JOIN opened o ON o.inbox = i.id WHERE l.id = ?1",
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
