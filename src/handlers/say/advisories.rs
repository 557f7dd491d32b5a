//! Letters about drafts of advisories, to the team alone: what is to be approved, whole; that it is approved, and what leaves
//! when. And the lines of `!status` about them.

pub mod bringing;
pub mod watching;

use anyhow::Result;
use jiff::Timestamp;

use super::status::line;
use super::{answered_in_case, for_team, plain, replying};
use crate::advisory::finding::{Finding, Severity};
use crate::desk::Desk;
use crate::handlers::advisories::{anew, between, lines, standing, style};
use crate::mail::letter::{Audience, Enclosure, Kind, Letter};
use crate::policy::advisory::Predisclose;
use crate::policy::letters::{LetterName, Values, leaves, shown, texts};
use crate::rules::label::{CaseId, Label, Labelled, Labels};
use crate::store::advisories::{Stage, Version};
use crate::store::cases::Case;
use crate::store::people::Person;

/// Digits of a digest between two blanks.
const GROUP_DIGITS: usize = 16;
/// Enough of a digest to tell two drafts apart.
const SHORT_DIGITS: usize = 8;

/// To somebody of the team: a draft, whole, and how to approve it. `before`: the one they were asked about before.
pub fn draft(
    desk: &mut Desk<'_>,
    case: &Case,
    version: &Version,
    before: Option<&Version>,
    member: &Person,
) -> Result<Letter> {
    let labels = for_team(&Labels::case(case.number));
    let theirs = for_team(&Labels::of(Label::Case { case: case.number, sealed: version.sealed }));
    let profile = &desk.policy.profile.advisory;
    let style = style(desk);
    let changes = before.map(|before| between(&before.into(), &version.into(), &style)).unwrap_or_default();
    let by_desk = version.inbox.is_none();
    let replaced = before.filter(|before| before.void_at.is_some());
    let replaced = replaced
        .map(|one| format!("The draft of {}, with the digest {}…, is void.", shown(one.at), enough(&one.digest)));
    // Its number alone does not tell it from the one before.
    let other = before.filter(|before| before.version == version.version);
    let voided = voided_with(desk, version)?;
    let different = before.map(|before| lines(&before.members_text, &version.members_text)).unwrap_or_default();
    let author = match profile.author_may_approve {
        true => String::new(),
        false => uncounted(desk, version)?,
    };
    let approvers = names(desk, &desk.rows.advisories().approvers(version.id)?)?;
    let counted = standing::counted(desk, version)?.len();
    let warnings = version.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let errors = version.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let twice = version.members_text != version.public_text;
    let values = common(desk, Values::new(), case, version)?
        .labelled("again", &labels, other.map_or(String::new(), |_| enough(&version.digest)))
        .labelled("anew", &theirs, if by_desk { anew(&changes, version.public_version) } else { String::new() })
        .labelled("voided", &theirs, listed(&voided))
        .labelled("replaced", &theirs, replaced.unwrap_or_default())
        .labelled("standing", &theirs, still_leaving(desk, case, version)?.unwrap_or_default())
        .labelled("members_until", &theirs, members_until(desk, version)?.map_or(String::new(), shown))
        .labelled("errors", &theirs, texts(errors.map(found)))
        .labelled("warnings", &theirs, texts(warnings.map(found)))
        .labelled("changes", &theirs, texts(changes.iter().map(|change| change.sentence())))
        .labelled("different", &theirs, different.join("\n"))
        .labelled("approvals", &theirs, usize::from(profile.approvals))
        .labelled("author", &theirs, author)
        .labelled("nobody", &theirs, standing::is_everybodys(desk, version)?)
        .labelled("approvers", &theirs, approvers.join(" and "))
        .labelled("counted", &theirs, counted)
        .labelled("short_digest", &theirs, version.short_digest())
        .labelled("manifest", &theirs, version.manifest.as_str())
        .labelled("members_text", &theirs, if twice { version.members_text.as_str() } else { "" })
        .labelled("public_text", &theirs, version.public_text.as_str());
    let rendered = desk.policy.letters.render(LetterName::AdvisoryDraft, &values)?;
    let mut letter = plain(Kind::Notice, member.mailbox(), rendered);
    let stem = desk.policy.profile.advisory.called(version.number).to_lowercase();
    let file = |of: &str, text| Enclosure::Draft {
        name: format!("{stem}-v{}-{of}.txt", version.version),
        version: version.id,
        text,
    };
    let members = twice.then(|| file("members", Audience::Members));
    let enclosed = members.into_iter().chain([file("public", Audience::Public)]);
    letter.enclosures = enclosed.map(|one| Labelled::new(theirs.clone(), one)).collect();
    in_thread(desk, letter, case.number, member)
}

