//! Letters about held posts: to moderators, to authors, and the one that brings a post to the members. What is of a post is for
//! members and moderators; an author who is no member gets our own words only, and what a moderator wrote to them.

use std::collections::BTreeMap;

use anyhow::Result;

use super::members::asks_the_team;
use super::{counted, enclosed, is_reply_address, operator, plain, replying, writers};
use crate::desk::{Desk, Proven, Telling};
use crate::handlers::Mail;
use crate::handlers::control::in_words;
use crate::handlers::discuss::{Reach, Refused};
use crate::mail::address::{Address, Mailbox};
use crate::mail::answer;
use crate::mail::headers::Headers;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Enclosure, Kind, Letter, Post, Thread};
use crate::mail::secret::Purpose;
use crate::mail::thread::{message_ids, replies_to};
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::authority::{Act, Demand, Unproven};
use crate::rules::label::{Label, Labelled, Labels, Text};
use crate::rules::posts::Standing;
use crate::rules::reminders;
use crate::store::held::{HeldPost, Of, PostId, Proof, State};
use crate::store::list_tokens::ListToken;
use crate::store::people::Person;

/// The slot of the address that takes the answer.
const ANSWER: &str = "answer";

/// Of a post, as it is told moderators.
fn labels_of(post: &HeldPost, sealed: bool) -> Labels {
    let mut labels = match (post.of, post.case) {
        (Of::Security, Some(case)) => Labels::of(Label::Case { case, sealed }),
        _ => Labels::of(Label::Members { sealed }),
    };
    labels.join(&Labels::of(Label::Team));
    labels
}

fn list<'d>(desk: &'d Desk<'_>) -> &'d str {
    desk.house.discuss.as_ref().map_or("", Address::as_str)
}

/// A moderator's reason, without reply addresses of ours.
pub fn cleaned(desk: &Desk<'_>, reason: &str) -> String {
    answer::cleaned(reason, |address| is_reply_address(desk, address), &desk.house.security).trim_end().to_owned()
}

/// To a moderator: a mail is held.
pub fn notice(desk: &mut Desk<'_>, mail: &Mail<'_>, post: &HeldPost, moderator: &Person) -> Result<Letter> {
    asks_about(desk, mail, post, Asked::First, moderator)
}

/// To a moderator: a mail joins a report that is held. `later`: it, as if it were held itself.
pub fn more(desk: &mut Desk<'_>, mail: &Mail<'_>, later: &HeldPost, moderator: &Person) -> Result<Letter> {
    asks_about(desk, mail, later, Asked::More, moderator)
}

fn asks_about(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    post: &HeldPost,
    asked: Asked,
    moderator: &Person,
) -> Result<Letter> {
    let mut letter = asks(desk, post, asked, moderator)?;
    let labels = labels_of(post, post.sealed);
    letter.enclosures = enclosed(mail).into_iter().map(|it| Labelled::new(labels.clone(), it)).collect();
    Ok(letter)
}

/// To a moderator: nobody decided yet. `last`: they are not reminded again.
pub fn reminder(desk: &mut Desk<'_>, post: &HeldPost, last: bool, moderator: &Person) -> Result<Letter> {
    let mut letter = asks(desk, post, Asked::Again { last }, moderator)?;
    letter.enclosures = vec![Labelled::new(labels_of(post, post.sealed), as_it_came(post))];
    Ok(letter)
}

fn as_it_came(post: &HeldPost) -> Enclosure {
    match post.sealed && post.whole {
        true => Enclosure::Opened { inbox: post.inbox },
        false => Enclosure::Received { inbox: post.inbox },
    }
}

/// Why moderators are asked about a post.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    First,
    /// More mail joins it.
    More,
    Again {
        last: bool,
    },
}

