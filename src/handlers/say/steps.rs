//! How the steps of a case stand, drawn for the team so that one screen tells: done, due, overdue, waiting for what.

use anyhow::Result;

use crate::desk::Desk;
use crate::policy::letters::{shown, typeset};
use crate::rules::label::{CaseId, Label, Labels};
use crate::rules::playbook::{Fact, Mark, Progress, Standing, standing};

/// Stands before each line of a reason.
const MARK: &str = "  | ";
const LINE_CHARACTERS_MAX: usize = 72;

/// Lines for “!status”; `labels` are joined by those of what they show.
pub fn lines(desk: &Desk<'_>, number: CaseId, labels: &mut Labels) -> Result<Vec<String>> {
    let Some(situation) = desk.rows.steps().situation(number)? else { return Ok(Vec::new()) };
    let steps = standing(&desk.policy.profile.playbook, &desk.policy.calendar, &situation, desk.now);
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = vec![String::new(), "Steps, with the paragraphs of the policy:".to_owned()];
    let width = steps.iter().map(|one| one.step.id.chars().count()).max().unwrap_or(0);
    let paragraph = steps.iter().map(|one| one.step.policy.chars().count()).max().unwrap_or(0);
    let all_said = desk.rows.steps().said(number)?;
    for one in &steps {
        let skipped = all_said.iter().any(|said| said.mark == Mark::Skipped && said.step == one.step.id);
        let line =
            format!("{} {:paragraph$}  {:width$}  {}", sign(one), one.step.policy, one.step.id, stands(one, skipped));
        lines.push(line.chars().take(LINE_CHARACTERS_MAX).collect());
    }
    for said in all_said {
        if said.mark == Mark::Skipped {
            labels.join(&Labels::of(Label::Case { case: number, sealed: said.sealed }));
            lines.push(String::new());
            let by = typeset::one_line(&said.by, LINE_CHARACTERS_MAX);
            lines.push(format!("“{}” is not needed ({by}, {}):", said.step, shown(said.at)));
            lines.extend(said.reason.lines().map(|text| format!("{MARK}{text}")));
        }
    }
    Ok(lines)
}

/// “dates”, “advisory” and “patches”.
pub fn quoted(ids: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("“{}”", id.as_ref())).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

fn sign(one: &Standing<'_>) -> &'static str {
    match one.state {
        Progress::Done => "[x]",
        Progress::Skipped => "[-]",
        Progress::Overdue => "[!]",
        Progress::Due => "[>]",
        Progress::Open => "[ ]",
        Progress::Waiting => "[…]",
    }
}

/// In words; `skipped`: somebody said that it is not needed.
fn stands(one: &Standing<'_>, skipped: bool) -> String {
    let at = one.due_at.map(shown);
    match (one.state, at) {
        (Progress::Done, _) => "done".to_owned(),
        (Progress::Skipped, _) if !skipped && one.step.when.contains(&Fact::Decided) => "none so far".to_owned(),
        (Progress::Skipped, _) => "not needed".to_owned(),
        (Progress::Overdue, Some(at)) => format!("OVERDUE since {at}"),
        (Progress::Due, Some(at)) => format!("due {at}"),
        (Progress::Open, Some(at)) => format!("by {at}"),
        (Progress::Open | Progress::Due | Progress::Overdue, None) => "to be done".to_owned(),
        (Progress::Waiting, _) if one.waits_for.is_empty() => "waits".to_owned(),
        (Progress::Waiting, _) => format!("after {}", one.waits_for.join(", ")),
    }
}
