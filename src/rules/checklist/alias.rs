//! The one address to be added: no person's, and where the applicant's mail is.

use super::denials::denial;
use super::ground::{Ground, Place};
use super::links::addresses;
use super::owned::{is_free, letters};
use super::sections::Marker;
use super::words::{Phrases, words};
use super::{Finding, Kind, Writer};

/// Words that roles have and people do not.
const ROLES: &[&str] = &[
    "abuse",
    "admin",
    "advisor",
    "advisories",
    "advisory",
    "alert",
    "alerts",
    "alias",
    "announce",
    "cert",
    "cloud",
    "contact",
    "core",
    "csirt",
    "cve",
    "desk",
    "disclosure",
    "distro",
    "embargo",
    "emergency",
    "engineering",
    "group",
    "help",
    "helpdesk",
    "host",
    "hosting",
    "hostmaster",
    "hypervisor",
    "incident",
    "info",
    "infosec",
    "infra",
    "infrastructure",
    "it",
    "kernel",
    "list",
    "lists",
    "mail",
    "maintainers",
    "noc",
    "notice",
    "notification",
    "notifications",
    "notify",
    "office",
    "officer",
    "operations",
    "ops",
    "oss",
    "platform",
    "postmaster",
    "predisc",
    "predisclosure",
    "prod",
    "product",
    "project",
    "psirt",
    "release",
    "reports",
    "response",
    "role",
    "root",
    "sec",
    "secure",
    "security",
    "seguridad",
    "seguranca",
    "sicherheit",
    "securite",
    "server",
    "service",
    "sirt",
    "soc",
    "staff",
    "support",
    "sys",
    "sysadmin",
    "sysops",
    "system",
    "systems",
    "team",
    "tech",
    "technical",
    "upstream",
    "virt",
    "virtualization",
    "vm",
    "vuln",
    "vulnerability",
    "vulns",
    "xen",
    "xsa",
    "dev",
    "devel",
    "developers",
    "pre",
];
/// Words that say whose another domain is.
const EXPLAINS: &[&str] = &[
    "is our",
    "our parent",
    "parent company",
    "belongs to us",
    "owned by us",
    "we own",
    "our group",
    "group company",
    "our mail domain",
    "mail domain",
    "our sister",
    "also ours",
    "our other domain",
    "our holding",
    "our subsidiary",
    "run by us",
    "operated by us",
    "our security team at",
    "our corporate domain",
    "corporate domain",
    "we use for mail",
    "for our mail",
    "our company mail",
    "which is ours",
    "part of our",
];
/// Words that mean the address the mail came from.
const THIS: &[&str] = &[
    "this mail",
    "this email",
    "this address",
    "this same",
    "my address",
    "my email",
    "my mail",
    "same address",
    "sender address",
    "same email",
    "same mail",
    "address above",
    "address i am writing from",
    "this account",
    "my own",
    "me directly",
    "to me",
    "my personal",
    "address i write from",
];
/// Words about reports of security problems, which go elsewhere, and about questions.
const OTHERS: &[&str] = &[
    "report",
    "reports",
    "contact me",
    "reach me",
    "reply to me",
    "question",
    "reachable at",
    "my direct",
    "vulnerability report",
    "researcher",
    "invite",
    "encourage",
    "public contact",
    "cc",
    "on vacation",
    "ask security problem",
];

struct Offered {
    place: Place,
    address: String,
    /// The sentence, or the answer, it stands in.
    beside: String,
}

pub fn judge(ground: &Ground<'_>, index: usize) -> Finding {
    let answers = ground.answers(index);
    let mut offered: Vec<Offered> = Vec::new();
    for (chunk, answer) in &answers {
        for (at, address) in addresses(&answer.text) {
            offered.push(Offered {
                place: Place { chunk: *chunk, at: at.start },
                address,
                beside: answer.text.clone(),
            });
        }
    }
    if answers.is_empty() {
        offered = spoken(ground, index);
    }
    let mut distinct: Vec<String> = Vec::new();
    for one in &offered {
        let lower = one.address.to_lowercase();
        if !distinct.contains(&lower) {
            distinct.push(lower);
        }
    }
    if let Some(first) = offered.first() {
        let why = if distinct.len() > 1 {
            Some("Several addresses are offered, and one is to be added; say which one.".to_owned())
        } else {
            objection(ground, first)
        };
        let mut finding = match why {
            Some(why) => ground.unclear(index, first.place, why),
            None => ground.found(index, first.place, Vec::new()),
        };
        finding.values = distinct;
        return finding;
    }
    if let Some((chunk, answer)) = answers.first() {
        let found = denial(&answer.text);
        let why = found.map_or("The answer names no address", |(found, _)| found.why());
        let place = Place { chunk: *chunk, at: found.map_or(0, |(_, at)| at) };
        return ground.unclear(index, place, format!("{why}; name the one address of a role that is to be added."));
    }
    unnamed(ground, index).unwrap_or_else(|| ground.missing(index, ""))
}

