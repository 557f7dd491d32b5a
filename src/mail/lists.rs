//! Traces of mailing lists in a mail: how the team learns that a report may already be public. It reports what the
//! headers name; strangers write headers, so nothing but a flag may follow from it.

use serde::{Deserialize, Serialize};

use crate::mail::address::Address;
use crate::mail::fields;
use crate::mail::headers::{Headers, one_line, without_comments};

/// A mail that names more lists than this is spam; the first ones tell enough.
const TRACES_MAX: usize = 50;
const LIST_CHARACTERS_MAX: usize = 200;

/// A header that names a mailing list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ListTrace {
    /// The list's address as configured, or what the header says.
    pub list: String,
    /// The header that names it.
    pub header: String,
    /// Whether it is one of our public lists.
    pub configured: bool,
}

/// How a header names a list.
#[derive(Clone, Copy)]
enum Naming {
    /// Addresses, of people as well: only configured lists leave a trace.
    Recipients,
    /// Addresses of lists.
    Lists,
    /// RFC 2369: `<mailto:…>`.
    Post,
    /// RFC 2919: `Phrase <name.host>`.
    Id,
    /// `list-bounces@`, `list-owner@`, `owner-list@`: the list is behind it.
    Sender,
}

const HEADERS: &[(&str, Naming)] = &[
    ("To", Naming::Recipients),
    ("Cc", Naming::Recipients),
    ("Resent-To", Naming::Recipients),
    ("Resent-Cc", Naming::Recipients),
    ("List-Post", Naming::Post),
    ("List-Id", Naming::Id),
    ("X-BeenThere", Naming::Lists),
    ("X-Mailing-List", Naming::Lists),
    ("Sender", Naming::Sender),
];

/// The traces in the order of the table above, each list once per header.
pub fn traces(headers: &Headers<'_>, public_lists: &[Address]) -> Vec<ListTrace> {
    let mut traces = Vec::new();
    for (name, naming) in HEADERS {
        for field in headers.all(name) {
            let value = field.value();
            let named: Vec<String> = match naming {
                Naming::Recipients | Naming::Lists => {
                    fields::entries(field).into_iter().filter_map(|entry| entry.address).collect()
                }
                Naming::Post => posts(&value),
                Naming::Id => list_id(&value).into_iter().collect(),
                Naming::Sender => {
                    fields::entries(field).iter().filter_map(|e| behind_sender(e.address.as_deref()?)).collect()
                }
            };
            for list in named {
                let configured = public_lists.iter().find(|public| is(public, &list, *naming));
                let unknown = !matches!(naming, Naming::Recipients | Naming::Sender);
                let trace = match configured {
                    Some(public) => ListTrace { list: public.key(), header: (*name).to_owned(), configured: true },
                    None if unknown => ListTrace {
                        list: one_line(&list.to_lowercase(), LIST_CHARACTERS_MAX),
                        header: (*name).to_owned(),
                        configured: false,
                    },
                    None => continue,
                };
                if traces.len() < TRACES_MAX && !trace.list.is_empty() && !traces.contains(&trace) {
                    traces.push(trace);
                }
            }
        }
    }
    traces
}

fn is(public: &Address, named: &str, naming: Naming) -> bool {
    match naming {
        // RFC 2919 section 3: the identifier is like a host name; list servers make it of `list@host`.
        Naming::Id => named.to_lowercase() == public.key().replace('@', "."),
        _ => Address::parse(named).is_ok_and(|named| named.without_detail() == *public),
    }
}

