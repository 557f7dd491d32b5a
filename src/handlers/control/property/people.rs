//! What people do, and what they type: the team, whoever reported, whoever takes part, and whoever pretends.

use super::*;
use crate::mail::secret::Purpose;
use crate::rules::life;

/// Commands of which nobody outside the team hears the words.
const TEAM_ONLY: [&str; 4] = ["!note ", "!decision", "!exploited ", "!skip "];
/// CASE: the number of some case; STEP: a step of the playbook; WORD: one that stands in no other mail.
const COMMANDS: [&str; 77] = [
    "!confirm",
    "!confirm",
    "!invalid WORD is no problem of ours.",
    "!duplicate CASE",
    "!duplicate CASE",
    "!passed qemu",
    "!passed nobody",
    "!embargo",
    "!embargo",
    "!embargo",
    "!embargo 2026-12-16 they ask for WORD",
    "!embargo 2027-01-20 14:00 the fix of WORD is difficult",
    "!embargo next Friday they ask for it",
    "!embargo 2020-01-01 long ago",
    "!embargo restart the patch WORD was wrong",
    "!public https://example.org/commit/WORD",
    "!public https://example.org/commit/WORD",
    "!exploited WORD was seen in the wild.",
    "!reopen",
    "!reopen",
    "!reopen",
    "!spam",
    "!split",
    "!move CASE",
    "!assign",
    "!assign 480",
    "!assign XSA-3",
    "!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H",
    "!severity CVSS:3.1/AV:L/AC:L/PR:L",
    "!affects 4.20 yes",
    "!affects 4.20 no",
    "!affects mastre yes",
    "!affects 4.15 4.15.1 and later",
    "!patch",
    "!patch\n4.20: WORD.patch",
    "!patch\n4.20: other.patch",
    "!credit reporter anonymous",
    "!credit Frida WORD",
    "!credit Frida WORD anonymous",
    "!decision\n\nWe tell nobody of WORD early.",
    "!done STEP",
    "!skip STEP WORD makes it needless",
    "!cve CVE-2026-10001",
    "!cve CVE-2026-1000CASE for 480",
    "!cve request",
    "!cve none WORD is too small.",
    "!cve 12",
    "!add qemu",
    "!add Carl <carl@cert.example> as coordinator",
    "!remove carl@cert.example",
    "!tell reporter Thank you for WORD.",
    "!tell paul@vendor.example Have a look at WORD.",
    "!note Dana telephoned about WORD.",
    "!title Another WORD title",
    "!owner bob@example.org",
    "!status",
    "!help",
    "!export",
    "!report for Gina <gina@example.net>",
    "!confrim",
    "> !confirm",
    "Hello,\n\n!confirm",
    "!history add Something.",
    "!key",
    "!done STEP",
    "!done STEP",
    "!done STEP",
    "!done STEP",
    "!skip STEP not needed",
    "!skip STEP not needed",
    "!skip STEP not needed",
    "!skip STEP not needed",
    "!skip STEP WORD makes it needless",
    "!affects 4.20 yes",
    "!assign",
    "!confirm",
    "!decision\n\nWORD waits.",
];

/// A word that stands in one mail, and in what is made of it.
fn word(mail: usize) -> String {
    format!("zebra{mail}finch")
}

