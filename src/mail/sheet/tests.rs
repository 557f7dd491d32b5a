use super::*;

/// Each line as `A!1 text`: whose, `!` when it is strong, its number.
fn shown(raw: &str) -> Vec<String> {
    let read = |raw: &str| -> Vec<String> {
        let mark = |line: &Line| {
            let by = match line.by {
                By::Author => "A",
                By::Quoted => "Q",
                By::Signature => "S",
                By::Forwarded => "F",
            };
            format!("{by}{} {} {}", if line.strong { "!" } else { "" }, line.number, line.text).trim_end().to_owned()
        };
        sheet(raw.as_bytes()).lines.iter().filter(|line| !line.text.trim().is_empty()).map(mark).collect()
    };
    let both = [read(raw), read(&raw.replace('\n', "\r\n"))];
    assert_eq!(both[0], both[1], "{raw}");
    both[0].clone()
}

#[test]
fn answers_between_quoted_questions_are_the_authors() {
    let raw = "Subject: x\n\nHi,\n\nOn Mon, 2 Nov 2026, Desk <desk@lists.example.org> wrote:\n> * Name\n> wrapped\n\nAcme\n\
               > * Domain\nacme.example\n\n-- \nJane\nhttps://acme.example/\n";
    assert_eq!(
        shown(raw),
        [
            "A 1 Hi,",
            "Q 3 On Mon, 2 Nov 2026, Desk <desk@lists.example.org> wrote:",
            "Q 4 * Name",
            "Q 5 wrapped",
            "A 7 Acme",
            "Q 8 * Domain",
            "A 9 acme.example",
            "S 11 --",
            "S 12 Jane",
            "S 13 https://acme.example/",
        ]
    );
}

#[test]
fn signatures_footers_and_forwards_are_told_apart() {
    for (body, expected) in [
        (
            "Text\n\nKind regards,\nJane\nAcme Ltd\n\nPS: the alias is x@acme.example\n",
            vec!["A 1 Text", "A 3 Kind regards,", "S 4 Jane", "S 5 Acme Ltd", "A 7 PS: the alias is x@acme.example"],
        ),
        (
            "Text\n_______________________________________________\nApplications mailing list\nhttps://lists.example.org/\n",
            vec![
                "A 1 Text",
                "S 2 _______________________________________________",
                "S 3 Applications mailing list",
                "S 4 https://lists.example.org/",
            ],
        ),
        (
            "Mine\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.net>\n\nTheirs\n",
            vec![
                "A 1 Mine",
                "F 3 ---------- Forwarded message ---------",
                "F 4 From: Bob <bob@example.net>",
                "F 6 Theirs",
            ],
        ),
        (
            "Name\n----\nAcme\n\n**Alias:** x@acme.example\n== Domains ==\n",
            vec!["A! 1 Name", "A 2 ----", "A 3 Acme", "A 5 Alias: x@acme.example", "A! 6 Domains"],
        ),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nText\n- -- \nJane\n-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n",
            vec!["A 1 Text", "S 2 --", "S 3 Jane"],
        ),
    ] {
        assert_eq!(shown(&format!("Subject: x\n\n{body}")), expected, "{body}");
    }
}

#[test]
fn a_page_is_shown_as_people_see_it() {
    let page = |body: &str| shown(&format!("Content-Type: text/html; charset=utf-8\n\n{body}"));
    for (html, expected) in [
        ("<p>One &amp; two</p><p>th\nree<br>four", vec!["A 1 One & two", "A 3 th ree", "A 4 four"]),
        ("<ol><li><b>Name</b><li>Domain&nbsp;names</ol>", vec!["A! 1 1. Name", "A 2 2. Domain names"]),
        ("<ol start=4><li>x</ol><ul><li>y</ul>", vec!["A 1 4. x", "A 3 * y"]),
        (
            "<table><tr><td><p>Name</p></td><td><p>Acme</p><p>Ltd</p></td></tr><tr><th>Alias</th><td></td></tr></table>",
            vec!["A 1 Name | Acme", "A 3 Ltd", "A 5 Alias"],
        ),
        ("<table><tr><td><p>All</p><p>of it</p></td></tr></table>", vec!["A 1 All", "A 3 of it"]),
        (
            "see <a href=\"https://acme.example/x?a=1&amp;b=2\">our prices</a> and <a href=\"https://acme.example/\">https://acme.example</a>",
            vec!["A 1 see our prices <https://acme.example/x?a=1&b=2> and https://acme.example"],
        ),
        ("<a href='mailto:x@acme.example'>mail us</a>", vec!["A 1 mail us <x@acme.example>"]),
        (
            "<blockquote><p>* Name</p></blockquote><div>Acme</div><blockquote>* Domain</blockquote>acme.example",
            vec!["Q 1 * Name", "A 3 Acme", "Q 5 * Domain", "A 7 acme.example"],
        ),
        ("<h2>Name</h2>Acme<style>p{}</style><!-- no --> Ltd", vec!["A! 1 Name", "A 3 Acme Ltd"]),
        ("<div style='display: none'>hidden</div>seen", vec!["A 1 seen"]),
        ("mine<div class=gmail_signature>Jane<br>Acme</div>", vec!["A 1 mine", "S 2 Jane", "S 3 Acme"]),
        ("“x” Ａ：&#8217;", vec!["A 1 \"x\" A:'"]),
    ] {
        assert_eq!(page(html), expected, "{html}");
    }
}

#[test]
fn of_two_forms_the_plain_one_counts_unless_it_is_empty() {
    let mail = |plain: &str| {
        shown(&format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{plain}\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n"
        ))
    };
    assert_eq!(mail("plain"), ["A 1 plain"]);
    assert_eq!(mail("  \n"), ["A 1 html"]);
    let flowed = "Content-Type: text/plain; format=flowed\n\nwe are \none line\n\n> a quoted \n> one\n";
    assert_eq!(shown(flowed), ["A 1 we are one line", "Q 3 a quoted one"]);
}

/// Counted, not timed: what is kept is bounded whatever comes in.
#[test]
fn what_strangers_send_ends_somewhere() {
    let flood = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for (name, body) in [
        ("headings", flood("Name of your organization:\n")),
        ("one line", flood("x")),
        ("quotes", flood("> ")),
        ("stars", flood("**")),
        ("bold", flood("*a ")),
        ("closings", flood("Regards,\n")),
        ("dashes", flood("-- \n")),
        ("attributions", flood("On 2026-11-01 10:00 a@example.org wrote:\n")),
    ] {
        let sheet = sheet(format!("Subject: x\n\n{body}").as_bytes());
        let bytes: usize = sheet.lines.iter().map(|line| line.text.len()).sum();
        assert!(sheet.lines.len() <= LINES_MAX && bytes <= TEXT_BYTES_MAX, "{name}");
    }
    for html in [
        "<table><tr><td>",
        "<b>",
        "<li>x",
        "<a href=x>",
        "<div style=x>",
        "</p>",
        "<!--",
        "&amp;",
        "<blockquote>x",
        "<tr>x",
    ] {
        let sheet = sheet(format!("Content-Type: text/html\n\n{}", flood(html)).as_bytes());
        assert!(sheet.lines.len() <= LINES_MAX, "{html}");
    }
    for junk in [
        &b"\xff\xfe\0\0"[..],
        b"",
        b"\n",
        b"Content-Type: text/html\n\n<",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x",
    ] {
        sheet(junk);
    }
}
