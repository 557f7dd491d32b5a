//! What a command may do to the state of a case, written down once more and from another side: a table of its own, by
//! the verbs that people type. It shares nothing with `rules::life` but the names of the states.

use std::collections::BTreeSet;

use crate::rules::command::{Affected, Role};
use crate::rules::label::CaseId;
use crate::rules::life::State::{self, *};
use crate::rules::playbook::{Fact, Playbook};
use crate::store::Rows;
use crate::store::advisories::Stage;
use crate::store::participants::State as Standing;
use crate::store::testing::is_remarked;

/// The states a case may be in after a command that was carried out. None: it must not have been.
pub fn may_follow(before: State, verb: &str, typed: &str) -> Vec<State> {
    let alive = [Triage, Confirmed, Embargoed, Public, Predisclosed, Released];
    let secret = [Triage, Confirmed, Embargoed, Predisclosed];
    let ends = [Triage, Confirmed, Embargoed, Public];
    match verb {
        "confirm" => match before {
            Triage => vec![Confirmed],
            Confirmed | Embargoed | Public | Predisclosed => vec![before],
            _ => vec![],
        },
        "invalid" if ends.contains(&before) => vec![Invalid],
        "duplicate" if ends.contains(&before) => vec![Duplicate],
        "passed" if ends.contains(&before) => vec![Passed],
        "embargo" => match before {
            // Other dates may be said before anybody agrees to any.
            Triage | Confirmed if typed.contains(' ') => vec![before, Embargoed],
            Triage | Confirmed | Embargoed => vec![Embargoed],
            Predisclosed => vec![Predisclosed],
            _ => vec![],
        },
        "public" | "exploited" if secret.contains(&before) || before == Public => vec![Public],
        // Somebody sent it by hand. Of a case that was opened again it may have been done before.
        "done" if typed.contains("publish") => match before {
            Triage | Confirmed | Embargoed | Public | Predisclosed | Released => vec![before, Released],
            _ => vec![],
        },
        "done" if typed.contains("no-patch-advisory") => match before {
            Embargoed | Predisclosed => vec![before, Predisclosed],
            _ => vec![before],
        },
        "spam" if before == Triage => vec![Invalid],
        "reopen" => match before {
            Invalid | Duplicate | Passed => vec![Triage],
            // Nothing else closes a case in these histories but the end of its steps, after its release.
            Closed => vec![Released],
            Public => vec![Confirmed],
            _ => vec![],
        },
        "assign" | "severity" | "affects" | "patch" | "credit" if alive.contains(&before) => vec![before],
        "invalid" | "duplicate" | "passed" | "public" | "exploited" | "spam" => vec![],
        "assign" | "severity" | "affects" | "patch" | "credit" => vec![],
        _ => vec![before],
    }
}

/// Verbs that need no signature: they change nothing of a case.
pub fn only_looks(verb: &str) -> bool {
    ["help", "status", "export"].contains(&verb)
}

/// Verbs that a reply address and our own server's word are enough for, too.
pub fn needs_no_signature(verb: &str) -> bool {
    only_looks(verb) || verb == "tell"
}

/// Verbs after which the dates of a case may be others.
pub fn may_date(verb: &str) -> bool {
    ["embargo", "public", "exploited", "reopen", "duplicate"].contains(&verb)
}

/// What a case has to have before a step of it may be said to be done.
pub struct Steps<'a> {
    pub rows: Rows<'a>,
    pub playbook: &'a Playbook,
    /// Of which somebody said that they are done, or not needed.
    pub said: &'a BTreeSet<(CaseId, String)>,
}

