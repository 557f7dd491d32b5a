//! What moderation costs with ten posts held and with ten thousand: a new post up to its notices, a moderator's word up to
//! the copies, and `held list`. Ratios count, times are of this machine.
//!
//! `cargo bench --bench lists` prints a table. EMBARGOD_BENCH_HELD=10,10000 chooses how many wait.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::settings::Settings;
use embargod::store::Store;

/// Posts that are timed at each size.
const POSTS: usize = 30;
const MEMBERS: usize = 5;
const DISCUSS: &str = "xen-security-issues-discuss@lists.example.org";
/// All happens at this moment.
const NOW: &str = "2026-12-07T09:00:00Z";

fn main() {
    let sizes = match std::env::var("EMBARGOD_BENCH_HELD") {
        Ok(text) => text.split(',').map(|number| number.trim().parse().expect("a number")).collect(),
        Err(_) => vec![10, 1_000, 10_000],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{:>8}  {:>10}  {:>10}  {:>10}  {:>12}", "held", "notice", "decision", "list", "list per post");
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        embargod(&["init", "--profile", "xen", "--local"]).arg(&dir).stdout(Stdio::null()).status().unwrap();
        members(&dir);
        fill(&dir.join("state.db"), size);
        let (notice, decision) = runtime.block_on(moderated(&dir));
        let list = list(&dir);
        println!(
            "{size:>8}  {:>7.1} ms  {:>7.1} ms  {:>7.1} ms  {:>9.1} us",
            milliseconds(notice),
            milliseconds(decision),
            milliseconds(list),
            milliseconds(list) * 1000.0 / size as f64
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

fn members(dir: &Path) {
    let file = dir.join("members.csv");
    let lines: String =
        (0..MEMBERS).map(|number| format!("Member {number},security@member{number}.example.net\n")).collect();
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

/// Posts that wait, a mail of the inbox behind each.
fn fill(database: &Path, size: usize) {
    let mut connection = rusqlite::Connection::open(database).unwrap();
    let transaction = connection.transaction().unwrap();
    for number in 0..size {
        let (sha256, address) = (format!("old-{number}"), format!("old{number}@member.example.net"));
        let raw = format!("From: {address}\nTo: {DISCUSS}\nSubject: Old {number}\n\nHello\n");
        transaction
            .prepare_cached(
                "INSERT INTO inbox (sha256, account, folder, received_at, state, effect, destination, raw)
                 VALUES (?1, 'local', 'in', ?2, 'done', ?1, 'discuss', ?3)",
            )
            .unwrap()
            .execute(rusqlite::params![sha256, NOW, raw.into_bytes()])
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO held (inbox, list, author, author_key, standing, proof, brittle, whole, sealed, subject, reasons,
                                   hint, words, notes, state, held_at)
                 VALUES (?1, 'discuss', ?2, ?2, 'other', 'none', 0, 1, 0, 'Old', '[]', '', '', '[]', 'held', ?3)",
            )
            .unwrap()
            .execute(rusqlite::params![transaction.last_insert_rowid(), address, NOW])
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// The time of a post up to its notices on the disk, and of an answer up to the members' copies: the median of each.
async fn moderated(dir: &Path) -> (Duration, Duration) {
    let settings = Settings::load(&dir.join("embargod.toml")).unwrap();
    let store = Store::open(&settings.database).unwrap();
    let at = NOW.parse().unwrap();
    store.write(move |rows| rows.instance().simulate(at)).await.unwrap();
    let mut engine = Engine::assemble(&settings, store.clone(), Clock::Still(at)).await.unwrap();
    engine.once().await.unwrap(); // What the import has to tell.
    let (mut notices, mut decisions) = (Vec::new(), Vec::new());
    for number in 0..POSTS {
        let post = format!(
            "Delivered-To: {DISCUSS}\nAuthentication-Results: mx.example.org; dmarc=pass header.from=member1.example.net\n\
             From: Member <security@member1.example.net>\nTo: {DISCUSS}\nSubject: Post {number}\n\
             Date: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <post-{number}@member1.example.net>\n\nFixed images {number}.\n"
        );
        put(dir, &format!("post{number}"), &post);
        notices.push(timed(&mut engine).await);
        let to = reply_to(dir);
        let answer = format!(
            "Delivered-To: {to}\nAuthentication-Results: mx.example.org; dmarc=pass header.from=example.org\n\
             From: Alice <alice@example.org>\nTo: {to}\nSubject: Re\nDate: Mon, 07 Dec 2026 09:00:00 +0000\n\
             Message-ID: <answer-{number}@example.org>\n\napprove\n"
        );
        put(dir, &format!("answer{number}"), &answer);
        decisions.push(timed(&mut engine).await);
        assert_eq!(copies(dir), (number + 1) * MEMBERS, "each member has a copy of each post");
    }
    notices.sort();
    decisions.sort();
    (notices[POSTS / 2], decisions[POSTS / 2])
}

async fn timed(engine: &mut Engine) -> Duration {
    let started = Instant::now();
    engine.once().await.unwrap();
    started.elapsed()
}

fn put(dir: &Path, name: &str, raw: &str) {
    std::fs::write(dir.join("mail/in/new").join(name), raw).unwrap();
}

fn envelopes(dir: &Path) -> Vec<(i64, serde_json::Value)> {
    let files = std::fs::read_dir(dir.join("mail/out")).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.map(|path| {
        let id = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        (id, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
    })
    .collect()
}

fn copies(dir: &Path) -> usize {
    envelopes(dir).iter().filter(|(_, envelope)| envelope["kind"] == "post").count()
}

/// Where Alice's latest letter is answered: that stands outside of what is encrypted.
fn reply_to(dir: &Path) -> String {
    let letters = envelopes(dir);
    let of_alice = letters.iter().filter(|(_, envelope)| envelope["envelope_to"] == "alice@example.org");
    let (latest, _) = of_alice.max_by_key(|(id, _)| *id).expect("a notice");
    let raw = String::from_utf8(std::fs::read(dir.join(format!("mail/out/{latest}.eml"))).unwrap()).unwrap();
    let field = raw.lines().find_map(|line| line.strip_prefix("Reply-To:")).expect("a reply address");
    field.trim().trim_matches(['<', '>']).to_owned()
}

/// The best of five.
fn list(dir: &Path) -> Duration {
    (0..5)
        .map(|_| {
            let started = Instant::now();
            let listed =
                embargod(&["held", "list", "--json", "--config"]).arg(dir.join("embargod.toml")).output().unwrap();
            assert!(listed.status.success());
            started.elapsed()
        })
        .min()
        .unwrap()
}
