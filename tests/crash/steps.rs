//! Killed at each step of handing letters to the mail server.

use std::collections::BTreeMap;

use super::desk::Desk;
use super::outcome::{Outcome, Undecided};
use super::server::{Step, Tls};
use super::{points, report, trying};

#[test]
fn killed_at_any_step_of_smtp_the_desk_comes_to_the_same() {
    let tls = Tls::new();
    let undisturbed = Outcome::undisturbed(&tls);
    let steps = &undisturbed.steps;
    let mut chosen = points(steps.len());
    if std::env::var_os(super::REPLAY).is_none() {
        // Each kind of step at least once, whatever the spread met.
        let mut firsts = BTreeMap::new();
        for (step, number) in steps.iter().zip(1..) {
            firsts.entry(*step).or_insert(number);
        }
        chosen.extend(firsts.values());
    }
    let mut doubled: BTreeMap<Step, usize> = BTreeMap::new();
    for number in &chosen {
        let step = steps[number - 1];
        trying("steps", &format!("{step:?}, SMTP step"), *number, steps.len());
        let desk = Desk::with_maildir(&tls, &undisturbed.mails);
        desk.dies_at_step(*number);
        assert_eq!(desk.server.steps(), steps[..*number], "up to there the run is the same");
        let undecided = Undecided::of(&desk);
        match step {
            Step::Accepted => assert_eq!(undecided.arrived.len(), 1, "the undecidable point"),
            Step::Answered => {} // It may have read the answer, and may have noted that.
            _ => assert!(undecided.arrived.is_empty(), "{undecided:?}"),
        }
        desk.runs();
        *doubled.entry(step).or_default() += undisturbed.compare(&desk, &undecided);
    }
    doubled.retain(|_, count| *count > 0);
    report(&format!("{} of {} SMTP steps, letters sent again by step: {doubled:?}", chosen.len(), steps.len()));
}
