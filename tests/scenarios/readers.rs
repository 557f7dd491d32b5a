//! Who gets letters in cipher, who in clear, and who gets none until their certificate is there.

use std::fs;
use std::time::{Duration, SystemTime};

use sequoia_openpgp::Profile;
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::serialize::SerializeInto;

use super::{ALICE, BOB, BOTH, DANA, mail, report, story, vouched};
use crate::world::{Letter, World, kinds, the};

const CAROL: &str = "carol@example.org";

/// Puts keys/USER.key and keys/USER.asc beside those of Alice and Bob. Like theirs the key is of 2020.
pub(super) fn has_key(world: &World, address: &str, until: Option<&str>) -> String {
    let created: jiff::Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    let end = until.map(|until| until.parse::<jiff::Timestamp>().unwrap());
    let (key, _) = CertBuilder::general_purpose(Some(format!("<{address}>")))
        .set_profile(Profile::RFC4880)
        .unwrap()
        .set_creation_time(SystemTime::from(created))
        .set_validity_period(end.map(|end| Duration::try_from(end.duration_since(created)).unwrap()))
        .generate()
        .unwrap();
    let path = world.dir.join(format!("keys/{}", address.split('@').next().unwrap()));
    fs::write(path.with_extension("key"), key.as_tsk().to_vec().unwrap()).unwrap();
    fs::write(path.with_extension("asc"), key.armored().to_vec().unwrap()).unwrap();
    path.with_extension("asc").to_str().unwrap().to_owned()
}

/// The profile demands that these readers are written to in cipher.
pub(super) fn demands_encryption(world: &World, readers: &[&str]) {
    let mut profile = fs::read_to_string(crate::world::root().join("config/profiles/xen.toml")).unwrap();
    for readers in readers {
        let strict = profile.replace(&format!("{readers} = \"when-possible\""), &format!("{readers} = \"required\""));
        assert_ne!(strict, profile);
        profile = strict;
    }
    // Nobody is reminded of steps meanwhile.
    profile.truncate(profile.find("[[step]]").unwrap());
    fs::write(world.dir.join("own.toml"), profile).unwrap();
    let settings = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), format!("profile_file = \"own.toml\"\n{settings}")).unwrap();
}

fn more(id: &str) -> String {
    mail(
        &format!(
            "From: Dana Doe <dana@research.example.net>\nTo: security@example.org\nSubject: Re: Guest can read host \
             memory\nDate: Mon, 07 Dec 2026 10:00:00 +0000\nMessage-ID: <{id}@research.example.net>\n\
             In-Reply-To: <report-1@research.example.net>"
        ),
        &format!("one thing more: {id}"),
    )
}

fn encrypted_to(letters: &[Letter]) -> Vec<&str> {
    letters.iter().filter(|letter| letter.opened.is_some()).map(|letter| letter.to.as_str()).collect()
}

