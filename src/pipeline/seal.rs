//! Seal: a letter becomes the exact bytes that leave, rendered and signed once, with its final Message-ID and Date.
//! Whoever sends it again sends the same bytes; a copy that leaves encrypted carries the same signed text each time.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::mail::address::{Address, Mailbox};
use crate::mail::answer::{self, AttachedPart};
use crate::mail::compose::{self, Part, Sheet};
use crate::mail::letter::{Audience, Enclosure, Post, TokenRef, fill_slots};
use crate::mail::list_copy::{self, ListHead};
use crate::mail::machine::loop_mark;
use crate::mail::secret::{Purpose, Secret};
use crate::openpgp::{Certificate, SigningKey};
use crate::rules::label::Labelled;
use crate::store::outbox::{Form, Stored};
use crate::store::{Rows, Store};

/// Renders, signs and encrypts.
#[derive(Clone)]
pub struct Sealer {
    /// The address letters come from, with the team's name.
    pub from: Mailbox,
    pub secret: Arc<Secret>,
    pub key: Arc<SigningKey>,
}

/// A letter in one of its forms.
#[derive(Clone)]
pub struct Sealed {
    stored: Arc<Stored>,
    pub bytes: Arc<[u8]>,
}

/// What a letter's row says, filled in.
struct Words {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    body: String,
    loop_mark: String,
    autocrypt: Option<String>,
    boundary: String,
    list: Option<ListHead>,
}

