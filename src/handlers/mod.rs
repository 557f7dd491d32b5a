//! What happens to a mail: the way to one file for each kind of conversation, by the table in `routes`. A handler sees its desk
//! and nothing else; what it writes there commits as a whole or not at all.

pub mod advisories;
mod agreement;
mod applications;
mod aside;
mod asked;
mod bounces;
mod certificates;
mod control;
mod dates;
mod discuss;
mod ending;
mod joining;
mod lists;
mod members;
mod outlived;
mod participants;
mod questions;
mod quoted;
mod report;
mod routes;
mod say;
mod signed;
mod steps;
mod subscription;
mod tick;
mod uncertified;

pub use advisories::next as next_of_advisories;
pub use tick::{Due, due, tick};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use self::routes::{Facts, ROUTES, Route};
use crate::desk::Desk;
use crate::mail::address::Address;
use crate::mail::evidence::Evidence;
use crate::mail::incoming::Incoming;
use crate::mail::machine::Machine;
use crate::mail::mailroom::Role;
use crate::mail::opened::OpenedMail;
use crate::mail::own::own_text;
use crate::mail::secret::Purpose;
use crate::rules::correspondence::asks_to_subscribe;
use crate::rules::label::CaseId;
use crate::store::applications::ApplicationToken;
use crate::store::list_tokens::ListToken;
use crate::store::participants::State as Standing;
use crate::store::people::Person;
use crate::store::tokens::Token;

/// A mail of the inbox, read.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// Its row.
    pub id: i64,
    /// As people read it: what was inside, if it came encrypted.
    pub readable: &'a [u8],
    pub incoming: &'a Incoming,
    pub opened: &'a OpenedMail,
    /// When our server received it: what schedules count from, however late it is handled.
    pub received_at: Timestamp,
    /// Our server received it before this instance was set up, or before `run --since`.
    pub predates: bool,
    /// Where the whole of it is: it is too large, and only its beginning is here.
    pub truncated: Option<Place<'a>>,
}

/// Where in our mailboxes a mail came in.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub account: &'a str,
    pub folder: &'a str,
}

/// Handles one mail, whole: afterwards it is `done`, or held for a person, and everything that follows from it is in
/// the same transaction.
pub fn handle(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    let incoming = mail.incoming;
    let replied = replied(desk, incoming)?;
    let person = incoming.machine.is_none();
    let named = Named {
        application: applications::named_application(desk, mail)?.filter(|_| person),
        post: discuss::named_post(desk, mail)?.filter(|_| person),
        orders: person && members::is_ordered(desk, mail)?,
    };
    let [destination, more] = destinations(incoming, &replied, &named);
    let same = |destination: &str| desk.rows.inbox().same_effect(mail.id, &incoming.effect, destination);
    let first = match same(&destination)? {
        None => same(&more)?,
        found => found,
    };
    let (linked_to, reason) = match first {
        Some(first) => (Some(first), format!("the same mail as {first}, by another way")),
        None => {
            let author = incoming.author.as_ref().map(|author| &author.address);
            desk.rows.opened().keep(mail.id, mail.opened, author)?;
            match route(desk, mail, replied, named)? {
                Routed::Done(reason) => {
                    lists::look(desk, mail)?;
                    members::look(desk, mail)?;
                    (None, reason)
                }
                Routed::Held(reason) => {
                    ensure!(desk.rows.inbox().hold(mail.id, reason)?, "mail {} was handled already", mail.id);
                    return Ok(());
                }
            }
        }
    };
    let done = desk.rows.inbox().done(mail.id, &incoming.effect, &destination, linked_to, &reason)?;
    ensure!(done, "mail {} was handled already", mail.id);
    Ok(())
}

/// What somebody of the team signed names, beside cases.
struct Named {
    application: Option<applications::Named>,
    post: Option<discuss::Named>,
    /// Commands about members.
    orders: bool,
}

/// A reply address that is over.
pub struct Void {
    purpose: Purpose,
    person: i64,
}

/// What the reply address is for to which a mail came.
#[derive(Default)]
struct Replied {
    case: Option<Token>,
    application: Option<ApplicationToken>,
    list: Option<ListToken>,
    /// One that is over.
    void: Option<Void>,
    delivery: Option<i64>,
}

fn replied(desk: &Desk<'_>, incoming: &Incoming) -> Result<Replied> {
    let Some(hash) = &incoming.token else { return Ok(Replied::default()) };
    Ok(Replied {
        case: desk.rows.tokens().find(hash)?,
        application: desk.rows.applications().token(hash)?,
        list: desk.rows.list_tokens().find(hash)?,
        void: void(desk, hash)?,
        delivery: desk.rows.bounces().delivery(hash)?,
    })
}

