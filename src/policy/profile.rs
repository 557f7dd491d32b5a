//! A profile: what one project decided about its process, typed. It has no expressions and no code; what it cannot
//! say becomes a new key.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::mail::address::Address;
use crate::policy::advisory::{self, Advisory};
use crate::policy::checklist;
use crate::policy::discuss::Discuss;
use crate::policy::membership::{History, Membership};
use crate::policy::playbook;
use crate::policy::problem::Problem;
use crate::policy::reading::{self, Source};
use crate::rules::authority::{Act, Demand};
use crate::rules::checklist::Checklist;
use crate::rules::clearance::Conditions;
use crate::rules::encryption::Encryption;
use crate::rules::nearest::nearest;
use crate::rules::playbook::{Playbook, Reminders};
use crate::rules::schedule::{self, Schedule};

/// The profiles in the binary.
const PROFILES: &[(&str, &str)] = &[("xen", include_str!("../../config/profiles/xen.toml"))];

/// One project's process. Shape: `config/profiles/xen.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What settings and `init --profile` call it.
    pub name: String,
    pub project: Project,
    #[serde(deserialize_with = "schedule::sound")]
    pub schedule: Schedule,
    pub reports: Reports,
    pub evidence: Demands,
    pub encryption: Encryption,
    #[serde(deserialize_with = "lists")]
    pub lists: Lists,
    /// What an application has to show. Without it the project has no applications.
    #[serde(default)]
    pub application: Option<Checklist>,
    #[serde(default)]
    pub membership: Membership,
    #[serde(default)]
    pub history: Option<History>,
    #[serde(default)]
    pub discuss: Discuss,
    #[serde(default, deserialize_with = "advisory::sound")]
    pub advisory: Advisory,
    #[serde(default)]
    pub reminders: Reminders,
    /// The steps of a case, `[[step]]` each.
    #[serde(default, rename = "step")]
    pub playbook: Playbook,
}

/// How the project is spoken of in letters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    #[serde(deserialize_with = "filled")]
    pub name: String,
    /// In subjects: `[Xen case 12]`.
    #[serde(deserialize_with = "filled")]
    pub short: String,
    #[serde(deserialize_with = "filled")]
    pub team: String,
    #[serde(deserialize_with = "filled")]
    pub software: String,
    #[serde(deserialize_with = "filled")]
    pub policy_url: String,
    /// What members of the predisclosure list may say of a problem before it is published, and what not.
    #[serde(deserialize_with = "filled")]
    pub handling: String,
    /// The same for everybody else outside the team: discoverers, those who take part, contacts.
    #[serde(deserialize_with = "filled")]
    pub handling_others: String,
}

/// A text that letters show: without it a sentence would have a hole.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(D::Error::custom("it is empty\nWrite what letters are to show there."));
    }
    Ok(text)
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    pub copy_reporter: CopyReporter,
    #[serde(default)]
    pub hold: Hold,
}

/// Whether a report waits for a moderator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// Every report opens a case at once.
    #[default]
    Never,
    /// Reports of people whom nothing proves to be in the team, or a member of the list, wait. libvirt's way.
    Strangers,
}

/// Whether a team member's plain reply reaches the discoverer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyReporter {
    /// It goes to the team; a second address reaches the discoverer too.
    OnRequest,
    /// It goes to both; a second address reaches the team only. libvirt's way.
    Always,
}

/// The evidence each act demands (DESIGN section 4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demands {
    /// Sending a team member's text to a discoverer, or to others who take part in a case.
    pub answer_reporter: Demand,
    /// Changing a case.
    pub case: Demand,
    /// Letting somebody read a case, or join the team.
    pub admit: Demand,
    /// Deciding about an application, and what a member gets.
    pub member: Demand,
    /// Deciding about a held post.
    #[serde(default = "aligned")]
    pub moderate: Demand,
    /// Showing text of a case to those who were not to see it before. A certificate that came by mail must be a day old.
    pub disclose: SignedOnly,
}

fn aligned() -> Demand {
    Demand::Aligned
}

/// Where nothing less than a signature will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedOnly {
    Signed,
}

