//! Organisations on the list: added, removed, suspended by signed command; their addresses confirmed and changed, their
//! certificates accepted, test letters answered. How an application becomes a membership is `applications::membership`.

mod address;
mod certificates;
mod drills;
mod orders;
mod telling;

pub use address::{asked as address_change, ends_at as address_ends_at, expire as address_expired};
pub use certificates::look;
pub use drills::send as send_drill;
pub use orders::{is_ordered, ordered};
pub use telling::tell_of_change;

use anyhow::Result;

use super::applications::membership;
use super::{Mail, say};
use crate::desk::Desk;
use crate::mail::address::Address;
use crate::mail::secret::Purpose;
use crate::store::list_tokens::ListToken;
use crate::store::members::{Member, State};

/// An answer at a reply address of the purposes `ConfirmMember`, `Drill`, `AddressFormer`, `AddressNew`, `MemberKey`.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    let what = match token.purpose {
        Purpose::ConfirmMember => {
            membership::answered_without_application(desk, mail, token)?;
            "an answer whether an address is a member's"
        }
        Purpose::Drill => {
            drills::answered(desk, mail, token)?;
            "an answer to a test letter"
        }
        Purpose::MemberKey => {
            certificates::answered(desk, mail, token)?;
            "an answer whether a certificate is a member's"
        }
        _ => {
            address::said(desk, mail, token)?;
            "an answer whether a member's address is to change"
        }
    };
    Ok(what.to_owned())
}

/// Why an address cannot be a member's, in words that end a sentence; `name` is the organisation's.
fn unfit(desk: &Desk<'_>, name: &str, address: &Address) -> Result<Option<String>> {
    let ours = [&desk.house.applications, &desk.house.discuss, &desk.house.members];
    let plain = address.without_detail();
    if say::is_ours(desk, address) || ours.into_iter().flatten().any(|one| one.without_detail() == plain) {
        return Ok(Some("it is an address of this desk".to_owned()));
    }
    if desk.policy.profile.is_public_list(&plain) {
        return Ok(Some("it is a public list".to_owned()));
    }
    Ok(desk.rows.taken(name, address)?.map(|taken| taken.to_string()))
}

/// Whether an address was a member's, and no letter of the list may reach it any more.
pub fn is_off_the_list(desk: &Desk<'_>, address: &Address) -> Result<bool> {
    let Some(person) = desk.rows.people().by_address(address)? else { return Ok(false) };
    let theirs = desk.rows.members().all()?;
    let mut theirs = theirs.iter().filter(|member| member.role.id == person.id).peekable();
    let was_one = theirs.peek().is_some() || desk.rows.members().was_address_of_one(person.id)?;
    Ok(was_one && theirs.all(|member: &Member| member.state != State::Active))
}

fn keep(desk: &Desk<'_>, mail: &Mail<'_>, object: &str, why: &str) -> Result<()> {
    desk.record("desk", "none", "keep", object, &format!("mail {}: {why}", mail.id))
}
