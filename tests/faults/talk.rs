//! One conversation through the proxy: what each side says reaches the other, until the fault strikes.

use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::fault::{Mischief, Moment};
use super::proxy::{Heard, Protocol, Shared};

/// What is left of a connection after something was heard.
enum Next {
    GoOn,
    Frozen,
    Over,
}

pub struct Talk<P, S> {
    shared: Arc<Shared>,
    to_program: P,
    to_server: S,
    /// The last command of the program.
    command: String,
    greeted: bool,
    /// Between DATA and the final dot.
    data: bool,
    /// The program hears nothing until it speaks again.
    deaf: bool,
    /// The server still waits for the end of a message.
    stranded: bool,
}

impl<P: AsyncWrite + Unpin, S: AsyncWrite + Unpin> Talk<P, S> {
    pub fn new(shared: Arc<Shared>, to_program: P, to_server: S) -> Self {
        let command = String::new();
        Self { shared, to_program, to_server, command, greeted: false, data: false, deaf: false, stranded: false }
    }

    pub async fn go(&mut self, mut heard: mpsc::Receiver<Heard>) {
        while let Some(next) = heard.recv().await {
            let next = match next {
                Heard::Program(line) => self.program_says(line).await,
                Heard::Server(answer) => self.server_says(answer).await,
                Heard::End => Ok(Next::Over),
            };
            match next {
                Ok(Next::GoOn) => {}
                Ok(Next::Frozen) => {
                    while heard.recv().await.is_some_and(|heard| !matches!(heard, Heard::End)) {}
                    return;
                }
                Ok(Next::Over) | Err(_) => return,
            }
        }
    }

    async fn program_says(&mut self, line: Vec<u8>) -> std::io::Result<Next> {
        let text = String::from_utf8_lossy(&line).into_owned();
        if self.data && text != ".\r\n" {
            self.to_server.write_all(&line).await?;
            return Ok(Next::GoOn);
        }
        if self.stranded {
            self.to_program.write_all(b"221 2.0.0 Bye\r\n").await?;
            self.to_program.shutdown().await?;
            return Ok(Next::Over);
        }
        self.stranded = std::mem::take(&mut self.data);
        self.deaf = false;
        self.command.clone_from(&text);
        if self.shared.strikes(matches!(self.shared.fault.moment, Moment::Says(words) if text.contains(words))) {
            if let Mischief::Meanwhile(act) = self.shared.fault.mischief {
                act(&self.shared.mailbox);
            } else {
                return self.misbehave(&[]).await;
            }
        }
        self.stranded = false;
        self.to_server.write_all(&line).await?;
        self.to_server.flush().await?;
        Ok(Next::GoOn)
    }

    async fn server_says(&mut self, answer: Vec<u8>) -> std::io::Result<Next> {
        if self.shared.protocol == Protocol::SmtpStartTls && !self.greeted {
            self.greeted = true; // We greeted, in clear; the server's own greeting is not passed on.
            return Ok(Next::GoOn);
        }
        if self.deaf {
            return Ok(Next::GoOn);
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        let now = match self.shared.fault.moment {
            Moment::Greeting => !self.greeted,
            Moment::Answers { to, with } => self.greeted && self.command.contains(to) && text.contains(with),
            Moment::Connection | Moment::Says(_) => false,
        };
        self.greeted = true;
        self.data |= self.shared.protocol != Protocol::Imap && text.starts_with("354");
        if self.shared.strikes(now) {
            return self.misbehave(&answer).await;
        }
        self.to_program.write_all(&answer).await?;
        self.to_program.flush().await?;
        Ok(Next::GoOn)
    }

    /// `answer` is what the server would have said.
    async fn misbehave(&mut self, answer: &[u8]) -> std::io::Result<Next> {
        let (tag, _) = self.command.split_once(' ').unwrap_or_default();
        let spoken = |words: &str| -> Vec<u8> {
            let line = |line: &str| match line.strip_prefix("T ") {
                Some(rest) => format!("{tag} {rest}\r\n"),
                None => format!("{line}\r\n"),
            };
            words.lines().map(line).collect::<String>().into()
        };
        let (words, ends) = match self.shared.fault.mischief {
            Mischief::Cut => return Ok(Next::Over),
            Mischief::Freeze => return Ok(Next::Frozen),
            Mischief::End => (Vec::new(), true),
            Mischief::Half => {
                self.to_program.write_all(&answer[..answer.len() / 2]).await?;
                self.to_program.flush().await?;
                return Ok(Next::Over);
            }
            Mischief::Swallow => (Vec::new(), false),
            Mischief::Deafen => {
                self.deaf = true;
                (answer.to_vec(), false)
            }
            Mischief::Instead(words) => (spoken(words), false),
            Mischief::Last(words) => (spoken(words), true),
            Mischief::Before(words) => ([spoken(words), answer.to_vec()].concat(), false),
            Mischief::After(words) => ([answer.to_vec(), spoken(words)].concat(), false),
            Mischief::Rewritten(rewrite) => (rewrite(answer), false),
            Mischief::Meanwhile(_) => unreachable!("done where a command is heard"),
        };
        self.to_program.write_all(&words).await?;
        self.to_program.flush().await?;
        if ends {
            self.to_program.shutdown().await?;
            return Ok(Next::Over);
        }
        Ok(Next::GoOn)
    }
}