impl History<'_> {
    pub(super) fn reports(&mut self) {
        let (from, name) = self.chance.one_of(&[(DANA, "Dana Doe"), (ERIN, "Erin"), (DANA, "Dana Doe")]);
        let (number, word, sealed) = self.writes(from, false);
        let raw = format!(
            "Delivered-To: {SECURITY}\n{sealed}From: {name} <{from}>\nTo: {SECURITY}\nSubject: Problem {word}\n\
             Message-ID: <m{number}@example.net>\n\nA guest can do {word}.\n"
        );
        self.does(Happened::Mail { raw: raw.into_bytes(), signed: None, at: self.now });
    }

    /// Somebody's reply address for a case, if they were given one.
    fn reply_address(&self, who: &str, case: i64, purpose: Purpose) -> Option<String> {
        // To look leaves no trace: it is not played again.
        let person = self.rows.people().by_address(&Address::parse(who).unwrap()).unwrap()?;
        let known = self.rows.tokens().of(person.id, CaseId(case), purpose).unwrap()?;
        Some(format!("security+{}@example.org", self.place.house.secret.derive(purpose, &known.cause, known.counter)))
    }

    /// Somebody gives commands, or seems to.
    pub(super) fn commands(&mut self) -> Proof {
        let cases = self.rows.cases().list().unwrap().len();
        let case = self.chance.below(cases) as i64 + 1;
        // As a member of the team usually does it: a signed reply to their own copy.
        let usual = self.chance.below(5) < 3;
        let from = match usual {
            true => self.chance.one_of(&TEAM),
            false => self.chance.one_of(&[TEAM[0], TEAM[1], TEAM[2], DANA, PAUL, MALLORY]),
        };
        let holder = if usual { from } else { self.chance.one_of(&[from, from, TEAM[0], PAUL]) };
        let purpose = self.chance.one_of(&[Purpose::AnswerTeam, Purpose::AnswerTeam, Purpose::AnswerReporter]);
        let own = self.reply_address(holder, case, purpose).filter(|_| usual || self.chance.below(8) > 0);
        let to = own.clone().unwrap_or_else(|| SECURITY.to_owned());
        let other = self.chance.below(cases) as i64 + 1;
        let named = self.chance.one_of(&[None, None, None, Some(case), Some(other)]).filter(|_| !usual);
        let mut lines: Vec<String> = named.iter().map(|named| format!("case {named}")).collect();
        for _ in 0..=self.chance.below(8) / 6 {
            let number = (self.chance.below(cases) + 1).to_string();
            let steps = &self.place.policy.profile.playbook.0;
            let step = steps.get(self.chance.below(steps.len())).unwrap().id.clone();
            lines.push(self.chance.one_of(&COMMANDS).replace("CASE", &number).replace("STEP", &step));
        }
        let for_team = lines.iter().all(|line| TEAM_ONLY.iter().any(|verb| line.starts_with(verb)));
        let private = for_team && TEAM.contains(&from) && own.is_some() && purpose == Purpose::AnswerTeam;
        let (number, word, sealed) = self.writes(from, private);
        let lines: Vec<String> = lines.iter().map(|line| line.replace("WORD", &word)).collect();
        let text = lines.join("\n");
        let commands = lines.iter().all(|line| {
            let line = line.split('\n').next().unwrap_or_default();
            line.starts_with('!') || line.starts_with("case ")
        });
        let vouched = self.chance.below(3) > 0;
        let signer = match usual {
            true => Some(from),
            false => self.chance.one_of(&[None, None, Some(from), Some(from), Some(TEAM[1]), Some(MALLORY)]),
        };
        let (fresh, again) = (usual || self.chance.below(6) > 0, !usual && self.chance.below(6) == 0);
        let attaches = self.chance.below(2) == 0;
        let seen = self.digests.get(self.chance.below(self.digests.len().max(1))).filter(|_| again).cloned();
        let signer = seen.as_ref().filter(|_| signer.is_some()).map(|(who, _)| *who).or(signer);
        self.signature = signer.map(|who| seen.unwrap_or_else(|| (who, format!("digest {number} of {who}"))));
        let signed = self.signature.clone().map(|(who, digest)| {
            let age = SignedDuration::from_hours(if fresh { 1 } else { 49 });
            let (form, bytes) = match attaches {
                true => (SignedForm::Entity, entity(&text, &word)),
                false => (SignedForm::Text, text.clone().into_bytes()),
            };
            SignedText { fingerprint: fingerprint(who), made_at: self.now - age, digest, form, bytes }
        });
        let used = self.signature.as_ref().is_some_and(|signature| self.used.contains(signature));
        let new = self.signature.as_ref().is_none_or(|signature| !self.digests.contains(signature));
        self.digests.extend(self.signature.clone());
        let answers = match self.chance.below(3) {
            0 => String::new(),
            _ => match self.rows.outbox().letter(self.chance.below(self.letters.max(1) as usize) as i64 + 1) {
                Ok(letter) => format!("In-Reply-To: <{}>\n", letter.message_id.as_str()),
                Err(_) => String::new(),
            },
        };
        let domain = from.split_once('@').unwrap().1;
        let stamp = match vouched {
            true => format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n"),
            false => String::new(),
        };
        let raw = format!(
            "Delivered-To: {to}\n{stamp}{sealed}From: {from}\nTo: {to}\n{answers}Subject: Re: {word}\nMessage-ID: <m{number}@{domain}>\n\n\
             {text}\n"
        );
        self.does(Happened::Mail { raw: raw.into_bytes(), signed, at: self.now });
        let team = |who: &str| TEAM.into_iter().find(|member| *member == who);
        let (target, names) = match (&own, named) {
            (Some(_), named) => (case, named == Some(case)),
            (None, Some(named)) => (named, true),
            (None, None) => (0, false),
        };
        let addressed = own.is_some() && signer == Some(holder);
        let signed = signer.and_then(team).filter(|_| fresh && !used && (addressed || names));
        // A signature of their own takes nothing away from that, however old.
        let said = signer.is_none_or(|signer| signer == from);
        let vouched = team(from).filter(|_| own.is_some() && holder == from && vouched && said);
        let agrees = named.is_none_or(|named| named == target);
        // What wants a signature and has none is told five times a day.
        let looks = |line: &String| line.strip_prefix('!').is_none_or(oracle::only_looks);
        let plain = signed.is_some() || signer.is_none() && lines.iter().all(looks);
        Proof { signed, vouched, case: target, surely: commands && agrees && new && plain }
    }

    /// A mail is begun: its number, a word that only it has, and a line of its header if it came encrypted.
    fn writes(&mut self, from: &'static str, private: bool) -> (usize, String, String) {
        self.mails += 1;
        let sealed = self.chance.below(5) == 0;
        self.words.push(Word { from, private, sealed, cases: BTreeSet::new() });
        let header = if sealed { format!("{SEALED}\n") } else { String::new() };
        (self.mails, word(self.mails), header)
    }

    /// Somebody answers what we asked at a reply address of theirs, or somebody else does.
    pub(super) fn answers(&mut self) -> Option<Answered> {
        // One of the latest, most of which nobody answered.
        let back = self.chance.below(3) + 1;
        let asked = self.asked.get(self.asked.len().checked_sub(back)?)?.clone();
        let Asked { to, token, .. } = &asked;
        let detail = self.place.house.secret.derive(token.purpose, &token.cause, token.counter);
        let by_holder = self.chance.below(4) > 0;
        let vouched = self.chance.below(2) > 0;
        let from = if by_holder { to.clone() } else { MALLORY.to_owned() };
        let text = match token.purpose {
            Purpose::Agree => self.chance.one_of(&["agree", "agree", "no", "I think I would."]),
            _ => self.chance.one_of(&["approve", "approve", "report", "discard", "Perhaps we approve."]),
        };
        let (number, word, sealed) = self.writes(MALLORY, false);
        let domain = from.split_once('@').unwrap().1;
        let stamp = match vouched {
            true => format!("Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\n"),
            false => String::new(),
        };
        let to = format!("security+{detail}@example.org");
        let raw = format!(
            "Delivered-To: {to}\n{stamp}{sealed}From: {from}\nTo: {to}\nSubject: Re: {word}\nMessage-ID: \
             <m{number}@{domain}>\n\n{text}\n"
        );
        self.does(Happened::Mail { raw: raw.into_bytes(), signed: None, at: self.now });
        let proven = by_holder && vouched;
        Some(Answered { asked, text, proven })
    }

    /// What an approval and a release will do.
    pub(super) fn goes(&mut self) {
        let cases = self.cases();
        let Some((number, seen)) = cases.iter().nth(self.chance.below(cases.len())) else { return };
        let event = self.chance.one_of(&[Event::Predisclose, Event::Release, Event::Close]);
        if event == Event::Release && seen.state != State::Predisclosed {
            return;
        }
        if let Ok(to) = life::after(seen.state, event)
            .and_then(|to| if to == seen.state { life::after(to, Event::Spam) } else { Ok(to) })
            && to != State::Invalid
        {
            self.does(Happened::Goes { case: CaseId(*number), from: seen.state, to, at: self.now });
        }
    }
}

/// The text, and a patch with it.
fn entity(text: &str, word: &str) -> Vec<u8> {
    format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n--m\nContent-Type: text/x-patch\n\
         Content-Disposition: attachment; filename={word}.patch\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--m--\n"
    )
    .into_bytes()
}
