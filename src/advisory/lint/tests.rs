use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::advisory::facts::Deployment;
use crate::advisory::finding::Severity;
use crate::mail::secret::sha256_hex;
use crate::policy::profile::Profile;

const USUAL: &str = include_str!("../../../fixtures/advisories/usual.txt");

static XEN: LazyLock<Style> = LazyLock::new(|| {
    let xen = Profile::built_in("xen", "example.org").unwrap();
    xen.advisory.style(&xen.project)
});

fn file(name: &str, text: &str) -> File {
    let branches = if name.ends_with(".patch") { vec!["master".to_owned()] } else { Vec::new() };
    File { name: name.to_owned(), bytes: text.into(), sha256: sha256_hex(text.as_bytes()), branches }
}

const DIFF: &str = "--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n";

/// Those of the usual text.
fn files() -> Vec<File> {
    vec![file("xsa480.patch", "one"), file("xsa480-4.20.patch", "two")]
}

fn facts() -> Facts {
    Facts {
        number: 480,
        version: 2,
        public_version: 3,
        title: "x86: stale mapping when a grant is mapped twice".to_owned(),
        cves: vec!["CVE-2026-12345".to_owned(), "CVE-2026-12346".to_owned()],
        files: files(),
        embargo: Some("Tue 2026-12-15 12:00 UTC".to_owned()),
        deployment: Deployment::Usual("patches".to_owned()),
        ..Facts::default()
    }
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let kind = |severity| if severity == Severity::Error { "error" } else { "warning" };
    findings.iter().map(|one| format!("{} {}: {}", one.line, kind(one.severity), one.text)).collect()
}

fn alone(text: &str) -> Vec<String> {
    shown(&lint(text, &parse(text, &XEN).0, &XEN, None))
}

fn known(text: &str, facts: &Facts) -> Vec<String> {
    shown(&lint(text, &parse(text, &XEN).0, &XEN, Some(facts)))
}

fn beside(text: &str, files: &[File]) -> Vec<String> {
    shown(&lint_beside(text, &parse(text, &XEN).0, &XEN, Some(files), None))
}

#[test]
fn nothing_is_wrong_with_the_usual_text() {
    assert_eq!(alone(USUAL), [""; 0]);
    assert_eq!(alone(&USUAL.replace('\n', "\r\n")), [""; 0]);
}

