//! The letters of the desk: which text, to whom, with what in it. The words are in config/letters; here is only
//! what fills them, each value with the label of whoever it belongs to.

pub mod addresses;
pub mod advisories;
pub mod bounces;
pub mod certificates;
pub mod clock;
pub mod control;
pub mod dates;
pub mod decisions;
pub mod discuss;
pub mod embargo;
pub mod export;
pub mod facts;
pub mod intake;
pub mod joining;
pub mod life;
pub mod member_keys;
pub mod members;
pub mod numbers;
pub mod orders;
pub mod outlived;
pub mod people;
pub mod questions;
mod quoted;
pub mod refiled;
pub mod reminding;
pub mod status;
pub mod steps;
mod trouble;
pub mod uncertified;
pub mod upkeep;
pub mod ways;
pub mod weekly;

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

pub use quoted::quoted_in_clear;
pub use trouble::trouble;

use super::{Mail, Place};
use crate::desk::{Desk, Telling};
use crate::mail::address::{Address, Mailbox};
use crate::mail::answer;
use crate::mail::evidence::Evidence;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter, Thread, slot};
use crate::mail::machine::Machine;
use crate::mail::note::Note;
use crate::mail::own::own_text;
use crate::mail::secret::Purpose;
use crate::mail::thread::MessageId;
use crate::policy::letters::{
    LetterName, Rendered, Values, grouped, sealed, seen_list, shown, standing, texts, unread,
};
use crate::policy::profile::CopyReporter;
use crate::rules::authority::Unproven;
use crate::rules::label::{CaseId, Label, Labelled, Labels, Text};
use crate::rules::limits::Unanswered;
use crate::rules::schedule;
use crate::store::cases::{Answered, Case, JoinedBy, Standing};
use crate::store::people::Person;

/// The slot of the address that reaches the team and the discoverer.
const BOTH: &str = "both";
/// Remarks about one mail that a relay shows.
const NOTES_MAX: usize = 20;
/// The slot of the address that reaches the team only.
const TEAM: &str = "team";

/// A mail and what was made of it: what the team is told.
pub struct Story<'a> {
    pub mail: &'a Mail<'a>,
    pub case: &'a Case,
    pub standing: Standing,
    /// The team's own, whoever it says it is from.
    pub of_team: bool,
    pub joined_by: JoinedBy,
    /// The same mail is in the case already.
    pub again: bool,
    /// It came in clear, and repeats text that came encrypted.
    pub repeats: bool,
    /// Its writer was told so.
    pub warned: bool,
    pub to_reporter: bool,
    /// The discoverers of the case, in the order of their reports.
    pub reporters: Vec<Person>,
    /// To these of them it goes once there is a certificate to encrypt it to.
    pub waits: Vec<Person>,
    /// It is the first word of its writer since they were sent the case: that arrived.
    pub receipt: bool,
    /// It was meant for the discoverer too, and did not go there.
    pub stopped: Option<Unproven>,
    pub answer: Answered,
    /// It would have been answered, and a limit was reached.
    pub unanswered: Option<Unanswered>,
    /// The answer waits for its reader's certificate.
    pub answer_waits: bool,
    /// When the answer leaves.
    pub answered_at: Timestamp,
    /// What became of its commands: a sentence for each.
    pub orders: Vec<String>,
    /// What it says of dates, if a discoverer wrote it: a sentence for each.
    pub dates: Vec<String>,
    /// This copy was obeyed, and an earlier one was not.
    pub obeyed_now: bool,
    /// Who takes part in the case, besides the team and the discoverer.
    pub participants: Vec<Person>,
    /// Those of them who get it.
    pub to_participants: Vec<Person>,
}

/// The labels of what a mail says. What came encrypted leaves encrypted.
pub fn labels_of(case: CaseId, mail: &Incoming) -> Labels {
    Labels::of(Label::Case { case, sealed: mail.sealed })
}

/// The same in a letter to the team alone: whoever leaves it reads it no more, whatever else they are in the case.
pub fn for_team(labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.join(&Labels::of(Label::Team));
    labels
}

/// What a discoverer gets to see of a team member's mail.
pub type Outgoing = answer::Answer;

