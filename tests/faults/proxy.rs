//! A proxy between the program and a real server that misbehaves at one moment in one way. TLS ends on both of its
//! sides, so that it reads and says plain lines of IMAP and SMTP. It decides nothing about mail.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use embargod::post::patience::Patience;
use embargod::post::tls;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, ServerConfig, crypto};

use super::fault::{Fault, Mischief, Moment};
use super::talk::Talk;
use crate::mailstack::stack::Stack;

/// More than any line or literal of the tests.
const UNIT_BYTES_MAX: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Imap,
    Smtp,
    /// Clear until the program says STARTTLS.
    SmtpStartTls,
}

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

pub struct Shared {
    pub fault: Fault,
    pub protocol: Protocol,
    behind: u16,
    /// The mailbox of the account, as files.
    pub mailbox: PathBuf,
    /// How the servers behind are trusted.
    trust: Arc<ClientConfig>,
    acceptor: TlsAcceptor,
    /// Moments met so far, and times the fault struck.
    met: AtomicUsize,
    struck: AtomicUsize,
    /// How often it still may.
    left: AtomicUsize,
}

impl Proxy {
    /// Within the runtime of the caller, until that ends.
    pub async fn start(stack: &Stack, protocol: Protocol, fault: Fault, mailbox: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = match protocol {
            Protocol::Imap => stack.port("IMAPS_PORT"),
            Protocol::Smtp | Protocol::SmtpStartTls => stack.port("SMTPS_PORT"),
        };
        let shared = Arc::new(Shared {
            fault,
            protocol,
            behind,
            mailbox: mailbox.to_owned(),
            trust: tls::client_config(Some(&stack.ca())).unwrap(),
            acceptor: acceptor(&stack.dir().join("tls")),
            met: AtomicUsize::new(0),
            struck: AtomicUsize::new(0),
            left: AtomicUsize::new(fault.times),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&accepting).serve(stream));
            }
        });
        Self { port, shared }
    }

    /// From now on it only passes on.
    pub fn behave(&self) {
        self.shared.left.store(0, Ordering::SeqCst);
    }

    pub fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::SeqCst)
    }
}

/// The certificate of the stack's servers.
fn acceptor(tls: &Path) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(tls.join("srv.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(tls.join("srv.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A line, with its literals; or the end of a side.
pub enum Heard {
    Program(Vec<u8>),
    Server(Vec<u8>),
    End,
}

impl Shared {
    /// Whether the fault strikes now.
    pub fn strikes(&self, moment: bool) -> bool {
        if !moment || self.left.load(Ordering::SeqCst) == 0 {
            return false;
        }
        if self.met.fetch_add(1, Ordering::SeqCst) < self.fault.skip {
            return false;
        }
        if self.fault.times != usize::MAX {
            self.left.fetch_sub(1, Ordering::SeqCst);
        }
        self.struck.fetch_add(1, Ordering::SeqCst);
        true
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        stream.set_nodelay(true).ok();
        if self.strikes(self.fault.moment == Moment::Connection) {
            match self.fault.mischief {
                Mischief::Freeze => while matches!(stream.read(&mut [0; 512]).await, Ok(1..)) {},
                Mischief::Instead(words) => drop(stream.write_all(words.as_bytes()).await),
                _ => {}
            }
            return;
        }
        if self.protocol == Protocol::SmtpStartTls && !self.invite_tls(&mut stream).await {
            return;
        }
        let Ok(front) = self.acceptor.accept(stream).await else { return };
        let patience = Patience::default();
        let Ok(back) = tls::dial("localhost", self.behind, &patience).await else { return };
        let Ok(back) = tls::secure(back, "localhost", Arc::clone(&self.trust), &patience).await else { return };
        let (program, to_program) = tokio::io::split(front);
        let (server, to_server) = tokio::io::split(back);
        let (ears, heard) = mpsc::channel(16);
        let listening = [
            tokio::spawn(listen(program, ears.clone(), Heard::Program)),
            tokio::spawn(listen(server, ears, Heard::Server)),
        ];
        Talk::new(self, to_program, to_server).go(heard).await;
        // Nobody says goodbye: without close_notify, if it was not sent before.
        listening.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// The part in clear of RFC 3207; `false` when there is no more.
    async fn invite_tls(&self, stream: &mut TcpStream) -> bool {
        let mut lines = BufReader::new(stream);
        let mut reply = "220 mx.proj.test\r\n".to_owned();
        loop {
            if lines.get_mut().write_all(reply.as_bytes()).await.is_err() {
                return false;
            }
            if reply.starts_with("220 ready") {
                return true;
            }
            let mut line = String::new();
            if !matches!(lines.read_line(&mut line).await, Ok(1..)) {
                return false;
            }
            let strikes = self.strikes(matches!(self.fault.moment, Moment::Says(words) if line.contains(words)));
            reply = match (strikes, self.fault.mischief) {
                (true, Mischief::Instead(words)) => format!("{words}\r\n"),
                (true, _) => return false,
                (false, _) if line.starts_with("STARTTLS") => "220 ready\r\n".to_owned(),
                (false, _) => "250-mx.proj.test\r\n250 STARTTLS\r\n".to_owned(),
            };
        }
    }
}

/// Reads one side, unit by unit.
async fn listen(side: impl AsyncRead + Unpin, ears: mpsc::Sender<Heard>, from: fn(Vec<u8>) -> Heard) {
    let mut side = BufReader::new(side);
    while let Some(unit) = unit(&mut side).await {
        if ears.send(from(unit)).await.is_err() {
            return;
        }
    }
    ears.send(Heard::End).await.ok();
}

/// A line, and what follows a literal's length (RFC 3501 section 4.3) up to the end of the line after it.
async fn unit(side: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut unit = Vec::new();
    loop {
        let from = unit.len();
        if side.read_until(b'\n', &mut unit).await.ok()? == 0 || unit.len() > UNIT_BYTES_MAX {
            return None;
        }
        let Some(length) = literal(&unit[from..]) else { return Some(unit) };
        let from = unit.len();
        unit.resize(from + length, 0);
        side.read_exact(&mut unit[from..]).await.ok()?;
    }
}

/// The number in `… {123}` at the end of a line.
pub fn literal(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line.strip_suffix(b"}\r\n")?).ok()?;
    line.rsplit_once('{')?.1.parse().ok()
}
