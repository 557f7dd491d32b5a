//! The commands about what is on its way: held, let go, sent to a member who came later.

use anyhow::Result;

use crate::handlers::advisories::{members, standing};
use crate::handlers::control::embargo::too_long;
use crate::handlers::control::life::cannot;
use crate::handlers::control::{Did, Order, did, refuse};
use crate::handlers::say;
use crate::handlers::say::advisories::bringing::called;
use crate::handlers::say::advisories::watching::Holding;
use crate::handlers::say::embargo::cleaned;
use crate::policy::letters::shown;
use crate::rules::command::Unhold;
use crate::rules::life;
use crate::rules::naming::{self, Meant};
use crate::store::advisories::Stage;
use crate::store::members::{Member, State};

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn hold(&mut self, reason: &str) -> Did {
        if let Err(impossible) = life::may_learn(self.current()?.state) {
            return Ok(Err(cannot(impossible)));
        }
        let reason = cleaned(self.desk, reason);
        if reason.is_empty() {
            return refuse("it does not say why.", "write why behind it: all of the team is told.");
        }
        if let Some(refused) = too_long(&reason) {
            return Ok(Err(refused));
        }
        if !self.desk.rows.advisories().hold(self.case, &reason, &self.said())? {
            return did(format!(
                "Case {} is held already. Nothing changed, and nobody was told anything. Your reason was not kept.",
                self.case
            ));
        }
        self.record("hold", "")?;
        let lines = self.waiting(false)?;
        self.tell_the_team(&Holding { held: true, clock: false, reason: &reason, lines: &lines })?;
        let members = say::advisories::watching::members_may_publish(self.desk, self.case)?;
        let members = members.map_or(String::new(), |words| format!(" {words}"));
        did(format!(
            "Case {} is held: nothing more of its advisories leaves. The team was told. What left cannot be called back.\
             {members} Next: when it may go on, “!unhold”.",
            self.case
        ))
    }

    /// `which`: in doubt it has to be said, for the one is about this case, and the other about all.
    pub(in crate::handlers::control) fn unhold(&mut self, which: Option<Unhold>) -> Did {
        let (rows, now) = (self.desk.rows, self.desk.now);
        let is_held = rows.advisories().held(self.case)?.is_some();
        let is_doubted = rows.advisories().jumped_at()?.is_some();
        let which = match (which, is_held, is_doubted) {
            (None, true, true) => {
                return refuse(
                    format!("case {} is held, and the clock of the desk is in doubt, too.", self.case),
                    "say which you mean: “!unhold hold” or “!unhold clock”.",
                );
            }
            (Some(which), ..) => which,
            (None, _, true) => Unhold::Clock,
            (None, _, false) => Unhold::Hold,
        };
        let nothing = "nothing; “!status” shows what it waits for.";
        let (ended, act) = match which {
            Unhold::Hold => (rows.advisories().unhold(self.case, now)?, "unhold"),
            Unhold::Clock => {
                (rows.advisories().clock_is_right(self.by.person.address.as_str(), now)?, "clock is right")
            }
        };
        if !ended {
            return match which {
                Unhold::Hold => refuse(format!("case {} is not held.", self.case), nothing),
                Unhold::Clock => refuse("nobody doubts the clock of the desk.".to_owned(), nothing),
            };
        }
        self.record(act, "")?;
        let still = standing::kept_back(self.desk, self.case)?;
        let mut lines = self.waiting(still.is_none())?;
        lines.extend(still.map(|why| format!("nothing of it leaves yet: {why}")));
        self.tell_the_team(&Holding { held: false, clock: which == Unhold::Clock, reason: "", lines: &lines })?;
        let what = match which {
            Unhold::Hold => format!("Case {} is no longer held.", self.case),
            Unhold::Clock => "The clock of the desk counts as right; what waited for that leaves again.".to_owned(),
        };
        let next = if lines.is_empty() { String::new() } else { format!(" Next: {}.", lines.join("; ")) };
        did(format!("{what} The team was told.{next}"))
    }

    pub(in crate::handlers::control) fn predisclose(&mut self, name: &str) -> Did {
        let present = self.desk.rows.members().present()?;
        let member: &Member = match naming::meant(name, &present, |one| (Some(&one.name), &one.role.address)) {
            Meant::One(member) => member,
            Meant::Nobody => {
                return refuse(
                    format!("there is no member “{name}”."),
                    "write the whole name, or the address; “embargod member list” shows both.",
                );
            }
            Meant::Several => {
                return refuse(format!("several members may be meant by “{name}”."), "write the address.");
            }
        };
        if member.state != State::Active {
            return refuse(
                format!("“{}” is {}, and only an active member gets advisories.", member.name, member.state.as_str()),
                "have its address confirmed first, or end its suspension.",
            );
        }
        let current = members::current(self.desk, Some(self.case))?;
        if current.is_empty() {
            return refuse(
                format!("nothing of case {} is with the members under embargo.", self.case),
                "nothing: what is approved later goes to this member as to all others.",
            );
        }
        if self.desk.rows.advisories().held(self.case)?.is_some() {
            return refuse(format!("case {} is held.", self.case), "write “!unhold” first, in a line above.");
        }
        if self.desk.rows.advisories().jumped_at()?.is_some() {
            return refuse("the clock of the desk is in doubt.", "write “!unhold clock” first, in a line above.");
        }
        let (mut sent, mut why) = (Vec::new(), String::new());
        for version in current {
            let name = format!("{}, version {}", called(self.desk, &version), version.version);
            if !members::may_send(self.desk, &version)? {
                why = format!("{name} is not what is approved any more, and what follows it waits for approval");
            } else if self.desk.rows.advisories().was_sent_to(version.id, &member.role.address)? {
                why = format!("“{}” was sent {name} already", member.name);
            } else {
                members::send(self.desk, member, &version, self.by)?;
                sent.push(name);
            }
        }
        match sent.is_empty() {
            true => refuse(format!("{why}."), "nothing: every later version goes to this member as to all others."),
            false => did(format!("“{}” is sent {}.", member.name, sent.join(" and "))),
        }
    }

    /// What of the case waits for its hour, and where it goes then. `now`: of what is past, that it leaves.
    fn waiting(&self, now: bool) -> Result<Vec<String>> {
        let case = self.current()?;
        let until = standing::embargo(&case);
        let mut lines = Vec::new();
        for version in self.desk.rows.advisories().of_case(self.case)? {
            let called = called(self.desk, &version);
            let readers = if self.desk.house.members.is_some() { " and all members" } else { "" };
            let everybody = format!("{called}, version {}, to the public lists{readers}", version.public_version);
            let everybody = match until.filter(|at| *at > self.desk.now) {
                Some(at) => format!("{everybody}, on {}", shown(at)),
                None if now => format!("{everybody}, now"),
                None => everybody,
            };
            let told_before = version.public_version > version.version;
            match version.stage {
                Stage::Approved if told_before && until.is_some_and(|at| at > self.desk.now) => {
                    let when = if now { ", now" } else { "" };
                    lines.push(format!("{called}, version {}, to the members{when}", version.version));
                    lines.push(everybody);
                }
                Stage::Approved | Stage::Predisclosed => lines.push(everybody),
                Stage::Draft | Stage::Released => {}
            }
        }
        Ok(lines)
    }

    /// All but whoever gave the command: they get the answer.
    fn tell_the_team(&mut self, holding: &Holding<'_>) -> Result<()> {
        for member in self.desk.rows.people().team()? {
            if member.person.id == self.by.person.id {
                continue;
            }
            let by = &self.by.person;
            let letter = say::advisories::watching::held(self.desk, self.mail, self.case, holding, by, &member.person)?;
            self.desk.send(&letter, Some(self.case))?;
        }
        Ok(())
    }
}
