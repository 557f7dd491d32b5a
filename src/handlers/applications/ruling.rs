//! What becomes of what the team says: items ruled, a question put, an application accepted, rejected or withdrawn, in one
//! transaction. Nobody can accept an application that lacks a required item: not here, and not in the store.

use anyhow::{Context, Result, ensure};

use super::membership;
use crate::desk::{Desk, Proven};
use crate::handlers::{Mail, advisories, say};
use crate::mail::address::Address;
use crate::mail::sheet::sheet;
use crate::policy::Policy;
use crate::rules::checklist::{self, Finding, Findings, Item, Kind, Ruled, Status};
use crate::rules::citation;
use crate::rules::command::{Misread, Ruling, RulingLine, Rulings, Which};
use crate::store::applications::{Application, ApplicationId, Standing, State};
use crate::store::members::{self, Member};

/// The item that is the name of an organisation.
const NAME_ITEM: &str = "organisation";
/// Mails of an applicant that words are looked for in, the latest first.
const MAILS_LOOKED_AT_MAX: usize = 100;
/// Of an organisation's name in lists and letters.
const NAME_CHARACTERS_MAX: usize = 100;

/// How what somebody said ended.
pub enum Outcome {
    Done(Box<Done>),
    /// Somebody was faster.
    Late(Late),
    Refused(Refused),
}

/// What was done.
pub struct Done {
    /// A sentence for each, for the team.
    pub said: Vec<String>,
    /// What was said of items, for the applicant: each a line.
    pub ruled: Vec<String>,
    /// What is required and not found now.
    pub open: Vec<Finding>,
    pub what: What,
}

/// What it came to.
pub enum What {
    /// Items were ruled, no more.
    Said,
    Asked(String),
    Accepted(Member),
    Rejected(String),
    Withdrawn,
    /// What a new member gets of the advisories that are under embargo.
    Current(Which),
}

/// What was decided before.
pub enum Late {
    Application,
    Current(Box<Member>),
}

/// Why it was not done.
pub struct Refused {
    /// As typed, or empty.
    pub line: String,
    /// A sentence.
    pub why: String,
    /// A sentence.
    pub remedy: String,
    /// What is required and not found, if that is why.
    pub open: Vec<Finding>,
    /// What may stand there: lines, or nothing.
    pub expected: String,
}

impl Refused {
    pub fn misread(misread: &Misread) -> Self {
        Self {
            line: misread.line.clone(),
            why: misread.problem.clone(),
            remedy: "say all of it once more, with this line corrected.".to_owned(),
            open: Vec::new(),
            expected: misread.expected.clone(),
        }
    }

    fn because(line: &str, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (why, remedy) = (why.into(), remedy.into());
        Self { line: line.to_owned(), why, remedy, open: Vec::new(), expected: String::new() }
    }
}

/// The items of the profile.
pub fn items(policy: &Policy) -> &[Item] {
    policy.profile.application.as_ref().map_or(&[], |application| &application.items)
}

/// Does all that a mail says, or, if it gives an error, nothing of it may stay.
pub fn carry_out(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    application: &Application,
    by: &Proven,
    rulings: &Rulings,
) -> Result<Result<Outcome, Outcome>> {
    let id = application.id;
    if let Some(other) = rulings.application.filter(|named| *named != id.0) {
        let why = format!("the text names application {other}, and your mail is about application {id}.");
        let line = format!("application {other}");
        let remedy = format!("reply to your own copy of a letter about application {other}.");
        return Ok(Err(Outcome::Refused(Refused::because(&line, why, remedy))));
    }
    let mut order = Order { desk, mail, application, by, said: Vec::new(), ruled: Vec::new() };
    let ends = rulings.lines.last().filter(|line| !is_of_an_item(&line.ruling));
    if let Some(RulingLine { typed, ruling: Ruling::Send(which) }) = ends {
        return order.current(typed, *which);
    }
    if matches!(application.state, State::Accepted | State::Rejected | State::Withdrawn) {
        return Ok(Err(Outcome::Late(Late::Application)));
    }
    for RulingLine { typed, ruling } in &rulings.lines {
        let ruled = match ruling {
            Ruling::Found { item, words } => order.found(typed, item, words)?,
            Ruling::Missing { item, why } => order.missing(item, why)?,
            _ => Ok(()),
        };
        if let Err(why) = ruled {
            return Ok(Err(Outcome::Refused(why)));
        }
    }
    let findings = order.settle(ends.is_some_and(|line| matches!(line.ruling, Ruling::Ask(_))))?;
    let what = match ends {
        None => Ok(What::Said),
        Some(line) => order.end(line, &findings)?,
    };
    Ok(match what {
        Err(outcome) => Err(outcome),
        Ok(what) => Ok(Outcome::Done(Box::new(Done {
            said: order.said,
            ruled: order.ruled,
            open: findings.open().cloned().collect(),
            what,
        }))),
    })
}