impl Demands {
    pub fn of(&self, act: Act) -> Demand {
        match act {
            Act::Look => Demand::Aligned,
            Act::AnswerReporter => self.answer_reporter,
            Act::Case => self.case,
            Act::Admit => self.admit,
            // Certificates are the root of all the others.
            Act::Certify => Demand::Signed,
            Act::Member => self.member,
            Act::Moderate => self.moderate,
            Act::Disclose => match self.disclose {
                SignedOnly::Signed => Demand::SignedAndSettled,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// Barred from labelled text for good.
    pub public: Vec<Address>,
    /// Those of them where advisories are published. Empty: all.
    #[serde(default)]
    release: Vec<Address>,
}

impl Lists {
    /// Where advisories are published.
    pub fn released_to(&self) -> &[Address] {
        if self.release.is_empty() { &self.public } else { &self.release }
    }
}

/// Lists that fit together.
fn lists<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Lists, D::Error> {
    let lists = Lists::deserialize(deserializer)?;
    match lists.release.iter().find(|list| !lists.public.contains(list)) {
        Some(list) => Err(D::Error::custom(format!(
            "advisories are published at {list}, which is not among the public lists\nAdd it to “public”, too."
        ))),
        None => Ok(lists),
    }
}

impl Profile {
    /// Reads the text of a profile for an instance at `domain`.
    pub fn read(source: Source<'_>, domain: &str) -> Result<Self, Problem> {
        let mut node = reading::parse(source)?;
        node.replace("{domain}", domain);
        let profile: Self = reading::typed(&node, source)?;
        checklist::sound(profile.application.as_ref(), &node, source)?;
        playbook::sound(&profile.playbook, &node, source)?;
        Ok(profile)
    }

    /// A profile of the binary.
    pub fn built_in(name: &str, domain: &str) -> Result<Self, Problem> {
        let text = Self::built_in_text(name)?;
        Self::read(Source { name: &format!("The built-in profile {name}.toml"), text }, domain)
    }

    /// The text of a profile of the binary, or what is wrong with its name.
    pub fn built_in_text(name: &str) -> Result<&'static str, Problem> {
        let names = Self::built_in_names;
        let Some((_, text)) = PROFILES.iter().find(|(known, _)| *known == name) else {
            let meant = nearest(name, names()).map_or(String::new(), |near| format!("; did you mean “{near}”?"));
            return Err(Problem::new(
                format!("There is no profile “{name}”{meant}"),
                format!(
                    "Set profile to one of: {}; or name a file of your own as profile_file.",
                    names().collect::<Vec<_>>().join(", ")
                ),
            ));
        };
        Ok(text)
    }

    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(name, _)| *name)
    }

