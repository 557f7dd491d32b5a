//! The answer of somebody who was asked to agree to the embargo of a case. Until they said yes, proven at their own
//! reply address, no letter to them holds anything of the case.

use anyhow::Result;

use super::{Mail, evidence, participants, say};
use crate::desk::Desk;
use crate::mail::own::own_text;
use crate::mail::secret::Purpose;
use crate::policy::letters::answered;
use crate::rules::authority::Unproven;
use crate::rules::command::{Verdict, verdict};
use crate::rules::label::CaseId;
use crate::store::participants::{Participant, State};
use crate::store::people::Person;
use crate::store::tokens::Token;

/// So often somebody is asked, when nobody can tell whether they said yes or no.
pub const ASKS_MAX: u32 = 3;

/// What came of an answer, for the team.
pub struct Answer {
    /// One of `policy::letters::answered`.
    pub what: &'static str,
    pub sent: say::people::Sent,
}

/// Handles a mail at the reply address of somebody who was asked. Gives the reason for `inbox list`.
pub fn handle(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &Token) -> Result<String> {
    let case = token.case;
    let asked = desk.rows.participants().get(case, token.person)?;
    let Some(asked) = asked.filter(|asked| asked.state == State::Asked) else {
        return Ok(format!("nobody waits for this answer in case {case}"));
    };
    let (what, sent) = match said(mail, &asked.person) {
        Said::Nothing(what) => (what, Default::default()),
        Said::Unproven(why) => {
            refuse(desk, mail, case, &asked.person, why)?;
            (answered::UNPROVEN, Default::default())
        }
        Said::Unclear => (ask_again(desk, mail, case, &asked)?, Default::default()),
        Said::Clear(Verdict::Yes) => (answered::AGREED, agree(desk, mail, case, &asked)?),
        Said::Clear(Verdict::No) => {
            decline(desk, mail, case, &asked.person)?;
            (answered::DECLINED, Default::default())
        }
    };
    let answer = Answer { what, sent };
    for member in desk.rows.people().team()? {
        let mut letter = say::people::answer(desk, mail, case, &asked, &answer, &member.person)?;
        say::answered_in_case(desk, &mut letter, case, &member.person)?;
        desk.send(&letter, Some(case))?;
    }
    Ok(format!("an answer whether somebody agrees to the embargo of case {case}: {what}"))
}

/// What somebody said.
enum Said {
    Clear(Verdict),
    Unclear,
    Unproven(Unproven),
    /// It is no answer of a person.
    Nothing(&'static str),
}

fn said(mail: &Mail<'_>, asked: &Person) -> Said {
    let incoming = mail.incoming;
    if incoming.machine.is_some() {
        return Said::Nothing(answered::BY_MACHINE);
    }
    match incoming.evidence.aligned() {
        None => return Said::Unproven(Unproven::NotVouched),
        Some(aligned) if *aligned != asked.address => return Said::Unproven(Unproven::SomebodyElse),
        Some(_) => {}
    }
    let own = own_text(mail.readable);
    let clear = own.unclear.is_none().then(|| verdict(&own.text)).flatten().and_then(Result::ok);
    clear.map_or(Said::Unclear, Said::Clear)
}

/// They take part from now on, and get what others have written so far.
fn agree(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, asked: &Participant) -> Result<say::people::Sent> {
    let person = &asked.person;
    desk.rows.participants().agree(case, person.id, desk.now)?;
    // Only this one: if they joined the team meanwhile, they have others in the case.
    desk.rows.tokens().void_one(person.id, case, Purpose::Agree, desk.now)?;
    let said = format!("mail {}", mail.id);
    desk.record(person.address.as_str(), evidence(mail.incoming), "agree", &format!("case {case}"), &said)?;
    participants::welcome(desk, case, person, asked.role, say::people::Why::Agreed)
}

fn decline(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, person: &Person) -> Result<()> {
    participants::leave(desk, case, person)?;
    let said = format!("mail {}", mail.id);
    desk.record(person.address.as_str(), evidence(mail.incoming), "decline", &format!("case {case}"), &said)?;
    let letter = say::people::declined(desk, person, mail.incoming)?;
    desk.answer(&letter, Some(case), mail.incoming)?;
    Ok(())
}

fn ask_again(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, asked: &Participant) -> Result<&'static str> {
    if !desk.rows.participants().ask_again(case, asked.person.id, ASKS_MAX)? {
        return Ok(answered::UNCLEAR_TO_THE_END);
    }
    let letter = say::people::question(desk, case, &asked.person, None, Some(mail.incoming))?;
    desk.send(&letter, Some(case))?;
    Ok(answered::UNCLEAR)
}

/// Whose reply address it is hears why it did not count.
fn refuse(desk: &mut Desk<'_>, mail: &Mail<'_>, case: CaseId, asked: &Person, why: Unproven) -> Result<()> {
    let detail = format!("by a reply address of {}: {why}", asked.address);
    desk.record("unproven", evidence(mail.incoming), "refuse agreement", &format!("case {case}"), &detail)?;
    if desk.may_answer(mail.incoming, &asked.address)?.is_ok() {
        let letter = say::people::not_counted(desk, asked, mail.incoming, why)?;
        desk.answer(&letter, Some(case), mail.incoming)?;
    }
    Ok(())
}
