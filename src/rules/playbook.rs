//! The steps of a project's process: what each waits for, whose it is, when it is due, what completes it. They are data
//! of a profile (`[[step]]`); here is what they mean. It knows no project, no table and no clock.

pub mod look;
mod reminding;
pub mod standing;
pub mod times;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use self::times::Span;
use crate::rules::contacts::Part;

pub use look::{About, Look, Planned, Reminder, Stage, Watched, look};
pub use reminding::Reminders;
pub use standing::{Mark, Marked, Progress, Situation, Standing, first_to_do, standing, urgency};

/// All steps of a process, in the order in which people are shown them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Playbook(pub Vec<Step>);

impl Playbook {
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.0.iter().find(|step| step.id.eq_ignore_ascii_case(id.trim()))
    }

    /// The step by which the advisory becomes public.
    pub fn publication(&self) -> Option<&Step> {
        self.0.iter().find(|step| step.done_when.contains(&Fact::Released))
    }
}

/// One step of a process.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What commands and tables call it.
    pub id: String,
    /// What is to do: completes "It is due to …".
    pub title: String,
    /// The paragraph of the policy it follows from, or empty.
    #[serde(default)]
    pub policy: String,
    pub owner: Owner,
    /// Steps it waits for.
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub due: Option<DueDate>,
    /// It is done as soon as all of these hold; with none, when somebody says so.
    #[serde(default)]
    pub done_when: Vec<Fact>,
    /// Where one of these holds, it waits for no other step.
    #[serde(default)]
    pub at_once: Vec<Fact>,
    /// It is needed only where all of these hold.
    #[serde(default)]
    pub when: Vec<Fact>,
    /// It is not needed where one of these holds.
    #[serde(default)]
    pub unless: Vec<Fact>,
    /// The program does it by itself, with this letter.
    #[serde(default)]
    pub letter: Option<StepLetter>,
    /// Working days before it is due at which its owner is reminded.
    #[serde(default)]
    pub remind: u16,
}

/// Whose step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// All of the team.
    Team,
    /// Who of the team takes care of the case; all of it while nobody does.
    Owner,
    // Whoever takes part in the case as this; the team while nobody does.
    ReleaseManager,
    Cna,
    Coordinator,
    Lead,
}

impl Owner {
    /// What they are to the project, if they are not of the team.
    pub fn part(self) -> Option<Part> {
        match self {
            Owner::Team | Owner::Owner => None,
            Owner::ReleaseManager => Some(Part::ReleaseManager),
            Owner::Cna => Some(Part::Cna),
            Owner::Coordinator => Some(Part::Coordinator),
            Owner::Lead => Some(Part::Lead),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Owner::Team => "team",
            Owner::Owner => "owner",
            Owner::ReleaseManager => "release-manager",
            Owner::Cna => "cna",
            Owner::Coordinator => "coordinator",
            Owner::Lead => "lead",
        }
    }

    /// As people call them.
    pub fn called(self) -> &'static str {
        match self {
            Owner::Team => "the team",
            Owner::Owner => "the owner of the case",
            Owner::ReleaseManager => "the release manager",
            Owner::Cna => "the authority for CVE numbers",
            Owner::Coordinator => "the coordinator",
            Owner::Lead => "the lead of the component",
        }
    }
}

/// A letter that the program writes to a contact of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepLetter {
    pub to: Part,
    /// What it says: plain words, nothing of any case.
    pub words: String,
}

/// When a step is due: so long after an event, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDate {
    pub span: Span,
    /// `None`: all the steps it waits for are done.
    pub from: Option<Event>,
    pub before: bool,
}

impl<'de> Deserialize<'de> for DueDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            working_days: Option<u16>,
            days: Option<u16>,
            from: Option<Event>,
            #[serde(default)]
            before: bool,
        }
        let Written { working_days, days, from, before } = Written::deserialize(deserializer)?;
        let span = match (working_days, days) {
            (Some(count), None) => Span::WorkingDays(count),
            (None, Some(count)) => Span::Days(count),
            _ => return Err(D::Error::custom("it needs either working_days or days\nGive it one of the two.")),
        };
        if before && from.is_none() {
            return Err(D::Error::custom(
                "nobody knows before what it is due\nName an event: from = \"predisclosure\", or \"release\".",
            ));
        }
        Ok(Self { span, from, before })
    }
}