    /// What the gate is asked under at `now`.
    pub fn conditions(&self, now: Timestamp) -> Conditions<'_> {
        Conditions { public_lists: &self.lists.public, encryption: self.encryption, now }
    }

    /// Whether case text must never go to this address.
    pub fn is_public_list(&self, address: &Address) -> bool {
        self.lists.public.contains(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::{After, Length, Limits};

    const XEN: &str = PROFILES[0].1;

    fn problem(text: &str) -> String {
        Profile::read(Source { name: "my.toml", text }, "example.org").unwrap_err().to_string()
    }

    #[test]
    fn xen_is_one_working_week_then_two_at_noon_and_knows_its_public_lists() {
        let xen = Profile::built_in("xen", "example.org").unwrap();
        let told = xen.schedule.predisclosure.clone().unwrap();
        assert_eq!((told.length, told.after), (Length::WorkingDays(5), After::Report));
        let released = xen.schedule.release.clone();
        assert_eq!((released.length, released.after), (Length::WorkingDays(10), After::Predisclosure));
        assert!(!xen.schedule.restart && xen.schedule.limits == Limits::default());
        assert_eq!(xen.schedule.release_hour.to_string(), "12:00:00");
        assert_eq!(xen.reports.copy_reporter, CopyReporter::OnRequest);
        assert_eq!(xen.evidence.answer_reporter, Demand::Aligned);
        for list in ["xen-devel@lists.example.org", "Xen-Users@lists.xen.org", "oss-security@lists.openwall.com"] {
            assert!(xen.is_public_list(&Address::parse(list).unwrap()), "{list}");
        }
        assert!(!xen.is_public_list(&Address::parse("security@example.org").unwrap()));
        let released: Vec<String> = xen.lists.released_to().iter().map(ToString::to_string).collect();
        let lists = ["xen-announce", "xen-devel", "xen-users"].map(|list| format!("{list}@lists.example.org"));
        assert_eq!(released, [&lists[..], &["oss-security@lists.openwall.com".to_owned()]].concat());
    }

    #[test]
    fn what_is_wrong_in_a_profile_is_named_with_its_line() {
        for (from, to, expected) in [
            (
                "copy_reporter = \"on-request\"",
                "copy_reporter = \"allways\"",
                "my.toml line 40: “copy_reporter” in [reports] cannot be “allways”; did you mean “always”?\n\
                 Give it “on-request” or “always”.",
            ),
            (
                "disclose = \"signed\"",
                "disclose = \"aligned\"",
                "my.toml line 60: “disclose” in [evidence] cannot be “aligned”; did you mean “signed”?\nGive it “signed”.",
            ),
            (
                "short = \"Xen\"",
                "shrot = \"Xen\"",
                "my.toml line 10: unknown key “shrot” in [project]; did you mean “short”?\n\
                 Correct the name, or remove it.",
            ),
            (
                "release_hour = \"12:00\"",
                "release_hour = \"noon\"",
                "my.toml line 30: “release_hour” in [schedule]: “noon” is not an hour of the day\n\
                 Give it an hour in UTC, like \"12:00\".",
            ),
            (
                "policy_url = \"https://xenproject.org/developers/security-policy/\"",
                "policy_url = \" \"",
                "my.toml line 13: “policy_url” in [project]: it is empty\nWrite what letters are to show there.",
            ),
            (
                "{ working_days = 5 }",
                "{ weeks = 5 }",
                "my.toml line 28: unknown key “weeks” in [schedule.predisclosure]\n\
                 Remove it; what may stand there: working_days, days, after, not_on.",
            ),
            (
                "{ working_days = 5 }",
                "{ working_days = \"five\" }",
                "my.toml line 28: “working_days” in [schedule.predisclosure] cannot be “five”\n\
                 Give it a whole number from 0 to 65535.",
            ),
            (
                "after = \"predisclosure\"",
                "after = \"confirmation\"",
                "my.toml line 29: “after” in [schedule.release] cannot be “confirmation”\n\
                 Give it “report” or “predisclosure”.",
            ),
            (
                "\"xen-users@lists.xen.org\"",
                "\"xen-users\"",
                "my.toml line 81: “public” in [lists]: “xen-users” is not an e-mail address \
                 (expected something like security@example.org)\nCorrect this line.",
            ),
            (
                "release = [\n    \"xen-announce@",
                "release = [\n    \"xen-anounce@",
                "my.toml line 70: “lists”: advisories are published at xen-anounce@lists.example.org, which is not among the \
                 public lists\nAdd it to “public”, too.",
            ),
            (
                "team = \"Xen Project Security Team\"",
                "",
                "my.toml line 7: “team” is missing in [project]\n\
                 Add it; config/profiles/xen.toml shows every key.",
            ),
            (
                "[evidence]",
                "[evidence",
                "my.toml line 45: this is not TOML: unclosed table, expected `]`\n\
                 Correct this line; https://toml.io shows how such a file is written.",
            ),
        ] {
            assert!(XEN.contains(from), "{from}");
            assert_eq!(problem(&XEN.replacen(from, to, 1)), expected);
        }
    }

    #[test]
    fn a_profile_nobody_wrote_is_named_with_the_nearest() {
        assert_eq!(
            Profile::built_in("xne", "example.org").unwrap_err().to_string(),
            "There is no profile “xne”; did you mean “xen”?\n\
             Set profile to one of: xen; or name a file of your own as profile_file."
        );
    }
}
