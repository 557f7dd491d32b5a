//! Letters about people in a case, and to them: what somebody who has not agreed gets holds nothing of it, and what
//! somebody who takes part gets holds nothing that is only for the team.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{
    Outgoing, Story, TEAM, attached, certificates, enclosed, for_team, labels_of, larger_than, operator, plain,
    replying,
};
use super::{stands, via, writers, written_by};
use crate::desk::{Desk, Proven};
use crate::handlers::Mail;
use crate::handlers::agreement::Answer;
use crate::mail::address::Address;
use crate::mail::answer;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, grouped, passed, shown, standing, texts};
use crate::rules::authority::Unproven;
use crate::rules::command::Role;
use crate::rules::label::{CaseId, Label, Labelled, Labels};
use crate::rules::life::State;
use crate::store::cases::{Shared, Standing};
use crate::store::participants::Participant;
use crate::store::people::Person;

/// The slot of the address that takes somebody's answer to our question.
const AGREE: &str = "agree";

/// More of them fill no sentence.
const NAMED_MAX: usize = 6;

/// Stands for a discoverer in a From.
const UNNAMED: &str = "Discoverer";
/// Stands for an author.
const NOBODY: &str = "somebody without a usable address";

/// A change of who takes part in a case.
pub struct Change<'a> {
    /// One of `policy::letters::people`.
    pub what: &'static str,
    pub person: &'a Person,
    pub role: Role,
    pub by: &'a Proven,
}

/// A mail of the case so far, as somebody who takes part gets it.
pub struct Passed {
    pub mail: Shared,
    pub subject: String,
    pub text: Outgoing,
}

/// Why somebody takes part from now on.
#[derive(Clone, Copy)]
pub enum Why<'a> {
    /// They agreed to the embargo.
    Agreed,
    /// They agreed once for all, and this member of the team tells them.
    AskedBy(&'a Person),
    /// They agreed once for all, and a step of the playbook is to tell them.
    Playbook,
}

/// How much of the case somebody was sent when they agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub clear: usize,
    /// Mails that came encrypted.
    pub sealed: usize,
    /// Those wait for a certificate.
    pub waits: bool,
    /// Mails that were left out: there are too many.
    pub more: usize,
}

/// People in a sentence for the team: by name, or how many they are.
pub fn people_in_words(people: &[String], between: &str) -> String {
    match people.len() {
        count if count > NAMED_MAX => format!("{count} people (“!status” names them)"),
        _ => people.join(between),
    }
}

/// What somebody typed, without what only they should see.
pub fn clean(desk: &Desk<'_>, text: &str) -> Outgoing {
    let is_token = |address: &str| super::is_reply_address(desk, address);
    Outgoing { text: answer::cleaned(text, is_token, &desk.house.security), ..Outgoing::default() }
}

/// Whether somebody agrees to the embargo. It holds nothing of the case, whoever `asker` is; `again`: their answer to
/// the question before, in which nobody could read a yes or a no.
pub fn question(
    desk: &mut Desk<'_>,
    case: CaseId,
    asked: &Person,
    asker: Option<&Person>,
    again: Option<&Incoming>,
) -> Result<Letter> {
    let token = desk.reply_address(asked, case, Purpose::Agree)?;
    let values = Values::new()
        .public("name", asked.name.as_str())
        .public("address", asked.address.as_str())
        .public("asker", asker.map_or("", Person::called))
        .public("again", again.is_some())
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let rendered = desk.policy.letters.render(LetterName::EmbargoQuestion, &values)?;
    let mut letter = plain(Kind::Confirmation, asked.mailbox(), rendered);
    letter.slots = BTreeMap::from([(AGREE.to_owned(), token)]);
    letter.reply_to = Some(AGREE.to_owned());
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    letter.thread = replying(again.and_then(|to| to.message_id.as_ref()));
    Ok(letter)
}

