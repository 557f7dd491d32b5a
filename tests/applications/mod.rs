//! Applications as people write them, each with what a careful person found in it, who did not know the checker. The files
//! in `fixtures/applications` are not to be bent to it: what it does not find it does not find.

mod corpus;
mod fixture;
mod shown;

use std::collections::BTreeMap;

use embargod::mail::applicant;
use embargod::mail::sheet::{Sheet, sheet};
use embargod::policy::profile::Profile;
use embargod::rules::checklist::{Checklist, Findings, Status, Writer, check_after, merged};

use self::fixture::{Judged, threads};

/// So many of a hundred findings have to be a person's, item by item: what stood when this was written, with 88 mails.
const AGREEMENT_MIN: &[(&str, usize)] = &[
    ("organisation", 98),
    ("domains", 96),
    ("criteria", 97),
    ("products", 95),
    ("provider-evidence", 94),
    ("hosting-rates", 93),
    ("software-download", 100),
    ("project-activity", 98),
    ("usage-evidence", 94),
    ("security-reporting", 94),
    ("policy-statement", 95),
    ("alias", 95),
];
/// Twenty mails that were judged by people, and by the checker, before anybody who worked on the checker had seen them.
const HELD_BACK: &[&str] = &[
    "01-rheinufer",
    "02-kaveri",
    "03-ardoise",
    "05-tormesvps",
    "09-maracuja",
    "16-ostlergate",
    "19-yunhai",
    "22-vantrellis",
    "32-outlook-table",
    "33-gmail-alternative",
    "34-roundcube-footnotes",
    "35-related-logo-large-user",
    "41-iso2022jp-hosting",
    "43-pgp-mime-quoted-questions",
    "48-markdown-vendor",
    "51-topposted-over-policy",
    "63-agree-except",
    "64-reseller",
    "66-cellar-cat",
    "67-words-around-nothing",
];
/// How many of those twenty it judged as people do, at first sight: 205 of 240, none of them complete that was not, four
/// found that were not (products of 09, provider-evidence of 51, criteria of 64 and of 66). That is what it is worth with
/// mail that it has not been mended for; what it finds in them since tells less.
const HELD_BACK_AGREED: &[(&str, usize)] = &[
    ("organisation", 20),
    ("domains", 18),
    ("criteria", 17),
    ("products", 14),
    ("provider-evidence", 13),
    ("hosting-rates", 18),
    ("software-download", 19),
    ("project-activity", 18),
    ("usage-evidence", 15),
    ("security-reporting", 18),
    ("policy-statement", 17),
    ("alias", 18),
];
/// Quotes within so many lines of the person's are near.
const NEAR_LINES: usize = 4;

pub fn xen() -> Checklist {
    Profile::built_in("xen", "example.org").unwrap().application.unwrap()
}

pub fn writer(raw: &[u8]) -> Writer {
    let author = applicant::author(raw);
    author
        .map(|author| Writer { address: Some(author.address), name: author.name.unwrap_or_default() })
        .unwrap_or_default()
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Found => "found",
        Status::Unclear => "unclear",
        Status::Missing => "missing",
    }
}

