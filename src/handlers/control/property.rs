//! Whatever commands come, from whomever, signed, vouched for, stale, replayed or misread, about several cases at once: no
//! case gets where its life does not lead, nothing is done without proof, whoever is refused hears why and what to do, the
//! record verifies, steps are done in their order, nobody is reminded twice or reads what is not for them, and the same mails from an empty database give the same tables. `EMBARGOD_DEPTH` plays more histories; a
//! failing one prints its seed, and `EMBARGOD_COMMANDS=<seed>` plays it alone.
#![cfg(test)]

mod judging;
mod oracle;
mod people;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::mail::address::Address;
use crate::mail::letter::{Kind, TokenRef};
use crate::mail::opened::{SignedForm, SignedText};
use crate::mail::secret::Purpose;
use crate::rules::label::CaseId;
use crate::rules::life::{Event, State};
use crate::store::outbox::Stored;
use crate::store::participants::State as Standing;
use crate::store::testing::all_tables;
use crate::store::{Rows, Store};

use scene::*;

const HISTORIES: u64 = 9;
const STEPS: usize = 45;

/// What a case is like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    state: State,
    dates: [Timestamp; 2],
    advisories: Vec<i64>,
    /// How far people are in it, by their address.
    people: BTreeMap<String, Standing>,
}

/// What the rules say of a mail; told apart from how the program finds out.
#[derive(Clone, Copy, Debug, Default)]
struct Proof {
    /// Whose fresh, unused signature it is, for the case it goes to.
    signed: Option<&'static str>,
    /// Whose reply address it came to, from their own address, our server says.
    vouched: Option<&'static str>,
    case: i64,
    /// It begins with a command, and its signature was never seen before.
    surely: bool,
}

