//! `embargod check --send`: mails every address of ours to itself and sees what comes back, and whether a forged stamp
//! does. It takes no mail: what it finds is its own, and is removed again where the server can.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::Findings;
use crate::cli::process;
use crate::clock::Clock;
use crate::daemon;
use crate::mail::address::{Address, Mailbox};
use crate::mail::compose::{self, Origin, Sheet};
use crate::mail::forgery;
use crate::mail::letter::{Kind, Thread};
use crate::mail::machine::{Machine, loop_mark};
use crate::mail::mailroom::{Mailroom, Role};
use crate::mail::secret::{Purpose, Secret, sha256_hex};
use crate::mail::thread::MessageId;
use crate::openpgp::SigningKey;
use crate::post::{Carrier, NotSent, Parcel, Source};
use crate::settings::{Out, Settings};
use crate::store::Store;
use crate::store::audit::Act;

/// A mail that takes longer to come back is not waited for.
const COME_BACK_SECONDS_MAX: u64 = 60;
const LOOK_PAUSE: Duration = Duration::from_millis(500);
const BODY: &str = "“embargod check --send” wrote this to see whether it comes back. Nobody has to answer it.\n";

const REPLY_ADDRESS_REMEDY: &str = "Reply addresses are made so: your mail server must deliver them to the mailbox of \
    the part before the +. Postfix: recipient_delimiter = +";

const STAMP_REMEDY: &str = "Make your mail server remove that header from mail that brings one, and take the mail. \
    Postfix: header_checks = regexp:/etc/postfix/header_checks with the line \
    /^Authentication-Results[[:space:]]*:/ IGNORE (what a milter of yours adds stays). Then: embargod check --send";

/// What one mail to ourselves finds out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trial {
    /// An address of ours leads to a folder we read.
    Address,
    /// So does a reply address, and its key is seen.
    ReplyAddress,
    /// Our server removes a stamp that is not its own.
    Stamp,
}

impl Trial {
    fn remedy_when_not_taken(self) -> &'static str {
        match self {
            Trial::Address | Trial::Stamp => "Let the user of [smtp] send as that address and to it.",
            Trial::ReplyAddress => REPLY_ADDRESS_REMEDY,
        }
    }
}

struct Probe {
    trial: Trial,
    /// Where it is sent; its To header names the address without a key.
    to: Address,
    id: MessageId,
    key: String,
}

/// Everything a mail to ourselves needs.
struct Desk<'s> {
    settings: &'s Settings,
    secret: Secret,
    signing: SigningKey,
    from: Mailbox,
    mailroom: Mailroom,
    carrier: Carrier,
    sources: Vec<Source>,
    now: Timestamp,
}

pub async fn run(findings: &mut Findings, settings: &Settings, clock: Clock) {
    if matches!(settings.out, Out::Files(_)) {
        findings.note(
            "letters are written into a folder here: none can come back",
            "Name your mail server in [smtp] to try it.",
        );
        return;
    }
    if let Some(list) = settings.address(Role::Applications) {
        findings.note(
            &format!("nothing was sent to {list}: that is a public list, and people read it"),
            "Subscribe an address of this instance to it; its next mail is then in “embargod inbox list”.",
        );
    }
    let Ok((desk, store)) = Desk::of(settings, clock) else {
        findings.wrong("no mail could be sent to ourselves", "Mend what is wrong above first.");
        return;
    };
    let probes = desk.probes();
    let mut sent = Vec::new();
    for probe in probes {
        match desk.send(&probe).await {
            Ok(()) => sent.push(probe),
            // Of its own user it may refuse what it lets in from strangers, and for a reason of another kind.
            Err(NotSent::Refused(why)) if probe.trial == Trial::Stamp && !sent.is_empty() => findings.wrong(
                &format!(
                    "a mail with a forged stamp is refused by our mail server ({why}): that shows nothing about mail of \
                     others. No stamp is believed that was not before"
                ),
                STAMP_REMEDY,
            ),
            Err(problem) => findings.wrong(
                &format!("mail to {} is not taken by our mail server: {problem}", shown(&probe.to)),
                probe.trial.remedy_when_not_taken(),
            ),
        }
    }
    let back = desk.wait_for(&sent).await;
    for probe in &sent {
        let found = back.iter().find(|(id, _, _)| *id == probe.id).map(|(_, mail, took)| (mail.as_slice(), *took));
        desk.judge(findings, &store, probe, found).await;
    }
}

