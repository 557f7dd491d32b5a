//! A member's role address changes: somebody who answers a letter to it asks, and both addresses say so, each at a reply
//! address that only the letter to it holds. Until then nothing changes; the team is told, and need not do anything.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use super::{keep, unfit};
use crate::desk::Desk;
use crate::handlers::applications::membership::{BY_TOKEN, CONFIRM, confirms};
use crate::handlers::say::addresses::{self as letters, Ended};
use crate::handlers::{Mail, Void, advisories, outlived};
use crate::mail::address::Address;
use crate::mail::own::own_text;
use crate::mail::secret::Purpose;
use crate::policy::letters::grouped;
use crate::policy::membership::Membership;
use crate::rules::{command, limits, reminders};
use crate::store::certificates::{Found, Handed, How};
use crate::store::list_tokens::ListToken;
use crate::store::members::{AddressChange, End, Member, State};
use crate::store::people::Person;

/// Whoever has the reply address may ask so often: each time two addresses get a letter.
const ASKS_PER_DAY_MAX: i64 = 3;
/// What the team hears of a new address that has a certificate.
const ENCRYPTED: &str = "Mail to the new address is encrypted to the certificate that is registered for it.";
/// Of one that has none.
const CLEAR: &str = "No certificate is registered for the new address: they were told how to send one. Until then mail goes \
                     there unencrypted.";

/// When the questions to both ends are over.
pub fn ends_at(times: &Membership, change: &AddressChange) -> Timestamp {
    reminders::days_later(change.asked_at, times.confirm_days)
}

