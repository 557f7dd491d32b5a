//! Killed right before and right after each commit.

use super::desk::{Desk, Way};
use super::outcome::{Outcome, Undecided};
use super::server::Tls;
use super::{points, report, trying};

#[test]
fn killed_at_any_commit_the_desk_comes_to_the_same() {
    let tls = Tls::new();
    let undisturbed = Outcome::undisturbed(&tls);
    let (mut tried, mut doubled) = (0, 0);
    for point in points(undisturbed.points) {
        trying("commits", "commit point", point, undisturbed.points);
        let desk = Desk::with_maildir(&tls, &undisturbed.mails);
        desk.dies_at_commit(Way::Once, point);
        let undecided = Undecided::of(&desk);
        desk.runs();
        doubled += undisturbed.compare(&desk, &undecided);
        tried += 1;
    }
    report(&format!("{tried} of {} commit points, {doubled} letters undecided and sent again", undisturbed.points));
}
