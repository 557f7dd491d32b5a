use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::advisory::facts::{Deployment, File};
use crate::advisory::text::parse;
use crate::mail::secret::sha256_hex;
use crate::policy::profile::Profile;

/// Reading a profile takes long.
static XEN: LazyLock<Style> = LazyLock::new(|| {
    let xen = Profile::built_in("xen", "example.org").unwrap();
    xen.advisory.style(&xen.project)
});

fn xen() -> Style {
    XEN.clone()
}

fn file(name: &str, branches: &[&str]) -> File {
    let bytes = format!("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{name}\n+\n").into_bytes();
    let branches = branches.iter().map(|branch| (*branch).to_owned()).collect();
    File { name: name.to_owned(), sha256: sha256_hex(&bytes), bytes, branches }
}

fn facts() -> Facts {
    Facts {
        number: 480,
        version: 1,
        public_version: 2,
        title: "x86: stale mapping".to_owned(),
        cves: vec!["CVE-2026-12345".to_owned()],
        credits: vec!["Dana Example".to_owned(), "Eve Example of Example Ltd".to_owned()],
        files: vec![file("xsa480.patch", &["master"]), file("xsa480-4.20.patch", &["4.20", "4.19"])],
        embargo: Some("Tue 2026-12-15 12:00 UTC".to_owned()),
        deployment: Deployment::Usual("patches".to_owned()),
        ..Facts::default()
    }
}

const DRAFT: &str = "MITIGATION\n==========\n\nThere is no mitigation available.\n\n\
    ISSUE DESCRIPTION\n=================\n\nA guest may map a grant twice.  Only one mapping is found when it is revoked, so that \
    the other stays.\n\n  indented lines stay as they are, however long they may be: this one is more than eighty characters\n\n\
    IMPACT\n======\n\nA guest reads memory of another.\n\nVULNERABLE SYSTEMS\n==================\n\nAll of them.\n";

fn filled(draft: &str, facts: &Facts) -> Texts {
    fill(&parse(draft, &xen()).0, facts, &xen())
}

#[test]
fn a_draft_of_a_few_sections_becomes_two_whole_texts() {
    let texts = filled(DRAFT, &facts());
    let golden = include_str!("../../../fixtures/advisories/filled-members.txt");
    let public = include_str!("../../../fixtures/advisories/filled-public.txt");
    if std::env::var_os("EMBARGOD_REWRITE").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/advisories");
        std::fs::write(format!("{folder}/filled-members.txt"), &texts.members).unwrap();
        std::fs::write(format!("{folder}/filled-public.txt"), &texts.public).unwrap();
    }
    assert_eq!(texts.members, golden);
    assert_eq!(texts.public, public);
}

