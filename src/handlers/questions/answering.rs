//! How the team answers a member: by a command at the address that came with the question, proven, all or none. A reply
//! without one goes to the team only.

use anyhow::{Context, Result};

use crate::desk::{Asking, Desk, Proven};
use crate::handlers::say::questions::{Asked, Proof};
use crate::handlers::{Mail, asked, control, evidence, say};
use crate::mail::own::OwnText;
use crate::rules::authority::{Act, Unproven};
use crate::rules::command::{self, Command, Misread, Orders, Whom};
use crate::rules::label::{Label, Labels};
use crate::rules::naming::{self, Meant};
use crate::store::list_tokens::ListToken;
use crate::store::members::{Member, State};
use crate::store::questions::Question;

/// How the words of a mail ended.
enum Outcome {
    Done(Vec<Sent>),
    Refused(Refused),
}

/// A text that went to the member.
pub struct Sent {
    pub text: String,
    /// For a certificate.
    pub waits: bool,
}

/// Why nothing was done.
pub struct Refused {
    /// As typed, or empty.
    pub line: String,
    /// A sentence.
    pub why: String,
    /// A sentence; nothing: how a member is answered.
    pub remedy: String,
}

impl Refused {
    fn misread(misread: &Misread) -> Self {
        Self { line: misread.line.clone(), why: misread.problem.clone(), remedy: String::new() }
    }

    fn because(line: &str, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line: line.to_owned(), why: why.into(), remedy: remedy.into() }
    }
}

const NO_OTHER: &str = "this line does not answer the member, and nothing else can be done here.";

type Read = Result<Orders, Misread>;

/// A mail at the address that a member of the team got with a question.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    let question = desk.rows.questions().get(token.object)?.context("A reply address about no question")?;
    let member = desk.rows.members().all()?.into_iter().find(|member| member.id == question.member);
    let member = member.context("A question of nobody")?;
    let (read, asking) = asked::asking(mail, Some(token.person), heard);
    match read {
        Some(read) => heed(desk, mail, &question, &member, &asking, &read)?,
        None => remark(desk, mail, &question, &member, &asking)?,
    }
    Ok(format!("about question {} of a member", question.id))
}

/// The commands at the top of a text. Where nobody can tell whether its author typed them, they are asked.
fn heard(own: &OwnText) -> Option<Read> {
    let Some(why) = own.asks_about_command() else {
        let read = command::read(&own.text).map(|read| read.map_err(only_telling));
        return read.or_else(|| command::misplaced(&own.text).map(Err));
    };
    Some(Err(Misread { line: own.doubtful.clone(), problem: why.to_string(), expected: String::new() }))
}

/// What else a line may have been meant for does not work here: only about what answers, more is said.
fn only_telling(misread: Misread) -> Misread {
    if misread.line.trim_start().to_lowercase().starts_with("!tell") {
        return misread;
    }
    Misread { problem: NO_OTHER.to_owned(), ..misread }
}

