//! Whether receivers would reject a list's copy that still bears its author's From: their domain asks for it (DMARC), and no
//! signature of theirs survives what a list does to a header. Decided from what our own server stamped; nothing is looked up.

use crate::mail::address::Address;
use crate::mail::authentication::MethodResult;
use crate::mail::evidence::Stamped;
use crate::mail::headers::{Field, Headers};
use crate::mail::list_copy::changes;

/// More than anybody's servers write.
const SIGNATURES_MAX: usize = 50;

/// Whether a copy of this post needs another From.
pub fn is_brittle(post: &Headers<'_>, author: &Address, stamped: &Stamped) -> bool {
    is_strict(stamped) && !survives(post, author, stamped)
}

/// Whether the author's domain has receivers reject, or put aside, what is not aligned. opendmarc says so in a comment,
/// `dmarc=pass (p=reject dis=none)`, as do Google's servers (`(p=REJECT sp=REJECT dis=NONE)`) and rspamd's (`(policy=reject)`);
/// others in a property. Of the policies for a domain and for those below it, one is enough: it cannot be seen which counts.
fn is_strict(stamped: &Stamped) -> bool {
    let strict = |value: &str| matches!(value.trim_matches('"').to_lowercase().as_str(), "reject" | "quarantine");
    let named = |result: &MethodResult| {
        let of_policy = |name: &str| {
            matches!(
                name,
                "dmarc" | "published-domain-policy" | "domain-policy" | "p" | "sp" | "published-subdomain-policy"
            )
        };
        result
            .properties
            .iter()
            .any(|property| property.ptype == "policy" && of_policy(&property.name) && strict(&property.value))
    };
    let by_property = stamped.said.results.iter().filter(|result| result.method == "dmarc").any(named);
    by_property
        || dmarc_comments(&stamped.value).iter().any(|comment| {
            comment.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')')).any(|word| {
                let said = word.split_once(['=', ':']);
                said.is_some_and(|(name, value)| {
                    matches!(name.to_lowercase().as_str(), "p" | "sp" | "policy") && strict(value)
                })
            })
        })
}

/// The comments in the result of DMARC.
fn dmarc_comments(value: &str) -> Vec<String> {
    let (mut found, mut result, mut comment) = (Vec::new(), String::new(), String::new());
    let (mut depth, mut quoted) = (0usize, false);
    let mut characters = value.chars();
    let is_dmarc = |result: &str| result.trim_start().to_lowercase().starts_with("dmarc");
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                if depth == 0 && is_dmarc(&result) {
                    found.push(std::mem::take(&mut comment));
                }
                comment.clear();
            }
            ';' if depth == 0 && !quoted => result.clear(),
            other if depth > 0 => comment.push(other),
            other => result.push(other),
        }
    }
    found
}

/// Whether a signature by the author's domain (DKIM, RFC 6376) that our server found good is over nothing that changes.
fn survives(post: &Headers<'_>, author: &Address, stamped: &Stamped) -> bool {
    let said = stamped.said.results.iter().chain(&stamped.filters);
    let good = said.filter(|result| result.method == "dkim" && result.result == "pass");
    good.filter_map(signer).any(|(domain, selector)| {
        is_aligned(&domain, author.domain())
            && post.all("DKIM-Signature").take(SIGNATURES_MAX).any(|field| {
                let tags = tags(field);
                let tag = |name: &str| tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                let same = tag("d").is_some_and(|by| by.eq_ignore_ascii_case(&domain))
                    && selector.as_deref().is_none_or(|selector| tag("s") == Some(selector));
                same && tag("h").is_some_and(|signed| !signed.split(':').any(|name| changes(post, name.trim())))
            })
    })
}

/// The domain that signed, and by which key, if that is said.
fn signer(result: &MethodResult) -> Option<(String, Option<String>)> {
    let of_address = |value: &str| value.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let domain = result.only("header", "d").map(str::to_owned);
    let domain = domain.or_else(|| of_address(result.only("header", "i")?))?;
    Some((domain.to_lowercase(), result.only("header", "s").map(str::to_owned)))
}

/// The same domain, or one above or below the other. What only shares a registered domain with it is not counted: whoever
/// does not know the public suffixes cannot tell, and a rewritten From is the lesser harm.
fn is_aligned(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let below = |lower: &str, upper: &str| {
        lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.')) && upper.contains('.')
    };
    one == other || below(&one, &other) || below(&other, &one)
}

