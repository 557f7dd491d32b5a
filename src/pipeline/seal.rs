//! Seal: a letter becomes the exact bytes that leave, rendered and signed once, with its final Message-ID and Date.
//! Whoever sends it again sends the same bytes.

use std::sync::Arc;

use anyhow::{Context, Result};

use crate::mail::address::{Address, Mailbox};
use crate::mail::answer::{self, AttachedPart};
use crate::mail::compose::{self, Part, Sheet};
use crate::mail::letter::{Enclosure, TokenRef, fill_slots};
use crate::mail::machine::loop_mark;
use crate::mail::secret::{Purpose, Secret};
use crate::openpgp::SigningKey;
use crate::rules::label::Labelled;
use crate::store::Store;
use crate::store::outbox::Stored;

/// Renders and signs.
#[derive(Clone)]
pub struct Sealer {
    /// The address letters come from, with the team's name.
    pub from: Mailbox,
    pub secret: Arc<Secret>,
    pub key: Arc<SigningKey>,
}

impl Sealer {
    /// The bytes of a letter: the sealed ones, or sealed now and kept.
    pub async fn sealed(&self, store: &Store, letter: i64) -> Result<Arc<[u8]>> {
        let (stored, enclosed) = store
            .write(move |rows| {
                let stored = rows.outbox().letter(letter)?;
                let mut enclosed = Vec::new();
                if stored.sealed.is_none() {
                    for enclosure in &stored.letter.enclosures {
                        enclosed.push(match enclosure.value() {
                            Enclosure::Received { inbox } => rows.inbox().raw(*inbox)?,
                            Enclosure::Opened { inbox } | Enclosure::Attachment { inbox, .. } => {
                                rows.inbox().readable(*inbox)?
                            }
                            Enclosure::Certificate => Vec::new(),
                        });
                    }
                }
                Ok((stored, enclosed))
            })
            .await?;
        if let Some(sealed) = stored.sealed {
            return Ok(sealed.into());
        }
        let sealer = self.clone();
        let bytes: Arc<[u8]> = tokio::task::spawn_blocking(move || sealer.seal(&stored, &enclosed))
            .await
            .context("Sealing a letter")??
            .into();
        let kept = Arc::clone(&bytes);
        store.write(move |rows| rows.outbox().seal(letter, &kept).map(drop)).await?;
        Ok(bytes)
    }

    /// `enclosed` are the inbox bytes behind the letter's enclosures, in their order.
    fn seal(&self, stored: &Stored, enclosed: &[Vec<u8>]) -> Result<Vec<u8>> {
        let letter = &stored.letter;
        let reply_address = |slot: &str| letter.slots.get(slot).map(|token| self.reply_address(token));
        let body = fill_slots(letter.body.value(), reply_address);
        let reply_to = letter.reply_to.as_deref().and_then(reply_address).map(Mailbox::bare);
        let mut from = self.from.clone();
        if let Some(name) = &letter.from_name {
            from.name = Some(name.value().clone());
        }
        let enclosures = || letter.enclosures.iter().map(Labelled::value).zip(enclosed);
        let attached: Vec<Option<AttachedPart<'_>>> = enclosures()
            .map(|(enclosure, raw)| match enclosure {
                Enclosure::Attachment { part, .. } => answer::part(raw, *part),
                Enclosure::Received { .. } | Enclosure::Opened { .. } | Enclosure::Certificate => None,
            })
            .collect();
        let parts: Vec<Part<'_>> = enclosures()
            .zip(&attached)
            .map(|((enclosure, raw), attached)| self.part(enclosure, raw, attached.as_ref()))
            .collect::<Option<_>>()
            .context("An attachment is no longer where it was")?;
        let mark = loop_mark(&self.secret, &stored.message_id);
        let boundary = self.secret.derive(Purpose::Boundary, &stored.cause, stored.counter);
        // Only who is offered the certificate: the team's mail programs would encrypt what we cannot open yet.
        let offered = letter.enclosures.iter().any(|enclosure| *enclosure.value() == Enclosure::Certificate);
        let autocrypt = offered.then(|| self.key.autocrypt(&self.from.address, stored.written_at)).flatten();
        let sheet = Sheet {
            from: &from,
            to: &letter.to,
            reply_to: reply_to.as_ref(),
            date: stored.written_at,
            message_id: &stored.message_id,
            thread: &letter.thread,
            subject: letter.subject.value(),
            body: &body,
            replies: letter.kind.replies(),
            loop_mark: &mark,
            autocrypt: autocrypt.as_deref(),
            boundary: &boundary,
            parts: &parts,
        };
        let entity = compose::entity(&sheet);
        let signature = self.key.sign(&entity, stored.written_at).context("Signing a letter")?;
        Ok(compose::message(&sheet, &entity, &signature.armored, signature.micalg))
    }

    fn reply_address(&self, token: &TokenRef) -> Address {
        let text = self.secret.derive(token.purpose, &token.cause, token.counter);
        self.from.address.with_detail(&text)
    }

    fn part<'a>(
        &'a self,
        enclosure: &Enclosure,
        raw: &'a [u8],
        attached: Option<&'a AttachedPart<'a>>,
    ) -> Option<Part<'a>> {
        Some(match enclosure {
            Enclosure::Received { .. } => Part::Received { raw, name: "as-received.eml" },
            Enclosure::Opened { .. } => Part::Received { raw, name: "as-opened.eml" },
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
