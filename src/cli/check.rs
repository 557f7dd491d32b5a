//! `embargod check`: tries everything a run needs, and says what is wrong and how to mend it.

mod keys;
mod send;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::instance::{self, At};
use super::{Failure, print};
use crate::clock::Clock;
use crate::daemon;
use crate::hooks::{self, Spool};
use crate::mail::address::Address;
use crate::post::Source;
use crate::publish::Site;
use crate::settings::{HOOK_PROGRAMS, Out, Settings, SettingsProblem};
use crate::store::{self, Store};

/// No server may keep an operator waiting for longer.
const PROBE_SECONDS_MAX: u64 = 60;

/// What every remedy about a folder of mail comes down to.
const FOLDER: &str = "The user embargod runs as must be able to read and write that folder.";

const SPOOL: &str = "The user embargod runs as must be able to write there: see “hooks” in the settings.";

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Note,
    Wrong,
}

#[derive(Serialize)]
struct Finding {
    state: State,
    what: String,
    remedy: String,
}

#[derive(Args)]
pub struct Check {
    /// Also mail every address of ours to itself, once with a forged stamp, and report what comes back
    #[arg(long)]
    send: bool,
}

/// The findings, printed as they come; with --json, as one document at the end.
struct Findings {
    json: bool,
    all: Vec<Finding>,
}

impl Findings {
    fn good(&mut self, what: &str) {
        self.add(State::Ok, what, "");
    }

    fn note(&mut self, what: &str, remedy: &str) {
        self.add(State::Note, what, remedy);
    }

    fn wrong(&mut self, what: &str, remedy: &str) {
        self.add(State::Wrong, &what.replace('\n', " "), remedy);
    }

    fn add(&mut self, state: State, what: &str, remedy: &str) {
        if !self.json {
            match state {
                State::Ok => print::say!("ok     {what}"),
                State::Note => print::say!("note   {what}\n       → {remedy}"),
                State::Wrong => print::say!("WRONG  {what}\n       → {remedy}"),
            }
        }
        self.all.push(Finding { state, what: what.to_owned(), remedy: remedy.to_owned() });
    }

    /// A problem that knows its own remedy says it; another one gets ours.
    fn broken(&mut self, what: &str, problem: &anyhow::Error, remedy: &str) {
        match problem.downcast_ref::<SettingsProblem>() {
            Some(problem) => self.wrong(problem.cause(), problem.remedy()),
            None => self.wrong(&format!("{what}: {problem:#}"), remedy),
        }
    }

    /// `Ok` is good news; an error is what is wrong.
    fn tried<T>(&mut self, what: &str, tried: Result<T>, remedy: &str) -> Option<T> {
        match tried {
            Ok(value) => {
                self.good(what);
                Some(value)
            }
            Err(problem) => {
                self.broken(what, &problem, remedy);
                None
            }
        }
    }
}

impl Check {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        check(at, self.send).await
    }
}

async fn check(at: &At, send: bool) -> Result<(), Failure> {
    let settings = at.settings()?;
    let mut findings = Findings { json: at.json, all: Vec::new() };
    findings.good(&format!("settings {}", settings.file.display()));
    for warning in settings.warnings() {
        findings.note(warning.cause(), warning.remedy());
    }
    policy(&mut findings, &settings);
    let clock = database(&mut findings, &settings).await;
    findings.tried(
        "the instance's secret",
        daemon::secret(&settings),
        "Write 64 hex digits there (openssl rand -hex 32), and keep a copy: tokens and Message-IDs derive from it.",
    );
    keys::run(&mut findings, &settings, clock);
    sources(&mut findings, &settings).await;
    carrier(&mut findings, &settings).await;
    if let Some(folder) = settings.site.clone() {
        findings.tried(&format!("public pages in {}", folder.display()), Site::new(folder).probe(), FOLDER);
    }
    if let Some(spool) = settings.hooks.spool.clone().filter(|_| !settings.hooks.each.is_empty()) {
        findings.tried(&format!("hooks in {}", spool.display()), Spool::new(spool).probe(), SPOOL);
    }
    for hook in &settings.hooks.each {
        let usual = Path::new(HOOK_PROGRAMS).join(&hook.name);
        let run = hook.run.as_ref().unwrap_or(&usual);
        let what = format!("hook {}, which runs {}", hook.name, run.display());
        match (hooks::probe(run), &hook.run) {
            (Err(problem), None) => findings.note(
                &format!("{what}: {problem:#}"),
                "Put the program, or a link to it, there, unless a drop-in of its unit names another.",
            ),
            (probed, _) => {
                findings.tried(&what, probed, "Put the program there, or correct “run” in [[hook]].");
            }
        }
    }
    if send {
        send::run(&mut findings, &settings, clock).await;
    } else {
        stamp(&mut findings, &settings).await;
    }
    let wrong = findings.all.iter().filter(|finding| finding.state == State::Wrong).count();
    if at.json {
        print::json(&findings.all)?;
        return if wrong == 0 { Ok(()) } else { Err(Failure::wanting()) };
    }
    if wrong == 0 {
        print::say!("\nAll is well. Start it with: embargod run --config {}", settings.file.display());
        return Ok(());
    }
    let things = if wrong == 1 { "thing is" } else { "things are" };
    print::say!("\n{wrong} {things} wrong.");
    Err(Failure::wanting())
}

fn policy(findings: &mut Findings, settings: &Settings) {
    match daemon::policy(settings) {
        Ok(policy) => findings.good(&format!("profile {}, all its letters rendered", policy.profile.name)),
        Err(problem) => findings.wrong(problem.cause(), problem.remedy()),
    }
}

