//! The gate's rule as a property, over random readers and random sets of labels; and what shows that the property would
//! notice: rules that are wrong on purpose, each of which it refuses.
#![cfg(test)]

use std::collections::BTreeSet;

use super::{Reader, is_open, may_read, oracle};
use crate::chance::Chance;
use crate::rules::label::{CaseId, Label, Labels, VersionId};

/// Readers that are tried, each with two texts.
const TRIED: u64 = 100_000;
/// Cases and versions of advisories there are.
const NUMBERS: usize = 3;

/// A rule: whether a reader may read a text with these labels.
type Rule = fn(&Reader, &Labels) -> bool;

fn the_gate(reader: &Reader, labels: &Labels) -> bool {
    may_read(reader, labels).is_ok()
}

fn number(chance: &mut Chance) -> i64 {
    chance.number(1..=NUMBERS) as i64
}

fn some<T: Ord>(chance: &mut Chance, make: fn(i64) -> T) -> BTreeSet<T> {
    (1..=NUMBERS as i64).filter(|_| chance.once_in(2)).map(make).collect()
}

fn a_reader(chance: &mut Chance) -> Reader {
    Reader {
        team: chance.once_in(2),
        moderator: chance.once_in(2),
        member: chance.once_in(2),
        cases: some(chance, CaseId),
        public_list: chance.once_in(4),
        encrypted: chance.once_in(2),
        must_be_encrypted: chance.once_in(3),
        predisclosed: some(chance, VersionId),
        released: some(chance, VersionId),
    }
}

fn a_label(chance: &mut Chance) -> Label {
    match chance.number(1..=7) {
        1 => Label::Public,
        2 => Label::Team,
        3 => Label::Members { sealed: chance.once_in(2) },
        4 | 5 => Label::Case { case: CaseId(number(chance)), sealed: chance.once_in(2) },
        _ => Label::Advisory { version: VersionId(number(chance)) },
    }
}

fn a_text(chance: &mut Chance) -> Labels {
    let mut labels = Labels::public();
    for _ in 0..chance.number(0..=3) {
        labels.join(&Labels::of(a_label(chance)));
    }
    labels
}

fn joined(one: &Labels, other: &Labels) -> Labels {
    let mut all = one.clone();
    all.join(other);
    all
}

/// The same reader with one clearance less, for each clearance they have.
fn with_one_less(reader: &Reader) -> Vec<Reader> {
    let mut poorer = vec![
        Reader { team: false, ..reader.clone() },
        Reader { moderator: false, ..reader.clone() },
        Reader { member: false, ..reader.clone() },
        Reader { encrypted: false, ..reader.clone() },
        Reader { public_list: true, ..reader.clone() },
        Reader { must_be_encrypted: true, ..reader.clone() },
    ];
    let without = |change: fn(&mut Reader, i64), number| {
        let mut less = reader.clone();
        change(&mut less, number);
        less
    };
    for number in 1..=NUMBERS as i64 {
        poorer.push(without(|less, number| less.cases.retain(|one| one.0 != number), number));
        poorer.push(without(|less, number| less.predisclosed.retain(|one| one.0 != number), number));
        poorer.push(without(|less, number| less.released.retain(|one| one.0 != number), number));
    }
    poorer
}

/// What is wrong with a rule, if anything is, on this reader and these two texts.
fn wrong(rule: Rule, reader: &Reader, one: &Labels, other: &Labels) -> Option<&'static str> {
    let both = joined(one, other);
    let (reads_one, reads_other, reads_both) = (rule(reader, one), rule(reader, other), rule(reader, &both));
    if reads_both && !(reads_one && reads_other) {
        return Some("joining lets somebody read more");
    }
    if reads_one && reads_other && !reads_both {
        return Some("who may read all parts may not read the whole");
    }
    let open = |label: &Label| match label {
        Label::Public => true,
        Label::Advisory { version } => reader.released.contains(version),
        _ => false,
    };
    if reader.public_list && reads_both && !both.iter().all(open) {
        return Some("a public list reads what is not public");
    }
    let reads_more = |poorer: &Reader| rule(poorer, one) && !reads_one;
    if with_one_less(reader).iter().any(reads_more) {
        return Some("who loses a clearance reads more");
    }
    let policy = oracle::may_read(&reader.into(), both.iter());
    (reads_both != policy).then_some("it is not the policy")
}

/// The first reader and texts on which a rule is wrong.
fn found_wrong(rule: Rule, seed: u64) -> Option<String> {
    let mut chance = Chance::of(seed);
    (0..TRIED).find_map(|tried| {
        let (reader, one, other) = (a_reader(&mut chance), a_text(&mut chance), a_text(&mut chance));
        let what = wrong(rule, &reader, &one, &other)?;
        Some(format!("try {tried}: {what}: {reader:?} reading {one:?} with {other:?}"))
    })
}

