//! Test letters to members, and their answers: whether somebody reads the address, long before it matters.

use anyhow::{Context, Result, ensure};

use super::keep;
use crate::desk::Desk;
use crate::handlers::applications::membership::{BY_TOKEN, confirms};
use crate::handlers::{Mail, questions, say};
use crate::mail::own::own_text;
use crate::store::list_tokens::ListToken;
use crate::store::members::{Drill, State};

/// The word that answers.
const RECEIVED: &str = "received";

/// Writes a test letter that an operator asked for.
pub fn send(desk: &mut Desk<'_>, drill: &Drill) -> Result<()> {
    let sent = desk.rows.members().drill_sent(drill.id, desk.now)?;
    ensure!(sent, "test letter {} was written before", drill.id);
    let member = desk.rows.members().get(drill.member)?;
    let object = format!("drill {}", drill.id);
    if member.state != State::Active {
        return desk.record("desk", "none", "drop drill", &object, &format!("member {} is not active", member.id));
    }
    let letter = say::members::drill(desk, drill, &member)?;
    desk.send(&letter, None)?;
    desk.record("desk", "none", "drill", &object, &format!("member {}", member.id))
}

/// Whoever knows the token has read the letter: they need no other proof that it came.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<()> {
    let drill = desk.rows.members().get_drill(token.object)?.context("A reply address of no test letter")?;
    let object = format!("drill {}", drill.id);
    if mail.incoming.machine.is_some() {
        return keep(desk, mail, &object, "a machine's answer");
    }
    let member = desk.rows.members().get(drill.member)?;
    let author = mail.incoming.author.as_ref().map_or(String::new(), |author| author.address.to_string());
    let own = own_text(mail.readable);
    let unclear = !confirms(&own, RECEIVED);
    let says_more = unclear && !own.text.trim().is_empty();
    if says_more {
        keep(desk, mail, &object, "an unclear answer, passed on as a question")?;
        questions::pass_on(desk, mail, &member, false)?;
    } else if unclear {
        keep(desk, mail, &object, "an empty answer")?;
    } else if desk.rows.members().drill_answered(drill.id, &author, desk.now)? {
        desk.record(&author, BY_TOKEN, "answer drill", &object, &format!("mail {}", mail.id))?;
    } else {
        keep(desk, mail, &object, "it is answered already")?;
    }
    let Some(author) = &mail.incoming.author else { return Ok(()) };
    if desk.may_answer(mail.incoming, &author.address)?.is_ok() {
        let letter = say::members::drill_answered(desk, mail.incoming, &member, unclear, says_more)?;
        desk.answer(&letter, None, mail.incoming)?;
    }
    Ok(())
}
