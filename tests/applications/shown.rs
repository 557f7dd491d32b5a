//! `embargod application check`, as people and scripts use it: without an instance, by file or by pipe.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: Option<&[u8]>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default()).ok();
    child.wait_with_output().unwrap()
}

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/applications").join(name).to_string_lossy().into_owned()
}

#[test]
fn a_complete_one_exits_0_an_incomplete_one_1_and_wrong_usage_2() {
    let complete = run(&["application", "check", &fixture("04-graniteport.eml")], None);
    let text = String::from_utf8_lossy(&complete.stdout).into_owned();
    assert_eq!(complete.status.code(), Some(0), "{text}");
    assert!(text.contains("✓ Address to be added\n    line "), "{text}");
    assert!(
        text.ends_with("Complete: every required item was found. Whether it is accepted, people decide.\n"),
        "{text}"
    );
    let incomplete = run(&["application", "check", &fixture("14-ridgeline.eml")], None);
    assert_eq!(incomplete.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&incomplete.stdout).contains("✗ Address to be added\n"));
    for (arguments, expected) in [
        (vec!["application", "check", "not-there.eml"], "not-there.eml cannot be read"),
        (vec!["application", "check", "-", "--profile", "xne"], "There is no profile “xne”; did you mean “xen”?"),
        (vec!["-c", "not-there.toml", "application", "check", "-"], "not-there.toml"),
        (vec!["application", "check"], "required arguments"),
    ] {
        let wrong = run(&arguments, Some(b"x"));
        assert_eq!(wrong.status.code(), Some(2), "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&wrong.stderr).contains(expected),
            "{}",
            String::from_utf8_lossy(&wrong.stderr)
        );
    }
}

#[test]
fn a_text_without_a_header_is_read_whole_and_json_has_every_item() {
    let text = b"Organisation: Acme Hosting Ltd\nDomains: acme.example\n\nAlias: xen-security@acme.example\n";
    let output = run(&["application", "check", "-", "--json"], Some(text));
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["complete"], false);
    let items = document["items"].as_array().unwrap();
    assert_eq!(items.len(), 12);
    let item = |id: &str| items.iter().find(|item| item["id"] == id).unwrap().clone();
    assert_eq!(
        item("organisation"),
        serde_json::json!({"id": "organisation", "required": true, "status": "found", "quote": "Organisation: Acme Hosting Ltd", "line": 1, "why": ""})
    );
    assert_eq!((item("domains")["line"].clone(), item("alias")["status"].clone()), (2.into(), "found".into()));
    assert_eq!(
        (item("policy-statement")["status"].clone(), item("policy-statement")["line"].clone()),
        ("missing".into(), 0.into())
    );
}
