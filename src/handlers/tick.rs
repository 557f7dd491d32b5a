//! What is due without a mail to cause it. Everything is derived from the state of the tables: a tick that comes
//! late does the same as one in time, and one that comes twice does nothing.

use anyhow::{Result, ensure};
use jiff::Timestamp;

use super::advisories::clock;
use super::applications::{incomplete, membership, waiting};
use super::discuss::waiting::{self as posts, Overdue as OverduePost};
use super::{advisories, aside, bounces, certificates, joining, members, say, steps, uncertified};
use crate::desk::Desk;
use crate::mail::letter::Kind;
use crate::policy::Policy;
use crate::rules::checklist::Overdue;
use crate::rules::command::Role;
use crate::rules::label::CaseId;
use crate::rules::reminders;
use crate::store::Rows;
use crate::store::advisories::{ClockJump, HookRun};
use crate::store::applications::Application;
use crate::store::aside::SetAside;
use crate::store::bounces::Late;
use crate::store::certificates::{Change, Ending};
use crate::store::held::HeldPost;
use crate::store::joinings::{Joining, State};
use crate::store::members::{AddressChange, Drill, Member, MemberChange};
use crate::store::outbox::Trouble;
use crate::store::participants;
use crate::store::uncertified::{Uncertified, Wanted};

/// When the daily digest is written, in UTC: what it tells is there when people begin to work.
const DIGEST_HOUR: i64 = 6;

/// Something to do now. Each is done in a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Something of an advisory is to leave, or people are to hear of one.
    Advisory(advisories::Due),
    /// The team does not know yet of a delivery that will not happen.
    Trouble(Trouble),
    /// The team does not know yet of a delivery that is late.
    Late(Late),
    /// A letter waits for its reader's certificate, and they do not know.
    Uncertified(Uncertified),
    /// The team does not know yet of people whose certificate is missing, of this one first.
    Wanted {
        first: Wanted,
    },
    /// Nobody knows yet of a mail that could not be handled.
    Quarantined(SetAside),
    /// The daily digest of this hour has something to tell, of this mail first.
    Digest {
        hour: Timestamp,
        first: SetAside,
    },
    /// Nobody knows yet that answers have to wait, from this delivery on.
    Burst(i64),
    /// A program that is run after a release failed, and nobody was told.
    HookFailed(HookRun),
    HookMended(HookRun),
    /// The clock jumped, and nobody knows yet.
    ClockJumped(ClockJump),
    /// People have to be reminded of something in a case, or the desk has to do a step of it: the names of the causes.
    Case {
        case: CaseId,
        causes: String,
    },
    /// The list of everything open in the week that began then.
    Weekly(Timestamp),
    /// A certificate ends soon or has ended, and nobody was told.
    Ending(Ending),
    /// A certificate was replaced, or given without the operator, and nobody was told.
    Changed(Change),
    /// There is a certificate of somebody now who agreed to join the team.
    Joins(Joining),
    /// Nobody answered a request to join the team in time.
    Unanswered(Joining),
    /// An applicant has not sent for long what is missing.
    Incomplete(Application, Overdue),
    /// A complete application waits for the team; so many reminders were due by now.
    Undecided {
        application: Application,
        number: u32,
    },
    /// Nobody confirmed the address of a new member yet; so many reminders were due by now.
    Unconfirmed {
        member: Member,
        number: u32,
    },
    /// Nobody did in time.
    NeverConfirmed(Member),
    /// An organisation is to be on the list, and its address was not asked yet.
    Unasked(Member),
    /// Somebody changed the list of members, and nobody was told.
    MemberChanged(MemberChange),
    /// An operator wants a test letter written.
    Drill(Drill),
    /// Not both ends of a change of address said so in time.
    AddressExpired(AddressChange),
    /// Nobody decided about a post yet.
    Posted(HeldPost, OverduePost),
}

