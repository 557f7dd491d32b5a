use proptest::prelude::*;

use super::*;

const SECRET: &str = "A guest that maps the same grant twice keeps a stale mapping of a page it no longer owns.";
const CODE: &str = "if (!ref)\n\treturn 0;\nmap = lookup(ref);\nif (map->pin)\n\treturn 1;\nput_page(map);\nmap->pin = 1;\n\
    flush_tlb(d);\nref->flags |= 4;\nref->owner = d;\nunlock(d);\nreturn map;\nout:\n\tkfree(map);\n\
    \td->count -= 1;\n\tgoto again;\n";

fn found(text: &str, sealed: &str, clear: &[&str]) -> bool {
    let clear: Vec<String> = clear.iter().map(|&text| text.to_owned()).collect();
    quotes(&[text.to_owned()], &[sealed.to_owned()], &clear)
}

/// The text as a mail program quotes it, wrapped anew.
fn quoted(text: &str, mark: &str, width: usize) -> String {
    let mut page = String::from(mark);
    let mut column = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + word.len() > width {
            page.push_str(&format!("\n{mark}"));
            column = 0;
        }
        page.push_str(word);
        page.push(' ');
        column += word.len() + 1;
    }
    page
}

#[test]
fn a_quote_is_found_with_marks_without_and_wrapped_anew() {
    for (mark, width) in [("", 1000), ("> ", 72), ("> ", 30), (">> ", 20), ("| ", 50), ("    ", 40)] {
        let reply = format!("Hello,\n\nI cannot reproduce this:\n\n{}\n\nCan you?\n", quoted(SECRET, mark, width));
        assert!(found(&reply, SECRET, &[]), "{reply}");
    }
    assert!(found(&SECRET.to_uppercase().replace(' ', "\u{a0}"), SECRET, &[]));
    assert!(found(&CODE.replace('\n', "\n> "), CODE, &[]), "many short lines on end");
    assert!(!found("put_page(map);\nmap->pin = 1;\n", CODE, &[]), "a few short lines");
    assert!(found(SECRET, &quoted(SECRET, "> ", 70), &[]), "what came encrypted may have been a quote itself");
}

#[test]
fn what_anybody_may_repeat_is_no_quote() {
    let token = "security+k3v9abcdefghijklmnopqrstuvwx@example.org";
    for shared in [
        "-- \nDana Doe, Senior Researcher of Vulnerabilities, Example Laboratories\nThe opinions in this mail are mine alone, and not those of Example.",
        "Best regards,\nDana Doe\nSenior Researcher, Department of Hypervisors and Memory\nExample Laboratories of Somewhere, Building Seven",
        &format!("On Mon, 7 Dec 2026 at 09:12, Xen Security Team <{token}> wrote:"),
        "Le lundi 7 décembre 2026 à 09:12, Xen Project Security Team a écrit :\n> short",
        "On Monday the seventh of December two thousand and twenty-six at noon,\nthe Xen Project Security Team via the desk wrote:\n> short",
        &format!("From: Xen Project Security Team <{token}>\nTo: Alice Example of the Team <alice@example.org>"),
        "-----BEGIN PGP MESSAGE-----\n\nhQIMA0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmn\n-----END PGP MESSAGE-----",
        "Hello Dana,\n\nthank you for your mail.\n\nYours\nAlice",
    ] {
        let sealed = format!("{SECRET}\n\n{shared}\n");
        let reply = format!("I shall look at it tomorrow.\n\n{shared}\n");
        assert!(!found(&reply, &sealed, &[]), "{shared}");
        assert!(found(&format!("{reply}{SECRET}"), &sealed, &[]), "and the rest is one: {shared}");
    }
}

#[test]
fn what_stands_in_clear_elsewhere_is_no_quote() {
    assert!(!found(SECRET, SECRET, &[SECRET]));
    let more = format!("{SECRET} And the mapping may be used to write as well, which is far worse than it seems.");
    assert!(found(&more, &more, &[SECRET]), "the rest of it did not");
}

