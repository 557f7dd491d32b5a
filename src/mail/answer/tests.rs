//! Answers as mail programs write them, and what the discoverer gets of them.

use super::*;

fn is_token(address: &str) -> bool {
    Address::parse(address).is_ok_and(|a| a.detail().is_some() && a.domain().eq_ignore_ascii_case("example.org"))
}

fn role() -> Address {
    Address::parse("security@example.org").unwrap()
}

fn clean(raw: &str) -> Answer {
    let lf = answer(raw.as_bytes(), is_token, &role());
    assert_eq!(lf, answer(raw.replace('\n', "\r\n").as_bytes(), is_token, &role()), "LF and CRLF differ: {raw}");
    lf
}

const MIXED: &str = "From: bob@example.org\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"\n\n--s\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nThank you, J=C3=BCrgen.\n> Reply to security+k3v9=\n@example.org\n--a\nContent-Type: text/html\n\n<p>Thank you, <b>J&uuml;rgen</b> security+k3v9@example.org\n--a--\n--m\nContent-Type: text/x-patch; name=\"../fix.patch\"\nContent-Transfer-Encoding: base64\n\nLS0tIGEKKysrIGIK\n--m\nContent-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nlog\n--m--\n--s\nContent-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n--s--\n";

#[test]
fn text_and_attachments_go_out_signature_and_twin_do_not() {
    let answer = clean(MIXED);
    assert_eq!(answer.text, "Thank you, Jürgen.\n> Reply to security@example.org\n");
    let parts: Vec<_> = answer.parts.iter().map(|index| part(MIXED.as_bytes(), *index).unwrap()).collect();
    let shown: Vec<_> = parts.iter().map(|p| (p.name.as_str(), p.content_type.as_str(), p.bytes.as_ref())).collect();
    let expected: [(&str, &str, &[u8]); 2] =
        [("fix.patch", "text/x-patch", b"--- a\n+++ b\n"), ("log.txt", "text/plain", b"log")];
    assert_eq!(shown, expected);
    assert_eq!(part(MIXED.as_bytes(), 99), None);
}

#[test]
fn reply_addresses_of_ours_are_replaced_wherever_they_stand() {
    for (written, expected) in [
        ("security+k3v9@example.org", "security@example.org"),
        ("On Tuesday Bob <bot+K3V9@Example.ORG> wrote:", "On Tuesday Bob <security@example.org> wrote:"),
        ("mailto:security%2Bk3v9%40example.org?subject=x", "mailto:security@example.org?subject=x"),
        ("(security+k3v9@example.org).", "(security@example.org)."),
        ("\"security+a@example.org\",security+b@example.org;", "\"security@example.org\",security@example.org;"),
        ("anything+at+all@example.org", "security@example.org"),
        // Glued to something:
        ("Write to security+k3v9@example.org.Thanks", "Write to security@example.org.Thanks"),
        ("Write to security+k3v9@example.orgThanks", "Write to security@example.orgThanks"), // libFuzzer, 2026-11-21
        ("_security+k3v9@example.org_", "security@example.org_"),
        ("see...security+k3v9@example.org--Bob", "security@example.org--Bob"),
        (
            "https://mail.example.net/compose/a/very/long/path/with/many/components?action=new&to=security%2Bk3v9%40example.org&x=y",
            "https://mail.example.net/compose/a/very/long/path/with/many/components?action=new&to=security@example.org&x=y",
        ),
        ("+k3v9@example.org", "security@example.org"),
        // Nobody's keys:
        ("alice+list@example.net", "alice+list@example.net"),
        ("security@example.org", "security@example.org"),
        ("a+b = c; x@y", "a+b = c; x@y"),
        ("alice+x@sub.example.org", "alice+x@sub.example.org"),
    ] {
        assert_eq!(clean(&format!("Subject: x\n\n{written}\n")).text, format!("{expected}\n"), "{written}");
    }
}

