//! What a moderator says of a held post: read from what they typed, proven, carried out once. The first answer counts; who is
//! later hears who was faster. Its author may take a post back; nobody else's word has any effect.

use anyhow::Result;

use super::distribution::{self, Reach};
use super::{get, is_answerable, pass_on, standing};
use crate::desk::{Asking, Desk, Proven};
use crate::handlers::{Mail, asked, control, ending, evidence, report, say, signed};
use crate::mail::own::{OwnText, own_text, signed_text};
use crate::mail::secret::Purpose;
use crate::rules::authority::{Act, Unproven};
use crate::rules::command::{self, Misread, Moderated, Moderation};
use crate::rules::label::CaseId;
use crate::rules::posts::Standing;
use crate::store::held::{Closing, HeldPost, Of, PostId, State};
use crate::store::list_tokens::ListToken;
use crate::store::people::Person;

/// A post that the first line of a signed mail names: “post 12”.
pub struct Named {
    pub id: PostId,
    pub signer: Person,
    pub exists: bool,
}

/// How an answer about a post ended.
pub enum Outcome {
    Done {
        reach: Reach,
        told: bool,
    },
    /// Somebody was faster.
    Late,
    Refused(Refused),
}

/// Why nothing was done: sentences.
pub struct Refused {
    /// The same in a few words.
    pub headline: String,
    /// As typed, or empty.
    pub line: String,
    pub why: String,
    pub remedy: String,
    /// Usage, lines, or empty.
    pub expected: String,
}

impl Refused {
    fn misread(misread: &Misread) -> Self {
        let (headline, remedy) = match misread.problem.as_str() {
            command::REASON_WANTED => {
                ("“reject” needs a reason", "reply to this letter, with “reject” and the reason at the top.")
            }
            _ => ("your answer is not clear", "reply to this letter, with one of these words alone at the top."),
        };
        Self {
            line: misread.line.clone(),
            expected: misread.expected.clone(),
            ..Self::because("", headline, misread.problem.as_str(), remedy)
        }
    }

    fn because(line: &str, headline: &str, why: impl Into<String>, remedy: &str) -> Self {
        Self {
            headline: format!("NOT decided: {headline}"),
            line: line.to_owned(),
            why: why.into(),
            remedy: remedy.to_owned(),
            expected: String::new(),
        }
    }
}

