//! Posts that nobody decides about: moderators are reminded, and in the end the author gets the post back. A report of a
//! stranger never ends so: moderators are reminded of it for as long as it waits.

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};

use super::{alert, moderators};
use crate::desk::Desk;
use crate::handlers::{report, say};
use crate::policy::discuss::Discuss;
use crate::rules::reminders;
use crate::store::Rows;
use crate::store::held::{Closing, HeldPost, Of, State};

/// What is due of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// So many reminders were due by now.
    Remind(u32),
    Return,
}

/// All posts of which something is due now. Only those are looked at, however many wait.
pub fn due(rows: Rows<'_>, discuss: &Discuss, now: Timestamp) -> Result<Vec<(HeldPost, Overdue)>> {
    let ended = before(now, u64::from(discuss.return_days));
    let returned = rows.held().held_by(Of::Discuss, ended)?;
    let mut due: Vec<(HeldPost, Overdue)> = returned.into_iter().map(|post| (post, Overdue::Return)).collect();
    for of in [Of::Discuss, Of::Security] {
        let most = rows.held().most_reminders(of)?;
        for reminders in 0..=most {
            let Some(days) = days_until(discuss, of, reminders) else { break };
            for post in rows.held().reminded_and_held_by(of, reminders, before(now, days))? {
                let number = number(discuss, &post, now);
                if number > reminders && !(of == Of::Discuss && post.held_at <= ended) {
                    due.push((post, Overdue::Remind(number)));
                }
            }
        }
    }
    Ok(due)
}

fn before(now: Timestamp, days: u64) -> Timestamp {
    let hours = i64::try_from(days.saturating_mul(24)).unwrap_or(i64::MAX / 3600);
    now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

/// After how many days the next reminder is due, where there were so many.
fn days_until(discuss: &Discuss, of: Of, reminders: u32) -> Option<u64> {
    let fixed: Vec<u64> = discuss.remind_days.iter().map(|days| u64::from(*days)).collect();
    let every = u64::from(discuss.return_days.max(1));
    let number = |days: u64| {
        let of_fixed = fixed.iter().filter(|fixed| **fixed <= days).count() as u64;
        if of == Of::Discuss { of_fixed } else { of_fixed + days / every }
    };
    let wanted = u64::from(reminders) + 1;
    let first = wanted.saturating_sub(fixed.len() as u64).max(1);
    let regular = (first..=wanted).map(|count| count * every).filter(|_| of == Of::Security);
    fixed.iter().copied().chain(regular).filter(|days| number(*days) >= wanted).min()
}

/// How many reminders of a post were due by now.
fn number(discuss: &Discuss, post: &HeldPost, now: Timestamp) -> u32 {
    let fixed = reminders::due_of(now, post.held_at, &discuss.remind_days);
    match post.of {
        Of::Discuss => fixed,
        Of::Security => {
            let first = reminders::days_later(post.held_at, discuss.return_days);
            fixed.saturating_add(reminders::due_by(now, first, discuss.return_days))
        }
    }
}

/// The name of the event.
pub fn cause(post: &HeldPost, overdue: &Overdue) -> String {
    match overdue {
        Overdue::Remind(number) => format!("post {} waits, reminder {number}", post.id),
        Overdue::Return => format!("post {} is returned", post.id),
    }
}

pub fn tell(desk: &mut Desk<'_>, post: &HeldPost, overdue: &Overdue) -> Result<()> {
    match overdue {
        Overdue::Remind(number) => remind(desk, post, *number),
        Overdue::Return => give_back(desk, post),
    }
}

fn remind(desk: &mut Desk<'_>, post: &HeldPost, number: u32) -> Result<()> {
    let reminded = desk.rows.held().reminded(post.id, post.reminders, number)?;
    ensure!(reminded, "moderators were reminded of post {} meanwhile", post.id);
    desk.record("desk", "none", "remind moderators", &format!("post {}", post.id), &format!("reminder {number}"))?;
    let moderators = moderators(desk)?;
    let last = post.of == Of::Discuss && usize::try_from(number)? >= desk.policy.profile.discuss.remind_days.len();
    for moderator in &moderators {
        let letter = say::discuss::reminder(desk, post, last, moderator)?;
        desk.send(&letter, None)?;
    }
    if moderators.is_empty() { alert(desk, post) } else { Ok(()) }
}

/// Its author hears that nobody decided, and the moderators do.
fn give_back(desk: &mut Desk<'_>, post: &HeldPost) -> Result<()> {
    let closing = Closing { state: State::Expired, by: None, reason: "", at: desk.now };
    ensure!(desk.rows.held().close(post.id, &closing)?, "post {} was decided meanwhile", post.id);
    desk.record("desk", "none", "return", &format!("post {}", post.id), "nobody decided in time")?;
    let told = return_to_author(desk, post)?;
    for moderator in moderators(desk)? {
        let letter = say::discuss::expired(desk, post, told, &moderator)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// Gives whether they are told: whoever is not proven to have written it hears nothing.
fn return_to_author(desk: &mut Desk<'_>, post: &HeldPost) -> Result<bool> {
    let Some(person) = post.person else { return Ok(false) };
    let person = desk.rows.people().get(person)?;
    if !report::is_a_persons(desk, &person.address, std::iter::empty()) {
        return Ok(false);
    }
    let letter = say::discuss::returned(desk, post, &person)?;
    desk.send(&letter, None)?;
    Ok(true)
}
