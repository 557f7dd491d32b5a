//! The desk: all a handler may touch. Its transaction is the list of effects; there is no network here, no file,
//! no clock and no chance.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::mail::address::Address;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Letter, TokenRef};
use crate::mail::opened::SignedText;
use crate::mail::secret::{Purpose, Secret, sha256_hex};
use crate::mail::thread::MessageId;
use crate::policy::Policy;
use crate::rules::authority::{self, Act, Claim, Proof, Signature, Unproven};
use crate::rules::clearance::{self, Barred};
use crate::rules::contacts::Contact;
use crate::rules::label::{CaseId, Labels};
use crate::rules::limits::{self, Limits, Unanswered};
use crate::store::Rows;
use crate::store::answers::Answering;
use crate::store::applications::ApplicationId;
use crate::store::audit;
use crate::store::list_tokens::ListToken;
use crate::store::outbox::{Addressed, Written};
use crate::store::people::Person;

/// What an instance is called and how it is reached.
#[derive(Clone, Debug)]
pub struct House {
    /// The address reports come to and letters come from.
    pub security: Address,
    /// The public list to which organisations apply, if this instance takes part in it.
    pub applications: Option<Address>,
    /// The list on which members talk to each other, if this instance is its distributor.
    pub discuss: Option<Address>,
    /// The predisclosure list, by which members are told; nobody writes there.
    pub members: Option<Address>,
    /// The domain of our Message-IDs.
    pub domain: String,
    pub secret: Arc<Secret>,
    /// Of the project's certificate, in upper-case hex.
    pub fingerprint: String,
    /// Who keeps it running; without one, the team does.
    pub operator: Option<Address>,
    pub limits: Limits,
    /// Whom we may write to outside of the team.
    pub contacts: Vec<Contact>,
    /// The operator's programs that are run when an advisory was released, by name.
    pub hooks: Vec<String>,
    /// Lists whose mail we read: what we post there comes back.
    pub lists_read: Vec<Address>,
}

/// What a handler has in its hands while it handles one mail, or one thing that is due.
pub struct Desk<'t> {
    pub rows: Rows<'t>,
    pub policy: &'t Policy,
    pub house: &'t House,
    pub now: Timestamp,
    cause: String,
    counter: u32,
}

/// A mail that asks for something, as far as that proves who asks.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Its row.
    pub inbox: i64,
    pub incoming: &'a Incoming,
    /// What somebody registered signed, if that is the text that asks.
    pub signed: Option<&'a SignedText>,
    /// When our server received it.
    pub received_at: Timestamp,
    /// Whose reply address it came to, if that is for the thing it asks about.
    pub holder: Option<i64>,
    /// The signed text names the thing it asks about.
    pub names_it: bool,
}

/// What a letter about a mail that was refused says beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// Mails before it that no letter was written about.
    pub others: usize,
    /// No more are written for a day.
    pub last: bool,
}

/// Who is proven to ask, and how.
#[derive(Clone, Debug)]
pub struct Proven {
    pub person: Person,
    pub proof: Proof,
}

impl<'t> Desk<'t> {
    /// `cause` names what this is about: the SHA-256 of a mail, or a due event. All identifiers derive from it.
    pub fn new(rows: Rows<'t>, policy: &'t Policy, house: &'t House, now: Timestamp, cause: String) -> Self {
        Self { rows, policy, house, now, cause, counter: 0 }
    }

    /// Puts a letter into the outbox: one delivery for each recipient who may read it now. A recipient who may not
    /// gets a `blocked` row instead, which the record keeps and the team hears of.
    pub fn send(&mut self, letter: &Letter, case: Option<CaseId>) -> Result<MessageId> {
        self.post(letter, case, true)
    }

    /// Sends the answer to a mail. `may_answer` was asked before.
    pub fn answer(&mut self, letter: &Letter, case: Option<CaseId>, to: &Incoming) -> Result<MessageId> {
        self.post(letter, case, to.evidence.aligned().is_some())
    }

    /// Whether a program may answer this author's mail once more today, and when the answer leaves: now, or once the
    /// hour has room for it. The team is always answered at once.
    pub fn may_answer(&self, mail: &Incoming, author: &Address) -> Result<Result<Timestamp, Unanswered>> {
        let Limits { answers_per_address_and_day, answers_per_unproven_domain_and_day, .. } = self.house.limits;
        if self.is_in_team(author)? {
            return Ok(Ok(self.now));
        }
        let since = limits::day_before(self.now);
        let to_address = self.rows.answers().to_address(author, since, answers_per_address_and_day)?;
        let to_domain = match mail.evidence.aligned() {
            Some(_) => 0,
            None => self.rows.answers().to_unproven_domain(author, since, answers_per_unproven_domain_and_day)?,
        };
        match self.house.limits.allow(to_address, to_domain) {
            Ok(()) => Ok(Ok(self.next_slot()?)),
            Err(unanswered) => Ok(Err(unanswered)),
        }
    }

    fn next_slot(&self) -> Result<Timestamp> {
        let earlier = self.rows.answers().leaves_before(self.house.limits.answers_per_hour)?;
        Ok(limits::leaves_at(self.now, earlier))
    }