/// To whose reply address an answer came that proves nothing: it does not count. It holds nothing of the case.
pub fn not_counted(desk: &Desk<'_>, asked: &Person, to: &Incoming, why: Unproven) -> Result<Letter> {
    let values = Values::new()
        .public("name", asked.name.as_str())
        .public("address", asked.address.as_str())
        .public("reason", why.to_string())
        .public("other_address", why == Unproven::SomebodyElse)
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::AnswerNotCounted, &values)?;
    let mut letter = plain(Kind::Refusal, asked.mailbox(), rendered);
    let theirs = to.author.as_ref().is_some_and(|author| author.address == asked.address);
    letter.thread = replying(to.message_id.as_ref().filter(|_| theirs));
    Ok(letter)
}

/// To somebody who does not agree: they hear no more. It holds nothing of the case.
pub fn declined(desk: &Desk<'_>, person: &Person, to: &Incoming) -> Result<Letter> {
    let values = Values::new().public("name", person.name.as_str()).public("security", desk.house.security.as_str());
    writers(desk, Kind::Answer, LetterName::Declined, &values, to, person)
}

/// To the team: what somebody answered, with their mail.
pub fn answer(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    asked: &Participant,
    answer: &Answer,
    member: &Person,
) -> Result<Letter> {
    let (labels, theirs) = (for_team(&Labels::case(case)), for_team(&labels_of(case, mail.incoming)));
    // A member without a certificate hears what came of it, too.
    let attached = desk.may_read(&member.address, &theirs)?.is_ok();
    let offered = if attached { certificates::offered(desk, mail)? } else { Vec::new() };
    let Sent { clear, sealed, waits, more } = answer.sent;
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("person", &labels, asked.person.called())
        .labelled("address", &labels, asked.person.address.as_str())
        .labelled("role", &labels, asked.role.called())
        .labelled("answer", &labels, answer.what)
        .labelled("mails", &labels, clear + sealed)
        .labelled("sealed", &labels, sealed)
        .labelled("waits", &labels, waits)
        .labelled("more", &labels, more)
        .labelled("attached", &labels, attached)
        .labelled("offered", if attached { &theirs } else { &labels }, texts(offered))
        .public("operator", operator(desk));
    let rendered = desk.policy.letters.render(LetterName::EmbargoAnswer, &values)?;
    let mut letter = plain(Kind::Notice, member.mailbox(), rendered);
    if attached {
        letter.enclosures = enclosed(mail).into_iter().map(|it| Labelled::new(theirs.clone(), it)).collect();
    }
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}

/// To the team: who takes part in a case has changed, or will. All of it hears that, whoever has a certificate: the letter
/// holds nothing of the mail that asked for it but whom.
pub fn changed(desk: &Desk<'_>, case: CaseId, change: &Change<'_>, member: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(case));
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("what", &labels, change.what)
        .labelled("person", &labels, change.person.called())
        .labelled("address", &labels, change.person.address.as_str())
        .labelled("role", &labels, change.role.called())
        .labelled("by", &labels, change.by.person.called());
    let rendered = desk.policy.letters.render(LetterName::PeopleChanged, &values)?;
    let mut letter = plain(Kind::Notice, member.mailbox(), rendered);
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}

/// To a discoverer whom a member of the team named: which case theirs is.
pub fn acknowledgement(desk: &Desk<'_>, number: CaseId, reporter: &Person, by: &Person) -> Result<Letter> {
    let case = desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))?;
    let labels = Labels::case(number);
    let values = Values::new()
        .labelled("case", &labels, number.to_string())
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .labelled("dates", &labels, super::dates::stand(desk, &case))
        .labelled("brought_by", &labels, by.called())
        .public("public", false)
        .public("name", reporter.name.as_str())
        .public("larger_than", "")
        .public("unread", "")
        .public("encrypted", false)
        .labelled("certified", &labels, desk.rows.certificates().of_address(&reporter.address)?.is_some())
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let rendered = desk.policy.letters.render(LetterName::Acknowledgement, &values)?;
    let mut letter = plain(Kind::Acknowledgement, reporter.mailbox(), rendered);
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    Ok(letter)
}

