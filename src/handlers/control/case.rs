//! Commands about the case itself: what it is called, who takes care of it, whether it is one, and which mail is in it.

use anyhow::Result;

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say;
use crate::rules::command::manual;
use crate::rules::label::CaseId;
use crate::store::people::Person;

impl Order<'_, '_, '_> {
    pub(super) fn help(&mut self) -> Did {
        let evidence = &self.desk.policy.profile.evidence;
        Ok(Ok(("These are the commands.".to_owned(), manual(|act| evidence.of(act)))))
    }

    pub(super) fn status(&mut self) -> Did {
        let shown = say::control::status(self.desk, self.case)?;
        Ok(Ok(("This is what the desk knows.".to_owned(), shown)))
    }

    pub(super) fn title(&mut self, title: &str) -> Did {
        self.desk.rows.cases().set_title(self.case, title)?;
        did(format!("The case is called “{title}” now."))
    }

    pub(super) fn note(&mut self, text: &str) -> Did {
        let sealed = self.mail.incoming.sealed;
        let now = self.desk.now;
        self.desk.rows.notes().add(self.case, self.mail.id, self.by.person.id, sealed, now, text)?;
        did("The note is kept; “!status” shows it.")
    }

    pub(super) fn owner(&mut self, name: &str) -> Did {
        match self.member_called(name)? {
            Err(refused) => Ok(Err(refused)),
            Ok(member) => {
                self.desk.rows.cases().set_owner(self.case, member.id)?;
                did(format!("{} takes care of the case now.", member.called()))
            }
        }
    }

    pub(super) fn spam(&mut self) -> Did {
        if !self.desk.rows.cases().change_state(self.case, &["held", "triage"], "invalid")? {
            return refuse("the case is past triage.", "end it with the command for what it is.");
        }
        did("The case is closed as spam. Nobody was told outside the team.")
    }

    pub(super) fn reopen(&mut self) -> Did {
        if !self.desk.rows.cases().change_state(self.case, &["invalid", "duplicate", "closed"], "triage")? {
            return refuse("the case is not closed.", "go on as if you had not asked.");
        }
        did("The case is open again.")
    }

    pub(super) fn split(&mut self) -> Did {
        refuse("this version cannot do that.", "ask the operator.")
    }

    pub(super) fn move_to(&mut self, _to: CaseId) -> Did {
        refuse("this version cannot do that.", "ask the operator.")
    }

    /// The member of the team whom somebody calls so: by address, or by a name only one of them has.
    fn member_called(&self, name: &str) -> Result<Result<Person, Refused>> {
        let team = self.desk.rows.people().team()?;
        let is_it = |person: &Person| {
            person.name.eq_ignore_ascii_case(name) || person.address.as_str().eq_ignore_ascii_case(name)
        };
        let mut fitting = team.into_iter().map(|member| member.person).filter(is_it);
        Ok(match (fitting.next(), fitting.next()) {
            (Some(member), None) => Ok(member),
            (None, _) => Err(Refused {
                why: format!("nobody in the team is called “{name}”."),
                remedy: "write the name as letters show it, or the address.".to_owned(),
            }),
            (Some(_), Some(_)) => Err(Refused {
                why: format!("several members of the team are called “{name}”."),
                remedy: "write the address.".to_owned(),
            }),
        })
    }
}
