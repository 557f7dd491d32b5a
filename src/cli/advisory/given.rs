//! The files that were named: texts of advisories, bare, clearsigned or in a mail; and what goes with them.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::advisory::facts::File;
use crate::advisory::text::unsigned;
use crate::cli::Failure;
use crate::mail::applicant::has_header;
use crate::mail::parts::parts;
use crate::mail::secret::sha256_hex;
use crate::rules::patches;

/// No mail server takes a larger mail.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// What goes with an advisory, and is none.
const BESIDE: [&str; 4] = [".patch", ".diff", ".meta", ".tar.gz"];
/// What people call standard input.
const STDIN: &str = "-";

/// The text of an advisory.
pub struct Given {
    pub file: PathBuf,
    pub text: String,
    /// How many lines of the file stand before it.
    pub lines_before: u32,
    /// What is attached to it or lies beside it; `None`: nothing was named, and it was in no mail.
    pub files: Option<Vec<File>>,
}

/// Each text with the files beside it: those it names; a file that no text names is that of the text before it.
pub fn read(named: &[PathBuf]) -> Result<Vec<Given>, Failure> {
    let mut texts: Vec<Given> = Vec::new();
    let mut beside: Vec<(usize, File)> = Vec::new();
    for path in named {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = bytes(path)?;
        if BESIDE.iter().any(|ending| name.ends_with(ending)) {
            beside.push((texts.len().saturating_sub(1), file(name, bytes)));
        } else {
            texts.push(text(path, &bytes)?);
        }
    }
    if texts.is_empty() {
        return Err(Failure::usage(
            "no text of an advisory among the files",
            "Name the advisory, too, or “-” for standard input.",
        ));
    }
    for (before, file) in beside {
        let name = file.name.as_str();
        let naming: Vec<usize> =
            (0..texts.len()).filter(|at| texts.get(*at).is_some_and(|text| names(&text.text, name))).collect();
        for at in if naming.is_empty() { vec![before] } else { naming } {
            if let Some(text) = texts.get_mut(at) {
                text.files.get_or_insert_default().push(file.clone());
            }
        }
    }
    Ok(texts)
}

/// Whether a text has a name as a word of its own.
fn names(text: &str, name: &str) -> bool {
    text.split_whitespace().any(|word| word == name)
}

fn file(name: String, bytes: Vec<u8>) -> File {
    File { name, sha256: sha256_hex(&bytes), bytes, branches: Vec::new() }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut raw = Vec::new();
    let read = if path == Path::new(STDIN) {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_end(&mut raw)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut raw))
    };
    read.map(|_| raw).map_err(|problem| {
        Failure::usage(
            format!("{} cannot be read: {problem}", path.display()),
            "Name the text of an advisory, or “-” for standard input.",
        )
    })
}

fn text(path: &Path, raw: &[u8]) -> Result<Given, Failure> {
    if has_header(raw) {
        return mail(path, raw);
    }
    let text = String::from_utf8(raw.to_vec()).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        Failure::refused(format!("{} line {line}: this is not UTF-8 text", path.display()), "Save the file as UTF-8.")
    })?;
    let (text, lines_before) = match unsigned(&text) {
        Some(signed) => (signed.text, signed.lines_before),
        None => (text, 0),
    };
    Ok(Given { file: path.to_owned(), text, lines_before, files: None })
}

/// The text of a mail, with the line ends of a file, and all that is attached to it.
fn mail(path: &Path, raw: &[u8]) -> Result<Given, Failure> {
    let parts = parts(raw);
    let text = parts.iter().find(|part| part.content.kind == "text/plain" && !part.is_attached());
    let Some(text) = text.map(|part| part.text().replace("\r\n", "\n")) else {
        return Err(Failure::refused(
            format!("{}: there is no text in this mail", path.display()),
            "Save the advisory itself, and name that file.",
        ));
    };
    let text = unsigned(&text).map_or(text, |signed| signed.text);
    let attached = patches::files(raw).into_iter().map(|one| {
        let name = if one.name.is_empty() { one.called } else { one.name };
        file(name, one.bytes)
    });
    Ok(Given { file: path.to_owned(), text, lines_before: 0, files: Some(attached.collect()) })
}