/// What a due date is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The report came.
    Report,
    Confirmed,
    /// The dates were agreed.
    Agreed,
    /// As it is planned, or as it was.
    Predisclosure,
    /// The same; where there is no embargo any more, as soon as that was known.
    Release,
}

/// What the tables say of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Its discoverer heard from us; or there is none.
    Acknowledged,
    /// Somebody of the team takes care of it.
    Owned,
    Confirmed,
    DatesAgreed,
    /// It has a CVE number, or the team said why it has none.
    Cve,
    /// The same; or somebody was asked for a number.
    CveAsked,
    /// It has a number of an advisory.
    Numbered,
    /// It is said how severe it is.
    Rated,
    /// It is said of some branch whether it is affected.
    Affected,
    /// There is a patch, and one for each branch that is said to be affected.
    Patched,
    /// Another project, or a vendor, takes part.
    OthersTold,
    /// A decision was recorded.
    Decided,
    Predisclosed,
    /// The list was told when there was no patch for each affected branch.
    Unpatched,
    Released,
    /// There is no embargo any more: it is public, or exploited.
    Public,
    Exploited,
    /// Each of its advisories is drafted and approved, and nothing changed since.
    AdvisoryApproved,
    // No profile names these: they say how far the desk is.
    /// Each of its advisories is drafted or approved, and a draft waits for approval.
    #[serde(skip)]
    Drafted,
    /// What is approved is to go to the members, and the desk sends it.
    #[serde(skip)]
    ForMembers,
    /// Somebody of the team holds it: nothing of it leaves.
    #[serde(skip)]
    Held,
}

impl Fact {
    pub const ALL: [Fact; 21] = [
        Fact::Acknowledged,
        Fact::Owned,
        Fact::Confirmed,
        Fact::DatesAgreed,
        Fact::Cve,
        Fact::CveAsked,
        Fact::Numbered,
        Fact::Rated,
        Fact::Affected,
        Fact::Patched,
        Fact::OthersTold,
        Fact::Decided,
        Fact::Predisclosed,
        Fact::Unpatched,
        Fact::Released,
        Fact::Public,
        Fact::Exploited,
        Fact::AdvisoryApproved,
        Fact::Drafted,
        Fact::ForMembers,
        Fact::Held,
    ];

    /// The command that makes it so; without one it comes about when the team says of a step that it did it.
    pub fn command(self) -> Option<&'static str> {
        Some(match self {
            Fact::Acknowledged => "!tell reporter",
            Fact::Owned => "!owner NAME",
            Fact::Confirmed => "!confirm",
            Fact::DatesAgreed => "!embargo",
            Fact::Cve | Fact::CveAsked => "!cve",
            Fact::Numbered => "!assign",
            Fact::Rated => "!severity",
            Fact::Affected => "!affects",
            Fact::Patched => "!patch",
            Fact::OthersTold => "!add",
            Fact::Decided => "!decision",
            Fact::Public => "!public",
            Fact::Exploited => "!exploited",
            Fact::AdvisoryApproved => "!advisory",
            Fact::Predisclosed | Fact::Unpatched | Fact::Released => return None,
            Fact::Drafted | Fact::ForMembers | Fact::Held => return None,
        })
    }

    /// What is written to make it so, where the command alone does not say it.
    fn completed_by(self) -> Option<String> {
        Some(match self {
            Fact::Confirmed => "“!confirm”, “!invalid WHY” or “!duplicate NUMBER”".to_owned(),
            Fact::DatesAgreed => "“!embargo” or “!embargo DATE WHY”".to_owned(),
            Fact::Cve => "“!cve NUMBER” or “!cve none WHY”".to_owned(),
            Fact::AdvisoryApproved => "“!advisory”, and its approval".to_owned(),
            Fact::CveAsked => "“!cve NUMBER”, “!cve request” or “!cve none WHY”".to_owned(),
            Fact::OthersTold => "“!add”, once they agree; if there are none, “!skip STEP WHY”".to_owned(),
            _ => format!("“{}”", self.command()?),
        })
    }

    /// Every case needs it: nobody is told how to go without.
    fn is_vital(self) -> bool {
        matches!(self, Fact::Owned | Fact::Confirmed | Fact::DatesAgreed)
    }
}

