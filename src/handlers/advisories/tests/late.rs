//! What is approved after its hour, which members did not get before.

use super::*;
use crate::advisory::facts::Deployment;
use crate::handlers::advisories::drafting::after_the_hour;
use crate::policy::letters::shown;

#[tokio::test]
async fn what_nobody_approved_by_its_hour_is_the_first_version_for_all_and_what_is_approved_stays() {
    with_approved(|rows, case, id| {
        let (policy, house) = (policy(), with_members());
        let hour = rows.cases().get(case)?.unwrap().proposal.release_at;
        let mut desk = Desk::new(rows, &policy, &house, hour, "the hour".to_owned());
        let of = standing::case(&desk, case)?;
        after_the_hour(&mut desk, &of)?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 2, Stage::Approved)]);
        rows.advisories().void(id, "test", now())?;
        let mut desk = Desk::new(rows, &policy, &house, now(), "before".to_owned());
        let said = Said { person: 1, inbox: 1, sealed: false, at: now() };
        rows.advisories().allow(case, &Deployment::Usual("patches".to_owned()), &said)?;
        let (text, _) = TEXT.split_once("DEPLOYMENT").unwrap();
        draft(&desk, &of, 480, &Source { text: text.to_owned(), ..written(1, "") })?.ok().expect("a draft");
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 2, Stage::Draft)]);
        let mut desk = Desk::new(rows, &policy, &house, hour, "after".to_owned());
        after_the_hour(&mut desk, &of)?;
        assert_eq!(standing_of(rows, case), [(1, 1, Stage::Draft)]);
        let late = rows.advisories().of_case(case)?.remove(0);
        assert!(!late.public_text.contains("UPDATES IN VERSION"), "{}", late.public_text);
        assert!(late.is_sound(), "{:?}", late.findings);
        // Nobody gets a text for members, so there is none, and nobody was permitted anything before the hour.
        assert!(!late.manifest.contains("text for members"), "{}", late.manifest);
        assert_eq!(late.members_text, late.public_text);
        assert!(!late.public_text.contains("DEPLOYMENT DURING EMBARGO"), "{}", late.public_text);
        let letter = rows.outbox().letter(rows.outbox().list()?.pop().unwrap().id)?.letter;
        let text = flat(letter.body.value());
        assert_eq!(letter.enclosures.len(), 1, "the public text alone: {text}");
        assert!(!text.contains("The text for the members"), "{text}");
        assert!(!late.public_text.contains("EMBARGOED UNTIL"), "{}", late.public_text);
        let earlier = rows.advisories().of_number(480)?.into_iter().rev().find(|one| one.void_at.is_some()).unwrap();
        let why = format!(
            "Nobody sent a new text. Its hour passed and the members have no version, so it goes to everybody as version 1. \
             The draft of {}, with the digest {}…, is void.",
            shown(earlier.at),
            &earlier.digest[..8]
        );
        assert!(text.contains(&why), "{text}");
        assert_eq!(earlier.void_why, "its hour passed and the members have no version");
        assert_eq!(
            letter.subject.value(),
            &format!("[Xen case 1] Please approve XSA-480 version 1 ({})", &late.digest[..8])
        );
        // Approved now, it stays what it is.
        rows.advisories().approve(late.id, 1, 1, hour)?;
        rows.advisories().advance(late.id, Stage::Draft, Stage::Approved, hour)?;
        refresh(&mut desk, case, None)?;
        assert_eq!(standing_of(rows, case), [(1, 1, Stage::Approved)]);
        Ok(())
    })
    .await;
}
