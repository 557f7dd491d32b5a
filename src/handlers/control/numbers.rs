//! The command about CVE numbers: which one a problem has, that one is wanted, or why there is none. Everybody who knows of
//! the case hears of a number, and that it is not public before the problem is.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::{Did, Order, Refused, did, refuse};
use crate::desk::Desk;
use crate::handlers::say;
use crate::handlers::say::people::people_in_words;
use crate::policy::letters::shown;
use crate::rules::command::{Cve, Role};
use crate::rules::contacts::{self, Part};
use crate::rules::label::CaseId;
use crate::rules::life::State;
use crate::store::cases::{Case, Number};
use crate::store::participants::State as Standing;
use crate::store::people::Person;

impl Order<'_, '_, '_> {
    pub(super) fn cve(&mut self, cve: &Cve) -> Did {
        let case = self.current()?;
        if case.state.is_over() || case.state == State::Held {
            let remedy = match case.state {
                State::Held => "decide about the report first.",
                _ => "open it again first, with “!reopen”, in the line above.",
            };
            return refuse(format!("the case is closed or held: it is in the state “{}”.", case.state), remedy);
        }
        match cve {
            Cve::Is { id, advisory, instead } => self.has_number(&case, id, *advisory, instead.as_deref()),
            Cve::Request => self.request_number(&case),
            Cve::None(reason) => self.no_number(&case, reason),
        }
    }

    fn has_number(&mut self, case: &Case, id: &str, of: Option<i64>, instead: Option<&str>) -> Did {
        let cases = self.desk.rows.cases();
        let before = cases.numbers(self.case)?;
        if let Some(refused) = self.wrong_number(&before, id, instead)? {
            return Ok(Err(refused));
        }
        // What stood in the place of the wrong one was of that one's advisory.
        let before_it = instead.and_then(|wrong| before.iter().find(|number| number.id == wrong));
        let of = of.or(before_it.and_then(|number| number.advisory));
        let advisory = match self.advisory_of(id, of)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(advisory) => advisory,
        };
        let known = before.iter().find(|number| number.id == id);
        let is_new = cases.set_number(self.case, id, advisory, self.by.person.id, self.desk.now)?;
        if !is_new && instead.is_none() {
            return did(format!("Case {} had the number {id} already; nobody was told once more.", self.case));
        }
        if let Some(wrong) = instead {
            cases.drop_number(self.case, wrong)?;
        }
        let called = |number: i64| self.desk.policy.profile.advisory.called(number);
        let for_advisory = advisory.map_or(String::new(), |number| format!(" for {}", called(number)));
        let was = instead.map_or(String::new(), |wrong| format!(", instead of {wrong}"));
        self.record("cve", &format!("{id}{for_advisory}{was}"))?;
        if let Some(known) = known.filter(|_| instead.is_none()) {
            let was = known.advisory.map_or("none in particular".to_owned(), called);
            let now = advisory.map_or("none in particular".to_owned(), called);
            return did(format!("{id} belongs to {now} now; before: {was}."));
        }
        let others: Vec<String> = before
            .into_iter()
            .map(|number| number.id)
            .filter(|other| other != id && Some(other.as_str()) != instead)
            .collect();
        let told = self.tell_number(case, &say::numbers::Told { number: id, instead, others: &others, advisory })?;
        let more = match (instead, others.is_empty()) {
            (Some(wrong), _) => format!(" It takes the place of {wrong}."),
            (None, true) => String::new(),
            (None, false) => format!(
                " The case has more than one now: {}, {id}. If {id} is to take the place of another, write “!cve {id} \
                 instead of” and the wrong one.",
                others.join(", ")
            ),
        };
        let lacks = self.lacks_text(case, advisory)?;
        did(format!("Case {} has the number {id}{for_advisory}.{more} {told}{lacks}{}", self.case, self.next()?))
    }

    /// What is public and was not sent by the desk needs a version with the number, which the desk cannot write.
    fn lacks_text(&self, case: &Case, of: Option<i64>) -> Result<String> {
        let profile = &self.desk.policy.profile.advisory;
        let mut lacking = Vec::new();
        for number in self.desk.rows.facts().advisories(self.case)? {
            let meant = of.is_none_or(|of| of == number);
            if meant && case.released_at.is_some() && self.desk.rows.advisories().of_number(number)?.is_empty() {
                lacking.push(number);
            }
        }
        Ok(match lacking.as_slice() {
            [] => String::new(),
            numbers => format!(
                " The desk has no text of {}, which you published yourselves: for another version with the number in it, send \
                 the whole text, below “!advisory”.",
                profile.all_called(numbers)
            ),
        })
    }

    /// Why a case cannot get this number.
    fn wrong_number(&self, before: &[Number], id: &str, instead: Option<&str>) -> Result<Option<Refused>> {
        let has = before.iter().map(|number| number.id.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(wrong) = instead
            && before.iter().all(|number| number.id != wrong)
        {
            let has = if has.is_empty() { "none".to_owned() } else { has };
            return Ok(Some(Refused {
                why: format!("case {} does not have the number {wrong}; it has {has}.", self.case),
                remedy: "correct the number that is to go; or leave “instead of” away.".to_owned(),
            }));
        }
        if instead.is_some() && before.iter().any(|number| number.id == id) {
            return Ok(None);
        }
        for other in self.desk.rows.cases().with_number(id)?.into_iter().filter(|other| *other != self.case) {
            let known = self.desk.rows.cases().get(other)?;
            if known.is_some_and(|case| !case.state.is_over() || case.state == State::Closed) {
                return Ok(Some(Refused {
                    why: format!("{id} is the number of case {other} already."),
                    remedy: format!(
                        "if both are the same problem, write “!duplicate {other}”; if the number is wrong there, put the \
                         right one in its place there first, with “!cve NUMBER instead of {id}”."
                    ),
                }));
            }
        }
        Ok(None)
    }

    /// The advisory a number is of: the one that is said, or the only one there is.
    fn advisory_of(&self, id: &str, said: Option<i64>) -> Result<Result<Option<i64>, Refused>> {
        let all = self.desk.rows.cases().advisories(self.case)?;
        let advisory = &self.desk.policy.profile.advisory;
        let (called, listed) = (|number: i64| advisory.called(number), advisory.all_called(&all));
        Ok(match (said, all.as_slice()) {
            (Some(number), all) if all.contains(&number) => Ok(Some(number)),
            (Some(number), []) => Err(Refused {
                why: format!("case {} has no {}; it has no advisory yet.", self.case, called(number)),
                remedy: format!("give it one first, with “!assign {number}”, in the line above."),
            }),
            (Some(number), _) => Err(Refused {
                why: format!("case {} has no {}; it has {listed}.", self.case, called(number)),
                remedy: "correct the number of the advisory.".to_owned(),
            }),
            (None, []) => Ok(None),
            (None, [only]) => Ok(Some(*only)),
            (None, _) => Err(Refused {
                why: format!(
                    "case {} has several advisories ({listed}), and it is not said of which this is.",
                    self.case
                ),
                remedy: format!("write “!cve {id} for” and its number."),
            }),
        })
    }

    /// Everybody who knows of the case; but whoever gave the number knows it.
    fn tell_number(&mut self, case: &Case, told: &say::numbers::Told<'_>) -> Result<String> {
        let mut names = Vec::new();
        for one in self.desk.rows.participants().knowing(self.case)?.iter().filter(|one| one.role != Role::Cna) {
            let letter = say::numbers::told(self.desk, case, one, told)?;
            self.desk.send(&letter, Some(self.case))?;
            self.knows_now(one)?;
            names.push(format!("{} ({})", one.person.address, one.role.called()));
        }
        let not_told = self.not_told()?;
        Ok(match names.is_empty() {
            true => format!("Nobody but the team knows of the case, so nobody else was told.{not_told}"),
            false => format!("Told it: {}.{not_told}", people_in_words(&names, ", ")),
        })
    }

    fn request_number(&mut self, case: &Case) -> Did {
        let Some(contact) = contacts::with_part(&self.desk.house.contacts, Part::Cna).cloned() else {
            return refuse(
                "the settings name nobody who gives CVE numbers.",
                "ask the operator to add them to the settings: [[contact]] with id = \"cna\", part = \"cna\", a name and an \
                 address. If you get a number another way, write “!cve” and the number.",
            );
        };
        let numbers = self.desk.rows.cases().numbers(self.case)?;
        if let Some(since) = case.cve_requested_at
            && numbers.iter().all(|number| number.at < since)
        {
            return refuse(
                format!("{} was asked for a number on {}, and none came since.", contact.name, shown(since)),
                format!("wait for the answer; or remind them, with “!tell {}” and your text.", contact.address),
            );
        }
        let now = self.desk.now;
        self.desk.rows.cases().number_requested(self.case, Some(now))?;
        let known = self.known_at(&contact.address)?;
        let standing = match &known {
            Some(person) => self.desk.rows.participants().get(self.case, person.id)?,
            None => None,
        };
        let standing = standing.filter(|one| one.state != Standing::Removed);
        if let (Some(person), Some(Standing::Active)) = (&known, standing.as_ref().map(|one| one.state)) {
            let withheld = ask_for_number(self.desk, self.case, person, case.cve_requested_at)?;
            return did(self.requested(&contact.name, withheld));
        }
        if standing.is_some_and(|one| one.state == Standing::Asked) {
            return did(format!(
                "{} was asked to agree to the embargo before, and has not answered. Once they agree, they are asked for a \
                 number.",
                contact.name
            ));
        }
        if let Some(refused) = self.unfit(&contact.address)? {
            return Ok(Err(refused));
        }
        let is_public = say::life::is_public(case);
        if !contact.agreed && !is_public {
            return Ok(self.ask(&contact.mailbox(), Role::Cna)?.map(|(words, shows)| {
                (format!("{words} Once they agree, they are asked for a number by itself."), shows)
            }));
        }
        let person = self.known(&contact.mailbox())?;
        let joined = self.desk.rows.participants().join(self.case, person.id, Role::Cna, now)?;
        if !joined {
            return refuse(format!("{} is in this case already.", person.address), "look with “!status”.");
        }
        self.desk.rows.participants().was_sent(self.case, person.id, now)?;
        let withheld = ask_for_number(self.desk, self.case, &person, None)?;
        did(self.requested(&contact.name, withheld))
    }

    fn known_at(&self, address: &crate::mail::address::Address) -> Result<Option<Person>> {
        self.desk.rows.people().by_address(address)
    }

    fn requested(&self, name: &str, withheld: bool) -> String {
        let left_out = match withheld {
            true => " What came encrypted was left out: we have no certificate of theirs that can be used.",
            false => "",
        };
        format!(
            "{name} was asked for a CVE number, with what case {} knows so far.{left_out} Next: their answer comes to the \
             team; then write “!cve” and the number, or “!cve none” and why there is none.",
            self.case
        )
    }

    fn no_number(&mut self, case: &Case, reason: &str) -> Did {
        let numbers = self.desk.rows.cases().numbers(self.case)?;
        if let Some(Number { id, .. }) = numbers.first() {
            return refuse(
                format!("case {} has the number {id}.", self.case),
                format!("if that is wrong, put the right one in its place: “!cve NUMBER instead of {id}”."),
            );
        }
        if reason.trim().is_empty() {
            return refuse("it does not say why.", "write the reason behind it.");
        }
        self.remark("no-cve", reason)?;
        self.desk.rows.cases().number_requested(self.case, None)?;
        self.record("no cve", &format!("mail {}", self.mail.id))?;
        let asked = case.cve_requested_at.map_or(String::new(), |since| {
            format!(" It had been asked for on {}; nobody waits for it any more.", shown(since))
        });
        did(format!(
            "Case {} goes on without a CVE number.{asked} Nobody outside the team was told; “!tell reporter” tells the \
             discoverer. Next: if there is one after all, write “!cve” and the number.",
            self.case
        ))
    }
}

/// Asks whoever gives CVE numbers for one; `before`: when they were asked the last time. `true`: something was left out, which may leave encrypted only.
pub fn ask_for_number(desk: &mut Desk<'_>, case: CaseId, person: &Person, before: Option<Timestamp>) -> Result<bool> {
    let to = desk.rows.participants().get(case, person.id)?.context("Whoever is asked for a number takes part")?;
    let (letter, withheld) = say::numbers::request(desk, case, &to, before)?;
    desk.send(&letter, Some(case))?;
    desk.record("desk", "none", "request cve", &format!("case {case}"), person.address.as_str())?;
    Ok(withheld)
}
