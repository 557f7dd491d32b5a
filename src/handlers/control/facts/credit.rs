//! The command that says whom the advisory thanks. Whoever reported it is thanked by the name they gave; whoever is to stay
//! anonymous is named by nobody in passing.

use anyhow::Result;

use crate::handlers::control::{Did, Order, Refused, did, refuse};
use crate::handlers::say::people::people_in_words;
use crate::handlers::say::steps::quoted;
use crate::mail::address::Address;
use crate::rules::command::{Credit, Naming, Role};
use crate::rules::naming::{self, Meant};
use crate::store::facts::Thanked;
use crate::store::people::Person;

impl Order<'_, '_, '_> {
    pub(in crate::handlers::control) fn credit(&mut self, credit: &Credit) -> Did {
        if let Err(refused) = self.learning()? {
            return Ok(Err(refused));
        }
        let thanked = self.desk.rows.facts().thanked(self.case)?;
        let reporters: Vec<Person> = thanked.iter().filter_map(|one| one.reporter.clone()).collect();
        match reporter_called(&credit.name, &reporters) {
            Err(refused) => Ok(Err(refused)),
            Ok(Some(reporter)) => self.credit_reporter(reporter, &credit.how, &thanked),
            Ok(None) => self.credit_other(credit, &thanked),
        }
    }

    fn credit_reporter(&mut self, reporter: &Person, how: &Naming, thanked: &[Thanked]) -> Did {
        let before = thanked.iter().find(|one| one.reporter.as_ref().is_some_and(|known| known.id == reporter.id));
        let was_anonymous = before.is_some_and(|before| before.anonymous);
        let was = before.and_then(|before| before.name.clone());
        let was_said = before.is_some_and(|before| before.said && before.name.is_some());
        let mut said = self.said();
        let name = match how {
            Naming::ByName if reporter.name.trim().is_empty() => {
                return refuse(
                    format!("{} gave no name.", reporter.address),
                    format!("ask them, and then write “!credit {} as NAME”.", reporter.address),
                );
            }
            // It stood in the From of their mail, which was never encrypted.
            Naming::ByName => {
                said.sealed = false;
                reporter.name.as_str()
            }
            Naming::As(name) if name.is_empty() => {
                return refuse("it does not say how they are to be named.", "write the name behind “as”.");
            }
            Naming::As(name) => name,
            Naming::Anonymous => "",
        };
        let others = hidden(thanked).filter(|other| other.id != reporter.id).collect::<Vec<_>>();
        // Their own name is theirs, whoever else is called so.
        if *how != Naming::ByName
            && !is_called(name, reporter)
            && let Some(other) = others.iter().find(|other| betrays(name, other))
        {
            return Ok(Err(would_name(other)));
        }
        let mind = same_words(name, &others);
        self.desk.rows.facts().credit_reporter(self.case, reporter.id, name, &said)?;
        let changed = format!("{}: “{name}”; before: “{}”", reporter.address, was.unwrap_or_default());
        self.record("credit reporter", &changed)?;
        let address = &reporter.address;
        if name.is_empty() {
            let (named, mut sealed) = self.named_in_patches(reporter)?;
            let named = match named.is_empty() {
                true => "Mind that they may be named elsewhere: in “Reported-by:” of a patch, for example.".to_owned(),
                false => format!("They are named in: {}. Send it anew without their name.", named.join(", ")),
            };
            let all = self.desk.rows.facts().thanked(self.case)?;
            let credits = named_in(reporter, &all);
            let still = match credits.is_empty() {
                true => String::new(),
                false => format!(
                    " But it still names them, in: {}. Correct that with “!credit NAME as NEW NAME”, or “!credit NAME \
                     anonymous”.",
                    quoted(&credits)
                ),
            };
            sealed |= all.iter().any(|one| one.sealed && one.name.as_ref().is_some_and(|name| credits.contains(name)));
            let shown = if was_said { self.shown_to()? } else { String::new() };
            let words =
                format!("The advisory will not name the discoverer {address}.{still} {named}{shown}{}", self.next()?);
            return self.did_over(sealed, words);
        }
        let ask = match was_anonymous {
            true => " They were to stay anonymous so far: be sure that they agree.",
            false => "",
        };
        did(format!("The advisory will thank the discoverer {address} as “{name}”.{ask}{mind}{}", self.next()?))
    }

    /// To whom a name that was said to be thanked may have gone: a sentence, or nothing.
    fn shown_to(&self) -> Result<String> {
        let knowing = self.desk.rows.participants().knowing(self.case)?;
        let others: Vec<String> = knowing
            .iter()
            .filter(|one| one.role != Role::Reporter)
            .map(|one| one.person.address.as_str().to_owned())
            .collect();
        Ok(match others.is_empty() {
            true => String::new(),
            false => format!(
                " The name may have gone to those who take part: {}. Ask them to keep it to themselves.",
                people_in_words(&others, ", ")
            ),
        })
    }

    /// The patches of the case that name somebody, and whether any of them came encrypted.
    fn named_in_patches(&self, person: &Person) -> Result<(Vec<String>, bool)> {
        let facts = self.desk.rows.facts();
        let (mut named, mut sealed) = (Vec::new(), false);
        for patch in facts.patches(self.case)? {
            if names(&facts.patch_bytes(patch.id)?, person) {
                sealed |= patch.sealed;
                named.push(patch.name);
            }
        }
        Ok((named, sealed))
    }

    fn credit_other(&mut self, Credit { name, how }: &Credit, thanked: &[Thanked]) -> Did {
        let facts = self.desk.rows.facts();
        let is_thanked = thanked.iter().any(|one| one.reporter.is_none() && one.name.as_deref() == Some(name));
        let shown = match how {
            Naming::Anonymous => {
                if !facts.rename_credit(self.case, name, None, &self.said())? {
                    return refuse(
                        format!("no discoverer is called “{name}”, and the advisory thanks nobody of that name."),
                        "write the name or the address as “!status” shows it.",
                    );
                }
                self.record("credit", &format!("not “{name}” any more"))?;
                return did(format!("The advisory will not name “{name}” any more.{}", self.next()?));
            }
            Naming::ByName if is_thanked => {
                return refuse(format!("the advisory thanks “{name}” already."), "look with “!status”.");
            }
            Naming::ByName => name,
            Naming::As(text) if text.is_empty() => {
                return refuse("it does not say how they are to be named.", "write the name behind “as”.");
            }
            Naming::As(text) => text,
        };
        if Address::parse(shown).is_ok() {
            return refuse(
                format!("“{shown}” is an address, and an advisory is public."),
                format!("write how they are to be named: “!credit {shown} as NAME”."),
            );
        }
        let hidden: Vec<&Person> = hidden(thanked).collect();
        if let Some(reporter) = hidden.iter().find(|reporter| betrays(shown, reporter)) {
            return Ok(Err(would_name(reporter)));
        }
        let mind = same_words(shown, &hidden);
        let renamed = is_thanked && facts.rename_credit(self.case, name, Some(shown), &self.said())?;
        if !renamed && !facts.credit(self.case, shown, &self.said())? {
            return refuse(format!("the advisory thanks “{shown}” already."), "look with “!status”.");
        }
        let was = if renamed { name.as_str() } else { "" };
        self.record("credit", &format!("“{shown}”; before: “{was}”"))?;
        did(match renamed {
            true => format!("The advisory will thank “{shown}”, in place of “{name}”.{mind}{}", self.next()?),
            false => {
                format!(
                    "The advisory will thank “{shown}”, too, who is no discoverer of this case.{mind}{}",
                    self.next()?
                )
            }
        })
    }
}

