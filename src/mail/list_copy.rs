//! The copy of a post that each member of a list gets in clear: its author's own text, MIME structure and signatures, byte
//! for byte, under the header of the list. It decides nothing about who gets it.

use crate::mail::address::{Address, Mailbox};
use crate::mail::compose::{addressed, canonical, worded};
use crate::mail::fields;
use crate::mail::headers::{Field, Headers};
use crate::mail::machine::{LOOP_HEADER, copy_mark};
use crate::mail::secret::Secret;
use crate::mail::thread::{MessageId, message_ids};

/// Fields of a post that its copies do not have: those of the way it took, those that the list writes itself, and requests
/// for receipts, which would tell its author who the members are.
const GO: [&str; 32] = [
    "Return-Path",
    "Delivered-To",
    "X-Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Envelope-From",
    "Apparently-To",
    "Bcc",
    "Resent-Bcc",
    "Authentication-Results",
    "List-Id",
    "List-Post",
    "List-Owner",
    "List-Help",
    "List-Archive",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Mailing-List",
    "X-BeenThere",
    "X-Mailing-List",
    "Precedence",
    "Sender",
    "Errors-To",
    "Disposition-Notification-To",
    "Return-Receipt-To",
    "Return-Receipt-Requested",
    "X-Confirm-Reading-To",
    "Generate-Delivery-Report",
    "X-Original-From",
    LOOP_HEADER,
];
/// Fields that every copy has, whatever the post had.
const COME: [&str; 8] =
    ["List-Id", "List-Post", "List-Owner", "List-Help", "X-BeenThere", "Precedence", "Sender", LOOP_HEADER];

/// What a list writes above each copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListHead {
    pub list: Address,
    /// Who answers for it.
    pub owner: Address,
    /// Members are told by it, and nobody else writes there.
    pub announces: bool,
}

impl ListHead {
    /// Adds the fields of the list (RFC 2369, RFC 2919).
    pub fn write(&self, out: &mut Vec<u8>) {
        let (list, owner) = (self.list.as_str(), self.owner.as_str());
        let (name, domain) = (self.list.local_part(), self.list.domain());
        let writes_itself = !self.announces;
        let posts = if writes_itself { format!("<mailto:{list}>") } else { "NO".to_owned() };
        for (field, value) in [
            ("Sender", writes_itself.then(|| list.to_owned())),
            ("List-Id", Some(format!("{name} <{name}.{domain}>"))),
            ("List-Post", Some(posts)),
            ("List-Owner", Some(format!("<mailto:{owner}>"))),
            ("List-Help", writes_itself.then(|| format!("<mailto:{name}-request@{domain}?subject=help>"))),
            ("X-BeenThere", Some(list.to_owned())),
            ("Precedence", Some("list".to_owned())),
        ] {
            if let Some(value) = value {
                worded(out, field, &value);
            }
        }
    }
}

/// Whether a copy has another field of this name than the post, or one where the post had none: a signature over it is
/// broken then.
pub fn changes(post: &Headers<'_>, name: &str) -> bool {
    let among = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    among(&COME) || (among(&GO) && post.has(name))
}

/// Whether a mail is such a copy, come back to the list.
pub fn is_copy(post: &Headers<'_>, list: &Address) -> bool {
    let been = post.all("X-BeenThere").flat_map(fields::entries).filter_map(|entry| entry.address);
    been.filter_map(|address| Address::parse(&address).ok()).any(|address| address == *list)
}

