//! What was proven about who sent a message (DESIGN section 4). `From:` alone proves nothing, and in doubt the
//! answer is `None`: refused evidence costs a question, believed evidence an embargo.

use serde::{Deserialize, Serialize};

use crate::mail::address::Address;
use crate::mail::authentication::{self, AuthenticationResults, MethodResult};
use crate::mail::headers::{Field, Headers, without_comments};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    None,
    /// An aligned DMARC pass for this From, stamped by the one mail server we trust for it.
    Aligned(Address),
}

impl Evidence {
    /// The address that was proven to be the author's.
    pub fn aligned(&self) -> Option<&Address> {
        match self {
            Evidence::Aligned(address) => Some(address),
            Evidence::None => None,
        }
    }
}

/// More than any server has.
const FILTERS_MAX: usize = 10;

/// Whose Authentication-Results we believe.
pub struct Trust<'a> {
    pub authserv_id: &'a str,
    /// Hosts whose Received fields are ours.
    pub received_by: &'a [String],
    /// A local Maildir is what our server would have delivered: its header is taken as stamped, wherever it stands.
    pub local: bool,
}

/// The evidence for `author`, the only address of the only From, and whether more than one field bore our name:
/// our server strips forged ones (RFC 8601 section 5), so a second one is worth a look.
pub fn evidence(headers: &Headers<'_>, author: Option<&Address>, trust: &Trust<'_>) -> (Evidence, bool) {
    let (stamped, several) = stamped(headers, trust);
    let proven = stamped.zip(author).is_some_and(|(stamped, author)| passes(&stamped.said, author.domain()));
    (author.filter(|_| proven).map_or(Evidence::None, |author| Evidence::Aligned(author.clone())), several)
}

/// What our server says in the one field of its name, and the value as it stands.
pub struct Stamped {
    pub said: AuthenticationResults,
    pub value: String,
    /// What its filters say under names below its own, as OpenDKIM may beside OpenDMARC. It proves nobody.
    pub filters: Vec<MethodResult>,
}

/// The field our server stamped, if it may be believed; and whether more than one bore our name.
pub fn stamped(headers: &Headers<'_>, trust: &Trust<'_>) -> (Option<Stamped>, bool) {
    let mut ours = headers.iter().enumerate().filter_map(|(position, field)| results_by(trust, position, field));
    let first = ours.next();
    let several = ours.next().is_some();
    let believed = first.filter(|(position, results)| {
        !several && !headers.cut && results.plain && stands_above(headers, *position, trust)
    });
    let filters = if believed.is_some() { of_filters(headers, trust) } else { Default::default() };
    (believed.map(|(_, Ours { said, value, .. })| Stamped { said, value, filters }), several)
}

/// The results in fields of `dkim.mx.example.org`, where our server is `mx.example.org`.
fn of_filters(headers: &Headers<'_>, trust: &Trust<'_>) -> Vec<MethodResult> {
    let below = format!(".{}", trust.authserv_id.to_lowercase());
    let fields = ours_on_top(headers, trust).filter(|field| field.is("Authentication-Results"));
    let said = fields.take(FILTERS_MAX).map(|field| authentication::parse(&field.value()));
    said.filter(|said| said.authserv_id.ends_with(&below)).flat_map(|said| said.results).collect()
}

/// A field in our server's name.
struct Ours {
    said: AuthenticationResults,
    value: String,
    plain: bool,
}

fn results_by(trust: &Trust<'_>, position: usize, field: &Field<'_>) -> Option<(usize, Ours)> {
    if !field.is("Authentication-Results") {
        return None;
    }
    let value = field.value();
    let said = authentication::parse(&value);
    let plain = names_plainly(&value, trust.authserv_id);
    (said.authserv_id == trust.authserv_id.to_lowercase()).then_some((position, Ours { said, value, plain }))
}

/// Whether a field's value begins with this very name. Comments before it and quoted strings are good grammar too
/// (RFC 8601 section 2.2); no server writes its own name so, and `(;) mx.example.org` and `"mx.exampl\e.org"` slip
/// through the patterns by which servers remove what is forged (Postfix header_checks, by reading them).
pub fn names_plainly(value: &str, authserv_id: &str) -> bool {
    let begin = value.get(..authserv_id.len()).unwrap_or("");
    let end = value.get(authserv_id.len()..).and_then(|rest| rest.chars().next());
    begin.eq_ignore_ascii_case(authserv_id) && end.is_none_or(|next| next == ';' || next.is_ascii_whitespace())
}

