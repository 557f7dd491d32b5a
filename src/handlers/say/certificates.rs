//! Letters about certificates, and what a relay says of those that a mail brings. Only the owner's own letter is public:
//! it goes to them when nothing can be encrypted to them any more, and says nothing but what is in their certificate.

use anyhow::Result;
use minijinja::Value;

use super::plain;
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter};
use crate::mail::opened::{Offered, OfferedHow};
use crate::policy::letters::{LetterName, Values, grouped, offer, shown};
use crate::rules::expiry;
use crate::rules::label::{Label, Labels};
use crate::store::certificates::Ending;
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

/// Whether text of a case may reach them encrypted only.
fn required(desk: &Desk<'_>, owner: &Person) -> Result<bool> {
    let conditions = desk.policy.profile.conditions(desk.now);
    Ok(desk.rows.reader(&owner.address, conditions)?.must_be_encrypted)
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
