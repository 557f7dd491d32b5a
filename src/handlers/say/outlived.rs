//! Letters about mail to a reply address that is over: to its writer, and to the team.

use anyhow::Result;

use super::questions::{NOBODY, labels_of};
use super::{enclosed, is_closed, notes, plain, replying, via};
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::address::Mailbox;
use crate::mail::incoming::Incoming;
use crate::mail::letter::{Kind, Letter};
use crate::mail::secret::Purpose;
use crate::policy::letters::{LetterName, Values, texts};
use crate::rules::label::{Label, Labelled, Labels};
use crate::store::people::Person;

/// To its writer. It names nobody: they may be anybody.
pub fn over(desk: &Desk<'_>, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    answer(desk, LetterName::AddressOver, to, author)
}

/// To whoever answers whether they take part in a case, when nobody waits for that any more. It holds nothing of the case.
pub fn not_needed(desk: &Desk<'_>, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    answer(desk, LetterName::NotNeeded, to, author)
}

fn answer(desk: &Desk<'_>, name: LetterName, to: &Incoming, author: &Mailbox) -> Result<Letter> {
    let values = Values::new()
        .public("name", author.name.as_deref().unwrap_or(""))
        .public("security", desk.house.security.as_str());
    let rendered = desk.policy.letters.render(name, &values)?;
    let mut letter = plain(Kind::Answer, author.clone(), rendered);
    letter.thread = replying(to.message_id.as_ref());
    Ok(letter)
}

/// To a member of the team: the mail, as it came, and whose address it was.
pub fn remark(
    desk: &Desk<'_>,
    mail: &Mail<'_>,
    (purpose, holder): (Purpose, &Person),
    told: bool,
    to: &Person,
) -> Result<Letter> {
    let team = Labels::of(Label::Team);
    let (author, sealed) = (mail.incoming.author.as_ref(), mail.incoming.sealed);
    let theirs = labels_of(mail.incoming);
    let withheld = desk.may_read(&to.address, &theirs)?.err().is_some_and(|barred| !barred.wants_certificate());
    let noticed = if withheld { Vec::new() } else { notes(desk, mail)? };
    let values = Values::new()
        .labelled("author", &team, author.map_or(NOBODY, Mailbox::called))
        .labelled("address", &team, author.map_or("", |author| author.address.as_str()))
        .labelled("holder", &team, format!("{} <{}>", holder.called(), holder.address))
        .labelled("purpose", &team, was_for(purpose))
        .labelled("subject", &team, if sealed { "" } else { &mail.incoming.subject })
        .labelled("sealed", &team, sealed)
        .labelled("unread", &team, is_closed(mail))
        .labelled("withheld", &team, withheld)
        .labelled("told", &team, told)
        .labelled("notes", if withheld { &team } else { &theirs }, texts(noticed));
    let rendered = desk.policy.letters.render(LetterName::OutlivedMail, &values)?;
    let mut letter = plain(Kind::Relay, to.mailbox(), rendered);
    if let Some(author) = author.filter(|_| !sealed) {
        letter.from_name = Some(via(desk, &team, author.called()));
    }
    if !withheld {
        letter.enclosures = enclosed(mail).into_iter().map(|it| Labelled::new(theirs.clone(), it)).collect();
    }
    Ok(letter)
}

/// What an address was for, in words that end a sentence.
fn was_for(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Confirm | Purpose::ConfirmMember => "to say that the address is a member's",
        Purpose::Question => "for a member's questions to the team",
        Purpose::AnswerMember => "to answer a member",
        Purpose::Drill => "to answer a test letter",
        Purpose::AddressFormer | Purpose::AddressNew => "to say that a member's address changes",
        Purpose::Decide | Purpose::Current => "to decide about an application",
        Purpose::MemberKey => "to say that a certificate is a member's",
        Purpose::Agree => "to say whether they take part in a case, which is closed or goes on without them",
        Purpose::Moderate => "to decide about a post",
        Purpose::Withdraw => "to take a post back",
        _ => "for something else",
    }
}