impl Step {
    /// What completes it, as letters name it: “!affects” and “!patch”.
    pub fn commands(&self) -> String {
        if self.is_of_desk() {
            return format!(
                "the desk does it by itself, once that is approved; if you did it by hand, “!done {}”",
                self.id
            );
        }
        if self.done_when.is_empty() {
            return format!("“!done {}”", self.id);
        }
        let commands: Vec<String> = self.done_when.iter().filter_map(|fact| fact.completed_by()).collect();
        let named = match commands.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        };
        named.replace("!skip STEP", &format!("!skip {}", self.id))
    }

    /// The advisory goes out by it: the desk sends it, or somebody says that they did, by hand.
    pub fn is_sent(&self) -> bool {
        self.done_when.iter().any(|fact| matches!(fact, Fact::Predisclosed | Fact::Released))
    }

    /// Where nothing stands against it, the desk does it by itself: it sends what is approved.
    pub fn is_of_desk(&self) -> bool {
        self.is_sent() || self.follows_up()
    }

    /// Patches follow to those who were told without them.
    pub fn follows_up(&self) -> bool {
        self.when.contains(&Fact::Unpatched)
    }

    /// It is what members get where there is no patch.
    pub fn is_unpatched(&self) -> bool {
        self.done_when.contains(&Fact::Predisclosed) && self.unless.contains(&Fact::Patched)
    }

    /// It is done when the advisory is approved.
    pub fn is_writing(&self) -> bool {
        self.done_when.contains(&Fact::AdvisoryApproved)
    }

    /// Whether people are told how to go without it.
    pub fn may_be_skipped(&self) -> bool {
        !self.done_when.iter().any(|fact| fact.is_vital())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::command;

    #[test]
    fn every_command_that_completes_a_step_is_in_the_manual() {
        let usages: Vec<&str> = command::entries().iter().flat_map(|entry| entry.usages.iter().copied()).collect();
        for fact in Fact::ALL {
            let Some(command) = fact.command() else { continue };
            let verb = command.split(' ').next().unwrap();
            assert!(usages.iter().any(|usage| usage.split(' ').next() == Some(verb)), "{verb}");
        }
    }

    #[test]
    fn what_completes_a_step_is_what_people_write() {
        let step = |id: &str, done_when: &str| -> Step {
            toml::from_str(&format!("id = \"{id}\"\ntitle = \"do it\"\nowner = \"team\"\ndone_when = [{done_when}]"))
                .unwrap()
        };
        for (id, done_when, expected, skipped) in [
            ("page", "", "“!done page”", true),
            (
                "publish",
                "\"released\"",
                "the desk does it by itself, once that is approved; if you did it by hand, “!done publish”",
                true,
            ),
            ("patches", "\"affected\", \"patched\"", "“!affects” and “!patch”", true),
            ("others", "\"others-told\"", "“!add”, once they agree; if there are none, “!skip others WHY”", true),
            ("cve", "\"cve\"", "“!cve NUMBER” or “!cve none WHY”", true),
            ("confirm", "\"confirmed\"", "“!confirm”, “!invalid WHY” or “!duplicate NUMBER”", false),
            ("dates", "\"dates-agreed\"", "“!embargo” or “!embargo DATE WHY”", false),
            ("advisory", "\"advisory-approved\"", "“!advisory”, and its approval", true),
            ("take", "\"owned\"", "“!owner NAME”", false),
        ] {
            let step = step(id, done_when);
            assert_eq!((step.commands().as_str(), step.may_be_skipped()), (expected, skipped), "{id}");
        }
    }
}
