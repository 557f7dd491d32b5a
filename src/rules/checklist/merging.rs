//! The findings of a thread: what a later mail shows completes what an earlier one lacked, and corrects what it said.

use std::collections::BTreeSet;

use super::applicant::KIND;
use super::statement::WITHHELD;
use super::{Finding, Findings, Status};

/// What two mails of one applicant show together; of both the same items in the same order.
pub fn merged(earlier: &Findings, later: &Findings) -> Findings {
    let tells = |findings: &Findings| {
        findings.items.iter().any(|finding| finding.values.iter().any(|value| value.starts_with(KIND)))
    };
    let (known, told) = (tells(earlier), tells(later));
    let merge = |before: &Finding| {
        let Some(after) = later.get(&before.id) else { return before.clone() };
        // Whoever says what they are is asked for what that needs; who said it before stays what they were.
        let required = match (known, told) {
            (true, true) => before.required || after.required,
            (false, true) => after.required,
            (_, false) => before.required,
        };
        // That not all products use it may be said in any mail; so may what is no matter of kinds.
        let required = required || (after.required && after.status != Status::Missing);
        Finding { required, ..chosen(before, after) }
    };
    Findings { items: earlier.items.iter().map(merge).collect() }
}

fn chosen(before: &Finding, after: &Finding) -> Finding {
    match (before.status, after.status) {
        (_, Status::Missing) => before.clone(),
        (Status::Found, Status::Found) if before.values == after.values => before.clone(),
        (Status::Found, Status::Found) if before.values.iter().any(|value| is_domain(value)) => {
            let mut values = before.values.clone();
            values.extend(after.values.iter().filter(|value| !before.values.contains(value)).cloned());
            Finding { values, ..after.clone() }
        }
        // A mail that repeats a sentence without the name does not take it away.
        (Status::Found, Status::Found) if after.values.is_empty() && !before.values.is_empty() => before.clone(),
        (Status::Found, Status::Unclear) => {
            let withheld = after.values.iter().any(|value| value == WITHHELD);
            let addresses = |finding: &Finding| {
                finding.values.iter().filter(|value| value.contains('@')).cloned().collect::<BTreeSet<_>>()
            };
            // Another address than the one that was given, and which of them nobody can tell.
            let other =
                !addresses(before).is_empty() && !addresses(after).is_empty() && addresses(before) != addresses(after);
            if withheld || other { after.clone() } else { before.clone() }
        }
        (_, Status::Found | Status::Unclear) => after.clone(),
    }
}

fn is_domain(value: &str) -> bool {
    value.contains('.') && !value.contains([' ', '@', '/', ':'])
}
