//! The embargo as a property: random histories of cases with advisories, of people and of time, on a local instance. Each case
//! has words of its own in every field it has: before its hour nothing that the public can see holds any of them.
//! `EMBARGOD_DISCLOSURES=<seed>` replays one history.

mod play;
mod seen;

use std::io::Write;

use play::{Play, Tally};

/// At depth 1.
const HISTORIES: u64 = 4;
const OPERATIONS: usize = 50;
const REPLAY: &str = "EMBARGOD_DISCLOSURES";

#[test]
fn before_its_hour_nothing_public_holds_a_word_of_a_case() {
    let depth: u64 = std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("a number"));
    let replayed = std::env::var(REPLAY).ok().map(|seed| seed.parse::<u64>().expect("a seed"));
    let seeds = replayed.map_or(1..=HISTORIES * depth, |seed| seed..=seed);
    let mut tally = Tally::default();
    for seed in seeds {
        println!("replay with: {REPLAY}={seed} cargo test disclosures");
        let mut play = Play::new(seed);
        for _ in 0..OPERATIONS {
            play.goes_on();
        }
        play.ends();
        tally.add(&play.tally);
    }
    writeln!(std::io::stderr(), "disclosures: {tally:?}").expect("standard error");
    if replayed.is_none() {
        tally.is_worth_something();
    }
}
