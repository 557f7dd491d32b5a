//! What stands behind the verb of a command, verb by verb. A problem is a sentence for whoever typed it.

use super::read::{is_blank, is_gap, is_mark, number, plain, repeated, trimmed, unmarked};
use super::{Add, Command, KeyOf, Role, TITLE_CHARACTERS_MAX, Whom, facts, manual, roster};
use crate::mail::address::{Address, Mailbox};
use crate::rules::label::CaseId;
use crate::rules::nearest::nearest;

/// A text longer than this belongs into an attachment.
const TEXT_CHARACTERS_MAX: usize = 100_000;
/// A longer name is a sentence.
const NAME_CHARACTERS_MAX: usize = 100;
/// Of an organisation.
const NAME_WORDS_MAX: usize = 8;
/// With its name, and as a link once more.
const ADDRESS_CHARACTERS_MAX: usize = 1000;
/// Mail programs break a line that is longer than this.
const UNBROKEN_CHARACTERS_MAX: usize = 60;
/// OpenPGP versions 4 and 6, in hexadecimal.
pub(super) const FINGERPRINT_DIGITS: [usize; 2] = [40, 64];
/// What people put a name in.
const QUOTES: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];

/// The command of this verb. `rest`: of its line; `below`: what may belong to it too, if it is the last; `line`: all of
/// it, as typed.
pub fn command(verb: &str, rest: &str, below: Option<&str>, line: &str) -> Result<Command, String> {
    Ok(match verb {
        "help" => alone(Command::Help, rest)?,
        "status" => alone(Command::Status, rest)?,
        "spam" => alone(Command::Spam, rest)?,
        "split" => alone(Command::Split, rest)?,
        "reopen" => alone(Command::Reopen, rest)?,
        "tell" => tell(rest, below)?,
        "note" => Command::Note(text(rest, below)?),
        "title" => Command::Title(title(rest, below, line)?),
        "add" => Command::Add(add(rest)?),
        "confirm" => alone(Command::Confirm, rest)?,
        "invalid" => Command::Invalid(text(rest, below)?),
        "duplicate" => Command::Duplicate(case(rest)?),
        "passed" => Command::Passed(facts::word(rest, "to whose component")?),
        "embargo" => Command::Embargo(facts::embargo(rest, below)?),
        "public" => Command::Public(text(rest, below)?),
        "exploited" => Command::Exploited(text(rest, below)?),
        "assign" => Command::Assign(facts::advisory(rest)?),
        "cve" => Command::Cve(facts::cve(rest, below)?),
        "severity" => Command::Severity(facts::word(rest, "which vector")?),
        "affects" => facts::affects(rest)?,
        "patch" => Command::Patch(facts::patch(rest, below)?),
        "credit" => Command::Credit(facts::credit(rest)?),
        "decision" => Command::Decision(text(rest, below)?),
        "done" => Command::Done(facts::word(rest, "which step")?),
        "skip" => facts::skip(rest, below)?,
        "advisory" => facts::draft(rest),
        "deploy" => Command::Deploy(facts::deploy(rest, below)?),
        "approve" => Command::Approve(facts::digest(rest)?),
        "hold" => Command::Hold(text(rest, below)?),
        "unhold" => facts::unhold(rest)?,
        "release" => facts::release(rest)?,
        "predisclose" => Command::Predisclose(somebody(rest)?),
        "export" => alone(Command::Export, rest)?,
        "report" => Command::Report(facts::report(rest)?),
        "vouch" => Command::Vouch(person(rest)?),
        "member" => Command::Member(roster::roster(rest)?),
        "history" => Command::History(roster::entry(rest, below, line)?),
        "remove" => Command::Remove(somebody(rest)?),
        "owner" => Command::Owner(somebody(rest)?),
        "move" => Command::Move(case(rest)?),
        "key" if rest.chars().all(is_mark) => Command::Key(None),
        "key" => Command::Key(Some(key(rest)?)),
        other => return Err(format!("“!{other}” cannot be read.")),
    })
}

fn alone(command: Command, rest: &str) -> Result<Command, String> {
    match rest.chars().all(is_mark) {
        true => Ok(command),
        false => Err(format!("Nothing may stand behind “!{}”; there is “{}”.", command.verb(), repeated(rest))),
    }
}

