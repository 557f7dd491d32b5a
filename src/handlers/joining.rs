//! Joining the team, as libvirt does it: somebody asks, a member vouches, another one accepts, and they agree to the
//! embargo at their own address. Until then they are shown nothing of any case but their own request.

use anyhow::{Context, Result, ensure};

use super::{Mail, asked, control, evidence, report, say};
use crate::desk::{Desk, Telling};
use crate::mail::own::own_text;
use crate::mail::secret::Purpose;
use crate::rules::authority::{self, Act, Claim, Demand, Unproven};
use crate::rules::command::{self, Verdict};
use crate::rules::encryption::Want;
use crate::store::joinings::{Joining, State};
use crate::store::people::Person;
use crate::store::tokens::Token;
use say::joining::{Asked, Outcome};

/// Asks every member of the team but the voucher whether they accept somebody.
pub fn ask_team(desk: &mut Desk<'_>, request: &Joining, voucher: &Person) -> Result<()> {
    for member in team_but(desk, &[voucher.id, request.candidate.id])? {
        let letter = say::joining::asks_to_accept(desk, request, voucher, &member)?;
        desk.send(&letter, Some(request.case))?;
    }
    Ok(())
}

/// Handles an answer to one of the two questions. It is kept and relayed to the team like any mail of its case.
pub fn handle(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &Token) -> Result<String> {
    report::keep_and_relay(desk, mail, token)?;
    let request = desk.rows.joinings().of_case(token.case)?.context("A reply address about no request to join")?;
    match token.purpose {
        Purpose::Accept => decide(desk, mail, token, &request)?,
        _ => answer(desk, mail, token, &request)?,
    }
    Ok(format!("an answer about joining the team, in case {}", token.case))
}

/// A member's answer: do they accept somebody whom another member vouches for?
fn decide(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &Token, request: &Joining) -> Result<()> {
    let (verdict, asking) = asked::asking(mail, Some(token.person), |own| clear(&own.text));
    let holder = desk.rows.people().get(token.person)?;
    let Some(verdict) = verdict else {
        return uncounted(desk, mail, request, &[holder], Asked::ToAccept, &no_verdict(Asked::ToAccept));
    };
    let by = match desk.prove(Act::Admit, &asking)? {
        Ok(by) => by,
        Err(why) => {
            let object = format!("case {}", request.case);
            let detail = format!("by a reply address of {}: {why}", holder.address);
            desk.record("unproven", evidence(mail.incoming), "refuse to admit", &object, &detail)?;
            let named = control::whose_name(desk, &asking)?;
            return uncounted(desk, mail, request, &named, Asked::ToAccept, &Uncounted::from(why));
        }
    };
    desk.acted_on(&asking, &by)?; // Also if it does not count: it was answered, and is for no other request.
    let me = [by.person.clone()];
    if by.person.id == request.voucher {
        return uncounted(desk, mail, request, &me, Asked::ToAccept, &own_candidate());
    }
    let to = match verdict {
        Verdict::Yes => State::Accepted,
        Verdict::No => State::Refused,
    };
    if !desk.rows.joinings().decide(request.id, by.person.id, to, desk.now)? {
        return uncounted(desk, mail, request, &me, Asked::ToAccept, &decided(request)); // Somebody was faster.
    }
    let request = Joining { state: to, decider: Some(by.person.id), since: desk.now, ..request.clone() };
    let act = if to == State::Accepted { "accept member" } else { "refuse member" };
    let detail = format!("for case {}", request.case);
    let actor = by.person.address.as_str();
    desk.record(actor, by.proof.as_str(), act, request.candidate.address.as_str(), &detail)?;
    if to == State::Refused {
        close(desk, &request)?;
        return tell_team(desk, &request, Outcome::Refused);
    }
    let letter = say::joining::asks_to_agree(desk, &request)?;
    desk.send(&letter, Some(request.case))?;
    tell_team(desk, &request, Outcome::Accepted)
}