/// The question, with a reply address of the moderator's own. Of what came encrypted it repeats nothing: a reply in clear
/// would quote it.
fn asks(desk: &mut Desk<'_>, post: &HeldPost, asked: Asked, moderator: &Person) -> Result<Letter> {
    let reminder = matches!(asked, Asked::Again { .. });
    let (labels, theirs) = (labels_of(post, false), labels_of(post, post.sealed));
    let address = post.address.as_ref().map_or("", Address::as_str);
    let author = if post.sealed || post.author.is_empty() { address } else { &post.author };
    let subject = if post.sealed { "" } else { &post.subject };
    let until = match post.of {
        Of::Discuss => shown(reminders::days_later(post.held_at, desk.policy.profile.discuss.return_days)),
        Of::Security => String::new(),
    };
    let name = match post.member {
        Some(id) => desk.rows.members().all()?.into_iter().find(|member| member.id == id).map(|member| member.name),
        None => None,
    };
    let values = Values::new()
        .labelled("post", &labels, post.id.to_string())
        .labelled("case", &labels, post.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("more", &labels, asked == Asked::More)
        .labelled("reminder", &labels, reminder)
        .labelled("last", &labels, asked == Asked::Again { last: true })
        .labelled("since", &labels, shown(post.held_at))
        .labelled("author", &labels, if author.is_empty() { "somebody without a usable address" } else { author })
        .labelled("address", &labels, if author.contains(address) { "" } else { address })
        .labelled("proof", &labels, proof(post, name.as_deref().unwrap_or_default()))
        .labelled("sealed", &labels, post.sealed)
        .labelled("whole", &labels, post.whole)
        .labelled("subject", &theirs, subject)
        .labelled("reasons", &theirs, texts(post.reasons.iter().cloned()))
        .labelled("notes", &theirs, texts(post.notes.iter().cloned()))
        .labelled("hint", &theirs, post.hint.as_str())
        .labelled("words", &theirs, post.words.as_str())
        .labelled("forbidden", &labels, post.standing == Standing::Other || !post.whole)
        .labelled("stranger", &labels, post.standing == Standing::Other)
        .labelled("answerable", &labels, post.person.is_some())
        .public("signed", desk.policy.profile.evidence.of(Act::Moderate) != Demand::Aligned)
        .labelled("until", &labels, until);
    let kind = if reminder { Kind::Reminder } else { Kind::Notice };
    let rendered = desk.policy.letters.render(LetterName::PostNotice, &values)?;
    let mut letter = plain(kind, moderator.mailbox(), rendered);
    answered_at(desk, &mut letter, Purpose::Moderate, post.id, moderator)?;
    Ok(letter)
}

fn answered_at(desk: &mut Desk<'_>, letter: &mut Letter, purpose: Purpose, post: PostId, to: &Person) -> Result<()> {
    let address = desk.list_address(&ListToken { purpose, object: post.0, person: to.id })?;
    letter.slots = BTreeMap::from([(ANSWER.to_owned(), address)]);
    letter.reply_to = Some(ANSWER.to_owned());
    Ok(())
}

/// What is proven of who wrote a post: a sentence.
fn proof(post: &HeldPost, member: &str) -> String {
    let of_list = match post.of {
        Of::Discuss => ", and is not proven to be a member of the list",
        Of::Security => "",
    };
    match (post.standing, post.proof) {
        (Standing::Member, Proof::Signed) => format!(
            "It is signed with the certificate of the member {member}, and seems to be from its role address; our mail server \
             does not vouch for that (DMARC)."
        ),
        (Standing::Member, _) => {
            format!("It is from the role address of the member {member}; our mail server vouches for that (DMARC).")
        }
        (Standing::Team, Proof::Signed) => "It is signed by somebody of the team.".to_owned(),
        (Standing::Team, _) => "It is from somebody of the team; our mail server vouches for that (DMARC).".to_owned(),
        (Standing::Other, Proof::Aligned) => {
            format!("Its sender has this address, for which our mail server vouches (DMARC){of_list}.")
        }
        (Standing::Other, Proof::Signed) => format!("Its sender signed it with their certificate{of_list}."),
        (Standing::Other, Proof::None) => "That is only what it says: nothing proves who sent it.".to_owned(),
    }
}

/// To a member of the team, when nobody is a moderator.
pub fn unmoderated(desk: &Desk<'_>, post: &HeldPost, to: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let list = match post.of {
        Of::Discuss => list(desk),
        Of::Security => desk.house.security.as_str(),
    };
    let values = Values::new()
        .labelled("post", &labels, post.id.to_string())
        .public("list", list)
        .public("operator", operator(desk));
    let rendered = desk.policy.letters.render(LetterName::PostUnmoderated, &values)?;
    Ok(plain(Kind::Alert, to.mailbox(), rendered))
}

/// What an author reads first: which of their mails it is about. Only a member reads the list's text again.
fn about(values: Values, desk: &Desk<'_>, post: &HeldPost, to: &Person) -> Values {
    let of_members = Labels::of(Label::Members { sealed: false });
    let values = values
        .public("post", post.id.to_string())
        .public("list", list(desk))
        .public("name", to.name.as_str())
        .public("security", desk.house.security.as_str());
    match repeats(post) {
        true => values.labelled("subject", &of_members, post.subject.as_str()),
        false => values.public("subject", ""),
    }
}

/// Whether a letter to its author may repeat something of a post.
fn repeats(post: &HeldPost) -> bool {
    post.standing == Standing::Member && post.of == Of::Discuss && !post.sealed
}

