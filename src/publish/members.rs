//! Who is on the predisclosure list, for everybody: names, and since when. Addresses are not even read.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::store::Rows;
use crate::store::members::OnList;
use crate::store::time::At;

/// The members on the list now, by name.
pub fn listed(rows: Rows<'_>) -> Result<Vec<OnList>> {
    rows.members().on_list()
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    since: String,
}

/// A list of names and times (RFC 3339, in UTC).
pub fn json(members: &[OnList]) -> Result<Vec<u8>> {
    let shown: Vec<Shown<'_>> =
        members.iter().map(|member| Shown { name: &member.name, since: At(member.since).to_string() }).collect();
    let mut bytes = serde_json::to_vec_pretty(&shown).context("Writing the list of members")?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A page that says the same. No name is left out, whatever it is made of.
pub fn html(project: &str, members: &[OnList]) -> String {
    let project = escaped(project);
    let items: String = members
        .iter()
        .map(|OnList { name, since }| {
            let day = since.strftime("%Y-%m-%d");
            format!("    <li>{} <small>since <time datetime=\"{day}\">{day}</time></small></li>\n", escaped(name))
        })
        .collect();
    let list = if items.is_empty() { "  <p>None yet.</p>\n".to_owned() } else { format!("  <ul>\n{items}  </ul>\n") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n  <meta name=\"viewport\" \
         content=\"width=device-width\">\n  <title>{project}: organisations on the pre-disclosure list</title>\n</head>\n<body>\n  \
         <h1>Organisations on the pre-disclosure list</h1>\n  <p>These organisations are told of security problems of the \
         {project} before they are public.</p>\n{list}</body>\n</html>\n"
    )
}

/// What HTML would take for its own, written as text.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(name: &str) -> OnList {
        OnList { name: name.to_owned(), since: "2019-08-08T12:00:00Z".parse().unwrap() }
    }

    #[test]
    fn names_that_look_like_html_or_links_are_names() {
        let names = [
            "1 & 1 Internet AG",
            "BetaForce Networks / LLC DBA vNucleus",
            "www.vm.example",
            "https://vm.example.net/?a=1&b=2",
            "<a href=\"https://vm.example\">VM</a>",
            "</ul><script>alert('x')</script>",
        ];
        let members: Vec<OnList> = names.iter().map(|name| member(name)).collect();
        let page = html("Xen Project", &members);
        assert_eq!(page.matches("<li>").count(), names.len());
        assert!(
            page.contains("<li>1 &amp; 1 Internet AG <small>since <time datetime=\"2019-08-08\">2019-08-08</time>")
        );
        assert!(page.contains("&lt;a href=&quot;https://vm.example&quot;&gt;VM&lt;/a&gt;"), "{page}");
        assert!(!page.contains("<script") && page.matches("</ul>").count() == 1);
        let read: serde_json::Value = serde_json::from_slice(&json(&members).unwrap()).unwrap();
        let read: Vec<&str> = read.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(read, names);
        assert!(html("Xen Project", &[]).contains("None yet."));
    }

    proptest! {
        #[test]
        fn every_name_is_read_back_from_the_page(name in "\\PC{1,60}") {
            let page = html("Xen Project", &[member(&name)]);
            let (_, item) = page.split_once("<li>").unwrap();
            let (shown, _) = item.split_once(" <small>").unwrap();
            prop_assert!(!shown.contains(['<', '>', '"', '\'']));
            let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
            let read = plain.iter().fold(shown.to_owned(), |text, (from, to)| text.replace(from, to));
            prop_assert_eq!(read, name);
        }
    }
}
