//! The commands that draft an advisory, and say what members may deploy.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::advisory::facts::Deployment;
use crate::advisory::finding::{Finding, Severity};
use crate::advisory::style::Style;
use crate::handlers::advisories::drafting::Wrong;
use crate::handlers::advisories::writing::Source;
use crate::handlers::advisories::{drafting, standing, style};
use crate::handlers::control::{Did, Order, Refused, did, refuse};
use crate::handlers::say;
use crate::mail::opened::SignedForm;
use crate::rules::authority::Proof;
use crate::rules::command::Deploy;
use crate::rules::drafted::{self, Brought, TEXT_BYTES_MAX};
use crate::rules::label::Text;
use crate::rules::patches::{self, Sort};
use crate::store::advisories::Version;

/// Errors that one letter lists.
const ERRORS_MAX: usize = 30;
/// What members may deploy is a paragraph.
const PERMISSION_CHARACTERS_MAX: usize = 2_000;

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn draft(&mut self, number: Option<i64>, updates: &str) -> Did {
        let case = match self.learning()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(case) => case,
        };
        let style = style(self.desk);
        let text = match self.brought(&style)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(text) => text,
        };
        let number = match self.meant(number, text.as_deref(), &style)? {
            Err(refused) => return Ok(Err(refused)),
            Ok(number) => number,
        };
        let kept = match self.patches_beside()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(kept) => kept,
        };
        let before = self.desk.rows.advisories().of_number(number)?.pop();
        // The same text once more is its author's still, and whoever asks for it has a hand in it.
        let mut hands = BTreeSet::new();
        if let (None, Some(before)) = (&text, &before) {
            hands = self.desk.rows.advisories().hands(before.id)?;
            hands.insert(self.by.person.id);
        }
        let source = match self.source(text, updates, before.as_ref()) {
            Err(refused) => return Ok(Err(refused)),
            Ok(source) => source,
        };
        let called = self.desk.policy.profile.advisory.called(number);
        let (id, written) = match drafting::draft(self.desk, &case, number, &source)? {
            Err(found) => return Ok(Err(wrong(&called, &found, self.mail.incoming.sealed))),
            Ok(drafted) => drafted,
        };
        self.desk.rows.advisories().changed_by(id, &hands)?;
        let drafted = self.desk.rows.advisories().get(id)?;
        self.record("draft advisory", &format!("{called} version {}, {}", written.version, drafted.digest))?;
        let leaves = say::advisories::still_leaving(self.desk, &case, &drafted)?;
        let leaves = leaves.map_or(String::new(), |words| format!(" {words}"));
        let warnings = match written.findings.len() {
            0 => String::new(),
            1 => ", with one warning".to_owned(),
            count => format!(", with {count} warnings"),
        };
        did(format!(
            "{kept}Version {} of {called} is drafted{warnings}. Everybody in the team, you too, gets a letter with the texts as \
             they would leave, and with the digest to approve.{leaves}",
            written.version
        ))
    }

    /// The text in the mail, of whoever is proven to ask; `None`: there is none in it.
    fn brought(&self, style: &Style) -> Result<Result<Option<String>, Refused>> {
        let because = |why: &str, remedy: String| Ok(Err(Refused { why: why.to_owned(), remedy }));
        if self.mail.truncated.is_some() {
            return because(
                "your mail is too large, and we took only its beginning.",
                "send the patches in other mails, with “!patch”.".to_owned(),
            );
        }
        let heads = |line: &str| style.knows(line.trim_end()) && !line.trim().is_empty();
        let brought = match (self.by.proof, &self.mail.opened.signed) {
            (Proof::Signed, Some(signed)) if signed.form == SignedForm::Text => {
                drafted::in_text(&String::from_utf8_lossy(&signed.bytes), self.is_last)
            }
            (Proof::Signed, Some(signed)) => drafted::in_entity(&signed.bytes, self.is_last, heads),
            (Proof::Signed, None) => Brought::Nothing, // Not reached: there is a signature.
            (Proof::Aligned, _) => drafted::in_entity(self.mail.readable, self.is_last, heads),
        };
        match brought {
            Brought::Text(text) => Ok(Ok(Some(text))),
            Brought::Nothing => Ok(Ok(None)),
            Brought::BelowAnother => because(
                "text stands below the commands, and “!advisory” is not the last of them.",
                "make it the last, right above the text; or attach the text as a file (advisory.txt).".to_owned(),
            ),
            Brought::Several(names) => because(
                &format!("several attached files may be its text: {}.", names.join(", ")),
                "attach one text, and the patches under names that end in “.patch”.".to_owned(),
            ),
            Brought::TooLong => because(
                &format!("its text is longer than {} KiB.", TEXT_BYTES_MAX >> 10),
                "leave in it what readers need, and attach the rest as patches.".to_owned(),
            ),
        }
    }

    /// Which advisory of the case is meant: by its number, by its text, or because it is the only one.
    fn meant(&self, said: Option<i64>, text: Option<&str>, style: &Style) -> Result<Result<i64, Refused>> {
        let all = self.desk.rows.facts().advisories(self.case)?;
        let profile = &self.desk.policy.profile.advisory;
        let in_text = text.and_then(|text| crate::advisory::text::parse(text, style).0.head.number);
        let listed = profile.all_called(&all);
        Ok(match (said.or(in_text.filter(|number| all.contains(number))), all.as_slice()) {
            (_, []) => Err(Refused {
                why: format!("case {} has no number of an advisory yet.", self.case),
                remedy: "give it one with “!assign”, in the line above.".to_owned(),
            }),
            (Some(number), all) if all.contains(&number) => Ok(number),
            (Some(number), _) => Err(Refused {
                why: format!("case {} has no {}; it has {listed}.", self.case, profile.called(number)),
                remedy: "correct the number of the advisory.".to_owned(),
            }),
            (None, [only]) => Ok(*only),
            (None, _) => Err(Refused {
                why: format!("case {} has several advisories ({listed}), and it is not said which this is.", self.case),
                remedy: "write its number behind “!advisory”.".to_owned(),
            }),
        })
    }

    /// Keeps the patches that came along, unless a command of their own does; a sentence, and a blank.
    fn patches_beside(&mut self) -> Result<Result<String, Refused>> {
        let attached = match (self.by.proof, &self.mail.opened.signed) {
            (Proof::Signed, Some(signed)) if signed.form == SignedForm::Entity => patches::files(&signed.bytes),
            (Proof::Signed, _) => Vec::new(),
            (Proof::Aligned, _) => patches::files(self.mail.readable),
        };
        // What is called a text is that of the advisory.
        let is_text = |file: &patches::File| file.sort == Sort::Other && file.called.to_lowercase().ends_with(".txt");
        let files: Vec<patches::File> = attached.into_iter().filter(|file| !is_text(file)).collect();
        if self.brings_patches || files.iter().all(|file| file.sort == Sort::Other) {
            return Ok(Ok(String::new()));
        }
        let last = std::mem::replace(&mut self.is_last, false); // What is next is not said in the midst.
        let kept = self.keep_files(files, &[])?;
        self.is_last = last;
        Ok(kept.map(|(words, _)| format!("{words} ")))
    }

    fn source(&self, text: Option<String>, updates: &str, before: Option<&Version>) -> Result<Source, Refused> {
        let (text, author, sealed) = match (text, before) {
            (Some(text), _) => (text, self.by.person.id, false),
            (None, Some(before)) => (before.source.clone(), before.author, before.sealed),
            (None, None) => {
                return Err(Refused {
                    why: "there is no text of it in your mail.".to_owned(),
                    remedy: "put the text right below “!advisory”, or attach it as a file (advisory.txt).".to_owned(),
                });
            }
        };
        let signed_off = drafted::signed_off(&text)
            .map(|line| Finding::warning(line, "What stands from here on looks like the signature of a mail (“-- ”)."));
        Ok(Source {
            text,
            updates: updates.to_owned(),
            author,
            inbox: Some(self.mail.id),
            sealed: sealed || self.mail.incoming.sealed,
            odd: signed_off.into_iter().collect(),
        })
    }

    pub(in crate::handlers::control) fn deploy(&mut self, said: &Deploy) -> Did {
        let case = match self.learning()? {
            Err(refused) => return Ok(Err(refused)),
            Ok(case) => case,
        };
        if standing::embargo(&case).is_none() {
            return refuse(
                "the case has no embargo any more, and everybody may deploy what they like.",
                "leave the line out; what was permitted during the embargo stays in the text.",
            );
        }
        let said = match said {
            Deploy::Usual(name) => Deployment::Usual(name.clone()),
            Deploy::Words(words) => Deployment::Words(words.trim().to_owned()),
        };
        if let Deployment::Words(words) = &said
            && words.chars().count() > PERMISSION_CHARACTERS_MAX
        {
            return refuse(
                format!("its text is longer than {PERMISSION_CHARACTERS_MAX} characters."),
                "write it shorter; what explains it belongs into the advisory.",
            );
        }
        let style = style(self.desk);
        let Some(words) = style.permission(&said) else {
            let known: Vec<&str> = style.deployments.iter().map(|(name, _)| name.as_str()).collect();
            return refuse(
                "the profile of this project has no words for that.",
                match known.is_empty() {
                    true => "write it in yours: “!deploy text” and the text.".to_owned(),
                    false => format!("write one of {}; or “!deploy text” and words of your own.", known.join(", ")),
                },
            );
        };
        let (before, _) = self.desk.rows.advisories().deployment(self.case)?;
        if before == said {
            return did(format!("That is what was said already.{}", self.next()?));
        }
        self.desk.rows.advisories().allow(self.case, &said, &self.said())?;
        self.record("permit deployment", &format!("mail {}", self.mail.id))?;
        let shows: Vec<String> = words.lines().map(|line| format!("  | {line}")).collect();
        let how = match &said {
            Deployment::Usual(name) => format!("The advisory has the usual words for “{name}”"),
            _ => "The advisory has your words".to_owned(),
        };
        let words = format!("{how} on what members may deploy before the embargo ends.{}", self.next()?);
        let labels = say::labels_of(self.case, self.mail.incoming);
        Ok(Ok((words, Text::new(labels, shows.join("\n")))))
    }
}