fn is_of_an_item(ruling: &Ruling) -> bool {
    matches!(ruling, Ruling::Found { .. } | Ruling::Missing { .. })
}

/// What a mail says is carried out with.
struct Order<'o, 'd, 't> {
    desk: &'o mut Desk<'t>,
    mail: &'o Mail<'d>,
    application: &'o Application,
    by: &'o Proven,
    said: Vec<String>,
    ruled: Vec<String>,
}

impl Order<'_, '_, '_> {
    fn id(&self) -> ApplicationId {
        self.application.id
    }

    fn record(&self, act: &str, detail: &str) -> Result<()> {
        let (actor, proof) = (self.by.person.address.as_str(), self.by.proof.as_str());
        let detail = format!("{detail}mail {}", self.mail.id);
        self.desk.record(actor, proof, act, &format!("application {}", self.id()), &detail)
    }

    /// An item is shown by words of the applicant's: nobody completes an application for them.
    fn found(&mut self, typed: &str, item: &str, words: &str) -> Result<Result<(), Refused>> {
        if !is_theirs(self.desk, self.id(), words)? {
            return Ok(Err(Refused::because(
                typed,
                "these words stand in none of the applicant's own mails of this thread, as they typed them. Nobody can \
                 show an item for them.",
                "take the words from their mail, as they stand there, not from a quote in it or from anybody else's; or \
                 “ask” the applicant for it.",
            )));
        }
        self.rule(item, Status::Found, words)?;
        self.said.push(format!("Item “{item}” is found, in these words of theirs: “{words}”."));
        let name = self.name_of(item);
        self.ruled.push(format!("{name}: found in your mail."));
        Ok(Ok(()))
    }

    fn missing(&mut self, item: &str, why: &str) -> Result<Result<(), Refused>> {
        self.rule(item, Status::Missing, why)?;
        self.said.push(format!("Item “{item}” is missing: {why}"));
        let name = self.name_of(item);
        self.ruled.push(format!("{name}: missing. {why}"));
        Ok(Ok(()))
    }

    fn rule(&self, item: &str, status: Status, words: &str) -> Result<()> {
        let ruled = Ruled { item: item.to_owned(), status, words: words.to_owned() };
        self.desk.rows.applications().rule(self.id(), &ruled, self.by.person.id, self.mail.id, self.desk.now)?;
        let act = if status == Status::Found { "rule found" } else { "rule missing" };
        self.record(act, &format!("{item}, "))
    }

    fn name_of(&self, item: &str) -> String {
        items(self.desk.policy).iter().find(|known| known.id == item).map_or(item, |known| &known.name).to_owned()
    }

    /// What was checked, with all required that somebody needs who is what the team found them to be.
    fn asked_of(&self, rulings: &[Ruled]) -> Findings {
        let checked = self.application.findings.clone();
        let Some(checklist) = &self.desk.policy.profile.application else { return checked };
        let tells = |ruled: &&Ruled| {
            let item = checklist.items.iter().find(|item| item.id == ruled.item);
            ruled.status == Status::Found && item.is_some_and(|item| item.kind == Kind::Text)
        };
        rulings
            .iter()
            .filter(tells)
            .fold(checked, |checked, ruled| checklist::asked_of(checklist, &checked, &ruled.words))
    }

    /// What is found by now; the application is complete or not by that. A question starts the time anew in which the team
    /// is not reminded.
    fn settle(&mut self, asks: bool) -> Result<Findings> {
        let rulings = self.desk.rows.applications().rulings(self.id())?;
        let checked = self.asked_of(&rulings);
        let findings = checklist::ruled(&checked, &rulings);
        let name = rulings.iter().rfind(|ruled| ruled.item == NAME_ITEM && ruled.status == Status::Found);
        let name = name.map_or(self.application.organisation.as_str(), |ruled| &ruled.words);
        if self.said.is_empty() && !asks && name == self.application.organisation {
            return Ok(findings);
        }
        let complete = findings.complete();
        let open = self.desk.rows.applications().found(self.id(), &checked, name, complete, self.desk.now)?;
        ensure!(open, "application {} is decided already", self.id());
        Ok(findings)
    }

    /// What ends a mail, and mostly the application.
    fn end(&mut self, line: &RulingLine, findings: &Findings) -> Result<Result<What, Outcome>> {
        let applications = self.desk.rows.applications();
        let (id, by, now) = (self.id(), self.by.person.id, self.desk.now);
        Ok(match &line.ruling {
            Ruling::Accept => return self.accept(&line.typed, findings),
            Ruling::Reject(reason) => {
                if !applications.end(id, State::Rejected, by, reason, now)? {
                    return Ok(Err(Outcome::Late(Late::Application)));
                }
                self.record("reject application", "")?;
                self.said.push("The application is rejected.".to_owned());
                Ok(What::Rejected(reason.clone()))
            }
            Ruling::Withdraw => {
                if !applications.end(id, State::Withdrawn, by, "", now)? {
                    return Ok(Err(Outcome::Late(Late::Application)));
                }
                self.record("withdraw application", "")?;
                self.said.push("The application is closed, as the applicant asked.".to_owned());
                Ok(What::Withdrawn)
            }
            Ruling::Ask(question) => {
                self.record("ask applicant", "")?;
                self.said.push("The question was put to the applicant, on the list.".to_owned());
                Ok(What::Asked(question.clone()))
            }
            Ruling::Found { .. } | Ruling::Missing { .. } | Ruling::Send(_) => Ok(What::Said), // Done before.
        })
    }

    fn accept(&mut self, typed: &str, findings: &Findings) -> Result<Result<What, Outcome>> {
        let refused = |why: Refused| Ok(Err(Outcome::Refused(why)));
        if !findings.complete() {
            let why = "what is required is not all found, and nobody has discretion to accept such an application. \
                       Still missing or unclear:";
            let remedy =
                "“ask” the applicant for it; or, if they sent it, say “found” for the item and repeat their words.";
            let open = findings.open().cloned().collect();
            return refused(Refused { open, ..Refused::because(typed, why, remedy) });
        }
        let alias = match self.alias(typed, findings)? {
            Ok(alias) => alias,
            Err(why) => return refused(why),
        };
        let now = self.desk.now;
        if !self.desk.rows.applications().accept(self.id(), self.by.person.id, now)? {
            return Ok(Err(Outcome::Late(Late::Application)));
        }
        let application = self.desk.rows.applications().get(self.id())?.context("An application is gone")?;
        let name: String = application.called().chars().take(NAME_CHARACTERS_MAX).collect();
        let person = self.desk.rows.people().find_or_add(&name, &alias)?;
        if self.desk.rows.members().invite(&name, person.id, Some(self.id()), now)?.is_none() {
            return refused(taken(typed, "somebody who is on the list, or asked to confirm it"));
        }
        self.record("accept application", "")?;
        self.said.push("The application is accepted.".to_owned());
        let member = self.desk.rows.members().of_application(self.id())?.context("A member is gone")?;
        Ok(Ok(What::Accepted(member)))
    }

    /// The one address that is to be put on the list. One that is ours or somebody's already reads what it should not, or
    /// the same mail twice.
    fn alias(&self, typed: &str, findings: &Findings) -> Result<Result<Address, Refused>> {
        let item = items(self.desk.policy).iter().find(|item| item.kind == Kind::Address);
        let finding = item.and_then(|item| findings.get(&item.id));
        let rulings = self.desk.rows.applications().rulings(self.id())?;
        let ruled = rulings.iter().rfind(|ruled| item.is_some_and(|item| item.id == ruled.item));
        let texts: Vec<&str> = match (ruled, finding) {
            (Some(ruled), _) => vec![&ruled.words],
            (None, Some(finding)) => finding.values.iter().map(String::as_str).collect(),
            (None, None) => Vec::new(),
        };
        let mut found = addresses(&texts);
        let id = item.map_or("alias", |item| item.id.as_str());
        let alias = match (found.pop(), found.is_empty()) {
            (Some(alias), true) => alias,
            (Some(_), false) => {
                let why = "they gave several addresses, and the list takes one.";
                return Ok(Err(Refused::because(
                    typed,
                    why,
                    format!("“ask” which one; or say “found {id}” and the one."),
                )));
            }
            (None, _) => {
                let why = "there is no address in what they gave as the one for the list.";
                return Ok(Err(Refused::because(
                    typed,
                    why,
                    format!("“ask” for it; or say “found {id}” and the address."),
                )));
            }
        };
        let people = self.desk.rows.people();
        let person = people.by_address(&alias)?;
        let team = person.as_ref().map(|person| people.team_member(person.id)).transpose()?.flatten();
        let member = person.as_ref().map(|person| self.desk.rows.members().of_person(person.id)).transpose()?.flatten();
        let lists = &self.desk.policy.profile;
        let ours = say::is_ours(self.desk, &alias) || self.desk.house.applications.as_ref() == Some(&alias);
        Ok(match (member, team) {
            (Some(member), _) => Err(taken(typed, &format!("the member “{}”", member.name))),
            (None, Some(_)) => Err(taken(typed, "somebody in the team")),
            (None, None) if ours => Err(taken(typed, "the desk itself")),
            (None, None) if lists.is_public_list(&alias) => Err(taken(typed, "a public list")),
            (None, None) => Ok(alias),
        })
    }

    /// What a new member gets of the advisories that are under embargo; the first answer counts.
    fn current(&mut self, typed: &str, which: Which) -> Result<Result<Outcome, Outcome>> {
        let member = self.desk.rows.members().of_application(self.id())?;
        let Some(member) = member.filter(|member| member.state == members::State::Active) else {
            let why = "nobody is on the list by this application: it is not accepted, or its address is not confirmed.";
            let refused = Refused::because(typed, why, "wait until you are asked.");
            return Ok(Err(Outcome::Refused(refused)));
        };
        let to = match which {
            Which::Current => members::Current::Send,
            Which::None => members::Current::None,
        };
        let said =
            self.desk.rows.members().set_current(member.id, members::Current::Asked, to, Some(self.by.person.id))?;
        if !said {
            return Ok(Err(Outcome::Late(Late::Current(Box::new(member)))));
        }
        self.record(&format!("send {}", to.as_str()), "")?;
        let sent = match which {
            Which::Current => advisories::members::send_current(self.desk, &member, self.by)?,
            Which::None => advisories::members::Sent::default(),
        };
        let advisories::members::Sent { sent, waiting } = sent;
        self.said.push(match which {
            Which::Current if sent.is_empty() && !waiting.is_empty() => "It is sent nothing now.".to_owned(),
            Which::Current if sent.is_empty() => "Nothing is under embargo now that could be sent to it.".to_owned(),
            Which::Current => format!("It is sent what is under embargo now: {}.", sent.join(" and ")),
            Which::None => "The advisories that are under embargo now are not sent to it.".to_owned(),
        });
        for (called, case) in waiting {
            self.said.push(format!(
                "{called} is held, or waits for approval, and was not sent: say “!predisclose {}” in case {case} afterwards.",
                member.role.address
            ));
        }
        let (said, ruled, open) = (std::mem::take(&mut self.said), Vec::new(), Vec::new());
        Ok(Ok(Outcome::Done(Box::new(Done { said, ruled, open, what: What::Current(which) }))))
    }
}

