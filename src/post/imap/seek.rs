//! Looking for mail of our own in an account: what `check --send` sent to itself. Whatever it finds it removes again,
//! and it touches nothing else: only who knows the secret of this instance can name such a mail.

use std::collections::BTreeSet;

use anyhow::Result;
use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

use super::ImapAccount;
use super::connection::{ANSWER_SECONDS_MAX, Stream, Trouble};
use super::folder::Folder;
use crate::mail::thread::MessageId;

/// Looks in every folder of the account and in its archive, where a daemon that runs puts what it has read. Gives each
/// identifier found with the header of its mail.
pub async fn seek(account: &ImapAccount, wanted: &[MessageId]) -> Result<Vec<(MessageId, Vec<u8>)>> {
    let mut found = Vec::new();
    for (folder, needed) in
        account.folders.iter().map(|folder| (folder, true)).chain(account.archive.iter().map(|folder| (folder, false)))
    {
        let mut open = account.open(folder).await?;
        match open.select().await {
            Ok(_) => found.extend(seek_here(&mut open, wanted).await?),
            Err(problem) if needed => return Err(problem),
            Err(_) => {} // The archive is made when it is first needed.
        }
        open.connection.close().await;
    }
    Ok(found)
}

async fn seek_here<S: Stream>(
    open: &mut Folder<'_, S>,
    wanted: &[MessageId],
) -> Result<Vec<(MessageId, Vec<u8>)>, Trouble> {
    let (mut found, mut gone) = (Vec::new(), BTreeSet::new());
    for id in wanted {
        // Our own identifiers are letters, digits, dots and one @: they need no escape in a quoted string.
        let uids = open.search(&format!("UNDELETED HEADER Message-ID \"{}\"", id.as_str())).await?;
        let Some(uid) = uids.last() else { continue };
        if let Some(header) = header(open, *uid).await? {
            found.push((id.clone(), header));
            gone.extend(uids);
        }
    }
    if !gone.is_empty() {
        let uids = gone.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let mut lines = vec![format!("UID STORE {uids} +FLAGS.SILENT (\\Deleted)")];
        if open.connection.offers.uidplus {
            // A plain EXPUNGE would take along what others have marked.
            lines.push(format!("UID EXPUNGE {uids}"));
        }
        for line in lines {
            match open.connection.command("removing a mail of our own", ANSWER_SECONDS_MAX, &line, |_| {}).await {
                // It stays, and is known for our own mail when it is read.
                Ok(()) | Err(Trouble::Refused { .. }) => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }
    Ok(found)
}

async fn header<S: Stream>(open: &mut Folder<'_, S>, uid: u32) -> Result<Option<Vec<u8>>, Trouble> {
    let mut header = None;
    let line = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER])");
    let fetched = open.connection.command("fetching a header", ANSWER_SECONDS_MAX, &line, |answer| {
        let Response::Fetch(_, attributes) = answer else { return };
        if !attributes.contains(&AttributeValue::Uid(uid)) {
            return;
        }
        for attribute in attributes {
            if let AttributeValue::BodySection { section, data: Some(data), .. } = attribute
                && matches!(section, Some(SectionPath::Full(MessageSection::Header)))
            {
                header = Some(data.to_vec());
            }
        }
    });
    match fetched.await {
        Ok(()) => Ok(header),
        Err(Trouble::Refused { .. }) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
