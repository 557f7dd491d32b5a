//! Whatever a letter says and however a mail program quotes it: nothing of it becomes what somebody typed.
#![cfg(test)]

use proptest::prelude::*;

use super::*;

/// A word that stands in each line of the quoted letter, and in nothing that is typed.
const THEIRS: &str = "mallory";

/// How a mail program puts the letter and what its owner typed together.
type Style = (&'static str, fn(own: &str, letter: &str) -> String);

fn marked(letter: &str, mark: &str) -> String {
    letter.lines().map(|line| format!("{mark}{line}").trim_end().to_owned() + "\n").collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn divs(text: &str) -> String {
    text.lines()
        .map(|line| format!("<div>{}</div>", if line.is_empty() { "<br>".into() } else { escaped(line) }))
        .collect()
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\n\n{text}")
}

fn page(body: &str) -> String {
    format!("Content-Type: text/html; charset=utf-8\n\n<html><body>{body}</body></html>\n")
}

fn below(own: &str, header: &str, letter: &str) -> String {
    plain(&format!("{own}\n\n{header}\n\n{letter}"))
}

/// Where the quote begins is known, and where it ends.
const STYLES: &[Style] = &[
    ("marked, below", |own, letter| {
        plain(&format!("{own}\n\nOn Mon, Dec 7, 2026 at 10:00 AM Mallory wrote:\n{}", marked(letter, "> ")))
    }),
    ("marked, above", |own, letter| plain(&format!("Am 7.12.26 schrieb Mallory:\n{}\n{own}\n", marked(letter, ">")))),
    ("marked twice, above", |own, letter| plain(&format!("{}\n{own}\n", marked(letter, " > > ")))),
    ("marked, with its attribution", |own, letter| {
        plain(&format!("{own}\n\n> Le 7 déc. 2026 à 10:00, Mallory a écrit :\n>\n{}", marked(letter, "> ")))
    }),
    ("flowed", |own, letter| {
        let quote: String = letter.lines().map(|line| format!("> {}\n", line.trim_end())).collect();
        format!("Content-Type: text/plain; format=flowed\n\n{quote}\n{own}\n")
    }),
    ("flowed in the middle of lines", |own, letter| {
        let quote: String =
            letter.lines().map(|line| format!("> {}\n", line.trim_end().replace(' ', " \n> "))).collect();
        format!("Content-Type: text/plain; format=flowed\n\n{quote}\n{own}\n")
    }),
    ("Outlook in English", |own, letter| {
        below(
            own,
            "From: M <m@example.net>\nSent: Monday, December 7, 2026 10:00 AM\nTo: s@example.org\nSubject: x",
            letter,
        )
    }),
    ("Outlook in German", |own, letter| {
        below(
            own,
            "Von: M <m@example.net>\nGesendet: Montag, 7. Dezember 2026 10:00\nAn: s@example.org\nBetreff: x",
            letter,
        )
    }),
    ("Outlook in French", |own, letter| {
        below(own, "De : M <m@example.net>\nEnvoyé : lundi 7 décembre 2026 10:00\nÀ : s@example.org\nObjet : x", letter)
    }),
    ("Outlook in Spanish", |own, letter| {
        below(own, "De: M <m@example.net>\nEnviado: lunes, 7 de diciembre de 2026 10:00\nPara: s@example.org", letter)
    }),
    ("Outlook in Chinese", |own, letter| {
        below(own, "发件人: M <m@example.net>\n发送时间: 2026年12月7日 10:00\n收件人: s@example.org\n主题: x", letter)
    }),
    ("Outlook, bold as text", |own, letter| {
        below(own, "*From:* M <m@example.net>\n*Sent:* Monday\n*To:* s@example.org\n*Subject:* x", letter)
    }),
    ("Outlook in Swahili", |own, letter| {
        below(own, "Kutoka: M <m@example.net>\nImetumwa: Jumatatu 7 Desemba 2026 10:00\nKwa: s@example.org", letter)
    }),
    ("original message", |own, letter| below(own, "-----Original Message-----", letter)),
    ("forwarded message", |own, letter| below(own, "---------- Forwarded message ---------", letter)),
    ("a forward of Apple Mail", |own, letter| below(own, "Anfang der weitergeleiteten Nachricht:", letter)),
    ("unmarked", |own, letter| {
        below(own, "On Monday, December 7, 2026 at 10:00:00 AM GMT, M <m@example.net> wrote:", letter)
    }),
    ("under a line", |own, letter| below(own, "________________________________", letter)),
    ("attached", |own, letter| {
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{own}\n--b\nContent-Type: message/rfc822\n\n\
             Subject: x\n\n{letter}\n--b--\n"
        )
    }),
    ("Gmail", |own, letter| {
        page(&format!(
            "<div>{}</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Monday<br></div>\
             <blockquote class=\"gmail_quote\">{}</blockquote></div>",
            divs(own),
            divs(letter)
        ))
    }),
    ("a forward of Gmail", |own, letter| {
        page(&format!(
            "<div>{}</div><div class=gmail_quote><div dir=ltr class=gmail_attr>---------- Forwarded message ---------<br>\
             From: M<br></div>{}</div>",
            divs(own),
            divs(letter)
        ))
    }),
    ("Thunderbird", |own, letter| {
        page(&format!(
            "<div class=\"moz-cite-prefix\">On 7/12/26, M wrote:<br></div><blockquote type=\"cite\">{}</blockquote>{}",
            divs(letter),
            divs(own)
        ))
    }),
    ("Outlook on the web", |own, letter| {
        page(&format!(
            "{}<div id=\"appendonsend\"></div><hr><div id='x_divRplyFwdMsg'><b>From:</b> M</div>{}",
            divs(own),
            divs(letter)
        ))
    }),
    ("Outlook for Windows", |own, letter| {
        page(&format!(
            "{}<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><b>From:</b> M</div>{}",
            divs(own),
            divs(letter)
        ))
    }),
    ("Outlook for Mac", |own, letter| {
        page(&format!("{}<span id=OLK_SRC_BODY_SECTION>{}</span>", divs(own), divs(letter)))
    }),
];

/// Lines a stranger would write who knows how this is read. Each has the word in it.
fn their_line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(format!("!title Stolen by {THEIRS}")),
        Just(format!("!status {THEIRS}")),
        Just(format!("accept {THEIRS}")),
        Just(format!("-- {THEIRS}")),
        Just(format!("-----Original Message----- {THEIRS}")),
        Just(format!("On Mon, Dec 7, 2026 at 10:00 AM {THEIRS} <m@example.net> wrote:")),
        Just(format!("From: {THEIRS} <m@example.net>")),
        Just(format!("Sent: 2026-12-07 10:00 {THEIRS}")),
        Just(format!("To: {THEIRS}")),
        Just(format!("> !title Stolen {THEIRS}")),
        Just(format!("</blockquote></div></body> {THEIRS}")),
        Just(format!("<!-- {THEIRS} <style> <textarea>")),
        Just(format!("-----BEGIN PGP SIGNED MESSAGE----- {THEIRS}")),
        Just(format!("Sent from my {THEIRS}")),
        "[ -~]{0,60}".prop_map(|text| format!("{text} {THEIRS}")),
        "\\PC{0,30}".prop_map(|text| format!("{THEIRS}{text}")),
    ]
}

