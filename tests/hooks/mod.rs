//! Programs of the operator's after a release, on local instances: when they are run, what they get, what people hear of one that
//! fails; and that before the hour neither they nor the site have anything of an advisory.

mod branches;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use embargod::advisory::facts::{Deployment, File};
use embargod::advisory::finding::Finding;
use embargod::mail::secret::sha256_hex;
use embargod::rules::label::VersionId;
use embargod::rules::schedule::Proposal;
use embargod::store::advisories::{Draft, SignedTexts, Stage};
use embargod::store::{Rows, Store};
use jiff::Timestamp;
use serde_json::Value;

use crate::daemon::{Running, SOON};
use crate::world::{Letter, LineEnds, World, embargod};

pub const APPROVED: &str = "2026-12-08T12:00:00Z";
pub const HOUR: &str = "2026-12-15T12:00:00Z";
pub const PATCH: &str = "--- a/canary.c\n+++ b/canary.c\n@@ -1 +1 @@\n-a\n+b\n";

/// An instance with these hooks, each a shell script, at a time before all releases.
pub fn world(hooks: &[(&str, &str)]) -> World {
    let mut world = World::new(LineEnds::Lf);
    for (name, script) in hooks {
        add_script(&world, name, script);
    }
    world.at("2026-12-08T11:00:00Z");
    world
}

/// A shell script as a hook, with two seconds.
pub fn add_script(world: &World, name: &str, script: &str) {
    let program = world.dir.join(format!("{name}.sh"));
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    add_hook(world, name, &program, 2);
}

fn add_hook(world: &World, name: &str, program: &Path, seconds: u32) {
    let settings = fs::read_to_string(world.config()).unwrap();
    let hook = format!("\n[[hook]]\nname = \"{name}\"\non = \"release\"\nrun = {program:?}\nseconds = {seconds}\n");
    fs::write(world.config(), settings + &hook).unwrap();
}

/// Somebody else runs them than the daemon, and knows himself what.
fn by_a_service(world: &World) {
    let settings = fs::read_to_string(world.config()).unwrap();
    let settings = settings.replace("hooks_run = \"here\"", "hooks_run = \"service\"");
    let lines: Vec<&str> = settings.lines().filter(|line| !line.starts_with("run = ")).collect();
    fs::write(world.config(), lines.join("\n")).unwrap();
}

/// What the unit of a hook does.
fn takes(folder: &Path, program: &Path) -> Command {
    let mut take = embargod();
    take.args(["hook", "take", "--spool"]).arg(folder).arg("--run").arg(program);
    take
}

pub fn writes<T: Send + 'static>(
    world: &World,
    work: impl FnOnce(Rows<'_>) -> anyhow::Result<T> + Send + 'static,
) -> T {
    let store = Store::open(&world.dir.join("state.db")).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(store.write(work)).unwrap()
}

/// A version of XSA-480 in these words.
pub fn draft(rows: Rows<'_>, version: u32, words: &str, findings: Vec<Finding>) -> anyhow::Result<VersionId> {
    let now: Timestamp = APPROVED.parse()?;
    let alice = rows.people().team()?[0].person.id;
    let case = match rows.facts().numbered(480)? {
        Some(case) => case,
        None => {
            let proposal = Proposal { predisclosure_at: now, release_at: "2027-12-15T12:00:00Z".parse()? };
            let case = rows.cases().open("canary case", false, now, proposal)?;
            rows.facts().number(case, 480, alice, now)?;
            case
        }
    };
    let file = File {
        name: "xsa480.patch".into(),
        bytes: PATCH.into(),
        sha256: sha256_hex(PATCH.as_bytes()),
        branches: vec!["master".into()],
    };
    let draft = Draft {
        number: 480,
        case,
        version,
        public_version: version,
        source: words.to_owned(),
        updates: String::new(),
        deployment: Deployment::Unsaid,
        title: "canary title".into(),
        cves: vec!["CVE-2026-12345".into()],
        patchless: false,
        members_text: words.to_owned(),
        public_text: words.to_owned(),
        embargo_until: None,
        manifest: format!("manifest of {words}"),
        findings,
        files: vec![file],
        author: alice,
        inbox: None,
        sealed: false,
    };
    rows.advisories().draft(&draft, now)
}

