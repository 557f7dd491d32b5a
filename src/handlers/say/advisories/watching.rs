//! Letters to the team about advisories on their way: how they get on, what keeps one back, what is missing. They hold
//! numbers, names and dates, and nothing of the advisory.

use anyhow::Result;

use super::bringing::called;
use super::{in_thread, listed};
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::handlers::advisories::{members, standing};
use crate::handlers::say::{for_team, labels_of, plain, without_reply_addresses};
use crate::mail::address::Mailbox;
use crate::mail::letter::{Kind, Letter};
use crate::policy::letters::{LetterName, Values, shown, texts, typeset};
use crate::rules::alarms::Look;
use crate::rules::label::{CaseId, Labels};
use crate::rules::life::State;
use crate::store::advisories::{Copy, Fate, Numberless, UnseenOn, Version};
use crate::store::cases::Case;
use crate::store::members::Member;
use crate::store::people::Person;

/// What a mail server says is shown so far.
const WHY_CHARACTERS_MAX: usize = 160;

/// When an alarm comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Hourly,
    Daily,
    Never,
}

/// A release is not ready, or did not happen.
pub fn alarm(
    desk: &mut Desk<'_>,
    case: &Case,
    look: Look,
    again: Again,
    missing: &[String],
    to: &Person,
) -> Result<Letter> {
    let labels = for_team(&Labels::case(case.number));
    let before = match look {
        Look::DayBefore => "a day",
        Look::HourBefore => "an hour",
        Look::Since(_) => "",
    };
    let publication = desk.policy.profile.playbook.publication().map_or("publish", |step| step.id.as_str());
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("release", &labels, shown(case.proposal.release_at))
        .public("before", before)
        .public(
            "again",
            match again {
                Again::Hourly => "hourly",
                Again::Daily => "daily",
                Again::Never => "never",
            },
        )
        .labelled("partly", &labels, case.state == State::Released)
        .labelled("missing", &labels, texts(missing.iter().cloned()))
        .labelled("members", &labels, members_may_publish(desk, case.number)?.unwrap_or_default())
        .public("operator", false)
        .public("publication", publication)
        .public("security", desk.house.security.as_str());
    addressed(desk, Kind::Alert, case.number, LetterName::AdvisoryAlarm, &values, to)
}

/// The same to the operator, who hears that there is an alarm, and nothing of what is missing. `None`: there is none, or they
/// are in the team.
pub fn alarm_for_operator(desk: &Desk<'_>, case: &Case, look: Look) -> Result<Option<Letter>> {
    let Some(operator) = &desk.house.operator else { return Ok(None) };
    if desk.rows.people().team()?.iter().any(|member| member.person.address == *operator) {
        return Ok(None);
    }
    let values = Values::new()
        .public("case", case.number.to_string())
        .public("release", shown(case.proposal.release_at))
        .public("before", if look == Look::HourBefore { "an hour" } else { "" })
        .public("again", "daily")
        .public("partly", case.state == State::Released)
        .public("missing", texts::<String>([]))
        .public("members", "")
        .public("operator", true)
        .public("publication", "")
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(LetterName::AdvisoryAlarm, &values)?;
    Ok(Some(plain(Kind::Alert, Mailbox::bare(operator.clone()), rendered)))
}

/// What no hold and no missing approval stops: members that have a version may publish at the hour that it names.
pub fn members_may_publish(desk: &Desk<'_>, case: CaseId) -> Result<Option<String>> {
    let versions = members::current(desk, Some(case))?;
    let Some(until) = versions.iter().filter_map(|version| version.embargo_until).min() else { return Ok(None) };
    let case = standing::case(desk, case)?;
    let named = desk.rows.facts().advisories(case.number)?.len() > 1;
    let have = match versions.as_slice() {
        [only] if !named => format!("version {}", only.version),
        several => {
            let each = several.iter().map(|one| format!("{} version {}", called(desk, one), one.version));
            listed(&each.collect::<Vec<_>>())
        }
    };
    let is_over = until <= desk.now;
    let publish = if is_over { "have been free to publish since" } else { "may publish on" };
    let same =
        !is_over && case.proposal.release_at == until && !desk.rows.participants().reporters(case.number)?.is_empty();
    let expects = if same { "; the discoverer expects that hour, too" } else { "" };
    let moves = match (case.state, is_over) {
        (State::Released, _) => "",
        (_, true) => {
            " “!embargo DATE WHY” tells the discoverer; the members hear of it only by a new version, which you have to approve."
        }
        (_, false) => {
            " “!embargo DATE WHY” tells the discoverer; the members hear of it only by a new version, which you have to \
             approve before that."
        }
    };
    Ok(Some(format!("The members have {have} and {publish} {}{expects}.{moves}", shown(until))))
}

/// How a version gets on to the members.
pub fn progress(desk: &mut Desk<'_>, version: &Version, copies: &[Copy], to: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(version.case));
    let those = |fates: &[Fate]| -> Vec<String> {
        copies.iter().filter(|copy| fates.contains(&copy.fate)).map(|copy| line(desk, copy)).collect()
    };
    let names = copies.iter().filter(|copy| copy.fate == Fate::Uncertified).map(|copy| copy.name.clone());
    let accepted = copies.iter().filter(|copy| copy.fate == Fate::Accepted).count();
    let values = about(desk, version.case, version.number)
        .labelled("version", &labels, version.version)
        .labelled("since", &labels, version.predisclosed_at.map_or(String::new(), shown))
        .labelled("until", &labels, version.embargo_until.map_or(String::new(), shown))
        .labelled("total", &labels, copies.len())
        .labelled("accepted", &labels, accepted)
        .labelled("waiting", &labels, texts(those(&[Fate::Waiting])))
        .labelled("uncertified", &labels, texts(names))
        .labelled("undelivered", &labels, texts(those(&[Fate::Blocked, Fate::Failed])));
    addressed(desk, Kind::Notice, version.case, LetterName::AdvisoryProgress, &values, to)
}

