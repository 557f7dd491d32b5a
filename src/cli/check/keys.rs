//! What `check` says of the project's keys: whether each opens, what it is good for, and until when. It shows nothing of
//! a secret part.

use jiff::Timestamp;

use super::Findings;
use crate::clock::Clock;
use crate::daemon;
use crate::openpgp::Judgement;
use crate::settings::{KeyFile, Settings};

/// A key that expires sooner than this is worth a word.
const EXPIRY_DAYS_WARNED: i64 = 30;

const REMEDY: &str = "Put your copy of the key there; or export it: gpg --armor --export-secret-keys FINGERPRINT";

pub fn run(findings: &mut Findings, settings: &Settings, clock: Clock) {
    let project = &settings.openpgp.key;
    let shown = project.path.display();
    match daemon::signing_key(settings, clock) {
        Ok(key) => {
            let end = key.expires_at();
            findings.good(&format!("the project's key {shown} signs, {}: {}", until(end), key.fingerprint()));
            expiring(findings, "the project's key expires", end, clock);
            opens_for_people(findings, project, end, clock);
        }
        Err(problem) => findings.broken(&format!("the project's key {shown}"), &problem, REMEDY),
    }
    for older in &settings.openpgp.older {
        let shown = older.path.display();
        match daemon::decryption_key(older) {
            Ok(key) if key.opens() => {
                let (fingerprint, judged) = (key.certificate().fingerprint(), key.certificate().judge(clock.now()));
                findings.good(&format!("the older key {shown} opens mail; {}: {fingerprint}", encrypted_to(&judged)));
            }
            Ok(key) => findings.note(
                &format!("the older key {shown} opens no mail, it has no part that decrypts: {}", key.certificate().fingerprint()),
                "Export it again with its subkeys: gpg --armor --export-secret-keys; or remove it from [[openpgp.older]].",
            ),
            Err(problem) => findings.broken(&format!("the older key {shown}"), &problem, REMEDY),
        }
    }
}

/// The key that signs should also be one that people can encrypt to. `end`: when it stops signing.
fn opens_for_people(findings: &mut Findings, project: &KeyFile, end: Option<Timestamp>, clock: Clock) {
    let shown = project.path.display();
    let key = match daemon::decryption_key(project) {
        Ok(key) if key.opens() => key,
        Ok(_) => {
            return findings.note(
                &format!("the project's key {shown} opens no mail: it has no part that decrypts"),
                "Export it again with its subkeys: gpg --armor --export-secret-keys; or add one: gpg --quick-add-key.",
            );
        }
        Err(problem) => return findings.broken(&format!("the project's key {shown}"), &problem, REMEDY),
    };
    let judged = key.certificate().judge(clock.now());
    if let Err(why) = &judged.usable {
        return findings.note(
            &format!("nobody can encrypt to the project's key {shown}: {why}"),
            "Add a subkey to encrypt to (gpg --quick-add-key) or extend it, export it here again, and publish it.",
        );
    }
    findings.good(&format!("it opens mail; {}", encrypted_to(&judged)));
    if judged.expires_at != end {
        expiring(findings, "its part that people encrypt to expires", judged.expires_at, clock);
    }
}

fn encrypted_to(judged: &Judgement) -> String {
    match &judged.usable {
        Ok(()) => format!("people can encrypt to it, {}", until(judged.expires_at)),
        Err(why) => format!("people cannot encrypt to it ({why})"),
    }
}

fn until(end: Option<Timestamp>) -> String {
    end.map_or("without an end".to_owned(), |end| format!("until {}", end.strftime("%Y-%m-%d")))
}

fn expiring(findings: &mut Findings, what: &str, end: Option<Timestamp>, clock: Clock) {
    let Some(end) = end else { return };
    let days = end.duration_since(clock.now()).as_hours() / 24;
    if days < EXPIRY_DAYS_WARNED {
        findings.note(
            &format!("{what} in {days} days"),
            "Extend it with gpg --quick-set-expire, export it here again, and publish the certificate.",
        );
    }
}
