//! Commands in the thread of a case: read from what somebody of the team typed, proven, carried out all or none, and
//! answered. What is refused changes nothing, and is told to the person whose name was used.

mod advisory;
mod brought;
mod case;
mod contacts;
mod duplicate;
mod embargo;
mod everybody;
mod export;
mod facts;
mod joining;
mod keys;
mod known;
mod life;
mod numbers;
mod people;
mod property;
mod refile;
mod steps;

pub use numbers::ask_for_number;

use anyhow::Result;

use super::{Mail, advisories, say};
use crate::desk::{Asking, Desk, Proven};
use crate::mail::address::Address;
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::own::{OwnText, own_text, signed_text};
use crate::mail::secret::{Purpose, sha256_hex};
use crate::rules::authority::{Act, Proof, Unproven};
use crate::rules::command::{self, Add, Command, Line, Misread, Orders};
use crate::rules::label::{CaseId, Text};
use crate::store::people::Person;
use crate::store::tokens::Token;

/// A mail has one To and one Cc (RFC 5322 section 3.6).
const RECIPIENT_FIELDS_MAX: usize = 4;

/// Commands that somebody of the team gave, or that were given in their name.
pub struct Given<'a> {
    read: Result<Orders, Misread>,
    asking: Asking<'a>,
}

/// A command that was carried out.
pub struct Done {
    /// Its first word, without its mark.
    pub verb: &'static str,
    /// As it was typed.
    pub typed: String,
    /// What was done: a sentence.
    pub words: String,
    /// What it shows, line by line as it stands, or empty.
    pub shows: Text,
}

/// Why a command was not carried out, and so none of its mail.
pub struct Refused {
    /// A sentence; below it, perhaps, a list: each item in a line of its own.
    pub why: String,
    /// What to do: a sentence.
    pub remedy: String,
}

/// What a command is carried out with.
struct Order<'o, 'd, 't> {
    desk: &'o mut Desk<'t>,
    mail: &'o Mail<'d>,
    case: CaseId,
    by: &'o Proven,
    /// No other command follows in the mail: its answer says what is next.
    is_last: bool,
    /// Whose reply address the mail came to.
    holder: Option<i64>,
    /// A command of the mail keeps the patches in it.
    brings_patches: bool,
}

impl Given<'_> {
    /// Whether somebody of the team is proven to say whose report it is that they pass on.
    pub fn brings_a_report(&self, desk: &Desk<'_>) -> Result<bool> {
        let brings = self.asking.names_it && self.read.as_ref().is_ok_and(Orders::bring_a_report);
        Ok(brings && desk.prove(Act::Case, &self.asking)?.is_ok())
    }
}

type Carried = Result<Result<Done, Refused>>;

/// How the commands of a mail ended.
pub enum Outcome {
    Done {
        by: Proven,
        done: Vec<Done>,
    },
    Misread(Misread),
    /// It did not come to a reply address, and another copy of it was sent to one.
    Elsewhere,
    Unproven {
        line: String,
        why: Unproven,
    },
    Refused {
        line: String,
        why: Refused,
    },
}

/// A case that the first line of a signed mail names: “case 12”.
pub struct Named {
    pub number: CaseId,
    pub signer: Person,
    pub exists: bool,
}

