//! What the team says of items, on top of what the checker found. It judges no words: whether the applicant wrote them is
//! asked before a ruling is kept.

use super::words::{Phrases, words};
use super::{Checklist, Finding, Findings, Ruled, Status};

/// The findings with all required that an applicant needs who is what these words say: the team may find in them that the
/// applicant is of a kind which the checker did not see. Nothing is required less.
pub fn asked_of(checklist: &Checklist, findings: &Findings, said: &str) -> Findings {
    let said = words(said);
    let is_of = |kind: &str| checklist.kinds.get(kind).is_some_and(|cues| Phrases::of(cues).any(&said).is_some());
    let needs = |id: &str| checklist.items.iter().any(|item| item.id == id && is_of(&item.required));
    let asked = |finding: &Finding| Finding { required: finding.required || needs(&finding.id), ..finding.clone() };
    Findings { items: findings.items.iter().map(asked).collect() }
}

/// The findings with each item as the team rules it; of several rulings on one item the last counts. What is required of
/// the applicant stays as it was (`asked_of`), and a ruling on an item that is not there says nothing.
pub fn ruled(findings: &Findings, rulings: &[Ruled]) -> Findings {
    let of = |finding: &Finding| rulings.iter().rfind(|ruling| ruling.item == finding.id);
    let items = findings.items.iter().map(|finding| match of(finding) {
        None => finding.clone(),
        Some(ruling) => by_team(finding, ruling),
    });
    Findings { items: items.collect() }
}

fn by_team(finding: &Finding, ruling: &Ruled) -> Finding {
    match ruling.status {
        Status::Found => Finding {
            status: Status::Found,
            quote: ruling.words.clone(),
            // Only a line that holds these words is worth looking up.
            line: if finding.quote.contains(&ruling.words) { finding.line } else { 0 },
            why: String::new(),
            ..finding.clone()
        },
        Status::Unclear | Status::Missing => Finding {
            status: Status::Missing,
            quote: String::new(),
            line: 0,
            why: ruling.words.clone(),
            values: Vec::new(),
            ..finding.clone()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, quote: &str) -> Finding {
        Finding {
            id: id.into(),
            required: true,
            status: if quote.is_empty() { Status::Missing } else { Status::Found },
            quote: quote.into(),
            line: usize::from(!quote.is_empty()),
            why: String::new(),
            values: vec![],
        }
    }

    fn says(item: &str, status: Status, words: &str) -> Ruled {
        Ruled { item: item.into(), status, words: words.into() }
    }

    #[test]
    fn the_last_ruling_on_an_item_stands_in_place_of_what_was_found() {
        let findings = Findings { items: vec![found("alias", ""), found("criteria", "we rent out machines")] };
        assert!(!findings.complete());
        let rulings = [
            says("alias", Status::Missing, "it is a person's"),
            says("alias", Status::Found, "psirt@vendor.example"),
            says("no-such-item", Status::Missing, "x"),
        ];
        let by_team = ruled(&findings, &rulings);
        assert!(by_team.complete(), "{by_team:?}");
        assert_eq!(by_team.get("alias").unwrap().quote, "psirt@vendor.example");
        assert_eq!(by_team.get("criteria"), findings.get("criteria"));
        let by_team = ruled(&findings, &[says("criteria", Status::Missing, "no page of theirs says so")]);
        let criteria = by_team.get("criteria").unwrap();
        assert_eq!((criteria.status, criteria.quote.as_str()), (Status::Missing, ""));
        assert_eq!(criteria.why, "no page of theirs says so");
        assert_eq!(ruled(&findings, &[]), findings);
    }

    #[test]
    fn whoever_is_found_to_be_a_host_is_asked_for_what_hosts_are_asked() {
        let checklist = crate::policy::profile::Profile::built_in("xen", "example.org").unwrap().application.unwrap();
        let rates = Finding { required: false, ..found("hosting-rates", "") };
        let findings =
            Findings { items: vec![found("criteria", "we use it"), rates, found("alias", "psirt@vendor.example")] };
        assert!(findings.complete());
        assert!(!asked_of(&checklist, &findings, "We are a public hosting provider.").complete());
        assert_eq!(asked_of(&checklist, &findings, "We have 400,000 guests."), findings);
    }
}
