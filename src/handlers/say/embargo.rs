//! Letters to everybody who knows of a case: its dates changed, or there is no embargo any more. Each reader gets one of
//! their own. A reason that came encrypted is in those letters only that can leave encrypted.

use anyhow::Result;

use super::{TEAM, answered_in_case, for_team, labels_of, people, plain, replying};
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::command::Role;
use crate::rules::label::{CaseId, Labels};
use crate::rules::schedule::Proposal;
use crate::store::embargoes::{Known, What};
use crate::store::people::Person;

/// Somebody who knows of a case.
pub enum Reader {
    Team(Person),
    Discoverer(Person),
    /// Whoever agreed to its embargo.
    Participant(Person),
}

impl Reader {
    /// The team first, then the discoverers.
    pub fn all(desk: &Desk<'_>, case: CaseId) -> Result<Vec<Self>> {
        let team = desk.rows.people().team()?.into_iter().map(|member| Reader::Team(member.person));
        let others = desk.rows.participants().knowing(case)?.into_iter().map(|one| match one.role {
            Role::Reporter => Reader::Discoverer(one.person),
            _ => Reader::Participant(one.person),
        });
        Ok(team.chain(others).collect())
    }

    pub fn person(&self) -> &Person {
        match self {
            Reader::Team(person) | Reader::Discoverer(person) | Reader::Participant(person) => person,
        }
    }

    /// The word for `reader`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Reader::Team(_) => "team",
            Reader::Discoverer(_) => "discoverer",
            Reader::Participant(_) => "participant",
        }
    }
}

/// New dates of a case.
pub struct Changed<'a> {
    pub what: What,
    pub from: Proposal,
    pub to: Proposal,
    /// The predisclosure list is still to be told.
    pub told_before: bool,
    /// Members have the advisory, with other dates.
    pub members_have: bool,
    pub reason: &'a str,
    pub warnings: &'a [String],
}

/// The end of an embargo.
pub struct Ended<'a> {
    pub known: Known,
    pub text: &'a str,
    /// Its readers knew that there is no embargo any more.
    pub further: bool,
    /// The problem is public, whatever else is known of it.
    pub is_public: bool,
    /// Members have the advisory, with an embargo.
    pub members_have: bool,
    /// The case has a number of an advisory.
    pub numbered: bool,
    pub outlet: &'a Outlet,
}

/// To whom an advisory goes at once when it is approved and there is no embargo.
pub struct Outlet {
    lists: Vec<String>,
    members: usize,
    people: Vec<String>,
}

impl Outlet {
    pub fn of(desk: &Desk<'_>, case: CaseId) -> Result<Self> {
        let knowing = desk.rows.participants().knowing(case)?;
        Ok(Self {
            lists: desk.policy.profile.lists.released_to().iter().map(ToString::to_string).collect(),
            members: desk.rows.members().on_list()?.len(),
            people: knowing.iter().map(|one| one.person.called().to_owned()).collect(),
        })
    }

    /// The same, of what leaves now: to so many members, and to the operator's programs.
    pub fn released(&self, members: usize, hooks: &[String]) -> Vec<String> {
        let public = (!self.lists.is_empty())
            .then(|| format!("to the public lists: {}", people::people_in_words(&self.lists, ", ")));
        let members = match members {
            0 => "to no member: the predisclosure list has none".to_owned(),
            1 => "to the one member of the predisclosure list".to_owned(),
            members => format!("to the {members} members of the predisclosure list, a copy each"),
        };
        let hooks = hooks.iter().map(|hook| format!("to the operator's program “{hook}”"));
        public.into_iter().chain([members]).chain(self.to_people()).chain(hooks).collect()
    }

    fn to_people(&self) -> Option<String> {
        let people = people::people_in_words(&self.people, ", ");
        (!self.people.is_empty()).then(|| format!("to those who know of the case: {people}"))
    }

    /// A line for each, without a mark.
    pub fn lines(&self) -> Vec<String> {
        let lists = self.lists.iter().map(|list| format!("in public, to {list}"));
        let members = match self.members {
            0 => "to the predisclosure list, which has no members yet".to_owned(),
            1 => "to the predisclosure list, which has one member".to_owned(),
            members => format!("to the predisclosure list, which has {members} members"),
        };
        lists.chain([members]).chain(self.to_people()).collect()
    }
}

/// The first paragraph of what people type into a command, without what only they should see of it. What stands below is
/// for the team, and so is a signature.
pub fn cleaned(desk: &Desk<'_>, text: &str) -> String {
    let lines = text.trim().lines().take_while(|line| !line.trim().is_empty());
    people::clean(desk, &lines.collect::<Vec<_>>().join("\n")).text.trim().to_owned()
}

