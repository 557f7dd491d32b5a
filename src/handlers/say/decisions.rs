//! Letters about the decision of an application. What goes to the list and the applicant is public: it holds the team's
//! words for them, and the name the applicant gave in public. What goes to the team may name an address that is not.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::{counted, operator, plain, replying, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::applications::decision::Named;
use crate::handlers::applications::membership::ends_at;
use crate::handlers::applications::ruling::{Done, Late, Refused, What, items};
use crate::handlers::control::in_words;
use crate::mail::address::Mailbox;
use crate::mail::headers::Headers;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter, Thread};
use crate::mail::secret::Purpose;
use crate::mail::thread::message_ids;
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::authority::{Act, Demand, Unproven};
use crate::rules::checklist::{Finding, Status, ruled};
use crate::rules::command::Which;
use crate::rules::label::{Label, Labels};
use crate::store::applications::{Application, ApplicationId, Standing};
use crate::store::members::Current;
use crate::store::people::Person;

/// The slot of the address that takes what the team says.
const ANSWER: &str = "answer";

/// To the list, or to the applicant: what was decided, asked or found.
pub fn decision(desk: &Desk<'_>, application: &Application, done: &Done, to: Mailbox) -> Result<Letter> {
    let to_list = desk.house.applications.as_ref() == Some(&to.address);
    let (outcome, reason) = match &done.what {
        What::Said | What::Current(_) => ("said", ""),
        What::Asked(question) => ("asked", question.as_str()),
        What::Accepted(_) => ("accepted", ""),
        What::Rejected(reason) => ("rejected", reason.as_str()),
        What::Withdrawn => ("withdrawn", ""),
    };
    let until = match &done.what {
        What::Accepted(member) => shown(ends_at(&desk.policy.profile.membership, member)),
        _ => String::new(),
    };
    let values = Values::new()
        .public("subject", unanswered(&application.subject))
        .public("name", in_public(application))
        .public("outcome", outcome)
        .public("reason", reason)
        .public("appeal", desk.policy.profile.membership.appeal.as_str())
        .public("ruled", texts(done.ruled.iter().cloned()))
        .public("open", texts(done.open.iter().map(|finding| for_applicant(desk, finding))))
        .public("until", until);
    let kind = if to_list { Kind::Post } else { Kind::Notice };
    let mut letter = plain(kind, to, desk.policy.letters.render(LetterName::Decision, &values)?);
    letter.thread = thread(desk, application.id)?;
    letter.answers_to = desk.house.applications.clone();
    Ok(letter)
}

/// What letters to the public call it: never by an address.
fn in_public(application: &Application) -> &str {
    match (application.organisation.as_str(), application.applicant.name.as_deref()) {
        ("", Some(name)) if !name.contains('@') => name,
        ("", _) => "the applicant",
        (organisation, _) => organisation,
    }
}

/// Without the “Re:” that the letter puts before it.
fn unanswered(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((begin, after)) = rest.split_at_checked(3)
        && begin.eq_ignore_ascii_case("re:")
    {
        rest = after.trim_start();
    }
    if rest.is_empty() { "your application" } else { rest }
}

fn for_applicant(desk: &Desk<'_>, finding: &Finding) -> String {
    let item = items(desk.policy).iter().find(|item| item.id == finding.id);
    let ask = item.map_or("", |item| item.ask.as_str());
    match (finding.status, finding.why.as_str()) {
        (Status::Missing, "") => format!("Please send {ask}."),
        (_, why) => format!("Please send {ask}. {why}"),
    }
}

/// How the team sees what is not found.
fn for_team(desk: &Desk<'_>, finding: &Finding) -> String {
    let item = items(desk.policy).iter().find(|item| item.id == finding.id);
    let name = item.map_or("", |item| item.name.as_str());
    let status = match finding.status {
        Status::Found => "found",
        Status::Unclear => "unclear",
        Status::Missing => "missing",
    };
    let why = if finding.why.is_empty() { String::new() } else { format!(" {}", finding.why) };
    format!("Item “{}”, {name}: {status}.{why}", finding.id)
}