/// A member asks, at their own reply address, that their address be another one. `None`: the mail is something else.
pub fn asked(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<Option<String>> {
    if token.purpose != Purpose::Question || mail.incoming.machine.is_some() {
        return Ok(None);
    }
    let Some(wanted) = command::new_address(&own_text(mail.readable).text) else { return Ok(None) };
    let member = desk.rows.members().get(token.object)?;
    if member.state != State::Active || member.role.id != token.person {
        return Ok(None);
    }
    let author = mail.incoming.author.as_ref().map_or(String::new(), |author| author.address.to_string());
    let object = format!("member {}", member.id);
    let detail = format!("mail {}: {wanted}", mail.id);
    desk.record(&author, BY_TOKEN, "ask for another address", &object, &detail)?;
    if desk.rows.members().address_asks_since(member.id, limits::day_before(desk.now))? >= ASKS_PER_DAY_MAX {
        let why = "this member's address was asked to change too often within a day";
        desk.record("desk", "none", "refuse address", &object, why)?;
        return Ok(Some(format!("a member asks for another address: {why}")));
    }
    if let Some(why) = unfit(desk, "", &wanted)? {
        desk.record("desk", "none", "refuse address", &object, &why)?;
        tell_of_refusal(desk, &member, &wanted, &why)?;
    } else {
        let new = desk.rows.people().find_or_add(&member.name, &wanted)?;
        let id = desk.rows.members().ask_for_address(&member, &new, desk.now)?;
        let change = desk.rows.members().address_change(id)?.context("A change of address is gone")?;
        for end in [End::Former, End::New] {
            let letter = letters::question(desk, &member, &change, end, None)?;
            desk.send(&letter, None)?;
        }
    }
    Ok(Some("a member asks for another address".to_owned()))
}

/// One of both answers.
pub fn said(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<()> {
    let change = desk.rows.members().address_change(token.object)?.context("A reply address of no change")?;
    let (end, person) = match token.purpose {
        Purpose::AddressFormer => (End::Former, change.former),
        _ => (End::New, change.new),
    };
    let object = format!("member {}", change.member);
    let over = !change.open || mail.received_at > ends_at(&desk.policy.profile.membership, &change);
    if person != token.person || over {
        let void = Void { purpose: token.purpose, person: token.person };
        return outlived::came(desk, mail, &void).map(drop);
    }
    if mail.incoming.machine.is_some() {
        return keep(desk, mail, &object, "a machine's answer");
    }
    if !confirms(&own_text(mail.readable), CONFIRM) {
        keep(desk, mail, &object, "an unclear answer about its address")?;
        let person = desk.rows.people().get(person)?;
        if desk.may_answer(mail.incoming, &person.address)?.is_ok() {
            let member = desk.rows.members().get(change.member)?;
            let letter = letters::question(desk, &member, &change, end, Some(mail.incoming))?;
            desk.answer(&letter, None, mail.incoming)?;
        }
        return Ok(());
    }
    if !desk.rows.members().says_address(change.id, end, desk.now)? {
        return keep(desk, mail, &object, "this address has said so already");
    }
    let address = desk.rows.people().get(person)?.address;
    desk.record(address.as_str(), BY_TOKEN, "agree to another address", &object, &format!("mail {}", mail.id))?;
    let change = desk.rows.members().address_change(change.id)?.context("A change of address is gone")?;
    if change.former_said && change.new_said { carry_out(desk, &change) } else { Ok(()) }
}

/// The member hears that it cannot be, the team why.
fn tell_of_refusal(desk: &mut Desk<'_>, member: &Member, new: &Address, why: &str) -> Result<()> {
    let letter = letters::refused(desk, member, new)?;
    desk.send(&letter, None)?;
    for person in desk.rows.people().team()? {
        let letter = letters::told(desk, member, &member.role.address, new, &Ended::Refused(why), &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

fn carry_out(desk: &mut Desk<'_>, change: &AddressChange) -> Result<()> {
    let member = desk.rows.members().get(change.member)?;
    let new = desk.rows.people().get(change.new)?;
    // Whose it became while they were asked.
    if let Some(why) = unfit(desk, "", &new.address)? {
        desk.rows.members().end_address_changes(member.id, desk.now)?;
        desk.record("desk", "none", "refuse address", &format!("member {}", member.id), &why)?;
        return tell_of_refusal(desk, &member, &new.address, &why);
    }
    let former = member.role.clone();
    let changed = desk.rows.members().change_address(change, desk.now)?;
    ensure!(changed, "the address of member {} was changed meanwhile", member.id);
    let certificate = take_certificate_along(desk, &former, &new)?;
    let voided = desk.rows.list_tokens().void_of(former.id, desk.now)?
        + desk.rows.applications().void_tokens_of(former.id, desk.now)?
        + desk.rows.list_tokens().void(Purpose::AddressNew, change.id, desk.now)?;
    let detail = format!("{} in place of {}; {voided} reply addresses void", new.address, former.address);
    desk.record("desk", "none", "change address", &format!("member {}", member.id), &detail)?;
    let member = Member { role: new.clone(), ..member };
    for (end, certificate) in [(&former, "Nothing more is sent to this address."), (&new, &certificate.to_new)] {
        let letter = letters::changed(desk, &member, end, certificate)?;
        desk.send(&letter, None)?;
    }
    for person in desk.rows.people().team()? {
        let letter = letters::told(
            desk,
            &member,
            &former.address,
            &new.address,
            &Ended::Changed(&certificate.to_team),
            &person.person,
        )?;
        desk.send(&letter, None)?;
    }
    advisories::members::lacks(desk, &member)
}

/// What became of a certificate, in sentences.
struct Taken {
    to_new: String,
    to_team: String,
}

/// What becomes of the certificate of the former address. It goes along within a domain, where the same people hold its
/// key; what another domain can read, nobody here knows.
fn take_certificate_along(desk: &Desk<'_>, former: &Person, new: &Person) -> Result<Taken> {
    let certificates = desk.rows.certificates();
    let old = certificates.of_person(former.id)?;
    let stays = desk.rows.people().takes_part(former.id)?;
    let same_domain = former.address.domain().eq_ignore_ascii_case(new.address.domain());
    let has_one = certificates.of_person(new.id)?.is_some();
    let (to_new, to_team) = if has_one {
        ("It is encrypted to the certificate that is registered for this address.", ENCRYPTED)
    } else {
        (
            "No OpenPGP certificate is registered for this address. To get mail encrypted, attach one to a reply to this letter.",
            CLEAR,
        )
    };
    Ok(match old {
        None => Taken { to_new: to_new.to_owned(), to_team: to_team.to_owned() },
        Some(old) if same_domain && !stays && !has_one => {
            let found = Found { at: desk.now, expires_at: old.expires_at, unusable: old.unusable.clone() };
            let (fingerprint, bytes) = (old.fingerprint.as_str(), old.bytes.as_slice());
            // On nobody's new word: it moves with its owner.
            let how = How::Moved;
            certificates.hand_over(&Handed { fingerprint, to: new, bytes, found: &found, how, said_by: "the desk" })?;
            let to_team = format!(
                "The OpenPGP certificate of the former address is kept, because both addresses are of the same domain: {}.",
                grouped(fingerprint)
            );
            let other = "If you cannot open mail with it, attach yours to a reply to this letter.";
            Taken { to_new: format!("{to_team} {other}"), to_team }
        }
        Some(old) => {
            if !stays {
                certificates.remove(&old.fingerprint)?;
            }
            let why = if has_one { "the new one has its own" } else { "the new one is of another domain" };
            let words = format!(
                "The OpenPGP certificate of the former address is no longer used, because {why}: {}.",
                grouped(&old.fingerprint)
            );
            Taken { to_new: format!("{words} {to_new}"), to_team: format!("{words} {to_team}") }
        }
    })
}

/// Not both said so in time.
pub fn expire(desk: &mut Desk<'_>, change: &AddressChange) -> Result<()> {
    let ended = desk.rows.members().address_expired(change.id, desk.now)?;
    ensure!(ended, "change {} of address is over", change.id);
    for purpose in [Purpose::AddressFormer, Purpose::AddressNew] {
        desk.rows.list_tokens().void(purpose, change.id, desk.now)?;
    }
    let member = desk.rows.members().get(change.member)?;
    let new = desk.rows.people().get(change.new)?;
    desk.record("desk", "none", "address not changed", &format!("member {}", member.id), new.address.as_str())?;
    let letter = letters::expired(desk, &member, &new)?;
    desk.send(&letter, None)?;
    for person in desk.rows.people().team()? {
        let letter = letters::told(desk, &member, &member.role.address, &new.address, &Ended::Expired, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