/// The post that a signed mail of the team names, wherever it came.
pub fn named_post(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Option<Named>> {
    let Some(signed) = &mail.opened.signed else { return Ok(None) };
    let Some(number) = command::named_post(&signed_text(signed).text) else { return Ok(None) };
    let Some(signer) = desk.signer(signed)? else { return Ok(None) };
    let id = PostId(number);
    Ok(Some(Named { id, signer, exists: desk.rows.held().get(id)?.is_some() }))
}

pub fn answered(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &ListToken) -> Result<String> {
    let post = get(desk, PostId(token.object))?;
    match token.purpose {
        Purpose::Withdraw => by_author(desk, mail, &post, token.person)?,
        _ => heed(desk, mail, &post, Some(token.person))?,
    }
    Ok(format!("an answer about post {}", post.id))
}

pub fn named(desk: &mut Desk<'_>, mail: &Mail<'_>, named: &Named) -> Result<String> {
    if named.exists {
        let post = get(desk, named.id)?;
        heed(desk, mail, &post, None)?;
    } else {
        let why = Refused::because(
            &format!("post {}", named.id),
            "there is no such post",
            "there is no such post.",
            "name the one that you mean; “embargod held list” shows them.",
        );
        let letter = say::discuss::no_such_post(desk, mail.incoming, named.id, &named.signer, &why)?;
        desk.send(&letter, None)?;
        let detail = format!("mail {}: there is no such post", mail.id);
        desk.record("unproven", evidence(mail.incoming), "refuse moderation", &format!("post {}", named.id), &detail)?;
    }
    Ok(format!("signed for post {}", named.id))
}

/// Does what a moderator says. A signature that was answered is used, whatever the answer.
fn heed(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost, holder: Option<i64>) -> Result<()> {
    let (read, asking) = asked::asking(mail, holder, heard);
    let names_it = asking.signed.and_then(|signed| command::named_post(&signed_text(signed).text)) == Some(post.id.0);
    let asking = Asking { names_it, ..asking };
    let read = read.unwrap_or_else(|| Err(command::no_moderation()));
    // What is not understood must come from somebody in the team all the same: nobody else is told what would be.
    let act = if read.is_ok() { Act::Moderate } else { Act::Look };
    let by = match desk.prove(act, &asking)? {
        Ok(by) => by,
        Err(why) => return unproven(desk, mail, post, &asking, &read, why),
    };
    desk.acted_on(&asking, &by)?;
    let outcome = desk.all_or_nothing(|desk| carry_out(desk, mail, post, &by, &read))?;
    tell(desk, mail, post.id, &by, &outcome)
}

type Read = Result<Moderated, Misread>;

/// What is said at the top of a text. Where nobody can tell whether its author typed it, they are asked.
fn heard(own: &OwnText) -> Option<Read> {
    match own.unclear.filter(|_| !own.doubtful.is_empty()) {
        Some(why) => Some(Err(Misread {
            line: own.doubtful.clone(),
            problem: why.to_string(),
            expected: "- the same at the top of your mail, above all that you quote,\n  and an empty line under it"
                .to_owned(),
        })),
        None => command::moderation(&own.text),
    }
}

/// Decides a post, or says why not; then nothing of it may stay.
fn carry_out(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    post: &HeldPost,
    by: &Proven,
    read: &Read,
) -> Result<Result<Outcome, Outcome>> {
    let refused = |refused: Refused| Ok(Err(Outcome::Refused(refused)));
    let moderates = desk.rows.people().team_member(by.person.id)?.is_some_and(|member| member.moderator);
    if !moderates {
        let remedy = "leave it to a moderator; “embargod team list” shows who is one.";
        return refused(Refused::because("", "you are no moderator", "you are in the team, and no moderator.", remedy));
    }
    let Moderated { post: named, verdict } = match read {
        Ok(moderated) => moderated,
        // Thanks, mostly: nothing is asked any more.
        Err(_) if post.state != State::Held => return Ok(Err(Outcome::Late)),
        Err(misread) => return refused(Refused::misread(misread)),
    };
    if let Some(other) = named.filter(|named| *named != post.id.0) {
        let why = format!("the text names post {other}, and your mail is about post {}.", post.id);
        let remedy = "reply to your own copy of the letter about the post that you mean.";
        return refused(Refused::because(&format!("post {other}"), "your mail names another post", why, remedy));
    }
    if post.state != State::Held {
        return Ok(Err(Outcome::Late));
    }
    if let Err(why) = possible(desk, mail, post, by, verdict)? {
        return refused(why);
    }
    let (state, reason) = match verdict {
        Moderation::Approve => (State::Approved, String::new()),
        Moderation::RejectPolicy => (State::Rejected, "policy".to_owned()),
        Moderation::Reject(reason) => (State::Rejected, say::discuss::cleaned(desk, reason)),
        Moderation::Discard => (State::Discarded, String::new()),
        Moderation::Report => (State::Passed, String::new()),
    };
    let closing = Closing { state, by: Some(by.person.id), reason: &reason, at: desk.now };
    if !desk.rows.held().close(post.id, &closing)? {
        return Ok(Err(Outcome::Late));
    }
    let (actor, proof, detail) = (by.person.address.as_str(), by.proof.as_str(), format!("mail {}", mail.id));
    desk.record(actor, proof, verdict.verb(), &format!("post {}", post.id), &detail)?;
    let (mut reach, mut told) = (Reach::default(), false);
    match (verdict, post.of) {
        (Moderation::Approve, Of::Discuss) => reach = distribution::distribute(desk, post)?,
        (Moderation::Approve, Of::Security) | (Moderation::Report, _) => pass_on(desk, post)?,
        (Moderation::RejectPolicy, _) => told = reject(desk, mail, post, None)?,
        (Moderation::Reject(_), _) => told = reject(desk, mail, post, Some(&reason))?,
        (Moderation::Discard, _) => {}
    }
    if let (Some(case), State::Rejected | State::Discarded) = (post.case, state) {
        end(desk, case, state)?;
    }
    Ok(Ok(Outcome::Done { reach, told }))
}

/// A held report that is not let through is closed.
fn end(desk: &Desk<'_>, case: CaseId, state: State) -> Result<()> {
    match state {
        State::Discarded => ending::discard(desk, ("desk", "none"), case)?,
        _ => drop(desk.rows.cases().close(case)?),
    }
    desk.record("desk", "none", "close", &format!("case {case}"), state.as_str())
}

/// Whether this can be done with this post, by this moderator.
fn possible(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    post: &HeldPost,
    by: &Proven,
    verdict: &Moderation,
) -> Result<Result<(), Refused>> {
    let line = verdict.verb();
    Ok(match (verdict, post.of) {
        (Moderation::Approve, Of::Discuss) => may_distribute(desk, post, by)?,
        (Moderation::RejectPolicy | Moderation::Report, Of::Security) => Err(Refused::because(
            line,
            "it is a report, and no post",
            "it is a report to the team, and no post.",
            "“approve” opens its case; “reject” and a reason, or “discard”, close it.",
        )),
        // What came encrypted leaves encrypted, and nobody but members can be written to so.
        (Moderation::Reject(_), _) if mail.incoming.sealed && post.standing != Standing::Member => {
            Err(Refused::because(
                line,
                "your reason came encrypted",
                "your mail came encrypted, and its reason would have to leave unencrypted.",
                "send it once more, unencrypted, with a reason that anybody may read.",
            ))
        }
        _ => Ok(()),
    })
}

fn may_distribute(desk: &Desk<'_>, post: &HeldPost, by: &Proven) -> Result<Result<(), Refused>> {
    let refused = |headline: &str, why: &str, remedy: &str| Ok(Err(Refused::because("approve", headline, why, remedy)));
    let standing = match post.person {
        Some(person) => standing(desk, person)?.0,
        None => Standing::Other,
    };
    if standing == Standing::Other || post.standing == Standing::Other {
        return refused(
            "it cannot be sent to members",
            "it is not from a member of the list, and so it is never distributed.",
            "reply to this letter with “report”, with “reject” and a reason, or with “discard”.",
        );
    }
    if !post.whole {
        return refused(
            "it cannot be sent to members",
            "not all of it is here, or it cannot be opened, or it shows somebody's own reply address; so it cannot be distributed.",
            "reply to this letter with “reject”, and ask for it in another form.",
        );
    }
    if post.person == Some(by.person.id) && !desk.policy.profile.discuss.approve_own {
        return refused("it is your own post", "it is your own.", "leave it to another moderator.");
    }
    Ok(Ok(()))
}

/// To the author, if there is an address that can be answered; gives whether there is.
fn reject(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost, reason: Option<&str>) -> Result<bool> {
    let Some(address) = &post.address else { return Ok(false) };
    let author = match desk.rows.people().by_address(address)? {
        Some(person) => person,
        None => desk.rows.people().find_or_add("", address)?,
    };
    if !is_answerable(desk, &author) {
        return Ok(false);
    }
    let letter = say::discuss::rejected(desk, post, &author, reason, mail.incoming.sealed)?;
    desk.send(&letter, None)?;
    Ok(true)
}

fn tell(desk: &mut Desk<'_>, mail: &Mail<'_>, id: PostId, by: &Proven, outcome: &Outcome) -> Result<()> {
    let post = get(desk, id)?;
    let (actor, proof, object) = (by.person.address.as_str(), by.proof.as_str(), format!("post {id}"));
    let letter = match outcome {
        Outcome::Done { reach, told } => say::discuss::decided(desk, mail.incoming, &post, by, *reach, *told)?,
        Outcome::Late => {
            desk.record(actor, proof, "moderation too late", &object, &format!("mail {}", mail.id))?;
            say::discuss::late(desk, mail.incoming, &post, &by.person, true)?
        }
        Outcome::Refused(why) => {
            desk.record(actor, proof, "refuse moderation", &object, &format!("mail {}: {}", mail.id, why.why))?;
            say::discuss::not_done(desk, mail.incoming, &post, &by.person, why)?
        }
    };
    desk.send(&letter, None).map(drop)
}

/// Whose name was used hears of it; nobody else does.
fn unproven(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    post: &HeldPost,
    asking: &Asking<'_>,
    read: &Read,
    why: Unproven,
) -> Result<()> {
    let object = format!("post {}", post.id);
    desk.record("unproven", evidence(mail.incoming), "refuse moderation", &object, &why.to_string())?;
    let line = match read {
        Ok(moderated) => moderated.verdict.verb(),
        Err(misread) => misread.line.as_str(),
    };
    for person in control::whose_name(desk, asking)? {
        let Some(telling) = desk.tells_of_refusal(mail.id, &person)? else { continue };
        let letter = say::discuss::unproven(desk, mail.incoming, post, &person, line, why, telling)?;
        desk.send(&letter, None)?;
    }
    Ok(())
}

/// The author of a post takes it back.
fn by_author(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost, holder: i64) -> Result<()> {
    let author = desk.rows.people().get(holder)?;
    let object = format!("post {}", post.id);
    let proof = match author_proof(desk, mail, &author)? {
        Ok(proof) => proof,
        Err(why) => {
            desk.record("unproven", evidence(mail.incoming), "refuse withdraw", &object, &why.to_string())?;
            let theirs = report::is_a_persons(desk, &author.address, std::iter::empty());
            if let Some(telling) = desk.tells_of_refusal(mail.id, &author)?.filter(|_| theirs) {
                let letter = say::discuss::not_withdrawn(desk, mail.incoming, post, &author, why, telling)?;
                desk.send(&letter, None)?;
            }
            return Ok(());
        }
    };
    if !command::withdrawal(&own_text(mail.readable).text) {
        let why = Refused {
            headline: "NOT withdrawn: it does not begin with “withdraw”".to_owned(),
            expected: "- withdraw".to_owned(),
            ..Refused::because(
                "",
                "",
                "the one thing that can be said there is that you take your post back.",
                &format!(
                    "to take it back, reply to this letter with that word alone at the top. To say something to the \
                     moderators, write to {}.",
                    desk.house.security
                ),
            )
        };
        let letter = say::discuss::not_done(desk, mail.incoming, post, &author, &why)?;
        return desk.send(&letter, None).map(drop);
    }
    let closing = Closing { state: State::Withdrawn, by: Some(author.id), reason: "", at: desk.now };
    let withdrawn = desk.rows.held().close(post.id, &closing)?;
    let after = get(desk, post.id)?;
    let act = if withdrawn { "withdraw" } else { "withdraw too late" };
    desk.record(author.address.as_str(), proof, act, &object, &format!("mail {}", mail.id))?;
    let letter = match withdrawn {
        true => say::discuss::withdrawn(desk, mail.incoming, &after, &author, proof)?,
        false => say::discuss::late(desk, mail.incoming, &after, &author, false)?,
    };
    desk.send(&letter, None).map(drop)
}

/// How it is proven that this mail is the author's.
fn author_proof(desk: &Desk<'_>, mail: &Mail<'_>, author: &Person) -> Result<Result<&'static str, Unproven>> {
    if mail.incoming.machine.is_some() {
        return Ok(Err(Unproven::Machine));
    }
    if mail.incoming.evidence.aligned() == Some(&author.address) {
        return Ok(Ok("aligned"));
    }
    if signed::is_by(desk, mail, author)? {
        signed::used(desk, mail)?;
        return Ok(Ok("signed"));
    }
    Ok(Err(match mail.incoming.evidence.aligned() {
        Some(_) => Unproven::SomebodyElse,
        None => Unproven::NotVouched,
    }))
}
