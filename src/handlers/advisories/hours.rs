//! Tests: from the approval to the end of the embargo, and what comes between.
#![cfg(test)]

use super::scene::*;
use crate::mail::letter::{Audience, Kind};
use crate::rules::life::State;
use crate::rules::schedule::Proposal;
use crate::store::Rows;
use crate::store::advisories::Stage;
use crate::store::members::By;
use crate::store::members::State::{Active, Suspended};
use crate::store::testing::tamper;

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_is_approved_goes_to_the_members_at_once_and_at_the_hour_to_everybody() {
    let mut scene = Scene::open().await;
    let draft = scene.drafts(1, false).await;
    assert!(scene.ticks().await.is_empty(), "nobody approved it");
    scene.approves(draft).await;
    let left = scene.ticks().await;
    let [members] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert_eq!(readers(members), MEMBERS.map(|(_, address)| address));
    assert_eq!(members.letter.to[0].address.as_str(), LIST);
    assert_eq!(
        members.letter.subject.value(),
        "[EMBARGOED until Tue 2026-12-15 12:00 UTC] Xen Security Advisory 480 v1 (CVE-2026-12345) - stale mapping of a grant"
    );
    assert_eq!(members.letter.advisory.map(|it| (it.version, it.text)), Some((draft, Audience::Members)));
    assert!(flat(&members.text()).contains("You may say only that an issue exists"), "{}", members.text());
    assert_eq!((left.len(), scene.state().await), (1, State::Predisclosed));
    assert!(scene.ticks().await.is_empty(), "nothing is due twice");

    scene.delivers("").await;
    scene.after(0).await;
    assert_eq!(scene.next().await, Some(at("2026-12-14T12:00:00Z")), "a day before the release it is looked at");
    assert!(of(&scene.until("2026-12-15T11:59:59.999Z").await, Kind::Release).is_empty());
    assert_eq!(scene.next().await, Some(at(RELEASE)));
    let left = scene.until(RELEASE).await;
    let [public, copy] = of(&left, Kind::Release)[..] else { panic!("two letters") };
    let lists = ["xen-announce", "xen-devel", "xen-users"].map(|name| format!("{name}@lists.example.org"));
    assert_eq!(readers(public)[..3], lists);
    assert_eq!(public.letter.cc[0].address.as_str(), "security@example.org");
    assert_eq!(
        public.letter.subject.value(),
        "Xen Security Advisory 480 v2 (CVE-2026-12345) - stale mapping of a grant",
        "the public version is the next one"
    );
    assert_eq!((&public.letter.thread, public.letter.body.value().as_str()), (&Default::default(), ""));
    assert_eq!(readers(copy), MEMBERS.map(|(_, address)| address));
    assert_eq!(copy.letter.advisory, public.letter.advisory);
    let told: Vec<&str> = of(&left, Kind::Notice).into_iter().flat_map(readers).collect();
    assert_eq!(told, [ALICE, BOB, DANA, "carol@example.com"]);
    let dana = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [DANA]).unwrap();
    assert_eq!(dana.letter.enclosures.len(), 1, "the text is attached");
    assert_eq!(scene.state().await, State::Released);
    assert_eq!(scene.version(draft).await.stage, Stage::Released);
    assert!(scene.ticks().await.is_empty(), "nothing is due twice");
}

#[tokio::test]
async fn a_hold_over_the_hour_lets_nothing_leave_until_it_ends() {
    let mut scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene.holds().await;
    assert!(scene.ticks().await.is_empty());
    for then in [RELEASE, "2026-12-15T13:30:00Z"] {
        let left = scene.until(then).await;
        assert!(of(&left, Kind::Release).is_empty() && of(&left, Kind::Predisclosure).is_empty(), "{then}");
    }
    scene.unholds().await;
    let left = scene.ticks().await;
    assert_eq!(
        (of(&left, Kind::Release).len(), of(&left, Kind::Predisclosure).len()),
        (2, 0),
        "members get it as public"
    );
    assert_eq!(scene.version(version).await.released_at, Some(scene.now));
    let team = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [ALICE]).unwrap().text();
    assert!(flat(&team).contains("Its hour was Tue 2026-12-15 12:00 UTC."), "{team}");
}

