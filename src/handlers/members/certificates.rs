//! Certificates that members send with their own mail. The team is asked whether they are theirs, and one of it has to say
//! so, signed: nothing replaces a member's certificate otherwise.

use anyhow::{Context, Result};

use super::{keep, orders};
use crate::desk::{Desk, Proven};
use crate::handlers::control::{Done, Refused};
use crate::handlers::{Mail, asked, say};
use crate::mail::opened::{Offered, OfferedHow};
use crate::mail::secret::Purpose;
use crate::rules::authority::Act;
use crate::rules::certificates::{self, NotTheirs};
use crate::rules::command::{self, Misread};
use crate::rules::label::Text;
use crate::store::certificates::{Found, Handed, How};
use crate::store::list_tokens::ListToken;
use crate::store::members::{Member, MemberKey, State};

/// Certificates that are looked at in one mail.
const LOOKED_AT_MAX: usize = 5;

/// Certificates that a member's mail brings. A member's is what our mail server vouches for, or what comes to a reply
/// address that only letters to it hold.
pub fn look(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    if mail.predates || mail.incoming.machine.is_some() || mail.opened.offered.is_empty() {
        return Ok(());
    }
    let Some((member, proven)) = by_member(desk, mail)? else { return Ok(()) };
    for offered in mail.opened.offered.iter().take(LOOKED_AT_MAX) {
        // Mail programs put the key of whoever writes into that header: a colleague's is not the role's.
        if offered.how == OfferedHow::Autocrypt && !proven {
            continue;
        }
        look_at(desk, mail, &member, offered, proven)?;
    }
    Ok(())
}

