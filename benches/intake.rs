//! What the desk costs: plain reports through collect, open, handle and commit, on an empty database and on full
//! ones; the start of the program on a full one; the memory of an idle daemon. Ratios count, times are of this machine.
//!
//! `cargo bench` prints a table. EMBARGOD_BENCH_MESSAGES=0,100000,1000000 chooses the sizes, EMBARGOD_BENCH_MAILS how
//! many reports are timed on each.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::desk::Desk;
use embargod::handlers::{self, Mail};
use embargod::pipeline::collect::Collector;
use embargod::post::{Intake, Place, Taken};
use embargod::settings::Settings;
use embargod::store::Store;

/// Rows of one transaction while a database is filled.
const FILL_ROWS: usize = 10_000;

fn main() {
    let sizes = numbers("EMBARGOD_BENCH_MESSAGES", &[0, 10_000, 100_000]);
    let mails = numbers("EMBARGOD_BENCH_MAILS", &[2_000])[0];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("{:>10}  {:>12}  {:>9}  {:>10}  {:>9}", "messages", "reports/s", "of empty", "start", "idle");
    let mut empty = None;
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        embargod(&["init", "--profile", "xen", "--local"]).arg(&dir).stdout(Stdio::null()).status().unwrap();
        fill(&dir.join("state.db"), size);
        let (start, idle) = (start(&dir), idle_kib(&dir));
        let rate = mails as f64 / runtime.block_on(intake(&dir, size, mails)).as_secs_f64();
        let share = rate / *empty.get_or_insert(rate);
        let milliseconds = start.as_secs_f64() * 1000.0;
        println!("{size:>10}  {rate:>12.0}  {share:>9.2}  {milliseconds:>7.0} ms  {:>5.1} MiB", idle as f64 / 1024.0);
    }
}

fn numbers(variable: &str, usual: &[usize]) -> Vec<usize> {
    match std::env::var(variable) {
        Ok(text) => text.split(',').map(|number| number.trim().parse().expect("a number")).collect(),
        Err(_) => usual.to_vec(),
    }
}

fn embargod(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
    command.args(arguments);
    command
}

/// Plain reports, each from another discoverer, as they come.
fn report(number: usize) -> Vec<u8> {
    format!(
        "Delivered-To: security@example.org\r\nFrom: Dana {number} <dana{number}@research.example.net>\r\n\
         To: security@example.org\r\nSubject: Guest {number} can read host memory\r\n\
         Date: Mon, 07 Dec 2026 09:12:04 +0000\r\nMessage-ID: <bench-{number}@research.example.net>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        "a guest that maps a grant twice and unmaps it once keeps a stale mapping.\r\n".repeat(15)
    )
    .into_bytes()
}

/// The time for all of them, one after the other, as the daemon does it: two commits each.
async fn intake(dir: &Path, size: usize, mails: usize) -> Duration {
    let settings = Settings::load(&dir.join("embargod.toml")).unwrap();
    let store = Store::open(&settings.database).unwrap();
    let engine = Engine::assemble(&settings, store.clone(), Clock::System).await.unwrap();
    let collector = Collector {
        store: store.clone(),
        clock: engine.clock,
        since: engine.since,
        local: engine.local,
        looks_only: false,
        arrived: Arc::new(tokio::sync::Notify::new()),
        older: Arc::default(),
        taken: Arc::default(),
    };
    let place = Place { account: "local".into(), folder: "in".into() };
    let started = Instant::now();
    let mut after = 0;
    for number in 0..mails {
        let raw = report(size + number);
        let taken = Taken { place: place.clone(), raw, received_at: None, cursor: None, truncated: false };
        collector.take(taken).await.unwrap();
        let opened = engine.opener.next(&store, after).await.unwrap().expect("the mail that was taken");
        after = opened.waiting.id;
        let (policy, house, now) = (Arc::clone(&engine.policy), Arc::clone(&engine.house), engine.clock.now());
        store
            .write(move |rows| {
                let mut desk = Desk::new(rows, &policy, &house, now, opened.incoming.sha256.clone());
                let mail = Mail {
                    id: opened.waiting.id,
                    readable: opened.mail.readable(&opened.waiting.raw),
                    incoming: &opened.incoming,
                    opened: &opened.mail,
                    received_at: opened.waiting.received_at,
                    predates: false,
                    truncated: None,
                };
                handlers::handle(&mut desk, &mail)
            })
            .await
            .unwrap();
    }
    started.elapsed()
}