#[tokio::test]
async fn a_newer_draft_blocks_nothing_and_one_that_is_approved_takes_the_place_of_the_one_before() {
    let mut scene = Scene::open().await;
    let first = scene.approved(1).await;
    scene.ticks().await;
    let second = scene.drafts(2, false).await;
    assert!(of(&scene.after(1).await, Kind::Predisclosure).is_empty());
    scene.approves(second).await;
    let left = scene.after(1).await;
    let [members] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert!(flat(&members.text()).contains("takes the place of every earlier version"), "{}", members.text());
    let third = scene.drafts(3, false).await;
    let left = scene.until(RELEASE).await;
    let released = of(&left, Kind::Release)[0];
    assert_eq!(released.letter.advisory.unwrap().version, second);
    assert!(released.text().starts_with("Xen Security Advisory 480 v3"), "{}", released.text());
    assert!(scene.version(first).await.void_at.is_some(), "it is not released after the other");
    assert!(scene.version(third).await.void_at.is_some(), "it says that there is an embargo");
    let all = scene.writes(|rows| rows.advisories().of_number(NUMBER)).await;
    let anew = all.last().unwrap();
    assert_eq!((anew.version, anew.embargo_until, anew.stage), (4, None, Stage::Draft));
}

#[tokio::test]
async fn what_was_approved_with_other_dates_does_not_leave() {
    let scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene
        .writes(|rows| {
            let from = rows.cases().get(CASE)?.unwrap().proposal;
            let to = crate::rules::schedule::Proposal { release_at: at("2026-12-16T12:00:00Z"), ..from };
            rows.embargoes().set_dates(CASE, from, to, Some(at("2026-12-08T12:00:00Z")))
        })
        .await;
    assert!(of(&scene.ticks().await, Kind::Predisclosure).is_empty());
    let stopped = scene.version(version).await;
    assert!(stopped.stage == Stage::Approved && stopped.void_at.is_some(), "{stopped:?}");
    let all = scene.writes(|rows| rows.advisories().of_number(NUMBER)).await;
    let anew = all.last().unwrap();
    assert!(anew.id != version && anew.stage == Stage::Draft, "it is to be approved again: {anew:?}");
    assert_eq!(anew.embargo_until, Some(at("2026-12-16T12:00:00Z")));
}

#[tokio::test]
async fn without_an_embargo_an_approved_version_is_released_at_once_and_so_is_the_next() {
    let mut scene = Scene::open().await;
    let now = scene.now;
    scene.writes(move |rows| rows.cases().go(CASE, State::Embargoed, State::Public, now)).await;
    scene.writes(move |rows| rows.embargoes().became_known(CASE, crate::store::embargoes::Known::Exploited, now)).await;
    let first = scene.approved(1).await;
    let left = scene.ticks().await;
    assert_eq!((of(&left, Kind::Release).len(), of(&left, Kind::Predisclosure).len()), (2, 0));
    assert_eq!(scene.version(first).await.current(), 1);
    let second = scene.approved(2).await;
    let left = scene.after(60).await;
    assert_eq!(of(&left, Kind::Release)[0].letter.advisory.unwrap().version, second);
    let dana = of(&left, Kind::Notice).into_iter().find(|one| readers(one) == [DANA]).unwrap().text();
    assert!(flat(&dana).contains("there is another version"), "{dana}");
}

#[tokio::test]
async fn after_the_clock_jumped_nothing_leaves_before_a_person_says_that_it_is_right() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    scene.writes(|rows| crate::store::testing::clock_jumped(rows, "2026-12-08T12:00:00Z", 7200)).await;
    assert!(of(&scene.ticks().await, Kind::Predisclosure).is_empty());
    assert!(of(&scene.until(RELEASE).await, Kind::Release).is_empty());
    let now = scene.now;
    assert!(scene.writes(move |rows| rows.advisories().clock_is_right(ALICE, now)).await);
    assert_eq!(of(&scene.ticks().await, Kind::Release).len(), 2);
}

