//! `embargod application list`: whose, how far, and what is missing.

use serde::Serialize;

use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::rules::checklist::{Finding, Status, ruled};
use crate::store::Rows;
use crate::store::applications::{Application, ApplicationId};
use crate::store::time;

pub const HEADINGS: [&str; 6] = ["application", "state", "since", "applicant", "organisation", "not found"];

/// An application in the words of the contract.
#[derive(Serialize)]
pub struct Listed {
    pub id: i64,
    pub organisation: String,
    pub state: &'static str,
    pub complete: bool,
    pub items: Vec<ListedItem>,
    pub since: String,
    pub received_at: String,
    pub applicant: String,
    pub subject: String,
    /// Who decided, and why.
    pub decided_by: Option<String>,
    pub reason: String,
}

/// What was found of an item, or what the team says in its place.
#[derive(Serialize)]
pub struct ListedItem {
    pub id: String,
    pub required: bool,
    pub status: Status,
    pub quote: String,
    pub line: usize,
    pub why: String,
}

impl From<Finding> for ListedItem {
    fn from(finding: Finding) -> Self {
        let Finding { id, required, status, quote, line, why, .. } = finding;
        Self { id, required, status, quote, line, why }
    }
}

impl Listed {
    pub fn read(rows: Rows<'_>, application: Application) -> anyhow::Result<Self> {
        let findings = ruled(&application.findings, &rows.applications().rulings(application.id)?);
        let decided_by = application.decided_by.map(|by| rows.people().get(by)).transpose()?;
        Ok(Self {
            id: application.id.0,
            organisation: application.organisation,
            state: application.state.as_str(),
            complete: findings.complete(),
            items: findings.items.into_iter().map(ListedItem::from).collect(),
            since: time::At(application.since).to_string(),
            received_at: time::At(application.received_at).to_string(),
            applicant: application.applicant.address.to_string(),
            subject: application.subject,
            decided_by: decided_by.map(|person| person.address.to_string()),
            reason: application.reason,
        })
    }

    pub fn row(&self) -> Vec<String> {
        let open = self.items.iter().filter(|item| item.required && item.status != Status::Found);
        vec![
            self.id.to_string(),
            self.state.to_owned(),
            self.since.clone(),
            self.applicant.clone(),
            self.organisation.clone(),
            open.map(|item| item.id.as_str()).collect::<Vec<_>>().join(", "),
        ]
    }
}

/// The application of this number, or what to do when there is none.
pub async fn find(at: &At, id: ApplicationId) -> Result<Listed, Failure> {
    let found = at
        .store()?
        .read(move |rows| match rows.applications().get(id)? {
            Some(application) => Listed::read(rows, application).map(Some),
            None => Ok(None),
        })
        .await?;
    found.ok_or_else(|| Failure::refused(format!("there is no application {id}"), "See “embargod application list”."))
}

pub async fn run(at: &At) -> Result<(), Failure> {
    let listed: Vec<Listed> = at
        .store()?
        .read(|rows| rows.applications().all()?.into_iter().map(|one| Listed::read(rows, one)).collect())
        .await?;
    if at.json {
        return print::json(&listed);
    }
    if listed.is_empty() {
        print::say!("No applications.");
        return Ok(());
    }
    print::table(&HEADINGS, &listed.iter().map(Listed::row).collect::<Vec<_>>());
    Ok(())
}
