//! A post as it is looked at before a person does: reasons to look twice, and what it looks like.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use anyhow::Result;
use regex::Regex;

use super::Author;
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::answer;
use crate::mail::note::Note;
use crate::mail::parts::parts;
use crate::mail::secret::sha256_hex;
use crate::rules::checklist;
use crate::rules::posts::{self, Looks, Reason, Secret, Standing, Submitted};
use crate::store::cases::NotPublic;
use crate::store::held::Proof;
use crate::store::members::State;

/// What was found.
pub struct Looked {
    pub reasons: Vec<Reason>,
    /// What it looks like, and the words that made us think so.
    pub looks: Option<(Looks, Vec<String>)>,
    /// All of it is here, can be read, and is for everybody.
    pub whole: bool,
}

impl Looked {
    /// A sentence for each reason. Of what came encrypted no word is repeated.
    pub fn shown(&self, sealed: bool) -> Vec<String> {
        self.reasons.iter().map(|reason| if sealed { reason.brief() } else { reason.to_string() }).collect()
    }

    /// The words that made us think what it looks like. Of what came encrypted none is repeated.
    pub fn words(&self, sealed: bool) -> String {
        let words = self.looks.as_ref().filter(|_| !sealed).map_or(&[][..], |(_, words)| words);
        words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ")
    }
}

pub fn look(desk: &Desk<'_>, mail: &Mail<'_>, author: &Author) -> Result<Looked> {
    let shown = answer::answer(mail.readable, |_| false, &desk.house.security);
    let all = parts(mail.readable);
    let kind = |part: usize| all.get(part).map(|part| part.content.kind.clone()).unwrap_or_default();
    let attachments: Vec<(String, String)> =
        shown.parts.iter().zip(&shown.names).map(|(part, name)| (kind(*part), name.clone())).collect();
    let has = |kind: &str| all.iter().any(|part| part.content.kind == kind && !part.is_attached());
    let closed =
        (mail.opened.sealed && mail.opened.message.is_none()) || mail.incoming.notes.iter().any(Note::is_closed);
    let cut = mail.truncated.is_some() || mail.incoming.notes.contains(&Note::HeaderCut);
    let near = near(desk, mail, author)?;
    let configured = mail.incoming.public_lists.iter().filter(|trace| trace.configured);
    let public_lists: BTreeSet<String> = configured.map(|trace| trace.list.clone()).collect();
    let public_lists: Vec<String> = public_lists.into_iter().collect();
    let post = Submitted {
        standing: author.standing,
        proven: author.proof != Proof::None,
        near: near.as_deref(),
        subject: &mail.incoming.subject,
        text: &shown.text,
        attachments: &attachments,
        public_lists: &public_lists,
        html_only: has("text/html") && !has("text/plain"),
        cut,
        closed,
        reply_address: shows_reply_address(desk, mail, &shown.text)?,
    };
    let words = desk.policy.profile.discuss.words();
    let secret = |known: NotPublic| {
        let advisories = known.advisories.iter().map(|number| format!("XSA-{number}"));
        let numbers = posts::numbers_in(&known.title).into_iter().chain(advisories).chain(known.cves);
        let numbers: BTreeSet<String> = numbers.collect();
        Secret { case: Some(known.case), numbers: numbers.into_iter().collect(), sealed: known.sealed }
    };
    let secrets: Vec<Secret> = match posts::named(&post).is_empty() {
        true => Vec::new(), // Most name none: nothing is looked up.
        false => desk.rows.cases().not_public()?.into_iter().map(secret).collect(),
    };
    Ok(Looked {
        reasons: posts::reasons(&post, &secrets, &words),
        looks: posts::looks_like(&post, &words),
        whole: !cut && !closed && !post.reply_address,
    })
}

/// Whether somebody's own reply address of ours stands in a mail, in its header or in a text: every member would have it.
fn shows_reply_address(desk: &Desk<'_>, mail: &Mail<'_>, text: &str) -> Result<bool> {
    let mut tried = BTreeSet::new();
    let decoded = parts(mail.readable).into_iter().filter(|part| part.content.kind.starts_with("text/"));
    let texts = decoded.map(|part| String::from_utf8_lossy(&part.bytes()).into_owned());
    for text in [String::from_utf8_lossy(mail.readable).into_owned(), text.to_owned()].into_iter().chain(texts) {
        for token in TOKEN.captures_iter(&text).filter_map(|found| found.get(1)) {
            let hash = sha256_hex(token.as_str().to_lowercase().as_bytes());
            if tried.len() >= TOKENS_MAX || !tried.insert(hash.clone()) {
                continue;
            }
            let is_ours = desk.rows.tokens().find(&hash)?.is_some()
                || desk.rows.applications().token(&hash)?.is_some()
                || desk.rows.list_tokens().find(&hash)?.is_some();
            // It may be the one by which it came here, which its author knows is theirs.
            if is_ours && mail.incoming.token.as_ref() != Some(&hash) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A reply address: 26 characters of base32 behind a plus.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\+([A-Za-z2-7]{26})@").expect("the pattern is fixed"));
/// So many are looked up; more is no post.
const TOKENS_MAX: usize = 100;

/// The member whose role address is at the domain of an author who is not one.
fn near(desk: &Desk<'_>, mail: &Mail<'_>, author: &Author) -> Result<Option<String>> {
    let Some(written) = mail.incoming.author.as_ref().filter(|_| author.standing == Standing::Other) else {
        return Ok(None);
    };
    let domain = written.address.domain().to_lowercase();
    let free = desk.policy.profile.application.as_ref().is_some_and(|checklist| checklist::is_free(checklist, &domain));
    if free {
        return Ok(None);
    }
    let members = desk.rows.members().all()?;
    let near =
        members.into_iter().filter(|member| member.state == State::Active && member.role.address != written.address);
    Ok(near
        .into_iter()
        .find(|member| member.role.address.domain().eq_ignore_ascii_case(&domain))
        .map(|member| member.name))
}
