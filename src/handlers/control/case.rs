//! Commands about the case itself: what it is called, who takes care of it, and whether it is one.

use anyhow::{Context, Result};

use super::life::cannot;
use super::{Did, Order, Refused, did, refuse};
use crate::handlers::discuss::reports;
use crate::handlers::say;
use crate::rules::command::manual;
use crate::rules::label::Text;
use crate::rules::life::{Event, after};
use crate::rules::naming::{self, Meant};
use crate::store::cases::Case;
use crate::store::people::Person;

/// A note is remembered; a document is attached to a mail of the case.
const NOTE_CHARACTERS_MAX: usize = 10_000;
/// Why letters to the author of spam do not leave, for `outbox list`.
const SPAM: &str = "the case was closed as spam";

impl Order<'_, '_, '_> {
    pub(super) fn help(&mut self) -> Did {
        let evidence = &self.desk.policy.profile.evidence;
        Ok(Ok(("These are the commands.".to_owned(), Text::public(manual(|act| evidence.of(act))))))
    }

    pub(super) fn status(&mut self) -> Did {
        let shown = say::status::status(self.desk, self.case)?;
        Ok(Ok(("This is what the desk knows.".to_owned(), shown)))
    }

    pub(super) fn title(&mut self, title: &str) -> Did {
        match self.desk.rows.cases().set_title(self.case, title, self.mail.incoming.sealed)? {
            true => did(format!("Case {} is called “{title}” now.", self.case)),
            false => did(format!("Case {} was called so already.", self.case)),
        }
    }

    pub(super) fn note(&mut self, text: &str) -> Did {
        let count = text.chars().count();
        if count > NOTE_CHARACTERS_MAX {
            return refuse(
                format!("the note has {count} characters, and {NOTE_CHARACTERS_MAX} are taken."),
                "write what matters as a note; the rest of your mail is kept with the case anyway.",
            );
        }
        let sealed = self.mail.incoming.sealed;
        let now = self.desk.now;
        self.desk.rows.notes().add(self.case, self.mail.id, self.by.person.id, sealed, now, text)?;
        did(format!("The note is kept with case {}; “!status” shows it.", self.case))
    }

    pub(super) fn owner(&mut self, name: &str) -> Did {
        let member = match self.member_called(name)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(member) => member,
        };
        match self.desk.rows.cases().set_owner(self.case, member.id)? {
            true => did(format!("{} takes care of case {} now.", member.called(), self.case)),
            false => did(format!("{} took care of case {} already.", member.called(), self.case)),
        }
    }

    pub(super) fn spam(&mut self) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Spam) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        let asked = self.go(&case, to)?;
        let stays = self.nothing_leaves()?;
        self.desk.rows.cases().note_spam(self.case)?;
        let held = reports::discard(self.desk, self.case, self.by.person.id)?;
        let discarded = if held { " What was held of it is discarded." } else { "" };
        let mut stopped = 0;
        if let Some(author) = &case.reporter
            && self.desk.rows.people().team_member(author.id)?.is_none()
        {
            stopped = self.desk.rows.outbox().stop(self.case, &author.address, self.desk.now, SPAM)?;
        }
        let waited = match stopped {
            0 => String::new(),
            1 => " A letter that waited for them is stopped.".to_owned(),
            count => format!(" {count} letters that waited for them are stopped."),
        };
        did(format!(
            "Case {} is closed as spam. Its author is told nothing.{stays}{waited}{discarded}{asked}",
            self.case
        ))
    }

    /// The case as it is at this command: one before it may have changed it.
    pub(super) fn current(&self) -> Result<Case> {
        self.desk.rows.cases().get(self.case)?.with_context(|| format!("case {} is gone", self.case))
    }

    /// The member of the team whom somebody calls so: by address, by their name, or by a part of it only they have.
    fn member_called(&self, name: &str) -> Result<Result<Person, Refused>> {
        let team: Vec<Person> = self.desk.rows.people().team()?.into_iter().map(|member| member.person).collect();
        Ok(match naming::meant(name, &team, |member| (Some(&member.name), &member.address)) {
            Meant::One(member) => Ok(member.clone()),
            Meant::Nobody => Err(Refused {
                why: format!("nobody in the team is called “{name}”."),
                remedy: "write the name as letters show it, or the address.".to_owned(),
            }),
            Meant::Several => Err(Refused {
                why: format!("several members of the team are called “{name}”."),
                remedy: "write the whole name, or the address.".to_owned(),
            }),
        })
    }
}