/// Servers put their fields on top: what stands below a Received of somebody else was there when it came to us.
fn stands_above(headers: &Headers<'_>, position: usize, trust: &Trust<'_>) -> bool {
    trust.local || !headers.above(position).any(|field| field.is("Received") && !is_ours(field, trust.received_by))
}

/// The fields our server may have written: those above the first Received of somebody else.
pub fn ours_on_top<'h, 'a>(headers: &'h Headers<'a>, trust: &Trust<'_>) -> impl Iterator<Item = &'h Field<'a>> {
    headers.iter().take_while(|field| trust.local || !field.is("Received") || is_ours(field, trust.received_by))
}

/// Whether the `by` clause (RFC 5321 section 4.4) names one of our hosts. Lenient about all the rest: Postfix,
/// Exim, sendmail and Dovecot's LMTP (`by HOST with LMTP`) all write something else around it. A HELO name of
/// "by" makes a field of ours look foreign, never the other way round.
fn is_ours(received: &Field<'_>, received_by: &[String]) -> bool {
    let value = received.value();
    let plain = without_comments(&value);
    let mut words = plain.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("by")).skip(1);
    let host = words.next().unwrap_or("").trim_end_matches([';', ',', '.']);
    received_by.iter().any(|ours| ours.trim_end_matches('.').eq_ignore_ascii_case(host)) && !host.is_empty()
}

