//! A local instance with an advisory that is approved and an hour that comes.

use std::sync::Mutex;
use std::time::Instant;

use jiff::Timestamp;

use super::*;
use crate::cli::init::{self, Init};
use crate::clock::Reading;
use crate::handlers::advisories::standing;
use crate::mail::letter::{Audience, Kind, Letter, Thread};
use crate::rules::label::{Text, VersionId};
use crate::settings::Settings;
use crate::store::advisories::Stage;
use crate::store::inbox::Arrival;
use crate::store::testing;

const HOUR: &str = "2026-12-22T12:00:00Z";
/// For what takes a second or two.
const SOON: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(10);

fn hour() -> Timestamp {
    HOUR.parse().unwrap()
}

/// A local instance and an engine for it. XSA-480 is approved, and members have it.
async fn before_the_hour(clock: Clock) -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("desk");
    assert!(init::create(&Init::local(&dir)).await.is_ok());
    let settings = Settings::load(&dir.join("embargod.toml")).unwrap();
    let engine = Engine::assemble(&settings, Store::open(&settings.database).unwrap(), clock).await.unwrap();
    let (policy, house, now) = (Arc::clone(&engine.policy), Arc::clone(&engine.house), clock.now());
    let approved = move |rows: Rows<'_>| {
        let first = testing::draft(rows, 480, 1, |_| {})?;
        let desk = Desk::new(rows, &policy, &house, now, "a test".into());
        let manifest = standing::manifest(&desk, &rows.advisories().get(first)?)?;
        let version = testing::draft(rows, 480, 1, |draft| draft.manifest = manifest)?;
        let alice = rows.people().team()?.remove(0).person;
        let inbox = rows.inbox().add(&Arrival {
            sha256: "an approval",
            raw: b"",
            account: "local",
            folder: "in",
            received_at: now,
            predates: true,
            truncated: false,
        })?;
        rows.inbox().done(inbox.unwrap(), "an approval", "", None, "a test")?;
        rows.advisories().approve(version, alice.id, inbox.unwrap(), now)?;
        rows.advisories().advance(version, Stage::Draft, Stage::Approved, now)?;
        rows.advisories().advance(version, Stage::Approved, Stage::Predisclosed, now)
    };
    engine.store.write(approved).await.unwrap();
    (engine, folder)
}

/// Kind and time of all that left, in that order.
fn left(folder: &tempfile::TempDir) -> Vec<(String, Timestamp)> {
    let files = std::fs::read_dir(folder.path().join("desk/mail/out")).unwrap().map(|file| file.unwrap().path());
    let mut all: Vec<(String, Timestamp)> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let envelope: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let text = |key: &str| envelope[key].as_str().unwrap().to_owned();
            (text("kind"), text("at").parse().unwrap())
        })
        .collect();
    all.sort_by_key(|(_, at)| *at);
    all
}

