//! What an advisory with 200 KB of patches costs on its way: sealed and handed over to 70 and to 1,000 members, half of whom
//! have certificates, beside the bare library's rate; and how long after its hour the first list has it. Ratios count, times
//! are of this machine.
//!
//! `cargo bench --bench advisories` prints a table. EMBARGOD_BENCH_MEMBERS=70,1000 chooses how many members there are.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embargod::advisory::facts::{Deployment, File};
use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::desk::Desk;
use embargod::handlers::advisories::standing;
use embargod::mail::secret::sha256_hex;
use embargod::openpgp::{Certificate, generate};
use embargod::pipeline::certificates;
use embargod::rules::label::CaseId;
use embargod::rules::life::State;
use embargod::rules::schedule::Proposal;
use embargod::settings::Settings;
use embargod::store::advisories::{Draft, Stage};
use embargod::store::inbox::Arrival;
use embargod::store::{Rows, Store};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

const PATCH_BYTES: usize = 200 << 10;
const NOW: &str = "2026-12-07T09:00:00Z";
const HOUR: &str = "2026-12-22T12:00:00Z";
/// The daemon is started so long before the hour.
const BEFORE: SignedDuration = SignedDuration::from_millis(500);
const LOOK: Duration = Duration::from_millis(5);

fn main() {
    let sizes = match std::env::var("EMBARGOD_BENCH_MEMBERS") {
        Ok(text) => text.split(',').map(|number| number.trim().parse().expect("a number")).collect(),
        Err(_) => vec![70, 1_000],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!(
        "{:>8}  {:>12}  {:>12}  {:>6}  {:>12}  {:>12}",
        "members", "all have it", "library", "share", "slip", "release"
    );
    for members in sizes {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        embargod(&["init", "--profile", "xen", "--local"]).arg(&dir).stdout(Stdio::null()).status().unwrap();
        list(&dir, members);
        let (sent, library, slip, release) = runtime.block_on(disclosed(&dir, members));
        println!(
            "{members:>8}  {:>9.1} ms  {:>9.1} ms  {:>4.0} %  {:>9.1} ms  {:>9.1} ms",
            milliseconds(sent),
            milliseconds(library),
            100.0 * library.as_secs_f64() / sent.as_secs_f64(),
            milliseconds(slip),
            milliseconds(release)
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

fn address(member: usize) -> String {
    format!("security@member{member}.example.net")
}

fn list(dir: &Path, members: usize) {
    let file = dir.join("members.csv");
    let lines: String = (0..members).map(|number| format!("Member {number},{}\n", address(number))).collect();
    std::fs::write(&file, format!("name,address\n{lines}")).unwrap();
    let imported = embargod(&["member", "import", "--confirmed"])
        .arg(&file)
        .arg("--config")
        .arg(dir.join("embargod.toml"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(imported.success());
}

/// The time until every member has it, that of the bare library for what of it is encryption, the time from the hour to the
/// first letter of the release, and until all have that.
async fn disclosed(dir: &Path, members: usize) -> (Duration, Duration, Duration, Duration) {
    let (now, hour): (Timestamp, Timestamp) = (NOW.parse().unwrap(), HOUR.parse().unwrap());
    let settings = Settings::load(&dir.join("embargod.toml")).unwrap();
    let store = Store::open(&settings.database).unwrap();
    store.write(move |rows| rows.instance().simulate(now)).await.unwrap();
    let keys: Vec<Certificate> = (0..members.div_ceil(2)).map(|number| certificate(&address(2 * number))).collect();
    let theirs = keys.clone();
    let registered = move |rows: Rows<'_>| {
        for (number, certificate) in theirs.iter().enumerate() {
            let person = rows.people().find_or_add("", &address(2 * number).parse()?)?;
            certificates::register(rows, certificate, &person, "a bench", now)?;
        }
        Ok(())
    };
    store.write(registered).await.unwrap();
    let engine = Engine::assemble(&settings, store.clone(), Clock::Still(now)).await.unwrap();
    engine.once().await.unwrap(); // What the import has to tell.
    approve(&engine, now, hour).await;
    let before = count(dir, "predisclosure").len();
    let started = Instant::now();
    engine.once().await.unwrap();
    let sent = started.elapsed();
    assert_eq!(count(dir, "predisclosure").len() - before, members, "every member has it");

    let library = bare(&keys, now);

    let clock = Clock::running(hour - BEFORE);
    let daemon = Engine::assemble(&settings, store.clone(), clock).await.unwrap();
    let (stop, shutdown) = watch::channel(false);
    let running = tokio::spawn(daemon.run(shutdown));
    while store.write(|rows| rows.outbox().waiting_count()).await.unwrap() > 0 || count(dir, "release").len() < members
    {
        tokio::time::sleep(LOOK).await;
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    let released = count(dir, "release");
    let after = |at: &Timestamp| Duration::try_from(at.duration_since(hour)).expect("never before the hour");
    let (first, last) = (released.iter().min().unwrap(), released.iter().max().unwrap());
    (sent, library, after(first), after(last))
}

fn certificate(address: &str) -> Certificate {
    let made = generate(address, "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    Certificate::read(made.certificate.as_bytes()).unwrap()
}

/// As many encryptions of as much text, on all cores, and nothing else.
fn bare(keys: &[Certificate], at: Timestamp) -> Duration {
    let text: Vec<u8> =
        b"+ a line of a patch, in base64\r\n".iter().copied().cycle().take(PATCH_BYTES * 4 / 3).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for share in keys.chunks(keys.len().div_ceil(cores)) {
            let text = &text;
            scope.spawn(move || share.iter().for_each(|key| drop(key.seal(text, at).unwrap())));
        }
    });
    started.elapsed()
}

/// Drafts an advisory as the desk would, and approves it.
async fn approve(engine: &Engine, now: Timestamp, hour: Timestamp) {
    let (policy, house) = (Arc::clone(&engine.policy), Arc::clone(&engine.house));
    let approved = move |rows: Rows<'_>| {
        let proposal = Proposal { predisclosure_at: now, release_at: hour };
        let case = rows.cases().open("Stale mapping of a grant", false, now, proposal)?;
        rows.cases().go(case, State::Triage, State::Embargoed, now)?;
        let alice = rows.people().by_address(&"alice@example.org".parse()?)?.expect("the team of a local instance");
        rows.facts().number(case, 480, alice.id, now)?;
        let mut draft = draft(case, alice.id, hour);
        let first = rows.advisories().draft(&draft, now)?;
        let desk = Desk::new(rows, &policy, &house, now, "a bench".into());
        draft.manifest = standing::manifest(&desk, &rows.advisories().get(first)?)?;
        let version = rows.advisories().draft(&draft, now)?;
        let mail = Arrival {
            sha256: "00",
            raw: b"From: alice@example.org\n\napprove\n",
            account: "local",
            folder: "in",
            received_at: now,
            predates: true,
            truncated: false,
        };
        let mail = rows.inbox().add(&mail)?.expect("a new mail");
        rows.advisories().approve(version, alice.id, mail, now)?;
        rows.advisories().advance(version, Stage::Draft, Stage::Approved, now)
    };
    engine.store.write(approved).await.unwrap();
}

fn draft(case: CaseId, author: i64, hour: Timestamp) -> Draft {
    let bytes: Vec<u8> = b"+ a line of a patch\n".iter().copied().cycle().take(PATCH_BYTES).collect();
    let text = "ISSUE DESCRIPTION\n=================\n\nA grant stays mapped.\n".to_owned();
    Draft {
        number: 480,
        case,
        version: 1,
        public_version: 2,
        source: text.clone(),
        updates: String::new(),
        deployment: Deployment::Unsaid,
        title: "stale mapping of a grant".into(),
        cves: Vec::new(),
        patchless: false,
        members_text: text.clone(),
        public_text: text,
        embargo_until: Some(hour),
        manifest: String::new(),
        findings: Vec::new(),
        files: vec![File {
            name: "xsa480.patch".into(),
            sha256: sha256_hex(&bytes),
            bytes,
            branches: vec!["master".into()],
        }],
        author,
        inbox: None,
        sealed: false,
    }
}

/// When each letter of a kind left.
fn count(dir: &Path, kind: &str) -> Vec<Timestamp> {
    let files = std::fs::read_dir(dir.join("mail/out")).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let envelopes = json.map(|path| serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap());
    let theirs = envelopes.filter(|one: &serde_json::Value| one["kind"] == kind);
    theirs.map(|one| one["at"].as_str().unwrap().parse().unwrap()).collect()
}