/// Addresses in a sentence that asks to add them, or alone in a list of answers.
fn spoken(ground: &Ground<'_>, index: usize) -> Vec<Offered> {
    let others = phrases(OTHERS);
    let mut found = Vec::new();
    for (said, _) in ground.cued(index) {
        let elsewhere = [Kind::Link, Kind::Statement].into_iter().any(|kind| ground.is_under(said.chunk, kind));
        if elsewhere || others.any(&said.words).is_some() {
            continue;
        }
        for (at, address) in addresses(&said.text) {
            let beside = ground.chunk(said.chunk).map(|chunk| chunk.text.clone()).unwrap_or_default();
            found.push(Offered { place: Place { chunk: said.chunk, at: said.at + at.start }, address, beside });
        }
    }
    if !found.is_empty() {
        return found;
    }
    for (number, chunk) in ground.sections.chunks.iter().enumerate() {
        let listed = chunk.marker == Marker::Counted && chunk.under.is_empty();
        let all = addresses(&chunk.text);
        if listed && all.first().is_some_and(|(at, _)| at.start < 3) {
            let offer = |(at, address): (std::ops::Range<usize>, String)| Offered {
                place: Place { chunk: number, at: at.start },
                address,
                beside: chunk.text.clone(),
            };
            found.extend(all.into_iter().map(offer));
        }
    }
    found
}

/// Somebody asks to be added without saying which address: the one they write from, it seems.
fn unnamed(ground: &Ground<'_>, index: usize) -> Option<Finding> {
    let this = phrases(THIS);
    let (said, at) = ground.cued(index).into_iter().find(|(said, _)| this.any(&said.words).is_some())?;
    let why =
        "The mail seems to mean the address it was sent from; name the one address of a role that is to be added.";
    Some(ground.unclear(index, Place { chunk: said.chunk, at }, why))
}

fn objection(ground: &Ground<'_>, offered: &Offered) -> Option<String> {
    let address = offered.address.to_lowercase();
    let (local, domain) = address.rsplit_once('@')?;
    let writers = ground.writer.address.as_ref().map(|address| address.key()).unwrap_or_default();
    if is_free(ground.checklist, domain) {
        return Some(format!("Anybody may have an address at {domain}; send an address of a role in your own domain."));
    }
    if address == writers && !is_role(local) {
        return Some(
            "It is the address the mail was sent from; send the address of a role, which stays when people change."
                .into(),
        );
    }
    if is_persons(local, ground.writer) {
        return Some(format!(
            "{address} looks like a person's address; send the address of a role, which stays when people change."
        ));
    }
    if let Some((found, _)) = denial(&offered.beside) {
        if matches!(
            found,
            super::denials::Denial::Later | super::denials::Denial::Unsure | super::denials::Denial::Blank
        ) {
            return Some(format!("{}; say it once the address works.", found.why()));
        }
    }
    let explained = phrases(EXPLAINS).any(&words(&offered.beside)).is_some();
    if !explained && !ground.owned.has_mail_at(domain) {
        return Some(format!(
            "{domain} is none of the domains the mail declares; say whose it is, or send an address in one of yours."
        ));
    }
    None
}

fn is_role(local: &str) -> bool {
    local.split(['.', '_', '-', '+']).any(|part| {
        ROLES.contains(&part) || ["security", "embargo", "predisclosure"].iter().any(|role| part.contains(role))
    })
}

/// `first.last`, `f.last`, or made of the author's own names.
fn is_persons(local: &str, writer: &Writer) -> bool {
    if is_role(local) {
        return false;
    }
    let parts: Vec<&str> = local.split(['.', '_']).collect();
    let named = |part: &&str| part.chars().all(char::is_alphabetic);
    if let [first, last] = parts.as_slice() {
        if named(first) && named(last) && last.chars().count() > 1 {
            return true;
        }
    }
    let names: Vec<String> = writer
        .name
        .split(|c: char| !c.is_alphanumeric())
        .map(letters)
        .filter(|name| name.chars().count() > 2)
        .collect();
    let bare = letters(local);
    let initial = |name: &String, other: &String| {
        name.chars().next().is_some_and(|c| bare == format!("{c}{other}") || bare == format!("{other}{c}"))
    };
    names.contains(&bare)
        || names.iter().any(|name| {
            names.iter().any(|other| name != other && (bare == format!("{name}{other}") || initial(name, other)))
        })
}

fn phrases(words: &[&str]) -> Phrases {
    Phrases::of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}
