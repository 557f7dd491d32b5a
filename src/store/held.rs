//! What waits for a moderator: posts to -discuss, and reports of strangers where the profile holds them. A post is decided
//! once: every change is guarded by its state.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Rows;
use super::time::At;
use crate::mail::address::Address;
use crate::rules::label::CaseId;
use crate::rules::posts::Standing;

/// The number of a held post, as moderators say it: "post 12".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub i64);

impl std::fmt::Display for PostId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What came of a post (DESIGN section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Held,
    Approved,
    Rejected,
    Discarded,
    /// It went to the team as a report.
    Passed,
    /// Its author took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl State {
    const ALL: [State; 7] = [
        State::Held,
        State::Approved,
        State::Rejected,
        State::Discarded,
        State::Passed,
        State::Withdrawn,
        State::Expired,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Approved => "approved",
            State::Rejected => "rejected",
            State::Discarded => "discarded",
            State::Passed => "passed",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
        }
    }
}

/// Where a mail came that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The list on which members talk to each other.
    Discuss,
    /// The team's address.
    Security,
}

impl Of {
    pub fn as_str(self) -> &'static str {
        match self {
            Of::Discuss => "discuss",
            Of::Security => "security",
        }
    }
}

/// What proves who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    None,
    Aligned,
    Signed,
}

impl Proof {
    const ALL: [Proof; 3] = [Proof::None, Proof::Aligned, Proof::Signed];

    pub fn as_str(self) -> &'static str {
        match self {
            Proof::None => "none",
            Proof::Aligned => "aligned",
            Proof::Signed => "signed",
        }
    }
}

/// A mail that is held, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPost {
    pub id: PostId,
    pub inbox: i64,
    pub of: Of,
    pub case: Option<CaseId>,
    /// Name and address as written, or nothing.
    pub author: String,
    /// The address alone.
    pub address: Option<Address>,
    pub standing: Standing,
    /// The member that is proven to have written it.
    pub member: Option<i64>,
    /// Whoever is.
    pub person: Option<i64>,
    pub proof: Proof,
    /// It came encrypted.
    pub sealed: bool,
    /// With its author's From, receivers would reject a copy.
    pub brittle: bool,
    /// All of it is here, and can be read.
    pub whole: bool,
    pub subject: String,
    /// To look twice: a sentence each.
    pub reasons: Vec<String>,
    /// What it looks like, or nothing.
    pub hint: String,
    /// The words that made us think so, as moderators see them.
    pub words: String,
    /// What else is odd about it: a sentence each.
    pub notes: Vec<String>,
    pub state: State,
    pub held_at: Timestamp,
    pub reminders: u32,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<i64>,
    /// In a moderator's words, or nothing.
    pub reason: String,
}

/// A mail that is to be held.
pub struct Holding<'a> {
    pub inbox: i64,
    pub of: Of,
    pub case: Option<CaseId>,
    pub author: &'a str,
    pub address: Option<&'a Address>,
    pub standing: Standing,
    pub member: Option<i64>,
    pub person: Option<i64>,
    pub proof: Proof,
    pub sealed: bool,
    pub brittle: bool,
    pub whole: bool,
    pub subject: &'a str,
    pub reasons: &'a [String],
    pub hint: &'a str,
    pub words: &'a str,
    pub notes: &'a [String],
    pub at: Timestamp,
}

/// How a post is decided.
pub struct Closing<'a> {
    pub state: State,
    /// Nobody, when its time was over.
    pub by: Option<i64>,
    pub reason: &'a str,
    pub at: Timestamp,
}

pub struct HeldPosts<'c>(Rows<'c>);

impl<'c> Rows<'c> {
    pub fn held(self) -> HeldPosts<'c> {
        HeldPosts(self)
    }
}

const POST: &str =
    "SELECT id, inbox, list, case_number, author, author_key, standing, member, person, proof, sealed, brittle,
                           whole, subject, reasons, hint, state, held_at, reminders, decided_at, decided_by, reason,
                           words, notes
                    FROM held";