#[test]
fn where_encryption_is_demanded_a_member_without_certificate_is_asked_for_one_and_the_rest_are_served() {
    story("no-certificate", |world| {
        demands_encryption(world, &["team"]);
        world.does(&["team", "add", "Carol Example", CAROL]);
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        assert_eq!(
            kinds(&letters),
            [
                "acknowledgement dana@research.example.net",
                "alert alice@example.org",
                "alert bob@example.org",
                "notice carol@example.org",
                "relay alice@example.org",
                "relay bob@example.org"
            ]
        );
        assert_eq!(encrypted_to(&letters), [ALICE, BOB, ALICE, BOB], "two relays, two alerts");
        let notice = the(&letters, "notice", CAROL);
        let shown = String::from_utf8(notice.raw.clone()).unwrap().to_lowercase();
        for secret in ["dana", "memory", "case", "grant", "report"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        let letters = world.at("2026-12-07T10:00:00Z").mails(&more("m2"));
        assert!(!kinds(&letters).iter().any(|kind| kind.starts_with("notice") || kind.starts_with("alert")));
        // The notice at most once a day, the alert once until there is a certificate.
        let letters = world.at("2026-12-08T10:00:00Z").mails(&more("m3"));
        assert_eq!(the(&letters, "notice", CAROL).subject(), notice.subject());
        assert!(!kinds(&letters).iter().any(|kind| kind.starts_with("alert")));

        let waiting: Vec<_> = world.json(&["outbox", "list"]).as_array().unwrap().clone();
        assert_eq!(waiting.iter().filter(|row| row["to"] == CAROL && row["state"] == "blocked").count(), 3);
        let certificate = has_key(world, CAROL, None);
        world.does(&["key", "import", &certificate, "--for", CAROL]);
        let letters = world.at("2026-12-08T11:00:00Z").round();
        assert_eq!(kinds(&letters), ["relay carol@example.org"; 3]);
        assert_eq!(encrypted_to(&letters), [CAROL; 3]);
    });
}

#[test]
fn a_team_that_nobody_can_write_to_in_cipher_hears_so_and_no_alert_makes_another() {
    let mut world = World::new(crate::world::LineEnds::Lf);
    demands_encryption(&world, &["team"]);
    for listed in world.json(&["key", "list"]).as_array().unwrap() {
        if listed["holder"] == ALICE || listed["holder"] == BOB {
            world.does(&["key", "remove", listed["fingerprint"].as_str().unwrap()]);
        }
    }
    let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
    let expected = ["acknowledgement dana@research.example.net", "notice alice@example.org", "notice bob@example.org"];
    assert_eq!(kinds(&letters), expected);
    // A second before the discoverer has waited for two working days, which is another cause.
    assert_eq!(kinds(&world.at("2026-12-09T09:12:03Z").round()), [] as [&str; 0]);
}

#[test]
fn a_certificate_that_ends_before_delivery_stops_one_letter_and_no_other() {
    story("certificate-ends", |world| {
        let certificate = has_key(world, CAROL, Some("2026-12-08T00:00:00Z"));
        world.does(&["team", "add", "Carol Example", CAROL]);
        world.does(&["key", "import", &certificate, "--for", CAROL]);
        let warned = kinds(&world.at("2026-12-07T23:00:00Z").round());
        assert_eq!(warned, ["alert alice@example.org", "alert bob@example.org", "notice carol@example.org"]);
        let (out, away) = (world.dir.join("mail/out"), world.dir.join("mail/away"));
        fs::rename(&out, &away).unwrap();
        world.at("2026-12-07T23:50:00Z").post(report().as_bytes());
        world.does(&["run", "--once", "--at", "2026-12-07T23:50:00Z"]);
        fs::rename(&away, &out).unwrap();
        let letters = world.at("2026-12-08T00:30:00Z").round();
        assert!(the(&letters, "notice", CAROL).opened.is_none());
        assert_eq!(
            letters.iter().filter(|letter| letter.kind == "relay").map(|l| l.to.as_str()).collect::<Vec<_>>(),
            [ALICE, BOB]
        );
        let rows = world.json(&["outbox", "list"]);
        let carols = rows.as_array().unwrap().iter().find(|row| row["to"] == CAROL && row["kind"] == "relay").unwrap();
        assert_eq!(carols["state"], "blocked");
        assert!(carols["error"].as_str().unwrap().ends_with("it expired on 2026-12-08"), "{carols}");
        assert!(the(&letters, "alert", ALICE).text().contains("Recipient: carol@example.org"));
    });
}

#[test]
fn when_possible_each_reader_gets_what_they_can_read() {
    story("mixed-team", |world| {
        world.does(&["team", "add", "Carol Example", CAROL]);
        let letters = world.at("2026-12-07T09:12:04Z").mails(&report());
        assert_eq!(encrypted_to(&letters), [ALICE, BOB]);
        let in_clear = String::from_utf8(the(&letters, "relay", CAROL).raw.clone()).unwrap();
        assert!(in_clear.contains("a guest that maps a grant twice"));
        let both = the(&letters, "relay", ALICE).address_after(BOTH);
        // Dana's certificate: an answer to her leaves encrypted, and her name and the subject do not show.
        let certificate = has_key(world, DANA, None);
        world.does(&["key", "import", &certificate, "--for", DANA]);
        let letters = world.at("2026-12-07T10:00:00Z").mails(&vouched(
            "Alice Example <alice@example.org>",
            &both,
            "a1",
            "Hello Dana.",
        ));
        let answer = the(&letters, "relay", DANA);
        assert!(answer.opened.is_some() && answer.text().contains("Hello Dana."));
        assert!(!String::from_utf8(answer.raw.clone()).unwrap().contains("Alice"));
    });
}
