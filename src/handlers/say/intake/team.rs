//! What the team hears of applications and of other mail of their list. It is for the team: earlier applications are named
//! in it, and how to decide.

use std::collections::BTreeMap;

use anyhow::Result;
use minijinja::Value;

use super::{Found, How, Shown, item, list, mark, texts};
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::handlers::say::{notes, plain};
use crate::mail::address::Mailbox;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values};
use crate::rules::authority::{Act, Demand};
use crate::rules::checklist::{Finding, Findings, Status};
use crate::rules::label::{Label, Labelled, Labels};
use crate::rules::limits::Unanswered;
use crate::store::applications::Application;
use crate::store::people::Person;

/// The slot of the address to which the team decides.
const DECIDE: &str = "decide";
const NOBODY: &str = "somebody without a usable address";

/// A mail of an applicant, and what was made of it.
pub struct Heard<'a> {
    pub application: &'a Application,
    pub found: Found<'a>,
    /// In this mail alone: its line numbers are of the mail that is attached.
    pub here: &'a Findings,
    pub how: How,
    pub author: Option<&'a Mailbox>,
    /// Items of which the team's word counts no more.
    pub lifted: &'a [String],
    /// Earlier applications and memberships, in sentences.
    pub known: &'a [String],
    pub answered: bool,
    pub posted: bool,
    pub unanswered: Option<Unanswered>,
}

/// Any other mail of the list.
pub struct Relayed<'a> {
    /// What it seems to be, in words.
    pub what: &'static str,
    pub application: Option<&'a Application>,
    pub author: Option<&'a Mailbox>,
    /// Its writer was told that it could not be read.
    pub told: bool,
}

/// To a member of the team: what was found, and how to decide.
pub fn notice(desk: &mut Desk<'_>, heard: &Heard<'_>, mail: &Mail<'_>, member: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let (application, findings) = (heard.application, heard.found.findings);
    let colleague = heard.author.is_some_and(|author| author.address != application.applicant.address);
    let values = authored(desk, Values::new(), &labels, heard.author)
        .labelled("application", &labels, application.id.to_string())
        .labelled("called", &labels, application.called())
        .labelled("how", &labels, heard.how.as_str())
        .labelled("colleague", &labels, colleague)
        .labelled("applicant", &labels, application.applicant.address.as_str())
        .labelled("proven", &labels, mail.incoming.evidence.aligned().is_some())
        .labelled("complete", &labels, findings.complete())
        .labelled("missing", &labels, findings.open().count())
        .labelled("items", &labels, texts(findings.items.iter().map(|finding| judged(finding, heard))))
        .labelled("look", &labels, texts(findings.items.iter().filter_map(doubt)))
        .labelled("lifted", &labels, texts(heard.lifted.iter().cloned()))
        .labelled("known", &labels, texts(heard.known.iter().cloned()))
        .labelled("notes", &labels, texts(notes(desk, mail)?))
        .labelled("answered", &labels, heard.answered)
        .labelled("posted", &labels, heard.posted)
        .labelled("unanswered", &labels, heard.unanswered.map(|why| why.to_string()).unwrap_or_default())
        // Deciding about who is admitted asks for what admitting somebody asks for.
        .public("signed", desk.policy.profile.evidence.of(Act::Admit) != Demand::Aligned);
    let mut letter =
        plain(Kind::Notice, member.mailbox(), desk.policy.letters.render(LetterName::ApplicationNotice, &values)?);
    letter.enclosures.push(Labelled::new(labels, Enclosure::Received { inbox: mail.id }));
    decides(desk, &mut letter, application, member)?;
    Ok(letter)
}

