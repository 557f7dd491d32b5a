//! The dates of a case, in words: as they are and were, and what discoverers wrote of dates. Those are words of strangers:
//! they stand between quotes in a sentence of ours, or behind a mark.

use anyhow::Result;
use jiff::civil::Date;

use super::life::is_public;
use super::status::{MARK, line};
use crate::desk::Desk;
use crate::policy::letters::{dates, shown};
use crate::rules::label::{CaseId, Label, Labels};
use crate::rules::life::State;
use crate::rules::schedule::{self, Proposal};
use crate::store::cases::Case;
use crate::store::embargoes::{Change, DateHint, Known, What};

/// The latest that are shown of each kind.
const SHOWN_MAX: usize = 10;

/// The lines of `!status` that say until when the case is secret.
pub fn now(desk: &Desk<'_>, case: &Case) -> Vec<String> {
    let Proposal { predisclosure_at, release_at } = case.proposal;
    let how = if case.agreed_at.is_some() { "agreed" } else { "proposed" };
    if case.state == State::Public {
        return vec!["publication:   as soon as the advisory is approved: there is no embargo".to_owned()];
    }
    let released = format!("publication:   {} ({how})", shown(release_at));
    if desk.policy.profile.schedule.predisclosure.is_none() {
        return vec![released];
    }
    if let Some(told_at) = case.predisclosed_at {
        return vec![format!("predisclosure: done on {}", shown(told_at)), released];
    }
    let is_due = case.agreed_at.is_some() && predisclosure_at <= desk.now;
    let told = if is_due { "as soon as the advisory is approved" } else { how };
    vec![format!("predisclosure: {} ({told})", shown(predisclosure_at)), released]
}

