//! Giving certificates to people: on an operator's word, on that of whoever has the one it replaces, or on that of two
//! members of the team. Each replacement leaves a row until people were told. Who may be given which: `rules`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Certificates, Found, Registered};
use crate::rules::certificates::{Holder, words_since};
use crate::store::people::{self, Person};
use crate::store::time::At;

/// On whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Operator,
    /// Signed with the one it replaces.
    Signed,
    TwoMembers,
    /// Somebody of the team says so of one that a member's mail brought.
    Team,
    /// It goes along with its owner, whose address is another one of the same domain.
    Moved,
}

impl How {
    const ALL: [How; 5] = [How::Operator, How::Signed, How::TwoMembers, How::Team, How::Moved];

    fn as_str(self) -> &'static str {
        match self {
            How::Operator => "operator",
            How::Signed => "signed",
            How::TwoMembers => "two-members",
            How::Team => "team",
            How::Moved => "moved",
        }
    }
}

/// A certificate that somebody is given.
pub struct Handed<'a> {
    pub fingerprint: &'a str,
    pub to: &'a Person,
    pub bytes: &'a [u8],
    pub found: &'a Found,
    pub how: How,
    /// Who says so, for people.
    pub said_by: &'a str,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// The fingerprint of the one it replaces.
    pub former: Option<String>,
    /// Deliveries that waited for it and leave now.
    pub queued: usize,
}

/// A change of somebody's certificate that people are to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: i64,
    pub person: Person,
    pub fingerprint: String,
    pub former: Option<String>,
    pub how: How,
    pub said_by: String,
    pub at: Timestamp,
}

impl Certificates<'_> {
    /// Who has a certificate.
    pub fn holder(&self, fingerprint: &str) -> Result<Holder> {
        Ok(match self.get(fingerprint)?.map(|registered| registered.person) {
            None => Holder::Nobody,
            Some(None) => Holder::Project,
            Some(Some(person)) => Holder::Person(person),
        })
    }

    /// Registers a certificate that `rules::certificates` lets somebody have, and queues what waited for it.
    pub fn hand_over(&self, handed: &Handed<'_>) -> Result<HandedOver> {
        let Handed { fingerprint, to, bytes, found, how, said_by } = *handed;
        let before = self.of_person(to.id)?;
        let is_copy = before.as_ref().is_some_and(|before| before.fingerprint == fingerprint);
        let former = before.filter(|_| !is_copy);
        self.register(fingerprint, Some(to.id), bytes, found)?;
        // On nobody's new word it counts as much as before.
        if how != How::Moved && (!is_copy || how == How::Operator) {
            self.0
                .connection
                .execute(
                    "UPDATE certificate SET by_mail = ?2 WHERE fingerprint = ?1",
                    params![fingerprint, how != How::Operator],
                )
                .context("Noting on whose word a certificate is somebody's")?;
        }
        if !is_copy && (former.is_some() || how != How::Operator) {
            self.0
                .connection
                .execute(
                    "INSERT INTO certificate_change (person, fingerprint, former, former_bytes, how, said_by, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        to.id,
                        fingerprint,
                        former.as_ref().map(|former| &former.fingerprint),
                        former.as_ref().map(|former| &former.bytes),
                        how.as_str(),
                        said_by,
                        At(found.at)
                    ],
                )
                .context("Recording a change of somebody's certificate")?;
        }
        self.close_words("done", "fingerprint = ?2 OR person = ?3", fingerprint, to.id)?;
        let usable = found.unusable.is_empty();
        let queued = if usable { self.0.uncertified().queue(&to.address, found.at)? } else { 0 };
        Ok(HandedOver { former: former.map(|former| former.fingerprint), queued })
    }

    /// Those nobody was told of.
    pub fn untold_changes(&self) -> Result<Vec<Change>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT p.id, p.name, p.address, c.id, c.fingerprint, c.former, c.how, c.said_by, c.at
                 FROM certificate_change c JOIN person p ON p.id = c.person WHERE c.told_at IS NULL ORDER BY c.id",
            )?
            .query_map([], |row| {
                let how: String = row.get(6)?;
                Ok(Change {
                    id: row.get(3)?,
                    person: people::person(row)?,
                    fingerprint: row.get(4)?,
                    former: row.get(5)?,
                    how: How::ALL.into_iter().find(|known| known.as_str() == how).unwrap_or(How::Operator),
                    said_by: row.get(7)?,
                    at: row.get::<_, At>(8)?.0,
                })
            })?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for changes of certificates that nobody was told of")
    }

    /// People were told. `false` when they were before.
    pub fn change_told(&self, change: i64, now: Timestamp) -> Result<bool> {
        let rows = self
            .0
            .connection
            .execute(
                "UPDATE certificate_change SET told_at = ?2 WHERE id = ?1 AND told_at IS NULL",
                params![change, At(now)],
            )
            .context("Noting that people were told of a change of a certificate")?;
        Ok(super::super::changed_one(rows))
    }

    /// A certificate that was replaced, as it was then. It is nobody's any more.
    pub fn former(&self, fingerprint: &str) -> Result<Option<Registered>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT former, person, former_bytes, at, at, NULL, '', 0 FROM certificate_change
                 WHERE former = ?1 AND former_bytes IS NOT NULL ORDER BY id DESC LIMIT 1",
            )?
            .query_row([fingerprint], super::registered)
            .optional()
            .context("Reading a certificate that was replaced")
    }

    /// Notes that a member of the team says so. `false` when they said it already, and it still counts.
    pub fn say_whose(&self, fingerprint: &str, person: i64, member: i64, now: Timestamp) -> Result<bool> {
        let doing = "Noting whose a member of the team says a certificate is";
        self.0
            .connection
            .execute(
                "UPDATE certificate_word SET state = 'void' WHERE state = 'said' AND at <= ?1",
                [At(words_since(now))],
            )
            .context(doing)?;
        let rows = self
            .0
            .connection
            .execute(
                "INSERT INTO certificate_word (fingerprint, person, member, state, at) VALUES (?1, ?2, ?3, 'said', ?4)
                 ON CONFLICT DO NOTHING",
                params![fingerprint, person, member, At(now)],
            )
            .context(doing)?;
        Ok(super::super::changed_one(rows))
    }

    /// The members who say so, as long as they are in the team and their word counts; the first who said it first.
    pub fn who_say(&self, fingerprint: &str, person: i64, now: Timestamp) -> Result<Vec<Person>> {
        self.0
            .connection
            .prepare_cached(
                "SELECT p.id, p.name, p.address FROM certificate_word w JOIN person p ON p.id = w.member
                 JOIN team_member t ON t.person = w.member AND t.state = 'active'
                 WHERE w.fingerprint = ?1 AND w.person = ?2 AND w.state = 'said' AND w.at > ?3 ORDER BY w.id",
            )?
            .query_map(params![fingerprint, person, At(words_since(now))], people::person)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading who says whose a certificate is")
    }

    /// What somebody who left said, and what was said of them, counts no more.
    pub fn void_words_of(&self, person: i64) -> Result<()> {
        self.close_words("void", "member = ?3 OR person = ?3", "", person)
    }

    fn close_words(&self, state: &str, which: &str, fingerprint: &str, person: i64) -> Result<()> {
        self.0
            .connection
            .execute(
                &format!(
                    "UPDATE certificate_word SET state = ?1 WHERE state = 'said' AND ({which}) AND ?2 IS NOT NULL"
                ),
                params![state, fingerprint, person],
            )
            .map(drop)
            .context("Closing what was said of a certificate")
    }
}
