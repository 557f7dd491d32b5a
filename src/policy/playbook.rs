//! Whether the steps of a profile make sense: what they say of each other. What each part of a step may be, its types say
//! (`rules::playbook`).

use std::collections::BTreeSet;

use crate::policy::problem::Problem;
use crate::policy::reading::{Node, Source};
use crate::rules::nearest::nearest;
use crate::rules::playbook::{Playbook, Step};

/// Commands, tables and letters name steps in so many characters.
const ID_BYTES_MAX: usize = 40;
/// What stands in a letter of the program's own.
const WORDS_CHARACTERS_MAX: usize = 2000;

/// Finds what does not fit together, and says where.
pub fn sound(playbook: &Playbook, node: &Node, source: Source<'_>) -> Result<(), Problem> {
    let places = node.places();
    let wrong = |index: usize, key: &str, cause: String, remedy: &str| {
        let path = format!("step[{index}].{key}");
        let place = places.iter().find(|(known, _)| *known == path).map_or(0, |(_, place)| *place);
        Problem::new(format!("{}: “{key}” in [[step]]: {cause}", source.line(place)), remedy)
    };
    let ids: Vec<&str> = playbook.0.iter().map(|step| step.id.as_str()).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, step) in playbook.0.iter().enumerate() {
        let Step { id, title, after, letter, .. } = step;
        let named = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !named || id.is_empty() || id.len() > ID_BYTES_MAX {
            let cause = format!("“{id}” is no name of a step");
            return Err(wrong(index, "id", cause, "Use lower case letters, digits and hyphens."));
        }
        if !seen.insert(id) {
            return Err(wrong(index, "id", format!("“{id}” is there already"), "Give each step an id of its own."));
        }
        if title.trim().is_empty() {
            return Err(wrong(index, "title", "it is empty".into(), "Write what is to do."));
        }
        if let Some(unknown) = after.iter().find(|wanted| !ids.contains(&wanted.as_str())) {
            let near = nearest(unknown, ids.iter().copied());
            let meant = near.map_or(String::new(), |near| format!("; did you mean “{near}”?"));
            let cause = format!("there is no step “{unknown}”{meant}");
            return Err(wrong(index, "after", cause, "Name the id of a [[step]]."));
        }
        if let Some(letter) = letter {
            let count = letter.words.chars().count();
            if letter.words.trim().is_empty() || count > WORDS_CHARACTERS_MAX {
                let cause = format!("the words of its letter have {count} characters");
                return Err(wrong(
                    index,
                    "letter",
                    cause,
                    "Give it words: at least one, and no more than 2000 characters.",
                ));
            }
        }
    }
    match circle(playbook) {
        Some((index, way)) => {
            let cause = format!("these steps wait for each other: {}", way.join(", "));
            Err(wrong(index, "after", cause, "Let one of them not wait."))
        }
        None => Ok(()),
    }
}

/// Steps that wait for each other: where one stands, and all of them. Whatever waits for nothing that is left is taken
/// away, until nothing more can be; what is left waits in a circle, or for one.
fn circle(playbook: &Playbook) -> Option<(usize, Vec<String>)> {
    let mut left: Vec<usize> = (0..playbook.0.len()).collect();
    let waits = |index: &usize, left: &[usize]| {
        let after = playbook.0.get(*index).map_or(&[][..], |step| &step.after);
        after.iter().any(|id| left.iter().any(|other| playbook.0.get(*other).is_some_and(|step| step.id == *id)))
    };
    let waited_for = |index: &usize, left: &[usize]| {
        let id = playbook.0.get(*index).map_or("", |step| &step.id);
        left.iter().any(|other| playbook.0.get(*other).is_some_and(|step| step.after.iter().any(|after| after == id)))
    };
    loop {
        let still: Vec<usize> =
            left.iter().copied().filter(|index| waits(index, &left) && waited_for(index, &left)).collect();
        if still.len() == left.len() {
            break;
        }
        left = still;
    }
    let first = left.first().copied()?;
    let names = left.iter().filter_map(|index| playbook.0.get(*index)).map(|step| format!("“{}”", step.id));
    Some((first, names.collect()))
}

#[cfg(test)]
mod tests {
    use crate::policy::profile::Profile;
    use crate::policy::reading::Source;

    const XEN: &str = include_str!("../../config/profiles/xen.toml");

