//! Real reports about deliveries, from thirty years of mail servers: how many are recognised, how often with the right
//! address, and how often something is taken for a failure that is none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use embargod::mail::delivery_status::{self, Fate, Said};
use embargod::mail::headers::Headers;
use embargod::mail::machine::machine;
use embargod::mail::secret::{Secret, sha256_hex};

use crate::world::root;

/// What people found in a file.
struct Expected {
    file: String,
    /// `None`: it is no report about a delivery.
    fate: Option<Fate>,
    addresses: BTreeSet<String>,
}

fn expected() -> Vec<Expected> {
    let text = std::fs::read_to_string(root().join("fixtures/bounces/expected.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let file = words.next().unwrap().to_owned();
            let fate = words.next().unwrap();
            assert!(fate == "none" || Fate::parse(fate).is_some(), "{line}");
            let addresses = words.filter(|word| *word != "-").map(str::to_owned).collect();
            Expected { file, fate: Fate::parse(fate), addresses }
        })
        .collect()
}

fn said(raw: &[u8]) -> Vec<Said> {
    let secret = Arc::new(Secret::new([7; 32]));
    delivery_status::said(raw, machine(&Headers::read(raw), None, &secret).as_ref())
}

/// Every real report; none where no corpus is at hand.
pub fn reports() -> Vec<Vec<u8>> {
    let Some(corpus) = std::env::var_os("EMBARGOD_CORPUS") else { return Vec::new() };
    let folder = Path::new(&corpus).join("bounces");
    let reports = expected().into_iter().filter(|expected| expected.fate.is_some());
    reports.map(|expected| std::fs::read(folder.join(expected.file)).unwrap()).collect()
}

fn hashed(said: &[Said]) -> BTreeSet<String> {
    let addresses = said.iter().filter_map(|said| said.recipient.as_ref());
    addresses.map(|address| sha256_hex(address.to_lowercase().as_bytes())[..16].to_owned()).collect()
}

/// The format a file is in, as its name and its parts say.
fn format(file: &str, raw: &[u8]) -> String {
    let status = String::from_utf8_lossy(raw).to_lowercase().contains("content-type: message/delivery-status");
    let name = file.rsplit('/').next().unwrap();
    if name.contains("not_bounces") {
        return "no bounces".into();
    }
    let flufl = name.strip_prefix("flufl_bounce_tests_data_").and_then(|name| name.split_once('_'));
    let family = flufl.map_or("schleuder", |(family, _)| family);
    match (family, status) {
        ("dsn", _) | ("schleuder" | "simple", true) => "RFC 3464".into(),
        ("schleuder" | "simple" | "bounce", false) => "other servers".into(),
        (family, _) => family.to_owned(),
    }
}

#[derive(Default)]
struct Score {
    files: usize,
    recognised: usize,
    addressed: usize,
    explained: usize,
    alarms: usize,
}

#[test]
fn real_reports_are_recognised_and_nothing_else_is() {
    let Some(corpus) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let folder = Path::new(&corpus).join("bounces");
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let (mut all, mut missed) = (Score::default(), Vec::new());
    for Expected { file, fate, addresses } in expected() {
        let raw = std::fs::read(folder.join(&file)).unwrap();
        for raw in [raw.clone(), crate::world::crlf(&raw)] {
            let said = said(&raw);
            let worst = delivery_status::worst(&said);
            let found = worst.map(|said| said.fate);
            let is_report = fate.is_some();
            let right = found == fate;
            let addressed = right && (hashed(&said) == addresses || addresses.is_empty());
            let explained = worst.is_some_and(|said| !said.diagnostic.is_empty());
            assert!(said.iter().all(|said| said.diagnostic.chars().count() <= 200));
            // A delay taken for a failure alarms people for nothing.
            let alarm = found == Some(Fate::Failed) && fate != Some(Fate::Failed);
            if !right || !addressed {
                missed.push(format!(
                    "{file}: {found:?} for {fate:?}, {} of {} addresses",
                    hashed(&said).len(),
                    addresses.len()
                ));
            }
            for score in [scores.entry(format(&file, &raw)).or_default(), &mut all] {
                score.files += usize::from(is_report);
                score.recognised += usize::from(is_report && right);
                score.addressed += usize::from(is_report && addressed);
                score.explained += usize::from(is_report && explained);
                score.alarms += usize::from(alarm);
            }
        }
    }
    println!(
        "{:<14} {:>7} {:>10} {:>9} {:>9} {:>12}",
        "format", "reports", "recognised", "addressed", "explained", "false alarms"
    );
    for (format, score) in scores.iter().chain([(&"all".to_owned(), &all)]) {
        // Each was read with both line ends.
        let [files, recognised, addressed, explained, alarms] =
            [score.files, score.recognised, score.addressed, score.explained, score.alarms].map(|count| count / 2);
        println!("{format:<14} {files:>7} {recognised:>10} {addressed:>9} {explained:>9} {alarms:>12}");
    }
    println!("{}", missed.iter().step_by(2).map(String::as_str).collect::<Vec<_>>().join("\n"));
    assert_eq!(all.alarms, 0);
    assert_eq!(all.files, 2 * 141);
    assert_eq!(all.recognised, all.files, "{missed:?}");
    assert!(all.addressed * 100 >= all.files * 95, "{missed:?}");
}

/// Nothing else of the corpus is a failure: reports of problems, applications, posts, encrypted mail.
#[test]
fn no_other_mail_of_the_corpus_is_a_failure() {
    let Some(corpus) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let mut alarms = Vec::new();
    let mut read = 0;
    for file in super::files(Path::new(&corpus)) {
        let name = file.to_string_lossy();
        // A real report among the samples of broken MIME, and what other programs made of it.
        let report = name.contains("/bounces/") && !name.contains("not_bounces") || name.contains("testmsgs_badbound");
        if report {
            continue;
        }
        read += 1;
        let said = said(&std::fs::read(&file).unwrap());
        if delivery_status::worst(&said).is_some_and(|said| said.fate != Fate::Other) {
            alarms.push(file);
        }
    }
    println!("{read} other mails, {} taken for reports about deliveries: {alarms:?}", alarms.len());
    assert!(read > 500 && alarms.is_empty(), "{alarms:?}");
}
