//! Commands about people in a case: who takes part, and what they are told. Nobody hears of a case before they agreed
//! to its embargo, and the whole team hears at once of whoever was asked.

use anyhow::Result;

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say::people::Change;
use crate::handlers::{participants, say, team_member};
use crate::mail::address::{Address, Mailbox};
use crate::policy::letters::people;
use crate::rules::command::{Role, Whom};
use crate::rules::naming::{self, Meant};
use crate::store::participants::{Participant, State};
use crate::store::people::Person;

/// Somebody whom a command may mean.
enum Called {
    Participant(Participant),
    Member(Person),
}

impl Called {
    /// The discoverer's name is what their mail said.
    fn known_as(&self) -> (Option<&str>, &Address) {
        match self {
            Self::Participant(Participant { person, role: Role::Reporter, .. }) => (None, &person.address),
            Self::Participant(Participant { person, .. }) | Self::Member(person) => {
                (Some(&person.name), &person.address)
            }
        }
    }
}

impl Order<'_, '_, '_> {
    /// Text of the writer goes to one person, or to each discoverer; all others see it in the writer's mail, if they see
    /// that.
    pub(super) fn tell(&mut self, whom: &Whom, text: &str) -> Did {
        let reporters = self.desk.rows.participants().reporters(self.case)?;
        if let Whom::Reporter = whom
            && text.trim().is_empty()
        {
            return self.acknowledge(&reporters);
        }
        if text.trim().is_empty() {
            return refuse("there is no text to send.", "write it behind the name, or below the commands.");
        }
        if self.mail.truncated.is_some() {
            return refuse("your mail is too large, and we took only its beginning.", "send it in smaller mails.");
        }
        let to = match whom {
            Whom::Team => return did("Your text went to the team only, as part of your mail."),
            Whom::Reporter if reporters.is_empty() => {
                return refuse(
                    "this case has no discoverer whom we could write to.",
                    "say who it is, with “!add NAME <ADDRESS> as reporter”.",
                );
            }
            Whom::Reporter => reporters.clone(),
            Whom::Member(_) => {
                return refuse(
                    "a member of the predisclosure list is answered where they asked.",
                    "reply to the letter that brought you their question, with the same words.",
                );
            }
            Whom::Named(name) => match self.participant_called(name)? {
                Err(refused) => return Ok(Err(refused)),
                Ok(Participant { state: State::Asked, person, .. }) => {
                    return refuse(
                        format!("{} has not agreed to the embargo yet.", person.called()),
                        "wait for their answer; you will hear of it.",
                    );
                }
                Ok(participant) => vec![participant.person],
            },
        };
        let mut words = Vec::new();
        for person in &to {
            let is_reporter = reporters.iter().any(|reporter| reporter.id == person.id);
            match self.tell_person(person, is_reporter, text)? {
                Err(refused) => return Ok(Err(refused)),
                Ok((sentence, _)) => words.push(sentence),
            }
        }
        did(words.join(" "))
    }

    /// Without a text: discoverers to whom nobody wrote yet hear that their report arrived.
    fn acknowledge(&mut self, reporters: &[Person]) -> Did {
        let mut told = Vec::new();
        for reporter in reporters {
            if participants::greet(self.desk, self.case, reporter, &self.by.person)? {
                told.push(reporter.address.to_string());
            }
        }
        if told.is_empty() {
            return refuse("there is no text to send.", "write it behind the name, or below the commands.");
        }
        self.desk.rows.cases().went_to_reporter(self.case, self.mail.id)?;
        did(format!(
            "{} was told that the report has arrived: the number of the case, the dates we propose, and what we ask.",
            told.join(" and ")
        ))
    }

    fn tell_person(&mut self, to: &Person, is_reporter: bool, text: &str) -> Did {
        let labels = say::labels_of(self.case, self.mail.incoming);
        let waits = match self.desk.may_read(&to.address, &labels)? {
            Err(barred) if !barred.wants_certificate() => {
                return refuse(format!("{} may not read it: {barred}.", to.address), "reach them another way.");
            }
            verdict => verdict.is_err(),
        };
        let text = say::people::clean(self.desk, text);
        let (desk, writer) = (&mut *self.desk, &self.by.person);
        let greeted = is_reporter && participants::greet(desk, self.case, to, writer)?;
        let letter = match is_reporter {
            true => say::answer_to_reporter(desk, self.case, self.mail, to, writer, &text)?,
            false => say::people::told(desk, self.case, self.mail, to, writer, &text)?,
        };
        self.desk.send(&letter, Some(self.case))?;
        let act = if is_reporter { "answer-reporter" } else { "answer-participant" };
        let detail = format!("mail {}, by command, to {}", self.mail.id, to.address);
        self.record(act, &detail)?;
        if is_reporter {
            self.desk.rows.cases().went_to_reporter(self.case, self.mail.id)?;
        }
        let them = if is_reporter { "the discoverer, " } else { "" };
        let before = match greeted {
            true => format!("{} was told that the report has arrived, and the dates. ", to.address),
            false => String::new(),
        };
        if waits {
            return did(format!(
                "{before}Your text to {them}{} was NOT sent yet: it may leave encrypted only, and we have no certificate of \
                 theirs that can be used. They are asked for one; once the operator has imported it, the text leaves by \
                 itself.",
                to.address
            ));
        }
        did(format!("{before}Your text is on its way to {them}{}.", to.address))
    }

    pub(super) fn add(&mut self, person: &Mailbox, role: Role) -> Did {
        if let Some(refused) = self.unfit(&person.address)? {
            return Ok(Err(refused));
        }
        match role {
            Role::Reporter => self.name_reporter(person),
            _ => self.ask(person, role),
        }
    }

    /// Why somebody cannot come to take part in the case, whatever as.
    pub(super) fn unfit(&self, address: &Address) -> Result<Option<Refused>> {
        let because = |why: String, remedy: &str| Ok(Some(Refused { why, remedy: remedy.to_owned() }));
        if say::is_ours(self.desk, address) {
            return because(format!("{address} is an address of ours."), "write the person's own address.");
        }
        if self.desk.policy.profile.is_public_list(&address.without_detail()) {
            let remedy = "write the address of a person; text of cases never goes to a public list.";
            return because(format!("{address} is a public list."), remedy);
        }
        if let Some(member) = team_member(self.desk, address)? {
            let why = format!("{} is in the team, and gets all mail of the case.", member.called());
            return because(why, "nothing.");
        }
        let Some(person) = self.desk.rows.people().by_address(address)? else { return Ok(None) };
        Ok(match self.desk.rows.participants().get(self.case, person.id)? {
            None | Some(Participant { state: State::Removed, .. }) => None,
            Some(Participant { role: Role::Reporter, .. }) => Some(Refused {
                why: format!("{address} is the discoverer of this case."),
                remedy: "write to them with “!tell reporter TEXT”.".to_owned(),
            }),
            Some(Participant { state: State::Asked, .. }) => Some(Refused {
                why: format!("{address} was asked already, and has not answered."),
                remedy: "wait for the answer; or remove them and add them anew, and they are asked again.".to_owned(),
            }),
            Some(Participant { role, .. }) => Some(Refused {
                why: format!("{address} takes part in this case already, as {}.", role.called()),
                remedy: "to give them another part, remove them first.".to_owned(),
            }),
        })
    }

    /// They are asked to agree to the embargo, and told nothing else.
    pub(super) fn ask(&mut self, person: &Mailbox, role: Role) -> Did {
        let asked = self.known(person)?;
        if !self.desk.rows.participants().ask(self.case, asked.id, role, self.desk.now)? {
            return refuse(format!("{} is in this case already.", asked.address), "look with “!status”.");
        }
        let letter = say::people::question(self.desk, self.case, &asked, Some(&self.by.person), None)?;
        self.desk.send(&letter, Some(self.case))?;
        self.record("ask participant", &format!("{} as {}", asked.address, role.as_str()))?;
        self.tell_team(people::ASKED, &asked, role)?;
        did(format!(
            "{} was asked, as {}, to agree to the embargo, and was told nothing of the case. The whole team was told; you \
             will all hear of the answer.",
            asked.mailbox(),
            role.called()
        ))
    }

    /// Somebody of the team brought a report in, and says whose it is (PROCESS X2).
    fn name_reporter(&mut self, person: &Mailbox) -> Did {
        if let Some(refused) = self.has_discoverers()? {
            return Ok(Err(refused));
        }
        let reporter = self.known(person)?;
        let since = self.current()?.received_at;
        if !self.desk.rows.participants().name_reporter(self.case, reporter.id, since, false)? {
            return refuse(format!("{} is in this case already.", reporter.address), "remove them first.");
        }
        let letter = say::people::acknowledgement(self.desk, self.case, &reporter, &self.by.person)?;
        self.desk.send(&letter, Some(self.case))?;
        self.desk.rows.cases().went_to_reporter(self.case, self.mail.id)?;
        self.record("name reporter", reporter.address.as_str())?;
        self.tell_team(people::NAMED, &reporter, Role::Reporter)?;
        did(format!("{} is the discoverer of the case now, and was told its number and dates.", reporter.mailbox()))
    }

    /// Why nobody can be named as the discoverer: somebody is it by a report of their own, or knows already that they are.
    pub(super) fn has_discoverers(&self) -> Result<Option<Refused>> {
        for before in self.desk.rows.participants().of(self.case)?.iter().filter(|one| one.role == Role::Reporter) {
            if !before.unwritten && self.desk.rows.people().team_member(before.person.id)?.is_none() {
                return Ok(Some(Refused {
                    why: format!(
                        "{} is the discoverer of this case; they reported it themselves.",
                        before.person.address
                    ),
                    remedy: "add this person in another part, as expert for example.".to_owned(),
                }));
            }
        }
        Ok(None)
    }

    pub(super) fn remove(&mut self, name: &str) -> Did {
        let Participant { person, role, state, .. } = match self.participant_called(name)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(participant) => participant,
        };
        if role == Role::Reporter {
            return refuse(
                format!("{} is the discoverer of this case, who can only be replaced.", person.called()),
                "say who the discoverer is, with “!add NAME <ADDRESS> as reporter”.",
            );
        }
        participants::leave(self.desk, self.case, &person)?;
        self.record("remove participant", person.address.as_str())?;
        let what = if state == State::Asked { people::WITHDRAWN } else { people::REMOVED };
        self.tell_team(what, &person, role)?;
        did(match state {
            State::Asked => format!("{} is not asked any more; an answer of theirs has no effect.", person.mailbox()),
            State::Active | State::Removed => format!(
                "{} takes part no more. Their reply addresses are void, and what is on its way to them is stopped. What \
                 they got before they keep, and they were not told.",
                person.mailbox()
            ),
        })
    }

    /// By the name the team gives them: what they called themselves in a mail proves nothing.
    pub(super) fn known(&self, mailbox: &Mailbox) -> Result<Person> {
        let people = self.desk.rows.people();
        let person = people.find_or_add("", &mailbox.address)?;
        match &mailbox.name {
            Some(name) => {
                people.rename(person.id, name)?;
                people.get(person.id)
            }
            None => Ok(person),
        }
    }

    /// Whoever takes part in the case, or was asked to, and is called so: by address, or by a name only one of them has.
    fn participant_called(&self, name: &str) -> Result<Result<Participant, Refused>> {
        let taking_part = self.desk.rows.participants().of(self.case)?;
        let mut team: Vec<Person> = self.desk.rows.people().team()?.into_iter().map(|member| member.person).collect();
        team.retain(|member| taking_part.iter().all(|one| one.person.id != member.id));
        let taking_part = taking_part.into_iter().map(Called::Participant);
        let all: Vec<Called> = taking_part.chain(team.into_iter().map(Called::Member)).collect();
        let refused = |why: String, remedy: &str| Ok(Err(Refused { why, remedy: remedy.to_owned() }));
        match naming::meant(name, &all, Called::known_as) {
            Meant::One(Called::Participant(participant)) => Ok(Ok(participant.clone())),
            Meant::One(Called::Member(_)) => refused(
                format!("“{name}” is in the team, and so gets all mail of the case."),
                "write the name of somebody who takes part in the case without being in the team.",
            ),
            Meant::Several => refused(format!("several people are called “{name}”."), "write the address."),
            Meant::Nobody => refused(
                format!("nobody who takes part in this case is called “{name}”."),
                "write the name or the address as it was added; the discoverer is “reporter”.",
            ),
        }
    }

    pub(super) fn tell_team(&mut self, what: &'static str, person: &Person, role: Role) -> Result<()> {
        let change = Change { what, person, role, by: self.by };
        for member in self.desk.rows.people().team()? {
            let mut letter = say::people::changed(self.desk, self.case, &change, &member.person)?;
            say::answered_in_case(self.desk, &mut letter, self.case, &member.person)?;
            self.desk.send(&letter, Some(self.case))?;
        }
        Ok(())
    }

    pub(super) fn record(&self, act: &str, detail: &str) -> Result<()> {
        let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
        self.desk.record(actor, proof, act, &format!("case {}", self.case), detail)
    }
}
