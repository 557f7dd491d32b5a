//! Killed up to three times, while mail comes in any order and the mail server fails in all its ways: seeded. Each
//! seed is a plan; ten plans share a history, which an undisturbed desk lived through first.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::alike::Alike;
use super::desk::Desk;
use super::outcome::{Name, Outcome, name, names, open, verify_record};
use super::plan::{History, Kill, Plan};
use super::server::{Tls, Wrong};
use super::{depth, replayed, report};
use crate::world::Letter;

/// At depth 1.
const PLANS: usize = 200;
const PLANS_OF_A_HISTORY: usize = 10;

#[test]
fn killed_again_and_again_while_mail_servers_fail_the_desk_comes_to_the_same() {
    let tls = Tls::new();
    let twenty = Outcome::undisturbed(&tls).mails;
    let total = PLANS * depth();
    let chosen: Vec<usize> = replayed().map_or_else(|| (1..=total).collect(), |point| vec![point]);
    let histories: Vec<&[usize]> = chosen.chunk_by(|a, b| history_of(*a) == history_of(*b)).collect();
    let (next, figures) = (AtomicUsize::new(0), Mutex::<Figures>::default());
    let work = || {
        while let Some(points) = histories.get(next.fetch_add(1, Ordering::SeqCst)) {
            let history = History::of(history_of(points[0]) as u64, &twenty);
            let reference = Reference::of(&tls, &history);
            for point in *points {
                let plan = Plan::of(*point as u64, history.mails.len(), reference.points, reference.steps);
                let tried = Tried { point: *point, plan: &plan, next: &next };
                let comes_to = reference.compare(&tls, &history, &plan);
                figures.lock().unwrap().add(&comes_to);
                drop(tried);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    report(&figures.into_inner().unwrap().said(chosen.len(), histories.len()));
}

fn history_of(point: usize) -> usize {
    (point - 1) / PLANS_OF_A_HISTORY
}

/// Says, when a point fails, which it was; and then no other is begun.
struct Tried<'a> {
    point: usize,
    plan: &'a Plan,
    next: &'a AtomicUsize,
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.next.store(usize::MAX / 2, Ordering::SeqCst);
            println!("seed {} failed: {:#?}", self.point, self.plan);
            println!("replay with: {}={} cargo test crash::faults", super::REPLAY, self.point);
        }
    }
}

/// What a history comes to when nothing goes wrong but the refusals that belong to it.
struct Reference {
    alike: Alike,
    points: usize,
    steps: usize,
}

impl Reference {
    fn of(tls: &Tls, history: &History) -> Self {
        let desk = Desk::with_maildir(tls, &history.mails);
        desk.server.has(&[], &history.refusals);
        let points = desk.runs();
        assert_eq!(names(&desk, "state NOT IN ('sent', 'failed')"), []);
        let alike = Alike::of(&desk);
        assert_eq!(alike.letters.len(), desk.server.accepted().len(), "each letter once");
        Self { alike, points, steps: desk.server.steps().len() }
    }

    /// Carries the plan out, and compares what it comes to.
    fn compare(&self, tls: &Tls, history: &History, plan: &Plan) -> Figures {
        let desk = Desk::with_maildir(tls, &[]);
        desk.server.has(&plan.faults, &history.refusals);
        let mut copies = Copies::default();
        let mut figures = Figures::default();
        let mut here = 0;
        for run in &plan.runs {
            come(&desk, history, plan, here..run.mails);
            here = run.mails;
            rest(&desk, run.rest_seconds);
            let killed = match run.kill {
                Kill::Commit(way, point) => desk.runs_to_commit(way, point),
                Kill::Step(step) => desk.runs_to_step(step),
            };
            figures.kills += usize::from(killed);
            copies.count(&desk, killed);
        }
        come(&desk, history, plan, here..history.mails.len());
        let rounds_max: usize = plan.faults.iter().map(|fault| fault.times).sum();
        let mut rounds = 0;
        loop {
            desk.runs();
            copies.count(&desk, false);
            let Some(last) = last_attempt_at(&desk) else { break };
            rounds += 1;
            let queued = names(&desk, "state = 'queued'");
            assert!(rounds <= rounds_max, "nothing can go wrong any more, and these are queued: {queued:?}");
            desk.now.set(last);
        }
        assert_eq!(names(&desk, "state NOT IN ('sent', 'failed')"), [], "all is decided");
        verify_record(&desk);
        Alike::of(&desk).must_be(&self.alike);
        figures.again = copies.compare(&desk);
        figures.refused = names(&desk, "state = 'failed'").len();
        figures.rounds = rounds;
        figures.mails_again = plan.again.len();
        for wrong in desk.server.struck() {
            *figures.faults.entry(wrong).or_default() += 1;
        }
        figures
    }
}

