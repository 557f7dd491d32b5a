//! Certificates of version 6 (RFC 9580): a member of the team and the discoverer have one, the project and Alice have
//! not, and everybody reads everybody.

use std::fs;
use std::io::Write;
use std::time::SystemTime;

use embargod::openpgp::Certificate;
use jiff::Timestamp;
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Message, Signer};
use sequoia_openpgp::types::HashAlgorithm;
use sequoia_openpgp::{Cert, Packet, Profile};

use super::{ALICE, BOTH, DANA};
use crate::world::{Letter, LineEnds, World, crlf, the};

const VERA: &str = "vera@example.org";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A key of version 6 beside those of Alice and Bob: the world opens with it what is sent to them. Gives the file of
/// its certificate.
fn has_key(world: &World, address: &str) -> String {
    let (key, _) = CertBuilder::general_purpose(Some(format!("<{address}>")))
        .set_profile(Profile::RFC9580)
        .unwrap()
        .set_creation_time(SystemTime::from(at("2020-01-01T00:00:00Z")))
        .set_validity_period(None)
        .generate()
        .unwrap();
    assert_eq!(key.primary_key().key().version(), 6);
    let path = world.dir.join(format!("keys/{}", address.split('@').next().unwrap()));
    fs::write(path.with_extension("key"), key.as_tsk().to_vec().unwrap()).unwrap();
    fs::write(path.with_extension("asc"), key.armored().to_vec().unwrap()).unwrap();
    path.with_extension("asc").to_str().unwrap().to_owned()
}

/// A detached signature, as a mail program with this key makes it.
fn signature(key: &[u8], bytes: &[u8], when: Timestamp) -> String {
    let key = Cert::from_bytes(key).unwrap();
    let policy = StandardPolicy::new();
    let signing = key.keys().with_policy(&policy, SystemTime::from(when)).for_signing().secret().next().unwrap();
    let pair = signing.key().clone().into_keypair().unwrap();
    let mut armor = Writer::new(Vec::new(), Kind::Signature).unwrap();
    let mut signer = Signer::new(Message::new(&mut armor), pair)
        .unwrap()
        .detached()
        .hash_algo(HashAlgorithm::SHA512)
        .unwrap()
        .creation_time(SystemTime::from(when))
        .build()
        .unwrap();
    signer.write_all(bytes).unwrap();
    signer.finalize().unwrap();
    String::from_utf8(armor.finalize().unwrap()).unwrap()
}

/// A mail with this text, signed by its writer and encrypted to the project.
fn encrypted(world: &World, from: &str, to: &str, id: &str, text: &str, when: &str) -> String {
    let (user, domain) = from.split_once('@').unwrap();
    let key = |name: &str| fs::read(world.dir.join("keys").join(name)).unwrap();
    let entity = format!("Content-Type: text/plain\n\n{text}");
    let signature = signature(&key(&format!("{user}.key")), &crlf(entity.as_bytes()), at(when));
    let signed = format!(
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; boundary=s\n\n\
         --s\n{entity}\n--s\nContent-Type: application/pgp-signature\n\n{signature}\n--s--\n"
    );
    let project = Certificate::read(&key("project.asc")).unwrap();
    let armor = project.seal(signed.as_bytes(), at(when)).unwrap();
    format!(
        "Delivered-To: {to}\nAuthentication-Results: mx.example.org; dmarc=pass header.from={domain}\nFrom: <{from}>\n\
         To: {to}\nSubject: ...\nDate: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <{id}@{domain}>\nMIME-Version: 1.0\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n--e\n\
         Content-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream\n\n\
         {armor}\n--e--\n"
    )
}

/// The versions of the packets that hold the key and the text of a letter (RFC 9580 sections 5.1 and 5.13).
fn versions(letter: &Letter) -> (u8, u8) {
    let text = String::from_utf8(letter.raw.clone()).unwrap();
    let armor = &text[text.find("-----BEGIN PGP MESSAGE-----").expect("it left encrypted")..];
    let (mut key, mut container) = (0, 0);
    let mut next = PacketParser::from_bytes(armor.as_bytes()).unwrap();
    while let PacketParserResult::Some(parser) = next {
        match &parser.packet {
            Packet::PKESK(found) => key = found.version(),
            Packet::SEIP(found) => container = found.version(),
            _ => {}
        }
        next = parser.next().unwrap().1;
    }
    (key, container)
}

#[test]
fn who_has_a_certificate_of_version_6_writes_and_reads_as_everybody_does() {
    for line_ends in [LineEnds::Lf, LineEnds::CrLf] {
        let mut world = World::new(line_ends);
        let (veras, danas) = (has_key(&world, VERA), has_key(&world, DANA));
        world.does(&["team", "add", "Vera", VERA, "--key", &veras]);

        let time = "2026-12-07T09:12:04Z";
        let report = encrypted(&world, DANA, "security@example.org", "r1", "The grant table overflows.\n", time);
        let letters = world.at(time).mails(&report);
        let (vera, alice) = (the(&letters, "relay", VERA), the(&letters, "relay", ALICE));
        assert_eq!((versions(vera), versions(alice)), ((6, 2), (3, 1)));
        for relay in [vera, alice] {
            let opened = String::from_utf8(relay.opened.clone().expect("opened with its reader's key")).unwrap();
            assert!(opened.contains("The grant table overflows."), "{opened}");
            assert!(!String::from_utf8_lossy(&relay.raw).contains("overflows"));
        }
        let both = vera.address_after(BOTH);

        world.does(&["key", "import", &danas, "--for", DANA]);
        let time = "2026-12-07T10:00:00Z";
        let answer = encrypted(&world, VERA, &both, "a1", "Does it need a guest of two?\n", time);
        let letters = world.at(time).mails(&answer);
        let to_dana = the(&letters, "relay", DANA);
        assert_eq!(versions(to_dana), (6, 2));
        assert!(to_dana.text().contains("Does it need a guest of two?"), "{}", to_dana.text());

        // Her certificate is registered now: people see that she signed.
        let time = "2026-12-07T11:00:00Z";
        let reply = encrypted(&world, DANA, "security@example.org", "r2", "Yes.\n", time);
        let reply = reply.replacen("Subject:", &format!("In-Reply-To: {}\nSubject:", to_dana.message_id()), 1);
        let letters = world.at(time).mails(&reply);
        let listed = world.json(&["key", "list"]);
        let dana = listed.as_array().unwrap().iter().find(|row| row.to_string().contains(DANA)).expect("registered");
        assert_eq!(dana["fingerprint"].as_str().unwrap().len(), 64, "of version 6");
        let text = the(&letters, "relay", VERA).text().split_whitespace().collect::<Vec<_>>().join(" ");
        let signed = format!("signed with the certificate of {DANA}, and the signature is good");
        assert!(text.contains(&signed), "who signed it: {text}");
    }
}