/// Below the applicant's latest mail, in the thread that their first one began.
fn thread(desk: &Desk<'_>, id: ApplicationId) -> Result<Thread> {
    let mails = desk.rows.applications().mails(id)?;
    let mut theirs = mails.iter().filter(|entry| entry.standing == Standing::Applicant).map(|entry| entry.inbox);
    let first = theirs.next();
    let mut references = Vec::new();
    for inbox in first.into_iter().chain(theirs.next_back()) {
        let raw = desk.rows.inbox().readable(inbox)?;
        let identifier =
            Headers::read(&raw).value("Message-ID").and_then(|value| message_ids(&value).into_iter().next());
        references.extend(identifier);
    }
    Ok(Thread { in_reply_to: references.last().cloned(), references })
}

/// To a member of the team: what was said, and what came of it. To whoever said it, the answer to their mail.
pub fn said(
    desk: &mut Desk<'_>,
    to: &Incoming,
    application: &Application,
    by: &Proven,
    done: &Done,
    member: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let mine = member.id == by.person.id;
    let outcome = match &done.what {
        What::Said => "said",
        What::Asked(_) => "asked",
        What::Accepted(_) => "accepted",
        What::Rejected(_) => "rejected",
        What::Withdrawn => "withdrawn",
        What::Current(Which::Current) => "send",
        What::Current(Which::None) => "none",
    };
    let (address, until) = match &done.what {
        What::Accepted(member) => {
            (member.role.address.as_str(), shown(ends_at(&desk.policy.profile.membership, member)))
        }
        _ => ("", String::new()),
    };
    let values = Values::new()
        .labelled("application", &labels, application.id.to_string())
        .labelled("name", &labels, application.called())
        .labelled("by", &labels, by.person.called())
        .labelled("mine", &labels, mine)
        .labelled("proof", &labels, in_words(by.proof))
        .labelled("said", &labels, texts(done.said.iter().cloned()))
        .labelled("outcome", &labels, outcome)
        .labelled("open", &labels, texts(done.open.iter().map(|finding| for_team(desk, finding))))
        .labelled("address", &labels, address)
        .labelled("until", &labels, until);
    let mut letter = match mine {
        true => writers(desk, Kind::Answer, LetterName::ApplicationSaid, &values, to, member)?,
        false => {
            let rendered = desk.policy.letters.render(LetterName::ApplicationSaid, &values)?;
            plain(Kind::Notice, member.mailbox(), rendered)
        }
    };
    answered_at(desk, &mut letter, member, application.id, Purpose::Decide)?;
    Ok(letter)
}

/// To whoever said what cannot be done, or what nobody understands: nothing of it was.
pub fn not_done(
    desk: &mut Desk<'_>,
    to: &Incoming,
    application: &Application,
    person: &Person,
    why: &Refused,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("application", &labels, application.id.to_string())
        .labelled("name", &labels, application.called())
        .labelled("line", &labels, why.line.as_str())
        .labelled("reason", &labels, why.why.as_str())
        .labelled("remedy", &labels, why.remedy.as_str())
        .labelled("open", &labels, texts(why.open.iter().map(|finding| for_team(desk, finding))))
        .labelled("expected", &labels, why.expected.as_str());
    let mut letter = writers(desk, Kind::Refusal, LetterName::ApplicationNotDone, &values, to, person)?;
    answered_at(desk, &mut letter, person, application.id, Purpose::Decide)?;
    Ok(letter)
}

/// To whoever decides what was decided before.
pub fn late(desk: &Desk<'_>, to: &Incoming, application: &Application, person: &Person, late: &Late) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let (of, state, by, at) = match late {
        Late::Application => ("decision", application.state.as_str(), application.decided_by, shown(application.since)),
        Late::Current(member) => {
            let state = match member.current {
                Current::Send => "they are to be sent to it",
                _ => "they are not sent to it",
            };
            ("current", state, member.current_by, String::new())
        }
    };
    let by = by.map(|by| desk.rows.people().get(by)).transpose()?;
    let values = Values::new()
        .labelled("application", &labels, application.id.to_string())
        .labelled("name", &labels, application.called())
        .public("of", of)
        .labelled("state", &labels, state)
        .labelled("by", &labels, by.as_ref().map_or("", Person::called))
        .labelled("at", &labels, at);
    writers(desk, Kind::Answer, LetterName::ApplicationLate, &values, to, person)
}

