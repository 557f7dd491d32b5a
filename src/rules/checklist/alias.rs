//! The one address to be added: no person's, and where the applicant's mail is.

mod phrases;

use self::phrases::{EXPLAINS, OTHERS, ROLES, THIS};
use super::denials::denial;
use super::ground::{Ground, Place};
use super::links::addresses;
use super::owned::{is_free, letters};
use super::sections::Marker;
use super::words::{Phrases, words};
use super::{Finding, Kind, Writer};

struct Offered {
    place: Place,
    address: String,
    /// The sentence, or the answer, it stands in.
    beside: String,
    asked: bool,
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
                asked: answer.text.trim_end().ends_with('?'),
            });
        }
    }
    offered = without_others(ground, offered);
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

/// Those that are not said to be for something else, if any is left.
fn without_others(ground: &Ground<'_>, offered: Vec<Offered>) -> Vec<Offered> {
    let others = phrases(OTHERS);
    let for_else = |one: &Offered| {
        let said = ground
            .said
            .iter()
            .find(|said| said.chunk == one.place.chunk && (said.at..said.at + said.text.len()).contains(&one.place.at));
        said.is_some_and(|said| {
            let before = said.text.get(..one.place.at - said.at).unwrap_or_default();
            let denied = words(before).iter().rev().take(4).any(|word| word.stem == "not");
            denied || (one.place.at > 0 && others.any(&said.words).is_some())
        })
    };
    let (elsewhere, meant): (Vec<Offered>, Vec<Offered>) = offered.into_iter().partition(|one| for_else(one));
    if meant.is_empty() { elsewhere } else { meant }
}

/// Addresses in a sentence that asks to add them, or alone in a list of answers.
fn spoken(ground: &Ground<'_>, index: usize) -> Vec<Offered> {
    let others = phrases(OTHERS);
    let mut found = Vec::new();
    for (said, _) in ground.cued(index) {
        let elsewhere = ground.is_under(said.chunk, Kind::Link);
        if elsewhere || others.any(&said.words).is_some() {
            continue;
        }
        for (at, address) in addresses(&said.text) {
            let beside = ground.chunk(said.chunk).map(|chunk| chunk.text.clone()).unwrap_or_default();
            let asked = said.text.trim_end().ends_with('?');
            found.push(Offered { place: Place { chunk: said.chunk, at: said.at + at.start }, address, beside, asked });
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
                asked: false,
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
    if offered.asked {
        return Some("It is put as a question; name the one address that is to be added.".to_owned());
    }
    if local.chars().all(|c| c == 'x') {
        return Some("It looks like the form's own words; send the address that is to be added.".to_owned());
    }
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
    if let Some((found, _)) = denial(&offered.beside)
        && matches!(
            found,
            super::denials::Denial::Later | super::denials::Denial::Unsure | super::denials::Denial::Blank
        )
    {
        return Some(format!("{}; say it once the address works.", found.why()));
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
        ROLES.contains(&part)
            || ROLES
                .iter()
                .filter(|role| role.len() > 3)
                .chain(["xen", "xsa", "cve", "noc", "vuln", "ops", "sec", "alert", "secur", "sicher"].iter())
                .collect::<Vec<_>>()
                .iter()
                .any(|role| part.contains(**role))
    })
}

/// `first.last`, `f.last`, or made of the author's own names.
fn is_persons(local: &str, writer: &Writer) -> bool {
    if is_role(local) {
        return false;
    }
    let parts: Vec<&str> = local.split(['.', '_']).collect();
    let named = |part: &&str| part.chars().all(char::is_alphabetic);
    if let [first, last] = parts.as_slice()
        && named(first)
        && named(last)
        && last.chars().count() > 1
    {
        return true;
    }
    let names: Vec<String> = writer
        .name
        .split(|c: char| !c.is_alphanumeric())
        .map(letters)
        .filter(|name| name.chars().count() > 2)
        .collect();
    // One word that is no role's may be somebody's name.
    if parts.len() == 1 && local.chars().all(char::is_alphabetic) {
        return true;
    }
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
