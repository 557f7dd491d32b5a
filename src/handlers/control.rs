//! Commands in the thread of a case: read from what somebody of the team typed, proven, carried out all or none, and
//! answered. What is refused changes nothing, and is told to the person whose name was used.

mod case;
mod people;

use anyhow::Result;

use super::{Mail, say};
use crate::desk::{Asking, Desk, Proven};
use crate::mail::own::{own_text, signed_text};
use crate::mail::secret::Purpose;
use crate::rules::authority::{Act, Proof, Unproven};
use crate::rules::command::{self, Command, Line, Misread, Orders};
use crate::rules::label::CaseId;
use crate::store::people::Person;
use crate::store::tokens::Token;

/// Commands that somebody of the team gave, or that were given in their name.
pub struct Given<'a> {
    read: Result<Orders, Misread>,
    asking: Asking<'a>,
}

/// A command that was carried out.
pub struct Done {
    /// As it was typed.
    pub typed: String,
    /// What was done: a sentence.
    pub words: String,
    /// What it shows, line by line as it stands, or empty.
    pub shows: String,
}

/// Why a command was not carried out, and so none of its mail.
pub struct Refused {
    /// A sentence.
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
}

type Carried = Result<Result<Done, Refused>>;

/// How the commands of a mail ended, for whoever is proven to give them.
enum Outcome {
    Done { by: Proven, done: Vec<Done> },
    Misread(Misread),
    Refused { line: String, why: Refused },
}

/// The case that a signed mail of the team names, wherever it came. Nobody else chooses the case their mail is in.
pub fn named_case(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<CaseId>> {
    let Some(signed) = &mail.opened.signed else { return Ok(None) };
    let Some(Ok(Orders { case: Some(case), .. })) = command::read(&signed_text(signed).text) else { return Ok(None) };
    if desk.signer(signed)?.is_none() {
        return Ok(None);
    }
    Ok(desk.rows.cases().get(case)?.map(|case| case.number))
}

/// The commands of a mail, when they come to a reply address of the team's, from the address of one of its members, or
/// under the signature of one. Nobody else gives any.
pub fn given<'a>(
    desk: &Desk<'_>,
    mail: &Mail<'a>,
    case: CaseId,
    token: Option<&'a Token>,
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
        token,
        names_it: false,
    };
    if let Some(read) = signed.and_then(|signed| command::read(&signed_text(signed).text))
        && (desk.signer_of(&asking)?.is_some() || concerns_team(desk, &asking)?)
    {
        let names_it = read.as_ref().is_ok_and(|orders| orders.case == Some(case));
        return Ok(Some(Given { read, asking: Asking { names_it, ..asking } }));
    }
    // What is typed outside of the signature is not under it.
    let asking = Asking { signed: None, ..asking };
    if !concerns_team(desk, &asking)? {
        return Ok(None);
    }
    Ok(command::read(&own_text(mail.readable).text).map(|read| Given { read, asking }))
}

