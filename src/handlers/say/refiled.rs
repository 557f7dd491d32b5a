//! Letters about a mail that went to another case: to the team, which gets it there, and to a discoverer whose later
//! mail became a case of its own.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{BOTH, TEAM, addresses_of, for_team, plain, replying, via};
use crate::desk::Desk;
use crate::mail::letter::{Enclosure, Kind, Letter, slot};
use crate::mail::secret::Purpose;
use crate::mail::wording;
use crate::policy::letters::{LetterName, Values, grouped, shown, typeset};
use crate::policy::profile::CopyReporter;
use crate::rules::label::{CaseId, Label, Labelled, Labels};
use crate::store::cases::Filed;
use crate::store::people::Person;

/// A mail that went to another case.
pub struct Refiled<'a> {
    /// As it was in the case it came from.
    pub filed: &'a Filed,
    pub to: CaseId,
    pub by: &'a Person,
    /// The case was made for it.
    pub split: bool,
    /// Its author was told of the new case.
    pub told: bool,
}

/// To a member of the team: the mail, in the case where it is now, with their reply addresses there. As a relay it
/// repeats nothing of what came encrypted.
pub fn refiled(desk: &mut Desk<'_>, refiled: &Refiled<'_>, member: &Person) -> Result<Letter> {
    let Refiled { filed, to, .. } = *refiled;
    let case = desk.rows.cases().get(to)?.with_context(|| format!("case {to} is gone"))?;
    let theirs = Labels::of(Label::Case { case: to, sealed: filed.sealed });
    let (labels, theirs) = (for_team(&Labels::case(to)), for_team(&theirs));
    let both = desk.reply_address(member, to, Purpose::AnswerReporter)?;
    let team = desk.reply_address(member, to, Purpose::AnswerTeam)?;
    let author = filed.author.as_ref();
    // A reply quotes the mail, and goes to the discoverer by itself only if they wrote it.
    let reporters = desk.rows.participants().reporters(to)?;
    let theirs_too = reporters.iter().any(|one| author.is_some_and(|author| author.address == one.address));
    let copied = theirs_too && desk.policy.profile.reports.copy_reporter == CopyReporter::Always;
    let shown_author = author.map(|author| if filed.sealed { author.address.as_str() } else { author.called() });
    let subject = match filed.sealed {
        true => String::new(),
        false => wording::subject(&desk.rows.inbox().readable(filed.inbox)?),
    };
    let values = Values::new()
        .labelled("case", &labels, to.to_string())
        .labelled("from", &labels, filed.case.to_string())
        .labelled("by", &labels, refiled.by.called())
        .labelled("split", &labels, refiled.split)
        .labelled("told", &labels, refiled.told)
        .labelled("sealed", &labels, filed.sealed)
        .labelled("subject", &theirs, subject)
        .labelled("author", &labels, shown_author.unwrap_or("somebody without a usable address"))
        .labelled("author_address", &labels, author.map_or("", |author| author.address.as_str()))
        .labelled("proven", &labels, filed.evidence == "aligned")
        .labelled("received", &labels, shown(filed.received_at))
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .labelled("reporter", &labels, addresses_of(&reporters))
        .labelled("reporter_copied", &labels, copied)
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint))
        .public("both", slot(BOTH))
        .public("team_only", slot(TEAM));
    let mut letter = plain(Kind::Relay, member.mailbox(), desk.policy.letters.render(LetterName::Refiled, &values)?);
    if let Some(author) = author.filter(|_| !filed.sealed) {
        letter.from_name = Some(via(desk, &labels, author.called()));
    }
    letter.slots = BTreeMap::from([(BOTH.to_owned(), both), (TEAM.to_owned(), team)]);
    letter.reply_to = Some(if copied && author.is_some() { BOTH } else { TEAM }.to_owned());
    letter.enclosures = enclosed(desk, filed)?.into_iter().map(|it| Labelled::new(theirs.clone(), it)).collect();
    letter.thread = replying(Some(&desk.case_thread(to)?));
    Ok(letter)
}

/// The mail as people can read it, and as it came: what stood outside of an encryption is in no text with what was inside.
fn enclosed(desk: &Desk<'_>, filed: &Filed) -> Result<Vec<Enclosure>> {
    let (opened, received) = (Enclosure::Opened { inbox: filed.inbox }, Enclosure::Received { inbox: filed.inbox });
    Ok(if desk.rows.opened().was_opened(filed.inbox)? { vec![opened, received] } else { vec![received] })
}

/// To a discoverer who knows the case their mail was in: it is a case of its own now. It repeats nothing of the mail.
pub fn own_case(desk: &Desk<'_>, refiled: &Refiled<'_>, reporter: &Person) -> Result<Letter> {
    let Refiled { filed, to, .. } = *refiled;
    let case = desk.rows.cases().get(to)?.with_context(|| format!("case {to} is gone"))?;
    let mut labels = Labels::case(to);
    labels.join(&Labels::case(filed.case));
    let values = Values::new()
        .labelled("case", &labels, to.to_string())
        .labelled("from", &labels, filed.case.to_string())
        .labelled("received", &labels, shown(filed.received_at))
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("name", typeset::as_name(&reporter.name))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::OwnCase, &values)?;
    let mut letter = plain(Kind::Acknowledgement, reporter.mailbox(), rendered);
    letter.thread = replying(filed.message_id.as_ref());
    Ok(letter)
}
