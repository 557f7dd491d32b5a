//! What a mail on the list for applications is: an application, its applicant's next mail, somebody's words about it, or
//! something else. On plain values, by an ordered table; it answers nobody. In doubt a mail is no application: the team
//! sees it, and nobody is asked for twelve items by mistake.

mod text;
mod words;

use crate::mail::machine::Machine;
use crate::rules::checklist::{Findings, Status};

use text::{Plain, asks};
pub use text::{plain_subject, repeats, topic};

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A new one.
    Application,
    /// Its applicant, or a colleague who says so, writes on: what they send completes it.
    FollowUp,
    /// The same once more.
    Duplicate,
    /// Somebody else's words in its thread: they complete nothing.
    Bystander,
    Question,
    Objection,
    /// The team's, written by hand.
    Decision,
    /// An existing member has a new name, address or alias.
    Change,
    Subscription,
    Spam,
    Machine,
    /// Of a security problem, on a public list.
    Report,
    Other,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Application => "application",
            Kind::FollowUp => "follow-up",
            Kind::Duplicate => "duplicate",
            Kind::Bystander => "bystander",
            Kind::Question => "question",
            Kind::Objection => "objection",
            Kind::Decision => "decision",
            Kind::Change => "change",
            Kind::Subscription => "subscription",
            Kind::Spam => "spam",
            Kind::Machine => "machine",
            Kind::Report => "report",
            Kind::Other => "other",
        }
    }

    /// It is checked, and what it shows counts.
    pub fn is_the_applicants(self) -> bool {
        matches!(self, Kind::Application | Kind::FollowUp | Kind::Duplicate)
    }
}

/// Who its author is, by the address it is from: a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Of the application in whose thread it stands.
    Applicant,
    /// Somebody at a domain of that applicant's.
    SameDomain,
    Team,
    /// Somebody at the domain of an organisation that is on the list.
    Member,
    Other,
}

/// A mail of that list, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub subject: &'a str,
    /// The lines that its author typed.
    pub own: &'a [&'a str],
    /// In those lines.
    pub findings: &'a Findings,
    /// It stands in the thread of an application.
    pub in_thread: bool,
    /// It answers some mail.
    pub is_reply: bool,
    pub writer: Writer,
    /// Its author sent the same text before (`repeats`).
    pub repeats: bool,
    pub machine: Option<&'a Machine>,
}

/// So many items answered are an application, whatever it is called, in whatever language.
const ITEMS_OF_AN_APPLICATION: usize = 5;
/// So few may stand in any mail of an organisation: its name, its web page.
const ITEMS_OF_ANY_MAIL: usize = 2;
/// Of a mail that only wants to be subscribed.
const WORDS_OF_A_SUBSCRIPTION: usize = 12;

/// What the rules look at.
struct Signs<'a> {
    seen: &'a Seen<'a>,
    text: Plain,
    /// Without the list's tag. Empty for replies: theirs is somebody else's.
    subject: Plain,
    /// Items that it says something of.
    answered: usize,
    /// It agrees to the terms, or names the alias: only applicants do.
    commits: bool,
    /// It asks to be on the list.
    applies: bool,
    questions: usize,
}

