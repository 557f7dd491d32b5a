//! The letters of the desk: which text, to whom, with what in it. The words are in config/letters; here is only
//! what fills them, each value with the label of whoever it belongs to.

pub mod certificate;
pub mod upkeep;

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::{Mail, Place};
use crate::desk::Desk;
use crate::mail::address::{Address, Mailbox};
use crate::mail::answer;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter, Thread, slot};
use crate::mail::machine::Machine;
use crate::mail::secret::Purpose;
use crate::mail::thread::MessageId;
use crate::policy::letters::{LetterName, Rendered, Values, grouped, seen_list, shown, standing, texts};
use crate::policy::profile::CopyReporter;
use crate::rules::authority::Unproven;
use crate::rules::label::{Label, Labelled, Labels, Text};
use crate::rules::limits::Unanswered;
use crate::rules::schedule;
use crate::store::cases::{Answered, Case, JoinedBy, Standing};
use crate::store::outbox::Trouble;
use crate::store::people::Person;

/// The slot of the address that reaches the team and the discoverer.
const BOTH: &str = "both";
/// The slot of the address that reaches the team only.
const TEAM: &str = "team";

/// A mail and what was made of it: what the team is told.
pub struct Story<'a> {
    pub mail: &'a Mail<'a>,
    pub case: &'a Case,
    pub standing: Standing,
    pub joined_by: JoinedBy,
    pub to_reporter: bool,
    /// It was meant for the discoverer too, and did not go there.
    pub stopped: Option<Unproven>,
    pub answer: Answered,
    /// It would have been answered, and a limit was reached.
    pub unanswered: Option<Unanswered>,
    /// When the answer leaves.
    pub answered_at: Timestamp,
}

/// What a discoverer gets to see of a team member's mail.
pub type Outgoing = answer::Answer;

/// The answer to somebody's mail. It repeats nothing of it.
pub fn answer(desk: &Desk<'_>, story: &Story<'_>, author: &Mailbox) -> Result<Letter> {
    let (case, incoming) = (story.case, story.mail.incoming);
    let labels = Labels::case(case.number);
    let name = author.name.as_deref().unwrap_or("");
    let values = Values::new();
    let (letter, kind, values) = match story.answer {
        Answered::Acknowledged => {
            let public = incoming.public_lists.iter().any(|trace| trace.configured);
            let values = values
                .labelled("case", &labels, case.number.to_string())
                .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
                .labelled("release", &labels, shown(case.proposal.release_at))
                .public("public", public)
                .public("name", name)
                .public("larger_than", larger_than(desk, story.mail))
                .public("security", desk.house.security.as_str())
                .public("fingerprint", grouped(&desk.house.fingerprint));
            (LetterName::Acknowledgement, Kind::Acknowledgement, values)
        }
        Answered::Added => {
            let values = values
                .labelled("case", &labels, case.number.to_string())
                .public("name", name)
                .public("larger_than", larger_than(desk, story.mail));
            (LetterName::Added, Kind::Answer, values)
        }
        Answered::Received | Answered::Not => {
            // The dates of a new report that came now: those of the case would show that there is one.
            let usual = schedule::propose(&desk.policy.profile.schedule, story.mail.received_at);
            let values = values
                .public("larger_than", larger_than(desk, story.mail))
                .public("security", desk.house.security.as_str())
                .public("predisclosure", shown(usual.predisclosure_at))
                .public("release", shown(usual.release_at))
                .public("fingerprint", grouped(&desk.house.fingerprint));
            (LetterName::Received, Kind::Acknowledgement, values)
        }
    };
    let mut letter = plain(kind, author.clone(), desk.policy.letters.render(letter, &values)?);
    letter.thread = replying(incoming.message_id.as_ref());
    if kind == Kind::Acknowledgement {
        letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    }
    Ok(letter)
}

/// The limit a mail is over, in words; empty when it is not.
fn larger_than(desk: &Desk<'_>, mail: &Mail<'_>) -> String {
    let limit = desk.house.limits.message_mebibytes;
    mail.truncated.map_or(String::new(), |_| format!("{limit} MiB"))
}

