//! One folder and the reading of it: what is new, the exact bytes, the commit, and then (archive.rs) the move.
//! It never moves what was not committed, and never concludes from an absence that a message was deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use async_imap::imap_proto::{AttributeValue, MailboxDatum, MessageSection, Outcome, Response, ResponseCode};
use async_imap::imap_proto::{SectionPath, Status};
use jiff::Timestamp;

use super::ImapAccount;
use super::connection::{Connection, Stream, Trouble};
use super::name::quoted;
use crate::post::{BEGINNING_BODY_BYTES_MAX, BEGINNING_HEADER_BYTES_MAX, Cursor, Intake};
use crate::post::{Place, Taken};

/// How many messages are asked about, and moved, with one command.
const MESSAGES_PER_COMMAND_MAX: usize = 100;
/// How often one poll looks again because the server spoke of new messages meanwhile.
const ROUNDS_MAX: usize = 100;
/// A slower line than this, 128 kbit/s, is taken for a dead one.
const FETCH_BYTES_PER_SECOND_MIN: u64 = 16 * 1024;

/// What a poll did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    pub taken: usize,
    /// Messages the server lists and does not give. They stay where they are, and are asked for again next time.
    pub unread: usize,
}

/// What a server says of a folder.
#[derive(Clone, Copy, Debug)]
pub struct Selected {
    pub uid_validity: u32,
    /// Higher than any UID it has given so far (RFC 3501 section 2.3.1.1).
    uid_next: Option<u32>,
    pub messages: u32,
}

/// What is known of a message before it is fetched.
#[derive(Clone, Copy, Debug)]
struct Sketch {
    size: u32,
    received_at: Option<Timestamp>,
}

/// How far a poll has come.
struct Progress {
    uid_validity: u32,
    /// The cursor as it was found; what lies at or below it was committed before.
    start: u32,
    /// The highest UID that was tried.
    seen: u32,
    /// Listed by the server and not given.
    unread: BTreeSet<u32>,
    taken: usize,
}

impl Progress {
    /// The cursor to commit with the message `uid`: it never goes back, and never passes a message not yet read.
    fn cursor(&self, uid: u32) -> Cursor {
        // What is unread at or below `start` lies in the folder of an account with an archive: it is left over there.
        let first_unread = self.unread.iter().find(|unread| **unread > self.start);
        let highest = first_unread.map_or(u32::MAX, |first| first.saturating_sub(1));
        Cursor { uid_validity: self.uid_validity, uid: uid.max(self.start).min(highest) }
    }
}

pub struct Folder<'a, S: Stream> {
    pub(super) account: &'a ImapAccount,
    pub(super) place: Place,
    pub connection: Connection<S>,
    uid_validity: Option<u32>,
    /// Committed, and not moved because the server refused to: only the move is tried again.
    pub(super) committed: BTreeSet<u32>,
    pub(super) archive_made: bool,
}

impl<'a, S: Stream> Folder<'a, S> {
    pub fn new(account: &'a ImapAccount, folder: &str, connection: Connection<S>) -> Self {
        let place = Place { account: account.name.clone(), folder: folder.to_owned() };
        Self { account, place, connection, uid_validity: None, committed: BTreeSet::new(), archive_made: false }
    }

    /// How long this account's server may take.
    pub fn patience(&self) -> &super::patience::Patience {
        &self.account.patience
    }

    /// Takes all there is to take, in the order of the UIDs, and moves it to the archive.
    pub async fn poll<I: Intake>(&mut self, intake: &I) -> Result<Polled> {
        let Selected { uid_validity, uid_next, .. } = self.select(intake.looks_only()).await?;
        if self.uid_validity.replace(uid_validity) != Some(uid_validity) {
            self.committed.clear();
        }
        let start = match intake.cursor(&self.place).await.context("Reading the cursor of a folder")? {
            Some(cursor) if cursor.uid_validity == uid_validity => {
                if uid_next.is_some_and(|next| next <= cursor.uid) && self.numbered_lower(cursor.uid).await? {
                    tracing::warn!(account = %self.place.account, folder = %self.place.folder, uid_validity,
                        "the server gives lower UIDs than before under the same UIDVALIDITY; reading all of it again");
                    self.committed.clear();
                    let beginning = Cursor { uid_validity, uid: 0 };
                    intake.rewind(&self.place, beginning).await.context("Going back to the beginning of a folder")?;
                    0
                } else {
                    cursor.uid
                }
            }
            other => {
                let known = other.map(|cursor| cursor.uid_validity);
                tracing::info!(account = %self.place.account, folder = %self.place.folder, uid_validity, ?known,
                    "reading the folder from its beginning: its UIDVALIDITY is not the one we know");
                0
            }
        };
        let mut progress = Progress { uid_validity, start, seen: start, unread: BTreeSet::new(), taken: 0 };
        let mut due = self.left_over(start).await?;
        for _ in 0..ROUNDS_MAX {
            self.connection.news = false;
            due.extend(self.listed_above(progress.seen).await?);
            let uids: Vec<u32> = due.iter().copied().collect();
            for some in uids.chunks(MESSAGES_PER_COMMAND_MAX) {
                self.take_some(some, &mut progress, intake).await?;
            }
            progress.seen = due.last().copied().unwrap_or(0).max(progress.seen);
            due.clear();
            if !self.connection.news {
                break;
            }
        }
        if let (Some(first), Some(last)) = (progress.unread.first(), progress.unread.last()) {
            // Only a second search tells what is gone from what was not given.
            let listed = self.search(&format!("UID {first}:{last}")).await?;
            progress.unread.retain(|uid| listed.contains(uid));
        }
        intake.polled(&self.place).await.context("Recording the end of a poll")?;
        Ok(Polled { taken: progress.taken, unread: progress.unread.len() })
    }