/// The answer to somebody's mail. It repeats nothing of it.
pub fn answer(desk: &Desk<'_>, story: &Story<'_>, author: &Mailbox) -> Result<Letter> {
    let (case, incoming) = (story.case, story.mail.incoming);
    let labels = Labels::case(case.number);
    let name = author.name.as_deref().unwrap_or("");
    let values = Values::new();
    let (letter, kind, values) = match story.answer {
        Answered::Acknowledged => {
            let public = incoming.public_lists.iter().any(|trace| trace.configured);
            let values = values
                .labelled("case", &labels, case.number.to_string())
                .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
                .labelled("release", &labels, shown(case.proposal.release_at))
                .labelled("dates", &labels, dates::stand(desk, case))
                .public("public", public)
                .public("brought_by", "")
                .public("name", name)
                .public("larger_than", larger_than(desk, story.mail))
                .public("unread", unread(story.mail))
                .public("encrypted", story.mail.opened.sealed && story.mail.opened.message.is_some())
                .labelled("certified", &labels, desk.rows.certificates().of_address(&author.address)?.is_some())
                .public("security", desk.house.security.as_str())
                .public("fingerprint", grouped(&desk.house.fingerprint));
            (LetterName::Acknowledgement, Kind::Acknowledgement, values)
        }
        Answered::Added => {
            let values = values
                .labelled("case", &labels, case.number.to_string())
                .public("name", name)
                .public("larger_than", larger_than(desk, story.mail))
                .public("unread", unread(story.mail));
            (LetterName::Added, Kind::Answer, values)
        }
        Answered::Received | Answered::Not => {
            // The dates of a new report that came now: those of the case would show that there is one.
            let usual = schedule::propose(&desk.policy.profile.schedule, &desk.policy.calendar, story.mail.received_at);
            let values = values
                .public("larger_than", larger_than(desk, story.mail))
                .public("unread", unread(story.mail))
                .public("security", desk.house.security.as_str())
                .public("predisclosure", shown(usual.predisclosure_at))
                .public("release", shown(usual.release_at))
                .public("fingerprint", grouped(&desk.house.fingerprint));
            (LetterName::Received, Kind::Acknowledgement, values)
        }
    };
    let mut letter = plain(kind, author.clone(), desk.policy.letters.render(letter, &values)?);
    letter.thread = replying(incoming.message_id.as_ref());
    if kind == Kind::Acknowledgement || !unread(story.mail).is_empty() {
        letter.enclosures.push(Labelled::public(Enclosure::Certificate));
    }
    Ok(letter)
}

/// The limit a mail is over, in words; empty when it is not.
fn larger_than(desk: &Desk<'_>, mail: &Mail<'_>) -> String {
    let limit = desk.house.limits.message_mebibytes;
    mail.truncated.map_or(String::new(), |_| format!("{limit} MiB"))
}

