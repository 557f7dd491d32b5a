//! How a project writes its advisories: what a profile says of that (`[advisory]`).

use serde::Deserialize;

use super::facts::Deployment;

/// Wording and order of one project's advisories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `XSA`; what a number follows.
    pub prefix: String,
    /// `Xen Security Advisory`: the first words of the title block, and of the subject.
    pub name: String,
    /// All headings in their order; those in `required` have to be there.
    pub sections: Vec<String>,
    pub required: Vec<String>,
    /// Headings of the sections that the desk fills, where this project has them; empty: it has none.
    pub updates: String,
    pub credits: String,
    pub resolution: String,
    pub deployment: String,
    pub no_embargo: String,
    /// Other headings that say the same as `no_embargo`.
    pub no_embargo_too: Vec<String>,
    /// The words of each deployment permission (`patches`, `mitigations`, `nothing`), by its name.
    pub deployments: Vec<(String, String)>,
    /// What follows any of them: why the notice is still there, and where the policy is.
    pub retained: String,
    pub policy_url: String,
    pub sentences: Sentences,
    /// Commit messages in patches must not mention a security problem (CloudStack's step 9).
    pub silent_commits: bool,
    /// The branches that are maintained, the newest first; one of them is the trunk.
    pub branches: Vec<String>,
    pub trunk: Option<String>,
    /// What people call the trunk, and any other branch: `xen-unstable`, `Xen {branch}.x`.
    pub trunk_called: String,
    pub branch_called: String,
}

/// What the desk says where an author says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sentences {
    /// What a public text says of itself when members had another version before.
    pub released: String,
    /// `This issue was discovered by {names}.`
    pub credited: String,
    /// How it is resolved: with one patch; with one of several, each for other branches; with several; with none yet.
    pub one_patch: String,
    pub one_of_patches: String,
    pub patches: String,
    pub no_patch: String,
}

impl Default for Sentences {
    fn default() -> Self {
        Self {
            released: "Public release.".to_owned(),
            credited: "This issue was discovered by {names}.".to_owned(),
            one_patch: "Applying the attached patch resolves this issue.".to_owned(),
            one_of_patches: "Applying the appropriate attached patch resolves this issue.".to_owned(),
            patches: "Applying the appropriate attached patches resolves this issue.".to_owned(),
            no_patch: "There is no patch yet.  An updated advisory will follow as soon as there is one.".to_owned(),
        }
    }
}

impl Sentences {
    pub fn resolutions(&self) -> [&str; 4] {
        [&self.one_patch, &self.one_of_patches, &self.patches, &self.no_patch]
    }
}

impl Style {
    /// `XSA-480`
    pub fn called(&self, number: i64) -> String {
        if self.prefix.is_empty() { number.to_string() } else { format!("{}-{number}", self.prefix) }
    }

    /// The number of the advisory that is called so.
    pub fn number(&self, called: &str) -> Option<i64> {
        let digits = match self.prefix.as_str() {
            "" => called,
            prefix => called.strip_prefix(prefix)?.strip_prefix('-')?,
        };
        let fits = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| fits)
    }

    /// How the files of an advisory begin: `xsa480`.
    pub fn file_stem(&self, number: i64) -> String {
        format!("{}{number}", self.prefix.to_lowercase())
    }

    /// `UPDATES IN VERSION 2`
    pub fn updates_in(&self, version: u32) -> String {
        format!("{} {version}", self.updates)
    }

    /// The version whose changes a section with this heading tells; 0 when it does not say.
    pub fn updated(&self, heading: &str) -> Option<u32> {
        let rest = heading.strip_prefix(self.updates.as_str()).filter(|_| !self.updates.is_empty())?;
        match rest.trim() {
            "" => Some(0),
            number => number.parse().ok().filter(|_| rest.starts_with(' ')),
        }
    }

    /// Whether a section with this heading says why there is no embargo.
    pub fn is_no_embargo(&self, heading: &str) -> bool {
        !heading.is_empty() && (self.no_embargo == heading || self.no_embargo_too.iter().any(|one| one == heading))
    }

    /// Its place in the order; `None`: it may stand anywhere.
    pub fn place(&self, heading: &str) -> Option<usize> {
        if self.is_no_embargo(heading) {
            return None;
        }
        let name = if self.updated(heading).is_some() { self.updates.as_str() } else { heading };
        self.sections.iter().position(|one| one == name)
    }

    pub fn knows(&self, heading: &str) -> bool {
        self.place(heading).is_some() || self.is_no_embargo(heading)
    }

    /// A branch as people call it; what is no branch of ours stays as it is.
    pub fn branch(&self, branch: &str) -> String {
        let template = match self.trunk.as_deref() == Some(branch) {
            true => &self.trunk_called,
            false if self.branches.iter().any(|one| one == branch) => &self.branch_called,
            false => return branch.to_owned(),
        };
        if template.is_empty() { branch.to_owned() } else { template.replace("{branch}", branch) }
    }
}

