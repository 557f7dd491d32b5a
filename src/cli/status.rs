//! `embargod status`: one screen.

use jiff::Timestamp;
use serde::Serialize;

use super::instance::At;
use super::standstill::Standstill;
use super::steps::Steps;
use super::{Failure, check, held, instance, print};
use super::{advisory, application};
use crate::daemon::{POLL_SILENCE_MAX, Watched, watched};
use crate::mail::address::Address;
use crate::rules::life::State;
use crate::store::cases::Listed;
use crate::store::steps::Shown;

/// Cases shown on the screen, the most urgent first; `case list` has them all.
const CASES_SHOWN_MAX: usize = 15;
const APPLICATIONS_SHOWN_MAX: usize = 10;
const POSTS_SHOWN_MAX: usize = 10;

#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    standstill: Standstill,
    cases: Vec<Listed>,
    /// On the screen, the step of each to do first; `cases` has all of them otherwise.
    #[serde(skip)]
    next: Vec<Option<Shown>>,
    /// What is not released and not void: drafts wait for approval.
    advisories: Vec<advisory::Shown>,
    /// Those that wait: for their applicant, or for the team.
    applications: Vec<application::Listed>,
    /// Posts that wait for a moderator.
    held: Vec<held::Listed>,
    inbox: std::collections::BTreeMap<String, i64>,
    outbox: std::collections::BTreeMap<String, i64>,
    polls: Vec<Poll>,
    /// Who of the team has no usable certificate.
    team_without_certificate: Vec<Address>,
    /// Who asked to join the team, and is not in it yet.
    joining: Vec<Address>,
    /// Why nobody's sender is proven, if that is so.
    stamps: Option<String>,
}

#[derive(Serialize)]
struct Poll {
    account: String,
    folder: String,
    polled_at: Option<Timestamp>,
    age_seconds: Option<i64>,
    /// No successful poll for an hour.
    silent: bool,
}

impl Poll {
    fn at(now: Timestamp, watched: Watched) -> Self {
        let Watched { place, polled_at, silent } = watched;
        let age_seconds = polled_at.map(|at| now.duration_since(at).as_secs());
        Self { account: place.account, folder: place.folder, polled_at, age_seconds, silent }
    }

    fn line(&self) -> String {
        let when = match (self.polled_at, self.age_seconds) {
            (Some(at), Some(age)) => format!("last successful {at} ({} ago)", long(age)),
            _ => "never yet".to_owned(),
        };
        let mark = if self.silent { "  SILENT: see the log and “embargod check”" } else { "" };
        format!("polls   {} {}: {when}{mark}", self.account, self.folder)
    }
}

