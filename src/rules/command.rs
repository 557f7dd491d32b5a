//! Commands: what the team tells the desk to do, read from the first lines of what somebody typed (DESIGN section 6).
//! All of a mail or nothing is understood. It decides nothing about who may: that is `rules::authority`.

mod arguments;
mod contradiction;
mod facts;
mod manual;
mod moderation;
mod read;
mod roster;
mod ruling;
mod verdict;

pub use contradiction::contradiction;
pub use facts::cve_id;
pub use manual::{Entry, entries, manual};
pub use moderation::{
    Moderated, Moderation, REASON_WANTED, is_moderation, moderation, named_post, no_moderation, withdrawal,
};
pub(in crate::rules) use read::is_gap;
pub use read::{below, misplaced, named_case, read};
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
    /// `!confirm`
    /// Says that it is a security problem of ours. Nobody outside the team is told.
    Confirm,
    /// `!invalid TEXT`
    /// Closes the case: it is no security problem. The text says why; everybody who knows of the case is told, with your
    /// text.
    Invalid(String),
    /// `!duplicate NUMBER`
    /// Closes the case: the problem is the one of the case with this number. The discoverer is told, and becomes another
    /// discoverer of that case.
    Duplicate(CaseId),
    /// `!passed CONTACT`
    /// Passes the case on to the lead of another component, as the settings call them. They take part from then on, or are
    /// asked to. The discoverer is told that it is handled by best effort, and that the dates no longer bind.
    Passed(String),
    /// `!embargo` or `!embargo DATE TEXT` or `!embargo DATE HOUR TEXT` or `!embargo restart TEXT`
    /// Agrees to the dates as they are proposed; or sets another date of publication (2026-12-15, 15 December 2026), at the
    /// usual hour or another (14:00, in UTC); or, with “restart”, where the profile allows it, counts anew from today, because
    /// a patch was faulty. The text, of one paragraph, says why. Everybody who knows of the case is told.
    Embargo(Embargo),
    /// `!public TEXT`
    /// Says that the problem is public, and where: a link, or a commit. That ends the embargo, and everybody who knows of
    /// the case is told.
    Public(String),
    /// `!exploited TEXT`
    /// Says that the problem is used in attacks, and what is known of them, which is for the team only. That ends the
    /// embargo, and everybody who knows of the case is told.
    Exploited(String),
    /// `!assign` or `!assign NUMBER`
    /// Gives the case the next number of an advisory, or this one, which must be new and greater than all others. A case
    /// may have several.
    Assign(Option<i64>),
    /// `!cve CVE-2026-12345` or `!cve CVE-2026-12345 for NUMBER` or `!cve CVE-2026-12345 instead of CVE-2026-12340` or `!cve request` or `!cve none TEXT`
    /// Says which CVE number the problem has, and of which advisory, if the case has several; puts it in the place of a
    /// wrong one; or says why there is none. A number is told to everybody who knows of the case. “request” asks whoever
    /// gives numbers, by the settings: they are told title, dates, branches, severity and the credits that you said.
    Cve(Cve),
    /// `!severity CVSS:4.0/AV:N/…`
    /// Rates the problem by a vector of CVSS 3.1 or 4.0.
    Severity(String),
    /// `!affects BRANCH yes|no|VERSIONS`
    /// Says whether a branch is affected, or which of its versions are.
    Affects { branch: String, verdict: Affected },
    /// `!patch`
    /// Keeps the patches that are attached to your mail, byte for byte; of a signed mail those that the signature covers. A
    /// later one of the same name takes the place of the earlier. If the name of a file does not say which branch it is for,
    /// write it below: “4.20: fix.patch”, a line for each.
    Patch(Vec<(String, String)>),
    /// `!credit NAME` or `!credit NAME as TEXT` or `!credit NAME anonymous`
    /// Says whom the advisory thanks, beside the discoverers; or how one of them is to be named, or that they are not. Without
    /// a word it thanks them by the name they gave, in the order in which their reports came.
    Credit(Credit),
    /// `!decision TEXT`
    /// Records a decision of the team. After the release it is public.
    Decision(String),
    /// `!done STEP`
    /// Says that a step is done, or that you sent the advisory yourselves; “!status” shows the steps.
    Done(String),
    /// `!skip STEP TEXT`
    /// Says that a step is not needed, and why.
    Skip { step: String, reason: String },
    /// `!advisory` or `!advisory NUMBER` or `!advisory TEXT` or `!advisory NUMBER TEXT`
    /// Drafts the advisory: its text stands below the command, or is attached as a file of plain text; patches may be attached, too. Of a
    /// signed mail, all of it is taken from under the signature. The desk fills in what it knows, and sends everybody in the
    /// team the texts as they would leave, what is wrong with them, and the digest to approve. The NUMBER says which, if the
    /// case has several; the TEXT, for another version, what changed.
    Advisory { number: Option<i64>, updates: String },
    /// `!deploy patches|patches-only|mitigations|nothing` or `!deploy text TEXT`
    /// Says what members may deploy before the embargo ends, in the policy's words (the profile may have others) or in
    /// yours.
    Deploy(Deploy),
    /// `!approve DIGEST` or `approve DIGEST`
    /// Approves an advisory, with exactly these texts and files: a signed reply to the letter that shows them, at your own
    /// reply address. The first 16 digits of the digest will do.
    Approve(String),
    /// `!hold TEXT`
    /// Stops the advisories of the case: predisclosure, release, and copies on their way. Other mail goes on. The text says
    /// why.
    Hold(String),
    /// `!unhold` or `!unhold hold|clock`
    /// Ends “!hold”; or says that the clock of the desk is right, after it jumped.
    Unhold(Option<Unhold>),
    /// `!release now`
    /// For what is public or exploited: writes the advisory anew without an embargo, and asks for its approval at once. It
    /// leaves as soon as it is approved.
    ReleaseNow,
    /// `!predisclose NAME|ADDRESS`
    /// Sends the advisory, while it is under embargo, to a member that joined the list after it was sent.
    Predisclose(String),
    /// `!export`
    /// Sends you all mails of the case in one file (mbox), encrypted: that needs a certificate of yours.
    Export,
    /// `!report for NAME <ADDRESS>`
    /// Says whose report it is that you pass on; put it first in a signed mail of its own to us, above the report or with
    /// the report attached, or in a reply in its case. They hear nothing before you say “!tell reporter”, which
    /// acknowledges it and needs no text.
    Report(Mailbox),
    /// `!add NAME <ADDRESS> as coordinator|expert|vendor|maintainer|reporter` or `!add NAME <ADDRESS> as release-manager|cna` or `!add CONTACT`
    /// Asks somebody to take part in the case: a person, or a contact as the settings call it. They learn nothing about it
    /// before they agree to the embargo, unless the settings say that they did once for all. The team is told at once.
    Add(Add),
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
    /// Opens a closed case again, or one that is not public after all. Whoever was told that it was closed is told so.
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