impl<'s> Desk<'s> {
    fn of(settings: &'s Settings, clock: Clock) -> Result<(Self, Store)> {
        let policy = daemon::policy(settings)?;
        let security = settings.address(Role::Security).cloned().context("No address of ours")?;
        let secret = daemon::secret(settings)?;
        let mailroom = daemon::mailroom(settings, &policy, daemon::secret(settings)?.into());
        let desk = Self {
            settings,
            secret,
            signing: daemon::signing_key(settings, clock)?,
            from: Mailbox { name: Some(policy.profile.project.team.clone()), address: security },
            mailroom,
            carrier: daemon::carrier(settings)?,
            sources: daemon::sources(settings).into_iter().collect::<Result<_, _>>()?,
            now: clock.now(),
        };
        Ok((desk, Store::open(&settings.database)?))
    }

    /// One for each address but the public list, one for a reply address, one with a forged stamp; each under a key of this very check.
    fn probes(&self) -> Vec<Probe> {
        let security = &self.from.address;
        let list = self.settings.address(Role::Applications);
        let ours = self.settings.addresses.values().flatten().filter(|address| Some(*address) != list);
        let addresses = ours.cloned().map(|to| (Trial::Address, to));
        let trials = addresses.chain([(Trial::ReplyAddress, security.clone()), (Trial::Stamp, security.clone())]);
        let cause = format!("check {}", self.now);
        trials
            .zip(1..)
            .filter_map(|((trial, to), counter)| {
                let key = self.secret.derive(Purpose::Check, &cause, counter);
                let id = self.secret.derive(Purpose::MessageId, &cause, counter);
                let id = MessageId::parse(&format!("{id}@{}", self.settings.domain))?;
                let to = if trial == Trial::ReplyAddress { to.with_detail(&key) } else { to };
                Some(Probe { trial, to, id, key })
            })
            .collect()
    }

    async fn send(&self, probe: &Probe) -> Result<(), NotSent> {
        let bytes = self.written(probe).map_err(|problem| NotSent::not_now(&format!("{problem:#}")))?;
        let parcel = Parcel {
            id: 0,
            envelope_from: Some(self.from.address.clone()),
            envelope_to: probe.to.clone(),
            kind: Kind::Notice.as_str(),
            at: self.now,
            bytes: bytes.into(),
        };
        self.carrier.send(&parcel).await
    }

    fn written(&self, probe: &Probe) -> Result<Vec<u8>> {
        let to = [Mailbox::bare(probe.to.without_detail())];
        let mark = loop_mark(&self.secret, &probe.id);
        let boundary = self.secret.derive(Purpose::Boundary, probe.id.as_str(), 0);
        let sheet = Sheet {
            from: &self.from,
            to: &to,
            cc: &[],
            reply_to: None,
            date: self.now,
            message_id: &probe.id,
            thread: &Thread::default(),
            subject: "embargod check: does this come back?",
            body: BODY,
            origin: Origin::Program,
            loop_mark: &mark,
            autocrypt: None,
            boundary: &boundary,
            parts: &[],
            list: None,
            embargoed_until: None,
        };
        let entity = compose::entity(&sheet);
        let signature = self.signing.sign(&entity, self.now)?;
        let mail = compose::message(&sheet, &entity, &signature.armored, signature.micalg);
        if probe.trial != Trial::Stamp {
            return Ok(mail);
        }
        let forged = forgery::stamps(&self.settings.mail.authserv_id, self.from.address.domain(), &probe.key);
        Ok([forged.as_bytes(), &mail].concat())
    }

