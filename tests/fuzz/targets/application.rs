//! Whatever an application is made of: findings of every item, quotes of the author's own lines, and no panic (a caught
//! one leaves a sheet without lines). Seeds: `fixtures/applications`.
#![no_main]

use std::sync::LazyLock;

use embargod::mail::sheet::{By, sheet};
use embargod::policy::profile::Profile;
use embargod::rules::checklist::{Checklist, Status, Writer, check, merged};
use libfuzzer_sys::fuzz_target;

static XEN: LazyLock<Checklist> = LazyLock::new(|| {
    Profile::built_in("xen", "example.org").expect("the profile").application.expect("its applications")
});

fuzz_target!(|raw: &[u8]| {
    let sheet = sheet(raw);
    let findings = check(&XEN, &sheet, &Writer::default());
    assert_eq!(findings.items.len(), XEN.items.len());
    for finding in findings.items.iter().filter(|finding| finding.status != Status::Missing) {
        let line = sheet.lines.iter().find(|line| line.number == finding.line).expect("a line that was quoted");
        assert!(matches!(line.by, By::Author | By::Signature) && finding.quote.chars().count() <= 200);
    }
    assert_eq!(merged(&findings, &findings), findings);
});