/// A version that is signed and as far as members have it.
fn predisclosed(world: &World, version: u32) -> VersionId {
    writes(world, move |rows| {
        let now: Timestamp = APPROVED.parse()?;
        let text = format!("canary of version {version}");
        let id = draft(rows, version, &text, Vec::new())?;
        let advisories = rows.advisories();
        let signed = SignedTexts { members: "canary for members".into(), public: format!("{text}, signed\n") };
        advisories.sign(id, "a certificate", &signed)?;
        advisories.advance(id, Stage::Draft, Stage::Approved, now)?;
        advisories.advance(id, Stage::Approved, Stage::Predisclosed, now)?;
        Ok(id)
    })
}

/// What a release commits, with the word to run these hooks.
pub fn releases(world: &World, version: VersionId, hooks: &[&str], at: &str) {
    let (hooks, at) = (hooks.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), at.to_owned());
    writes(world, move |rows| {
        let now = at.parse()?;
        rows.advisories().advance(version, Stage::Predisclosed, Stage::Released, now)?;
        hooks.iter().try_for_each(|hook| rows.advisories().run_hook(hook, version, now).map(drop))
    });
}

/// The letters that tell of a hook.
fn told(letters: Vec<Letter>) -> Vec<Letter> {
    letters.into_iter().filter(|letter| letter.subject().contains("After the release of XSA-480")).collect()
}

fn runs(world: &World) -> Vec<(String, String)> {
    let field = |run: &Value, name: &str| run[name].as_str().unwrap().to_owned();
    let runs = world.json(&["hook", "list"]);
    runs.as_array().unwrap().iter().map(|run| (field(run, "hook"), field(run, "state"))).collect()
}

/// All files below a folder, if it is there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn before_the_hour_neither_site_nor_spool_has_anything_of_an_advisory_and_after_it_a_hook_gets_it_all() {
    let mut world = world(&[(
        "tell",
        "cat > ../../told.json; cp $(sed 's/.*\"text\":\"\\([^\"]*\\)\".*/\\1/' ../../told.json) ../../text",
    )]);
    let version = predisclosed(&world, 1);
    world.at(APPROVED).round();
    for path in files(&world.dir.join("site")).into_iter().chain(files(&world.dir.join("hooks"))) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("canary") && !text.contains("480"), "{}", path.display());
        assert!(!path.to_string_lossy().contains("480"), "{}", path.display());
    }
    assert!(!world.dir.join("told.json").exists() && !world.dir.join("site/xsa.json").exists());

    releases(&world, version, &["tell"], HOUR);
    world.at("2026-12-15T12:00:01Z").round();
    let shown = fs::read_to_string(world.dir.join("site/advisory-480.txt")).unwrap();
    assert!(shown.contains("canary of version 1"), "{shown}");
    assert_eq!(fs::read_to_string(world.dir.join("site/xsa480.patch")).unwrap(), PATCH);
    assert_eq!(runs(&world), [("tell".to_owned(), "done".to_owned())]);
    let told: Value = serde_json::from_str(&fs::read_to_string(world.dir.join("told.json")).unwrap()).unwrap();
    for (name, expected) in [
        ("event", Value::from("release")),
        ("number", 480.into()),
        ("called", "XSA-480".into()),
        ("version", 1.into()),
        ("title", "canary title".into()),
        ("released_at", HOUR.into()),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    assert_eq!(told["cves"], serde_json::json!(["CVE-2026-12345"]));
    assert_eq!(told["files"][0]["name"], "xsa480.patch");
    assert_eq!(told["files"][0]["sha256"], sha256_hex(PATCH.as_bytes()));
    assert_eq!(fs::read_to_string(world.dir.join("text")).unwrap(), shown);
    assert!(!Path::new(told["files"][0]["path"].as_str().unwrap()).exists(), "nothing is left in the spool");

    fs::remove_file(world.dir.join("told.json")).unwrap();
    world.at("2026-12-15T13:00:00Z").round();
    assert!(!world.dir.join("told.json").exists(), "what worked is not repeated");
    let record = world.does(&["audit", "list"]);
    assert!(record.contains("hook tell for XSA-480"), "{record}");
}

