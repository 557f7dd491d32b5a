use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder with embargod.toml, and the variables of a process.
struct Instance {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Instance {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("embargod.toml"), text).unwrap();
        Self { folder, variables: vec![("PATH".to_owned(), "/bin".to_owned())] }
    }

    fn fragment(self, name: &str, text: &str) -> Self {
        let folder = self.folder.path().join("conf.d");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn loads(&self) -> Settings {
        Settings::load_with(&self.folder.path().join("embargod.toml"), &self.variables)
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// What the operator is told, with paths as seen from the folder.
    fn told(&self) -> String {
        let problem = Settings::load_with(&self.folder.path().join("embargod.toml"), &self.variables).unwrap_err();
        let text = problem.to_string();
        assert_eq!(text.lines().count(), 2, "{text}");
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }
}

/// A whole instance in few lines, to be spoilt in one.
const SMALL: &str = r#"profile = "xen"
domain = "example.org"
database = "state.db"
secret = { file = "keys/secret" }
[addresses]
security = ["security@example.org", "xen-security@example.org"]
[mail]
authserv_id = "mx.example.org"
[openpgp]
key = "keys/project.key"
[[imap]]
name = "inbox"
host = "mail.example.org"
user = "security"
password = { credential = "imap-password" }
[smtp]
host = "mail.example.org"
"#;

fn spoilt(from: &str, to: &str) -> Instance {
    assert!(SMALL.contains(from), "{from}");
    Instance::with(&SMALL.replacen(from, to, 1))
}

#[test]
fn what_is_left_out_has_its_default() {
    let instance = Instance::with(SMALL);
    let settings = instance.loads();
    assert_eq!(settings.database, instance.path("state.db"));
    assert_eq!(settings.secret.place, SecretPlace::File(instance.path("keys/secret")));
    let key = KeyFile { path: instance.path("keys/project.key"), passphrase: None };
    assert_eq!(settings.openpgp, OpenPgp { key, older: Vec::new() });
    assert_eq!(
        settings.mail,
        Mail {
            recipient_headers: vec!["Delivered-To".into(), "X-Original-To".into()],
            authserv_id: "mx.example.org".into(),
            received_by: vec!["mx.example.org".into()],
            spam_headers: vec![],
        }
    );
    let password =
        SecretSource { place: SecretPlace::Credential("imap-password".into()), key: "“password” in [imap]".into() };
    assert_eq!(
        settings.imap,
        [Imap {
            name: "inbox".into(),
            host: "mail.example.org".into(),
            port: 993,
            tls: Tls::Implicit,
            ca: None,
            user: "security".into(),
            password,
            folders: vec!["INBOX".into()],
            archive: None,
            poll: Duration::from_secs(60),
            role: None,
        }]
    );
    assert_eq!(
        settings.out,
        Out::Smtp(Smtp {
            host: "mail.example.org".into(),
            port: 587,
            tls: Tls::Starttls,
            ca: None,
            login: None,
            hello: "example.org".into(),
        })
    );
    assert!(!settings.local && settings.maildir.is_empty() && settings.operator.is_none());
}

#[test]
fn limits_and_marks_of_spam_are_typed_and_have_their_defaults() {
    use crate::rules::limits::Limits;
    assert_eq!(Instance::with(SMALL).loads().limits, Limits::default());
    let settings = Instance::with(&format!("{SMALL}[limits]\nmessage_mebibytes = 1\nanswers_per_hour = 7\n"))
        .variable("EMBARGOD__MAIL__SPAM_HEADERS", "X-Spam-Flag: YES, X-Spam : Yes: sure")
        .variable("EMBARGOD__LIMITS__ANSWERS_PER_ADDRESS_AND_DAY", "3")
        .loads();
    let limits =
        Limits { message_mebibytes: 1, answers_per_hour: 7, answers_per_address_and_day: 3, ..Limits::default() };
    assert_eq!(settings.limits, limits);
    let marks = [("X-Spam-Flag", "YES"), ("X-Spam", "Yes: sure")];
    assert_eq!(settings.mail.spam_headers, marks.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (written, expected) in [
        (
            "message_mebibytes = 300",
            "embargod.toml line 19: “message_mebibytes” in [limits] cannot be 300\nGive it a whole number from 1 to 256.",
        ),
        (
            "answers_per_hour = 0",
            "embargod.toml line 19: “answers_per_hour” in [limits] cannot be 0\nGive it a whole number from 1 to 65535.",
        ),
        (
            "answers_per_day = 1",
            "embargod.toml line 19: unknown key “answers_per_day” in [limits]; did you mean “answers_per_hour”?\n\
             Correct the name, or remove it.",
        ),
    ] {
        assert_eq!(Instance::with(&format!("{SMALL}[limits]\n{written}\n")).told(), expected);
    }
    assert_eq!(
        spoilt("[mail]\n", "[mail]\nspam_headers = [\"X-Spam-Flag\"]\n").told(),
        "embargod.toml line 8: “spam_headers” in [mail] has “X-Spam-Flag”, which is not a name and a value\n\
         Give it whole header lines, like [\"X-Spam-Flag: YES\"]."
    );
}

#[test]
fn an_address_of_ours_has_its_role_with_or_without_a_detail() {
    let settings = Instance::with(SMALL).loads();
    let role = |text: &str| settings.role_of(&Address::parse(text).unwrap());
    assert_eq!(role("security+k3v9@example.org"), Some(Role::Security));
    assert_eq!(role("Xen-Security@example.org"), Some(Role::Security));
    assert_eq!(role("alice@example.org"), None);
    assert_eq!(settings.address(Role::Security).unwrap().as_str(), "security@example.org");
}

#[test]
fn the_example_loads_and_so_does_all_it_has_in_comments() {
    let settings = Instance::with(init::example()).loads();
    assert_eq!(settings.imap[0].archive.as_deref(), Some("Archive"));
    assert_eq!(settings.secrets().len(), 4);
    // A commented-out key has no blank after its #, a sentence has one.
    let mut everything = String::new();
    for line in init::example().lines() {
        let key = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['));
        everything.push_str(key.unwrap_or(line));
        everything.push('\n');
    }
    let told = Instance::with(&everything).told();
    assert!(told.contains("[smtp] and [files] are two ways to send mail"), "{told}");
    let smtp_only = everything.replace("[files]\npath = \"mail/out\"\n", "");
    let instance = Instance::with(&smtp_only);
    let settings = instance.loads();
    assert_eq!(settings.profile_file, Some(instance.path("profile.toml")));
    assert_eq!(settings.calendars, [instance.path("calendars/de.txt"), instance.path("calendars/uk.txt")]);
    assert_eq!(settings.maildir[0].path, instance.path("mail/in"));
    let push = Hook { name: "push-branches".into(), run: None, time: Duration::from_secs(60) };
    let hooks = Hooks { spool: Some("/var/spool/embargod/hooks".into()), here: false, each: vec![push] };
    assert_eq!(settings.hooks, hooks);
    assert_eq!(settings.lists_read, ["xen-announce@lists.example.org".parse().unwrap()]);
}

#[test]
fn hooks_and_lists_that_are_read_have_their_defaults() {
    let none = Instance::with(SMALL).loads();
    assert_eq!((none.hooks, none.lists_read), (Hooks::default(), vec![]));
    let text = SMALL.replacen("profile", "hooks = \"spool\"\nprofile", 1);
    let hook = "[[hook]]\nname = \"tell\"\non = \"release\"\n";
    let instance =
        Instance::with(&format!("{text}{hook}")).variable("EMBARGOD__LISTS__READ", "a@example.org, b@example.org");
    let settings = instance.loads();
    let tell = Hook { name: "tell".into(), run: None, time: Duration::from_secs(60) };
    assert_eq!(settings.hooks, Hooks { spool: Some(instance.path("spool")), here: false, each: vec![tell] });
    assert_eq!(settings.lists_read, ["a@example.org", "b@example.org"].map(|list| list.parse().unwrap()));
}

#[test]
fn hooks_that_cannot_be_run_are_named() {
    let xen = crate::policy::profile::Profile::built_in("xen", "example.net").unwrap();
    let hook = |name: &str| format!("[[hook]]\nname = \"{name}\"\non = \"release\"\n");
    let with = |text: String| {
        Instance::with(&SMALL.replacen("profile", "hooks = \"spool\"\nprofile", 1)).fragment("h.toml", &text)
    };
    for (instance, expected) in [
        (
            Instance::with(&format!("{SMALL}{}", hook("tell"))),
            "embargod.toml: “hooks” is missing\nAdd it, for example: hooks = \"/var/spool/embargod/hooks\", above all tables",
        ),
        (
            with(hook("../tell")),
            "conf.d/h.toml line 2: “name” in [hook] cannot be “../tell”\n\
             Give it a short name of lower-case letters, digits and dashes.",
        ),
        (
            with(hook("tell") + &hook("tell")),
            "conf.d/h.toml line 5: “name” in [hook] is “tell”, as another hook is called\nGive every hook a name of its own.",
        ),
        (
            with(hook("tell") + "run = \"/bin/true\"\n"),
            "conf.d/h.toml line 4: “run” in [hook] is for “hooks_run = \"here\"”: embargod-hook@.service says itself what \
             it runs\nRemove it, and put the program, or a link to it, at /usr/local/lib/embargod/hooks/tell.",
        ),
        (
            Instance::with(&init::for_init(&xen, "example.net", true)).fragment("h.toml", &hook("tell")),
            "conf.d/h.toml line 1: “run” in [hook] is missing\n\
             Add it, for example: run = \"/usr/local/lib/embargod/hooks/push-branches\"",
        ),
        (
            with("[[hook]]\nname = \"tell\"\n".into()),
            "conf.d/h.toml line 1: “on” in [hook] is missing\nAdd it, for example: on = \"release\"",
        ),
        (
            with("hooks_run = \"here\"\n".into()),
            "conf.d/h.toml line 1: “hooks_run” cannot be \"here\": the daemon's user can read everything\n\
             Remove it, and enable embargod-hook@NAME.path for each hook.",
        ),
    ] {
        assert_eq!(instance.told(), expected);
    }
    let bad = with(hook("tell").replace("\"release\"", "\"approval\"")).told();
    assert!(bad.starts_with("conf.d/h.toml line 3: “on” in [hook]"), "{bad}");
}

#[test]
fn what_init_writes_loads() {
    let xen = crate::policy::profile::Profile::built_in("xen", "example.net").unwrap();
    let local = Instance::with(&init::for_init(&xen, "example.net", true));
    let settings = local.loads();
    assert!(settings.local);
    assert_eq!(settings.out, Out::Files(local.path("mail/out")));
    assert_eq!(settings.maildir[0].path, local.path("mail/in"));
    assert_eq!(settings.database, local.path("state.db"));
    assert_eq!(settings.secret.place, SecretPlace::File(local.path("keys/secret")));
    assert_eq!(settings.openpgp.key.path, local.path("keys/project.key"));
    assert_eq!(settings.mail.authserv_id, "mx.example.net");
    assert_eq!(settings.hooks, Hooks { spool: Some(local.path("hooks")), here: true, each: vec![] });
    assert_eq!(settings.address(Role::Security).unwrap().as_str(), "security@example.net");

    let settings = Instance::with(&init::for_init(&xen, "example.net", false)).loads();
    assert!(!settings.local);
    assert_eq!(settings.imap[0].host, "mail.example.net");
    assert_eq!(settings.imap[0].password.place, SecretPlace::Credential("imap-password".into()));
    assert!(matches!(settings.out, Out::Smtp(Smtp { login: Some(_), .. })));
}

#[test]
fn fragments_and_then_variables_win_key_by_key() {
    let instance = Instance::with(SMALL)
        .fragment("20-smtp.toml", "[smtp]\nport = 2525\nhello = \"second\"\n")
        .fragment("10-smtp.toml", "operator = \"root@example.org\"\n[smtp]\nhello = \"first\"\n")
        .fragment("notes.txt", "not read")
        .variable("EMBARGOD__SMTP__PORT", "2526")
        .variable("EMBARGOD__ADDRESSES__SECURITY", "a@example.org, b@example.org")
        .variable("EMBARGOD__ADDRESSES__APPLICATIONS", "apply@lists.example.org")
        .variable("EMBARGOD__SMTP__USER", "0123")
        .variable("EMBARGOD__SMTP__PASSWORD__VARIABLE", "SMTP_PASSWORD")
        .variable("EMBARGOD_DEPTH", "not a setting");
    let settings = instance.loads();
    let Out::Smtp(smtp) = &settings.out else { panic!("{:?}", settings.out) };
    assert_eq!((smtp.port, smtp.hello.as_str(), smtp.host.as_str()), (2526, "second", "mail.example.org"));
    assert_eq!(smtp.login.as_ref().unwrap().user, "0123");
    assert_eq!(settings.operator.as_ref().unwrap().as_str(), "root@example.org");
    assert_eq!(settings.addresses[&Role::Security].len(), 2);
    assert_eq!(settings.addresses[&Role::Applications], ["apply@lists.example.org".parse().unwrap()]);
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_line_key_and_what_to_do() {
    for (from, to, expected) in [
        (
            "password = {",
            "pasword = {",
            "embargod.toml line 15: unknown key “pasword” in [imap]; did you mean “password”?\n\
             Correct the name, or remove it.",
        ),
        (
            "domain =",
            "domian =",
            "embargod.toml line 2: unknown key “domian”; did you mean “domain”?\nCorrect the name, or remove it.",
        ),
        (
            "[openpgp]\n",
            "[openpgp]\ncolour = 1\n",
            "embargod.toml line 10: unknown key “colour” in [openpgp]\n\
             Remove it; what may stand there: key, passphrase, older.",
        ),
        (
            "security = [",
            "securty = [",
            "embargod.toml line 6: unknown key “securty” in [addresses]; did you mean “security”?\n\
             Correct the name, or remove it.",
        ),
        (
            "[smtp]\n",
            "[smtp]\nport = 99999\n",
            "embargod.toml line 17: “port” in [smtp] cannot be 99999\nGive it a whole number from 1 to 65535.",
        ),
        (
            "[smtp]\n",
            "[smtp]\nport = \"587\"\n",
            "embargod.toml line 17: “port” in [smtp] cannot be “587”\nGive it a whole number from 1 to 65535.",
        ),
        (
            "[[imap]]\n",
            "[[imap]]\npoll_seconds = 0\n",
            "embargod.toml line 12: “poll_seconds” in [imap] cannot be 0\nGive it a whole number from 1 to 65535.",
        ),
        (
            "[[imap]]\n",
            "[[imap]]\npoll_seconds = 1801\n",
            "embargod.toml line 12: “poll_seconds” in [imap] cannot be 1801\nGive it a whole number from 1 to 1800.",
        ),
        (
            "[smtp]\n",
            "[smtp]\ntls = \"yes\"\n",
            "embargod.toml line 17: “tls” in [smtp] cannot be “yes”\nGive it “implicit” or “starttls”.",
        ),
        (
            "[smtp]\n",
            "[smtp]\ntls = \"startls\"\n",
            "embargod.toml line 17: “tls” in [smtp] cannot be “startls”; did you mean “starttls”?\n\
             Give it “implicit” or “starttls”.",
        ),
        (
            "[smtp]\n",
            "[smtp]\ntls = true\n",
            "embargod.toml line 17: “tls” in [smtp] cannot be true\nGive it “implicit” or “starttls”.",
        ),
        (
            "\"xen-security@example.org\"",
            "\n \"xen-security\"",
            "embargod.toml line 7: “security” in [addresses]: “xen-security” is not an e-mail address \
             (expected something like security@example.org)\nCorrect this line.",
        ),
        (
            "[\"security@example.org\", \"xen-security@example.org\"]",
            "\"security@example.org\"",
            "embargod.toml line 6: “security” in [addresses] cannot be “security@example.org”\n\
             Give it a list: [\"…\", \"…\"].",
        ),
        (
            "profile = \"xen\"",
            "profile = \"xen\"\nlocal = \"yes\"",
            "embargod.toml line 2: “local” cannot be “yes”\nGive it true or false (without quotes).",
        ),
        (
            "[smtp]\nhost = \"mail.example.org\"",
            "smtp = \"mail.example.org\"",
            "embargod.toml line 16: unknown key “smtp” in [imap]\n\
             Move it above the first [table]: it belongs to the top.",
        ),
        (
            "[smtp]\n",
            "[smtp]\nprofile_file = \"profile.toml\"\n",
            "embargod.toml line 17: unknown key “profile_file” in [smtp]\n\
             Move it above the first [table]: it belongs to the top.",
        ),
        (
            "[smtp]",
            "[[smtp]]",
            "embargod.toml line 16: “smtp” cannot stand in double brackets\n\
             Write its name in single brackets: [smtp].",
        ),
        (
            "[mail]",
            "[[mail]]",
            "embargod.toml line 7: “mail” cannot stand in double brackets\n\
             Write its name in single brackets: [mail].",
        ),
        (
            "[addresses]",
            "[[addresses]]",
            "embargod.toml line 5: “addresses” cannot stand in double brackets\n\
             Write its name in single brackets: [addresses].",
        ),
        (
            "[[imap]]",
            "[openpgp.older]\nkey = \"keys/2019.key\"\n\n[[imap]]",
            "embargod.toml line 11: “older” in [openpgp] cannot be a table\n\
             Write its name in double brackets: [[openpgp.older]].",
        ),
        (
            "[[imap]]",
            "[[openpgp.older]]\nkey = \"keys/2019.key\"\npasphrase = \"x\"\n\n[[imap]]",
            "embargod.toml line 13: unknown key “pasphrase” in [openpgp.older]; did you mean “passphrase”?\n\
             Correct the name, or remove it.",
        ),
        (
            "[openpgp]",
            "[[openpgp]]",
            "embargod.toml line 9: “openpgp” cannot stand in double brackets\n\
             Write its name in single brackets: [openpgp].",
        ),
        (
            "[smtp]\nhost = \"mail.example.org\"",
            "[[files]]\npath = \"mail/out\"",
            "embargod.toml line 16: “files” cannot stand in double brackets\n\
             Write its name in single brackets: [files].",
        ),
        (
            "domain = \"example.org\"",
            "domain = \"example.org\"\nfiles = [\"mail/out\"]",
            "embargod.toml line 3: “files” cannot be a list\nGive it a table: [files].",
        ),
        (
            "profile = \"xen\"",
            "profile = \"xne\"",
            "embargod.toml line 1: there is no profile “xne”; did you mean “xen”?\n\
             Set profile to one of: xen; or name a file of your own as profile_file.",
        ),
        (
            "[smtp]\nhost = \"mail.example.org\"",
            "[smtp]\nhost = \"mail.example.org:587\"",
            "embargod.toml line 17: “host” in [smtp] cannot be “mail.example.org:587”\n\
             Write host = \"mail.example.org\", and the port as port = 587.",
        ),
        (
            "host = \"mail.example.org\"\nuser",
            "host = \"mail.example.org:imaps\"\nuser",
            "embargod.toml line 13: “host” in [imap] cannot be “mail.example.org:imaps”\n\
             Write host = \"mail.example.org\", and the port as port = ….",
        ),
        (
            "[[imap]]",
            "[imap]",
            "embargod.toml line 11: “imap” cannot be a table\nWrite its name in double brackets: [[imap]].",
        ),
        (
            "domain = \"example.org\"",
            "domain = example.org",
            "embargod.toml line 2: this is not TOML: string values must be quoted, expected literal string\n\
             Correct this line; https://toml.io shows how such a file is written.",
        ),
        (
            "domain = \"example.org\"",
            "domain = \"example org\"",
            "embargod.toml line 2: “domain”: “example org” is not a domain\nGive it a domain, like \"example.org\".",
        ),
        (
            "host = \"mail.example.org\"\nuser",
            "host = \"mail example org\"\nuser",
            "embargod.toml line 13: “host” in [imap] cannot be “mail example org”\nGive it a name without blanks.",
        ),
        (
            "[mail]\n",
            "[mail]\nrecipient_headers = [\"Delivered-To:\"]\n",
            "embargod.toml line 8: “recipient_headers” in [mail] has “Delivered-To:”, which is not the name of a \
             header\nGive it names without colon, like [\"Delivered-To\"].",
        ),
    ] {
        assert_eq!(spoilt(from, to).told(), expected);
    }
}

#[test]
fn what_is_missing_is_named_with_the_table_it_belongs_in() {
    for (line, expected) in [
        ("profile = \"xen\"\n", "embargod.toml: “profile” is missing\nAdd it, for example: profile = \"xen\""),
        (
            "domain = \"example.org\"\n",
            "embargod.toml: “domain” is missing\nAdd it, for example: domain = \"example.org\"",
        ),
        (
            "database = \"state.db\"\n",
            "embargod.toml: “database” is missing\nAdd it, for example: database = \"state.db\"",
        ),
        (
            "secret = { file = \"keys/secret\" }\n",
            "embargod.toml: “secret” is missing\nAdd it, for example: secret = { file = \"keys/secret\" }",
        ),
        (
            "[addresses]\nsecurity = [\"security@example.org\", \"xen-security@example.org\"]\n",
            "embargod.toml: “security” in [addresses] is missing\n\
             Add it, for example: security = [\"security@example.org\"]",
        ),
        (
            "authserv_id = \"mx.example.org\"\n",
            "embargod.toml line 7: “authserv_id” in [mail] is missing\n\
             Add it, for example: authserv_id = \"mx.example.org\"",
        ),
        (
            "key = \"keys/project.key\"\n",
            "embargod.toml line 9: “key” in [openpgp] is missing\nAdd it, for example: key = \"keys/project.key\"",
        ),
        (
            "user = \"security\"\n",
            "embargod.toml line 11: “user” in [imap] is missing\nAdd it, for example: user = \"security\"",
        ),
        (
            "password = { credential = \"imap-password\" }\n",
            "embargod.toml line 11: “password” in [imap] is missing\n\
             Add it, for example: password = { file = \"keys/imap-password\" }",
        ),
        (
            "[smtp]\nhost = \"mail.example.org\"\n",
            "embargod.toml: there is no way to send mail\n\
             Add [smtp] with the host of your mail server; or, on a local instance, [files] with a path.",
        ),
    ] {
        assert_eq!(spoilt(line, "").told(), expected);
    }
    let unsent = SMALL.replace("[smtp]\nhost = \"mail.example.org\"\n", "[smtp]\nuser = \"security\"\n");
    assert_eq!(
        Instance::with(&unsent).told(),
        "embargod.toml line 16: “password” in [smtp] is missing\n\
         Add it, for example: password = { file = \"keys/smtp-password\" }, or remove user"
    );
}

#[test]
fn what_cannot_stand_together_is_named() {
    let second = "[[imap]]\nname = \"inbox\"\nhost = \"b\"\nuser = \"u\"\npassword = { variable = \"P\" }\n[smtp]";
    for (instance, expected) in [
        (
            spoilt("[smtp]", "[files]\npath = \"mail/out\"\n[smtp]"),
            "embargod.toml line 16: [smtp] and [files] are two ways to send mail (the other is in embargod.toml line \
             18)\nRemove one of them.",
        ),
        (
            spoilt("[smtp]", second),
            "embargod.toml line 17: “name” in [imap] is “inbox”, the name of another account\n\
             Give every account a name of its own.",
        ),
        (
            spoilt("[smtp]", "[[maildir]]\nname = \"inbox\"\npath = \"in\"\n[smtp]"),
            "embargod.toml line 17: “name” in [maildir] is “inbox”, the name of another account\n\
             Give every account a name of its own.",
        ),
        (
            spoilt("profile =", "local = true\nprofile ="),
            "embargod.toml line 12: a local instance has no [imap] (local = true)\n\
             Use [[maildir]] and [files] on a local instance; for real mail servers remove local = true.",
        ),
        (
            Instance::with(
                &SMALL.split("[[imap]]").next().unwrap().replace("[addresses]", "local = true\n[addresses]"),
            )
            .fragment("out.toml", "[smtp]\nhost = \"mail\"\n"),
            "conf.d/out.toml line 1: a local instance has no [smtp] (local = true)\n\
             Use [[maildir]] and [files] on a local instance; for real mail servers remove local = true.",
        ),
        (
            Instance::with(SMALL.split("[[imap]]").next().unwrap()),
            "embargod.toml: there is no mailbox to read\n\
             Add [[imap]] with the account that gets the mail; or, on a local instance, [[maildir]] with a path.",
        ),
        (
            Instance::with(SMALL).fragment("more.toml", "[[imap]]\nname = \"other\"\n"),
            "conf.d/more.toml line 1: [[imap]] would replace the accounts in embargod.toml line 11\n\
             Write all [[imap]] accounts into one file.",
        ),
        (
            spoilt("[[imap]]", "[[openpgp.older]]\nkey = \"keys/2019.key\"\n\n[[imap]]")
                .fragment("more.toml", "[[openpgp.older]]\nkey = \"keys/2014.key\"\n"),
            "conf.d/more.toml line 1: [[openpgp.older]] would replace the keys in embargod.toml line 11\n\
             Write all [[openpgp.older]] keys into one file.",
        ),
        (
            spoilt("[[imap]]", "[[openpgp.older]]\nkey = \"keys/project.key\"\n\n[[imap]]"),
            "embargod.toml line 12: “key” in [openpgp.older] is keys/project.key, which is named already\n\
             Name every key once.",
        ),
        (
            spoilt("[[imap]]", "[[openpgp.older]]\npassphrase = { file = \"keys/2019.passphrase\" }\n\n[[imap]]"),
            "embargod.toml line 11: “key” in [openpgp.older] is missing\n\
             Add it, for example: key = \"keys/older.key\"",
        ),
        (
            spoilt("user =", "archive = \"INBOX\"\nuser ="),
            "embargod.toml line 14: “archive” in [imap] is “INBOX”, which is also read\n\
             Name a folder that is not among folders.",
        ),
        (
            spoilt("[\"security@example.org\", \"xen-security@example.org\"]", "[]"),
            "embargod.toml line 6: “security” in [addresses] is empty\n\
             Give it the addresses at which reports arrive.",
        ),
        (
            spoilt("[mail]", "applications = [\"Security@example.org\"]\n[mail]"),
            "embargod.toml line 7: “applications” in [addresses] is “security@example.org”, which is also one of \
             addresses.security\nGive each role addresses of its own.",
        ),
    ] {
        assert_eq!(instance.told(), expected);
    }
}

#[test]
fn a_secret_in_the_settings_is_refused_and_not_repeated() {
    let refusal = "a secret never stands in the settings: they are copied, backed up and shown\n\
                   Put it into a file that only embargod can read and write { file = \"keys/password\" } here; \
                   { variable = \"NAME\" } and { credential = \"name\" } work too.";
    for secret in ["\"hunter2\"", "19780101", "1.5", "true"] {
        let told = spoilt("{ credential = \"imap-password\" }", secret).told();
        assert_eq!(told, format!("embargod.toml line 15: “password” in [imap]: {refusal}"));
    }
    let told = Instance::with(SMALL).variable("EMBARGOD__SMTP__PASSWORD", "hunter2").told();
    assert_eq!(told, format!("The variable EMBARGOD__SMTP__PASSWORD: “password” in [smtp]: {refusal}"));
    for (secret, expected) in [
        (
            "{ fiel = \"keys/p\" }",
            "embargod.toml line 15: unknown key “fiel” in [imap.password]; did you mean “file”?\n\
             Correct the name, or remove it.",
        ),
        (
            "{ file = \"p\", variable = \"P\" }",
            "embargod.toml line 15: “password” in [imap] names more than one of file, variable and credential\n\
             Leave one; look into conf.d and the variables too.",
        ),
        (
            "{}",
            "embargod.toml line 15: “password” in [imap] is empty\n\
             Give it { file = \"…\" }, { variable = \"…\" } or { credential = \"…\" }.",
        ),
        (
            "{ credential = \"../p\" }",
            "embargod.toml line 15: “password” in [imap] has the credential “../p”, which is not the name of a file\n\
             Give it the name from LoadCredential=NAME:PATH.",
        ),
        (
            "[]",
            "embargod.toml line 15: “password” in [imap] cannot be a list\n\
             Give it { file = \"keys/password\" }, { variable = \"NAME\" } or { credential = \"name\" }.",
        ),
    ] {
        assert_eq!(spoilt("{ credential = \"imap-password\" }", secret).told(), expected);
    }
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value, expected) in [
        (
            "EMBARGOD__SMTP__PORT",
            "many",
            "The variable EMBARGOD__SMTP__PORT: “port” in [smtp] cannot be “many”\n\
             Give it a whole number from 1 to 65535.",
        ),
        (
            "EMBARGOD__SMPT__HOST",
            "mail",
            "The variable EMBARGOD__SMPT__HOST: unknown key “smpt”; did you mean “smtp”?\n\
             Correct the name, or remove it.",
        ),
        (
            "EMBARGOD__LOCAL",
            "yes",
            "The variable EMBARGOD__LOCAL: “local” cannot be “yes”\nGive it true or false (without quotes).",
        ),
        (
            "EMBARGOD__OPERATOR",
            "nobody",
            "The variable EMBARGOD__OPERATOR: “operator”: “nobody” is not an e-mail address \
             (expected something like security@example.org)\nCorrect or unset it.",
        ),
        (
            "EMBARGOD__ADDRESSES__SECURITY",
            "a@example.org,b",
            "The variable EMBARGOD__ADDRESSES__SECURITY: “security” in [addresses]: “b” is not an e-mail address \
             (expected something like security@example.org)\nCorrect or unset it.",
        ),
        (
            "EMBARGOD__IMAP__HOST",
            "mail",
            "The variable EMBARGOD__IMAP__HOST: accounts are a list and cannot be set one key at a time\n\
             Unset it and write [[imap]] into embargod.toml or a file in conf.d.",
        ),
        (
            "EMBARGOD__OPENPGP__OLDER__KEY",
            "keys/older.key",
            "The variable EMBARGOD__OPENPGP__OLDER__KEY: keys are a list and cannot be set one key at a time\n\
             Unset it and write [[openpgp.older]] into embargod.toml or a file in conf.d.",
        ),
        (
            "EMBARGOD__SMTP____HOST",
            "mail",
            "The variable EMBARGOD__SMTP____HOST names no key\nUnset it, or write it like EMBARGOD__SMTP__HOST.",
        ),
        ("EMBARGOD__MAIL", "mx", "The variable EMBARGOD__MAIL: “mail” cannot be “mx”\nGive it a table: [mail]."),
    ] {
        assert_eq!(Instance::with(SMALL).variable(name, value).told(), expected);
    }
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_named() {
    assert_eq!(
        Settings::load_with(Path::new("/nowhere/embargod.toml"), &[]).unwrap_err().to_string(),
        "/nowhere/embargod.toml cannot be read: No such file or directory (os error 2)\n\
         “embargod init DIR --profile xen” writes one; or name another with --config FILE."
    );
    let instance = Instance::with(SMALL);
    fs::write(instance.path("embargod.toml"), b"profile = \"xen\"\ndomain = \"\xff\"\n").unwrap();
    assert_eq!(instance.told().lines().next(), Some("embargod.toml line 2: this is not UTF-8 text"));
}

#[test]
fn secrets_that_everybody_can_read_are_a_warning_not_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let instance = Instance::with(SMALL);
    fs::create_dir(instance.path("keys")).unwrap();
    for (file, mode) in [("keys/secret", 0o644), ("keys/project.key", 0o600)] {
        fs::write(instance.path(file), "x").unwrap();
        fs::set_permissions(instance.path(file), fs::Permissions::from_mode(mode)).unwrap();
    }
    let warnings = instance.loads().warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].cause().contains("keys/secret can be read by every user"), "{warnings:?}");
}
