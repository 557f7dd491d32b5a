//! Who wrote a mail whose From the list put itself into: for authors whose domain publishes a DMARC policy, list servers
//! write "Jane via LIST <LIST>". The name found is a claim, as any From is; it proves nothing, and nothing may follow from
//! it but where an answer goes.

use crate::mail::address::{Address, Mailbox};
use crate::mail::fields::{self, Entry};
use crate::mail::headers::{Headers, one_line};

/// Headers in which list servers keep the From that they replace, the most trusted first. Sympa (`dmarc_protection`) and
/// Google Groups write X-Original-From, Sietima writes Original-From (RFC 5703 section 5), Google Groups X-Original-Sender.
const KEPT_FROM: [&str; 3] = ["X-Original-From", "Original-From", "X-Original-Sender"];
/// Mailman 3 notes the envelope's sender: often, not always, the author.
const ENVELOPE: &str = "X-MailFrom";
const NAME_CHARACTERS_MAX: usize = 100;

/// The author of a mail that is from one of `lists`, as far as the list's server left a trace of them; `None` when it is
/// from somebody else, or shows nobody.
pub fn author(headers: &Headers<'_>, from: &Mailbox, lists: &[Address]) -> Option<Mailbox> {
    let is_list = |address: &Address| lists.contains(&address.without_detail());
    if !is_list(&from.address) {
        return None;
    }
    let shown = from.name.as_deref().map(before_via).filter(|name| !name.is_empty());
    let others = |name: &str| -> Vec<(Option<String>, Address)> {
        let entries = headers.all(name).flat_map(fields::entries);
        entries.filter_map(usable).filter(|(_, address)| !is_list(address)).collect()
    };
    let one_of = |name: &str| match others(name).as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    // Mailman puts the author into Cc where answers go to the list; others in Cc were there before.
    let in_cc = || {
        let named = others("Cc").into_iter().filter(|(name, _)| name.is_some() && name.as_deref() == shown);
        match named.collect::<Vec<_>>().as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    };
    let found = KEPT_FROM.into_iter().find_map(one_of).or_else(|| one_of("Reply-To")).or_else(in_cc);
    let (name, address) = found.or_else(|| one_of(ENVELOPE).filter(|(_, address)| is_plain(address)))?;
    Some(Mailbox { name: name.or_else(|| shown.map(str::to_owned)), address })
}

fn usable(entry: Entry) -> Option<(Option<String>, Address)> {
    let address = Address::parse(entry.address.as_deref()?).ok()?;
    let name = entry.name.map(|name| one_line(&name, NAME_CHARACTERS_MAX)).filter(|name| !name.is_empty());
    Some((name, address))
}

/// "'Jane Doe' via Applications" gives "Jane Doe": Mailman without the quotes, Google Groups with them.
fn before_via(name: &str) -> &str {
    let name = name.split_once(" via ").map_or(name, |(name, _)| name);
    name.trim().trim_matches(['\'', '"'])
}

/// Not one that a mail server made for bounces (VERP, BATV, SRS).
fn is_plain(address: &Address) -> bool {
    !address.local_part().contains(['=', '+'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "applications@lists.example.org";

    fn of(head: &str) -> Option<String> {
        let raw = format!("{}\n\n", head.trim_end());
        let headers = Headers::read(raw.as_bytes());
        let from = headers.first("From").map(fields::entries).unwrap_or_default();
        let (name, address) = usable(from.into_iter().next()?)?;
        let lists = [Address::parse(LIST).unwrap()];
        author(&headers, &Mailbox { name, address }, &lists).map(|found| found.to_string())
    }

    #[test]
    fn every_list_server_leaves_the_author_somewhere() {
        let from = "From: Jane Doe via Applications <applications@lists.example.org>\n";
        let jane = "Jane Doe <jane@vendor.example>";
        for (server, rest, expected) in [
            ("Mailman", "Reply-To: Jane Doe <jane@vendor.example>", Some(jane)),
            ("Mailman, name missing", "Reply-To: jane@vendor.example", Some(jane)),
            (
                "Mailman, answers to the list too",
                "Reply-To: Applications <applications@lists.example.org>, jane@vendor.example",
                Some(jane),
            ),
            (
                "Mailman, answers to the list only",
                "Reply-To: applications@lists.example.org\nCc: Bob <bob@b.example>, Jane Doe <jane@vendor.example>",
                Some(jane),
            ),
            ("Mailman 3, nothing else", "X-MailFrom: jane@vendor.example", Some(jane)),
            ("Mailman 3, behind a gateway", "X-MailFrom: prvs=3599ce=jane@vendor.example", None),
            ("Sympa", "X-Original-From: Jane Doe <jane@vendor.example>\nReply-To: office@vendor.example", Some(jane)),
            (
                "Google Groups",
                "X-Original-Sender: jane@vendor.example\nX-Original-From: Jane Doe <jane@vendor.example>\n\
                 Reply-To: applications@lists.example.org",
                Some(jane),
            ),
            ("Google Groups, bare", "X-Original-Sender: jane@vendor.example", Some(jane)),
            ("Sietima", "Original-From: Jane Doe <jane@vendor.example>", Some(jane)),
            ("two who may be meant", "Reply-To: jane@vendor.example, joe@vendor.example", None),
            ("nobody", "Cc: Bob <bob@b.example>", None),
            ("only the list", "Reply-To: applications+x@lists.example.org", None),
            ("nonsense", "Reply-To: <@>,;", None),
        ] {
            assert_eq!(of(&format!("{from}{rest}")).as_deref(), expected, "{server}");
        }
    }

    #[test]
    fn the_name_is_what_stands_before_via() {
        let reply = "Reply-To: jane@vendor.example";
        for (from, expected) in [
            ("'Jane Doe' via Applications", "Jane Doe <jane@vendor.example>"),
            ("\"Jane Doe via Applications\"", "Jane Doe <jane@vendor.example>"),
            ("Jane Doe", "Jane Doe <jane@vendor.example>"),
        ] {
            assert_eq!(of(&format!("From: {from} <{LIST}>\n{reply}")).as_deref(), Some(expected), "{from}");
        }
        assert_eq!(of(&format!("From: {LIST}\n{reply}")).as_deref(), Some("jane@vendor.example"));
    }

    #[test]
    fn a_mail_from_somebody_is_theirs_whatever_its_headers_say() {
        let forged = "From: Jane <jane@vendor.example>\nReply-To: eve@e.example\nX-Original-From: eve@e.example";
        assert_eq!(of(forged), None);
    }
}