pub(super) fn title(rest: &str, below: Option<&str>, line: &str) -> Result<String, String> {
    let title = plain(rest);
    let length = title.chars().count();
    let next = below.and_then(|below| below.lines().next()).unwrap_or_default();
    if title.is_empty() {
        Err("There is no title in its line.".to_owned())
    } else if length > TITLE_CHARACTERS_MAX {
        Err(format!("The title has {length} characters; it may have {TITLE_CHARACTERS_MAX}."))
    } else if line.chars().count() > UNBROKEN_CHARACTERS_MAX && !is_blank(next) {
        let next = repeated(next);
        Err(format!("“{next}” may belong to the title. If not, leave an empty line between; else write one line."))
    } else {
        Ok(title)
    }
}

/// The rest of the line, and what follows.
pub(super) fn text(rest: &str, below: Option<&str>) -> Result<String, String> {
    let under = below.unwrap_or_default().trim_end();
    let text = match (rest, is_blank(under)) {
        ("", true) if below.is_none() => {
            return Err("There is no text in its line; only the last command takes what stands below.".to_owned());
        }
        ("", true) => return Err("There is no text.".to_owned()),
        ("", false) => without_leading_empty_lines(under).to_owned(),
        (rest, true) => rest.to_owned(),
        (rest, false) => format!("{rest}\n{under}"),
    };
    if let Some(line) = under.lines().find(|line| is_command(line)) {
        let line = repeated(line);
        return Err(format!(
            "In the text below it is “{line}”: a command? Then move it up; else begin it with a blank."
        ));
    }
    match text.chars().count() {
        length if length > TEXT_CHARACTERS_MAX => {
            Err(format!("The text has {length} characters; it may have {TEXT_CHARACTERS_MAX}. Attach it."))
        }
        _ => Ok(text),
    }
}

fn without_leading_empty_lines(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, below)) = rest.split_once('\n') {
        if !is_blank(line) {
            break;
        }
        rest = below;
    }
    rest
}

/// Whether a line of a text begins, at its very beginning, as a command does.
pub(super) fn is_command(line: &str) -> bool {
    line.starts_with(['!', '！'])
        && unmarked(line).is_some_and(|body| {
            let verb: String = body.chars().take_while(|c| c.is_alphabetic()).collect();
            manual::entry(&verb.to_lowercase()).is_some()
        })
}

fn tell(rest: &str, below: Option<&str>) -> Result<Command, String> {
    let (whom, rest) = whom_or_member(rest)?;
    // A discoverer whose report the team passed on is told by that alone that it arrived.
    let text = match whom {
        Whom::Reporter if is_blank(rest) && is_blank(below.unwrap_or_default()) => String::new(),
        _ => text(rest, below)?,
    };
    Ok(Command::Tell { whom, text })
}

/// The same, of a member of the predisclosure list as well.
fn whom_or_member(rest: &str) -> Result<(Whom, &str), String> {
    let (word, after) = rest.split_once(is_gap).unwrap_or((rest, ""));
    let after = trimmed(after);
    if !word.eq_ignore_ascii_case("member") || after.is_empty() {
        return whom(rest);
    }
    // Organisations have names of several words: all before a colon is one, and what it names is looked for as a whole.
    if let Some((name, text)) = before_colon(after) {
        return Ok((Whom::Member(plain(name)), trimmed(text)));
    }
    match whom(after)? {
        (Whom::Named(name), after) => Ok((Whom::Member(name), after)),
        _ => Err("It does not say which member.".to_owned()),
    }
}

/// `VM Example Ltd: text` in its halves; not of a quoted name or an address, nor of a sentence.
fn before_colon(after: &str) -> Option<(&str, &str)> {
    let ends = after.match_indices(':').map(|(at, _)| at).find(|at| {
        let next = after.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_none_or(is_gap)
    })?;
    let (name, text) = (after.get(..ends)?, after.get(ends + 1..)?);
    let begins = name.chars().next()?;
    let other = name.contains(['@', '<', '"']) || QUOTES.iter().any(|(opening, _)| *opening == begins);
    let short = name.chars().count() <= NAME_CHARACTERS_MAX && name.split_whitespace().count() <= NAME_WORDS_MAX;
    (!other && short && !is_blank(name)).then_some((name, text))
}