fn to_alice(number: usize) -> Letter {
    Letter {
        kind: Kind::Notice,
        from_name: None,
        to: vec![crate::mail::address::Mailbox::bare("alice@example.org".parse().unwrap())],
        subject: Text::public(format!("Notice {number}")),
        body: Text::public("Nothing new.".into()),
        enclosures: Vec::new(),
        thread: Thread::default(),
        slots: Default::default(),
        reply_to: None,
        answers_to: None,
        blind: Vec::new(),
        post: None,
        cc: Vec::new(),
        advisory: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_hour_the_advisory_leaves_before_what_waits_and_no_moment_earlier() {
    const NOTICES: usize = 20;
    let shortly = |milliseconds| hour() - SignedDuration::from_millis(milliseconds);
    let (mut engine, folder) = before_the_hour(Clock::Still(shortly(1_500))).await;
    engine.clock = Clock::running(shortly(1_500)); // Making keys took its time.
    engine.courier.clock = engine.clock;
    let (policy, house, due) = (Arc::clone(&engine.policy), Arc::clone(&engine.house), shortly(500));
    let queued = move |rows: Rows<'_>| {
        let mut desk = Desk::new(rows, &policy, &house, due, "notices".into());
        (0..NOTICES).try_for_each(|number| desk.send(&to_alice(number), None).map(drop))
    };
    engine.store.write(queued).await.unwrap();
    let store = engine.store.clone();
    let (stop, shutdown) = watch::channel(false);
    let running = tokio::spawn(engine.run(shutdown));
    let began = Instant::now();
    while store.write(|rows| rows.outbox().waiting_count()).await.unwrap() > 0
        || left(&folder).iter().all(|(kind, _)| kind != "release")
    {
        assert!(began.elapsed() < SOON, "{:?}", left(&folder));
        tokio::time::sleep(LOOK).await;
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();

    let left = left(&folder);
    let of = |wanted: &str| -> Vec<Timestamp> {
        left.iter().filter(|(kind, _)| kind == wanted).map(|(_, at)| *at).collect()
    };
    let (released, notices) = (of("release"), of("notice"));
    assert_eq!(left.first().map(|(kind, _)| kind.as_str()), Some("release"), "{left:?}");
    assert!(released[0] >= hour(), "{left:?}");
    assert!(released.len() >= 3, "each of the lists: {left:?}");
    assert!(notices.len() >= NOTICES && notices[0] >= *released.last().unwrap(), "{left:?}");
}

async fn released(engine: &Engine) -> bool {
    let seen = |rows: Rows<'_>| rows.advisories().has_seen(Audience::Public, VersionId(2));
    engine.store.write(seen).await.unwrap()
}

#[tokio::test]
async fn a_clock_that_jumps_over_the_hour_releases_nothing_before_somebody_says_that_it_is_right() {
    let reading = |wall: &str, steady| Reading { wall: wall.parse().unwrap(), steady: Duration::from_secs(steady) };
    let told: &'static Mutex<Reading> = Box::leak(Box::new(Mutex::new(reading("2026-12-22T09:00:00Z", 100))));
    let (engine, folder) = before_the_hour(Clock::Told(told)).await;
    let all = async || engine.deliver_due(&mut Tally::default()).await.unwrap();
    let is = |now: Reading| *told.lock().unwrap() = now;
    let alerts = || {
        let files = std::fs::read_dir(folder.path().join("desk/mail/out")).unwrap().map(|file| file.unwrap().path());
        let letters = files.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
        letters.filter(|path| std::fs::read_to_string(path).unwrap().contains("The clock jumped by 2 hours")).count()
    };

    is(reading("2026-12-22T10:00:00Z", 3_700));
    all().await;
    assert_eq!((alerts(), released(&engine).await), (0, false), "an hour went by on both clocks");
    is(reading("2026-12-22T12:30:00Z", 3_760));
    all().await;
    assert!(!released(&engine).await, "one minute went by");
    assert_eq!(alerts(), 2, "to each of the team");
    let untrue = engine.store.write(|rows| rows.advisories().jumped_at()).await.unwrap();
    assert_eq!(untrue, Some("2026-12-22T12:30:00Z".parse().unwrap()));

    // It is set right, and the right hour comes: nobody said that the clock is right.
    is(reading("2026-12-22T10:02:00Z", 3_820));
    all().await;
    is(reading("2026-12-22T12:00:00Z", 10_900));
    all().await;
    assert_eq!((alerts(), released(&engine).await), (2, false), "people are told once");
    // A run that begins anew knows it, too.
    let settings = Settings::load(&folder.path().join("desk/embargod.toml")).unwrap();
    let again = Engine::assemble(&settings, engine.store.clone(), Clock::Told(told)).await.unwrap();
    again.deliver_due(&mut Tally::default()).await.unwrap();
    assert!(!released(&engine).await);

    let by = |rows: Rows<'_>| rows.advisories().clock_is_right("alice@example.org", "2026-12-22T12:00:00Z".parse()?);
    assert!(engine.store.write(by).await.unwrap());
    all().await;
    assert!(released(&engine).await);
}

#[tokio::test]
async fn a_restored_desk_does_nothing_that_is_due_before_it_has_read_its_mail() {
    let (engine, _folder) = before_the_hour(Clock::Still(hour())).await;
    let restored = |rows: Rows<'_>| {
        testing::tamper(rows, "INSERT INTO copy (id, made_at) VALUES (1, '2026-12-22T09:00:00Z')", &[])?;
        rows.copy().start(hour())?;
        rows.pause().lift()
    };
    engine.store.write(restored).await.unwrap();
    engine.deliver_due(&mut Tally::default()).await.unwrap();
    assert!(!released(&engine).await, "what was held or changed since the backup is not known yet");
    engine.store.write(|rows| rows.copy().reread(hour())).await.unwrap();
    engine.deliver_due(&mut Tally::default()).await.unwrap();
    assert!(released(&engine).await);
}

#[tokio::test]
async fn what_is_released_is_shown_also_when_something_else_fails() {
    let (engine, folder) = before_the_hour(Clock::Still(hour())).await;
    engine.deliver_due(&mut Tally::default()).await.unwrap();
    assert!(released(&engine).await);
    engine.store.write(|rows| testing::tamper(rows, "ALTER TABLE bounce RENAME TO elsewhere", &[])).await.unwrap();
    assert!(engine.once().await.is_err());
    let site = folder.path().join("desk/site");
    assert!(site.join("advisory-480.txt").is_file(), "{:?}", std::fs::read_dir(&site).map(|all| all.count()));
}
