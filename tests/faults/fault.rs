//! The words in which a fault is written down: at which moment, what goes wrong, how often.

use std::path::Path;

/// As often as the moment comes.
pub const ALWAYS: usize = usize::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// TCP is there, TLS is not.
    Connection,
    /// The server's first line.
    Greeting,
    /// The program says a line with these words, which does not reach the server.
    Says(&'static str),
    /// The server answers a command with these words; each line of SMTP, each response of IMAP with its literals.
    Answers { to: &'static str, with: &'static str },
}

#[derive(Clone, Copy, Debug)]
pub enum Mischief {
    /// The connection is gone, without close_notify.
    Cut,
    /// The connection is ended politely, without a word.
    End,
    /// Half of the answer, and the connection is gone.
    Half,
    /// The connection stays, and nothing comes over it any more.
    Freeze,
    /// The answer does not arrive.
    Swallow,
    /// This arrives, and nothing more until the program speaks again.
    Deafen,
    /// Other words; `T` at the beginning of a line stands for the tag.
    Instead(&'static str),
    /// The last words.
    Last(&'static str),
    Before(&'static str),
    After(&'static str),
    Rewritten(fn(&[u8]) -> Vec<u8>),
    /// Somebody works on the mailbox.
    Meanwhile(fn(&Path)),
}

#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub name: &'static str,
    pub moment: Moment,
    pub mischief: Mischief,
    /// So many such moments pass before.
    pub skip: usize,
    pub times: usize,
}

impl Fault {
    pub const fn new(name: &'static str, moment: Moment, mischief: Mischief, times: usize) -> Self {
        Self { name, moment, mischief, skip: 0, times }
    }

    pub const fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }
}