/// `size` handled reports with their cases, people, letters and deliveries, as a desk of years has them.
fn fill(database: &Path, size: usize) {
    let mut connection = rusqlite::Connection::open(database).unwrap();
    let content = letter(&connection);
    let mut number = 0;
    while number < size {
        let transaction = connection.transaction().unwrap();
        for _ in 0..FILL_ROWS.min(size - number) {
            number += 1;
            for (sql, values) in rows(number, &content) {
                transaction.prepare_cached(sql).unwrap().execute(rusqlite::params_from_iter(values)).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
}

/// What a stored letter looks like: any JSON will do.
fn letter(_: &rusqlite::Connection) -> String {
    let body: BTreeMap<&str, String> = BTreeMap::from([("body", "x".repeat(1_200))]);
    serde_json::to_string(&body).unwrap()
}

fn rows(number: usize, content: &str) -> Vec<(&'static str, Vec<String>)> {
    let at = "2025-01-06T09:00:00Z".to_owned();
    let n = number.to_string();
    vec![
        (
            "INSERT INTO inbox (sha256, account, folder, received_at, state, effect, destination, raw)
             VALUES (?1, 'local', 'in', ?2, 'done', ?1, 'security', CAST(?3 AS BLOB))",
            vec![format!("old-{n}"), at.clone(), "x".repeat(600)],
        ),
        (
            "INSERT INTO person (name, address, address_key) VALUES (?1, ?2, ?2)",
            vec![format!("Old {n}"), format!("old{n}@research.example.net")],
        ),
        (
            "INSERT INTO cases (title, state, received_at, predisclosure_at, release_at)
             VALUES (?1, 'closed', ?2, ?2, ?2)",
            vec![format!("Old {n}"), at.clone()],
        ),
        (
            "INSERT INTO participant (case_number, person, role, since) VALUES (?1, 2 + ?1, 'reporter', ?2)",
            vec![n.clone(), at.clone()],
        ),
        (
            "INSERT INTO entry (case_number, inbox, author, author_key, standing, joined_by, evidence, answer, effect, message_id)
             VALUES (?1, ?1, 'Old', 'old', 'reporter', 'report', 'none', 'acknowledged', ?2, ?3)",
            vec![n.clone(), format!("old-{n}"), format!("old-{n}@research.example.net")],
        ),
        (
            "INSERT INTO thread (message_id, case_number) VALUES (?1, ?2)",
            vec![format!("old-{n}@research.example.net"), n.clone()],
        ),
        (
            "INSERT INTO letter (kind, cause, counter, message_id, case_number, labels, content, written_at)
             VALUES ('acknowledgement', ?1, 1, ?2, ?3, '[]', ?4, ?5)",
            vec![format!("old-{n}"), format!("sent-{n}@example.org"), n.clone(), content.to_owned(), at.clone()],
        ),
        (
            "INSERT INTO delivery (letter, recipient, urgent, state, attempts, next_attempt_at, decided_at)
             VALUES (?1, ?2, 1, 'sent', 1, ?3, ?3)",
            vec![n.clone(), format!("old{n}@research.example.net"), at],
        ),
    ]
}

/// From the command to its end, with nothing to do: the best of five.
fn start(dir: &Path) -> Duration {
    let config = dir.join("embargod.toml");
    (0..5)
        .map(|_| {
            let started = Instant::now();
            embargod(&["run", "--once", "--config"]).arg(&config).stdout(Stdio::null()).status().unwrap();
            started.elapsed()
        })
        .min()
        .unwrap()
}

/// Resident memory of a daemon that has opened its desk and waits.
fn idle_kib(dir: &Path) -> u64 {
    let mut daemon =
        embargod(&["run", "--config"]).arg(dir.join("embargod.toml")).stderr(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(daemon.stderr.take().unwrap()));
    lines.map_while(Result::ok).find(|line| line.contains("the desk is open")).expect("the daemon opens");
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim().trim_end_matches(" kB");
    let kib = resident.parse().unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    kib
}
