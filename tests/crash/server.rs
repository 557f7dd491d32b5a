//! An SMTP server that knows its steps, keeps what it accepted, kills the program at a step of its choice and has the
//! faults it is told to have. One thread for each connection; TLS from the first byte.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

use crate::opened::{is_encrypted, opened, opens};
use crate::world::Letter;

/// A program that is gone has nothing more to say: only a crowded machine takes its time to read the last of it.
const RESTS_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(2);

/// Where a transaction stands. A step is passed when the server has done what it says, and before it does more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Connected,
    Ehlo,
    Noop,
    Mail,
    Rcpt,
    Data,
    /// The 354 is written.
    Invited,
    /// The header is read, and the body not yet.
    Body,
    /// All is read, and nothing kept.
    Dot,
    /// It is kept, and its 250 not written: only the server knows. The undecidable point.
    Accepted,
    /// The 250 is written. Whether the program has read it, its database tells.
    Answered,
    Quit,
}

impl Step {
    /// Whether a reply is due here, which may be a no.
    fn is_answered(self) -> bool {
        !matches!(self, Self::Invited | Self::Body | Self::Accepted | Self::Answered)
    }
}

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A 4yz reply; where no reply is due, the same as `Gone`.
    Later,
    /// The connection ends without a word.
    Gone,
    /// The letter is kept, and the connection ends without a reply to its final dot.
    Unanswered,
}

/// Something goes wrong `times` times, from the `from`-th step on, at each step where it can.
#[derive(Clone, Debug)]
pub struct Fault {
    pub from: usize,
    pub times: usize,
    pub wrong: Wrong,
}

impl Fault {
    fn strikes(&self, number: usize, step: Step) -> bool {
        self.times > 0 && self.from <= number && (self.wrong != Wrong::Unanswered || step == Step::Accepted)
    }
}

/// Letters to somebody are refused for good, always and at the same step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub to: String,
    pub at: Step,
}

/// A certificate for localhost, which is its own authority.
pub struct Tls {
    folder: tempfile::TempDir,
    config: Arc<ServerConfig>,
}

impl Tls {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "ca.pem"])
            .current_dir(folder.path())
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let certificate = CertificateDer::from_pem_file(folder.path().join("ca.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.path().join("key.pem")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self { folder, config: Arc::new(config) }
    }

    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

#[derive(Default)]
struct Log {
    steps: Vec<Step>,
    accepted: Vec<Letter>,
    /// Whom the server owes the reply to a letter it accepted, one entry for each.
    unanswered: Vec<Letter>,
    /// Who dies when so many steps are passed.
    victim: Option<(usize, Pid)>,
    faults: Vec<Fault>,
    refusals: Vec<Refusal>,
    /// What did go wrong.
    struck: Vec<Wrong>,
}

pub struct Server {
    pub port: u16,
    log: Arc<Mutex<Log>>,
    closed: Arc<AtomicBool>,
    /// Conversations that go on.
    open: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(tls: &Tls) -> Self {
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (log, closed) = (Arc::<Mutex<Log>>::default(), Arc::<AtomicBool>::default());
        let open = Arc::<AtomicUsize>::default();
        let server = Self { port, log: Arc::clone(&log), closed: Arc::clone(&closed), open: Arc::clone(&open) };
        let config = Arc::clone(&tls.config);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, config, log) = (stream.unwrap(), Arc::clone(&config), Arc::clone(&log));
                let open = Arc::clone(&open);
                open.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    let _ = catch_unwind(AssertUnwindSafe(|| serve(stream, config, &log)));
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// Starts a program that dies at the `step`-th step from now, and not earlier.
    pub fn start_victim(&self, step: usize, start: impl FnOnce() -> Child) -> Child {
        let mut log = self.log(); // Held until the victim is known: no step passes meanwhile.
        let child = start();
        log.victim = Some((log.steps.len() + step, Pid::from_raw(child.id().try_into().unwrap())));
        child
    }

    /// Nobody is to be killed any more.
    pub fn spare(&self) {
        self.log().victim = None;
    }

    pub fn has(&self, faults: &[Fault], refusals: &[Refusal]) {
        let mut log = self.log();
        log.faults = faults.to_vec();
        log.refusals = refusals.to_vec();
    }

    pub fn steps(&self) -> Vec<Step> {
        self.log().steps.clone()
    }

    pub fn accepted(&self) -> Vec<Letter> {
        self.log().accepted.clone()
    }

    pub fn unanswered(&self) -> Vec<Letter> {
        self.log().unanswered.clone()
    }

    pub fn struck(&self) -> Vec<Wrong> {
        self.log().struck.clone()
    }

    /// Waits until it has read all that a program said which has ended: its last words may still be on their way.
    pub fn rests(&self) {
        let started = Instant::now();
        while self.open.load(Ordering::SeqCst) > 0 {
            assert!(started.elapsed() < RESTS_WITHIN, "a conversation with nobody goes on");
            std::thread::park_timeout(LOOK);
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("localhost", self.port))); // Wakes the listener.
    }
}

