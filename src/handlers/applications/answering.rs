//! What follows from an applicant's mail: the answer to them and to the list, and the notice to the team.

use anyhow::Result;

use super::reading::Came;
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::handlers::say::intake::{self as say, Found, Heard, How};
use crate::mail::address::Address;
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::incoming::Incoming;
use crate::mail::machine::Machine;
use crate::mail::mailroom::Role;
use crate::policy::letters::shown;
use crate::rules::checklist::{self, Checklist, ruled};
use crate::rules::limits::Unanswered;
use crate::store::applications::Application;
use crate::store::members;

/// Earlier applications and memberships that a notice names.
const KNOWN_MAX: usize = 10;

/// A mail of an applicant, counted.
pub struct Counted<'a> {
    pub came: &'a Came<'a>,
    pub checklist: &'a Checklist,
    /// As it is now.
    pub application: &'a Application,
    pub how: How,
    /// Items of which the team's word counts no more.
    pub lifted: &'a [String],
    /// It changed what is found: the list hears of it.
    pub news: bool,
}

#[derive(Clone, Copy, Default)]
pub struct Answered {
    pub answered: bool,
    pub posted: bool,
    pub unanswered: Option<Unanswered>,
}

/// Whether a machine wrote it. What came by a list may be a person's.
pub fn is_machines(incoming: &Incoming) -> bool {
    !matches!(incoming.machine, None | Some(Machine::ListCopy(_)))
}

/// The answer, and the notice to each member of the team.
pub fn answer_and_tell(desk: &mut Desk<'_>, counted: &Counted<'_>) -> Result<()> {
    let Answered { answered, posted, unanswered } = answer(desk, counted)?;
    let application = counted.application;
    let rulings = desk.rows.applications().rulings(application.id)?;
    let findings = ruled(&application.findings, &rulings);
    let known = known(desk, counted)?;
    let heard = Heard {
        application,
        found: Found { checklist: counted.checklist, findings: &findings, rulings: &rulings },
        here: &counted.came.findings,
        how: counted.how,
        author: counted.came.mail.incoming.author.as_ref(),
        lifted: counted.lifted,
        known: &known,
        answered,
        posted,
        unanswered,
    };
    for member in desk.rows.people().team()? {
        let letter = say::notice(desk, &heard, counted.came.mail, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// To the applicant, and the same to the list; when a limit forbids the one, the other is not sent either.
pub fn answer(desk: &mut Desk<'_>, counted: &Counted<'_>) -> Result<Answered> {
    let mail = counted.came.mail;
    let Some(author) = counted.came.author.filter(|_| !is_machines(mail.incoming)) else {
        return Ok(Answered::default());
    };
    if let Err(unanswered) = desk.may_answer(mail.incoming, &author.address)? {
        return Ok(Answered { unanswered: Some(unanswered), ..Answered::default() });
    }
    let id = counted.application.id;
    let rulings = desk.rows.applications().rulings(id)?;
    let findings = ruled(&counted.application.findings, &rulings);
    let found = Found { checklist: counted.checklist, findings: &findings, rulings: &rulings };
    let letter = say::answer(desk, found, counted.how, mail.incoming, author)?;
    let message_id = desk.answer(&letter, None, mail.incoming)?;
    desk.rows.applications().add_to_thread(id, &message_id)?;
    let list = desk.house.applications.as_ref().filter(|_| counted.news && is_public(desk, mail));
    if let Some(list) = list {
        let message_id = desk.send(&say::posted(&letter, list), None)?;
        desk.rows.applications().add_to_thread(id, &message_id)?;
    }
    Ok(Answered { answered: true, posted: list.is_some(), unanswered: None })
}

/// Whether what was sent is on the list. What an applicant sends to the team's address alone is answered to them alone.
fn is_public(desk: &Desk<'_>, mail: &Mail<'_>) -> bool {
    let headers = Headers::read(mail.readable);
    let recipients = || ["To", "Cc"].into_iter().flat_map(|name| headers.all(name)).flat_map(fields::entries);
    let is_list = |address: String| Address::parse(&address).ok().as_ref() == desk.house.applications.as_ref();
    mail.incoming.role == Some(Role::Applications) || recipients().filter_map(|entry| entry.address).any(is_list)
}

/// What we know of an applicant, of their organisation, and of its domains.
fn known(desk: &Desk<'_>, counted: &Counted<'_>) -> Result<Vec<String>> {
    let this = counted.application;
    let free = |domain: &str| checklist::is_free(counted.checklist, domain);
    let domains = domains(this, &free);
    let mut known = Vec::new();
    for other in desk.rows.applications().all()?.iter().rev().filter(|other| other.id != this.id) {
        let why = if other.applicant.address == this.applicant.address {
            "of the same address"
        } else if !this.organisation.is_empty() && same_name(&this.organisation, &other.organisation) {
            "of an organisation of this name"
        } else if self::domains(other, &free).iter().any(|domain| domains.contains(domain)) {
            "of the same domain"
        } else {
            continue;
        };
        let (id, called, state) = (other.id, other.called(), other.state.as_str());
        known.push(format!("application {id} ({called}), {why}: {state} since {}", shown(other.since)));
    }
    for member in desk.rows.members().all()? {
        let members::Member { name, role, state, since, .. } = &member;
        let domain = role.address.domain().to_lowercase();
        if same_name(&this.organisation, name) || domains.contains(&domain) {
            known.push(format!("the membership of {name}: {} since {}", state.as_str(), shown(*since)));
        }
    }
    known.truncate(KNOWN_MAX);
    Ok(known)
}

fn domains(application: &Application, free: &impl Fn(&str) -> bool) -> Vec<String> {
    let declared = application.findings.get("domains").map(|finding| finding.values.clone()).unwrap_or_default();
    let mut domains: Vec<String> = declared.iter().map(|domain| domain.to_lowercase()).collect();
    domains.push(application.applicant.address.domain().to_lowercase());
    domains.retain(|domain| !free(domain));
    domains
}

fn same_name(one: &str, other: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let (one, other) = (letters(one), letters(other));
    !one.is_empty() && one == other
}