/// What is replaced in the usual text, and what is found then, worked out by hand.
const DEFECTS: &[(&str, &str, &[&str])] = &[
    (
        " / XSA-480\n",
        "\n",
        &["1 error: The title block names no number; begin the text with “Xen Security Advisory XSA-NUMBER”."],
    ),
    (
        "            x86: stale mapping when a grant is mapped twice\n",
        "",
        &["1 error: There is no title; write it below the number, with an empty line between."],
    ),
    (
        "    Xen Security Advisory CVE-2026-12345",
        "Hello Bob,\n\n    Xen Security Advisory CVE-2026-12345",
        &["1 error: “Hello Bob,” stands in the title block and is no part of it; remove it, or put it into a section."],
    ),
    (
        "(CVE-2026-12346)",
        "(CVE-2026-123)",
        &[
            "1 warning: CVE-2026-12346 is in the title block, and the text, which names others, does not say what it is; add that.",
            "21 error: “CVE-2026-123” is no CVE number; write it like CVE-2026-12345, or remove it.",
        ],
    ),
    (
        "(CVE-2026-12346)",
        "(CVE-2026-12347)",
        &[
            "1 warning: CVE-2026-12346 is in the title block, and the text, which names others, does not say what it is; add that.",
            "21 warning: CVE-2026-12347 is in the text, and not in the title block; add it there, if it is this issue's.",
        ],
    ),
    (
        "CVE-2026-12345,CVE-2026-12346 / XSA-480",
        "CVE-2026-XXXX / XSA-480",
        &[
            "1 error: “CVE-2026-XXXX” is no CVE number; write it like CVE-2026-12345, or remove it.",
            "20 warning: CVE-2026-12345 is in the text, and not in the title block; add it there, if it is this issue's.",
            "21 warning: CVE-2026-12346 is in the text, and not in the title block; add it there, if it is this issue's.",
        ],
    ),
    (
        "CVE-2026-12345,CVE-2026-12346 / ",
        "",
        &[
            "20 warning: CVE-2026-12345 is in the text, and the title block names no CVE number; add it there, if it is this issue's.",
        ],
    ),
    (
        "Only one of the two",
        "This is XSA-430.\nOnly one of the two",
        &["16 error: The text says of itself that it is XSA-430, and the title block XSA-480; correct it."],
    ),
    (
        "Only one of the two",
        "This issue has been assigned\nXSA-430.  Only one of the two",
        &["17 error: The text says of itself that it is XSA-430, and the title block XSA-480; correct it."],
    ),
    ("Only one of the two", "See XSA-430.\nOnly one of the two", &[]),
    (
        "Only one of the two",
        "Since XSA-479,\nonly one of the two",
        &["16 warning: XSA-479 is named once in the text of XSA-480; see whether XSA-480 is meant."],
    ),
    (
        "UPDATES IN VERSION 2\n====================\n\nThe patch for 4.20 was missing a hunk.\n\n",
        "",
        &["0 error: This is version 2, and nothing says what changed; write the section “UPDATES IN VERSION 2”."],
    ),
    (
        "UPDATES IN VERSION 2",
        "UPDATES IN VERSION 3",
        &[
            "8 error: “UPDATES IN VERSION 3” stands in version 2; correct the heading, or the version in the title block.",
        ],
    ),
    (
        "UPDATES IN VERSION 2\n====================",
        "UPDATES IN VERSION\n==================",
        &["8 warning: The heading “UPDATES IN VERSION” does not say which version; write “UPDATES IN VERSION 2”."],
    ),
    (
        "IMPACT\n======\n\nA malicious guest can read, and in the second case change, memory that\nbelongs to another guest.\n\n",
        "",
        &["0 error: The section “IMPACT” is missing; write it."],
    ),
    (
        "IMPACT\n======\n",
        "IMPCAT\n======\n",
        &["23 error: The section “IMPACT” is missing; “IMPCAT” looks like it: correct that heading."],
    ),
    (
        "CREDITS\n=======\n",
        "CREDIT\n======\n",
        &["39 warning: The heading “CREDIT” looks like “CREDITS”; correct it, if that is meant."],
    ),
    (
        "There is no mitigation available.\n",
        "",
        &["34 error: The section “MITIGATION” is empty; write it, or remove its heading."],
    ),
    (
        "CREDITS\n=======\n",
        "IMPACT\n======\n",
        &[
            "39 warning: There is a section “IMPACT” on line 23, too; join them.",
            "39 warning: “IMPACT” stands behind “MITIGATION”; it usually stands before it: move it.",
        ],
    ),
    (
        "DEPLOYMENT DURING EMBARGO\n=========================\n",
        "NOTE ON THE LACK OF EMBARGO\n===========================\n",
        &[],
    ),
    (
        "CREDITS\n=======\n",
        "NOTE ON THE LACK OF EMBARGO\n===========================\n",
        &[
            "57 error: The text has both “DEPLOYMENT DURING EMBARGO” and “NOTE ON THE LACK OF EMBARGO”; there was an embargo or there was none: remove one.",
        ],
    ),
    (
        "DEPLOYMENT DURING EMBARGO\n=========================\n",
        "A NOTE\n======\n",
        &[
            "0 warning: The text has neither “DEPLOYMENT DURING EMBARGO” nor “NOTE REGARDING LACK OF EMBARGO”; write one of them.",
        ],
    ),
    ("(Note: this", "(Note: that this", &[]),
    (
        "xsa480.patch           xen",
        "xsa480-unstable.patch  xen",
        &[
            "49 error: “xsa480-unstable.patch” is in the table, and its SHA-256 is not in the list below; correct the name, or add it.",
            "53 warning: No line of the table says which branches “xsa480.patch” is for; add one.",
        ],
    ),
    (
        "7692c3ad3540",
        "7692c3ad354",
        &["53 error: The SHA-256 of “xsa480.patch” has 63 digits, and not 64; correct it."],
    ),
    (
        "  xsa480-4.20.patch\n$",
        "  xsa480.patch\n$",
        &[
            "50 error: “xsa480-4.20.patch” is in the table, and its SHA-256 is not in the list below; correct the name, or add it.",
            "54 error: “xsa480.patch” is listed twice; remove one line.",
        ],
    ),
    (
        "xsa480-4.20.patch\n$\n",
        "xsa480-4.20.patch\n",
        &["54 warning: The list of SHA-256 does not end with a line “$”; add it."],
    ),
    (
        "xsa480-4.20.patch",
        "xsa479-4.20.patch",
        &[
            "50 error: “xsa479-4.20.patch” is called after another advisory than XSA-480; rename the file, or correct the name.",
        ],
    ),
    ("HVM", "", &[]),
    (
        "A malicious guest",
        "A malicious HMV or HVM guest (all HVM)",
        &[
            "26 warning: The line has 91 characters; break it, at 72 at best.",
            "26 warning: “HMV” may be a slip of “HVM”, which the text has more often; correct it.",
        ],
    ),
    (
        "belongs to another",
        "belongs\tto another",
        &["27 warning: There is a tab in this line; write blanks, which look the same everywhere."],
    ),
    (
        "by Dana",
        "by Dána",
        &[
            "42 warning: “á” (U+00E1) is not ASCII; some lists and archives garble it. Keep it only where it is needed, as in a name.",
        ],
    ),
    (
        "by Dana",
        "by \u{202e}anaD",
        &[
            "42 error: There is a character that is not seen, or turns the direction of writing, in this line (U+202E); remove it.",
        ],
    ),
    ("by Dana", "by D\u{1b}ana", &["42 error: There is a control character in this line (U+001B); remove it."]),
    ("by Dana", "by D\u{fffd}na", &["42 error: A character of this line could not be read; write it anew, in UTF-8."]),
    (
        "This issue was",
        "-----BEGIN PGP SIGNATURE-----\nThis issue was",
        &[
            "42 error: This line looks like a part of OpenPGP data, and breaks the signature for some readers; remove it.",
        ],
    ),
    (
        "UNTIL Tue 2026",
        "UNTIL Wed 2026",
        &["6 warning: “Wed 2026-12-15” is a Tuesday; correct the weekday or the date."],
    ),
    (
        "This issue was",
        "On Tuesday 16 December 2026\nthis issue was",
        &["42 warning: “Tuesday 16 December 2026” is a Wednesday; correct the weekday or the date."],
    ),
    ("This issue was", "On Wednesday, December 16th, 2026\nthis issue was", &[]),
    (
        "This issue was",
        "On 31 November 2026\nthis issue was",
        &["42 warning: There is no day “31 November 2026”; correct it."],
    ),
    (
        "IMPACT\n======\n",
        "IMPACT\n====\n",
        &["24 warning: The underline of “IMPACT” is 4 long, and the heading 6; make them equal."],
    ),
];

