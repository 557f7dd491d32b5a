//! How a project writes its advisories: what a profile says of that (`[advisory]`).

/// Wording and order of one project's advisories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// `XSA`; what a number follows.
    pub prefix: String,
    /// `Xen Security Advisory`: the first words of the title block, and of the subject.
    pub name: String,
    /// All headings in their order; those in `required` have to be there.
    pub sections: Vec<String>,
    pub required: Vec<String>,
    /// Headings of the sections that the desk fills, where this project has them.
    pub updates: String,
    pub credits: String,
    pub resolution: String,
    pub deployment: String,
    pub no_embargo: String,
    /// The words of each deployment permission (`patches`, `mitigations`, `nothing`), by its name.
    pub deployments: Vec<(String, String)>,
    /// What follows any of them: why the notice is still there, and where the policy is.
    pub retained: String,
    pub policy_url: String,
    /// Commit messages in patches must not mention a security problem (CloudStack's step 9).
    pub silent_commits: bool,
}
