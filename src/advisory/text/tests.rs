use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::advisory::finding::Finding;
use crate::advisory::model::{Advisory, Section};
use crate::advisory::style::Style;
use crate::policy::profile::Profile;

/// Written for this test in the usual form.
const USUAL: &str = include_str!("../../../fixtures/advisories/usual.txt");

/// Reading a profile takes long.
static XEN: LazyLock<Style> = LazyLock::new(|| {
    let xen = Profile::built_in("xen", "example.org").unwrap();
    xen.advisory.style(&xen.project)
});

fn xen() -> Style {
    XEN.clone()
}

fn read(text: &str) -> Advisory {
    parse(text, &xen()).0
}

#[test]
fn a_usual_text_is_read_whole_and_nothing_of_it_is_kept_as_written() {
    let (advisory, findings) = parse(USUAL, &xen());
    assert_eq!(findings, []);
    assert_eq!(advisory.unusual(), 0);
    let head = &advisory.head;
    assert_eq!((head.number, head.version), (Some(480), 2));
    assert_eq!(head.cves, ["CVE-2026-12345", "CVE-2026-12346"]);
    assert_eq!(head.title, "x86: stale mapping when a grant is mapped twice");
    assert_eq!(head.embargo.as_deref(), Some("EMBARGOED UNTIL Tue 2026-12-15 12:00 UTC"));
    let headings: Vec<_> = advisory.sections.iter().map(|one| (one.line, one.heading.as_str())).collect();
    assert_eq!(
        headings,
        [
            (8, "UPDATES IN VERSION 2"),
            (13, "ISSUE DESCRIPTION"),
            (23, "IMPACT"),
            (29, "VULNERABLE SYSTEMS"),
            (34, "MITIGATION"),
            (39, "CREDITS"),
            (44, "RESOLUTION"),
            (57, "DEPLOYMENT DURING EMBARGO"),
        ]
    );
    assert_eq!(advisory.section("MITIGATION").unwrap().body, "There is no mitigation available.\n");
    assert_eq!(render(&advisory, &xen()), USUAL);
    assert_eq!(render(&advisory.canonical(), &xen()), USUAL);
}

#[test]
fn what_is_odd_is_printed_as_it_was_written() {
    for text in [
        "",
        "\n",
        "\n\n\n",
        "no final newline",
        "IMPACT",
        "IMPACT\n===\n",
        "IMPACT\r\n======\r\n\r\nA guest.\r\n",
        "IMPACT\n======\nno empty line\n\n\n\nMITIGATION\n==========\n\n\n",
        "\tIMPACT\n======\n",
        "x\n====\ny",
        "IMPACT\n======\u{a0}\n\u{2028}\n\u{feff}x\u{202e}y\n\0\r\r\n",
        " garbage before\n\n    Xen Security Advisory XSA-1\n\nbehind\n\nbehind that\n====\nand\n",
        "Xen Security Advisory\nversion 99999999999\n\n***EMBARGO***\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - dash\n-----BEGIN PGP SIGNATURE-----\n",
    ] {
        assert_eq!(render(&read(text), &xen()), text, "{text:?}");
    }
    let crlf = USUAL.replace('\n', "\r\n");
    let advisory = read(&crlf);
    assert_eq!(advisory.unusual(), 9);
    assert_eq!(render(&advisory, &xen()), crlf);
    assert_eq!(render(&advisory.canonical(), &xen()), USUAL, "what it says is the same");
}

#[test]
fn a_piece_that_says_something_else_by_now_is_not_printed_as_it_was_written() {
    let crlf = USUAL.replace('\n', "\r\n");
    let mut advisory = read(&crlf);
    advisory.head.version = 3;
    advisory.sections[2].body = "A guest can read all memory.\n".to_owned();
    let printed = render(&advisory, &xen());
    assert!(printed.contains("                               version 3\n\n"), "{printed}");
    assert!(printed.contains("IMPACT\n======\n\nA guest can read all memory.\n\nVULNERABLE SYSTEMS\r\n"), "{printed}");
    assert!(printed.starts_with("    Xen Security Advisory CVE-2026-12345,CVE-2026-12346 / XSA-480\n"), "{printed}");
    // A section that is the last one no more gets its empty line.
    let mut advisory = read("IMPACT\n=======\n\nx");
    advisory.sections.push(Section::new("MITIGATION", "y\n"));
    assert_eq!(render(&advisory, &xen()), "IMPACT\n======\n\nx\n\nMITIGATION\n==========\n\ny\n");
}

