//! Commands that end an embargo: the problem is public, or used in attacks. Everybody who knows of the case is told, and the
//! team what goes out to whom once the advisory is approved, which is now.

use super::embargo::{Wished, next_state, too_long};
use super::{Did, Order, did, refuse};
use crate::handlers::say;
use crate::handlers::say::embargo::{Ended, Outlet, cleaned};
use crate::policy::letters::typeset;
use crate::rules::label::{Labels, Text};
use crate::rules::life::{Event, State};
use crate::rules::schedule::Proposal;
use crate::store::embargoes::{Known, What};

impl Order<'_, '_, '_> {
    /// A place in the world where the problem is known.
    pub(super) fn public(&mut self, place: &str) -> Did {
        self.becomes(Known::Public, place)
    }

    /// What is known of attacks: that text is for the team.
    pub(super) fn exploited(&mut self, what: &str) -> Did {
        self.becomes(Known::Exploited, what)
    }

    fn becomes(&mut self, known: Known, text: &str) -> Did {
        let case = self.current()?;
        let state = match next_state(&case, Event::GoPublic) {
            Err(refused) => return Ok(Err(refused)),
            Ok(state) => state,
        };
        let text = cleaned(self.desk, text);
        if text.is_empty() {
            return refuse("there is no text.", "write behind the command where it is known, or what is known of it.");
        }
        if let Some(refused) = too_long(&text) {
            return Ok(Err(refused));
        }
        let (rows, now) = (self.desk.rows, self.desk.now);
        self.remark(known.as_str(), &text)?;
        let is_new = rows.embargoes().became_known(case.number, known, now)?;
        if case.state == State::Public && !is_new {
            self.record(known.as_str(), "once more")?;
            return did(format!(
                "That is kept with case {}, which had no embargo any more. Nobody outside the team was told. Next: the \
                 advisory; write it and approve it at once.",
                self.case
            ));
        }
        if case.state != State::Public {
            let told = case.state == State::Predisclosed;
            let predisclosure_at = if told { case.proposal.predisclosure_at } else { now };
            let to = Proposal { predisclosure_at, release_at: now };
            let reason = if known == Known::Public { text.clone() } else { String::new() };
            self.write_dates(&case, state, &Wished { what: What::Ended, to, reason })?;
        }
        // It is a problem of ours, then.
        if case.confirmed_at.is_none() {
            rows.cases().confirm(case.number, now)?;
            self.record("confirm", &format!("by “!{}”", known.as_str()))?;
        }
        self.record(known.as_str(), &format!("mail {}", self.mail.id))?;
        let outlet = Outlet::of(self.desk, case.number)?;
        let further = case.state == State::Public;
        let is_public = known == Known::Public || case.public_at.is_some();
        let sent = rows.advisories().embargoed()?;
        let members_have = case.state == State::Predisclosed || sent.iter().any(|one| one.case == case.number);
        let numbered = !rows.facts().advisories(case.number)?.is_empty();
        let ended = Ended { known, text: &text, further, is_public, members_have, numbered, outlet: &outlet };
        let (mail, by) = (self.mail, &self.by.person);
        let told =
            self.tell_who_know(|desk, reader| say::embargo::ended(desk, mail, case.number, &ended, by, reader))?;
        let how = match known {
            Known::Public => "is public",
            Known::Exploited => "is used in attacks",
        };
        let members = match members_have {
            true => " The members were not told; they hear of it by the advisory, when it is approved.",
            false => "",
        };
        let send = match numbered {
            true => "send its text, below “!advisory”",
            false => "say “!assign”, then “!advisory” above its text",
        };
        let words = format!(
            "Case {} {how}: there is no embargo any more. {told}{members} Next: the advisory. It leaves, as below, as soon as it is approved \
             without an embargo: another letter asks for that. If nothing is drafted, {send}.",
            self.case
        );
        let items: Vec<String> = outlet.lines().iter().map(|line| typeset::wrapped(&format!("- {line}"), 0)).collect();
        Ok(Ok((words, Text::new(Labels::case(self.case), items.join("\n")))))
    }
}
