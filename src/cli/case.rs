//! `embargod case`: the cases, and what is in one.

mod export;
pub mod facts;

use clap::Subcommand;
use serde::Serialize;

use self::facts::ShownFacts;
use super::instance::At;
use super::steps::Steps;
use super::{Failure, print, steps};
use crate::rules::label::CaseId;
use crate::store::Rows;
use crate::store::cases::{Listed, Participant, ShownEntry, ShownFlag};
use crate::store::notes::Note;
use crate::store::steps::Said;
use crate::store::time;

#[derive(Subcommand)]
pub enum Case {
    /// List the cases, the newest first
    List,
    /// Show a case: its dates, who takes part, its notes, its mails, and the lists they were seen on
    Show {
        /// As “embargod case list” shows it
        #[arg(value_parser = number)]
        number: i64,
    },
    /// Write all mails of a case to standard output, those that came encrypted opened; the record keeps who did
    Export {
        /// As “embargod case list” shows it
        #[arg(value_parser = number)]
        number: i64,
        /// As an mbox (RFC 4155), which mail programs read
        #[arg(long, required = true)]
        mbox: bool,
    },
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("“{text}” is not the number of a case; see embargod case list"))
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    case: Listed,
    #[serde(flatten)]
    facts: ShownFacts,
    participants: Vec<ShownParticipant>,
    notes: Vec<ShownNote>,
    /// Steps of which somebody said that they are done, or not needed.
    said: Vec<ShownSaid>,
    mails: Vec<ShownEntry>,
    flags: Vec<ShownFlag>,
}

#[derive(Serialize)]
struct ShownParticipant {
    name: String,
    address: String,
    role: String,
    state: String,
    since: String,
}

impl From<Participant> for ShownParticipant {
    fn from(participant: Participant) -> Self {
        Self {
            name: participant.person.name,
            address: participant.person.address.to_string(),
            role: participant.role,
            state: participant.state,
            since: time::At(participant.since).to_string(),
        }
    }
}

#[derive(Serialize)]
struct ShownSaid {
    step: String,
    mark: &'static str,
    /// Empty: the desk.
    by: String,
    at: String,
    /// It came encrypted.
    sealed: bool,
    reason: String,
}

impl From<Said> for ShownSaid {
    fn from(said: Said) -> Self {
        let Said { step, mark, reason, sealed, by, at } = said;
        Self { step, mark: mark.as_str(), by, at: time::At(at).to_string(), sealed, reason }
    }
}

#[derive(Serialize)]
struct ShownNote {
    by: String,
    at: String,
    /// It came encrypted.
    sealed: bool,
    text: String,
}

impl From<Note> for ShownNote {
    fn from(note: Note) -> Self {
        Self { by: note.by, at: time::At(note.at).to_string(), sealed: note.sealed, text: note.text }
    }
}

impl Case {
    /// Whether it has a JSON document.
    pub fn shows(&self) -> bool {
        !matches!(self, Self::Export { .. })
    }

    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Show { number } => show(at, CaseId(number)).await,
            Self::Export { number, .. } => export::run(at, CaseId(number)).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let steps = Steps::of(&settings, &store).await?;
    let json = at.json;
    let list = move |rows: Rows<'_>| {
        let mut cases = rows.cases().list()?;
        if json {
            steps.fill(rows, &mut cases)?;
        }
        Ok(cases)
    };
    let cases = store.read(list).await?;
    if at.json {
        return print::json(&cases);
    }
    if cases.is_empty() {
        print::say!("No cases.");
        return Ok(());
    }
    print::table(&CASE_HEADINGS, &cases.iter().map(case_row).collect::<Vec<_>>());
    Ok(())
}

pub const CASE_HEADINGS: [&str; 7] =
    ["case", "state", "received", "predisclosure proposed", "release proposed", "reporter", "title"];
/// In place of a reporter: a machine reported, or a mail without a From.
const NOBODY: &str = "(nobody to write to)";