type Rule = fn(&Signs<'_>) -> Option<Kind>;

/// The first rule that says what it is, decides.
const RULES: &[(&str, Rule)] = &[
    ("a machine wrote it that nobody answers", silent_machine),
    ("it asks for a subscription", subscription),
    ("its applicant sent it before", duplicate),
    ("its applicant writes on", applicant),
    ("the team writes", team),
    ("it sells something", spam),
    ("a machine wrote it", machine),
    ("it tells of a security problem", report),
    ("a colleague of the applicant writes on", colleague),
    ("somebody else applies in this thread", applies_in_thread),
    ("somebody objects", objection),
    ("somebody else writes in this thread", bystander),
    ("a member changes something", change),
    ("somebody asks", question),
    ("somebody applies", application),
];

/// What it is, and the words that say why.
pub fn recognise(seen: &Seen<'_>) -> (Kind, &'static str) {
    let signs = Signs::of(seen);
    let found = RULES.iter().find_map(|(name, rule)| rule(&signs).map(|kind| (kind, *name)));
    found.unwrap_or((Kind::Other, "none of the others"))
}

impl<'a> Signs<'a> {
    fn of(seen: &'a Seen<'a>) -> Self {
        let status = |id: &str| seen.findings.get(id).is_some_and(|finding| finding.status == Status::Found);
        let said = seen.findings.items.iter().filter(|f| f.status != Status::Missing && !f.quote.is_empty());
        let text = Plain::of(&seen.own.join(" "));
        let subject = if seen.is_reply { Plain::default() } else { Plain::of(&plain_subject(seen.subject)) };
        Signs {
            seen,
            answered: said.count(),
            commits: status("policy-statement") || status("alias"),
            applies: text.has(words::APPLY) || subject.has(words::APPLY),
            questions: asks(seen.own),
            text,
            subject,
        }
    }

    /// How many of the phrases stand in subject or text.
    fn hits(&self, words: &[&str]) -> usize {
        words.iter().filter(|phrase| self.text.has(&[phrase]) || self.subject.has(&[phrase])).count()
    }
}

fn silent_machine(signs: &Signs<'_>) -> Option<Kind> {
    signs.seen.machine.is_some_and(Machine::is_silent).then_some(Kind::Machine)
}

/// Whether a mail to a list for talk only wants to be subscribed: its subject or its text is the word alone, and it says
/// nothing else. `own`: what its author typed.
pub fn asks_to_subscribe(subject: &str, own: &str) -> bool {
    let (subject, text) = (Plain::of(&plain_subject(subject)), Plain::of(own));
    let short = text.words() <= WORDS_OF_A_SUBSCRIPTION;
    let alone = |said: &Plain| words::SUBSCRIBE.iter().any(|word| said.is(word));
    alone(&text) || alone(&subject) && short
}

/// A command to a list's server, or what a web form sends.
fn subscription(signs: &Signs<'_>) -> Option<Kind> {
    let short = signs.text.words() <= WORDS_OF_A_SUBSCRIPTION && signs.answered <= ITEMS_OF_ANY_MAIL;
    let command = signs.subject.begins(words::SUBSCRIBE) || signs.text.begins(words::SUBSCRIBE);
    let form = !signs.seen.in_thread && signs.hits(words::SUBSCRIPTION_FORM) > 0 && !signs.text.has(words::APPLY);
    (command && short || form).then_some(Kind::Subscription)
}

fn duplicate(signs: &Signs<'_>) -> Option<Kind> {
    (signs.seen.repeats && signs.seen.writer == Writer::Applicant).then_some(Kind::Duplicate)
}

fn applicant(signs: &Signs<'_>) -> Option<Kind> {
    (signs.seen.in_thread && signs.seen.writer == Writer::Applicant).then_some(Kind::FollowUp)
}

fn team(signs: &Signs<'_>) -> Option<Kind> {
    (signs.seen.writer == Writer::Team).then(|| match () {
        () if signs.text.has(words::DECIDE) => Kind::Decision,
        () if signs.questions > 0 => Kind::Question,
        () => Kind::Other,
    })
}

fn spam(signs: &Signs<'_>) -> Option<Kind> {
    // An applicant may sell such things, too.
    let enough = 2 + usize::from(signs.applies) + usize::from(signs.commits);
    let sells = signs.hits(words::SELL) >= enough && signs.answered < ITEMS_OF_AN_APPLICATION;
    (sells && !signs.seen.in_thread).then_some(Kind::Spam)
}

/// A program that says so of itself. Headers that only ask not to be answered are people's, too.
fn machine(signs: &Signs<'_>) -> Option<Kind> {
    let Some(Machine::Automatic(reason)) = signs.seen.machine else { return None };
    let people_too = ["X-Auto-Response-Suppress", "List-Unsubscribe", "From"];
    let by_program = !people_too.iter().any(|header| reason.starts_with(header));
    (by_program && signs.answered < ITEMS_OF_AN_APPLICATION).then_some(Kind::Machine)
}

fn report(signs: &Signs<'_>) -> Option<Kind> {
    let tells = signs.text.hits(words::REPORT) + 2 * signs.subject.hits(words::REPORT) >= 2;
    (tells && !signs.commits && !signs.applies && signs.answered <= ITEMS_OF_ANY_MAIL).then_some(Kind::Report)
}

/// Whoever says "we" at the applicant's domain and does not speak of the applicant as of others. A customer may have a
/// mailbox there.
fn colleague(signs: &Signs<'_>) -> Option<Kind> {
    let speaks = signs.text.has(words::FOR_US) && !signs.text.has(words::ABOUT_THEM);
    (signs.seen.in_thread && signs.seen.writer == Writer::SameDomain && speaks).then_some(Kind::FollowUp)
}

fn applies_in_thread(signs: &Signs<'_>) -> Option<Kind> {
    let whole = signs.answered >= ITEMS_OF_AN_APPLICATION && signs.commits;
    (signs.seen.in_thread && whole && signs.applies).then_some(Kind::Application)
}

fn objection(signs: &Signs<'_>) -> Option<Kind> {
    let about_one = signs.seen.in_thread || signs.seen.is_reply;
    (about_one && signs.text.has(words::OBJECT) && !signs.commits).then_some(Kind::Objection)
}

fn bystander(signs: &Signs<'_>) -> Option<Kind> {
    signs.seen.in_thread.then_some(Kind::Bystander)
}

/// "Formerly" alone stands in applications, too.
fn change(signs: &Signs<'_>) -> Option<Kind> {
    let enough = if signs.seen.writer == Writer::Member { 1 } else { 2 };
    (signs.hits(words::CHANGE) >= enough).then_some(Kind::Change)
}

fn question(signs: &Signs<'_>) -> Option<Kind> {
    let is_one = signs.subject.has(words::QUESTION)
        || signs.text.has(words::ASK)
        || !signs.applies && signs.answered <= ITEMS_OF_ANY_MAIL;
    (signs.questions > 0 && is_one && !signs.commits).then_some(Kind::Question)
}

fn application(signs: &Signs<'_>) -> Option<Kind> {
    (signs.answered >= ITEMS_OF_AN_APPLICATION || signs.applies).then_some(Kind::Application)
}

#[cfg(test)]
mod tests;
