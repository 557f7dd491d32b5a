//! What comes by the list for applications: a new one, its applicant's next mail, or something else. Applicants are answered
//! by the program, at once; whoever asks or objects is not: the team reads the list, gets their mail as well, and is the
//! better answer on a public list.

use anyhow::{Context, Result, ensure};

use super::answering::{self, Counted};
use super::reading::{self, Came};
use crate::desk::Desk;
use crate::handlers::say::intake::{self as say, How, Relayed, Unread};
use crate::handlers::{Mail, Routed, aside, evidence, subscription};
use crate::mail::note::Note;
use crate::rules::checklist::{Checklist, Findings, merged, ruled};
use crate::rules::correspondence::{Kind, Seen, Writer, recognise};
use crate::rules::limits;
use crate::store::applications::{Application, ApplicationId, Entry, ListMail, NewApplication, Standing, State};

/// Handles a mail of that list. A project without applications has them shown to its team.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<Routed> {
    let policy = desk.policy;
    if let Some(why) = unreadable(mail) {
        return unread(desk, mail, why).map(Routed::Done);
    }
    let came = match &policy.profile.application {
        Some(checklist) => reading::read(desk, mail, checklist)?,
        None => reading::unchecked(desk, mail)?,
    };
    if let Some(first) = reading::earlier_copy(desk, &came)? {
        keep(desk, mail, "copy")?;
        return Ok(Routed::Done(format!("the same mail as {first}, by another way")));
    }
    let Some(checklist) = &policy.profile.application else {
        keep(desk, mail, Kind::Other.as_str())?;
        return pass_on(desk, &came, "a mail about what this project does not have", Kind::Other).map(Routed::Done);
    };
    let (kind, why) = recognised(&came);
    if kind == Kind::Spam && !desk.rows.aside().was_retried(mail.id)? {
        const WHY: &str = "reads like an offer for sale, on the list for applications";
        aside::hold(desk, mail, WHY)?;
        return Ok(Routed::Held(WHY));
    }
    desk.record(
        "desk",
        evidence(mail.incoming),
        "recognise",
        &format!("mail {}", mail.id),
        &format!("{}: {why}", kind.as_str()),
    )?;
    let reason = handle(desk, &came, checklist, kind)?;
    keep(desk, mail, kind.as_str())?;
    Ok(Routed::Done(reason))
}

fn recognised(came: &Came<'_>) -> (Kind, &'static str) {
    let incoming = came.mail.incoming;
    let own: Vec<&str> = came.own.iter().map(String::as_str).collect();
    recognise(&Seen {
        subject: &incoming.subject,
        own: &own,
        findings: &came.findings,
        in_thread: came.application.is_some(),
        is_reply: came.application.is_some() || !incoming.replies_to.is_empty(),
        writer: came.writer,
        repeats: came.repeats.is_some(),
        machine: incoming.machine.as_ref(),
    })
}

fn handle(desk: &mut Desk<'_>, came: &Came<'_>, checklist: &Checklist, kind: Kind) -> Result<String> {
    match (kind, &came.application) {
        (Kind::Application, _) => open(desk, came, checklist),
        (Kind::FollowUp | Kind::Duplicate, Some(application)) => match application.state {
            State::Accepted | State::Rejected | State::Withdrawn => {
                pass_on(desk, came, "a mail of an applicant, after the decision", kind)
            }
            State::Expired => further(desk, came, checklist, application, How::Reopened),
            _ if kind == Kind::Duplicate => again(desk, came, checklist, application),
            _ => further(desk, came, checklist, application, How::Further),
        },
        (Kind::Subscription, _) => subscription::attempted(desk, came.mail),
        (Kind::Machine, _) => {
            let reason = "a machine's mail to the list for applications";
            aside::set_aside(desk, came.mail, reason)?;
            Ok(reason.to_owned())
        }
        (Kind::Report, _) => report(desk, came),
        // They are on the list themselves. What they decide by hand is still to be recorded.
        (Kind::Question | Kind::Other, _) if came.writer == Writer::Team => {
            kept(desk, came, kind, "a mail of the team")
        }
        _ => pass_on(desk, came, seems(kind), kind),
    }
}

/// What the team is told that a mail seems to be.
fn seems(kind: Kind) -> &'static str {
    match kind {
        Kind::Question => "a question",
        Kind::Objection => "an objection to an application",
        Kind::Bystander => "a remark about somebody else’s application",
        Kind::Decision => "a decision of the team, written by hand",
        Kind::Change => "a change of an organisation that is on the list",
        _ => "something else than an application",
    }
}