impl HeldPosts<'_> {
    pub fn add(&self, post: &Holding<'_>) -> Result<PostId> {
        let reasons = serde_json::to_string(post.reasons).context("Writing down reasons to look twice")?;
        let notes = serde_json::to_string(post.notes).context("Writing down what is odd about a post")?;
        self.0
            .connection
            .prepare_cached(
                "INSERT INTO held (inbox, list, case_number, author, author_key, standing, member, person, proof, sealed,
                                   brittle, whole, subject, reasons, hint, held_at, words, notes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) RETURNING id",
            )?
            .query_row(
                params![
                    post.inbox,
                    post.of.as_str(),
                    post.case.map(|case| case.0),
                    post.author,
                    post.address.map(Address::key).unwrap_or_default(),
                    post.standing.as_str(),
                    post.member,
                    post.person,
                    post.proof.as_str(),
                    post.sealed,
                    post.brittle,
                    post.whole,
                    post.subject,
                    reasons,
                    post.hint,
                    At(post.at),
                    post.words,
                    notes
                ],
                |row| row.get(0).map(PostId),
            )
            .context("Holding a post")
    }

    pub fn get(&self, id: PostId) -> Result<Option<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!("{POST} WHERE id = ?1"))?
            .query_row([id.0], post)
            .optional()
            .context("Reading a held post")
    }

    /// What is or was held of this mail.
    pub fn of_mail(&self, inbox: i64) -> Result<Option<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!("{POST} WHERE inbox = ?1"))?
            .query_row([inbox], post)
            .optional()
            .context("Reading what is held of a mail")
    }

    /// The report that was held and would open this case, whatever came of it.
    pub fn of_case(&self, case: CaseId) -> Result<Option<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!("{POST} WHERE case_number = ?1"))?
            .query_row([case.0], post)
            .optional()
            .context("Reading what is held of a case")
    }

    /// A mail joins a held report.
    pub fn add_later(&self, id: PostId, inbox: i64) -> Result<()> {
        self.0
            .connection
            .prepare_cached("INSERT INTO held_later (inbox, post) VALUES (?1, ?2)")?
            .execute([inbox, id.0])
            .map(drop)
            .context("Adding a mail to a held report")
    }

    /// The mails that joined a held report, the oldest first.
    pub fn later(&self, id: PostId) -> Result<Vec<i64>> {
        self.0
            .connection
            .prepare_cached("SELECT inbox FROM held_later WHERE post = ?1 ORDER BY inbox")?
            .query_map([id.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the mails that joined a held report")
    }

    /// The held report that a mail joined.
    pub fn joined_by(&self, inbox: i64) -> Result<Option<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!("{POST} WHERE id = (SELECT post FROM held_later WHERE inbox = ?1)"))?
            .query_row([inbox], post)
            .optional()
            .context("Reading which held report a mail joined")
    }

    /// Those that nobody decided about, the oldest first.
    pub fn waiting(&self) -> Result<Vec<HeldPost>> {
        self.listed(&format!("{POST} WHERE state = 'held' ORDER BY held_at, id"))
    }

    /// How often moderators were reminded of the post to this list that they were reminded of most.
    pub fn most_reminders(&self, of: Of) -> Result<u32> {
        self.0
            .connection
            .prepare_cached("SELECT coalesce(max(reminders), 0) FROM held WHERE state = 'held' AND list = ?1")?
            .query_row([of.as_str()], |row| row.get(0))
            .context("Looking how often moderators were reminded")
    }

    /// Posts to this list that were reminded of so many times, and are held since then at the latest.
    pub fn reminded_and_held_by(&self, of: Of, reminders: u32, at: Timestamp) -> Result<Vec<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{POST} WHERE state = 'held' AND list = ?1 AND reminders = ?2 AND held_at <= ?3 ORDER BY held_at, id"
            ))?
            .query_map(params![of.as_str(), reminders, At(at)], post)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for posts that wait")
    }

    /// Posts to this list that are held since then at the latest.
    pub fn held_by(&self, of: Of, at: Timestamp) -> Result<Vec<HeldPost>> {
        self.0
            .connection
            .prepare_cached(&format!(
                "{POST} WHERE state = 'held' AND list = ?1 AND held_at <= ?2 ORDER BY held_at, id"
            ))?
            .query_map(params![of.as_str(), At(at)], post)?
            .collect::<rusqlite::Result<_>>()
            .context("Looking for posts whose time is over")
    }

    pub fn all(&self) -> Result<Vec<HeldPost>> {
        self.listed(&format!("{POST} ORDER BY id"))
    }

    fn listed(&self, sql: &str) -> Result<Vec<HeldPost>> {
        self.0
            .connection
            .prepare_cached(sql)?
            .query_map([], post)?
            .collect::<rusqlite::Result<_>>()
            .context("Reading the held posts")
    }

    /// Decides a post. `false` when somebody was faster: then nothing changed.
    pub fn close(&self, id: PostId, closing: &Closing<'_>) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached(
                "UPDATE held SET state = ?2, decided_by = ?3, reason = ?4, decided_at = ?5 WHERE id = ?1 AND state = 'held'",
            )?
            .execute(params![id.0, closing.state.as_str(), closing.by, closing.reason, At(closing.at)])
            .context("Deciding a held post")?;
        Ok(super::changed_one(rows))
    }

    /// All reminders up to this number were sent, or are too late to be. `false` when another number than `from` was before.
    pub fn reminded(&self, id: PostId, from: u32, to: u32) -> Result<bool> {
        let rows = self
            .0
            .connection
            .prepare_cached("UPDATE held SET reminders = ?3 WHERE id = ?1 AND reminders = ?2 AND state = 'held'")?
            .execute(params![id.0, from, to])
            .context("Recording a reminder of a held post")?;
        Ok(super::changed_one(rows))
    }
}

