//! Whether our mail server removes forged stamps, as `check --send` found out. Until it does, for the very name in the
//! settings, nobody's sender is proven by a stamp.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Rows;
use super::time::At;

pub struct Stamps<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn stamps(self) -> Stamps<'c> {
        Stamps(self)
    }
}

impl Stamps<'_> {
    /// When forged stamps of this name were last seen to be removed.
    pub fn tried_at(&self, authserv_id: &str) -> Result<Option<Timestamp>> {
        let at: Option<At> = self
            .0
            .connection
            .prepare_cached("SELECT tried_at FROM stamp WHERE authserv_id = ?1")?
            .query_row([authserv_id], |row| row.get(0))
            .optional()
            .context("Reading whether forged stamps are removed")?;
        Ok(at.map(|at| at.0))
    }

    /// A forged one was removed.
    pub fn good(&self, authserv_id: &str, at: Timestamp) -> Result<()> {
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO stamp (authserv_id, tried_at) VALUES (?1, ?2)
                 ON CONFLICT (authserv_id) DO UPDATE SET tried_at = excluded.tried_at",
            )?
            .execute(params![authserv_id, At(at)])
            .context("Recording that forged stamps are removed")?;
        Ok(())
    }

    /// A forged one came through.
    pub fn forged(&self, authserv_id: &str) -> Result<()> {
        self.0
            .connection
            .prepare_cached("DELETE FROM stamp WHERE authserv_id = ?1")?
            .execute([authserv_id])
            .context("Recording that forged stamps come through")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::scratch;

    #[tokio::test]
    async fn what_was_tried_holds_for_that_name_until_a_forged_one_comes_through() {
        let store = scratch();
        let (before, after) = store
            .store
            .write(|rows| {
                rows.stamps().good("mx.example.org", "2026-12-07T09:00:00Z".parse()?)?;
                let before = [rows.stamps().tried_at("mx.example.org")?, rows.stamps().tried_at("mx.example.net")?];
                rows.stamps().forged("mx.example.org")?;
                Ok((before, rows.stamps().tried_at("mx.example.org")?))
            })
            .await
            .unwrap();
        assert_eq!(before, [Some("2026-12-07T09:00:00Z".parse().unwrap()), None]);
        assert_eq!(after, None);
    }
}
