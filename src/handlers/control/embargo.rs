//! Commands about the dates of a case: until when it is under embargo. Everybody who knows of the case is told each change,
//! with the old date, the new one, and why.

use anyhow::{Result, ensure};
use jiff::{Timestamp, ToSpan};

use super::{Did, Order, Refused, did};
use crate::desk::Desk;
use crate::handlers::advisories::members;
use crate::handlers::say;
use crate::handlers::say::embargo::{Changed, cleaned};
use crate::policy::letters::{shown, typeset};
use crate::rules::command::Embargo;
use crate::rules::dates::{self, Unclear};
use crate::rules::label::{CaseId, Labels, Text};
use crate::rules::life::{self, Event, Impossible, State};
use crate::rules::schedule::{self, Course, Move, Proposal};
use crate::store::cases::Case;
use crate::store::embargoes::{Insisted, NewChange, What};

/// A reason is a sentence or two; it is shown on one line.
pub(super) const REASON_CHARACTERS_MAX: usize = 1_000;
/// A date beyond is a slip; and near the end of the calendar nobody can count days.
const YEARS_MAX: i64 = 5;

/// What the dates of a case are to be, and why.
pub(super) struct Wished {
    pub what: What,
    pub to: Proposal,
    /// Or empty.
    pub reason: String,
}

