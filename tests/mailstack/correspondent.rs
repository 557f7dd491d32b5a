//! Somebody who writes and reads mail with a GnuPG of their own: real gpg 2.2, as people have it.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::cut;
use super::gpg::Gpg;
use crate::world::crlf;

/// To sign, and to encrypt to.
pub const RSA: [&str; 2] = ["rsa2048", "rsa2048"];
pub const CURVE25519: [&str; 2] = ["ed25519", "cv25519"];

/// Somebody with a GnuPG of their own, who has the project's certificate.
pub struct Correspondent {
    pub address: &'static str,
    gpg: Gpg,
    key: String,
    project: String,
}

/// A letter that came encrypted, as its reader sees it.
pub struct Opened {
    pub subject: String,
    pub text: String,
    /// All that is in it, decoded.
    pub all: Vec<u8>,
}

impl Correspondent {
    pub fn new(address: &'static str, algorithms: [&str; 2], project: &[u8]) -> Self {
        let (gpg, others) = (Gpg::fresh(), Gpg::fresh());
        let [sign, encrypt] = algorithms;
        let key = gpg.make_key(&format!("Somebody <{address}>"), sign, "sign", "never", "");
        gpg.add_subkey(&key, encrypt, "encrypt");
        gpg.import(project);
        others.import(project);
        Self { address, gpg, key, project: others.fingerprint() }
    }

    /// Their certificate, in a file.
    pub fn certificate(&self, folder: &Path) -> String {
        let file = folder.join(format!("{}.asc", self.address));
        fs::write(&file, self.gpg.export("--export", &self.key, "")).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// A mail of theirs with this entity signed and encrypted in it (RFC 3156 section 6.2).
    pub fn writes(&self, to: &str, id: &str, entity: &str) -> Vec<u8> {
        let entity = entity.replace('\n', "\r\n");
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
        let what = ["--armor", "--sign", "--encrypt", "-u", &self.key, "--recipient", &self.project];
        let armored = String::from_utf8(self.gpg.makes_at(&what, entity.as_bytes(), &now)).unwrap();
        let mail = format!(
            "From: Somebody <{}>\nTo: {to}\nSubject: ...\nDate: Mon, 07 Dec 2026 09:12:04 +0000\n\
             Message-ID: <{id}@{}>\nMIME-Version: 1.0\nContent-Type: multipart/encrypted;\n\
             \tprotocol=\"application/pgp-encrypted\"; boundary=\"outside\"\n\n--outside\n\
             Content-Type: application/pgp-encrypted\n\nVersion: 1\n\n--outside\n\
             Content-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{armored}\n--outside--\n",
            self.address,
            self.address.split('@').nth(1).unwrap()
        );
        mail.replace('\n', "\r\n").into_bytes()
    }

    /// A mail of theirs with this text, signed and not encrypted (RFC 3156 section 5).
    pub fn signs(&self, to: &str, id: &str, text: &str) -> Vec<u8> {
        let entity = format!("Content-Type: text/plain; charset=us-ascii\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
        let what = ["--armor", "--detach-sign", "--digest-algo", "SHA512", "-u", &self.key];
        let signature = String::from_utf8(self.gpg.makes_at(&what, entity.as_bytes(), &now)).unwrap();
        let signature = signature.replace('\n', "\r\n");
        let head = format!(
            "From: Somebody <{}>\nTo: {to}\nSubject: Re: the case\nDate: Mon, 07 Dec 2026 09:12:04 +0000\n\
             Message-ID: <{id}@{}>\nMIME-Version: 1.0\nContent-Type: multipart/signed; micalg=pgp-sha512;\n\
             \tprotocol=\"application/pgp-signature\"; boundary=\"signed\"\n\n",
            self.address,
            self.address.split('@').nth(1).unwrap()
        );
        let kind = "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n";
        let body = format!("--signed\r\n{entity}\r\n--signed\r\n{kind}{signature}\r\n--signed--\r\n");
        (head.replace('\n', "\r\n") + &body).into_bytes()
    }

    /// Opens a letter to them: it must be encrypted, and what is inside signed by the project.
    pub fn reads(&self, letter: &[u8]) -> Opened {
        let kind = cut::field(letter, "Content-Type");
        assert!(kind.starts_with("multipart/encrypted;"), "{kind}");
        assert_eq!(cut::field(letter, "Subject"), "[...]");
        let [version, encrypted] = cut::parts(letter)[..] else { panic!("not two parts") };
        assert_eq!(cut::field(version, "Content-Type"), "application/pgp-encrypted");
        let inside = crlf(&self.gpg.decrypt(cut::body(encrypted)));
        let [signed, signature] = cut::parts(&inside)[..] else { panic!("it is signed, then encrypted") };
        assert_eq!(self.gpg.verify(cut::body(signature), signed).as_ref(), Some(&self.project));
        let message = MessageParser::default().parse(signed).unwrap();
        let text = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        Opened { subject: message.subject().unwrap_or_default().to_owned(), text, all: decoded(signed) }
    }
}

/// A mail and all that is in it, without transfer encodings, mails inside mails too.
pub fn decoded(mail: &[u8]) -> Vec<u8> {
    let mut all = mail.to_vec();
    let mut waiting = Vec::from_iter(MessageParser::default().parse(mail).map(Message::into_owned));
    while let Some(message) = waiting.pop() {
        for part in &message.parts {
            all.push(b'\n');
            all.extend_from_slice(part.contents());
            let inner = match &part.body {
                PartType::Message(inner) => Some(inner.clone()),
                _ if part.attachment_name().is_some_and(|name| name.ends_with(".eml")) => {
                    MessageParser::default().parse(part.contents())
                }
                _ => None,
            };
            waiting.extend(inner.map(Message::into_owned));
        }
    }
    all
}
