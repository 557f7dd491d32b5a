//! The desk is killed (SIGKILL) at every commit and at every step of SMTP, with faults mixed in, and started again:
//! nothing is lost, nothing is done twice. `EMBARGOD_DEPTH=25` tries every point, 1 (the default) a spread of them.

mod alike;
pub mod chance;
mod commits;
mod desk;
mod disclosure;
mod faults;
mod outcome;
mod plan;
mod renumbered;
pub mod server;
mod steps;
mod twenty;

use std::collections::BTreeSet;
use std::io::Write;

/// At this depth every point is tried.
const DEPTH_OF_ALL: usize = 25;
/// Names one point: only that is tried.
const REPLAY: &str = "EMBARGOD_CRASH_POINT";

/// The points of `1..=total` that are tried: some from every part of the run, and always the same ones.
fn points(total: usize) -> BTreeSet<usize> {
    match replayed() {
        Some(point) => [point].into(),
        None => spread(total, (total * depth()).div_ceil(DEPTH_OF_ALL).clamp(1, total)),
    }
}

/// The only point to try, if one is named.
fn replayed() -> Option<usize> {
    std::env::var(REPLAY).ok().map(|point| point.parse().expect("the number of a point"))
}

fn depth() -> usize {
    std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("EMBARGOD_DEPTH is a number"))
}

/// `count` numbers of `1..=total`, one from each of as many equal parts. Which one of its part changes from part to
/// part: what repeats in a run, as the steps of each letter do, is not met at the same place every time.
fn spread(total: usize, count: usize) -> BTreeSet<usize> {
    let edge = |part: usize| part * total / count;
    (0..count)
        .map(|part| {
            let mixed = (part + 1).wrapping_mul(0x9E37_79B9) >> 8;
            1 + edge(part) + mixed % (edge(part + 1) - edge(part))
        })
        .collect()
}

/// Says what is tried next: the last of these lines, shown when the test fails, is the point that failed.
fn trying(test: &str, what: &str, point: usize, total: usize) {
    println!("killed at {what} {point} of {total}; replay with: {REPLAY}={point} cargo test crash::{test}");
}

/// A line that is shown although the test went well.
fn report(line: &str) {
    writeln!(std::io::stderr(), "crash: {line}").expect("standard error");
}

#[test]
fn the_points_tried_are_spread_and_at_full_depth_they_are_all() {
    let few = spread(500, 20);
    assert_eq!(few.len(), 20);
    assert!(few.iter().enumerate().all(|(part, point)| (part * 25 + 1..=part * 25 + 25).contains(point)), "{few:?}");
    assert!(few.iter().map(|point| point % 8).collect::<BTreeSet<_>>().len() > 4, "{few:?}");
    assert_eq!(spread(37, 37), (1..=37).collect());
}