    fn is_in_team(&self, address: &Address) -> Result<bool> {
        let Some(person) = self.rows.people().by_address(address)? else { return Ok(false) };
        Ok(self.rows.people().team_member(person.id)?.is_some())
    }

    fn post(&mut self, letter: &Letter, case: Option<CaseId>, proven: bool) -> Result<MessageId> {
        let counter = self.next_counter();
        let message_id = self.message_id(counter)?;
        let written =
            Written { letter, cause: &self.cause, counter, message_id: &message_id, case, written_at: self.now };
        let id = self.rows.outbox().add_letter(&written)?;
        let labels = letter.labels();
        for recipient in letter.recipients() {
            let reader = self.rows.reader(recipient, self.policy.profile.conditions(self.now), &labels)?;
            let barred = clearance::may_read(&reader, &labels).err();
            let encrypted_to = match reader.encrypted && !clearance::is_open(&labels, &reader.released) {
                true => self.rows.certificates().of_address(recipient)?.map(|theirs| theirs.fingerprint),
                false => None,
            };
            // One that waits for a certificate counts: its reader is asked for that instead.
            let waits = barred.is_none_or(Barred::wants_certificate);
            let automatic = letter.kind.replies() && !reader.team && waits;
            let leaves_at = if automatic { self.next_slot()? } else { self.now };
            let delivery = self.rows.outbox().add_delivery(&Addressed {
                letter: id,
                recipient,
                kind: letter.kind,
                at: leaves_at,
                encrypted_to: encrypted_to.as_deref(),
                barred,
            })?;
            if automatic {
                let unproven = !proven;
                let written_at = self.now;
                self.rows.answers().add(&Answering { delivery, to: recipient, unproven, written_at, leaves_at })?;
            }
            if let Some(why) = barred {
                self.record("desk", "none", "bar", &format!("delivery {delivery}"), &why.to_string())?;
            }
        }
        if let Some(case) = case {
            self.rows.threads().add(case, &message_id)?;
        }
        Ok(message_id)
    }

    /// What the gate would say now of text with these labels.
    pub fn may_read(&self, reader: &Address, labels: &Labels) -> Result<Result<(), Barred>> {
        let reader = self.rows.reader(reader, self.policy.profile.conditions(self.now), labels)?;
        Ok(clearance::may_read(&reader, labels))
    }

    /// Whether somebody is told by a letter of its own that this mail was refused in their name, and what else it says; else
    /// the next letter counts it.
    pub fn tells_of_refusal(&self, inbox: i64, person: &Person) -> Result<Option<Telling>> {
        let refusals = self.rows.refusals();
        let told = refusals.told_since(person.id, limits::day_before(self.now))?;
        refusals.add(inbox, person.id, self.now)?;
        if told >= limits::REFUSALS_TOLD_PER_DAY {
            return Ok(None);
        }
        Ok(Some(Telling { others: refusals.tell(inbox, person.id)?, last: told + 1 == limits::REFUSALS_TOLD_PER_DAY }))
    }

    /// Which member of the team is proven to ask for this act.
    pub fn prove(&self, act: Act, asking: &Asking<'_>) -> Result<Result<Proven, Unproven>> {
        let holder = match asking.holder {
            None => None,
            Some(person) => match self.rows.people().team_member(person)? {
                None => return Ok(Err(Unproven::NotInTeam)),
                Some(member) => Some(member.person),
            },
        };
        let (author, signer) = match asking.signed {
            Some(signed) => (self.owner(signed)?, self.signer(signed)?),
            None => (None, None),
        };
        let used = match asking.signed {
            Some(signed) => self.rows.opened().was_used(asking.inbox, signed)?,
            None => false,
        };
        let registered = match asking.signed {
            Some(signed) => self.rows.certificates().get(&signed.fingerprint)?,
            None => None,
        };
        let by_mail_since = registered.filter(|known| known.by_mail).map(|known| known.since);
        let signature = asking.signed.zip(signer.as_ref()).map(|(signed, signer)| Signature {
            signer: &signer.address,
            made_at: signed.made_at,
            received_at: asking.received_at,
            used,
            names_it: asking.names_it,
            by_mail_since,
        });
        let holder = holder.as_ref();
        let claim = Claim {
            holder: holder.map(|holder| &holder.address),
            aligned: asking.incoming.evidence.aligned(),
            signature,
            said_by: author.as_ref().map(|author| &author.address),
        };
        let proven = authority::prove(self.policy.profile.evidence.of(act), &claim);
        let person = |address: &Address| match (&signer, holder) {
            (Some(signer), _) if signer.address == *address => Some(signer.clone()),
            (_, holder) => holder.cloned(),
        };
        Ok(match proven {
            Err(Unproven::NotSigned) => Err(Unproven::by_notes(&asking.incoming.notes)),
            Err(unproven) => Err(unproven),
            Ok(_) if asking.incoming.machine.is_some() => Err(Unproven::Machine),
            Ok((address, proof)) => {
                let person = person(address).context("Whoever is proven is the signer or the holder")?;
                Ok(Proven { person, proof })
            }
        })
    }

