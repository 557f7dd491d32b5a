//! Real advisories, where a folder of them is at hand: signed texts that are read and printed again byte for byte, and what
//! is wrong with each, as a person found it who read them before the checker did.

use std::path::{Path, PathBuf};
use std::process::Output;

use embargod::advisory::style::Style;
use embargod::advisory::text::{parse, render, unsigned};
use embargod::mail::parts::parts;
use embargod::policy::profile::Profile;

use crate::mailstack::gpg::Gpg;
use crate::world::embargod;

/// Line, severity, and words of the finding.
type Judged = (u32, &'static str, &'static str);

/// Of each mail: how many pieces of its text have another form than the usual one, and what is wrong with it, by the lines
/// of the text. The patches of those called “nopatch” and “partial” were left out when they were saved.
///
/// The title blocks that are unusual are those of 2016 to 2019, which centre their second line one column further left.
const JUDGED: &[(&str, usize, &[Judged])] = &[
    (
        "xsa185-v3.nopatch.eml",
        1,
        &[(57, "warning", "“é” (U+00E9) is not ASCII"), (69, "error", "“xsa185.patch” is listed, and not attached")],
    ),
    // Only Xen 4.4, and its patch is there; of 2016, when the notice about deployment was new.
    ("xsa188-v3.eml", 1, &[(56, "warning", "“DEPLOYMENT DURING EMBARGO” lacks the note")]),
    (
        "xsa225-v2.nopatch.eml",
        1,
        &[(1, "warning", "names no CVE number"), (59, "error", "“xsa225.patch” is listed, and not attached")],
    ),
    (
        "xsa291-v3.partial.eml",
        1,
        &[
            (66, "error", "“xsa291.patch” is listed, and not attached"),
            (67, "error", "“xsa291-4.9.patch” is listed, and not attached"),
            (68, "error", "“xsa291-4.11.patch” is listed, and not attached"),
        ],
    ),
    (
        "xsa317-v3.partial.eml",
        0,
        &[
            (83, "warning", "“xsa317.meta” names no patch for 4.10, 4.11, 4.12, 4.13, 4.9 and master"),
            (84, "error", "“xsa317.patch” is listed, and not attached"),
        ],
    ),
    // Its fix was public before: nothing is attached, and nothing says so.
    ("xsa387-v2.eml", 0, &[(45, "warning", "“HMV” or “HVM” (line 55) may be a slip of the other")]),
    ("xsa461-v2.nopatch.eml", 0, &[(63, "error", "“xsa461.patch” is listed, and not attached")]),
];

fn folder() -> Option<PathBuf> {
    std::env::var_os("EMBARGOD_CORPUS").map(|root| PathBuf::from(root).join("advisories"))
}

fn xen() -> Style {
    let xen = Profile::built_in("xen", "example.org").unwrap();
    xen.advisory.style(&xen.project)
}

/// The text part of a mail.
fn body(raw: &[u8]) -> Vec<u8> {
    let parts = parts(raw);
    parts.iter().find(|part| part.content.kind == "text/plain").unwrap().bytes().into_owned()
}

fn advisory(words: &[&str], file: &Path) -> Output {
    embargod().current_dir("/").arg("advisory").args(words).arg(file).args(["--profile", "xen"]).output().unwrap()
}

