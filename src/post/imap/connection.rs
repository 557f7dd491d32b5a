//! One connection to an IMAP server (RFC 3501): greeting, TLS, log-in, a command and all its answers, IDLE.
//! It knows no mail. async-imap's own commands are not used after the log-in: on a dead connection they answer
//! “Ok, nothing there”, and they swallow a refused FETCH. Here a command ends with its own tagged OK or as an error.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_imap::imap_proto::{Capability, MailboxDatum, Outcome, Response, Status};
use async_imap::{Client, Session};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::ImapAccount;
use crate::post::patience::{NoAnswer, Patience, within};
use crate::post::{one_line, tls};

const REFUSAL_CHARS_MAX: usize = 200;

/// What a connection runs over: TLS on TCP, and in tests a pair of pipes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Debug + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug + 'static> Stream for T {}

/// Why a command did not end well. After anything but `Refused` the connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("{doing}: the connection is lost ({why})")]
    Lost { doing: &'static str, why: String },
    /// The server's text, on one line and without addresses.
    #[error("{doing}: the server refused: {text}")]
    Refused { doing: &'static str, text: String },
}

impl Trouble {
    /// From an error of the stream. Its text is not passed on: async-imap quotes what it could not parse, which may
    /// be somebody's mail.
    fn of_stream(doing: &'static str, error: &std::io::Error) -> Self {
        let why = match error.kind() {
            std::io::ErrorKind::Other => "an answer that cannot be read".to_owned(),
            kind => kind.to_string(),
        };
        Trouble::Lost { doing, why }
    }

    fn of_client(doing: &'static str, error: async_imap::error::Error) -> Self {
        use async_imap::error::Error;
        match error {
            Error::Io(error) => Self::of_stream(doing, &error),
            Error::No(text) | Error::Bad(text) => {
                Trouble::Refused { doing, text: without_addresses(servers_words(&text)) }
            }
            Error::Validate(_) => Trouble::Refused { doing, text: "line ends cannot be sent".to_owned() },
            _ => Self::ended(doing),
        }
    }

    fn ended(doing: &'static str) -> Self {
        Trouble::Lost { doing, why: "ended by the server".to_owned() }
    }

    fn refused(doing: &'static str, outcome: &Outcome<'_>) -> Self {
        Trouble::Refused {
            doing,
            text: without_addresses(outcome.information.as_deref().unwrap_or("without a reason")),
        }
    }
}

/// What the server said, without what async-imap 0.12 puts around it.
fn servers_words(text: &str) -> &str {
    let inside = text.split_once("info: Some(\"").and_then(|(_, rest)| rest.strip_suffix("\")"));
    inside.unwrap_or(text)
}

/// A server's words for the log: one line, and no word that could be an address.
fn without_addresses(text: &str) -> String {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| if word.contains('@') { "(an address)" } else { word }).collect();
    one_line(&words.join(" "), REFUSAL_CHARS_MAX)
}

/// What the server says it can do (RFC 3501 section 6.1.1), as far as we make use of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// RFC 2177.
    pub idle: bool,
    /// RFC 6851.
    pub moves: bool,
    /// RFC 4315: UID EXPUNGE.
    pub uidplus: bool,
}

#[derive(Debug)]
pub struct Connection<S: Stream> {
    session: Session<S>,
    pub offers: Offers,
    /// The server spoke of messages (`EXISTS`) since this was last set to false. It says so once, in the answers to
    /// whatever command comes next, and not again when IDLE begins.
    pub news: bool,
    pub patience: Patience,
}

/// Connects, over TLS in any case, and logs in.
pub async fn open(account: &ImapAccount) -> Result<Connection<TlsStream<TcpStream>>> {
    let config = tls::client_config(account.ca.as_deref())?;
    let patience = &account.patience;
    let stream = tls::dial(&account.host, account.port, patience).await?;
    match account.tls {
        tls::TlsMode::Implicit => {
            let stream = tls::secure(stream, &account.host, config, patience).await?;
            Connection::log_in(greeted(stream, patience).await?, account).await
        }
        tls::TlsMode::StartTls => {
            const DOING: &str = "asking for TLS";
            let mut client = greeted(stream, patience).await?;
            within(DOING, patience.answer, client.run_command_and_check_ok("STARTTLS", None))
                .await?
                .map_err(|error| Trouble::of_client(DOING, error))?;
            // What somebody may have put behind the server's OK in clear is dropped here with the client's buffer.
            let stream = tls::secure(client.into_inner(), &account.host, config, patience).await?;
            Connection::log_in(Client::new(stream), account).await
        }
    }
}

/// Reads the greeting (RFC 3501 section 7.1). PREAUTH is refused: we would be somebody we did not say, and under
/// STARTTLS it is how a man in the middle keeps us in clear.
pub async fn greeted<S: Stream>(stream: S, patience: &Patience) -> Result<Client<S>> {
    const DOING: &str = "waiting for the greeting";
    let mut client = Client::new(stream);
    let greeting = within(DOING, patience.answer, client.read_response())
        .await?
        .map_err(|error| Trouble::of_stream(DOING, &error))?
        .ok_or_else(|| Trouble::ended(DOING))?;
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => Ok(client),
        Response::Data { status: Status::Bye, outcome } => Err(Trouble::refused(DOING, outcome).into()),
        Response::Data { status: Status::PreAuth, .. } => bail!("the server greets us as somebody already logged in"),
        _ => bail!("this does not greet like an IMAP server"),
    }
}