#[test]
fn what_hangs_fails_prints_secrets_or_is_missing_stops_no_other_and_is_told_once() {
    let mut world = world(&[
        ("hangs", "read x < ../../never"),
        ("fails", "echo secret-token; echo secret-token >&2; exit 3"),
        ("works", "touch ../../worked"),
    ]);
    nix::unistd::mkfifo(&world.dir.join("never"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    add_hook(&world, "missing", Path::new("/nowhere/to/be/found"), 2);
    let version = predisclosed(&world, 1);
    releases(&world, version, &["hangs", "fails", "missing", "gone", "works"], HOUR);
    let letters = told(world.at("2026-12-15T12:00:01Z").round());
    assert!(world.dir.join("worked").exists());
    let about = |hook: &str| -> Vec<&Letter> {
        letters.iter().filter(|letter| letter.subject().ends_with(&format!("XSA-480, {hook} failed"))).collect()
    };
    for (hook, why, again) in [
        ("hangs", "took longer than 2 seconds and was ended", false),
        ("fails", "ended with the exit status 3", true),
        ("missing", "could not be started: No such file or directory", true),
        ("gone", "is no longer in the settings", false),
    ] {
        let letters = about(hook);
        let mut readers: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
        readers.sort_unstable();
        assert_eq!(readers, ["alice@example.org", "bob@example.org"], "{hook}");
        let text = letters[0].text();
        assert!(text.contains(why) && text.contains("embargod hook retry "), "{hook}: {text}");
        assert_eq!(text.contains("tried again from Tue 2026-12-15 12:01 UTC"), again, "{hook}: {text}");
        assert!(letters.iter().all(|letter| letter.kind == "alert"), "{hook}");
    }
    assert_eq!(letters.len(), 8, "the one that works is not told of");
    for path in files(&world.dir.join("hooks")).into_iter().chain(files(&world.dir.join("mail/out"))) {
        assert!(!fs::read_to_string(&path).unwrap_or_default().contains("secret-token"), "{}", path.display());
    }
    assert!(!world.does(&["audit", "list"]).contains("secret-token"));

    // What may go better is tried twice more, and people are told how that ended, and of nothing between.
    fs::write(world.dir.join("fails.sh"), "#!/bin/sh\ntouch ../../worked-at-last\n").unwrap();
    let subjects = |letters: Vec<Letter>| -> BTreeSet<String> {
        letters.iter().map(|letter| letter.subject().rsplit(", ").next().unwrap_or_default().to_owned()).collect()
    };
    let letters = told(world.at("2026-12-15T12:01:30Z").round());
    assert!(world.dir.join("worked-at-last").exists());
    assert_eq!((letters.len(), subjects(letters)), (2, BTreeSet::from(["fails was run after all".to_owned()])));
    let letters = told(world.at("2026-12-15T12:07:00Z").round());
    assert!(letters.iter().all(|letter| !letter.text().contains("tried again from")));
    assert_eq!((letters.len(), subjects(letters)), (2, BTreeSet::from(["missing failed".to_owned()])));
    let listed = world.json(&["hook", "list"]);
    let of = |hook: &str| listed.as_array().unwrap().iter().find(|run| run["hook"] == hook).unwrap().clone();
    assert_eq!((of("fails")["state"].clone(), of("missing")["attempt"].clone()), ("done".into(), 3.into()));
    assert!(!of("missing")["ended_at"].is_null(), "it is not tried a fourth time");
    assert_eq!(of("hangs")["attempt"], 1, "nobody knows what it did before it was ended");

    // An operator can have it run once more, but not what worked.
    let id = |hook: &str| of(hook)["id"].to_string();
    assert_eq!(world.command(&["hook", "retry", &id("works")]).status.code(), Some(1));
    world.does(&["hook", "retry", &id("missing")]);
    let letters = told(world.at("2026-12-15T12:08:00Z").round());
    assert_eq!(letters.len(), 2, "and is told when it fails again");
}

#[test]
fn a_service_takes_them_from_the_spool_without_settings_or_database_and_one_that_does_not_is_told_of() {
    let mut world = world(&[("tell", "cat > ../../told.json")]);
    by_a_service(&world);
    let version = predisclosed(&world, 1);
    releases(&world, version, &["tell"], HOUR);
    assert_eq!(told(world.at("2026-12-15T12:00:01Z").round()).len(), 0);
    assert!(!world.dir.join("told.json").exists(), "the daemon runs nothing itself");
    assert_eq!(runs(&world), [("tell".to_owned(), "running".to_owned())]);

    assert_eq!(
        told(world.at("2026-12-15T12:01:02Z").round()).len(),
        0,
        "there is time until its own is over, and a minute"
    );
    let letters = told(world.at("2026-12-15T12:01:04Z").round());
    assert_eq!(letters.len(), 2);
    assert_eq!(world.command(&["hook", "retry", "1"]).status.code(), Some(1), "what waits is not run twice");
    assert!(letters[0].subject().ends_with("tell was not run"), "{}", letters[0].subject());
    assert!(letters[0].text().contains("systemctl enable --now embargod-hook@tell.path"), "{}", letters[0].text());

    // Settings and database are not where it could find them.
    let spool = world.dir.join("hooks/tell");
    let empty = tempfile::tempdir().unwrap();
    let mut take = takes(&spool, &world.dir.join("tell.sh"));
    take.current_dir(empty.path()).env_remove("HOME");
    let said = String::from_utf8(take.output().unwrap().stdout).unwrap();
    assert_eq!(said, "tell: done\n");
    assert!(world.dir.join("told.json").exists());
    let letters = told(world.at("2026-12-15T12:02:00Z").round());
    assert_eq!(letters.len(), 2, "whoever was told that it was not run hears that it was");
    assert!(letters[0].subject().ends_with("tell was run after all"), "{}", letters[0].subject());
    assert_eq!(told(world.at("2026-12-15T12:02:30Z").round()).len(), 0);
    assert_eq!(runs(&world), [("tell".to_owned(), "done".to_owned())]);
    assert_eq!(files(&world.dir.join("hooks")), [] as [PathBuf; 0], "nothing is left");
    assert_eq!(
        String::from_utf8(take.output().unwrap().stdout).unwrap(),
        format!("Nothing waits in {}.\n", spool.display())
    );
}

/// The daemon's user, the hook's, and the group that both have to do with: as the units' users are, only without names.
const DAEMON: u32 = 47_110;
const HOOK: u32 = 47_111;

/// As under systemd: two users, and a spool made as `tmpfiles.d` makes it. Only root can play both.
#[test]
fn the_user_of_the_hooks_reads_all_that_the_daemon_puts_for_it() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (spool, program, here) = (home.path().join("hooks"), home.path().join("tell"), home.path().join("embargod"));
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_embargod"), &here).unwrap();
    let script = format!(
        "#!/bin/sh\nset -e\ncat > {0}/told\ntr ',' '\\n' < {0}/told | sed -n 's/.*\"\\(text\\|path\\)\":\"\\([^\"]*\\)\".*/\\2/p' \
         | xargs cat > {0}/read\n",
        home.path().join("own").display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for (folder, user, group, mode) in [(&spool, DAEMON, HOOK, 0o2750), (&home.path().join("own"), HOOK, HOOK, 0o700)] {
        fs::create_dir(folder).unwrap();
        std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    }
    let world = world(&[("tell", "true")]);
    by_a_service(&world);
    let settings = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), settings.replace("hooks = \"hooks\"", &format!("hooks = {spool:?}"))).unwrap();
    let version = predisclosed(&world, 1);
    releases(&world, version, &["tell"], HOUR);
    assert!(
        Command::new("chown").arg("-R").arg(format!("{DAEMON}:{DAEMON}")).arg(&world.dir).status().unwrap().success()
    );

    let mut daemon = Command::new(&here);
    let at = ["run", "--once", "--at", "2026-12-15T12:00:01Z", "--config"];
    let ran = daemon.args(at).arg(world.config()).uid(DAEMON).gid(DAEMON).current_dir("/").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(spool.join("tell/1-1.job.json").exists());

    let mut take = Command::new(&here);
    take.args(["hook", "take", "--spool"]).arg(spool.join("tell")).arg("--run").arg(&program);
    let took = take.uid(HOOK).gid(HOOK).current_dir("/").output().unwrap();
    assert_eq!(String::from_utf8(took.stdout).unwrap(), "tell: done\n", "{}", String::from_utf8_lossy(&took.stderr));
    let read = fs::read_to_string(home.path().join("own/read")).unwrap();
    assert!(read.contains("canary of version 1") && read.contains(PATCH), "{read}");

    let mut daemon = Command::new(&here);
    let at = ["run", "--once", "--at", "2026-12-15T12:00:05Z", "--config"];
    assert!(daemon.args(at).arg(world.config()).uid(DAEMON).gid(DAEMON).current_dir("/").status().unwrap().success());
    assert_eq!(runs(&world), [("tell".to_owned(), "done".to_owned())]);
    assert_eq!(files(&spool), [] as [PathBuf; 0], "and the daemon takes back what the other wrote");
}

