//! What a seed makes of the twenty mails: which come, in which order and who cannot be reached (a history), and what
//! goes wrong meanwhile (a plan). Two desks with the same history must come to the same, whatever the plan.

use super::chance::Chance;
use super::desk::Way;
use super::server::{Fault, Refusal, Step, Wrong};
use super::twenty;

/// What comes to a desk.
pub struct History {
    /// In the order in which they come.
    pub mails: Vec<Vec<u8>>,
    pub refusals: Vec<Refusal>,
}

impl History {
    pub fn of(seed: u64, twenty: &[Vec<u8>]) -> Self {
        let chance = &mut Chance::of(seed);
        let mut mails = twenty.to_vec();
        if !chance.once_in(3) {
            chance.shuffle(&mut mails);
        }
        for number in 0..chance.number(0..=3) {
            // By another way: other bytes, no other effect.
            let mut again = format!("Received: from alias{number}.example.org by mx.example.org\r\n").into_bytes();
            let first = chance.number(0..=mails.len() - 1);
            again.extend(&mails[first]);
            mails.insert(chance.number(first + 1..=mails.len()), again);
        }
        let reporter = twenty::reporter(chance.number(1..=twenty::REPORTERS));
        let mut unreachable = vec![reporter.as_str(), "alice@example.org", "bob@example.org", "mallory@example.com"];
        chance.shuffle(&mut unreachable);
        unreachable.truncate(chance.number(0..=2));
        let refusals = unreachable
            .into_iter()
            .map(|to| Refusal { to: to.to_owned(), at: *chance.one(&[Step::Rcpt, Step::Data, Step::Dot]) })
            .collect();
        Self { mails, refusals }
    }
}

/// Where a run is killed, unless it ends before.
#[derive(Clone, Copy, Debug)]
pub enum Kill {
    Commit(Way, usize),
    Step(usize),
}

/// One run that is to be killed, and what is before it.
#[derive(Debug)]
pub struct Run {
    /// How many mails have come in all when it starts.
    pub mails: usize,
    /// How long nothing runs before it.
    pub rest_seconds: i64,
    pub kill: Kill,
}

/// What goes wrong for a desk.
#[derive(Debug)]
pub struct Plan {
    pub runs: Vec<Run>,
    /// Mails whose bytes come again: which, and after how many mails.
    pub again: Vec<(usize, usize)>,
    pub faults: Vec<Fault>,
}

impl Plan {
    /// For a history of so many mails, whose desk passes so many commit points and steps of SMTP when nothing is wrong.
    pub fn of(seed: u64, mails: usize, points: usize, steps: usize) -> Self {
        let chance = &mut Chance::of(seed);
        let kills = chance.number(1..=3);
        let later = chance.once_in(2);
        let mut here = if later { chance.number(1..=mails) } else { mails };
        let mut runs = Vec::new();
        for number in 0..kills {
            let first = number == 0;
            let kill = match chance.number(1..=3) {
                1 => Kill::Step(chance.number(1..=steps / kills)),
                // The daemon does not end by itself: so early that it gets there whatever the mail server does, for
                // each mail is committed when it comes and when it is handled.
                2 if first => Kill::Commit(Way::Forever, chance.number(1..=4 * here)),
                _ => Kill::Commit(Way::Once, chance.number(1..=points / kills)),
            };
            let rest_seconds = if later && !first { *chance.one(&[0, 31, 61, 125, 1000]) } else { 0 };
            runs.push(Run { mails: here, rest_seconds, kill });
            here = chance.number(here..=mails);
        }
        let again = (0..chance.number(0..=3))
            .map(|_| {
                let which = chance.number(0..=mails - 1);
                (which, chance.number(which + 1..=mails))
            })
            .collect();
        let faults = (0..chance.number(1..=4))
            .map(|number| Fault {
                from: chance.number(1..=steps),
                // Only one lasts: each time may postpone the last letter by half an hour, and the day must not end.
                times: if number == 0 && chance.once_in(2) { chance.number(2..=12) } else { 1 },
                wrong: *chance.one(&[Wrong::Later, Wrong::Gone, Wrong::Unanswered]),
            })
            .collect();
        Self { runs, again, faults }
    }
}
