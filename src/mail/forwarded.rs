//! What somebody passes on to us: the subject of the mail inside theirs, attached or written below. Over strangers' bytes,
//! total and bounded; it says nothing of who wrote what.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mail::answer::html;
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::parts::parts;
use crate::mail::wording;

/// Below these lines nobody looks for the header of a mail that was passed on.
const LINES_MAX: usize = 400;
/// Of a header that a mail program writes above what it passes on: From, Sent, To, Cc, Subject, and the like.
const HEADER_LINES_MAX: usize = 12;
/// What mail programs put before the subject of a mail that is passed on, or answered.
const MARKS: [&str; 6] = ["fwd:", "fw:", "wg:", "tr:", "re:", "aw:"];

/// The subject of the mail that this one passes on; `None` when it shows none.
pub fn subject(raw: &[u8]) -> Option<String> {
    let found = catch_unwind(AssertUnwindSafe(|| attached(raw).or_else(|| below(raw)))).unwrap_or_default();
    let own = || without_marks(&wording::subject(raw));
    let subject = found.map_or_else(own, |subject| without_marks(&subject));
    (!subject.is_empty()).then_some(subject)
}

fn attached(raw: &[u8]) -> Option<String> {
    let all = parts(raw);
    let inside = all.iter().find(|part| {
        let named = part.file_name().is_some_and(|name| name.to_ascii_lowercase().ends_with(".eml"));
        !part.encrypted && (part.content.kind == "message/rfc822" || named)
    })?;
    let subject = Headers::read(&inside.bytes()).first("Subject").map(fields::text)?;
    Some(subject).filter(|subject| !subject.trim().is_empty())
}

/// “From: …”, and not far below it “Subject: …”, at the beginning of lines, quoted or not.
fn below(raw: &[u8]) -> Option<String> {
    let all = parts(raw);
    let text = |kind: &str| all.iter().find(|part| !part.encrypted && part.content.kind == kind);
    let text = match (text("text/plain"), text("text/html")) {
        (Some(plain), _) => plain.text(),
        (None, Some(page)) => html::text(&page.text()),
        (None, None) => return None,
    };
    let lines: Vec<&str> = text.lines().take(LINES_MAX).map(bare).collect();
    let named = |line: &str, name: &str| {
        let (before, after) = line.split_once(':')?;
        before.trim_matches(['*', ' ']).eq_ignore_ascii_case(name).then(|| after.trim_matches(['*', ' ']).to_owned())
    };
    let begins = lines.iter().position(|line| named(line, "From").is_some())?;
    // Thunderbird writes the subject first.
    let from = begins.saturating_sub(HEADER_LINES_MAX);
    let near = lines.iter().skip(from).take(begins - from + HEADER_LINES_MAX);
    near.filter_map(|line| named(line, "Subject")).find(|subject| !subject.is_empty())
}

fn bare(line: &str) -> &str {
    line.trim_start_matches(['>', ' ', '\t', '|']).trim_end()
}

fn without_marks(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some(mark) =
        MARKS.iter().find(|mark| rest.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)))
    {
        rest = rest.get(mark.len()..).unwrap_or_default().trim_start();
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_subject_of_what_was_passed_on_is_found_attached_or_below_or_in_its_own() {
        let attached = "Subject: Fwd: look\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\
                        !report for Dana <d@example.net>\n--b\nContent-Type: message/rfc822\n\n\
                        From: d@example.net\nSubject: =?utf-8?q?Guest_can_read_h=C3=B6st?=\n\nHello\n--b--\n";
        let inline = "Subject: for you\n\n!report for Dana <d@example.net>\n\n---------- Forwarded message ---------\n\
                      From: Dana <d@example.net>\nDate: Mon\nSubject: Re: Guest can crash\nTo: a@example.org\n\nHello\n";
        let thunderbird = "Subject: Fwd: x\n\n!report for D <d@example.net>\n\n-------- Forwarded Message --------\n\
                           Subject: \tA leak\nDate: Mon\nFrom: Dana <d@example.net>\n\nHello\n";
        let outlook = "Subject: FW: x\n\nfor us\n\n> *From:* Dana\n> *Sent:* Monday\n> *Subject:* A hole\n>\n> Hello\n";
        for (raw, expected) in [
            (attached, Some("Guest can read höst")),
            (inline, Some("Guest can crash")),
            (thunderbird, Some("A leak")),
            (outlook, Some("A hole")),
            ("Subject: Fwd: FW: WG: Overflow\n\ntext", Some("Overflow")),
            ("Subject: Fwd:\n\ntext", None),
            ("From: a@example.org\n\ntext", None),
        ] {
            assert_eq!(subject(raw.as_bytes()).as_deref(), expected, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(raw in proptest::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
            subject(&raw);
            subject(format!("Subject: {text}\n\nFrom: {text}\nSubject: {text}").as_bytes());
        }
    }
}
