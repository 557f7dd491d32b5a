//! A case comes to another state, and perhaps to its end: then nobody waits any more for those who were asked to take part
//! in it and did not answer.

use anyhow::{Context, Result, ensure};

use super::participants;
use crate::desk::Desk;
use crate::mail::address::Address;
use crate::rules::label::CaseId;
use crate::rules::life::{Event, State, after};
use crate::store::cases::Case;
use crate::store::participants::State as Standing;
use crate::store::people::Person;

/// Puts a case into the state that follows, and that into the record, in the name of `actor`: who, and on what evidence. Gives
/// whose answers are not waited for any more; `but`: theirs is.
pub fn go(desk: &Desk<'_>, actor: (&str, &str), case: &Case, to: State, but: Option<&Address>) -> Result<Vec<Person>> {
    let went = desk.rows.cases().go(case.number, case.state, to, desk.now)?;
    ensure!(went, "case {} is not in the state {} any more", case.number, case.state);
    if case.state != to {
        let detail = format!("from {} to {to}", case.state);
        desk.record(actor.0, actor.1, "state", &format!("case {}", case.number), &detail)?;
    }
    if to.is_over() { ask_no_more(desk, actor, case.number, but) } else { Ok(Vec::new()) }
}

/// It is no report at all, if it is not past triage.
pub fn discard(desk: &Desk<'_>, actor: (&str, &str), case: CaseId) -> Result<()> {
    let case = desk.rows.cases().get(case)?.with_context(|| format!("case {case} is gone"))?;
    if let Ok(to) = after(case.state, Event::Spam) {
        go(desk, actor, &case, to, None)?;
        desk.rows.cases().note_spam(case.number)?;
    }
    Ok(())
}

/// Their reply addresses are void, and nobody reminds anybody of them.
fn ask_no_more(desk: &Desk<'_>, actor: (&str, &str), case: CaseId, but: Option<&Address>) -> Result<Vec<Person>> {
    let mut asked = Vec::new();
    for one in desk.rows.participants().of(case)? {
        if one.state != Standing::Asked || but == Some(&one.person.address) {
            continue;
        }
        participants::leave(desk, case, &one.person)?;
        let detail = format!("{} was asked, and did not answer", one.person.address);
        desk.record(actor.0, actor.1, "ask no more", &format!("case {case}"), &detail)?;
        asked.push(one.person);
    }
    Ok(asked)
}