/// The case that a signed mail of the team names, wherever it came. Nobody else finds out by a line which cases exist.
pub fn named_case(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<Named>> {
    let Some(signed) = &mail.opened.signed else { return Ok(None) };
    let Some(number) = command::named_case(&signed_text(signed).text) else { return Ok(None) };
    let Some(signer) = desk.signer(signed)? else { return Ok(None) };
    Ok(Some(Named { number, signer, exists: desk.rows.cases().get(number)?.is_some() }))
}

/// Tells whoever signed it that the case they name does not exist: nothing is done, and no other case opened.
pub fn no_such_case(desk: &mut Desk<'_>, mail: &Mail<'_>, named: &Named) -> Result<()> {
    let letter = say::control::no_such_case(desk, mail.incoming, named)?;
    desk.send(&letter, None)?;
    let object = format!("case {}", named.number);
    desk.record("unproven", "none", "refuse command", &object, &format!("mail {}: there is no such case", mail.id))
}

/// The commands of a mail, when they come to a reply address of the team's, from the address of one of its members, or
/// under the signature of one. Nobody else gives any.
pub fn given<'a>(
    desk: &Desk<'_>,
    mail: &Mail<'a>,
    case: CaseId,
    token: Option<&'a Token>,
    opens_it: bool,
) -> Result<Option<Given<'a>>> {
    let of_the_thread =
        |token: &&Token| token.case == case && matches!(token.purpose, Purpose::AnswerTeam | Purpose::AnswerReporter);
    // Who takes part in the case without being in the team gives no commands by their reply address.
    let token = match token.filter(of_the_thread) {
        Some(token) => desk.rows.people().team_member(token.person)?.map(|_| token),
        None => None,
    };
    let signed = mail.opened.signed.as_ref();
    let asking = Asking {
        inbox: mail.id,
        incoming: mail.incoming,
        signed,
        received_at: mail.received_at,
        holder: token.map(|token| token.person),
        names_it: false,
    };
    if let Some(read) = signed.and_then(|signed| heard(&signed_text(signed)))
        && (desk.signer_of(&asking)?.is_some() || concerns_team(desk, &asking)?)
    {
        // Whose report it is that opens a case is said of that case.
        let names_it =
            read.as_ref().is_ok_and(|orders| orders.case == Some(case) || opens_it && orders.bring_a_report());
        return Ok(Some(Given { read, asking: Asking { names_it, ..asking } }));
    }
    // What is typed outside of the signature is not under it.
    let asking = Asking { signed: None, ..asking };
    if !concerns_team(desk, &asking)? {
        return Ok(None);
    }
    Ok(heard(&own_text(mail.readable)).map(|read| Given { read, asking }))
}

/// The commands in what somebody typed. Where nobody can tell whether they typed them or meant them, they are asked.
fn heard(own: &OwnText) -> Option<Result<Orders, Misread>> {
    let Some(why) = own.asks_about_command() else {
        return command::read(&own.text).or_else(|| command::misplaced(&own.text).map(Err));
    };
    Some(Err(Misread {
        line: own.doubtful.clone(),
        problem: why.to_string(),
        expected: "commands in the first lines of your mail, above all that you quote,\nand an empty line under them"
            .to_owned(),
    }))
}

/// Whether a mail came to a reply address of somebody in the team, or from the address of one.
fn concerns_team(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<bool> {
    if asking.holder.is_some() {
        return Ok(true);
    }
    Ok(author(desk, asking)?.is_some())
}

/// The reply addresses of its case that a mail was sent to, by what it says.
pub(super) fn addressed(desk: &Desk<'_>, mail: &Mail<'_>, case: CaseId) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let headers = Headers::read(mail.readable);
    let fields = ["To", "Cc"].into_iter().flat_map(|name| headers.all(name)).take(RECIPIENT_FIELDS_MAX);
    let addresses = fields.flat_map(fields::entries).filter_map(|entry| Address::parse(&entry.address?).ok());
    for address in addresses.filter(|address| address.domain().eq_ignore_ascii_case(desk.house.security.domain())) {
        let Some(detail) = address.detail() else { continue };
        let token = desk.rows.tokens().find(&sha256_hex(detail.to_lowercase().as_bytes()))?;
        tokens.extend(token.filter(|token| token.case == case && super::is_reply(token)));
    }
    Ok(tokens)
}

