//! What happens in a history of mail: plain values.
#![cfg(test)]

use crate::chance::Chance;

/// People who write; the others are lists.
const WRITERS: usize = 6;
const STATES: [&str; 3] = ["asked", "active", "removed"];

#[derive(Clone, Debug)]
pub enum Event {
    /// To security@, or in answer to an earlier mail; `sealed`: it came encrypted.
    Mail {
        who: usize,
        answers: Option<usize>,
        sealed: bool,
    },
    /// A member of the team answers at a reply address; `both`: the discoverer's, too.
    TeamAnswers {
        who: usize,
        case: i64,
        both: bool,
        sealed: bool,
        aligned: bool,
    },
    TakesPart {
        who: usize,
        case: i64,
        state: &'static str,
    },
    Joins {
        who: usize,
    },
    Leaves {
        who: usize,
    },
    Certificate {
        who: usize,
    },
    TakenAway {
        who: usize,
    },
    /// What is due without a mail: alerts, questions for certificates.
    Tick,
    /// So many letters leave.
    Deliver(usize),
    Minutes(i64),
}

/// A history in which two are in the team and somebody has reported something.
pub fn history(chance: &mut Chance) -> Vec<Event> {
    let mut all = vec![Event::Joins { who: 0 }, Event::Joins { who: 1 }];
    all.push(Event::Mail { who: 3, answers: None, sealed: chance.once_in(2) });
    for _ in 0..chance.number(6..=14) {
        let who = chance.number(0..=WRITERS - 1);
        let case = chance.number(1..=2) as i64;
        let sealed = chance.once_in(3);
        all.push(match chance.number(1..=20) {
            1..=3 => Event::Mail { who, answers: chance.once_in(2).then(|| chance.number(0..=5)), sealed },
            4..=7 => {
                let who = *chance.one(&[0, 0, 1, 2]);
                Event::TeamAnswers { who, case, both: !chance.once_in(3), sealed, aligned: !chance.once_in(4) }
            }
            8..=9 => Event::TakesPart { who, case, state: STATES[chance.number(0..=STATES.len() - 1)] },
            10 => Event::Joins { who },
            11 => Event::Leaves { who },
            12..=13 => Event::Certificate { who },
            14 => Event::TakenAway { who },
            15 => Event::Tick,
            16..=19 => Event::Deliver(chance.number(1..=4)),
            _ => Event::Minutes(*chance.one(&[10, 70])),
        });
    }
    all
}