/// What the dates of a case are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embargo {
    /// As they are proposed.
    AsProposed,
    /// What follows the verb, as typed: a date, perhaps an hour, and a reason. `rules::dates` reads it.
    Until(String),
    /// Counted anew from now; the reason.
    Restart(String),
}

/// Who is to take part in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Add {
    Person {
        person: Mailbox,
        role: Role,
    },
    /// As the settings call them.
    Contact(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cve {
    /// `CVE-2026-12345`, the advisory it belongs to, if it is said, and the wrong number whose place it takes.
    Is {
        id: String,
        advisory: Option<i64>,
        instead: Option<String>,
    },
    Request,
    /// And why.
    None(String),
}

/// What is said of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affected {
    Yes,
    No,
    /// Which versions of it.
    Versions(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    pub name: String,
    pub how: Naming,
}

/// What keeps advisories back, and shall no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unhold {
    /// “!hold”
    Hold,
    /// The clock jumped: it is right.
    Clock,
}

/// What members may deploy before the embargo ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deploy {
    /// One of those the profile has words for: `patches`, `mitigations`, `nothing`, …
    Usual(String),
    /// In the team's words.
    Words(String),
}

/// How somebody is thanked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    ByName,
    As(String),
    Anonymous,
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
    ReleaseManager,
    /// The authority that gives CVE numbers.
    Cna,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Role::Reporter,
        Role::Coordinator,
        Role::Expert,
        Role::Vendor,
        Role::Maintainer,
        Role::ReleaseManager,
        Role::Cna,
    ];

    /// Whether they get the mails of the case; else only letters that are meant for them.
    pub fn gets_mails(self) -> bool {
        matches!(self, Role::Coordinator | Role::Expert | Role::Vendor | Role::Maintainer)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reporter => "reporter",
            Role::Coordinator => "coordinator",
            Role::Expert => "expert",
            Role::Vendor => "vendor",
            Role::Maintainer => "maintainer",
            Role::ReleaseManager => "release-manager",
            Role::Cna => "cna",
        }
    }

    /// As letters call what somebody is in a case.
    pub fn called(self) -> &'static str {
        match self {
            Role::Reporter => "the discoverer",
            Role::ReleaseManager => "release manager",
            Role::Cna => "authority for CVE numbers",
            role => role.as_str(),
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
            Command::Add(_) => "add",
            Command::Confirm => "confirm",
            Command::Invalid(_) => "invalid",
            Command::Duplicate(_) => "duplicate",
            Command::Passed(_) => "passed",
            Command::Embargo(_) => "embargo",
            Command::Public(_) => "public",
            Command::Exploited(_) => "exploited",
            Command::Assign(_) => "assign",
            Command::Cve(_) => "cve",
            Command::Severity(_) => "severity",
            Command::Affects { .. } => "affects",
            Command::Patch(_) => "patch",
            Command::Credit(_) => "credit",
            Command::Decision(_) => "decision",
            Command::Done(_) => "done",
            Command::Skip { .. } => "skip",
            Command::Advisory { .. } => "advisory",
            Command::Deploy(_) => "deploy",
            Command::Approve(_) => "approve",
            Command::Hold(_) => "hold",
            Command::Unhold(_) => "unhold",
            Command::ReleaseNow => "release",
            Command::Predisclose(_) => "predisclose",
            Command::Export => "export",
            Command::Report(_) => "report",
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
            Command::Help | Command::Status | Command::Export => Act::Look,
            Command::Tell { whom: Whom::Team, .. } => Act::Look,
            Command::Tell { .. } => Act::AnswerReporter,
            // Another component's lead, the authority for CVE numbers, another discoverer gets to read something.
            Command::Add(_)
            | Command::Vouch(_)
            | Command::Passed(_)
            | Command::Cve(Cve::Request)
            | Command::Duplicate(_)
            | Command::Report(_) => Act::Admit,
            // Whoever says one of these words lets text of a case out.
            Command::Approve(_) | Command::Unhold(_) | Command::ReleaseNow | Command::Predisclose(_) => Act::Disclose,
            Command::Key(_) => Act::Certify,
            Command::Member(_) | Command::History(_) => Act::Member,
            Command::Advisory { .. }
            | Command::Deploy(_)
            | Command::Hold(_)
            | Command::Title(_)
            | Command::Note(_)
            | Command::Remove(_)
            | Command::Owner(_)
            | Command::Spam
            | Command::Split
            | Command::Move(_)
            | Command::Reopen
            | Command::Confirm
            | Command::Invalid(_)
            | Command::Embargo(_)
            | Command::Public(_)
            | Command::Exploited(_)
            | Command::Assign(_)
            | Command::Cve(_)
            | Command::Severity(_)
            | Command::Affects { .. }
            | Command::Patch(_)
            | Command::Credit(_)
            | Command::Decision(_)
            | Command::Done(_)
            | Command::Skip { .. } => Act::Case,
        }
    }
}