/// What of a mail that came encrypted nobody here can read: it depends on the mail only.
fn unread(mail: &Mail<'_>) -> &'static str {
    match (mail.opened.sealed, &mail.opened.message) {
        (true, None) => unread::ALL,
        (true, Some(_)) if mail.opened.notes.iter().any(Note::is_closed) => unread::PART,
        _ => unread::NOTHING,
    }
}

/// What is odd about a mail, and where the rest of it is.
pub fn notes(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Vec<String>> {
    let shown = mail.incoming.notes.iter().take(NOTES_MAX).map(|note| match note {
        Note::Signed { fingerprint } => signed(desk, mail.incoming, fingerprint),
        note => Ok(note.to_string()),
    });
    let mut notes = shown.collect::<Result<Vec<String>>>()?;
    let more = mail.incoming.notes.len().saturating_sub(NOTES_MAX);
    if more > 0 {
        notes.push(format!("There is more of this kind: {more} further remarks are left out."));
    }
    if let Some(Place { account, folder }) = mail.truncated {
        let limit = larger_than(desk, mail);
        let id = mail.incoming.message_id.as_ref();
        let id = id.map_or(String::new(), |id| format!(" Its Message-ID is <{}>.", id.as_str()));
        notes.push(format!(
            "It is larger than {limit}: only its beginning is attached. All of it is in the mailbox: account \
             “{account}”, folder “{folder}” or the archive of that account.{id}"
        ));
    }
    notes.extend(certificates::unshown(mail));
    Ok(notes)
}

/// Whose signature it is: a good one of somebody else makes a mail no more its sender's.
fn signed(desk: &Desk<'_>, incoming: &Incoming, fingerprint: &str) -> Result<String> {
    let registered = desk.rows.certificates().get(fingerprint)?;
    let holder = registered.and_then(|registered| registered.person).map(|person| desk.rows.people().get(person));
    Ok(match (holder.transpose()?, &incoming.author) {
        (None, _) => Note::Signed { fingerprint: fingerprint.to_owned() }.to_string(),
        (Some(holder), Some(author)) if author.address == holder.address => {
            format!("It is signed with the certificate of {}, and the signature is good.", holder.address)
        }
        (Some(holder), _) => format!(
            "It is signed with the certificate of {}, who is NOT its sender: of its sender that proves nothing. The \
             signature is good.",
            holder.address
        ),
    })
}

/// A mail, as received, to one member of the team, with the two reply addresses of that member. Of what came encrypted
/// the letter itself repeats nothing, nor the name of who wrote it: a reply in clear would quote it.
pub fn relay(desk: &mut Desk<'_>, story: &Story<'_>, member: &Person) -> Result<Letter> {
    let (case, incoming) = (story.case, story.mail.incoming);
    let (labels, theirs) = (for_team(&Labels::case(case.number)), for_team(&labels_of(case.number, incoming)));
    let copied = desk.policy.profile.reports.copy_reporter == CopyReporter::Always;
    let both = desk.reply_address(member, case.number, Purpose::AnswerReporter)?;
    let team = desk.reply_address(member, case.number, Purpose::AnswerTeam)?;
    let author = incoming.author.as_ref();
    let again = match (story.again, story.to_reporter, story.obeyed_now) {
        (false, ..) => "",
        (true, _, true) => "this time with proof of its commands",
        (true, false, _) => "by another way",
        (true, true, _) => "this time also for the discoverer",
    };
    let shown_author = author.map(|author| if incoming.sealed { author.address.as_str() } else { author.called() });
    let sealed = match (incoming.sealed, story.repeats, story.warned) {
        (false, ..) => sealed::NOT,
        (true, false, _) => sealed::CAME,
        (true, true, false) => sealed::REPEATS,
        (true, true, true) => sealed::WARNED,
    };
    let subject = if incoming.sealed { "" } else { &incoming.subject };
    let gone_to: Vec<Person> = story.reporters.iter().filter(|one| !story.waits.contains(one)).cloned().collect();
    let answered_at = if story.answered_at > desk.now { shown(story.answered_at) } else { String::new() };
    let mut noticed: Vec<String> = discuss::passed_on(desk, story.mail.id)?.into_iter().collect();
    if story.receipt {
        noticed.push("This is their first mail since we wrote: it shows that our letter arrived.".to_owned());
    }
    noticed.extend(numbers::named(desk, story)?);
    noticed.extend(notes(desk, story.mail)?);
    let mut unwritten = Vec::new();
    for reporter in &story.reporters {
        if desk.rows.participants().get(case.number, reporter.id)?.is_some_and(|one| one.unwritten) {
            unwritten.push(reporter.clone());
        }
    }
    let signed = is_signed_by_author(desk, story.mail)?;
    let lists = incoming.public_lists.iter().map(|trace| seen_list(&trace.list, &trace.header, trace.configured));
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("is_new", &labels, story.joined_by == JoinedBy::Report)
        .labelled("author", &labels, shown_author.unwrap_or("somebody without a usable address"))
        .labelled("author_address", &labels, author.map_or("", |author| author.address.as_str()))
        .labelled("again", &labels, again)
        .labelled("standing", &labels, written_by(desk, story, signed))
        .labelled("proven", &labels, incoming.evidence.aligned().is_some())
        .labelled("signed", &labels, signed)
        .labelled("sealed", &labels, sealed)
        .labelled("unread", &labels, unread(story.mail))
        .labelled("subject", &theirs, subject)
        .labelled("machine", &labels, incoming.machine.as_ref().map(Machine::to_string).unwrap_or_default())
        .labelled("acknowledged", &labels, story.answer != Answered::Not)
        .labelled("answer_waits", &labels, story.answer_waits)
        .labelled("stopped", &labels, story.stopped.map(|unproven| unproven.to_string()).unwrap_or_default())
        .labelled("by_team", &labels, story.standing == Standing::Team)
        .labelled("public", &labels, texts(lists))
        .labelled("flags", &labels, texts(Vec::<String>::new()))
        .labelled("offered", &theirs, texts(certificates::offered(desk, story.mail)?))
        .labelled("notes", &theirs, texts(noticed))
        .labelled("orders", &theirs, texts(story.orders.iter().cloned()))
        .labelled("dates", &theirs, texts(story.dates.iter().cloned()))
        .labelled("unanswered", &labels, story.unanswered.map(|why| why.to_string()).unwrap_or_default())
        .labelled("answered_at", &labels, answered_at)
        .labelled("to_reporter", &labels, story.to_reporter)
        .labelled("waits_for", &labels, addresses_of(&story.waits))
        .labelled("gone_to", &labels, addresses_of(&gone_to))
        .labelled("reporter", &labels, addresses_of(&story.reporters))
        .labelled("unwritten", &labels, addresses_of(&unwritten))
        .labelled("reporter_copied", &labels, copied)
        .labelled("participants", &labels, texts(story.participants.iter().map(Person::called)))
        .labelled("to_participants", &labels, texts(story.to_participants.iter().map(Person::called)))
        .labelled("predisclosure", &labels, shown(case.proposal.predisclosure_at))
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("security", desk.house.security.as_str())
        .public("fingerprint", grouped(&desk.house.fingerprint))
        .public("both", slot(BOTH))
        .public("team_only", slot(TEAM));
    let mut letter = plain(Kind::Relay, member.mailbox(), desk.policy.letters.render(LetterName::Relay, &values)?);
    if let Some(author) = author.filter(|_| !incoming.sealed) {
        letter.from_name = Some(via(desk, &labels, author.called()));
    }
    letter.slots = BTreeMap::from([(BOTH.to_owned(), both), (TEAM.to_owned(), team)]);
    let to_both = copied && !story.reporters.is_empty();
    letter.reply_to = Some(if to_both { BOTH } else { TEAM }.to_owned());
    letter.enclosures = enclosed(story.mail).into_iter().map(|it| Labelled::new(theirs.clone(), it)).collect();
    letter.thread = replying(Some(&desk.case_thread(case.number)?));
    Ok(letter)
}

/// What the address a mail is from is to the case.
fn written_by(desk: &Desk<'_>, story: &Story<'_>, signed: bool) -> &'static str {
    let Incoming { author, evidence, .. } = story.mail.incoming;
    if author.as_ref().is_some_and(|author| author.address.without_detail() == desk.house.security.without_detail()) {
        return standing::OURS;
    }
    stands(story.standing, signed || matches!(evidence, Evidence::Aligned(_)))
}

/// Whether all of a mail is signed by the member of the team from whose address it is.
fn is_signed_by_author(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<bool> {
    let partly = mail.incoming.notes.contains(&Note::SignedInPart);
    let Some(signed) = mail.opened.signed.as_ref().filter(|_| !partly) else { return Ok(false) };
    let signer = desk.signer(signed)?;
    Ok(signer.zip(mail.incoming.author.as_ref()).is_some_and(|(signer, author)| signer.address == author.address))
}

/// What somebody is to a case, in words.
fn stands(standing: Standing, proven: bool) -> &'static str {
    match (standing, proven) {
        (Standing::Reporter, true) => standing::DISCOVERER,
        (Standing::Reporter, false) => standing::DISCOVERERS_ADDRESS,
        (Standing::Team, true) => standing::TEAM,
        (Standing::Team, false) => standing::TEAMS_ADDRESS,
        (Standing::Participant, true) => standing::PARTICIPANT,
        (Standing::Participant, false) => standing::PARTICIPANTS_ADDRESS,
        (Standing::Stranger, _) => standing::STRANGER,
    }
}

/// The mail as people can read it, and as it came wherever that says more: then nothing is lost, and what stood
/// outside of an encryption is in no text together with what was inside.
fn enclosed(mail: &Mail<'_>) -> Vec<Enclosure> {
    let (opened, received) = (Enclosure::Opened { inbox: mail.id }, Enclosure::Received { inbox: mail.id });
    match (&mail.opened.message, mail.opened.incomplete) {
        (Some(_), false) => vec![opened],
        (Some(_), true) => vec![opened, received],
        (None, _) => vec![received],
    }
}

/// The text and the attachments of a team member's mail, without what only the team should see (reply addresses, the
/// way the mail took).
pub fn outgoing(desk: &Desk<'_>, mail: &Mail<'_>) -> Outgoing {
    outgoing_of(desk, mail.readable)
}

/// The same for several people, none of whom is to see what another wrote: nothing that is quoted or forwarded.
pub fn own_outgoing(desk: &Desk<'_>, mail: &Mail<'_>) -> Outgoing {
    let whole = outgoing(desk, mail);
    let own = people::clean(desk, &own_text(mail.readable).text).text;
    let added = answer::without_mails(mail.readable, &whole);
    Outgoing { empty: own.trim().is_empty(), text: own, ..added }
}

/// The same of a mail as people read it.
pub fn outgoing_of(desk: &Desk<'_>, readable: &[u8]) -> Outgoing {
    answer::answer(readable, |address| is_reply_address(desk, address), &desk.house.security)
}

/// Whether it came encrypted, and nobody here can read it.
pub fn is_closed(mail: &Mail<'_>) -> bool {
    unread(mail) == unread::ALL
}

/// A team member's answer, to the discoverer.
pub fn answer_to_reporter(
    desk: &Desk<'_>,
    case: CaseId,
    mail: &Mail<'_>,
    reporter: &Person,
    writer: &Person,
    text: &Outgoing,
) -> Result<Letter> {
    let (labels, theirs) = (Labels::case(case), labels_of(case, mail.incoming));
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("writer", &labels, writer.called())
        .labelled("sealed", &labels, mail.incoming.sealed)
        .labelled("text", &theirs, text.text.as_str());
    let rendered = desk.policy.letters.render(LetterName::AnswerToReporter, &values)?;
    let mut letter = plain(Kind::Relay, reporter.mailbox(), rendered);
    letter.from_name = Some(via(desk, &labels, writer.called()));
    letter.enclosures = attached(mail.id, text, &theirs).collect();
    letter.thread = replying(desk.rows.cases().last_of(case, &reporter.address)?.as_ref());
    Ok(letter)
}

/// What is passed on of the attachments of a mail.
fn attached<'a>(
    inbox: i64,
    text: &'a Outgoing,
    labels: &'a Labels,
) -> impl Iterator<Item = Labelled<Enclosure>> + use<'a> {
    let enclosed = text.parts.iter().map(move |part| Enclosure::Attachment { inbox, part: *part });
    enclosed.map(|enclosure| Labelled::new(labels.clone(), enclosure))
}

