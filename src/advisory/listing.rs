//! What a resolution says of its files: the table of branches, and the transcript of `sha256sum`. Read from a body, taken
//! out of it, and written.

use super::facts::File;
use super::style::Style;

/// What names of patches and of what goes with them end in.
const ENDINGS: [&str; 5] = [".patch", ".diff", ".meta", ".txt", ".tar.gz"];
const PATCH_ENDINGS: [&str; 2] = [".patch", ".diff"];
const SHA256_DIGITS: usize = 64;
/// The column of the branches, as the Xen Project's are.
const BRANCHES_COLUMN: usize = 23;
const COMMAND: &str = "$ sha256sum";

/// What stands in a body, each with its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub table: Vec<Row>,
    pub hashes: Vec<Hash>,
    /// The line of `$ sha256sum …`.
    pub transcript: Option<u32>,
    /// The transcript ends with a line `$`.
    pub closed: bool,
}

/// `xsa480-4.20.patch      Xen 4.20.x - Xen 4.19.x`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: u32,
    pub file: String,
    pub branches: String,
}

/// A line of the transcript: 64 digits, two blanks, a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash {
    pub line: u32,
    pub sha256: String,
    pub file: String,
}

impl Listing {
    /// What a body lists, whose first line is `first` in its text.
    pub fn read(body: &str, first: u32) -> Self {
        let mut listing = Self::default();
        for (words, line) in body.lines().zip(first..) {
            match kind(words, listing.transcript.is_some() && !listing.closed) {
                Kind::Command => listing.transcript = Some(line),
                Kind::End => listing.closed = true,
                Kind::Hash(sha256, file) => {
                    listing.hashes.push(Hash { line, sha256: sha256.to_owned(), file: file.to_owned() });
                }
                Kind::Row(file, branches) => {
                    listing.table.push(Row { line, file: file.to_owned(), branches: branches.to_owned() });
                }
                Kind::Words => {}
            }
        }
        listing
    }
}

enum Kind<'a> {
    Words,
    Command,
    End,
    Hash(&'a str, &'a str),
    Row(&'a str, &'a str),
}

/// What a line is; `listing`: in a transcript.
fn kind(words: &str, listing: bool) -> Kind<'_> {
    let words = words.trim_end();
    if words.starts_with(COMMAND) {
        return Kind::Command;
    }
    if words == "$" && listing {
        return Kind::End;
    }
    let Some((first, rest)) = words.split_once([' ', '\t']) else { return Kind::Words };
    let second = rest.trim_start_matches([' ', '\t', '*']);
    let gap = rest.len() > rest.trim_start_matches([' ', '\t']).len() || words.contains('\t');
    let digits = first.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_hash = digits && (first.len() == SHA256_DIGITS || (listing && first.len() >= SHA256_DIGITS / 2));
    if is_hash && !second.is_empty() && !second.contains(' ') {
        return Kind::Hash(first, second);
    }
    if gap && is_file(first) && !second.is_empty() { Kind::Row(first, second) } else { Kind::Words }
}

/// Whether a word names a file; `xsa237-4.5/*` names several.
pub fn is_file(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._+-/*".contains(c);
    let named = ENDINGS.iter().any(|ending| word.ends_with(ending) && word.len() > ending.len());
    word.chars().all(fits) && (named || word.ends_with("/*"))
}

pub fn is_patch(file: &str) -> bool {
    let lower = file.to_lowercase();
    PATCH_ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a name is this file's; `xsa237-4.5/*` is that of all in the folder, `xsa237*.patch` of all that fit.
pub fn names(name: &str, file: &str) -> bool {
    match name.split_once('*') {
        None => name == file,
        Some((begins, ends)) => file.strip_prefix(begins).is_some_and(|rest| rest.ends_with(ends)),
    }
}

/// A body without table and transcript, and without the empty lines around them.
pub fn without(body: &str) -> String {
    let mut listing = false;
    let mut kept: Vec<&str> = Vec::new();
    for words in body.lines() {
        let kind = kind(words, listing);
        match kind {
            Kind::Command => listing = true,
            Kind::End => listing = false,
            _ => {}
        }
        let blank = words.trim().is_empty();
        let words = if matches!(kind, Kind::Words) { words } else { "" };
        // Where something was taken out, one empty line is enough.
        let gap = !blank && words.is_empty();
        if gap && kept.last().is_none_or(|last| last.is_empty()) {
            continue;
        }
        if blank && kept.last() == Some(&"") {
            continue;
        }
        kept.push(words);
    }
    let text = kept.join("\n");
    text.trim_matches('\n').to_owned()
}

/// Table and transcript of these files, as they stand in a resolution.
pub fn written(files: &[File], number: i64, style: &Style) -> String {
    let rows: Vec<&File> = files.iter().filter(|file| !file.branches.is_empty()).collect();
    let width = rows.iter().map(|file| file.name.chars().count() + 2).max().unwrap_or(0).max(BRANCHES_COLUMN);
    let row = |file: &&File| {
        let branches: Vec<String> = file.branches.iter().map(|branch| style.branch(branch)).collect();
        format!("{:<width$}{}\n", file.name, branches.join(", "))
    };
    let table: String = rows.iter().map(row).collect();
    let stem = style.file_stem(number);
    let others = files.iter().filter(|file| !file.name.starts_with(&stem)).map(|file| format!(" {}", file.name));
    let ours = if files.iter().any(|file| file.name.starts_with(&stem)) { format!(" {stem}*") } else { String::new() };
    let hashes: String = files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
    let transcript = format!("{COMMAND}{ours}{}\n{hashes}$\n", others.collect::<String>());
    if table.is_empty() { transcript } else { format!("{table}\n{transcript}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "Applying the attached patch resolves this issue.\n\n\
        xsa480.patch           xen-unstable\n\
        xsa480/xsa480-4.20-?.patch  not a name\n\
        xsa480-4.20/*.patch    Xen 4.20.x - Xen 4.19.x\n\n\
        $ sha256sum xsa480*\n\
        0000000000000000000000000000000000000000000000000000000000000000  xsa480.patch\n\
        00000000000000000000000000000000000000000000  xsa480.meta\n\
        $\n\nMind the order.\n";

    #[test]
    fn table_and_transcript_are_read_with_their_lines_and_taken_out() {
        let listing = Listing::read(BODY, 40);
        let rows: Vec<_> =
            listing.table.iter().map(|row| (row.line, row.file.as_str(), row.branches.as_str())).collect();
        assert_eq!(
            rows,
            [(42, "xsa480.patch", "xen-unstable"), (44, "xsa480-4.20/*.patch", "Xen 4.20.x - Xen 4.19.x")]
        );
        let hashes: Vec<_> =
            listing.hashes.iter().map(|hash| (hash.line, hash.sha256.len(), hash.file.as_str())).collect();
        assert_eq!(hashes, [(47, 64, "xsa480.patch"), (48, 44, "xsa480.meta")]);
        assert_eq!((listing.transcript, listing.closed), (Some(46), true));
        assert_eq!(
            without(BODY),
            "Applying the attached patch resolves this issue.\n\nxsa480/xsa480-4.20-?.patch  not a name\n\nMind the order."
        );
    }

    #[test]
    fn a_commit_with_its_branches_is_no_file() {
        let commit = "0123456789abcdef0123456789abcdef01234567   in Xen 4.20.x, 4.19.x\n";
        assert_eq!(Listing::read(commit, 1), Listing::default());
        assert_eq!(without(commit), commit.trim_end());
    }
}
