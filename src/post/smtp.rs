//! Mail out by SMTP submission: one recipient, one transaction, over TLS, on a connection that is kept for the next.
//! It sends bytes as they are and judges only the answer: refused for good, or not now.

mod secured;

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow, bail, ensure};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::rustls::ClientConfig;

use self::secured::Secured;
use super::patience::{Patience, within};
use super::tls::{self, TlsMode};
use super::{NotSent, Parcel};
use crate::mail::address::Address;

/// Connections kept for the next letter.
const IDLE_CONNECTIONS_MAX: usize = 4;

/// A server that takes our mail, and how to log in there.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    /// A private certificate authority (PEM) on top of the host's store.
    pub ca: Option<PathBuf>,
    /// With a password, or neither.
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// The name given in EHLO; the host's own if `None`.
    pub hello: Option<String>,
    pub patience: Arc<Patience>,
}

/// The way out. lettre's own pool is not used: a send that is given up half-way, by a time limit or at shutdown,
/// returns its connection there in the middle of a transaction, and the next letter is refused for good with `503
/// nested MAIL command` (seen with lettre 0.11.23 and Postfix 3.7, 2026-11-21). Here only a finished one is kept.
pub struct Smtp {
    server: SmtpServer,
    config: Arc<ClientConfig>,
    hello: ClientId,
    /// Each between two transactions.
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Smtp {
    pub fn described(&self) -> String {
        format!("SMTP server {} port {}", self.server.host, self.server.port)
    }

    /// Reads the certificates; connects with the first letter.
    pub fn new(server: &SmtpServer) -> Result<Self> {
        ensure!(
            server.user.is_some() == server.password.is_some(),
            "SMTP needs both a user and a password, or neither"
        );
        let hello = match &server.hello {
            Some(name) => ClientId::Domain(name.clone()),
            None => ClientId::default(),
        };
        let word = hello.to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        ensure!(!word.is_empty() && word.chars().all(plain), "“{word}” cannot be said in EHLO");
        let config = tls::client_config(server.ca.as_deref())?;
        Ok(Self { server: server.clone(), config, hello, idle: Mutex::new(Vec::new()) })
    }

    /// Hands one parcel over. `Ok` means that the server took responsibility for it (RFC 5321 section 6.1).
    pub async fn send(&self, parcel: &Parcel) -> Result<(), NotSent> {
        let envelope = envelope(parcel)?;
        let mut connection = self.connection().await.map_err(|error| NotSent::not_now(&format!("{error:#}")))?;
        // lettre ends the message with CRLF, dot, CRLF: the first CRLF is the message's own.
        let bytes = parcel.bytes.strip_suffix(b"\r\n").unwrap_or(&parcel.bytes);
        match within("handing over a letter", self.server.patience.send, connection.send(&envelope, bytes)).await {
            Ok(Ok(_)) => {
                self.keep(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(judged(&error)),
            Err(silence) => Err(NotSent::not_now(&silence.to_string())),
        }
    }

    /// Connects, logs in and says goodbye.
    pub async fn probe(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        ensure!(self.answers(&mut connection).await, "the server answers NOOP with an error");
        let _ = within("saying QUIT", self.server.patience.goodbye, connection.quit()).await;
        Ok(())
    }

    /// One that was kept and still answers, or a new one. Servers end idle connections as they like (Postfix after
    /// five minutes): that is no failure of the letter.
    async fn connection(&self) -> Result<AsyncSmtpConnection> {
        while let Some(mut kept) = self.unkeep() {
            if self.answers(&mut kept).await {
                return Ok(kept);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection> {
        let SmtpServer { host, port, tls, user, password, patience, .. } = &self.server;
        let stream =
            Secured::connect(host, *port, *tls, self.config.clone(), &self.hello.to_string(), patience).await?;
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello);
        let mut connection = within("waiting for the greeting", patience.answer, greeting)
            .await?
            .map_err(|error| anyhow!("Greeting {host}: {}", words(&error)))?;
        if let (Some(user), Some(password)) = (user, password) {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let login = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            if let Err(error) = within("logging in", patience.answer, login).await? {
                bail!("Logging in at {host}: {}", words(&error));
            }
        }
        Ok(connection)
    }

    async fn answers(&self, connection: &mut AsyncSmtpConnection) -> bool {
        within("saying NOOP", self.server.patience.noop, connection.test_connected()).await.unwrap_or(false)
    }

    fn unkeep(&self) -> Option<AsyncSmtpConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS_MAX {
            idle.push(connection);
        }
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server).finish_non_exhaustive()
    }
}

/// An address that cannot be said in SMTP will never be sayable: refused, whatever the server thinks.
fn envelope(parcel: &Parcel) -> Result<Envelope, NotSent> {
    let spoken = |address: &Address| {
        address.as_str().parse::<lettre::Address>().map_err(|error| NotSent::refused(&format!("the address: {error}")))
    };
    let from = parcel.envelope_from.as_ref().map(spoken).transpose()?;
    let to = spoken(&parcel.envelope_to)?;
    Envelope::new(from, vec![to]).map_err(|error| NotSent::refused(&error.to_string()))
}

/// The server's own words, as in `550 5.1.1 no such user`; ours where it said nothing.
fn words(error: &lettre::transport::smtp::Error) -> String {
    match (error.status(), error.source()) {
        (Some(code), Some(said)) => format!("{code} {said}"),
        (Some(code), None) => code.to_string(),
        // lettre 0.11.23 on the end of the stream.
        (None, Some(source)) if source.to_string() == "incomplete response" => "the connection is lost".to_owned(),
        (None, _) if error.is_response() => "an answer that cannot be read".to_owned(),
        (None, Some(source)) => match source.downcast_ref::<std::io::Error>() {
            Some(error) => format!("the connection is lost ({})", error.kind()), // The text of rustls has a URL in it.
            None => error.to_string(),
        },
        (None, None) => error.to_string(),
    }
}

/// What an error during a transaction means for the letter.
fn judged(error: &lettre::transport::smtp::Error) -> NotSent {
    let text = words(error);
    match error.status().map(u16::from) {
        // RFC 4954 section 6: it is us who must log in, the letter has no part in it.
        Some(530 | 534 | 535 | 538) => NotSent::not_now(&text),
        Some(500..) => NotSent::refused(&text),
        Some(_) => NotSent::not_now(&text),
        // lettre's own no, before a byte was sent: the server lacks SMTPUTF8 or 8BITMIME for this letter.
        None if error.is_client() => NotSent::refused(&text),
        None => NotSent::not_now(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> SmtpServer {
        SmtpServer {
            host: "localhost".to_owned(),
            port: 465,
            tls: TlsMode::Implicit,
            ca: None,
            user: None,
            password: None,
            hello: Some("desk.example.org".to_owned()),
            patience: Arc::default(),
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_before_the_first_letter() {
        for broken in [
            SmtpServer { user: Some("bot".to_owned()), ..server() },
            SmtpServer { password: Some(SecretString::from("secret")), ..server() },
            SmtpServer { hello: Some("two\r\nlines".to_owned()), ..server() },
            SmtpServer { hello: Some(String::new()), ..server() },
            SmtpServer { ca: Some("/nonexistent/ca.pem".into()), ..server() },
        ] {
            assert!(Smtp::new(&broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let server = SmtpServer { user: Some("bot".into()), password: Some(SecretString::from("hunter2")), ..server() };
        assert!(!format!("{server:?}").contains("hunter2"));
    }

    #[test]
    fn an_address_smtp_has_no_words_for_is_refused() {
        let parcel = |to: &str| Parcel {
            id: 1,
            envelope_from: None,
            envelope_to: to.parse().unwrap(),
            kind: "notice",
            at: jiff::Timestamp::UNIX_EPOCH,
            bytes: b"x\r\n".as_slice().into(),
        };
        assert!(envelope(&parcel("alice@example.org")).is_ok());
        for odd in ["alice@example-.org", "alice@exam_ple-.org"] {
            assert!(matches!(envelope(&parcel(odd)), Err(NotSent::Refused(_))), "{odd}");
        }
    }
}
