//! An operator changes who is on the list. The letters that follow are written by the daemon, or by the next run.

use jiff::Timestamp;

use super::super::instance::{self, At};
use super::super::{Failure, key, print, process};
use super::list::meant;
use crate::daemon;
use crate::mail::address::Address;
use crate::pipeline::certificates;
use crate::policy::profile::Profile;
use crate::rules::roster;
use crate::settings::Settings;
use crate::store::Rows;
use crate::store::members::{By, Member, New, State};

/// An organisation that is to be on the list.
pub struct Adding {
    pub name: String,
    pub address: Address,
    pub kind: String,
    pub domains: Vec<String>,
    pub certificate: Option<String>,
    pub since: Option<Timestamp>,
}

/// What letters call an operator.
const CALLED: &str = "the operator";

/// The word of an operator.
pub fn by<'a>(actor: &'a str, profile: &'a Profile) -> By<'a> {
    let history = profile.history.as_ref().map(|history| history.version.as_str());
    By { actor, evidence: "operator", called: CALLED, history }
}

/// Why an address cannot be a member's, whatever the rows say.
pub(super) fn unfit(settings: &Settings, profile: &Profile, address: &Address) -> Option<&'static str> {
    if settings.role_of(address).is_some() {
        return Some("is an address of this desk");
    }
    profile.is_public_list(&address.without_detail()).then_some("is a public list of the profile")
}

pub(super) async fn add(at: &At, adding: Adding) -> Result<(), Failure> {
    let settings = at.settings()?;
    instance::present(&settings)?;
    let wrong = |problem: roster::Passed| Failure::usage(problem.to_string(), "See “embargod member add --help”.");
    let name = roster::name(&adding.name).map_err(wrong)?;
    let domains = roster::domains(&adding.domains.join(" ")).map_err(wrong)?;
    let profile = daemon::policy(&settings)?.profile;
    if let Some(why) = unfit(&settings, &profile, &adding.address) {
        return Err(Failure::refused(format!("{} {why}", adding.address), "Add an address of the organisation's own."));
    }
    let certificate = adding.certificate.as_deref().map(key::certificate).transpose()?;
    let store = crate::store::Store::open(&settings.database)?;
    let now = instance::now(&settings, &store).await?;
    if adding.since.is_some_and(|since| since > now) {
        return Err(Failure::usage("--since lies in the future", "Give the day since when it is on the list."));
    }
    let (address, called) = (adding.address.clone(), name.clone());
    let added = store
        .write(move |rows| {
            if let Some(taken) = rows.taken(&name, &adding.address)? {
                return Ok(Err(taken));
            }
            let operator = process::operator();
            let Adding { address, kind, since, .. } = &adding;
            let new = New { name: &name, address, kind, domains: &domains, since: *since };
            let member = rows.invites(&[new], by(&operator, &profile), now)?.pop();
            let given = certificate
                .zip(member)
                .map(|(certificate, member)| certificates::register(rows, &certificate, &member.role, &operator, now));
            Ok(Ok(given.transpose()?))
        })
        .await?;
    match added {
        Err(taken) => Err(Failure::refused(taken.to_string(), "See “embargod member list”.")),
        Ok(given) => {
            print::say!(
                "{address} is asked to confirm itself; {} is on the list as soon as it does.",
                print::shown(&called)
            );
            if let Some(given) = &given {
                key::tell(given);
            }
            Ok(())
        }
    }
}

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Remove,
    Suspend,
    Resume,
}

pub(super) async fn change(at: &At, name: &str, change: Change) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let profile = daemon::policy(&settings)?.profile;
    let now = instance::now(&settings, &store).await?;
    let member = meant(store.read(|rows| rows.members().all()).await?, name)?;
    let possible = match change {
        Change::Remove => member.state != State::Left,
        Change::Suspend => member.state == State::Active,
        Change::Resume => member.state == State::Suspended,
    };
    if !possible {
        let cause = format!("{} is {}", print::shown(&member.name), member.state.as_str());
        return Err(Failure::refused(cause, "See “embargod member list”."));
    }
    let called = print::shown(&member.name);
    let changing = move |rows: Rows<'_>| {
        let operator = process::operator();
        let by = by(&operator, &profile);
        match change {
            Change::Remove => rows.removes(&member, by, now),
            Change::Suspend => rows.suspends(&member, by, now),
            Change::Resume => rows.resumes(&member, by, now),
        }
    };
    let entry = store.write(changing).await?;
    match change {
        Change::Remove => {
            print::say!("{called} is off the list: nothing more reaches it. It is told, and so is the team.")
        }
        Change::Suspend => {
            print::say!("{called} is suspended: nothing more reaches it. It is told, and so is the team.")
        }
        Change::Resume => print::say!("{called} is on the list again. It is told, and so is the team."),
    }
    if !entry.is_empty() {
        print::say!("The change history: {}", print::shown(&entry));
    }
    Ok(())
}

pub(super) async fn drill(at: &At, name: Option<&str>) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let all = store.read(|rows| rows.members().all()).await?;
    let wanted: Vec<Member> = match name {
        Some(name) => vec![meant(all, name)?],
        None => all.into_iter().filter(|member| member.state == State::Active).collect(),
    };
    if let Some(other) = wanted.iter().find(|member| member.state != State::Active) {
        let cause = format!("{} is {}: nothing is sent to it", print::shown(&other.name), other.state.as_str());
        return Err(Failure::refused(cause, "See “embargod member list”."));
    }
    if wanted.is_empty() {
        return Err(Failure::refused("there are no active members", "See “embargod member list”."));
    }
    let count = wanted.len();
    store
        .write(move |rows| {
            for member in &wanted {
                rows.members().drill(member, now)?;
                let (object, by) = (format!("member {}", member.id), process::operator());
                let act = crate::store::audit::Act {
                    actor: &by,
                    evidence: "operator",
                    act: "member drill",
                    object: &object,
                    detail: "",
                };
                rows.audit().append(now, &act)?;
            }
            Ok(())
        })
        .await?;
    let whom = if count == 1 { "1 member".to_owned() } else { format!("{count} members") };
    print::say!("A test letter goes to {whom}. “embargod member show NAME” says who answered.");
    Ok(())
}