impl Due {
    /// The name of the event: all identifiers of what it causes derive from it.
    pub fn cause(&self) -> String {
        match self {
            Self::Advisory(due) => due.cause(),
            Self::Trouble(Trouble { id, releases: 0, .. }) => format!("trouble with delivery {id}"),
            Self::Trouble(Trouble { id, releases, .. }) => format!("trouble with delivery {id}, release {releases}"),
            Self::Late(Late { bounce, .. }) => format!("bounce {bounce}, hours late"),
            Self::Uncertified(Uncertified { delivery, releases, .. }) => {
                format!("certificate wanted by delivery {delivery}, release {releases}")
            }
            Self::Wanted { first } => {
                format!("team told of certificates from delivery {} on, release {}", first.delivery, first.releases)
            }
            Self::Quarantined(mail) => format!("mail {} set aside at {}", mail.inbox, mail.at),
            // A clock that was set back makes a second digest of the same hour, of other mail.
            Self::Digest { hour, first } => format!("digest of {hour} from mail {} of {} on", first.inbox, first.at),
            Self::Ending(ending) => certificates::cause(ending),
            Self::Changed(change) => format!("change {} of certificates", change.id),
            Self::Joins(request) => format!("request {} to join, with a certificate", request.id),
            Self::Unanswered(request) => format!("request {} to join, unanswered", request.id),
            Self::Incomplete(application, overdue) => incomplete::cause(application, *overdue),
            Self::Undecided { application, number } => {
                format!("application {} waits since {}, reminder {number}", application.id, application.changed_at)
            }
            Self::Unconfirmed { member, number } => format!("member {} unconfirmed, reminder {number}", member.id),
            Self::NeverConfirmed(member) => format!("member {} never confirmed", member.id),
            Self::Unasked(member) => format!("member {} to be asked", member.id),
            Self::MemberChanged(change) => format!("change {} of members", change.id),
            Self::Drill(drill) => format!("drill {}", drill.id),
            Self::AddressExpired(change) => format!("change {} of an address, expired", change.id),
            Self::Posted(post, overdue) => posts::cause(post, overdue),
            Self::ClockJumped(jump) => clock::cause(jump),
            Self::Burst(delivery) => format!("answers wait from delivery {delivery} on"),
            Self::HookMended(run) => format!("hook run {} worked after all, attempt {}", run.id, run.attempt),
            Self::HookFailed(run) => format!("hook run {} failed, attempt {}", run.id, run.attempt),
            Self::Case { case, causes } => format!("case {case}: {causes}"),
            Self::Weekly(week) => format!("everything open in the week of {week}"),
        }
    }
}

/// All that is due now.
pub fn due(rows: Rows<'_>, policy: &Policy, now: Timestamp) -> Result<Vec<Due>> {
    let Policy { profile, calendar, .. } = policy;
    let times = &profile.membership;
    let mut due: Vec<Due> = advisories::due(rows, policy, now)?.into_iter().map(Due::Advisory).collect();
    due.extend(rows.outbox().troubles()?.into_iter().map(Due::Trouble));
    due.extend(rows.advisories().untold_jump()?.map(Due::ClockJumped));
    due.extend(rows.bounces().late(now)?.into_iter().map(Due::Late));
    due.extend(rows.uncertified().untold(now)?.into_iter().map(Due::Uncertified));
    due.extend(rows.uncertified().wanted(now)?.into_iter().next().map(|first| Due::Wanted { first }));
    due.extend(rows.aside().untold()?.into_iter().map(Due::Quarantined));
    due.extend(rows.answers().untold_bursts()?.into_iter().map(Due::Burst));
    due.extend(rows.advisories().failed_hooks()?.into_iter().map(Due::HookFailed));
    due.extend(rows.advisories().mended_hooks()?.into_iter().map(Due::HookMended));
    due.extend(rows.certificates().endings(now)?.into_iter().map(Due::Ending));
    due.extend(rows.certificates().untold_changes()?.into_iter().map(Due::Changed));
    for request in rows.joinings().open()? {
        if request.state == State::Agreed && rows.certificates().usable_of(request.candidate.id, now)? {
            due.push(Due::Joins(request));
        } else if request.ends_at() <= now {
            due.push(Due::Unanswered(request));
        }
    }
    due.extend(incomplete::due(rows, profile, now)?.into_iter().map(|(it, overdue)| Due::Incomplete(it, overdue)));
    for application in rows.applications().waiting()? {
        let number = waiting::due(times, calendar, &application, now);
        if number > application.reminders {
            due.push(Due::Undecided { application, number });
        }
    }
    for member in rows.members().invited()? {
        let number = reminders::due_of(now, member.since, &times.confirm_reminders_days);
        if member.asks == 0 {
            due.push(Due::Unasked(member));
        } else if membership::ends_at(times, &member) <= now {
            due.push(Due::NeverConfirmed(member));
        } else if number > member.reminders {
            due.push(Due::Unconfirmed { member, number });
        }
    }
    due.extend(rows.members().untold_changes()?.into_iter().map(Due::MemberChanged));
    due.extend(rows.members().unsent_drills()?.into_iter().map(Due::Drill));
    let open = rows.members().open_address_changes()?;
    let over = open.into_iter().filter(|change| members::address_ends_at(times, change) <= now);
    due.extend(over.map(Due::AddressExpired));
    due.extend(posts::due(rows, &profile.discuss, now)?.into_iter().map(|(post, what)| Due::Posted(post, what)));
    let hour = digest_hour(now);
    due.extend(rows.aside().first_undigested(hour)?.map(|first| Due::Digest { hour, first }));
    due.extend(steps::due(rows, policy, now)?.into_iter().map(|(case, causes)| Due::Case { case, causes }));
    due.extend(steps::weekly::due(rows, policy, now)?.map(Due::Weekly));
    Ok(due)
}