/// Who, and what there is to say of their copy.
fn line(desk: &Desk<'_>, copy: &Copy) -> String {
    let why = typeset::one_line(&without_reply_addresses(desk, &copy.why), WHY_CHARACTERS_MAX);
    match why.as_str() {
        "" => copy.name.clone(),
        why => format!("{}: {why}", copy.name),
    }
}

/// What somebody did to hold a case, or to end that.
pub struct Holding<'a> {
    pub held: bool,
    /// It was the clock that kept things back.
    pub clock: bool,
    /// Or empty.
    pub reason: &'a str,
    /// What waits, or leaves.
    pub lines: &'a [String],
}

/// Somebody holds a case, or ends that. A reason that came encrypted is in letters only that leave so.
pub fn held(
    desk: &mut Desk<'_>,
    mail: &Mail<'_>,
    case: CaseId,
    holding: &Holding<'_>,
    by: &Person,
    to: &Person,
) -> Result<Letter> {
    let (labels, theirs) = (for_team(&Labels::case(case)), for_team(&labels_of(case, mail.incoming)));
    let withheld = !holding.reason.is_empty() && desk.may_read(&to.address, &theirs)?.is_err();
    let values = Values::new()
        .labelled("case", &labels, case.to_string())
        .labelled("held", &labels, holding.held)
        .labelled("clock", &labels, holding.clock)
        .labelled("by", &labels, by.called())
        .labelled("withheld", &labels, withheld)
        .labelled("lines", &labels, texts(holding.lines.iter().cloned()))
        .labelled("members", &labels, members_may_publish(desk, case)?.unwrap_or_default());
    let values = match withheld || holding.reason.is_empty() {
        true => values.public("reason", ""),
        false => values.labelled("reason", &theirs, holding.reason),
    };
    addressed(desk, Kind::Notice, case, LetterName::AdvisoryHeld, &values, to)
}

/// Somebody is new on the list, and has not got what the others have.
pub fn new_member(desk: &mut Desk<'_>, member: &Member, version: &Version, to: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(version.case));
    let waits = match (desk.rows.advisories().held(version.case)?, version.void_at) {
        (Some(_), _) => "held",
        (None, Some(_)) => "void",
        (None, None) => "",
    };
    let had = !desk.rows.advisories().copies(version.id)?.is_empty();
    let values = about(desk, version.case, version.number)
        .labelled("waits", &labels, waits)
        .labelled("had", &labels, had)
        .labelled("member", &labels, member.name.as_str())
        .labelled("address", &labels, member.role.address.as_str())
        .labelled("since", &labels, shown(desk.now))
        .labelled("until", &labels, version.embargo_until.map_or(String::new(), shown));
    addressed(desk, Kind::Notice, version.case, LetterName::AdvisoryForNewMember, &values, to)
}

/// A release did not come back from these lists.
pub fn unseen(desk: &mut Desk<'_>, version: &Version, lists: &[&UnseenOn], to: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(version.case));
    let names: Vec<&str> = lists.iter().map(|one| one.list.as_str()).collect();
    let (taken, untaken) =
        (lists.iter().any(|one| one.left_at.is_some()), lists.iter().any(|one| one.left_at.is_none()));
    let lists = lists.iter().map(|one| match one.left_at {
        Some(at) => format!("{}: its mail server took it on {}", one.list, shown(at)),
        None => format!("{}: no mail server took it yet", one.list),
    });
    let values = about(desk, version.case, version.number)
        .labelled("version", &labels, version.public_version)
        .labelled("at", &labels, version.released_at.map_or(String::new(), shown))
        .labelled("names", &labels, names.join(" and "))
        .labelled("taken", &labels, taken)
        .labelled("untaken", &labels, untaken)
        .labelled("lists", &labels, texts(lists));
    addressed(desk, Kind::Alert, version.case, LetterName::AdvisoryUnseen, &values, to)
}

/// An advisory is public without a CVE number.
pub fn numberless(desk: &mut Desk<'_>, one: &Numberless, to: &Person) -> Result<Letter> {
    let labels = for_team(&Labels::case(one.case));
    let several = desk.rows.facts().advisories(one.case)?.len() > 1;
    let values = about(desk, one.case, one.advisory).labelled("at", &labels, shown(one.released_at)).labelled(
        "number",
        &labels,
        if several { one.advisory.to_string() } else { String::new() },
    );
    addressed(desk, Kind::Reminder, one.case, LetterName::AdvisoryWithoutNumber, &values, to)
}

fn about(desk: &Desk<'_>, case: CaseId, advisory: i64) -> Values {
    let labels = for_team(&Labels::case(case));
    Values::new().labelled("case", &labels, case.to_string()).labelled(
        "advisory",
        &labels,
        desk.policy.profile.advisory.called(advisory),
    )
}

/// In the thread of its case, with a reply address that belongs to its reader: commands in the answer count.
fn addressed(
    desk: &mut Desk<'_>,
    kind: Kind,
    case: CaseId,
    name: LetterName,
    values: &Values,
    to: &Person,
) -> Result<Letter> {
    let letter = plain(kind, to.mailbox(), desk.policy.letters.render(name, values)?);
    in_thread(desk, letter, case, to)
}
