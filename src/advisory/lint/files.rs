//! The files: the table of branches, the transcript of `sha256sum` and what is attached have to name the same. A patch is
//! covered by the signature only through its line in the transcript.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Subject, listed as in_words, quoted};
use crate::advisory::facts::File;
use crate::advisory::finding::Finding;
use crate::advisory::listing::{is_patch, names};

static SAID_ATTACHED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\battached (?:patch|patches)\b|\b(?:patch|patches) (?:is|are) attached\b")
        .expect("the pattern is fixed")
});

const SHA256_DIGITS: usize = 64;

/// The table against the transcript.
pub fn listed(subject: &Subject<'_>) -> Vec<Finding> {
    let (table, hashes) = (&subject.listing.table, &subject.listing.hashes);
    let unhashed = table.iter().filter(|row| !hashes.iter().any(|hash| names(&row.file, &hash.file)));
    let unhashed = unhashed.map(|row| {
        Finding::error(
            row.line,
            format!(
                "“{}” is in the table, and its SHA-256 is not in the list below; correct the name, or add it.",
                quoted(&row.file)
            ),
        )
    });
    let untold =
        hashes.iter().filter(|hash| is_patch(&hash.file) && !table.iter().any(|row| names(&row.file, &hash.file)));
    let untold = untold.map(|hash| {
        Finding::warning(
            hash.line,
            format!("No line of the table says which branches “{}” is for; add one.", quoted(&hash.file)),
        )
    });
    unhashed.chain(untold).collect()
}

/// Names that another advisory has in public already: the site shows one file under each.
pub fn taken(subject: &Subject<'_>) -> Vec<Finding> {
    let taken = subject.facts.map(|facts| facts.taken.as_slice()).unwrap_or_default();
    let finding = |(name, called): &(String, String)| {
        Finding::error(
            0,
            format!("{called} has a file called “{}” in public; give the new one another name.", quoted(name)),
        )
    };
    taken.iter().map(finding).collect()
}

/// The transcript by itself.
pub fn hashes(subject: &Subject<'_>) -> Vec<Finding> {
    let listing = &subject.listing;
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for hash in &listing.hashes {
        if hash.sha256.len() != SHA256_DIGITS {
            let digits = hash.sha256.len();
            found.push(Finding::error(
                hash.line,
                format!(
                    "The SHA-256 of “{}” has {digits} digits, and not {SHA256_DIGITS}; correct it.",
                    quoted(&hash.file)
                ),
            ));
        }
        if !seen.insert(hash.file.as_str()) {
            found
                .push(Finding::error(hash.line, format!("“{}” is listed twice; remove one line.", quoted(&hash.file))));
        }
    }
    if let (Some(line), true, false) = (listing.transcript, listing.hashes.is_empty(), listing.closed) {
        found.push(Finding::warning(line, "No SHA-256 stands below this command; add what it prints, and a line “$”."));
    } else if let (Some(last), Some(_), false) = (listing.hashes.last(), listing.transcript, listing.closed) {
        found.push(Finding::warning(last.line, "The list of SHA-256 does not end with a line “$”; add it."));
    }
    found
}

/// Files that a mail may be too large for: Postfix takes 10,240,000 bytes of one as it comes (postconf(5), message_size_limit),
/// and base64 makes four bytes of three.
pub fn together(subject: &Subject<'_>) -> Vec<Finding> {
    const KIB_MAX: usize = 7 << 10;
    let kib = subject.files.unwrap_or_default().iter().map(|file| file.bytes.len()).sum::<usize>() >> 10;
    let words = format!(
        "The attached files are {} MiB together, and many mail servers take no mail of more than 10 MB; send fewer, or smaller ones.",
        kib.div_ceil(1 << 10)
    );
    if kib > KIB_MAX { vec![Finding::warning(0, words)] } else { Vec::new() }
}

