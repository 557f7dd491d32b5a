//! Mail to security@ and to the reply addresses of cases: it opens a case or joins one, the team gets it as it
//! came, its author hears back, and a proven answer of the team goes out to the discoverer.

use anyhow::{Context, Result};

use super::discuss::reports;
use super::say::{self, Outgoing, Story};
use super::{Mail, control, dates, evidence, participants, quoted, team_member};
use crate::desk::{Asking, Desk, Telling};
use crate::mail::address::{Address, Mailbox};
use crate::mail::incoming::Incoming;
use crate::mail::note::Note;
use crate::mail::secret::Purpose;
use crate::rules::authority::{Act, Unproven};
use crate::rules::clearance::Barred;
use crate::rules::label::{CaseId, Labels};
use crate::rules::schedule;
use crate::store::cases::{Answered, Case, Entry, JoinedBy, Standing};
use crate::store::people::Person;
use crate::store::tokens::Token;

/// Handles a mail of a case, or one that will be the first of a case. Gives the reason for `inbox list`.
pub fn handle(desk: &mut Desk<'_>, mail: &Mail<'_>, token: Option<Token>, thread: Option<CaseId>) -> Result<String> {
    let (number, joined_by) = match (&token, thread) {
        (Some(token), _) => (token.case, JoinedBy::Token),
        (None, Some(case)) => (original(desk, mail.incoming, case)?, JoinedBy::Reference),
        (None, None) => match reports::opens(desk, mail)? {
            Some(held) => (held, JoinedBy::Report),
            None => (open(desk, mail)?, JoinedBy::Report),
        },
    };
    let repeats = quoted::repeats_sealed_text(desk, mail, number)?;
    let sealed = Incoming { sealed: repeats || mail.incoming.sealed, ..mail.incoming.clone() };
    let mail = &Mail { incoming: &sealed, ..*mail };
    let incoming = mail.incoming;
    let earlier = desk.rows.cases().earlier(number, &incoming.effect)?;
    let before = case(desk, number)?;
    let author = answerable(desk, incoming).filter(|_| incoming.machine.is_none());
    let given = control::given(desk, mail, number, token.as_ref(), joined_by == JoinedBy::Report)?;
    let brings = match &given {
        Some(given) => given.brings_a_report(desk)?,
        None => false,
    };
    let fitting = match author {
        None => Answered::Not, // A machine, a list, or nobody: kept and relayed, never answered.
        Some(_) if brings => Answered::Not, // Its writer is answered as whoever gives commands is.
        Some(_) => answer(desk, incoming, &before, joined_by, earlier)?,
    };
    let becomes_reporter = joined_by == JoinedBy::Report || (fitting == Answered::Acknowledged);
    let allowed = match author.filter(|_| fitting != Answered::Not) {
        Some(author) => Some(desk.may_answer(incoming, &author.address)?),
        None => None,
    };
    let unanswered = allowed.and_then(Result::err);
    let answer = if unanswered.is_some() { Answered::Not } else { fitting };
    let answered_at = allowed.and_then(Result::ok).unwrap_or(desk.now);
    if let Some(author) = author.filter(|_| becomes_reporter) {
        let person = desk.rows.people().find_or_add(author.name.as_deref().unwrap_or(""), &author.address)?;
        desk.rows.participants().set_reporter(number, person.id, mail.received_at)?;
    }
    let case = case(desk, number)?;
    let standing = standing(desk, incoming, &case)?;
    // A mail with commands goes nowhere by its address: “!tell” says what is to go out.
    let of_team = given.is_some() || is_of_team(desk, mail, number, token.as_ref())?;
    let sending = match &token {
        Some(token) if token.purpose == Purpose::AnswerReporter && given.is_none() => Some(sending(desk, mail, token)?),
        _ => None,
    };
    let reporters = desk.rows.participants().reporters(number)?;
    let to_reporter = matches!(sending, Some(Ok(_))) && !reporters.is_empty();
    let stopped = sending.as_ref().and_then(|sending| sending.as_ref().err().copied());
    let mut waits = Vec::new();
    for reporter in reporters.iter().filter(|_| to_reporter) {
        if waits_for_certificate(desk, &reporter.address, &say::labels_of(number, incoming))? {
            waits.push(reporter.clone());
        }
    }
    let again = earlier.is_some();
    let warned = author.filter(|_| repeats && !again && standing != Standing::Stranger);
    let mut story = Story {
        mail,
        case: &case,
        standing,
        of_team,
        joined_by,
        again,
        repeats,
        warned: warned.is_some(),
        to_reporter,
        reporters,
        waits,
        receipt: participants::says_it_arrived(desk, mail, number)?,
        stopped,
        answer,
        unanswered,
        answer_waits: false,
        answered_at,
        orders: Vec::new(),
        dates: Vec::new(),
        obeyed_now: false,
        participants: Vec::new(),
        to_participants: Vec::new(),
    };
    let answered = match author.filter(|_| answer != Answered::Not) {
        Some(author) => Some((author, say::answer(desk, &story, author)?)),
        None => None,
    };
    if let Some((author, letter)) = &answered {
        story.answer_waits = waits_for_certificate(desk, &author.address, &letter.labels())?;
    }
    let newly_public = keep(desk, &story)?;
    story.dates = say::dates::hints(&case, &dates::look(desk, &story)?);
    if let Some(given) = given
        && !desk.rows.cases().was_obeyed(number, &incoming.effect)?
    {
        let outcome = control::obey(desk, mail, number, &given)?;
        story.orders = say::control::outcome(&outcome, incoming.sealed);
        story.obeyed_now = again && matches!(outcome, control::Outcome::Done { .. });
    }
    // As its commands left it.
    let case = self::case(desk, number)?;
    let newly_known = before.reporter.is_none() && case.reporter.is_some();
    story.case = &case;
    story.reporters = desk.rows.participants().reporters(number)?;
    story.participants = desk.rows.participants().agreed(number)?;
    story.to_participants = participants::who_get(&story);
    if !again || newly_public || newly_known || to_reporter || story.obeyed_now || story.receipt {
        relay(desk, &story)?;
    }
    // They know what each discoverer wrote; so nothing is left out for them.
    let whole = sending.as_ref().and_then(|sending| sending.as_ref().ok()).filter(|sending| !sending.own_only);
    participants::relay(desk, &story, whole.map(|sending| &sending.text))?;
    if let Some((_, letter)) = &answered {
        // A stranger's letter names no case, and must not lead into one when they answer it.
        let theirs = answer != Answered::Received || standing == Standing::Reporter;
        desk.answer(letter, theirs.then_some(number), incoming)?;
    }
    if let Some(author) = warned {
        quoted::warn(desk, &story, author)?;
    }
    match (sending, &token) {
        (Some(Ok(sent)), _) => answer_reporter(desk, &story, &sent)?,
        (Some(Err(unproven)), Some(token)) => refuse(desk, mail, &case, token, unproven)?,
        _ => {}
    }
    Ok(match (joined_by, earlier) {
        (_, Some(earlier)) => format!("the same mail as {earlier} of case {number}, by another way"),
        (JoinedBy::Report, None) => format!("opened case {number}"),
        (JoinedBy::Token, None) => format!("joined case {number} by its reply address"),
        (JoinedBy::Reference | JoinedBy::Command, None) => format!("joined case {number} by reference"),
    })
}