/// The addresses of `<mailto:list@host?subject=…>`; `NO` and web addresses name no list.
fn posts(value: &str) -> Vec<String> {
    let plain = without_comments(value);
    let links = plain.split('<').skip(1).filter_map(|link| link.split_once('>')).map(|(link, _)| link.trim());
    links
        .filter(|link| link.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")))
        .filter_map(|link| link.get(7..)?.split('?').next().map(|address| address.replace("%40", "@")))
        .collect()
}

/// The identifier in its brackets; some list servers of old left them out.
fn list_id(value: &str) -> Option<String> {
    let id = match value.rsplit_once('<') {
        Some((_, after)) => after.split('>').next()?,
        None => value.split_whitespace().next_back()?,
    };
    Some(id.trim().to_owned()).filter(|id| id.contains('.'))
}

/// The list whose server sends under this address: Mailman, ezmlm, majordomo.
fn behind_sender(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.to_lowercase();
    let local = local.split('+').next().unwrap_or(""); // VERP: list-bounces+reader=host@
    let list = ["-bounces", "-owner", "-admin", "-request", "-return"].iter().find_map(|end| local.strip_suffix(end));
    let list = list.or_else(|| local.strip_prefix("owner-")).filter(|list| !list.is_empty())?;
    Some(format!("{list}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str) -> Vec<String> {
        let public = ["xen-devel@lists.example.org", "xen-users@lists.example.org"];
        let public: Vec<Address> = public.iter().map(|list| Address::parse(list).unwrap()).collect();
        let raw = format!("{head}\r\n\r\n");
        let shown = |t: ListTrace| format!("{} {}{}", t.header, t.list, if t.configured { " ours" } else { "" });
        traces(&Headers::read(raw.as_bytes()), &public).into_iter().map(shown).collect()
    }

    #[test]
    fn each_header_that_names_a_list_leaves_a_trace() {
        for (head, expected) in [
            (
                "To: security@example.org, Xen <XEN-devel@lists.example.org>",
                vec!["To xen-devel@lists.example.org ours"],
            ),
            ("Cc: a@example.net\r\nTo: b@example.net", vec![]),
            ("Resent-To: xen-users@lists.example.org", vec!["Resent-To xen-users@lists.example.org ours"]),
            (
                "List-Post: <mailto:xen-devel@lists.example.org?subject=x>",
                vec!["List-Post xen-devel@lists.example.org ours"],
            ),
            ("List-Post: NO (posting not allowed)", vec![]),
            (
                "List-Post: <https://groups.example.net/x>, <MAILTO:oss%40example.net>",
                vec!["List-Post oss@example.net"],
            ),
            (
                "List-Id: Xen developer discussion\r\n <xen-devel.lists.example.org>",
                vec!["List-Id xen-devel.lists.example.org"],
            ),
            ("List-Id: other.example.net", vec!["List-Id other.example.net"]),
            ("X-BeenThere: xen-devel@lists.example.org", vec!["X-BeenThere xen-devel@lists.example.org ours"]),
            ("X-Mailing-List: <cifs@vger.example.net>", vec!["X-Mailing-List cifs@vger.example.net"]),
            (
                "Sender: \"Xen-devel\" <xen-devel-bounces@lists.example.org>",
                vec!["Sender xen-devel@lists.example.org ours"],
            ),
            ("Sender: xen-users-owner@lists.example.org", vec!["Sender xen-users@lists.example.org ours"]),
            ("Sender: owner-xen-users@lists.example.org", vec!["Sender xen-users@lists.example.org ours"]),
            ("Sender: alice@example.net", vec![]),
            ("To: xen-devel@lists.example.org.evil.example, xxen-devel@lists.example.org", vec![]),
        ] {
            let expected: Vec<String> = expected
                .into_iter()
                .map(|line| {
                    line.replace("List-Id xen-devel.lists.example.org", "List-Id xen-devel@lists.example.org ours")
                })
                .collect();
            assert_eq!(found(head), expected, "{head}");
        }
    }

    #[test]
    fn one_trace_per_list_and_header() {
        let twice = "To: xen-devel@lists.example.org, Xen-Devel@lists.example.org\r\nTo: xen-devel@lists.example.org\r\nCc: xen-devel@lists.example.org";
        assert_eq!(found(twice), ["To xen-devel@lists.example.org ours", "Cc xen-devel@lists.example.org ours"]);
        let flood = "X-BeenThere: ".to_owned() + &(0..900).map(|n| format!("l{n}@example.net,")).collect::<String>();
        assert_eq!(found(&flood).len(), TRACES_MAX);
    }
}