/// One spelling of quotes and blanks, in lower case.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap(),
        other => other,
    };
    let text: String = text.chars().map(plain).filter(|c| !"*_`".contains(*c)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[derive(Default)]
struct Tally {
    agreed: usize,
    all: usize,
    quoted: usize,
    near: usize,
}

/// What went wrong that must never go wrong.
fn compare(judged: &Judged, findings: &Findings, sheet: &Sheet, tallies: &mut BTreeMap<String, Tally>) -> Vec<String> {
    let mut broken = Vec::new();
    if findings.complete() && !judged.complete {
        broken.push(format!("{}: complete, and a person says it is not", judged.name));
    }
    for item in &judged.items {
        let finding = findings.get(&item.id).unwrap_or_else(|| panic!("{}: no {}", judged.name, item.id));
        let tally = tallies.entry(item.id.clone()).or_default();
        tally.all += 1;
        let said = word(finding.status);
        if said == item.status {
            tally.agreed += 1;
        } else {
            println!(
                "{}: {}: a person {} “{}”, the checker {said} “{}”",
                judged.name, item.id, item.status, item.quote, finding.quote
            );
        }
        if finding.status == Status::Found && item.status == "missing" {
            broken.push(format!(
                "{}: {} found in “{}”, and a person says it is missing",
                judged.name, item.id, finding.quote
            ));
        }
        let elsewhere = judged.name.contains('/');
        if said == item.status && !item.quote.is_empty() && !elsewhere {
            tally.quoted += 1;
            let wanted = folded(&item.quote);
            let lines = |from: usize, to: usize| {
                let text =
                    sheet.lines.iter().filter(|line| (from..=to).contains(&line.number)).map(|line| line.text.as_str());
                folded(&text.collect::<Vec<_>>().join(" "))
            };
            let around = lines(finding.line.saturating_sub(NEAR_LINES), finding.line + NEAR_LINES);
            tally.near += usize::from(folded(&finding.quote).contains(&wanted) || around.contains(&wanted));
        }
    }
    broken
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    raw.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

#[test]
fn the_checker_finds_what_careful_people_find_and_never_more() {
    let checklist = xen();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut held_back: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut broken, mut required, mut complete) = (Vec::new(), (0, 0), (0, 0));
    let mut mails = 0;
    for thread in threads() {
        let mut so_far: Option<Findings> = None;
        for judged in thread.iter().filter(|judged| ["application", "follow-up"].contains(&judged.kind.as_str())) {
            let sheet = sheet(&judged.raw);
            let check = |raw: &[u8]| {
                let earlier = so_far.clone().unwrap_or_default();
                check_after(&checklist, &embargod::mail::sheet::sheet(raw), &writer(raw), &earlier)
            };
            let findings = check(&judged.raw);
            assert_eq!(check(&with_crlf(&judged.raw)), findings, "{} with CRLF", judged.name);
            let findings = match &so_far {
                Some(earlier) => merged(earlier, &findings),
                None => findings,
            };
            if !judged.items.is_empty() {
                mails += 1;
                broken.extend(compare(judged, &findings, &sheet, &mut tallies));
                if HELD_BACK.contains(&judged.name.as_str()) {
                    compare(judged, &findings, &sheet, &mut held_back);
                }
                let same = |item: &&fixture::Item| {
                    findings.get(&item.id).is_some_and(|finding| finding.required == item.required)
                };
                required = (required.0 + judged.items.iter().filter(same).count(), required.1 + judged.items.len());
                complete = (complete.0 + usize::from(findings.complete() == judged.complete), complete.1 + 1);
            }
            so_far = Some(findings);
        }
    }
    println!("\n{mails} mails      agreed  quotes near");
    for item in &checklist.items {
        let tally = &tallies[&item.id];
        println!("{:<20} {:>3}/{:<3} {:>3}/{:<3}", item.id, tally.agreed, tally.all, tally.near, tally.quoted);
    }
    println!(
        "required             {:>3}/{:<3}\ncomplete             {:>3}/{:<3}",
        required.0, required.1, complete.0, complete.1
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for (id, min) in AGREEMENT_MIN {
        let tally = &tallies[*id];
        assert!(tally.agreed * 100 >= min * tally.all, "{id}: {} of {}", tally.agreed, tally.all);
        assert!(tally.near * 100 >= 85 * tally.quoted, "{id}: {} of {} quotes are near", tally.near, tally.quoted);
    }
    for (id, first) in HELD_BACK_AGREED {
        let tally = &held_back[*id];
        assert_eq!(tally.all, HELD_BACK.len(), "{id}");
        assert!(tally.agreed >= *first, "{id}: {} of those held back, and {first} at first sight", tally.agreed);
    }
}
