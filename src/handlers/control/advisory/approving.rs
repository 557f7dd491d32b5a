//! The commands by which an advisory is let out: approved, by the digest of what was shown; or without an embargo, now.

use anyhow::Result;

use crate::handlers::advisories::drafting::{self, is_current};
use crate::handlers::advisories::standing::Authorship;
use crate::handlers::advisories::{called_with_version, standing, with_digest};
use crate::handlers::control::{Did, Order, Refused, did, refuse};
use crate::handlers::say;
use crate::policy::letters::shown;
use crate::store::advisories::{Stage, Version};

const NOBODY_LEFT: &str = "nobody of the team is left who could approve it: one of you sends the whole text anew, with \
                           “!advisory”; then only that one is not counted.";

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn approve(&mut self, digest: &str) -> Did {
        // What is over lets nothing leave: nobody would release it.
        if let Err(mut refused) = self.learning()? {
            // Nobody opens a case and approves something in one mail.
            if self.current()?.state.is_over() {
                refused.remedy =
                    "open it again with “!reopen”, in a mail of its own; then “!advisory” has it drafted anew, to be \
                                  approved."
                        .to_owned();
            }
            return Ok(Err(refused));
        }
        let version = match self.to_approve(digest)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(version) => version,
        };
        let (by, name) = (self.by.person.id, called_with_version(self.desk, &version));
        let advisories = self.desk.rows.advisories();
        if version.stage != Stage::Draft {
            return did(format!("{name} is approved already, since {}. Nothing changed.", shown_at(&version)));
        }
        let is_new = advisories.approve(version.id, by, self.mail.id, self.desk.now)?;
        if is_new {
            self.record("approve", &format!("{name}, {}", version.digest))?;
        }
        let counted = standing::counted(self.desk, &version)?;
        let wanted = usize::from(self.desk.policy.profile.advisory.approvals);
        if counted.len() < wanted {
            let again = if is_new { "" } else { "You approved it before, and count once. " };
            return did(format!(
                "{again}{name} has {} of {wanted} approvals: {} has to approve it, too.",
                counted.len(),
                if wanted - counted.len() == 1 { "another member" } else { "more than one other member" }
            ));
        }
        self.is_approved(&version, &counted)?;
        did(format!("{name} is approved. Everybody in the team gets a letter that says what leaves when."))
    }

    /// The version that has this digest, if this mail may approve it.
    fn to_approve(&self, digest: &str) -> Result<Result<Version, Refused>> {
        let because = |why: String, remedy: &str| Ok(Err(Refused { why, remedy: remedy.to_owned() }));
        const REPLY: &str = "reply to your own copy of the letter that shows the draft, and sign the reply.";
        if self.holder != Some(self.by.person.id) {
            return because("it did not come to your own reply address.".to_owned(), REPLY);
        }
        let Some(version) = with_digest(self.desk, self.case, digest)? else {
            return because(format!("no draft of case {} has the digest {digest}.", self.case), REPLY);
        };
        let name = called_with_version(self.desk, &version);
        if let Some(void_at) = version.void_at {
            return because(
                format!("that draft of {name} has been void since {}: {}.", shown(void_at), version.void_why),
                "reply to the latest letter that shows the draft; “!status” shows its digest.",
            );
        }
        if is_current(&version) && !version.is_sound() {
            return because(
                format!("{name} has to be corrected first; the letter that shows it says what."),
                "send the corrected text, with “!advisory”.",
            );
        }
        if is_current(&version) && !standing::holds(self.desk, &version)? {
            return because(
                format!("{name} is not any more what would leave: something changed since it was drafted."),
                "draft it anew: write “!advisory” alone in a signed reply.",
            );
        }
        let why = match standing::authorship(self.desk, &version, self.by.person.id)? {
            Some(Authorship::Wrote) => format!("you wrote {name}, and who wrote it is not counted."),
            Some(Authorship::Changed) => {
                format!("a command of yours changed {name} after it was written, and who changed it is not counted.")
            }
            None => return Ok(Ok(version)),
        };
        match standing::is_everybodys(self.desk, &version)? {
            false => because(why, "ask another member of the team."),
            true => because(why, NOBODY_LEFT),
        }
    }

    /// It is approved; what was approved before it, and was sent to nobody, leaves no more.
    fn is_approved(&mut self, version: &Version, by: &[i64]) -> Result<()> {
        let case = self.current()?;
        let (rows, now) = (self.desk.rows, self.desk.now);
        match version.predisclosed_at {
            Some(_) => rows.advisories().approved_again(version.id, now)?,
            None => rows.advisories().advance(version.id, Stage::Draft, Stage::Approved, now)?,
        }
        for other in rows.advisories().of_case(self.case)? {
            if other.number == version.number && other.id < version.id && other.stage == Stage::Approved {
                rows.advisories().void(other.id, "a later draft was approved", now)?;
            }
        }
        let names = say::advisories::names(self.desk, by)?;
        for member in rows.people().team()? {
            let letter = say::advisories::approved(self.desk, &case, version, &names, &member.person)?;
            self.desk.send(&letter, Some(self.case))?;
        }
        Ok(())
    }

    pub(in crate::handlers::control) fn release_now(&mut self) -> Did {
        let case = match self.learning()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(case) => case,
        };
        if standing::embargo(&case).is_some() {
            return refuse(
                format!("case {} is under embargo until {}.", self.case, shown(case.proposal.release_at)),
                "say “!public” or “!exploited” first, if that is so; or set another date, with “!embargo DATE WHY”.",
            );
        }
        drafting::refresh(self.desk, self.case, Some(self.by.person.id))?;
        let open = self.desk.rows.advisories().of_case(self.case)?;
        let open: Vec<Version> = open.into_iter().filter(|version| version.released_at.is_none()).collect();
        if open.is_empty() {
            return refuse("there is no draft that could be released.", "write the advisory first, with “!advisory”.");
        }
        let mut said = Vec::new();
        for version in open {
            let name = called_with_version(self.desk, &version);
            said.push(match version.stage {
                Stage::Draft if !version.is_sound() => {
                    format!("{name} has to be corrected first: send its text anew, with “!advisory”.")
                }
                Stage::Draft => {
                    // Everybody gets the letter, even if they had it before.
                    if version.asked_at.is_some_and(|asked| asked < self.desk.now) {
                        self.desk.rows.advisories().asked(version.id, None)?;
                    }
                    format!("{name} waits for approval; everybody in the team gets a letter that asks for it now.")
                }
                _ => match standing::kept_back(self.desk, self.case)? {
                    Some(why) => format!("{name} is approved, and does not leave yet: {why}."),
                    None => format!("{name} is approved, and leaves now."),
                },
            });
        }
        self.record("release now", &format!("mail {}", self.mail.id))?;
        did(said.join(" "))
    }
}

fn shown_at(version: &Version) -> String {
    version.approved_at.map(shown).unwrap_or_default()
}
