//! The case that a text names itself: the line `case 12` at its top. It finds a case and proves nothing.

use crate::rules::label::CaseId;

/// No desk has more cases.
const DIGITS_MAX: usize = 9;

/// The case that the first line of a text names, if that says nothing else.
pub fn named(own: &str) -> Option<CaseId> {
    case_line(own.lines().map(str::trim).find(|line| !line.is_empty())?)
}

/// The case in a line like `case 12`.
pub fn case_line(line: &str) -> Option<CaseId> {
    let mut words = line.split_whitespace();
    let (Some(word), Some(number), None) = (words.next(), words.next(), words.next()) else { return None };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit()) && number.len() <= DIGITS_MAX;
    let number = number.parse().ok().filter(|_| digits && word.eq_ignore_ascii_case("case"))?;
    Some(CaseId(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_of_its_own_at_the_top_names_a_case() {
        for (text, case) in [
            ("case 12\n!status\n", Some(12)),
            ("\n\n  Case   12  \nwords", Some(12)),
            ("case 12", Some(12)),
            ("!status\ncase 12\n", None),
            ("case 12 is the one\n", None),
            ("case twelve\n", None),
            ("case -1\n", None),
            ("case +1\n", None),
            ("case 99999999999999999999\n", None),
            ("cases 12\n", None),
            ("", None),
        ] {
            assert_eq!(named(text), case.map(CaseId), "{text:?}");
        }
    }
}
