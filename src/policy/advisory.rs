//! What a profile says of its advisories (its table `[advisory]`): how they are numbered, and for which branches of the
//! software there are patches.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// An advisory is called `XSA-480`: its prefix and its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Advisory {
    /// Empty: the number alone.
    #[serde(deserialize_with = "prefix")]
    pub prefix: String,
    /// The branches that are maintained. Empty: any name will do.
    #[serde(deserialize_with = "branches")]
    pub branches: Vec<String>,
    /// The branch of a patch that is called after its advisory and after no branch.
    pub trunk: Option<String>,
    /// The first words of a text and of its subject. Empty: the project's short name, and “Security Advisory”.
    pub name: String,
    pub predisclose: Predisclose,
}

/// When an approved advisory goes to the members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predisclose {
    /// As soon as it is approved, and its case under embargo.
    #[default]
    WhenApproved,
    /// At the date of the predisclosure, not before.
    AtDue,
}

impl Advisory {
    /// `XSA-480`
    pub fn called(&self, number: i64) -> String {
        match self.prefix.as_str() {
            "" => number.to_string(),
            prefix => format!("{prefix}-{number}"),
        }
    }

    /// Several, as a sentence has them.
    pub fn all_called(&self, numbers: &[i64]) -> String {
        numbers.iter().map(|number| self.called(*number)).collect::<Vec<_>>().join(" and ")
    }
}

fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let prefix = String::deserialize(deserializer)?;
    match prefix.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(prefix),
        false => {
            Err(D::Error::custom(format!("“{prefix}” is no prefix\nGive it letters and digits only, like \"XSA\".")))
        }
    }
}

/// As patches and commands name them, in one word each.
fn branches<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let branches = Vec::<String>::deserialize(deserializer)?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '+');
    match branches.iter().find(|branch| branch.is_empty() || !branch.chars().all(fits)) {
        None => Ok(branches),
        Some(unfit) => {
            Err(D::Error::custom(format!("“{unfit}” is no branch\nGive it names in one word, like \"4.20\".")))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::profile::Profile;
    use crate::policy::reading::Source;

    #[test]
    fn an_advisory_is_called_by_its_prefix_and_xen_knows_its_branches() {
        let xen = Profile::built_in("xen", "example.org").unwrap().advisory;
        assert_eq!((xen.called(480), xen.all_called(&[480, 481])), ("XSA-480".into(), "XSA-480 and XSA-481".into()));
        assert!(xen.branches.contains(xen.trunk.as_ref().unwrap()), "the trunk is a branch");
        assert_eq!(super::Advisory::default().called(7), "7");
    }

    #[test]
    fn what_cannot_be_a_name_is_told_with_its_line() {
        let xen = Profile::built_in_text("xen").unwrap();
        for (from, to, expected) in [
            ("prefix = \"XSA\"", "prefix = \"XSA \"", "“prefix” in [advisory]: “XSA ” is no prefix"),
            (
                "branches = [\"master\"",
                "branches = [\"the master\"",
                "“branches” in [advisory]: “the master” is no branch",
            ),
        ] {
            assert!(xen.contains(from), "{from}");
            let text = xen.replacen(from, to, 1);
            let problem =
                Profile::read(Source { name: "my.toml", text: &text }, "example.org").unwrap_err().to_string();
            assert!(problem.starts_with("my.toml line ") && problem.contains(expected), "{problem}");
        }
    }
}
