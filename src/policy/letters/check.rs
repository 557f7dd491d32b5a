//! Finds a broken letter when the program starts, not when somebody waits for it: syntax, unknown values, and what
//! each variant looks like with sample values. It reports and repairs nothing.

use std::collections::HashSet;

use minijinja::{Environment, ErrorKind};

use crate::policy::letters::files::TemplateSource;
use crate::policy::letters::{Letters, samples};
use crate::policy::problem::Problem;
use crate::rules::command::{is_moderation, is_ruling, read, verdict};
use crate::rules::nearest::nearest;

/// Words that answer a question of the program when they stand alone (DESIGN section 6), besides those of
/// `rules::command::verdict`: no letter may hold one.
const VERBS: [&str; 5] = ["approve", "reject", "discard", "ask", "confirm"];

/// Takes a template into the environment as two: its subject and its body.
pub fn add(environment: &mut Environment<'static>, source: &TemplateSource) -> Result<(), Problem> {
    let text = source.text.replace("\r\n", "\n");
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let Some(subject) = first.strip_prefix("Subject:").map(str::trim).filter(|subject| !subject.is_empty()) else {
        return Err(Problem::new(
            format!("{} line 1: this is not the subject", source.file),
            "Begin the file with “Subject: …”, then an empty line, then the letter.",
        ));
    };
    if !rest.starts_with('\n') {
        return Err(Problem::new(
            format!("{} line 2: this line is not empty", source.file),
            "Leave line 2 empty: it divides the subject from the letter.",
        ));
    }
    // One line above the rest, in place of the subject: lines of errors are then lines of the file.
    let body = format!("\n{rest}");
    environment
        .add_template_owned(source.name.subject_template(), subject.to_owned())
        .and_then(|()| environment.add_template_owned(source.name.as_str(), body))
        .map_err(|error| broken(source, &error))?;
    unknown_value(environment, source)
}

/// Renders every variant.
pub fn samples(letters: &Letters, source: &TemplateSource) -> Result<(), Problem> {
    let mut looked_at = HashSet::new(); // Variants share nearly all their lines.
    for values in samples::all(source.name) {
        let rendered = letters.render(source.name, &values).map_err(|error| failed(source, &error))?;
        for line in rendered.body.value().lines() {
            if !looked_at.contains(line) {
                command(source, line)?;
                looked_at.insert(line.to_owned());
            }
        }
    }
    Ok(())
}

/// A value that is never given, even in a branch that no sample takes.
fn unknown_value(environment: &Environment<'static>, source: &TemplateSource) -> Result<(), Problem> {
    let known = known(environment, source);
    let mut unknown: Vec<String> = Vec::new();
    for template in [source.name.subject_template(), source.name.as_str().to_owned()] {
        if let Ok(template) = environment.get_template(&template) {
            unknown.extend(template.undeclared_variables(false));
        }
    }
    unknown.retain(|name| !known.contains(name));
    unknown.sort();
    let Some(name) = unknown.first() else { return Ok(()) };
    let line = source.text.lines().position(|line| line.contains('{') && has_word(line, name)).map_or(1, |at| at + 1);
    let meant = nearest(name, known.iter().map(String::as_str));
    let ours: Vec<&str> = samples::names(source.name).collect();
    Err(Problem::new(
        format!(
            "{} line {line}: unknown value “{name}”{}",
            source.file,
            meant.map_or(String::new(), |near| format!("; did you mean “{near}”?"))
        ),
        format!("Correct the name; this letter has: {}.", ours.join(", ")),
    ))
}

fn known(environment: &Environment<'static>, source: &TemplateSource) -> Vec<String> {
    let globals = environment.globals().map(|(name, _)| name.to_owned());
    globals.chain(samples::names(source.name).map(str::to_owned)).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

fn broken(source: &TemplateSource, error: &minijinja::Error) -> Problem {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let place = format!("{} line {}", source.file, error.line().unwrap_or(1));
    match error.kind() {
        ErrorKind::UndefinedError => {
            Problem::new(format!("{place}: a value is used that is not there"), "Correct its name.")
        }
        _ => Problem::new(
            format!("{place}: the template is broken: {what}"),
            "Correct this line; https://docs.rs/minijinja/latest/minijinja/syntax/ shows how templates are written.",
        ),
    }
}

fn failed(source: &TemplateSource, error: &anyhow::Error) -> Problem {
    match error.downcast_ref::<minijinja::Error>() {
        Some(error) => broken(source, error),
        None => Problem::new(format!("{}: {error}", source.file), "Correct the letter."),
    }
}

/// The text of a letter comes back in quotes and bounces: no line of it may act.
fn command(source: &TemplateSource, line: &str) -> Result<(), Problem> {
    let word = line.trim().trim_end_matches(['.', ':']).to_lowercase();
    let answers = matches!(verdict(line), Some(Ok(_))) || is_ruling(line, &[]) || is_moderation(line);
    if read(line).is_some() || answers || VERBS.contains(&word.as_str()) {
        return Err(Problem::new(
            format!("{}: the line “{}” would be read as a command", source.file, line.trim()),
            "Write it as part of a sentence.",
        ));
    }
    Ok(())
}
