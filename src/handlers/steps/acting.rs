//! What the desk does by itself: the letter of a step, to a contact of the settings who agreed once for all to keep
//! embargoes, and who takes part in the case from then on. Where there is none, a member of the team does it.

use anyhow::{Context, Result};

use super::{What, say as said};
use crate::desk::Desk;
use crate::handlers::{participants, say};
use crate::rules::contacts::Contact;
use crate::rules::playbook::Mark;
use crate::store::cases::Case;
use crate::store::participants::State;
use crate::store::people::Person;
use crate::store::steps::Saying;

const NO_CONTACT: &str = "The settings name nobody for it who agreed to keep embargoes.";
const NOT_IN_CASE: &str =
    "Whom the settings name for it was asked about this case and has not agreed, or was removed from it.";

/// Sends the letter of a step; gives what the team is told.
pub fn act(desk: &mut Desk<'_>, case: &Case, id: &str) -> Result<What> {
    let policy = desk.policy;
    let step = policy.profile.playbook.step(id).with_context(|| format!("there is no step {id}"))?;
    let letter = step.letter.as_ref().with_context(|| format!("step {id} has no letter"))?;
    let manual = |why| What::Manual { id: id.to_owned(), why };
    let contacts = desk.house.contacts.iter();
    let Some(contact) = contacts.into_iter().find(|contact| contact.part == letter.to && contact.agreed) else {
        return Ok(manual(NO_CONTACT));
    };
    let Some(person) = takes_part(desk, case, contact)? else { return Ok(manual(NOT_IN_CASE)) };
    let role = contact.part.role();
    let told = say::reminding::told(desk, case, &letter.words, role, &person)?;
    desk.send(&told, Some(case.number))?;
    let saying = Saying {
        case: case.number,
        step: &step.id,
        mark: Mark::Done,
        reason: "",
        sealed: false,
        person: None,
        at: desk.now,
    };
    said(desk, ("desk", "none"), &saying)?;
    Ok(What::Acted { id: step.id.clone(), person, role })
}

/// A contact who agreed takes part in a case as soon as they are told of it. Nobody comes back in this way.
fn takes_part(desk: &mut Desk<'_>, case: &Case, contact: &Contact) -> Result<Option<Person>> {
    let person = desk.rows.people().find_or_add(&contact.name, &contact.address)?;
    if desk.rows.people().team_member(person.id)?.is_some() {
        return Ok(Some(person));
    }
    let role = contact.part.role();
    match desk.rows.participants().get(case.number, person.id)?.map(|one| one.state) {
        Some(State::Active) => Ok(Some(person)),
        Some(State::Asked | State::Removed) => Ok(None),
        None => {
            desk.rows.participants().ask(case.number, person.id, role, desk.now)?;
            desk.rows.participants().agree(case.number, person.id, desk.now)?;
            let detail = format!("{} as {}, by the playbook; agreed once for all", person.address, role.as_str());
            desk.record("desk", "none", "add", &format!("case {}", case.number), &detail)?;
            if role.gets_mails() {
                participants::catch_up(desk, case.number, &person)?;
            }
            Ok(Some(person))
        }
    }
}