/// `v=1; d=example.net; h=from:to` (RFC 6376 section 3.2).
fn tags(field: &Field<'_>) -> Vec<(String, String)> {
    let value = field.value();
    let tag = |text: &str| {
        let (name, value) = text.split_once('=')?;
        Some((name.trim().to_owned(), value.split_whitespace().collect::<String>()))
    };
    value.split(';').filter_map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::authentication;
    use crate::mail::evidence::{Trust, stamped};

    const PASS: &str = "dkim=pass header.d=vm.example.net header.s=k1; ";
    const REJECT: &str = "dmarc=pass (p=reject dis=none) header.from=vm.example.net";

    fn brittle(results: &str, signature: &str, more: &str) -> bool {
        let value = format!("mx.example.org; {results}");
        let raw = format!("{signature}From: vera@vm.example.net\nTo: list@example.org\n{more}Subject: x\n\ntext\n");
        let stamped = Stamped { said: authentication::parse(&value), value, filters: Vec::new() };
        let author = Address::parse("vera@vm.example.net").unwrap();
        is_brittle(&Headers::read(raw.as_bytes()), &author, &stamped)
    }

    fn signed(fields: &str) -> String {
        format!("DKIM-Signature: v=1; a=rsa-sha256; d=vm.example.net; s=k1;\n h={fields}; b=a\n b\n")
    }

    #[test]
    fn a_policy_is_found_wherever_servers_write_it() {
        for (results, expected) in [
            ("dmarc=pass (p=reject dis=none) header.from=vm.example.net", true),
            ("dmarc=pass (p=quarantine dis=none) header.from=vm.example.net", true),
            ("dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=vm.example.net", true),
            ("dmarc=pass (p=none sp=reject) header.from=vm.example.net", true),
            ("dmarc=pass (policy=reject) header.from=vm.example.net", true),
            ("dmarc=pass policy.dmarc=quarantine header.from=vm.example.net", true),
            ("dmarc=pass policy.published-domain-policy=reject header.from=vm.example.net", true),
            ("dmarc=pass (p=none,d=none) policy.published-domain-policy=none header.from=vm.example.net", false),
            ("dmarc=pass (p=none dis=none) header.from=vm.example.net", false),
            ("dmarc=pass header.from=vm.example.net", false),
            ("dmarc=pass (step=reject dis=quarantine) header.from=vm.example.net", false),
            ("spf=pass (p=reject) smtp.mailfrom=vm.example.net; dmarc=pass header.from=vm.example.net", false),
            ("none", false),
        ] {
            assert_eq!(brittle(results, "", ""), expected, "{results}");
        }
    }

    #[test]
    fn a_signature_that_survives_keeps_the_authors_from() {
        let good = format!("{PASS}{REJECT}");
        assert!(!brittle(&good, &signed("from:to:subject:date"), ""));
        assert!(!brittle(&good, &signed("From : To:\n Subject"), "Reply-To: a@b.example\n"));
        assert!(!brittle(&format!("dkim=pass header.i=@vm.example.net; {REJECT}"), &signed("from:to"), ""));
        assert!(!brittle(
            &format!("dkim=pass header.d=example.net; {REJECT}"),
            &signed("from:to").replace("d=vm.", "d="),
            ""
        ));
    }

    #[test]
    fn one_over_a_field_that_changes_does_not_survive() {
        let good = format!("{PASS}{REJECT}");
        for fields in ["from:to:sender", "from:list-id", "from:Precedence", "from:list-post:to"] {
            assert!(brittle(&good, &signed(fields), ""), "{fields}");
        }
        let receipts = signed("from:disposition-notification-to");
        assert!(!brittle(&good, &receipts, ""), "there is none, and none will be");
        assert!(brittle(&good, &receipts, "Disposition-Notification-To: vera@vm.example.net\n"));
    }

    #[test]
    fn nobody_elses_signature_and_no_bad_one_counts() {
        let signature = signed("from:to");
        for results in [
            REJECT.to_owned(),
            format!("dkim=fail header.d=vm.example.net header.s=k1; {REJECT}"),
            format!("dkim=pass header.d=mailer.example.com; {REJECT}"),
            format!("dkim=pass header.d=net; {REJECT}"),
            format!("dkim=pass header.d=vm.example.net header.s=k2; {REJECT}"),
        ] {
            assert!(brittle(&results, &signature, ""), "{results}");
        }
    }

    /// OpenDMARC's stamp says nothing of signatures; OpenDKIM has a field of its own.
    #[test]
    fn a_filter_of_our_server_vouches_for_a_signature_and_nobody_else_does() {
        for (authserv_id, received, expected) in [
            ("dkim.mx.example.org", "", false),
            ("mx.example.com", "", true),
            ("evilmx.example.org", "", true),
            ("dkim.mx.example.org", "Received: from a by mx.example.com\n", true),
        ] {
            let raw = format!(
                "Authentication-Results: mx.example.org; {REJECT}\n{received}Authentication-Results: {authserv_id};\n \
                 dkim=pass header.d=vm.example.net header.s=k1\nReceived: from b by mx.example.org\n{}\
                 From: vera@vm.example.net\nTo: list@example.org\n\ntext\n",
                signed("from:to")
            );
            let headers = Headers::read(raw.as_bytes());
            let ours = ["mx.example.org".to_owned()];
            let trust = Trust { authserv_id: "mx.example.org", received_by: &ours, local: false };
            let stamped = stamped(&headers, &trust).0.unwrap();
            let author = Address::parse("vera@vm.example.net").unwrap();
            assert_eq!(is_brittle(&headers, &author, &stamped), expected, "{raw}");
        }
    }
}