/// Keeps a mail that answers a question of the desk, and passes it on to the team. Its author gets no answer here.
pub fn keep_and_relay(desk: &mut Desk<'_>, mail: &Mail<'_>, token: &Token) -> Result<()> {
    let number = token.case;
    let repeats = quoted::repeats_sealed_text(desk, mail, number)?;
    let sealed = Incoming { sealed: repeats || mail.incoming.sealed, ..mail.incoming.clone() };
    let mail = &Mail { incoming: &sealed, ..*mail };
    let case = case(desk, number)?;
    let again = desk.rows.cases().earlier(number, &sealed.effect)?.is_some();
    let story = Story {
        mail,
        case: &case,
        standing: standing(desk, &sealed, &case)?,
        of_team: is_of_team(desk, mail, number, Some(token))?,
        joined_by: JoinedBy::Token,
        again,
        repeats,
        warned: false,
        to_reporter: false,
        reporters: desk.rows.participants().reporters(number)?,
        waits: Vec::new(),
        receipt: false,
        stopped: None,
        answer: Answered::Not,
        unanswered: None,
        answer_waits: false,
        answered_at: desk.now,
        orders: Vec::new(),
        dates: Vec::new(),
        obeyed_now: false,
        participants: desk.rows.participants().agreed(number)?,
        to_participants: Vec::new(),
    };
    let newly_public = keep(desk, &story)?;
    if !again || newly_public { relay(desk, &story) } else { Ok(()) }
}