impl Sealer {
    /// A letter in this form: the kept bytes, or made now and kept.
    pub async fn sealed(&self, store: &Store, letter: i64, form: Form) -> Result<Sealed> {
        let read = move |rows: Rows<'_>| {
            let stored = rows.outbox().letter(letter)?;
            let kept = rows.outbox().sealed(letter, form)?;
            let enclosed = if kept.is_none() { enclosed(rows, &stored)? } else { Vec::new() };
            Ok((Arc::new(stored), kept, enclosed))
        };
        let (stored, kept, enclosed) = store.write(read).await?;
        if let Some(kept) = kept {
            return Ok(Sealed { stored, bytes: kept.into() });
        }
        let (sealer, sealing) = (self.clone(), Arc::clone(&stored));
        let sealed = tokio::task::spawn_blocking(move || sealer.seal(&sealing, &enclosed, form)).await;
        let bytes: Arc<[u8]> = sealed.context("Sealing a letter")??.into();
        let keeping = Arc::clone(&bytes);
        store.write(move |rows| rows.outbox().seal(letter, form, &keeping).map(drop)).await?;
        Ok(Sealed { stored, bytes })
    }

    /// The copy of one recipient, as it leaves: `inside`, a letter in that form, encrypted to their certificate.
    pub async fn encrypted(&self, inside: Sealed, to: Certificate, at: Timestamp) -> Result<Arc<[u8]>> {
        let sealer = self.clone();
        let encrypted = tokio::task::spawn_blocking(move || {
            let armored = to.seal(&inside.bytes, at)?;
            let words = sealer.words(&inside.stored);
            let sheet = sealer.sheet(&inside.stored, &words, &[]);
            Ok(compose::encrypted(&sheet, &sealer.from, &armored).into())
        });
        encrypted.await.context("Encrypting a letter")?
    }

    /// `enclosed` are the inbox bytes behind the letter's enclosures, in their order.
    fn seal(&self, stored: &Stored, enclosed: &[Arc<[u8]>], form: Form) -> Result<Vec<u8>> {
        if let (Some(post), Form::Clear) = (&stored.letter.post, form) {
            return self.list_copy(stored, post, enclosed);
        }
        let enclosures = || stored.letter.enclosures.iter().map(Labelled::value).zip(enclosed);
        let attached: Vec<Option<AttachedPart<'_>>> = enclosures()
            .map(|(enclosure, raw)| match enclosure {
                Enclosure::Attachment { part, .. } => answer::part(raw, *part),
                Enclosure::Received { .. }
                | Enclosure::Opened { .. }
                | Enclosure::Mbox { .. }
                | Enclosure::Draft { .. }
                | Enclosure::Certificate => None,
            })
            .collect();
        let parts: Vec<Part<'_>> = enclosures()
            .zip(&attached)
            .map(|((enclosure, raw), attached)| self.part(enclosure, raw, attached.as_ref()))
            .collect::<Option<_>>()
            .context("An attachment is no longer where it was")?;
        let words = self.words(stored);
        let sheet = self.sheet(stored, &words, &parts);
        let entity = match form {
            Form::Clear => compose::entity(&sheet),
            Form::Inside => compose::inside(&sheet, &self.from),
        };
        let signature = self.key.sign(&entity, stored.written_at).context("Signing a letter")?;
        Ok(match form {
            Form::Clear => compose::message(&sheet, &entity, &signature.armored, signature.micalg),
            Form::Inside => compose::signed_inside(&sheet, &entity, &signature.armored, signature.micalg),
        })
    }

    /// What a member without a certificate gets of a post: its author's bytes under the header of the list. Nothing of ours is
    /// in it, and so we sign nothing.
    fn list_copy(&self, stored: &Stored, post: &Post, enclosed: &[Arc<[u8]>]) -> Result<Vec<u8>> {
        let mut enclosures = stored.letter.enclosures.iter().map(Labelled::value).zip(enclosed);
        let received = Enclosure::Received { inbox: post.inbox };
        let (_, raw) =
            enclosures.find(|(enclosure, _)| **enclosure == received).context("A post that came encrypted")?;
        let head = self.list_head(stored).context("A post to no list")?;
        let via = post.via.as_ref().map(|name| Mailbox { name: Some(name.clone()), address: head.list.clone() });
        Ok(list_copy::copy(raw, &head, via.as_ref(), &stored.message_id, &self.secret))
    }

    /// A post names its list in To.
    fn list_head(&self, stored: &Stored) -> Option<ListHead> {
        let list = stored.letter.to.first().filter(|_| stored.letter.post.is_some())?;
        Some(ListHead { list: list.address.clone(), owner: self.from.address.clone() })
    }

    fn words(&self, stored: &Stored) -> Words {
        let letter = &stored.letter;
        let reply_address = |slot: &str| letter.slots.get(slot).map(|token| self.reply_address(token));
        let mut from = self.from.clone();
        if let Some(name) = &letter.from_name {
            from.name = Some(name.value().clone());
        }
        // Only in the first answer to somebody, beside the whole certificate: a header of a kilobyte in every letter
        // would tell nobody anything new.
        let offered = letter.enclosures.iter().any(|enclosure| *enclosure.value() == Enclosure::Certificate);
        Words {
            from,
            reply_to: letter
                .reply_to
                .as_deref()
                .and_then(reply_address)
                .or_else(|| letter.answers_to.clone())
                .map(Mailbox::bare),
            body: fill_slots(letter.body.value(), reply_address),
            loop_mark: loop_mark(&self.secret, &stored.message_id),
            autocrypt: offered.then(|| self.key.autocrypt(&self.from.address, stored.written_at)).flatten(),
            boundary: self.secret.derive(Purpose::Boundary, &stored.cause, stored.counter),
            list: self.list_head(stored),
        }
    }

    fn sheet<'a>(&self, stored: &'a Stored, words: &'a Words, parts: &'a [Part<'a>]) -> Sheet<'a> {
        Sheet {
            from: &words.from,
            to: &stored.letter.to,
            reply_to: words.reply_to.as_ref(),
            date: stored.written_at,
            message_id: &stored.message_id,
            thread: &stored.letter.thread,
            subject: stored.letter.subject.value(),
            body: &words.body,
            replies: stored.letter.kind.replies(),
            loop_mark: &words.loop_mark,
            autocrypt: words.autocrypt.as_deref(),
            boundary: &words.boundary,
            parts,
            list: words.list.as_ref(),
        }
    }

    fn reply_address(&self, token: &TokenRef) -> Address {
        let text = self.secret.derive(token.purpose, &token.cause, token.counter);
        self.from.address.with_detail(&text)
    }

    fn part<'a>(
        &'a self,
        enclosure: &'a Enclosure,
        raw: &'a [u8],
        attached: Option<&'a AttachedPart<'a>>,
    ) -> Option<Part<'a>> {
        Some(match enclosure {
            Enclosure::Received { .. } => Part::Received { raw, name: "as-received.eml" },
            Enclosure::Opened { .. } => Part::Received { raw, name: "as-opened.eml" },
            Enclosure::Mbox { name, .. } => Part::File { content_type: "application/mbox", name, bytes: raw },
            Enclosure::Draft { name, .. } => Part::File { content_type: "text/plain; charset=utf-8", name, bytes: raw },
            Enclosure::Certificate => {
                Part::Certificate { armored: self.key.certificate_armored(), name: "project-certificate.asc" }
            }
            Enclosure::Attachment { .. } => {
                let attached = attached?;
                Part::File { content_type: &attached.content_type, name: &attached.name, bytes: &attached.bytes }
            }
        })
    }
}

