//! Mail in, time passes, mail in: the whole outcome of each story as one golden file in fixtures/scenarios. Every
//! story is told with both kinds of line ends, and each of its steps by a process of its own.

mod addresses;
mod advisories;
mod applications;
mod aside;
mod bounces;
mod commands;
mod decisions;
mod disclosure;
mod discuss;
mod embargo;
mod encrypted;
mod export;
mod facts;
mod forged_posts;
mod held_reports;
mod joining;
mod key_commands;
mod keys;
mod life;
mod limits;
mod lists;
mod machines;
mod members;
mod mistakes;
mod odd;
mod operator;
mod people;
mod playbook;
mod questions;
mod readers;
mod reports;
mod spoofing;
mod subscriptions;
mod team;
mod trouble;
mod uncertified;
mod version_six;
mod words;
mod xen;

use embargod::openpgp::SigningKey;

use crate::world::{LineEnds, World, crlf};

/// Tells a story twice, with LF and with CRLF mails, and compares both outcomes with the golden file of this name.
/// `EMBARGOD_REWRITE=1` writes it anew.
fn story(name: &str, tell: impl Fn(&mut World)) {
    let path = crate::world::root().join("fixtures/scenarios").join(format!("{name}.txt"));
    for line_ends in [LineEnds::Lf, LineEnds::CrLf] {
        let mut world = World::new(line_ends);
        tell(&mut world);
        let outcome = plain(&world);
        if std::env::var_os("EMBARGOD_REWRITE").is_some() && line_ends == LineEnds::Lf {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &outcome).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        if golden != outcome {
            let differs = golden.lines().zip(outcome.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let excerpt: Vec<&str> = outcome.lines().skip(differs.saturating_sub(3)).take(12).collect();
            panic!(
                "{name} ({line_ends:?}) differs from {} at line {}:\n{}",
                path.display(),
                differs + 1,
                excerpt.join("\n")
            );
        }
    }
}

/// The outcome without what must differ between line ends: the number of bytes and the identities made from them.
fn plain(world: &World) -> String {
    let text = world.outcome().replace(&world.dir.display().to_string(), "DIR");
    let identifiers = regex::Regex::new(r"\b[a-z2-7]{26}\b").unwrap();
    let mut known: Vec<String> = Vec::new();
    let numbered = identifiers.replace_all(&text, |found: &regex::Captures<'_>| {
        let found = found[0].to_owned();
        let number = known.iter().position(|one| *one == found).unwrap_or_else(|| {
            known.push(found);
            known.len() - 1
        });
        format!("<key {}>", number + 1)
    });
    // Keys of people are made anew for each instance.
    let fingerprints = regex::Regex::new(r"\b[0-9A-F]{40}\b").unwrap();
    let numbered = fingerprints.replace_all(&numbered, "<fingerprint>");
    let project = embargod::openpgp::Certificate::read(&std::fs::read(world.dir.join("keys/project.asc")).unwrap());
    let project = embargod::policy::letters::grouped(&project.unwrap().fingerprint());
    let in_groups = regex::Regex::new(r"\b([0-9A-F]{4} ){9}[0-9A-F]{4}\b").unwrap();
    let numbered = in_groups.replace_all(&numbered, |found: &regex::Captures<'_>| match &found[0] {
        known if known == project => project.clone(),
        _ => "<fingerprint in groups>".to_owned(),
    });
    // OpenPGP salts each signature.
    let signatures =
        regex::Regex::new(r"(?s)(-----BEGIN PGP SIGNATURE-----\n).*?(-----END PGP SIGNATURE-----)").unwrap();
    let numbered = signatures.replace_all(&numbered, "${1}<signature>\n${2}");
    let sizes = regex::Regex::new(r"(?m)^(\d+ +\w+ +\d{4}-\S+Z +)\d+ +").unwrap();
    sizes.replace_all(&numbered, "${1}").into_owned()
}

/// A mail to the desk with these headers and this text.
fn mail(headers: &str, text: &str) -> String {
    format!("Delivered-To: security@example.org\n{}\n\n{text}\n", headers.trim())
}

/// A mail that a member of a local team wrote and signed at this time; nobody vouches for its sender.
fn signed(world: &World, who: &str, to: &str, id: &str, when: &str, text: &str) -> String {
    let user = who.split('@').next().unwrap();
    let key = std::fs::read(world.dir.join("keys").join(user).with_extension("key")).unwrap();
    let entity = format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n");
    signed_entity(&key, who, to, id, when, &entity)
}

/// The same, of any MIME entity, by any key.
fn signed_entity(key: &[u8], who: &str, to: &str, id: &str, when: &str, entity: &str) -> String {
    let at = when.parse().unwrap();
    let key = SigningKey::read(key, None, at).unwrap();
    let signature = key.sign(&crlf(entity.as_bytes()), at).unwrap();
    let (micalg, armored) = (signature.micalg, signature.armored.replace("\r\n", "\n"));
    format!(
        "Delivered-To: {to}
From: {who}
To: {to}
Subject: Re: the case
Date: Mon, 07 Dec 2026 10:00:00 +0000
Message-ID: <{id}@example.org>
MIME-Version: 1.0
Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg={micalg}; boundary=s

--s
{entity}
--s
Content-Type: application/pgp-signature; name=signature.asc

{armored}
--s--
"
    )
}

/// A mail a team member writes to a reply address, through our own server.
fn vouched(who: &str, to: &str, id: &str, text: &str) -> String {
    format!(
        "Delivered-To: {to}
Authentication-Results: mx.example.org; dmarc=pass header.from=example.org
From: {who}
To: {to}
Subject: Re: the case
Date: Mon, 07 Dec 2026 10:00:00 +0000
Message-ID: <{id}@example.org>

{text}
"
    )
}

/// What left, without reminders of steps and weekly lists: most stories are about something else.
fn but_reminders(letters: Vec<crate::world::Letter>) -> Vec<crate::world::Letter> {
    letters.into_iter().filter(|letter| letter.kind != "reminder").collect()
}

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const DANA: &str = "dana@research.example.net";
const BOTH: &str = "The team AND the discoverer, write to: ";

fn report() -> String {
    mail(
        "From: Dana Doe <dana@research.example.net>
To: security@example.org
Subject: Guest can read host memory
Date: Mon, 07 Dec 2026 09:12:04 +0000
Message-ID: <report-1@research.example.net>",
        "a guest that maps a grant twice keeps a stale mapping.\n\nDana",
    )
}