/// How long that is, in its largest unit.
fn long(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

pub async fn run(at: &At) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let mailboxes = settings.mailboxes();
    let (steps, json) = (Steps::of(&settings, &store).await?, at.json);
    let stamps = check::doubted(&settings).await.transpose()?.flatten();
    let status = store
        .read(move |rows| {
            let mut cases = rows.cases().list()?;
            cases.retain(|case| !State::parse(&case.state).is_some_and(State::is_over));
            steps.sort(rows, &mut cases)?;
            let mut next = Vec::new();
            if json {
                steps.fill(rows, &mut cases)?;
            } else {
                for case in cases.iter().take(CASES_SHOWN_MAX) {
                    next.push(steps.next(rows, case.number)?);
                }
            }
            let waiting = rows.applications().waiting()?.into_iter();
            let waiting = waiting.map(|one| application::Listed::read(rows, one)).collect::<anyhow::Result<_>>()?;
            Ok(Status {
                standstill: Standstill::read(rows)?,
                cases,
                next,
                advisories: rows
                    .advisories()
                    .open()?
                    .into_iter()
                    .map(|version| advisory::Shown::read(rows, version))
                    .collect::<anyhow::Result<_>>()?,
                applications: waiting,
                held: rows
                    .held()
                    .waiting()?
                    .into_iter()
                    .map(|post| held::Listed::read(rows, post))
                    .collect::<anyhow::Result<_>>()?,
                inbox: rows.inbox().counts()?.into_iter().collect(),
                outbox: rows.outbox().counts()?.into_iter().collect(),
                polls: watched(&mailboxes, &rows.inbox().polls()?, None, now, POLL_SILENCE_MAX)
                    .into_iter()
                    .map(|one| Poll::at(now, one))
                    .collect(),
                team_without_certificate: rows.certificates().team_without(now)?,
                joining: rows.joinings().open()?.into_iter().map(|request| request.candidate.address).collect(),
                stamps,
            })
        })
        .await?;
    if at.json {
        return print::json(&status);
    }
    if let Some(said) = status.standstill.said() {
        println!("{said}\n");
    }
    match status.cases.len() {
        0 => print::say!("No open cases."),
        open => {
            let shown = status.cases.iter().zip(&status.next).map(|(case, next)| row(case, next.as_ref()));
            print::table(&HEADINGS, &shown.collect::<Vec<_>>());
            if open > CASES_SHOWN_MAX {
                print::say!("… and {} more: embargod case list", open - CASES_SHOWN_MAX);
            }
        }
    }
    print::say!();
    if !status.advisories.is_empty() {
        let style = crate::daemon::policy(&settings).map_err(anyhow::Error::from)?.profile.advisory.clone();
        let shown = status.advisories.iter().map(|one| one.row(&style));
        print::table(&advisory::HEADINGS, &shown.collect::<Vec<_>>());
        print::say!();
    }
    if !status.applications.is_empty() {
        let shown = status.applications.iter().take(APPLICATIONS_SHOWN_MAX);
        print::table(&application::HEADINGS, &shown.map(application::Listed::row).collect::<Vec<_>>());
        if status.applications.len() > APPLICATIONS_SHOWN_MAX {
            let more = status.applications.len() - APPLICATIONS_SHOWN_MAX;
            print::say!("… and {more} more: embargod application list");
        }
        print::say!();
    }
    if !status.held.is_empty() {
        let shown = status.held.iter().take(POSTS_SHOWN_MAX);
        print::table(&held::HEADINGS, &shown.map(held::Listed::row).collect::<Vec<_>>());
        if status.held.len() > POSTS_SHOWN_MAX {
            print::say!("… and {} more: embargod held list", status.held.len() - POSTS_SHOWN_MAX);
        }
        print::say!();
    }
    print::say!("inbox   {}", counts(&status.inbox, "empty"));
    print::say!("outbox  {}", counts(&status.outbox, "empty"));
    print::say!("keys    {}", check::certified(&status.team_without_certificate));
    if !status.joining.is_empty() {
        let addresses: Vec<&str> = status.joining.iter().map(Address::as_str).collect();
        print::say!("joining {}: see “embargod team list”", addresses.join(", "));
    }
    for poll in &status.polls {
        print::say!("{}", poll.line());
    }
    if let Some(why) = &status.stamps {
        print::say!("stamps  {why}\n        → {}", check::STAMP_REMEDY);
    }
    Ok(())
}

const HEADINGS: [&str; 7] = ["case", "state", "first to do", "due", "release", "owner", "title"];

fn row(case: &Listed, next: Option<&Shown>) -> Vec<String> {
    let due = match next {
        Some(Shown { due_at: Some(at), state: "overdue", .. }) => format!("{at} OVERDUE"),
        Some(Shown { due_at: Some(at), .. }) => at.clone(),
        _ => String::new(),
    };
    vec![
        case.number.to_string(),
        case.state.clone(),
        next.map(|one| one.id.clone()).unwrap_or_default(),
        due,
        case.release_at.clone(),
        case.owner.clone().unwrap_or_else(|| "(nobody yet)".into()),
        case.title.clone(),
    ]
}

fn counts(counts: &std::collections::BTreeMap<String, i64>, none: &str) -> String {
    if counts.is_empty() {
        return none.into();
    }
    counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
}