fn taken(typed: &str, whose: &str) -> Refused {
    let why = format!("the address that they gave belongs to {whose}.");
    Refused::because(typed, why, "“ask” the applicant for another address.")
}

/// Each address in these texts, once.
fn addresses(texts: &[&str]) -> Vec<Address> {
    let is_around = |c: char| !c.is_alphanumeric();
    let words = texts.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || "<>()[],;\"“”".contains(c)));
    let mut found: Vec<Address> = Vec::new();
    for word in words.filter(|word| word.contains('@')) {
        let word = word.trim_start_matches("mailto:").trim_matches(is_around);
        if let Ok(address) = Address::parse(word)
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// Whether words stand in a mail that the applicant wrote in this thread.
fn is_theirs(desk: &Desk<'_>, id: ApplicationId, words: &str) -> Result<bool> {
    let mails = desk.rows.applications().mails(id)?;
    let theirs = mails.iter().rev().filter(|entry| entry.standing == Standing::Applicant);
    for entry in theirs.take(MAILS_LOOKED_AT_MAX) {
        if citation::stands_in(words, &sheet(&desk.rows.inbox().readable(entry.inbox)?)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells everybody: the list, the applicant, the new member's address, and the team.
pub fn announce(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    application: &Application,
    by: &Proven,
    done: &Done,
) -> Result<()> {
    if !matches!(done.what, What::Current(_)) {
        let list = desk.house.applications.clone().map(crate::mail::address::Mailbox::bare);
        for to in list.into_iter().chain([application.applicant.clone()]) {
            let letter = say::decisions::decision(desk, application, done, to)?;
            let identifier = desk.send(&letter, None)?;
            desk.rows.applications().add_to_thread(application.id, &identifier)?;
        }
    }
    if let What::Accepted(member) = &done.what {
        membership::ask(desk, member)?;
    }
    for member in desk.rows.people().team()? {
        let letter = say::decisions::said(desk, mail.incoming, application, by, done, &member.person)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