#[test]
fn every_signed_text_is_read_and_printed_byte_for_byte_and_its_signature_holds() {
    let Some(folder) = folder() else { return };
    let gpg = Gpg::fresh();
    let certificate = "pgp-xen.org-23E3222C145F4475FA8060A783FE14C957E82BD9.asc";
    gpg.import(&std::fs::read(folder.join(certificate)).unwrap());
    let style = xen();
    let (mut pieces, mut unusual) = (0, 0);
    for (name, expected, _) in JUDGED {
        let raw = std::fs::read(folder.join(name)).unwrap();
        let body = body(&raw);
        let (signer, text) = gpg.cleartext(&body).unwrap_or_else(|| panic!("{name}: the signature does not hold"));
        assert!(certificate.contains(&signer), "{name}: {signer}");
        let text = String::from_utf8(text).unwrap();
        assert_eq!(unsigned(&String::from_utf8(body).unwrap()).unwrap().text, text, "{name}");
        let (advisory, findings) = parse(&text, &style);
        assert_eq!(findings, [], "{name}");
        assert_eq!(render(&advisory, &style), text, "{name}");
        assert_eq!(advisory.unusual(), *expected, "{name}");
        assert_eq!(
            advisory.head.number.map(|number| format!("xsa{number}-v{}", advisory.head.version)),
            Some(name[..9].to_owned())
        );
        assert!(advisory.head.other.is_empty() && !advisory.head.title.is_empty(), "{name}");
        // In the usual form it says the same.
        let (again, _) = parse(&render(&advisory.clone().canonical(), &style), &style);
        assert_eq!(again.head, advisory.head, "{name}");
        assert!(
            again
                .sections
                .iter()
                .zip(&advisory.sections)
                .all(|(one, other)| one.heading == other.heading && one.body == other.body)
        );
        pieces += 1 + advisory.sections.len();
        unusual += advisory.unusual();
        // And by the command, from the mail as it was saved.
        let printed = advisory_text(&folder.join(name));
        assert_eq!(printed, text, "{name}");
    }
    println!("{} texts, {pieces} pieces, {unusual} of them kept as they were written", JUDGED.len());
    assert!(pieces >= 60 && unusual == 4);
}

fn advisory_text(file: &Path) -> String {
    let output = advisory(&["render"], file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_wrong_with_each_is_found_and_nothing_else() {
    let Some(folder) = folder() else { return };
    let mut mails: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".eml"))
        .collect();
    mails.sort();
    assert_eq!(mails, JUDGED.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for (name, _, expected) in JUDGED {
        let output = advisory(&["lint", "--json"], &folder.join(name));
        let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = listed[0]["findings"].as_array().unwrap();
        let text = |finding: &serde_json::Value| finding["text"].as_str().unwrap().to_owned();
        println!("{name}: {:#?}", findings.iter().map(text).collect::<Vec<_>>());
        assert_eq!(findings.len(), expected.len(), "{name}: {findings:#?}");
        for (finding, (line, severity, words)) in findings.iter().zip(*expected) {
            assert_eq!(
                (finding["line"].as_u64(), finding["severity"].as_str()),
                (Some(u64::from(*line)), Some(*severity)),
                "{name}: {finding}"
            );
            assert!(text(finding).contains(words), "{name}: {finding}");
        }
        let errors = expected.iter().any(|(_, severity, _)| *severity == "error");
        assert_eq!(output.status.code(), Some(i32::from(errors)), "{name}");
    }
}

/// The descriptions beside the mails are the very files that are attached to them.
#[test]
fn a_description_for_programs_is_found_beside_its_text_as_in_its_mail() {
    let Some(folder) = folder() else { return };
    let home = tempfile::tempdir().unwrap();
    for number in ["291", "317"] {
        let mail = folder.join(format!("xsa{number}-v3.partial.eml"));
        let text = home.path().join(format!("advisory-{number}.txt"));
        std::fs::write(&text, body(&std::fs::read(&mail).unwrap())).unwrap();
        let of_mail = advisory(&["lint"], &mail);
        let meta = folder.join(format!("xsa{number}.meta"));
        let beside = embargod().args(["advisory", "lint", "--profile", "xen"]).args([&text, &meta]).output().unwrap();
        let words = |output: &Output, before: u32| {
            let shown = String::from_utf8(output.stdout.clone()).unwrap();
            let line = |line: &str| {
                let (_, rest) = line.split_once(':').unwrap();
                let (number, rest) = rest.split_once(':').unwrap();
                (number.parse::<u32>().unwrap() - before, rest.to_owned())
            };
            shown.lines().map(line).collect::<Vec<_>>()
        };
        // Three lines of the signature stand before the text.
        assert_eq!(words(&of_mail, 0), words(&beside, 3), "{number}");
        assert!(!words(&beside, 3).is_empty());
    }
}