#[tokio::test]
async fn unapproved_at_the_hour_nothing_leaves_and_the_team_is_alarmed_every_hour() {
    let mut scene = Scene::open().await;
    let alarm = |left: &[Left]| -> Option<String> {
        let alarms = of(left, Kind::Alert);
        let readers: Vec<&str> = alarms.iter().flat_map(|one| readers(one)).collect();
        assert!(readers.is_empty() || readers == [ALICE, BOB], "{readers:?}");
        alarms.first().map(|one| flat(&one.text()))
    };
    assert_eq!(alarm(&scene.until("2026-12-14T11:59:59Z").await), None);
    let day = alarm(&scene.until("2026-12-14T12:00:00Z").await).unwrap();
    assert!(day.contains("within a day") && day.contains("XSA-480: nothing is drafted"), "{day}");
    assert_eq!(alarm(&scene.after(60).await), None);
    let draft = scene.drafts(1, false).await;
    let digest = scene.version(draft).await.digest;
    let hour = alarm(&scene.until("2026-12-15T11:00:00Z").await).unwrap();
    assert!(
        hour.contains("nobody approved it yet") && hour.contains(&format!("“approve {}”", &digest[..16])),
        "{hour}"
    );
    let mut late = Vec::new();
    for minutes in [60, 59, 1, 60, 600] {
        let left = scene.after(minutes).await;
        assert!(of(&left, Kind::Release).is_empty());
        late.extend(alarm(&left).map(|text| (scene.now.to_string(), text)));
    }
    let when: Vec<&str> = late.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(when, [RELEASE, "2026-12-15T13:00:00Z", "2026-12-15T14:00:00Z", "2026-12-16T00:00:00Z"]);
    assert!(late[0].1.contains("NOT released on Tue 2026-12-15 12:00 UTC"), "{}", late[0].1);
    assert_eq!(scene.next().await, Some(at("2026-12-16T01:00:00Z")));
    assert!(
        scene.version(draft).await.void_at.is_some(),
        "it is written anew: members get no text of their own any more"
    );
    let draft = scene.drafts(1, false).await;
    scene.approves(draft).await;
    let left = scene.after(1).await;
    assert_eq!((of(&left, Kind::Release).len(), alarm(&left)), (2, None));
    assert_eq!(alarm(&scene.after(20).await), None, "it is released");
}

#[tokio::test]
async fn what_holds_a_release_is_said_and_what_is_ready_alarms_nobody() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    scene.ticks().await;
    assert!(of(&scene.until("2026-12-14T12:00:00Z").await, Kind::Alert).is_empty(), "all is ready");
    scene.holds().await;
    let left = scene.until("2026-12-15T11:00:00Z").await;
    let text = flat(&of(&left, Kind::Alert)[0].text());
    assert!(text.contains("alice has held it since") && !text.contains("migration"), "{text}");
    let members = "The members have version 1 and may publish on Tue 2026-12-15 12:00 UTC; the discoverer expects that hour, \
                   too. “!embargo DATE WHY” tells the discoverer; the members hear of it only by a new version, which you have \
                   to approve before that.";
    assert!(text.contains(members), "{text}");
    scene.unholds().await;
    scene.writes(|rows| crate::store::testing::clock_jumped(rows, "2026-12-15T11:30:00Z", 7200)).await;
    let text = flat(&of(&scene.until(RELEASE).await, Kind::Alert)[0].text());
    assert!(text.contains("The clock of the machine jumped on Tue 2026-12-15 11:30 UTC"), "{text}");
    let members = "The members have version 1 and have been free to publish since Tue 2026-12-15 12:00 UTC.";
    assert!(text.contains(members) && !text.contains("those who know of the case are told"), "{text}");
}

#[tokio::test]
async fn the_team_hears_how_a_version_gets_on_to_the_members() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    let started = scene.now;
    scene.ticks().await;
    scene.delivers(MEMBERS[1].1).await;
    assert!(scene.after(29).await.is_empty(), "one still waits");
    assert_eq!(scene.next().await, started.checked_add(jiff::SignedDuration::from_mins(30)).ok());
    let left = scene.after(1).await;
    let told: Vec<&str> = left.iter().flat_map(readers).collect();
    assert_eq!(told, [ALICE, BOB]);
    let text = flat(&left[0].text());
    assert!(text.contains("Mail servers took 2 of 3") && text.contains("- Pony Hosting"), "{text}");
    assert!(scene.after(600).await.is_empty(), "once");
    scene.refuses(MEMBERS[1].1, "550 5.1.1 no such user").await;
    let left = scene.after(1).await;
    let text = left.iter().map(|one| flat(&one.text())).find(|text| text.contains("did not get it")).unwrap();
    assert!(text.contains("- Pony Hosting: 550 5.1.1 no such user"), "{text}");
    assert!(scene.after(60).await.is_empty(), "once");
}

