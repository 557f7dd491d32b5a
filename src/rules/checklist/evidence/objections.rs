//! Whether the policy accepts a link: what kind of page it is, whose, and what its author says beside it.

use std::sync::LazyLock;

use super::super::Refused;
use super::super::denials::{Denial, denial};
use super::super::ground::Ground;
use super::super::links::{self, Link};
use super::super::words::{Phrases, Word, words};
use super::Candidate;

/// Beside a link: its own author doubts that it shows what it should.
static DOUBTS: LazyLock<Phrases> = LazyLock::new(|| {
    let phrases = [
        "not mention",
        "no mention",
        "nothing about",
        "not say",
        "not explicitly",
        "not state",
        "not name xen",
        "not about",
        "draft",
        "outdated",
        "out of date",
        "not up to date",
        "not public",
        "not publicly",
        "visible to",
        "internal",
        "intranet",
        "behind",
        "not accessible",
        "broken",
        "404",
        "not very clear",
        "only indirectly",
        "unfortunately",
        "password protected",
        "not working",
        "not work",
        "old page",
        "not finished",
        "unfinished",
        "placeholder",
        "incomplete",
    ];
    Phrases::of(&phrases.map(str::to_owned))
});

/// Why a link does not count, when it does not.
pub fn objection(ground: &Ground<'_>, index: usize, candidate: &Candidate) -> Option<String> {
    let link = &candidate.link;
    let rules = &ground.checklist.links;
    let beside = words(&links::masked(&candidate.beside));
    if let Some(refused) = rules.refused.iter().find(|refused| is_refused(refused, link, &beside)) {
        return Some(format!("The link to {} is {}. {}", link.host, refused.name, refused.why));
    }
    if link.guarded {
        return Some("The link has a password in it; send one that anybody can open.".to_owned());
    }
    if let Some((found @ (Denial::Later | Denial::Unsure | Denial::Blank), _)) =
        denial(&links::masked(&candidate.beside))
    {
        return Some(format!("{}; send the link once the page is there for everybody.", found.why()));
    }
    if candidate.asked {
        return Some("It is put as a question; send the link of a page that shows it.".to_owned());
    }
    if let Some(found) = DOUBTS.any(&beside) {
        let said: Vec<&str> =
            beside.iter().skip(found.from).take(found.to - found.from).map(|word| word.stem.as_str()).collect();
        let said = said.join(" ");
        return Some(format!(
            "The words beside the link (“{said}”) leave it open; send a public page that shows it plainly."
        ));
    }
    let id = ground.item(index).map(|item| item.id.as_str()).unwrap_or_default();
    let open =
        rules.open_items.iter().any(|item| item == id) && rules.open_hosts.iter().any(|host| is_host(host, &link.host));
    if open || ground.owned.has(&link.host) {
        return None;
    }
    Some(format!(
        "{} is none of the domains the mail declares; send a page on one of yours, or say that this domain is yours.",
        link.host
    ))
}

fn is_refused(refused: &Refused, link: &Link, beside: &[Word]) -> bool {
    let path = link.path.split(['?', '#']).next().unwrap_or_default();
    let part = |part: &str| refused.parts.iter().any(|known| known == part);
    let spoken = Phrases::of(&refused.words);
    let spoken = spoken.find(beside).into_iter().any(|found| {
        let before = beside.get(found.from.saturating_sub(3)..found.from).unwrap_or_default();
        !before.iter().any(|word| matches!(word.stem.as_str(), "no" | "not" | "without" | "never"))
    });
    refused.hosts.iter().any(|host| is_host(host, &link.host))
        || link.host.split('.').rev().skip(1).any(part)
        || path.split('/').any(part)
        || refused.ends.iter().any(|end| path.ends_with(end.as_str()))
        || spoken
}

/// `medium` is medium.com and medium.example; `example.org` itself and what is below it.
fn is_host(known: &str, host: &str) -> bool {
    if known.contains('.') {
        return links::is_within(host, known);
    }
    links::registered(host).split('.').next() == Some(known)
}