impl<S: Stream> Connection<S> {
    pub async fn log_in(client: Client<S>, account: &ImapAccount) -> Result<Self> {
        const DOING: &str = "logging in";
        let patience = *account.patience;
        let session = within(DOING, patience.answer, client.login(&account.user, account.password.expose_secret()))
            .await?
            .map_err(|(error, _)| Trouble::of_client(DOING, error))?;
        let mut connection = Self { session, offers: Offers::default(), news: false, patience };
        let mut offers = Offers::default();
        connection
            .command("asking for capabilities", patience.answer, "CAPABILITY", |answer| {
                if let Response::Capabilities(capabilities) = answer {
                    offers = offered(capabilities);
                }
            })
            .await
            .context("Asking what the server offers")?;
        connection.offers = offers;
        Ok(connection)
    }

    /// Sends one command and shows each answer to `each`, until the server ends the command. NO and BAD are errors,
    /// as are BYE and an end before the tagged answer; all of it within `limit`.
    pub async fn command(
        &mut self,
        doing: &'static str,
        limit: Duration,
        line: &str,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), Trouble> {
        within(doing, limit, async {
            let tag = self.session.run_command(line).await.map_err(|error| Trouble::of_client(doing, error))?;
            self.until(doing, |answer| match answer {
                Response::Done { tag: theirs, status, outcome } if *theirs == tag => Some(match status {
                    Status::Ok => Ok(()),
                    _ => Err(Trouble::refused(doing, outcome)),
                }),
                other => {
                    each(other);
                    None
                }
            })
            .await?
        })
        .await?
    }

    /// Waits in IDLE (RFC 2177) until the server says anything about the folder, and no longer than `poll`. The caller
    /// polls in either case: servers forget to speak. `Refused`: the server will not, and the connection is as before.
    pub async fn idle(&mut self, poll: Duration) -> Result<(), Trouble> {
        const BEGINNING: &str = "entering IDLE";
        const WAITING: &str = "waiting in IDLE";
        const ENDING: &str = "leaving IDLE";
        self.news = false;
        let tag = within(BEGINNING, self.patience.answer, async {
            let tag = self.session.run_command("IDLE").await.map_err(|error| Trouble::of_client(BEGINNING, error))?;
            self.until(BEGINNING, |answer| match answer {
                Response::Continue(_) => Some(Ok(())),
                Response::Done { outcome, .. } => Some(Err(Trouble::refused(BEGINNING, outcome))),
                _ => None,
            })
            .await??;
            Ok::<_, Trouble>(tag)
        })
        .await??;
        if !self.news {
            let quiet = poll.min(self.patience.idle);
            let stirred = self.until(WAITING, |answer| match answer {
                Response::Data { status: Status::Ok, .. } | Response::Continue(_) => None, // A sign of life.
                Response::Done { tag: theirs, .. } if *theirs == tag => Some(Idling::Ended),
                _ => Some(Idling::Stirred),
            });
            // Not a time limit on an answer: quiet minutes are what we hope for. A keep-alive of the server
            // (`* OK Still here`) must not make them longer.
            if let Ok(stirred) = within(WAITING, quiet, stirred).await
                && matches!(stirred?, Idling::Ended)
            {
                // There is nothing left to end, and a server that always does this must not keep us busy.
                return Err(Trouble::Refused { doing: WAITING, text: "ended by the server".to_owned() });
            }
        }
        within(ENDING, self.patience.done, async {
            self.session.run_command_untagged("DONE").await.map_err(|error| Trouble::of_client(ENDING, error))?;
            self.until(ENDING, |answer| {
                matches!(answer, Response::Done { tag: theirs, .. } if *theirs == tag).then_some(())
            })
            .await
        })
        .await?
    }

    /// Reads answers until `judge` has heard enough. The end of the stream and BYE are the end of the connection.
    /// Safe to give up on at any time: what was read stays in the session.
    async fn until<T>(
        &mut self,
        doing: &'static str,
        mut judge: impl FnMut(&Response<'_>) -> Option<T> + Send,
    ) -> Result<T, Trouble> {
        loop {
            let answer = self.session.read_response().await.map_err(|error| Trouble::of_stream(doing, &error))?;
            let answer = answer.ok_or_else(|| Trouble::ended(doing))?;
            match answer.parsed() {
                Response::Data { status: Status::Bye, .. } => return Err(Trouble::ended(doing)),
                Response::MailboxData(MailboxDatum::Exists(_)) => self.news = true,
                _ => {}
            }
            if let Some(enough) = judge(answer.parsed()) {
                return Ok(enough);
            }
        }
    }

    /// Says goodbye; nothing depends on whether it is heard.
    pub async fn close(mut self) {
        let _ = within("logging out", self.patience.goodbye, async {
            let _ = self.session.run_command("LOGOUT").await;
            while let Ok(Some(_)) = self.session.read_response().await {}
        })
        .await;
    }
}

/// Why IDLE is over.
enum Idling {
    Stirred,
    Ended,
}

fn offered(capabilities: &[Capability<'_>]) -> Offers {
    let has = |name: &str| {
        capabilities.iter().any(|one| matches!(one, Capability::Atom(atom) if atom.eq_ignore_ascii_case(name)))
    };
    Offers { idle: has("IDLE"), moves: has("MOVE"), uidplus: has("UIDPLUS") }
}