/// Whether a patch names somebody, by their name or address.
pub(super) fn names(patch: &[u8], person: &Person) -> bool {
    mentions(&String::from_utf8_lossy(patch), person)
}

/// Discoverers who are to stay anonymous and whom the advisory would name all the same.
pub(in crate::handlers::control) fn betrayed(thanked: &[Thanked]) -> Vec<&Person> {
    hidden(thanked).filter(|person| !named_in(person, thanked).is_empty()).collect()
}

/// The discoverers who are to stay anonymous.
fn hidden(thanked: &[Thanked]) -> impl Iterator<Item = &Person> {
    thanked.iter().filter(|one| one.anonymous).filter_map(|one| one.reporter.as_ref())
}

/// The names that the advisory would print for others and that are somebody's.
fn named_in(person: &Person, thanked: &[Thanked]) -> Vec<String> {
    let others = thanked.iter().filter(|one| one.reporter.as_ref().is_none_or(|other| other.id != person.id));
    others.filter_map(|one| one.name.clone()).filter(|name| betrays(name, person)).collect()
}

/// Whether what is printed names somebody: by their address, or by the whole of their name. A name of one word may be any
/// word: it has to be all that is printed.
fn betrays(printed: &str, person: &Person) -> bool {
    match words(&person.name).contains(' ') {
        true => mentions(printed, person),
        false => is_called(printed, person) || has_words(&words(printed), person.address.as_str()),
    }
}

