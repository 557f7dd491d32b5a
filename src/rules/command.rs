//! Commands: what the team tells the desk to do, read from the first lines of what somebody typed (DESIGN section 6).
//! All of a mail or nothing is understood. It decides nothing about who may: that is `rules::authority`.

mod arguments;
mod manual;
mod moderation;
mod read;
mod roster;
mod ruling;
mod verdict;

pub use manual::{Entry, entries, manual};
pub use moderation::{
    Moderated, Moderation, REASON_WANTED, is_moderation, moderation, named_post, no_moderation, withdrawal,
};
pub use read::{misplaced, named_case, read};
pub use roster::{Roster, accepted_key, is_about_members, new_address, no_accepted_key};
pub use ruling::{Ruling, RulingLine, Rulings, Which, is_ruling, named_application, no_ruling, rulings};
pub use verdict::{Verdict, verdict};

use std::fmt;

use crate::mail::address::{Address, Mailbox};
use crate::rules::authority::Act;
use crate::rules::label::CaseId;

/// Lines that may be commands; what stands below is text.
pub const LINES_MAX: usize = 20;
/// A line is repeated in letters only so far.
const TYPED_CHARACTERS_MAX: usize = 200;
const TITLE_CHARACTERS_MAX: usize = 200;

/// Something the desk can be told in the thread of a case. The comments are the manual: `!help`, `embargod help commands`
/// and the README are made of them (`manual`). The first line is the usage, the others are for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `!help`
    /// Sends you this list.
    Help,
    /// `!status`
    /// Sends you what the desk knows of the case: title, state, dates, owner, who takes part, notes.
    Status,
    /// `!tell reporter|team|NAME TEXT`
    /// Sends the text to the discoverer (the reporter), to the team only, or to somebody who takes part in the case; in a
    /// reply to a member's question, “!tell member NAME TEXT” answers it. The text is the rest of the line; if it is your
    /// last command, also all that stands below it. A name of several words is put in quotes; an address will do, too.
    Tell { whom: Whom, text: String },
    /// `!title TEXT`
    /// Gives the case another title, of at most 200 characters.
    Title(String),
    /// `!note TEXT`
    /// Keeps a note with the case, for the team only. If it is your last command, the note goes on below it.
    Note(String),
    /// `!add NAME <ADDRESS> as coordinator|expert|vendor|maintainer|reporter`
    /// Asks somebody to take part in the case. They learn nothing about it before they agree to the embargo. The team is
    /// told at once.
    Add { person: Mailbox, role: Role },
    /// `!remove NAME|ADDRESS`
    /// Ends somebody's part in the case: what is on its way to them stops, and their reply addresses no longer work.
    Remove(String),
    /// `!owner NAME|ADDRESS`
    /// Says who of the team takes care of the case.
    Owner(String),
    /// `!spam`
    /// Closes the case as no report at all. Its author hears nothing more.
    Spam,
    /// `!split`
    /// Makes a case of its own of the mail you answer.
    Split,
    /// `!move NUMBER`
    /// Moves the mail you answer to the case with this number.
    Move(CaseId),
    /// `!reopen`
    /// Opens a closed case again.
    Reopen,
    /// `!key` or `!key FINGERPRINT for ADDRESS`
    /// The first replaces your OpenPGP certificate by the one attached; sign with the old one. The second says that a
    /// certificate which came with a mail is that person's; another member of the team must say so, too. Compare the
    /// fingerprint with its owner first, by telephone for example.
    Key(Option<KeyOf>),
    /// `!vouch NAME <ADDRESS>`
    /// Says that somebody should be in the team. Another member has to accept them, and they are asked to agree to the
    /// embargo.
    Vouch(Mailbox),
    /// `!member add NAME <ADDRESS>` or `!member remove NAME|ADDRESS` or `!member suspend NAME|ADDRESS` or `!member resume NAME|ADDRESS`
    /// Puts an organisation on the predisclosure list, as soon as its address confirms itself; takes it off; stops its mail
    /// for a while, and lets it come again. The member and the team are told. It belongs to no case: put it first in a
    /// signed mail of its own.
    Member(Roster),
    /// `!history add TEXT`
    /// Adds an entry to the change history of the policy, with the next version and the date. It belongs to no case: put it
    /// first in a signed mail of its own.
    History(String),
}