/// To the writer of an answer: it is on its way, or waits for a certificate; to whom, and what they will see, unless it
/// came encrypted: then the letter repeats nothing of it, and reaches its writer whatever certificate they have.
pub fn sent(desk: &Desk<'_>, story: &Story<'_>, writer: &Person, members: usize, text: &Outgoing) -> Result<Letter> {
    let (case, to) = (story.case, story.mail.incoming);
    let labels = Labels::case(case.number);
    let names: &[String] = if to.sealed { &[] } else { &text.names };
    let gone_to = story.reporters.iter().filter(|one| !story.waits.contains(one));
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("reporters", &labels, texts(gone_to.map(|one| one.address.as_str())))
        .labelled("waits_for", &labels, addresses_of(&story.waits))
        .labelled("members", &labels, members)
        .labelled("participants", &labels, texts(story.to_participants.iter().map(Person::called)))
        .labelled("attachments", &labels, texts(names.iter().cloned()))
        .labelled("text", &labels, if to.sealed { "" } else { text.text.as_str() });
    writers(desk, Kind::Answer, LetterName::Sent, &values, to, writer)
}

/// To whom an unproven answer claimed to come from, or to whom its reply address belongs: nothing went out, and why.
pub fn not_sent_to_reporter(
    desk: &Desk<'_>,
    case: &Case,
    to: &Incoming,
    person: &Person,
    unproven: Unproven,
    telling: Telling,
) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .public("security", desk.house.security.as_str())
        .labelled("reason", &labels, unproven.to_string())
        .labelled("remedy", &labels, unproven.remedy())
        .labelled("suspicious", &labels, unproven.is_suspicious())
        .labelled("others", &labels, counted(telling.others))
        .labelled("last", &labels, telling.last)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::NotSentToReporter, &values, to, person)
}

