//! Where the settings come from: embargod.toml, conf.d/*.toml beside it, then EMBARGOD__SECTION__KEY variables; what
//! comes later wins. Each source is checked alone first, so that an error names it; the `config` crate merges them.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat};

use super::written::Written;
use crate::policy::problem::Problem;
use crate::policy::read_file;
use crate::policy::reading::{self, Source, list_items};

/// Variables that are settings begin with this; two underscores divide tables from keys.
const VARIABLE_PREFIX: &str = "EMBARGOD__";

/// Keys that are lists: in a variable their items have commas between them.
const LISTS: [&str; 8] = [
    "addresses.security",
    "addresses.applications",
    "addresses.discuss",
    "addresses.members",
    "mail.recipient_headers",
    "mail.received_by",
    "mail.spam_headers",
    "lists.read",
];

/// Tables that come in numbers, and what they hold.
const NUMBERED: [(&str, &str); 5] = [
    ("imap", "accounts"),
    ("maildir", "accounts"),
    ("openpgp.older", "keys"),
    ("contact", "contacts"),
    ("hook", "hooks"),
];

/// The merged settings, and where each key stood.
#[derive(Debug)]
pub struct Gathered {
    pub written: Written,
    pub places: Places,
}

/// Where each key stood: `smtp.port` → `embargod.toml line 12`.
#[derive(Debug)]
pub struct Places {
    main: String,
    keys: BTreeMap<String, String>,
}

impl Places {
    /// The place of a key, or of the nearest table around it, or the main file.
    pub fn of(&self, key: &str) -> &str {
        let mut key = key;
        loop {
            if let Some(place) = self.keys.get(key) {
                return place;
            }
            match key.rfind(['.', '[']) {
                Some(at) => key = key.get(..at).unwrap_or(""),
                None => return &self.main,
            }
        }
    }
}

/// Reads every source. `variables` are those of the process; others than ours are passed over.
pub fn gather(main: &Path, variables: &[(String, String)]) -> Result<Gathered, Problem> {
    let mut places = Places { main: main.display().to_string(), keys: BTreeMap::new() };
    let mut builder = Config::builder();
    for path in files(main)? {
        let text = read_file(&path).map_err(|problem| {
            let why = std::fs::File::open(&path).err().map(|error| error.kind());
            Problem::new(problem.cause(), unread(why, path == main).unwrap_or(problem.remedy()))
        })?;
        check_file(&path, &text, &mut places)?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    for (name, value) in variables {
        let Some(key) = check_variable(name, value, &mut places)? else { continue };
        let set = if LISTS.contains(&key.as_str()) {
            builder.set_override(&key, list_items(value).collect::<Vec<_>>())
        } else {
            builder.set_override(&key, value.as_str())
        };
        builder = set.map_err(|_| unknown_variable(name))?;
    }
    // Every source was checked alone, so this fails only where two of them make no sense together. The words of the
    // merging crate may repeat a value; a value may be a secret in the wrong place.
    let merged = builder.build().and_then(Config::try_deserialize::<Written>);
    let written = merged.map_err(|_| {
        Problem::new(
            format!("{}: the files in conf.d and the variables do not fit together with it", main.display()),
            "Set each key in one place only.",
        )
    })?;
    Ok(Gathered { written, places })
}

/// What to do about a file that could not be read, where we know better than whoever tried.
fn unread(why: Option<ErrorKind>, is_main: bool) -> Option<&'static str> {
    match why {
        Some(ErrorKind::PermissionDenied) => Some("Run it as the user embargod runs as."),
        Some(_) if is_main => Some("“embargod init DIR --profile xen” writes one; or name another with --config FILE."),
        _ => None,
    }
}

/// The main file, then the fragments beside it by name.
fn files(main: &Path) -> Result<Vec<PathBuf>, Problem> {
    let folder = main.with_file_name("conf.d");
    let mut fragments = Vec::new();
    match std::fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
                if path.extension().is_some_and(|extension| extension == "toml") {
                    fragments.push(path);
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(&folder, &error)),
    }
    fragments.sort();
    fragments.insert(0, main.to_path_buf());
    Ok(fragments)
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        format!("{} cannot be read: {error}", folder.display()),
        "Make the folder readable for the user embargod runs as.",
    )
}

fn check_file(path: &Path, text: &str, places: &mut Places) -> Result<(), Problem> {
    let shown = path.display().to_string();
    let source = Source { name: &shown, text };
    let node = reading::parse(source)?;
    reading::typed::<Written>(&node, source)?;
    for (key, offset) in node.places() {
        let place = source.line(offset);
        // A later list replaces an earlier one: a mailbox would be read no more, and nobody told.
        let numbered = NUMBERED.iter().find(|(table, _)| *table == key);
        if let (Some((_, held)), Some(earlier)) = (numbered, places.keys.get(&key)) {
            return Err(Problem::new(
                format!("{place}: [[{key}]] would replace the {held} in {earlier}"),
                format!("Write all [[{key}]] {held} into one file."),
            ));
        }
        places.keys.insert(key, place);
    }
    Ok(())
}

/// The key a variable sets; `None` when it is none of ours.
fn check_variable(name: &str, value: &str, places: &mut Places) -> Result<Option<String>, Problem> {
    let Some(rest) = name.strip_prefix(VARIABLE_PREFIX) else { return Ok(None) };
    let key = rest.to_ascii_lowercase();
    let path: Vec<&str> = key.split("__").collect();
    if path.iter().any(|part| part.is_empty()) {
        return Err(unknown_variable(name));
    }
    let dotted = path.join(".");
    let within = |table: &str| dotted.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if let Some((table, held)) = NUMBERED.iter().find(|(table, _)| within(table)) {
        return Err(Problem::new(
            format!("The variable {name}: {held} are a list and cannot be set one key at a time"),
            format!("Unset it and write [[{table}]] into embargod.toml or a file in conf.d."),
        ));
    }
    let shown = format!("The variable {name}");
    reading::typed::<Written>(&reading::variable(&path, value), Source { name: &shown, text: "" })?;
    places.keys.insert(dotted.clone(), shown);
    Ok(Some(dotted))
}

fn unknown_variable(name: &str) -> Problem {
    Problem::new(
        format!("The variable {name} names no key"),
        format!("Unset it, or write it like {VARIABLE_PREFIX}SMTP__HOST."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_another_user_are_read_as_that_user_and_missing_ones_are_made() {
        for is_main in [true, false] {
            let denied = unread(Some(ErrorKind::PermissionDenied), is_main);
            assert_eq!(denied, Some("Run it as the user embargod runs as."));
        }
        assert!(unread(Some(ErrorKind::NotFound), true).unwrap().starts_with("“embargod init DIR --profile xen”"));
        assert_eq!(unread(Some(ErrorKind::NotFound), false), None);
        assert_eq!(unread(None, true), None, "it can be opened: the text is wrong, and that was said");
    }
}
