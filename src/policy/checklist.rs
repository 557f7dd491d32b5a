//! Whether a profile's `[application]` makes sense: what its parts say of each other. What each part may be, its types say
//! (`rules::checklist`).

use std::collections::BTreeSet;

use crate::policy::problem::{Problem, one_of};
use crate::policy::reading::{Node, Source};
use crate::rules::checklist::{ALWAYS, Checklist, Kind, PARTIAL};
use crate::rules::nearest::nearest;

/// Tables and mails name items in so many characters.
const ID_BYTES_MAX: usize = 40;

/// Finds what does not fit together, and says where.
pub fn sound(checklist: Option<&Checklist>, node: &Node, source: Source<'_>) -> Result<(), Problem> {
    let Some(checklist) = checklist else { return Ok(()) };
    let places = node.places();
    let at = |key: &str| {
        let place = places.iter().find(|(known, _)| known == key).map_or(0, |(_, place)| *place);
        source.line(place)
    };
    if checklist.items.is_empty() {
        return Err(Problem::new(
            format!("{}: “item” in [application]: no item is asked for", at("application")),
            "Add at least one [[application.item]], or remove [application].",
        ));
    }
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    for (index, item) in checklist.items.iter().enumerate() {
        let wrong = |key: &str, cause: String, remedy: String| {
            Problem::new(
                format!("{}: “{key}” in [application.item]: {cause}", at(&format!("application.item[{index}].{key}"))),
                remedy,
            )
        };
        let named = item.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !named || item.id.is_empty() || item.id.len() > ID_BYTES_MAX {
            return Err(wrong(
                "id",
                format!("“{}” is no name of an item", item.id),
                "Use lower case letters, digits and hyphens.".into(),
            ));
        }
        if !ids.insert(&item.id) {
            return Err(wrong(
                "id",
                format!("“{}” is there already", item.id),
                "Give each item an id of its own.".into(),
            ));
        }
        for (key, text) in [("name", &item.name), ("ask", &item.ask)] {
            if text.trim().is_empty() {
                return Err(wrong(key, "it is empty".into(), "Write what letters are to show there.".into()));
            }
        }
        let conditions = || [ALWAYS, PARTIAL].into_iter().chain(checklist.kinds.keys().map(String::as_str));
        if !conditions().any(|known| known == item.required) {
            let near =
                nearest(&item.required, conditions()).map_or(String::new(), |near| format!("; did you mean “{near}”?"));
            let cause = format!("“{}” is no kind of applicant{near}", item.required);
            return Err(wrong("required", cause, format!("Give it {}.", one_of(conditions()))));
        }
        let telling = |heading: &String| heading.chars().any(char::is_alphabetic);
        if item.headings.is_empty() || !item.headings.iter().all(telling) {
            return Err(wrong(
                "headings",
                "a question without words is found nowhere".into(),
                "Write how people head it.".into(),
            ));
        }
    }
    let known = |id: &str| ids.contains(id);
    let unknown = |key: &str, id: &str| {
        let near = nearest(id, ids.iter().copied()).map_or(String::new(), |near| format!("; did you mean “{near}”?"));
        Problem::new(format!("{}: there is no item “{id}”{near}", at(key)), "Name the id of an [[application.item]].")
    };
    if let Some(id) = &checklist.kind_item {
        if !checklist.items.iter().any(|item| &item.id == id && item.kind == Kind::Text) {
            return Err(unknown("application.kind_item", id));
        }
    } else if !checklist.kinds.is_empty() {
        return Err(Problem::new(
            format!("{}: kinds of applicant are named, and no item tells them", at("application.kinds")),
            "Name the item that does: kind_item = \"…\" in [application].",
        ));
    }
    if let Some(id) = checklist.cues.keys().find(|id| !known(id)) {
        return Err(unknown(&format!("application.cues.{id}"), id));
    }
    if let Some(id) = checklist.links.open_items.iter().find(|id| !known(id)) {
        return Err(unknown("application.links.open_items", id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::policy::profile::Profile;
    use crate::policy::reading::Source;

    const XEN: &str = include_str!("../../config/profiles/xen.toml");

    fn problem(from: &str, to: &str) -> String {
        assert!(XEN.contains(from), "{from}");
        let text = XEN.replacen(from, to, 1);
        let read = Profile::read(Source { name: "my.toml", text: &text }, "example.org");
        let problem = read.map(|_| ()).unwrap_err().to_string();
        // Where it is, is where it was written.
        let (line, rest) = problem.strip_prefix("my.toml line ").unwrap().split_once(':').unwrap();
        let shown = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().trim();
        format!("{shown} |{rest}")
    }

    #[test]
    fn the_profile_of_the_binary_asks_for_what_the_policy_asks() {
        let checklist = Profile::built_in("xen", "example.org").unwrap().application.unwrap();
        let ids: Vec<&str> = checklist.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(
            ids.join(" "),
            "organisation domains criteria products provider-evidence hosting-rates software-download project-activity \
             usage-evidence security-reporting policy-statement alias"
        );
        let always = checklist.items.iter().filter(|item| item.required == "always").count();
        assert_eq!(always, 8);
    }

    #[test]
    fn a_profile_without_applications_has_none() {
        let text = XEN.split_once("[application]").unwrap().0;
        assert_eq!(Profile::read(Source { name: "my.toml", text }, "example.org").unwrap().application, None);
    }

    #[test]
    fn what_does_not_fit_together_is_named_with_its_line() {
        for (from, to, expected) in [
            (
                "id = \"domains\"",
                "id = \"organisation\"",
                "id = \"organisation\" | “id” in [application.item]: “organisation” is there already\n\
                 Give each item an id of its own.",
            ),
            (
                "id = \"domains\"",
                "id = \"The domains\"",
                "id = \"The domains\" | “id” in [application.item]: “The domains” is no name of an item\n\
                 Use lower case letters, digits and hyphens.",
            ),
            (
                "required = \"hosting\"",
                "required = \"hostng\"",
                "required = \"hostng\" | “required” in [application.item]: “hostng” is no kind of applicant; \
                 did you mean “hosting”?\n\
                 Give it “always”, “partial-use”, “hosting”, “large-user”, “open-source” or “software”.",
            ),
            (
                "name = \"Name of the organisation\"",
                "name = \" \"",
                "name = \" \" | “name” in [application.item]: it is empty\nWrite what letters are to show there.",
            ),
            (
                "kind_item = \"criteria\"",
                "kind_item = \"criterion\"",
                "kind_item = \"criterion\" | there is no item “criterion”; did you mean “criteria”?\n\
                 Name the id of an [[application.item]].",
            ),
            (
                "kind = \"domains\"",
                "kind = \"domain\"",
                "kind = \"domain\" | “kind” in [application.item] cannot be “domain”; did you mean “domains”?\n\
                 Give it “text”, “domains”, “link”, “address” or “statement”.",
            ),
            (
                "open_items = [\"project-activity\"]",
                "open_items = [\"project\"]",
                "open_items = [\"project\"] | there is no item “project”\nName the id of an [[application.item]].",
            ),
            (
                "[application.cues]\norganisation = ",
                "[application.cues]\norganization = ",
                "organization = [ | there is no item “organization”; did you mean “organisation”?\n\
                 Name the id of an [[application.item]].",
            ),
            (
                "headings = [\n    \"the name of your organization\"",
                "headings = [\n    \"...\", \"the name of your organization\"",
                "headings = [ | “headings” in [application.item]: a question without words is found nowhere\n\
                 Write how people head it.",
            ),
        ] {
            assert_eq!(problem(from, to), expected);
        }
    }
}