/// These mails come, and those whose bytes come again with them.
fn come(desk: &Desk, history: &History, plan: &Plan, which: std::ops::Range<usize>) {
    for number in which {
        desk.gets(&format!("{number:03}.a"), &history.mails[number]);
        for (again, (first, _)) in plan.again.iter().enumerate().filter(|(_, (_, after))| *after == number + 1) {
            desk.gets(&format!("{number:03}.b{again}"), &history.mails[*first]);
        }
    }
}

fn rest(desk: &Desk, seconds: i64) {
    desk.now.set(desk.now.get() + SignedDuration::from_secs(seconds));
}

/// When the last of the queued letters is due.
fn last_attempt_at(desk: &Desk) -> Option<Timestamp> {
    let sql = "SELECT max(next_attempt_at) FROM delivery WHERE state = 'queued'";
    let last: Option<String> = open(desk).query_row(sql, [], |row| row.get(0)).unwrap();
    last.map(|last| last.parse().unwrap())
}

/// How often each letter may have arrived, and did.
#[derive(Default)]
struct Copies {
    /// Accepted by the mail server while the program was killed: once for each such kill.
    undecided: BTreeMap<Name, usize>,
}

impl Copies {
    /// After a run. A letter that was being sent at a kill is undecided when one more copy is there than the server
    /// kept without a reply.
    fn count(&mut self, desk: &Desk, killed: bool) {
        desk.server.rests();
        let sending = names(desk, "state = 'sending'");
        assert!(
            sending.len() <= usize::from(killed),
            "one letter at a time, and none after an orderly end: {sending:?}"
        );
        for letter in sending {
            let copies = by_name(desk.server.accepted()).get(&letter).map_or(0, Vec::len);
            match copies - self.more(desk, &letter) {
                0 => {}
                1 => *self.undecided.entry(letter).or_default() += 1,
                more => panic!("{letter:?} arrived {more} times too often"),
            }
        }
    }

    /// At the end. Each letter that is `sent` arrived once, and once more for each time nobody could know; no other
    /// letter arrived. Gives how many more.
    fn compare(&self, desk: &Desk) -> usize {
        let mut sent = names(desk, "state = 'sent'");
        sent.sort();
        let arrived = by_name(desk.server.accepted());
        assert_eq!(arrived.keys().cloned().collect::<Vec<_>>(), sent, "what arrived, and what is marked as sent");
        let mut again = 0;
        for (letter, copies) in &arrived {
            let more = self.more(desk, letter);
            assert_eq!(copies.len(), 1 + more, "copies of {letter:?}");
            assert!(copies.iter().all(|copy| *copy == copies[0]), "all copies of {letter:?} are the same bytes");
            again += more;
        }
        again
    }

    /// How often a letter arrived and nobody but the mail server could know.
    fn more(&self, desk: &Desk, letter: &Name) -> usize {
        let unanswered = desk.server.unanswered().iter().filter(|copy| name(copy) == *letter).count();
        unanswered + self.undecided.get(letter).unwrap_or(&0)
    }
}

fn by_name(letters: Vec<Letter>) -> BTreeMap<Name, Vec<Vec<u8>>> {
    let mut copies: BTreeMap<Name, Vec<Vec<u8>>> = BTreeMap::new();
    for letter in letters {
        copies.entry(name(&letter)).or_default().push(letter.readable().to_vec());
    }
    copies
}

#[derive(Default)]
struct Figures {
    kills: usize,
    faults: BTreeMap<Wrong, usize>,
    refused: usize,
    mails_again: usize,
    rounds: usize,
    again: usize,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        self.refused += other.refused;
        self.mails_again += other.mails_again;
        self.rounds += other.rounds;
        self.again += other.again;
        for (wrong, count) in &other.faults {
            *self.faults.entry(*wrong).or_default() += count;
        }
    }

    fn said(&self, plans: usize, histories: usize) -> String {
        let Self { kills, faults, refused, mails_again, rounds, again } = self;
        format!(
            "{plans} plans on {histories} histories: {kills} kills, faults of the mail server {faults:?}, {refused} \
             letters refused, {mails_again} mails twice, {rounds} rounds for postponed letters, {again} letters sent again"
        )
    }
}
