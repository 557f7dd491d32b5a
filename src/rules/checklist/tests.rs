use super::ground::Ground;
use super::*;
use crate::mail::sheet::sheet;
use crate::policy::profile::Profile;
use crate::policy::reading::Source;

fn xen() -> Checklist {
    Profile::built_in("xen", "example.org").unwrap().application.unwrap()
}

fn writer(address: &str, name: &str) -> Writer {
    Writer { address: Address::parse(address).ok(), name: name.to_owned() }
}

fn findings(body: &str) -> Findings {
    check(&xen(), &sheet(format!("\n{body}").as_bytes()), &writer("jane.doe@acme.example", "Jane Doe"))
}

/// `status “quote”` of an item.
fn found(body: &str, id: &str) -> String {
    let findings = findings(body);
    let finding = findings.get(id).unwrap();
    let status = match finding.status {
        Status::Found => "found",
        Status::Unclear => "unclear",
        Status::Missing => "missing",
    };
    format!("{status} {}", finding.quote).trim().to_owned()
}

mod doubts;
mod floods;
mod others;

const WHOLE: &str = "Name: Acme Hosting Ltd\nDomains: acme.example\nWhy we fit: we are a public hosting provider.\n\
    Provider: https://acme.example/\nRates: https://acme.example/prices\nUse of Xen: https://acme.example/xen\n\
    Security reporting: https://acme.example/security\nPolicy: we have read the policy and agree to its terms.\n\
    Alias: xen-security@acme.example\n";

#[test]
fn what_is_all_there_is_complete_and_what_is_taken_out_is_not() {
    assert!(findings(WHOLE).complete(), "{:?}", findings(WHOLE).open().collect::<Vec<_>>());
    for (line, id) in WHOLE.lines().zip([
        "organisation",
        "domains",
        "criteria",
        "provider-evidence",
        "hosting-rates",
        "usage-evidence",
        "security-reporting",
        "policy-statement",
        "alias",
    ]) {
        let without = findings(&WHOLE.replace(line, ""));
        assert!(!without.complete(), "{id}");
        let head = line.split(": ").next().unwrap();
        for answer in [
            "",
            "TBD",
            "will follow",
            "not sure",
            "N/A",
            "see above",
            "[insert it here]",
            "no",
            "we do not have that yet",
        ] {
            let body = WHOLE.replace(line, &format!("{head}: {answer}\n"));
            let status = findings(&body).get(id).unwrap().status;
            assert_ne!(status, Status::Found, "{head}: {answer}");
            assert!(!findings(&body).complete(), "{head}: {answer}");
        }
    }
}

#[test]
fn words_of_others_and_of_the_form_answer_nothing() {
    let quoted: String = WHOLE.lines().map(|line| format!("> {line}\n")).collect();
    for body in [
        format!("We apply.\n\nOn 2026-11-02 10:00 Bob <bob@example.net> wrote:\n{quoted}"),
        format!(
            "We apply.\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.net>\nDate: Mon, 2 Nov 2026\nSubject: x\n\n{WHOLE}"
        ),
        format!("We apply.\n\n-- \n{WHOLE}"),
        xen().items.iter().map(|item| format!("{}\n\n", item.headings[0])).collect(),
        xen().items.iter().map(|item| format!("**{}:**\n\n", item.headings[0])).collect(),
        xen().items.iter().map(|item| format!("> {}\n\n", item.headings[0])).collect(),
    ] {
        for finding in findings(&body).items {
            assert!(
                finding.status == Status::Missing || finding.id == "organisation",
                "{}: {}\n{body}",
                finding.id,
                finding.quote
            );
        }
    }
}