struct History<'r> {
    rows: Rows<'r>,
    place: &'r Place,
    chance: Chance,
    now: Timestamp,
    log: Vec<Happened>,
    mails: usize,
    /// What was signed before, and by whom; and which of those signatures were answered.
    digests: Vec<(&'static str, String)>,
    used: BTreeSet<(&'static str, String)>,
    /// Of the last mail.
    signature: Option<(&'static str, String)>,
    lines: usize,
    letters: i64,
    words: Vec<Word>,
    asked: Vec<Asked>,
    /// Steps of which somebody said something.
    steps: BTreeSet<(CaseId, String)>,
    /// Causes of which people were reminded, each with its case.
    reminded: BTreeSet<(String, String)>,
    tally: Tally,
}

/// The word of a mail that stands in no other, and who may read it.
#[derive(Clone, Debug)]
struct Word {
    /// It is theirs.
    from: &'static str,
    /// For the team alone.
    private: bool,
    sealed: bool,
    /// The cases its mail was in.
    cases: BTreeSet<CaseId>,
}

/// A reply address at which we asked somebody something.
#[derive(Clone, Debug)]
struct Asked {
    to: String,
    token: TokenRef,
    case: Option<i64>,
}

/// What somebody said there.
#[derive(Clone, Debug)]
struct Answered {
    asked: Asked,
    text: &'static str,
    /// Our server says that its holder wrote it.
    proven: bool,
}

impl Answered {
    fn agrees(&self, case: i64, who: &str) -> bool {
        let Asked { to, token, case: about } = &self.asked;
        let asked = token.purpose == Purpose::Agree && about.is_none_or(|about| about == case) && to == who;
        asked && self.proven && self.text == "agree"
    }

    /// What a moderator's word may make of the case of a report that waits.
    fn moderates(&self, case: i64) -> Option<State> {
        let moderates = self.asked.token.purpose == Purpose::Moderate && self.proven;
        match self.text {
            "approve" | "report" if moderates => Some(State::Triage),
            "discard" if moderates => Some(State::Invalid),
            _ => None,
        }
        .filter(|_| self.asked.case.is_none_or(|about| about == case))
    }
}

/// That much was really tried.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    refused: usize,
    states: BTreeSet<State>,
    verbs: BTreeSet<String>,
    steps: usize,
    /// Agreed to take part, by mail.
    agreed: usize,
    reminders: usize,
    /// Words that went to people who are not in the team.
    words: usize,
}

impl History<'_> {
    fn does(&mut self, happened: Happened) {
        happens(self.rows, self.place, &happened);
        self.log.push(happened);
    }

    fn cases(&self) -> BTreeMap<i64, Seen> {
        let numbers = self.rows.cases().list().unwrap().into_iter().map(|listed| listed.number);
        let seen = numbers.map(|number| {
            let case = self.rows.cases().get(number).unwrap().unwrap();
            let dates = [case.proposal.predisclosure_at, case.proposal.release_at];
            let advisories = self.rows.facts().advisories(number).unwrap();
            let people = self.rows.participants().of(number).unwrap().into_iter();
            let people = people.map(|one| (one.person.address.to_string(), one.state)).collect();
            (number.0, Seen { state: case.state, dates, advisories, people })
        });
        seen.collect()
    }

    fn step(&mut self) {
        let before = self.cases();
        let (mut proof, mut said) = (None, None);
        match self.chance.below(22) {
            0 => self.reports(),
            1 => self.goes(),
            2 => {
                let hours = self.chance.one_of(&[1, 30, 130]);
                self.now += SignedDuration::from_hours(hours);
                for _ in 0..2 {
                    self.does(Happened::Tick(self.now));
                    self.passes();
                }
                return;
            }
            3 => {
                let case = CaseId(self.chance.below(before.len()) as i64 + 1);
                self.does(Happened::TakesPart { case, at: self.now });
            }
            4..=6 => said = self.answers(),
            _ => {
                self.now += SignedDuration::from_mins(7);
                proof = Some(self.commands());
            }
        }
        if matches!(self.log.last(), Some(Happened::Mail { .. })) {
            self.holds(&before, proof, said.as_ref());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_lead_where_they_may_are_explained_where_they_may_not_and_can_be_played_again() {
    let depth: u64 = std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("a number"));
    let only: Option<u64> = std::env::var("EMBARGOD_COMMANDS").ok().map(|seed| seed.parse().expect("a seed"));
    let seeds = only.map_or(0..depth * HISTORIES, |seed| seed..seed + 1);
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        let places = [place(false), place(true)];
        let began: Timestamp = "2026-12-07T09:00:00Z".parse().unwrap();
        let mut tally = Tally::default();
        for seed in seeds {
            println!("EMBARGOD_COMMANDS={seed}"); // Shown when it fails.
            let place = &places[usize::from(seed % 3 == 2)];
            rows.save()?;
            begin(rows, began);
            let mut history = History {
                rows,
                place,
                chance: Chance(seed),
                now: began,
                log: Vec::new(),
                mails: 0,
                digests: Vec::new(),
                used: BTreeSet::new(),
                signature: None,
                lines: 0,
                letters: 0,
                words: Vec::new(),
                asked: Vec::new(),
                steps: BTreeSet::new(),
                reminded: BTreeSet::new(),
                tally,
            };
            for _ in 0..3 {
                history.reports();
            }
            history.holds(&BTreeMap::new(), None, None);
            for _ in 0..STEPS {
                history.step();
            }
            assert_eq!(rows.audit().verify()?.broken, None);
            let (first, log) = (all_tables(rows)?, history.log);
            tally = history.tally;
            rows.undo_saved()?;

            rows.save()?;
            begin(rows, began);
            log.iter().for_each(|happened| happens(rows, place, happened));
            for ((name, first), (_, second)) in first.iter().zip(&all_tables(rows)?) {
                let differs = first.lines().zip(second.lines()).find(|(first, second)| first != second);
                assert!(first == second, "{name} is another, played again: {differs:?}");
            }
            rows.undo_saved()?;
        }
        Ok(tally)
    });
    let tally = played.await.unwrap();
    println!("{tally:?}");
    let Tally { done, refused, states, verbs, steps, reminders, words, agreed } = &tally;
    let shown = *done > 30 && *refused > 60 && states.len() >= 2 && verbs.len() > 10;
    let shown = shown && *steps > 0 && *reminders > 10 && *words > 5 && *agreed > 0;
    assert!(only.is_some() || shown, "{tally:?}: too few");
}
