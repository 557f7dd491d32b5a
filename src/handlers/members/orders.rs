//! Signed commands about members and the change history: all of a mail or none, whoever they concern named in the text
//! itself. They need no case, and open none.

use anyhow::{Context, Result};

use super::unfit;
use crate::desk::{Asking, Desk, Proven};
use crate::handlers::control::{self, Done, Refused};
use crate::handlers::{Mail, evidence, say};
use crate::mail::address::Mailbox;
use crate::mail::own::signed_text;
use crate::rules::authority::{Act, Unproven};
use crate::rules::command::{self, Command, Line, Misread, Orders, Roster};
use crate::rules::label::Text;
use crate::rules::naming::{self, Meant};
use crate::store::members::{By, Member, New, State};

/// How the commands of a mail ended.
pub enum Outcome {
    Done(Vec<Done>),
    Misread(Misread),
    Refused { line: String, why: Refused },
}

/// Whether somebody of the team signed commands about members or the change history.
pub fn is_ordered(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<bool> {
    let Some(signed) = &mail.opened.signed else { return Ok(false) };
    if !command::is_about_members(&signed_text(signed).text) {
        return Ok(false);
    }
    Ok(desk.signer(signed)?.is_some())
}

/// Carries them out, and answers. A signature that was answered is used, whatever the answer.
pub fn ordered(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<String> {
    let signed = mail.opened.signed.as_ref().context("Commands about members that nobody signed")?;
    let read = command::read(&signed_text(signed).text).context("Commands about members that are none")?;
    let asking = Asking {
        inbox: mail.id,
        incoming: mail.incoming,
        signed: Some(signed),
        received_at: mail.received_at,
        holder: None,
        names_it: true,
    };
    match desk.prove(Act::Member, &asking)? {
        Err(why) => {
            let line = read.as_ref().map_or_else(|misread| misread.line.as_str(), first_line);
            unproven(desk, mail, &asking, line, why)?;
        }
        Ok(by) => {
            desk.acted_on(&asking, &by)?;
            let outcome = desk.all_or_nothing(|desk| match &read {
                Err(misread) => Ok(Err(Outcome::Misread(misread.clone()))),
                Ok(orders) => carry_out_all(desk, &by, orders),
            })?;
            tell(desk, mail, &by, &outcome)?;
        }
    }
    Ok("signed commands about members".to_owned())
}

fn first_line(orders: &Orders) -> &str {
    orders.lines.first().map_or("", |line| line.typed.as_str())
}

fn tell(desk: &mut Desk<'_>, mail: &Mail<'_>, by: &Proven, outcome: &Outcome) -> Result<()> {
    let (actor, proof, object) = (by.person.address.as_str(), by.proof.as_str(), format!("mail {}", mail.id));
    let letter = match outcome {
        Outcome::Done(done) => say::orders::done(desk, mail.incoming, by, done)?,
        Outcome::Misread(misread) => {
            desk.record(actor, proof, "refuse command", &object, "a line was not understood")?;
            say::orders::misread(desk, mail.incoming, &by.person, misread)?
        }
        Outcome::Refused { line, why } => {
            desk.record(actor, proof, "refuse command", &object, "a command could not be carried out")?;
            say::orders::refused(desk, mail.incoming, &by.person, line, why)?
        }
    };
    desk.send(&letter, None).map(drop)
}

/// Whose name was used hears of it; nobody else does.
pub fn unproven(desk: &mut Desk<'_>, mail: &Mail<'_>, asking: &Asking<'_>, line: &str, why: Unproven) -> Result<()> {
    let object = format!("mail {}", mail.id);
    desk.record("unproven", evidence(mail.incoming), "refuse command", &object, &why.to_string())?;
    for person in control::whose_name(desk, asking)? {
        let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
        let letter = say::orders::unproven(desk, mail.incoming, &person, line, why, telling)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

fn carry_out_all(desk: &mut Desk<'_>, by: &Proven, orders: &Orders) -> Result<Result<Outcome, Outcome>> {
    let mut done = Vec::new();
    for Line { typed, command } in &orders.lines {
        match carry_out(desk, by, command)? {
            Ok(words) => {
                let shows = Text::new(Default::default(), String::new());
                done.push(Done { verb: command.verb(), typed: typed.clone(), words, shows });
            }
            Err(why) => return Ok(Err(Outcome::Refused { line: typed.clone(), why })),
        }
    }
    Ok(Ok(Outcome::Done(done)))
}

type Did = Result<Result<String, Refused>>;

fn refuse(why: impl Into<String>, remedy: impl Into<String>) -> Did {
    Ok(Err(Refused { why: why.into(), remedy: remedy.into() }))
}

fn carry_out(desk: &Desk<'_>, by: &Proven, command: &Command) -> Did {
    let history = desk.policy.profile.history.as_ref().map(|history| history.version.as_str());
    let (actor, evidence, called) = (by.person.address.as_str(), by.proof.as_str(), by.person.called());
    let by = By { actor, evidence, called, history };
    match command {
        Command::Member(Roster::Add(whom)) => add(desk, by, whom),
        Command::Member(Roster::Remove(name)) => {
            let member = match member_called(desk, name)? {
                Ok(member) => member,
                Err(refused) => return Ok(Err(refused)),
            };
            let entry = desk.rows.removes(&member, by, desk.now)?;
            Ok(Ok(with_entry(&format!("“{}” is off the list; it is told, and so is the team.", member.name), &entry)))
        }
        Command::Member(Roster::Suspend(name)) => match member_called(desk, name)? {
            Err(refused) => Ok(Err(refused)),
            Ok(member) if member.state == State::Active => {
                let entry = desk.rows.suspends(&member, by, desk.now)?;
                let words = format!("“{}” is suspended, and gets nothing more; it is told.", member.name);
                Ok(Ok(with_entry(&words, &entry)))
            }
            Ok(member) => refuse(
                format!("“{}” is {}, and only an active member can be suspended.", member.name, member.state.as_str()),
                "nothing; or remove it.",
            ),
        },
        Command::Member(Roster::Resume(name)) => match member_called(desk, name)? {
            Err(refused) => Ok(Err(refused)),
            Ok(member) if member.state == State::Suspended => {
                let entry = desk.rows.resumes(&member, by, desk.now)?;
                Ok(Ok(with_entry(&format!("“{}” is on the list again; it is told.", member.name), &entry)))
            }
            Ok(member) => {
                refuse(format!("“{}” is not suspended: it is {}.", member.name, member.state.as_str()), "nothing.")
            }
        },
        Command::History(text) if history.is_some() => {
            let entry = desk.rows.in_history(by, text, desk.now)?;
            Ok(Ok(with_entry("It is in the change history.", &entry)))
        }
        Command::History(_) => refuse("the profile of this desk keeps no change history.", "nothing."),
        other => refuse(
            format!("“{}” is a command about a case, and this mail is about members.", other.verb()),
            "write it in a mail of its own, as a reply to a mail of that case.",
        ),
    }
}

fn with_entry(words: &str, entry: &str) -> String {
    if entry.is_empty() { words.to_owned() } else { format!("{words} The entry: “{entry}”.") }
}

fn add(desk: &Desk<'_>, by: By<'_>, whom: &Mailbox) -> Did {
    let (name, address) = (whom.called(), &whom.address);
    if let Some(why) = unfit(desk, name, address)? {
        let remedy = "write an address that is theirs alone, or another name.";
        return refuse(format!("{address} cannot be put on the list for “{name}”: {why}."), remedy);
    }
    desk.rows.invites(&[New { name, address, kind: "", domains: &[], since: None }], by, desk.now)?;
    Ok(Ok(format!(
        "The address {address} is asked to confirm itself. “{name}” is on the list as soon as it does; the team hears of it."
    )))
}

/// The only one called so, by its whole name or a word of it, or by its address.
fn member_called(desk: &Desk<'_>, name: &str) -> Result<Result<Member, Refused>> {
    let present = desk.rows.members().present()?;
    let remedy = "write the whole name, or the address; “embargod member list” shows both.".to_owned();
    Ok(match naming::meant(name, &present, |member| (Some(member.name.as_str()), &member.role.address)) {
        Meant::One(member) => Ok(member.clone()),
        Meant::Nobody => Err(Refused { why: format!("there is no member “{name}”."), remedy }),
        Meant::Several => Err(Refused { why: format!("several members may be meant by “{name}”."), remedy }),
    })
}
