//! Letters about what becomes of a case, to those who know of it beside the team: that it is none, or another one, or
//! somebody else's, or open again. Each is a letter of its own, and names nobody of the team but by name.

use anyhow::Result;

use super::{TEAM, plain, replying};
use crate::desk::Desk;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::command::Role;
use crate::rules::label::{CaseId, Labels, Text};
use crate::rules::life::State;
use crate::store::cases::{Case, Number};
use crate::store::participants::Participant;

/// What a case was told to be.
pub enum News<'a> {
    /// It is no problem of ours. The text says why.
    Invalid { reason: &'a Text },
    /// It is the same as another; `other`: the one whose discoverer the reader is now.
    Duplicate { other: Option<&'a Original<'a>> },
    /// Somebody else takes care of it; `asked`: once they agree.
    Passed { lead: &'a str, asked: bool },
    /// It is open again; `was`: the state it is told to have had; `other`: of which case the reader is no discoverer any more.
    Reopened { was: State, other: Option<CaseId> },
}

/// The case that another is a duplicate of.
pub struct Original<'a> {
    pub case: &'a Case,
    pub numbers: &'a [Number],
    /// The reader reported that one, too.
    pub own: bool,
}

/// To somebody who knows of a case: what becomes of it.
pub fn news(desk: &mut Desk<'_>, case: &Case, to: &Participant, news: &News<'_>) -> Result<Letter> {
    let number = case.number;
    let labels = Labels::case(number);
    let discoverer = to.role == Role::Reporter;
    let values = Values::new()
        .public("name", to.person.name.as_str())
        .labelled("case", &labels, number.to_string())
        .public("security", desk.house.security.as_str());
    let (name, values, thread) = match news {
        News::Invalid { reason } => {
            // That it is closed must not wait for a certificate with the reason.
            let withheld = desk.may_read(&to.person.address, reason.labels())?.is_err();
            let values = match withheld {
                true => values.labelled("reason", &labels, ""),
                false => values.labelled("reason", reason.labels(), reason.value().as_str()),
            };
            let values = values.labelled("withheld", &labels, withheld).labelled("discoverer", &labels, discoverer);
            (LetterName::CaseInvalid, values, number)
        }
        News::Duplicate { other } => {
            let values = duplicate(values, &labels, case, *other).labelled("discoverer", &labels, discoverer);
            (LetterName::CaseDuplicate, values, other.map_or(number, |other| other.case.number))
        }
        News::Passed { lead, asked } => {
            let values = values.labelled("lead", &labels, *lead).labelled("asked", &labels, *asked);
            (LetterName::CasePassed, values, number)
        }
        News::Reopened { was, other } => {
            let values = values
                .labelled("was", &labels, was.as_str())
                .labelled("other", &labels, other.map_or(String::new(), |other| other.to_string()))
                .labelled("over", &labels, case.proposal.release_at <= desk.now)
                .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
                .labelled("release", &labels, shown(case.proposal.release_at));
            (LetterName::CaseReopened, values, number)
        }
    };
    let letter = plain(Kind::Notice, to.person.mailbox(), desk.policy.letters.render(name, &values)?);
    in_their_thread(desk, letter, thread, to)
}

fn duplicate(values: Values, labels: &Labels, case: &Case, other: Option<&Original<'_>>) -> Values {
    let mut labels = labels.clone();
    let shows = other.map_or(case, |other| other.case);
    if let Some(other) = other {
        labels.join(&Labels::case(other.case.number));
    }
    let numbers = other.iter().flat_map(|other| other.numbers).map(|number| number.id.clone());
    values
        .labelled("other", &labels, other.map_or(String::new(), |other| other.case.number.to_string()))
        .labelled("own", &labels, other.is_some_and(|other| other.own))
        .labelled("agreed", &labels, shows.agreed_at.is_some())
        .labelled("public", &labels, is_public(shows))
        .labelled("used", &labels, is_used(shows))
        .labelled("predisclosure", &labels, shown(shows.proposal.predisclosure_at))
        .labelled("release", &labels, shown(shows.proposal.release_at))
        .labelled("numbers", &labels, texts(numbers))
}

/// Whether the world knows of a case: somebody else published it, or we did.
pub fn is_public(case: &Case) -> bool {
    case.public_at.is_some() || case.released_at.is_some()
}

/// Whether attackers use a problem that the world does not know of: nobody waits for a date, and nobody else is told.
pub fn is_used(case: &Case) -> bool {
    case.state == State::Public && !is_public(case)
}

/// A discoverer answers in the thread of their own mails; who else takes part, at their reply address.
pub fn in_their_thread(desk: &mut Desk<'_>, mut letter: Letter, case: CaseId, to: &Participant) -> Result<Letter> {
    if to.role == Role::Reporter {
        letter.thread = replying(desk.rows.cases().last_of(case, &to.person.address)?.as_ref());
        return Ok(letter);
    }
    let token = desk.reply_address(&to.person, case, Purpose::AnswerTeam)?;
    letter.slots.insert(TEAM.to_owned(), token);
    letter.reply_to = Some(TEAM.to_owned());
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}
