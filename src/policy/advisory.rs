//! What a profile says of its advisories (its table `[advisory]`): how they are numbered and written, for which branches of
//! the software there are patches, and who approves them.

mod sound;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::advisory::style::{Sentences, Style};
use crate::policy::profile::Project;

pub use sound::sound;

/// An advisory is called `XSA-480`: its prefix and its number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
    /// What a text calls the trunk, and any other branch (`{branch}`). Empty: by its name.
    pub trunk_called: String,
    pub branch_called: String,
    /// The first words of a text and of its subject. Empty: the project's short name, and “Security Advisory”.
    pub name: String,
    /// The headings in their order, and those that no text may lack.
    pub sections: Vec<String>,
    pub required: Vec<String>,
    /// The headings of what the desk fills in. Empty: this project has no such section.
    pub updates: String,
    pub credits: String,
    pub resolution: String,
    pub deployment: String,
    /// The first is ours; the others say the same.
    pub no_embargo: Vec<String>,
    /// What members may deploy during the embargo, by the word that `!deploy` takes.
    pub deployments: BTreeMap<String, String>,
    /// What follows any of them; the address of the policy is put below it.
    pub retained: String,
    pub sentences: Sentences,
    /// Commit messages must not mention a security problem.
    pub silent_commits: bool,
    /// How many different people of the team have to approve a version.
    pub approvals: u16,
    pub author_may_approve: bool,
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

impl Default for Advisory {
    fn default() -> Self {
        let listed = |headings: &[&str]| headings.iter().map(|heading| (*heading).to_owned()).collect();
        Self {
            prefix: String::new(),
            branches: Vec::new(),
            trunk: None,
            trunk_called: String::new(),
            branch_called: String::new(),
            name: String::new(),
            sections: listed(&["UPDATES IN VERSION", "DESCRIPTION", "IMPACT", "MITIGATION", "CREDITS", "RESOLUTION"]),
            required: listed(&["DESCRIPTION", "IMPACT", "RESOLUTION"]),
            updates: "UPDATES IN VERSION".to_owned(),
            credits: "CREDITS".to_owned(),
            resolution: "RESOLUTION".to_owned(),
            deployment: String::new(),
            no_embargo: Vec::new(),
            deployments: BTreeMap::new(),
            retained: String::new(),
            sentences: Sentences::default(),
            silent_commits: false,
            approvals: 1,
            author_may_approve: true,
            predisclose: Predisclose::default(),
        }
    }
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

    /// How this project writes its advisories.
    pub fn style(&self, project: &Project) -> Style {
        let name = match self.name.as_str() {
            "" => format!("{} Security Advisory", project.short),
            name => name.to_owned(),
        };
        Style {
            prefix: self.prefix.clone(),
            name,
            sections: self.sections.clone(),
            required: self.required.clone(),
            updates: self.updates.clone(),
            credits: self.credits.clone(),
            resolution: self.resolution.clone(),
            deployment: self.deployment.clone(),
            no_embargo: self.no_embargo.first().cloned().unwrap_or_default(),
            no_embargo_too: self.no_embargo.iter().skip(1).cloned().collect(),
            deployments: self.deployments.clone().into_iter().collect(),
            retained: self.retained.clone(),
            policy_url: project.policy_url.clone(),
            sentences: self.sentences.clone(),
            silent_commits: self.silent_commits,
            branches: self.branches.clone(),
            trunk: self.trunk.clone(),
            trunk_called: self.trunk_called.clone(),
            branch_called: self.branch_called.clone(),
        }
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
    fn a_project_that_says_nothing_of_its_advisories_has_the_usual_sections_and_approves_once() {
        let text = Profile::built_in_text("xen").unwrap();
        let (before, rest) = text.split_once("\n[advisory]\n").unwrap();
        let (_, after) = rest.split_once("\n# When people are reminded").unwrap();
        let text = format!("{before}\n#{after}");
        let profile = Profile::read(Source { name: "my.toml", text: &text }, "example.org").unwrap();
        let advisory = &profile.advisory;
        assert_eq!((advisory.approvals, advisory.author_may_approve, advisory.silent_commits), (1, true, false));
        assert_eq!(advisory.predisclose, super::Predisclose::WhenApproved);
        let style = advisory.style(&profile.project);
        assert_eq!((style.name.as_str(), style.called(7).as_str()), ("Xen Security Advisory", "7"));
        assert!(style.required.iter().all(|heading| style.sections.contains(heading)) && style.deployments.is_empty());
    }

    #[test]
    fn each_permission_of_xen_has_its_words_and_the_policy_stands_below() {
        let xen = Profile::built_in("xen", "example.org").unwrap();
        let style = xen.advisory.style(&xen.project);
        let names: Vec<&str> = style.deployments.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["mitigations", "nothing", "patches", "patches-only"]);
        let lines = style.deployments.iter().flat_map(|(_, words)| words.lines()).chain(style.retained.lines());
        assert!(lines.clone().count() > 50 && lines.clone().all(|line| line.len() <= 72 && line.trim_end() == line));
        assert!(style.retained_notice().ends_with(":\n  https://xenproject.org/developers/security-policy/\n"));
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
            (
                "    \"IMPACT\",\n",
                "    \"IMPACTS\",\n",
                "“required” names “IMPACT”, which is not among the sections\nAdd it to “sections”, or correct it.",
            ),
            (
                "    \"IMPACT\",\n",
                "    \"IMPACT\",\n    \"IMPACT\",\n",
                "“sections” has “IMPACT” twice\nRemove one of them.",
            ),
            ("    \"IMPACT\",\n", "    \"IMPACT \",\n", "“IMPACT ” is no heading\nGive it one line"),
            (
                "credits = \"CREDITS\"",
                "credits = \"THANKS\"",
                "“credits” names “THANKS”, which is not among the sections\nAdd it",
            ),
            ("approvals = 1", "approvals = 0", "“approvals” cannot be 0\nGive it a number of people, from 1 to 20."),
            ("patches-only = ", "text = ", "“text” in “deployments” is no word for “!deploy”\nGive it a word"),
            (
                "deployment = \"DEPLOYMENT DURING EMBARGO\"",
                "",
                "there are deployments, and no section for them\nName the section as “deployment”.",
            ),
            (
                "predisclose = \"when-approved\"",
                "predisclose = \"when-due\"",
                "“predisclose” in [advisory] cannot be “when-due”",
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