/// To whom, and what follows. A name of several words is quoted: nobody else can say where it ends.
fn whom(rest: &str) -> Result<(Whom, &str), String> {
    if let Some((name, after)) = quoted(rest) {
        let name = trimmed(name);
        if name.is_empty() || name.contains('"') {
            return Err("There is no name in the quotes.".to_owned());
        }
        return match trimmed(after).strip_prefix('<').and_then(|after| after.split_once('>')) {
            Some((address, after)) => Ok((Whom::Named(self::address(address)?.to_string()), unpunctuated(after))),
            None => Ok((Whom::Named(plain(name)), unpunctuated(after))),
        };
    }
    let (word, after) = rest.split_once(is_gap).unwrap_or((rest, ""));
    let after = trimmed(after);
    let name = word.trim_end_matches(':');
    if name.is_empty() {
        return Err("It does not say whom.".to_owned());
    }
    if name.ends_with([',', ';']) || name.contains(['|', '"', '“', '„']) {
        return Err(format!("It is not clear whom “{}” means; tell one after the other.", repeated(name)));
    }
    let whom = match name.to_lowercase().as_str() {
        "reporter" | "discoverer" => Whom::Reporter,
        "team" => Whom::Team,
        _ if name.contains('@') => return Ok((Whom::Named(address(name)?.to_string()), after)),
        _ if word.ends_with(':') => return Ok((Whom::Named(name.to_owned()), after)),
        _ if may_go_on(after) => {
            let so = "Write the name in quotes, or a colon behind it";
            return Err(format!("It is not clear where the name ends, and the text begins. {so}."));
        }
        _ => return Ok((Whom::Named(name.to_owned()), after)),
    };
    let next = after.split(is_gap).next().unwrap_or_default().to_lowercase();
    match next.trim_end_matches(is_mark) {
        "and" | "&" | "+" | "or" | "reporter" | "discoverer" | "team" if !word.ends_with(':') => {
            Err("It seems to name more than one; tell one after the other.".to_owned())
        }
        _ => Ok((whom, after)),
    }
}

/// Whether a name may go on in this: “Smith” of “Carol Smith”, or the address of “Carol <carol@example.net>”.
fn may_go_on(after: &str) -> bool {
    let words: Vec<&str> = after.split_whitespace().collect();
    let bracketed = words.iter().take(4).any(|word| word.starts_with('<') && word.contains('@'));
    let like_names = words.iter().all(|word| word.starts_with(char::is_uppercase));
    bracketed || (1..=2).contains(&words.len()) && like_names && !after.ends_with(is_mark)
}

fn unpunctuated(text: &str) -> &str {
    trimmed(trimmed(text).trim_start_matches([':', ',']))
}

/// What stands in quotes at the beginning, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (_, closing) = QUOTES.iter().find(|(opening, _)| text.starts_with(*opening))?;
    text.get(text.chars().next()?.len_utf8()..)?.split_once(*closing)
}

fn add(rest: &str) -> Result<Add, String> {
    let line = plain(rest);
    let words: Vec<&str> = line.split(' ').collect();
    if let [contact] = words.as_slice()
        && let contact = contact.trim_end_matches(is_mark)
        && !contact.is_empty()
        && !contact.contains('@')
    {
        return Ok(Add::Contact(contact.to_owned()));
    }
    let Some(place) = words.iter().rposition(|word| word.eq_ignore_ascii_case("as")) else {
        return Err("It does not say as what they take part.".to_owned());
    };
    let (person, role) = words.split_at_checked(place).unwrap_or_default();
    let role: Vec<&str> = role.iter().skip(1).copied().collect();
    let role = match role.as_slice() {
        [article, role] if ["a", "an", "the"].contains(&article.to_lowercase().as_str()) => self::role(role),
        [role] => self::role(role),
        _ => Err(format!("“{}” is not one role.", repeated(&role.join(" ")))),
    }?;
    Ok(Add::Person { person: self::person(&person.join(" "))?, role })
}

fn role(word: &str) -> Result<Role, String> {
    let word = &repeated(word.trim_end_matches(is_mark));
    if word.eq_ignore_ascii_case("discoverer") {
        return Ok(Role::Reporter);
    }
    Role::parse(word).ok_or_else(|| match nearest(word, Role::ALL.into_iter().map(Role::as_str)) {
        Some(near) => format!("There is no role “{}”; did you mean “{near}”?", repeated(word)),
        None => format!("There is no role “{}”.", repeated(word)),
    })
}

/// Somebody by name, or by address, or both (then the address counts).
pub(super) fn somebody(rest: &str) -> Result<String, String> {
    let written = without_links(&plain(rest));
    let name = bare(&written);
    if name.is_empty() {
        Err("It does not say whom.".to_owned())
    } else if name.contains(['@', '<', '>']) {
        Ok(person(&written)?.address.to_string())
    } else if name.chars().count() > NAME_CHARACTERS_MAX {
        Err(format!("“{}” is no name.", repeated(name)))
    } else {
        Ok(name.to_owned())
    }
}

