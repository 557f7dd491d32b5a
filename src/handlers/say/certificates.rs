//! Letters about certificates, and what a relay says of those that a mail brings. Only the owner's own letter is public:
//! it goes to them when nothing can be encrypted to them any more, and says nothing but what is in their certificate.

use std::collections::BTreeMap;

use anyhow::Result;
use minijinja::Value;

use super::{TEAM, plain, replying};
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter};
use crate::mail::opened::{Offered, OfferedHow};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, grouped, offer, shown};
use crate::rules::authority::SETTLED_HOURS_MIN;
use crate::rules::certificates::WORD_DAYS_MAX;
use crate::rules::expiry;
use crate::rules::label::{CaseId, Label, Labels};
use crate::store::certificates::{Change, Ending, How, Latest};
use crate::store::people::Person;

/// A relay shows so many certificates: a stranger decides how many a mail brings.
const OFFERED_MAX: usize = 5;

/// To its owner: what to do about a certificate that ends or has ended.
pub fn expiring(desk: &Desk<'_>, ending: &Ending, owner: &Person) -> Result<Letter> {
    let in_team = desk.rows.people().team_member(owner.id)?.is_some();
    // Who reports a problem knows the desk, and need not know who keeps it.
    let operator = desk.house.operator.as_ref().filter(|_| in_team);
    let values = end(Values::new(), &Labels::public(), desk, ending)
        .public("key", ending.fingerprint.as_str())
        .public("required", required(desk, owner)?)
        .public("send_to", operator.unwrap_or(&desk.house.security).as_str());
    Ok(plain(Kind::Notice, owner.mailbox(), desk.policy.letters.render(LetterName::Expiring, &values)?))
}

/// To a member of the team: of somebody else's certificate.
pub fn certificate_ends(desk: &Desk<'_>, ending: &Ending, owner: &Person, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = end(Values::new(), &labels, desk, ending)
        .labelled("name", &labels, owner.called())
        .labelled("address", &labels, owner.address.as_str())
        .labelled("required", &labels, required(desk, owner)?);
    Ok(plain(Kind::Alert, to.mailbox(), desk.policy.letters.render(LetterName::CertificateEnds, &values)?))
}

/// To team and operator: of the project's own.
pub fn project_key_ends(desk: &Desk<'_>, ending: &Ending, to: Mailbox) -> Result<Letter> {
    let values = end(Values::new(), &Labels::public(), desk, ending).public("key", ending.fingerprint.as_str());
    Ok(plain(Kind::Alert, to, desk.policy.letters.render(LetterName::ProjectKeyEnds, &values)?))
}

/// To a member of the team: another one says that this certificate is that person's.
pub fn asked(
    desk: &mut Desk<'_>,
    case: CaseId,
    member: &Person,
    holder: &Person,
    offer: &Latest,
    to: &Person,
) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let address = holder.address.as_str();
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("member", &labels, member.called())
        .labelled("name", &labels, holder.called())
        .labelled("address", &labels, address)
        .labelled("by", &labels, offer.by.as_str())
        .labelled("named", &labels, offer.names.iter().any(|name| name.eq_ignore_ascii_case(address)))
        .labelled("fingerprint", &labels, grouped(&offer.fingerprint))
        .labelled("key", &labels, offer.fingerprint.as_str())
        .public("days", WORD_DAYS_MAX);
    let rendered = desk.policy.letters.render(LetterName::CertificateAsked, &values)?;
    let mut letter = plain(Kind::Notice, to.mailbox(), rendered);
    let reply_to = desk.reply_address(to, case, Purpose::AnswerTeam)?;
    letter.slots = BTreeMap::from([(TEAM.to_owned(), reply_to)]);
    letter.reply_to = Some(TEAM.to_owned());
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}

