//! The domains an applicant uses, said to be theirs. One that only stands in an address or a link was not declared.

use super::denials::denial;
use super::ground::{Ground, Place};
use super::sections::Marker;
use super::{Finding, Kind, links};

pub fn judge(ground: &Ground<'_>, index: usize) -> Finding {
    let answers = ground.answers(index);
    let mut names: Vec<(Place, String)> = Vec::new();
    for (chunk, answer) in &answers {
        let hosts = links::links(&answer.text)
            .into_iter()
            .map(|link| (link.at, link.host.trim_start_matches("www.").to_owned()));
        for (at, name) in links::domains(&answer.text).into_iter().chain(hosts) {
            names.push((Place { chunk: *chunk, at: at.start }, name));
        }
    }
    if names.is_empty() && answers.is_empty() {
        names = spoken(ground, index);
    }
    if let Some((place, _)) = names.first() {
        let mut values: Vec<String> = Vec::new();
        for (_, name) in &names {
            if !values.contains(name) {
                values.push(name.clone());
            }
        }
        return ground.found(index, *place, values);
    }
    if let Some((chunk, answer)) = answers.first() {
        let found = denial(&answer.text);
        let why = found.map_or("The answer names no domain".to_owned(), |(found, _)| found.why().to_owned());
        let place = Place { chunk: *chunk, at: found.map_or(0, |(_, at)| at) };
        return ground.unclear(index, place, format!("{why}; name the domains, like example.org."));
    }
    let asked = ground.sections.asked.get(index).copied().flatten().is_some();
    match only_mentioned(ground) {
        Some(_) if asked => ground.missing(index, ""),
        Some(place) => ground.unclear(
            index,
            place,
            "A domain stands only in a link or an address; say which domains you use to provide it.",
        ),
        None => ground.missing(index, ""),
    }
}

/// Domains in a sentence that speaks of them, or alone in a list of answers.
fn spoken(ground: &Ground<'_>, index: usize) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    for (said, _) in ground.cued(index) {
        let usable = !ground.is_under(said.chunk, Kind::Address);
        for (at, name) in links::domains(&said.text).into_iter().filter(|_| usable) {
            found.push((Place { chunk: said.chunk, at: said.at + at.start }, name));
        }
    }
    if found.is_empty() {
        for (number, chunk) in ground.sections.chunks.iter().enumerate() {
            let listed = chunk.marker == Marker::Counted && chunk.under.is_empty();
            let names = links::domains(&chunk.text);
            let first = names.first().is_some_and(|(at, _)| at.start < 4);
            if listed && first && links::links(&chunk.text).is_empty() {
                found.extend(names.into_iter().map(|(at, name)| (Place { chunk: number, at: at.start }, name)));
                break;
            }
        }
    }
    found
}

/// Where a link or an address of theirs stands.
fn only_mentioned(ground: &Ground<'_>) -> Option<Place> {
    let writers = ground.writer.address.as_ref().map(|address| address.key()).unwrap_or_default();
    let links = ground
        .sections
        .chunks
        .iter()
        .enumerate()
        .find_map(|(chunk, text)| links::links(&text.text).first().map(|link| Place { chunk, at: link.at.start }));
    links.or_else(|| {
        ground.sections.chunks.iter().enumerate().find_map(|(chunk, text)| {
            let found = links::addresses(&text.text).into_iter().find(|(_, address)| {
                let domain = address.rsplit('@').next().unwrap_or_default().to_lowercase();
                address.to_lowercase() != writers && !super::owned::is_free(ground.checklist, &domain)
            });
            found.map(|(at, _)| Place { chunk, at: at.start })
        })
    })
}