/// `dmarc=pass` exactly once, and `header.from` exactly the author's domain (RFC 8601 section 2.7, RFC 7489
/// section 11.1). Not a subdomain, not a name that contains it, not an address.
fn passes(results: &AuthenticationResults, domain: &str) -> bool {
    let mut dmarc = results.results.iter().filter(|result| result.method == "dmarc");
    let (Some(only), None) = (dmarc.next(), dmarc.next()) else { return false };
    only.result == "pass"
        && only.version == "1"
        && !domain.is_empty()
        && only.only("header", "from").is_some_and(|from| from.to_lowercase() == domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: &str = "Received: from mx.example.org ([127.0.0.1])\n\tby store.example.org with LMTP\n\tid abc for <bot>; Tue, 1 Dec 2026 10:00:00 +0000\n";
    const STAMP: &str = "Authentication-Results: mx.example.org;\n\tdmarc=pass (p=reject) header.from=example.net\n";
    const OURS: &str = "Received: from mail.example.net (mail.example.net [192.0.2.1])\n by mx.example.org (Postfix) with ESMTPS id 1; now\n";
    const THEIRS: &str = "Received: from laptop by mail.example.net with ESMTPSA id 2; now\n";
    const FROM: &str = "From: Alice <alice@example.net>\n";

    fn proven(local: bool, head: &str) -> bool {
        let author = Address::parse("alice@example.net").unwrap();
        let received_by = ["mx.example.org".to_owned(), "Store.Example.org".to_owned()];
        let both = [head.to_owned(), head.replace('\n', "\r\n")].map(|head| {
            let raw = head + "\n";
            let trust = Trust { authserv_id: "MX.example.org", received_by: &received_by, local };
            evidence(&Headers::read(raw.as_bytes()), Some(&author), &trust).0 != Evidence::None
        });
        assert_eq!(both[0], both[1], "LF and CRLF differ: {head}");
        both[0]
    }

    #[test]
    fn a_stamp_of_our_server_above_all_foreign_hops_is_proof() {
        assert!(proven(false, &[TOP, STAMP, OURS, THEIRS, FROM].concat()));
        assert!(proven(false, &[TOP, OURS, STAMP, THEIRS, FROM].concat()), "milters insert it below our Received");
        assert!(proven(false, &[STAMP, FROM].concat()));
        assert!(proven(
            false,
            &[OURS, "Received: by mx.example.org (Postfix, from userid 33) id 7; x\n", STAMP].concat()
        ));
    }

    #[test]
    fn below_a_foreign_hop_it_is_not_except_on_a_local_instance() {
        for head in [
            [TOP, OURS, THEIRS, STAMP, FROM].concat(),
            [TOP, "Received: (qmail 1 invoked by uid 0); now\n", STAMP].concat(),
            [TOP, "Received: from by by mx.example.org with SMTP id 9; x\n", STAMP].concat(),
            [TOP, "Received: from x (by mx.example.org) by evil.example with SMTP id 9; x\n", STAMP].concat(),
            [TOP, "Received: from x by mx.example.org.evil.example with SMTP id 9; x\n", STAMP].concat(),
        ] {
            assert!(!proven(false, &head), "{head}");
            assert!(proven(true, &head), "{head}");
        }
    }

    #[test]
    fn what_is_no_pass_for_the_authors_domain_is_no_proof() {
        for results in [
            "mx.example.org; none",
            "mx.example.org; dmarc=fail header.from=example.net",
            "mx.example.org; dmarc=pass",
            "mx.example.org; dmarc=pass header.from=mail.example.net",
            "mx.example.org; dmarc=pass header.from=net",
            "mx.example.org; dmarc=pass header.from=example.net.evil.example",
            "mx.example.org; dmarc=pass header.from=notexample.net",
            "mx.example.org; dmarc=pass header.from=alice@example.net",
            "mx.example.org; dmarc=pass header.d=example.net",
            "mx.example.org; dmarc=pass header.from=example.net header.from=example.net",
            "mx.example.org; dmarc=fail header.from=evil.example; dmarc=pass header.from=example.net",
            "mx.example.org; dmarc=pass header.from=example.net; dmarc=pass header.from=example.net",
            "mx.example.org; spf=fail (dmarc=pass header.from=example.net) smtp.mailfrom=evil.example",
            "mx.example.org; spf=fail reason=\"x; dmarc=pass header.from=example.net\"",
            "mx.example.org; spf=pass reason=dmarc=pass header.from=example.net",
            "mx.example.org; spf=pass smtp.mailfrom=\"; dmarc=pass header.from=example.net\"@evil.example; dmarc=fail header.from=evil.example",
            "mx.example.org; xdmarc=pass header.from=example.net",
            "mx.example.org; dmarc=passed header.from=example.net",
            "mx.example.org; dmarc/2=pass header.from=example.net",
            "mx.example.org.evil.example; dmarc=pass header.from=example.net",
            "evil.example (mx.example.org); dmarc=pass header.from=example.net",
            "evil.example; dmarc=pass header.from=example.net",
            "; dmarc=pass header.from=example.net",
        ] {
            let head = format!("{TOP}Authentication-Results: {results}\n{OURS}{FROM}");
            assert!(!proven(false, &head), "{results}");
            assert!(!proven(true, &head), "{results}");
        }
        assert!(proven(
            false,
            &format!(
                "{TOP}authentication-results: mx.EXAMPLE.org;\n DMARC = Pass\n header.from=\"EXAMPLE.net\"\n{OURS}{FROM}"
            )
        ));
    }

    #[test]
    fn a_name_behind_a_comment_or_in_quotes_is_not_believed() {
        for name in ["(;) mx.example.org", "\"mx.example.org\"", "\"mx.exampl\\e.org\"", "(checked) mx.example.org"] {
            let head = format!("{TOP}Authentication-Results: {name}; dmarc=pass header.from=example.net\n{OURS}{FROM}");
            assert!(!proven(false, &head) && !proven(true, &head), "{name}");
        }
        let folded = "Authentication-Results:\n\tMX.example.org 1;\n\tdmarc=pass header.from=example.net\n";
        assert!(proven(false, &[TOP, folded, OURS, FROM].concat()));
    }

    #[test]
    fn two_fields_in_our_name_prove_nothing_and_are_reported() {
        let forged = [TOP, STAMP, OURS, THEIRS, STAMP, FROM].concat() + "\n";
        let author = Address::parse("alice@example.net").unwrap();
        let received_by = ["mx.example.org".to_owned(), "store.example.org".to_owned()];
        let trust = Trust { authserv_id: "mx.example.org", received_by: &received_by, local: false };
        let (evidence_found, several) = evidence(&Headers::read(forged.as_bytes()), Some(&author), &trust);
        assert_eq!((evidence_found, several), (Evidence::None, true));
        // A stranger's results beside ours are ordinary: their server stamped the mail too.
        assert!(proven(
            false,
            &[TOP, STAMP, OURS, "Authentication-Results: mail.example.net; auth=pass\n", FROM].concat()
        ));
    }

    #[test]
    fn without_an_author_there_is_nobody_to_prove() {
        let raw = [TOP, STAMP].concat() + "\n";
        let trust = Trust { authserv_id: "mx.example.org", received_by: &[], local: true };
        assert_eq!(evidence(&Headers::read(raw.as_bytes()), None, &trust).0, Evidence::None);
    }
}
