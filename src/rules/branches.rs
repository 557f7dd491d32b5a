//! Branches of the software: which one somebody means, and which ones the name of a patch is for. It guesses nothing.

use crate::rules::nearest::nearest;

const NAME_CHARACTERS_MAX: usize = 60;
/// What people put before the number of a branch.
const BEFORE: [&str; 7] = ["v", "xen-", "stable-", "staging-", "release-", "branch-", "releng-"];
/// What the names of patches end in.
const ENDINGS: [&str; 2] = [".patch", ".diff"];

/// What somebody calls a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One of those that are maintained.
    Known(String),
    /// Another one.
    Other(String),
    /// It may be this one, misspelt.
    Near(String),
    /// No name of a branch: it is empty, too long, or has what no branch has in it.
    Unfit,
}

/// What a file that goes with an advisory is for: these branches; one that describes the others is for none.
pub fn in_words(branches: &[String]) -> String {
    if branches.is_empty() { "programs that read it".to_owned() } else { branches.join(", ") }
}

/// Which branch is meant. Another number is another branch; another way to write it may be a slip.
pub fn named(typed: &str, known: &[String]) -> Named {
    let typed = typed.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '+' | ',');
    if typed.is_empty() || typed.chars().count() > NAME_CHARACTERS_MAX || !typed.chars().all(fits) {
        return Named::Unfit;
    }
    if let Some(branch) = known.iter().find(|branch| branch.eq_ignore_ascii_case(typed)) {
        return Named::Known(branch.clone());
    }
    if let Some(branch) = known.iter().find(|branch| plain(branch) == plain(typed)) {
        return Named::Near(branch.clone());
    }
    let words = known.iter().map(String::as_str).filter(|branch| !has_digit(branch));
    match nearest(typed, words).filter(|_| !has_digit(typed)) {
        Some(near) => Named::Near(near.to_owned()),
        None => Named::Other(typed.to_owned()),
    }
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// `v4.20`, `stable-4.20`, `4,20`, `420`, `4.20.x` are the same to people.
fn plain(name: &str) -> String {
    let mut name = name.to_lowercase();
    for before in BEFORE {
        if let Some(rest) = name.strip_prefix(before) {
            name = rest.to_owned();
        }
    }
    let name = name.strip_suffix(".x").unwrap_or(&name);
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The branches that the name of a patch is for; none when nobody can tell. `prefix`: of advisories (XSA): a file that is
/// called after one, and after no branch, is for `trunk`, if that is given.
pub fn of_file(file: &str, known: &[String], prefix: &str, trunk: Option<&str>) -> Vec<String> {
    let name = file.to_lowercase();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let mut words: Vec<&str> = stem.split(['-', '_', '+']).filter(|word| !word.is_empty()).collect();
    // The number of an advisory is none of a branch.
    let prefix = prefix.to_lowercase();
    let is_number = |word: &str| {
        let digits = if prefix.is_empty() { None } else { word.strip_prefix(prefix.as_str()) };
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let numbered = words.first().is_some_and(|word| is_number(word));
    if numbered {
        words.remove(0);
    }
    let mut branches: Vec<String> = Vec::new();
    for word in &words {
        let branch = match known.iter().find(|branch| branch.eq_ignore_ascii_case(word)) {
            Some(branch) => branch.clone(),
            None if is_version(word) => (*word).to_owned(),
            None => continue,
        };
        if !branches.contains(&branch) {
            branches.push(branch);
        }
    }
    // “xsa123.patch”, “xsa123-1.patch”: nothing but the place in a series.
    let bare = words.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit()));
    match trunk {
        Some(trunk) if branches.is_empty() && numbered && bare => vec![trunk.to_owned()],
        _ => branches,
    }
}

/// `4.20`, `4.20.1`: a number alone is the place in a series.
fn is_version(word: &str) -> bool {
    let mut parts = word.split('.');
    let number = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    word.contains('.') && parts.all(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known() -> Vec<String> {
        ["master", "4.21", "4.20", "4.9"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_branch_is_known_or_another_one_or_a_slip() {
        let near = |branch: &str| Named::Near(branch.to_owned());
        let other = |branch: &str| Named::Other(branch.to_owned());
        for (typed, expected) in [
            ("4.20", Named::Known("4.20".into())),
            ("Master", Named::Known("master".into())),
            ("mastre", near("master")),
            ("4,20", near("4.20")),
            ("420", near("4.20")),
            ("v4.20", near("4.20")),
            ("stable-4.21", near("4.21")),
            ("4.20.x", near("4.20")),
            ("4.2", other("4.2")), // Another release, though it looks like one.
            ("4.19", other("4.19")),
            ("4.20.1", other("4.20.1")),
            ("unstable", other("unstable")),
            ("qemu/master", other("qemu/master")),
            ("", Named::Unfit),
            ("4.20:", Named::Unfit),
            ("a\nb", Named::Unfit),
        ] {
            assert_eq!(named(typed, &known()), expected, "{typed:?}");
        }
        assert_eq!(named("4.20", &[]), other("4.20"));
    }

    #[test]
    fn the_name_of_a_patch_says_which_branch_it_is_for() {
        for (file, expected) in [
            ("xsa123-4.20.patch", vec!["4.20"]),
            ("XSA123-4.20.PATCH", vec!["4.20"]),
            ("xsa123-4.20-1.patch", vec!["4.20"]),
            ("xsa123-4.21-4.20.patch", vec!["4.21", "4.20"]),
            ("xsa123-4.15.diff", vec!["4.15"]), // Not maintained; somebody else decides about that.
            ("xsa123.patch", vec!["master"]),
            ("xsa123-2.patch", vec!["master"]),
            ("xsa123-02.patch", vec!["master"]),
            ("xsa123-master.patch", vec!["master"]),
            ("xsa123-unstable.patch", vec![]),
            ("grant-fix-master.patch", vec!["master"]),
            ("grant-fix_4.9.diff", vec!["4.9"]),
            ("0001-x86-fix-it.patch", vec![]),
            ("fix.patch", vec![]),
            ("4.20.patch", vec!["4.20"]),
            ("master.patch", vec!["master"]),
            ("", vec![]),
            ("mastery.patch", vec![]),
            ("1.2.3.4.5-v2.patch", vec!["1.2.3.4.5"]),
        ] {
            assert_eq!(of_file(file, &known(), "XSA", Some("master")), expected, "{file}");
        }
        assert!(of_file("xsa123.patch", &known(), "XSA", None).is_empty());
        assert!(of_file("xsa123.patch", &known(), "", Some("master")).is_empty());
    }

    proptest! {
        #[test]
        fn any_name_is_read(name in "\\PC{0,80}", typed in "\\PC{0,80}") {
            let _ = of_file(&name, &known(), "XSA", Some("master"));
            if let Named::Known(branch) | Named::Near(branch) = named(&typed, &known()) {
                prop_assert!(known().contains(&branch));
            }
        }
    }
}