impl Order<'_, '_, '_> {
    pub(super) fn embargo(&mut self, dates: &Embargo) -> Did {
        let case = self.current()?;
        let state = match next_state(&case, Event::Agree) {
            Err(refused) => return Ok(Err(refused)),
            Ok(state) => state,
        };
        let wished = match dates {
            Embargo::AsProposed => as_proposed(self.desk, &case),
            Embargo::Restart(reason) => restarted(self.desk, &case, reason),
            Embargo::Until(text) => until(self.desk, &case, text),
        };
        match wished {
            Err(refused) => Ok(Err(refused)),
            Ok(Wished { to, .. }) if case.agreed_at.is_some() && to == case.proposal => did(format!(
                "The dates of case {} are agreed already: {}. Nothing changed, and nobody was told anything.",
                self.case,
                in_words(self.desk, &case, to)
            )),
            Ok(wished) => match self.insisted(&case, dates, wished.to)? {
                Some(refused) => Ok(Err(refused)),
                None => self.agree_to(&case, state, &wished),
            },
        }
    }

    /// Nobody agrees unawares to dates that are later than one on which the discoverer insists.
    fn insisted(&self, case: &Case, dates: &Embargo, to: Proposal) -> Result<Option<Refused>> {
        let release = schedule::day_of(to.release_at);
        let insists = self.desk.rows.embargoes().insisted_on(case.number)?;
        let Some(insisted) = insists.filter(|one| matches!(dates, Embargo::AsProposed) && one.day < release) else {
            return Ok(None);
        };
        // What came encrypted is in no letter that may leave in clear.
        let (which, theirs) = match insisted {
            Insisted { sealed: true, .. } => ("an earlier date (“!status” shows it)".to_owned(), "DATE".to_owned()),
            Insisted { day, sealed: false } => {
                (format!("{}, which is earlier", day.strftime("%a %Y-%m-%d")), day.to_string())
            }
        };
        Ok(Some(Refused {
            why: format!("the discoverer insists on {which}; our date is {}.", shown(to.release_at)),
            remedy: format!(
                "“!embargo {theirs} WHY” takes their date; if they gave it up, write our date and why: “!embargo {release} \
                 WHY”."
            ),
        }))
    }

    /// Agrees to dates, tells everybody, and says what they leave of the rules.
    fn agree_to(&mut self, case: &Case, state: State, wished: &Wished) -> Did {
        let Wished { what, to, .. } = *wished;
        let warnings = self.minded(case, what, to)?;
        self.write_dates(case, state, wished)?;
        let changed = Changed {
            what,
            from: case.proposal,
            to,
            told_before: is_told_before(self.desk, case),
            members_have: case.state == State::Predisclosed && to.release_at != case.proposal.release_at,
            reason: &wished.reason,
            warnings: &warnings,
        };
        let (mail, by) = (self.mail, &self.by.person);
        let told =
            self.tell_who_know(|desk, reader| say::embargo::changed(desk, mail, case.number, &changed, by, reader))?;
        let members_have = self.members_have(case.number, to)?;
        let next = match () {
            () if members_have.is_some() => format!(
                "The members still have {}, and may publish then. They hear of the new date only when the next version of the \
                 advisory is approved: approve it before that.",
                members_have.map_or(String::new(), shown)
            ),
            () if !is_told_before(self.desk, case) => {
                format!("Next: the advisory and the fix, for {}.", shown(to.release_at))
            }
            () if to.predisclosure_at <= self.desk.now => {
                "Next: the advisory. The predisclosure list gets it as soon as it is approved.".to_owned()
            }
            () => format!("Next: the advisory; the predisclosure list is to get it by {}.", shown(to.predisclosure_at)),
        };
        let how = match what {
            What::Agreed => "are agreed",
            What::Restarted => "are counted anew from today",
            What::Changed | What::Ended => "are changed",
        };
        let words = format!("The dates of case {} {how}: {}. {told} {next}", self.case, in_words(self.desk, case, to));
        let mind = warnings.iter().map(|warning| typeset::wrapped(&format!("- {warning}"), 0));
        let mind =
            if warnings.is_empty() { Vec::new() } else { ["Mind:".to_owned()].into_iter().chain(mind).collect() };
        Ok(Ok((words, Text::new(Labels::case(self.case), mind.join("\n")))))
    }

    /// When the embargo ends by what members have of a case, if it is to end at another hour.
    fn members_have(&self, case: CaseId, to: Proposal) -> Result<Option<Timestamp>> {
        let sent = members::current(self.desk, Some(case))?;
        Ok(sent.iter().filter_map(|version| version.embargo_until).find(|until| *until != to.release_at))
    }

    /// The rows: dates, state, change, record.
    pub(super) fn write_dates(&self, case: &Case, state: State, wished: &Wished) -> Result<()> {
        let Wished { what, to, reason } = wished;
        let (rows, now, from) = (self.desk.rows, self.desk.now, case.proposal);
        let agreed_at = if *what == What::Ended { case.agreed_at } else { Some(case.agreed_at.unwrap_or(now)) };
        ensure!(
            rows.embargoes().set_dates(case.number, from, *to, agreed_at)?,
            "the dates of case {} moved",
            case.number
        );
        ensure!(rows.cases().go(case.number, case.state, state, now)?, "the state of case {} changed", case.number);
        rows.embargoes().add(&NewChange {
            case: case.number,
            what: *what,
            from,
            to: *to,
            reason,
            sealed: self.mail.incoming.sealed,
            person: self.by.person.id,
            inbox: self.mail.id,
            at: now,
        })?;
        let detail = format!(
            "{} -> {state}; predisclosure {} -> {}; publication {} -> {}",
            case.state, from.predisclosure_at, to.predisclosure_at, from.release_at, to.release_at
        );
        self.record(&format!("dates {}", what.as_str()), &detail)
    }

    /// What there is to mind about these dates: rules they leave, words of the discoverer.
    fn minded(&self, case: &Case, what: What, to: Proposal) -> Result<Vec<String>> {
        let (desk, policy) = (&self.desk, self.desk.policy);
        let changes = desk.rows.embargoes().changes(case.number)?;
        let restart = changes.iter().rposition(|change| change.what == What::Restarted);
        let counted_from = match restart.and_then(|at| changes.get(at)) {
            _ if what == What::Restarted => desk.now,
            Some(restart) => restart.at,
            None => case.received_at,
        };
        let since = changes.iter().skip(restart.map_or(0, |at| at + 1));
        let moves = since.filter(|change| change.what == What::Changed);
        let course = Course {
            counted_from,
            release_at: case.proposal.release_at,
            moves: moves.map(|change| Move { from: change.from.release_at, to: change.to.release_at }).collect(),
        };
        let judged = schedule::judge(&policy.profile.schedule, &policy.calendar, &course, to);
        let mut warnings: Vec<String> = judged.iter().map(schedule::Warning::to_string).collect();
        if let Some(Insisted { day, sealed }) = desk.rows.embargoes().insisted_on(case.number)?
            && day < schedule::day_of(to.release_at)
        {
            let day = match sealed {
                true => "a date that came encrypted (“!status” shows it)".to_owned(),
                false => day.strftime("%a %Y-%m-%d").to_string(),
            };
            warnings.push(format!(
                "The discoverer insists on {day}, which is earlier. An earlier date of theirs is always honoured: talk to them, \
                 or take their date."
            ));
        }
        Ok(warnings)
    }
}

/// The state that this leads to, or why it leads nowhere.
pub(super) fn next_state(case: &Case, event: Event) -> Result<State, Refused> {
    life::after(case.state, event).map_err(|Impossible { why, remedy }| Refused {
        why: format!("case {} {why}", case.number),
        remedy: remedy.to_owned(),
    })
}

fn as_proposed(desk: &Desk<'_>, case: &Case) -> Result<Wished, Refused> {
    if case.proposal.release_at <= desk.now {
        return Err(Refused {
            why: format!("the date of publication, {}, is past.", shown(case.proposal.release_at)),
            remedy: "choose a later one, with “!embargo DATE TEXT”; or say “!public” or “!exploited”, if that is so."
                .to_owned(),
        });
    }
    Ok(Wished { what: What::Agreed, to: case.proposal, reason: String::new() })
}

