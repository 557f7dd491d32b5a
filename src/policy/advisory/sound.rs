//! Whether what a profile says of its advisories fits together.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::Advisory;

const APPROVALS_MAX: u16 = 20;
/// A longer line is no heading to whoever reads the text.
const HEADING_CHARACTERS_MAX: usize = 70;

/// A table `[advisory]` whose headings are known, and whose approvals can be had.
pub fn sound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Advisory, D::Error> {
    let advisory = Advisory::deserialize(deserializer)?;
    let wrong = headings(&advisory).or_else(|| permissions(&advisory)).or_else(|| approvals(&advisory));
    wrong.map_or(Ok(advisory), |(what, remedy)| Err(D::Error::custom(format!("{what}\n{remedy}"))))
}

type Wrong = Option<(String, &'static str)>;

fn headings(advisory: &Advisory) -> Wrong {
    let unfit = |heading: &&String| {
        heading.trim().is_empty()
            || heading.trim() != heading.as_str()
            || heading.chars().count() > HEADING_CHARACTERS_MAX
            || heading.chars().any(char::is_control)
    };
    if let Some(heading) = advisory.sections.iter().chain(&advisory.no_embargo).find(unfit) {
        return Some((format!("“{heading}” is no heading"), "Give it one line, without blanks around it."));
    }
    let twice = advisory
        .sections
        .iter()
        .enumerate()
        .find(|(nth, one)| advisory.sections.iter().take(*nth).any(|other| other == *one));
    if let Some((_, heading)) = twice {
        return Some((format!("“sections” has “{heading}” twice"), "Remove one of them."));
    }
    let filled = [
        ("updates", &advisory.updates),
        ("credits", &advisory.credits),
        ("resolution", &advisory.resolution),
        ("deployment", &advisory.deployment),
    ];
    let filled = filled.into_iter().filter(|(_, heading)| !heading.is_empty());
    let named = filled.chain(advisory.required.iter().map(|heading| ("required", heading)));
    named.into_iter().find(|(_, heading)| !advisory.sections.contains(heading)).map(|(key, heading)| {
        (format!("“{key}” names “{heading}”, which is not among the sections"), "Add it to “sections”, or correct it.")
    })
}

fn permissions(advisory: &Advisory) -> Wrong {
    let unfit = |name: &&String| {
        let fits = |c: char| c.is_ascii_lowercase() || c == '-';
        name.is_empty() || !name.chars().all(fits) || ["text", "none"].contains(&name.as_str())
    };
    if let Some(name) = advisory.deployments.keys().find(unfit) {
        return Some((
            format!("“{name}” in “deployments” is no word for “!deploy”"),
            "Give it a word in small letters; “text” and “none” are taken.",
        ));
    }
    let empty = advisory.deployments.iter().find(|(_, words)| words.trim().is_empty());
    if let Some((name, _)) = empty {
        return Some((format!("“{name}” in “deployments” is empty"), "Write what members may deploy."));
    }
    match advisory.deployment.is_empty() && !advisory.deployments.is_empty() {
        true => {
            Some(("there are deployments, and no section for them".to_owned(), "Name the section as “deployment”."))
        }
        false => None,
    }
}

fn approvals(advisory: &Advisory) -> Wrong {
    match advisory.approvals {
        1..=APPROVALS_MAX => None,
        other => Some((format!("“approvals” cannot be {other}"), "Give it a number of people, from 1 to 20.")),
    }
}