    /// Whether the server has such a folder.
    pub async fn is_there(&mut self) -> Result<bool, Trouble> {
        let mut there = false;
        let line = format!("LIST \"\" {}", quoted(&self.place.folder));
        self.connection
            .command("looking for a folder", self.account.patience.answer, &line, |answer| {
                there |= matches!(answer, Response::MailboxData(MailboxDatum::List { .. }));
            })
            .await?;
        Ok(there)
    }

    /// Selects the folder, only to look or to change it, too.
    pub async fn select(&mut self, looks_only: bool) -> Result<Selected> {
        const DOING: &str = "selecting a folder";
        let (mut uid_validity, mut uid_next, mut messages) = (None, None, 0);
        let verb = if looks_only { "EXAMINE" } else { "SELECT" };
        let line = format!("{verb} {}", quoted(&self.place.folder));
        self.connection
            .command(DOING, self.account.patience.answer, &line, |answer| match answer {
                Response::Data {
                    status: Status::Ok,
                    outcome: Outcome { code: Some(ResponseCode::UidValidity(value)), .. },
                } => uid_validity = Some(*value),
                Response::Data {
                    status: Status::Ok,
                    outcome: Outcome { code: Some(ResponseCode::UidNext(value)), .. },
                } => {
                    uid_next = Some(*value);
                }
                Response::MailboxData(MailboxDatum::Exists(count)) => messages = *count,
                _ => {}
            })
            .await
            .with_context(|| format!("Selecting the folder {}", self.place.folder))?;
        let uid_validity = uid_validity.context("The server gives no UIDVALIDITY for the folder")?;
        Ok(Selected { uid_validity, uid_next, messages })
    }

    /// Whether the folder ends below a UID we have read: a server restored from a copy, which then owes us another
    /// UIDVALIDITY (RFC 3501 section 2.3.1.1). Its UIDNEXT alone is no proof.
    async fn numbered_lower(&mut self, uid: u32) -> Result<bool, Trouble> {
        let last = self.search(&format!("UID {uid}:*")).await?; // `*` is the last message, whatever its UID.
        Ok(last.iter().all(|last| *last < uid))
    }

    /// Committed before and still here, though an archive is set: a crash came between commit and move, or the move
    /// was refused. What is marked \Deleted was copied already, by a server without UID EXPUNGE.
    async fn left_over(&mut self, start: u32) -> Result<BTreeSet<u32>, Trouble> {
        if self.account.archive.is_none() || start == 0 {
            return Ok(BTreeSet::new());
        }
        let mut uids = self.search(&format!("UID 1:{start} UNDELETED")).await?;
        uids.retain(|uid| *uid <= start);
        Ok(uids)
    }

    /// `n:*` names the last message even when its UID is below n (RFC 3501 section 9, seq-range): filtered here.
    async fn listed_above(&mut self, uid: u32) -> Result<BTreeSet<u32>, Trouble> {
        let Some(first) = uid.checked_add(1) else { return Ok(BTreeSet::new()) };
        let mut uids = self.search(&format!("UID {first}:*")).await?;
        uids.retain(|listed| *listed > uid);
        Ok(uids)
    }

