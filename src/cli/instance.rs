//! The instance a command works on: its settings, its database, what time it is there; and how a command fails.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;

use super::process;
use crate::clock::Clock;
use crate::pipeline::certificates::NotGiven;
use crate::settings::{Settings, SettingsProblem};
use crate::store::Store;

/// Where settings are looked for when `--config` does not say.
const CONFIG_PATHS: [&str; 2] = ["embargod.toml", "/etc/embargod/embargod.toml"];

/// Why a command ends without success: a line of cause, a line of what to do, and the exit status.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    cause: String,
    remedy: String,
}

impl Failure {
    /// Refused, or found wanting.
    pub fn refused(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: 1, cause: cause.into(), remedy: remedy.into() }
    }

    /// Wrong usage or configuration.
    pub fn usage(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: 2, cause: cause.into(), remedy: remedy.into() }
    }

    /// Found wanting, and said so already on standard output.
    pub fn wanting() -> Self {
        Self { code: 1, cause: String::new(), remedy: String::new() }
    }

    /// A problem that knows its own remedy says it; another one gets this.
    pub fn of(error: &anyhow::Error, remedy: &str) -> Self {
        match (error.downcast_ref::<SettingsProblem>(), error.downcast_ref::<NotGiven>()) {
            (Some(problem), _) => problem.clone().into(),
            (None, Some(problem)) => Self::refused(problem.to_string(), problem.remedy()),
            (None, None) => Self::refused(format!("embargod: {error:#}"), remedy),
        }
    }

    /// A new instance could not be made.
    pub fn unmade(error: anyhow::Error) -> Self {
        Self::of(&error, "Choose a folder you can write.")
    }

    pub fn cause(&self) -> &str {
        &self.cause
    }

    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Writes the two lines to standard error.
    pub fn report(self) -> ExitCode {
        for line in [&self.cause, &self.remedy].into_iter().filter(|line| !line.is_empty()) {
            process::complain(format_args!("{}", line.replace('\n', " ")));
        }
        ExitCode::from(self.code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::of(&error, "“embargod check” tries everything a run needs and says what to mend.")
    }
}

impl From<SettingsProblem> for Failure {
    fn from(problem: SettingsProblem) -> Self {
        Self::usage(problem.cause(), problem.remedy())
    }
}

/// What was said on the command line about every command.
pub struct At {
    pub config: Option<PathBuf>,
    pub json: bool,
}

impl At {
    pub fn settings(&self) -> Result<Settings, Failure> {
        let path = match &self.config {
            Some(path) => path.clone(),
            None => CONFIG_PATHS.iter().map(PathBuf::from).find(|path| path.try_exists().unwrap_or(true)).ok_or_else(
                || {
                    Failure::usage(
                        format!("no settings: neither {} nor {} is there", CONFIG_PATHS[0], CONFIG_PATHS[1]),
                        "Give them with --config FILE, or make them with “embargod init DIR --profile xen”.",
                    )
                },
            )?,
        };
        Ok(Settings::load(&path)?)
    }

    /// Whether settings lie where they are looked for.
    pub fn finds_settings(&self) -> bool {
        CONFIG_PATHS.iter().any(|path| PathBuf::from(path).try_exists().unwrap_or(true))
    }

    /// The settings and the database of the instance.
    pub fn open(&self) -> Result<(Settings, Store), Failure> {
        let settings = self.settings()?;
        present(&settings)?;
        let store = Store::open(&settings.database)?;
        Ok((settings, store))
    }

    pub fn store(&self) -> Result<Store, Failure> {
        Ok(self.open()?.1)
    }
}

/// Only `init` and `team add` make a database: one that is missing elsewhere is a slip in the settings.
pub fn present(settings: &Settings) -> Result<(), Failure> {
    // One that cannot be looked for is told with its reason when it is opened.
    if settings.database.try_exists().unwrap_or(true) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("There is no database {}", settings.database.display()),
        "Correct “database” in the settings, or make a new instance with “embargod init DIR --profile xen”.",
    ))
}

/// What time it is for a command: on a local instance that has been told a time, the latest of those.
pub async fn now(settings: &Settings, store: &Store) -> Result<Timestamp> {
    Ok(clock(settings, store).await?.now())
}

/// The clock that goes on from where a local instance is.
pub async fn clock(settings: &Settings, store: &Store) -> Result<Clock> {
    let simulated = if settings.local { store.read(|rows| rows.instance().simulated()).await? } else { None };
    Ok(simulated.map_or(Clock::System, Clock::running))
}

/// Reads the time an operator wrote.
pub fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("“{text}” is not a time; write it as 2026-12-15T12:00:00Z (RFC 3339)"))
}
