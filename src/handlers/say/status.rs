//! What the desk knows of a case, line by line, for the team. No line of it can act as a command when it comes back
//! in a quote: what people wrote stands behind a mark.

use anyhow::{Context, Result};

use super::dates;
use crate::desk::Desk;
use crate::policy::letters::{shown, typeset};
use crate::rules::command::Role;
use crate::rules::label::{CaseId, Label, Labels, Text};
use crate::store::cases::Participant;
use crate::store::participants::State;

/// The latest notes that are shown; “embargod case show” has all.
const NOTES_MAX: usize = 20;
/// Anybody can write names of lists into a mail.
const FLAGS_MAX: usize = 10;
/// Stands before each line of a note.
pub(super) const MARK: &str = "  | ";
/// A name or title stands on one line.
const LINE_CHARACTERS_MAX: usize = 300;

/// It carries the labels of all that it shows.
pub fn status(desk: &Desk<'_>, number: CaseId) -> Result<Text> {
    let case = desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))?;
    let mut labels = Labels::case(number);
    labels.join(&Labels::of(Label::Team));
    labels.join(case.title.labels());
    let state = match (case.spam, case.duplicate_of) {
        (true, _) => "closed as spam".to_owned(),
        (false, Some(other)) => format!("{} of case {other}", case.state),
        (false, None) if !case.component.is_empty() => format!("{} on to {}", case.state, line(&case.component)),
        (false, None) => case.state.to_string(),
    };
    let owner = case.owner.as_ref().map_or_else(|| "nobody yet".to_owned(), |owner| owner.mailbox().to_string());
    let mut lines = vec![
        format!("title:         {}", line(case.title.value())),
        format!("state:         {state}"),
        format!("owner:         {}", line(&owner)),
        format!("received:      {}", shown(case.received_at)),
    ];
    lines.extend(dates::now(desk, &case));
    lines.push(format!("mails:         {}", desk.rows.cases().mail_count(number)?));
    let facts = super::facts::facts(desk, number)?;
    labels.join(facts.labels());
    lines.extend(facts.value().iter().cloned());
    let drafts = super::advisories::status(desk, number)?;
    if !drafts.is_empty() {
        lines.extend([String::new(), "Advisories:".to_owned()]);
        lines.extend(drafts);
    }
    lines.extend(dates::history(desk, &case, &mut labels)?);
    lines.extend(super::steps::lines(desk, number, &mut labels)?);
    let participants = desk.rows.cases().participants(number)?;
    let mut people = Vec::new();
    for one in &participants {
        let role = if one.role == "reporter" { "discoverer" } else { &one.role };
        let state = if one.state == "active" { String::new() } else { format!(", {}", one.state) };
        let who = line(&one.person.mailbox().to_string());
        let heard = heard(desk, number, one)?;
        people.push(format!("{who}: {role}{state}, since {}{heard}", shown(one.since)));
    }
    listed(&mut lines, "Who takes part, beside the team:", people.into_iter());
    let flags = desk.rows.cases().flags(number)?;
    let lists = flags.iter().map(|flag| {
        let kind = if flag.public { "the PUBLIC list" } else { "a list we do not know," };
        format!("{kind} {}: named in {} of mail {}", line(&flag.list), flag.header, flag.inbox)
    });
    let more = flags.len().saturating_sub(FLAGS_MAX);
    let more = (more > 0).then(|| format!("and {more} more; “embargod case show {number}” has all"));
    listed(&mut lines, "Lists that mail of the case was seen on:", lists.take(FLAGS_MAX).chain(more));
    let notes = desk.rows.notes().of(number)?;
    let earlier = notes.len().saturating_sub(NOTES_MAX);
    if earlier > 0 {
        lines.push(String::new());
        lines.push(format!("{earlier} earlier notes are not shown here; “embargod case show {number}” has all."));
    }
    for note in notes.iter().skip(earlier) {
        labels.join(&Labels::of(Label::Case { case: number, sealed: note.sealed }));
        lines.push(String::new());
        lines.push(format!("Note of {}, {}:", line(&note.by), shown(note.at)));
        lines.extend(note.text.lines().map(|text| format!("{MARK}{text}")));
    }
    Ok(Text::new(labels, lines.join("\n")))
}

/// What they were sent, and whether it arrived.
fn heard(desk: &Desk<'_>, case: CaseId, one: &Participant) -> Result<String> {
    let Some(known) = desk.rows.participants().get(case, one.person.id)?.filter(|one| one.state == State::Active)
    else {
        return Ok(String::new());
    };
    Ok(match (known.unwritten, known.role, known.sent_at, known.receipt_at) {
        (true, ..) => ", NOT written to yet".to_owned(),
        (false, Role::Reporter, ..) | (false, _, None, _) => String::new(),
        (false, _, Some(_), Some(receipt)) => format!(", receipt {}", shown(receipt)),
        (false, _, Some(sent), None) => format!(", no receipt of what was sent {}", shown(sent)),
    })
}

pub(super) fn line(text: &str) -> String {
    typeset::one_line(text, LINE_CHARACTERS_MAX)
}

fn listed(lines: &mut Vec<String>, heading: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        lines.push(String::new());
        lines.push(heading.to_owned());
        lines.extend(items.map(|item| format!("- {item}")));
    }
}
