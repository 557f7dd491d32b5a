//! Forged stamps to try our own mail server with: every spelling of its name we would believe, and whether one of them
//! came through. It sends nothing and decides nothing about real mail.

use crate::mail::evidence::names_plainly;
use crate::mail::headers::Headers;

/// Fields that claim to be our server's stamp for `domain`. `key` is what they are known again by: our server may put
/// a true stamp on the same mail.
pub fn stamps(authserv_id: &str, domain: &str, key: &str) -> String {
    let upper = authserv_id.to_uppercase();
    let claim = format!("dmarc=pass reason=\"{key}\" header.from={domain}");
    [
        format!("Authentication-Results: {authserv_id}; {claim}\r\n"),
        format!("authentication-results: {upper};\r\n\t{claim}\r\n"),
        format!("Authentication-Results:\r\n\t{authserv_id} 1; {claim}\r\n"),
        format!("Authentication-Results : {authserv_id}; {claim}\r\n"),
    ]
    .concat()
}

/// Whether one of those stands in a mail that came back, in a form we would believe.
pub fn came_through(mail: &[u8], authserv_id: &str, key: &str) -> bool {
    let headers = Headers::read(mail);
    headers.all("Authentication-Results").any(|field| {
        let value = field.value();
        names_plainly(&value, authserv_id) && value.contains(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_is_found_alone_and_a_true_stamp_is_no_forged_one() {
        let forged = stamps("mx.example.org", "example.org", "k3v9");
        let rest = "Received: x\r\nFrom: a@example.org\r\n\r\ntext";
        assert!(came_through(format!("{forged}{rest}").as_bytes(), "mx.example.org", "k3v9"));
        let one_by_one = forged.replace("\r\n\t", "\n\t").replace("\r\n", "\r");
        let fields: Vec<&str> = one_by_one.split_terminator('\r').collect();
        assert_eq!(fields.len(), 4);
        for field in fields {
            assert!(came_through(format!("{field}\n{rest}").as_bytes(), "MX.example.org", "k3v9"), "{field}");
        }
        let renamed = forged.replace("uthentication-", "-Old-Authentication-");
        let true_one = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n";
        for fine in [rest.to_owned(), format!("{true_one}{rest}"), format!("{true_one}{renamed}{rest}")] {
            assert!(!came_through(fine.as_bytes(), "mx.example.org", "k3v9"), "{fine}");
        }
    }
}
