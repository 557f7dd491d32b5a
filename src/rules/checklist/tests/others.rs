//! Another kind of list, by its profile alone: other items, and no line of code.

use super::*;

/// The nine criteria of a list of distributions.
const NINE: &str = r#"
[application]
[application.links]
open_items = ["track-record", "communities"]
open_hosts = ["github"]
[[application.item]]
id = "distribution"
name = "distribution"
ask = "what shows that you be an actively maintained unix-like operating system distro with substantial use of open source components"
kind = "text"
required = "always"
headings = ["be an actively maintained unix-like operating system distro with substantial use of open source components"]
[[application.item]]
id = "userbase"
name = "userbase"
ask = "what shows that you have a userbase not limited to your own organization"
kind = "text"
required = "always"
headings = ["have a userbase not limited to your own organization"]
[[application.item]]
id = "track-record"
name = "track-record"
ask = "what shows that you have a publicly verifiable track record, dating back at least 1 year and continuing to present day, of fixing security issues"
kind = "link"
required = "always"
headings = ["have a publicly verifiable track record, dating back at least 1 year and continuing to present day, of fixing security issues"]
[[application.item]]
id = "not-a-rebuild"
name = "not-a-rebuild"
ask = "what shows that you not be (only) downstream or a rebuild of another distro"
kind = "text"
required = "always"
headings = ["not be (only) downstream or a rebuild of another distro"]
[[application.item]]
id = "communities"
name = "communities"
ask = "what shows that you be a participant and preferably an active contributor in relevant public communities"
kind = "link"
required = "always"
headings = ["be a participant and preferably an active contributor in relevant public communities"]
[[application.item]]
id = "policy"
name = "policy"
ask = "what shows that you accept the list policy"
kind = "statement"
required = "always"
headings = ["accept the list policy"]
[[application.item]]
id = "contribute"
name = "contribute"
ask = "what shows that you be able and willing to contribute back"
kind = "text"
required = "always"
headings = ["be able and willing to contribute back"]
[[application.item]]
id = "pgp"
name = "pgp"
ask = "what shows that you be able and willing to handle pgp-encrypted e-mail"
kind = "text"
required = "always"
headings = ["be able and willing to handle pgp-encrypted e-mail"]
[[application.item]]
id = "vouch"
name = "vouch"
ask = "what shows that you have someone already on the private list vouch for at least one of the people requesting membership"
kind = "text"
required = "always"
headings = ["have someone already on the private list vouch for at least one of the people requesting membership"]
"#;

const ANSWERED: &str = "\
1. Be an actively maintained unix-like operating system distro with substantial use of open source components\n\n\
Heron Linux, since 2009, with some 4,000 packages.\n\n\
2. Have a userbase not limited to your own organization\n\n\
Some 20,000 systems fetch updates from our mirrors; most are run by people we never met.\n\n\
3. Have a publicly verifiable track record, dating back at least 1 year and continuing to present day, of fixing security issues\n\n\
https://heron.example/errata/\n\n\
4. Not be (only) downstream or a rebuild of another distro\n\n\
Every package is built from the authors' sources by us.\n\n\
5. Be a participant and preferably an active contributor in relevant public communities\n\n\
https://lists.heron.example/archive/upstream/\n\n\
6. Accept the list policy\n\n\
accepted\n\n\
7. Be able and willing to contribute back\n\n\
We would take the task of checking the statistics each month.\n\n\
8. Be able and willing to handle pgp-encrypted e-mail\n\n\
Each of the three of us has a key and reads such mail daily.\n\n\
9. Have someone already on the private list vouch for at least one of the people requesting membership\n\n\
Bob Example of another distribution has known two of us for years and says so on the public list.\n\n\
";

fn nine() -> Checklist {
    let xen = Profile::built_in_text("xen").unwrap();
    let (before, _) = xen.split_once("[application]").unwrap();
    let text = format!("{before}{NINE}");
    let profile = Profile::read(Source { name: "other.toml", text: &text }, "example.org").unwrap();
    profile.application.unwrap()
}

fn of_nine(body: &str) -> Findings {
    check(&nine(), &sheet(format!("\n{body}").as_bytes()), &writer("jane@heron.example", "Jane Doe"))
}

#[test]
fn nine_criteria_of_a_list_of_distributions_are_a_profile_and_nothing_more() {
    let findings = of_nine(ANSWERED);
    assert_eq!(findings.items.len(), 9);
    assert!(findings.complete(), "{:?}", findings.open().collect::<Vec<_>>());
}

#[test]
fn what_such_a_mail_lacks_is_named_and_nothing_else() {
    let body = ANSWERED
        .replace("https://heron.example/errata/", "will follow")
        .replace("accepted", "we have read it")
        .replace("Every package is built from the authors' sources by us.", "");
    let findings = of_nine(&body);
    let open: Vec<(&str, Status)> = findings.open().map(|finding| (finding.id.as_str(), finding.status)).collect();
    assert_eq!(
        open,
        [("track-record", Status::Unclear), ("not-a-rebuild", Status::Missing), ("policy", Status::Unclear),]
    );
    let blank: String =
        ANSWERED.lines().filter(|line| line.starts_with(char::is_numeric)).map(|line| format!("{line}\n\n")).collect();
    assert!(of_nine(&blank).items.iter().all(|item| item.status == Status::Missing), "{:?}", of_nine(&blank));
}