/// To whose certificate changed, at their address. Whoever has the former one reads it, and nothing else.
pub fn changed(desk: &Desk<'_>, change: &Change) -> Result<Letter> {
    let values = Values::new()
        .public("address", change.person.address.as_str())
        .public("fingerprint", grouped(&change.fingerprint))
        .public("former", grouped(change.former.as_deref().unwrap_or_default()))
        .public("how", in_letters(change.how))
        .public("since", shown(change.at))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::CertificateChanged, &values)?;
    Ok(plain(Kind::Notice, change.person.mailbox(), rendered))
}

/// To a member of the team: somebody else's certificate changed.
pub fn given(desk: &Desk<'_>, change: &Change, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("name", &labels, change.person.called())
        .labelled("address", &labels, change.person.address.as_str())
        .labelled("fingerprint", &labels, grouped(&change.fingerprint))
        .labelled("key", &labels, change.fingerprint.as_str())
        .labelled("former", &labels, grouped(change.former.as_deref().unwrap_or_default()))
        .labelled("said_by", &labels, change.said_by.as_str())
        .public("how", in_letters(change.how))
        .public("hours", SETTLED_HOURS_MIN)
        .labelled("since", &labels, shown(change.at));
    let rendered = desk.policy.letters.render(LetterName::CertificateGiven, &values)?;
    Ok(plain(Kind::Notice, to.mailbox(), rendered))
}

fn in_letters(how: How) -> &'static str {
    match how {
        How::Operator => "operator",
        How::Signed => "signed",
        How::TwoMembers => "two-members",
        How::Team => "team",
        How::Moved => "moved",
    }
}

/// Whether text of a case may reach them encrypted only.
fn required(desk: &Desk<'_>, owner: &Person) -> Result<bool> {
    let conditions = desk.policy.profile.conditions(desk.now);
    Ok(desk.rows.reader(&owner.address, conditions, &Labels::public())?.must_be_encrypted)
}

fn end(values: Values, labels: &Labels, desk: &Desk<'_>, ending: &Ending) -> Values {
    let reason = match (ending.days, ending.unusable.as_str()) {
        (0, "") => "it has expired",
        (_, unusable) => unusable,
    };
    let days = ending.expires_at.map_or(0, |end| expiry::days_left(end, desk.now));
    values
        .labelled("days", labels, days)
        .labelled("expires", labels, ending.expires_at.map(shown).unwrap_or_default())
        .labelled("reason", labels, reason)
        .labelled("fingerprint", labels, grouped(&ending.fingerprint))
}

/// The certificates a mail brings, as its relay shows them. Mail programs put the same Autocrypt header into all mail:
/// it is shown once, and not at all when it is somebody's registered certificate.
pub fn offered(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Vec<Value>> {
    let author = mail.incoming.author.as_ref().map(|author| &author.address);
    let mut shown = Vec::new();
    for offered in mail.opened.offered.iter().take(OFFERED_MAX) {
        let known = desk.rows.certificates().get(&offered.fingerprint)?;
        if offered.how == OfferedHow::Autocrypt
            && (known.is_some() || desk.rows.certificates().was_offered(&offered.fingerprint, author, mail.id)?)
        {
            continue;
        }
        let holder = match known.as_ref().map(|known| known.person) {
            None => String::new(),
            Some(None) => continue, // We send it ourselves, and some mail programs send it back.
            Some(Some(person)) => desk.rows.people().get(person)?.address.to_string(),
        };
        let differs = known.is_some_and(|known| known.bytes != offered.bytes);
        shown.push(offer(&offered.fingerprint, how(offered), &holder, differs));
    }
    Ok(shown)
}

/// A note on those that were not shown.
pub fn unshown(mail: &Mail<'_>) -> Option<String> {
    let more = mail.opened.offered.len().checked_sub(OFFERED_MAX).filter(|more| *more > 0)?;
    Some(format!("It brings {more} more OpenPGP certificates; “embargod key list” shows them."))
}

fn how(offered: &Offered) -> &'static str {
    match offered.how {
        OfferedHow::Attached => "attached",
        OfferedHow::Autocrypt => "in its Autocrypt header",
    }
}
