//! The weekly list of everything open, on one screen. It names cases by their numbers only.

use anyhow::Result;

use super::plain;
use crate::desk::Desk;
use crate::handlers::steps::weekly::{Open, OpenCase};
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, open_case, shown, texts};
use crate::rules::label::{Label, Labels};
use crate::store::applications::State;
use crate::store::held::Of;
use crate::store::people::Person;

/// What fits on a screen.
const CASES_MAX: usize = 8;
const OTHERS_MAX: usize = 4;

pub fn weekly(desk: &Desk<'_>, open: &Open, member: &Person) -> Result<Letter> {
    let mut labels = Labels::of(Label::Team);
    for case in open.cases.iter().take(CASES_MAX) {
        labels.join(&Labels::case(case.number));
    }
    let cases = open.cases.iter().take(CASES_MAX).map(|case| {
        let OpenCase { number, state, release_at, public_at, held_by, next } = case;
        let (step, due_at) = next.as_ref().map_or(("", None), |(title, due_at)| (title.as_str(), *due_at));
        let overdue = due_at.is_some_and(|at| at <= desk.now);
        let due = due_at.map(shown).unwrap_or_default();
        let public = public_at.map(shown).unwrap_or_default();
        let late = public_at.is_none() && *state != "released" && *release_at <= desk.now;
        let release = if late { format!("was due {}: NOT RELEASED", shown(*release_at)) } else { shown(*release_at) };
        let held = if held_by.is_empty() { String::new() } else { format!(", HELD by {held_by}") };
        open_case(&format!("{number}{held}"), state, step, &due, overdue, &release, &public)
    });
    let applications = open.applications.iter().map(|one| {
        let state = if one.state == State::Complete { "complete, waits for the team" } else { "not complete yet" };
        format!("application {}, of {}: {state}, since {}", one.id, one.called(), shown(one.changed_at))
    });
    let posts = open.posts.iter().map(|post| {
        let kind = if post.of == Of::Security { "report" } else { "post" };
        format!("{kind} {} has waited for a moderator since {}", post.id, shown(post.held_at))
    });
    let joining = open
        .joining
        .iter()
        .map(|one| format!("{} asked to join the team on {}", one.candidate.called(), shown(one.since)));
    let more = |count: usize, max: usize| count.saturating_sub(max);
    let values = Values::new()
        .labelled("cases", &labels, texts(cases))
        .labelled("more", &labels, more(open.cases.len(), CASES_MAX))
        .labelled("applications", &labels, texts(some(applications)))
        .labelled("posts", &labels, texts(some(posts)))
        .labelled("joining", &labels, texts(some(joining)))
        .labelled("count", &labels, open.count());
    Ok(plain(Kind::Reminder, member.mailbox(), desk.policy.letters.render(LetterName::Weekly, &values)?))
}

/// The first of them, and how many more there are.
fn some(all: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let count = all.len();
    let mut shown: Vec<String> = all.take(OTHERS_MAX).collect();
    if count > OTHERS_MAX {
        shown.push(format!("and {} more", count - OTHERS_MAX));
    }
    shown
}
