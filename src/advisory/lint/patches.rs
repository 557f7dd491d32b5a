//! The patches themselves: each has to be a unified diff, and, where the project wants that, its commit message must not
//! tell that it mends a security problem (CloudStack's step 9).

use std::sync::LazyLock;

use regex::Regex;

use super::{Subject, quoted};
use crate::advisory::facts::File;
use crate::advisory::finding::Finding;
use crate::advisory::listing::is_patch;
use crate::rules::patches::is_diff;

/// What gives a security problem away.
static TELLING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\bCVE-[0-9]{4}-[0-9]+|\bsecurity\b|\bvulnerab\w*|\bembargo\w*|\bexploit\w*|\battacker\w*|\badvisory\b|\bdenial[ -]of[ -]service\b|\bprivilege escalation\b",
    ).expect("the pattern is fixed")
});

fn of_subject<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a File> {
    subject.files.unwrap_or_default().iter().filter(|file| is_patch(&file.name))
}

pub fn diffs(subject: &Subject<'_>) -> Vec<Finding> {
    let wrong = of_subject(subject).filter(|file| !is_diff(&file.bytes));
    let what = |file: &File| if file.bytes.trim_ascii().is_empty() { "is empty" } else { "is no unified diff" };
    wrong
        .map(|file| Finding::error(0, format!("“{}” {}; attach the patch itself.", quoted(&file.name), what(file))))
        .collect()
}

pub fn silent(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.style.silent_commits {
        return Vec::new();
    }
    let told = of_subject(subject).filter_map(|file| telling(&message(&file.bytes), subject).map(|word| (file, word)));
    told.map(|(file, word)| {
        Finding::error(
            0,
            format!(
                "The commit message of “{}” says “{}”; it must not tell that this is a security problem: reword it.",
                quoted(&file.name),
                quoted(&word)
            ),
        )
    })
    .collect()
}

fn telling(message: &str, subject: &Subject<'_>) -> Option<String> {
    let called = subject.advisory.head.number.map(|number| subject.style.called(number));
    let named = called.filter(|called| !subject.style.prefix.is_empty() && message.contains(called.as_str()));
    named.or_else(|| TELLING.find(message).map(|word| word.as_str().to_owned()))
}

/// What stands before the diff.
fn message(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let is_diff = |line: &&str| {
        ["diff --git ", "--- a/", "--- /dev/null", "Index: "].iter().any(|begins| line.starts_with(begins))
    };
    text.lines().take_while(|line| !is_diff(line)).collect::<Vec<_>>().join("\n")
}