/// As it is typed; `read` understands it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "!{}", self.verb())?;
        match self {
            Command::Help
            | Command::Status
            | Command::Spam
            | Command::Split
            | Command::Reopen
            | Command::Confirm
            | Command::Export
            | Command::Unhold(None)
            | Command::Key(None) => Ok(()),
            Command::Unhold(Some(Unhold::Hold)) => f.write_str(" hold"),
            Command::Unhold(Some(Unhold::Clock)) => f.write_str(" clock"),
            Command::Tell { whom, text } => write!(f, " {whom}{}{text}", read::gap_before(text)),
            Command::Note(text) => write!(f, "{}{text}", read::gap_before(text)),
            Command::Title(text)
            | Command::Remove(text)
            | Command::Owner(text)
            | Command::Approve(text)
            | Command::Predisclose(text) => write!(f, " {text}"),
            Command::Add(Add::Person { person, role }) => write!(f, " {person} as {}", role.as_str()),
            Command::Add(Add::Contact(name)) | Command::Passed(name) | Command::Done(name) => write!(f, " {name}"),
            Command::Move(case) | Command::Duplicate(case) => write!(f, " {case}"),
            Command::Invalid(text)
            | Command::Public(text)
            | Command::Exploited(text)
            | Command::Decision(text)
            | Command::Hold(text) => {
                write!(f, "{}{text}", read::gap_before(text))
            }
            Command::Embargo(Embargo::AsProposed) | Command::Assign(None) => Ok(()),
            Command::Embargo(Embargo::Until(words)) => write!(f, " {words}"),
            Command::Embargo(Embargo::Restart(reason)) => write!(f, " restart{}{reason}", read::gap_before(reason)),
            Command::Assign(Some(number)) => write!(f, " {number}"),
            Command::Cve(Cve::Is { id, advisory, instead }) => {
                write!(f, " {id}")?;
                if let Some(number) = advisory {
                    write!(f, " for {number}")?;
                }
                instead.as_ref().map_or(Ok(()), |wrong| write!(f, " instead of {wrong}"))
            }
            Command::Cve(Cve::Request) => f.write_str(" request"),
            Command::Cve(Cve::None(reason)) => write!(f, " none{}{reason}", read::gap_before(reason)),
            Command::Advisory { number, updates } => {
                number.map_or(Ok(()), |number| write!(f, " {number}"))?;
                if updates.is_empty() { Ok(()) } else { write!(f, " {updates}") }
            }
            Command::Deploy(Deploy::Usual(name)) => write!(f, " {name}"),
            Command::Deploy(Deploy::Words(text)) => write!(f, " text{}{text}", read::gap_before(text)),
            Command::ReleaseNow => f.write_str(" now"),
            Command::Severity(vector) => write!(f, " {vector}"),
            Command::Affects { branch, verdict } => match verdict {
                Affected::Yes => write!(f, " {branch} yes"),
                Affected::No => write!(f, " {branch} no"),
                Affected::Versions(versions) => write!(f, " {branch} {versions}"),
            },
            Command::Patch(files) => files.iter().try_for_each(|(branch, file)| write!(f, "\n{branch}: {file}")),
            Command::Credit(Credit { name, how }) => match how {
                Naming::ByName => write!(f, " {name}"),
                Naming::As(text) => write!(f, " {name} as {text}"),
                Naming::Anonymous => write!(f, " {name} anonymous"),
            },
            Command::Skip { step, reason } => write!(f, " {step}{}{reason}", read::gap_before(reason)),
            Command::Report(person) => write!(f, " for {person}"),
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

impl Orders {
    /// Some of them approves an advisory.
    pub fn approve(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.command, Command::Approve(_)))
    }

    /// The first of them says whose report it is that stands below, or is attached.
    pub fn bring_a_report(&self) -> bool {
        matches!(self.lines.first(), Some(Line { command: Command::Report(_), .. }))
    }
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
