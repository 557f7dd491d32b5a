//! Commands about the steps of the playbook: that one is done, or not needed. What the tables show, nobody has to say.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::life::cannot;
use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say::embargo::Reader;
use crate::handlers::say::steps::quoted;
use crate::handlers::say::ways::Ways;
use crate::handlers::{advisories, say, steps};
use crate::policy::letters::shown;
use crate::rules::life::{self, Event, State};
use crate::rules::nearest::nearest;
use crate::rules::playbook::{Fact, Mark, Progress, Standing, Step, first_to_do, standing};
use crate::store::advisories::Stage;
use crate::store::cases::Case;
use crate::store::steps::Saying;

/// A reason is shown on a screen.
const REASON_CHARACTERS_MAX: usize = 2000;

impl<'t> Order<'_, '_, 't> {
    pub(super) fn done(&mut self, step: &str) -> Did {
        let one = match self.step(step)? {
            Ok(one) => one,
            Err(refused) => return Ok(Err(refused)),
        };
        let id = &one.step.id;
        let is_publication = self.desk.policy.profile.playbook.publication().is_some_and(|step| step.id == *id);
        let left_behind = advisories::left_behind(self.desk.rows, self.desk.policy)?;
        let left_behind: Vec<i64> =
            left_behind.iter().filter(|behind| behind.case == self.case).map(|behind| behind.number).collect();
        if one.state == Progress::Done && is_publication && !left_behind.is_empty() {
            self.say(id, Mark::Done, "")?;
            return did(format!(
                "{} counts as public now, by your word: this program sent nothing, and alarms nobody about it any more.{}",
                self.desk.policy.profile.advisory.all_called(&left_behind),
                self.next()?
            ));
        }
        if one.state == Progress::Done {
            return did(format!("Step “{id}” was done already.{}", self.next()?));
        }
        if !one.step.done_when.is_empty() && !one.step.is_sent() {
            let commands = one.step.commands();
            let skip = match one.step.may_be_skipped() && !commands.contains("!skip") {
                true => format!("; or, if it is not needed, “!skip {id}” and the reason"),
                false => String::new(),
            };
            return match commands.is_empty() {
                true => refuse(
                    format!("step “{id}” is done when the desk sees that it is; nobody can say so."),
                    format!("if it is not needed, say so: “!skip {id}” and the reason."),
                ),
                false => refuse(
                    format!("step “{id}” is done when the desk knows what it is about, not when somebody says so."),
                    format!("write {commands}{skip}."),
                ),
            };
        }
        if one.by_itself && one.step.is_sent() {
            return self.leaves_by_itself(one.step);
        }
        let playbook = &self.desk.policy.profile.playbook;
        // Who sent it by hand wrote it by hand, once the dates are agreed or over.
        let state = self.current()?.state;
        let may_be_sent = one.step.is_sent() && !matches!(state, State::Triage | State::Confirmed);
        let written = |id: &&str| may_be_sent && playbook.step(id).is_some_and(Step::is_writing);
        let (written, waits_for): (Vec<&str>, Vec<&str>) = one.waits_for.iter().copied().partition(written);
        if !waits_for.is_empty() {
            let first = quoted(&waits_for);
            return refuse(
                format!("step “{id}” waits for {first}."),
                "see to that first; what is not needed is skipped, with “!skip STEP” and the reason.",
            );
        }
        if one.step.is_sent() {
            return self.sent(one.step, &written);
        }
        self.say(id, Mark::Done, "")?;
        did(format!("Step “{id}” is done.{}", self.next()?))
    }

    /// Nobody says that it is done before it is.
    fn leaves_by_itself(&self, step: &Step) -> Did {
        let all = self.desk.rows.advisories().of_case(self.case)?;
        let approved = all.iter().rfind(|version| version.stage != Stage::Draft && version.released_at.is_none());
        let called =
            approved.map_or("the advisory".to_owned(), |version| advisories::called_with_version(self.desk, version));
        let dates = self.current()?.proposal;
        let public = step.done_when.contains(&Fact::Released);
        let at = if public { dates.release_at } else { dates.predisclosure_at };
        let at = if at > self.desk.now { format!(" on {}", shown(at)) } else { String::new() };
        let act = if public { "publishes" } else { "sends" };
        refuse(
            format!("{called} is approved, and the desk {act} it by itself{at}: there is nothing to do."),
            format!(
                "leave it to the desk. If it was sent by hand, stop the desk first: “!hold sent by hand”, and below it “!done {}”.",
                step.id
            ),
        )
    }

    /// The advisory went out by somebody's hand: the case gets where that leads.
    fn sent(&mut self, step: &Step, written: &[&str]) -> Did {
        let case = self.current()?;
        let released = step.done_when.contains(&Fact::Released);
        let (event, what) = match released {
            true => (Event::Release, "the advisory is public"),
            false => (Event::Predisclose, "the predisclosure list was told"),
        };
        let to = match life::after(case.state, event) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        // What is published needs no writing; what was approved of it is void.
        let all = &self.desk.policy.profile.playbook.0;
        let of_release = all.iter().filter(|one| released && one.is_writing()).map(|one| one.id.as_str());
        let said = self.desk.rows.steps().said(self.case)?;
        let by_hand: BTreeSet<&str> = written.iter().copied().chain(of_release).collect();
        for id in by_hand.into_iter().filter(|id| said.iter().all(|one| one.step != *id)) {
            self.say(id, Mark::Done, "")?;
        }
        self.say(&step.id, Mark::Done, "")?;
        self.go(&case, to)?;
        let told = if released && case.released_at.is_none() { self.published_by_hand(&case)? } else { String::new() };
        did(format!(
            "Step “{}” is done: {what}, and case {} is {to}. This program sent nothing of it.{told}{}",
            step.id,
            self.case,
            self.next()?
        ))
    }