fn author(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<Option<Person>> {
    match &asking.incoming.author {
        Some(author) => super::team_member(desk, &author.address),
        None => Ok(None),
    }
}

/// Carries out the commands of a mail, all or none; tells whoever gave them, or whose name was used. A signature that
/// was answered is used, whatever the answer: nobody sends it once more when the answer would be another.
pub fn obey(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, given: &Given<'_>) -> Result<Outcome> {
    let by = match who_asks(desk, given)? {
        Ok(by) => by,
        // Another copy of it says what it asks for.
        Err((_, Unproven::NotAddressed)) if !addressed(desk, mail, case)?.is_empty() => return Ok(Outcome::Elsewhere),
        Err((line, why)) => {
            let outcome = Outcome::Unproven { line, why };
            tell(desk, mail, case, given, &[], &outcome)?;
            return Ok(outcome);
        }
    };
    for by in &by {
        desk.acted_on(&given.asking, by)?;
    }
    // Whoever approves something approves what would leave at this moment.
    if given.read.as_ref().is_ok_and(Orders::approve) {
        advisories::drafting::refresh(desk, case, None)?;
    }
    let outcome = desk.all_or_nothing(|desk| match &given.read {
        Err(misread) => Ok(Err(Outcome::Misread(misread.clone()))),
        Ok(orders) => carry_out_all(desk, mail, case, &by, orders, given.asking.holder),
    })?;
    tell(desk, mail, case, given, &by, &outcome)?;
    Ok(outcome)
}

/// The answer: to whoever gave the commands, or, where none was carried out, to everybody whose name was used.
fn tell(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    given: &Given<'_>,
    by: &[Proven],
    outcome: &Outcome,
) -> Result<()> {
    let to = mail.incoming;
    let why = match outcome {
        Outcome::Elsewhere => return Ok(()),
        Outcome::Done { by, done } => {
            desk.rows.cases().obeyed(case, mail.id)?;
            let mut letter = say::control::done(desk, case, to, by, done)?;
            say::answered_in_case(desk, &mut letter, case, &by.person)?;
            return desk.send(&letter, Some(case)).map(drop);
        }
        Outcome::Misread(_) => format!("mail {}: a line was not understood", mail.id),
        Outcome::Refused { .. } => format!("mail {}: a command could not be carried out", mail.id),
        Outcome::Unproven { why, .. } => why.to_string(),
    };
    let (actor, proof) = match by.first() {
        Some(by) => (by.person.address.as_str(), by.proof.as_str()),
        None => ("unproven", super::evidence(to)),
    };
    desk.record(actor, proof, "refuse command", &format!("case {case}"), &why)?;
    for person in whose_name(desk, &given.asking)? {
        let mut letter = match outcome {
            Outcome::Misread(misread) => say::control::misread(desk, case, to, &person, misread)?,
            Outcome::Refused { line, why } => say::control::refused(desk, case, to, &person, line, why)?,
            Outcome::Unproven { line, why } => {
                let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
                say::control::unproven(desk, case, to, &person, line, *why, telling)?
            }
            Outcome::Done { .. } | Outcome::Elsewhere => continue, // Answered above.
        };
        say::answered_in_case(desk, &mut letter, case, &person)?;
        desk.send(&letter, Some(case))?;
    }
    Ok(())
}

/// Who is proven to ask for each command; or the first that nobody is proven to ask for. What is not understood must come
/// from somebody in the team all the same: nobody else is told what would be.
fn who_asks(desk: &Desk<'_>, given: &Given<'_>) -> Result<Result<Vec<Proven>, (String, Unproven)>> {
    let asking = &given.asking;
    let lines = given.read.as_ref().map_or(&[][..], |orders| &orders.lines);
    if lines.is_empty() {
        return Ok(match (desk.prove(Act::Look, asking)?, &given.read) {
            (Ok(by), _) => Ok(vec![by]),
            // Whether it names the case is not known.
            (Err(Unproven::NotAddressed), Err(_)) => Ok(Vec::new()),
            (Err(why), read) => {
                Err((read.as_ref().map_or_else(|misread| misread.line.clone(), |_| String::new()), why))
            }
        });
    }
    let mut proven = Vec::new();
    for Line { typed, command } in lines {
        match desk.prove(command.act(), asking)? {
            Ok(by) => proven.push(by),
            Err(why) => return Ok(Err((typed.clone(), why))),
        }
    }
    Ok(Ok(proven))
}

fn carry_out_all(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    proven: &[Proven],
    orders: &Orders,
    holder: Option<i64>,
) -> Result<Result<Outcome, Outcome>> {
    if let Some(other) = orders.case.filter(|named| *named != case) {
        let why = Refused {
            why: format!("the text names case {other}, and your mail is about case {case}."),
            remedy: format!("reply to your own copy of a mail of case {other}."),
        };
        return Ok(Err(Outcome::Refused { line: format!("case {other}"), why }));
    }
    if let Some((upper, lower)) = command::contradiction(&orders.lines) {
        let why = Refused {
            why: format!("it cannot be meant together with “{}”, above it.", upper.typed),
            remedy: "write the one that you mean.".to_owned(),
        };
        return Ok(Err(Outcome::Refused { line: lower.typed.clone(), why }));
    }
    let mut done = Vec::new();
    let brings_patches = orders.lines.iter().any(|line| matches!(line.command, Command::Patch(_)));
    for (index, (Line { typed, command }, by)) in orders.lines.iter().zip(proven).enumerate() {
        let is_last = index + 1 == orders.lines.len();
        let mut order = Order { desk, mail, case, by, is_last, holder, brings_patches };
        match order.carry_out(typed, command)? {
            Ok(one) => done.push(one),
            Err(why) => return Ok(Err(Outcome::Refused { line: typed.clone(), why })),
        }
        let object = format!("case {case}");
        let verb = format!("command {}", command.verb());
        desk.record(by.person.address.as_str(), by.proof.as_str(), &verb, &object, &format!("mail {}", mail.id))?;
    }
    let changes = orders.lines.iter().any(|line| line.command.changes_advisory());
    let by = proven.last().filter(|_| changes).map(|by| by.person.id);
    advisories::drafting::refresh(desk, case, by)?;
    Ok(match proven.last().filter(|_| !done.is_empty()) {
        Some(by) => Ok(Outcome::Done { by: by.clone(), done }),
        None => Err(Outcome::Misread(Misread {
            line: String::new(),
            problem: "There is no command in it.".to_owned(),
            expected: "- !help".to_owned(),
        })),
    })
}

impl Order<'_, '_, '_> {
    fn carry_out(&mut self, typed: &str, command: &Command) -> Carried {
        let carried = match command {
            Command::Help => self.help(),
            Command::Status => self.status(),
            Command::Title(title) => self.title(title),
            Command::Note(text) => self.note(text),
            Command::Owner(name) => self.owner(name),
            Command::Spam => self.spam(),
            Command::Reopen => self.reopen(),
            Command::Split => self.split(),
            Command::Move(to) => self.move_to(*to),
            Command::Tell { whom, text } => self.tell(whom, text),
            Command::Add(Add::Person { person, role }) => self.add(person, *role),
            Command::Add(Add::Contact(name)) => self.add_contact(name),
            Command::Confirm => self.confirm(),
            Command::Invalid(reason) => self.invalid(reason),
            Command::Duplicate(of) => self.duplicate(*of),
            Command::Passed(name) => self.passed(name),
            Command::Report(whose) => self.report_for(whose),
            Command::Embargo(dates) => self.embargo(dates),
            Command::Public(place) => self.public(place),
            Command::Exploited(what) => self.exploited(what),
            Command::Assign(number) => self.assign(*number),
            Command::Cve(cve) => self.cve(cve),
            Command::Severity(vector) => self.severity(vector),
            Command::Affects { branch, verdict } => self.affects(branch, verdict),
            Command::Patch(files) => self.patch(files),
            Command::Credit(credit) => self.credit(credit),
            Command::Decision(text) => self.decision(text),
            Command::Done(step) => self.done(step),
            Command::Skip { step, reason } => self.skip(step, reason),
            Command::Advisory { number, updates } => self.draft(*number, updates),
            Command::Deploy(said) => self.deploy(said),
            Command::Approve(digest) => self.approve(digest),
            Command::Hold(reason) => self.hold(reason),
            Command::Unhold(what) => self.unhold(*what),
            Command::ReleaseNow => self.release_now(),
            Command::Predisclose(name) => self.predisclose(name),
            Command::Export => self.export(),
            Command::Remove(name) => self.remove(name),
            Command::Key(of) => self.key(of.as_ref()),
            Command::Vouch(whom) => self.vouch(whom),
            Command::Member(_) | Command::History(_) => refuse(
                format!("“{}” is about no case.", command.verb()),
                "write it first in a mail of its own, and sign that; it needs no case.",
            ),
        };
        Ok(carried?.map(|(words, shows)| Done { verb: command.verb(), typed: typed.to_owned(), words, shows }))
    }
}

/// What a command came to: a sentence, and what it shows.
type Did = Result<Result<(String, Text), Refused>>;

fn did(words: impl Into<String>) -> Did {
    Ok(Ok((words.into(), Text::public(String::new()))))
}

fn refuse(why: impl Into<String>, remedy: impl Into<String>) -> Did {
    Ok(Err(Refused { why: why.into(), remedy: remedy.into() }))
}

/// The person whose reply address, signature or name a mail uses; each once.
pub(super) fn whose_name(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<Vec<Person>> {
    let mut named: Vec<Person> = Vec::new();
    let holder = match asking.holder {
        Some(person) => desk.rows.people().team_member(person)?.map(|member| member.person),
        None => None,
    };
    let signer = desk.signer_of(asking)?;
    for person in [holder, signer, author(desk, asking)?].into_iter().flatten() {
        if named.iter().all(|known| known.id != person.id) {
            named.push(person);
        }
    }
    Ok(named)
}

/// How somebody was proven, for people.
pub fn in_words(proof: Proof) -> &'static str {
    match proof {
        Proof::Aligned => "your reply address, and our mail server's word that you wrote it (DMARC)",
        Proof::Signed => "your signature",
    }
}
