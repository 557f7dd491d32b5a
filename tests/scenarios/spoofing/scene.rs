//! Who is there in the spoofing matrix, with which keys and reply addresses, and how their mails are made.

use std::io::Write;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags};
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::Signature;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{LiteralWriter, Message, Signer};
use sequoia_openpgp::types::HashAlgorithm;
use sequoia_openpgp::{Cert, Packet};

use super::super::*;
use crate::world::{Letter, the};

pub const CAROL: &str = "carol@example.org";
pub const FRANK: &str = "frank@example.org";
pub const STAMP: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n";

/// Tables that hold what the team decided, and columns that change by themselves.
const TABLES: [&str; 7] = ["cases", "participant", "team_member", "person", "certificate", "token", "note"];
const OF_THE_DAY: [&str; 3] = ["judged_at", "unusable", "look_at"];

/// A desk with a case of Dana's (1) and one of Erin's (2). Alice, Bob and Carol are in the team, Frank was; Dana's
/// certificate is registered, Mallory's is not.
pub struct Scene {
    world: World,
    day: i64,
    /// A Message-ID of case 1 that everybody who got its mail knows.
    thread: String,
    /// Reply addresses: Alice's in case 1, to the team and to the discoverer too, and in case 2; others' in case 1.
    pub alice: String,
    pub alice_to_both: String,
    pub alice_in_case_2: String,
    pub bob: String,
    pub carol: String,
    pub frank: String,
    /// Ends on the fifth day.
    pub carols_key: Cert,
    pub danas_key: Cert,
    pub mallorys_key: Cert,
    kept: std::cell::RefCell<Vec<(&'static str, String)>>,
}

impl Scene {
    pub fn new() -> Self {
        let mut world = World::new(LineEnds::Lf);
        let [carols_key, franks_key, danas_key, mallorys_key] = [
            ("Carol <carol@example.org>", 345),
            ("Frank <frank@example.org>", 900),
            ("Dana <dana@research.example.net>", 900),
            ("Alice Example <alice@example.org>", 900),
        ]
        .map(|(user_id, days)| key(user_id, days));
        world.at("2026-12-07T09:00:00Z").round();
        for (name, address, key) in [("Carol Example", CAROL, &carols_key), ("Frank Example", FRANK, &franks_key)] {
            let file = file(&world, address, &key.to_vec().unwrap());
            world.does(&["team", "add", name, address, "--key", &file]);
            // Letters to them are opened with it.
            let name = address.split('@').next().unwrap();
            std::fs::write(world.dir.join(format!("keys/{name}.key")), key.as_tsk().to_vec().unwrap()).unwrap();
        }
        let first = world.at("2026-12-07T09:12:04Z").mails(&report());
        let erins = report().replace("Dana Doe <dana@research.example.net>", "Erin Doe <erin@lab.example.com>");
        let second = world.at("2026-12-07T09:13:00Z").mails(&erins.replace("report-1@", "report-2@"));
        world.does(&["team", "remove", FRANK]);
        let file = file(&world, DANA, &danas_key.to_vec().unwrap());
        world.does(&["key", "import", &file, "--for", DANA]);
        let team = |letters: &[Letter], who: &str| {
            the(letters, "relay", who).header("Reply-To").trim_matches(['<', '>']).to_owned()
        };
        Self {
            thread: the(&first, "relay", ALICE).message_id(),
            alice: team(&first, ALICE),
            alice_to_both: the(&first, "relay", ALICE).address_after(BOTH),
            alice_in_case_2: team(&second, ALICE),
            bob: team(&first, BOB),
            carol: team(&first, CAROL),
            frank: team(&first, FRANK),
            world,
            day: 0,
            carols_key,
            danas_key,
            mallorys_key,
            kept: Default::default(),
        }
    }

    pub fn next_day(&mut self) {
        self.day += 1;
    }

    pub fn now(&self) -> Timestamp {
        let first: Timestamp = "2026-12-07T10:00:00Z".parse().unwrap();
        first + SignedDuration::from_hours(24 * self.day)
    }

    pub fn before(&self, minutes: i64) -> Timestamp {
        self.now() - SignedDuration::from_mins(minutes)
    }

    pub fn mails(&mut self, raw: &str) -> Vec<Letter> {
        let now = self.now().to_string();
        self.world.at(&now).mails(raw)
    }

