//! The command that says that a case is the same problem as another: its discoverers become discoverers of that one, in the
//! order in which their own reports came, for as long as it is so.

use anyhow::Result;

use super::facts::credit::betrayed;
use super::life::cannot;
use super::{Did, Order, Refused, did};
use crate::handlers::say::life::{News, Original};
use crate::handlers::team_member;
use crate::rules::command::Role;
use crate::rules::label::CaseId;
use crate::rules::life::{Event, State, after};
use crate::store::cases::Case;
use crate::store::participants::State as Standing;
use crate::store::people::Person;

/// What the discoverers of a duplicate are in the case it is a duplicate of: each by their row.
#[derive(Default)]
struct Joined {
    /// They are discoverers of it now.
    new: Vec<i64>,
    /// They were before.
    own: Vec<i64>,
    /// They take part in another way: sentences.
    otherwise: Vec<String>,
}

impl Order<'_, '_, '_> {
    pub(super) fn duplicate(&mut self, of: CaseId) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Duplicate) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        let other = match self.original(of)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(other) => other,
        };
        let asked = self.go(&case, to)?;
        let stays = self.nothing_leaves()?;
        self.desk.rows.cases().is_the_same_as(self.case, other.number)?;
        let joined = self.hand_discoverers_to(&other)?;
        let numbers = self.desk.rows.cases().numbers(other.number)?;
        let original = |own| Original { case: &other, numbers: &numbers, own };
        let (new, own) = (original(false), original(true));
        let told = self.announce(
            &case,
            |_| true,
            |one| News::Duplicate {
                other: match one.person.id {
                    id if joined.new.contains(&id) => Some(&new),
                    id if joined.own.contains(&id) => Some(&own),
                    _ => None,
                },
            },
        )?;
        let followed = match other.number == of {
            true => String::new(),
            false => format!(" Case {of} is itself a duplicate of that."),
        };
        let own = self.desk.rows.cases().numbers(self.case)?;
        let own: Vec<&str> = own.iter().map(|number| number.id.as_str()).collect();
        let carried = match own.is_empty() {
            true => String::new(),
            false => format!(
                " Case {} had the CVE number {}; if that is the one of case {}, say so there with “!cve”.",
                self.case,
                own.join(", "),
                other.number
            ),
        };
        did(format!(
            "Case {} is closed: it is the same problem as case {}.{followed}{stays} {told}{asked}{}{carried} Next: go on in case {}.",
            self.case,
            other.number,
            joined.otherwise.concat(),
            other.number
        ))
    }

    /// The case that another is to be a duplicate of: a duplicate's own is followed.
    fn original(&self, of: CaseId) -> Result<Result<Case, Refused>> {
        let no = |why: String, remedy: String| Ok(Err(Refused { why, remedy }));
        let cases = self.desk.rows.cases();
        if of == self.case {
            return no(
                format!("case {of} is this case itself."),
                "write the number of the case that has the same problem.".to_owned(),
            );
        }
        let original = cases.original(of)?;
        let Some(other) = cases.get(original)? else {
            return no(
                format!("there is no case {of}."),
                "write the number of the case as its letters show it.".to_owned(),
            );
        };
        if original == self.case {
            return no(
                format!("case {of} is closed as a duplicate of this one."),
                format!("go on here; or open case {of} again first, with “!reopen” in a reply there."),
            );
        }
        match other.state {
            State::Held => no(
                format!("case {original} is held: no moderator let its report through yet."),
                "decide about that report first.".to_owned(),
            ),
            State::Invalid | State::Duplicate => no(
                format!("case {original} is closed ({}).", other.state),
                format!(
                    "if it is a problem after all, open case {original} again first, with “!reopen” in a reply there; if \
                     not, close this one, too, with “!invalid REASON”."
                ),
            ),
            State::Passed => no(
                format!("case {original} was passed on to {}.", self.called(&other.component)),
                format!("pass this one on, too, with “!passed {}”.", other.component),
            ),
            _ => Ok(Ok(other)),
        }
    }

    /// The discoverers of this case become discoverers of the other, each in the order of their own report.
    fn hand_discoverers_to(&self, other: &Case) -> Result<Joined> {
        let rows = self.desk.rows;
        let mut joined = Joined::default();
        for one in rows.participants().of(self.case)? {
            let is_discoverer = one.role == Role::Reporter && one.state == Standing::Active;
            if !is_discoverer || team_member(self.desk, &one.person.address)?.is_some() {
                continue;
            }
            let there = rows.participants().get(other.number, one.person.id)?;
            if rows.participants().add_reporter(other.number, &one, self.desk.now)? {
                let detail = format!("{}, as in case {}, closed as its duplicate", one.person.address, self.case);
                let object = format!("case {}", other.number);
                let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
                self.desk.record(actor, proof, "add reporter", &object, &detail)?;
                joined.new.push(one.person.id);
            } else if there.as_ref().is_some_and(|there| there.role == Role::Reporter) {
                // They reported the other, too, or somebody did for them; now they know of both, unless nobody wrote to them.
                if !one.unwritten
                    && (rows.participants().was_written_to(other.number, one.person.id)?
                        || !rows.cases().reporter_knows(other.number, &one.person)?)
                {
                    rows.participants().was_sent(other.number, one.person.id, self.desk.now)?;
                }
                joined.own.push(one.person.id);
            } else if let Some(there) = there {
                joined.otherwise.push(match there.state {
                    Standing::Removed => format!(
                        " {} was removed from case {} as {}, and does not come back by this; thank them with “!credit” \
                         there, or add them anew.",
                        one.person.address,
                        other.number,
                        there.role.called()
                    ),
                    Standing::Asked | Standing::Active => format!(
                        " {} is in case {} already, as {}, and stays that; thank them with “!credit” there.",
                        one.person.address,
                        other.number,
                        there.role.called()
                    ),
                });
                continue;
            }
            self.take_credit_along(other.number, &one.person)?;
        }
        for hidden in betrayed(&rows.facts().thanked(other.number)?) {
            joined.otherwise.push(format!(
                " The discoverer {} is to stay anonymous, and the advisory of case {} would name them: look there with \
                 “!status”, and correct it with “!credit”.",
                hidden.address, other.number
            ));
        }
        Ok(joined)
    }

    /// How a discoverer is thanked, or that they are not, holds in another case of theirs.
    pub(super) fn take_credit_along(&self, to: CaseId, reporter: &Person) -> Result<()> {
        if self.desk.rows.facts().hand_credit(self.case, to, reporter.id)? {
            let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
            let detail = format!("{}: as in case {}", reporter.address, self.case);
            self.desk.record(actor, proof, "credit reporter", &format!("case {to}"), &detail)?;
        }
        Ok(())
    }

    /// Whoever became a discoverer of the other case by this one alone is one no more; nor of the case that the other is
    /// a duplicate of.
    pub(super) fn take_discoverers_from(&self, other: CaseId) -> Result<Vec<i64>> {
        let rows = self.desk.rows;
        let mut left = Vec::new();
        for other in rows.cases().up_to_original(other)? {
            for one in rows.participants().of(self.case)?.iter().filter(|one| one.role == Role::Reporter) {
                let there = rows.participants().get(other, one.person.id)?;
                let by_this_case = there.is_some_and(|there| {
                    there.role == Role::Reporter && there.since == one.since && there.state == Standing::Active
                });
                if by_this_case && rows.participants().remove_reporter(other, one.person.id, self.desk.now)? {
                    left.push(one.person.id);
                    let detail = format!("{}: case {} is no duplicate of it any more", one.person.address, self.case);
                    let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
                    self.desk.record(actor, proof, "remove reporter", &format!("case {other}"), &detail)?;
                }
            }
        }
        Ok(left)
    }
}
