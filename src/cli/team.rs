//! `embargod team`: who the security team is.

use clap::Subcommand;
use serde::Serialize;

use super::instance::{self, At};
use super::{Failure, key, print, process};
use crate::daemon;
use crate::mail::address::Address;
use crate::pipeline::certificates;
use crate::store::Store;
use crate::store::audit::Act;
use crate::store::joinings::Joining;
use crate::store::leaving::Left;
use crate::store::people::{Person, TeamMember};
use crate::store::time;

#[derive(Subcommand)]
pub enum Team {
    /// List the members
    List,
    /// Add a member: from now on they get every report
    Add {
        /// As letters call them
        name: String,
        /// Where they get reports and answer from: a person's own address, no list
        address: Address,
        /// Also decides about held posts to -discuss; of somebody who is in the team already, only this is changed
        #[arg(long)]
        moderator: bool,
        /// Their OpenPGP certificate, a file. Without one, letters to them leave unencrypted, or wait if they must be
        /// encrypted
        #[arg(long, value_name = "FILE")]
        key: Option<String>,
    },
    /// Remove a member: their reply addresses and their certificate are void at once
    Remove {
        /// As “embargod team list” shows it
        address: Address,
    },
}

/// What became of somebody who was to be added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Added {
    Member,
    /// They were in the team.
    Moderator,
    /// They were all of that.
    Nothing,
}

#[derive(Serialize)]
struct Listed {
    name: String,
    address: Address,
    moderator: bool,
    since: String,
    /// `active`; of somebody who is not in the team yet: `vouched`, `accepted` or `agreed`.
    state: &'static str,
}

impl From<Joining> for Listed {
    fn from(request: Joining) -> Self {
        Self {
            name: request.candidate.name,
            address: request.candidate.address,
            moderator: false,
            since: time::At(request.since).to_string(),
            state: request.state.as_str(),
        }
    }
}

impl From<TeamMember> for Listed {
    fn from(member: TeamMember) -> Self {
        Self {
            name: member.person.name,
            address: member.person.address,
            moderator: member.moderator,
            since: time::At(member.since).to_string(),
            state: "active",
        }
    }
}

impl Team {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Add { name, address, moderator, key } => add(at, name, address, moderator, key.as_deref()).await,
            Self::Remove { address } => remove(at, address).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
    let (team, joining) = at.store()?.read(|rows| Ok((rows.people().team()?, rows.joinings().open()?))).await?;
    let pending = joining.into_iter().map(Listed::from);
    let team: Vec<Listed> = team.into_iter().map(Listed::from).chain(pending).collect();
    if at.json {
        return print::json(&team);
    }
    if team.is_empty() {
        print::say!("Nobody is in the team yet. Add a member with: embargod team add NAME ADDRESS");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = team
        .into_iter()
        .map(|member| {
            let moderator = match member.state {
                "active" if member.moderator => "moderator",
                "active" => "",
                "vouched" => "not yet: another member has to accept them",
                "accepted" => "not yet: they are asked to agree",
                _ => "not yet: they agreed; their certificate is missing",
            };
            vec![member.name, member.address.to_string(), moderator.into(), member.since]
        })
        .collect();
    print::table(&["name", "address", "", "since"], &rows);
    Ok(())
}

async fn add(at: &At, name: String, address: Address, moderator: bool, file: Option<&str>) -> Result<(), Failure> {
    let settings = at.settings()?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.contains(char::is_control) {
        return Err(Failure::usage(
            "a member of the team needs a name, on one line",
            "Give it as letters call them: embargod team add \"Alice Example\" alice@example.org",
        ));
    }
    if settings.role_of(&address).is_some() {
        return Err(Failure::refused(
            format!("{address} is an address of this desk, not of a person"),
            "Add the person's own address.",
        ));
    }
    if daemon::policy(&settings)?.profile.is_public_list(&address) {
        return Err(Failure::refused(
            format!("{address} is a public list of the profile"),
            "Add a person's own address.",
        ));
    }
    let certificate = file.map(key::certificate).transpose()?;
    let store = Store::open(&settings.database)?;
    let now = instance::now(&settings, &store).await?;
    let adding = address.clone();
    let (added, given) = store
        .write(move |rows| {
            let person = rows.people().find_or_add(&name, &adding)?;
            let person = Person { name, ..person };
            let joins = rows.people().joins_team(&person, moderator, now)?;
            let promoted = !joins && moderator && rows.people().make_moderator(person.id)?;
            if !joins && !promoted {
                return Ok((Added::Nothing, None));
            }
            let (added, detail) = match (joins, moderator) {
                (true, false) => (Added::Member, ""),
                (true, true) => (Added::Member, "as moderator"),
                (false, _) => (Added::Moderator, "is a moderator now"),
            };
            let by = process::operator();
            let act = Act { actor: &by, evidence: "operator", act: "team add", object: adding.as_str(), detail };
            rows.audit().append(now, &act)?;
            // A certificate that is refused leaves them out of the team, too: they were to have both.
            let given = certificate.map(|certificate| certificates::register(rows, &certificate, &person, &by, now));
            Ok((added, given.transpose()?))
        })
        .await?;
    if added == Added::Nothing {
        return Err(Failure::refused(
            format!("{address} is in the team already"),
            match file {
                Some(_) => "A certificate is given to somebody with: embargod key import FILE --for ADDRESS",
                None => {
                    "To correct a name, remove them and add them again: reply addresses they were sent are void then."
                }
            },
        ));
    }
    match added {
        Added::Moderator => print::say!("{address} is a moderator from now on; nothing else of theirs changed."),
        _ => print::say!("{address} is in the team and gets every report from now on."),
    }
    if let Some(given) = &given {
        key::tell(given);
    }
    Ok(())
}

async fn remove(at: &At, address: Address) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let removing = address.clone();
    let removed = store
        .write(move |rows| {
            let Some(person) = rows.people().by_address(&removing)? else { return Ok(None) };
            let Some(left) = rows.leaves_team(&person, now)? else { return Ok(None) };
            let Left { voided, certificate, joinings } = &left;
            let mut detail = format!("{voided} reply addresses void");
            if let Some(fingerprint) = certificate {
                detail.push_str(&format!(", certificate {fingerprint} removed"));
            }
            if *joinings > 0 {
                detail.push_str(&format!(", {joinings} requests to join that they stood for ended"));
            }
            let act = Act {
                actor: &process::operator(),
                evidence: "operator",
                act: "team remove",
                object: removing.as_str(),
                detail: &detail,
            };
            rows.audit().append(now, &act)?;
            Ok(Some(left))
        })
        .await?;
    match removed {
        Some(Left { voided, certificate, joinings }) => {
            print::say!("{address} is no longer in the team; {voided} reply addresses of theirs are void.");
            if certificate.is_some() {
                print::say!("Their certificate is removed: nothing is encrypted to it, and no signature by it counts.");
            }
            if joinings > 0 {
                print::say!("{joinings} requests to join ended that they had vouched for or accepted.");
            }
            Ok(())
        }
        None => Err(Failure::refused(format!("{address} is not in the team"), "See “embargod team list”.")),
    }
}