/// What a colleague writes about it, to the team.
fn remark(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    question: &Question,
    member: &Member,
    asking: &Asking<'_>,
) -> Result<()> {
    let by = desk.prove(Act::Look, asking)?.ok();
    let (actor, proof) = match &by {
        Some(by) => (by.person.address.as_str(), by.proof.as_str()),
        None => ("unproven", evidence(mail.incoming)),
    };
    desk.record(actor, proof, "remark", &format!("question {}", question.id), &format!("mail {}", mail.id))?;
    let by = by.map(|by| by.person.called().to_owned());
    let asked = Asked {
        id: question.id,
        member,
        letter: question.letter,
        proof: Proof::Claimed,
        by_list: false,
        remark_by: Some(by.unwrap_or_default()),
    };
    for person in desk.rows.people().team()? {
        let letter = say::questions::question(desk, &asked, mail, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// Does what the team says, all or none. A signature that was answered is used, whatever the answer.
fn heed(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    question: &Question,
    member: &Member,
    asking: &Asking<'_>,
    read: &Read,
) -> Result<()> {
    // What is not understood must come from somebody in the team all the same: nobody else is told what would be.
    let act = if read.is_ok() { Act::AnswerReporter } else { Act::Look };
    let by = match desk.prove(act, asking)? {
        Ok(by) => by,
        Err(why) => return unproven(desk, mail, question, member, asking, read, why),
    };
    desk.acted_on(asking, &by)?;
    let outcome = desk.all_or_nothing(|desk| match read {
        Err(misread) => Ok(Err(Outcome::Refused(Refused::misread(misread)))),
        Ok(orders) => carry_out(desk, mail, question, member, &by, orders),
    })?;
    match outcome {
        Outcome::Done(sent) => {
            for person in desk.rows.people().team()? {
                let letter =
                    say::questions::done(desk, question.id, member, mail.incoming, &by, &sent, &person.person)?;
                desk.send(&letter, None)?;
            }
            Ok(())
        }
        Outcome::Refused(why) => {
            let detail = format!("mail {}: {}", mail.id, why.why);
            let (actor, object) = (by.person.address.as_str(), format!("question {}", question.id));
            desk.record(actor, by.proof.as_str(), "refuse command", &object, &detail)?;
            let letter = say::questions::not_done(desk, question.id, member, mail.incoming, &by.person, &why)?;
            desk.send(&letter, None).map(drop)
        }
    }
}

fn carry_out(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    question: &Question,
    member: &Member,
    by: &Proven,
    orders: &Orders,
) -> Result<Result<Outcome, Outcome>> {
    let mut sent = Vec::new();
    let refused = |why: Refused| Ok(Err(Outcome::Refused(why)));
    if let Some(case) = orders.case {
        let why = format!("the text names case {case}, and your mail is about a member’s question.");
        return refused(Refused::because(&format!("case {case}"), why, "reply to a mail of that case."));
    }
    for line in &orders.lines {
        let Command::Tell { whom: Whom::Member(name), text } = &line.command else {
            return refused(Refused::because(&line.typed, NO_OTHER, ""));
        };
        match tell(desk, mail, question, member, by, name, text)? {
            Ok(one) => sent.push(one),
            Err((why, remedy)) => return refused(Refused::because(&line.typed, why, remedy)),
        }
    }
    if sent.is_empty() {
        return refused(Refused::because("", "there is no command in it.", ""));
    }
    Ok(Ok(Outcome::Done(sent)))
}

/// Text of the writer goes to the role address.
fn tell(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    question: &Question,
    member: &Member,
    by: &Proven,
    name: &str,
    text: &str,
) -> Result<Result<Sent, (String, &'static str)>> {
    let known = std::slice::from_ref(member);
    if !matches!(naming::meant(name, known, |one| (Some(&one.name), &one.role.address)), Meant::One(_)) {
        let why = format!("this question is of “{}”, and you name “{name}”.", member.name);
        return Ok(Err((why, "")));
    }
    if member.state != State::Active {
        let why = format!("“{}” is not on the list now ({}).", member.name, member.state.as_str());
        return Ok(Err((why, "reach them another way.")));
    }
    if mail.truncated.is_some() {
        let why = "your mail is too large, and we took only its beginning.".to_owned();
        return Ok(Err((why, "send it in smaller mails.")));
    }
    let to = &member.role.address;
    let waits = match desk.may_read(to, &Labels::of(Label::Members { sealed: mail.incoming.sealed }))? {
        Err(barred) if !barred.wants_certificate() => {
            return Ok(Err((format!("{to} may not read it: {barred}."), "reach them another way.")));
        }
        verdict => verdict.is_err(),
    };
    let text = say::people::clean(desk, text).text;
    let letter = say::questions::answer(desk, question, member, mail.incoming, &by.person, &text)?;
    desk.send(&letter, None)?;
    desk.rows.questions().answered(question.id, by.person.id, desk.now)?;
    let detail = format!("mail {}, by command, to {to}", mail.id);
    let object = format!("question {}", question.id);
    desk.record(by.person.address.as_str(), by.proof.as_str(), "answer-member", &object, &detail)?;
    Ok(Ok(Sent { text, waits }))
}

/// Whose name was used hears of it; nobody else does.
fn unproven(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    question: &Question,
    member: &Member,
    asking: &Asking<'_>,
    read: &Read,
    why: Unproven,
) -> Result<()> {
    let object = format!("question {}", question.id);
    desk.record("unproven", evidence(mail.incoming), "refuse command", &object, &why.to_string())?;
    let line = match read {
        Ok(orders) => orders.lines.first().map_or("", |line| line.typed.as_str()),
        Err(misread) => misread.line.as_str(),
    };
    for person in control::whose_name(desk, asking)? {
        let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
        let letter = say::questions::unproven(desk, question.id, member, mail.incoming, &person, line, (why, telling))?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
