//! What completes a step of a case as it stands now: whether something is drafted or approved, whether somebody holds the
//! case, and what of it the desk does by itself.

use anyhow::{Context, Result};

use super::steps::quoted;
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::rules::playbook::{Fact, Playbook, Situation, Step};
use crate::store::Rows;
use crate::store::advisories::{Stage, Version};

/// A case, as far as what completes its steps depends on it.
pub struct Ways {
    situation: Situation,
    /// Who holds it, by name or address.
    holder: Option<String>,
    /// What waits for approval.
    drafts: Vec<Version>,
    /// The desk sends to members.
    to_members: bool,
}

impl Ways {
    pub fn of(rows: Rows<'_>, case: CaseId, to_members: bool) -> Result<Self> {
        let situation = rows.steps().situation(case)?.with_context(|| format!("case {case} is gone"))?;
        let holder = match rows.advisories().held(case)? {
            Some(hold) => Some(rows.people().get(hold.person)?.called().to_owned()),
            None => None,
        };
        let drafts = match situation.facts.contains_key(&Fact::Drafted) {
            true => rows.advisories().of_case(case)?.into_iter().filter(|one| one.stage == Stage::Draft).collect(),
            false => Vec::new(),
        };
        Ok(Self { situation, holder, drafts, to_members })
    }

    /// Who holds the case; empty: nobody does.
    pub fn holder(&self) -> &str {
        self.holder.as_deref().unwrap_or_default()
    }

    /// What is to do: what is written needs no writing.
    pub fn title(&self, step: &Step) -> String {
        if !step.is_writing() {
            return step.title.clone();
        }
        match self.drafts.as_slice() {
            [] => step.title.clone(),
            [one] if !one.is_sound() => format!("correct version {} of the advisory, which is drafted", one.version),
            [one] => format!("approve version {} of the advisory, which is drafted", one.version),
            several => format!("approve the advisories, of which {} are drafted", several.len()),
        }
    }

    /// What completes it: commands, and what the desk does.
    pub fn how(&self, step: &Step) -> String {
        if step.is_writing() && !self.drafts.is_empty() {
            return self.approval().to_owned();
        }
        if !step.is_of_desk() {
            return step.commands();
        }
        let by_hand = format!("“!done {}”", step.id);
        if step.done_when.contains(&Fact::Predisclosed) && !self.to_members {
            return format!("send it by hand, then {by_hand}");
        }
        let holds = |fact: Fact| self.situation.facts.contains_key(&fact);
        let mut wanted = Vec::new();
        let is_agreed = !matches!(self.situation.state, State::Triage | State::Confirmed);
        if !is_agreed {
            wanted.push("“!embargo”, as the dates are not agreed".to_owned());
        }
        let is_approved = if step.follows_up() { holds(Fact::ForMembers) } else { holds(Fact::AdvisoryApproved) };
        if !is_approved {
            wanted.push(match step.is_unpatched() && self.drafts.is_empty() {
                true => "“!advisory” without patches, and its approval".to_owned(),
                false => self.approval().to_owned(),
            });
        }
        if let Some(holder) = &self.holder {
            wanted.push(format!("“!unhold”, because the case is HELD by {holder}"));
        }
        let desks = match wanted.is_empty() {
            true => "the desk does it by itself".to_owned(),
            false => format!("{}; then the desk does it by itself", wanted.join("; ")),
        };
        match is_approved || !is_agreed {
            true => desks,
            false => format!("{desks}. If somebody did it by hand: {by_hand}"),
        }
    }

    fn approval(&self) -> &'static str {
        match self.drafts.as_slice() {
            [] => "“!advisory”, and its approval",
            drafts if drafts.iter().all(Version::is_sound) => "its approval; the letter that shows it says how",
            _ => "another “!advisory”, and its approval; the letter that shows it says what is wrong",
        }
    }

    /// Why what is planned for a date cannot be done yet, and what to do; or nothing.
    pub fn missing(&self, playbook: &Playbook, missing: &[String]) -> String {
        let writing = |id: &String| playbook.step(id).is_some_and(Step::is_writing) && !self.drafts.is_empty();
        let (unapproved, others): (Vec<_>, Vec<_>) = missing.iter().cloned().partition(writing);
        let mut why = Vec::new();
        if !others.is_empty() {
            why.push(format!("{} {} missing", quoted(&others), if others.len() > 1 { "are" } else { "is" }));
        }
        if !unapproved.is_empty() {
            why.push(format!("{} is not approved", quoted(&unapproved)));
        }
        let mut sentences = Vec::new();
        if let Some(holder) = &self.holder {
            sentences.push(format!("It is HELD by {holder}, and nothing leaves before “!unhold”."));
        }
        if !why.is_empty() {
            sentences.push(format!("It cannot be done yet: {}.", why.join(", and ")));
        }
        let without = playbook.0.iter().find(|step| step.is_unpatched());
        let waits_for_patch =
            |id: &String| playbook.step(id).is_some_and(|step| step.done_when.contains(&Fact::Patched));
        if let Some(without) = without.filter(|_| others.iter().any(waits_for_patch)) {
            sentences.push(format!(
                "If there is no patch in time, it goes without one: “!advisory”, and its approval (step “{}”).",
                without.id
            ));
        }
        if why.is_empty() && matches!(self.situation.state, State::Triage | State::Confirmed) {
            sentences.push("The dates are not agreed: before “!embargo” nothing leaves.".to_owned());
        }
        sentences.join(" ")
    }
}