/// The member whose mail it is, and whether it is proven to come from the role address itself.
fn by_member(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<(Member, bool)>> {
    let aligned = mail.incoming.evidence.aligned();
    let on_list =
        |member: Member| Some(member).filter(|member| matches!(member.state, State::Active | State::Suspended));
    if let Some(address) = aligned
        && let Some(person) = desk.rows.people().by_address(address)?
        && let Some(member) = desk.rows.members().of_person(person.id)?.and_then(on_list)
    {
        return Ok(Some((member, true)));
    }
    let Some(hash) = &mail.incoming.token else { return Ok(None) };
    let token = desk.rows.list_tokens().find(hash)?.filter(|token| token.purpose == Purpose::Question);
    let Some(token) = token else { return Ok(None) };
    let member = on_list(desk.rows.members().get(token.object)?);
    Ok(member.filter(|member| member.role.id == token.person).map(|member| (member, false)))
}

fn look_at(desk: &mut Desk<'_>, mail: &Mail<'_>, member: &Member, offered: &Offered, proven: bool) -> Result<()> {
    let known = desk.rows.certificates().get(&offered.fingerprint)?;
    let is_news =
        known.as_ref().is_none_or(|known| known.person == Some(member.role.id) && known.bytes != offered.bytes);
    if !is_news || !offered.unusable.is_empty() {
        return Ok(());
    }
    let key = desk.rows.members().brought_key(member.id, &offered.fingerprint, mail.id, desk.now)?;
    let Some(key) = key else { return Ok(()) };
    let detail = format!("member {}, by mail {}", member.id, mail.id);
    desk.record("desk", "none", "ask whose certificate", &offered.fingerprint, &detail)?;
    for person in desk.rows.people().team()? {
        let letter = say::member_keys::asked(desk, mail, member, key, offered, proven, &person.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// Somebody of the team answers.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<()> {
    let key = desk.rows.members().key(token.object)?.context("A reply address of no certificate")?;
    let (read, asking) = asked::asking(mail, Some(token.person), |own| command::accepted_key(&own.text));
    if mail.incoming.machine.is_some() {
        return keep(desk, mail, &key.fingerprint, "a machine's answer");
    }
    let read = read.unwrap_or_else(|| Err(command::no_accepted_key()));
    let act = if read.is_ok() { Act::Certify } else { Act::Look };
    let by = match desk.prove(act, &asking)? {
        Ok(by) => by,
        Err(why) => {
            let line = read.as_ref().map_or_else(|misread| misread.line.as_str(), |(line, _)| line.as_str());
            return orders::unproven(desk, mail, &asking, line, why);
        }
    };
    desk.acted_on(&asking, &by)?;
    let letter = match said(desk, &key, &by, &read)? {
        Ok(done) => say::orders::done(desk, mail.incoming, &by, &[done])?,
        Err(Not::Misread(misread)) => {
            refuse(desk, mail, &by, &key, "an answer was not understood")?;
            say::orders::misread(desk, mail.incoming, &by.person, &misread)?
        }
        Err(Not::Refused(line, why)) => {
            refuse(desk, mail, &by, &key, &why.why)?;
            say::orders::refused(desk, mail.incoming, &by.person, &line, &why)?
        }
    };
    desk.send(&letter, None).map(drop)
}

fn refuse(desk: &Desk<'_>, mail: &Mail<'_>, by: &Proven, key: &MemberKey, why: &str) -> Result<()> {
    let (actor, evidence) = (by.person.address.as_str(), by.proof.as_str());
    desk.record(actor, evidence, "refuse command", &key.fingerprint, &format!("mail {}: {why}", mail.id))
}

enum Not {
    Misread(Misread),
    Refused(String, Refused),
}

fn said(
    desk: &Desk<'_>,
    key: &MemberKey,
    by: &Proven,
    read: &Result<(String, String), Misread>,
) -> Result<Result<Done, Not>> {
    let (line, fingerprint) = match read {
        Ok(read) => read,
        Err(misread) => return Ok(Err(Not::Misread(misread.clone()))),
    };
    Ok(match accept(desk, key, by, fingerprint)? {
        Ok(words) => {
            let shows = Text::new(Default::default(), String::new());
            Ok(Done { verb: "accept", typed: line.clone(), words, shows })
        }
        Err(why) => Err(Not::Refused(line.clone(), why)),
    })
}

fn accept(desk: &Desk<'_>, key: &MemberKey, by: &Proven, fingerprint: &str) -> Result<Result<String, Refused>> {
    let refuse = |why: String, remedy: &str| Ok(Err(Refused { why, remedy: remedy.to_owned() }));
    if *fingerprint != key.fingerprint {
        let why = "that is not the fingerprint of the certificate that this letter was about.".to_owned();
        let remedy = "compare it with its owner once more. Then reply to the letter that asks about the certificate, with \
                      “accept key” and the right fingerprint in the first line.";
        return refuse(why, remedy);
    }
    let member = desk.rows.members().get(key.member)?;
    if member.state == State::Left {
        return refuse(format!("“{}” is off the list.", member.name), "nothing.");
    }
    if let Some(first) = key.accepted_by {
        let first = desk.rows.people().get(first)?;
        return refuse(format!("{} said so before.", first.called()), "nothing: it is done.");
    }
    let offer = desk.rows.certificates().latest_offer(fingerprint)?.context("A certificate that no mail brought")?;
    let over = offer.expires_at.is_some_and(|end| end <= desk.now);
    let unusable = if over { "it has expired".to_owned() } else { offer.unusable.clone() };
    let holder = desk.rows.certificates().holder(fingerprint)?;
    match certificates::may_have(member.role.id, holder, unusable.is_empty()) {
        Err(NotTheirs::SomebodyElses(other)) => {
            let other = desk.rows.people().get(other)?.address;
            return refuse(format!("this certificate belongs to {other}."), "have the member send one of its own.");
        }
        Err(NotTheirs::Projects) => {
            return refuse("this certificate is the project's own.".to_owned(), "have the member send its own.");
        }
        Ok(_) | Err(NotTheirs::Unusable) if !unusable.is_empty() => {
            return refuse(format!("nothing can be encrypted to it: {unusable}."), "have the member send another one.");
        }
        Ok(_) | Err(NotTheirs::Unusable) => {}
    }
    let accepted = desk.rows.members().accept_key(key.id, by.person.id, desk.now)?;
    anyhow::ensure!(accepted, "certificate {fingerprint} was accepted meanwhile");
    let found = Found { at: desk.now, expires_at: offer.expires_at, unusable };
    let handed = desk.rows.certificates().hand_over(&Handed {
        fingerprint,
        to: &member.role,
        bytes: &offer.bytes,
        found: &found,
        how: How::Team,
        said_by: by.person.called(),
    })?;
    let place = handed.former.as_ref().map_or(String::new(), |former| format!(", in place of {former}"));
    let (actor, evidence) = (by.person.address.as_str(), by.proof.as_str());
    desk.record(actor, evidence, "accept key", fingerprint, &format!("for member {}{place}", member.id))?;
    Ok(Ok(format!(
        "From now on mail to “{}” is encrypted to this certificate. It is told, and so is the team.",
        member.name
    )))
}