#[test]
fn while_the_outbox_is_paused_nothing_is_shown_and_nothing_is_run() {
    let mut world = world(&[("tell", "cat > ../../told.json")]);
    world.round();
    world.does(&["outbox", "pause"]);
    let version = predisclosed(&world, 1);
    releases(&world, version, &["tell"], HOUR);
    world.at("2026-12-15T12:00:01Z").round();
    assert!(!world.dir.join("told.json").exists() && !world.dir.join("site/advisory-480.txt").exists());
    world.does(&["run", "--dry-run"]);
    assert!(!world.dir.join("told.json").exists(), "a rehearsal runs nothing");
    world.does(&["outbox", "resume"]);
    world.at("2026-12-15T12:00:02Z").round();
    assert!(world.dir.join("told.json").exists() && world.dir.join("site/advisory-480.txt").exists());
}

#[test]
fn the_daemon_puts_takes_back_and_tells_while_it_runs() {
    let mut world = world(&[("tell", "cat > ../../told.json")]);
    by_a_service(&world);
    let version = predisclosed(&world, 1);
    world.round();
    let daemon = Running::start(world.config(), &[]);
    releases(&world, version, &["tell"], "2026-12-08T11:00:05Z");
    // Whatever it does wakes it, as a release of its own would.
    world.post(b"Delivered-To: security@example.org\nFrom: Dana <dana@example.net>\nSubject: A\n\nIt.\n");
    let waits = |what: &str, is_so: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < SOON, "{what}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    };
    let job = world.dir.join("hooks/tell/1-1.job.json");
    waits("it is put into the spool", &|| job.exists());
    assert!(world.dir.join("site/advisory-480.txt").exists(), "after the site");
    assert!(takes(&world.dir.join("hooks/tell"), &world.dir.join("tell.sh")).status().unwrap().success());
    waits("its end is noticed", &|| runs(&world) == [("tell".to_owned(), "done".to_owned())]);
    assert!(daemon.stop().0.success());
    assert!(world.dir.join("told.json").exists());
}