pub fn case_row(case: &Listed) -> Vec<String> {
    let reporter = case.reporter.clone().unwrap_or_else(|| NOBODY.into());
    vec![
        case.number.to_string(),
        case.state.clone(),
        case.received_at.clone(),
        case.predisclosure_at.clone(),
        case.release_at.clone(),
        reporter,
        case.title.clone(),
    ]
}

fn no_such(case: CaseId) -> Failure {
    Failure::refused(format!("there is no case {case}"), "See “embargod case list”.")
}

async fn show(at: &At, number: CaseId) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let playbook = Steps::of(&settings, &store).await?;
    let shown = store
        .read(move |rows| {
            let Some(mut case) = rows.cases().listed(number)? else { return Ok(None) };
            playbook.fill(rows, std::slice::from_mut(&mut case))?;
            let participants = rows.cases().participants(number)?.into_iter().map(ShownParticipant::from).collect();
            let notes = rows.notes().of(number)?.into_iter().map(ShownNote::from).collect();
            let said = rows.steps().said(number)?.into_iter().map(ShownSaid::from).collect();
            let (mails, flags) = (rows.cases().entries(number)?, rows.cases().flags(number)?);
            let facts = ShownFacts::read(rows, number)?;
            Ok(Some(Shown { case, facts, participants, notes, said, mails, flags }))
        })
        .await?;
    let Some(shown) = shown else {
        return Err(no_such(number));
    };
    if at.json {
        return print::json(&shown);
    }
    let Shown { case, facts, participants, notes, said, mails, flags } = shown;
    print::say!("Case {}: {}", case.number, print::shown(&case.title));
    print::say!("  state          {}", case.state);
    if let Some(original) = case.duplicate_of {
        print::say!("  duplicate of   case {original}");
    }
    if !case.component.is_empty() {
        print::say!("  passed on to   {}", print::shown(&case.component));
    }
    print::say!("  owner          {}", case.owner.as_deref().unwrap_or("(nobody yet)"));
    print::say!("  reporter       {}", case.reporter.as_deref().unwrap_or(NOBODY));
    print::say!("  received       {}", case.received_at);
    let agreed = if case.agreed { "agreed" } else { "proposed" };
    print::say!("  predisclosure  {} ({agreed})", case.predisclosure_at);
    print::say!("  release        {} ({agreed})", case.release_at);
    facts.say(&case.cves);
    print::say!();
    if !case.steps.is_empty() {
        steps::table(&case.steps);
        print::say!();
    }
    for one in said.iter().filter(|one| !one.reason.is_empty()) {
        let by = if one.by.is_empty() { "the desk" } else { &one.by };
        print::say!("{} {}, said {}, {}:", one.step, one.mark, print::shown(by), one.at);
        for line in one.reason.lines() {
            print::say!("  | {}", print::shown(line));
        }
        print::say!();
    }
    if !participants.is_empty() {
        let rows = participants.into_iter().map(|one| vec![one.name, one.address, one.role, one.state, one.since]);
        print::table(&["takes part", "address", "as", "state", "since"], &rows.collect::<Vec<_>>());
        print::say!();
    }
    for note in notes {
        let sealed = if note.sealed { ", encrypted" } else { "" };
        print::say!("note of {}, {}{sealed}:", print::shown(&note.by), note.at);
        for line in note.text.lines() {
            print::say!("  | {}", print::shown(line));
        }
        print::say!();
    }
    let rows: Vec<Vec<String>> = mails
        .into_iter()
        .map(|mail| {
            let went = match (mail.to_reporter, mail.answered) {
                (true, _) => "to the team and the discoverer",
                (false, true) => "to the team; answered",
                (false, false) => "to the team",
            };
            let sealed = if mail.sealed { "encrypted" } else { "" };
            let [id, at] = [mail.inbox.to_string(), mail.received_at];
            vec![id, at, mail.standing, mail.evidence, sealed.into(), went.into(), mail.author]
        })
        .collect();
    print::table(&["mail", "received", "from", "proven", "", "went", "author"], &rows);
    for flag in flags {
        let kind = if flag.public { "PUBLIC list" } else { "list" };
        print::say!("  mail {} was seen on the {kind} {} ({})", flag.inbox, print::shown(&flag.list), flag.header);
    }
    Ok(())
}