/// The mails that ride along, in the order of the enclosures. Of one mail there may be a hundred attachments: it is in
/// memory once.
fn enclosed(rows: Rows<'_>, stored: &Stored) -> Result<Vec<Arc<[u8]>>> {
    let (mut received, mut readable) = (HashMap::new(), HashMap::new());
    let of = |enclosure: &Labelled<Enclosure>| match *enclosure.value() {
        Enclosure::Mbox { ref mails, .. } => {
            let entries: Vec<Vec<u8>> = mails.iter().map(|mail| rows.cases().as_mbox(*mail)).collect::<Result<_>>()?;
            Ok(entries.concat().into())
        }
        Enclosure::Received { inbox } => once(&mut received, inbox, || rows.inbox().raw(inbox)),
        Enclosure::Opened { inbox } | Enclosure::Attachment { inbox, .. } => {
            once(&mut readable, inbox, || rows.inbox().readable(inbox))
        }
        Enclosure::Draft { version, text, .. } => {
            let version = rows.advisories().get(version)?;
            let words = if text == Audience::Members { version.members_text } else { version.public_text };
            Ok(words.into_bytes().into())
        }
        Enclosure::Certificate => Ok(Arc::default()),
    };
    stored.letter.enclosures.iter().map(of).collect()
}

fn once(known: &mut HashMap<i64, Arc<[u8]>>, inbox: i64, read: impl Fn() -> Result<Vec<u8>>) -> Result<Arc<[u8]>> {
    if let Some(bytes) = known.get(&inbox) {
        return Ok(Arc::clone(bytes));
    }
    let bytes: Arc<[u8]> = read()?.into();
    known.insert(inbox, Arc::clone(&bytes));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter::{Kind, Letter, Thread};
    use crate::mail::opened::OpenedMail;
    use crate::mail::thread::MessageId;
    use crate::rules::label::Text;
    use crate::store::inbox::Arrival;
    use crate::store::testing::scratch;
    use Enclosure::{Attachment, Opened, Received};

    #[tokio::test]
    async fn a_mail_of_many_attachments_is_in_memory_once() {
        let at = "2026-12-07T09:00:00Z".parse().unwrap();
        let enclosures = [
            Attachment { inbox: 1, part: 1 },
            Attachment { inbox: 1, part: 2 },
            Opened { inbox: 1 },
            Received { inbox: 1 },
            Enclosure::Certificate,
        ];
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
        let message_id = MessageId::parse("1@example.org").unwrap();
        let stored = Stored { letter, cause: "test".into(), counter: 1, message_id, written_at: at };
        let scratch = scratch();
        let read = scratch.store.write(move |rows| {
            let arrival = Arrival {
                sha256: "1",
                raw: b"as received",
                account: "local",
                folder: "in",
                received_at: at,
                predates: false,
                truncated: false,
            };
            let inbox = rows.inbox().add(&arrival)?.expect("a new mail");
            let opened = OpenedMail { message: Some(b"as opened".to_vec()), ..OpenedMail::default() };
            rows.opened().keep(inbox, &opened, None)?;
            enclosed(rows, &stored)
        });
        let read = read.await.unwrap();
        let texts: Vec<&[u8]> = read.iter().map(|bytes| bytes.as_ref()).collect();
        assert_eq!(texts, [&b"as opened"[..], b"as opened", b"as opened", b"as received", b""]);
        assert!(read[1..3].iter().all(|bytes| Arc::ptr_eq(bytes, &read[0])));
    }
}