/// To whose name, reply address or signature something used that proves nothing. It repeats a line of it at most.
pub fn unproven(
    desk: &Desk<'_>,
    to: &Incoming,
    id: ApplicationId,
    person: &Person,
    line: &str,
    why: Unproven,
    telling: Telling,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let (reason, remedy) = about_application(why);
    let values = Values::new()
        .labelled("application", &labels, id.to_string())
        .labelled("line", &labels, line)
        .public("security", desk.house.security.as_str())
        .labelled("reason", &labels, reason)
        .labelled("remedy", &labels, remedy)
        .labelled("suspicious", &labels, why.is_suspicious())
        .labelled("others", &labels, counted(telling.others))
        .labelled("last", &labels, telling.last)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::ApplicationUnproven, &values, to, person)
}

/// Why it proves nothing, and what to do, where the words for cases do not fit.
fn about_application(why: Unproven) -> (String, &'static str) {
    const OWN_COPY: &str = "reply to your own copy of a letter about the application, from the address it was sent to.";
    match why {
        Unproven::NotAddressed => (
            "it did not come to a reply address of its writer's own, and its signed text does not name the application."
                .to_owned(),
            "reply to your own copy of a letter about it; or begin your signed text with a line that names it, such as \
             “application 7”.",
        ),
        Unproven::SomebodyElse | Unproven::NotInTeam => (why.to_string(), OWN_COPY),
        why => (why.to_string(), why.remedy()),
    }
}

/// To whoever signed a mail for an application that does not exist.
pub fn no_such_application(desk: &Desk<'_>, to: &Incoming, named: &Named) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let number = named.number;
    let why = format!("there is no application {number}.");
    let values = Values::new()
        .labelled("application", &labels, number.to_string())
        .labelled("name", &labels, "")
        .labelled("line", &labels, format!("application {number}"))
        .labelled("reason", &labels, why)
        .public("remedy", "sign it again, and name the one that you mean; “embargod application list” shows them.")
        .public("open", texts(Vec::<String>::new()))
        .public("expected", "");
    writers(desk, Kind::Refusal, LetterName::ApplicationNotDone, &values, to, &named.signer)
}

/// To a member of the team: an application waits for its decision.
pub fn waits(desk: &mut Desk<'_>, application: &Application, next: Timestamp, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let findings = ruled(&application.findings, &desk.rows.applications().rulings(application.id)?);
    let found = findings.items.iter().filter(|finding| finding.required || finding.status == Status::Found);
    let lines = found.map(|finding| format!("Item “{}”, in their words: “{}”", finding.id, finding.quote));
    let values = Values::new()
        .labelled("application", &labels, application.id.to_string())
        .labelled("name", &labels, application.called())
        .labelled("since", &labels, shown(application.since))
        .public("signed", desk.policy.profile.evidence.of(Act::Member) != Demand::Aligned)
        .labelled("items", &labels, texts(lines))
        .labelled("next", &labels, shown(next));
    let rendered = desk.policy.letters.render(LetterName::ApplicationWaits, &values)?;
    let mut letter = plain(Kind::Reminder, to.mailbox(), rendered);
    answered_at(desk, &mut letter, to, application.id, Purpose::Decide)?;
    letter.thread = replying(None);
    Ok(letter)
}

/// What its reader answers to a letter counts for this application.
pub fn answered_at(
    desk: &mut Desk<'_>,
    letter: &mut Letter,
    to: &Person,
    id: ApplicationId,
    purpose: Purpose,
) -> Result<()> {
    let address = desk.application_address(to.id, id, purpose)?;
    letter.slots = BTreeMap::from([(ANSWER.to_owned(), address)]);
    letter.reply_to = Some(ANSWER.to_owned());
    Ok(())
}
