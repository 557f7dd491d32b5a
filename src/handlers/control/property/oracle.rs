//! What a command may do to the state of a case, written down once more and from another side: a table of its own, by
//! the verbs that people type. It shares nothing with `rules::life` but the names of the states.

use crate::rules::life::State::{self, *};

/// The states a case may be in after a command that was carried out. None: it must not have been.
pub fn may_follow(before: State, verb: &str, typed: &str) -> Vec<State> {
    let alive = [Triage, Confirmed, Embargoed, Public, Predisclosed, Released];
    let secret = [Triage, Confirmed, Embargoed, Predisclosed];
    let ends = [Triage, Confirmed, Embargoed, Public];
    match verb {
        "confirm" => match before {
            Triage => vec![Confirmed],
            Confirmed | Embargoed | Public | Predisclosed => vec![before],
            _ => vec![],
        },
        "invalid" if ends.contains(&before) => vec![Invalid],
        "duplicate" if ends.contains(&before) => vec![Duplicate],
        "passed" if ends.contains(&before) => vec![Passed],
        "embargo" => match before {
            // Other dates may be said before anybody agrees to any.
            Triage | Confirmed if typed.contains(' ') => vec![before, Embargoed],
            Triage | Confirmed | Embargoed => vec![Embargoed],
            Predisclosed => vec![Predisclosed],
            _ => vec![],
        },
        "public" | "exploited" if secret.contains(&before) || before == Public => vec![Public],
        // Somebody sent it by hand. Of a case that was opened again it may have been done before.
        "done" if typed.contains("publish") => match before {
            Triage | Confirmed | Embargoed | Public | Predisclosed | Released => vec![before, Released],
            _ => vec![],
        },
        "done" if typed.contains("no-patch-advisory") => match before {
            Embargoed | Predisclosed => vec![before, Predisclosed],
            _ => vec![before],
        },
        "spam" if before == Triage => vec![Invalid],
        "reopen" => match before {
            Invalid | Duplicate | Passed | Closed => vec![Triage],
            Public => vec![Confirmed],
            _ => vec![],
        },
        "assign" | "severity" | "affects" | "patch" | "credit" if alive.contains(&before) => vec![before],
        "invalid" | "duplicate" | "passed" | "public" | "exploited" | "spam" => vec![],
        "assign" | "severity" | "affects" | "patch" | "credit" => vec![],
        _ => vec![before],
    }
}

/// Verbs that need no signature: they change nothing of a case.
pub fn only_looks(verb: &str) -> bool {
    ["help", "status", "export"].contains(&verb)
}

/// Verbs that a reply address and our own server's word are enough for, too.
pub fn needs_no_signature(verb: &str) -> bool {
    only_looks(verb) || verb == "tell"
}

/// Verbs after which the dates of a case may be others.
pub fn may_date(verb: &str) -> bool {
    ["embargo", "public", "exploited", "reopen", "duplicate"].contains(&verb)
}
