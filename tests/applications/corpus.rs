//! Applications to other projects' lists, where a folder of them is at hand: people's habits are the same, and nothing of
//! what they say makes them complete for Xen.

use std::path::PathBuf;

use embargod::mail::applicant;
use embargod::mail::sheet::sheet;
use embargod::rules::checklist::{Status, check};

use super::{writer, xen};

#[test]
fn no_application_to_another_list_is_complete_and_a_blank_form_has_nothing() {
    let Some(root) = std::env::var_os("EMBARGOD_CORPUS") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(PathBuf::from(root).join("applications"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 9, "the corpus is not whole");
    let checklist = xen();
    for file in files {
        let raw = std::fs::read(&file).unwrap();
        // The folder's own line above each.
        let text = raw.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"# "));
        let raw = text.collect::<Vec<_>>().join(&b'\n');
        let raw = if applicant::has_header(&raw) { raw } else { [b"\n", raw.as_slice()].concat() };
        // What stands below was said by somebody else.
        let own = raw.windows(10).position(|window| window == b"--- reply,").map_or(raw.len(), |at| at);
        let raw = &raw[..own];
        let findings = check(&checklist, &sheet(raw), &writer(raw));
        let found: Vec<&str> =
            findings.items.iter().filter(|item| item.status == Status::Found).map(|item| item.id.as_str()).collect();
        println!("{}: {found:?}", file.display());
        assert!(!findings.complete(), "{}", file.display());
        if file.to_string_lossy().contains("blank") {
            for item in &findings.items {
                assert_eq!(item.status, Status::Missing, "{}: {} “{}”", file.display(), item.id, item.quote);
            }
        }
    }
}
