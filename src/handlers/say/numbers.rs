//! Letters about CVE numbers: which one a problem has, to everybody who knows of the case; and that one is wanted, to
//! whoever gives them.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::life::{in_their_thread, is_public, is_used};
use super::{Story, plain};
use crate::desk::Desk;
use crate::mail::letter::{Enclosure, Kind, Letter};
use crate::mail::own::own_text;
use crate::policy::letters::{LetterName, Values, grouped, shown, texts};
use crate::rules::command::{Affected, cve_id};
use crate::rules::label::{CaseId, Label, Labelled, Labels};
use crate::store::cases::{Case, Standing};
use crate::store::facts::{Branch, Severity};
use crate::store::participants::Participant;

/// The team is shown so many numbers that a mail names.
const NAMED_MAX: usize = 5;

/// A number that a case has now.
pub struct Told<'a> {
    pub number: &'a str,
    /// The one that was wrong.
    pub instead: Option<&'a str>,
    /// What else the case has.
    pub others: &'a [String],
    pub advisory: Option<i64>,
}

/// To somebody who knows of the case: its number.
pub fn told(desk: &mut Desk<'_>, case: &Case, to: &Participant, told: &Told<'_>) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .public("name", to.person.name.as_str())
        .labelled("case", &labels, case.number.to_string())
        .labelled("number", &labels, told.number)
        .labelled("instead", &labels, told.instead.unwrap_or_default())
        .labelled("others", &labels, texts(told.others.iter().cloned()))
        .labelled(
            "advisory",
            &labels,
            told.advisory.map_or(String::new(), |number| desk.policy.profile.advisory.called(number)),
        )
        .labelled("public", &labels, is_public(case))
        .labelled("used", &labels, is_used(case))
        .labelled("agreed", &labels, case.agreed_at.is_some())
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("security", desk.house.security.as_str());
    let letter = plain(Kind::Notice, to.person.mailbox(), desk.policy.letters.render(LetterName::CveTold, &values)?);
    in_their_thread(desk, letter, case.number, to)
}

/// To whoever gives numbers: what they need to know; `before`: when they were asked the last time. What came encrypted is in it only if it can leave encrypted;
/// `true`: something was left out.
pub fn request(
    desk: &mut Desk<'_>,
    number: CaseId,
    to: &Participant,
    before: Option<Timestamp>,
) -> Result<(Letter, bool)> {
    let cases = desk.rows.cases();
    let case = cases.get(number)?.with_context(|| format!("case {number} is gone"))?;
    let sealed = Labels::of(Label::Case { case: number, sealed: true });
    let shows_sealed = desk.may_read(&to.person.address, &sealed)?.is_ok();
    let facts = desk.rows.facts();
    let (branches, ratings, credits) = (facts.branches(number)?, facts.severities(number)?, facts.thanked(number)?);
    let mut labels = Labels::case(number);
    let mut withheld = false;
    let mut may_show = |is_sealed: bool| {
        withheld |= is_sealed && !shows_sealed;
        if is_sealed && shows_sealed {
            labels.join(&sealed);
        }
        !is_sealed || shows_sealed
    };
    let title = if may_show(case.title.labels().is_sealed()) { case.title.value().as_str() } else { "" };
    let branches: Vec<String> = branches.iter().filter(|one| may_show(one.sealed)).map(verdict).collect();
    let ratings: Vec<String> = ratings.iter().filter(|one| may_show(one.sealed)).map(rated).collect();
    // The name somebody gave us is not ours to pass on.
    let credit_later = credits.iter().any(|one| !one.said);
    let credits = credits.into_iter().filter(|one| one.said && may_show(one.sealed));
    let credits: Vec<String> = credits.filter_map(|one| one.name).collect();
    let values = Values::new()
        .public("name", to.person.name.as_str())
        .labelled("case", &labels, number.to_string())
        .labelled("public", &labels, is_public(&case))
        .labelled("used", &labels, is_used(&case))
        .labelled("agreed", &labels, case.agreed_at.is_some())
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .labelled("title", &labels, title)
        .labelled("branches", &labels, texts(branches))
        .labelled("ratings", &labels, texts(ratings))
        .labelled("credits", &labels, texts(credits))
        .labelled("credit_later", &labels, credit_later)
        .labelled("asked_before", &labels, before.map_or_else(String::new, shown))
        .labelled("withheld", &labels, withheld)
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint));
    let rendered = desk.policy.letters.render(LetterName::CveRequest, &values)?;
    let mut letter = plain(Kind::Notice, to.person.mailbox(), rendered);
    letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    Ok((in_their_thread(desk, letter, number, to)?, withheld))
}

/// For the team: CVE numbers that somebody who knows of the case names, and it does not have yet. Of what came encrypted
/// nothing is repeated.
pub fn named(desk: &Desk<'_>, story: &Story<'_>) -> Result<Option<String>> {
    let knows = matches!(story.standing, Standing::Reporter | Standing::Participant);
    if !knows || story.of_team || story.mail.incoming.sealed {
        return Ok(None);
    }
    let known = desk.rows.cases().numbers(story.case.number)?;
    let text = own_text(story.mail.readable).text;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let mut found: Vec<String> = Vec::new();
    for id in words.filter_map(|word| cve_id(word).ok()) {
        if found.len() < NAMED_MAX && !found.contains(&id) && known.iter().all(|number| number.id != id) {
            found.push(id);
        }
    }
    let Some(first) = found.first() else { return Ok(None) };
    Ok(Some(format!(
        "It names {}. If that is a number of this problem, begin a signed reply with “!cve {first}”: then everybody who knows \
         of the case hears of it.",
        found.join(", ")
    )))
}

fn verdict(of: &Branch) -> String {
    match &of.affected {
        Affected::Yes => format!("{}: affected", of.name),
        Affected::No => format!("{}: not affected", of.name),
        Affected::Versions(versions) => format!("{}: {versions}", of.name),
    }
}

fn rated(rating: &Severity) -> String {
    format!("{} ({}), {}", rating.score, rating.rating, rating.vector)
}