/// `Carol Smith <carol@example.net>`, `"Smith, Carol" <carol@example.net>`, `carol@example.net`.
pub(super) fn person(rest: &str) -> Result<Mailbox, String> {
    let written = without_links(&plain(rest));
    let written = written.trim_end_matches(is_mark);
    if written.is_empty() {
        return Err("It does not say whom.".to_owned());
    }
    let Some((name, address)) = written.strip_suffix('>').and_then(|written| written.rsplit_once('<')) else {
        return match (written.contains(['<', '>']), written.contains('@')) {
            (false, true) => Ok(Mailbox::bare(self::address(written)?)),
            (false, false) => Err(format!("There is no address behind “{}”.", repeated(written))),
            (true, _) => Err(format!("“{}” is not one person with one address.", repeated(written))),
        };
    };
    let address = self::address(address)?;
    let name = bare(name);
    let named_by_address = Address::parse(name).is_ok_and(|named| named == address);
    if name.is_empty() || named_by_address {
        Ok(Mailbox::bare(address))
    } else if name.contains(['@', '<', '>']) || name.chars().count() > NAME_CHARACTERS_MAX {
        Err(format!("“{}” is not one person with one address.", repeated(written)))
    } else {
        Ok(Mailbox { name: Some(name.to_owned()), address })
    }
}

fn address(text: &str) -> Result<Address, String> {
    let plain = without_links(&plain(text));
    let written = plain.trim_end_matches(is_mark);
    let written = written.strip_prefix('<').and_then(|inside| inside.strip_suffix('>')).unwrap_or(written);
    let written = written.strip_prefix("mailto:").unwrap_or(written);
    Address::parse(written).map_err(|_| format!("“{}” is no address.", repeated(written)))
}

/// Outlook writes an address in plain text as `carol@example.net<mailto:carol@example.net>`.
fn without_links(text: &str) -> String {
    let mut kept = text.to_owned();
    while kept.len() <= ADDRESS_CHARACTERS_MAX
        && let Some((before, after)) = kept.split_once("<mailto:")
    {
        let Some((linked, after)) = after.split_once('>') else { break };
        let Some(before) = before.trim_end().strip_suffix(linked).filter(|_| !linked.is_empty()) else { break };
        kept = format!("{before}{linked}{after}");
    }
    kept
}

/// A name without its quotes, and without what people put behind it; a dot may belong to it.
fn bare(name: &str) -> &str {
    let mut name = name;
    loop {
        let cut = trimmed(name).trim_end_matches([',', ';', ':', '?', '!']);
        let inside = QUOTES.iter().find_map(|(opening, closing)| {
            let cut = cut.strip_suffix('.').filter(|cut| cut.ends_with(*closing)).unwrap_or(cut);
            cut.strip_prefix(*opening)?.strip_suffix(*closing)
        });
        let next = inside.unwrap_or(cut);
        if next.len() == name.len() {
            return name;
        }
        name = next;
    }
}

fn case(rest: &str) -> Result<CaseId, String> {
    let line = plain(rest).to_lowercase();
    let line = line.strip_prefix("to ").unwrap_or(&line);
    let line = line.strip_prefix("case ").unwrap_or(line);
    match line {
        "" => Err("It does not say to which case.".to_owned()),
        line => number(line).ok_or_else(|| format!("“{}” is not the number of a case.", repeated(line))),
    }
}

/// `0123 4567 … for carol@example.net`.
fn key(rest: &str) -> Result<KeyOf, String> {
    let line = plain(rest);
    let words: Vec<&str> = line.split(' ').collect();
    let Some(place) = words.iter().rposition(|word| word.eq_ignore_ascii_case("for")) else {
        return Err("It does not say for whom.".to_owned());
    };
    let (digits, holder) = words.split_at_checked(place).unwrap_or_default();
    let digits = digits.concat().to_uppercase();
    let fingerprint = digits.strip_prefix("0X").unwrap_or(&digits);
    if !FINGERPRINT_DIGITS.contains(&fingerprint.len()) || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("“{}” is no fingerprint: those have 40 or 64 hexadecimal digits.", repeated(&digits)));
    }
    let holder = person(&holder.iter().skip(1).copied().collect::<Vec<_>>().join(" "))?.address;
    Ok(KeyOf { fingerprint: fingerprint.to_owned(), holder })
}