#[test]
fn drafts_are_read_as_people_write_them() {
    let advisory = read(
        "Hello Bob,\nhere it is.\n\nXen Security Advisory XSA-TBD\n\nA title that\nis wrapped\n\nIMPACT\n\nBad.\n",
    );
    assert_eq!((advisory.head.number, advisory.head.title.as_str()), (None, "A title that is wrapped"));
    assert_eq!(advisory.head.other, "Hello Bob,\nhere it is.\n");
    assert_eq!(advisory.sections[0].body, "Bad.\n");
    assert_eq!(read("A title alone\n\nIMPACT\n======\n").head.title, "A title alone");
    let two = read("Hello.\n\nWorld.\n\nIMPACT\n======\n");
    assert_eq!((two.head.title.as_str(), two.head.other.as_str()), ("", "Hello.\nWorld.\n"));
    let many =
        read("  Xen Security Advisory CVE-2026-10000,CVE-2026-10001,\n  CVE-2026-10002 / XSA-7\n  version 4\n\n  T\n");
    assert_eq!((many.head.cves.len(), many.head.number, many.head.version), (3, Some(7), 4));
}

#[test]
fn a_heading_whose_form_is_odd_is_told_with_its_line() {
    let (_, findings) = parse("IMPACT\n\nBad.\n\nMITIGATION\n=====\n\nNone.\n", &xen());
    assert_eq!(
        findings,
        [
            Finding::warning(1, "The heading “IMPACT” has no underline; put 6 “=” on the line below it."),
            Finding::warning(6, "The underline of “MITIGATION” is 5 long, and the heading 10; make them equal."),
        ]
    );
}

/// Lines of which advisories are made, and what breaks them.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("".to_owned()),
        Just("IMPACT".to_owned()),
        Just("======".to_owned()),
        Just("RESOLUTION".to_owned()),
        Just("==========".to_owned()),
        Just("     Xen Security Advisory CVE-2026-12345 / XSA-480".to_owned()),
        Just("      version 2".to_owned()),
        Just("  *** EMBARGOED UNTIL Tue ***".to_owned()),
        Just(" \t".to_owned()),
        ".{0,90}",
        "[A-Z ]{1,20}",
        "={1,20}",
    ];
    let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r"), 1 => Just("")];
    proptest::collection::vec((line, end), 0..60)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// A usual text in which some bytes were replaced, left out or doubled.
fn mangled() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    proptest::collection::vec(change, 1..12).prop_map(|changes| {
        let mut bytes = USUAL.as_bytes().to_vec();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len().max(1));
            match how {
                0 => bytes.insert(at.min(bytes.len()), byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.insert(at.min(bytes.len()), b'\n'),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #[test]
    fn whatever_is_read_is_printed_the_same(text in prop_oneof![lines(), mangled(), ".*", any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())]) {
        let style = xen();
        let (advisory, findings) = parse(&text, &style);
        prop_assert_eq!(render(&advisory, &style), text.clone());
        let count = u32::try_from(text.split('\n').count()).unwrap();
        prop_assert!(findings.iter().all(|finding| finding.line >= 1 && finding.line <= count));
        prop_assert!(advisory.sections.iter().all(|one| one.line >= 1 && one.line <= one.body_line && one.body_line <= count));
    }

    /// Of what a section says nothing is lost when it is printed in the usual form.
    #[test]
    fn the_usual_form_says_the_same(text in prop_oneof![lines(), mangled()]) {
        let style = xen();
        let sections = |text: &str| {
            let sections = parse(text, &style).0.sections.into_iter();
            sections.map(|one| (one.heading, one.body.replace('\r', ""))).collect::<Vec<_>>()
        };
        let usual = render(&parse(&text, &style).0.canonical(), &style);
        let (before, after) = (sections(&text), sections(&usual));
        prop_assert!(after.ends_with(&before), "{before:?}\n{after:?}");
    }
}

#[test]
fn a_megabyte_of_anything_takes_no_time() {
    let style = xen();
    for piece in [
        "IMPACT\n======\n\n",
        "=\n",
        "\n",
        "x",
        "Xen Security Advisory CVE-2026-12345\n",
        "    \t",
        "*** EMBARGO ***\n\n",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let began = std::time::Instant::now();
        let (advisory, _) = parse(&text, &style);
        assert_eq!(render(&advisory, &style), text);
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{piece:?} takes {:?}", began.elapsed());
    }
}