/// To the proven author of a post: it waits.
pub fn held(desk: &mut Desk<'_>, to: &Incoming, post: &HeldPost, author: &Person) -> Result<Letter> {
    let until = reminders::days_later(post.held_at, desk.policy.profile.discuss.return_days);
    let values = about(Values::new(), desk, post, author)
        .public("standing", post.standing.as_str())
        .public("comes_back", repeats(post))
        .public("until", shown(until));
    let mut letter = writers(desk, Kind::Acknowledgement, LetterName::PostHeld, &values, to, author)?;
    answered_at(desk, &mut letter, Purpose::Withdraw, post.id, author)?;
    Ok(letter)
}

/// To the author: it was not distributed. Without a reason it is about policy. `sealed`: the reason came encrypted.
pub fn rejected(
    desk: &mut Desk<'_>,
    post: &HeldPost,
    author: &Person,
    reason: Option<&str>,
    sealed: bool,
) -> Result<Letter> {
    let values = about(Values::new(), desk, post, author)
        .public("report", post.of == Of::Security)
        .public("policy", reason.is_none())
        .public("member", post.standing != Standing::Other)
        .public("public_lists", texts(desk.policy.profile.discuss.policy_lists.iter().map(|list| list.as_str())));
    let reason = reason.unwrap_or_default();
    let values = match sealed {
        true => values.labelled("reason", &Labels::of(Label::Members { sealed }), reason),
        false => values.public("reason", reason),
    };
    let rendered = desk.policy.letters.render(LetterName::PostRejected, &values)?;
    let mut letter = plain(Kind::Refusal, author.mailbox(), rendered);
    letter.thread = replying(written_id(desk, post)?.as_ref());
    if post.standing == Standing::Member
        && let Some(member) = desk.rows.members().of_person(author.id)?
    {
        asks_the_team(desk, &mut letter, &member)?;
    }
    Ok(letter)
}

/// To the author: nobody decided in time.
pub fn returned(desk: &Desk<'_>, post: &HeldPost, author: &Person) -> Result<Letter> {
    let active = desk.rows.members().is_active(author.id)?;
    let attached = active && repeats(post);
    let values = about(Values::new(), desk, post, author)
        .public("days", i64::from(desk.policy.profile.discuss.return_days))
        .public("attached", attached)
        .public("member", post.standing != Standing::Other);
    let values = if attached { values } else { values.public("subject", "") };
    let rendered = desk.policy.letters.render(LetterName::PostReturned, &values)?;
    let mut letter = plain(Kind::Notice, author.mailbox(), rendered);
    if attached {
        letter.enclosures = vec![Labelled::new(Labels::of(Label::Members { sealed: false }), as_it_came(post))];
    }
    letter.thread = replying(written_id(desk, post)?.as_ref());
    Ok(letter)
}

/// To a moderator: nobody decided in time. `told`: its author is.
pub fn expired(desk: &Desk<'_>, post: &HeldPost, told: bool, moderator: &Person) -> Result<Letter> {
    let labels = Labels::of(Label::Team);
    let values = Values::new()
        .labelled("post", &labels, post.id.to_string())
        .labelled("since", &labels, shown(post.held_at))
        .public("days", i64::from(desk.policy.profile.discuss.return_days))
        .labelled("told", &labels, told);
    let rendered = desk.policy.letters.render(LetterName::PostExpired, &values)?;
    Ok(plain(Kind::Notice, moderator.mailbox(), rendered))
}

/// The identifier its author gave a post.
fn written_id(desk: &Desk<'_>, post: &HeldPost) -> Result<Option<crate::mail::thread::MessageId>> {
    let raw = desk.rows.inbox().raw(post.inbox)?;
    Ok(Headers::read(&raw).value("Message-ID").and_then(|value| message_ids(&value).into_iter().next()))
}

/// To whoever decided: what came of it.
pub fn decided(
    desk: &mut Desk<'_>,
    to: &Incoming,
    post: &HeldPost,
    by: &Proven,
    reach: Reach,
    told: bool,
) -> Result<Letter> {
    let values = outcome(post, Labels::of(Label::Team), false)
        .public("by", "")
        .public("proof", in_words(by.proof))
        .public("members", count(reach.now))
        .public("waiting", count(reach.waiting))
        .public("told", told);
    let mut letter = writers(desk, Kind::Answer, LetterName::PostDecided, &values, to, &by.person)?;
    answered_at(desk, &mut letter, Purpose::Moderate, post.id, &by.person)?;
    Ok(letter)
}

fn count(members: usize) -> i64 {
    i64::try_from(members).unwrap_or(i64::MAX)
}