#[tokio::test]
async fn who_joins_under_embargo_gets_what_the_others_have_when_somebody_says_so() {
    let mut scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene.ticks().await;
    scene.delivers("").await;
    scene.after(1).await;
    let told = scene.joins("Horse Linux", "security@horse.example.net").await;
    let readers_of: Vec<&str> = told.iter().flat_map(readers).collect();
    assert_eq!(readers_of, [ALICE, BOB]);
    assert!(flat(&told[0].text()).contains("“!predisclose security@horse.example.net”"), "{}", told[0].text());
    let left = scene.sends_current("Horse Linux").await;
    let [copy] = of(&left, Kind::Predisclosure)[..] else { panic!("one letter") };
    assert_eq!(readers(copy), ["security@horse.example.net"]);
    assert_eq!(copy.letter.advisory.unwrap().version, version);
    assert!(of(&scene.sends_current("Horse Linux").await, Kind::Predisclosure).is_empty(), "once");
    assert!(of(&scene.sends_current("Dino Systems").await, Kind::Predisclosure).is_empty(), "it has it");
    scene.refuses("security@horse.example.net", "550 5.1.1 no such user").await;
    scene.after(1).await;
    assert_eq!(of(&scene.sends_current("Horse Linux").await, Kind::Predisclosure).len(), 1, "it did not get it");
    scene.holds().await;
    assert!(scene.sends_current("Dino Systems").await.is_empty());
    let told = scene.joins("Late Linux", "security@late.example.net").await;
    let text = flat(&told[0].text());
    assert!(text.contains("and the members have it already") && text.contains("XSA-480 is held: if they"), "{text}");
    scene.unholds().await;
    scene.writes(move |rows| rows.advisories().void(version, "the dates changed", at("2026-12-08T13:00:00Z"))).await;
    let told = scene.joins("Last Linux", "security@last.example.net").await;
    let text = flat(&told[0].text());
    assert!(text.contains("XSA-480 waits for approval: they get the version that is approved next"), "{text}");
}

#[tokio::test]
async fn who_joins_gets_nothing_that_the_clock_stops_or_that_is_not_approved_any_more() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    scene.ticks().await;
    scene.joins("Horse Linux", "security@horse.example.net").await;
    scene.writes(|rows| crate::store::testing::clock_jumped(rows, "2026-12-08T12:00:00Z", 7200)).await;
    assert!(scene.sends_current("Horse Linux").await.is_empty(), "the clock is in doubt");
    let now = scene.now;
    assert!(scene.writes(move |rows| rows.advisories().clock_is_right(ALICE, now)).await);
    scene.wants_approvals(2);
    assert!(scene.sends_current("Horse Linux").await.is_empty(), "one more has to approve it");
    scene.wants_approvals(1);
    assert_eq!(of(&scene.sends_current("Horse Linux").await, Kind::Predisclosure).len(), 1);
}

#[tokio::test]
async fn who_is_on_the_list_again_is_told_of_to_the_team_as_somebody_new() {
    let mut scene = Scene::open().await;
    let now = scene.now;
    let pony = scene
        .writes(move |rows| {
            let pony = rows.members().all()?.into_iter().find(|member| member.name == "Pony Hosting").unwrap();
            rows.members().change(pony.id, Active, Suspended, now)?;
            rows.members().get(pony.id)
        })
        .await;
    scene.approved(1).await;
    assert_eq!(of(&scene.ticks().await, Kind::Predisclosure)[0].to.len(), 2);
    scene.delivers("").await;
    scene.after(1).await;
    let by = By { actor: ALICE, evidence: "signed", called: "Alice", history: None };
    scene.writes(move |rows| rows.resumes(&pony, by, now)).await;
    let left = scene.ticks().await;
    let told: Vec<&str> =
        left.iter().filter(|one| one.text().contains("“!predisclose security@pony")).flat_map(readers).collect();
    assert_eq!(told, [ALICE, BOB]);
    assert_eq!(of(&scene.sends_current("Pony Hosting").await, Kind::Predisclosure).len(), 1);
}

