//! What must be true after whatever happened, as somebody sees it who only reads the tables and the letters.

use super::*;
use crate::mail::letter::{Enclosure, Letter};
use crate::mail::secret::sha256_hex;
use crate::policy::profile::Hold;
use crate::store::participants::State as Standing;

impl History<'_> {
    /// What must be true after a mail.
    pub(super) fn holds(&mut self, before: &BTreeMap<i64, Seen>, proof: Option<Proof>, said: Option<&Answered>) {
        let after = self.cases();
        let lines = self.rows.audit().list().unwrap();
        let new = &lines[self.lines..];
        let mut done: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        if let Some(signature) = self.signature.take()
            && new.iter().any(|line| line.act.ends_with("command") || line.act.starts_with("command "))
            && new.iter().any(|line| line.actor == signature.0)
        {
            self.used.insert(signature);
        }
        for line in new {
            let Some(verb) = line.act.strip_prefix("command ") else { continue };
            let case: i64 = line.object.strip_prefix("case ").unwrap().parse().unwrap();
            let proof = proof.expect("nobody gave a command");
            let by = proof.signed.or(proof.vouched.filter(|_| oracle::needs_no_signature(verb)));
            assert_eq!(by, Some(line.actor.as_str()), "{verb} was done for somebody else: {proof:?}");
            assert_eq!(case, proof.case, "{verb} was done in another case");
            done.entry(case).or_default().push(verb.to_owned());
        }
        let typed = self.typed();
        for (number, was) in before {
            let (is, verbs) = (&after[number], done.get(number).cloned().unwrap_or_default());
            let mut possible = vec![was.state];
            if let Some(to) = said.and_then(|said| said.moderates(*number)) {
                possible = vec![was.state, to];
            }
            for (verb, typed) in verbs.iter().zip(&typed) {
                possible = possible.iter().flat_map(|state| oracle::may_follow(*state, verb, typed)).collect();
                assert!(!possible.is_empty(), "“{typed}” was carried out in case {number}, which was {}", was.state);
            }
            assert!(possible.contains(&is.state), "case {number}: {} became {} by {typed:?}", was.state, is.state);
            assert!(is.advisories.starts_with(&was.advisories), "an advisory of case {number} is gone");
            self.in_order(CaseId(*number), &verbs, &typed);
            self.joined(*number, was, is, &verbs, said);
            if !verbs.iter().any(|verb| oracle::may_date(verb)) {
                assert_eq!(is.dates, was.dates, "case {number} got other dates by {typed:?}");
            }
        }
        for (number, is) in after.iter().filter(|(number, _)| !before.contains_key(number)) {
            let first = if self.place.policy.profile.reports.hold == Hold::Never { State::Triage } else { State::Held };
            assert!([State::Triage, first].contains(&is.state), "case {number} is new, and {}", is.state);
        }
        self.tally.done += done.values().map(Vec::len).sum::<usize>();
        self.tally.verbs.extend(done.into_values().flatten());
        self.tally.states.extend(after.values().map(|seen| seen.state));
        self.lines = lines.len();
        self.answered(proof);
    }

    /// The lines of the last mail that may be commands.
    pub(super) fn typed(&self) -> Vec<String> {
        let Some(Happened::Mail { raw, .. }) = self.log.last() else { return Vec::new() };
        let text = String::from_utf8_lossy(raw).into_owned();
        let own = text.split_once("\n\n").map(|(_, own)| own.to_owned()).unwrap_or_default();
        own.lines().filter(|line| line.starts_with('!')).map(str::to_owned).collect()
    }

    /// Whoever is proven to have given commands is answered; every refusal says why, and what to do; no line of ours acts
    /// when it comes back.
    pub(super) fn answered(&mut self, proof: Option<Proof>) {
        let letters = self.letters();
        self.keeps_secrets(&letters);
        for letter in &letters {
            let body = letter.letter.body.value();
            // Whoever takes part without being in the team gets the words of others as they are, and commands nothing.
            let acts = |line: &str| line.trim_start().starts_with('!');
            assert!(letter.letter.kind.is_of_people() || !body.lines().any(acts), "{body}");
            if letter.letter.kind == Kind::Refusal {
                assert!(body.contains("What to do"), "{body}");
                assert!(body.contains("Why: ") || body.contains("was not understood"), "{body}");
                self.tally.refused += 1;
            }
        }
        let Some(Proof { signed, vouched, surely: true, .. }) = proof else { return };
        let Some(by) = signed.or(vouched) else { return };
        let to_them = |letter: &&Stored| letter.letter.to.iter().any(|to| to.address.as_str() == by);
        let answer = |letter: &&Stored| matches!(letter.letter.kind, Kind::Answer | Kind::Refusal);
        let answers = letters.iter().filter(to_them).filter(answer).count();
        assert!(answers >= 1, "{by} gave commands, and hears nothing: {:?}", self.typed());
    }

    /// The letters written since the last look.
    pub(super) fn letters(&mut self) -> Vec<Stored> {
        let mut found = Vec::new();
        while let Ok(letter) = self.rows.outbox().letter(self.letters + 1) {
            self.letters += 1;
            let slots = letter.letter.slots.values();
            for token in slots.filter(|token| matches!(token.purpose, Purpose::Agree | Purpose::Moderate)) {
                let to = letter.letter.to.first().unwrap().address.to_string();
                let detail = self.place.house.secret.derive(token.purpose, &token.cause, token.counter);
                let known = self.rows.tokens().find(&sha256_hex(detail.as_bytes())).unwrap();
                let case = known.map(|token| token.case.0);
                self.asked.push(Asked { to, token: token.clone(), case });
            }
            found.push(letter);
        }
        found
    }

    /// No step is said to be done before those it waits for are over, whatever the program finds.
    fn in_order(&mut self, case: CaseId, verbs: &[String], typed: &[String]) {
        for (verb, typed) in verbs.iter().zip(typed).filter(|(verb, _)| ["done", "skip"].contains(&verb.as_str())) {
            let step = typed.split_whitespace().nth(1).unwrap().to_owned();
            let over =
                oracle::Steps { rows: self.rows, playbook: &self.place.policy.profile.playbook, said: &self.steps };
            if verb == "done" {
                let missing = over.missing(case, &step);
                assert!(missing.is_empty(), "“{typed}” was carried out in case {case} before {missing:?}");
                self.tally.steps += 1;
            }
            if verb == "done" && ["predisclose", "publish"].contains(&step.as_str()) {
                self.steps.insert((case, "advisory".to_owned()));
            }
            self.steps.insert((case, step));
        }
    }

    /// Whoever takes part agreed to it, proven; or was brought in as somebody who did once for all.
    fn joined(&mut self, case: i64, was: &Seen, is: &Seen, verbs: &[String], said: Option<&Answered>) {
        for (who, standing) in &is.people {
            let before = was.people.get(who);
            let agreed = said.is_some_and(|said| said.agrees(case, who));
            match (before, standing) {
                (Some(Standing::Asked), Standing::Active) => {
                    let by_team = verbs.iter().any(|verb| ["cve", "passed", "report", "add"].contains(&verb.as_str()));
                    assert!(agreed || by_team, "{who} takes part in case {case}, and did not agree: {said:?}");
                    self.tally.agreed += usize::from(agreed);
                }
                (Some(Standing::Asked), Standing::Asked) => assert!(!agreed, "{who} agreed, and is still asked"),
                _ => {}
            }
        }
    }

    /// Nothing of a case is in a letter to somebody who is not cleared for it; what came encrypted is in no letter that may
    /// leave in clear; and what is for the team alone is in none to others.
    fn keeps_secrets(&mut self, letters: &[Stored]) {
        let mut filed: Vec<(i64, CaseId)> = Vec::new();
        for listed in self.rows.cases().list().unwrap() {
            let entries = self.rows.cases().entries(listed.number).unwrap();
            filed.extend(entries.into_iter().map(|entry| (entry.inbox, listed.number)));
        }
        for (inbox, case) in filed {
            self.words.get_mut(inbox as usize - 1).unwrap().cases.insert(case);
        }
        let leaving: Vec<_> = self.rows.outbox().list().unwrap();
        let leaving: BTreeSet<(&str, &str)> = leaving
            .iter()
            .filter(|row| row.state == "queued")
            .map(|row| (row.message_id.as_str(), row.to.as_str()))
            .collect();
        for Stored { letter, message_id, .. } in letters {
            let words = held_words(letter);
            for to in letter.recipients().filter(|to| leaving.contains(&(message_id.as_str(), to.as_str()))) {
                for number in &words {
                    let word = &self.words[*number - 1];
                    if TEAM.contains(&to.as_str()) {
                        continue;
                    }
                    self.tally.words += 1;
                    assert!(!word.private, "{to} gets word {number}, which is for the team: {}", letter.body.value());
                    let own = word.from == to.as_str();
                    let knows = word.cases.iter().any(|case| self.knows(*case, to));
                    assert!(own || knows, "{to} gets word {number} of {word:?}: {}", letter.body.value());
                }
            }
            if words.iter().any(|number| self.words[*number - 1].sealed) {
                assert!(letter.labels().is_sealed(), "what came encrypted may leave in clear: {}", letter.body.value());
            }
        }
    }

    fn knows(&self, case: CaseId, who: &Address) -> bool {
        let Some(person) = self.rows.people().by_address(who).unwrap() else { return false };
        let standing = self.rows.participants().get(case, person.id).unwrap();
        standing.is_some_and(|one| one.state == Standing::Active)
    }

    /// What comes with time: nobody is reminded twice of one cause, nor by two letters at once.
    pub(super) fn passes(&mut self) {
        let lines = self.rows.audit().list().unwrap();
        for line in lines.iter().skip(self.lines).filter(|line| line.act == "remind") {
            let new = self.reminded.insert((line.object.clone(), line.detail.clone()));
            assert!(new, "people are reminded again of {}: {}", line.object, line.detail);
        }
        self.lines = lines.len();
        let letters = self.letters();
        self.keeps_secrets(&letters);
        let mut told = BTreeSet::new();
        for Stored { letter, .. } in letters.iter().filter(|stored| stored.letter.kind == Kind::Reminder) {
            self.tally.reminders += 1;
            let to = letter.to.first().unwrap().address.to_string();
            let new = told.insert((to.clone(), letter.subject.value().clone(), letter.body.value().clone()));
            assert!(new, "{to} is reminded twice at once: {}", letter.body.value());
        }
    }
}

/// The mails of which a letter has something: their word, or themselves as enclosures.
fn held_words(letter: &Letter) -> BTreeSet<usize> {
    let name = letter.from_name.as_ref().map_or("", |name| name.value());
    let mut names = Vec::new();
    let mut held = BTreeSet::new();
    for enclosure in &letter.enclosures {
        match enclosure.value() {
            Enclosure::Received { inbox } | Enclosure::Opened { inbox } | Enclosure::Attachment { inbox, .. } => {
                held.insert(*inbox as usize);
            }
            Enclosure::Mbox { name, mails } => {
                names.push(name.as_str());
                held.extend(mails.iter().map(|inbox| *inbox as usize));
            }
            Enclosure::Certificate | Enclosure::Draft { .. } => {}
        }
    }
    let text = [name, letter.subject.value(), letter.body.value(), &names.join(" ")].join("\n");
    let numbers = text.split("zebra").skip(1).filter_map(|rest| rest.split_once("finch")?.0.parse::<usize>().ok());
    held.extend(numbers);
    held
}