/// To a member of the team: a mail that is no application.
pub fn relay(desk: &mut Desk<'_>, relayed: &Relayed<'_>, mail: &Mail<'_>, member: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let sealed = mail.incoming.sealed;
    let open = relayed.application.filter(|application| application.state.is_open());
    let application = relayed.application;
    let values = authored(desk, Values::new(), &labels, relayed.author)
        .public("list", list(desk))
        .public("what", relayed.what)
        .labelled("application", &labels, application.map_or(String::new(), |known| known.id.to_string()))
        .labelled("called", &labels, application.map_or("", Application::called))
        .labelled("state", &labels, application.map_or("", |known| known.state.as_str()))
        .labelled("subject", &labels, if sealed { "" } else { &mail.incoming.subject })
        .labelled("attached", &labels, !sealed)
        .labelled("told", &labels, relayed.told)
        .labelled("notes", &labels, texts(notes(desk, mail)?))
        .labelled("decides", &labels, open.is_some());
    let rendered = desk.policy.letters.render(LetterName::ApplicationRelay, &values)?;
    let mut letter = plain(Kind::Relay, member.mailbox(), rendered);
    if !sealed {
        letter.enclosures.push(Labelled::new(labels, Enclosure::Received { inbox: mail.id }));
    }
    match open {
        Some(application) => decides(desk, &mut letter, application, member)?,
        None => letter.answers_to = desk.house.applications.clone(),
    }
    Ok(letter)
}

/// To a member of the team, at once: a report may be on a public list.
pub fn list_report(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    author: Option<&Mailbox>,
    told: bool,
    unanswered: Option<Unanswered>,
    member: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = authored(desk, Values::new(), &labels, author)
        .labelled("subject", &labels, mail.incoming.subject.as_str())
        .public("list", list(desk))
        .public("security", desk.house.security.as_str())
        .labelled("told", &labels, told)
        .labelled("unanswered", &labels, unanswered.map(|why| why.to_string()).unwrap_or_default());
    let mut letter = plain(Kind::Alert, member.mailbox(), desk.policy.letters.render(LetterName::ListReport, &values)?);
    letter.enclosures.push(Labelled::new(labels, Enclosure::Received { inbox: mail.id }));
    Ok(letter)
}

fn authored(_: &Desk<'_>, values: Values, labels: &Labels, author: Option<&Mailbox>) -> Values {
    values.labelled("author", labels, author.map_or(NOBODY, Mailbox::called)).labelled(
        "address",
        labels,
        author.map_or("", |author| author.address.as_str()),
    )
}

/// A reply to this letter is the member's word on the application.
fn decides(desk: &mut Desk<'_>, letter: &mut Letter, application: &Application, member: &Person) -> Result<()> {
    let address = desk.application_address(member.id, application.id, Purpose::Decide)?;
    letter.slots = BTreeMap::from([(DECIDE.to_owned(), address)]);
    letter.reply_to = Some(DECIDE.to_owned());
    Ok(())
}

fn judged(finding: &Finding, heard: &Heard<'_>) -> Value {
    let by_team = heard.found.rulings.iter().any(|ruled| ruled.item == finding.id);
    let here = heard.here.get(&finding.id).is_some_and(|here| here.quote == finding.quote && here.line == finding.line);
    let place = match () {
        () if finding.quote.is_empty() && !by_team => String::new(),
        () if by_team => "so says the team".to_owned(),
        () if here && finding.line > 0 => format!("line {}", finding.line),
        () => "in an earlier mail".to_owned(),
    };
    item(&Shown {
        mark: if finding.required { mark(finding) } else { "–" },
        id: &finding.id,
        name: "",
        ask: "",
        quote: &finding.quote,
        place: &place,
        // Of what nobody asks for, it does not matter why it is not there; doubts stand below.
        why: if finding.required && finding.status != Status::Found { &finding.why } else { "" },
    })
}

/// What was found, and should be looked at all the same.
fn doubt(finding: &Finding) -> Option<String> {
    let doubted = finding.status == Status::Found && !finding.why.is_empty();
    doubted.then(|| format!("{}: {}", finding.id, finding.why))
}
