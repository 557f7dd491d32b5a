//! Protected header fields, and what repeats them for old programs.

use super::*;

const FIELDS: &str = "From: Dana <dana@example.net>\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fter?= bug\n";

fn opened(payload: &str) -> OpenedMail {
    DESK.opens(&mail(&encrypted_entity(&DESK.encrypted(payload))).replace("Subject: outer", "Subject: ..."))
}

#[test]
fn the_inner_subject_replaces_the_outer_by_either_specification() {
    for parameter in ["protected-headers=v1", "hp=\"cipher\"", "hp=clear"] {
        let opened = opened(&format!(
            "Content-Type: text/plain; {parameter}\n{FIELDS}HP-Outer: Subject: ...\nHP-Outer: From: Dana <dana@example.net>\n\nthe canary sings\n"
        ));
        assert_eq!(opened.subject.as_deref(), Some("Größter bug"), "{parameter}");
        assert_eq!(header(&opened, "Subject"), ["=?utf-8?q?Gr=C3=B6=C3=9Fter?= bug"]);
        assert_eq!((header(&opened, "From").len(), header(&opened, "HP-Outer").len()), (1, 0), "{parameter}");
        assert_eq!((texts(&opened), opened.notes.len()), (vec!["the canary sings".to_owned()], 0));
    }
}

#[test]
fn fields_that_are_not_marked_or_not_at_the_root_do_not_count() {
    for payload in [
        format!("Content-Type: text/plain\n{FIELDS}\nx\n"),
        format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; protected-headers=v1\n{FIELDS}\nx\n--m\n\ny\n--m--\n"
        ),
        format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n{}--m--\n",
            signed_entity(&DESK, &format!("Content-Type: text/plain; hp=clear\n{FIELDS}\nx\n"))
        ),
    ] {
        let opened = opened(&payload);
        assert_eq!(
            (opened.subject.as_deref(), header(&opened, "Subject")),
            (None, vec!["...".to_owned()]),
            "{payload}"
        );
    }
    // Beside the encryption they are anybody's.
    let beside = mail(
        &encrypted_entity(&DESK.encrypted(TEXT))
            .replace("octet-stream;", "octet-stream; hp=cipher;")
            .replace("\n\n-----BEGIN", "\nSubject: phony\n\n-----BEGIN"),
    );
    assert_eq!(DESK.opens(&beside).subject, None);
}

#[test]
fn of_a_signed_mail_only_a_good_registered_signature_protects_the_subject() {
    let mail = mail(&signed_entity(&DESK, &format!("Content-Type: text/plain; hp=\"clear\"\n{FIELDS}\nx\n")));
    let opened = DESK.opens(&mail);
    assert_eq!((opened.subject.as_deref(), opened.message), (Some("Größter bug"), None));
    assert_eq!(unwrap(mail.as_bytes(), &DESK.keyring, &[], at()).subject, None);
    assert_eq!(DESK.opens(&mail.replace("\nx\n", "\nX\n")).subject, None);
}

#[test]
fn another_sender_inside_is_noted_and_not_believed() {
    let opened = opened("Content-Type: text/plain; hp=cipher\nFrom: Eve <Eve@example.com>\nSubject: ...\n\nx\n");
    assert_eq!(opened.notes, [Note::OtherSender { protected: "eve@example.com".to_owned() }]);
    assert_eq!(header(&opened, "From"), ["Dana <dana@example.net>"]);
}

#[test]
fn what_repeats_the_fields_is_dropped_and_text_in_its_place_is_not() {
    let old = |display: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=m; protected-headers=v1\n{FIELDS}\n--m\nContent-Type: text/plain; protected-headers=v1\n\n{display}\n--m\n{TEXT}\n--m--\n"
        )
    };
    assert_eq!(texts(&opened(&old("Subject: Größter bug\n"))), ["the canary sings"]);
    for text in ["Subject: another\n", "Subject: Größter bug\n\nhidden text\n", "Subject: Größter bug\nhidden text\n"]
    {
        assert_eq!(texts(&opened(&old(text))).len(), 2, "{text}");
    }
    // Also inside a signature, which the drop takes away.
    let signed = opened(&signed_entity(&DESK, &old("Subject: Größter bug\n")));
    assert_eq!((texts(&signed), signed.signed.is_some()), (vec!["the canary sings".to_owned()], true));
    assert_eq!(signed.subject.as_deref(), Some("Größter bug"));

    let plain = "Content-Type: text/plain; charset=utf-8; hp-legacy-display=1; format=flowed\n\nSubject: Größter bug\n\nthe canary sings\n\nmore\n";
    let html = "Content-Type: text/html; hp-legacy-display=\"1\"\nContent-Transfer-Encoding: quoted-printable\n\n<div class=3D\"header-protection-legacy-display\"><pre>Subject: x</pre></div=\n><p>the canary</p>\n";
    let new = format!(
        "Content-Type: multipart/alternative; hp=cipher; boundary=m\n{FIELDS}\n--m\n{plain}\n--m\n{html}\n--m--\n"
    );
    let opened = opened(&new);
    assert_eq!(texts(&opened), ["the canary sings\n\nmore", "<p>the canary</p>"]);
    let message = opened.message.unwrap();
    assert_eq!(parts(&message)[0].content.parameter("format"), Some("flowed"));
}
