//! What open cases cost: `status` with ten and with ten thousand of them, the first look at all of them (as after a change
//! of the profile), and every look after that, which only sees what may be due. Ratios count, times are of this machine.
//!
//! `cargo bench --bench cases` prints a table. EMBARGOD_BENCH_CASES=10,10000 chooses how many there are.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::handlers;
use embargod::policy::Policy;
use embargod::store::Store;
use jiff::Timestamp;

/// Looks, and calls of `status`, that are timed at each size.
const ROUNDS: usize = 30;
/// All happens at this moment: nothing is due of a case that was reported just before.
const NOW: &str = "2026-12-07T09:00:00Z";

fn main() {
    let sizes: Vec<usize> = match std::env::var("EMBARGOD_BENCH_CASES") {
        Ok(text) => text.split(',').map(|number| number.trim().parse().expect("a number")).collect(),
        Err(_) => vec![10, 100, 1_000, 10_000],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{:>8}  {:>10}  {:>12}  {:>12}  {:>8}", "cases", "status", "first look", "each look", "ratio");
    let mut least = None;
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        embargod(&["init", "--profile", "xen", "--local"]).arg(&dir).stdout(Stdio::null()).status().unwrap();
        fill(&dir.join("state.db"), size);
        let status = status(&dir);
        let (first, each) = runtime.block_on(looks(&dir));
        let ratio = each.as_secs_f64() / least.get_or_insert(each).as_secs_f64();
        println!(
            "{size:>8}  {:>7.1} ms  {:>9.2} ms  {:>9.3} ms  {ratio:>8.2}",
            milliseconds(status),
            milliseconds(first),
            milliseconds(each)
        );
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn embargod(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
    command.args(arguments);
    command
}

/// Open cases of all states, each with its discoverer, some with an owner; the team is up to date with all of them.
fn fill(database: &Path, size: usize) {
    let mut connection = rusqlite::Connection::open(database).unwrap();
    let transaction = connection.transaction().unwrap();
    let states = ["triage", "confirmed", "embargoed", "public", "predisclosed"];
    for number in 1..=size {
        let address = format!("finder{number}@research.example.net");
        let person: i64 = transaction
            .prepare_cached("INSERT INTO person (name, address, address_key) VALUES ('', ?1, ?1) RETURNING id")
            .unwrap()
            .query_row([&address], |row| row.get(0))
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO cases (number, title, state, received_at, predisclosure_at, release_at, reporter_told, owner)
                 VALUES (?1, 'Guest can read host memory', ?2, '2026-12-07T08:00:00Z', '2026-12-14T12:00:00Z',
                         '2026-12-28T12:00:00Z', 1, iif(?1 % 2, 1, NULL))",
            )
            .unwrap()
            .execute(rusqlite::params![number as i64, states[number % states.len()]])
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO participant (case_number, person, role, state, since)
                 VALUES (?1, ?2, 'reporter', 'active', '2026-12-07T08:00:00Z')",
            )
            .unwrap()
            .execute(rusqlite::params![number as i64, person])
            .unwrap();
    }
    // What is due at once was told.
    let told = "INSERT INTO case_told (case_number, cause, at)
                SELECT number, 'step publish, due ' || release_at || ', now', received_at FROM cases";
    transaction.execute(told, []).unwrap();
    transaction.commit().unwrap();
}

/// The best of some.
fn status(dir: &Path) -> Duration {
    let once = || {
        let started = Instant::now();
        let status =
            embargod(&["status", "--config"]).arg(dir.join("embargod.toml")).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
        started.elapsed()
    };
    (0..ROUNDS).map(|_| once()).min().unwrap()
}

/// The first look, and the best of those after it.
async fn looks(dir: &Path) -> (Duration, Duration) {
    let store = Store::open(&dir.join("state.db")).unwrap();
    let policy = Arc::new(Policy::load("xen", None, None, "example.org").unwrap());
    let now: Timestamp = NOW.parse().unwrap();
    let look = || {
        let (store, policy) = (store.clone(), Arc::clone(&policy));
        async move {
            let started = Instant::now();
            let due = store.write(move |rows| handlers::due(rows, &policy, now)).await.unwrap();
            (started.elapsed(), due.len())
        }
    };
    let (first, _) = look().await;
    let mut each = Duration::MAX;
    for _ in 0..ROUNDS {
        each = each.min(look().await.0);
    }
    (first, each)
}