/// Files that are called after another advisory.
pub fn called(subject: &Subject<'_>) -> Vec<Finding> {
    let (style, Some(own)) = (subject.style, subject.advisory.head.number) else { return Vec::new() };
    if style.prefix.is_empty() {
        return Vec::new();
    }
    let prefix = style.prefix.to_lowercase();
    let number = |file: &str| {
        let rest = file.strip_prefix(prefix.as_str())?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse::<i64>().ok()
    };
    let table = subject.listing.table.iter().map(|row| (row.line, row.file.as_str()));
    let listed = table.chain(subject.listing.hashes.iter().map(|hash| (hash.line, hash.file.as_str())));
    let attached = subject.files.unwrap_or_default().iter().map(|file| (0, file.name.as_str()));
    let mut seen = BTreeSet::new();
    let wrong = listed.chain(attached).filter(|(_, file)| number(file).is_some_and(|number| number != own));
    wrong
        .filter(|(_, file)| seen.insert(*file))
        .map(|(line, file)| {
            let called = style.called(own);
            Finding::error(
                line,
                format!(
                    "“{}” is called after another advisory than {called}; rename the file, or correct the name.",
                    quoted(file)
                ),
            )
        })
        .collect()
}

/// The transcript against what is attached.
pub fn attached(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(files) = subject.files else { return Vec::new() };
    let listing = &subject.listing;
    let mut found = Vec::new();
    for hash in &listing.hashes {
        let name = quoted(&hash.file);
        match files.iter().find(|file| file.name == hash.file) {
            None => found.push(Finding::error(
                hash.line,
                format!("“{name}” is listed, and not attached; attach it, or remove the line."),
            )),
            Some(file) if hash.sha256.len() == SHA256_DIGITS && !file.sha256.eq_ignore_ascii_case(&hash.sha256) => {
                found.push(Finding::error(
                    hash.line,
                    format!(
                        "The attached “{name}” has another SHA-256: {}; attach the right file, or correct the line.",
                        file.sha256
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    let is_listed = |file: &&File| listing.hashes.iter().any(|hash| hash.file == file.name);
    found.extend(files.iter().filter(|file| !is_listed(file)).map(|file| {
        Finding::error(
            0,
            format!(
                "“{}” is attached, and its SHA-256 is not in the text, so that no signature covers it; add it.",
                quoted(&file.name)
            ),
        )
    }));
    found
}

/// “Applying the attached patch” with nothing to apply.
pub fn said_attached(subject: &Subject<'_>) -> Vec<Finding> {
    let listing = &subject.listing;
    let has_patch = subject.files.unwrap_or_default().iter().any(|file| is_patch(&file.name))
        || listing.hashes.iter().any(|hash| is_patch(&hash.file))
        || !listing.table.is_empty();
    let said = SAID_ATTACHED.find(&subject.flow.text).filter(|_| !has_patch);
    said.map(|said| {
        let line = subject.flow.line_at(said.start());
        Finding::error(
            line,
            format!("The text says “{}”, and no patch is listed; add it, or correct the sentence.", said.as_str()),
        )
    })
    .into_iter()
    .collect()
}

/// The branches of the table against those that are maintained, and those that are affected. Only with what the desk knows:
/// old texts name old branches.
pub fn branches(subject: &Subject<'_>) -> Vec<Finding> {
    let (Some(facts), style) = (subject.facts, subject.style) else { return Vec::new() };
    let mut covered = BTreeSet::new();
    let mut found = Vec::new();
    for row in &subject.listing.table {
        let (known, unknown) = style.branches_in(&row.branches);
        covered.extend(known);
        if !unknown.is_empty() && !style.branches.is_empty() {
            found.push(Finding::warning(
                row.line,
                format!(
                    "{} is not among the branches that are maintained ({}); correct it, if it is a slip.",
                    in_words(&unknown),
                    style.branches.join(", ")
                ),
            ));
        }
    }
    let is_covered = |branch: &&String| {
        let (known, _) = style.branches_in(branch);
        covered.contains(*branch) || (!known.is_empty() && known.iter().all(|one| covered.contains(one)))
    };
    let bare: Vec<String> = facts.affected.iter().filter(|branch| !is_covered(branch)).cloned().collect();
    if !bare.is_empty() && !subject.listing.table.is_empty() {
        let line = subject.listing.table.first().map_or(0, |row| row.line);
        found.push(Finding::warning(
            line,
            format!("No patch is listed for {}, which is affected; add it, or say why.", in_words(&bare)),
        ));
    }
    found
}