#[test]
fn long_texts_take_bounded_time() {
    let long: String =
        (0..50_000).map(|n| format!("line {n} of a log that is quite as long as it may ever be\n")).collect();
    let started = std::time::Instant::now();
    assert!(!found(&"x".repeat(1_000_000), &long, &[]));
    assert!(found("> line 7 of a log that is quite as\n> long as it may ever be", &long, &[]));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    for hostile in
        ["--\n", "> ", "-----BEGIN PGP MESSAGE-----\n", "best\n", "a:\n> ", ">\n", "\n", "best\n\n\n", ":\n\n\n"]
    {
        let flood = hostile.repeat(SEALED_BYTES_MAX / hostile.len());
        found(&flood, &flood, &[]);
        assert!(started.elapsed().as_secs() < 60, "{hostile}: {:?}", started.elapsed());
    }
}

/// Our own letters, as people quote them.
const LETTERS: [&str; 5] = [
    include_str!("../../../fixtures/letters/xen/acknowledgement.txt"),
    include_str!("../../../fixtures/letters/xen/added.txt"),
    include_str!("../../../fixtures/letters/xen/relay-new-report.txt"),
    include_str!("../../../fixtures/letters/xen/relay-stranger.txt"),
    include_str!("../../../fixtures/letters/xen/sent.txt"),
];

fn words(count: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    proptest::collection::vec("[a-z]{3,9}", count).prop_map(|words| words.join(" "))
}

/// What two mails of one case have in common although neither quotes the other.
fn boilerplate() -> impl Strategy<Value = String> {
    let mark = prop_oneof![Just(""), Just("> "), Just(">> ")];
    let letter = (0..LETTERS.len(), mark.clone(), 60..80usize)
        .prop_map(|(letter, mark, width)| quoted(LETTERS[letter], mark, width));
    let short = words(1..4);
    let signature = words(5..40).prop_map(|words| format!("-- \n{words}"));
    let closing =
        proptest::collection::vec(words(1..9), 1..6).prop_map(|lines| format!("Regards,\n{}", lines.join("\n")));
    let attribution = (words(4..12), mark).prop_map(|(words, mark)| format!("{mark}{words} wrote:\n>{mark}ok"));
    (prop_oneof![letter, short, attribution], prop_oneof![signature, closing])
        .prop_map(|(a, end)| format!("{a}\n\n{end}\n"))
}

proptest! {
    #[test]
    fn any_line_of_some_length_is_found_however_it_is_quoted(
        secret in words(14..60), before in words(0..30), after in words(0..30),
        mark in prop_oneof![Just(""), Just("> "), Just("> > "), Just("|")], width in 10..100usize,
        wrapped in 60..200usize,
    ) {
        // Sealed in lines of any length, of which the first is whole.
        let sealed = format!("Hello,\n{}\n", quoted(&secret, "", wrapped));
        let reply = format!("{before}\n{}\n{after}\n", quoted(&secret, mark, width));
        prop_assert!(found(&reply, &sealed, &[]), "{}\n---\n{}", sealed, reply);
    }

    #[test]
    fn boilerplate_raises_no_alarm(secret in words(0..200), own in words(0..200), shared in boilerplate()) {
        let sealed = format!("{}\n{shared}", quoted(&secret, "", 72));
        let reply = format!("{}\n{shared}", quoted(&own, "", 72));
        prop_assert!(!found(&reply, &sealed, &LETTERS), "{}\n---\n{}", sealed, reply);
    }

    #[test]
    fn nothing_makes_it_fail(text in ".*", sealed in "(?s).{0,300}", clear in ".*") {
        quotes(&[text], &[sealed], &[clear]);
    }

    #[test]
    fn a_window_has_one_fingerprint_wherever_it_stands(text in "[a-z]{60}", before in "[a-z]{0,50}", after in "[a-z]{0,50}") {
        let whole: Vec<char> = format!("{before}{text}{after}").chars().collect();
        let alone: Vec<char> = text.chars().collect();
        let all = windows(&whole, LINE_LETTERS_MIN);
        prop_assert!(windows(&alone, LINE_LETTERS_MIN).iter().all(|window| all.contains(window)));
        prop_assert_eq!(all.len(), whole.len() - LINE_LETTERS_MIN + 1);
    }
}