fn post(row: &Row<'_>) -> rusqlite::Result<HeldPost> {
    let text = |column: usize| row.get::<_, String>(column);
    let (list, key, standing, proof, state) = (text(2)?, text(5)?, text(6)?, text(9)?, text(16)?);
    // Not reached, any of the defaults: the table checks all of it.
    Ok(HeldPost {
        id: PostId(row.get(0)?),
        inbox: row.get(1)?,
        of: if list == Of::Security.as_str() { Of::Security } else { Of::Discuss },
        case: row.get::<_, Option<i64>>(3)?.map(CaseId),
        author: row.get(4)?,
        address: Address::parse(&key).ok(),
        standing: Standing::ALL.into_iter().find(|known| known.as_str() == standing).unwrap_or(Standing::Other),
        member: row.get(7)?,
        person: row.get(8)?,
        proof: Proof::ALL.into_iter().find(|known| known.as_str() == proof).unwrap_or(Proof::None),
        sealed: row.get(10)?,
        brittle: row.get(11)?,
        whole: row.get(12)?,
        subject: row.get(13)?,
        reasons: serde_json::from_str(&text(14)?).unwrap_or_default(),
        hint: row.get(15)?,
        state: State::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(State::Discarded),
        held_at: row.get::<_, At>(17)?.0,
        reminders: row.get(18)?,
        decided_at: row.get::<_, Option<At>>(19)?.map(|at| at.0),
        decided_by: row.get(20)?,
        reason: row.get(21)?,
        words: row.get(22)?,
        notes: serde_json::from_str(&text(23)?).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::inbox::Arrival;
    use crate::store::testing::scratch;

    fn now() -> Timestamp {
        "2026-12-07T09:00:00Z".parse().unwrap()
    }

    fn hold(rows: Rows<'_>) -> Result<PostId> {
        let arrival = Arrival {
            sha256: "1",
            raw: b"Subject: x\n\ntext\n",
            account: "local",
            folder: "in",
            received_at: now(),
            predates: false,
            truncated: false,
        };
        let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
        rows.held().add(&Holding {
            inbox,
            of: Of::Discuss,
            case: None,
            author: "Vera <vera@vm.example.net>",
            address: Some(&Address::parse("Vera@vm.example.net")?),
            standing: Standing::Other,
            member: None,
            person: None,
            proof: Proof::Aligned,
            sealed: false,
            brittle: true,
            whole: true,
            subject: "Patched packages",
            reasons: &["It is long.".to_owned()],
            hint: "policy",
            words: "“list members”",
            notes: &["It is signed.".to_owned()],
            at: now(),
        })
    }

    #[tokio::test]
    async fn a_post_comes_back_as_it_was_held_and_is_decided_once() {
        let scratch = scratch();
        scratch
            .store
            .write(|rows| {
                let id = hold(rows)?;
                let post = rows.held().get(id)?.unwrap();
                assert_eq!(rows.held().of_mail(post.inbox)?.as_ref(), Some(&post));
                assert_eq!((post.of, post.standing, post.proof), (Of::Discuss, Standing::Other, Proof::Aligned));
                assert_eq!((post.brittle, post.sealed, post.whole), (true, false, true));
                assert_eq!(post.address.unwrap().as_str(), "vera@vm.example.net");
                assert_eq!((post.reasons.len(), post.hint.as_str(), post.state), (1, "policy", State::Held));
                assert_eq!(
                    (post.words.as_str(), post.notes.as_slice()),
                    ("“list members”", ["It is signed.".to_owned()].as_slice())
                );
                assert_eq!(rows.held().waiting()?.len(), 1);
                assert!(rows.held().reminded(id, 0, 1)? && !rows.held().reminded(id, 0, 1)?);
                for (state, expected) in [(State::Approved, true), (State::Rejected, false), (State::Expired, false)] {
                    let closing = Closing { state, by: None, reason: "", at: now() };
                    assert_eq!(rows.held().close(id, &closing)?, expected);
                }
                assert_eq!(rows.held().get(id)?.unwrap().state, State::Approved);
                assert!(rows.held().waiting()?.is_empty() && !rows.held().reminded(id, 1, 2)?);
                Ok(())
            })
            .await
            .unwrap();
    }
}