/// To whoever answers what was decided before. Only moderators hear by whom.
pub fn late(desk: &mut Desk<'_>, to: &Incoming, post: &HeldPost, person: &Person, moderates: bool) -> Result<Letter> {
    let by = match post.decided_by.filter(|_| moderates) {
        Some(by) => desk.rows.people().get(by)?.called().to_owned(),
        None => String::new(),
    };
    let labels = if moderates { Labels::of(Label::Team) } else { Labels::public() };
    let values = outcome(post, labels.clone(), true)
        .labelled("by", &labels, by)
        .public("proof", "")
        .public("members", 0)
        .public("waiting", 0)
        .public("told", false);
    let mut letter = writers(desk, Kind::Answer, LetterName::PostDecided, &values, to, person)?;
    if moderates {
        answered_at(desk, &mut letter, Purpose::Moderate, post.id, person)?;
    }
    Ok(letter)
}

/// To the author, who took their post back.
pub fn withdrawn(desk: &Desk<'_>, to: &Incoming, post: &HeldPost, author: &Person, proof: &str) -> Result<Letter> {
    let proof = if proof == "signed" { "your signature" } else { "our mail server’s word that you wrote it (DMARC)" };
    let values = outcome(post, Labels::public(), false)
        .public("by", "")
        .public("proof", proof)
        .public("members", 0)
        .public("waiting", 0)
        .public("told", false);
    writers(desk, Kind::Answer, LetterName::PostDecided, &values, to, author)
}

/// What moderators call it.
fn called(post: &HeldPost) -> &'static str {
    match post.of {
        Of::Discuss => "post",
        Of::Security => "report",
    }
}

fn outcome(post: &HeldPost, labels: Labels, late: bool) -> Values {
    Values::new()
        .labelled("post", &labels, post.id.to_string())
        .public("kind", called(post))
        .labelled("case", &labels, post.case.map(|case| case.to_string()).unwrap_or_default())
        .labelled("state", &labels, post.state.as_str())
        .public("late", late)
        .labelled("at", &labels, post.decided_at.map(shown).unwrap_or_default())
}

/// To whoever says what cannot be done, or what nobody understands. They answer where they answered before.
pub fn not_done(desk: &mut Desk<'_>, to: &Incoming, post: &HeldPost, person: &Person, why: &Refused) -> Result<Letter> {
    let values =
        refused(desk, post.id, person, why)?.public("kind", called(post)).public("waits", post.state == State::Held);
    let mut letter = writers(desk, Kind::Refusal, LetterName::PostNotDone, &values, to, person)?;
    let moderates = desk.rows.people().team_member(person.id)?.is_some_and(|member| member.moderator);
    if moderates {
        answered_at(desk, &mut letter, Purpose::Moderate, post.id, person)?;
    } else if post.person == Some(person.id) {
        answered_at(desk, &mut letter, Purpose::Withdraw, post.id, person)?;
    }
    Ok(letter)
}

/// To whoever names a post that does not exist.
pub fn no_such_post(desk: &Desk<'_>, to: &Incoming, id: PostId, person: &Person, why: &Refused) -> Result<Letter> {
    let values = refused(desk, id, person, why)?.public("kind", "post").public("waits", false);
    writers(desk, Kind::Refusal, LetterName::PostNotDone, &values, to, person)
}

fn refused(desk: &Desk<'_>, id: PostId, person: &Person, why: &Refused) -> Result<Values> {
    let in_team = desk.rows.people().team_member(person.id)?.is_some();
    let labels = if in_team { Labels::of(Label::Team) } else { Labels::public() };
    Ok(Values::new()
        .labelled("post", &labels, id.to_string())
        .labelled("headline", &labels, why.headline.as_str())
        .labelled("line", &labels, why.line.as_str())
        .labelled("reason", &labels, why.why.as_str())
        .labelled("remedy", &labels, why.remedy.as_str())
        .labelled("expected", &labels, why.expected.as_str()))
}

/// To whose name, reply address or signature something used that proves nothing. It repeats a line of it at most.
pub fn unproven(
    desk: &Desk<'_>,
    to: &Incoming,
    post: &HeldPost,
    person: &Person,
    line: &str,
    why: Unproven,
    telling: Telling,
) -> Result<Letter> {
    let (reason, remedy) = about_post(why);
    let values = not_counted(desk, post, &reason, why, telling)
        .public("withdraw", false)
        .public("line", line)
        .public("remedy", remedy)
        .public("operator", operator(desk));
    writers(desk, Kind::Refusal, LetterName::PostUnproven, &values, to, person)
}