    const STEPS: &str = "
[[step]]
id = \"take\"
title = \"take care of it\"
owner = \"team\"
due = { working_days = 1, from = \"report\" }
done_when = [\"owned\"]

[[step]]
id = \"write\"
title = \"write the text\"
owner = \"owner\"
after = [\"take\"]
due = { days = 2, from = \"predisclosure\", before = true }

[[step]]
id = \"manager\"
title = \"tell the release manager\"
owner = \"release-manager\"
after = [\"write\"]
letter = { to = \"release-manager\", words = \"A release is near.\" }
";

    fn read(steps: &str) -> Result<Profile, String> {
        let (head, _) = XEN.split_once("[[step]]").unwrap();
        let text = format!("{head}{steps}");
        Profile::read(Source { name: "my.toml", text: &text }, "example.org").map_err(|problem| {
            let problem = problem.to_string();
            // Where it is, is where it was written.
            let (line, rest) = problem.strip_prefix("my.toml line ").unwrap().split_once(':').unwrap();
            let shown = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().trim();
            format!("{shown} |{rest}")
        })
    }

    #[test]
    fn steps_that_fit_together_are_taken() {
        assert_eq!(read(STEPS).unwrap().playbook.0.len(), 3);
        assert_eq!(read("").unwrap().playbook.0, []);
    }

    #[test]
    fn what_does_not_fit_together_is_named_with_its_line() {
        for (from, to, expected) in [
            (
                "after = [\"take\"]",
                "after = [\"tale\"]",
                "after = [\"tale\"] | “after” in [[step]]: there is no step “tale”; did you mean “take”?\n\
                 Name the id of a [[step]].",
            ),
            (
                "id = \"write\"",
                "id = \"take\"",
                "id = \"take\" | “id” in [[step]]: “take” is there already\nGive each step an id of its own.",
            ),
            (
                "id = \"manager\"",
                "id = \"The manager\"",
                "id = \"The manager\" | “id” in [[step]]: “The manager” is no name of a step\n\
                 Use lower case letters, digits and hyphens.",
            ),
            (
                "title = \"write the text\"",
                "title = \" \"",
                "title = \" \" | “title” in [[step]]: it is empty\nWrite what is to do.",
            ),
            (
                "after = [\"take\"]",
                "after = [\"manager\"]",
                "after = [\"manager\"] | “after” in [[step]]: these steps wait for each other: “write”, “manager”\n\
                 Let one of them not wait.",
            ),
            (
                "owner = \"owner\"",
                "owner = \"owners\"",
                "owner = \"owners\" | “owner” in [step] cannot be “owners”; did you mean “owner”?\n\
                 Give it “team”, “owner”, “release-manager”, “cna”, “coordinator” or “lead”.",
            ),
            (
                "letter = { to = \"release-manager\", words = \"A release is near.\" }",
                "letter = { words = \"A release is near.\" }",
                "letter = { words = \"A release is near.\" } | “to” is missing in [step.letter]\n\
                 Add it; config/profiles/xen.toml shows every key.",
            ),
            (
                "words = \"A release is near.\"",
                "words = \"\"",
                "letter = { to = \"release-manager\", words = \"\" } | “letter” in [[step]]: the words of its letter have \
                 0 characters\nGive it words: at least one, and no more than 2000 characters.",
            ),
            (
                "due = { working_days = 1, from = \"report\" }",
                "due = { working_days = 1, days = 2, from = \"report\" }",
                "due = { working_days = 1, days = 2, from = \"report\" } | “due” in [step]: it needs either working_days or \
                 days\nGive it one of the two.",
            ),
            (
                "from = \"predisclosure\", before = true",
                "before = true",
                "due = { days = 2, before = true } | “due” in [step]: nobody knows before what it is due\n\
                 Name an event: from = \"predisclosure\", or \"release\".",
            ),
            (
                "done_when = [\"owned\"]",
                "done_when = [\"owner\"]",
                "done_when = [\"owner\"] | “done_when” in [step] cannot be “owner”; did you mean “owned”?\n\
                 Give it “acknowledged”, “owned”, “confirmed”, “dates-agreed”, “cve”, “cve-asked”, “numbered”, “rated”, \
                 “affected”, “patched”, “others-told”, “decided”, “predisclosed”, “unpatched”, “released”, “public”, \
                 “exploited” or “advisory-approved”.",
            ),
        ] {
            assert!(STEPS.contains(from), "{from}");
            assert_eq!(read(&STEPS.replacen(from, to, 1)).map(|_| ()).unwrap_err(), expected);
        }
    }
}
