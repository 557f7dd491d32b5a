//! What holds for the whole process before any command runs: private files, no core dumps, a panic that prints its
//! place only, and logs without content.

use std::io::Write;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::stat::{Mode, umask};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// Files of this process are for its owner only, and its memory lands in no file (DESIGN section 8).
pub fn harden() {
    umask(Mode::from_bits_truncate(0o077));
    if setrlimit(Resource::RLIMIT_CORE, 0, 0).is_err() {
        complain(format_args!("embargod: core dumps could not be turned off"));
    }
    // A panic message may quote what a stranger sent: the place alone finds the bug.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_else(|| "an unknown place".into());
        complain(format_args!("embargod: a panic at {place}"));
    }));
}

/// What is as large as this is given back to the system when it is freed.
#[cfg(target_env = "gnu")]
const GIVEN_BACK_BYTES_MIN: i32 = 512 << 10;

/// Keeps memory flat however many large mails come. Left alone, glibc takes each large block that was freed as a reason
/// to keep larger ones (mallopt(3), `M_MMAP_THRESHOLD`: up to 32 MiB), in every thread that opened or sealed a mail.
pub fn give_memory_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it sets a number of the allocator, and no other thread is there yet.
        let set = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, GIVEN_BACK_BYTES_MIN) };
        if set != 1 {
            complain(format_args!("embargod: the memory of large mails may be kept after they are done with"));
        }
    }
}

/// A line on standard error. Where that is closed nobody can be told, and that is no reason to panic.
pub fn complain(words: std::fmt::Arguments<'_>) {
    writeln!(std::io::stderr(), "{words}").ok();
}

/// A command whose reader is gone (`| head`) ends quietly, as any other program does. Not for a command that talks
/// to servers: a connection that breaks is an error there, not the end.
pub fn end_with_its_reader() {
    // SAFETY: the default action runs no code of ours, and no other thread is there yet.
    let restored = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    restored.ok(); // Without it a lost reader is a write error, which is told.
}

/// Logs go to standard error: what `EMBARGOD_LOG` says, else everything of note for the daemon and trouble for
/// commands. With `EMBARGOD_LOG_FORMAT=json`, one JSON object a line. Whatever is asked, `without_content` holds.
pub fn log(daemon: bool) {
    let usual = if daemon { "info" } else { "warn" };
    let asked = EnvFilter::try_from_env("EMBARGOD_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let kept = tracing_subscriber::registry().with(asked).with(without_content());
    // An error of standard error cannot be told; trying to would panic.
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false).log_internal_errors(false);
    if std::env::var("EMBARGOD_LOG_FORMAT").is_ok_and(|format| format == "json") {
        kept.with(lines.json()).init();
    } else {
        kept.with(lines.with_ansi(false)).init();
    }
}

/// What libraries may say at most. Below these levels some write whole mails and passwords into the log
/// (async-imap 0.12 at trace: every command and answer; lettre 0.11 at debug: every line of SMTP); of those that do
/// not, the next version may.
fn without_content() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("embargod", LevelFilter::TRACE)
        .with_target("async_imap", LevelFilter::OFF)
        .with_target("imap_proto", LevelFilter::OFF)
        .with_target("refinery_core", LevelFilter::WARN)
}

/// Who runs this command, for the record: "operator NAME".
pub fn operator() -> String {
    let id = nix::unistd::getuid();
    let name = nix::unistd::User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name);
    format!("operator {name}")
}

/// How this program was called, for commands that a person is to type next.
pub fn program() -> String {
    std::env::current_exe().map_or_else(|_| "embargod".into(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a log collected.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_operator_who_asks_for_everything_sees_no_password_and_no_mail() {
        for asked in ["trace", "async_imap=trace,lettre=trace", "async_imap::imap_stream=trace,rustls=debug,info"] {
            let page = Page::default();
            let writer = page.clone();
            let log = tracing_subscriber::registry()
                .with(EnvFilter::new(asked))
                .with(without_content())
                .with(fmt::layer().with_writer(move || writer.clone()));
            tracing::subscriber::with_default(log, || {
                tracing::trace!(target: "async_imap::imap_stream", "encode: A1 LOGIN security hunter2");
                tracing::error!(target: "async_imap::client", "hunter2");
                tracing::warn!(target: "imap_proto::parser", "hunter2");
                tracing::debug!(target: "lettre::transport::smtp::client::async_connection", "Wrote: hunter2");
                tracing::debug!(target: "rustls::conn", "hunter2");
                tracing::info!(target: "refinery_core::traits", "applying migration");
                tracing::info!(target: "embargod::daemon", "the desk is open");
            });
            let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
            assert!(!text.contains("hunter2") && !text.contains("applying migration"), "{asked}: {text}");
            assert_eq!(text.contains("the desk is open"), !asked.ends_with("lettre=trace"), "{asked}: {text}");
        }
    }
}
