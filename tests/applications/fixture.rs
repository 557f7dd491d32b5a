//! What careful people found in the mails of `fixtures/applications`, read from the file beside each.

use std::path::{Path, PathBuf};

/// One mail, and what people found in the thread up to it.
pub struct Judged {
    /// File or folder, and number in the thread.
    pub name: String,
    pub raw: Vec<u8>,
    /// `application`, `follow-up`, or something that is no application's.
    pub kind: String,
    pub complete: bool,
    pub items: Vec<Item>,
}

pub struct Item {
    pub id: String,
    pub required: bool,
    /// `found`, `unclear`, `missing`.
    pub status: String,
    pub quote: String,
}

/// Threads, each its mails in order; a mail alone is a thread of one.
pub fn threads() -> Vec<Vec<Judged>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/applications");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            return Some(thread(path, &name));
        }
        let text = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        (path.extension()? == "eml").then(|| vec![judged(&text, name, std::fs::read(path).unwrap())])
    };
    paths.iter().filter_map(|path| read(path)).collect()
}

fn thread(folder: &Path, name: &str) -> Vec<Judged> {
    let text = std::fs::read_to_string(folder.join("findings.txt")).unwrap();
    let pieces = text.split("\nmail ").skip(1);
    let mail = |piece: &str| {
        let (number, rest) = piece.split_once('\n').unwrap();
        let number = number.split_whitespace().next().unwrap();
        let raw = std::fs::read(folder.join(format!("{number}.eml"))).unwrap();
        judged(rest, format!("{name}/{number}"), raw)
    };
    pieces.map(mail).collect()
}

fn judged(text: &str, name: String, raw: Vec<u8>) -> Judged {
    let mut judged = Judged { name, raw, kind: String::new(), complete: false, items: Vec::new() };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["kind", kind, ..] => judged.kind = (*kind).to_owned(),
            ["complete", complete, ..] => judged.complete = *complete == "yes",
            [id, required, status @ ("found" | "unclear" | "missing"), ..] => judged.items.push(Item {
                id: (*id).to_owned(),
                required: *required != "-",
                status: (*status).to_owned(),
                quote: if *status == "missing" { String::new() } else { quoted(line) },
            }),
            _ => {}
        }
    }
    judged
}

/// The fragment between the first quote mark and the last before the remark.
fn quoted(line: &str) -> String {
    let Some((_, rest)) = line.split_once('"') else { return String::new() };
    let end = rest.find("\" #").or_else(|| rest.find("\"  ")).or_else(|| rest.rfind('"'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().to_owned()
}