    /// The person whose certificate made a signature.
    fn owner(&self, signed: &SignedText) -> Result<Option<Person>> {
        let registered = self.rows.certificates().get(&signed.fingerprint)?;
        registered.and_then(|registered| registered.person).map(|person| self.rows.people().get(person)).transpose()
    }

    /// The member of the team whose certificate made a signature.
    pub fn signer(&self, signed: &SignedText) -> Result<Option<Person>> {
        let Some(owner) = self.owner(signed)? else { return Ok(None) };
        Ok(self.rows.people().team_member(owner.id)?.map(|member| member.person))
    }

    /// Whether the signature is one of the team's.
    pub fn signer_of(&self, asking: &Asking<'_>) -> Result<Option<Person>> {
        asking.signed.map_or(Ok(None), |signed| self.signer(signed))
    }

    /// Does what `act` does, or, if that gives an error that is for people, nothing of it.
    pub fn all_or_nothing<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<Result<T, T>>) -> Result<T> {
        self.rows.save()?;
        Ok(match act(self)? {
            Ok(done) => {
                self.rows.keep_saved()?;
                done
            }
            Err(not_done) => {
                self.rows.undo_saved()?;
                not_done
            }
        })
    }

    /// From now on the signature of this mail has no effect in another.
    pub fn acted_on(&self, asking: &Asking<'_>, proven: &Proven) -> Result<()> {
        match (proven.proof, asking.signed) {
            (Proof::Signed, Some(signed)) => self.rows.opened().use_signature(asking.inbox, signed, self.now),
            _ => Ok(()),
        }
    }

    /// Somebody's reply address for a case and a purpose: the one they have, or a new one.
    pub fn reply_address(&mut self, person: &Person, case: CaseId, purpose: Purpose) -> Result<TokenRef> {
        if let Some(known) = self.rows.tokens().of(person.id, case, purpose)? {
            return Ok(known);
        }
        let token = TokenRef { purpose, cause: self.cause.clone(), counter: self.next_counter() };
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        self.rows.tokens().add(&sha256_hex(text.as_bytes()), &token, case, person.id, self.now)?;
        Ok(token)
    }

    /// Somebody's reply address about an application: the one they have, or a new one.
    pub fn application_address(&mut self, person: i64, id: ApplicationId, purpose: Purpose) -> Result<TokenRef> {
        if let Some(known) = self.rows.applications().token_of(person, id, purpose)? {
            return Ok(known);
        }
        let token = TokenRef { purpose, cause: self.cause.clone(), counter: self.next_counter() };
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        self.rows.applications().add_token(&sha256_hex(text.as_bytes()), &token, id, person, self.now)?;
        Ok(token)
    }

    /// Somebody's reply address of a list: the one they have for this purpose and object, or a new one.
    pub fn list_address(&mut self, of: &ListToken) -> Result<TokenRef> {
        if let Some(known) = self.rows.list_tokens().of(of)? {
            return Ok(known);
        }
        let token = TokenRef { purpose: of.purpose, cause: self.cause.clone(), counter: self.next_counter() };
        let text = self.house.secret.derive(token.purpose, &token.cause, token.counter);
        self.rows.list_tokens().add(&sha256_hex(text.as_bytes()), of, &token, self.now)?;
        Ok(token)
    }

    /// A Message-ID of ours that stands for a case: what every relay of the case refers to, so that mail programs
    /// show the case as one thread.
    pub fn case_thread(&self, case: CaseId) -> Result<MessageId> {
        let key = self.house.secret.derive(Purpose::MessageId, &format!("case {case}"), 0);
        self.own_message_id(&key)
    }

    /// Writes a line of the record.
    pub fn record(&self, actor: &str, evidence: &str, act: &str, object: &str, detail: &str) -> Result<()> {
        self.rows.audit().append(self.now, &audit::Act { actor, evidence, act, object, detail })
    }

    /// The same mail is handled once more, or the same event comes again: what it causes from now on has other identifiers
    /// than what it caused before.
    pub fn goes_on(&mut self) -> Result<()> {
        self.counter = self.counter.max(self.rows.outbox().last_counter(&self.cause)?);
        Ok(())
    }

    fn next_counter(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    fn message_id(&self, counter: u32) -> Result<MessageId> {
        self.own_message_id(&self.house.secret.derive(Purpose::MessageId, &self.cause, counter))
    }

    fn own_message_id(&self, key: &str) -> Result<MessageId> {
        MessageId::parse(&format!("{key}@{}", self.house.domain)).context("Making a Message-ID of our domain")
    }
}

#[cfg(test)]
pub mod testing {
    //! The house of a test: security@example.org, and nothing beside it.
    use super::*;

    pub fn house() -> House {
        House {
            security: "security@example.org".parse().unwrap(),
            applications: None,
            discuss: None,
            members: None,
            domain: "example.org".into(),
            secret: Arc::new(Secret::new([1; 32])),
            fingerprint: "00".repeat(20),
            operator: None,
            limits: Limits::default(),
            contacts: Vec::new(),
            hooks: Vec::new(),
            lists_read: Vec::new(),
        }
    }
}