/// The latest hour of a digest. It tells of what was set aside before it, however late it is written.
fn digest_hour(now: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 3600;
    let since_hour = (now.as_second() - DIGEST_HOUR * 3600).rem_euclid(DAY);
    Timestamp::from_second(now.as_second() - since_hour).unwrap_or(now)
}

/// Does one thing that is due.
pub fn tick(desk: &mut Desk<'_>, due: &Due) -> Result<()> {
    desk.goes_on()?; // What was stopped, and let go, is the same event again.
    match due {
        Due::Advisory(due) => advisories::act(desk, due),
        Due::Trouble(trouble) => tell_of_trouble(desk, trouble),
        Due::Late(late) => bounces::tell_of_delay(desk, late),
        Due::Uncertified(reader) => uncertified::ask(desk, reader),
        Due::Wanted { .. } => uncertified::tell_team(desk),
        Due::Quarantined(mail) => aside::tell_of_failure(desk, mail),
        Due::Digest { hour, .. } => aside::digest(desk, *hour),
        Due::Ending(ending) => certificates::tell_of_ending(desk, ending),
        Due::Changed(change) => certificates::tell_of_change(desk, change),
        Due::Joins(request) => joining::join(desk, request),
        Due::Unanswered(request) => joining::expire(desk, request),
        Due::Incomplete(application, overdue) => incomplete::tell(desk, application, *overdue),
        Due::Undecided { application, number } => waiting::remind(desk, application, *number),
        Due::Unconfirmed { member, number } => membership::remind(desk, member, *number),
        Due::NeverConfirmed(member) => membership::expire(desk, member),
        Due::Unasked(member) => membership::ask_first(desk, member),
        Due::MemberChanged(change) => members::tell_of_change(desk, change),
        Due::Drill(drill) => members::send_drill(desk, drill),
        Due::AddressExpired(change) => members::address_expired(desk, change),
        Due::Posted(post, overdue) => posts::tell(desk, post, overdue),
        Due::ClockJumped(jump) => clock::tell(desk, jump),
        Due::Burst(delivery) => tell_of_burst(desk, *delivery),
        Due::HookFailed(run) => tell_of_hook(desk, run, false),
        Due::HookMended(run) => tell_of_hook(desk, run, true),
        Due::Case { case, .. } => steps::act(desk, *case),
        Due::Weekly(week) => steps::weekly::tell(desk, *week),
    }
}

