//! Signs mail as a sender's own server does (RFC 6376, relaxed/relaxed, rsa-sha256), with openssl; and says what the world
//! finds in DNS about that sender. Verifying is left to real servers.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The selector of every key here.
const SELECTOR: &str = "s1";
/// A string of a TXT record is no longer (RFC 1035 section 3.3).
const TXT_MAX: usize = 200;

/// A domain that signs its mail.
pub struct Domain {
    name: String,
    key: PathBuf,
}

impl Domain {
    /// Makes its key in `folder`.
    pub fn new(name: &str, folder: &Path) -> Self {
        let key = folder.join(format!("{name}.pem"));
        let made =
            Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048").stderr(Stdio::null()).status();
        assert!(made.expect("openssl").success());
        Self { name: name.to_owned(), key }
    }

    /// Lines for dnsmasq: the key, and what receivers are to do with mail that is not the domain's (`none`, `reject`).
    pub fn zone(&self, policy: &str) -> String {
        let der = openssl(&["rsa", "-pubout", "-outform", "DER", "-in", &self.key.to_string_lossy()], b"");
        let public = data_encoding::BASE64.encode(&der);
        let (first, rest) = public.split_at(TXT_MAX);
        format!(
            "txt-record={SELECTOR}._domainkey.{0},\"v=DKIM1; k=rsa; p={first}\",\"{rest}\"\n\
             txt-record=_dmarc.{0},\"v=DMARC1; p={policy}\"\n",
            self.name
        )
    }

    /// The mail with a signature over these fields and its body; it has CRLF.
    pub fn signs(&self, raw: &str, fields: &[&str]) -> Vec<u8> {
        let (header, body) = raw.split_once("\r\n\r\n").expect("a header and a body");
        let hash =
            data_encoding::BASE64.encode(&openssl(&["dgst", "-sha256", "-binary"], relaxed_body(body).as_bytes()));
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={SELECTOR}; h={}; bh={hash}; b=",
            self.name,
            fields.join(":")
        );
        let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", "\t");
        let found = |name: &&str| {
            let named = |line: &&str| line.split_once(':').is_some_and(|(field, _)| field.eq_ignore_ascii_case(name));
            unfolded.rsplit("\r\n").find(named).map(relaxed_field)
        };
        let mut signed: Vec<String> = fields.iter().filter_map(found).collect();
        signed.push(relaxed_field(&unsigned));
        let signature =
            openssl(&["dgst", "-sha256", "-sign", &self.key.to_string_lossy()], signed.join("\r\n").as_bytes());
        format!("{unsigned}{}\r\n{raw}", data_encoding::BASE64.encode(&signature)).into_bytes()
    }
}

/// RFC 6376 section 3.4.2.
fn relaxed_field(line: &str) -> String {
    let (name, value) = line.split_once(':').expect("a header field");
    format!("{}:{}", name.trim().to_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// RFC 6376 section 3.4.4.
fn relaxed_body(body: &str) -> String {
    let relaxed = |line: &str| {
        let mut text = String::new();
        for c in line.chars() {
            match c {
                ' ' | '\t' if text.ends_with(' ') => {}
                ' ' | '\t' => text.push(' '),
                other => text.push(other),
            }
        }
        text.trim_end_matches(' ').to_owned()
    };
    let lines: Vec<String> = body.split("\r\n").map(relaxed).collect();
    let text = lines.join("\r\n");
    let text = text.trim_end_matches("\r\n");
    if text.is_empty() { String::new() } else { format!("{text}\r\n") }
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut process = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    process.stdin.take().expect("its input").write_all(input).expect("openssl reads");
    let output = process.wait_with_output().expect("openssl ends");
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}