/// What is odd about a mail, and where the rest of it is.
fn notes(desk: &Desk<'_>, mail: &Mail<'_>) -> Vec<String> {
    let mut notes: Vec<String> = mail.incoming.notes.iter().map(ToString::to_string).collect();
    if let Some(Place { account, folder }) = mail.truncated {
        let limit = larger_than(desk, mail);
        let id = mail.incoming.message_id.as_ref();
        let id = id.map_or(String::new(), |id| format!(" Its Message-ID is <{}>.", id.as_str()));
        notes.push(format!(
            "It is larger than {limit}: only its beginning is attached. All of it is in the mailbox: account \
             “{account}”, folder “{folder}” or the archive of that account.{id}"
        ));
    }
    notes
}

/// A mail, as received, to one member of the team, with the two reply addresses of that member.
pub fn relay(desk: &mut Desk<'_>, story: &Story<'_>, member: &Person) -> Result<Letter> {
    let (case, incoming) = (story.case, story.mail.incoming);
    let labels = Labels::case(case.number);
    let copied = desk.policy.profile.reports.copy_reporter == CopyReporter::Always;
    let both = desk.reply_address(member, case.number, Purpose::AnswerReporter)?;
    let team = desk.reply_address(member, case.number, Purpose::AnswerTeam)?;
    let author = incoming.author.as_ref();
    let writer = match story.standing {
        Standing::Reporter => standing::DISCOVERER,
        Standing::Team => standing::TEAM,
        Standing::Stranger => standing::STRANGER,
    };
    let answered_at = if story.answered_at > desk.now { shown(story.answered_at) } else { String::new() };
    let lists = incoming.public_lists.iter().map(|trace| seen_list(&trace.list, &trace.header, trace.configured));
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("is_new", &labels, story.joined_by == JoinedBy::Report)
        .labelled("author", &labels, author.map_or("somebody without a usable address", |author| author.called()))
        .labelled("author_address", &labels, author.map_or("", |author| author.address.as_str()))
        .labelled("standing", &labels, writer)
        .labelled("proven", &labels, !matches!(incoming.evidence, crate::mail::evidence::Evidence::None))
        .labelled("subject", &labels, incoming.subject.as_str())
        .labelled("machine", &labels, incoming.machine.as_ref().map(Machine::to_string).unwrap_or_default())
        .labelled("acknowledged", &labels, story.answer != Answered::Not)
        .labelled("stopped", &labels, story.stopped.map(|unproven| unproven.to_string()).unwrap_or_default())
        .labelled("by_team", &labels, story.standing == Standing::Team)
        .labelled("public", &labels, texts(lists))
        .labelled("flags", &labels, texts(Vec::<String>::new()))
        .labelled("notes", &labels, texts(notes(desk, story.mail)))
        .labelled("unanswered", &labels, story.unanswered.map(|why| why.to_string()).unwrap_or_default())
        .labelled("answered_at", &labels, answered_at)
        .labelled("to_reporter", &labels, story.to_reporter)
        .labelled("reporter", &labels, case.reporter.as_ref().map_or("", |reporter| reporter.address.as_str()))
        .labelled("reporter_copied", &labels, copied)
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("both", slot(BOTH))
        .public("team_only", slot(TEAM));
    let mut letter = plain(Kind::Relay, member.mailbox(), desk.policy.letters.render(LetterName::Relay, &values)?);
    if let Some(author) = author {
        letter.from_name = Some(via(desk, &labels, author.called()));
    }
    letter.slots = BTreeMap::from([(BOTH.to_owned(), both), (TEAM.to_owned(), team)]);
    let to_both = copied && case.reporter.is_some();
    letter.reply_to = Some(if to_both { BOTH } else { TEAM }.to_owned());
    letter.enclosures.push(Labelled::new(labels, Enclosure::Received { inbox: story.mail.id }));
    letter.thread = replying(Some(&desk.case_thread(case.number)?));
    Ok(letter)
}

/// The text and the attachments of a team member's mail, without what only the team should see (reply addresses, the
/// way the mail took).
pub fn outgoing(desk: &Desk<'_>, mail: &Mail<'_>) -> Outgoing {
    answer::answer(mail.readable, |address| is_reply_address(desk, address), &desk.house.security)
}

/// A team member's answer, to the discoverer.
pub fn answer_to_reporter(
    desk: &Desk<'_>,
    inbox: i64,
    case: &Case,
    reporter: &Person,
    writer: &Person,
    text: &Outgoing,
) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("writer", &labels, writer.called())
        .labelled("text", &labels, text.text.as_str());
    let rendered = desk.policy.letters.render(LetterName::AnswerToReporter, &values)?;
    let mut letter = plain(Kind::Relay, reporter.mailbox(), rendered);
    letter.from_name = Some(via(desk, &labels, writer.called()));
    let enclosed = text.parts.iter().map(|part| Enclosure::Attachment { inbox, part: *part });
    letter.enclosures = enclosed.map(|enclosure| Labelled::new(labels.clone(), enclosure)).collect();
    letter.thread = replying(desk.rows.cases().last_of_reporter(case.number)?.as_ref());
    Ok(letter)
}

