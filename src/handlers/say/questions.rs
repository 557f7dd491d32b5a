//! Letters about what members ask: to the team, to whoever asked, and the team's answer. A member's role address stands in
//! none that is not for the team.

use anyhow::Result;

use super::members::{answered_at, asks_the_team};
use super::{counted, enclosed, is_closed, notes, operator, plain, replying, via, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::Mail;
use crate::handlers::control::in_words;
use crate::handlers::questions::{Refused, Sent};
use crate::mail::address::{Address, Mailbox};
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, texts};
use crate::rules::authority::{Act, Demand, Unproven};
use crate::rules::label::{Label, Labelled, Labels};
use crate::store::members::Member;
use crate::store::people::Person;
use crate::store::questions::Question;

pub const NOBODY: &str = "somebody without a usable address";

/// What proves that a member asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A signature with their certificate.
    Signed,
    /// Their mail server vouches for their role address.
    Aligned,
    /// A mail server vouches for another address.
    OtherAddress,
    Claimed,
}

impl Proof {
    /// For the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::Signed => "signed",
            Proof::Aligned => "aligned",
            Proof::OtherAddress | Proof::Claimed => "token",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Proof::Signed => "It is signed with their certificate, and the signature is good.",
            Proof::Aligned => "Their mail server vouches for it, and it is from their role address (DMARC).",
            Proof::OtherAddress => {
                "It came to the reply address that only they were given, and a mail server vouches for its writer’s address \
                 (DMARC). That is not their role address."
            }
            Proof::Claimed => {
                "It came to the reply address that only they were given. Nothing else proves who wrote it: no mail server \
                 vouches for its writer’s address."
            }
        }
    }
}

/// A question, or what a colleague writes about it.
pub struct Asked<'a> {
    pub id: i64,
    pub member: &'a Member,
    /// Of ours, that it answers.
    pub letter: Option<i64>,
    pub proof: Proof,
    /// It came to the predisclosure list.
    pub by_list: bool,
    /// Who of the team is proven to write about it; empty: nobody is.
    pub remark_by: Option<String>,
}

/// The text of a question: the team's; encrypted, the moderators', for no other label of theirs keeps it so.
pub fn labels_of(mail: &Incoming) -> Labels {
    let mut labels = Labels::of(Label::Team);
    if mail.sealed {
        labels.join(&Labels::of(Label::Members { sealed: true }));
    }
    labels
}

/// To a member of the team: what a member asks, as it came.
pub fn question(desk: &mut Desk<'_>, asked: &Asked<'_>, mail: &Mail<'_>, to: &Person) -> Result<Letter> {
    let team = Labels::of(Label::Team);
    let theirs = labels_of(mail.incoming);
    let withheld = desk.may_read(&to.address, &theirs)?.err().is_some_and(|barred| !barred.wants_certificate());
    let author = mail.incoming.author.as_ref();
    let (about, about_labels) = about(desk, asked.letter, &to.address)?;
    let subject = if mail.incoming.sealed { "" } else { &mail.incoming.subject };
    let noticed = if withheld { Vec::new() } else { notes(desk, mail)? };
    let values = Values::new()
        .labelled("question", &team, asked.id)
        .labelled("member", &team, asked.member.name.as_str())
        .labelled("author", &team, author.map_or(NOBODY, Mailbox::called))
        .labelled("address", &team, author.map_or("", |author| author.address.as_str()))
        .labelled("proof", &team, asked.proof.in_words())
        .labelled("by_list", &team, asked.by_list)
        .labelled("remark", &team, asked.remark_by.is_some())
        .labelled("remark_by", &team, asked.remark_by.as_deref().unwrap_or(""))
        .labelled("about", &about_labels, about)
        .labelled("subject", &team, subject)
        .labelled("sealed", &team, mail.incoming.sealed)
        .labelled("unread", &team, is_closed(mail))
        .labelled("withheld", &team, withheld)
        .labelled("notes", if withheld { &team } else { &theirs }, texts(noticed))
        .public("signed", desk.policy.profile.evidence.of(Act::AnswerReporter) != Demand::Aligned);
    let rendered = desk.policy.letters.render(LetterName::MemberQuestion, &values)?;
    let mut letter = plain(Kind::Relay, to.mailbox(), rendered);
    if let Some(author) = author.filter(|_| !mail.incoming.sealed) {
        letter.from_name = Some(via(desk, &team, author.called()));
    }
    if !withheld {
        letter.enclosures = enclosed(mail).into_iter().map(|it| Labelled::new(theirs.clone(), it)).collect();
    }
    answered_at(desk, &mut letter, to, asked.id, Purpose::AnswerMember)?;
    Ok(letter)
}