/// The conversation is over: the other side is gone, or was just killed. What of a letter did not arrive whole is
/// dropped, as RFC 5321 section 4.1.1.4 has it.
struct Over;

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

fn serve(stream: TcpStream, config: Arc<ServerConfig>, log: &Mutex<Log>) {
    stream.set_nodelay(true).ok();
    let connection = ServerConnection::new(config).unwrap();
    let _ = converse(&mut BufReader::new(StreamOwned::new(connection, stream)), log);
}

fn converse(stream: &mut Stream, log: &Mutex<Log>) -> Result<(), Over> {
    let (mut from, mut to) = (None, String::new());
    if let Some(no) = pass(log, Step::Connected, &to)? {
        say(stream, no)?;
        return Err(Over);
    }
    say(stream, "220 crash.example.net")?;
    loop {
        let line = String::from_utf8(read(stream)?).map_err(|_| Over)?;
        let step = match line.split(' ').next().unwrap_or("").trim_end() {
            "EHLO" => Step::Ehlo,
            "NOOP" => Step::Noop,
            "MAIL" => {
                from = Some(path(&line)).filter(|path| !path.is_empty());
                Step::Mail
            }
            "RCPT" => {
                to = path(&line);
                Step::Rcpt
            }
            "DATA" => Step::Data,
            "QUIT" => Step::Quit,
            other => panic!("a server without “{other}”"),
        };
        let no = pass(log, step, &to)?;
        match step {
            Step::Data if no.is_none() => take(stream, log, &from, &to)?,
            Step::Quit => {
                say(stream, "221 goodbye")?;
                return Err(Over);
            }
            _ => say(stream, no.unwrap_or("250 crash.example.net"))?,
        }
    }
}

/// A letter: from the invitation to send it to the reply to its final dot.
fn take(stream: &mut Stream, log: &Mutex<Log>, from: &Option<String>, to: &str) -> Result<(), Over> {
    say(stream, "354 go on")?;
    pass(log, Step::Invited, to)?;
    let raw = body(stream, log)?;
    if let Some(no) = pass(log, Step::Dot, to)? {
        return say(stream, no);
    }
    let keys: [&[u8]; 2] =
        [include_bytes!("../../fixtures/keys/alice.key"), include_bytes!("../../fixtures/keys/dana.key")];
    let opened = is_encrypted(&raw).then(|| {
        let key = keys.into_iter().find(|key| opens(&raw, key));
        opened(&raw, key.expect("encrypted to one of the two"))
    });
    let letter = Letter { to: to.to_owned(), from: from.clone(), kind: String::new(), raw, opened };
    log.lock().unwrap().accepted.push(letter);
    pass(log, Step::Accepted, to)?;
    say(stream, "250 taken")?;
    pass(log, Step::Answered, to).map(drop)
}

/// The bytes of a letter, without the dots of RFC 5321 section 4.5.2.
fn body(stream: &mut Stream, log: &Mutex<Log>) -> Result<Vec<u8>, Over> {
    let (mut raw, mut in_body) = (Vec::new(), false);
    loop {
        let line = read(stream)?;
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if line == b"\r\n" && !std::mem::replace(&mut in_body, true) {
            pass(log, Step::Body, "")?;
        }
    }
}

/// A step is passed, for a letter to somebody once that is known: gives the reply if it is a no. Whoever is to die at
/// it is dead when this returns.
fn pass(log: &Mutex<Log>, step: Step, to: &str) -> Result<Option<&'static str>, Over> {
    let mut log = log.lock().unwrap();
    log.steps.push(step);
    let number = log.steps.len();
    if let Some((last, victim)) = log.victim
        && number >= last
    {
        if number == last {
            kill(victim, Signal::SIGKILL).unwrap();
        }
        return Err(Over);
    }
    if let Some(fault) = log.faults.iter_mut().find(|fault| fault.strikes(number, step)) {
        fault.times -= 1;
        let wrong = fault.wrong;
        log.struck.push(wrong);
        if wrong == Wrong::Later && step.is_answered() {
            return Ok(Some(if step == Step::Connected { "421 come again" } else { "451 not now" }));
        }
        if step == Step::Accepted {
            let letter = log.accepted.last().cloned();
            log.unanswered.extend(letter);
        }
        return Err(Over);
    }
    let refused = log.refusals.iter().any(|refusal| refusal.at == step && refusal.to == to);
    Ok(refused.then_some("550 nobody of that name"))
}

fn read(stream: &mut Stream) -> Result<Vec<u8>, Over> {
    let mut line = Vec::new();
    match stream.read_until(b'\n', &mut line) {
        Ok(_) if line.ends_with(b"\n") => Ok(line),
        _ => Err(Over),
    }
}

fn say(stream: &mut Stream, line: &str) -> Result<(), Over> {
    let stream = stream.get_mut();
    stream.write_all(format!("{line}\r\n").as_bytes()).and_then(|()| stream.flush()).map_err(|_| Over)
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}