/// Who is not counted because the text, or something in it, is theirs.
fn uncounted(desk: &Desk<'_>, version: &Version) -> Result<String> {
    let author = desk.rows.people().get(version.author)?.called().to_owned();
    let hands = desk.rows.advisories().hands(version.id)?;
    let hands: Vec<i64> = hands.into_iter().filter(|person| *person != version.author).collect();
    Ok(match names(desk, &hands)?.as_slice() {
        [] => format!("{author}, who wrote it, is"),
        [one] => format!("{author}, who wrote it, and {one}, whose command changed it, are"),
        several => format!("{author}, who wrote it, and {}, whose commands changed it, are", several.join(" and ")),
    })
}

/// To somebody of the team: it is approved.
pub fn approved(desk: &mut Desk<'_>, case: &Case, version: &Version, by: &[String], member: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(case.number));
    let values = common(desk, Values::new(), case, version)?.labelled("by", &labels, listed(by));
    let rendered = desk.policy.letters.render(LetterName::AdvisoryApproved, &values)?;
    let letter = plain(Kind::Notice, member.mailbox(), rendered);
    in_thread(desk, letter, case.number, member)
}

fn in_thread(desk: &mut Desk<'_>, mut letter: Letter, case: CaseId, member: &Person) -> Result<Letter> {
    answered_in_case(desk, &mut letter, case, member)?;
    letter.thread = replying(Some(&desk.case_thread(case)?));
    Ok(letter)
}

/// Which version it is, and what leaves when. It holds nothing of the text.
fn common(desk: &Desk<'_>, values: Values, case: &Case, version: &Version) -> Result<Values> {
    let labels = for_team(&Labels::case(case.number));
    let kept = standing::kept_back(desk, case.number)?;
    let everybody = match desk.house.members {
        Some(_) => "the public lists and all members",
        None => "the public lists",
    };
    Ok(values
        .labelled("case", &labels, case.number.to_string())
        .labelled("called", &labels, desk.policy.profile.advisory.called(version.number))
        .labelled("version", &labels, version.version.to_string())
        .labelled("public_version", &labels, version.public_version.to_string())
        .labelled("leaves", &labels, leaving(desk, case))
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .labelled("kept", &labels, kept.unwrap_or_default())
        .public("everybody", everybody)
        .labelled("digest", &labels, in_groups(&version.digest)))
}