#[test]
fn the_gate_is_the_policy_for_every_reader_and_every_join() {
    assert_eq!(found_wrong(the_gate, 5), None);
}

/// What leaves in clear because everybody may read it, may be read by a public list, and by nobody's clearance.
#[test]
fn what_is_open_is_what_a_list_may_read() {
    let mut chance = Chance::of(7);
    let (mut open, mut closed) = (0, 0);
    for _ in 0..TRIED {
        let (reader, text) = (a_reader(&mut chance), a_text(&mut chance));
        let list = Reader { public_list: true, must_be_encrypted: true, encrypted: false, ..reader };
        let is_open = is_open(&text, &list.released);
        assert_eq!(is_open, the_gate(&list, &text), "{list:?} reading {text:?}");
        *(if is_open { &mut open } else { &mut closed }) += 1;
    }
    assert!(open > TRIED / 20 && closed > TRIED / 20, "{open} of {TRIED}");
}

/// Not by chance: of two labels, every pair; of readers, every one with a single case and version.
#[test]
fn the_gate_is_the_policy_for_each_reader_and_each_two_labels() {
    let mut labels = vec![Label::Public, Label::Team];
    labels.extend([true, false].map(|sealed| Label::Members { sealed }));
    for number in [1, 2] {
        labels.extend([true, false].map(|sealed| Label::Case { case: CaseId(number), sealed }));
        labels.push(Label::Advisory { version: VersionId(number) });
    }
    let mut read = 0;
    for facts in 0..1_u32 << 9 {
        let fact = |bit: u32| facts & (1 << bit) != 0;
        let one = |bit: u32| fact(bit).then_some(1);
        let reader = Reader {
            team: fact(0),
            moderator: fact(1),
            member: fact(2),
            public_list: fact(3),
            encrypted: fact(4),
            must_be_encrypted: fact(5),
            cases: one(6).map(CaseId).into_iter().collect(),
            predisclosed: one(7).map(VersionId).into_iter().collect(),
            released: one(8).map(VersionId).into_iter().collect(),
        };
        for first in &labels {
            for second in &labels {
                let text = joined(&Labels::of(*first), &Labels::of(*second));
                let policy = oracle::may_read(&(&reader).into(), [first, second]);
                assert_eq!(the_gate(&reader, &text), policy, "{reader:?} reading {text:?}");
                read += usize::from(policy);
            }
        }
    }
    assert!(read > 5_000, "somebody reads something: {read}");
}

#[test]
fn a_rule_that_is_wrong_in_one_place_is_found() {
    let broken: [(&str, Rule); 10] = [
        ("one label of a join is enough", |reader, labels| {
            labels.iter().any(|label| the_gate(reader, &Labels::of(*label))) || labels.iter().count() == 0
        }),
        ("the last label of a join is forgotten", |reader, labels| {
            let before = labels.iter().count().saturating_sub(1);
            labels.iter().take(before).all(|label| the_gate(reader, &Labels::of(*label)))
        }),
        ("a public list reads what it is cleared for otherwise", |reader, labels| {
            the_gate(&Reader { public_list: false, ..reader.clone() }, labels)
        }),
        ("sealed text leaves in clear", |reader, labels| {
            let told_nothing = !reader.encrypted && !reader.must_be_encrypted;
            the_gate(&Reader { encrypted: reader.encrypted || told_nothing, ..reader.clone() }, labels)
        }),
        ("nobody is demanded to be written to in cipher", |reader, labels| {
            the_gate(&Reader { must_be_encrypted: false, ..reader.clone() }, labels)
        }),
        ("who takes part in one case reads all", |reader, labels| {
            let cases = if reader.cases.is_empty() { BTreeSet::new() } else { (1..=3).map(CaseId).collect() };
            the_gate(&Reader { cases, ..reader.clone() }, labels)
        }),
        ("the team reads what members write", |reader, labels| {
            the_gate(&Reader { moderator: reader.moderator || reader.team, ..reader.clone() }, labels)
        }),
        ("members read an advisory before its predisclosure", |reader, labels| {
            the_gate(&Reader { predisclosed: (1..=3).map(VersionId).collect(), ..reader.clone() }, labels)
        }),
        ("what one version's release opens, it opens of all", |reader, labels| {
            let all = (1..=3).map(VersionId);
            let released = if reader.released.is_empty() { BTreeSet::new() } else { all.collect() };
            the_gate(&Reader { released, ..reader.clone() }, labels)
        }),
        ("nobody reads anything", |_, labels| labels.is_public()),
    ];
    for (name, rule) in broken {
        let found = found_wrong(rule, 5);
        assert!(found.is_some(), "not found: {name}");
        println!("{name}: {}", found.unwrap_or_default());
    }
}