fn open(desk: &mut Desk<'_>, came: &Came<'_>, checklist: &Checklist) -> Result<String> {
    let incoming = came.mail.incoming;
    let Some(applicant) = came.author else {
        return pass_on(desk, came, "an application, from nobody who could be answered", Kind::Application);
    };
    let id = desk.rows.applications().open(
        &NewApplication {
            applicant,
            subject: &incoming.subject,
            received_at: came.mail.received_at,
            findings: &came.findings,
            organisation: &organisation(&came.findings),
        },
        desk.now,
    )?;
    desk.record("desk", evidence(incoming), "open", &format!("application {id}"), &format!("mail {}", came.mail.id))?;
    join(desk, came, id, Kind::Application, Standing::Applicant)?;
    let application = the(desk, id)?;
    let counted = Counted { came, checklist, application: &application, how: How::First, lifted: &[], news: true };
    answering::answer_and_tell(desk, &counted)?;
    Ok(format!("opened application {id}"))
}

/// What its applicant sends later counts with what they sent before.
fn further(
    desk: &mut Desk<'_>,
    came: &Came<'_>,
    checklist: &Checklist,
    application: &Application,
    how: How,
) -> Result<String> {
    let (id, before) = (application.id, &application.findings);
    let findings = merged(before, &came.findings);
    let lifted = lift(desk, id, before, &findings)?;
    let complete = ruled(&findings, &desk.rows.applications().rulings(id)?).complete();
    let found = desk.rows.applications().found(id, &findings, &organisation(&findings), complete, desk.now)?;
    ensure!(found, "application {id} was decided meanwhile");
    join(desk, came, id, Kind::FollowUp, Standing::Applicant)?;
    if how == How::Reopened {
        desk.record(
            "desk",
            evidence(came.mail.incoming),
            "reopen",
            &format!("application {id}"),
            "its applicant wrote",
        )?;
    }
    let application = the(desk, id)?;
    let news = how == How::Reopened || findings != *before;
    let counted = Counted { came, checklist, application: &application, how, lifted: &lifted, news };
    answering::answer_and_tell(desk, &counted)?;
    Ok(format!("joined application {id}"))
}

/// What the team said of an item was about what they had read. Gives the items of which it counts no more.
fn lift(desk: &Desk<'_>, id: ApplicationId, before: &Findings, after: &Findings) -> Result<Vec<String>> {
    let mut lifted = Vec::new();
    for finding in &after.items {
        let same = before.get(&finding.id).is_some_and(|known| {
            (known.status, &known.quote, &known.values) == (finding.status, &finding.quote, &finding.values)
        });
        if !same && desk.rows.applications().lift_rulings(id, &finding.id, desk.now)? {
            lifted.push(finding.id.clone());
        }
    }
    Ok(lifted)
}

/// The same text once more. Within a day it is a copy; whoever sends it later wonders whether it arrived, and is told.
fn again(desk: &mut Desk<'_>, came: &Came<'_>, checklist: &Checklist, application: &Application) -> Result<String> {
    let id = application.id;
    let since = limits::day_before(desk.now);
    let mut is_copy = false;
    if let Some(author) = came.author {
        for kind in [Kind::Application, Kind::FollowUp] {
            is_copy |= desk.rows.applications().wrote_since(&author.address, kind.as_str(), since)?;
        }
    }
    join(desk, came, id, Kind::Duplicate, Standing::Applicant)?;
    if !is_copy {
        let counted = Counted { came, checklist, application, how: How::Again, lifted: &[], news: false };
        answering::answer(desk, &counted)?;
    }
    Ok(format!("the same text as before, in application {id}"))
}

/// The team at once, and its writer, before they write more of it in public.
fn report(desk: &mut Desk<'_>, came: &Came<'_>) -> Result<String> {
    let incoming = came.mail.incoming;
    let author = came.author.filter(|_| !answering::is_machines(incoming));
    let allowed = author.map(|author| desk.may_answer(incoming, &author.address)).transpose()?;
    let told = matches!(allowed, Some(Ok(_)));
    desk.record("desk", evidence(incoming), "alert", &format!("mail {}", came.mail.id), "a report on a public list")?;
    for member in desk.rows.people().team()? {
        let unanswered = allowed.and_then(Result::err);
        let letter = say::list_report(desk, came.mail, incoming.author.as_ref(), told, unanswered, &member.person)?;
        desk.send(&letter, None)?;
    }
    if let Some(author) = author.filter(|_| told) {
        let letter = say::report_at_list(desk, incoming, author)?;
        desk.answer(&letter, None, incoming)?;
    }
    Ok("a report of a security problem, on a public list".to_owned())
}