#[test]
fn an_attachment_with_a_reply_address_stays_here() {
    let forwarded = |encoding: &str, inside: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nSee the relay.\n--m\nContent-Type: message/rfc822\n\nReply-To: alice@example.net\nContent-Transfer-Encoding: {encoding}\n\n{inside}\n--m--\n"
        )
    };
    let expected = format!("See the relay.\n\n{HELD_BACK}\n");
    for raw in [
        forwarded("7bit", "Write to security+k3v9@example.org")
            .replace("alice@example.net", "security+k3v9@example.org"),
        forwarded("7bit", "Write to security+k3v9@example.org"),
        forwarded("base64", "V3JpdGUgdG8gc2VjdXJpdHkrazN2OUBleGFtcGxlLm9yZw=="),
        forwarded("quoted-printable", "Write to security+k3=\nv9@example.org"),
    ] {
        assert_eq!(clean(&raw), Answer { text: expected.clone(), ..Answer::default() }, "{raw}");
    }
    for named in ["security+k3v9@example.org.txt", "=?utf-8?Q?to_security=2Bk3v9=40example.org?="] {
        let raw = format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nSee the relay.\n--m\nContent-Disposition: attachment; filename=\"{named}\"\n\ntext\n--m--\n"
        );
        assert_eq!(clean(&raw), Answer { text: expected.clone(), ..Answer::default() }, "{raw}");
    }
    let harmless = clean(&forwarded("7bit", "Write to security@example.org"));
    assert_eq!(
        harmless,
        Answer {
            text: "See the relay.\n".to_owned(),
            parts: vec![1],
            names: vec!["message-1.eml".to_owned()],
            empty: false
        }
    );
}

#[test]
fn html_alone_is_read_as_text() {
    let raw = "Content-Type: text/html; charset=utf-8\n\n<html><head><style>p {}</style></head><body><p>Thank you &amp; security+k3v9@example.org</p><p>Bob</p></body></html>\n";
    assert_eq!(clean(raw).text, "Thank you & security@example.org\n\nBob\n");
}

#[test]
fn answers_in_odd_shapes_are_the_text_their_author_saw() {
    let latin = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>();
    let html = "<html><body><p>We can <b>reproduce</b> it.</p><ul><li>with 4.17</li><li>not with 4.18</li></ul>\
                <blockquote type=cite><p>a guest maps a grant</p></blockquote><p>See <a href=\"https://example.org/x\">\
                this</a>.</p></body></html>";
    let shaped = "We can reproduce it.\n* with 4.17\n* not with 4.18\n\n> a guest maps a grant\n\nSee [this][1].\n\n\
                  [1]: https://example.org/x\n";
    let flowed = "We can reproduce \nit, and thank you.\n\n> a guest maps \n> a grant\nYes.\n";
    let both = format!(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; format=flowed\n\n{flowed}--b\n\
         Content-Type: text/html\n\n{html}\n--b--\n"
    );
    for (name, raw, expected) in [
        ("HTML only", format!("Content-Type: text/html; charset=utf-8\n\n{html}\n").into_bytes(), shaped),
        (
            "HTML in base64",
            format!(
                "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{}\n",
                data_encoding::BASE64.encode(html.as_bytes())
            )
            .into_bytes(),
            shaped,
        ),
        (
            "flowed",
            format!("Content-Type: text/plain; format=flowed\n\n{flowed}").into_bytes(),
            "We can reproduce it, and thank you.\n\n> a guest maps a grant\nYes.\n",
        ),
        (
            "flowed, with the blank in the break",
            b"Content-Type: text/plain; Format=Flowed; DelSp=Yes\n\nWe can repro \nduce  \nit.\n".to_vec(),
            "We can reproduce it.\n",
        ),
        ("both forms", both.into_bytes(), "We can reproduce it, and thank you.\n\n> a guest maps a grant\nYes.\n"),
        (
            "a charset nobody knows",
            b"Content-Type: text/plain; charset=x-klingon\n\nHello caf\xc3\xa9\n".to_vec(),
            "Hello café\n",
        ),
        ("a charset that is not true", latin("Content-Type: text/plain; charset=us-ascii\n\nGrüße\n"), "Grüße\n"),
        (
            "another charset than the one it names",
            latin("Content-Type: text/plain; charset=UTF-8\n\nGrüße\n"),
            "Grüße\n",
        ),
        (
            "UTF-8 with a broken character",
            b"Content-Type: text/plain; charset=utf-8\n\nGr\xc3\xbc\xc3\x9fe \xff\n".to_vec(),
            "Grüße \u{FFFD}\n",
        ),
        (
            "8-bit in 7bit",
            latin("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 7bit\n\nGrüße\n"),
            "Grüße\n",
        ),
        (
            "doubled types",
            b"Content-Type: text/plain\nContent-Type: text/html\n\n<b>as written</b>\n".to_vec(),
            "<b>as written</b>\n",
        ),
        ("zero bytes", b"Subject: x\n\nbe\0fore\n\0\n".to_vec(), "before\n"),
    ] {
        assert_eq!(answer(&raw, is_token, &role()).text, expected, "{name}");
    }
    for (name, raw) in [
        ("no body", "Subject: all is here\n"),
        ("an empty body", "Subject: x\n\n"),
        ("blanks", "Subject: x\n\n \n\t\n"),
    ] {
        assert!(clean(raw).empty, "{name}");
    }
}

