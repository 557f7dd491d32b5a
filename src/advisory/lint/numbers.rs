//! Whether a text speaks of its own number. Texts name other advisories often and rightly (“the patches for XSA-378”), so
//! that a number which is not the title block's is no defect by itself. It is one where the text says of itself that it is
//! another; where the title is about another advisory and the text, in its place, about a third (a real defect: the title
//! of XSA-366 says XSA-321, its text XSA-320); and it may be one where the number is named once and is the one before or
//! after its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Subject;
use crate::advisory::finding::Finding;

/// What follows when a text speaks of itself.
static ITSELF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\bthis (?:(?:advisory|issue|vulnerability|bug)(?:,| \(| is(?: called| known as| tracked as)?| has been assigned| was assigned)?|is) $",
    ).expect("the pattern is fixed")
});
/// “this vulnerability is tracked as ” has 34.
const BEFORE_BYTES_MAX: usize = 50;

/// Each number of an advisory that is named, with its place in the flow.
fn named(subject: &Subject<'_>) -> Vec<(usize, i64)> {
    let style = subject.style;
    if style.prefix.is_empty() {
        return Vec::new(); // Any number may be anything.
    }
    let text = &subject.flow.text;
    let mut found = Vec::new();
    for (place, _) in text.match_indices(&format!("{}-", style.prefix)) {
        let rest = text.get(place..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let after_word = text.get(..place).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
        let number = style.number(rest.get(..end).unwrap_or_default().trim_end_matches('-'));
        found.extend(number.filter(|_| !after_word).map(|number| (place, number)));
    }
    found
}

fn below_head(subject: &Subject<'_>) -> Vec<(usize, i64)> {
    let found = named(subject).into_iter();
    found.filter(|(place, _)| subject.flow.line_at(*place) >= subject.head_end()).collect()
}

pub fn own(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(own) = subject.advisory.head.number else { return Vec::new() };
    let text = &subject.flow.text;
    let of_itself = |place: usize| {
        let begin =
            (place.saturating_sub(BEFORE_BYTES_MAX)..=place).find(|at| text.is_char_boundary(*at)).unwrap_or(place);
        let before = text.get(begin..place).unwrap_or_default();
        ITSELF.is_match(before)
    };
    let wrong = below_head(subject).into_iter().filter(|(place, number)| *number != own && of_itself(*place));
    wrong
        .map(|(place, number)| {
            let (says, is) = (subject.style.called(number), subject.style.called(own));
            let line = subject.flow.line_at(place);
            Finding::error(
                line,
                format!("The text says of itself that it is {says}, and the title block {is}; correct it."),
            )
        })
        .collect()
}

pub fn title(subject: &Subject<'_>) -> Vec<Finding> {
    let (style, head) = (subject.style, &subject.advisory.head);
    let words = head.title.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let text = below_head(subject);
    let others = text.iter().filter(|(_, number)| Some(*number) != head.number);
    let Some((place, other)) = others.clone().next() else { return Vec::new() };
    let in_title: Vec<i64> = words.filter(|_| !style.prefix.is_empty()).filter_map(|word| style.number(word)).collect();
    let unsaid = in_title.iter().filter(|number| text.iter().all(|(_, named)| named != *number));
    unsaid
        .map(|number| {
            let (title, text) = (style.called(*number), style.called(*other));
            let line = subject.flow.line_at(*place);
            Finding::error(
                line,
                format!(
                    "The title is about {title}, and the text about {text}, never about {title}; correct one of them."
                ),
            )
        })
        .collect()
}

pub fn near(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(own) = subject.advisory.head.number else { return Vec::new() };
    let mut times: BTreeMap<i64, (usize, u32)> = BTreeMap::new();
    for (place, number) in below_head(subject) {
        let entry = times.entry(number).or_insert((0, subject.flow.line_at(place)));
        entry.0 += 1;
    }
    // What the title names is meant.
    let title = &subject.advisory.head.title;
    let in_title = |number: i64| title.contains(&subject.style.called(number));
    let next_to = times.iter().filter(|(number, (times, _))| number.abs_diff(own) == 1 && *times == 1);
    let next_to = next_to.filter(|(number, _)| !in_title(**number));
    next_to
        .map(|(number, (_, line))| {
            let (says, is) = (subject.style.called(*number), subject.style.called(own));
            Finding::warning(*line, format!("{says} is named once in the text of {is}; see whether {is} is meant."))
        })
        .collect()
}
