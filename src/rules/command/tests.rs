use proptest::prelude::*;

use super::*;
use crate::rules::authority::Demand;

const FINGERPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

fn carol() -> Mailbox {
    Mailbox { name: Some("Carol Smith".to_owned()), address: Address::parse("carol@example.net").unwrap() }
}

/// As much of a digest as is needed.
const DIGEST: &str = "0123456789abcdef";

fn draft(number: Option<i64>, updates: &str) -> Command {
    Command::Advisory { number, updates: updates.to_owned() }
}

fn permitted(name: &str) -> Command {
    Command::Deploy(Deploy::Usual(name.to_owned()))
}

fn bare_carol() -> Mailbox {
    Mailbox::bare(carol().address)
}

fn tell(whom: Whom, text: &str) -> Command {
    Command::Tell { whom, text: text.to_owned() }
}

fn named(name: &str) -> Whom {
    Whom::Named(name.to_owned())
}

fn understood(text: &str) -> Vec<Command> {
    match read(text) {
        Some(Ok(orders)) => orders.lines.into_iter().map(|line| line.command).collect(),
        other => panic!("{text:?}: {other:?}"),
    }
}

fn not_understood(text: &str) -> Misread {
    match read(text) {
        Some(Err(misread)) => misread,
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn each_command_is_read_as_people_type_it() {
    let add = |person| Command::Add(Add::Person { person, role: Role::Expert });
    let key = || Command::Key(Some(KeyOf { fingerprint: FINGERPRINT.to_owned(), holder: carol().address }));
    for (typed, expected) in [
        ("!help", Command::Help),
        ("!Help.", Command::Help),
        ("  ! help\r", Command::Help),
        ("！help", Command::Help),
        ("!\u{a0}STATUS", Command::Status),
        ("\u{feff}!status", Command::Status),
        ("!title Overflow in grant_map", Command::Title("Overflow in grant_map".to_owned())),
        ("!  title\u{a0}Overflow   in\tgrant_map.", Command::Title("Overflow in grant_map.".to_owned())),
        ("!title: Overflow", Command::Title("Overflow".to_owned())),
        ("!note one line", Command::Note("one line".to_owned())),
        ("!tell reporter Thank you.", tell(Whom::Reporter, "Thank you.")),
        ("!tell Reporter: Thank you.", tell(Whom::Reporter, "Thank you.")),
        ("!tell discoverer Thank you.", tell(Whom::Reporter, "Thank you.")),
        ("!tell team I am away", tell(Whom::Team, "I am away")),
        ("!tell member Example: you may.", tell(Whom::Member("Example".to_owned()), "you may.")),
        (
            "!tell member VM Example Ltd: see https://a.example",
            tell(Whom::Member("VM Example Ltd".to_owned()), "see https://a.example"),
        ),
        ("!tell member VM see https://a.example", tell(Whom::Member("VM".to_owned()), "see https://a.example")),
        ("!tell member VM yes: you may.", tell(Whom::Member("VM yes".to_owned()), "you may.")),
        ("!tell Member “VM Example Ltd” you may.", tell(Whom::Member("VM Example Ltd".to_owned()), "you may.")),
        ("!tell member: you may.", tell(named("member"), "you may.")),
        ("!tell Carol we need you", tell(named("Carol"), "we need you")),
        ("!tell Carol: Thanks", tell(named("Carol"), "Thanks")),
        ("!tell \"Carol Smith\" Thanks", tell(named("Carol Smith"), "Thanks")),
        ("!tell “Carol Smith”: Thanks", tell(named("Carol Smith"), "Thanks")),
        ("!tell 'Carol Smith' <carol@example.net> Thanks", tell(named("carol@example.net"), "Thanks")),
        ("!tell carol@example.net Thanks", tell(named("carol@example.net"), "Thanks")),
        ("!tell Carol\u{200b} we need you", tell(named("Carol"), "we need you")),
        ("!tell <carol@example.net>: Thanks", tell(named("carol@example.net"), "Thanks")),
        ("!add Carol Smith <carol@example.net> as expert", add(carol())),
        ("!add \"Carol Smith\" <carol@example.net> as an expert.", add(carol())),
        ("!add carol@example.net AS Expert", add(bare_carol())),
        ("!add <carol@example.net> as expert", add(bare_carol())),
        ("!add Carol Smith <carol@example.net<mailto:carol@example.net>> as expert", add(carol())),
        ("!add carol@example.net <mailto:carol@example.net> as expert", add(bare_carol())),
        ("!remove Carol Smith", Command::Remove("Carol Smith".to_owned())),
        ("!remove “Carol Smith”.", Command::Remove("Carol Smith".to_owned())),
        ("!remove carol@example.net.", Command::Remove("carol@example.net".to_owned())),
        ("!owner Carol Smith <carol@example.net>", Command::Owner("carol@example.net".to_owned())),
        ("!owner J. R.", Command::Owner("J. R.".to_owned())),
        ("!spam!", Command::Spam),
        ("!split", Command::Split),
        ("!move 12", Command::Move(CaseId(12))),
        ("!move #12.", Command::Move(CaseId(12))),
        ("!move to case 12", Command::Move(CaseId(12))),
        ("!advisory", draft(None, "")),
        ("!advisory XSA-480", draft(Some(480), "")),
        ("!Advisory: 480 The credits  are right now.", draft(Some(480), "The credits are right now.")),
        ("!advisory CVE assigned.", draft(None, "CVE assigned.")),
        ("!advisory\n\n   Title\n\nIMPACT\n======\n", draft(None, "")),
        ("!deploy Patches.", permitted("patches")),
        ("!deploy mitigations", permitted("mitigations")),
        ("!deploy patches-only", permitted("patches-only")),
        ("!deploy none", permitted("nothing")),
        ("!deploy text\n\nAsk us.", Command::Deploy(Deploy::Words("Ask us.".to_owned()))),
        (&format!("approve {DIGEST}"), Command::Approve(DIGEST.to_owned())),
        (&format!("!approve {}.", DIGEST.to_uppercase()), Command::Approve(DIGEST.to_owned())),
        ("Approve 0123456789abcdef 0123456789abcdef", Command::Approve(DIGEST.repeat(2))),
        ("!hold The patch is wrong.", Command::Hold("The patch is wrong.".to_owned())),
        ("!unhold", Command::Unhold(None)),
        ("!unhold hold", Command::Unhold(Some(Unhold::Hold))),
        ("!unhold Clock.", Command::Unhold(Some(Unhold::Clock))),
        ("!release Now!", Command::ReleaseNow),
        ("!predisclose VM Example Ltd", Command::Predisclose("VM Example Ltd".to_owned())),
        ("!reopen", Command::Reopen),
        ("!key", Command::Key(None)),
        (&format!("!key {FINGERPRINT} for carol@example.net"), key()),
        ("!key 0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567 for Carol <carol@example.net>", key()),
        ("!vouch Carol Smith <carol@example.net>", Command::Vouch(carol())),
        ("!vouch carol@example.net", Command::Vouch(bare_carol())),
        ("!member add Carol Smith <carol@example.net>", Command::Member(Roster::Add(carol()))),
        ("!Member: Add “Carol Smith” <carol@example.net>.", Command::Member(Roster::Add(carol()))),
        ("!member remove VM & Sons, Inc.", Command::Member(Roster::Remove("VM & Sons, Inc.".to_owned()))),
        ("!member suspend carol@example.net", Command::Member(Roster::Suspend("carol@example.net".to_owned()))),
        ("!member resume VM", Command::Member(Roster::Resume("VM".to_owned()))),
        ("!history add Added reference to SUPPORT.md", Command::History("Added reference to SUPPORT.md".to_owned())),
    ] {
        assert_eq!(understood(typed), [expected], "{typed:?}");
    }
}

#[test]
fn the_last_command_takes_what_stands_below_and_no_other_does() {
    for (typed, expected) in [
        ("!note\n\n  int x;\n\nand more\n\n", vec![Command::Note("  int x;\n\nand more".to_owned())]),
        ("!tell reporter Hello,\n\nthank you.", vec![tell(Whom::Reporter, "Hello,\n\nthank you.")]),
        ("!tell Carol Smith's idea works\n\nAlice", vec![tell(named("Carol"), "Smith's idea works\n\nAlice")]),
        (
            "!title A\n\n!tell team B\n!note\nC\nD",
            vec![Command::Title("A".to_owned()), tell(Whom::Team, "B"), Command::Note("C\nD".to_owned())],
        ),
        ("!title A\n\nHello all,\n!spam", vec![Command::Title("A".to_owned())]),
        ("!note look\nhere:\n !spam", vec![Command::Note("look\nhere:\n !spam".to_owned())]),
    ] {
        assert_eq!(understood(typed), expected, "{typed:?}");
    }
}

#[test]
fn the_first_line_may_name_the_case() {
    for text in ["case 12\n!spam", "Case 12\n\n!spam", "!case 12\n!spam", "CASE #12.\n!spam", "！case: 12:\n!spam"] {
        assert!(matches!(read(text), Some(Ok(Orders { case: Some(CaseId(12)), .. }))), "{text:?}");
        assert_eq!(named_case(text), Some(CaseId(12)));
    }
    assert_eq!(named_case("case 12\n!titel A"), Some(CaseId(12)), "also when the commands are not understood");
    for (text, case) in
        [("case 12", Some(CaseId(12))), ("case 12\n\nHello", Some(CaseId(12))), ("case 12 is odd\n!spam", None)]
    {
        assert_eq!((read(text), named_case(text)), (None, case), "{text:?}");
    }
    assert_eq!(read("case 12\nHello\n!spam"), None);
}

#[test]
fn a_command_below_a_greeting_is_asked_about() {
    for text in ["Hi,\n!spam", "case 12\nHello\n!title A", "Hello all,\n\n！status"] {
        assert_eq!(read(text), None);
        let asked = misplaced(text).unwrap();
        assert!(text.ends_with(&asked.line) && asked.problem.contains("below other text"), "{asked:?}");
    }
    for text in ["Hi,\nlook at this:\n  !spam", "Hi,\n!important: read it", "> !spam", "Hello"] {
        assert_eq!(misplaced(text), None, "{text:?}");
    }
}

#[test]
fn text_is_no_command() {
    for text in [
        "",
        "\n \n",
        "Hello",
        "help",
        "approve",
        "approve it",
        "approve 0123456789abcde",
        "approved 0123456789abcdef",
        "Hello,\n!spam",
        "> !spam",
        "-!spam",
        "case 12: what I think",
        "a !b",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
}

#[test]
fn what_is_not_understood_is_quoted_explained_and_put_right() {
    for (typed, problem, expected) in [
        ("!titel A", "“!titel” is no command; did you mean “!title”?", "- !title TEXT\n"),
        ("!title=A", "“!title=a” is no command; did you mean “!title”?", "- !title TEXT\n"),
        ("!frobnicate", "“!frobnicate” is no command.", "- !help\n- !status\n"),
        ("!", "There is no word after its “!”.", "- !help\n- !status\n"),
        ("!!!", "There is no word after its “!”.", "- !help\n"),
        ("!help me", "Nothing may stand behind “!help”; there is “me”.", "- !help\n  Sends you this list.\n"),
        ("!spam # of course", "Nothing may stand behind “!spam”; there is “# of course”.", "- !spam\n"),
        ("!title", "There is no title in its line.", "- !title TEXT\n"),
        ("!title \u{200b}\n\nOverflow", "There is no title in its line.", "- !title TEXT\n"),
        ("!note", "There is no text.", "- !note TEXT\n"),
        ("!note\n!spam", "There is no text in its line; only the last command takes what stands below.", "- !note"),
        (
            "!note see below\n\nand\n! SPAM it",
            "In the text below it is “! SPAM it”: a command? Then move it up; else begin it with a blank.",
            "- !note TEXT\n",
        ),
        ("!tell", "It does not say whom.", "- !tell reporter|team|NAME TEXT\n"),
        ("!tell : hello", "It does not say whom.", "- !tell"),
        ("!tell \"\" hello", "There is no name in the quotes.", "- !tell"),
        ("!tell team", "There is no text.", "- !tell"),
        ("!add .", "It does not say as what they take part.", "- !add"),
        ("!cve CVE-2026-12345 for", "It does not say for which advisory.", "- !cve"),
        ("!cve CVE-2026-12345 instead", "“instead” is too much behind the number.", "- !cve"),
        ("!cve CVE-2026-12345 instead of it", "“it” is no CVE number; one looks like CVE-2026-12345.", "- !cve"),
        ("!cve CVE-2026-1234 instead of cve-2026-1234", "“CVE-2026-1234” cannot take the place of itself.", "- !cve"),
        ("!tell reporter and team hello", "It seems to name more than one; tell one after the other.", "- !tell"),
        ("!tell reporter, hello", "It is not clear whom “reporter,” means; tell one after the other.", "- !tell"),
        ("!tell reporter|team a", "It is not clear whom “reporter|team” means; tell one after the other.", "- !tell"),
        (
            "!tell Carol Smith\n\nhello",
            "It is not clear where the name ends, and the text begins. Write the name in quotes, or a colon behind it.",
            "- !tell",
        ),
        (
            "!tell Carol Smith <carol@example.net> hello",
            "It is not clear where the name ends, and the text begins. Write the name in quotes, or a colon behind it.",
            "- !tell",
        ),
        ("!tell carol@ hello", "“carol@” is no address.", "- !tell"),
        ("!add Carol as expert", "There is no address behind “Carol”.", "- !add NAME <ADDRESS> as coord"),
        ("!add carol@example.net", "It does not say as what they take part.", "- !add"),
        ("!add carol@example.net as exprt", "There is no role “exprt”; did you mean “expert”?", "- !add"),
        ("!add carol@example.net as boss", "There is no role “boss”.", "- !add"),
        ("!add carol@example.net as expert vendor", "“expert vendor” is not one role.", "- !add"),
        ("!add as expert", "It does not say whom.", "- !add"),
        (
            "!add Carol <carol@example.net>, Dan <dan@example.net> as expert",
            "“Carol <carol@example.net>, Dan <dan@example.net>” is not one person with one address.",
            "- !add",
        ),
        (
            "!add carol@example.net <carol@example.com> as expert",
            "“carol@example.net <carol@example.com>” is not one person with one address.",
            "- !add",
        ),
        ("!add a@example.net b@example.net as expert", "“a@example.net b@example.net” is no address.", "- !add"),
        ("!remove", "It does not say whom.", "- !remove NAME|ADDRESS\n"),
        ("!owner \"\"", "It does not say whom.", "- !owner"),
        ("!move", "It does not say to which case.", "- !move NUMBER\n"),
        ("!member", "It does not say what is to be done.", "- !member add NAME <ADDRESS>\n"),
        ("!member ad A", "“ad” is not among the words behind “member”; did you mean “add”?", "- !member add"),
        (
            "!member add carol@example.net",
            "There is no name before carol@example.net, and the name is public.",
            "- !member add",
        ),
        ("!history VM is on the list", "Behind “history” stands “add”, and then the text.", "- !history add TEXT"),
        ("!history add", "There is no text in its line.", "- !history"),
        ("!deploy", "It does not say what members may deploy.", "- !deploy patches|"),
        ("!deploy 12", "“12” is no permission.", "- !deploy patches|"),
        (
            "!deploy patches only",
            "“only” is too much behind “patches”; for words of your own, write “text” before them.",
            "- !deploy patches|",
        ),
        ("!deploy text", "There is no text.", "- !deploy patches|"),
        ("!approve", "It does not say what is approved: the digest is missing.", "- !approve DIGEST\n"),
        ("!approve it", "“it” is no digest: it has digits and the letters a to f.", "- !approve DIGEST\n"),
        ("!approve 0123456789abcde", "There are 15 digits; 16 or more of the 64 are needed.", "- !approve DIGEST\n"),
        ("!hold", "There is no text.", "- !hold TEXT\n"),
        ("!unhold it", "“it” is neither “hold” nor “clock”.", "- !unhold\n"),
        (
            "!release",
            "It does not say when: only “now” can be said; all else follows from the dates.",
            "- !release now\n",
        ),
        ("!release tomorrow", "“tomorrow” is not “now”.", "- !release now\n"),
        ("!move 0", "“0” is not the number of a case.", "- !move"),
        ("!move 12 13", "“12 13” is not the number of a case.", "- !move"),
        ("!move 99999999999999999999", "“99999999999999999999” is not the number of a case.", "- !move"),
        ("!key 0123 for", "“0123” is no fingerprint: those have 40 or 64 hexadecimal digits.", "- !key\n- !key FING"),
        (&format!("!key {FINGERPRINT}"), "It does not say for whom.", "- !key\n"),
        (&format!("!key {FINGERPRINT} for Carol"), "There is no address behind “Carol”.", "- !key\n"),
        ("!vouch Carol", "There is no address behind “Carol”.", "- !vouch NAME <ADDRESS>\n"),
        ("!case 12", "It names a case, and no command follows.", "- case NUMBER\n"),
        ("!case twelve\n!spam", "It does not name a case.", "- case NUMBER\n"),
        ("!spam\ncase 12", "A case is named in the first line, and once.", "- case NUMBER\n"),
        ("case 12\ncase 13\n!spam", "A case is named in the first line, and once.", "- case NUMBER\n"),
    ] {
        let misread = not_understood(typed);
        assert_eq!(misread.problem, problem, "{typed:?}");
        assert!(misread.expected.starts_with(expected), "{typed:?}: {}", misread.expected);
        assert!(misread.expected.lines().all(|line| !line.starts_with('!')), "{}", misread.expected);
        assert!(typed.contains(&misread.line), "{typed:?}: {}", misread.line);
    }
}

#[test]
fn one_wrong_line_stops_all_and_is_the_one_that_is_quoted() {
    let misread = not_understood("!title A\n!ownr Carol\n!spam");
    assert_eq!(misread.line, "!ownr Carol");
    let long = not_understood(&format!("!titel {}", "long ".repeat(100)));
    assert_eq!(long.line.chars().count(), TYPED_CHARACTERS_MAX);
    assert_eq!(not_understood("!titel a\tb\u{7}\u{202e}c").line, "!titel a b c");
}

#[test]
fn twenty_commands_are_read_and_one_more_stops_all() {
    let many = |count| "!status\n".repeat(count);
    assert_eq!(understood(&many(LINES_MAX)).len(), LINES_MAX);
    assert_eq!(understood(&format!("case 1\n{}", many(LINES_MAX))).len(), LINES_MAX);
    for text in [many(LINES_MAX + 1), format!("case 1\n{}", many(LINES_MAX + 1)), many(100_000)] {
        assert_eq!(not_understood(&text).problem, "A mail may give 20 commands, and this is one more.");
    }
}

#[test]
fn a_title_is_one_line_of_bounded_length() {
    let long = "x".repeat(TITLE_CHARACTERS_MAX);
    assert_eq!(understood(&format!("!title {long}\n\nAlice")), [Command::Title(long.clone())]);
    let problem = not_understood(&format!("!title {long}x")).problem;
    assert_eq!(problem, "The title has 201 characters; it may have 200.");
    // A mail program broke the line: the case must not get half a title.
    let broken = "!title A guest with a malicious driver can overflow the table of\ngrants in grant_map\n!owner Bob";
    let problem = not_understood(broken).problem;
    assert!(problem.starts_with("“grants in grant_map” may belong to the title."), "{problem}");
    assert_eq!(understood("!title Overflow\nThanks, Alice"), [Command::Title("Overflow".to_owned())]);
}

#[test]
fn a_text_is_as_long_as_a_person_writes() {
    let text = "long\n".repeat(20_000);
    assert_eq!(understood(&format!("!note\n{text}")), [Command::Note(text.trim_end().to_owned())]);
    let problem = not_understood(&format!("!note\n{text}longer")).problem;
    assert_eq!(problem, "The text has 100006 characters; it may have 100000. Attach it.");
}

/// What grows with the square of it takes minutes.
const LONG_BYTES: usize = 64 << 10;

#[test]
fn a_line_as_long_as_a_book_is_read_as_well() {
    for piece in ["a", "a<mailto:a>", "\"", "<", "as ", "for ", "0", "! ", "|", "“", "\u{200b}", "case "] {
        let long = piece.repeat(LONG_BYTES / piece.len());
        for entry in entries() {
            let _ = read(&format!("!{} {long}", entry.verb()));
        }
        let _ = (read(&format!("!{long}")), read(&long), named_case(&long), verdict(&long));
        let _ = read(&format!("!note {}", format!("{piece}\n").repeat(LONG_BYTES / (piece.len() + 1))));
    }
}

#[test]
fn a_question_is_answered_by_one_word_in_the_first_line() {
    for (text, expected) in [
        ("agree", Verdict::Yes),
        ("\n  Agree.\n\nCarol Smith", Verdict::Yes),
        ("“accept”\n-- \nCarol", Verdict::Yes),
        ("!ACCEPT", Verdict::Yes),
        ("decline\n\nI have no time, sorry. I agree with all you do.", Verdict::No),
        ("refuse!", Verdict::No),
    ] {
        assert_eq!(verdict(text), Some(Ok(expected)), "{text:?}");
    }
    for (text, problem) in [
        ("acccept", "It is not quite a word that answers; did you mean “accept”?"),
        ("declined", "That is not clear enough."),
        ("disagree", "That is not clear enough."),
        ("Yes", "That is not clear enough."),
        ("no.", "That is not clear enough."),
        ("I agree", "More than the answer stands in its line."),
        ("I do not agree", "More than the answer stands in its line."),
        ("agree or decline", "More than the answer stands in its line."),
        ("agree, but only if I may tell my employer", "More than the answer stands in its line."),
    ] {
        let misread = verdict(text).unwrap().unwrap_err();
        assert_eq!(misread.problem, problem, "{text:?}");
        assert!(misread.expected.starts_with("- agree"), "{}", misread.expected);
    }
    for text in ["", "\n", "Hello,\n\nagree", "> agree", "Thank you for asking.", "What must I agree to, in the end?"] {
        assert_eq!(verdict(text), None, "{text:?}");
    }
}

#[test]
fn the_manual_has_every_command_and_each_way_to_write_it_is_understood() {
    let verbs: Vec<&str> = entries().iter().map(Entry::verb).collect();
    let all = "help status tell title note confirm invalid duplicate passed embargo public exploited assign cve severity \
               affects patch credit decision done skip advisory deploy approve hold unhold release predisclose export report add remove owner spam split move reopen key vouch \
               member history";
    assert_eq!(verbs, all.split(' ').collect::<Vec<_>>());
    for entry in entries() {
        assert!(!entry.usages.is_empty() && entry.does.ends_with('.') && entry.does.len() > 10, "{entry:?}");
        for usage in entry.written() {
            let command = understood(&usage).remove(0);
            assert_eq!(command.verb(), entry.verb(), "{usage}");
        }
    }
}

#[test]
fn the_manual_says_what_must_be_proven_as_the_profile_demands_it() {
    let demand = |act| match act {
        Act::Look => Demand::Aligned,
        _ => Demand::Signed,
    };
    let shown = manual(demand);
    assert!(shown.contains(
        "\n- !title TEXT\n  Gives the case another title, of at most 200 characters.\n  Needs your signature.\n"
    ));
    assert!(shown.contains("\n  Needs your signature (reporter, NAME); your own reply address (team).\n"), "{shown}");
    assert!(manual(|_| Demand::Aligned).contains("too.\n  Needs your own reply address.\n\n- !title"));
    for line in shown.lines() {
        assert!(line.chars().count() <= 72 && line == line.trim_end() && !line.trim().starts_with('!'), "{line}");
    }
    assert_eq!((read(&shown), verdict(&shown)), (None, None), "it is no command when it comes back");
}

/// What commands are made of, well put together or not.
fn typed() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "!",
        "！",
        "\n!tell ",
        "\n!tell reporter ",
        "!note ",
        "!add ",
        "\n!remove ",
        "\n!advisory ",
        "!deploy text ",
        "\napprove 0123456789abcdef",
        "!release now",
        "!owner ",
        "\n!move ",
        "!key ",
        "\n!vouch ",
        "!member add ",
        "\n!member remove ",
        "!history add ",
        "\n!status",
        "!title ",
        "case 12\n",
        "12",
        "#7",
        "reporter",
        "team",
        "and",
        "Carol",
        "Smith",
        "\"Carol Smith\"",
        "“Dan”",
        "'",
        "\"",
        "”",
        "<",
        ">",
        "<carol@example.net>",
        "carol@example.net",
        "<mailto:carol@example.net>",
        "@",
        " as expert",
        "as",
        " for carol@example.net",
        FINGERPRINT,
        "0123",
        "text",
        ".",
        ",",
        ":",
        "\n",
        "\n\n",
        " ",
        "\u{a0}",
        "\t",
        "\r\n",
        "\u{200b}",
        "\u{202e}",
        "\0",
        "é",
        "李",
    ]);
    let verbs = prop::sample::select(entries().iter().map(Entry::verb).collect::<Vec<_>>());
    (verbs, prop::collection::vec((pieces, any::<bool>()), 0..8)).prop_map(|(verb, pieces)| {
        let blank = |blank| if blank { " " } else { "" };
        let pieces: String = pieces.into_iter().map(|(piece, then)| format!("{piece}{}", blank(then))).collect();
        format!("!{verb} {pieces}")
    })
}

