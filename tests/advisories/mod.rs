//! `embargod advisory` over the texts of `fixtures/advisories`, without an instance: bare, clearsigned, in mails, beside
//! their patches.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::mailstack::gpg::Gpg;
use crate::world::{embargod, root};

fn folder() -> PathBuf {
    root().join("fixtures/advisories")
}

/// In a folder without settings.
fn advisory(words: &[&str]) -> Output {
    embargod().current_dir(folder()).arg("advisory").args(words).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Each text of the table with what lies beside it, and the lines a person wrote about it.
fn judged() -> Vec<(Vec<String>, Vec<String>)> {
    let table = fs::read_to_string(folder().join("findings.txt")).unwrap();
    let pieces = table.split("\n\n").skip(1);
    pieces
        .map(|piece| {
            let (files, findings) = piece.trim_end().split_once('\n').unwrap();
            (files.split(' ').map(str::to_owned).collect(), findings.lines().map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn what_a_person_found_in_each_text_is_found_and_nothing_else() {
    let judged = judged();
    assert_eq!(judged.len(), 4);
    for (files, expected) in judged {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let output = advisory(&[&["lint"][..], &files].concat());
        assert_eq!(output.status.code(), Some(1), "{files:?}: {}", complained(&output));
        let printed = printed(&output);
        println!("{printed}");
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{files:?}");
        for (line, expected) in lines.iter().zip(&expected) {
            let [number, severity, words] = expected.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
            let place = if number == "0" { files[0].to_owned() } else { format!("{}:{number}", files[0]) };
            assert!(
                line.starts_with(&format!("{place}: {severity}: {words}")) && line.ends_with('.'),
                "{line}\n{expected}"
            );
        }
    }
}

#[test]
fn a_usual_text_is_clean_however_it_is_handed_in() {
    let usual = fs::read_to_string(folder().join("usual.txt")).unwrap();
    let clean = |output: &Output| {
        assert_eq!((output.status.code(), printed(output).as_str(), complained(output).as_str()), (Some(0), "", ""));
    };
    clean(&advisory(&["lint", "usual.txt"]));
    let mut piped = embargod()
        .current_dir("/")
        .args(["advisory", "lint", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    piped.stdin.take().unwrap().write_all(usual.as_bytes()).unwrap();
    clean(&piped.wait_with_output().unwrap());
    // Only warnings: still 0.
    let home = tempfile::tempdir().unwrap();
    let warned = home.path().join("warned.txt");
    fs::write(&warned, usual.replace("by Dana", "by D\u{e1}na")).unwrap();
    let output = advisory(&["lint", warned.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(printed(&output).contains("warned.txt:42: warning: “á” (U+00E1)"), "{}", printed(&output));
}

/// Files that come with a mail are those that are attached to it.
fn mail(text: &str, attached: &[(&str, &str)], line_end: &str) -> String {
    let part = |(name, text): &(&str, &str)| {
        let text = data_encoding::BASE64.encode(text.as_bytes());
        format!(
            "--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{text}\n"
        )
    };
    let parts: String = attached.iter().map(part).collect();
    format!(
        "From: security@example.org\nTo: xen-announce@lists.example.org\nSubject: Xen Security Advisory 480 v2\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}{parts}--b--\n"
    )
    .replace('\n', line_end)
}

#[test]
fn a_text_is_found_in_its_signature_and_in_its_mail_and_printed_byte_for_byte() {
    let usual = fs::read_to_string(folder().join("usual.txt")).unwrap().replace("by Dana", "by Dána");
    let home = tempfile::tempdir().unwrap();
    let gpg = Gpg::fresh();
    gpg.make_key("Desk <security@example.org>", "ed25519", "sign", "never", "");
    let signed = gpg.clearsign(usual.as_bytes());
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
    let bare = write("bare.txt", &usual);
    let clearsigned = write("advisory.asc", &signed);
    let lf = write("lf.eml", &mail(&signed, &[("xsa480.patch", patch)], "\n"));
    let crlf = write("crlf.eml", &mail(&signed, &[("xsa480.patch", patch)], "\r\n"));
    for file in [&bare, &clearsigned, &lf, &crlf] {
        let output = advisory(&["render", file]);
        assert_eq!((output.status.code(), printed(&output)), (Some(0), usual.clone()), "{file}");
    }
    // In a file lines are counted in the file, in a mail from the advisory's first.
    let accent = |file: &str| {
        let printed = printed(&advisory(&["lint", file]));
        printed.lines().find(|line| line.contains("U+00E1")).unwrap().replace(file, "")
    };
    assert!(
        accent(&bare).starts_with(":42: ") && accent(&clearsigned).starts_with(":45: "),
        "{}",
        accent(&clearsigned)
    );
    assert!(accent(&lf).starts_with(":42: ") && accent(&crlf).starts_with(":42: "));
    let attached = printed(&advisory(&["lint", &lf]));
    assert!(attached.contains(":53: error: The attached “xsa480.patch” has another SHA-256"), "{attached}");
    assert!(attached.contains(":54: error: “xsa480-4.20.patch” is listed, and not attached"), "{attached}");
    // What is odd is printed as it is, and in the usual form only when that is asked for.
    let odd = write("odd.txt", "IMPACT\r\n====\r\n\r\n\r\nBad.");
    assert_eq!(printed(&advisory(&["render", &odd])), "IMPACT\r\n====\r\n\r\n\r\nBad.");
    assert_eq!(printed(&advisory(&["render", "--canonical", &odd])), "IMPACT\n======\n\nBad.\n");
    assert_eq!(printed(&advisory(&["render", "--canonical", &crlf, &odd])), format!("{usual}IMPACT\n======\n\nBad.\n"));
}

#[test]
fn json_has_one_object_for_each_text_in_the_words_of_the_contract() {
    let output = advisory(&["lint", "--json", "usual.txt", "wrong-files.txt", "xsa482.patch"]);
    assert_eq!(output.status.code(), Some(1));
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let usual = serde_json::json!({
        "file": "usual.txt", "number": 480, "version": 2, "title": "x86: stale mapping when a grant is mapped twice",
        "cves": ["CVE-2026-12345", "CVE-2026-12346"], "stage": null, "digest": null, "findings": [],
    });
    assert_eq!(listed[0], usual);
    assert_eq!(listed[1]["number"], 482);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let diff =
        listed[1]["findings"].as_array().unwrap().iter().find(|one| one["text"].as_str().unwrap().contains("unified"));
    assert_eq!(
        diff.unwrap(),
        &serde_json::json!({"line": 0, "severity": "error", "text": "“xsa482.patch” is no unified diff; attach the patch itself."})
    );
    let rendered: Value = serde_json::from_slice(&advisory(&["render", "--json", "usual.txt"]).stdout).unwrap();
    assert_eq!(rendered[0]["text"].as_str().unwrap(), fs::read_to_string(folder().join("usual.txt")).unwrap());
}

#[test]
fn another_project_has_other_sections() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("other.toml");
    let xen = fs::read_to_string(root().join("config/profiles/xen.toml")).unwrap();
    let (before, rest) = xen.split_once("\n[advisory]\n").unwrap();
    let (_, after) = rest.split_once("\n# When people are reminded").unwrap();
    let table = "\n[advisory]\nname = \"Example Notice\"\nprefix = \"EX\"\nsections = [\"WHAT\", \"FIX\"]\nrequired = [\"WHAT\"]\n\
                 updates = \"\"\ncredits = \"\"\nresolution = \"FIX\"\n\n# When people are reminded";
    fs::write(&profile, [before, table, after].concat()).unwrap();
    let text = home.path().join("notice.txt");
    fs::write(&text, "  Example Notice CVE-2026-45678 / EX-7\n\n  a title\n\nFIX\n===\n\nNone.\n").unwrap();
    let (profile, text) = (profile.to_str().unwrap(), text.to_str().unwrap());
    let output = advisory(&["lint", "--profile", profile, text]);
    assert_eq!(
        printed(&output),
        format!("{text}: error: The section “WHAT” is missing; write it.\n"),
        "{}",
        complained(&output)
    );
    let unknown = advisory(&["lint", "--profile", "xne", text]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(complained(&unknown).contains("did you mean “xen”?"), "{}", complained(&unknown));
}

#[test]
fn what_cannot_be_read_is_said_and_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let says = |words: &[&str], code: i32, expected: &str| {
        let output = advisory(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}");
        assert!(complained(&output).contains(expected), "{}", complained(&output));
    };
    says(&["lint", "nowhere.txt"], 2, "nowhere.txt cannot be read: ");
    says(&["lint", "xsa482.patch"], 2, "no text of an advisory among the files\nName the advisory, too");
    says(
        &["render", &write("latin.txt", b"IMPACT\n======\n\nJ\xe9r\xf4me\n")],
        1,
        "latin.txt line 4: this is not UTF-8 text\nSave the file as UTF-8.",
    );
    says(
        &["lint", &write("html.eml", b"From: a@example.org\nContent-Type: text/html\n\n<p>\n")],
        1,
        "there is no text in this mail",
    );
    let empty = write("empty.txt", b"");
    let output = advisory(&["lint", &empty]);
    assert_eq!(
        (output.status.code(), printed(&output)),
        (Some(1), format!("{empty}: error: The text is empty; write the advisory.\n"))
    );
    assert!(!Path::new(&folder().join("embargod.toml")).exists());
}