/// Text that a member of the team has sent to one person by command.
pub fn told(
    desk: &mut Desk<'_>,
    case: CaseId,
    mail: &Mail<'_>,
    to: &Person,
    writer: &Person,
    text: &Outgoing,
) -> Result<Letter> {
    let (labels, theirs) = (Labels::case(case), labels_of(case, mail.incoming));
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("told", &labels, true)
        .labelled("writer", &labels, writer.called())
        .labelled("address", &labels, "")
        .labelled("standing", &labels, standing::TEAM)
        .labelled("several", &labels, false)
        .labelled("subject", &labels, "")
        .labelled("sealed", &labels, mail.incoming.sealed)
        .public("larger_than", "")
        .labelled("text", &theirs, text.text.as_str());
    let mut letter = participants(desk, case, to, LetterName::CaseMail, &values)?;
    letter.from_name = Some(via(desk, &labels, writer.called()));
    Ok(letter)
}

/// A mail of the case, to somebody who takes part in it: its text and attachments.
pub fn passed_on(desk: &mut Desk<'_>, story: &Story<'_>, to: &Person, text: &Outgoing) -> Result<Letter> {
    let (case, incoming) = (story.case.number, story.mail.incoming);
    let (labels, theirs) = (Labels::case(case), labels_of(case, incoming));
    let author = incoming.author.as_ref();
    let (writer, address) = match (author, story.of_team) {
        // Of the team they see the name, as the discoverer does.
        (author, true) => (name_of(desk, author.map(|author| &author.address))?, ""),
        (None, false) => (NOBODY.to_owned(), ""),
        // Who they are is theirs to say; the team says it for them with a credit.
        (Some(author), false) if story.standing == Standing::Reporter => {
            (desk.rows.facts().named(case, &author.address)?.unwrap_or_default(), "")
        }
        (Some(author), false) => (author.called().to_owned(), author.address.as_str()),
    };
    let several = has_several_discoverers(desk, case)?;
    // Of the team's own, only what is proven goes out.
    let standing = if story.of_team { standing::TEAM } else { one_of(several, written_by(desk, story, false)) };
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("told", &labels, false)
        .labelled("writer", &theirs, writer.as_str())
        .labelled("address", &theirs, address)
        .labelled("standing", &labels, standing)
        .labelled("several", &labels, several)
        .labelled("subject", &theirs, if incoming.sealed { "" } else { &incoming.subject })
        .labelled("sealed", &labels, incoming.sealed)
        .public("larger_than", larger_than(desk, story.mail))
        .labelled("text", &theirs, text.text.as_str());
    let mut letter = participants(desk, case, to, LetterName::CaseMail, &values)?;
    if author.is_some() && !incoming.sealed {
        letter.from_name = Some(via(desk, &labels, if writer.is_empty() { UNNAMED } else { &writer }));
    }
    letter.enclosures = attached(story.mail.id, text, &theirs).collect();
    Ok(letter)
}