/// The dates of a case are agreed, or others.
pub fn changed(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    changed: &Changed<'_>,
    by: &Person,
    reader: &Reader,
) -> Result<Letter> {
    let labels = labels_for(reader, &Labels::case(case));
    let Changed { what, from, to, told_before, members_have, reason, warnings } = changed;
    let told = |at| if *told_before { shown(at) } else { String::new() };
    let in_team = matches!(reader, Reader::Team(_));
    let warnings: &[String] = if in_team { warnings } else { &[] };
    let values = common(desk, mail, case, by, reader, reason)?
        .labelled("what", &labels, what.as_str())
        .labelled("predisclosure", &labels, told(to.predisclosure_at))
        .labelled("predisclosure_from", &labels, told(from.predisclosure_at))
        .labelled("release", &labels, shown(to.release_at))
        .labelled("release_from", &labels, shown(from.release_at))
        .labelled("at_once", &labels, to.predisclosure_at <= desk.now)
        .labelled("members", &labels, in_team && *members_have)
        .labelled("warnings", &labels, texts(warnings.iter().cloned()));
    addressed(desk, case, reader, LetterName::EmbargoChanged, &values)
}

/// There is no embargo any more. What is known of attacks is said to the team only.
pub fn ended(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    ended: &Ended<'_>,
    by: &Person,
    reader: &Reader,
) -> Result<Letter> {
    let labels = labels_for(reader, &Labels::case(case));
    let in_team = matches!(reader, Reader::Team(_));
    let text = if in_team || ended.known == Known::Public { ended.text } else { "" };
    let publication = desk.policy.profile.playbook.publication().map_or("", |step| step.id.as_str());
    let outlet = if in_team { ended.outlet.lines() } else { Vec::new() };
    let values = common(desk, mail, case, by, reader, text)?;
    let links = if values.is_empty("reason") { Vec::new() } else { only_links(text) };
    let theirs = labels_for(reader, &labels_of(case, mail.incoming));
    let values = match links.is_empty() {
        true => values.public("links", texts(links)),
        false => values.labelled("links", &theirs, texts(links)),
    };
    let values = values
        .labelled("what", &labels, ended.known.as_str())
        .labelled("further", &labels, ended.further)
        .labelled("known", &labels, ended.is_public)
        .labelled("outlet", &labels, texts(outlet))
        .labelled("members", &labels, in_team && ended.members_have)
        .labelled("numbered", &labels, in_team && ended.numbered)
        .labelled("publication", &labels, publication);
    addressed(desk, case, reader, LetterName::EmbargoEnded, &values)
}

/// The links of a text that is nothing but links.
fn only_links(text: &str) -> Vec<String> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let all = words.iter().all(|word| word.starts_with("https://") || word.starts_with("http://"));
    if all { words } else { Vec::new() }
}

fn labels_for(reader: &Reader, labels: &Labels) -> Labels {
    match reader {
        Reader::Team(_) => for_team(labels),
        Reader::Discoverer(_) | Reader::Participant(_) => labels.clone(),
    }
}

/// What both letters have: `text` is theirs who gave the command.
fn common(desk: &Desk<'_>, mail: &Mail<'_>, case: CaseId, by: &Person, reader: &Reader, text: &str) -> Result<Values> {
    let (labels, theirs) =
        (labels_for(reader, &Labels::case(case)), labels_for(reader, &labels_of(case, mail.incoming)));
    // Who has no certificate hears the dates all the same.
    let withheld = !text.is_empty() && desk.may_read(&reader.person().address, &theirs)?.is_err();
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("reader", &labels, reader.as_str())
        .public("name", reader.person().name.as_str())
        .labelled("by", &labels, by.called())
        .labelled("withheld", &labels, withheld)
        .public("security", desk.house.security.as_str());
    Ok(match withheld || text.is_empty() {
        true => values.public("reason", ""),
        false => values.labelled("reason", &theirs, text),
    })
}

/// To the reader, so that their answer is in the case.
pub fn addressed(
    desk: &mut Desk<'_>,
    case: CaseId,
    reader: &Reader,
    name: LetterName,
    values: &Values,
) -> Result<Letter> {
    let mut letter = plain(Kind::Notice, reader.person().mailbox(), desk.policy.letters.render(name, values)?);
    match reader {
        Reader::Team(member) => {
            answered_in_case(desk, &mut letter, case, member)?;
            letter.thread = replying(Some(&desk.case_thread(case)?));
        }
        Reader::Participant(person) => {
            let token = desk.reply_address(person, case, Purpose::AnswerTeam)?;
            letter.slots.insert(TEAM.to_owned(), token);
            letter.reply_to = Some(TEAM.to_owned());
            letter.thread = replying(Some(&desk.case_thread(case)?));
        }
        Reader::Discoverer(person) => {
            letter.thread = replying(desk.rows.cases().last_of(case, &person.address)?.as_ref());
        }
    }
    Ok(letter)
}
