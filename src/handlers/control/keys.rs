//! The command for certificates: their owner replaces one, signed with the one that is replaced; or two members of the
//! team say whose a certificate is that a mail brought. Nothing else that comes by mail changes one.

use anyhow::{Context, Result};

use super::{Did, Order, Refused, did, refuse};
use crate::handlers::say;
use crate::mail::address::Address;
use crate::mail::opened::{Offered, OfferedHow};
use crate::policy::letters::grouped;
use crate::rules::authority::SETTLED_HOURS_MIN;
use crate::rules::certificates::{self, Giving, Holder, NotTheirs};
use crate::rules::command::KeyOf;
use crate::rules::label::{Label, Labels, Text};
use crate::store::certificates::{Found, Handed, HandedOver, How, Latest};
use crate::store::people::Person;

/// A certificate that somebody is to have.
struct Wanted<'a> {
    fingerprint: &'a str,
    bytes: &'a [u8],
    found: Found,
}

impl Order<'_, '_, '_> {
    pub(super) fn key(&mut self, of: Option<&KeyOf>) -> Did {
        match of {
            None => self.replace_own(),
            Some(of) => self.say_whose(of),
        }
    }

    /// The new one lies within what the old one signed: around it, anybody could have put theirs.
    fn replace_own(&mut self) -> Did {
        let mail = self.mail;
        let signed = mail.opened.signed.as_ref().context("This command is carried out for signed mail only")?;
        let brought = mail.opened.offered.iter().filter(|one| one.how == OfferedHow::Attached && one.signed);
        // Many mail programs attach the old one, too.
        let (old, new): (Vec<&Offered>, Vec<&Offered>) = brought.partition(|one| one.fingerprint == signed.fingerprint);
        let new = match (new.as_slice(), old.as_slice()) {
            ([only], _) => *only,
            ([], [newer]) => *newer,
            ([], _) => {
                return refuse(
                    "no certificate is attached within the signed part of your mail that is not registered already.",
                    "attach the new certificate (gpg --armor --export FINGERPRINT) and sign the whole mail with the \
                     old one.",
                );
            }
            _ => {
                return refuse(
                    "several certificates are attached, and it is not clear which of them is to be yours.",
                    "attach the new one only, and sign the whole mail with the old one.",
                );
            }
        };
        let wanted = self.wanted(&new.fingerprint, &new.bytes, new.expires_at, &new.unusable);
        let me = self.by.person.clone();
        let giving = match self.may_have(&me, &wanted)? {
            Ok(giving) => giving,
            Err(refused) => return Ok(Err(refused)),
        };
        let said_by = me.called().to_owned();
        let HandedOver { former, queued } = self.hand_over(&me, &wanted, How::Signed, &said_by)?;
        let place = former.as_ref().map_or("a newer copy".to_owned(), |former| format!("in place of {former}"));
        self.put_down("key replace", &me, &wanted, &format!("{place}; {queued} deliveries that waited for it"))?;
        let words = match giving {
            Giving::New => format!(
                "This certificate is yours now, in place of the one you signed with. Letters to you are encrypted to \
                 it, and mail you sign with it is believed; only disclosing text has to wait for {SETTLED_HOURS_MIN} \
                 hours. The team is told."
            ),
            Giving::Copy => "The newer copy of your certificate is taken.".to_owned(),
        };
        Ok(Ok((words, shown(&wanted, &me.address, &named(new)))))
    }

    fn say_whose(&mut self, of: &KeyOf) -> Did {
        let Some(person) = self.somebody_at(&of.holder)? else {
            return refuse(
                format!("nobody in the team, in a case, or about to join has the address {}.", of.holder),
                "correct the address; “embargod team list” and “embargod case list” show whom the desk knows.",
            );
        };
        let me = self.by.person.clone();
        if person.id == me.id {
            return refuse(
                "nobody says so of themselves.",
                "sign with the certificate you have and attach the new one, with the command alone; or, if you lost \
                 it, ask two other members of the team to say so.",
            );
        }
        if self.desk.rows.certificates().holder(&of.fingerprint)? != Holder::Nobody {
            let registered = self.wanted(&of.fingerprint, &[], None, "");
            return Ok(Err(match self.may_have(&person, &registered)? {
                Err(refused) => refused,
                Ok(_) => Refused {
                    why: format!("{} has this certificate already.", person.address),
                    remedy: "do nothing. A newer copy of it they send themselves, signed with it.".to_owned(),
                },
            }));
        }
        let Some(offer) = self.desk.rows.certificates().latest_offer(&of.fingerprint)? else {
            return refuse(
                format!("no mail brought the certificate {}.", of.fingerprint),
                "correct the fingerprint, all of it; or have its owner send the certificate to us.",
            );
        };
        let wanted = self.wanted(&offer.fingerprint, &offer.bytes, offer.expires_at, &offer.unusable);
        if let Err(refused) = self.may_have(&person, &wanted)? {
            return Ok(Err(refused));
        }
        let said_before = self.desk.rows.certificates().who_say(wanted.fingerprint, person.id, self.desk.now)?;
        match said_before.iter().find(|member| member.id != me.id && member.id != person.id) {
            Some(first) => self.second_word(first, &person, &wanted, &offer),
            None => self.first_word(&person, &wanted, &offer),
        }
    }

    fn first_word(&mut self, person: &Person, wanted: &Wanted<'_>, offer: &Latest) -> Did {
        let me = self.by.person.clone();
        if !self.desk.rows.certificates().say_whose(wanted.fingerprint, person.id, me.id, self.desk.now)? {
            return did("You have said so already. Nothing changes before another member of the team says the same.");
        }
        self.put_down("key word", person, wanted, "another member has to say so, too")?;
        let team: Vec<Person> = self.desk.rows.people().team()?.into_iter().map(|member| member.person).collect();
        for member in team.iter().filter(|member| ![me.id, person.id].contains(&member.id)) {
            let letter = say::certificates::asked(self.desk, self.case, &me, person, offer, member)?;
            self.desk.send(&letter, Some(self.case))?;
        }
        let words =
            "Your word is kept. Nothing changes before another member of the team says the same; the others are asked.";
        Ok(Ok((words.to_owned(), shown(wanted, &person.address, &offer.names))))
    }

    fn second_word(&mut self, first: &Person, person: &Person, wanted: &Wanted<'_>, offer: &Latest) -> Did {
        let me = self.by.person.clone();
        let said_by = format!("{} and {}", first.called(), me.called());
        let HandedOver { former, queued } = self.hand_over(person, wanted, How::TwoMembers, &said_by)?;
        let place = former.map_or(String::new(), |former| format!(", in place of {former}"));
        let detail = format!("as {} said before{place}; {queued} deliveries that waited for it", first.address);
        self.put_down("key confirm", person, wanted, &detail)?;
        let words = format!("{} said so, too: the certificate is registered. The team is told.", first.called());
        Ok(Ok((words, shown(wanted, &person.address, &offer.names))))
    }

    /// Somebody of the team, who takes part in a case, or who agreed to join.
    fn somebody_at(&self, address: &Address) -> Result<Option<Person>> {
        let rows = self.desk.rows;
        let Some(person) = rows.people().by_address(address)? else { return Ok(None) };
        let is_known = rows.people().team_member(person.id)?.is_some()
            || rows.people().takes_part(person.id)?
            || rows.joinings().open_of(person.id)?.is_some();
        Ok(is_known.then_some(person))
    }

    fn wanted<'a>(
        &self,
        fingerprint: &'a str,
        bytes: &'a [u8],
        expires_at: Option<jiff::Timestamp>,
        unusable: &str,
    ) -> Wanted<'a> {
        let now = self.desk.now;
        let over = expires_at.filter(|end| *end <= now && unusable.is_empty());
        let expired = over.map(|end| format!("it expired on {}", end.strftime("%Y-%m-%d")));
        let unusable = expired.unwrap_or_else(|| unusable.to_owned());
        Wanted { fingerprint, bytes, found: Found { at: now, expires_at, unusable } }
    }

    fn may_have(&self, person: &Person, wanted: &Wanted<'_>) -> Result<Result<Giving, Refused>> {
        let Wanted { fingerprint, found, .. } = wanted;
        let holder = self.desk.rows.certificates().holder(fingerprint)?;
        let unusable = || Refused {
            why: format!("nothing can be encrypted to the certificate {fingerprint}: {}.", found.unusable),
            remedy: "use another certificate, or a newer copy of this one.".to_owned(),
        };
        let usable = found.unusable.is_empty();
        Ok(match certificates::may_have(person.id, holder, usable) {
            Ok(_) if !usable => Err(unusable()),
            Ok(giving) => Ok(giving),
            Err(NotTheirs::Unusable) => Err(unusable()),
            Err(NotTheirs::Projects) => Err(Refused {
                why: format!("the certificate {fingerprint} is the project's own."),
                remedy: "use one of their own.".to_owned(),
            }),
            Err(NotTheirs::SomebodyElses(other)) => Err(Refused {
                why: format!(
                    "the certificate {fingerprint} belongs to {}.",
                    self.desk.rows.people().get(other)?.address
                ),
                remedy: "use another one: a certificate is for one person. If it is no longer theirs, the operator \
                         takes it away with “embargod key remove”."
                    .to_owned(),
            }),
        })
    }

    fn hand_over(&self, to: &Person, wanted: &Wanted<'_>, how: How, said_by: &str) -> Result<HandedOver> {
        let Wanted { fingerprint, bytes, found } = wanted;
        self.desk.rows.certificates().hand_over(&Handed { fingerprint, to, bytes, found, how, said_by })
    }

    fn put_down(&self, act: &str, person: &Person, wanted: &Wanted<'_>, detail: &str) -> Result<()> {
        let (actor, evidence) = (self.by.person.address.as_str(), self.by.proof.as_str());
        self.desk.record(actor, evidence, act, wanted.fingerprint, &format!("for {}; {detail}", person.address))
    }
}

fn named(offered: &Offered) -> Vec<String> {
    offered.names.iter().map(ToString::to_string).collect()
}

/// A certificate as its owner and the team compare it.
fn shown(wanted: &Wanted<'_>, address: &Address, names: &[String]) -> Text {
    let mut lines = vec![format!("  {}", grouped(wanted.fingerprint)), format!("  for {address}")];
    lines.push(match wanted.found.expires_at {
        Some(end) => format!("  It expires on {}.", end.strftime("%Y-%m-%d")),
        None => "  It does not expire.".to_owned(),
    });
    if !names.iter().any(|name| name.eq_ignore_ascii_case(address.as_str())) {
        lines.push("  None of its user IDs names this address.".to_owned());
    }
    Text::new(Labels::of(Label::Team), lines.join("\n"))
}
