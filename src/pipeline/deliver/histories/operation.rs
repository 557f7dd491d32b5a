//! What can happen at a desk between two moments: plain values, so that a history can be printed, played again and made
//! shorter. Whatever is left out of a history, the rest can still be played.
#![cfg(test)]

use crate::chance::Chance;
use crate::mail::letter::Kind;
use crate::rules::label::{CaseId, Label, VersionId};
use crate::store::advisories::Stage;

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
const VERSIONS_MAX: usize = 3;
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
        members: bool,
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
        /// It brings this version of an advisory, too, if there is such a one.
        brings: Option<i64>,
    },
    Drafts {
        case: i64,
    },
    Advances {
        version: i64,
        from: Stage,
        to: Stage,
    },
    Voids {
        version: i64,
    },
    Holds {
        case: i64,
    },
    Unholds {
        case: i64,
    },
    Member {
        who: usize,
        active: bool,
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
        Operation::Member { who: 5, active: true },
        Operation::Drafts { case: 1 },
    ];
    if chance.once_in(5) {
        all.extend(disclosure(chance));
    } else if chance.once_in(8) {
        all.extend(another_certificate());
    }
    for _ in 0..chance.number(6..=OPERATIONS_MAX) {
        all.push(operation(chance));
    }
    all
}

/// A copy is ready, and its reader has another certificate then.
fn another_certificate() -> Vec<Operation> {
    let thread = Label::Case { case: CaseId(1), sealed: true };
    vec![
        Operation::Certificate { who: 3, hours: None },
        Operation::Letter { to: vec![3], kind: Kind::Relay, pieces: vec![vec![thread], Vec::new()], brings: None },
        Operation::Prepare,
        Operation::Certificate { who: 3, hours: None },
        Operation::HandOver(End::Taken),
    ]
}

/// An advisory on its usual way, with anything between.
fn disclosure(chance: &mut Chance) -> Vec<Operation> {
    let advances = |from, to| Operation::Advances { version: 1, from, to };
    let letter = |kind, to: &[usize]| Operation::Letter {
        to: to.to_vec(),
        kind,
        pieces: vec![Vec::new(), Vec::new()],
        brings: Some(1),
    };
    let way = [
        advances(Stage::Draft, Stage::Approved),
        advances(Stage::Approved, Stage::Predisclosed),
        letter(Kind::Predisclosure, &[5, 2]),
        Operation::Prepare,
        chance
            .one(&[Operation::Holds { case: 1 }, Operation::Member { who: 5, active: false }, Operation::Prepare])
            .clone(),
        Operation::HandOver(End::Taken),
        Operation::Unholds { case: 1 },
        advances(Stage::Predisclosed, Stage::Released),
        Operation::PublicList { who: 6, configured: true },
        letter(Kind::Release, &[6, 5]),
        Operation::HandOver(End::Taken),
    ];
    let mut all = Vec::new();
    for step in way {
        all.push(step);
        if chance.once_in(3) {
            all.push(operation(chance));
        }
    }
    all
}

fn operation(chance: &mut Chance) -> Operation {
    let who = chance.number(0..=PEOPLE.len() - 1);
    let case = chance.number(1..=CASES_MAX) as i64;
    match chance.number(1..=130) {
        1..=4 => Operation::OpenCase,
        5..=6 => Operation::Find { who },
        7..=10 => Operation::Reports { case, who },
        11..=22 => Operation::TakesPart { case, who, state: STATES[chance.number(0..=STATES.len() - 1)] },
        23..=27 => Operation::Joins { who, moderator: chance.once_in(2) },
        28..=31 => Operation::Leaves { who },
        32..=34 => Operation::PublicList { who: chance.number(4..=7), configured: !chance.once_in(3) },
        35..=36 => {
            Operation::Demand { team: chance.once_in(2), members: chance.once_in(2), reporters: chance.once_in(2) }
        }
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
        101..=104 => Operation::Drafts { case: *chance.one(&[1, 1, 1, 2, 3]) },
        105..=114 => {
            let steps = [
                (Stage::Draft, Stage::Approved),
                (Stage::Draft, Stage::Approved),
                (Stage::Approved, Stage::Predisclosed),
                (Stage::Approved, Stage::Released),
                (Stage::Predisclosed, Stage::Released),
            ];
            let (from, to) = *chance.one(&steps);
            Operation::Advances { version: version(chance), from, to }
        }
        115..=116 => Operation::Voids { version: version(chance) },
        117..=119 => Operation::Holds { case: *chance.one(&[1, 1, 2, 3]) },
        120..=122 => Operation::Unholds { case: *chance.one(&[1, 1, 2, 3]) },
        123..=125 => Operation::Member { who, active: !chance.once_in(3) },
        126..=130 => brings(chance),
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
    Operation::Letter { to, kind, pieces, brings: None }
}

/// An advisory to members, to lists, and to whoever should not get it.
fn brings(chance: &mut Chance) -> Operation {
    let Operation::Letter { to, pieces, .. } = letter(chance) else { return Operation::Restart };
    let kind = *chance.one(&[Kind::Predisclosure, Kind::Release]);
    let mut to: Vec<usize> = to.into_iter().chain(*chance.one(&[None, Some(5), Some(6)])).collect();
    to.sort_unstable();
    to.dedup();
    let pieces = if chance.once_in(3) { pieces } else { pieces.iter().map(|_| Vec::new()).collect() };
    Operation::Letter { to, kind, pieces, brings: Some(version(chance)) }
}

/// Mostly the first there is.
fn version(chance: &mut Chance) -> i64 {
    if chance.once_in(3) { chance.number(1..=VERSIONS_MAX) as i64 } else { 1 }
}

/// Of one piece of a letter that is made of texts with these labels: mostly one of them, or none.
fn labels(chance: &mut Chance, theirs: &[Label]) -> Vec<Label> {
    (0..*chance.one(&[0, 0, 1, 1, 2])).map(|_| *chance.one(theirs)).collect()
}

fn label(chance: &mut Chance) -> Label {
    match chance.number(1..=13) {
        1 => Label::Public,
        2..=4 => Label::Team,
        5 => Label::Members { sealed: false },
        6 | 13 => Label::Advisory { version: VersionId(version(chance)) },
        // Most of it is of the first case.
        7..=10 => Label::Case { case: CaseId(1), sealed: chance.once_in(3) },
        _ => Label::Case { case: CaseId(chance.number(1..=CASES_MAX) as i64), sealed: chance.once_in(3) },
    }
}
