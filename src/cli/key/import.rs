//! Giving certificates to people, and taking them away: what is read, what is refused, and what is said about it.

use std::io::Read;

use super::super::instance::{self, At};
use super::super::{Failure, print, process};
use super::shown;
use crate::mail::address::Address;
use crate::openpgp::Certificate;
use crate::pipeline::certificates::{self, Given, News, NotGiven};
use crate::policy::letters::grouped;
use crate::store::Rows;

/// A file is read so far: no certificate is larger, and what is larger is refused for it.
const FILE_BYTES_MAX: u64 = (1 << 20) + 1;

pub(super) async fn import(
    at: &At,
    file: Option<&str>,
    offered: Option<&str>,
    person: Option<Address>,
) -> Result<(), Failure> {
    let read = match offered {
        None => Some(certificate(file.unwrap_or("-"))?),
        Some(_) => None,
    };
    let fingerprint = match offered {
        Some(wanted) => shown::find(at, wanted).await?.fingerprint,
        None => String::new(),
    };
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let give = move |rows: Rows<'_>| {
        let certificate = match read {
            Some(certificate) => certificate,
            None => joined(rows, &fingerprint)?,
        };
        let person = certificates::holder(rows, &certificate, person.as_ref())?;
        certificates::register(rows, &certificate, &person, &process::operator(), now)
    };
    tell(&store.write(give).await?);
    Ok(())
}

/// What mail brought of a certificate, joined: nobody can take a revocation back by sending an older copy.
fn joined(rows: Rows<'_>, fingerprint: &str) -> anyhow::Result<Certificate> {
    let mut joined: Option<Certificate> = None;
    for copy in rows.certificates().offered_copies(fingerprint)? {
        let Ok(copy) = Certificate::read(&copy.bytes) else { continue };
        joined = joined.map_or(Some(copy.clone()), |known| known.updated(&copy).or(Some(known)));
    }
    joined.ok_or_else(|| NotGiven::NotOffered(fingerprint.to_owned()).into())
}

/// Reads the one certificate in a file, or on standard input for `-`. Of a secret key only the public part is taken,
/// and a line says so.
pub fn certificate(file: &str) -> Result<Certificate, Failure> {
    let unreadable = |problem: std::io::Error| {
        Failure::usage(
            format!("{file} cannot be read: {problem}"),
            "Name the file of a certificate, or - for standard input.",
        )
    };
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(file).map_err(unreadable)?;
        opened.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let named = if file == "-" { "standard input" } else { file };
    let certificate = Certificate::read(&bytes).map_err(|problem| {
        let problem = problem.to_string();
        let (cause, remedy) = problem.split_once("; ").unwrap_or((&problem, EXPORT));
        Failure::refused(format!("{named}: {cause}"), capital(remedy))
    })?;
    if Certificate::is_secret(&bytes) {
        print::say!(
            "{named} holds the secret part of the key too: only the public part is taken. Nobody but its owner"
        );
        print::say!("should have the rest: delete that file if it is not yours.");
    }
    Ok(certificate)
}

const EXPORT: &str = "Export one with: gpg --armor --export FINGERPRINT";

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// Says what became of a certificate that was given to somebody.
pub fn tell(given: &Given) {
    let Given { holder, fingerprint, news, judgement, named, queued } = given;
    match (&judgement.usable, news) {
        (Err(why), _) => {
            print::say!("This copy is taken, and with it {holder} has no usable certificate any more: {why}.");
            print::say!("Give them another one with: embargod key import FILE --for {holder}");
            return;
        }
        (Ok(()), News::Nothing) => print::say!("{holder} has this certificate already; nothing is new in this copy."),
        (Ok(()), News::Newer) => print::say!("{holder} has this certificate already; this copy brought it up to date."),
        (Ok(()), News::First) => print::say!("{holder} has a certificate now: letters to them can be encrypted."),
        (Ok(()), News::InPlaceOf(before)) => {
            print::say!("{holder} has another certificate now, in place of");
            print::say!("  {}", grouped(before));
        }
    }
    print::say!("  {}", grouped(fingerprint));
    match judgement.expires_at {
        Some(end) => print::say!("  It expires on {}.", end.strftime("%Y-%m-%d")),
        None => print::say!("  It does not expire."),
    }
    if !named {
        print::say!("  None of its user IDs names {holder}: make sure that it is theirs.");
    }
    match queued {
        0 => {}
        1 => print::say!("1 letter that waited for it leaves now."),
        several => print::say!("{several} letters that waited for it leave now."),
    }
    if matches!(news, News::First | News::InPlaceOf(_)) {
        print::say!(
            "Compare the fingerprint with its owner by another way than mail, such as the telephone: whoever made"
        );
        print::say!("this certificate reads what is encrypted to it.");
    }
}

pub(super) async fn remove(at: &At, wanted: &str) -> Result<(), Failure> {
    let found = shown::find(at, wanted).await?;
    let (settings, store) = at.open()?;
    let now = instance::now(&settings, &store).await?;
    let fingerprint = found.fingerprint.clone();
    let removed = store.write(move |rows| certificates::remove(rows, &fingerprint, &process::operator(), now)).await?;
    match removed {
        Some(person) => {
            print::say!(
                "{} has no certificate any more: text that may leave only encrypted does not reach them.",
                person.address
            );
            Ok(())
        }
        None => Err(Failure::refused(
            format!("certificate {} is nobody's: it only came with mail", found.fingerprint),
            "There is nothing to take away.",
        )),
    }
}
