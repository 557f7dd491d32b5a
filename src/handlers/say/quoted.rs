//! The private warning to somebody whose mail in clear repeats what came encrypted. It holds nothing of either.

use anyhow::Result;

use super::{Story, plain, replying};
use crate::desk::Desk;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::policy::letters::{LetterName, Values, grouped};
use crate::rules::label::{Labelled, Labels};
use crate::store::cases::Standing;

/// To the writer only. A discoverer who was never told which case theirs is does not hear it from here.
pub fn quoted_in_clear(desk: &Desk<'_>, story: &Story<'_>, writer: &Mailbox) -> Result<Letter> {
    let case = story.case.number;
    let values = Values::new()
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let reporters = desk.rows.participants().reporters(case)?;
    let knows = match reporters.iter().find(|reporter| reporter.address == writer.address) {
        _ if matches!(story.standing, Standing::Team | Standing::Participant) => true,
        Some(reporter) => desk.rows.cases().reporter_knows(case, reporter)?,
        None => false,
    };
    let values =
        if knows { values.labelled("case", &Labels::case(case), case.to_string()) } else { values.public("case", "") };
    let rendered = desk.policy.letters.render(LetterName::QuotedInClear, &values)?;
    let mut letter = plain(Kind::Notice, writer.clone(), rendered);
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    letter.thread = replying(story.mail.incoming.message_id.as_ref());
    Ok(letter)
}