fn their_letter() -> impl Strategy<Value = String> {
    // What a mail program shows is no control character, and no character for private use.
    let shown =
        |text: String| text.chars().filter(|c| !c.is_control() && !('\u{E000}'..='\u{F8FF}').contains(c)).collect();
    prop::collection::vec(their_line().prop_map(shown), 1..12).prop_map(|lines: Vec<String>| lines.join("\n") + "\n")
}

/// What people type, and the commands in it.
const TYPED: &[(&str, &[&str])] = &[
    ("", &[]),
    ("Thank you, I will look at it.", &[]),
    ("Hello\n\nthis is two paragraphs.", &[]),
    ("!status", &["!status"]),
    ("!title Overflow\n\n!help\nKind regards", &["!title Overflow", "!help"]),
];

/// Every golden letter of the desk: below the fields that it shows, the text as people get it.
fn letters() -> Vec<(String, String)> {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/letters")];
    let mut letters = Vec::new();
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if file.is_dir() {
                folders.push(file);
            } else {
                letters.push((file.display().to_string(), std::fs::read_to_string(file).unwrap()));
            }
        }
    }
    letters
}

#[test]
fn every_letter_of_the_desk_quoted_and_unquoted_gives_no_verb() {
    let letters = letters();
    assert!(letters.len() > 10, "{}", letters.len());
    for (file, letter) in letters {
        nothing_stolen(&plain(&letter), &[]).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (name, style) in STYLES {
            for (own, typed) in TYPED {
                let read = nothing_stolen(&style(own, &letter), typed);
                let read = read.unwrap_or_else(|error| panic!("{file}, {name}: {error}"));
                assert!(read.asks_about_command().is_none() || !typed.is_empty(), "{file}, {name}: {read:?}");
            }
        }
    }
}