/// What was written before somebody came to take part: what did not come encrypted, or (`sealed`) what did.
#[expect(clippy::too_many_arguments)]
pub fn so_far(
    desk: &mut Desk<'_>,
    case: CaseId,
    to: &Person,
    role: Role,
    why: Why<'_>,
    mails: &[Passed],
    sent: &Sent,
    sealed: bool,
) -> Result<Letter> {
    let known = desk.rows.cases().get(case)?.with_context(|| format!("case {case} is gone"))?;
    let dates = known.proposal;
    let numbers = desk.rows.cases().numbers(case)?;
    let asker = match why {
        Why::Agreed | Why::Playbook => "",
        Why::AskedBy(member) => member.called(),
    };
    let (labels, theirs) = (Labels::case(case), Labels::of(Label::Case { case, sealed }));
    let several = has_several_discoverers(desk, case)?;
    let mut shown_mails = Vec::new();
    for Passed { mail, subject, text } in mails {
        let (author, by) = match (mail.standing, &mail.address) {
            // Only what was proven went to the discoverer.
            (Standing::Team, address) => (name_of(desk, address.as_ref())?, standing::TEAM),
            (_, None) => (NOBODY.to_owned(), stands(mail.standing, mail.proven)),
            (other @ Standing::Reporter, Some(address)) => {
                let named = desk.rows.facts().named(case, address)?;
                (named.unwrap_or_default(), one_of(several, stands(other, mail.proven)))
            }
            (other, Some(_)) => (mail.author.clone(), stands(other, mail.proven)),
        };
        shown_mails.push(passed(&author, by, &shown(mail.received_at), subject, &text.text));
    }
    let values = Values::new()
        .public("name", to.name.as_str())
        .labelled("case", &labels, case.to_string())
        .labelled("asker", &labels, asker)
        .labelled("by_process", &labels, matches!(why, Why::Playbook))
        .labelled("passed", &labels, known.state == State::Passed && role == Role::Maintainer)
        .labelled("public", &labels, super::life::is_public(&known))
        .labelled("used", &labels, super::life::is_used(&known))
        .labelled("mails_come", &labels, role.gets_mails())
        .labelled("numbers", &labels, texts(numbers.into_iter().map(|number| number.id)))
        .labelled("sealed", &labels, sealed)
        .labelled("sealed_too", &labels, sent.sealed > 0)
        .labelled("more", &labels, sent.more)
        .labelled("predisclosure", &labels, shown(dates.predisclosure_at))
        .labelled("release", &labels, shown(dates.release_at))
        .public("fingerprint", grouped(&desk.house.fingerprint))
        .labelled("several", &labels, several)
        .labelled("mails", &theirs, texts(shown_mails));
    let mut letter = participants(desk, case, to, LetterName::CaseSoFar, &values)?;
    for Passed { mail, text, .. } in mails {
        letter.enclosures.extend(attached(mail.inbox, text, &theirs));
    }
    Ok(letter)
}

fn has_several_discoverers(desk: &Desk<'_>, case: CaseId) -> Result<bool> {
    Ok(desk.rows.participants().reporters(case)?.len() > 1)
}

/// The same words about one of several discoverers.
fn one_of(several: bool, stands: &'static str) -> &'static str {
    match stands {
        standing::DISCOVERER if several => standing::A_DISCOVERER,
        standing::DISCOVERERS_ADDRESS if several => standing::A_DISCOVERERS_ADDRESS,
        stands => stands,
    }
}

/// How a member of the team is called, or was.
fn name_of(desk: &Desk<'_>, address: Option<&Address>) -> Result<String> {
    let person = address.map_or(Ok(None), |address| desk.rows.people().by_address(address))?;
    Ok(person.map_or_else(|| desk.policy.profile.project.team.clone(), |person| person.called().to_owned()))
}

/// A letter to somebody who takes part, with a reply address of their own.
fn participants(desk: &mut Desk<'_>, case: CaseId, to: &Person, name: LetterName, values: &Values) -> Result<Letter> {
    let token = desk.reply_address(to, case, Purpose::AnswerTeam)?;
    let mut letter = plain(Kind::Relay, to.mailbox(), desk.policy.letters.render(name, values)?);
    letter.slots = BTreeMap::from([(TEAM.to_owned(), token)]);
    letter.reply_to = Some(TEAM.to_owned());
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}

/// To the team: an address that may read something may be a list.
pub fn list_seen(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    person: &Person,
    in_team: bool,
    header: &str,
    member: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("mail", &labels, mail.id)
        .labelled("person", &labels, person.called())
        .labelled("address", &labels, person.address.as_str())
        .labelled("in_team", &labels, in_team)
        .labelled("proven", &labels, mail.incoming.evidence.aligned().is_some())
        .labelled("header", &labels, header)
        .public("operator", operator(desk));
    Ok(plain(Kind::Alert, member.mailbox(), desk.policy.letters.render(LetterName::ListSeen, &values)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_people_are_counted_and_a_few_are_named() {
        let people = |count: usize| vec!["carol@example.com".to_owned(); count];
        assert_eq!(people_in_words(&people(2), "; "), "carol@example.com; carol@example.com");
        assert_eq!(people_in_words(&people(NAMED_MAX + 1), ", "), "7 people (“!status” names them)");
    }
}
