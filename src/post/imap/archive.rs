//! The way of committed mail into the archive folder. It is told what was committed, and moves nothing else; what it
//! cannot move stays where it lies.

use super::connection::{Stream, Trouble};
use super::folder::{Folder, set};
use super::name::quoted;

impl<S: Stream> Folder<'_, S> {
    /// Moves committed messages to the archive, which is made when it is missing. A refusal is logged and no error:
    /// nothing is lost by mail that lies where it lay, and it is tried again with the next poll.
    pub(super) async fn archive(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        let Some(archive) = self.account.archive.as_deref().map(quoted) else { return Ok(()) };
        let mut moved = self.move_to(&archive, uids).await;
        if matches!(moved, Err(Trouble::Refused { .. })) && !self.archive_made {
            // TRYCREATE (RFC 3501 section 6.4.7) is what they should say; not all do. Once per connection.
            self.archive_made = true;
            let line = format!("CREATE {archive}");
            let made = self.connection.command("making the archive", self.account.patience.answer, &line, |_| {}).await;
            if made.is_ok() {
                tracing::info!(account = %self.place.account, "the archive folder was missing and has been made");
            }
            moved = self.move_to(&archive, uids).await;
        }
        match moved {
            Ok(()) => self.committed.retain(|uid| !uids.contains(uid)),
            Err(refused @ Trouble::Refused { .. }) => {
                tracing::warn!(account = %self.place.account, folder = %self.place.folder, count = uids.len(),
                    error = %refused, "mail was taken and stays in the folder");
                self.committed.extend(uids);
            }
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    }

    async fn move_to(&mut self, archive: &str, uids: &[u32]) -> Result<(), Trouble> {
        let uids = set(uids);
        let mut lines = vec![format!("UID MOVE {uids} {archive}")];
        if !self.connection.offers.moves {
            lines = vec![format!("UID COPY {uids} {archive}"), format!("UID STORE {uids} +FLAGS.SILENT (\\Deleted)")];
            if self.connection.offers.uidplus {
                // A plain EXPUNGE would take along what others have marked.
                lines.push(format!("UID EXPUNGE {uids}"));
            }
        }
        for line in lines {
            self.connection.command("moving mail to the archive", self.account.patience.archive, &line, |_| {}).await?;
        }
        Ok(())
    }
}