/// How the dates stand, for a letter that shows them: one of `policy::letters::dates`.
pub fn stand(desk: &Desk<'_>, case: &Case) -> &'static str {
    if is_public(case) {
        dates::PUBLIC
    } else if case.proposal.release_at <= desk.now {
        dates::OVER
    } else if case.agreed_at.is_some() {
        dates::AGREED
    } else {
        dates::PROPOSED
    }
}

/// How the dates came to be so, and what discoverers wrote of dates. Joins the labels of what it shows.
pub fn history(desk: &Desk<'_>, case: &Case, labels: &mut Labels) -> Result<Vec<String>> {
    let embargoes = desk.rows.embargoes();
    let changes = embargoes.changes(case.number)?;
    let mut lines = Vec::new();
    if !changes.is_empty() {
        lines.extend([String::new(), "Its dates so far:".to_owned()]);
    }
    for change in latest(&changes, &mut lines) {
        lines.push(format!("- {}, {}: {}", shown(change.at), line(&change.by), in_words(change.what)));
        lines.extend(moved(desk, change));
        // The remark below says where it is public.
        let reason = if change.what == What::Ended { "" } else { change.reason.as_str() };
        quoted(&mut lines, labels, case.number, reason, change.sealed);
    }
    for remark in embargoes.remarks(case.number)? {
        let known = match remark.known {
            Known::Public => "Where it is public",
            Known::Exploited => "What is known of attacks",
        };
        lines.extend([String::new(), format!("{known} ({}, {}):", line(&remark.by), shown(remark.at))]);
        quoted(&mut lines, labels, case.number, &remark.text, remark.sealed);
    }
    // What counts here counts wherever it was written.
    let mut hints = Vec::new();
    for of in desk.rows.cases().with_duplicates(case.number)? {
        hints.extend(embargoes.hints(of)?.into_iter().map(|hint| (of, hint)));
    }
    hints.sort_by_key(|(_, hint)| hint.at);
    if !hints.is_empty() {
        lines.extend([String::new(), "What discoverers wrote of dates:".to_owned()]);
    }
    for (of, hint) in latest(&hints, &mut lines) {
        let day = hint.day.map_or_else(|| "no day that anybody could tell".to_owned(), in_full);
        let insists = if hint.insists { "; they insist" } else { "" };
        let vouched = if hint.proven { "" } else { "; nobody vouches that they wrote it" };
        let elsewhere = if *of == case.number { String::new() } else { format!(", in case {of}") };
        lines.push(format!("- {}{elsewhere}: {day}{insists}{vouched}", shown(hint.at)));
        // The day came with the words.
        labels.join(&Labels::of(Label::Case { case: *of, sealed: hint.sealed }));
        quoted(&mut lines, labels, *of, &hint.words, hint.sealed);
    }
    Ok(lines)
}

/// What a discoverer's mail says of dates, for the team: a sentence for each. Of one that came encrypted it repeats no word.
pub fn hints(case: &Case, hints: &[DateHint]) -> Vec<String> {
    let vouched = |hint: &DateHint| match hint.proven {
        true => "",
        false => " Nobody vouches that they wrote it: ask them before you follow it.",
    };
    hints.iter().map(|hint| told(case, hint) + vouched(hint)).collect()
}

fn told(case: &Case, hint: &DateHint) -> String {
    let (words, they) = match hint.sealed {
        true => (String::new(), "It"),
        false => (format!("“{}” ", line(&hint.words)), "They"),
    };
    let says = match (hint.sealed, hint.insists) {
        (true, true) => "insists on",
        (true, false) => "speaks of",
        (false, true) => "insist on",
        (false, false) => "speak of",
    };
    let Some(day) = hint.day else {
        let which = if hint.insists { "They insist, and nobody" } else { "Nobody" };
        return format!("{words}{which} can tell which day that is: ask them.");
    };
    let ours = shown(case.proposal.release_at);
    let date = in_full(day);
    let ours_is = day.cmp(&schedule::day_of(case.proposal.release_at));
    let take = format!("take it with a signed reply that begins with “!embargo {day} TEXT”.");
    match (case.state.is_secret(), ours_is) {
        (false, _) => format!("{words}{they} {says} {date}."),
        (true, std::cmp::Ordering::Less) => format!(
            "{words}{they} {says} {date}, before our date ({ours}). An earlier date of theirs is always honoured: {take}"
        ),
        (true, std::cmp::Ordering::Equal) => format!("{words}{they} {says} {date}, which is our date."),
        (true, std::cmp::Ordering::Greater) => {
            format!("{words}{they} {says} {date}, after our date ({ours}). If a later date is reasonable, {take}")
        }
    }
}

fn in_words(what: What) -> &'static str {
    match what {
        What::Agreed => "agreed",
        What::Changed => "changed",
        What::Restarted => "counted anew",
        What::Ended => "no embargo any more",
    }
}

/// The dates of a change, each with the one before.
fn moved(desk: &Desk<'_>, change: &Change) -> Vec<String> {
    let Change { what, from, to, .. } = change;
    let one = |name: &str, from, to| match from == to {
        true => format!("  {name} {}", shown(to)),
        false => format!("  {name} {} (had been {})", shown(to), shown(from)),
    };
    let told = || one("predisclosure:", from.predisclosure_at, to.predisclosure_at);
    let released = || one("publication:  ", from.release_at, to.release_at);
    match desk.policy.profile.schedule.predisclosure {
        _ if *what == What::Ended => vec![format!("  publication had been {}", shown(from.release_at))],
        Some(_) => vec![told(), released()],
        None => vec![released()],
    }
}

fn in_full(day: Date) -> String {
    day.strftime("%a %Y-%m-%d").to_string()
}

fn quoted(lines: &mut Vec<String>, labels: &mut Labels, case: CaseId, text: &str, sealed: bool) {
    if !text.is_empty() {
        labels.join(&Labels::of(Label::Case { case, sealed }));
        lines.extend(text.lines().map(|text| format!("{MARK}{text}")));
    }
}

/// The latest, and a line that says how many are left out.
fn latest<'a, T>(all: &'a [T], lines: &mut Vec<String>) -> &'a [T] {
    let earlier = all.len().saturating_sub(SHOWN_MAX);
    if earlier > 0 {
        lines.push(format!("- {earlier} earlier are not shown here."));
    }
    all.get(earlier..).unwrap_or_default()
}
