//! Commands that say what a case is: a problem of ours, none, one that is known, somebody else's; or that it is open again.
//! Everybody who knows of it beside the team hears what becomes of it.

use anyhow::{Result, ensure};

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say::life::{News, Original};
use crate::handlers::{say, team_member};
use crate::policy::letters::shown;
use crate::rules::command::Role;
use crate::rules::contacts::{Contact, Part};
use crate::rules::label::{CaseId, Text};
use crate::rules::life::{Event, Impossible, State, after};
use crate::store::cases::{Case, Remark};
use crate::store::participants::{Participant, State as Standing};

impl Order<'_, '_, '_> {
    pub(super) fn confirm(&mut self) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Confirm) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        if let Some(since) = case.confirmed_at {
            return did(format!("Case {} was confirmed already, on {}.", self.case, shown(since)));
        }
        self.go(&case, to)?;
        self.desk.rows.cases().confirm(self.case, self.desk.now)?;
        did(format!("Case {} is confirmed: a security problem of ours.{}", self.case, self.next()?))
    }

    pub(super) fn invalid(&mut self, reason: &str) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Deny) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        if reason.trim().is_empty() {
            return refuse("it does not say why.", "write the reason behind it, for the discoverer.");
        }
        self.go(&case, to)?;
        self.remark("invalid", reason)?;
        let words = say::people::clean(self.desk, reason).text;
        let reason = Text::new(say::labels_of(self.case, self.mail.incoming), words);
        let told = self.tell_those_who_know(&case, |_| News::Invalid { reason: &reason })?;
        did(format!(
            "Case {} is closed as invalid. {told} Next: nothing. If it turns out to be one after all, “!reopen” opens it \
             again.",
            self.case
        ))
    }

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
        self.go(&case, to)?;
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
            "Case {} is closed: it is the same problem as case {}.{followed} {told}{}{carried} Next: go on in case {}.",
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
            let came = rows.participants().add_reporter(other.number, &one, self.desk.now)?;
            let there = rows.participants().get(other.number, one.person.id)?;
            if came {
                let detail = format!("{}, as in case {}, closed as its duplicate", one.person.address, self.case);
                let object = format!("case {}", other.number);
                let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
                self.desk.record(actor, proof, "add reporter", &object, &detail)?;
                joined.new.push(one.person.id);
            } else if there.as_ref().is_some_and(|there| there.role == Role::Reporter) {
                // They reported the other, too, or somebody did for them; now they know of both.
                if !one.unwritten && rows.participants().was_written_to(other.number, one.person.id)? {
                    rows.participants().was_sent(other.number, one.person.id, self.desk.now)?;
                }
                joined.own.push(one.person.id);
            } else if let Some(there) = there {
                joined.otherwise.push(format!(
                    " {} is in case {} already, as {}, and stays that; thank them with “!credit” there.",
                    one.person.address,
                    other.number,
                    there.role.as_str()
                ));
            }
        }
        Ok(joined)
    }

    pub(super) fn passed(&mut self, name: &str) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::PassOn) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        let contact = match self.contact(name, Some(Part::Lead))? {
            Err(refused) => return Ok(Err(refused)),
            Ok(contact) => contact,
        };
        self.go(&case, to)?;
        self.desk.rows.cases().passed_to(self.case, &contact.id)?;
        self.record("pass on", &format!("to {} <{}>", contact.id, contact.address))?;
        let joins = match self.bring_in(&contact, true)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(words) => words,
        };
        let lead = self.desk.rows.people().by_address(&contact.address)?;
        let standing = match &lead {
            Some(lead) => self.desk.rows.participants().get(self.case, lead.id)?,
            None => None,
        };
        let asked = standing.is_some_and(|one| one.state == Standing::Asked);
        // Who takes over has a letter of their own.
        let others = |one: &Participant| one.person.address != contact.address;
        let told = self.announce(&case, others, |_| News::Passed { lead: &contact.name, asked })?;
        let next = match asked {
            true => "Next: wait for their answer; if they decline, “!reopen” opens it again.",
            false => "Next: help them where they ask; “!reopen” takes it back.",
        };
        did(format!("Case {} is passed on to {}. {joins} {told} {next}", self.case, contact.name))
    }

    pub(super) fn reopen(&mut self) -> Did {
        let case = self.current()?;
        let to = match after(case.state, Event::Reopen) {
            Err(impossible) => return Ok(Err(cannot(impossible))),
            Ok(to) => to,
        };
        self.go(&case, to)?;
        self.desk.rows.cases().forget_the_end(self.case)?;
        let left = match case.duplicate_of {
            Some(other) => self.take_discoverers_from(other)?,
            None => Vec::new(),
        };
        let now = self.current()?;
        // Nobody was told that a case is spam, or that all of it is done.
        let told = match case.spam || case.state == State::Closed {
            true => "Nobody was told outside the team.".to_owned(),
            false => self.tell_those_who_know(&now, |one| News::Reopened {
                was: case.state,
                other: case.duplicate_of.filter(|_| left.contains(&one.person.id)),
            })?,
        };
        let dates = match (case.state, now.proposal.release_at <= self.desk.now) {
            (_, true) => {
                format!(" Its dates are over ({}): write “!embargo DATE REASON”.", shown(now.proposal.release_at))
            }
            (State::Public, false) => " Next: agree on the dates anew, then write “!embargo”.".to_owned(),
            (_, false) => String::new(),
        };
        let (kept, next) = match to {
            State::Triage => ("in triage", " Next: say what it is, with “!confirm” or “!invalid REASON”."),
            _ => ("confirmed, and confidential again", ""),
        };
        did(format!("Case {} is open again, {kept}. {told}{dates}{next}", self.case))
    }

    /// Whoever became a discoverer of the other case by this one alone is one no more.
    fn take_discoverers_from(&self, other: CaseId) -> Result<Vec<i64>> {
        let rows = self.desk.rows;
        let other = rows.cases().original(other)?;
        let mut left = Vec::new();
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
        Ok(left)
    }

    /// Puts the case into the state that follows, and that into the record.
    pub(super) fn go(&self, case: &Case, to: State) -> Result<()> {
        let went = self.desk.rows.cases().go(case.number, case.state, to, self.desk.now)?;
        ensure!(went, "case {} is not in the state {} any more", case.number, case.state);
        if case.state != to {
            self.record("state", &format!("from {} to {to}", case.state))?;
        }
        Ok(())
    }

    /// Keeps what somebody wrote of the case.
    pub(super) fn remark(&self, kind: &str, text: &str) -> Result<()> {
        let (sealed, at) = (self.mail.incoming.sealed, self.desk.now);
        let remark = Remark { kind, text, sealed, person: self.by.person.id, inbox: self.mail.id, at };
        self.desk.rows.cases().remark(self.case, &remark)
    }

    fn tell_those_who_know<'n>(&mut self, case: &Case, news: impl Fn(&Participant) -> News<'n>) -> Result<String> {
        self.announce(case, |_| true, news)
    }

    /// Tells people who know of the case what becomes of it; gives who they are, in sentences.
    fn announce<'n>(
        &mut self,
        case: &Case,
        whom: impl Fn(&Participant) -> bool,
        news: impl Fn(&Participant) -> News<'n>,
    ) -> Result<String> {
        let mut told = Vec::new();
        for one in self.desk.rows.participants().knowing(self.case)?.iter().filter(|one| whom(one)) {
            let news = news(one);
            let letter = say::life::news(self.desk, case, one, &news)?;
            let of = match &news {
                News::Duplicate { other: Some(other) } => other.case.number,
                _ => self.case,
            };
            self.desk.send(&letter, Some(of))?;
            let role = if one.role == Role::Reporter { "the discoverer" } else { one.role.as_str() };
            told.push(format!("{} ({role})", one.person.address));
        }
        let not_told = self.not_told()?;
        Ok(match told.is_empty() {
            true => format!("Nobody outside the team was told.{not_told}"),
            false => format!("Told of it: {}.{not_told}", told.join(", ")),
        })
    }

    /// The discoverers to whom nobody wrote yet: a sentence, or nothing.
    pub(super) fn not_told(&self) -> Result<String> {
        let all = self.desk.rows.participants().of(self.case)?;
        let unwritten: Vec<&str> =
            all.iter().filter(|one| one.unwritten).map(|one| one.person.address.as_str()).collect();
        Ok(match unwritten.is_empty() {
            true => String::new(),
            false => format!(" Not told, because nobody wrote to them yet: {}.", unwritten.join(", ")),
        })
    }

    /// How letters call a contact.
    fn called<'s>(&'s self, id: &'s str) -> &'s str {
        crate::rules::contacts::called(&self.desk.house.contacts, id).map_or(id, |contact: &Contact| &contact.name)
    }
}

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

/// Why a case cannot get where a command wants it, and what to do.
pub(super) fn cannot(impossible: Impossible) -> Refused {
    Refused { why: format!("the case {}", impossible.why), remedy: impossible.remedy.to_owned() }
}