/// The purpose and the holder of a reply address that is over: one of a list or of an application, or of somebody who was
/// asked to take part in a case, and takes no part.
fn void(desk: &Desk<'_>, hash: &str) -> Result<Option<Void>> {
    if let Some(token) = desk.rows.list_tokens().find_void(hash)? {
        return Ok(Some(Void { purpose: token.purpose, person: token.person }));
    }
    if let Some(token) = desk.rows.tokens().find_void(hash)?.filter(|token| token.purpose == Purpose::Agree) {
        let asked = desk.rows.participants().get(token.case, token.person)?;
        let is_out = asked.is_none_or(|one| one.state == Standing::Removed);
        return Ok(is_out.then_some(Void { purpose: token.purpose, person: token.person }));
    }
    let about = desk.rows.applications().void_token(hash)?;
    Ok(about.map(|token| Void { purpose: token.purpose, person: token.person }))
}

/// Where a mail came to, and where it would have had this effect and more: the same mail again there has none. A
/// person's copy and a list's copy of one mail are two: only the person's is answered. So are an answer
/// without proof and the same with proof, for we ask its writer to send it again.
fn destinations(incoming: &Incoming, replied: &Replied, named: &Named) -> [String; 2] {
    let (token, about, of_list) = (replied.case.as_ref(), replied.application.as_ref(), replied.list.as_ref());
    const VOUCHED: &str = " vouched";
    if named.orders {
        return ["orders".to_owned(), "orders".to_owned()];
    }
    // Signed, it says the same wherever it comes: to a reply address, to the team, and by the list.
    let (application, post) = (named.application.as_ref(), named.post.as_ref());
    if let Some(named) = application.filter(|named| about.is_none_or(|about| about.application == named.number)) {
        let signed = format!("ruling application {}", named.number);
        return [signed.clone(), signed];
    }
    if let Some(named) = post.filter(|named| of_list.is_none_or(|of| of.object == named.id.0)) {
        let signed = format!("moderation post {}", named.id);
        return [signed.clone(), signed];
    }
    let way = if incoming.machine.is_some() { " by machine" } else { "" };
    let plain = match (token, about, of_list, incoming.role) {
        (Some(token), ..) => format!("{} {} {}{way}", token.purpose.as_str(), token.case, token.person),
        (None, Some(about), ..) => {
            format!("{} application {} {}{way}", about.purpose.as_str(), about.application, about.person)
        }
        (None, None, Some(of), _) => format!("{} {} {}{way}", of.purpose.as_str(), of.object, of.person),
        (None, None, None, _) if replied.delivery.is_some() => {
            format!("return path {}{way}", replied.delivery.unwrap_or_default())
        }
        // What is sent to the team afterwards, as its writer is told, is another mail.
        (None, None, None, _) if replied.void.is_some() => format!("void reply address{way}"),
        (None, None, None, Some(role)) => format!("{}{way}", role.as_str()),
        (None, None, None, None) => String::new(),
    };
    let vouched = format!("{plain}{VOUCHED}");
    // What was forged, and came first, must not take the place of what a member wrote.
    let of_members = matches!(incoming.role, Some(Role::Discuss | Role::Members));
    match token.is_some() || about.is_some() || of_list.is_some() || of_members {
        true if incoming.evidence.aligned().is_some() => [vouched.clone(), vouched],
        _ => [plain, vouched],
    }
}

/// Whether what comes there proven means something else than what does not.
fn is_reply(token: &Token) -> bool {
    matches!(token.purpose, Purpose::AnswerTeam | Purpose::AnswerReporter | Purpose::Accept | Purpose::Join)
}

/// The case a mail belongs to by what it answers, or as another copy of a mail that is there.
fn thread(desk: &Desk<'_>, incoming: &Incoming) -> Result<Option<CaseId>> {
    if let Some(case) = desk.rows.threads().case_of(&incoming.replies_to)? {
        return Ok(Some(case));
    }
    match (&incoming.message_id, &incoming.author) {
        // Nobody hears of it when a machine brings a copy.
        (Some(id), _) if incoming.machine.is_some() => desk.rows.threads().case_of([id]),
        // A stranger who gives their mail the identifier of another must not find out that we know it.
        (Some(id), Some(author)) => desk.rows.cases().of_mail(id, &author.address),
        _ => Ok(None),
    }
}

