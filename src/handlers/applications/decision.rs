//! What the team says of an application: read from what one of them typed, proven, carried out all or none, and answered.
//! What is refused changes nothing, and is told to the person whose name was used.

use anyhow::{Context, Result};

use super::membership;
use super::ruling::{self, Outcome, Refused};
use crate::desk::{Asking, Desk, Proven};
use crate::handlers::{Mail, asked, control, evidence, say};
use crate::mail::mailroom::Role;
use crate::mail::own::{OwnText, signed_text};
use crate::mail::secret::Purpose;
use crate::rules::authority::{Act, Unproven};
use crate::rules::command::{self, Misread, Rulings};
use crate::store::applications::{Application, ApplicationId, ApplicationToken, Entry, Standing};
use crate::store::people::Person;

/// What a team's mail in the thread of an application was taken for.
const KIND: &str = "decision";
/// The same of a letter of ours that came back by the list.
const OWN: &str = "own letter";

/// An application that the first line of a signed mail names: “application 7”.
pub struct Named {
    pub number: ApplicationId,
    pub signer: Person,
    pub exists: bool,
}

/// The application that a signed mail of the team names, wherever it came.
pub fn named_application(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<Named>> {
    let Some(signed) = &mail.opened.signed else { return Ok(None) };
    let Some(number) = command::named_application(&signed_text(signed).text) else { return Ok(None) };
    let Some(signer) = desk.signer(signed)? else { return Ok(None) };
    let number = ApplicationId(number);
    Ok(Some(Named { number, signer, exists: desk.rows.applications().get(number)?.is_some() }))
}

/// Handles an answer at a reply address about an application.
pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, about: &ApplicationToken) -> Result<String> {
    match about.purpose {
        Purpose::Confirm => membership::answered(desk, mail, about)?,
        _ => heed(desk, mail, about.application, Some(about.person))?,
    }
    Ok(format!("an answer about application {}", about.application))
}

/// Handles a mail that names an application in signed text.
pub fn named(desk: &mut Desk<'_>, mail: &Mail<'_>, named: &Named) -> Result<String> {
    if !named.exists {
        let letter = say::decisions::no_such_application(desk, mail.incoming, named)?;
        desk.send(&letter, None)?;
        let detail = format!("mail {}: there is no such application", mail.id);
        desk.record("unproven", "none", "refuse ruling", &format!("application {}", named.number), &detail)?;
    } else {
        if mail.incoming.role == Some(Role::Applications) {
            keep_in_thread(desk, mail, named.number)?;
        }
        heed(desk, mail, named.number, None)?;
    }
    Ok(format!("signed for application {}", named.number))
}

/// What somebody of the team posted to the list is part of the public thread.
fn keep_in_thread(desk: &Desk<'_>, mail: &Mail<'_>, id: ApplicationId) -> Result<()> {
    let author = mail.incoming.author.as_ref().map(|author| author.address.to_string()).unwrap_or_default();
    let entry = Entry { inbox: mail.id, author, standing: Standing::Team, kind: KIND.to_owned() };
    desk.rows.applications().add_mail(id, &entry)?;
    match &mail.incoming.message_id {
        Some(identifier) => desk.rows.applications().add_to_thread(id, identifier),
        None => Ok(()),
    }
}

/// A letter of ours that the list brings back has no effect, and is part of the public thread.
pub fn keep_own(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<()> {
    let Some(identifier) = mail.incoming.message_id.as_ref() else { return Ok(()) };
    if mail.incoming.role != Some(Role::Applications) || mail.predates {
        return Ok(());
    }
    let Some(id) = desk.rows.applications().of_thread([identifier])? else { return Ok(()) };
    let author = desk.house.security.to_string();
    desk.rows.applications().add_mail(id, &Entry { inbox: mail.id, author, standing: Standing::Team, kind: OWN.into() })
}

/// What somebody said, or that nobody can tell what.
type Read = Result<Rulings, Misread>;

/// Does what the team says. A signature that was answered is used, whatever the answer.
fn heed(desk: &mut Desk<'_>, mail: &Mail<'_>, id: ApplicationId, holder: Option<i64>) -> Result<()> {
    let application = desk.rows.applications().get(id)?.context("A reply address about no application")?;
    let items: Vec<&str> = ruling::items(desk.policy).iter().map(|item| item.id.as_str()).collect();
    let (read, asking) = asked::asking(mail, holder, |own| heard(own, &items));
    let names_it = asking.signed.and_then(|signed| command::named_application(&signed_text(signed).text)) == Some(id.0);
    let asking = Asking { names_it, ..asking };
    let read = read.unwrap_or_else(|| Err(command::no_ruling()));
    // What is not understood must come from somebody in the team all the same: nobody else is told what would be.
    let act = if read.is_ok() { Act::Member } else { Act::Look };
    let by = match desk.prove(act, &asking)? {
        Ok(by) => by,
        Err(why) => return unproven(desk, mail, &application, &asking, &read, why),
    };
    desk.acted_on(&asking, &by)?;
    let outcome = desk.all_or_nothing(|desk| match &read {
        Err(misread) => Ok(Err(Outcome::Refused(Refused::misread(misread)))),
        Ok(rulings) => ruling::carry_out(desk, mail, &application, &by, rulings),
    })?;
    tell(desk, mail, id, &by, &outcome)
}

/// What is said at the top of a text. Where nobody can tell whether its author typed it, they are asked.
fn heard(own: &OwnText, items: &[&str]) -> Option<Read> {
    match own.unclear.filter(|_| !own.doubtful.is_empty()) {
        Some(why) => Some(Err(Misread {
            line: own.doubtful.clone(),
            problem: why.to_string(),
            expected: "- the same at the top of your mail, above all that you quote,\n  and an empty line under it"
                .to_owned(),
        })),
        None => command::rulings(&own.text, items),
    }
}

fn tell(desk: &mut Desk<'_>, mail: &Mail<'_>, id: ApplicationId, by: &Proven, outcome: &Outcome) -> Result<()> {
    let application = desk.rows.applications().get(id)?.context("An application is gone")?;
    let (actor, proof, object) = (by.person.address.as_str(), by.proof.as_str(), format!("application {id}"));
    match outcome {
        Outcome::Done(done) => ruling::announce(desk, mail, &application, by, done),
        Outcome::Late(late) => {
            desk.record(actor, proof, "ruling too late", &object, &format!("mail {}", mail.id))?;
            let letter = say::decisions::late(desk, mail.incoming, &application, &by.person, late)?;
            desk.send(&letter, None).map(drop)
        }
        Outcome::Refused(why) => {
            desk.record(actor, proof, "refuse ruling", &object, &format!("mail {}: {}", mail.id, why.why))?;
            let letter = say::decisions::not_done(desk, mail.incoming, &application, &by.person, why)?;
            desk.send(&letter, None).map(drop)
        }
    }
}

/// Whose name was used hears of it; nobody else does.
fn unproven(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    application: &Application,
    asking: &Asking<'_>,
    read: &Read,
    why: Unproven,
) -> Result<()> {
    let id = application.id;
    desk.record("unproven", evidence(mail.incoming), "refuse ruling", &format!("application {id}"), &why.to_string())?;
    let line = match read {
        Ok(rulings) => rulings.lines.first().map_or("", |line| line.typed.as_str()),
        Err(misread) => misread.line.as_str(),
    };
    for person in control::whose_name(desk, asking)? {
        let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
        let letter = say::decisions::unproven(desk, mail.incoming, id, &person, line, why, telling)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}