fn is_called(printed: &str, person: &Person) -> bool {
    !person.name.trim().is_empty() && words(printed) == words(&person.name)
}

/// Whether a text has somebody's address or whole name in it, as words of its own.
fn mentions(text: &str, person: &Person) -> bool {
    let text = words(text);
    has_words(&text, &words(&person.name)) || has_words(&text, person.address.as_str())
}

/// In lower case, with one blank between words.
fn words(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_words(text: &str, wanted: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    !wanted.is_empty()
        && text.match_indices(wanted).any(|(at, found)| {
            let (before, after) =
                (text.get(..at).unwrap_or_default(), text.get(at + found.len()..).unwrap_or_default());
            is_edge(before.chars().next_back()) && is_edge(after.chars().next())
        })
}

/// What there is to mind where a printed name has a word that is also the name of somebody anonymous: a sentence.
fn same_words(printed: &str, hidden: &[&Person]) -> String {
    let called = hidden.iter().filter(|person| mentions(printed, person));
    called
        .map(|person| {
            format!(
                " Mind that the discoverer {}, who is to stay anonymous, gave the name “{}”.",
                person.address,
                person.name.trim()
            )
        })
        .collect()
}

fn would_name(reporter: &Person) -> Refused {
    Refused {
        why: format!("that would name the discoverer {}, who is to stay anonymous.", reporter.address),
        remedy: format!("if they agree to be named, write “!credit {} as NAME”.", reporter.address),
    }
}

/// The reporter somebody means: “reporter”, an address, or a name that only one of them gave.
fn reporter_called<'p>(name: &str, reporters: &'p [Person]) -> Result<Option<&'p Person>, Refused> {
    let called = name.trim().to_lowercase();
    let meant = match (called.as_str(), reporters) {
        ("reporter" | "discoverer", []) => {
            return Err(Refused {
                why: "this case has no discoverer.".to_owned(),
                remedy: "write the name of whom the advisory is to thank.".to_owned(),
            });
        }
        ("reporter" | "discoverer", [only]) => Meant::One(only),
        ("reporter" | "discoverer", _) => Meant::Several,
        // It decides how they are thanked, and nothing else: what strangers call themselves will do.
        _ => naming::meant(name, reporters, |person| (Some(&person.name), &person.address)),
    };
    match meant {
        Meant::One(person) => Ok(Some(person)),
        Meant::Nobody => Ok(None),
        Meant::Several => {
            let addresses = reporters.iter().map(|person| person.address.as_str()).collect::<Vec<_>>().join(", ");
            Err(Refused {
                why: format!("“{name}” may be more than one of the discoverers."),
                remedy: format!("write the address: {addresses}."),
            })
        }
    }
}