/// What a person's mail is answered with.
///
/// Whoever answers a mail that is in no case must not hear anything else than who answers one that is in a secret
/// case: else strangers could try the Message-IDs of public patches, and learn which is under embargo. So mail that
/// refers to other mail is only ever told that it arrived, until the desk or the team has named the case to its author.
fn answer(
    desk: &Desk<'_>,
    incoming: &Incoming,
    case: &Case,
    joined_by: JoinedBy,
    earlier: Option<i64>,
) -> Result<Answered> {
    Ok(match (joined_by, standing(desk, incoming, case)?, earlier) {
        (JoinedBy::Report, ..) if incoming.replies_to.is_empty() => Answered::Acknowledged,
        (JoinedBy::Report, ..) => Answered::Received,
        (_, Standing::Team, _) => Answered::Not, // The relay, which its writer gets too, is the answer.
        (_, Standing::Reporter, _) if case.spam => Answered::Not,
        // The person's own copy of a mail that so far only a machine had brought.
        (JoinedBy::Reference, _, Some(_)) if case.reporter.is_none() => Answered::Acknowledged,
        (_, _, Some(_)) => Answered::Not,
        (_, Standing::Reporter, None) if knows(desk, incoming, case.number)? => Answered::Added,
        (_, Standing::Participant, None) => Answered::Added,
        (_, Standing::Reporter | Standing::Stranger, None) => Answered::Received,
    })
}

/// What goes out to the discoverer, and who is proven to send it.
struct Sending {
    writer: Person,
    text: Outgoing,
    /// What is quoted in it was left out: it may be of another discoverer.
    own_only: bool,
}

/// Whether a mail that came to the address of team and discoverer goes out to the discoverer.
fn sending(desk: &Desk<'_>, mail: &Mail<'_>, token: &Token) -> Result<Result<Sending, Unproven>> {
    let partly = mail.incoming.notes.contains(&Note::SignedInPart);
    let asking = Asking {
        inbox: mail.id,
        incoming: mail.incoming,
        signed: mail.opened.signed.as_ref().filter(|_| !partly),
        received_at: mail.received_at,
        holder: Some(token.person),
        names_it: false,
    };
    Ok(match desk.prove(Act::AnswerReporter, &asking)? {
        Err(unproven) => Err(unproven),
        // Half an answer is worse than none.
        Ok(_) if mail.truncated.is_some() => Err(Unproven::TooLarge(desk.house.limits.message_mebibytes)),
        // Nobody here could read it; the discoverer could not either.
        Ok(_) if mail.incoming.notes.iter().any(Note::is_closed) => Err(Unproven::Empty),
        Ok(by) => {
            let own_only = desk.rows.participants().reporters(token.case)?.len() > 1;
            let text = if own_only { say::own_outgoing(desk, mail) } else { say::outgoing(desk, mail) };
            match (text.empty, own_only) {
                (true, true) => return Ok(Err(Unproven::OthersOnly)),
                (true, false) => return Ok(Err(Unproven::Empty)),
                (false, _) => {}
            }
            desk.acted_on(&asking, &by)?;
            Ok(Sending { writer: by.person, text, own_only })
        }
    })
}

/// The author, if a letter to them can arrive at a person: not one of our own addresses, not a list.
fn answerable<'m>(desk: &Desk<'_>, incoming: &'m Incoming) -> Option<&'m Mailbox> {
    let seen = || incoming.public_lists.iter().map(|trace| trace.list.as_str());
    incoming.author.as_ref().filter(|author| is_a_persons(desk, &author.address, seen()))
}