/// Every command there is, with all that can stand in it.
fn given() -> impl Strategy<Value = Command> {
    let word = "[A-Za-zäéō李][A-Za-z0-9äéō李'’.-]{0,10}[a-z]";
    let name = prop::collection::vec(word, 1..4).prop_map(|words| words.join(" "));
    let name = name.prop_filter("“as” and “for” divide", |name| !name.contains('"'));
    let address =
        "[a-z]{1,8}(\\+[a-z0-9]{1,4})?@[a-z]{1,8}\\.example\\.net".prop_map(|text| Address::parse(&text).unwrap());
    let person =
        (prop::option::of(name.clone()), address.clone()).prop_map(|(name, address)| Mailbox { name, address });
    let line = prop::collection::vec("[!-~äé李]{1,12}", 1..12).prop_map(|words| words.join(" "));
    let begun = "[A-Za-z0-9(“>#-][ -~äé李]{0,30}[a-z.]";
    let text = prop::collection::vec(prop_oneof![begun, Just(String::new()), "[ \t]{0,4}[a-z{}]{1,9}"], 0..6);
    let text = (begun, text, begun).prop_map(|(first, lines, last)| format!("{first}\n{}\n{last}", lines.join("\n")));
    let text = prop_oneof![text, begun.prop_map(|text| text), line.clone()];
    let whom = prop_oneof![
        Just(Whom::Reporter),
        Just(Whom::Team),
        name.clone().prop_map(Whom::Named),
        name.clone().prop_map(Whom::Member),
        address.clone().prop_map(|address| Whom::Named(address.to_string())),
    ];
    let fingerprint = prop_oneof!["[0-9A-F]{40}", "[0-9A-F]{64}"];
    prop_oneof![
        prop::sample::select(vec![Command::Help, Command::Status, Command::Spam, Command::Split, Command::Reopen]),
        (whom, text.clone()).prop_map(|(whom, text)| Command::Tell { whom, text }),
        line.clone().prop_map(Command::Title),
        text.clone().prop_map(Command::Note),
        text.clone().prop_map(Command::Invalid),
        text.clone().prop_map(Command::Public),
        text.clone().prop_map(Command::Exploited),
        text.clone().prop_map(Command::Decision),
        text.clone().prop_map(|reason| Command::Embargo(Embargo::Restart(reason))),
        text.clone().prop_map(|reason| Command::Embargo(Embargo::Until(format!("2026-12-15 {reason}")))),
        text.clone().prop_map(|reason| Command::Cve(Cve::None(reason))),
        ("[a-z]{1,9}", text.clone()).prop_map(|(step, reason)| Command::Skip { step, reason }),
        prop::sample::select(vec![
            Command::Confirm,
            Command::Export,
            Command::Assign(None),
            Command::Cve(Cve::Request),
            Command::Embargo(Embargo::AsProposed),
            Command::Patch(Vec::new()),
            permitted("patches"),
            permitted("patches-only"),
            Command::Unhold(None),
            Command::Unhold(Some(Unhold::Clock)),
            Command::ReleaseNow,
        ]),
        (prop::option::of(1..9999i64), prop_oneof![Just(String::new()), "[A-Z][a-z]{1,9} [ -~]{0,9}[a-z.]"]).prop_map(
            |(number, updates)| {
                Command::Advisory { number, updates: updates.split_whitespace().collect::<Vec<_>>().join(" ") }
            }
        ),
        "[0-9a-f]{16,64}".prop_map(Command::Approve),
        text.clone().prop_map(Command::Hold),
        text.prop_map(|words| Command::Deploy(Deploy::Words(words))),
        name.clone().prop_map(Command::Predisclose),
        (1..i64::MAX).prop_map(|number| Command::Assign(Some(number))),
        (1..i64::MAX).prop_map(|number| Command::Duplicate(CaseId(number))),
        ("CVE-20[0-9]{2}-[0-9]{4,7}", prop::option::of(1..9999i64), prop::option::of("CVE-19[0-9]{2}-[0-9]{4,7}"))
            .prop_map(|(id, advisory, instead)| Command::Cve(Cve::Is { id, advisory, instead })),
        ("[0-9a-z.-]{0,8}[0-9a-z]", "[0-9.]{1,8} to [0-9.]{1,7}[0-9]")
            .prop_map(|(branch, versions)| Command::Affects { branch, verdict: Affected::Versions(versions) }),
        "[0-9a-z.-]{0,8}[0-9a-z]".prop_map(|branch| Command::Affects { branch, verdict: Affected::No }),
        person.clone().prop_map(Command::Report),
        "[a-z][a-z0-9-]{0,8}[a-z]".prop_map(|name| Command::Add(Add::Contact(name))),
        (person.clone(), prop::sample::select(Role::ALL.to_vec()))
            .prop_map(|(person, role)| Command::Add(Add::Person { person, role })),
        name.clone().prop_map(Command::Remove),
        address.clone().prop_map(|address| Command::Remove(address.to_string())),
        name.clone().prop_map(Command::Owner),
        (1..i64::MAX).prop_map(|number| Command::Move(CaseId(number))),
        (fingerprint, address.clone())
            .prop_map(|(fingerprint, holder)| Command::Key(Some(KeyOf { fingerprint, holder }))),
        Just(Command::Key(None)),
        person.prop_map(Command::Vouch),
        (name.clone(), address.clone())
            .prop_map(|(name, address)| Command::Member(Roster::Add(Mailbox { name: Some(name), address }))),
        name.clone().prop_map(|name| Command::Member(Roster::Remove(name))),
        name.clone().prop_map(|name| Command::Member(Roster::Suspend(name))),
        name.prop_map(|name| Command::Member(Roster::Resume(name))),
        line.prop_map(Command::History),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>(), marked in "!\\PC{0,80}") {
        let _ = (read(&text), verdict(&text), named_case(&text), read(&marked), verdict(&marked), named_case(&marked));
    }

    #[test]
    fn what_is_printed_is_read_as_it_was(command in given(), others in prop::collection::vec(given(), 0..3)) {
        let printed = command.to_string();
        prop_assert_eq!(understood(&printed), [command.clone()], "{}", printed);
        // Above the last, all that need no second line.
        let above: Vec<Command> = others.into_iter().filter(|other| !other.to_string().contains('\n')).collect();
        let block: String = above.iter().map(|other| format!("{other}\n")).collect();
        prop_assert_eq!(understood(&(block + &printed)), above.into_iter().chain([command]).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_read_is_printed_and_read_again_the_same(text in typed()) {
        let Some(Ok(orders)) = read(&text) else { return Ok(()) };
        for line in &orders.lines {
            let printed = line.command.to_string();
            match read(&printed) {
                Some(Ok(again)) => {
                    prop_assert_eq!(again.lines.len(), 1, "{}", printed);
                    prop_assert_eq!(&again.lines[0].command, &line.command, "{}", printed);
                }
                other => prop_assert!(false, "{printed:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn all_lines_at_the_top_are_understood_or_none(text in typed(), at in 0usize..8) {
        let top = text.lines().filter(|line| !read::is_blank(line));
        let marked = top.take_while(|line| read::is_marked(line)).count();
        if let Some(Ok(orders)) = read(&text) && orders.case.is_none() {
            prop_assert_eq!(orders.lines.len(), marked);
        }
        // A line nobody understands, anywhere at the top, stops all.
        let mut lines: Vec<&str> = text.lines().collect();
        lines.insert(at.min(marked).min(lines.len()), "!frobnicate");
        prop_assert!(!matches!(read(&lines.join("\n")), Some(Ok(_))), "{:?}", lines);
    }

    #[test]
    fn a_misread_line_is_one_line_and_nothing_of_it_is_a_command(text in typed()) {
        let Some(Err(misread)) = read(&text) else { return Ok(()) };
        prop_assert!(misread.line.chars().count() <= TYPED_CHARACTERS_MAX && !misread.line.contains('\n'));
        prop_assert!(!misread.problem.contains('\n') && misread.problem.ends_with(['.', '?']));
        prop_assert!(read(&misread.problem).is_none() && read(&misread.expected).is_none());
    }
}
