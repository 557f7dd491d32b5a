//! All that can be read in a mail, as texts to be compared: its subject, its text, text files, and the mails inside it.
//! Total and bounded; it shows nothing to anybody and decides nothing (`mail::quoting` does).

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mail::answer::html;
use crate::mail::fields;
use crate::mail::headers::Headers;
use crate::mail::parts::{Part, parts};

/// Of one mail so much is compared, from its beginning: people quote what was written, not the middle of a log.
const TEXT_BYTES_MAX: usize = 256 << 10;
/// A forward of a forward of a mail.
const DEPTH_MAX: usize = 3;
/// Mails inside a mail.
const MAILS_MAX: usize = 20;

/// The texts of a mail, each by itself: the subject first. Nothing of what is still encrypted. A mail that cannot be
/// read has none.
pub fn texts(raw: &[u8]) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| read(raw))).unwrap_or_default()
}

/// The subject in the header of a mail, its encoded words decoded.
pub fn subject(raw: &[u8]) -> String {
    catch_unwind(AssertUnwindSafe(|| subject_of(&Headers::read(raw)))).unwrap_or_default()
}

fn subject_of(headers: &Headers<'_>) -> String {
    headers.first("Subject").map(fields::text).unwrap_or_default()
}

fn read(raw: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut room = TEXT_BYTES_MAX;
    let mut keep = |mut text: String| {
        text.truncate(text.floor_char_boundary(room));
        room -= text.len();
        found.push(text);
    };
    let mut waiting = vec![(raw.to_vec(), 0)];
    let mut mails = 0;
    while let Some((mail, depth)) = waiting.pop() {
        keep(subject_of(&Headers::read(&mail)));
        let all = parts(&mail);
        let plain: BTreeSet<usize> =
            all.iter().filter(|part| part.content.kind == "text/plain").filter_map(|part| part.alternative).collect();
        for part in all.iter().filter(|part| !part.encrypted) {
            let twin = part.alternative.is_some_and(|group| plain.contains(&group));
            if is_mail(part) {
                mails += 1;
                if depth < DEPTH_MAX && mails <= MAILS_MAX {
                    waiting.push((part.bytes().into_owned(), depth + 1));
                }
            } else if part.content.kind == "text/html" && !twin {
                keep(html::text(&bounded(part.text())));
            } else if part.content.kind.starts_with("text/") && part.content.kind != "text/html" || is_text(part) {
                keep(part.text());
            }
        }
    }
    found
}

/// A mail as mail programs attach it, or as our own relays do when it may not travel otherwise.
fn is_mail(part: &Part<'_>) -> bool {
    let named = |name: &str| name.to_ascii_lowercase().ends_with(".eml");
    part.content.kind == "message/rfc822" || part.file_name().is_some_and(named)
}

/// Patches and logs come as application/octet-stream, too.
fn is_text(part: &Part<'_>) -> bool {
    let bytes = part.bytes();
    part.content.kind.starts_with("application/") && !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok()
}

/// Twice the maximum: tags take as much as words.
fn bounded(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(2 * TEXT_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_found_and_what_is_encrypted_is_not() {
        let raw = "Subject: =?utf-8?q?=C3=9Cberlauf?=\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\
            Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>twin\n--b--\n\
            --a\nContent-Type: text/html\n\n<p>only <b>html</b></p>\n--a\nContent-Type: application/octet-stream\n\n+patch\n\
            --a\nContent-Type: application/octet-stream; name=\"As-Received.EML\"\nContent-Transfer-Encoding: base64\n\n\
            U3ViamVjdDogaW5uZXIKCmluc2lkZQo=\n--a\nContent-Type: image/png\n\npng\n\
            --a\nContent-Type: multipart/encrypted; boundary=c\n\n--c\n\nsecret\n--c--\n--a--\n";
        let found: Vec<String> = texts(raw.as_bytes()).iter().map(|text| text.trim().to_owned()).collect();
        assert_eq!(found, ["Überlauf", "plain", "only html", "+patch", "inner", "inside"]);
        assert_eq!(subject(raw.as_bytes()), "Überlauf");
    }

    #[test]
    fn mails_in_mails_and_long_texts_end_somewhere() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(100_000);
        assert!(texts(nested.as_bytes()).len() <= DEPTH_MAX + 1);
        let long = format!("Subject: x\n\n{}", "é".repeat(1_000_000));
        assert!(texts(long.as_bytes()).iter().map(String::len).sum::<usize>() <= TEXT_BYTES_MAX);
    }
}
