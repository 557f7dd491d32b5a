//! What is known of members: all of them in a table, or one.

use serde::Serialize;

use super::super::instance::At;
use super::super::{Failure, print};
use crate::policy::letters::grouped;
use crate::store::bounces;
use crate::store::members::{Drill, Member, State};
use crate::store::time;

#[derive(Serialize)]
struct Listed {
    name: String,
    address: String,
    state: &'static str,
    since: String,
    application: Option<i64>,
    /// Whether it gets what was under embargo when it came.
    current: &'static str,
    kind: String,
    domains: Vec<String>,
    /// On the list since.
    joined_at: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    listed: Listed,
    /// The fingerprint.
    certificate: Option<String>,
    drills: Vec<Drilled>,
    /// What mail servers said of its mail.
    bounces: Vec<bounces::Listed>,
}

/// A test letter.
#[derive(Serialize)]
struct Drilled {
    at: String,
    answered_at: Option<String>,
    /// The address that the answer seems to come from.
    answered_by: Option<String>,
}

impl From<Member> for Listed {
    fn from(member: Member) -> Self {
        Self {
            name: member.name,
            address: member.role.address.to_string(),
            state: member.state.as_str(),
            since: time::At(member.since).to_string(),
            application: member.application.map(|id| id.0),
            current: member.current.as_str(),
            kind: member.kind,
            domains: member.domains,
            joined_at: member.joined_at.map(|at| time::At(at).to_string()),
        }
    }
}

impl From<Drill> for Drilled {
    fn from(drill: Drill) -> Self {
        Self {
            at: time::At(drill.at).to_string(),
            answered_at: drill.answered_at.map(|at| time::At(at).to_string()),
            answered_by: Some(drill.answered_by).filter(|by| !by.is_empty()),
        }
    }
}

pub(super) async fn list(at: &At) -> Result<(), Failure> {
    let members = at.store()?.read(|rows| rows.members().all()).await?;
    let members: Vec<Listed> = members.into_iter().map(Listed::from).collect();
    if at.json {
        return print::json(&members);
    }
    if members.is_empty() {
        print::say!("No members.");
        return Ok(());
    }
    let rows = members
        .iter()
        .map(|member| vec![member.name.clone(), member.address.clone(), member.state.to_owned(), member.since.clone()]);
    print::table(&["member", "address", "state", "since"], &rows.collect::<Vec<_>>());
    Ok(())
}

/// The only member that is meant by a name, an address, or a part of the name.
pub(super) fn meant(members: Vec<Member>, name: &str) -> Result<Member, Failure> {
    let wanted = name.to_lowercase();
    let is_it = |member: &&Member| {
        member.name.to_lowercase() == wanted || member.role.address.as_str().to_lowercase() == wanted
    };
    let mut found: Vec<&Member> = members.iter().filter(is_it).collect();
    if found.is_empty() {
        found = members.iter().filter(|member| member.name.to_lowercase().contains(&wanted)).collect();
    }
    // Who left and came back is there twice: the latest counts.
    let here: Vec<&Member> = found.iter().copied().filter(|member| member.state != State::Left).collect();
    match (here.as_slice(), found.as_slice()) {
        ([one], _) | ([], [one]) => Ok((*one).clone()),
        ([], []) => Err(Failure::refused(format!("there is no member “{name}”"), "See “embargod member list”.")),
        _ => {
            let names: Vec<&str> = found.iter().map(|member| member.name.as_str()).collect();
            let cause = format!("“{name}” may be any of these: {}", names.join(", "));
            Err(Failure::refused(cause, "Give the whole name, or the address."))
        }
    }
}

pub(super) async fn show(at: &At, name: &str) -> Result<(), Failure> {
    let store = at.store()?;
    let member = meant(store.read(|rows| rows.members().all()).await?, name)?;
    let (id, role) = (member.id, member.role.id);
    let more = move |rows: crate::store::Rows<'_>| {
        let certificate = rows.certificates().of_person(role)?.map(|theirs| theirs.fingerprint);
        Ok((certificate, rows.members().drills(id)?, rows.bounces().of_person(role)?))
    };
    let (certificate, drills, bounces) = store.read(more).await?;
    let drills = drills.into_iter().map(Drilled::from).collect();
    let shown = Shown { listed: Listed::from(member), certificate, drills, bounces };
    if at.json {
        return print::json(&shown);
    }
    let Shown { listed, certificate, drills, bounces } = shown;
    print::say!("{}", print::shown(&listed.name));
    print::say!("  address      {}", listed.address);
    print::say!("  state        {} since {}", listed.state, listed.since);
    if let Some(joined) = &listed.joined_at {
        print::say!("  on the list  since {joined}");
    }
    if !listed.kind.is_empty() {
        print::say!("  kind         {}", print::shown(&listed.kind));
    }
    if !listed.domains.is_empty() {
        print::say!("  domains      {}", print::shown(&listed.domains.join(", ")));
    }
    if let Some(number) = listed.application {
        print::say!("  application  {number}");
    }
    print::say!("  certificate  {}", certificate.as_deref().map_or("none".to_owned(), grouped));
    print::say!("  advisories under embargo when it came: {}", listed.current);
    for drill in &drills {
        match (&drill.answered_at, &drill.answered_by) {
            (Some(at), by) => {
                let by = by.as_deref().unwrap_or("an address that cannot be read");
                print::say!("  test letter  of {}: answered {at}, by {by}", drill.at);
            }
            (None, _) => print::say!("  test letter  of {}: NOT answered", drill.at),
        }
    }
    for bounce in &bounces {
        let bounces::Listed { at, delivery, kind, fate, status, diagnostic } = bounce;
        let said = print::shown(format!("{status} {diagnostic}").trim()).to_owned();
        print::say!("  {fate:<11}  {at}: delivery {delivery} ({kind}): {said}");
    }
    Ok(())
}
