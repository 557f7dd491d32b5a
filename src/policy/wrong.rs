//! What serde finds wrong in a text, put into two lines for the person who wrote it. It knows no key and no file;
//! the place comes from `reading`.

use std::ops::Range;

use serde::de::{Expected, Unexpected};

use crate::policy::problem::{Problem, one_of};
use crate::policy::reading::Source;
use crate::rules::nearest::nearest;

/// What was found is repeated in an error only so far.
const FOUND_CHARACTERS_MAX: usize = 60;

/// How errors speak of them.
const TABLE: &str = "a table";
const LIST: &str = "a list: [\"…\", \"…\"]";

/// What serde found wrong, before it is put into words.
#[derive(Debug)]
pub struct Wrong {
    what: What,
    at: Option<Range<usize>>,
    /// The keys that lead there, innermost first.
    path: Vec<String>,
    /// What may stand at the top of the text.
    top: &'static [&'static str],
}

#[derive(Debug)]
enum What {
    UnknownKey {
        name: String,
        known: &'static [&'static str],
    },
    UnknownName {
        found: String,
        known: &'static [&'static str],
    },
    Unfit {
        found: String,
        expected: String,
    },
    Missing {
        name: &'static str,
    },
    DoubleBrackets,
    /// Words of a type of ours; a second line in them is what to do.
    Said(String),
}

impl Wrong {
    fn of(what: What) -> Self {
        Self { what, at: None, path: Vec::new(), top: &[] }
    }

    /// Something else where one of a few names must stand.
    pub fn none_of(found: Unexpected<'_>, known: &'static [&'static str]) -> Self {
        Self::of(What::Unfit { found: in_words(found), expected: one_of(known.iter().copied()) })
    }

    /// `[[name]]` where `[name]` must stand.
    pub fn in_double_brackets() -> Self {
        Self::of(What::DoubleBrackets)
    }

    /// It is in a table with these keys; the outermost table counts, which says so last.
    pub fn among(mut self, known: &'static [&'static str]) -> Self {
        self.top = known;
        self
    }

    /// Where it is in the text; the innermost place counts.
    pub fn at(mut self, place: &Range<usize>) -> Self {
        self.at.get_or_insert_with(|| place.clone());
        self
    }

    /// It is in the value of this key.
    pub fn below(mut self, key: &str) -> Self {
        self.path.push(key.to_owned());
        self
    }

    pub fn problem(mut self, source: Source<'_>) -> Problem {
        self.path.reverse();
        let place = source.line(self.at.map_or(0, |at| at.start));
        let (table, key) = match self.path.split_last() {
            Some((key, table)) => (within(table), key.as_str()),
            None => (String::new(), ""),
        };
        let table_itself = within(&self.path);
        let in_a_file = !source.text.is_empty();
        let again = if in_a_file { "Correct this line." } else { "Correct or unset it." };
        match self.what {
            What::UnknownKey { name, .. } if in_a_file && !self.path.is_empty() && self.top.contains(&&*name) => {
                Problem::new(
                    format!("{place}: unknown key “{name}”{table_itself}"),
                    "Move it above the first [table]: it belongs to the top.",
                )
            }
            What::UnknownKey { name, known } => match nearest(&name, known.iter().copied()) {
                Some(near) => Problem::new(
                    format!("{place}: unknown key “{name}”{table_itself}; did you mean “{near}”?"),
                    "Correct the name, or remove it.",
                ),
                None => Problem::new(
                    format!("{place}: unknown key “{name}”{table_itself}"),
                    format!("Remove it; what may stand there: {}.", known.join(", ")),
                ),
            },
            What::UnknownName { found, known } => Problem::new(
                format!("{place}: “{key}”{table} cannot be “{found}”{}", did_you_mean(&found, known)),
                format!("Give it {}.", one_of(known.iter().copied())),
            ),
            What::Unfit { found, expected } if found == TABLE && expected == LIST => Problem::new(
                format!("{place}: “{key}”{table} cannot be {TABLE}"),
                format!("Write its name in double brackets: [[{}]].", self.path.join(".")),
            ),
            What::DoubleBrackets => Problem::new(
                format!("{place}: “{key}”{table} cannot stand in double brackets"),
                format!("Write its name in single brackets: [{}].", self.path.join(".")),
            ),
            What::Unfit { found, expected } => {
                Problem::new(format!("{place}: “{key}”{table} cannot be {found}"), format!("Give it {expected}."))
            }
            What::Missing { name } => Problem::new(
                format!("{place}: “{name}” is missing{table_itself}"),
                "Add it; config/profiles/xen.toml shows every key.",
            ),
            What::Said(words) => {
                let (cause, remedy) = words.split_once('\n').unwrap_or((&words, again));
                Problem::new(format!("{place}: “{key}”{table}: {cause}"), remedy)
            }
        }
    }
}

/// ` in [smtp]`; nothing for the top level.
fn within(path: &[String]) -> String {
    if path.is_empty() { String::new() } else { format!(" in [{}]", path.join(".")) }
}

fn did_you_mean(found: &str, known: &[&'static str]) -> String {
    nearest(found, known.iter().copied()).map_or(String::new(), |near| format!("; did you mean “{near}”?"))
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: std::fmt::Display>(words: T) -> Self {
        Self::of(What::Said(words.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(What::Unfit { found: in_words(found), expected: plain(&expected.to_string()) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::of(What::UnknownName { found: short(found), known })
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::of(What::UnknownKey { name: short(name), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of(What::Missing { name })
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(FOUND_CHARACTERS_MAX).collect()
}

fn in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("“{}”", short(text)),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Bool(yes) => yes.to_string(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => TABLE.to_owned(),
        other => other.to_string(),
    }
}

/// serde's names of Rust types, in the words of the person who writes the file.
fn plain(expected: &str) -> String {
    match expected {
        "a string" => "text in quotes",
        "a boolean" => "true or false (without quotes)",
        "a sequence" => LIST,
        "a map" => TABLE,
        "u16" => "a whole number from 0 to 65535",
        "a nonzero u16" => "a whole number from 1 to 65535",
        other => other,
    }
    .to_owned()
}
