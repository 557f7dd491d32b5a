//! The command that begins somebody's way into the team: a member vouches for whoever asked. What follows is answered at
//! reply addresses of its own (`handlers::joining`).

use super::{Did, Order, did, refuse};
use crate::handlers::joining;
use crate::mail::address::Mailbox;

impl Order<'_, '_, '_> {
    pub(super) fn vouch(&mut self, whom: &Mailbox) -> Did {
        let (rows, now, address) = (self.desk.rows, self.desk.now, &whom.address);
        let Some(name) = whom.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
            return refuse("it does not say what they are called.", "write their name before their address.");
        };
        let ours = address.without_detail() == self.desk.house.security.without_detail();
        if ours || self.desk.policy.profile.is_public_list(address) {
            return refuse(
                format!("{address} is no person's own address."),
                "vouch for a person, by the address they wrote from.",
            );
        }
        let case = rows.cases().get(self.case)?;
        let asked = case.as_ref().and_then(|case| case.reporter.clone());
        let Some(candidate) = asked.filter(|asked| asked.address == *address) else {
            return refuse(
                format!("this case was not opened by {address}."),
                "have them ask by a mail to us, and vouch for them in the case which that mail opens.",
            );
        };
        if rows.people().team_member(candidate.id)?.is_some() {
            return refuse(format!("{address} is in the team already."), "do nothing.");
        }
        if candidate.id == self.by.person.id {
            return refuse("nobody vouches for themselves.", "ask another member of the team.");
        }
        if rows.people().team()?.len() < 2 {
            return refuse(
                "nobody else is in the team who could accept them.",
                "ask the operator: “embargod team add” puts somebody in the team.",
            );
        }
        let Some(id) = rows.joinings().vouch(self.case, candidate.id, name, self.by.person.id, now)? else {
            return refuse("a request of theirs goes on already.", "see “embargod team list” for where it stands.");
        };
        let request = rows.joinings().get(id)?.filter(|request| request.state.is_open());
        let Some(request) = request else { return refuse("the request is gone.", "write the command again.") };
        let detail = format!("as {name}, for case {}", self.case);
        let (actor, evidence) = (self.by.person.address.as_str(), self.by.proof.as_str());
        self.desk.record(actor, evidence, "vouch", address.as_str(), &detail)?;
        joining::ask_team(self.desk, &request, &self.by.person)?;
        did(format!(
            "You vouch for {name} <{address}>. The other members of the team are asked whether they accept them; \
             {name} hears nothing before one of them does."
        ))
    }
}
