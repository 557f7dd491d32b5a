//! `advisory show` and `status`: what was drafted, found and approved, and how far it is.

use embargod::advisory::finding::Finding;
use embargod::store::advisories::Stage;
use embargod::store::facts::Said;
use jiff::Timestamp;

use crate::hooks::{APPROVED, HOUR, PATCH, draft, releases, world, writes};

const REPORT: &str = "Delivered-To: security@example.org\nFrom: Dana <dana@example.net>\nMessage-ID: <1@example.net>\nSubject: A\n\nIt.\n";

#[test]
fn an_advisory_is_shown_with_every_draft_and_as_it_stands() {
    let mut world = world(&[]);
    world.mails(REPORT);
    assert_eq!(world.command(&["advisory", "show", "480"]).status.code(), Some(1));
    assert_eq!(world.command(&["advisory", "show", "CVE-480"]).status.code(), Some(2));
    let now: Timestamp = APPROVED.parse().unwrap();
    writes(&world, move |rows| {
        let first = draft(rows, 1, "first", vec![Finding::error(3, "There is no heading IMPACT.")])?;
        assert_eq!(rows.advisories().get(first)?.draft, 1);
        draft(rows, 1, "second", vec![Finding::warning(0, "No CVE number is known.")]).map(drop)
    });
    let shown = world.json(&["advisory", "show", "xsa-480"]);
    for (key, expected) in [
        ("number", serde_json::json!(480)),
        ("version", 1.into()),
        ("draft", 2.into()),
        ("title", "canary title".into()),
        ("cves", serde_json::json!(["CVE-2026-12345"])),
        ("stage", "draft".into()),
        ("approvals", serde_json::json!([])),
        ("findings", serde_json::json!([{ "line": 0, "severity": "warning", "text": "No CVE number is known." }])),
        ("embargo_until", serde_json::Value::Null),
        ("released_at", serde_json::Value::Null),
    ] {
        assert_eq!(shown[key], expected, "{key}");
    }
    let digest = embargod::mail::secret::sha256_hex(b"manifest of second");
    assert_eq!(shown["digest"], digest);
    assert_eq!(shown["files"][0]["sha256"], embargod::mail::secret::sha256_hex(PATCH.as_bytes()));
    let versions = shown["versions"].as_array().unwrap();
    assert_eq!((versions.len(), versions[0]["findings"][0]["line"].clone()), (2, 3.into()));
    assert_eq!(versions[0]["void_why"], "another draft took its place");
    assert!(versions[1]["void_at"].is_null());
    let status = world.json(&["status"]);
    assert_eq!(
        (status["advisories"][0]["number"].clone(), status["advisories"][0]["stage"].clone()),
        (480.into(), "draft".into())
    );
    let line = world.does(&["status"]).lines().find(|line| line.starts_with("XSA-480")).unwrap().to_owned();
    assert!(line.contains("v1 draft 2") && line.contains(&digest[..16]), "{line}");
    assert!(line.contains("(0 of 1)"), "{line}");

    // Approved by Alice, held, let go, out.
    let id = writes(&world, move |rows| {
        let id = rows.advisories().of_number(480)?[1].id;
        let alice = rows.people().team()?[0].person.id;
        rows.advisories().approve(id, alice, 1, now)?;
        rows.advisories().advance(id, Stage::Draft, Stage::Approved, now)?;
        let case = rows.advisories().get(id)?.case;
        rows.advisories().hold(case, "wait", &Said { person: alice, inbox: 1, sealed: false, at: now })?;
        Ok(id)
    });
    let shown = world.json(&["advisory", "show", "480"]);
    assert_eq!(
        (shown["stage"].clone(), shown["approvals"][0]["address"].clone()),
        ("held".into(), "alice@example.org".into())
    );
    assert_eq!(shown["approved_at"], APPROVED);
    writes(&world, move |rows| {
        let case = rows.advisories().get(id)?.case;
        rows.advisories().unhold(case, now)?;
        rows.advisories().advance(id, Stage::Approved, Stage::Predisclosed, now)
    });
    assert_eq!(world.json(&["advisory", "show", "480"])["stage"], "predisclosed");
    releases(&world, id, &[], HOUR);
    let shown = world.json(&["advisory", "show", "480"]);
    assert_eq!((shown["stage"].clone(), shown["released_at"].clone()), ("released".into(), HOUR.into()));
    assert!(world.json(&["status"])["advisories"].as_array().unwrap().is_empty(), "nothing waits");
    let text = world.does(&["advisory", "show", "480"]);
    for line in [
        "XSA-480, version 1: canary title",
        "  stage     released",
        "  CVE       CVE-2026-12345",
        &format!("  digest    {digest}"),
        "  approved  by Alice Example, 2026-12-08T12:00:00Z",
        "  released  2026-12-15T12:00:00Z",
        "  warning   No CVE number is known.",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
    assert!(text.contains("another draft took its place"), "{text}");
}