#[test]
fn links_are_the_applicants_own_and_of_a_kind_the_policy_takes() {
    for (link, expected) in [
        ("https://acme.example/security", "found"),
        ("http://www.acme.example", "found"),
        ("https://status.acme.example/x (see the second part)", "found"),
        ("https://acme-hosting.example/security", "found"),
        ("https://other.example/acme", "unclear"),
        ("https://acme.example.other.example/", "unclear"),
        ("https://blog.acme.example/security", "unclear"),
        ("https://acme.example/blog/2026/security", "unclear"),
        ("https://www.facebook.com/acme", "unclear"),
        ("https://youtu.be/xyz", "unclear"),
        ("https://acme.example/x.pdf", "unclear"),
        ("https://acme.example/talks/slides", "unclear"),
        ("https://bit.ly/3abc", "unclear"),
        ("https://acme.example/login", "unclear"),
        ("https://acme.example/security (you need to log in)", "unclear"),
        ("https://acme.example/security (no login required)", "found"),
        ("https://acme.example/security (will be online next week)", "unclear"),
        ("https://user:password@acme.example/", "unclear"),
        ("ftp://acme.example/", "unclear"),
        ("acme.example/security", "unclear"),
        ("security@acme.example", "unclear"),
        ("https://localhost/security", "unclear"),
        ("https://10.0.0.1/security", "unclear"),
    ] {
        let body = WHOLE.replace("https://acme.example/security", link);
        assert!(
            found(&body, "security-reporting").starts_with(expected),
            "{link}: {}",
            found(&body, "security-reporting")
        );
    }
    let why = findings(&WHOLE.replace("https://acme.example/security", "https://acme.example/x.pdf"));
    let why = &why.get("security-reporting").unwrap().why;
    assert!(why.contains("a PDF linked directly") && why.contains("HTML page"), "{why}");
}

#[test]
fn the_alias_is_one_and_no_persons() {
    for (alias, expected) in [
        ("xen-security@acme.example", "found"),
        ("noc@acme.example (goes to the whole team)", "found"),
        ("security.alerts@acme.example", "found"),
        ("jane.doe@acme.example", "unclear"),
        ("jdoe@acme.example", "unclear"),
        ("bob.smith@acme.example", "unclear"),
        ("acme.security@gmail.com", "unclear"),
        ("security@other.example", "unclear"),
        ("security@other.example, other.example is our parent company", "found"),
        ("noc@acme.example or security@acme.example", "unclear"),
        ("this address", "unclear"),
        ("would security@acme.example do?", "unclear"),
        ("security [at] acme [dot] example", "found"),
    ] {
        let body = WHOLE.replace("xen-security@acme.example", alias);
        assert!(found(&body, "alias").starts_with(expected), "{alias}: {}", found(&body, "alias"));
    }
}

#[test]
fn a_statement_agrees_and_makes_no_condition() {
    for (statement, expected) in [
        ("we have read the policy and agree to its terms.", "found"),
        ("Yes", "found"),
        ("read and accepted", "found"),
        ("We will abide by the terms, and disclose nothing before the embargo has ended.", "found"),
        ("I have read the policy.", "unclear"),
        ("we do not agree to the terms", "unclear"),
        ("we agree, provided that we may tell our customers", "unclear"),
        ("we agree. However, we must inform our customers if they ask.", "unclear"),
        ("we agree in principle", "unclear"),
        ("we will agree once our legal department has looked at it", "unclear"),
        ("what exactly do we agree to?", "unclear"),
        ("yes, but not the embargo", "unclear"),
    ] {
        let body = WHOLE.replace("we have read the policy and agree to its terms.", statement);
        assert!(
            found(&body, "policy-statement").starts_with(expected),
            "{statement}: {}",
            found(&body, "policy-statement")
        );
    }
}

