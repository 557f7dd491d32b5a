//! The letters that bring an advisory to members and to the world, and those that tell of it whoever knows of its case. The
//! advisory itself, signed in line, is put into them when they are sealed.

use anyhow::{Context, Result};

use crate::advisory::text::parse;
use crate::desk::Desk;
use crate::handlers::advisories::{standing, style};
use crate::handlers::say::embargo::{Outlet, Reader, addressed};
use crate::handlers::say::{for_team, plain};
use crate::mail::address::{Address, Mailbox};
use crate::mail::letter::{Audience, Bringing, Enclosure, Kind, Letter, Thread};
use crate::policy::letters::{LetterName, Values, shown, texts};
use crate::rules::label::{Label, Labelled, Labels, Text};
use crate::store::advisories::Version;
use crate::store::cases::Case;

/// To members, under embargo. `follows`: they have an earlier version.
pub fn for_members(desk: &Desk<'_>, version: &Version, follows: bool, readers: Vec<Address>) -> Result<Letter> {
    let labels = labels_of(version);
    let until = version.embargo_until.context("An advisory without an embargo is public")?;
    let style = style(desk);
    let has_section = parse(&version.members_text, &style).0.section(&style.deployment).is_some();
    let values = Values::new()
        .labelled("advisory", &labels, called(desk, version))
        .labelled("version", &labels, version.version)
        .labelled("heading", &labels, heading(desk, version, version.version))
        .labelled("until", &labels, shown(until))
        .labelled("files", &labels, version.files.len())
        .labelled("follows", &labels, follows)
        .labelled("unpatched", &labels, version.patchless)
        .labelled("deployment", &labels, if has_section { style.deployment.as_str() } else { "" })
        .public("security", desk.house.security.as_str());
    let list = desk.house.members.as_ref().unwrap_or(&desk.house.security);
    let rendered = desk.policy.letters.render(LetterName::AdvisoryForMembers, &values)?;
    let mut letter = plain(Kind::Predisclosure, Mailbox::bare(list.clone()), rendered);
    letter.blind = readers;
    // The list distributes nothing: what a member writes to it is their question to the team.
    letter.answers_to = Some(list.clone());
    letter.advisory = Some(Bringing { version: version.id, text: Audience::Members });
    Ok(letter)
}

/// To the public lists: one mail to all of them.
pub fn public(desk: &Desk<'_>, version: &Version) -> Result<Letter> {
    let lists = desk.policy.profile.lists.released_to();
    let mut letter = released_mail(desk, version);
    letter.to = lists.iter().cloned().map(Mailbox::bare).collect();
    letter.cc = vec![Mailbox::bare(desk.house.security.clone())];
    Ok(letter)
}

/// The same words to the members, each a copy.
pub fn public_copy(desk: &Desk<'_>, version: &Version, list: &Address, readers: Vec<Address>) -> Result<Letter> {
    let mut letter = released_mail(desk, version);
    letter.to = vec![Mailbox::bare(list.clone())];
    letter.blind = readers;
    Ok(letter)
}

/// It holds the advisory, and no word beside it.
fn released_mail(desk: &Desk<'_>, version: &Version) -> Letter {
    let labels = labels_of(version);
    Letter {
        kind: Kind::Release,
        from_name: None,
        to: Vec::new(),
        subject: Text::new(labels.clone(), heading(desk, version, version.public_version)),
        body: Text::new(labels, String::new()),
        enclosures: Vec::new(),
        thread: Thread::default(),
        slots: Default::default(),
        reply_to: None,
        answers_to: None,
        blind: Vec::new(),
        post: None,
        cc: Vec::new(),
        advisory: Some(Bringing { version: version.id, text: Audience::Public }),
    }
}

/// To a discoverer, or to whoever takes part: it is public. `further`: so was a version before it.
pub fn released(desk: &mut Desk<'_>, case: &Case, version: &Version, reader: &Reader, further: bool) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let lists = desk.policy.profile.lists.released_to();
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("reader", &labels, reader.as_str())
        .public("name", reader.person().name.as_str())
        .labelled("advisory", &labels, called(desk, version))
        .labelled("version", &labels, version.public_version)
        .labelled("further", &labels, further)
        .public("lists", texts(lists.iter().map(Address::as_str)))
        .public("security", desk.house.security.as_str());
    let mut letter = addressed(desk, case.number, reader, LetterName::AdvisoryReleased, &values)?;
    let name = format!("{}-v{}.txt", called(desk, version).to_lowercase(), version.public_version);
    let text = Enclosure::Draft { name, version: version.id, text: Audience::Public };
    letter.enclosures.push(Labelled::new(labels_of(version), text));
    Ok(letter)
}

/// To the same, where somebody of the team published it by hand.
pub fn published(desk: &mut Desk<'_>, case: &Case, reader: &Reader) -> Result<Letter> {
    let labels = Labels::case(case.number);
    let numbers = desk.rows.facts().advisories(case.number)?;
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("reader", &labels, reader.as_str())
        .public("name", reader.person().name.as_str())
        .labelled("advisory", &labels, desk.policy.profile.advisory.all_called(&numbers))
        .labelled("version", &labels, 0)
        .labelled("further", &labels, false)
        .public("lists", texts::<&str>([]))
        .public("security", desk.house.security.as_str());
    addressed(desk, case.number, reader, LetterName::AdvisoryReleased, &values)
}

/// To a member of the team: what leaves where.
pub fn left(desk: &mut Desk<'_>, case: &Case, version: &Version, reader: &Reader, members: usize) -> Result<Letter> {
    let labels = for_team(&Labels::case(case.number));
    let outlet = Outlet::of(desk, case.number)?.released(members, &desk.house.hooks);
    let late = version.embargo_until.filter(|hour| standing::is_late(*hour, desk.now)).map_or(String::new(), shown);
    let values = Values::new()
        .labelled("case", &labels, case.number.to_string())
        .labelled("advisory", &labels, called(desk, version))
        .labelled("version", &labels, version.public_version)
        .labelled("at", &labels, shown(desk.now))
        .labelled("late", &labels, late)
        .labelled("outlet", &labels, texts(outlet));
    addressed(desk, case.number, reader, LetterName::AdvisoryLeft, &values)
}

/// `XSA-480`
pub fn called(desk: &Desk<'_>, version: &Version) -> String {
    desk.policy.profile.advisory.called(version.number)
}

fn labels_of(version: &Version) -> Labels {
    Labels::of(Label::Advisory { version: version.id })
}

/// `Xen Security Advisory 480 v2 (CVE-2026-12345,CVE-2026-12346) - stale mapping of a grant`, as the Xen Project writes it.
fn heading(desk: &Desk<'_>, version: &Version, number: u32) -> String {
    let name = style(desk).name;
    let cves = if version.cves.is_empty() { String::new() } else { format!(" ({})", version.cves.join(",")) };
    format!("{name} {} v{number}{cves} - {}", version.number, version.title)
}