#[test]
fn a_reply_address_does_not_hide_in_the_shape() {
    for (kind, written) in [
        ("text/html", "<a href=\"mailto:security+k3v9@example.org\">write</a>"),
        ("text/html", "<p>security+<b>k3v9</b>@example.org</p>"),
        ("text/html", "<p>security&#43;k3v9&#64;example.org</p>"),
        ("text/plain; format=flowed; delsp=yes", "security+k3 \nv9@example.org\n"),
    ] {
        let text = clean(&format!("Content-Type: {kind}\n\n{written}\n")).text;
        assert!(!text.contains("k3v9") && text.contains("security@example.org"), "{kind}: {text}");
    }
}

#[test]
fn a_cleartext_signature_is_taken_off_and_an_encrypted_part_is_named() {
    let signed = "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello\n- -- dash\n\nsecurity+k3v9@example.org\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
    assert_eq!(clean(signed).text, "Hello\n-- dash\n\nsecurity@example.org\n");
    let half = "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello\n";
    assert_eq!(clean(half).text, half.trim_start());
    let encrypted = "Content-Type: multipart/encrypted; boundary=e; protocol=\"application/pgp-encrypted\"\n\n--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--e\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--e--\n";
    assert_eq!(clean(encrypted), Answer { text: format!("\n\n{ENCRYPTED}\n"), empty: true, ..Answer::default() });
}

#[test]
fn the_text_holds_nothing_a_program_would_obey() {
    let raw = "Subject: x\n\na\u{0}b\u{1b}[31mc\u{7f}\td\u{85}e \u{E000}both\u{E001}\u{FEFF}\nlone\rreturn\n";
    let answer = answer(raw.as_bytes(), is_token, &role());
    assert_eq!(answer.text, "ab[31mc\tde both\nlone\nreturn\n");
}

#[test]
fn a_flood_of_text_is_cut_and_said() {
    let raw = format!("\n{}", "é security+k3v9@example.org ".repeat(100_000));
    let answer = clean(&raw);
    assert!(answer.text.len() <= TEXT_BYTES_MAX + 100 && answer.text.ends_with(&format!("\n\n{CUT}\n")));
    assert!(!answer.text.contains("k3v9"));
    let attachments =
        "Content-Type: multipart/mixed; boundary=b\n\n".to_owned() + &"--b\nContent-Type: image/png\n\nx\n".repeat(500);
    let cut = clean(&attachments);
    assert_eq!((cut.parts.len(), cut.text), (ATTACHMENTS_MAX, format!("\n\n{TOO_MANY}\n")));
}

#[test]
fn file_names_and_types_are_safe_to_write_into_a_header() {
    let long = "x".repeat(300);
    for (name, expected) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\temp\\\\log.txt", "log.txt"),
        ("a\u{202E}fdp.exe", "afdp.exe"),
        ("..", "attachment-0"),
        ("", "attachment-0"),
        ("=?utf-8?q?L=C3=B6sung.patch?=", "Lösung.patch"),
        (&format!("{long}.patch"), &format!("{}.patch", "x".repeat(94))),
        (&long, &"x".repeat(100)),
    ] {
        let raw = format!("Content-Type: image/png\nContent-Disposition: attachment; filename=\"{name}\"\n\nx");
        assert_eq!(part(raw.as_bytes(), 0).unwrap().name, expected, "{name}");
    }
    for (kind, expected) in [
        ("Image/PNG", "image/png"),
        ("text", "application/octet-stream"),
        ("te xt/pl@in", "application/octet-stream"),
        ("multipart/mixed", "text/plain"),
    ] {
        assert_eq!(part(format!("Content-Type: {kind}\n\nx").as_bytes(), 0).unwrap().content_type, expected, "{kind}");
    }
    assert_eq!(part(b"Content-Type: message/rfc822\n\nx", 0).unwrap().name, "message-0.eml");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_an_answer(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2_000)) {
        for index in answer(&bytes, is_token, &role()).parts {
            proptest::prop_assert!(part(&bytes, index).is_some());
        }
    }

    #[test]
    fn no_token_leaves(words in proptest::collection::vec(
        "(security\\+k3v9@example\\.org|bot%2Bk3v9%40example\\.org|--m|[ -~]{0,10}|=|<|\"|\n|\n\n|=\n)", 0..40
    ), html in proptest::prelude::any::<bool>()) {
        let kind = if html { "html" } else { "plain" };
        let raw = format!("Content-Type: text/{kind}\nContent-Transfer-Encoding: quoted-printable\n\n{}", words.join(" "));
        let text = answer(raw.as_bytes(), is_token, &role()).text.to_lowercase();
        proptest::prop_assert!(!text.contains("+k3v9@example.org"), "{}", text);
    }
}