/// Whether a mail came to a reply address of somebody in the team, or from the address of one.
fn concerns_team(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<bool> {
    if asking.token.is_some() {
        return Ok(true);
    }
    Ok(author(desk, asking)?.is_some())
}

fn author(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<Option<Person>> {
    match &asking.incoming.author {
        Some(author) => super::team_member(desk, &author.address),
        None => Ok(None),
    }
}

/// Carries out the commands of a mail, all or none; tells whoever gave them, or whose name was used. A signature that
/// was answered is used, whatever the answer: nobody sends it once more when the answer would be another.
pub fn obey(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, given: &Given<'_>) -> Result<()> {
    let object = format!("case {case}");
    let by = match who_asks(desk, given)? {
        Ok(by) => by,
        Err((line, why)) => {
            desk.record("unproven", super::evidence(mail.incoming), "refuse command", &object, &why.to_string())?;
            for person in whose_name(desk, &given.asking)? {
                let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
                let letter = say::control::unproven(desk, case, mail.incoming, &person, &line, why, telling)?;
                desk.send(&letter, Some(case))?;
            }
            return Ok(());
        }
    };
    for by in &by {
        desk.acted_on(&given.asking, by)?;
    }
    let outcome = desk.all_or_nothing(|desk| match &given.read {
        Err(misread) => Ok(Err(Outcome::Misread(misread.clone()))),
        Ok(orders) => carry_out_all(desk, mail, case, &by, orders),
    })?;
    let not_done = match &outcome {
        Outcome::Done { by, done } => {
            desk.rows.cases().obeyed(case, mail.id)?;
            let letter = say::control::done(desk, case, mail.incoming, by, done)?;
            desk.send(&letter, Some(case))?;
            return Ok(());
        }
        Outcome::Misread(_) => "a line was not understood",
        Outcome::Refused { .. } => "a command could not be carried out",
    };
    let (actor, proof) = by.first().map_or(("unproven", "none"), |by| (by.person.address.as_str(), by.proof.as_str()));
    desk.record(actor, proof, "refuse command", &object, &format!("mail {}: {not_done}", mail.id))?;
    for person in whose_name(desk, &given.asking)? {
        let letter = match &outcome {
            Outcome::Misread(misread) => say::control::misread(desk, case, mail.incoming, &person, misread)?,
            Outcome::Refused { line, why } => say::control::refused(desk, case, mail.incoming, &person, line, why)?,
            Outcome::Done { .. } => continue, // Answered above.
        };
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
) -> Result<Result<Outcome, Outcome>> {
    if let Some(other) = orders.case.filter(|named| *named != case) {
        let why = Refused {
            why: format!("the text names case {other}, and your mail is about case {case}."),
            remedy: format!("reply to your own copy of a mail of case {other}."),
        };
        return Ok(Err(Outcome::Refused { line: format!("case {other}"), why }));
    }
    let mut done = Vec::new();
    for (Line { typed, command }, by) in orders.lines.iter().zip(proven) {
        let mut order = Order { desk, mail, case, by };
        match order.carry_out(typed, command)? {
            Ok(one) => done.push(one),
            Err(why) => return Ok(Err(Outcome::Refused { line: typed.clone(), why })),
        }
        let object = format!("case {case}");
        let verb = format!("command {}", command.verb());
        desk.record(by.person.address.as_str(), by.proof.as_str(), &verb, &object, &format!("mail {}", mail.id))?;
    }
    Ok(match proven.last().filter(|_| !done.is_empty()) {
        Some(by) => Ok(Outcome::Done { by: by.clone(), done }),
        None => Err(Outcome::Misread(Misread {
            line: String::new(),
            problem: "There is no command in it.".to_owned(),
            expected: "!help".to_owned(),
        })),
    })
}

impl Order<'_, '_, '_> {
    fn carry_out(&mut self, typed: &str, command: &Command) -> Carried {
        let carried = match command {
            Command::Help => Ok(Ok(("These are the commands.".to_owned(), command::manual()))),
            Command::Status => self.status(),
            Command::Title(title) => self.title(title),
            Command::Note(text) => self.note(text),
            Command::Owner(name) => self.owner(name),
            Command::Spam => self.spam(),
            Command::Reopen => self.reopen(),
            Command::Split => self.split(),
            Command::Move(to) => self.move_to(*to),
            Command::Tell { whom, text } => self.tell(whom, text),
            Command::Add { person, role } => self.add(person, *role),
            Command::Remove(name) => self.remove(name),
            Command::Key(_) | Command::Vouch(_) => Ok(Err(Refused {
                why: "this version cannot do that by mail.".to_owned(),
                remedy: "ask the operator.".to_owned(),
            })),
        };
        Ok(carried?.map(|(words, shows)| Done { typed: typed.to_owned(), words, shows }))
    }
}

/// What a command came to: a sentence, and what it shows.
type Did = Result<Result<(String, String), Refused>>;

fn did(words: impl Into<String>) -> Did {
    Ok(Ok((words.into(), String::new())))
}

fn refuse(why: impl Into<String>, remedy: impl Into<String>) -> Did {
    Ok(Err(Refused { why: why.into(), remedy: remedy.into() }))
}

/// The person whose reply address, signature or name a mail uses; each once.
fn whose_name(desk: &Desk<'_>, asking: &Asking<'_>) -> Result<Vec<Person>> {
    let mut named: Vec<Person> = Vec::new();
    let holder = match asking.token {
        Some(token) => desk.rows.people().team_member(token.person)?.map(|member| member.person),
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
