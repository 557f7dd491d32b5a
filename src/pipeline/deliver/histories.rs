//! Random histories of a desk, through the real store, desk and gate: at no moment does labelled text leave to anybody
//! who is not cleared for it then, and what is cleared and due does leave. Most are without mail, seals and a carrier,
//! so that there can be many; those of `bytes` have all of it.
#![cfg(test)]

mod broken;
mod bytes;
mod disclosing;
mod event;
mod leaving;
mod model;
mod operation;
mod play;

use anyhow::Result;

use self::broken::Lie;
use self::operation::Operation;
use self::play::{KEPT_BACK, LEAKED, Tally, play};
use crate::chance::Chance;
use crate::desk::House;
use crate::desk::testing::house;
use crate::policy::Policy;
use crate::rules::limits::Limits;
use crate::store::{Rows, Store};

/// Histories in `make test`, and for each step of `EMBARGOD_DEPTH` beyond: 1,000,000 at a depth of 25.
const HISTORIES: u64 = 10_000;
const HISTORIES_A_DEPTH: u64 = 40_000;
/// Of those with mail and bytes, for each step of depth.
const HISTORIES_IN_BYTES: u64 = 40;
/// Each thread plays in a database of its own, in memory.
const THREADS: u64 = 2;
/// Names the seed of one history: only that is played.
const REPLAY: &str = "EMBARGOD_HISTORY";

fn depth() -> u64 {
    std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("EMBARGOD_DEPTH is a number"))
}

fn histories() -> u64 {
    if depth() > 1 { depth() * HISTORIES_A_DEPTH } else { HISTORIES }
}

/// The only one to play, if one is named.
fn replayed() -> Option<u64> {
    std::env::var(REPLAY).ok().map(|seed| seed.parse().expect("the seed of a history"))
}

/// A history that broke what must hold.
#[derive(Debug)]
struct Broken {
    seed: u64,
    why: String,
    /// As few operations as still break it.
    operations: Vec<Operation>,
}

impl Broken {
    fn told(&self) -> String {
        let operations: Vec<String> = (1..).zip(&self.operations).map(|(at, one)| format!("  {at}. {one:?}")).collect();
        let replay = format!("replay with: {REPLAY}={} cargo test --lib histories", self.seed);
        format!("{}\n{}\n{replay}", self.why, operations.join("\n"))
    }
}

/// Plays histories, each from its seed, until one is broken.
async fn play_all(seeds: impl Iterator<Item = u64> + Send + 'static, lie: Lie) -> Result<Tally, Broken> {
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        let mut stage = Stage::new(rows, lie);
        let mut all = Tally::default();
        for seed in seeds {
            let operations = operation::history(&mut Chance::of(seed));
            match stage.play(&operations) {
                Ok(tally) => all.add(&tally),
                Err(problem) => {
                    let why = format!("{problem:#}");
                    if lie != Lie::None && !why.starts_with(lie.noticed_as()) {
                        continue; // It does harm of another kind, too; that of its own kind is to be found.
                    }
                    let (operations, why) = stage.shrunk(operations, why);
                    return Ok(Err(Broken { seed, why, operations }));
                }
            }
        }
        Ok(Ok(all))
    });
    played.await.unwrap()
}

/// What all histories of a thread are played on. Each leaves it as it was.
struct Stage<'r> {
    rows: Rows<'r>,
    policy: Policy,
    house: House,
    lie: Lie,
}

impl<'r> Stage<'r> {
    fn new(rows: Rows<'r>, lie: Lie) -> Self {
        let house = House { limits: Limits { answers_per_hour: 3, ..Limits::default() }, ..house() };
        Self { rows, policy: Policy::load("xen", None, None, "example.org").unwrap(), house, lie }
    }

    fn play(&mut self, operations: &[Operation]) -> Result<Tally> {
        self.rows.save()?;
        let played = play(self.rows, &mut self.policy, &self.house, self.lie, operations);
        self.rows.undo_saved()?;
        played
    }

    /// Without every operation that does not matter for what went wrong.
    fn shrunk(&mut self, mut operations: Vec<Operation>, mut why: String) -> (Vec<Operation>, String) {
        let kind = |why: &str| [LEAKED, KEPT_BACK].into_iter().find(|kind| why.starts_with(kind));
        let mut at = operations.len();
        while at > 0 {
            at -= 1;
            let mut fewer = operations.clone();
            fewer.remove(at);
            let Err(problem) = self.play(&fewer) else { continue };
            let problem = format!("{problem:#}");
            if kind(&problem) == kind(&why) {
                (why, operations) = (problem, fewer);
                at = operations.len().min(at + 1);
            }
        }
        (operations, why)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_labelled_text_reaches_anybody_who_is_not_cleared_at_that_moment() {
    if let Some(seed) = replayed() {
        println!("{:#?}", operation::history(&mut Chance::of(seed)));
        play_all([seed].into_iter(), Lie::None).await.unwrap_or_else(|broken| panic!("{}", broken.told()));
        return;
    }
    let count = histories();
    let threads = (0..THREADS).map(|first| {
        let seeds = (first..count).step_by(THREADS as usize);
        tokio::spawn(play_all(seeds, Lie::None))
    });
    let mut all = Tally::default();
    for thread in threads.collect::<Vec<_>>() {
        let tally = thread.await.unwrap().unwrap_or_else(|broken| panic!("{}", broken.told()));
        all.add(&tally);
    }
    println!("{count} histories: {all:?}");
    // Who sends nothing leaks nothing: each of these has to happen often.
    assert!(all.handed_over > count * 2, "{all:?}");
    assert!(all.of_labelled > count, "{all:?}");
    assert!(all.in_cipher > count / 10, "{all:?}");
    assert!(all.barred_at_once > count, "{all:?}");
    assert!(all.stopped_since > count / 10, "{all:?}");
    assert!(all.waited_for_certificate > count / 50, "{all:?}");
    assert!(all.of_advisories > count / 4 && all.to_members > count / 20 && all.to_the_world > count / 40, "{all:?}");
    assert!(all.held > count / 40, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_of_a_mail_lies_in_a_letter_to_somebody_who_may_not_read_it() {
    let world = bytes::World::new().await;
    let mut all = bytes::Found::default();
    let seeds = replayed().map_or(0..HISTORIES_IN_BYTES * depth(), |seed| seed..seed + 1);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let events = event::history(&mut Chance::of(seed));
        match world.play(&events).await {
            Ok(found) => all.add(&found),
            Err(problem) => panic!(
                "{problem:#}
{events:#?}
replay with: {REPLAY}={seed} cargo test --lib no_word"
            ),
        }
    }
    println!("{count} histories: {all:?}");
    let often = |times: usize| times as u64 >= count || count == 1;
    assert!(often(all.letters) && often(all.words) && often(all.words_in_cipher * 2), "{all:?}");
    assert!(often(all.to_outsiders * 4) && often(all.blocked * 8), "{all:?}");
}

#[tokio::test]
async fn the_gate_broken_in_one_place_is_caught_by_a_history() {
    for lie in Lie::ALL {
        let Err(broken) = play_all(0..HISTORIES, lie).await else { panic!("nobody noticed: {lie:?}") };
        assert!(broken.why.starts_with(lie.noticed_as()), "{lie:?}: {}", broken.told());
        println!("{lie:?}: {}\n", broken.told());
    }
}

#[test]
fn a_seed_gives_the_same_history_again() {
    let shown = |seed| format!("{:?}", operation::history(&mut Chance::of(seed)));
    assert_eq!(shown(3), shown(3));
    assert_ne!(shown(3), shown(4));
}