impl Style {
    /// The branches that a row of a table is for, by their names: “xen-unstable - Xen 4.19.x” is a range of them. And what
    /// looks like one, and is not maintained.
    pub fn branches_in(&self, words: &str) -> (Vec<String>, Vec<String>) {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let (mut last, mut range) = (None, false);
        for word in words.split([' ', '\t', ',', ';', '(', ')']).filter(|word| !word.is_empty()) {
            let at = self.branches.iter().position(|branch| self.is_branch(word, branch));
            match (word, at, last) {
                ("-" | "–" | "to" | "through", ..) => range = true,
                (_, Some(at), Some(from)) if range => {
                    let ends = if at < from { at..=from } else { from..=at };
                    known.extend(self.branches.get(ends).unwrap_or_default().iter().cloned());
                    (last, range) = (Some(at), false);
                }
                (_, Some(at), _) => {
                    known.extend(self.branches.get(at).cloned());
                    (last, range) = (Some(at), false);
                }
                (word, None, _) if word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()) => {
                    unknown.push(word.to_owned());
                    (last, range) = (None, false);
                }
                _ => {}
            }
        }
        (known, unknown)
    }

    fn is_branch(&self, word: &str, branch: &str) -> bool {
        let is_trunk = self.trunk.as_deref() == Some(branch);
        word.eq_ignore_ascii_case(branch)
            || (is_trunk && word.eq_ignore_ascii_case(&self.trunk_called))
            || word.strip_suffix(".x") == Some(branch)
    }

    /// The words of a permission, as somebody gave it; `None`: nobody did.
    pub fn permission<'a>(&'a self, deployment: &'a Deployment) -> Option<&'a str> {
        match deployment {
            Deployment::Unsaid => None,
            Deployment::Usual(name) => {
                self.deployments.iter().find(|(known, _)| known == name).map(|(_, words)| words.as_str())
            }
            Deployment::Words(words) => Some(words),
        }
    }

    /// Why the notice is still there, and where the policy is.
    pub fn retained_notice(&self) -> String {
        match (self.retained.trim_matches('\n'), self.policy_url.as_str()) {
            ("", _) => String::new(),
            (retained, "") => format!("{retained}\n"),
            (retained, url) => format!("{retained}\n  {url}\n"),
        }
    }

    /// A notice about deployment without what follows any of them, whichever address of the policy it names.
    pub fn without_retained(&self, body: &str) -> String {
        let retained: Vec<String> = chunks(&self.retained).iter().map(|one| words(one)).collect();
        let is_retained = |chunk: &str| {
            let has = words(chunk);
            let rest = |one: &String| has.strip_prefix(one.as_str()).filter(|_| !one.is_empty());
            retained.iter().filter_map(rest).any(|rest| !rest.trim().contains(' '))
        };
        let mut kept: Vec<String> = Vec::new();
        for chunk in chunks(body) {
            if !is_retained(&chunk) {
                kept.push(chunk);
            } else if kept.last().is_some_and(|last| last.trim().is_empty()) {
                kept.pop();
            }
        }
        kept.concat()
    }
}

/// Paragraphs and the empty lines between them, each with its line ends.
fn chunks(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let chunks = lines.chunk_by(|one, next| one.trim().is_empty() == next.trim().is_empty());
    chunks.map(|chunk| chunk.iter().flat_map(|line| [*line, "\n"]).collect()).collect()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