/// A candidate's answer: do they agree to what joining means?
fn answer(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &Token, request: &Joining) -> Result<()> {
    let candidate = desk.rows.people().get(token.person)?;
    if mail.incoming.machine.is_some() || candidate.id != request.candidate.id {
        return Ok(()); // Kept and relayed; nobody is answered.
    }
    let me = [candidate.clone()];
    let claim =
        Claim { holder: Some(&candidate.address), aligned: mail.incoming.evidence.aligned(), ..Claim::default() };
    if let Err(why) = authority::prove(Demand::Aligned, &claim) {
        let detail = format!("for case {}: {why}", request.case);
        desk.record("unproven", evidence(mail.incoming), "refuse to join", candidate.address.as_str(), &detail)?;
        let remedy = "send it again from this address, through its own mail server.".to_owned();
        let why = Uncounted { remedy, ..Uncounted::from(why) };
        return uncounted(desk, mail, request, &me, Asked::ToAgree, &why);
    }
    let verdict = clear(&own_text(mail.readable).text);
    match (request.state, verdict) {
        (State::Agreed, _) => match brings_another_certificate(desk, mail, &candidate)? {
            true => tell_team(desk, request, Outcome::Waits), // Perhaps the one that they were asked for.
            false => Ok(()),
        },
        (State::Accepted, None) => uncounted(desk, mail, request, &me, Asked::ToAgree, &no_verdict(Asked::ToAgree)),
        (State::Accepted, Some(Verdict::No)) => {
            end(desk, request, State::Declined, (candidate.address.as_str(), "aligned"))?;
            tell_team(desk, request, Outcome::Declined)
        }
        (State::Accepted, Some(Verdict::Yes)) => agree(desk, request),
        _ => uncounted(desk, mail, request, &me, Asked::ToAgree, &decided(request)),
    }
}