#[test]
fn each_defect_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for (from, to, expected) in DEFECTS {
        assert!(USUAL.contains(from) || expected.is_empty(), "{from}");
        let found = alone(&USUAL.replace(from, to));
        if found != *expected {
            wrong.push(format!("{from} → {to}\n{found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_title_of_another_advisory_has_to_be_in_the_text() {
    let missed = USUAL.replace("stale mapping when a grant is mapped twice", "missed flush in the backport of XSA-321");
    assert_eq!(alone(&missed), [""; 0], "nothing in the text says otherwise");
    let wrong = missed.replace("A guest may map the same grant twice.", "The backport of XSA-320 lacks a flush.");
    assert_eq!(
        alone(&wrong),
        ["16 error: The title is about XSA-321, and the text about XSA-320, never about XSA-321; correct one of them."]
    );
    assert_eq!(
        alone(&missed.replace("A guest may map the same grant twice.", "XSA-321, after XSA-320, lacks a flush.")),
        [""; 0]
    );
}

#[test]
fn a_text_without_files_cannot_speak_of_an_attached_patch() {
    let (begin, rest) = USUAL.split_once("xsa480.patch  ").unwrap();
    let (_, end) = rest.split_once("\n$\n\n").unwrap();
    let text = format!("{begin}{end}");
    assert_eq!(
        alone(&text),
        ["47 error: The text says “attached patch”, and no patch is listed; add it, or correct the sentence."]
    );
    assert_eq!(alone(&text.replace("attached patch", "following patch")), [""; 0]);
}

#[test]
fn what_is_attached_is_what_the_signature_covers() {
    // Their bytes are no diffs, but have the SHA-256 of the text.
    let no_diff = |name: &str| format!("0 error: “{name}” is no unified diff; attach the patch itself.");
    assert_eq!(beside(USUAL, &files()), [no_diff("xsa480-4.20.patch"), no_diff("xsa480.patch")]);
    let hash = sha256_hex(DIFF.as_bytes());
    assert_eq!(
        beside(USUAL, &[file("xsa480.patch", DIFF), file("xsa480.meta", "{")]),
        [
            "0 error: “xsa480.meta” cannot be read as JSON with recipes of patches; correct it.".to_owned(),
            "0 error: “xsa480.meta” is attached, and its SHA-256 is not in the text, so that no signature covers it; add it.".to_owned(),
            format!("53 error: The attached “xsa480.patch” has another SHA-256: {hash}; attach the right file, or correct the line."),
            "54 error: “xsa480-4.20.patch” is listed, and not attached; attach it, or remove the line.".to_owned(),
        ]
    );
}

#[test]
fn the_description_for_programs_names_the_patches() {
    let meta = r#"{ "XSA": 481, "Recipes": {
        "4.20": { "Recipes": { "xen": { "Patches": [] } } },
        "4.19": { "Recipes": { "xen": { "Patches": ["xsa480-4.19.patch"] } } },
        "master": { "Recipes": { "xen": { "Patches": ["xsa480.patch"] } } } } }"#;
    let text = USUAL.replace("$\n\nDEPLOY", &format!("{}  xsa480.meta\n$\n\nDEPLOY", sha256_hex(meta.as_bytes())));
    let found = beside(&text, &[files(), vec![file("xsa480.meta", meta)]].concat());
    assert_eq!(
        found.iter().filter(|one| one.contains("meta")).collect::<Vec<_>>(),
        [
            "55 error: “xsa480.meta” is about XSA-481, and the text about XSA-480; correct it.",
            "55 warning: “xsa480.meta” names no patch for 4.20, and there are patches; add them.",
            "55 warning: “xsa480.meta” names “xsa480-4.19.patch”, which is neither listed nor attached; correct it.",
        ]
    );
}

#[test]
fn a_commit_message_keeps_silent_where_the_project_wants_that() {
    let patch =
        |message: &str| format!("From: Dana\nSubject: grant: check again\n\n{message}\n---\n{DIFF}+/* security */\n");
    let silent = Style { silent_commits: true, ..XEN.clone() };
    let said = |message: &str, style: &Style| {
        let files = [file("a.patch", &patch(message))];
        let found = lint_beside(USUAL, &parse(USUAL, style).0, style, Some(&files), None);
        shown(&found).into_iter().filter(|one| one.contains("commit message")).collect::<Vec<_>>()
    };
    for (message, word) in [
        ("This fixes a security\nproblem.", "security"),
        ("Fixes CVE-2026-12345.", "CVE-2026-12345"),
        ("This is XSA-480.", "XSA-480"),
        ("An Attacker may crash the host.", "Attacker"),
        ("The vulnerable path.", "vulnerable"),
    ] {
        assert_eq!(
            said(message, &silent),
            [format!(
                "0 error: The commit message of “a.patch” says “{word}”; it must not tell that this is a security problem: reword it."
            )]
        );
        assert_eq!(said(message, &XEN), [""; 0]);
    }
    assert_eq!(said("Look up again, since the first may be gone.", &silent), [""; 0]);
}

#[test]
fn a_text_is_compared_with_what_the_desk_knows() {
    let no_diff = [
        "0 error: “xsa480-4.20.patch” is no unified diff; attach the patch itself.",
        "0 error: “xsa480.patch” is no unified diff; attach the patch itself.",
    ];
    let others = |text: &str, facts: &Facts| {
        known(text, facts).into_iter().filter(|one| !no_diff.contains(&one.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(others(USUAL, &facts()), [""; 0]);
    let differ = |change: fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        others(USUAL, &facts)
    };
    assert_eq!(
        differ(|facts| facts.number = 481),
        ["1 error: The title block names XSA-480, and this advisory is XSA-481; correct it."]
    );
    assert_eq!(
        differ(|facts| drop(facts.cves.pop())),
        [
            "1 error: The title block names CVE-2026-12346, which the case does not have; correct it, or say “!cve” first."
        ]
    );
    assert_eq!(
        differ(|facts| facts.cves.push("CVE-2026-9999".into())),
        ["1 error: The title block lacks CVE-2026-9999, which the case has; add it."]
    );
    assert_eq!(
        differ(|facts| (facts.version, facts.public_version) = (3, 4)),
        [
            "1 error: The title block says version 2, and this is version 3; correct it.",
            "6 error: There is an embargo mark in a text that is not under embargo; remove it.",
        ]
    );
    assert_eq!(
        differ(|facts| facts.embargo = Some("Wed 2026-12-16 12:00 UTC".into())),
        [
            "6 error: The embargo mark says “EMBARGOED UNTIL Tue 2026-12-15 12:00 UTC”, and the embargo ends Wed 2026-12-16 12:00 UTC; correct it.",
        ]
    );
    assert_eq!(
        differ(|facts| (facts.embargo, facts.public_version) = (None, 2)),
        [
            "6 error: There is an embargo mark in a text that is not under embargo; remove it.",
            "57 error: There was no embargo, and the text has “DEPLOYMENT DURING EMBARGO”; remove it, and write “NOTE REGARDING LACK OF EMBARGO”.",
        ]
    );
    assert_eq!(
        differ(|facts| facts.deployment = Deployment::Usual("nothing".into())),
        [
            "57 error: “DEPLOYMENT DURING EMBARGO” permits something else than “!deploy nothing” said; remove the section, and it is written anew, or say “!deploy text” with these words.",
        ]
    );
    assert_eq!(
        differ(|facts| facts.affected = ["master", "4.20", "4.21"].map(str::to_owned).to_vec()),
        ["49 warning: No patch is listed for 4.21, which is affected; add it, or say why.",]
    );
    assert_eq!(
        differ(|facts| facts.today = Some("2026-12-16".parse().unwrap())),
        ["6 warning: “Tue 2026-12-15” is over; correct the date, or the sentence.",]
    );
    let range = USUAL.replace("Xen 4.20.x, Xen 4.19.x, Xen 4.18.x", "Xen 4.21.x - 4.18.x");
    assert_eq!(others(&range, &Facts { affected: vec!["4.19".into(), "Xen 4.20.x".into()], ..facts() }), [""; 0]);
    assert_eq!(
        others(&USUAL.replace("Xen 4.18.x\n", "Xen 4.8.x\n"), &facts()),
        [
            "50 warning: 4.8.x is not among the branches that are maintained (master, 4.21, 4.20, 4.19, 4.18); correct it, if it is a slip.",
        ]
    );
    let (unsaid, _) = USUAL.split_once("\nDEPLOYMENT").unwrap();
    assert_eq!(
        others(unsaid, &Facts { deployment: Deployment::Unsaid, ..facts() }),
        [
            "0 error: Nothing says what members may deploy during the embargo; say “!deploy mitigations”, “!deploy nothing”, “!deploy patches” and “!deploy patches-only”, or “!deploy text” with words of your own, or write the section “DEPLOYMENT DURING EMBARGO”.",
        ]
    );
    let public = Facts { embargo: None, public_version: 2, ..facts() };
    let text = unsaid.replace("           *** EMBARGOED UNTIL Tue 2026-12-15 12:00 UTC ***\n\n", "");
    assert_eq!(
        others(&text, &public),
        [
            "0 error: There is no embargo, and the text does not say why; write the section “NOTE REGARDING LACK OF EMBARGO”."
        ]
    );
}

#[test]
fn what_is_filled_has_no_errors_and_what_cannot_be_filled_is_one() {
    let facts = Facts { files: vec![file("xsa480.patch", DIFF)], updates: "A hunk was added.".into(), ..facts() };
    let draft =
        "ISSUE DESCRIPTION\n\nA guest.\n\nIMPACT\n\nBad.\n\nVULNERABLE SYSTEMS\n\nAll.\n\nMITIGATION\n\nNone.\n";
    let texts = crate::advisory::fill::fill(&parse(draft, &XEN).0, &facts, &XEN);
    assert_eq!(known(&texts.members, &facts), [""; 0]);
    assert_eq!(known(&texts.public, &facts), [""; 0]);
    let bare = Facts { number: 480, version: 2, public_version: 3, embargo: facts.embargo.clone(), ..Facts::default() };
    let texts = crate::advisory::fill::fill(&Advisory::default(), &bare, &XEN);
    let found = known(&texts.members, &bare);
    let errors = found.iter().filter(|one| one.contains(" error: ")).count();
    assert_eq!(errors, 8, "title, five sections, updates, deployment: {found:#?}");
}

#[test]
fn an_empty_text_and_one_that_is_too_long_are_told_so_at_once() {
    assert_eq!(alone(" \n"), ["0 error: The text is empty; write the advisory."]);
    assert_eq!(alone(&"x ".repeat(200_000)), ["0 error: The text has 400000 bytes, and may have 262144; shorten it."]);
    let many = format!("{USUAL}{}", "\u{e9}\n".repeat(500));
    let found = alone(&many);
    assert_eq!(found.len(), 201);
    assert!(found.contains(&"0 warning: There are 300 more findings; correct these first.".to_owned()), "{found:?}");
}

proptest! {
    /// Whatever the text: it ends, its findings are sentences on one line, in order, and none stands behind the text.
    #[test]
    fn any_text_is_judged(
        pieces in proptest::collection::vec(prop_oneof![
            any::<prop::sample::Index>().prop_map(|at| {
                let lines: Vec<&str> = USUAL.split_inclusive('\n').collect();
                lines[at.index(lines.len())].to_owned()
            }),
            ".{0,100}\n", "\\PC{0,40}", Just("CVE-20\u{301}".to_owned()), Just("this is XSA-".to_owned()), Just("31 feb 2026".to_owned()),
        ], 0..80),
        with_facts: bool,
    ) {
        let text = pieces.concat();
        let facts = facts();
        let findings = lint(&text, &parse(&text, &XEN).0, &XEN, with_facts.then_some(&facts));
        let count = u32::try_from(text.lines().count()).unwrap();
        let ordered = findings.iter().take_while(|one| !one.text.contains("more findings")).collect::<Vec<_>>();
        prop_assert!(ordered.is_sorted());
        for finding in &findings {
            prop_assert!(finding.line <= count.max(1), "{finding:?}");
            prop_assert!(finding.text.ends_with('.') && !finding.text.contains(char::is_control), "{finding:?}");
        }
    }
}

#[test]
fn the_longest_text_is_judged_in_no_time() {
    for piece in [
        "XSA-480 ",
        "a.patch   4.20\n",
        "31 feb 2026\n",
        "CVE-1\n",
        "HVM HMV\n",
        "\u{202e}\n",
        "*** EMBARGO ***\n\n",
        "this is ",
    ] {
        let text = format!("{USUAL}{}", piece.repeat(250_000 / piece.len()));
        let began = std::time::Instant::now();
        assert!(alone(&text).len() <= FINDINGS_MAX + 1);
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "{piece:?} takes {:?}", began.elapsed());
    }
}