#[test]
fn what_the_author_wrote_stays_and_what_is_stale_is_replaced() {
    let draft = format!(
        "   Xen Security Advisory CVE-2026-99999,CVE-2026-XXXX / XSA-479\n   version 7\n\n   Another title\n\n\
        *** EMBARGOED UNTIL Mon 2026-01-05 12:00 UTC ***\n\n\
        UPDATES IN VERSION 1\n====================\n\nNothing.\n\nUPDATES IN VERSION 2\n====================\n\nOur words.\n\n{DRAFT}\n\
        NOTE ON CVES\n============\n\nThere are two.\n\n\
        CREDITS\n=======\n\nFound by us.\n\nRESOLUTION\n==========\n\nApply them in order.\n\nxsa479.patch    xen-unstable\n\n\
        $ sha256sum xsa479*\n{:064}  xsa479.patch\n$\n\nThen reboot.\n\n\
        DEPLOYMENT DURING EMBARGO\n=========================\n\nOnly on Tuesdays.\n\n*** EMBARGOED ***\n",
        0
    );
    let texts = filled(&draft, &facts());
    for text in [&texts.members, &texts.public] {
        for kept in [
            "    Xen Security Advisory CVE-2026-12345,CVE-2026-99999 / XSA-480\n",
            "  Another title\n",
            "Found by us.\n",
            "There are two.\n",
            "Only on Tuesdays.\n\n(Note: ",
            "Apply them in order.\n\nThen reboot.\n\nxsa480.patch  ",
        ] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        for gone in ["xsa479", "XSA-479", "XXXX", "2026-01-05", "Nothing.", "Applying the", "*** EMBARGOED ***"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert_eq!(text.matches("\nRESOLUTION\n").count(), 1);
    }
    assert!(
        texts.members.contains("*** EMBARGOED UNTIL Tue 2026-12-15 12:00 UTC ***")
            && !texts.members.contains("UPDATES")
    );
    assert!(texts.public.contains("\nUPDATES IN VERSION 2\n====================\n\nOur words.\n"));
}

#[test]
fn each_deployment_permission_is_said_in_the_projects_words_and_a_new_one_replaces_it() {
    let style = xen();
    let mut draft = DRAFT.to_owned();
    for name in ["patches", "patches-only", "mitigations", "nothing"] {
        let facts = Facts { deployment: Deployment::Usual(name.to_owned()), ..facts() };
        let words = style.permission(&facts.deployment).unwrap();
        let texts = filled(&draft, &facts);
        let section = parse(&texts.public, &style).0.section("DEPLOYMENT DURING EMBARGO").unwrap().body.clone();
        assert_eq!(section, format!("{}\n\n{}", words.trim(), style.retained_notice()), "{name}");
        // The next one is drafted on this text, as it is with a newer address of the policy.
        draft =
            texts.members.replace("https://xenproject.org/developers/security-policy/", "http://www.example.org/old");
    }
    let own = Facts { deployment: Deployment::Words("Only on Tuesdays. ".repeat(6)), ..facts() };
    let text = filled(&draft, &own).members;
    assert!(
        text.contains("Only on Tuesdays. Only on Tuesdays. Only on Tuesdays. Only on Tuesdays.\nOnly on"),
        "{text}"
    );
    assert_eq!(text.matches("(Note: ").count(), 1);
    let unsaid = Facts { deployment: Deployment::Unsaid, ..facts() };
    assert!(!filled(DRAFT, &unsaid).members.contains("DEPLOYMENT"));
    let public = Facts { embargo: None, public_version: 1, ..facts() };
    let texts = filled(DRAFT, &public);
    assert!(!texts.members.contains("DEPLOYMENT"));
    assert_eq!(texts.members, texts.public);
    let over =
        Facts { embargo: None, was_embargoed: true, version: 3, public_version: 3, updates: "More.".into(), ..facts() };
    assert!(filled(DRAFT, &over).public.contains("DEPLOYMENT"));
}

#[test]
fn the_resolution_says_how_many_patches_there_are() {
    let of = |files: &[File], patchless| {
        let facts = Facts { files: files.to_vec(), patchless, ..facts() };
        let text = filled(DRAFT, &facts).members;
        let body = parse(&text, &xen()).0.section("RESOLUTION").map(|one| one.body.clone()).unwrap_or_default();
        body.lines().next().unwrap_or_default().to_owned()
    };
    let (one, two) = (file("xsa480-1.patch", &["master"]), file("xsa480-2.patch", &["master"]));
    assert_eq!(of(std::slice::from_ref(&one), false), "Applying the attached patch resolves this issue.");
    assert_eq!(of(&[one, two], false), "Applying the appropriate attached patches resolves this issue.");
    assert_eq!(of(&facts().files, false), "Applying the appropriate attached patch resolves this issue.");
    assert!(of(&[], true).starts_with("There is no patch yet."));
    assert_eq!(of(&[], false), "");
    // The sentence about no patch gives way when there is one.
    let patchless = filled(DRAFT, &Facts { files: vec![], patchless: true, ..facts() }).members;
    let text =
        filled(&patchless, &Facts { version: 2, public_version: 3, updates: "Patches.".into(), ..facts() }).members;
    assert!(
        !text.contains("no patch yet") && text.contains("\nUPDATES IN VERSION 2\n====================\n\nPatches.\n"),
        "{text}"
    );
}

fn drafts() -> impl Strategy<Value = String> {
    let paragraph = prop_oneof![
        "([a-zA-Z,]{1,12}[.]?  ?){1,60}",
        "  [ -~]{0,120}",
        "[-*] [ -~]{0,120}",
        Just("*** EMBARGOED UNTIL never ***".to_owned()),
        Just("$ sha256sum xsa1*\n$".to_owned()),
        Just("xsa1.patch     Xen 4.2".to_owned()),
        ".{0,100}",
    ];
    let heading = prop_oneof![
        Just("IMPACT"),
        Just("RESOLUTION"),
        Just("CREDITS"),
        Just("ISSUE DESCRIPTION"),
        Just("DEPLOYMENT DURING EMBARGO"),
        Just("NOTE REGARDING LACK OF EMBARGO"),
        Just("UPDATES IN VERSION 2"),
        Just("A NOTE"),
        Just("MITIGATION"),
    ];
    let section = (heading, proptest::collection::vec(paragraph, 0..4))
        .prop_map(|(heading, body)| format!("{heading}\n{}\n\n{}\n\n", "=".repeat(heading.len()), body.join("\n\n")));
    (".{0,60}", proptest::collection::vec(section, 0..8))
        .prop_map(|(title, sections)| format!("   {title}\n\n{}", sections.concat()))
}

proptest! {
    /// Whatever is drafted: the public text has no embargo mark, and what was filled and is filled again is the same.
    #[test]
    fn filling_again_changes_nothing(draft in drafts(), files in 0..3usize, embargoed: bool, deployment in 0..4usize) {
        let style = xen();
        let facts = Facts {
            files: facts().files.into_iter().take(files).collect(),
            embargo: facts().embargo.filter(|_| embargoed),
            deployment: match deployment {
                0 => Deployment::Unsaid,
                1 => Deployment::Words("As you like.".to_owned()),
                _ => facts().deployment,
            },
            patchless: files == 0,
            ..facts()
        };
        let once = filled(&draft, &facts);
        prop_assert!(!once.public.contains("*** EMBARGOED"), "{}", once.public);
        prop_assert_eq!(once.members.contains("*** EMBARGOED UNTIL Tue"), embargoed);
        prop_assert_eq!(&filled(&once.members, &facts).members, &once.members);
        prop_assert_eq!(&filled(&once.public, &facts).public, &once.public);
        // Filled texts are in the usual form.
        prop_assert_eq!(parse(&once.members, &style).0.unusual(), 0, "{}", once.members);
        // The next version differs in its number and its updates alone.
        let next = Facts { version: 2, public_version: 3, updates: "More is known.".to_owned(), ..facts };
        let section = |text: &str| parse(text, &style).0.sections.into_iter().filter(|one| style.updated(&one.heading).is_none()).map(|one| (one.heading, one.body)).collect::<Vec<_>>();
        prop_assert_eq!(section(&filled(&once.members, &next).members), section(&once.members));
    }
}