/// How the way of a mail ended, with the reason for `inbox list`.
enum Routed {
    Done(String),
    Held(&'static str),
}

/// Sends a mail on its way.
fn route(desk: &mut Desk<'_>, mail: &Mail<'_>, token: Replied, signed: Named) -> Result<Routed> {
    let incoming = mail.incoming;
    let named = control::named_case(desk, mail)?.filter(|_| incoming.machine.is_none());
    let thread = match &named {
        Some(named) => named.exists.then_some(named.number),
        None => thread(desk, incoming)?,
    };
    let by_holder = match (&token.case, &token.list) {
        (Some(token), _) => aside::is_by_holder(desk, incoming, token)?,
        (None, Some(token)) => aside::is_by_holder_of_list(desk, incoming, token)?,
        (None, None) => false,
    };
    let retried = desk.rows.aside().was_retried(mail.id)?;
    let continues =
        token.case.is_none() && token.list.is_none() && thread.is_none() && applications::continues(desk, incoming)?;
    let facts = Facts {
        incoming,
        predates: mail.predates,
        token: token.case,
        about: token.application,
        of_list: token.list,
        void: token.void,
        delivery: token.delivery,
        thread,
        by_holder,
        retried,
        nameless: named.as_ref().is_some_and(|named| !named.exists),
        continues,
        names_application: signed.application.is_some(),
        orders_members: signed.orders,
        names_post: signed.post.is_some(),
        let_through: discuss::is_let_through(desk, mail)?,
        subscribes: matches!(incoming.role, Some(Role::Discuss | Role::Members))
            && asks_to_subscribe(&incoming.subject, &own_text(mail.readable).text),
    };
    for (name, rule) in ROUTES {
        match rule(&facts) {
            Some(Route::Keep) => {
                if matches!(incoming.machine, Some(Machine::OwnMail)) {
                    applications::keep_own(desk, mail)?;
                    advisories::seen::came_back(desk, mail)?;
                }
                desk.record("desk", "none", "keep", &format!("mail {}", mail.id), name)?;
                return Ok(Routed::Done((*name).to_owned()));
            }
            Some(Route::SetAside) => {
                aside::set_aside(desk, mail, name)?;
                return Ok(Routed::Done((*name).to_owned()));
            }
            Some(Route::Hold) => {
                aside::hold(desk, mail, name)?;
                return Ok(Routed::Held(name));
            }
            Some(Route::NoSuchCase) => {
                if let Some(named) = &named {
                    control::no_such_case(desk, mail, named)?;
                }
                return Ok(Routed::Done((*name).to_owned()));
            }
            Some(Route::Joining) => {
                let token = facts.token.as_ref().context("An answer about joining without a reply address")?;
                return joining::handle(desk, mail, token).map(Routed::Done);
            }
            Some(Route::Agreement) => {
                let token = facts.token.as_ref().context("An answer about an embargo without a reply address")?;
                return agreement::handle(desk, mail, token).map(Routed::Done);
            }
            Some(Route::Decision) => {
                let about = facts.about.as_ref().context("An answer about an application without a reply address")?;
                return applications::answered(desk, mail, about).map(Routed::Done);
            }
            Some(Route::Bounce) => {
                let delivery = facts.delivery.context("What is said of no delivery")?;
                return bounces::came(desk, mail, delivery).map(Routed::Done);
            }
            Some(Route::Moderation) => {
                let token = facts.of_list.as_ref().filter(|token| discuss::is_about_posts(token));
                return match (token, &signed.post) {
                    (Some(token), _) => discuss::answered(desk, mail, token).map(Routed::Done),
                    (None, Some(named)) => discuss::named(desk, mail, named).map(Routed::Done),
                    (None, None) => Ok(Routed::Done(String::new())), // Not reached: the rule asks for one of them.
                };
            }
            Some(Route::Membership) => {
                let token = facts.of_list.as_ref().context("An answer about a member without a reply address")?;
                return members::answered(desk, mail, token).map(Routed::Done);
            }
            Some(Route::Question) => {
                let token = facts.of_list.as_ref().context("A question without a reply address")?;
                return questions::answered(desk, mail, token).map(Routed::Done);
            }
            Some(Route::Outlived) => {
                let token = facts.void.as_ref().context("A mail at no void reply address")?;
                return outlived::came(desk, mail, token).map(Routed::Done);
            }
            Some(Route::Orders) => return members::ordered(desk, mail).map(Routed::Done),
            Some(Route::Post) => return discuss::posted(desk, mail).map(Routed::Done),
            Some(Route::ToList) => return questions::to_list(desk, mail).map(Routed::Done),
            Some(Route::Subscription) => return subscription::attempted(desk, mail).map(Routed::Done),
            Some(Route::Ruling) => {
                let named = signed.application.as_ref().context("A mail that names no application")?;
                return applications::named(desk, mail, named).map(Routed::Done);
            }
            Some(Route::Application) => return applications::came(desk, mail),
            Some(Route::Report) if facts.let_through => {
                desk.goes_on()?;
                let thread = if discuss::reports::has_case(desk, mail)? { None } else { facts.thread };
                return report::handle(desk, mail, None, thread).map(Routed::Done);
            }
            Some(Route::Report) if facts.token.is_none() => {
                return match discuss::reports::came(desk, mail, facts.thread)? {
                    Some(held) => Ok(Routed::Done(held)),
                    None => report::handle(desk, mail, None, facts.thread).map(Routed::Done),
                };
            }
            Some(Route::Report) => return report::handle(desk, mail, facts.token, facts.thread).map(Routed::Done),
            None => {}
        }
    }
    Ok(Routed::Done(String::new())) // Not reached: the last rule takes everything.
}

fn team_member(desk: &Desk<'_>, address: &Address) -> Result<Option<Person>> {
    let Some(person) = desk.rows.people().by_address(address)? else { return Ok(None) };
    Ok(desk.rows.people().team_member(person.id)?.map(|member| member.person))
}

/// How the record names what was proven.
fn evidence(incoming: &Incoming) -> &'static str {
    match incoming.evidence {
        Evidence::None => "none",
        Evidence::Aligned(_) => "aligned",
    }
}

#[cfg(test)]
mod tests;
