//! Commands of one mail that cannot both be meant. Whoever typed them meant one; nobody guesses which, and nobody is
//! told one thing, and the opposite a second later.

use super::{Command, Cve, Line};

/// The first line that another above it contradicts: both, the upper one first.
pub fn contradiction(lines: &[Line]) -> Option<(&Line, &Line)> {
    lines.iter().enumerate().find_map(|(at, lower)| {
        let upper = lines.iter().take(at).find(|upper| contradict(&upper.command, &lower.command))?;
        Some((upper, lower))
    })
}

impl Command {
    /// Whether the texts of an advisory, who gets them or when, may be others after it.
    pub fn changes_advisory(&self) -> bool {
        use Command::*;
        match self {
            Title(_)
            | Confirm
            | Invalid(_)
            | Duplicate(_)
            | Passed(_)
            | Embargo(_)
            | Public(_)
            | Exploited(_)
            | Assign(_)
            | Cve(_)
            | Affects { .. }
            | Patch(_)
            | Credit(_)
            | Advisory { .. }
            | Deploy(_)
            | Report(_)
            | Add(_)
            | Remove(_)
            | Spam
            | Split
            | Move(_)
            | Reopen => true,
            // By hand, of what the desk did not send.
            Done(_) | Skip { .. } => true,
            Help
            | Status
            | Tell { .. }
            | Note(_)
            | Severity(_)
            | Decision(_)
            | Approve(_)
            | Hold(_)
            | Unhold(_)
            | ReleaseNow
            | Predisclose(_)
            | Export
            | Owner(_)
            | Key(_)
            | Vouch(_)
            | Member(_)
            | History(_) => false,
        }
    }
}

fn contradict(one: &Command, other: &Command) -> bool {
    excludes(one, other) || excludes(other, one)
}

fn excludes(one: &Command, other: &Command) -> bool {
    use Command::*;
    match (one, other) {
        (Embargo(_), Embargo(_) | Public(_) | Exploited(_)) => true,
        (Confirm | Embargo(_) | Public(_) | Exploited(_), Invalid(_) | Spam) => true,
        (Invalid(_) | Duplicate(_) | Passed(_) | Spam, Invalid(_) | Duplicate(_) | Passed(_) | Spam) => true,
        (Owner(one), Owner(other)) | (Title(one), Title(other)) => one != other,
        (Affects { branch, verdict }, Affects { branch: other, verdict: said }) => {
            branch.eq_ignore_ascii_case(other) && verdict != said
        }
        (Cve(self::Cve::Is { .. }), Cve(self::Cve::None(_))) => true,
        (Done(one), Skip { step, .. }) => one.eq_ignore_ascii_case(step),
        // Whoever approves something approves what they were shown, not what their own mail makes of it.
        (Approve(_), Hold(_)) => true,
        (Approve(_), other) if other.changes_advisory() => true,
        (Deploy(one), Deploy(other)) => one != other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn what_cannot_both_be_meant_is_found_whatever_stands_first_and_between() {
        for (text, found) in [
            ("!embargo\n!public https://example.org/1", Some("!public https://example.org/1")),
            ("!exploited Seen.\n!title T\n!embargo 2026-12-15 why", Some("!embargo 2026-12-15 why")),
            ("!embargo 2026-12-15 why\n!embargo 2026-12-16 why", Some("!embargo 2026-12-16 why")),
            ("!confirm\n!invalid It is none.", Some("!invalid It is none.")),
            ("!spam\n!confirm", Some("!confirm")),
            ("!duplicate 1\n!duplicate 2", Some("!duplicate 2")),
            ("!passed qemu\n!invalid It is none.", Some("!invalid It is none.")),
            ("!owner alice\n!owner bob", Some("!owner bob")),
            ("!affects 4.20 yes\n!affects 4.20 no", Some("!affects 4.20 no")),
            ("!cve none It is small.\n!cve CVE-2026-10001", Some("!cve CVE-2026-10001")),
            ("!skip Patches none\n!done patches", Some("!done patches")),
            ("approve 0123456789abcdef\n!title Another", Some("!title Another")),
            ("!affects 4.20 no\napprove 0123456789abcdef", Some("approve 0123456789abcdef")),
            ("!assign 481\napprove 0123456789abcdef", Some("approve 0123456789abcdef")),
            ("approve 0123456789abcdef\n!done publish", Some("!done publish")),
            ("approve 0123456789abcdef\n!hold Wait.", Some("!hold Wait.")),
            ("approve 0123456789abcdef\n!confirm", Some("!confirm")),
            // What goes together.
            ("approve 0123456789abcdef\n!note Fine.\n!severity CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", None),
            ("!confirm\n!embargo\n!owner alice\n!assign", None),
            ("!public https://example.org/1\n!exploited Seen.", None),
            ("!reopen\n!passed qemu", None),
            ("!confirm\n!duplicate 1", None),
            ("!affects 4.20 yes\n!affects 4.19 no", None),
            ("!cve CVE-2026-10001 for 1\n!cve CVE-2026-10002 for 2", None),
        ] {
            let orders = read(text).unwrap().unwrap();
            assert_eq!(contradiction(&orders.lines).map(|(_, lower)| lower.typed.as_str()), found, "{text}");
        }
    }
}