/// What was told to the predisclosure list is told.
fn restarted(desk: &Desk<'_>, case: &Case, reason: &str) -> Result<Wished, Refused> {
    let (profile, calendar) = (&desk.policy.profile, &desk.policy.calendar);
    if !profile.schedule.restart {
        return Err(Refused {
            why: format!("the rules of the {} do not count dates anew.", profile.project.name),
            remedy: "choose the date of publication yourself: “!embargo DATE TEXT”.".to_owned(),
        });
    }
    let anew = schedule::propose(&profile.schedule, calendar, desk.now);
    let told = case.state == State::Predisclosed;
    let predisclosure_at = if told { case.proposal.predisclosure_at } else { anew.predisclosure_at };
    let to = Proposal { predisclosure_at, ..anew };
    Ok(Wished { what: What::Restarted, to, reason: why(desk, reason)? })
}

/// The date that somebody typed, and why.
fn until(desk: &Desk<'_>, case: &Case, text: &str) -> Result<Wished, Refused> {
    let (schedule, now) = (&desk.policy.profile.schedule, desk.now);
    let usual = schedule.release_hour;
    let wanted = dates::read(text, schedule::day_of(now)).map_err(|unclear| Refused {
        why: lower(&unclear.why),
        remedy: instead(&unclear, &usual.strftime("%H:%M").to_string()),
    })?;
    let Some(release_at) = schedule::at_hour(wanted.day, wanted.hour.unwrap_or(usual)) else {
        return Err(Refused {
            why: format!("no clock goes as far as {}.", wanted.day),
            remedy: "choose an earlier date.".to_owned(),
        });
    };
    if wanted.day > schedule::day_of(now).saturating_add(YEARS_MAX.years()) {
        return Err(Refused {
            why: format!("{} is more than {YEARS_MAX} years from now.", wanted.day),
            remedy: "look at the year, and choose an earlier date.".to_owned(),
        });
    }
    if release_at <= now {
        return Err(Refused {
            why: format!("{} is past; now it is {}.", shown(release_at), shown(now)),
            remedy:
                "say “!public” if the problem is public, or “!exploited” if it is used in attacks; or choose a later \
                     date."
                    .to_owned(),
        });
    }
    let before = case.proposal.predisclosure_at;
    let predisclosure_at = match () {
        () if case.state == State::Predisclosed => before,
        () if schedule.predisclosure.is_none() => release_at,
        () if before > release_at => now,
        () => before,
    };
    let to = Proposal { predisclosure_at, release_at };
    let what = if to == case.proposal { What::Agreed } else { What::Changed };
    Ok(Wished { what, to, reason: why(desk, &wanted.reason)? })
}

/// A reason that can be told.
fn why(desk: &Desk<'_>, text: &str) -> Result<String, Refused> {
    let reason = cleaned(desk, text);
    match too_long(&reason) {
        Some(refused) => Err(refused),
        None if reason.is_empty() => Err(Refused {
            why: "no reason stands behind the date.".to_owned(),
            remedy: "write why, behind the date: everybody who knows of the case is told the reason.".to_owned(),
        }),
        None => Ok(reason),
    }
}

pub(super) fn too_long(text: &str) -> Option<Refused> {
    let count = text.chars().count();
    (count > REASON_CHARACTERS_MAX).then(|| Refused {
        why: format!("the text has {count} characters, and {REASON_CHARACTERS_MAX} are taken."),
        remedy: "say it in a sentence or two; write the rest in another mail.".to_owned(),
    })
}

/// What is to be written in place of what nobody can read.
fn instead(unclear: &Unclear, usual: &str) -> String {
    let meanings: Vec<String> = unclear.meanings.iter().map(|meaning| format!("“!embargo {meaning} TEXT”")).collect();
    match meanings.split_last() {
        None => format!(
            "write a day like 2026-12-15, and why behind it; between them an hour in UTC, like 14:00, if it is not to be \
             {usual}. If the problem is known already, say “!public” or “!exploited” instead."
        ),
        Some((only, [])) => format!("if that is what you mean, write {only}."),
        Some((last, others)) => format!("write what you mean: {} or {last}.", others.join(", ")),
    }
}

/// For a sentence that goes on.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether the predisclosure list is still to be told.
fn is_told_before(desk: &Desk<'_>, case: &Case) -> bool {
    case.state != State::Predisclosed && desk.policy.profile.schedule.predisclosure.is_some()
}

/// Both dates; the predisclosure only where there is one to come.
fn in_words(desk: &Desk<'_>, case: &Case, dates: Proposal) -> String {
    let release = format!("publication on {}", shown(dates.release_at));
    match () {
        () if !is_told_before(desk, case) => release,
        () if dates.predisclosure_at <= desk.now => {
            format!("predisclosure at once, as soon as the advisory is approved; {release}")
        }
        () => format!("predisclosure on {}, {release}", shown(dates.predisclosure_at)),
    }
}
