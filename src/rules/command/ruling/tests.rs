use super::*;

const ITEMS: [&str; 4] = ["organisation", "hosting-rates", "usage-evidence", "alias"];

fn read(own: &str) -> Option<Result<Rulings, Misread>> {
    rulings(own, &ITEMS)
}

fn said(own: &str) -> Vec<Ruling> {
    read(own).unwrap().unwrap().lines.into_iter().map(|line| line.ruling).collect()
}

fn problem(own: &str) -> String {
    read(own).unwrap_or_else(|| panic!("{own:?} says nothing")).unwrap_err().problem
}

fn found(item: &str, words: &str) -> Ruling {
    Ruling::Found { item: item.into(), words: words.into() }
}

#[test]
fn words_that_are_clear() {
    for (own, expected) in [
        ("accept", vec![Ruling::Accept]),
        ("Accept.\n\nGood to have them.\nAlice", vec![Ruling::Accept]),
        ("!accept", vec![Ruling::Accept]),
        ("\n “accept” \n", vec![Ruling::Accept]),
        ("withdraw\n\nHe called me.", vec![Ruling::Withdraw]),
        ("reject The page shows no rates.", vec![Ruling::Reject("The page shows no rates.".into())]),
        (
            "reject: The page shows\nno rates.\n\nWe asked twice.",
            vec![Ruling::Reject("The page shows\nno rates.\n\nWe asked twice.".into())],
        ),
        ("reject\n\nThe page shows no rates.", vec![Ruling::Reject("The page shows no rates.".into())]),
        ("ask Which of the two addresses?", vec![Ruling::Ask("Which of the two addresses?".into())]),
        (
            "found hosting-rates \"https://vm.example.net/\nprices\"\nfound Alias: security@vm.example.net\n\naccept",
            vec![
                found("hosting-rates", "https://vm.example.net/ prices"),
                found("alias", "security@vm.example.net"),
                Ruling::Accept,
            ],
        ),
        ("found alias “security@vm.example.net”\n\nThanks, Alice", vec![found("alias", "security@vm.example.net")]),
        (
            "missing usage-evidence the page does not name Xen\nask Is there another?",
            vec![
                Ruling::Missing { item: "usage-evidence".into(), why: "the page does not name Xen".into() },
                Ruling::Ask("Is there another?".into()),
            ],
        ),
        ("send current", vec![Ruling::Send(Which::Current)]),
        ("Send none.", vec![Ruling::Send(Which::None)]),
    ] {
        assert_eq!(said(own), expected, "{own:?}");
    }
}

#[test]
fn the_application_is_named_first_and_once() {
    for (own, number) in
        [("application 7\naccept", 7), ("Application #12:\n\naccept", 12), ("!application 7.\naccept", 7)]
    {
        assert_eq!(read(own).unwrap().unwrap().application, Some(number), "{own}");
        assert_eq!(named_application(own), Some(number));
    }
    assert_eq!(problem("application 7"), "It names an application, and nothing follows.");
    assert_eq!(problem("accept\n\napplication 7"), "An application is named in the first line, and once.");
    for own in ["", "Hello\napplication 7", "> application 7", "application", "application 7 and 8", "applications 7"] {
        assert_eq!(named_application(own), None, "{own}");
    }
}

#[test]
fn what_is_not_clear_stops_all() {
    for (own, expected) in [
        ("acept", "Did you mean “accept”?"),
        ("rejct no rates", "Did you mean “reject”?"),
        ("yes", "That is not clear enough."),
        ("OK for me", "That is not clear enough."),
        ("accept!?", "It reads like a word of a sentence."),
        ("Ask, if you like, Bob", "It reads like a word of a sentence."),
        ("accept if they change the alias", "Nothing may stand behind “accept” in its line."),
        (
            "accept\nif they change the alias",
            "“if they change the alias” stands right below it, and may belong to it. If not, leave an empty line between.",
        ),
        ("reject", "There is no text."),
        ("found", "It does not say of which item. There are: organisation, hosting-rates, usage-evidence, alias."),
        (
            "found hosting-rate https://vm.example.net/",
            "There is no item “hosting-rate”; did you mean “hosting-rates”? There are: organisation, hosting-rates, \
             usage-evidence, alias.",
        ),
        (
            "found nothing wrong with it",
            "There is no item “nothing”. There are: organisation, hosting-rates, usage-evidence, alias.",
        ),
        ("found alias", "It does not say which words of the applicant's show it."),
        ("missing alias", "It does not say why."),
        ("found alias a@b.example\nmissing alias two of them", "The same item is in “found alias a@b.example”."),
        ("accept\nreject no rates", "It follows “accept”, which has to be the last."),
        ("accept\nfound alias a@b.example", "It follows “accept”, which has to be the last."),
        ("found alias a@b.example\nsend none", "It stands alone, with nothing before it."),
        ("send", "It does not say what: “current” or “none”."),
        ("Hello Bob,\n\naccept", "It stands below other text; it has to stand at the top."),
        ("reject no rates\n\naccept", "It follows “reject”, which has to be the last."),
        (
            "reject no rates\n\nOr rather\n\naccept",
            "It stands below other text. Move it up; else put it into a sentence.",
        ),
        ("!foo", "That is none of the words."),
    ] {
        assert_eq!(problem(own), expected, "{own:?}");
    }
}

#[test]
fn what_people_say_to_each_other_is_nothing_of_it() {
    for own in
        ["", "Hello Bob,\nI know them.", "> accept", "> found alias a@b.example\n\nThanks", "We should look again."]
    {
        assert_eq!(read(own), None, "{own:?}");
    }
    assert_eq!(said("accept\n\n> reject no rates\n> withdraw"), [Ruling::Accept], "quotes never count");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_what_is_printed_reads_the_same(own in "(?s).{0,200}") {
        if let Some(Ok(rulings)) = read(&own) {
            for line in rulings.lines {
                proptest::prop_assert_eq!(said(&line.ruling.to_string()), vec![line.ruling]);
            }
        }
    }

    #[test]
    fn so_is_text_of_such_words(own in "(accept|reject|ask|found|missing|withdraw|send|alias|current|none|no|\\?|!|>|\n|\n\n| |\"|:){0,12}") {
        if let Some(Ok(rulings)) = read(&own) {
            proptest::prop_assert!(!rulings.lines.is_empty());
            let ends = rulings.lines.iter().filter(|line| !line.ruling.is_of_an_item()).count();
            proptest::prop_assert!(ends <= 1);
        }
    }
}
