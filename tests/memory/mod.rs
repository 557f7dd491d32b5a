//! How much memory the program takes (proc_pid_status(5)): at most, for one very large mail and for all mail of the
//! corpus at once; and of its own, while it waits for mail. The figures are shown; the bounds are those of DESIGN
//! section 10.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::corpus;
use crate::world::{LineEnds, World, embargod, root};

/// A 50 MB message, and whatever else comes.
const MEBIBYTES_MAX: u64 = 200;
/// What a daemon that waits may hold beside the pages of its files: of the 25 MiB, those of the optimised program and
/// its libraries take the most, and those of the program under test say nothing.
const IDLE_MEBIBYTES_MAX: u64 = 10;
/// Between two looks. The figure never goes down, so that only what happens after the last one is missed.
const LOOK: Duration = Duration::from_millis(2);

/// A figure of a process as its status has it now; 0 when it has ended.
fn kib(child: &Child, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let told = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap_or_default();
    told.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// Waits for the end of a process; gives the most it had in memory.
fn peak_kib(child: &mut Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = kib(child, "VmHWM").max(peak);
        std::thread::park_timeout(LOOK);
    }
    peak
}

/// One round over what lies in the mailbox; `what` is for the eyes.
fn round_within(what: &str, world: &World, mebibytes_max: u64) {
    let mut run = embargod();
    run.args(["run", "--once", "--at", "2026-12-07T09:12:04Z", "--config"]).arg(world.config());
    let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = peak_kib(&mut child);
    assert!(child.wait().unwrap().success(), "{what}");
    show(what, peak, "at most");
    assert!(peak > 0 && peak < mebibytes_max * 1024, "{what}: {peak} KiB");
}

fn show(what: &str, kib: u64, which: &str) {
    let said = writeln!(std::io::stderr(), "memory: {what}: {:.1} MiB {which}", kib as f64 / 1024.0);
    said.expect("standard error"); // Not a macro of the test harness: it is seen without --nocapture too.
}

fn large(bytes: usize) -> Vec<u8> {
    let head = "Delivered-To: security@example.org\nFrom: Dana <dana@research.example.net>\nTo: security@example.org\n\
                Subject: overflow\nDate: Mon, 07 Dec 2026 09:12:04 +0000\nMessage-ID: <1@research.example.net>\n\
                Content-Type: multipart/mixed; boundary=frontier\n\n--frontier\n\nThe core is attached.\n--frontier\n\
                Content-Type: application/octet-stream; name=core\nContent-Transfer-Encoding: base64\n\n";
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM=\n";
    let mut mail = head.as_bytes().to_vec();
    mail.extend(line.bytes().cycle().take(bytes));
    mail.extend(b"\n--frontier--\n");
    mail
}

/// A mail of a hundred kilobytes, encrypted by gpg, that unpacks to `bytes`.
fn packed(number: usize, bytes: usize) -> Vec<u8> {
    let home = tempfile::tempdir().unwrap();
    let text = home.path().join("text");
    let line = format!("{number:4} the core was written by a guest that maps a grant twice\n");
    std::fs::write(&text, line.bytes().cycle().take(bytes).collect::<Vec<u8>>()).unwrap();
    let mut gpg = Command::new("gpg");
    gpg.arg("--homedir").arg(home.path()).args(["--batch", "--quiet", "--no-permission-warning", "--armor"]);
    gpg.arg("--recipient-file").arg(root().join("fixtures/keys/project.asc")).arg("--output").arg("-");
    let encrypted = gpg.arg("--encrypt").arg(&text).output().unwrap();
    assert!(encrypted.status.success(), "{}", String::from_utf8_lossy(&encrypted.stderr));
    assert!(encrypted.stdout.len() < 200_000, "{}", encrypted.stdout.len());
    let mut mail = format!(
        "Delivered-To: security@example.org\nFrom: Dana <dana{number}@research.example.net>\nTo: security@example.org\n\
         Subject: core\nDate: Mon, 07 Dec 2026 09:12:04 +0000\nMessage-ID: <{number}@research.example.net>\n\n"
    )
    .into_bytes();
    mail.extend(encrypted.stdout);
    mail
}

#[test]
fn small_mails_that_unpack_to_large_ones_are_not_unpacked_all_at_once() {
    let mut world = World::new(LineEnds::Lf);
    (0..4).for_each(|number| world.post(&packed(number, 24_000_000)));
    round_within("four mails of 100 KB that unpack to 24 MB each", &world, MEBIBYTES_MAX);
    assert_eq!(world.json(&["case", "list"]).as_array().unwrap().len(), 4);
}

#[test]
fn a_mail_over_the_limit_is_not_held_in_memory() {
    let mut world = World::new(LineEnds::Lf);
    round_within("a round with nothing to do", &world, MEBIBYTES_MAX);
    world.post(&large(50_000_000));
    round_within("a mail of 50 MB, of which the beginning is taken", &world, MEBIBYTES_MAX);
    assert_eq!(world.json(&["inbox", "list"])[0]["state"], "done");
    assert_eq!(world.letters().len(), 3, "acknowledged, and relayed twice");
}

#[test]
fn a_mail_just_below_the_limit_is_held_a_few_times_over() {
    let mut world = World::new(LineEnds::Lf);
    world.post(&large(24_000_000));
    round_within("a mail of 24 MB, taken and relayed whole", &world, 2 * MEBIBYTES_MAX);
    assert_eq!(world.letters().len(), 3);
}

#[test]
fn however_much_mail_waits_it_is_not_in_memory_all_at_once() {
    let mails = corpus::all();
    let mut world = World::new(LineEnds::Lf);
    let bytes: usize = mails.iter().map(Vec::len).sum();
    mails.iter().for_each(|mail| world.post(mail));
    let what = format!("{} messages of the corpus, {:.0} MB", mails.len(), bytes as f64 / 1e6);
    round_within(&what, &world, MEBIBYTES_MAX);
}

#[test]
fn what_the_start_needed_is_not_kept_while_the_daemon_waits() {
    let world = World::new(LineEnds::Lf);
    let mut run = embargod();
    run.args(["run", "--config"]).arg(world.config());
    let mut daemon = run.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(daemon.stderr.take().unwrap()).lines().map_while(Result::ok);
    let opened = said.any(|line| line.contains("the desk is open"));
    let own = kib(&daemon, "RssAnon");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    show("a daemon that waits", own, "of its own");
    assert!(opened && own > 0 && own < IDLE_MEBIBYTES_MAX * 1024, "{own} KiB");
}