/// The verbs in it are those that were typed, or there is a question back.
fn nothing_stolen(raw: &str, typed: &[&str]) -> Result<OwnText, TestCaseError> {
    let own = own_text(raw.as_bytes());
    match command::read(&own.text) {
        Some(Ok(orders)) => {
            let verbs: Vec<&str> = orders.lines.iter().map(|line| line.typed.as_str()).collect();
            prop_assert_eq!(verbs, typed, "{}", raw);
        }
        Some(Err(misread)) => prop_assert!(false, "{:?} in {}", misread, raw),
        None => prop_assert!(command::verdict(&own.text).is_none(), "{}", raw),
    }
    Ok(own)
}

proptest! {
    #[test]
    fn a_quoted_letter_never_becomes_own_text(
        (name, style) in prop::sample::select(STYLES),
        (own, typed) in prop::sample::select(TYPED),
        letter in their_letter(),
        crlf in any::<bool>(),
    ) {
        // A quote without marks that begins with marks: below, verbs are tried.
        let first = letter.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let begins_marked = shapes::is_quote(first) || shapes::is_weak_quote(first);
        prop_assume!(name != "unmarked" || !begins_marked);
        let raw = style(own, &letter);
        let raw = if crlf { raw.replace('\n', "\r\n") } else { raw };
        let read = nothing_stolen(&raw, typed)?;
        prop_assert!(!read.text.contains(THEIRS), "{}: {:?} of {}", name, read, raw);
        // What is typed above or below marks is found.
        if read.unclear.is_none() {
            prop_assert_eq!(read.text.split_whitespace().collect::<Vec<_>>(), own.split_whitespace().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_quote_that_somebody_wrapped_gives_no_verb(
        (own, typed) in prop::sample::select(TYPED),
        letter in their_letter(),
        width in 8..40usize,
        above in any::<bool>(),
    ) {
        let wrap = |line: &str| {
            let mut wrapped = String::new();
            let mut length = 0;
            for word in line.split(' ') {
                let glue = if length > 0 && length + word.len() > width { '\n' } else { ' ' };
                length = if glue == '\n' { 0 } else { length } + word.len() + 1;
                wrapped.push(glue);
                wrapped.push_str(word);
            }
            wrapped.trim_start().to_owned() + "\n"
        };
        let quote: String = marked(&letter, "> ").lines().map(wrap).collect();
        let raw = if above { plain(&format!("{quote}\n{own}\n")) } else { plain(&format!("{own}\n\n{quote}")) };
        nothing_stolen(&raw, typed)?;
    }

    #[test]
    fn a_quote_without_marks_gives_no_verb(
        (own, typed) in prop::sample::select(TYPED),
        letter in their_letter(),
        marked in any::<bool>(),
    ) {
        let letter = if marked { format!("> Hello\n\n!title Stolen\n{letter}") } else { letter };
        let text = format!("{own}\n\nOn Monday, December 7, 2026 at 10:00:00 AM GMT, M <m@example.net> wrote:\n\n{letter}");
        let html = format!("<div>{}</div><div id=\"yahoo_quoted_1\" class=\"yahoo_quoted\">{}</div>", divs(own), divs(&letter));
        let raw = format!("Content-Type: multipart/alternative; boundary=\"=a\"\n\n--=a\n{}\n--=a\n{}\n--=a--\n", plain(&text), page(&html));
        nothing_stolen(&raw, typed)?;
        if !own.is_empty() {
            nothing_stolen(&plain(&text), typed)?;
        }
    }

    #[test]
    fn html_that_breaks_out_of_its_quote_gives_no_verb(
        parts in prop::collection::vec(prop::sample::select(vec![
            "</blockquote>", "</div>", "<blockquote>", "<p>!title Stolen</p>", "<div>accept</div>", "text", "<!--", "-->",
            "<style>", "</style>", "<div id=x class=\"", "\">", "</body></html>", "<table><tr><td>", "!status<br>", "<br>",
            "<textarea>", "<p>", "&#xE003;", "&gt; quoted<br>", "-- <br>",
        ]), 0..20),
    ) {
        let letter = parts.concat();
        for raw in [
            page(&format!("<div class=\"moz-cite-prefix\">M wrote:</div><blockquote type=\"cite\">{letter}</blockquote>")),
            page(&format!("<div class=\"gmail_quote\"><blockquote>{letter}</blockquote></div>")),
            page(&format!("<div>Hello</div><div id=\"divRplyFwdMsg\">M</div>{letter}")),
            page(&format!("<div>Hello</div><blockquote>{letter}</blockquote>")),
        ] {
            nothing_stolen(&raw, &[])?;
        }
    }

    #[test]
    fn any_bytes_have_own_text(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(&own_text(&bytes))?;
    }

    #[test]
    fn any_words_have_own_text(words in prop::collection::vec(
        "(--b|--b--|Content-Type: text/html|Content-Type: multipart/mixed; boundary=b|<blockquote>|</blockquote>|<div class=|\
          gmail_quote|>|> x|-- |!x|!title y|accept|On 2026 10:00 a@b.cd wrote:|From: a@b.cd|Sent: x|____________|\n|\n\n|\
          -----BEGIN PGP MESSAGE-----|---------- Forwarded message|\\PC{0,8})", 0..60
    ), html in any::<bool>(), flowed in any::<bool>()) {
        let kind = if html { "html" } else { "plain" };
        let flowed = if flowed { "; format=flowed; delsp=yes" } else { "" };
        let glue = if words.len() % 2 == 0 { "\n" } else { " " };
        check(&own_text(format!("Content-Type: text/{kind}{flowed}\n\n{}", words.join(glue)).as_bytes()))?;
        check(&super::super::plain(&words.join(glue)))?;
    }
}

fn check(own: &OwnText) -> Result<(), TestCaseError> {
    prop_assert!(own.unclear.is_none() || own.text.is_empty(), "{:?}", own);
    prop_assert!(own.unclear.is_some() || !own.text.trim().is_empty(), "{:?}", own);
    prop_assert!(!own.text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    let slot_or_mark = own.text.contains(['\u{E000}', '\u{E001}']) || own.text.contains(super::super::html::MARKS);
    prop_assert!(!slot_or_mark, "{:?}", own);
    prop_assert!(own.doubtful.chars().count() <= SHOWN_CHARACTERS_MAX);
    Ok(())
}

#[test]
fn hostile_text_is_sorted_in_time_linear_to_its_size() {
    for (kind, line) in [
        ("plain", "\n"),
        ("plain", "> >\n"),
        ("plain", "To: x\n"),
        ("plain", "From: x\n\n\n\n"),
        ("plain", "a: 2026 10:00\n"),
        ("plain", "On 2026 a@b.cd\n"),
        ("plain", "On a:\n"),
        ("plain", "!x\n"),
        ("plain", "!x\nOn 1:\n"),
        ("plain", "sent from my x\n\n"),
        ("plain", "--x--\n\n\n"),
        ("plain", "-----BEGIN PGP MESSAGE-----\n"),
        ("plain", "-----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----\n"),
        ("plain", "x"),
        ("plain", ":"),
        ("plain", "!title "),
        ("plain; format=flowed; delsp=yes", "> x \n"),
        ("html", "<blockquote>x"),
        ("html", "<blockquote>x</blockquote>!x<br>"),
        ("html", "</blockquote>"),
        ("html", "<div class=gmail_signature>x"),
        ("html", "<div class=gmail_attr>x"),
        ("html", "<div class="),
        ("html", "<div class=\"x_x_"),
        ("html", "<!--"),
        ("html", "<style>"),
        ("html", "<"),
    ] {
        let raw = format!("Content-Type: text/{kind}\n\n{}", line.repeat((1 << 18) / line.len()));
        let started = std::time::Instant::now();
        let own = own_text(raw.as_bytes());
        println!("{kind} {line:?}: {:?}, {:?}", started.elapsed(), own.unclear);
        // Unoptimised and beside other tests; what is not linear takes much longer.
        assert!(started.elapsed().as_secs() < 30, "{kind} {line:?}: {:?}", started.elapsed());
        assert!(own.text.len() <= TEXT_BYTES_MAX);
    }
}