    /// All these mails in one round.
    pub fn takes(&mut self, mails: Vec<String>) -> Vec<Letter> {
        for raw in mails {
            self.world.post(raw.as_bytes());
        }
        let now = self.now().to_string();
        self.world.at(&now).round()
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn is_member(&self, address: &str) -> bool {
        [ALICE, BOB, CAROL].contains(&address)
    }

    /// All that the desk knows, as text.
    pub fn state(&self) -> String {
        let database = self.database();
        let mut text = String::new();
        for table in TABLES {
            let mut rows = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns: Vec<String> = rows.column_names().map(str::to_owned).collect();
            let shown = rows.query_map([], |row| {
                let steady = columns.iter().enumerate().filter(|(_, column)| !OF_THE_DAY.contains(&column.as_str()));
                let fields = steady.map(|(index, column)| Ok(format!("{column}={:?}", row.get_ref(index)?)));
                Ok(fields.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
            });
            let mut shown: Vec<String> = shown.unwrap().map(Result::unwrap).collect();
            shown.sort();
            text.push_str(&format!("# {table}\n{}\n", shown.join("\n")));
        }
        text
    }

    /// The record, a line each: act, who, on what evidence, about what, and why.
    pub fn record(&self) -> Vec<String> {
        let database = self.database();
        let mut rows = database.prepare("SELECT act, actor, evidence, object, detail FROM audit ORDER BY seq").unwrap();
        let line = |row: &rusqlite::Row<'_>| {
            let fields = (0..5).map(|index| row.get::<_, String>(index));
            Ok(fields.collect::<rusqlite::Result<Vec<_>>>()?.join(" | "))
        };
        rows.query_map([], line).unwrap().map(Result::unwrap).collect()
    }

    fn database(&self) -> Connection {
        Connection::open_with_flags(self.world.dir.join("state.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// A mail with these lines of header, and what follows them: text behind an empty line, or an entity of its own.
    pub fn mail(&self, to: &str, head: &str, rest: &str) -> String {
        let id = format!("Message-ID: <day-{}@example.org>\n", self.day);
        let id = if head.contains("Message-ID:") { "" } else { &id };
        let thread = &self.thread;
        format!(
            "Delivered-To: {to}\n{}\nTo: {to}\nSubject: Re: the case\nDate: Mon, 07 Dec 2026 10:00:00 +0000\n{id}In-Reply-To: {thread}\n{rest}",
            head.trim_end()
        )
    }

    /// Alice's mail through our own server.
    pub fn vouched(&self, to: &str, text: &str) -> String {
        self.mail(to, &format!("{STAMP}From: Alice Example <alice@example.org>"), &format!("\n{text}\n"))
    }

    /// A mail that nobody vouches for, with this entity.
    pub fn unvouched(&self, to: &str, entity: &str) -> String {
        self.mail(to, "From: Alice Example <alice@example.org>", entity)
    }

    /// The key of somebody who was there from the beginning.
    pub fn key_of(&self, who: &str) -> Cert {
        Cert::from_file(self.world.dir.join("keys").join(who).with_extension("key")).unwrap()
    }

    /// What Alice says and signs now.
    pub fn alice_signs(&self, text: &str) -> String {
        signed(&self.key_of("alice"), self.now(), &entity(text))
    }

    /// Remembers a text under a name, for a later mail.
    pub fn keep(&self, name: &'static str, text: String) -> String {
        self.kept.borrow_mut().push((name, text.clone()));
        text
    }

    pub fn kept(&self, name: &str) -> String {
        self.kept.borrow().iter().find(|(known, _)| *known == name).expect(name).1.clone()
    }
}

/// A key made on 2026-01-01 that lasts so many days.
pub fn key(user_id: &str, days: u64) -> Cert {
    let created: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let builder = CertBuilder::general_purpose(Some(user_id)).set_creation_time(SystemTime::from(created));
    builder.set_validity_period(Duration::from_secs(days * 24 * 3600)).generate().unwrap().0
}

/// A file of the operator's.
pub fn file(world: &World, name: &str, bytes: &[u8]) -> String {
    let path = world.dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// Plain text as an entity.
pub fn entity(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n")
}

/// multipart/mixed of these entities.
pub fn mixed(entities: &[&str]) -> String {
    let parts: String = entities.iter().map(|entity| format!("--m\n{entity}\n")).collect();
    format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n{parts}--m--\n")
}

/// multipart/signed (RFC 3156) of an entity.
pub fn signed(key: &Cert, at: Timestamp, entity: &str) -> String {
    with_signature(entity, &signature(key, at, HashAlgorithm::SHA512, entity))
}

pub fn with_signature(entity: &str, signature: &Signature) -> String {
    let armored = armored(Kind::Signature, &Packet::from(signature.clone()).to_vec().unwrap());
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; \
         boundary=s\n\n--s\n{entity}\n--s\nContent-Type: application/pgp-signature; name=signature.asc\n\n{armored}\n--s--\n"
    )
}

/// A detached signature over an entity, as it stands in a mail.
pub fn signature(key: &Cert, at: Timestamp, hash: HashAlgorithm, entity: &str) -> Signature {
    let mut bytes = Vec::new();
    let signer = Signer::new(Message::new(&mut bytes), signing(key)).unwrap().detached();
    let signer = signer.hash_algo(hash).unwrap().creation_time(SystemTime::from(at));
    let mut signer = signer.build().unwrap();
    signer.write_all(&crlf(entity.as_bytes())).unwrap();
    signer.finalize().unwrap();
    match Packet::from_bytes(&bytes).unwrap() {
        Packet::Signature(signature) => signature,
        other => panic!("{other:?}"),
    }
}

/// A text with a cleartext signature around it.
pub fn cleartext(key: &Cert, at: Timestamp, text: &str) -> String {
    let mut bytes = Vec::new();
    let signer = Signer::new(Message::new(&mut bytes), signing(key)).unwrap().cleartext();
    let mut signer = signer.creation_time(SystemTime::from(at)).build().unwrap();
    signer.write_all(text.as_bytes()).unwrap();
    signer.finalize().unwrap();
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// The key that signs, whatever its dates say.
fn signing(key: &Cert) -> KeyPair {
    let policy = StandardPolicy::new();
    let then = key.primary_key().key().creation_time() + Duration::from_secs(1);
    let mut keys = key.keys().with_policy(&policy, then).secret().for_signing();
    keys.next().unwrap().key().clone().into_keypair().unwrap()
}

pub fn armored(kind: Kind, bytes: &[u8]) -> String {
    let mut writer = Writer::new(Vec::new(), kind).unwrap();
    writer.write_all(bytes).unwrap();
    String::from_utf8(writer.finalize().unwrap()).unwrap()
}

/// A signed message that is not encrypted, binary.
pub fn message(key: &Cert, at: Timestamp, text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let signer = Signer::new(Message::new(&mut bytes), signing(key)).unwrap();
    let signer = signer.creation_time(SystemTime::from(at)).build().unwrap();
    let mut literal = LiteralWriter::new(signer).build().unwrap();
    literal.write_all(text).unwrap();
    literal.finalize().unwrap();
    bytes
}
