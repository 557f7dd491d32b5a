//! What was found out about a case, line by line, for the team. No line of it is a command when it comes back in a quote.

use anyhow::Result;

use crate::desk::Desk;
use crate::policy::letters::{shown, typeset};
use crate::rules::branches;
use crate::rules::command::Affected;
use crate::rules::label::{CaseId, Label, Labelled, Labels};
use crate::store::cases::Number;
use crate::store::facts::{Patch, Thanked};

/// A name stands on one line.
const LINE_CHARACTERS_MAX: usize = 300;
/// Stands before each line of a text somebody wrote.
const MARK: &str = "  | ";

/// The lines, with the labels of all that they show.
pub fn facts(desk: &Desk<'_>, case: CaseId) -> Result<Labelled<Vec<String>>> {
    let facts = desk.rows.facts();
    let mut labels = Labels::case(case);
    let mut sealed = |sealed: bool| labels.join(&Labels::of(Label::Case { case, sealed }));
    let mut lines = Vec::new();
    let profile = &desk.policy.profile.advisory;
    let advisories = facts.advisories(case)?;
    if !advisories.is_empty() {
        lines.push(format!("advisory:      {}", profile.all_called(&advisories)));
    }
    let numbers = desk.rows.cases().numbers(case)?;
    if numbers.is_empty()
        && let Some(requested) = desk.rows.cases().get(case)?.and_then(|case| case.cve_requested_at)
    {
        lines.push(format!("CVE:           requested on {}", shown(requested)));
    }
    for Number { id, advisory, .. } in numbers {
        let of = advisory.map_or_else(String::new, |number| format!(", of {}", profile.called(number)));
        lines.push(format!("CVE:           {id}{of}"));
    }
    for severity in facts.severities(case)? {
        sealed(severity.sealed);
        lines.push(format!("severity:      {} ({}), by CVSS {}", severity.score, severity.rating, severity.version));
        lines.push(format!("  {}", severity.vector));
    }
    let branches = facts.branches(case)?;
    heading(&mut lines, "Branches:", !branches.is_empty());
    for branch in branches {
        sealed(branch.sealed);
        let affected = match &branch.affected {
            Affected::Yes => "affected".to_owned(),
            Affected::No => "not affected".to_owned(),
            Affected::Versions(versions) => format!("affected are {}", line(versions)),
        };
        lines.push(format!("- {}: {affected}", line(&branch.name)));
    }
    let patches = facts.patches(case)?;
    heading(&mut lines, "Patches:", !patches.is_empty());
    for one in patches {
        sealed(one.sealed);
        lines.extend(patch(&one));
    }
    let thanked = facts.thanked(case)?;
    heading(&mut lines, "The advisory will thank, in this order:", !thanked.is_empty());
    for one in thanked {
        sealed(one.sealed);
        lines.push(format!("- {}", thanks(&one)));
    }
    let decisions = facts.decisions(case)?;
    heading(&mut lines, "Decisions, which are to be published after the release:", !decisions.is_empty());
    for decision in decisions {
        sealed(decision.sealed);
        lines.push(format!("- of {}, {}:", line(&decision.by), shown(decision.at)));
        lines.extend(decision.text.lines().map(|text| format!("{MARK}{text}")));
    }
    Ok(Labelled::new(labels, lines))
}

/// A patch, with its hash in a line of its own.
pub fn patch(patch: &Patch) -> [String; 2] {
    [format!("- {}, for {}", patch.name, branches::in_words(&patch.branches)), format!("  {}", patch.sha256)]
}

fn thanks(thanked: &Thanked) -> String {
    match (&thanked.name, &thanked.reporter) {
        (Some(name), Some(reporter)) => format!("{} (the discoverer {})", line(name), reporter.address),
        (Some(name), None) => line(name),
        (None, Some(reporter)) if thanked.anonymous => {
            format!("(the discoverer {}: anonymous)", reporter.address)
        }
        (None, Some(reporter)) => format!("(the discoverer {}: gave no name)", reporter.address),
        (None, None) => String::new(), // Not reached: the team named them.
    }
}

fn heading(lines: &mut Vec<String>, heading: &str, is_needed: bool) {
    if is_needed {
        lines.push(String::new());
        lines.push(heading.to_owned());
    }
}

fn line(text: &str) -> String {
    typeset::one_line(text, LINE_CHARACTERS_MAX)
}