/// Whether an address is neither ours nor a list's; `seen`: the lists its mail was seen on.
pub fn is_a_persons<'l>(desk: &Desk<'_>, address: &Address, mut seen: impl Iterator<Item = &'l str>) -> bool {
    let ours = address.without_detail() == desk.house.security.without_detail();
    let list = desk.policy.profile.lists.public.contains(address);
    !ours && !list && !seen.any(|seen| seen.eq_ignore_ascii_case(address.as_str()))
}

/// Opens a case for a mail.
pub fn open(desk: &mut Desk<'_>, mail: &Mail<'_>) -> Result<CaseId> {
    let incoming = mail.incoming;
    let title = if incoming.subject.is_empty() { "(no subject)" } else { &incoming.subject };
    let proposal = schedule::propose(&desk.policy.profile.schedule, &desk.policy.calendar, mail.received_at);
    let number = desk.rows.cases().open(title, incoming.sealed, mail.received_at, proposal)?;
    desk.rows.threads().add(number, &desk.case_thread(number)?)?;
    desk.record("desk", evidence(incoming), "open", &format!("case {number}"), "a report came in")?;
    Ok(number)
}

fn case(desk: &Desk<'_>, number: CaseId) -> Result<Case> {
    desk.rows.cases().get(number)?.with_context(|| format!("case {number} is gone"))
}

/// What the author's address would make them. It decides which letter they get, never what they may do.
fn standing(desk: &Desk<'_>, incoming: &Incoming, case: &Case) -> Result<Standing> {
    let Some(author) = &incoming.author else { return Ok(Standing::Stranger) };
    Ok(if team_member(desk, &author.address)?.is_some() {
        Standing::Team
    } else if reporter_of(desk, &author.address, case.number)?.is_some() {
        Standing::Reporter
    } else if desk.rows.participants().knowing(case.number)?.iter().any(|one| one.person.address == author.address) {
        Standing::Participant
    } else {
        Standing::Stranger
    })
}

/// The reporter of a case who has this address.
fn reporter_of(desk: &Desk<'_>, address: &Address, case: CaseId) -> Result<Option<Person>> {
    Ok(desk.rows.participants().reporters(case)?.into_iter().find(|reporter| reporter.address == *address))
}

/// Whether the author is a reporter who was told which case theirs is.
fn knows(desk: &Desk<'_>, incoming: &Incoming, case: CaseId) -> Result<bool> {
    let Some(author) = &incoming.author else { return Ok(false) };
    match reporter_of(desk, &author.address, case)? {
        Some(reporter) => desk.rows.cases().reporter_knows(case, &reporter),
        None => Ok(false),
    }
}

/// The case for a mail that refers to this one: what its discoverer adds to a duplicate is about the other.
fn original(desk: &Desk<'_>, incoming: &Incoming, case: CaseId) -> Result<CaseId> {
    let other = desk.rows.cases().original(case)?;
    let Some(author) = incoming.author.as_ref().filter(|_| other != case) else { return Ok(case) };
    let theirs = team_member(desk, &author.address)?.is_none()
        && reporter_of(desk, &author.address, case)?.is_some()
        && reporter_of(desk, &author.address, other)?.is_some();
    Ok(if theirs { other } else { case })
}