/// The alarms about a release that did not happen: to whom.
fn alarmed(left: &[Left]) -> Vec<&str> {
    let alarms = of(left, Kind::Alert).into_iter().filter(|one| one.text().contains("NOT released"));
    alarms.flat_map(readers).collect()
}

#[tokio::test]
async fn what_a_release_leaves_behind_is_not_forgotten() {
    let mut scene = Scene::open().await;
    let now = scene.now;
    scene
        .writes(move |rows| {
            let alice = rows.people().by_address(&ALICE.parse()?)?.unwrap().id;
            rows.facts().number(CASE, 481, alice, now)
        })
        .await;
    scene.approved(1).await;
    let second = scene.drafts_of(481, 1, false).await;
    scene.approves(second).await;
    scene.ticks().await;
    scene.delivers("").await;
    scene.writes(move |rows| rows.advisories().void(second, "the patches changed", now)).await;
    scene.until("2026-12-15T11:00:00Z").await;
    let left = scene.until(RELEASE).await;
    assert_eq!((of(&left, Kind::Release).len(), scene.state().await), (2, State::Released));
    assert_eq!(alarmed(&left), [ALICE, BOB], "at once");
    let text = of(&left, Kind::Alert).into_iter().map(|one| flat(&one.text())).next().unwrap();
    assert!(text.contains("XSA-481: nothing is drafted") && !text.contains("XSA-480"), "{text}");
    assert!(text.contains("The members have version 1, which is void."), "{text}");
    assert!(text.contains("Others of the case are public already."), "{text}");
    let told = scene.joins("Horse Linux", "security@horse.example.net").await;
    assert!(told.iter().any(|one| one.text().contains("has not got XSA-481")), "members have it under embargo");
    assert!(!told.iter().any(|one| one.text().contains("has not got XSA-480")));
    assert!(alarmed(&scene.after(59).await).is_empty());
    assert_eq!(alarmed(&scene.after(1).await), [ALICE, BOB]);
    assert_eq!(alarmed(&scene.until("2026-12-17T11:00:00Z").await), [ALICE, BOB]);
    assert!(alarmed(&scene.until("2026-12-17T11:59:59Z").await).is_empty(), "every day after the first");
    assert_eq!(alarmed(&scene.until("2026-12-17T12:00:00Z").await), [ALICE, BOB]);
    let last = scene.drafts_of(481, 2, false).await;
    scene.approves(last).await;
    let left = scene.after(1).await;
    assert_eq!((of(&left, Kind::Release).len(), scene.version(last).await.stage), (2, Stage::Released));
    assert!(alarmed(&scene.after(48 * 60).await).is_empty());
}

#[tokio::test]
async fn of_all_cases_that_were_over_before_the_desk_looked_there_is_one_letter() {
    let mut scene = Scene::open().await;
    let now = scene.now;
    scene
        .writes(move |rows| {
            for _ in 0..2 {
                let proposal =
                    Proposal { predisclosure_at: at("2026-11-01T12:00:00Z"), release_at: at("2026-11-10T12:00:00Z") };
                let case = rows.cases().open("Old", false, now, proposal)?;
                assert!(rows.cases().go(case, State::Triage, State::Embargoed, now)?);
            }
            Ok(())
        })
        .await;
    let left = scene.ticks().await;
    assert_eq!(alarmed(&left), [ALICE, BOB]);
    let text = flat(&of(&left, Kind::Alert)[0].text());
    assert!(text.contains("case 2") && text.contains("So it is of case 3"), "{text}");
    assert!(text.contains("this is the only letter about it"), "{text}");
    for _ in 0..3 {
        assert!(alarmed(&scene.after(24 * 60).await).is_empty());
    }
}

#[tokio::test]
async fn without_a_list_of_members_nobody_is_told_before_the_release() {
    let mut scene = Scene::open().await.without_members();
    let version = scene.approved(1).await;
    let drafted = scene.version(version).await;
    assert!(!drafted.manifest.contains("member"), "{}", drafted.manifest);
    assert!(scene.ticks().await.is_empty() && scene.after(60).await.is_empty());
    assert_eq!(scene.version(version).await.stage, Stage::Approved);
    let left = scene.until(RELEASE).await;
    let [public] = of(&left, Kind::Release)[..] else { panic!("one letter") };
    assert!(public.text().starts_with("Xen Security Advisory 480 v1 "), "{}", public.text());
}

