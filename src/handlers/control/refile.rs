//! Commands that put a mail into another case: one of its own (`!split`), or one there is (`!move`). The mail is the one
//! that the command's mail answers. Nobody but the team hears of a case that they did not know.

use anyhow::{Result, ensure};

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::{report, say, team_member};
use crate::mail::headers::Headers;
use crate::mail::machine::machine;
use crate::mail::wording;
use crate::policy::letters::typeset::one_line;
use crate::rules::label::CaseId;
use crate::rules::schedule;
use crate::store::cases::{Answered, Filed, Standing};
use crate::store::people::Person;

/// As of other reports.
const TITLE_CHARACTERS_MAX: usize = 200;

impl Order<'_, '_, '_> {
    pub(super) fn split(&mut self) -> Did {
        let filed = match self.answered_mail()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(filed) => filed,
        };
        if filed.opened_it || !self.desk.rows.cases().has_other_mail(&filed, self.mail.id)? {
            return refuse(
                format!("the mail you answer is the one that case {} is about.", self.case),
                "answer the mail that is about something else.",
            );
        }
        let reporter = self.reporter_of(&filed)?;
        let told = self.knows_the_case(reporter.as_ref())?;
        let subject = wording::subject(&self.desk.rows.inbox().readable(filed.inbox)?);
        let title = match one_line(&subject, TITLE_CHARACTERS_MAX) {
            title if title.is_empty() => "(no subject)".to_owned(),
            title => title,
        };
        let proposal =
            schedule::propose(&self.desk.policy.profile.schedule, &self.desk.policy.calendar, filed.received_at);
        let to = self.desk.rows.cases().open(&title, filed.sealed, filed.received_at, proposal)?;
        self.desk.rows.threads().add(to, &self.desk.case_thread(to)?)?;
        let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
        let opened = format!("mail {} of case {} is a report of its own", filed.inbox, self.case);
        self.desk.record(actor, proof, "open", &format!("case {to}"), &opened)?;
        let standing = match &reporter {
            Some(reporter) => {
                self.desk.rows.participants().set_reporter(to, reporter.id, filed.received_at)?;
                self.take_credit_along(to, reporter)?;
                self.standing_in(to, &filed)?
            }
            None => Standing::Stranger,
        };
        let answer = if told { Answered::Acknowledged } else { Answered::Received };
        self.refile(&filed, to, standing, answer, true)?;
        let refiled = say::refiled::Refiled { filed: &filed, to, by: &self.by.person, split: true, told };
        self.bring(&refiled)?;
        if let Some(reporter) = reporter.as_ref().filter(|_| told) {
            let letter = say::refiled::own_case(self.desk, &refiled, reporter)?;
            self.desk.send(&letter, Some(to))?;
        }
        did(match (told, &reporter) {
            (true, Some(reporter)) => {
                format!("The mail is a case of its own now: case {to}. {} was told so.", reporter.address)
            }
            (_, Some(reporter)) => format!(
                "The mail is a case of its own now: case {to}. Its author, {}, was not told: they do not know of case {}.",
                reporter.address, self.case
            ),
            (_, None) => format!("The mail is a case of its own now: case {to}. There is no author to write to."),
        })
    }

    pub(super) fn move_to(&mut self, to: CaseId) -> Did {
        if to == self.case {
            return refuse(format!("the mail is in case {to} already."), "write the number of another case.");
        }
        let Some(case) = self.desk.rows.cases().get(to)? else {
            return refuse(
                format!("there is no case {to}."),
                "write the number of the case as its letters show it, or make a case of its own with “!split”.",
            );
        };
        let filed = match self.answered_mail()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(filed) => filed,
        };
        let standing = self.standing_in(to, &filed)?;
        // Whoever was told of their case by the answer to this mail knows it still.
        if let Some(reporter) = self.desk.rows.participants().reporter(self.case)?
            && self.desk.rows.cases().reporter_knows(self.case, &reporter)?
        {
            self.desk.rows.cases().reporter_was_told(self.case)?;
        }
        self.refile(&filed, to, standing, Answered::Received, false)?;
        let refiled = say::refiled::Refiled { filed: &filed, to, by: &self.by.person, split: false, told: false };
        self.bring(&refiled)?;
        let closed = match case.state {
            state if state.is_over() => format!(" That case is closed ({state})."),
            _ => String::new(),
        };
        did(format!("The mail is in case {to} now, and the team got it there. Its author was told nothing.{closed}"))
    }

    /// The mail that the command's mail answers: one that a letter of ours brought, or one of the case by its own name.
    /// Only the nearest counts: further up the thread may stand any.
    fn answered_mail(&self) -> Result<Result<Filed, Refused>> {
        let unknown = || Refused {
            why: "it cannot be told which mail you mean: your mail answers none of the case.".to_owned(),
            remedy: "reply to your own copy of that mail, and write the command at the top.".to_owned(),
        };
        let Some(parent) = self.mail.incoming.replies_to.first() else { return Ok(Err(unknown())) };
        let inbox = match self.desk.rows.outbox().brought_by(parent)? {
            Some(inbox) => Some(inbox),
            None => self.desk.rows.cases().mail_called(self.case, parent)?,
        };
        let filed = match inbox {
            Some(inbox) => self.desk.rows.cases().filed(inbox)?,
            None => None,
        };
        Ok(match filed {
            None => Err(unknown()),
            Some(filed) if filed.case != self.case => Err(Refused {
                why: format!("the mail you answer is in case {}, not in case {}.", filed.case, self.case),
                remedy: format!("reply to your copy of it that came for case {}.", filed.case),
            }),
            Some(filed) if filed.obeyed => Err(Refused {
                why: format!("the mail you answer told the desk what to do with case {}, and stays there.", self.case),
                remedy: "answer the mail that is to go.".to_owned(),
            }),
            Some(filed) => Ok(filed),
        })
    }

    /// Whom a case of its own would have as its reporter: the author, if a person sent one copy of it.
    fn reporter_of(&self, filed: &Filed) -> Result<Option<Person>> {
        let Some(author) = &filed.author else { return Ok(None) };
        let mut by_machine = true;
        for copy in self.desk.rows.cases().copies(filed)? {
            let raw = self.desk.rows.inbox().raw(copy)?;
            by_machine &= machine(&Headers::read(&raw), filed.message_id.as_ref(), &self.desk.house.secret).is_some();
        }
        let flags = self.desk.rows.cases().flags(filed.case)?;
        let seen = flags.iter().map(|flag| flag.list.as_str());
        if by_machine || !report::is_a_persons(self.desk, &author.address, seen) {
            return Ok(None);
        }
        self.desk.rows.people().find_or_add(author.name.as_deref().unwrap_or(""), &author.address).map(Some)
    }

    /// Whether the case is theirs, and they were told its number: then they may hear what becomes of their mail.
    /// Anybody else would learn that the mail they answered is in a case.
    fn knows_the_case(&self, author: Option<&Person>) -> Result<bool> {
        let Some(author) = author else { return Ok(false) };
        let reporters = self.desk.rows.participants().reporters(self.case)?;
        let theirs = reporters.iter().any(|reporter| reporter.id == author.id);
        Ok(theirs && !self.current()?.spam && self.desk.rows.cases().reporter_knows(self.case, author)?)
    }

    /// What the author of a mail is to another case.
    fn standing_in(&self, case: CaseId, filed: &Filed) -> Result<Standing> {
        let Some(author) = &filed.author else { return Ok(Standing::Stranger) };
        if team_member(self.desk, &author.address)?.is_some() {
            return Ok(Standing::Team);
        }
        let participants = self.desk.rows.cases().participants(case)?;
        let part = participants.iter().find(|one| one.person.address == author.address && one.state == "active");
        Ok(match part {
            Some(part) if part.role == "reporter" => Standing::Reporter,
            Some(_) => Standing::Participant,
            None => Standing::Stranger,
        })
    }

    /// Puts a mail with all its copies into another case; later mail that answers it joins that one. Letters that carry
    /// it and did not leave yet reach only who may read both. `split`: what its author was sent leads there, too.
    fn refile(&self, filed: &Filed, to: CaseId, standing: Standing, answer: Answered, split: bool) -> Result<()> {
        let (rows, from) = (self.desk.rows, filed.case);
        for copy in rows.cases().copies(filed)? {
            let answer = if copy == filed.inbox { answer } else { Answered::Not };
            ensure!(rows.cases().refile(copy, from, to, standing, answer)?, "mail {copy} is not in case {from}");
            for letter in rows.outbox().carrying(from, copy)? {
                rows.outbox().belongs_to(letter.letter, to, filed.sealed)?;
                if letter.brings_it || split && !letter.quotes_it {
                    rows.threads().hand_over(&letter.message_id, from, to)?;
                }
            }
            ensure!(rows.inbox().refiled(copy, to)?, "mail {copy} is not handled");
            let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
            self.desk.record(
                actor,
                proof,
                "move",
                &format!("mail {copy}"),
                &format!("from case {from} to case {to}"),
            )?;
        }
        if let Some(message_id) = &filed.message_id {
            rows.threads().hand_over(message_id.as_str(), from, to)?;
        }
        Ok(())
    }

    /// The mail, to each member of the team, with reply addresses of the case it is in now.
    fn bring(&mut self, refiled: &say::refiled::Refiled<'_>) -> Result<()> {
        for member in self.desk.rows.people().team()? {
            let letter = say::refiled::refiled(self.desk, refiled, &member.person)?;
            self.desk.send(&letter, Some(refiled.to))?;
        }
        Ok(())
    }
}