/// To the author of a post, when nothing proves that it was they who took it back.
pub fn not_withdrawn(
    desk: &mut Desk<'_>,
    to: &Incoming,
    post: &HeldPost,
    author: &Person,
    why: Unproven,
    telling: Telling,
) -> Result<Letter> {
    let values = not_counted(desk, post, &why.to_string(), why, telling)
        .public("withdraw", true)
        .public("line", "")
        .public("remedy", "reply with “withdraw” alone, from the address you posted from, or signed.")
        .public("operator", "");
    let mut letter = writers(desk, Kind::Refusal, LetterName::PostUnproven, &values, to, author)?;
    answered_at(desk, &mut letter, Purpose::Withdraw, post.id, author)?;
    Ok(letter)
}

fn not_counted(desk: &Desk<'_>, post: &HeldPost, reason: &str, why: Unproven, telling: Telling) -> Values {
    Values::new()
        .public("post", post.id.to_string())
        .public("kind", called(post))
        .public("waits", post.state == State::Held)
        .public("security", desk.house.security.as_str())
        .public("reason", reason)
        .public("suspicious", why.is_suspicious())
        .public("others", counted(telling.others))
        .public("last", telling.last)
}

/// Why it proves nothing, and what to do, where the words for cases do not fit.
fn about_post(why: Unproven) -> (String, &'static str) {
    const OWN_COPY: &str = "reply to your own copy of a letter about the post, from the address it was sent to.";
    match why {
        Unproven::NotAddressed => (
            "it did not come to a reply address of its writer's own, and its signed text does not name the post."
                .to_owned(),
            "reply to your own copy of a letter about it; or begin your signed text with a line that names it, such as “post \
             12”.",
        ),
        Unproven::SomebodyElse | Unproven::NotInTeam => (why.to_string(), OWN_COPY),
        why => (why.to_string(), why.remedy()),
    }
}

/// The letter that brings the members a post: to each of them apart, and to nobody else.
pub fn copy(
    desk: &Desk<'_>,
    post: &HeldPost,
    list: &Address,
    readers: Vec<Address>,
    rewritten: bool,
) -> Result<Letter> {
    let labels = Labels::of(Label::Members { sealed: post.sealed });
    let readable = desk.rows.inbox().readable(post.inbox)?;
    let headers = Headers::read(&readable);
    let address = post.address.as_ref().map_or("a member", Address::as_str);
    let name = post.author.split_once(" <").map_or(address, |(name, _)| name.trim_matches('"'));
    let author = if post.author.is_empty() { address } else { &post.author };
    let subject = if post.subject.is_empty() { "(no subject)" } else { &post.subject };
    let values = Values::new()
        .labelled("author", &labels, author)
        .public("list", list.as_str())
        .labelled("subject", &labels, subject)
        .labelled("sealed", &labels, post.sealed);
    let rendered = desk.policy.letters.render(LetterName::PostCopy, &values)?;
    let via = format!("{name} via {}", list.local_part());
    let mut letter = plain(Kind::Post, Mailbox::bare(list.clone()), rendered);
    letter.from_name = Some(Text::new(labels.clone(), via.clone()));
    letter.blind = readers;
    letter.answers_to = post.address.clone();
    letter.enclosures = vec![Labelled::new(labels, as_it_came(post))];
    letter.post = Some(Post { inbox: post.inbox, via: rewritten.then_some(via) });
    let value = |name: &str| headers.value(name).unwrap_or_default();
    let answered = replies_to(&value("In-Reply-To"), &value("References"));
    let own = message_ids(&value("Message-ID")).into_iter().next();
    let mut references: Vec<_> = answered.iter().rev().cloned().collect();
    references.extend(own);
    letter.thread = Thread { in_reply_to: answered.first().cloned(), references };
    Ok(letter)
}

/// How a mail that was meant for members came to the team, in a sentence.
pub fn passed_on(desk: &Desk<'_>, mail: i64) -> Result<Option<String>> {
    let held = desk.rows.held().of_mail(mail)?;
    let Some(post) = held.filter(|post| post.of == Of::Discuss && post.state == State::Passed) else { return Ok(None) };
    let by = match post.decided_by {
        Some(by) => desk.rows.people().get(by)?.called().to_owned(),
        None => "a moderator".to_owned(),
    };
    Ok(Some(format!("It was sent to the members’ list, {}, and passed on by {by} (post {}).", list(desk), post.id)))
}

/// To somebody whose report is held.
pub fn report_held(desk: &Desk<'_>, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("name", author.name.as_deref().unwrap_or_default())
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::ReportHeld, &values)?;
    let mut letter = plain(Kind::Acknowledgement, author.clone(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}