fn brings_another_certificate(desk: &Desk<'_>, mail: &Mail<'_>, candidate: &Person) -> Result<bool> {
    for offered in &mail.opened.offered {
        if !desk.rows.certificates().was_offered(&offered.fingerprint, Some(&candidate.address), mail.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn agree(desk: &mut Desk<'_>, request: &Joining) -> Result<()> {
    let agreed = desk.rows.joinings().change(request.id, State::Accepted, State::Agreed, desk.now)?;
    ensure!(agreed, "request {} is not accepted", request.id);
    let request = &Joining { state: State::Agreed, since: desk.now, ..request.clone() };
    let address = request.candidate.address.as_str();
    desk.record(address, "aligned", "agree to join", address, &format!("for case {}", request.case))?;
    let required = desk.policy.profile.encryption.team == Want::Required;
    if !required || desk.rows.certificates().usable_of(request.candidate.id, desk.now)? {
        return join(desk, request);
    }
    let letter = say::joining::waits(desk, request)?;
    desk.send(&letter, Some(request.case))?;
    tell_team(desk, request, Outcome::Waits)
}

/// From now on they are in the team.
pub fn join(desk: &mut Desk<'_>, request: &Joining) -> Result<()> {
    let candidate = &request.candidate;
    ensure!(
        desk.rows.joinings().change(request.id, State::Agreed, State::Joined, desk.now)?
            && desk.rows.people().joins_team(candidate, false, desk.now)?,
        "request {} is not one to join now",
        request.id
    );
    let people = desk.rows.people();
    let decider = people.get(request.decider.context("Nobody accepted this request")?)?;
    let voucher = people.get(request.voucher)?;
    let detail = format!("vouched for by {}, accepted by {}", voucher.address, decider.address);
    desk.record("desk", "none", "team join", candidate.address.as_str(), &detail)?;
    close(desk, request)?;
    let letter = say::joining::welcome(desk, request)?;
    desk.send(&letter, None)?;
    tell_team(desk, request, Outcome::Joined)
}

/// Nobody answered in time.
pub fn expire(desk: &mut Desk<'_>, request: &Joining) -> Result<()> {
    end(desk, request, State::Expired, ("desk", "none"))?;
    tell_team(desk, request, Outcome::Expired)
}

/// `by`: who ended it, and on what evidence.
fn end(desk: &mut Desk<'_>, request: &Joining, to: State, by: (&str, &str)) -> Result<()> {
    let ended = desk.rows.joinings().change(request.id, request.state, to, desk.now)?;
    ensure!(ended, "request {} is over already", request.id);
    let detail = format!("{}, after it was {}", to.as_str(), request.state.as_str());
    desk.record(by.0, by.1, "end request to join", request.candidate.address.as_str(), &detail)?;
    close(desk, request)
}

/// The question is decided: its reply addresses are void, and a case that is nothing but the request is closed.
fn close(desk: &mut Desk<'_>, request: &Joining) -> Result<()> {
    for purpose in [Purpose::Accept, Purpose::Join] {
        desk.rows.tokens().void_purpose(request.case, purpose, desk.now)?;
    }
    if desk.rows.cases().is_one_request(request.case)? {
        desk.rows.cases().close(request.case)?;
    }
    Ok(())
}

fn tell_team(desk: &mut Desk<'_>, request: &Joining, outcome: Outcome) -> Result<()> {
    for member in team_but(desk, &[request.candidate.id])? {
        let letter = say::joining::told(desk, request, outcome, &member)?;
        desk.send(&letter, Some(request.case))?;
    }
    Ok(())
}

fn team_but(desk: &Desk<'_>, left_out: &[i64]) -> Result<Vec<Person>> {
    let team = desk.rows.people().team()?.into_iter().map(|member| member.person);
    Ok(team.filter(|member| !left_out.contains(&member.id)).collect())
}

/// What is nearly an answer is none, and is asked again.
fn clear(own: &str) -> Option<Verdict> {
    command::verdict(own).and_then(Result::ok)
}

/// Why an answer does not count.
pub struct Uncounted {
    pub why: String,
    pub remedy: String,
    /// Somebody else may have written it.
    pub suspicious: bool,
}

impl From<Unproven> for Uncounted {
    fn from(why: Unproven) -> Self {
        Self { why: why.to_string(), remedy: why.remedy().to_owned(), suspicious: why.is_suspicious() }
    }
}

fn no_verdict(asked: Asked) -> Uncounted {
    let words = match asked {
        Asked::ToAccept => "“accept” or “refuse”",
        Asked::ToAgree => "“agree” or “decline”",
    };
    Uncounted {
        why: format!("it does not begin with {words}, alone on the first line."),
        remedy: format!("reply to the same letter once more, and begin with {words}."),
        suspicious: false,
    }
}

fn own_candidate() -> Uncounted {
    Uncounted {
        why: "you vouched for them yourself; another member has to decide.".to_owned(),
        remedy: "do nothing: the others were asked.".to_owned(),
        suspicious: false,
    }
}

fn decided(request: &Joining) -> Uncounted {
    Uncounted {
        why: format!("this request is decided already: it is {}.", request.state.as_str()),
        remedy: "do nothing; “embargod team list” shows where requests stand.".to_owned(),
        suspicious: false,
    }
}

/// Tells whose name was used why an answer does not count.
fn uncounted(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    request: &Joining,
    people: &[Person],
    asked: Asked,
    why: &Uncounted,
) -> Result<()> {
    for person in people {
        // The team is always answered; who uses a member's name in vain must not be able to flood them.
        let telling = match why.suspicious && asked == Asked::ToAccept {
            true => desk.tells_of_refusal(mail.id, person)?,
            false => desk.may_answer(mail.incoming, &person.address)?.is_ok().then(Telling::default),
        };
        let Some(telling) = telling else { continue };
        let letter = say::joining::uncounted(desk, mail.incoming, person, asked, why, telling)?;
        desk.answer(&letter, Some(request.case), mail.incoming)?;
    }
    Ok(())
}