impl Steps<'_> {
    /// The steps that come first and are not over; the step itself, if nobody can say of it that it is done.
    pub fn missing(&self, case: CaseId, step: &str) -> Vec<String> {
        let Some(found) = self.playbook.0.iter().find(|one| one.id == step) else { return vec![step.to_owned()] };
        if self.is_over(case, step) {
            return Vec::new();
        }
        // What the desk does not do by itself somebody did by hand, and says so.
        let by_hand = [Fact::Predisclosed, Fact::Unpatched, Fact::Released];
        let by_fact = !found.done_when.is_empty() && !found.done_when.iter().any(|fact| by_hand.contains(fact));
        let needs_more = by_fact.then(|| step.to_owned());
        let at_once = found.at_once.iter().any(|fact| self.holds(case, *fact));
        // Who sent it by hand wrote it by hand.
        let sent = found.done_when.iter().any(|fact| [Fact::Predisclosed, Fact::Released].contains(fact));
        let before = found.after.iter().filter(|id| !(at_once || sent && *id == "advisory"));
        before.filter(|id| !self.is_over(case, id)).cloned().chain(needs_more).collect()
    }

    fn is_over(&self, case: CaseId, id: &str) -> bool {
        let step = self.playbook.0.iter().find(|one| one.id == id).unwrap();
        let state = self.rows.cases().get(case).unwrap().unwrap().state;
        let facts = !step.done_when.is_empty() && step.done_when.iter().all(|fact| self.holds(case, *fact));
        let needless = step.unless.iter().any(|fact| self.holds(case, *fact))
            || !step.when.iter().all(|fact| self.holds(case, *fact));
        let closed = [Invalid, Duplicate, Passed, Closed].contains(&state);
        facts || needless || closed || self.said.contains(&(case, id.to_owned()))
    }

    /// As the policy reads, not as the table of facts is made.
    fn holds(&self, case: CaseId, fact: Fact) -> bool {
        let one = self.rows.cases().get(case).unwrap().unwrap();
        let facts = self.rows.facts();
        match fact {
            Fact::Owned => one.owner.is_some(),
            Fact::Confirmed => one.confirmed_at.is_some(),
            Fact::DatesAgreed => one.agreed_at.is_some(),
            Fact::Numbered => !facts.advisories(case).unwrap().is_empty(),
            Fact::Rated => !facts.severities(case).unwrap().is_empty(),
            Fact::Affected => !facts.branches(case).unwrap().is_empty(),
            Fact::Patched => {
                let patches = facts.patches(case).unwrap();
                let has_one = |branch: &String| patches.iter().any(|patch| patch.branches.contains(branch));
                let branches = facts.branches(case).unwrap();
                let affected = branches.iter().filter(|branch| branch.affected != Affected::No);
                !patches.is_empty() && affected.into_iter().all(|branch| has_one(&branch.name))
            }
            Fact::Decided => !facts.decisions(case).unwrap().is_empty(),
            Fact::Public | Fact::Exploited => one.state == Public || one.state == Released || one.state == Closed,
            Fact::Cve => {
                let cases = self.rows.cases();
                !cases.numbers(case).unwrap().is_empty() || is_remarked(self.rows, case, "no-cve")
            }
            Fact::OthersTold => self
                .rows
                .participants()
                .of(case)
                .unwrap()
                .iter()
                .any(|one| one.state == Standing::Active && matches!(one.role, Role::Coordinator | Role::Vendor)),
            // No step waits for that.
            Fact::Acknowledged => true,
            Fact::CveAsked => one.cve_requested_at.is_some() || self.holds(case, Fact::Cve),
            Fact::Predisclosed | Fact::Unpatched => one.state == Predisclosed,
            Fact::Released => one.released_at.is_some(),
            Fact::Drafted | Fact::ForMembers | Fact::Held => false,
            Fact::AdvisoryApproved => {
                let numbers = facts.advisories(case).unwrap();
                let approved = self.rows.advisories().of_case(case).unwrap().into_iter();
                let approved: Vec<i64> =
                    approved.filter(|one| one.stage != Stage::Draft).map(|one| one.number).collect();
                !numbers.is_empty() && numbers.iter().all(|number| approved.contains(number))
            }
        }
    }
}