/// A mail that completes nothing, to each member of the team, as it came.
fn pass_on(desk: &mut Desk<'_>, came: &Came<'_>, what: &'static str, kind: Kind) -> Result<String> {
    let reason = kept(desk, came, kind, what)?;
    for member in desk.rows.people().team()? {
        let relayed = Relayed {
            what,
            application: came.application.as_ref(),
            author: came.mail.incoming.author.as_ref(),
            told: false,
        };
        let letter = say::relay(desk, &relayed, came.mail, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(reason)
}

/// It belongs to the thread it stands in; what answers it does, too.
fn kept(desk: &Desk<'_>, came: &Came<'_>, kind: Kind, what: &str) -> Result<String> {
    let Some(application) = &came.application else { return Ok(what.to_owned()) };
    let standing = match came.writer {
        Writer::Applicant => Standing::Applicant,
        Writer::Team => Standing::Team,
        _ => Standing::Other,
    };
    join(desk, came, application.id, kind, standing)?;
    Ok(format!("{what}, in the thread of application {}", application.id))
}

fn join(desk: &Desk<'_>, came: &Came<'_>, id: ApplicationId, kind: Kind, standing: Standing) -> Result<()> {
    let incoming = came.mail.incoming;
    let author = incoming.author.as_ref().map_or(String::new(), |author| author.address.to_string());
    let entry = Entry { inbox: came.mail.id, author, standing, kind: kind.as_str().to_owned() };
    desk.rows.applications().add_mail(id, &entry)?;
    let how = format!("mail {} as {}, from {}", came.mail.id, kind.as_str(), standing.as_str());
    desk.record("desk", evidence(incoming), "join", &format!("application {id}"), &how)?;
    match &incoming.message_id {
        Some(message_id) => desk.rows.applications().add_to_thread(id, message_id),
        None => Ok(()),
    }
}

fn keep(desk: &Desk<'_>, mail: &Mail<'_>, kind: &str) -> Result<()> {
    let author = mail.incoming.author.as_ref().map(|author| &author.address);
    let list_mail = ListMail { inbox: mail.id, message_id: mail.incoming.message_id.as_ref(), author, kind };
    desk.rows.applications().add_list_mail(&list_mail, desk.now)
}

fn the(desk: &Desk<'_>, id: ApplicationId) -> Result<Application> {
    desk.rows.applications().get(id)?.with_context(|| format!("application {id} is gone"))
}

/// As found; empty if it was not.
fn organisation(findings: &Findings) -> String {
    let finding = findings.get("organisation");
    finding.and_then(|finding| finding.values.first().cloned()).unwrap_or_default()
}

fn unreadable(mail: &Mail<'_>) -> Option<Unread> {
    let notes = || mail.incoming.notes.iter().chain(&mail.opened.notes);
    if mail.truncated.is_some() {
        Some(Unread::TooLarge)
    } else if mail.incoming.sealed || mail.opened.sealed || notes().any(Note::is_closed) {
        // Whoever encrypts what goes to a public list may think that it is confidential: it is not shown there.
        Some(Unread::Encrypted)
    } else {
        notes().any(|note| *note == Note::Unreadable).then_some(Unread::Damaged)
    }
}

/// Nobody else would see that it waits: its writer is told, and the team.
fn unread(desk: &mut Desk<'_>, mail: &Mail<'_>, why: Unread) -> Result<String> {
    const KIND: &str = "unread";
    let came = reading::unchecked(desk, mail)?;
    let incoming = mail.incoming;
    let written = incoming.author.as_ref().map(|author| &author.address);
    let earlier = match &incoming.message_id {
        Some(id) => desk.rows.applications().list_mails_of(id, written)?.first().copied(),
        None => None,
    };
    keep(desk, mail, KIND)?;
    if let Some(first) = earlier {
        return Ok(format!("the same mail as {first}, by another way"));
    }
    let author = came.author.filter(|_| !answering::is_machines(incoming) && came.writer != Writer::Team);
    let mut told = false;
    if let Some(author) = author
        && desk.may_answer(incoming, &author.address)?.is_ok()
    {
        let letter = say::unread(desk, why, incoming, author)?;
        let id = desk.answer(&letter, None, incoming)?;
        if let Some(application) = &came.application {
            desk.rows.applications().add_to_thread(application.id, &id)?;
        }
        told = true;
    }
    let reason = kept(desk, &came, Kind::Other, "a mail that nobody could read")?;
    for member in desk.rows.people().team()? {
        let what = "a mail that the program could not read";
        let relayed = Relayed { what, application: came.application.as_ref(), author: incoming.author.as_ref(), told };
        let letter = say::relay(desk, &relayed, mail, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(reason)
}