    pub(super) async fn search(&mut self, criteria: &str) -> Result<BTreeSet<u32>, Trouble> {
        let mut uids = BTreeSet::new();
        self.connection
            .command("searching a folder", self.account.patience.answer, &format!("UID SEARCH {criteria}"), |answer| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = answer {
                    uids.extend(found);
                }
            })
            .await?;
        Ok(uids)
    }

    /// Takes the messages of `uids` one by one and then moves those that were committed.
    async fn take_some<I: Intake>(&mut self, uids: &[u32], progress: &mut Progress, intake: &I) -> Result<()> {
        let sketches = self.sketches(uids).await?;
        let mut done = Vec::new();
        for &uid in uids {
            if self.committed.contains(&uid) {
                done.push(uid);
                continue;
            }
            let sketch = match sketches.get(&uid) {
                Some(sketch) => Some(*sketch),
                // Left out of a long answer; alone it may be given.
                None => self.sketches(&[uid]).await?.remove(&uid),
            };
            let read = match sketch {
                Some(sketch) => self.read_surely(uid, sketch.size).await?.map(|(raw, cut)| (sketch, raw, cut)),
                None => None,
            };
            let Some((sketch, raw, truncated)) = read else {
                tracing::warn!(account = %self.place.account, folder = %self.place.folder, uid,
                    "the server lists a message and does not give it");
                progress.unread.insert(uid);
                continue;
            };
            let cursor = Some(progress.cursor(uid));
            let place = self.place.clone();
            let mail = Taken { place, raw, received_at: sketch.received_at, cursor, truncated };
            intake.take(mail).await.context("Committing a message")?;
            progress.taken += 1;
            done.push(uid);
        }
        if self.account.archive.is_some() && !intake.looks_only() && !done.is_empty() {
            self.archive(&done).await?;
        }
        Ok(())
    }

    /// Sizes and dates first: a literal is allocated whole as soon as its length is read.
    async fn sketches(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, Sketch>, Trouble> {
        let wanted: Vec<u32> = uids.iter().copied().filter(|uid| !self.committed.contains(uid)).collect();
        let mut sketches = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(sketches);
        }
        let line = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", set(&wanted));
        let fetched = self
            .connection
            .command("asking for sizes", self.account.patience.answer, &line, |answer| {
                let Response::Fetch(_, attributes) = answer else { return };
                let (mut uid, mut size, mut received_at) = (None, None, None);
                for attribute in attributes {
                    match attribute {
                        AttributeValue::Uid(value) => uid = Some(*value),
                        AttributeValue::Rfc822Size(value) => size = Some(*value),
                        AttributeValue::InternalDate(text) => received_at = internal_date(text),
                        _ => {}
                    }
                }
                if let (Some(uid), Some(size)) = (uid, size) {
                    sketches.insert(uid, Sketch { size, received_at });
                }
            })
            .await;
        match fetched {
            // NO with some of the answers is what a server says when one of the messages just went away.
            Ok(()) | Err(Trouble::Refused { .. }) => Ok(sketches),
            Err(trouble) => Err(trouble),
        }
    }

    /// `read`, and once more where what came has not the size that was promised. Twice the same is what there is:
    /// some servers only guess RFC822.SIZE (Exchange 2003 to 2019, by default).
    async fn read_surely(&mut self, uid: u32, size: u32) -> Result<Option<(Vec<u8>, bool)>, Trouble> {
        let as_promised =
            |read: &Option<(Vec<u8>, bool)>| read.as_ref().is_none_or(|(raw, cut)| *cut || raw.len() == size as usize);
        let first = self.read(uid, size).await?;
        if as_promised(&first) {
            return Ok(first);
        }
        let second = self.read(uid, size).await?;
        Ok(second.filter(|second| first.as_ref() == Some(second) || second.0.len() == size as usize))
    }

    /// The bytes of one message, and whether they are only its beginning. `None`: the server does not give it.
    async fn read(&mut self, uid: u32, size: u32) -> Result<Option<(Vec<u8>, bool)>, Trouble> {
        let whole = size as usize <= self.account.message_bytes_max;
        let (parts, bytes) = if whole {
            ("BODY.PEEK[]".to_owned(), u64::from(size))
        } else {
            let (header, body) = (BEGINNING_HEADER_BYTES_MAX, BEGINNING_BODY_BYTES_MAX);
            (format!("BODY.PEEK[HEADER]<0.{header}> BODY.PEEK[TEXT]<0.{body}>"), (header + body) as u64)
        };
        let (mut all, mut header, mut text) = (None, None, None);
        let fetched = self
            .connection
            .command(
                "fetching a message",
                self.account.patience.fetch + Duration::from_secs(bytes / FETCH_BYTES_PER_SECOND_MIN),
                &format!("UID FETCH {uid} (UID {parts})"),
                |answer| {
                    let Response::Fetch(_, attributes) = answer else { return };
                    if !attributes.contains(&AttributeValue::Uid(uid)) {
                        return; // News of another message, for example of its flags.
                    }
                    for attribute in attributes {
                        let AttributeValue::BodySection { section, data: Some(data), .. } = attribute else { continue };
                        match section {
                            None => all = Some(data.to_vec()),
                            Some(SectionPath::Full(MessageSection::Header)) => header = Some(data.to_vec()),
                            Some(SectionPath::Full(MessageSection::Text)) => text = Some(data.to_vec()),
                            Some(_) => {}
                        }
                    }
                },
            )
            .await;
        match fetched {
            Ok(()) => {}
            Err(Trouble::Refused { .. }) => return Ok(None),
            Err(trouble) => return Err(trouble),
        }
        if whole {
            return Ok(all.map(|bytes| (bytes, false)));
        }
        Ok(header.map(|mut bytes: Vec<u8>| {
            bytes.extend(text.unwrap_or_default());
            (bytes, true)
        }))
    }
}

/// As commands name messages: `1,2,7`.
pub(super) fn set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// RFC 3501 section 9, date-time: ` 1-Nov-2026 09:30:00 +0100`, with a blank before a single digit.
fn internal_date(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()
}
