//! Somebody of the team with their telephone: what it makes of a few typed lines, and the letters they read on it.

use super::correspondent::{Correspondent, Opened};
use super::cut;
use super::desk::{Desk, SOON};
use crate::world::crlf;

/// Somebody of the team, with their telephone.
pub struct Phone {
    pub who: Correspondent,
    /// Letters they have read.
    read: usize,
    mails: usize,
    /// Where they answer mail of the case.
    reply_to: String,
}

impl Phone {
    pub fn of(who: Correspondent) -> Self {
        Self { who, read: 0, mails: 0, reply_to: String::new() }
    }

    pub fn user(&self) -> &'static str {
        self.who.address.split('@').next().unwrap()
    }

    /// The letters that came since they last looked, once there are so many.
    pub fn reads(&mut self, desk: &Desk, count: usize) -> Vec<Opened> {
        let letters = desk.stack.wait_for(self.user(), self.read + count, SOON);
        assert_eq!(letters.len(), self.read + count, "letters to {}", self.user());
        let new: Vec<Opened> = letters[self.read..].iter().map(|raw| self.who.reads(&crlf(raw))).collect();
        let named = letters[self.read..].iter().map(|raw| cut::field(&crlf(raw), "Reply-To"));
        if let (true, Some(named)) = (self.reply_to.is_empty(), named.into_iter().find(|named| !named.is_empty())) {
            self.reply_to = named.trim_matches(['<', '>']).to_owned();
        }
        self.read = letters.len();
        new
    }

    /// What a telephone makes of a few typed lines: flowed, quoted-printable, its own last words, and the whole mail that
    /// is answered below them.
    fn typed(text: &str) -> String {
        format!(
            "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n\
             {}\n\n=E2=80=94\nSent from my phone\n\nOn Mon, 7 Dec 2026 at 10:12, Project Security Team wrote:\n\
             > !invalid it is none\n> A new report came in.=20\n",
            text.replace('=', "=3D")
        )
    }

    /// Signed and encrypted, to their own reply address in the case.
    pub fn sends(&mut self, desk: &Desk, text: &str) {
        self.sends_entity(desk, &Self::typed(text));
    }

    pub fn sends_entity(&mut self, desk: &Desk, entity: &str) {
        self.mails += 1;
        let id = format!("{}-{}", self.user(), self.mails);
        let mail = self.who.writes(&self.reply_to, &id, entity);
        desk.stack.submit(self.user(), &self.reply_to, &mail).unwrap();
    }

    /// The same words, and the signature forgotten.
    pub fn forgets_to_sign(&mut self, desk: &Desk, text: &str) {
        self.mails += 1;
        let mail = format!(
            "From: {from}\nTo: {to}\nSubject: Re: the case\nDate: Mon, 07 Dec 2026 10:00:00 +0000\n\
             Message-ID: <{}-{}@proj.test>\nMIME-Version: 1.0\n{}",
            self.user(),
            self.mails,
            Self::typed(text),
            from = self.who.address,
            to = self.reply_to,
        );
        desk.stack.submit(self.user(), &self.reply_to, mail.replace('\n', "\r\n").as_bytes()).unwrap();
    }
}
