//! Commands that say what the team found out: the number of its advisory, how severe it is, which branches it affects,
//! what was decided. Nobody outside the team is told by them.

pub(super) mod credit;
mod patch;

use anyhow::Result;

use super::{Did, Order, Refused, did, refuse};
use crate::policy::letters::typeset;
use crate::rules::branches::{self, Named};
use crate::rules::command::Affected;
use crate::rules::label::{Label, Labels, Text};
use crate::rules::life;
use crate::rules::severity;
use crate::store::cases::Case;
use crate::store::facts::{Branch, Patch, Said};

/// No project has so many; a longer one is a slip.
const NUMBER_MAX: i64 = 999_999;
/// What was typed is repeated so far.
const REPEATED_CHARACTERS_MAX: usize = 60;

impl Order<'_, '_, '_> {
    pub(super) fn assign(&mut self, number: Option<i64>) -> Did {
        if let Err(refused) = self.learning()? {
            return Ok(Err(refused));
        }
        let profile = &self.desk.policy.profile.advisory;
        let (facts, case) = (self.desk.rows.facts(), self.case);
        let greatest = facts.greatest()?;
        let number = match (number, greatest) {
            (Some(number), _) if !(1..=NUMBER_MAX).contains(&number) => {
                let why = format!("an advisory has a number from 1 to {NUMBER_MAX}.");
                return refuse(why, "write the number again.");
            }
            (Some(number), _) => number,
            (None, Some(greatest)) => greatest + 1,
            (None, None) => {
                return refuse(
                    "no case had an advisory so far, and so nobody here knows which number is the next.",
                    "write it once, as in “!assign 480”; from then on “!assign” is enough.",
                );
            }
        };
        let called = profile.called(number);
        if let Some(other) = facts.numbered(number)? {
            let why = match other == case {
                true => format!("{called} is the advisory of this case already."),
                false => format!("{called} is the advisory of case {other}, and no number is given twice."),
            };
            return refuse(why, "write “!assign” alone, for the next number.");
        }
        if let Some(greatest) = greatest.filter(|greatest| number < *greatest) {
            let why = format!("numbers go up only, and {} was given already.", profile.called(greatest));
            return refuse(why, "write “!assign” alone, for the next number.");
        }
        let before = facts.advisories(case)?;
        anyhow::ensure!(facts.number(case, number, self.by.person.id, self.desk.now)?, "{called} was given just now");
        self.record("assign advisory", &format!("{called}; before: {before:?}"))?;
        let words = match before.is_empty() {
            true => format!("The advisory of case {case} is {called}."),
            false => format!("Another advisory of case {case} is {called}, beside {}.", profile.all_called(&before)),
        };
        did(words + &self.next()?)
    }

    pub(super) fn severity(&mut self, vector: &str) -> Did {
        if let Err(refused) = self.learning()? {
            return Ok(Err(refused));
        }
        let rating = match severity::rated(vector) {
            Ok(rating) => rating,
            Err(why) => {
                let calculator = if vector.to_uppercase().starts_with("CVSS:3") { "3.1" } else { "4.0" };
                return refuse(
                    why,
                    format!(
                        "correct it, or make one with the calculator at www.first.org/cvss/calculator/{calculator}"
                    ),
                );
            }
        };
        let facts = self.desk.rows.facts();
        let before = facts.severities(self.case)?.into_iter().find(|one| one.version == rating.version);
        facts.rate(self.case, &rating, &self.said())?;
        let earlier_sealed = before.as_ref().is_some_and(|before| before.sealed);
        let was =
            before.map_or_else(String::new, |before| format!(" Before, it was {} ({}).", before.score, before.rating));
        self.record("rate case", &format!("{} {};{was}", rating.vector, rating.score))?;
        self.did_over(earlier_sealed, format!("The severity is {rating}.{was}{}", self.next()?))
    }

    pub(super) fn affects(&mut self, branch: &str, verdict: &Affected) -> Did {
        if let Err(refused) = self.learning()? {
            return Ok(Err(refused));
        }
        let (branch, remark) = match self.branch(branch) {
            Ok(branch) => branch,
            Err(refused) => return Ok(Err(refused)),
        };
        let facts = self.desk.rows.facts();
        let before = facts.branches(self.case)?.into_iter().find(|known| known.name == branch);
        facts.affect(self.case, &branch, verdict, &self.said())?;
        let patches = facts.patches(self.case)?;
        let patches: Vec<&Patch> = patches.iter().filter(|patch| patch.branches.contains(&branch)).collect();
        let mut words = format!("{}.", in_words(&branch, verdict));
        let changed = before.filter(|before| before.affected != *verdict);
        if let Some(Branch { affected, .. }) = &changed {
            words.push_str(&format!(" Before, it was said: {}.", in_words(&branch, affected)));
        }
        let mut earlier_sealed = changed.as_ref().is_some_and(|before| before.sealed);
        if *verdict == Affected::No && !patches.is_empty() {
            earlier_sealed |= patches.iter().any(|patch| patch.sealed);
            let names = patches.iter().map(|patch| patch.name.as_str()).collect::<Vec<_>>();
            words.push_str(&format!(" Mind that there is a patch for it: {}.", names.join(", ")));
        }
        let was = changed.map_or("nothing else".to_owned(), |before| in_words(&branch, &before.affected));
        self.record("say what is affected", &format!("{}; before: {was}", in_words(&branch, verdict)))?;
        self.did_over(earlier_sealed, words + &remark + &self.next()?)
    }

    /// What was done, in words that repeat what was said earlier; `sealed`: some of that came encrypted.
    fn did_over(&self, sealed: bool, words: String) -> Did {
        Ok(Ok((words, Text::new(Labels::of(Label::Case { case: self.case, sealed }), String::new()))))
    }

    pub(super) fn decision(&mut self, text: &str) -> Did {
        let case = self.current()?;
        if case.state == life::State::Held
            && let Err(refused) = self.learning()?
        {
            return Ok(Err(refused));
        }
        self.remark("decision", text.trim())?;
        self.record("keep decision", &format!("mail {}", self.mail.id))?;
        let when = match case.state {
            life::State::Released => "The advisory is out; the decision goes to the public with its next version",
            _ => {
                "It stays within the team until the release. After it the policy has it published: write it so that \
                  anybody may read it"
            }
        };
        did(format!("Your text is kept as a decision of the team. {when}; “!status” shows it."))
    }

    /// The case, if what is found out about it can still be said.
    pub(super) fn learning(&self) -> Result<Result<Case, Refused>> {
        let case = self.current()?;
        Ok(match life::may_learn(case.state) {
            Ok(()) => Ok(case),
            Err(life::Impossible { why, remedy }) => {
                Err(Refused { why: format!("the case {why}"), remedy: remedy.to_owned() })
            }
        })
    }

    pub(super) fn said(&self) -> Said {
        let Order { desk, mail, by, .. } = self;
        Said { person: by.person.id, inbox: mail.id, sealed: mail.incoming.sealed, at: desk.now }
    }

    /// The branch that is meant, and what there is to say about that.
    fn branch(&self, typed: &str) -> Result<(String, String), Refused> {
        let known = &self.desk.policy.profile.advisory.branches;
        let shown = typeset::one_line(typed, REPEATED_CHARACTERS_MAX);
        let maintained = known.join(", ");
        match branches::named(typed, known) {
            Named::Known(branch) => Ok((branch, String::new())),
            Named::Other(branch) if known.is_empty() => Ok((branch, String::new())),
            Named::Other(branch) => {
                let remark = format!(" Mind that {branch} is none of the branches we maintain: {maintained}.");
                Ok((branch, remark))
            }
            Named::Near(near) => Err(Refused {
                why: format!("there is no branch “{shown}”; did you mean “{near}”?"),
                remedy: format!("write the branch as it is called: {near}."),
            }),
            Named::Unfit => Err(Refused {
                why: format!("“{shown}” is no name of a branch."),
                remedy: match known.is_empty() {
                    true => "write its name in one word, such as “4.20”.".to_owned(),
                    false => format!("write one of those that we maintain: {maintained}; or another one, in one word."),
                },
            }),
        }
    }
}

fn in_words(branch: &str, affected: &Affected) -> String {
    match affected {
        Affected::Yes => format!("{branch} is affected"),
        Affected::No => format!("{branch} is not affected"),
        Affected::Versions(versions) => format!("{branch} is affected in these versions: {versions}"),
    }
}