/// To whom a text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    Reporter,
    Team,
    /// Somebody who takes part in the case, as the command calls them.
    Named(String),
    /// A member of the predisclosure list, who asked something.
    Member(String),
}

/// What somebody does in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reporter,
    Coordinator,
    Expert,
    Vendor,
    Maintainer,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Reporter, Role::Coordinator, Role::Expert, Role::Vendor, Role::Maintainer];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reporter => "reporter",
            Role::Coordinator => "coordinator",
            Role::Expert => "expert",
            Role::Vendor => "vendor",
            Role::Maintainer => "maintainer",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(text))
    }
}

/// A certificate somebody is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOf {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    pub holder: Address,
}

impl Command {
    /// The word it begins with, without its mark.
    pub fn verb(&self) -> &'static str {
        match self {
            Command::Help => "help",
            Command::Status => "status",
            Command::Tell { .. } => "tell",
            Command::Title(_) => "title",
            Command::Note(_) => "note",
            Command::Add { .. } => "add",
            Command::Remove(_) => "remove",
            Command::Owner(_) => "owner",
            Command::Spam => "spam",
            Command::Split => "split",
            Command::Move(_) => "move",
            Command::Reopen => "reopen",
            Command::Key(_) => "key",
            Command::Vouch(_) => "vouch",
            Command::Member(_) => "member",
            Command::History(_) => "history",
        }
    }

    /// What has to be proven for it.
    pub fn act(&self) -> Act {
        match self {
            Command::Help | Command::Status => Act::Look,
            Command::Tell { whom: Whom::Team, .. } => Act::Look,
            Command::Tell { .. } => Act::AnswerReporter,
            Command::Add { .. } | Command::Vouch(_) => Act::Admit,
            Command::Key(_) => Act::Certify,
            Command::Member(_) | Command::History(_) => Act::Member,
            Command::Title(_)
            | Command::Note(_)
            | Command::Remove(_)
            | Command::Owner(_)
            | Command::Spam
            | Command::Split
            | Command::Move(_)
            | Command::Reopen => Act::Case,
        }
    }
}

/// As it is typed; `read` understands it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "!{}", self.verb())?;
        match self {
            Command::Help | Command::Status | Command::Spam | Command::Split | Command::Reopen | Command::Key(None) => {
                Ok(())
            }
            Command::Tell { whom, text } => write!(f, " {whom}{}{text}", read::gap_before(text)),
            Command::Note(text) => write!(f, "{}{text}", read::gap_before(text)),
            Command::Title(text) | Command::Remove(text) | Command::Owner(text) => write!(f, " {text}"),
            Command::Add { person, role } => write!(f, " {person} as {}", role.as_str()),
            Command::Move(case) => write!(f, " {case}"),
            Command::Key(Some(key)) => write!(f, " {} for {}", key.fingerprint, key.holder),
            Command::Vouch(person) => write!(f, " {person}"),
            Command::Member(roster) => write!(f, " {roster}"),
            Command::History(text) => write!(f, " add {text}"),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whom::Reporter => f.write_str("reporter"),
            Whom::Team => f.write_str("team"),
            Whom::Named(name) if Address::parse(name).is_ok() => f.write_str(name),
            Whom::Named(name) => write!(f, "\"{name}\""),
            Whom::Member(name) if Address::parse(name).is_ok() => write!(f, "member {name}"),
            Whom::Member(name) => write!(f, "member \"{name}\""),
        }
    }
}

/// A command, and the line it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As it was typed, at most 200 characters of it.
    pub typed: String,
    pub command: Command,
}

/// All commands of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// The case that the text itself names, in a line of its own before the commands: `case 12`.
    pub case: Option<CaseId>,
    pub lines: Vec<Line>,
}

/// Why the commands of a mail are not understood: nothing of it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// As it was typed, at most 200 characters of it.
    pub line: String,
    /// What is wrong with it: a sentence.
    pub problem: String,
    /// What may stand there: the usage of the verb, or of the nearest one.
    pub expected: String,
}

#[cfg(test)]
mod tests;
