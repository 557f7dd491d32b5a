//! Header fields that were encrypted or signed with the text (RFC 9788, and draft-autocrypt-lamps-protected-headers
//! before it), and the copies of them in the text for old mail programs. They count at the root of what was protected
//! and nowhere else.

use crate::mail::compose::{quoted_printable, typed};
use crate::mail::fields;
use crate::mail::headers::{Field, Headers};
use crate::mail::parts::{Entity, Part};

/// Multiparts within multiparts in which a text for old programs is looked for.
const DEPTH_MAX: usize = 5;
/// RFC 9788 section 5.2.2 (text/html).
const HTML_BEGIN: &str = "<div class=\"header-protection-legacy-display\">";
const HTML_END: &str = "</div>";

/// The fields that were protected, if `payload` says that it has some.
pub fn fields(payload: &[u8]) -> Option<Headers<'_>> {
    let entity = Entity::read(payload, "text/plain", false);
    marked(&entity.part).then_some(entity.part.headers)
}

fn marked(part: &Part<'_>) -> bool {
    let hp = part.content.parameter("hp").is_some_and(|hp| matches!(hp, "clear" | "cipher"));
    hp || is_v1(part)
}

fn is_v1(part: &Part<'_>) -> bool {
    part.content.parameter("protected-headers").is_some_and(|version| version.eq_ignore_ascii_case("v1"))
}

/// What was protected, without what only repeats its fields for old programs; `None` when there is nothing of that.
pub fn without_legacy_display(payload: &[u8]) -> Option<Vec<u8>> {
    let entity = Entity::read(payload, "text/plain", true);
    if entity.part.content.parameter("hp") == Some("cipher") {
        return without_lines(payload, 0);
    }
    let [display, body] = entity.inside.as_slice() else { return None };
    let display = Entity::read(display, "text/plain", false).part;
    let shows_fields = matches!(display.content.kind.as_str(), "text/plain" | "text/rfc822-headers");
    let whole = entity.part.content.kind == "multipart/mixed" && is_v1(&entity.part) && is_v1(&display) && shows_fields;
    (whole && repeats(&display, &entity.part.headers)).then(|| body.to_vec())
}

/// Whether a part says nothing but what the fields say: else text could be hidden in it.
fn repeats(display: &Part<'_>, protected: &Headers<'_>) -> bool {
    let text = display.bytes();
    let shown = Headers::read(&text);
    let words = |field: &Field<'_>| fields::text(field).split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let unfolded = lines.filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t")).count();
    shown.body.trim_ascii().is_empty()
        && unfolded == shown.iter().count()
        && shown.iter().all(|field| protected.all(field.name).any(|other| words(other) == words(field)))
}

/// RFC 9788 section 4.10: the main text, in each of its forms, without the lines up to the first empty one.
fn without_lines(raw: &[u8], depth: usize) -> Option<Vec<u8>> {
    let entity = Entity::read(raw, "text/plain", depth < DEPTH_MAX);
    if entity.inside.is_empty() {
        let display = entity.part.content.parameter("hp-legacy-display") == Some("1");
        return if display { text_without_lines(&entity.part) } else { None };
    }
    let forms = if entity.part.content.kind == "multipart/alternative" { usize::MAX } else { 1 };
    let mut rebuilt = Vec::with_capacity(raw.len());
    let mut copied = 0usize;
    for inside in entity.inside.iter().take(forms) {
        let Some(changed) = without_lines(inside, depth + 1) else { continue };
        // Both are slices of `raw`: how far into it this one begins.
        let start = (inside.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
        rebuilt.extend_from_slice(raw.get(copied..start)?);
        rebuilt.extend_from_slice(&changed);
        copied = start + inside.len();
    }
    if copied == 0 {
        return None;
    }
    rebuilt.extend_from_slice(raw.get(copied..)?);
    Some(rebuilt)
}

fn text_without_lines(part: &Part<'_>) -> Option<Vec<u8>> {
    let text = part.text().replace("\r\n", "\n");
    let kept = match part.content.kind.as_str() {
        "text/plain" => {
            let (display, rest) = text.split_once("\n\n")?;
            let names_field = |line: &str| line.starts_with([' ', '\t']) || line.split_once(": ").is_some();
            display.lines().all(names_field).then(|| rest.to_owned())?
        }
        "text/html" => {
            let (before, display) = text.split_once(HTML_BEGIN)?;
            let (_, after) = display.split_once(HTML_END)?;
            [before, after].concat()
        }
        _ => return None,
    };
    let mut out = Vec::with_capacity(kept.len() + kept.len() / 4);
    let passed_on = ["format", "delsp"].into_iter().filter_map(|name| Some((name, part.content.parameter(name)?)));
    let parameters: Vec<(&str, &str)> = [("charset", "utf-8")].into_iter().chain(passed_on).collect();
    typed(&mut out, "Content-Type", &part.content.kind, &parameters);
    out.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n");
    let replaced = ["Content-Type", "Content-Transfer-Encoding"];
    for field in part.headers.iter() {
        if field.name.to_ascii_lowercase().starts_with("content-") && !replaced.iter().any(|name| field.is(name)) {
            field.write(&mut out);
        }
    }
    out.extend_from_slice(b"\r\n");
    quoted_printable(&mut out, &kept);
    Some(out)
}