/// When what is approved now leaves: one of `policy::letters::leaves`.
pub fn leaving(desk: &Desk<'_>, case: &Case) -> &'static str {
    let due = desk.now >= case.proposal.predisclosure_at;
    match (standing::embargo(case), desk.policy.profile.advisory.predisclose) {
        (None, _) => leaves::NOW,
        (Some(hour), _) if case.agreed_at.is_some() && hour <= desk.now => leaves::LATE,
        (Some(_), _) if !standing::is_told_before(desk, case) => leaves::WORLD,
        (Some(_), _) if case.agreed_at.is_none() => leaves::UNAGREED,
        (Some(_), Predisclose::AtDue) if !due => leaves::DUE,
        (Some(_), _) => leaves::MEMBERS,
    }
}

/// What is approved of the same advisory, and leaves although there is a later draft: a sentence or two.
pub fn still_leaving(desk: &Desk<'_>, case: &Case, draft: &Version) -> Result<Option<String>> {
    let all = desk.rows.advisories().of_number(draft.number)?;
    let approved = all.into_iter().rev().find(|one| {
        one.id != draft.id && one.void_at.is_none() && matches!(one.stage, Stage::Approved | Stage::Predisclosed)
    });
    let Some(approved) = approved else { return Ok(None) };
    if !standing::may_leave(desk, &approved)? {
        return Ok(None);
    }
    let held = desk.rows.advisories().held(case.number)?.is_some();
    let kept = standing::kept_back(desk, case.number)?.is_some();
    const NOW: &str = "now";
    let hour = shown(case.proposal.release_at);
    let when = match leaving(desk, case) {
        leaves::NOW | leaves::LATE => NOW.to_owned(),
        leaves::UNAGREED => "as soon as the dates are agreed".to_owned(),
        leaves::DUE if approved.predisclosed_at.is_none() => {
            format!("on {} to the members, and on {hour} to the public lists", shown(case.proposal.predisclosure_at))
        }
        _ => format!("on {hour}"),
    };
    let digest = enough(&approved.digest);
    let since = approved.approved_at.map(|at| format!(" on {}", shown(at))).unwrap_or_default();
    let leaves = match kept {
        false => format!("still leaves, {when}"),
        true if when == NOW => "leaves once nothing keeps it back".to_owned(),
        true => format!("leaves, {when}, if nothing keeps it back then"),
    };
    let stop = if held { "" } else { " If it must not, say “!hold WHY” now." };
    Ok(Some(format!(
        "Version {} as it was approved{since} (digest {digest}…) {leaves}, unless the new one is approved before.{stop}",
        approved.version
    )))
}

/// When the embargo ends by what members have, if it ends at another hour now.
pub fn members_until(desk: &Desk<'_>, draft: &Version) -> Result<Option<Timestamp>> {
    let all = desk.rows.advisories().of_number(draft.number)?;
    let sent = all.into_iter().rev().find(|one| one.predisclosed_at.is_some() && one.released_at.is_none());
    let theirs = sent.and_then(|sent| sent.embargo_until);
    Ok(theirs.filter(|until| draft.embargo_until.is_some_and(|now| now != *until)))
}

/// Whose approval was void when this was written: that of what it takes the place of.
fn voided_with(desk: &Desk<'_>, version: &Version) -> Result<Vec<String>> {
    let rows = desk.rows.advisories();
    let mut people = Vec::new();
    for one in rows.of_number(version.number)?.iter().filter(|one| one.id != version.id) {
        if one.void_at == Some(version.at) {
            let of_it = rows.approvers(one.id)?;
            people.extend(of_it.into_iter().filter(|person| !people.contains(person)).collect::<Vec<_>>());
        }
    }
    names(desk, &people)
}

/// “a”, “a and b”, “a, b and c”.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What was found, for a list.
pub fn found(finding: &Finding) -> String {
    match finding.line {
        0 => finding.text.clone(),
        at => format!("line {at}: {}", finding.text),
    }
}

/// How each advisory of a case stands, line by line, for the team.
pub fn status(desk: &Desk<'_>, case: CaseId) -> Result<Vec<String>> {
    let rows = desk.rows.advisories();
    let held = rows.held(case)?.is_some();
    let wanted = desk.policy.profile.advisory.approvals;
    let mut shown_lines = Vec::new();
    for version in rows.of_case(case)? {
        let called = desk.policy.profile.advisory.called(version.number);
        let approvers = names(desk, &rows.approvers(version.id)?)?;
        let at = |at: Option<Timestamp>| at.map(shown).unwrap_or_default();
        let stage = match version.stage {
            Stage::Draft if !version.is_sound() => "has to be corrected (“!advisory”)".to_owned(),
            Stage::Draft => format!("waits for approval, {} of {wanted}", standing::counted(desk, &version)?.len()),
            Stage::Approved => format!("approved on {}", at(version.approved_at)),
            Stage::Predisclosed => format!("sent to the members on {}", at(version.predisclosed_at)),
            Stage::Released => format!("public since {}", at(version.released_at)),
        };
        let held = if held && version.released_at.is_none() { ", and HELD" } else { "" };
        shown_lines.push(format!("- {called} version {}: {stage}{held}", version.current()));
        let by =
            if approvers.is_empty() { String::new() } else { format!(", approved by {}", approvers.join(" and ")) };
        shown_lines.push(format!("  digest {}{}", version.short_digest(), line(&by)));
    }
    Ok(shown_lines)
}

/// People by name, or by address.
pub fn names(desk: &Desk<'_>, people: &[i64]) -> Result<Vec<String>> {
    people.iter().map(|person| Ok(desk.rows.people().get(*person)?.called().to_owned())).collect()
}

fn enough(digest: &str) -> String {
    digest.chars().take(SHORT_DIGITS).collect()
}

fn in_groups(digest: &str) -> String {
    let digits: Vec<char> = digest.chars().collect();
    digits.chunks(GROUP_DIGITS).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
