//! What a failure or a delay means, in words for people: by its status (RFC 3463 and the registry of RFC 5248), else by
//! what servers say beside it.

use super::Fate;

const NO_MAILBOX: &str = "there is no such mailbox there: the address is wrong, or it is gone.";
const NO_DOMAIN: &str = "its domain does not take mail: the domain is wrong, or its settings are.";
const DISABLED: &str = "the mailbox is there, but takes no mail now: it is disabled.";
const FULL: &str = "the mailbox is full.";
const TOO_LARGE: &str = "the letter is larger than their server takes.";
const AWAY: &str = "their mail server could not be reached, or did not take the letter in time.";
const LOOP: &str = "their mail servers send the letter round in a loop.";
const REFUSED: &str =
    "their mail server refuses it by its own rules: as spam, by a block list, or because only some may write there.";
const SYSTEM: &str = "their mail system has a problem of its own.";
const CONTENT: &str = "their mail server does not take letters of this form.";
const UNKNOWN: &str = "their mail server did not take it.";
const NOTHING: &str = "nothing went wrong.";

/// By words in lower case, where the status says little.
const BY_WORDS: &[(&[&str], &str)] = &[
    (
        &[
            "quota",
            "mailbox is full",
            "mailbox full",
            "full mailbox",
            "mailfolder is full",
            "disk space",
            "not enough space",
            "enough storage",
        ],
        FULL,
    ),
    (
        &[
            "user unknown",
            "unknown user",
            "no such user",
            "no mailbox here",
            "user not found",
            "does not exist",
            "doesn't exist",
            "unknown recipient",
            "recipient unknown",
            "recipnotfound",
            "not listed in",
            "nonexistent",
            "no such recipient",
            "invalid mailbox",
            "address unknown",
            "addressee unknown",
        ],
        NO_MAILBOX,
    ),
    (&["disabled", "discontinued", "inactive", "suspended"], DISABLED),
    (
        &["host not found", "domain not found", "unknown host", "unrouteable", "nxdomain", "name service error"],
        NO_DOMAIN,
    ),
    (&["too many hops", "loops back", "looping", "mail loop"], LOOP),
    (&["maximum incoming message size", "too large", "exceeds size", "size limit"], TOO_LARGE),
    (
        &["spam", "blocked", "blacklist", "block list", "blocklist", "policy", "relay", "denied", "dmarc", "spf"],
        REFUSED,
    ),
    (
        &[
            "timed out",
            "time out",
            "timeout",
            "connection refused",
            "connection was dropped",
            "not responding",
            "can't connect",
        ],
        AWAY,
    ),
];

/// A sentence; it begins in lower case, after a colon.
pub fn meaning(fate: Fate, status: &str, diagnostic: &str) -> &'static str {
    if fate == Fate::Other {
        return NOTHING;
    }
    // 5.0.0 says nothing, and many refuse unknown mailboxes with a code of their security.
    let vague = status.ends_with(".0.0") || status.get(1..).is_some_and(|detail| detail.starts_with(".7."));
    let by_words = || by_words(diagnostic);
    let found = if vague { by_words().or_else(|| by_status(status)) } else { by_status(status).or_else(by_words) };
    found.unwrap_or(UNKNOWN)
}

fn by_status(status: &str) -> Option<&'static str> {
    let (_, detail) = status.split_once('.')?;
    Some(match detail {
        "1.2" | "1.10" | "4.4" => NO_DOMAIN,
        "1.0" | "1.1" | "1.3" | "1.4" | "1.6" => NO_MAILBOX,
        "2.1" => DISABLED,
        "2.2" => FULL,
        "2.3" | "3.4" => TOO_LARGE,
        "4.6" => LOOP,
        "4.1" | "4.2" | "4.3" | "4.5" | "4.7" => AWAY,
        detail if detail.starts_with("3.") => SYSTEM,
        detail if detail.starts_with("6.") => CONTENT,
        detail if detail.starts_with("7.") => REFUSED,
        _ => return None,
    })
}

fn by_words(diagnostic: &str) -> Option<&'static str> {
    let said = diagnostic.to_lowercase();
    BY_WORDS.iter().find(|(words, _)| words.iter().any(|word| said.contains(word))).map(|(_, meaning)| *meaning)
}