/// The subject of the letter a question is about, for whoever may read that.
fn about(desk: &Desk<'_>, letter: Option<i64>, reader: &Address) -> Result<(String, Labels)> {
    let Some(letter) = letter else { return Ok((String::new(), Labels::of(Label::Team))) };
    let labels = desk.rows.outbox().labels(letter)?;
    Ok(match desk.may_read(reader, &labels)? {
        Ok(()) => (desk.rows.outbox().letter(letter)?.letter.subject.value().clone(), labels),
        Err(_) => (String::new(), Labels::of(Label::Team)),
    })
}

/// To whoever asked. It names no member: who wrote it is only claimed.
pub fn received(desk: &Desk<'_>, by_list: bool, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("by_list", by_list)
        .public("discuss", desk.house.discuss.as_ref().map_or("", |list| list.as_str()))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::QuestionReceived, &values)?;
    let mut letter = plain(Kind::Answer, author.clone(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

/// To whoever wrote to the predisclosure list, and is not proven to be a member.
pub fn no_posts(desk: &Desk<'_>, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    let list = desk.house.members.as_ref().map_or("", |list| list.as_str());
    let values = Values::new()
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("list", list)
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::NoPosts, &values)?;
    let mut letter = plain(Kind::Answer, author.clone(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

/// To a member of the team: what came to the predisclosure list. `claimed`: the member whose address it uses.
pub fn list_mail(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    claimed: Option<&Member>,
    told: bool,
    to: &Person,
) -> Result<Letter> {
    let team = Labels::of(Label::Team);
    let (author, sealed) = (mail.incoming.author.as_ref(), mail.incoming.sealed);
    let values = Values::new()
        .public("list", desk.house.members.as_ref().map_or("", |list| list.as_str()))
        .labelled("member", &team, claimed.map_or("", |member| member.name.as_str()))
        .labelled("author", &team, author.map_or(NOBODY, Mailbox::called))
        .labelled("address", &team, author.map_or("", |author| author.address.as_str()))
        .labelled("subject", &team, if sealed { "" } else { &mail.incoming.subject })
        .labelled("sealed", &team, sealed)
        .labelled("told", &team, told)
        .public("security", desk.house.security.as_str())
        .labelled("notes", &team, texts(if sealed { Vec::new() } else { notes(desk, mail)? }));
    let rendered = desk.policy.letters.render(LetterName::ListMail, &values)?;
    let mut letter = plain(Kind::Relay, to.mailbox(), rendered);
    if !sealed {
        letter.enclosures = enclosed(mail).into_iter().map(|it| Labelled::new(team.clone(), it)).collect();
    }
    Ok(letter)
}

/// The team's answer, to the role address.
pub fn answer(
    desk: &mut Desk<'_>,
    question: &Question,
    member: &Member,
    mail: &Incoming,
    writer: &Person,
    text: &str,
) -> Result<Letter> {
    let labels = Labels::of(Label::Members { sealed: mail.sealed });
    let (about, about_labels) = about(desk, question.letter, &member.role.address)?;
    // What they were sent they may read; else their answer does not name it.
    let about_labels = if about.is_empty() { labels.clone() } else { about_labels };
    let values = Values::new()
        .labelled("writer", &labels, writer.called())
        .labelled("text", &labels, text)
        .labelled("about", &about_labels, about)
        .labelled("sealed", &labels, mail.sealed);
    let rendered = desk.policy.letters.render(LetterName::MemberAnswer, &values)?;
    let mut letter = plain(Kind::Relay, member.role.mailbox(), rendered);
    letter.from_name = Some(via(desk, &labels, writer.called()));
    letter.thread = replying(asked_in(desk, question)?.as_ref());
    asks_the_team(desk, &mut letter, member)?;
    Ok(letter)
}

/// The Message-ID of the mail that asked.
fn asked_in(desk: &Desk<'_>, question: &Question) -> Result<Option<crate::mail::thread::MessageId>> {
    let raw = desk.rows.inbox().readable(question.inbox)?;
    let identifier = crate::mail::headers::Headers::read(&raw).value("Message-ID");
    Ok(identifier.and_then(|value| crate::mail::thread::message_ids(&value).into_iter().next()))
}

/// To a member of the team: what was answered. To whoever did, the answer to their mail.
pub fn done(
    desk: &mut Desk<'_>,
    question: i64,
    member: &Member,
    mail: &Incoming,
    by: &Proven,
    sent: &[Sent],
    to: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let mine = to.id == by.person.id;
    let text: Vec<&str> = if mail.sealed { Vec::new() } else { sent.iter().map(|sent| sent.text.as_str()).collect() };
    let values = Values::new()
        .labelled("question", &labels, question)
        .labelled("member", &labels, member.name.as_str())
        .labelled("address", &labels, member.role.address.as_str())
        .labelled("by", &labels, by.person.called())
        .labelled("mine", &labels, mine)
        .labelled("proof", &labels, in_words(by.proof))
        .labelled("waits", &labels, sent.iter().any(|sent| sent.waits))
        .labelled("text", &labels, text.join("\n\n"));
    let mut letter = match mine {
        true => writers(desk, Kind::Answer, LetterName::QuestionAnswered, &values, mail, to)?,
        false => {
            let rendered = desk.policy.letters.render(LetterName::QuestionAnswered, &values)?;
            plain(Kind::Notice, to.mailbox(), rendered)
        }
    };
    answered_at(desk, &mut letter, to, question, Purpose::AnswerMember)?;
    Ok(letter)
}

/// To whoever gave a command that cannot be carried out: nothing of the mail was.
pub fn not_done(
    desk: &mut Desk<'_>,
    question: i64,
    member: &Member,
    mail: &Incoming,
    to: &Person,
    why: &Refused,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("question", &labels, question)
        .labelled("member", &labels, member.name.as_str())
        .labelled("line", &labels, if mail.sealed { "" } else { why.line.as_str() })
        .labelled("reason", &labels, why.why.as_str())
        .labelled("remedy", &labels, why.remedy.as_str());
    let mut letter = writers(desk, Kind::Refusal, LetterName::QuestionNotDone, &values, mail, to)?;
    answered_at(desk, &mut letter, to, question, Purpose::AnswerMember)?;
    Ok(letter)
}

/// To whose name or reply address a command used that proves nothing.
pub fn unproven(
    desk: &Desk<'_>,
    question: i64,
    member: &Member,
    mail: &Incoming,
    to: &Person,
    line: &str,
    (why, telling): (Unproven, Telling),
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("question", &labels, question)
        .labelled("member", &labels, member.name.as_str())
        .labelled("line", &labels, if mail.sealed { "" } else { line })
        .public("security", desk.house.security.as_str())
        .labelled("reason", &labels, why.to_string())
        .labelled("remedy", &labels, why.remedy())
        .labelled("suspicious", &labels, why.is_suspicious())
        .labelled("others", &labels, counted(telling.others))
        .labelled("last", &labels, telling.last)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::QuestionUnproven, &values, mail, to)
}