/// The addresses of people, in one phrase.
pub fn addresses_of(people: &[Person]) -> String {
    let addresses: Vec<&str> = people.iter().map(|person| person.address.as_str()).collect();
    addresses.join(" and ")
}

/// A number of other things, or nothing.
fn counted(others: usize) -> String {
    if others == 0 { String::new() } else { others.to_string() }
}

/// To the writer of an answer to a discoverer nobody knows.
pub fn no_reporter(desk: &Desk<'_>, case: &Case, to: &Incoming, writer: &Person) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let values = Values::new().labelled("case", &labels, case.number.to_string());
    writers(desk, Kind::Refusal, LetterName::NoReporter, &values, to, writer)
}

/// What somebody of the team answers to this letter is in the case, and a command in it counts.
pub fn answered_in_case(desk: &mut Desk<'_>, letter: &mut Letter, case: CaseId, member: &Person) -> Result<()> {
    let team = desk.reply_address(member, case, Purpose::AnswerTeam)?;
    letter.slots.insert(TEAM.to_owned(), team);
    letter.reply_to = Some(TEAM.to_owned());
    Ok(())
}

/// To the writer of a mail about what became of it.
fn writers(
    desk: &Desk<'_>,
    kind: Kind,
    name: LetterName,
    values: &Values,
    to: &Incoming,
    writer: &Person,
) -> Result<Letter> {
    let mut letter = plain(kind, writer.mailbox(), desk.policy.letters.render(name, values)?);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

/// The operator's address, where there is one: beside "ask the operator" in letters to the team.
fn operator<'d>(desk: &'d Desk<'_>) -> &'d str {
    desk.house.operator.as_ref().map_or("", Address::as_str)
}

fn plain(kind: Kind, to: Mailbox, rendered: Rendered) -> Letter {
    Letter {
        kind,
        from_name: None,
        to: vec![to],
        subject: rendered.subject,
        body: rendered.body,
        enclosures: Vec::new(),
        thread: Thread::default(),
        slots: BTreeMap::new(),
        reply_to: None,
        answers_to: None,
        blind: Vec::new(),
        post: None,
        cc: Vec::new(),
        advisory: None,
    }
}

fn replying(to: Option<&MessageId>) -> Thread {
    Thread { in_reply_to: to.cloned(), references: to.cloned().into_iter().collect() }
}

/// "Carol via Xen Project Security Team": who wrote, and through whom it comes.
fn via(desk: &Desk<'_>, labels: &Labels, name: &str) -> Text {
    Text::new(labels.clone(), format!("{name} via {}", desk.policy.profile.project.team))
}

/// Whether an address is the desk's own, or may be a reply address of ours.
pub fn is_ours(desk: &Desk<'_>, address: &Address) -> bool {
    address.without_detail() == desk.house.security.without_detail() || is_reply_address(desk, address.as_str())
}

/// Whether an address in an answer may be a reply address of ours, which must not leave to the discoverer. Any
/// address of our domain with a detail counts: rather one too many.
fn is_reply_address(desk: &Desk<'_>, address: &str) -> bool {
    let domain = desk.house.security.domain();
    Address::parse(address).is_ok_and(|a| a.detail().is_some() && a.domain().eq_ignore_ascii_case(domain))
}

/// What a mail server says, without our own reply addresses in it: nobody but their holder needs to see them.
pub fn without_reply_addresses(desk: &Desk<'_>, text: &str) -> String {
    let is_around = |c: char| matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | ',' | ';' | ':' | '.' | '[' | ']');
    let shown = |word: &str| match is_reply_address(desk, word.trim_matches(is_around)) {
        true => "(an address of ours)".to_owned(),
        false => word.to_owned(),
    };
    text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}