/// One alert for all answers that have to wait, however many there will be.
fn tell_of_burst(desk: &mut Desk<'_>, delivery: i64) -> Result<()> {
    let told = desk.rows.answers().told(delivery, desk.now)?;
    ensure!(told, "people were told that answers wait from delivery {delivery} on");
    let waiting = desk.rows.answers().waiting(desk.now)?;
    let until = desk.rows.answers().wait_until(desk.now)?.unwrap_or(desk.now);
    let detail = format!("{waiting} automatic answers wait");
    desk.record("desk", "none", "limit answers", &format!("delivery {delivery}"), &detail)?;
    for recipient in say::upkeep::team_and_operator(desk)? {
        let letter = say::upkeep::burst(desk, waiting, until, recipient)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// One of the operator's programs failed; or it worked after people were told so.
fn tell_of_hook(desk: &mut Desk<'_>, run: &HookRun, worked: bool) -> Result<()> {
    let runs = desk.rows.advisories();
    let first = if worked { runs.hook_mended_told(run.id)? } else { runs.hook_told(run.id, desk.now)? };
    ensure!(first, "people were told of hook {}", run.id);
    for recipient in say::upkeep::team_and_operator(desk)? {
        let letter = say::upkeep::hook_ended(desk, run, worked, recipient)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

fn tell_of_trouble(desk: &mut Desk<'_>, trouble: &Trouble) -> Result<()> {
    let told = desk.rows.outbox().told(trouble.id, desk.now)?;
    if !told {
        return Ok(()); // An operator was faster, and released it.
    }
    if trouble.blocked && has_left(desk, trouble)? {
        let object = format!("delivery {}", trouble.id);
        let detail = format!("{} is not to get it any more; nobody is told", trouble.recipient);
        return desk.record("desk", "none", "stopped", &object, &detail);
    }
    let act = if trouble.blocked { "blocked" } else { "undeliverable" };
    let object = format!("delivery {}", trouble.id);
    desk.record("desk", "none", act, &object, &format!("{} to {}", trouble.kind.as_str(), trouble.recipient))?;
    for member in desk.rows.people().team()? {
        // Whoever cannot be reached will not be reached by a letter that says so.
        if member.person.address != trouble.recipient {
            let letter = say::trouble(desk, trouble, &member.person)?;
            desk.send(&letter, trouble.case)?;
        }
    }
    Ok(())
}

/// Whether the team removed its reader from the case, or from the list of members, while a letter was on its way: that is as it should be. A discoverer
/// is only ever replaced.
fn has_left(desk: &Desk<'_>, trouble: &Trouble) -> Result<bool> {
    let as_member = matches!(trouble.kind, Kind::Predisclosure | Kind::Release);
    let Some(case) = trouble.case.filter(|_| !as_member) else {
        return members::is_off_the_list(desk, &trouble.recipient);
    };
    let Some(person) = desk.rows.people().by_address(&trouble.recipient)? else { return Ok(false) };
    let in_case = desk.rows.participants().get(case, person.id)?;
    Ok(in_case.is_some_and(|participant| {
        participant.state != participants::State::Active && participant.role != Role::Reporter
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::desk::House;
    use crate::desk::testing::house;
    use crate::mail::address::Mailbox;
    use crate::mail::letter::{Letter, Thread};

    use crate::rules::label::Text;

    use crate::store::testing::{Scratch, scratch};

    /// A desk with a team of two and one letter to Dana that the mail server refused.
    async fn refused() -> (Scratch, Arc<Policy>, Arc<House>) {
        let policy = Arc::new(Policy::load("xen", None, None, "example.org").unwrap());
        let house = Arc::new(house());
        let scratch = scratch();
        let (with, at) = ((Arc::clone(&policy), Arc::clone(&house)), now());
        scratch
            .store
            .write(move |rows| {
                for name in ["alice", "bob"] {
                    let person = rows.people().find_or_add(name, &format!("{name}@example.org").parse()?)?;
                    rows.people().join_team(person.id, false, at)?;
                }
                let letter = Letter {
                    kind: Kind::Acknowledgement,
                    from_name: None,
                    to: vec![Mailbox::bare("dana@example.net".parse()?)],
                    subject: Text::public("Hello".into()),
                    body: Text::public("Hello".into()),
                    enclosures: Vec::new(),
                    thread: Thread::default(),
                    slots: Default::default(),
                    reply_to: None,
                    answers_to: None,
                    blind: Vec::new(),
                    post: None,
                    cc: Vec::new(),
                    advisory: None,
                };
                Desk::new(rows, &with.0, &with.1, at, "test".into()).send(&letter, None)?;
                let delivery = rows.outbox().next_due(at, &[])?.unwrap().id;
                rows.outbox().sending(delivery, None)?;
                rows.outbox().fail(delivery, at, "550 5.1.1 no such user")
            })
            .await
            .unwrap();
        (scratch, policy, house)
    }

    fn now() -> jiff::Timestamp {
        "2026-12-07T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_digest_is_of_the_latest_six_o_clock() {
        for (now, hour) in [
            ("2026-12-07T06:00:00Z", "2026-12-07T06:00:00Z"),
            ("2026-12-07T05:59:59Z", "2026-12-06T06:00:00Z"),
            ("2026-12-07T23:59:59Z", "2026-12-07T06:00:00Z"),
            ("1969-12-31T06:00:01Z", "1969-12-31T06:00:00Z"),
        ] {
            assert_eq!(digest_hour(now.parse().unwrap()), hour.parse().unwrap(), "{now}");
        }
    }

    #[tokio::test]
    async fn the_team_hears_once_of_a_letter_that_was_refused() {
        let (scratch, policy, house) = refused().await;
        for expected in [1, 0] {
            let (policy, house) = (Arc::clone(&policy), Arc::clone(&house));
            let done = scratch
                .store
                .write(move |rows| {
                    let mut all = due(rows, &policy, now())?;
                    all.retain(|due| matches!(due, Due::Trouble(_)));
                    for due in &all {
                        tick(&mut Desk::new(rows, &policy, &house, now(), due.cause()), due)?;
                    }
                    Ok(all.len())
                })
                .await
                .unwrap();
            assert_eq!(done, expected);
        }
        let deliveries = scratch.store.read(|rows| rows.outbox().list()).await.unwrap();
        let alerts: Vec<&str> = deliveries.iter().filter(|d| d.kind == "alert").map(|d| d.to.as_str()).collect();
        assert_eq!(alerts, ["alice@example.org", "bob@example.org"]);
        let alert = scratch.store.read(|rows| rows.outbox().letter(2)).await.unwrap().letter;
        for said in
            ["550 5.1.1 no such user", "the note to its writer that a mail arrived", "embargod outbox release 1\n"]
        {
            assert!(alert.body.value().contains(said), "{}", alert.body.value());
        }
    }
}
