//! The question to the team whether a certificate is a member's.

use anyhow::Result;

use super::members::answered_at;
use super::plain;
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::letter::{Kind, Letter};
use crate::mail::opened::Offered;
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, grouped};
use crate::rules::label::{Label, Labels};
use crate::store::members::Member;
use crate::store::people::Person;

/// To a member of the team: `key` is the number of the question.
pub fn asked(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    member: &Member,
    key: i64,
    offered: &Offered,
    proven: bool,
    to: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let former = desk.rows.certificates().of_person(member.role.id)?;
    let former = former.filter(|former| former.fingerprint != offered.fingerprint);
    let by = mail.incoming.author.as_ref().map_or("", |author| author.address.as_str());
    let values = Values::new()
        .labelled("name", &labels, member.name.as_str())
        .labelled("address", &labels, member.role.address.as_str())
        .labelled("by", &labels, by)
        .labelled("proven", &labels, proven)
        .labelled("named", &labels, offered.names.contains(&member.role.address))
        .labelled("fingerprint", &labels, grouped(&offered.fingerprint))
        .labelled("key", &labels, offered.fingerprint.as_str())
        .labelled("former", &labels, former.map_or(String::new(), |former| grouped(&former.fingerprint)));
    let rendered = desk.policy.letters.render(LetterName::MemberKeyAsked, &values)?;
    let mut letter = plain(Kind::Notice, to.mailbox(), rendered);
    answered_at(desk, &mut letter, to, key, Purpose::MemberKey)?;
    Ok(letter)
}
