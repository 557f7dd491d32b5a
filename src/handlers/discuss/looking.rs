//! A post as it is looked at before a person does: reasons to look twice, and what it looks like.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Author;
use crate::desk::Desk;
use crate::handlers::Mail;
use crate::mail::answer;
use crate::mail::note::Note;
use crate::mail::parts::parts;
use crate::rules::checklist;
use crate::rules::posts::{self, Looks, Reason, Secret, Standing, Submitted};
use crate::store::held::Proof;
use crate::store::members::State;

/// What was found.
pub struct Looked {
    pub reasons: Vec<Reason>,
    /// What it looks like, and the words that made us think so.
    pub looks: Option<(Looks, Vec<String>)>,
    /// All of it is here, and can be read.
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
    };
    let words = desk.policy.profile.discuss.words();
    let secret = |(case, title): (_, String)| Secret { case: Some(case), numbers: posts::numbers_in(&title) };
    let secrets: Vec<Secret> = desk.rows.cases().not_public()?.into_iter().map(secret).collect();
    Ok(Looked {
        reasons: posts::reasons(&post, &secrets, &words),
        looks: posts::looks_like(&post, &words),
        whole: !cut && !closed,
    })
}

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