#[tokio::test]
async fn a_release_that_does_not_come_back_from_a_list_that_is_read_alarms_the_team_once() {
    for comes_back in [false, true] {
        let mut scene = Scene::open().await;
        scene.approved(1).await;
        let left = scene.until(RELEASE).await;
        let public = of(&left, Kind::Release)[0].identifier.clone();
        scene.delivers("").await;
        if comes_back {
            scene.comes_back(&public, "xen-announce@lists.example.org").await;
        }
        assert!(of(&scene.after(29).await, Kind::Alert).is_empty());
        let left = scene.after(1).await;
        let alarms = of(&left, Kind::Alert);
        assert_eq!(alarms.len(), if comes_back { 0 } else { 2 });
        if let Some(alarm) = alarms.first() {
            let text = flat(&alarm.text());
            assert!(text.contains("- xen-announce@lists.example.org: its mail server took it on Tue"), "{text}");
            assert!(!text.contains("xen-devel"), "that one is not read: {text}");
        }
        assert!(of(&scene.after(60).await, Kind::Alert).is_empty(), "once");
    }
}

#[tokio::test]
async fn a_public_advisory_without_a_cve_number_is_a_reminder_every_week() {
    let mut scene = Scene::open().await;
    scene.approved(1).await;
    scene.until(RELEASE).await;
    let reminded = |left: Vec<Left>| left.iter().filter(|one| one.text().contains("has no CVE number")).count();
    assert_eq!(reminded(scene.reminders("2026-12-17T11:59:00Z").await), 0);
    assert_eq!(reminded(scene.reminders("2026-12-17T12:00:00Z").await), 2, "the whole team, two working days later");
    assert_eq!(reminded(scene.reminders("2026-12-24T11:00:00Z").await), 0);
    assert_eq!(reminded(scene.reminders("2027-01-14T12:00:00Z").await), 2, "the latest of several");
    let now = scene.now;
    scene
        .writes(move |rows| {
            let alice = rows.people().by_address(&ALICE.parse()?)?.unwrap().id;
            rows.cases().set_number(CASE, "CVE-2026-12345", None, alice, now).map(drop)
        })
        .await;
    assert_eq!(reminded(scene.reminders("2027-02-14T12:00:00Z").await), 0);
}

#[tokio::test]
async fn nothing_leaves_while_the_outbox_is_paused_and_the_alarm_says_so() {
    let mut scene = Scene::open().await;
    let version = scene.approved(1).await;
    let now = scene.now;
    assert!(scene.writes(move |rows| rows.pause().set(now, "desk")).await);
    assert!(scene.ticks().await.is_empty());
    let alarm = scene.until("2026-12-14T12:00:00Z").await;
    let text = flat(&of(&alarm, Kind::Alert)[0].text());
    assert!(
        text.contains("The outbox has been paused since Tue 2026-12-08 12:00 UTC: nothing leaves before"),
        "{text}"
    );
    let left = scene.until(RELEASE).await;
    assert!(of(&left, Kind::Release).is_empty() && of(&left, Kind::Predisclosure).is_empty());
    let untouched = scene.version(version).await;
    assert_eq!((untouched.stage, scene.state().await), (Stage::Approved, State::Embargoed));
    assert!(scene.writes(|rows| rows.pause().lift()).await);
    assert_eq!(of(&scene.ticks().await, Kind::Release).len(), 2);
}

#[tokio::test]
async fn what_could_not_be_signed_is_not_released_and_the_team_hears_of_it_a_day_before() {
    let mut scene = Scene::open().await;
    let version = scene.approved(1).await;
    scene.ticks().await;
    let unsign = move |rows: Rows<'_>| {
        tamper(rows, &format!("UPDATE advisory_version SET public_signed = NULL WHERE id = {}", version.0), &[])
    };
    assert_eq!(scene.writes(unsign).await, 1);
    let alarm = scene.until("2026-12-14T12:00:00Z").await;
    let text = flat(&of(&alarm, Kind::Alert)[0].text());
    assert!(text.contains("XSA-480: version 1 is approved, and could not be signed"), "{text}");
    assert!(of(&scene.until(RELEASE).await, Kind::Release).is_empty());
    scene.signs(version).await;
    assert_eq!(of(&scene.ticks().await, Kind::Release).len(), 2);
}
