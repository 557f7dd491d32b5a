//! What holds for the whole process before any command runs: private files, no core dumps, a panic that prints its
//! place only, and logs without content.

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

/// Files of this process are for its owner only, and its memory lands in no file (DESIGN section 8).
pub fn harden() {
    umask(Mode::from_bits_truncate(0o077));
    if setrlimit(Resource::RLIMIT_CORE, 0, 0).is_err() {
        eprintln!("embargod: core dumps could not be turned off");
    }
    // A panic message may quote what a stranger sent: the place alone finds the bug.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_else(|| "an unknown place".into());
        eprintln!("embargod: a panic at {place}");
    }));
}

/// Logs go to standard error: what `EMBARGOD_LOG` says, else everything of note for the daemon and trouble for
/// commands. With `EMBARGOD_LOG_FORMAT=json`, one JSON object a line.
pub fn log(daemon: bool) {
    let usual = if daemon { "info,refinery_core=warn" } else { "warn" };
    let filter = EnvFilter::try_from_env("EMBARGOD_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = if std::env::var("EMBARGOD_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().boxed()
    } else {
        lines.with_ansi(false).boxed()
    };
    tracing_subscriber::registry().with(filter).with(filter_fn(without_content)).with(lines).init();
}

/// Whatever the operator asks for: at debug and trace, libraries that talk to servers write down what they read, and
/// that is people's mail (async-imap 0.12 and imap-proto do).
fn without_content(line: &Metadata<'_>) -> bool {
    line.target().starts_with(env!("CARGO_CRATE_NAME")) || *line.level() <= Level::INFO
}

/// Who runs this command, for the record: "operator NAME".
pub fn operator() -> String {
    let id = nix::unistd::getuid();
    let name = nix::unistd::User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name);
    format!("operator {name}")
}
