//! Servers that misbehave: each fault by its name, put between the program and the real Dovecot or Postfix, with what
//! becomes of the mail and who is told.

pub mod desk;
mod fault;
mod imap;
mod imap_faults;
mod proxy;
mod retries;
mod smtp;
mod smtp_faults;
mod talk;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Rows that are tried side by side: they mostly wait.
const AT_A_TIME: usize = 8;
/// A row takes a second or two; one that takes this long hangs.
const ROW_MAX: Duration = Duration::from_secs(60);
/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(10);
/// Names one fault: only that is tried.
const REPLAY: &str = "EMBARGOD_FAULT";

/// Tries every row in a runtime and a thread of its own, and shows what came of each as a table.
fn try_all<R: Copy + Send + Sync>(
    title: &str,
    rows: &[R],
    name: fn(&R) -> &'static str,
    trial: impl Fn(usize, R) -> String + Sync,
) {
    let only = std::env::var(REPLAY).ok();
    let chosen = rows.iter().enumerate().filter(|(_, row)| only.as_deref().is_none_or(|only| only == name(row)));
    let waiting: Mutex<VecDeque<(usize, R)>> = Mutex::new(chosen.map(|(number, row)| (number, *row)).collect());
    let outcomes: Mutex<Vec<(usize, String, bool)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some((number, row)) = waiting.lock().unwrap().pop_front() else { return };
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| trial(number, row)));
                    let well = outcome.is_ok();
                    let text = outcome.unwrap_or_else(|_| format!("FAILED; replay with {REPLAY}=\"{}\"", name(&row)));
                    outcomes.lock().unwrap().push((number, format!("{:<44} {text}", name(&row)), well));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort();
    let mut table = format!("\nfaults: {title}\n");
    outcomes.iter().for_each(|(_, line, _)| table.push_str(&format!("  {line}\n")));
    std::io::stderr().write_all(table.as_bytes()).expect("standard error");
    let failed = outcomes.iter().filter(|(_, _, well)| !well).count();
    assert!(!outcomes.is_empty() && failed == 0, "{failed} of {} faults", outcomes.len());
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(ROW_MAX, work).await.expect("the row takes too long") })
}

/// Looks again and again until `there`; gives up loudly.
async fn until(what: &str, limit: Duration, there: impl AsyncFnMut() -> bool) {
    until_or(limit, there, async || what.to_owned()).await;
}

/// The same; `said` is what a test that fails has to say.
async fn until_or(limit: Duration, mut there: impl AsyncFnMut() -> bool, said: impl AsyncFn() -> String) {
    let started = Instant::now();
    while !there().await {
        assert!(started.elapsed() < limit, "{}: not after {limit:?}", said().await);
        tokio::time::sleep(LOOK).await;
    }
}