    /// What was drafted of it leaves no more, and those who know of the case hear that it is public. Sentences, with a blank
    /// before each.
    fn published_by_hand(&mut self, case: &Case) -> Result<String> {
        let why = "it was published by hand";
        let mut approved = BTreeSet::new();
        for version in self.desk.rows.advisories().of_case(self.case)? {
            if self.desk.rows.advisories().void(version.id, why, self.desk.now)? {
                let (called, detail) =
                    (advisories::called_with_version(self.desk, &version), format!("{}; {why}", version.digest));
                self.desk.record("desk", "none", "void advisory", &called, &detail)?;
                approved.extend((version.stage != Stage::Draft).then_some(called));
            }
        }
        let stays = match approved.is_empty() {
            true => String::new(),
            false => format!(" As it was approved, {} leaves no more.", Vec::from_iter(approved).join(" and ")),
        };
        let mut told = Vec::new();
        for reader in Reader::all(self.desk, self.case)? {
            if !matches!(reader, Reader::Team(_)) {
                let letter = say::advisories::bringing::published(self.desk, case, &reader)?;
                self.desk.send(&letter, Some(self.case))?;
                told.push(reader.person().address.to_string());
            }
        }
        Ok(match told.is_empty() {
            true => stays,
            false => format!("{stays} Told that it is public: {}.", told.join(", ")),
        })
    }

    pub(super) fn skip(&mut self, step: &str, reason: &str) -> Did {
        let one = match self.step(step)? {
            Ok(one) => one,
            Err(refused) => return Ok(Err(refused)),
        };
        let id = &one.step.id;
        let count = reason.chars().count();
        if count > REASON_CHARACTERS_MAX {
            return refuse(
                format!("the reason has {count} characters, and {REASON_CHARACTERS_MAX} are taken."),
                "write it shorter, and the rest as a note.",
            );
        }
        let facts = !one.step.done_when.is_empty();
        if one.state == Progress::Done && facts {
            return refuse(format!("step “{id}” is done already; “!status” shows it."), "leave it as it is.");
        }
        self.say(id, Mark::Skipped, reason)?;
        did(format!("Step “{id}” is not needed; “!status” shows why.{}", self.next()?))
    }

    /// The step that is called so, as it stands now.
    fn step(&self, name: &str) -> Result<Result<Standing<'t>, Refused>> {
        let playbook = &self.desk.policy.profile.playbook;
        let Some(step) = playbook.step(name) else {
            let ids = playbook.0.iter().map(|step| step.id.as_str());
            let near = nearest(name, ids).map_or(String::new(), |near| format!(" Did you mean “{near}”?"));
            return Ok(Err(Refused {
                why: format!("there is no step “{name}”.{near}"),
                remedy: "write it as “!status” shows it.".to_owned(),
            }));
        };
        let state = self.current()?.state;
        if state.is_over() || state == State::Held {
            return Ok(Err(Refused {
                why: format!("the case is in the state “{state}”: none of its steps is to be done."),
                remedy: "open it again first, with “!reopen”, in the line above.".to_owned(),
            }));
        }
        let all = self.standing()?;
        let one = all.into_iter().find(|one| one.step.id == step.id);
        one.context("Every step stands somehow").map(Ok)
    }

    fn standing(&self) -> Result<Vec<Standing<'t>>> {
        let situation = self.desk.rows.steps().situation(self.case)?;
        let situation = situation.with_context(|| format!("case {} is gone", self.case))?;
        Ok(standing(&self.desk.policy.profile.playbook, &self.desk.policy.calendar, &situation, self.desk.now))
    }

    fn say(&self, step: &str, mark: Mark, reason: &str) -> Result<()> {
        let saying = Saying {
            case: self.case,
            step,
            mark,
            reason,
            sealed: self.mail.incoming.sealed,
            person: Some(self.by.person.id),
            at: self.desk.now,
        };
        steps::say(self.desk, (self.by.person.address.as_str(), self.by.proof.as_str()), &saying)
    }

    /// What is to do next: a sentence with a blank before it, behind the answer to the last command.
    pub(super) fn next(&self) -> Result<String> {
        if !self.is_last {
            return Ok(String::new());
        }
        let all = self.standing()?;
        first_to_do(&all).map_or_else(
            || Ok(" Nothing else can be done now.".to_owned()),
            |one| -> Result<String> {
                let ways = Ways::of(self.desk.rows, self.case, self.desk.house.members.is_some())?;
                let due = one.due_at.map_or(String::new(), |at| match at <= self.desk.now {
                    true => format!(", overdue since {}", shown(at)),
                    false => format!(", by {}", shown(at)),
                });
                let how = ways.how(one.step);
                let how = if how.is_empty() { String::new() } else { format!(" ({how})") };
                Ok(format!(" Next: {}{due}{how}.", ways.title(one.step)))
            },
        )
    }
}