/// What has to be corrected before anything is drafted. What came encrypted is quoted in no answer to a mail in clear.
fn wrong(called: &str, found: &Wrong, is_sealed: bool) -> Refused {
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors: Vec<&Finding> = found.findings.iter().filter(is_error).collect();
    let count = match errors.len() {
        1 => "one thing".to_owned(),
        count => format!("{count} things"),
    };
    if found.sealed && !is_sealed {
        return unquoted(called, &count, &errors);
    }
    let mut why = format!("{count} in the text of {called} must be corrected first:");
    for error in errors.iter().take(ERRORS_MAX) {
        why.push('\n');
        why.push_str(&say::advisories::found(error));
    }
    let more = errors.len().saturating_sub(ERRORS_MAX);
    if more > 0 {
        why.push_str(&format!("\nand {more} more"));
    }
    Refused { why, remedy: "correct that, and send all of the text once more, with “!advisory”.".to_owned() }
}

/// The same, for an answer in clear.
fn unquoted(called: &str, count: &str, errors: &[&Finding]) -> Refused {
    let lines: BTreeSet<u32> = errors.iter().map(|error| error.line).filter(|line| *line > 0).collect();
    let lines: Vec<String> = lines.into_iter().take(ERRORS_MAX).map(|line| line.to_string()).collect();
    let at = match lines.as_slice() {
        [] => "no single line is wrong".to_owned(),
        [only] => format!("look at line {only}"),
        several => format!("look at lines {}", several.join(", ")),
    };
    Refused {
        why: format!(
            "{count} in the text of {called} must be corrected first: {at} in the mail that brought it. That mail came \
             encrypted and yours did not, so that this answer quotes nothing of it."
        ),
        remedy: "send all of the text once more, corrected, with “!advisory”, in an encrypted mail: the answer to that says \
                 what is wrong."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_encrypted_is_quoted_in_no_answer_to_a_mail_in_clear() {
        let findings =
            vec![Finding::error(8, "“THE SECRET” is misspelt."), Finding::error(12, "Too long: the secret.")];
        for (sealed, answered_sealed) in [(false, false), (false, true), (true, true), (true, false)] {
            let refused = wrong("XSA-480", &Wrong { findings: findings.clone(), sealed }, answered_sealed);
            let said = format!("{} {}", refused.why, refused.remedy);
            assert_eq!(said.to_lowercase().contains("secret"), !sealed || answered_sealed, "{said}");
            assert!(said.contains("8") && said.contains("12") && said.contains("2 things"), "{said}");
        }
    }
}
