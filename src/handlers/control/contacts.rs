//! Commands that bring in whom the settings name, by what the settings call them: whoever agreed once for all to keep
//! embargoes takes part at once, all others are asked first.

use anyhow::Result;

use super::{Did, Order, Refused, did};
use crate::handlers::participants;
use crate::handlers::say::people::Why;
use crate::policy::letters::people;
use crate::rules::contacts::{self, Contact, Part};
use crate::rules::nearest::nearest;

impl Order<'_, '_, '_> {
    pub(super) fn add_contact(&mut self, name: &str) -> Did {
        let contact = match self.contact(name, None)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(contact) => contact,
        };
        match self.bring_in(&contact, false)? {
            Err(refused) => Ok(Err(refused)),
            Ok(words) => did(words),
        }
    }

    /// The contact that somebody calls so, if it has that part.
    pub(super) fn contact(&self, name: &str, part: Option<Part>) -> Result<Result<Contact, Refused>> {
        let all = &self.desk.house.contacts;
        let fits = |contact: &&Contact| part.is_none_or(|part| contact.part == part);
        let ids: Vec<&str> = all.iter().filter(fits).map(|contact| contact.id.as_str()).collect();
        let what = if part.is_some() { "lead of a component" } else { "contact" };
        let named = match ids.is_empty() {
            true => format!("the settings name no {what}; the operator adds one as [[contact]]"),
            false => format!("the settings name these: {}", ids.join(", ")),
        };
        let otherwise = "; anybody else is added with “!add NAME <ADDRESS> as ROLE”.";
        Ok(match contacts::called(all, name) {
            Some(contact) if fits(&contact) => Ok(contact.clone()),
            Some(contact) => Err(Refused {
                why: format!("{} is no {what}.", contact.name),
                remedy: format!("{named}. To have them take part, write “!add {}”.", contact.id),
            }),
            None => {
                let meant = nearest(name, ids.iter().copied());
                let meant = meant.map_or(String::new(), |id| format!(" Did you mean “{id}”?"));
                Err(Refused {
                    why: format!("no {what} is called “{name}”.{meant}"),
                    remedy: format!("{named}{otherwise}"),
                })
            }
        })
    }

    /// They take part, or are asked to; what was done, in sentences. `anyway`: it is none of their own doing that they are in
    /// the case, and no reason to refuse.
    pub(super) fn bring_in(&mut self, contact: &Contact, anyway: bool) -> Result<Result<String, Refused>> {
        let role = contact.part.role();
        if let Some(refused) = self.unfit(&contact.address)? {
            let why = refused.why.clone();
            return Ok(if anyway { Ok(format!("They are in the case: {why}")) } else { Err(refused) });
        }
        if !contact.agreed {
            return Ok(self.ask(&contact.mailbox(), role)?.map(|(words, _)| words));
        }
        let person = self.known(&contact.mailbox())?;
        if !self.desk.rows.participants().join(self.case, person.id, role, self.desk.now)? {
            let why = format!("{} is in this case already.", person.address);
            return Ok(Err(Refused { why, remedy: "look with “!status”.".to_owned() }));
        }
        self.record(
            "add participant",
            &format!("{} as {}, by an agreement once for all", person.address, role.as_str()),
        )?;
        let by = self.by.person.clone();
        let sent = participants::welcome(self.desk, self.case, &person, role, Why::AskedBy(&by))?;
        self.tell_team(people::JOINED, &person, role)?;
        let waits = match sent.waits {
            true => " What came encrypted waits for their certificate.",
            false => "",
        };
        Ok(Ok(format!(
            "{} takes part now, as {}: they agreed once for all to keep embargoes. They were told of the case, and asked to \
             say that it has arrived.{waits}",
            person.mailbox(),
            role.called()
        )))
    }
}