#[test]
fn check_says_which_program_cannot_be_run() {
    let world = world(&[("tell", "true")]);
    add_hook(&world, "missing", Path::new("/nowhere/to/be/found"), 2);
    let text = world.dir.join("text");
    fs::write(&text, "text").unwrap();
    add_hook(&world, "no-program", &text, 2);
    let found = world.command(&["check", "--json"]);
    assert_eq!(found.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&found.stdout).unwrap();
    let of = |hook: &str| {
        let all = findings.as_array().unwrap().iter();
        let mut all = all.filter(|one| one["what"].as_str().unwrap().contains(&format!("hook {hook}, ")));
        all.next().unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!([of("tell"), of("missing"), of("no-program")], ["ok", "wrong", "wrong"]);
}

#[test]
fn a_spool_that_cannot_be_written_is_told_of_and_tried_again() {
    let mut world = world(&[("tell", "cat > ../../told.json")]);
    fs::write(world.dir.join("hooks"), "in the way").unwrap();
    let version = predisclosed(&world, 1);
    releases(&world, version, &["tell"], HOUR);
    let at = "2026-12-15T12:00:01Z";
    assert_eq!(world.at(at).command(&["run", "--once", "--at", at]).status.code(), Some(1));
    let letters = told(world.at("2026-12-15T12:00:02Z").letters());
    let told_later =
        |letters: &[Letter]| letters.iter().all(|one| one.text().contains("could not be put into the spool"));
    fs::remove_file(world.dir.join("hooks")).unwrap();
    let mut further = told(world.at("2026-12-15T12:00:03Z").round());
    further.extend(told(world.at("2026-12-15T12:00:04Z").round()));
    let (worked, further): (Vec<Letter>, Vec<Letter>) =
        further.into_iter().partition(|letter| letter.subject().ends_with("was run after all"));
    assert_eq!((letters.len() + further.len(), worked.len()), (2, 2), "each of the team once");
    assert!(told_later(&letters) && told_later(&further));
    assert!(world.dir.join("told.json").exists());
    assert_eq!(runs(&world), [("tell".to_owned(), "done".to_owned())]);
}
