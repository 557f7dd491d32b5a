//! What can happen at a desk between two moments: plain values, so that a history can be printed, played again and made
//! shorter. Whatever is left out of a history, the rest can still be played.
#![cfg(test)]

use crate::chance::Chance;
use crate::mail::letter::Kind;
use crate::rules::label::{CaseId, Label, VersionId};

/// Everybody there is: a team, people outside it, and two addresses of lists, one by a detail of it.
pub const PEOPLE: [&str; 8] = [
    "alice@example.org",
    "bob@example.org",
    "carol@example.org",
    "dana@example.net",
    "erin@example.net",
    "frank@example.com",
    "xen-announce@lists.example.org",
    "xen-devel+archive@lists.example.org",
];
/// The first of them are who letters are for, mostly.
const INSIDERS: usize = 5;
const STATES: [&str; 4] = ["asked", "active", "active", "removed"];
const CASES_MAX: usize = 3;
const OPERATIONS_MAX: usize = 20;

#[derive(Clone, Debug)]
pub enum Operation {
    OpenCase,
    Find {
        who: usize,
    },
    Reports {
        case: i64,
        who: usize,
    },
    TakesPart {
        case: i64,
        who: usize,
        state: &'static str,
    },
    Joins {
        who: usize,
        moderator: bool,
    },
    Leaves {
        who: usize,
    },
    PublicList {
        who: usize,
        configured: bool,
    },
    Demand {
        team: bool,
        reporters: bool,
    },
    Certificate {
        who: usize,
        hours: Option<i64>,
    },
    Revoked {
        who: usize,
    },
    TakenAway {
        who: usize,
    },
    /// Each piece of a letter has labels of its own: subject, text, sender's name, what rides along.
    Letter {
        to: Vec<usize>,
        kind: Kind,
        pieces: Vec<Vec<Label>>,
    },
    /// One more copy is made ready, and waits behind the others.
    Prepare,
    HandOver(End),
    Release(usize),
    /// The process ends and starts again: what was prepared is gone.
    Restart,
    Minutes(i64),
}

/// What the mail server says, or does not.
#[derive(Clone, Copy, Debug)]
pub enum End {
    Taken,
    NotNow,
    Refused,
    /// The process is killed before it knows.
    Killed,
}

/// A history that begins as most do: a case, a team of two, a reporter, somebody who was let in.
pub fn history(chance: &mut Chance) -> Vec<Operation> {
    let mut all = vec![
        Operation::OpenCase,
        Operation::Joins { who: 0, moderator: chance.once_in(2) },
        Operation::Joins { who: 1, moderator: false },
        Operation::Reports { case: 1, who: 3 },
        Operation::TakesPart { case: 1, who: 4, state: "active" },
    ];
    for _ in 0..chance.number(6..=OPERATIONS_MAX) {
        all.push(operation(chance));
    }
    all
}

fn operation(chance: &mut Chance) -> Operation {
    let who = chance.number(0..=PEOPLE.len() - 1);
    let case = chance.number(1..=CASES_MAX) as i64;
    match chance.number(1..=100) {
        1..=4 => Operation::OpenCase,
        5..=6 => Operation::Find { who },
        7..=10 => Operation::Reports { case, who },
        11..=22 => Operation::TakesPart { case, who, state: STATES[chance.number(0..=STATES.len() - 1)] },
        23..=27 => Operation::Joins { who, moderator: chance.once_in(2) },
        28..=31 => Operation::Leaves { who },
        32..=34 => Operation::PublicList { who: chance.number(4..=7), configured: !chance.once_in(3) },
        35..=36 => Operation::Demand { team: chance.once_in(2), reporters: chance.once_in(2) },
        37..=44 => {
            let hours = chance.once_in(2).then(|| chance.number(1..=4) as i64);
            Operation::Certificate { who, hours }
        }
        45..=46 => Operation::Revoked { who },
        47..=48 => Operation::TakenAway { who },
        49..=68 => letter(chance),
        69..=74 => Operation::Prepare,
        75..=90 => Operation::HandOver(*chance.one(&[End::Taken, End::Taken, End::NotNow, End::Refused, End::Killed])),
        91..=92 => Operation::Release(chance.number(0..=20)),
        93..=94 => Operation::Restart,
        _ => Operation::Minutes(*chance.one(&[1, 10, 60, 150])),
    }
}

fn letter(chance: &mut Chance) -> Operation {
    let mut to: Vec<usize> = (0..PEOPLE.len()).collect();
    chance.shuffle(&mut to);
    if !chance.once_in(3) {
        to.retain(|who| *who < INSIDERS);
    }
    to.truncate(chance.number(1..=4));
    let kind = *chance.one(&[Kind::Relay, Kind::Notice, Kind::Answer, Kind::Acknowledgement, Kind::Post]);
    let theirs: Vec<Label> = (0..*chance.one(&[1, 1, 1, 2, 2, 3])).map(|_| label(chance)).collect();
    let count = chance.number(2..=4);
    let pieces = (0..count).map(|_| labels(chance, &theirs)).collect();
    Operation::Letter { to, kind, pieces }
}

/// Of one piece of a letter that is made of texts with these labels: mostly one of them, or none.
fn labels(chance: &mut Chance, theirs: &[Label]) -> Vec<Label> {
    (0..*chance.one(&[0, 0, 1, 1, 2])).map(|_| *chance.one(theirs)).collect()
}

fn label(chance: &mut Chance) -> Label {
    match chance.number(1..=12) {
        1 => Label::Public,
        2..=4 => Label::Team,
        5 => Label::Members { sealed: false },
        6 => Label::Advisory { version: VersionId(1) },
        // Most of it is of the first case.
        7..=10 => Label::Case { case: CaseId(1), sealed: chance.once_in(3) },
        _ => Label::Case { case: CaseId(chance.number(1..=CASES_MAX) as i64), sealed: chance.once_in(3) },
    }
}
