//! A text beside its files, and beside what the desk knows.
#![cfg(test)]

use super::*;

const DIFF: &str = "--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n";

fn known(text: &str, facts: &Facts) -> Vec<String> {
    shown(&lint(text, &parse(text, &XEN).0, &XEN, Some(facts)))
}

fn beside(text: &str, files: &[File]) -> Vec<String> {
    shown(&lint_beside(text, &parse(text, &XEN).0, &XEN, Some(files), None))
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
fn files_that_make_too_large_a_mail_are_a_warning() {
    let large = |mib: usize| file("xsa480.patch", &format!("{DIFF}{}", " \n".repeat(mib << 19)));
    let says = |files: &[File]| beside(USUAL, files).iter().any(|one| one.contains("8 MiB together"));
    assert!(says(&[large(8)]) && says(&[large(4), large(4)]));
    assert!(!says(&[large(3), large(3)]));
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
            "0 error: Nothing says what members may deploy during the embargo; say one of “!deploy mitigations”, “!deploy nothing”, “!deploy patches”, “!deploy patches-only”, or “!deploy text” with words of your own; or write the section “DEPLOYMENT DURING EMBARGO”.",
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
fn a_name_that_another_advisory_has_in_public_is_an_error() {
    let taken = vec![("fix.patch".to_owned(), "XSA-479".to_owned())];
    let found = known(USUAL, &Facts { taken, ..facts() });
    let expected = "0 error: XSA-479 has a file called “fix.patch” in public; give the new one another name.";
    assert!(found.iter().any(|one| one == expected), "{found:#?}");
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