/// Whether a mail is the team's own, and so for nobody else unless it really goes to the discoverer: by the reply
/// address it came to, or was sent to as well; by a signature; or by the address it is from, which proves nothing.
fn is_of_team(desk: &Desk<'_>, mail: &Mail<'_>, number: CaseId, token: Option<&Token>) -> Result<bool> {
    if let Some(author) = &mail.incoming.author
        && team_member(desk, &author.address)?.is_some()
    {
        return Ok(true);
    }
    if let Some(signed) = &mail.opened.signed
        && desk.signer(signed)?.is_some()
    {
        return Ok(true);
    }
    for token in token.into_iter().chain(&control::addressed(desk, mail, number)?) {
        if desk.rows.people().team_member(token.person)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds the mail to its case and flags it. Gives whether it shows the case on a public list it was not seen on before.
fn keep(desk: &Desk<'_>, story: &Story<'_>) -> Result<bool> {
    let (mail, incoming, case) = (story.mail, story.mail.incoming, story.case.number);
    desk.rows.cases().add_entry(&Entry {
        case,
        inbox: mail.id,
        author: incoming.author.as_ref(),
        standing: story.standing,
        of_team: story.of_team,
        joined_by: story.joined_by,
        evidence: evidence(incoming),
        to_reporter: story.to_reporter,
        answer: story.answer,
        effect: &incoming.effect,
        sealed: incoming.sealed,
        message_id: incoming.message_id.as_ref(),
    })?;
    if let Some(message_id) = &incoming.message_id {
        desk.rows.threads().add(case, message_id)?;
    }
    let object = format!("case {case}");
    let how = format!("mail {} by {}, from {}", mail.id, story.joined_by.as_str(), story.standing.as_str());
    desk.record("desk", evidence(incoming), "join", &object, &how)?;
    let known = desk.rows.cases().flags(case)?;
    let mut newly_public = false;
    for trace in &incoming.public_lists {
        desk.rows.cases().add_flag(case, mail.id, trace)?;
        if trace.configured {
            newly_public |= !known.iter().any(|flag| flag.list == trace.list);
            let seen = format!("mail {} was seen on the public list {} ({})", mail.id, trace.list, trace.header);
            desk.record("desk", "none", "flag", &object, &seen)?;
        }
    }
    Ok(newly_public)
}

/// To each member of the team, with reply addresses of their own.
fn relay(desk: &mut Desk<'_>, story: &Story<'_>) -> Result<()> {
    for member in &desk.rows.people().team()? {
        let letter = say::relay(desk, story, &member.person)?;
        desk.send(&letter, Some(story.case.number))?;
    }
    Ok(())
}

/// Whether all that keeps this text from somebody is that there is no certificate to encrypt it to.
fn waits_for_certificate(desk: &Desk<'_>, reader: &Address, labels: &Labels) -> Result<bool> {
    Ok(desk.may_read(reader, labels)?.is_err_and(Barred::wants_certificate))
}

fn answer_reporter(desk: &mut Desk<'_>, story: &Story<'_>, sending: &Sending) -> Result<()> {
    let (mail, case, writer) = (story.mail, story.case, &sending.writer);
    let incoming = mail.incoming;
    if story.reporters.is_empty() {
        let mut letter = say::no_reporter(desk, case, incoming, writer)?;
        say::answered_in_case(desk, &mut letter, case.number, writer)?;
        desk.send(&letter, Some(case.number))?;
        return Ok(());
    }
    for reporter in &story.reporters {
        participants::greet(desk, case.number, reporter, writer)?;
        let letter = say::answer_to_reporter(desk, case.number, mail, reporter, writer, &sending.text)?;
        desk.send(&letter, Some(case.number))?;
    }
    let object = format!("case {}", case.number);
    let actor = writer.address.as_str();
    desk.record(actor, evidence(incoming), "answer-reporter", &object, &format!("mail {}", mail.id))?;
    let members = desk.rows.people().team()?.len();
    let letter = say::sent(desk, story, writer, members, &sending.text)?;
    desk.send(&letter, Some(case.number))?;
    Ok(())
}

/// Nothing goes to the discoverer; whose name was used hears why.
fn refuse(desk: &mut Desk<'_>, mail: &Mail<'_>, case: &Case, token: &Token, unproven: Unproven) -> Result<()> {
    let incoming = mail.incoming;
    let object = format!("case {}", case.number);
    let holder = desk.rows.people().get(token.person)?;
    let why = format!("by a reply address of {}: {unproven}", holder.address);
    desk.record("unproven", evidence(incoming), "refuse answer-reporter", &object, &why)?;
    let asking = Asking {
        inbox: mail.id,
        incoming,
        signed: mail.opened.signed.as_ref(),
        received_at: mail.received_at,
        holder: Some(token.person),
        names_it: false,
    };
    let named = control::whose_name(desk, &asking)?;
    for person in &named {
        let telling = match unproven.is_suspicious() {
            true => desk.tells_of_refusal(mail.id, person)?,
            false => Some(Telling::default()),
        };
        let Some(telling) = telling else { continue };
        let letter = say::not_sent_to_reporter(desk, case, incoming, person, unproven, telling)?;
        desk.send(&letter, Some(case.number))?;
    }
    Ok(())
}