/// To the writer of an answer: it is on its way, to whom, and what they will see.
pub fn sent(
    desk: &Desk<'_>,
    case: &Case,
    to: &Incoming,
    reporter: &Person,
    writer: &Person,
    members: usize,
    text: &Outgoing,
) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("reporter", &labels, reporter.address.as_str())
        .labelled("members", &labels, members)
        .labelled("text", &labels, text.text.as_str());
    writers(desk, Kind::Answer, LetterName::Sent, &values, to, writer)
}

/// To whom an unproven answer claimed to come from, or to whom its reply address belongs: nothing went out, and why.
pub fn not_sent_to_reporter(
    desk: &Desk<'_>,
    case: &Case,
    to: &Incoming,
    person: &Person,
    unproven: Unproven,
) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .public("security", desk.house.security.as_str())
        .labelled("reason", &labels, unproven.to_string())
        .labelled("remedy", &labels, unproven.remedy());
    writers(desk, Kind::Refusal, LetterName::NotSentToReporter, &values, to, person)
}

/// To the writer of an answer to a discoverer nobody knows.
pub fn no_reporter(desk: &Desk<'_>, case: &Case, to: &Incoming, writer: &Person) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new().labelled("case", &labels, case.number.to_string());
    writers(desk, Kind::Refusal, LetterName::NoReporter, &values, to, writer)
}

/// To a member of the team: a delivery that will not happen. It says which, never what was in it.
pub fn trouble(desk: &Desk<'_>, trouble: &Trouble, member: &Person) -> Result<Letter> {
    let labels = trouble.case.map_or_else(|| Labels::of(Label::Team), Labels::case);
    let values = Values::new()
        .labelled("case", &labels, trouble.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("kind", &labels, trouble.kind.as_str())
        .labelled("recipient", &labels, trouble.recipient.as_str());
    let (name, values) = if trouble.blocked {
        (LetterName::Blocked, values.labelled("reason", &labels, trouble.error.as_str()))
    } else {
        let meaning = if trouble.given_up {
            "the mail server did not take it for five days; it will not be tried again."
        } else {
            "the mail server refused it for good; it will not be tried again."
        };
        let values = values.labelled("error", &labels, trouble.error.as_str()).public("meaning", meaning);
        (LetterName::Undeliverable, values)
    };
    let mut letter = plain(Kind::Alert, member.mailbox(), desk.policy.letters.render(name, &values)?);
    if let Some(case) = trouble.case {
        letter.thread = replying(Some(&desk.case_thread(case)?));
    }
    Ok(letter)
}

/// To the writer of a mail about what became of it.
fn writers(
    desk: &Desk<'_>,
    kind: Kind,
    name: LetterName,
    values: &Values,
    to: &Incoming,
    writer: &Person,
) -> Result<Letter> {
    let mut letter = plain(kind, writer.mailbox(), desk.policy.letters.render(name, values)?);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

fn plain(kind: Kind, to: Mailbox, rendered: Rendered) -> Letter {
    Letter {
        kind,
        from_name: None,
        to: vec![to],
        subject: rendered.subject,
        body: rendered.body,
        enclosures: Vec::new(),
        thread: Thread::default(),
        slots: BTreeMap::new(),
        reply_to: None,
    }
}

fn replying(to: Option<&MessageId>) -> Thread {
    Thread { in_reply_to: to.cloned(), references: to.cloned().into_iter().collect() }
}

/// "Carol via Xen Project Security Team": who wrote, and through whom it comes.
fn via(desk: &Desk<'_>, labels: &Labels, name: &str) -> Text {
    Text::new(labels.clone(), format!("{name} via {}", desk.policy.profile.project.team))
}

/// Whether an address in an answer may be a reply address of ours, which must not leave to the discoverer. Any
/// address of our domain with a detail counts: rather one too many.
fn is_reply_address(desk: &Desk<'_>, address: &str) -> bool {
    let domain = desk.house.security.domain();
    Address::parse(address).is_ok_and(|a| a.detail().is_some() && a.domain().eq_ignore_ascii_case(domain))
}