#[test]
fn the_kind_of_applicant_decides_what_is_asked() {
    let required = |why: &str| {
        let body = WHOLE.replace("we are a public hosting provider", why);
        let findings = findings(&body);
        let conditional = ["hosting-rates", "software-download", "project-activity", "products"];
        let asked: Vec<&str> = conditional.into_iter().filter(|id| findings.get(id).unwrap().required).collect();
        (findings.get("criteria").unwrap().status, asked.join(" "))
    };
    for (why, status, asked) in [
        ("we are a public hosting provider", Status::Found, "hosting-rates"),
        ("we are a vendor of appliances based on Xen", Status::Found, "software-download"),
        ("we are an open source project", Status::Found, "project-activity"),
        ("we are a large-scale user with 400,000 guests", Status::Found, ""),
        (
            "we are a public hosting provider and a vendor of appliances",
            Status::Found,
            "hosting-rates software-download",
        ),
        ("we distribute an operating system with Xen support", Status::Found, "software-download project-activity"),
        ("we are a hosting provider; not all of our servers use Xen", Status::Found, "hosting-rates products"),
        ("we are not a hosting provider, we only use Xen", Status::Unclear, "hosting-rates"),
        ("we use Xen", Status::Unclear, "hosting-rates"),
    ] {
        assert_eq!(required(why), (status, asked.to_owned()), "{why}");
    }
    // Nothing tells what they are: all that may apply is asked for.
    let unknown = findings("Name: Acme\nWhy we fit: we use Xen\n");
    for id in ["hosting-rates", "software-download", "project-activity"] {
        assert!(unknown.get(id).unwrap().required, "{id}");
    }
    assert!(unknown.get("criteria").unwrap().why.contains("all that may apply"));
}

#[test]
fn a_later_mail_completes_and_corrects() {
    let first = findings(&WHOLE.replace("Alias: xen-security@acme.example\n", ""));
    assert!(!first.complete());
    let checklist = xen();
    let later = |body: &str, earlier: &Findings| {
        let sheet = sheet(format!("\n{body}").as_bytes());
        merged(earlier, &check_after(&checklist, &sheet, &writer("jane.doe@acme.example", "Jane Doe"), earlier))
    };
    let second = later("The alias to add is xen-security@acme.example.", &first);
    assert!(second.complete(), "{:?}", second.open().collect::<Vec<_>>());
    let third = later("Sorry, please add noc@acme.example instead.", &second);
    assert_eq!(
        (third.complete(), third.get("alias").unwrap().values.clone()),
        (true, vec!["noc@acme.example".to_owned()])
    );
    assert!(!later("Please add jane.doe@acme.example instead.", &third).complete());
    let withdrawn = later("We no longer agree to the terms of the policy.", &third);
    assert!(!withdrawn.complete());
    assert!(later("We agree to the terms of the policy again.", &withdrawn).complete());
    let thanks = later("Thank you! We have read your answer.\n\nJane", &third);
    assert_eq!(thanks, third);
    // What a later mail says they are is asked for from then on.
    assert!(!later("By the way, we are also a vendor of appliances with Xen.", &third).complete());
}

mod any {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_have_findings(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let findings = check(&xen(), &sheet(&raw), &Writer::default());
            prop_assert_eq!(findings.items.len(), 12);
            prop_assert!(!findings.complete());
        }

        /// The pieces of a whole application in any order, some of them twice, some gone.
        #[test]
        fn any_lines_have_findings(lines in proptest::collection::vec(0usize..14, 0..30)) {
            let pieces: Vec<&str> = WHOLE.lines().chain(["", "> Alias:", "-- ", "TBD", "x é “ｘ” ："]).collect();
            let body: Vec<&str> = lines.into_iter().map(|line| pieces[line]).collect();
            let findings = findings(&body.join("\n"));
            for finding in findings.items.iter().filter(|finding| finding.status != Status::Missing) {
                let line = &body[finding.line - 1];
                prop_assert!(!line.starts_with('>'), "{}", line);
            }
        }
    }
}

/// Prints how a mail was read, for whoever looks into a finding: `EMBARGOD_SHOW=FILE`.
#[test]
fn how_a_mail_is_read_can_be_shown() {
    let Some(file) = std::env::var_os("EMBARGOD_SHOW") else { return };
    let checklist = xen();
    let sheet = sheet(&std::fs::read(file).unwrap());
    let writer = Writer::default();
    for line in &sheet.lines {
        println!("{:?}{} {} {}", line.by, if line.strong { "!" } else { "" }, line.number, line.text);
    }
    for chunk in &Ground::of(&checklist, &sheet, &writer).sections.chunks {
        let under: Vec<&str> = chunk.under.iter().map(|item| checklist.items[*item].id.as_str()).collect();
        println!("{under:?} {}\n    {}", if chunk.beside { "beside" } else { "" }, chunk.text);
    }
}