/// The copy. `via`: what stands in From in place of the author, to whom answers go then all the same. `own_id`: its
/// Message-ID, if the post has none.
pub fn copy(post: &[u8], head: &ListHead, via: Option<&Mailbox>, own_id: &MessageId, secret: &Secret) -> Vec<u8> {
    let headers = Headers::read(post);
    let mut out = Vec::with_capacity(post.len() + post.len() / 32 + 2_048);
    head.write(&mut out);
    let written = headers.value("Message-ID").and_then(|value| message_ids(&value).into_iter().next());
    worded(&mut out, LOOP_HEADER, &copy_mark(secret, written.as_ref().unwrap_or(own_id)));
    if !headers.has("Message-ID") {
        worded(&mut out, "Message-ID", &format!("<{}>", own_id.as_str()));
    }
    if let Some(via) = via {
        addressed(&mut out, "From", via);
        let author = headers.first("From").map(fields::entries).and_then(|entries| entries.into_iter().next());
        let author = author.and_then(|entry| {
            Some(Mailbox { name: entry.name, address: Address::parse(entry.address.as_deref()?).ok()? })
        });
        if let Some(author) = author {
            addressed(&mut out, "X-Original-From", &author);
            if !headers.has("Reply-To") {
                addressed(&mut out, "Reply-To", &author);
            }
        }
    }
    let goes = |name: &str| GO.iter().any(|gone| gone.eq_ignore_ascii_case(name));
    let mut answered = false;
    // A CR inside is the end of a line to some servers: what stands behind it would be a field of its own.
    let is_whole = |field: &Field<'_>| !field.has_lone_cr();
    for field in headers.iter().filter(|field| !goes(field.name) && is_whole(field)) {
        let once = via.is_some() && field.is("Reply-To") && std::mem::replace(&mut answered, true);
        if once || (via.is_some() && field.is("From")) {
            continue;
        }
        let mut written = Vec::new();
        field.write(&mut written);
        canonical(&mut out, &written);
    }
    out.extend_from_slice(b"\r\n");
    canonical(&mut out, headers.body);
    if !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "Return-Path: <vera@vm.example.net>
Delivered-To: xen-security-issues-discuss@lists.example.org
Authentication-Results: mx.example.org; dmarc=pass header.from=vm.example.net
Received: from mail.vm.example.net by mx.example.org; Mon, 7 Dec 2026 09:00:00 +0000
DKIM-Signature: v=1; d=vm.example.net; h=from:to:subject:date;
\tb=abc
FROM:  \"Vendor, Vera\"
  <vera@vm.example.net>
To: xen-security-issues-discuss@lists.example.org
Sender: assistant@vm.example.net
Precedence: bulk
Disposition-Notification-To: vera@vm.example.net
List-Id: Theirs <theirs.example.net>
Subject: =?utf-8?Q?Fixed_packages?=
Message-ID: <p1@vm.example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

preamble
--b

Our packages. \t
.
--b--
";

    fn head() -> ListHead {
        ListHead {
            list: Address::parse("xen-security-issues-discuss@lists.example.org").unwrap(),
            owner: Address::parse("security@example.org").unwrap(),
            announces: false,
        }
    }

    fn copied(post: &str, via: Option<&str>) -> String {
        let via = via.map(|name| Mailbox { name: Some(name.to_owned()), address: head().list });
        let id = MessageId::parse("own@example.org").unwrap();
        let of = |post: &str| {
            let copy = copy(post.as_bytes(), &head(), via.as_ref(), &id, &Secret::new([7; 32]));
            String::from_utf8(copy).unwrap()
        };
        let copy = of(post);
        assert_eq!(copy, of(&post.replace('\n', "\r\n")), "the line ends of the post do not matter");
        assert!(copy.lines().count() == copy.matches("\r\n").count(), "{copy}");
        copy.replace("\r\n", "\n")
    }

    #[test]
    fn text_structure_and_signed_fields_stay_as_they_came() {
        let copy = copied(POST, None);
        let (head, body) = copy.split_once("\n\n").unwrap();
        assert_eq!(body, POST.split_once("\n\n").unwrap().1);
        for kept in [
            "DKIM-Signature: v=1; d=vm.example.net; h=from:to:subject:date;\n\tb=abc\n",
            "FROM:  \"Vendor, Vera\"\n  <vera@vm.example.net>\n",
            "Subject: =?utf-8?Q?Fixed_packages?=\n",
            "Message-ID: <p1@vm.example.net>\n",
            "Received: from mail.vm.example.net by mx.example.org",
        ] {
            assert!(head.contains(kept), "{kept} in {head}");
        }
        for gone in
            ["Delivered-To", "Return-Path", "Authentication-Results", "bulk", "assistant", "Disposition", "Theirs"]
        {
            assert!(!head.contains(gone), "{gone} in {head}");
        }
    }

    #[test]
    fn the_list_writes_its_own_header_once() {
        let copy = copied(POST, None);
        for (name, value) in [
            ("List-Id", "xen-security-issues-discuss <xen-security-issues-discuss.lists.example.org>"),
            ("List-Post", "<mailto:xen-security-issues-discuss@lists.example.org>"),
            ("List-Owner", "<mailto:security@example.org>"),
            ("List-Help", "<mailto:xen-security-issues-discuss-request@lists.example.org?subject=help>"),
            ("X-BeenThere", "xen-security-issues-discuss@lists.example.org"),
            ("Precedence", "list"),
            ("Sender", "xen-security-issues-discuss@lists.example.org"),
        ] {
            let headers = Headers::read(copy.as_bytes());
            let found: Vec<String> = headers.all(name).map(|field| field.value()).collect();
            assert_eq!(found, [value], "{name}");
            assert!(changes(&Headers::read(b"\n"), name), "{name}");
        }
        assert!(is_copy(&Headers::read(copy.as_bytes()), &head().list));
        assert!(!is_copy(&Headers::read(POST.as_bytes()), &head().list));
    }

    #[test]
    fn a_copy_that_comes_back_is_our_own_mail() {
        use crate::mail::machine::{Machine, machine};
        for post in [POST.to_owned(), POST.replace("Message-ID: <p1@vm.example.net>\n", "")] {
            let copy = copied(&post, None);
            let headers = Headers::read(copy.as_bytes());
            let id = headers.value("Message-ID").and_then(|value| message_ids(&value).into_iter().next()).unwrap();
            assert_eq!(machine(&headers, Some(&id), &Secret::new([7; 32])), Some(Machine::OwnCopy));
        }
    }

    #[test]
    fn a_rewritten_from_has_one_address_that_answers_go_to() {
        let copy = copied(POST, Some("Vera via the list"));
        let headers = Headers::read(copy.as_bytes());
        let values = |name: &str| headers.all(name).map(|field| field.value()).collect::<Vec<_>>();
        let list = "xen-security-issues-discuss@lists.example.org";
        assert_eq!(values("From"), [format!("\"Vera via the list\" <{list}>")]);
        assert_eq!(values("Reply-To"), ["\"Vendor, Vera\" <vera@vm.example.net>"]);
        assert_eq!(values("X-Original-From"), ["\"Vendor, Vera\" <vera@vm.example.net>"]);
        let own = POST.replace("Subject:", "Reply-To: team@vm.example.net\nReply-To: other@vm.example.net\nSubject:");
        let copy = copied(&own, Some("Vera via the list"));
        let headers = Headers::read(copy.as_bytes());
        assert_eq!(headers.all("Reply-To").map(|field| field.value()).collect::<Vec<_>>(), ["team@vm.example.net"]);
        assert_eq!(copied(&own, None).matches("Reply-To").count(), 2, "untouched where From is");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_its_body_is_copied_byte_for_byte(
            header in "([A-Za-z-]{0,12}:[ -~]{0,30}\r?\n){0,8}",
            body in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        ) {
            let raw = [b"From: v@vm.example.net\r\n", header.as_bytes(), b"\r\n", &body].concat();
            let id = MessageId::parse("own@example.org").unwrap();
            let made = copy(&raw, &head(), None, &id, &Secret::new([7; 32]));
            let (mut expected, read) = (Vec::new(), Headers::read(&raw));
            canonical(&mut expected, read.body);
            let kept = Headers::read(&made);
            let bare = |bytes: &[u8]| bytes.strip_suffix(b"\r\n").unwrap_or(bytes).to_vec();
            proptest::prop_assert_eq!(bare(kept.body), bare(&expected));
            proptest::prop_assert!(kept.all("Bcc").next().is_none() && kept.all("List-Id").count() == 1);
        }
    }
}
