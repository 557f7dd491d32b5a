//! `embargod member`: the organisations on the predisclosure list, and those on their way.

use clap::Subcommand;
use serde::Serialize;

use super::instance::At;
use super::{Failure, print};
use crate::store::members;
use crate::store::time;

#[derive(Subcommand)]
pub enum Member {
    /// List the members, by name
    List,
    /// Show a member
    Show {
        /// Its name or address, or a part of the name that no other has
        name: String,
    },
}

#[derive(Serialize)]
struct Shown {
    name: String,
    address: String,
    state: &'static str,
    since: String,
    application: Option<i64>,
    /// Whether it gets what was under embargo when it came.
    current: &'static str,
}

impl From<members::Member> for Shown {
    fn from(member: members::Member) -> Self {
        Self {
            name: member.name,
            address: member.role.address.to_string(),
            state: member.state.as_str(),
            since: time::At(member.since).to_string(),
            application: member.application.map(|id| id.0),
            current: member.current.as_str(),
        }
    }
}

impl Member {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let members = at.store()?.read(|rows| rows.members().all()).await?;
        let members: Vec<Shown> = members.into_iter().map(Shown::from).collect();
        match self {
            Self::List => list(at, &members),
            Self::Show { name } => show(at, &members, &name),
        }
    }
}

fn list(at: &At, members: &[Shown]) -> Result<(), Failure> {
    if at.json {
        return print::json(members);
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

fn show(at: &At, members: &[Shown], name: &str) -> Result<(), Failure> {
    let wanted = name.to_lowercase();
    let is_it = |member: &&Shown| member.name.to_lowercase() == wanted || member.address.to_lowercase() == wanted;
    let mut found: Vec<&Shown> = members.iter().filter(is_it).collect();
    if found.is_empty() {
        found = members.iter().filter(|member| member.name.to_lowercase().contains(&wanted)).collect();
    }
    // Who left and came back is there twice: the latest counts.
    let here: Vec<&Shown> = found.iter().copied().filter(|member| member.state != "left").collect();
    let member = match (here.as_slice(), found.as_slice()) {
        ([one], _) | ([], [one]) => *one,
        ([], []) => {
            return Err(Failure::refused(format!("there is no member “{name}”"), "See “embargod member list”."));
        }
        _ => {
            let names: Vec<&str> = found.iter().map(|member| member.name.as_str()).collect();
            let cause = format!("“{name}” may be any of these: {}", names.join(", "));
            return Err(Failure::refused(cause, "Give the whole name, or the address."));
        }
    };
    if at.json {
        return print::json(member);
    }
    print::say!("{}", print::shown(&member.name));
    print::say!("  address      {}", member.address);
    print::say!("  state        {} since {}", member.state, member.since);
    if let Some(number) = member.application {
        print::say!("  application  {number}");
    }
    print::say!("  advisories under embargo when it came: {}", member.current);
    Ok(())
}
