//! Commands that say what a case is: a problem of ours, none, somebody else's; or that it is open again.
//! Everybody who knows of it beside the team hears what becomes of it.

use anyhow::{Result, ensure};

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say::life::News;
use crate::handlers::say::people::people_in_words;
use crate::handlers::{advisories, ending, say};
use crate::mail::address::Address;
use crate::policy::letters::shown;
use crate::rules::command::Role;
use crate::rules::contacts::{Contact, Part};
use crate::rules::label::Text;
use crate::rules::life::{Event, Impossible, State, after};
use crate::store::advisories::Stage;
use crate::store::cases::{Case, Remark};
use crate::store::embargoes::What;
use crate::store::participants::{Participant, State as Standing};

impl Order<'_, '_, '_> {
    pub(super) fn confirm(&mut self) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Confirm) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        if let Some(since) = case.confirmed_at {
            return did(format!("Case {} was confirmed already, on {}.", self.case, shown(since)));
        }
        self.go(&case, to)?;
        self.desk.rows.cases().confirm(self.case, self.desk.now)?;
        did(format!("Case {} is confirmed: a security problem of ours.{}", self.case, self.next()?))
    }

    pub(super) fn invalid(&mut self, reason: &str) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Deny) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        if reason.trim().is_empty() {
            return refuse("it does not say why.", "write the reason behind it, for the discoverer.");
        }
        let asked = self.go(&case, to)?;
        let stays = self.nothing_leaves()?;
        self.remark("invalid", reason)?;
        let words = say::people::clean(self.desk, reason).text;
        let reason = Text::new(say::labels_of(self.case, self.mail.incoming), words);
        let told = self.tell_those_who_know(&case, |_| News::Invalid { reason: &reason })?;
        did(format!(
            "Case {} is closed as invalid.{stays} {told}{asked} Next: nothing. If it turns out to be one after all, “!reopen” opens it \
             again.",
            self.case
        ))
    }

    pub(super) fn passed(&mut self, name: &str) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::PassOn) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        let contact = match self.contact(name, Some(Part::Lead))? {
            Err(refused) => return Ok(Err(refused)),
            Ok(contact) => contact,
        };
        // If the lead was asked already, their answer counts.
        let others_asked = self.go_but(&case, to, Some(&contact.address))?;
        let stays = self.nothing_leaves()?;
        self.desk.rows.cases().passed_to(self.case, &contact.id)?;
        self.record("pass on", &format!("to {} <{}>", contact.id, contact.address))?;
        let joins = match self.bring_in(&contact, true)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(words) => words,
        };
        let lead = self.desk.rows.people().by_address(&contact.address)?;
        let standing = match &lead {
            Some(lead) => self.desk.rows.participants().get(self.case, lead.id)?,
            None => None,
        };
        let asked = standing.is_some_and(|one| one.state == Standing::Asked);
        // Who takes over has a letter of their own.
        let others = |one: &Participant| one.person.address != contact.address;
        let told = self.announce(&case, others, |_| News::Passed { lead: &contact.name, asked })?;
        let next = match asked {
            true => "Next: wait for their answer; if they decline, “!reopen” opens it again.",
            false => "Next: help them where they ask; “!reopen” takes it back.",
        };
        did(format!("Case {} is passed on to {}.{stays} {joins} {told}{others_asked} {next}", self.case, contact.name))
    }

    pub(super) fn reopen(&mut self) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Reopen { released: case.released_at.is_some() }) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        self.go(&case, to)?;
        self.desk.rows.cases().forget_the_end(self.case)?;
        if case.state == State::Public {
            self.take_back_the_end(&case)?;
        }
        let left = match case.duplicate_of {
            Some(other) => self.take_discoverers_from(other)?,
            None => Vec::new(),
        };
        let now = self.current()?;
        // Nobody was told that a case is spam, or that all of it is done.
        let told = match case.spam || case.state == State::Closed {
            true => "Nobody was told outside the team.".to_owned(),
            false => self.tell_those_who_know(&now, |one| News::Reopened {
                was: case.state,
                other: case.duplicate_of.filter(|_| left.contains(&one.person.id)),
            })?,
        };
        let dates = match (case.state, now.proposal.release_at <= self.desk.now) {
            _ if to == State::Released => String::new(),
            (_, true) => {
                format!(" Its dates are over ({}): write “!embargo DATE REASON”.", shown(now.proposal.release_at))
            }
            (State::Public, false) => " Next: agree on the dates anew, then write “!embargo”.".to_owned(),
            (_, false) => String::new(),
        };
        let (kept, next) = match to {
            State::Triage => ("in triage", " Next: say what it is, with “!confirm” or “!invalid REASON”."),
            State::Released => (
                "released as it was: its advisory is public",
                " Next: publish a new version of the advisory, if that is why. The case closes by itself again ten working \
                 days from now.",
            ),
            _ => ("confirmed, and confidential again", ""),
        };
        did(format!("Case {} is open again, {kept}. {told}{dates}{next}", self.case))
    }

    /// The embargo had ended by mistake: its dates are those from before, proposed.
    fn take_back_the_end(&self, case: &Case) -> Result<()> {
        let embargoes = self.desk.rows.embargoes();
        let changes = embargoes.changes(self.case)?;
        let Some(ended) = changes.iter().rev().find(|change| change.what == What::Ended) else { return Ok(()) };
        ensure!(
            embargoes.set_dates(self.case, case.proposal, ended.from, None)?,
            "the dates of case {} moved",
            self.case
        );
        self.record("dates", &format!("as before {}: publication {}", shown(ended.at), ended.from.release_at))
    }

    /// Puts the case into the state that follows, and that into the record. Gives whose answers nobody waits for any more: a
    /// sentence with a blank before it, or nothing.
    pub(super) fn go(&self, case: &Case, to: State) -> Result<String> {
        self.go_but(case, to, None)
    }

    /// With the case its advisories are over. Of what was approved that is a sentence, with a blank before it; or nothing.
    pub(super) fn nothing_leaves(&mut self) -> Result<String> {
        let all = self.desk.rows.advisories().of_case(self.case)?;
        let approved = all.iter().filter(|version| version.stage == Stage::Approved);
        let mut called: Vec<String> =
            approved.map(|version| say::advisories::bringing::called(self.desk, version)).collect();
        called.dedup();
        advisories::drafting::refresh(self.desk, self.case, Some(self.by.person.id))?;
        Ok(match called.is_empty() {
            true => String::new(),
            false => format!(" The approved version of {} does not leave any more.", called.join(" and ")),
        })
    }

    fn go_but(&self, case: &Case, to: State, but: Option<&Address>) -> Result<String> {
        let actor = (self.by.person.address.as_str(), self.by.proof.as_str());
        let asked = ending::go(self.desk, actor, case, to, but)?;
        let asked: Vec<&str> = asked.iter().map(|person| person.address.as_str()).collect();
        Ok(match asked.is_empty() {
            true => String::new(),
            false => format!(" Asked to take part, and not waited for any more: {}.", asked.join(", ")),
        })
    }

    /// Keeps what somebody wrote of the case.
    pub(super) fn remark(&self, kind: &str, text: &str) -> Result<()> {
        let (sealed, at) = (self.mail.incoming.sealed, self.desk.now);
        let remark = Remark { kind, text, sealed, person: self.by.person.id, inbox: self.mail.id, at };
        self.desk.rows.cases().remark(self.case, &remark)
    }

    fn tell_those_who_know<'n>(&mut self, case: &Case, news: impl Fn(&Participant) -> News<'n>) -> Result<String> {
        self.announce(case, |_| true, news)
    }

    /// Tells people who know of the case what becomes of it; gives who they are, in sentences.
    pub(super) fn announce<'n>(
        &mut self,
        case: &Case,
        whom: impl Fn(&Participant) -> bool,
        news: impl Fn(&Participant) -> News<'n>,
    ) -> Result<String> {
        let mut told = Vec::new();
        for one in self.desk.rows.participants().knowing(self.case)?.iter().filter(|one| whom(one)) {
            let news = news(one);
            let letter = say::life::news(self.desk, case, one, &news)?;
            let of = match &news {
                News::Duplicate { other: Some(other) } => other.case.number,
                _ => self.case,
            };
            self.desk.send(&letter, Some(of))?;
            self.knows_now(one)?;
            told.push(format!("{} ({})", one.person.address, one.role.called()));
        }
        let not_told = self.not_told()?;
        Ok(match told.is_empty() {
            true => format!("Nobody outside the team was told.{not_told}"),
            false => format!("Told of it: {}.{not_told}", people_in_words(&told, ", ")),
        })
    }

    /// A discoverer was told the number of the case: their next mail is answered as one of somebody who knows it.
    pub(super) fn knows_now(&self, one: &Participant) -> Result<()> {
        if one.role == Role::Reporter {
            self.desk.rows.cases().reporter_was_told(self.case)?;
        }
        Ok(())
    }

    /// The discoverers to whom nobody wrote yet: a sentence, or nothing.
    pub(super) fn not_told(&self) -> Result<String> {
        let all = self.desk.rows.participants().of(self.case)?;
        let unwritten: Vec<&str> =
            all.iter().filter(|one| one.unwritten).map(|one| one.person.address.as_str()).collect();
        Ok(match unwritten.is_empty() {
            true => String::new(),
            false => format!(" Not told, because nobody wrote to them yet: {}.", unwritten.join(", ")),
        })
    }

    /// How letters call a contact.
    pub(super) fn called<'s>(&'s self, id: &'s str) -> &'s str {
        crate::rules::contacts::called(&self.desk.house.contacts, id).map_or(id, |contact: &Contact| &contact.name)
    }
}

/// Why a case cannot get where a command wants it, and what to do.
pub(super) fn cannot(impossible: Impossible) -> Refused {
    Refused { why: format!("the case {}", impossible.why), remedy: impossible.remedy.to_owned() }
}