    /// What came back of `sent`, and how long that took.
    async fn wait_for(&self, sent: &[Probe]) -> Vec<(MessageId, Vec<u8>, Duration)> {
        let started = Instant::now();
        let mut back: Vec<(MessageId, Vec<u8>, Duration)> = Vec::new();
        loop {
            let away = |id: &&MessageId| !back.iter().any(|(found, _, _)| found == *id);
            let wanted: Vec<MessageId> = sent.iter().map(|probe| &probe.id).filter(away).cloned().collect();
            if wanted.is_empty() || started.elapsed().as_secs() >= COME_BACK_SECONDS_MAX {
                return back;
            }
            for source in &self.sources {
                // Whether the account works at all was tried before.
                let found = source.seek(&wanted).await.unwrap_or_default();
                back.extend(found.into_iter().map(|(id, mail)| (id, mail, started.elapsed())));
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    async fn judge(&self, findings: &mut Findings, store: &Store, probe: &Probe, found: Option<(&[u8], Duration)>) {
        let to = shown(&probe.to);
        let Some((mail, took)) = found else {
            let remedy = match probe.trial {
                Trial::Address => {
                    "Make that address lead to a mailbox that [[imap]] reads; a filter may have put it elsewhere."
                }
                Trial::ReplyAddress => REPLY_ADDRESS_REMEDY,
                Trial::Stamp => "It was sent like the others. A filter may have put it elsewhere: let it through.",
            };
            let what = if probe.trial == Trial::Stamp { " with a forged stamp" } else { "" };
            findings.wrong(&format!("mail to {to}{what} did not come back within {COME_BACK_SECONDS_MAX} s"), remedy);
            return;
        };
        let incoming = self.mailroom.read(mail, None);
        if incoming.machine != Some(Machine::OwnMail) {
            findings.wrong(
                &format!("mail to {to} comes back and is not known for our own: its X-Embargod-Loop is gone"),
                "Something on the way removes that header: let it through.",
            );
            return;
        }
        let seconds = took.as_secs_f32();
        match probe.trial {
            Trial::Address => findings.good(&format!("mail to {to} comes back ({seconds:.1} s)")),
            Trial::ReplyAddress if incoming.token == Some(sha256_hex(probe.key.as_bytes())) => {
                findings.good(&format!("mail to a reply address, {to}, comes back ({seconds:.1} s)"));
            }
            Trial::ReplyAddress => findings.wrong(
                &format!("mail to a reply address, {to}, comes back and does not show what follows the +"),
                "Name the header in which your server writes the whole recipient, such as Delivered-To or X-Original-To, \
                 in recipient_headers.",
            ),
            Trial::Stamp if forgery::came_through(mail, &self.settings.mail.authserv_id, &probe.key) => {
                findings.wrong(
                    &format!(
                        "a forged stamp in the name of {} comes through: anybody could write in a team member's name. \
                         No stamp is believed",
                        self.settings.mail.authserv_id
                    ),
                    STAMP_REMEDY,
                );
                record(findings, store, self, false).await;
            }
            Trial::Stamp => {
                findings.good("a forged stamp is removed by our mail server: its own are believed");
                record(findings, store, self, true).await;
            }
        }
    }
}

/// Keeps what the forged stamp showed, and who tried it.
async fn record(findings: &mut Findings, store: &Store, desk: &Desk<'_>, removed: bool) {
    let (now, name) = (desk.now, desk.settings.mail.authserv_id.clone());
    let kept = store
        .write(move |rows| {
            let before = rows.stamps().tried_at(&name)?.is_some();
            if removed {
                rows.stamps().good(&name, now)?
            } else {
                rows.stamps().forged(&name)?
            }
            if before == removed {
                return Ok(());
            }
            let act = Act {
                actor: &process::operator(),
                evidence: "operator",
                act: if removed { "believe stamps" } else { "doubt stamps" },
                object: &name,
                detail: if removed { "a forged one was removed" } else { "a forged one came through" },
            };
            rows.audit().append(now, &act)
        })
        .await;
    if let Err(problem) = kept {
        findings.wrong(&format!("what was found could not be kept: {problem:#}"), "Try again.");
    }
}

/// An address without the key behind its plus.
fn shown(address: &Address) -> String {
    match address.detail() {
        Some(_) => address.without_detail().with_detail("…").to_string(),
        None => address.to_string(),
    }
}