/// Tries the database; gives the clock of the instance.
async fn database(findings: &mut Findings, settings: &Settings) -> Clock {
    let what = format!("database {}", settings.database.display());
    let remedy = "The user embargod runs as must be able to write that file and its folder.";
    if let Err(missing) = instance::present(settings) {
        findings.wrong(missing.cause(), missing.remedy());
        return Clock::System;
    }
    let opened = Store::open(&settings.database);
    let no_database = opened.as_ref().err().is_some_and(store::is_no_database);
    let remedy = if no_database { "Name the right file, or restore a backup." } else { remedy };
    let Some(store) = findings.tried(&what, opened, remedy) else { return Clock::System };
    match store.read(|rows| rows.people().team()).await {
        Ok(team) if team.is_empty() => findings.wrong(
            "nobody is in the security team: reports would be acknowledged and read by nobody",
            "embargod team add NAME ADDRESS",
        ),
        Ok(team) => findings.good(&format!("{} in the security team", team.len())),
        Err(problem) => findings.wrong(&format!("the team cannot be read: {problem:#}"), remedy),
    }
    match store.read(|rows| rows.audit().verify()).await {
        Ok(verdict) => match verdict.broken {
            None => findings.good(&format!("the record's chain is unbroken ({} lines)", verdict.lines)),
            Some(found) => findings.wrong(
                &format!("the record breaks at line {}: {}", found.seq, found.why),
                "Compare with a backup: somebody or something changed the database from outside.",
            ),
        },
        Err(problem) => findings.wrong(&format!("the record cannot be read: {problem:#}"), remedy),
    }
    let clock = instance::clock(settings, &store).await.unwrap_or(Clock::System);
    let now = clock.now();
    match store.read(move |rows| rows.certificates().team_without(now)).await {
        Ok(without) if without.is_empty() => findings.good(&certified(&without)),
        Ok(without) => findings.note(&certified(&without), UNCERTIFIED_REMEDY),
        Err(problem) => findings.wrong(&format!("the certificates cannot be read: {problem:#}"), remedy),
    }
    clock
}

/// What to do where somebody of the team has no certificate.
const UNCERTIFIED_REMEDY: &str =
    "Reports that come encrypted do not reach them: embargod key import FILE --for ADDRESS gives them theirs.";

/// Whether the whole team can be written to in cipher, and else who cannot.
pub fn certified(without: &[Address]) -> String {
    let without: Vec<&str> = without.iter().map(Address::as_str).collect();
    if without.is_empty() {
        return "every member of the team has a usable certificate".to_owned();
    }
    format!("in the team without a usable certificate: {}", without.join(", "))
}

async fn sources(findings: &mut Findings, settings: &Settings) {
    for source in daemon::sources(settings) {
        match source {
            Ok(source) => {
                let remedy = match source {
                    Source::Imap(_) => {
                        "Mend host, port, tls, user or password of that account: your mail program has the right ones. \
                         A certificate authority of your own is named in ca."
                    }
                    Source::Maildir(_) => FOLDER,
                };
                let probed = patiently(source.probe()).await;
                findings.tried(&format!("mail in: {}", source.described()), probed, remedy);
            }
            Err(problem) => findings.wrong(problem.cause(), problem.remedy()),
        }
    }
}

async fn carrier(findings: &mut Findings, settings: &Settings) {
    let remedy = match settings.out {
        Out::Smtp(_) => {
            "Mend host, port, tls, user or password of [smtp]: your mail program sends with the right ones. \
             A certificate authority of your own is named in ca."
        }
        Out::Files(_) => FOLDER,
    };
    match daemon::carrier(settings) {
        Ok(carrier) => {
            let probed = patiently(carrier.probe()).await;
            findings.tried(&format!("mail out: {}", carrier.described()), probed, remedy);
        }
        Err(problem) => findings.broken("mail out", &problem, remedy),
    }
}

/// Whether stamps of our mail server are believed.
async fn stamp(findings: &mut Findings, settings: &Settings) {
    let Some(doubted) = doubted(settings).await else { return };
    match doubted {
        Ok(None) => findings.good(&format!("forged stamps of {} are removed", settings.mail.authserv_id)),
        Ok(Some(why)) => findings.note(&why, STAMP_REMEDY),
        Err(problem) => findings.wrong(&format!("{problem:#}"), "Mend the database first."),
    }
}

/// What to do where no stamp is believed.
pub const STAMP_REMEDY: &str =
    "embargod check --send mails itself a forged one; until that was removed, no answer reaches a discoverer.";

/// Why no stamp of our mail server is believed yet, if that is so. `None` on a local instance, where whoever writes
/// the Maildir is trusted.
pub async fn doubted(settings: &Settings) -> Option<Result<Option<String>>> {
    if settings.local {
        return None;
    }
    let name = settings.mail.authserv_id.clone();
    let tried = match Store::open(&settings.database) {
        Ok(store) => store.read(move |rows| rows.stamps().tried_at(&name)).await,
        Err(problem) => Err(problem),
    };
    Some(tried.map(|at| match at {
        Some(_) => None,
        None => Some(format!(
            "nobody's sender is proven yet: nobody tried whether your mail server removes forged stamps of {}",
            settings.mail.authserv_id
        )),
    }))
}

async fn patiently<T>(probe: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(Duration::from_secs(PROBE_SECONDS_MAX), probe)
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {PROBE_SECONDS_MAX} s")))
}
