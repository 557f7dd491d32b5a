//! Each kind of machine mail and each human look-alike as a file, with what it must be taken for.

use std::path::{Path, PathBuf};

use super::*;
use crate::mail::thread::message_ids;

fn secret() -> Secret {
    Secret::new([7; 32])
}

fn classify(raw: &[u8]) -> Option<Machine> {
    let headers = Headers::read(raw);
    let id = headers.value("Message-ID").and_then(|value| message_ids(&value).into_iter().next());
    machine(&headers, id.as_ref(), &secret())
}

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail");

#[test]
fn each_kind_of_machine_mail_is_known() {
    let table = [
        ("bounce-delayed", "bounce"),
        ("bounce-exchange", "bounce"),
        ("bounce-exim", "bounce"),
        ("bounce-null-author", "bounce"),
        ("bounce-postfix", "bounce"),
        ("bounce-postmaster", "bounce"),
        ("bounce-qmail", "bounce"),
        ("bounce-through-a-list", "bounce"),
        ("cert-no-reply", "automatic From: Disclosure Platform <no-reply@example.net>"),
        ("cert-robot", "automatic Auto-Submitted: auto-notified; owner-email=\"cert@example.net\""),
        ("feedback-abuse", "feedback-report"),
        ("feedback-dmarc", "feedback-report"),
        ("gateway-bounce-like", "automatic reads like a bounce"),
        ("gateway-remark", "automatic reads like a bounce"),
        ("list-bulk", "list-copy Precedence: bulk"),
        ("list-majordomo", "list-copy X-Mailing-List: linux-example@vger.example.net"),
        ("list-patch", "list-copy List-Id: Development of the hypervisor <xen-devel.lists.example.org>"),
        ("null-path-web-form", "automatic Return-Path: <>"),
        ("odd-keyword", "automatic Auto-Submitted: something-new"),
        ("reply-challenge", "auto-reply X-Boxtrapper: 8yH2"),
        ("reply-exchange-oof", "auto-reply Subject: Automatic reply: We have your report"),
        (
            "reply-exchange-oof-french",
            "auto-reply Subject: =?iso-8859-1?Q?R=E9ponse_automatique=A0=3A_We_have_your_report?=",
        ),
        ("reply-exchange-oof-german", "auto-reply Subject: =?utf-8?q?Automatische_Antwort=3A_We_have_your_report?="),
        ("reply-gmail", "auto-reply Auto-Submitted: auto-replied"),
        ("reply-old-vacation", "auto-reply Subject: away from my mail"),
        ("reply-precedence", "auto-reply Precedence: auto_reply"),
        ("reply-qmail-autoresponder", "auto-reply Delivered-To: Autoresponder"),
        ("reply-read-receipt", "auto-reply report-type: disposition-notification"),
        ("reply-vacation", "auto-reply Auto-Submitted: auto-replied (vacation)"),
        ("reply-x-autorespond", "auto-reply X-Autorespond: We have your report"),
        ("reply-x-mailer", "auto-reply X-Mailer: vacation 1.2.7"),
        ("tracker-absence-of-checks", "automatic Auto-Submitted: auto-generated"),
        ("tracker-bugzilla", "automatic Auto-Submitted: auto-generated"),
        ("tracker-without-auto-submitted", "automatic X-GitLab-Project: hypervisor"),
    ];
    for (name, raw) in fixtures("machine") {
        let expected = table.iter().find(|(known, _)| *known == name).map(|(_, expected)| *expected);
        assert_eq!(Some(shown(&raw).as_str()), expected, "{name}");
        assert_eq!(Some(shown(&with_crlf(&raw)).as_str()), expected, "{name} with CRLF");
    }
    assert_eq!(fixtures("machine").len(), table.len());
}

#[test]
fn what_only_looks_like_a_machine_stays_a_persons_mail() {
    let names: Vec<String> = fixtures("human").into_iter().map(|(name, _)| name).collect();
    assert!(names.len() >= 11, "{names:?}");
    for (name, raw) in fixtures("human") {
        assert_eq!(shown(&raw), "human", "{name}");
        assert_eq!(shown(&with_crlf(&raw)), "human", "{name} with CRLF");
    }
}

#[test]
fn our_own_mail_is_known_by_its_keyed_mark_alone() {
    let id = MessageId::parse("letter.1@example.org").unwrap();
    let letter = |mark: &str, id: &MessageId| format!("Message-ID: {id}\r\n{LOOP_HEADER}: {mark}\r\n\r\ntext");
    let mark = loop_mark(&secret(), &id);
    assert_eq!(classify(letter(&mark, &id).as_bytes()), Some(Machine::OwnMail));
    let other = MessageId::parse("report.1@example.net").unwrap();
    assert_eq!(classify(letter(&mark, &other).as_bytes()), None, "a mark copied onto another mail is worth nothing");
    let foreign = loop_mark(&Secret::new([8; 32]), &id);
    assert_eq!(classify(letter(&foreign, &id).as_bytes()), None);
    assert_eq!(classify(format!("{LOOP_HEADER}: {mark}\r\n\r\n").as_bytes()), None);
}

#[test]
fn what_is_silent_has_no_effect_and_the_rest_is_relayed() {
    let why = || "why".to_owned();
    for (machine, silent) in [
        (Machine::OwnMail, true),
        (Machine::Bounce, true),
        (Machine::FeedbackReport, true),
        (Machine::AutoReply(why()), true),
        (Machine::Automatic(why()), false),
        (Machine::ListCopy(why()), false),
    ] {
        assert_eq!(machine.is_silent(), silent, "{machine:?}");
    }
}

/// Over real mail of others, when it is there (`EMBARGOD_CORPUS=../shared/corpus`): a robot's mail is never taken for
/// a person's. `-- --nocapture` shows the table.
#[test]
fn the_corpus_of_bounces() {
    let Some(corpus) = std::env::var_os("EMBARGOD_CORPUS").map(PathBuf::from) else { return };
    let mut table = std::collections::BTreeMap::<&str, usize>::new();
    let mut wrong = Vec::new();
    for file in files(&corpus.join("bounces")) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = classify(&std::fs::read(&file).unwrap());
        *table.entry(kind.as_ref().map_or("human", Machine::as_str)).or_default() += 1;
        if kind.is_none() && !name.contains("not_bounces") {
            wrong.push(name);
        }
    }
    println!("{table:#?}");
    assert!(wrong.is_empty(), "taken for a person's mail: {wrong:#?}");
    for folder in ["samba-bug14442-thread", "xen"] {
        for file in files(&corpus.join("reports").join(folder)) {
            let kind = classify(&std::fs::read(&file).unwrap());
            let relayed = kind.as_ref().is_some_and(|kind| !kind.is_silent());
            assert!(relayed, "{}: {kind:?} is not relayed without an answer", file.display());
        }
    }
}

fn shown(raw: &[u8]) -> String {
    match classify(raw) {
        None => "human".to_owned(),
        Some(machine) => [machine.as_str(), machine.reason().unwrap_or("")].join(" ").trim_end().to_owned(),
    }
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(raw).replace('\n', "\r\n").into_bytes()
}

fn fixtures(kind: &str) -> Vec<(String, Vec<u8>)> {
    let name = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    files(&Path::new(FIXTURES).join(kind))
        .into_iter()
        .map(|path| (name(&path), std::fs::read(&path).unwrap()))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path if path.extension().is_some_and(|e| e == "py") => {}
            path => found.push(path),
        }
    }
    found.sort();
    found
}
