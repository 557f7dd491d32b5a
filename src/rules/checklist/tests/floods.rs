//! What strangers may send, as long as it gets.

use super::*;

/// Counted, not timed: whatever comes in, so much is looked at and no more.
#[test]
fn what_strangers_send_is_read_within_bounds() {
    let checklist = xen();
    let flood = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for (name, body) in [
        ("headings", flood("The name of your organization:\n")),
        ("headings with answers", flood("Alias: a@b.example\n\n")),
        ("one line", flood("x")),
        ("one line of words", flood("name ")),
        ("one line of links", flood("https://a.example/ ")),
        ("one line of addresses", flood("a@b.example,")),
        ("one line of dots", flood("a.")),
        ("sentences", flood("We are Acme. ")),
        ("slips", (0..100_000).map(|n| format!("organisaton{n} ")).collect()),
        ("brackets", flood("[insert ")),
        ("dashes", flood(" - ")),
        ("capitals", flood("On behalf of A ")),
    ] {
        let sheet = sheet(format!("\n{body}").as_bytes());
        let writer = Writer::default();
        let ground = Ground::of(&checklist, &sheet, &writer);
        let read: usize = ground.said.iter().map(|said| said.text.len()).sum();
        let lines: usize = sheet.lines.iter().map(|line| line.text.len() + 1).sum();
        assert!(read <= lines && ground.said.len() <= 10_000, "{name}: {read} of {lines}");
        let links = evidence::linked(&ground).len();
        assert!(links <= 2 * evidence::LINKS_MAX, "{name}: {links} links are looked at");
        let findings = ground.findings(&Findings::default());
        assert_eq!(findings.items.len(), checklist.items.len());
        for finding in &findings.items {
            assert!(finding.quote.chars().count() <= 200 && !finding.quote.contains('\n'), "{name}: {}", finding.quote);
        }
        assert!(!findings.complete(), "{name}");
    }
}
