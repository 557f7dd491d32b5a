//! The commands about what is on its way: held, let go, sent to a member who came later.

use anyhow::Result;

use crate::handlers::advisories::{members, standing};
use crate::handlers::control::embargo::too_long;
use crate::handlers::control::life::cannot;
use crate::handlers::control::{Did, Order, did, refuse};
use crate::handlers::say;
use crate::handlers::say::disclosing::called;
use crate::handlers::say::disclosure::Holding;
use crate::handlers::say::embargo::cleaned;
use crate::policy::letters::shown;
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
            return did(format!("Case {} is held already. Nothing changed, and nobody was told anything.", self.case));
        }
        self.record("hold", "")?;
        let lines = self.waiting(false)?;
        self.tell_the_team(&Holding { held: true, clock: false, reason: &reason, lines: &lines })?;
        did(format!(
            "Case {} is held: nothing more of its advisories leaves. The team was told. What left cannot be called back. Next: \
             when it may go on, “!unhold”.",
            self.case
        ))
    }

    pub(in crate::handlers::control) fn unhold(&mut self) -> Did {
        let (rows, now) = (self.desk.rows, self.desk.now);
        let held = rows.advisories().unhold(self.case, now)?;
        let clock = rows.advisories().clock_is_right(self.by.person.address.as_str(), now)?;
        if !held && !clock {
            return refuse(format!("case {} is not held.", self.case), "nothing; “!status” shows what it waits for.");
        }
        for (ended, act) in [(held, "unhold"), (clock, "clock is right")] {
            if ended {
                self.record(act, "")?;
            }
        }
        let lines = self.waiting(true)?;
        self.tell_the_team(&Holding { held: false, clock: clock && !held, reason: "", lines: &lines })?;
        let what = match (held, clock) {
            (true, false) => format!("Case {} is no longer held.", self.case),
            (true, true) => format!("Case {} is no longer held, and the clock of the desk counts as right.", self.case),
            (false, _) => "The clock of the desk counts as right; what waited for that leaves again.".to_owned(),
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
        let (mut sent, mut why) = (Vec::new(), String::new());
        for version in current {
            let name = format!("{}, version {}", called(self.desk, &version), version.version);
            if version.void_at.is_some() {
                why = format!("{name} does not hold any more, and the version after it waits for approval");
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
            let name = format!("{}, version {}", called(self.desk, &version), version.version);
            let everybody = match until.filter(|at| *at > self.desk.now) {
                Some(at) => format!("{name}: to everybody, on {}", shown(at)),
                None if now => format!("{name}: to everybody, now"),
                None => format!("{name}: to everybody"),
            };
            match version.stage {
                Stage::Approved if until.is_some_and(|at| at > self.desk.now) => {
                    lines.push(format!("{name}: to the members{}", if now { ", as it was to" } else { "" }));
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
            let letter = say::disclosure::held(self.desk, self.mail, self.case, holding, by, &member.person)?;
            self.desk.send(&letter, Some(self.case))?;
        }
        Ok(())
    }
}
