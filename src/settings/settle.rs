//! From the settings as written to the settings of an instance: defaults, required keys, paths, and what must not
//! stand together. It reads no file and no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::sources::{Gathered, Places};
use super::written::*;
use super::{
    Hook, Hooks, Imap, KeyFile, Login, Mail, Maildir, OpenPgp, Out, SecretPlace, SecretSource, Settings,
    SettingsProblem, Smtp,
};
use crate::mail::address::Address;
use crate::mail::mailroom::Role;
use crate::policy::profile::Profile;
use crate::rules::contacts::Contact;
use crate::rules::limits::Limits;

const POLL_SECONDS_DEFAULT: u16 = 60;
/// Half the hour after which a mailbox nobody polled counts as silent.
const POLL_SECONDS_MAX: u16 = 30 * 60;
/// A mail is one value of the database, and stands in memory whole, several times over.
const MESSAGE_MEBIBYTES_MAX: u16 = 256;
/// A push to a server that is slow; what takes longer hangs.
const HOOK_SECONDS_DEFAULT: u16 = 60;
/// Where embargod-hook@.service looks for the program of a hook. Only root writes there.
pub const HOOK_PROGRAMS: &str = "/usr/local/lib/embargod/hooks";
/// The name of a hook is also that of a folder and of an instance of a systemd unit.
const HOOK_NAME_MAX: usize = 64;

type Settled<T> = Result<T, SettingsProblem>;

/// Decides what is missing and what contradicts itself; the first finding in the order of the example file is told.
pub fn settle(file: &Path, gathered: Gathered) -> Settled<Settings> {
    let Gathered { written, places } = gathered;
    let absolute = std::path::absolute(file)
        .map_err(|error| SettingsProblem::new(format!("{}: {error}", file.display()), "Name a file."))?;
    let settling = Settling { folder: absolute.parent().unwrap_or(Path::new("/")).to_path_buf(), places };
    settling.settings(absolute, written)
}

/// The name of a domain we can have addresses in.
pub fn domain(text: &str) -> Settled<String> {
    match Address::parse(&format!("security@{text}")) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err(SettingsProblem::new(format!("“{text}” is not a domain"), "Give it a domain, like \"example.org\"."))
        }
    }
}

struct Settling {
    /// Relative paths start here.
    folder: PathBuf,
    places: Places,
}

impl Settling {
    fn settings(&self, file: PathBuf, written: Written) -> Settled<Settings> {
        let profile = self.need(written.profile, "profile", "\"xen\"")?;
        if written.profile_file.is_none() {
            Profile::built_in_text(&profile).map_err(|problem| problem.at(self.places.of("profile")))?;
        }
        let domain = self.domain(self.need(written.domain, "domain", "\"example.org\"")?)?;
        let database = self.path(self.need(written.database, "database", "\"state.db\"")?);
        let secret = self.need(written.secret, "secret", "{ file = \"keys/secret\" }")?;
        let secret = self.secret("secret", secret)?;
        let addresses = self.addresses(written.addresses)?;
        let mail = self.mail(written.mail)?;
        let limits = self.limits(&written.limits)?;
        let openpgp = self.openpgp(written.openpgp)?;
        let local = written.local.unwrap_or(false);
        self.check_local(local, &written.imap, written.smtp.is_some())?;
        let imap: Vec<Imap> =
            written.imap.into_iter().enumerate().map(|(at, one)| self.imap(at, one)).collect::<Settled<_>>()?;
        let maildir: Vec<Maildir> =
            written.maildir.into_iter().enumerate().map(|(at, one)| self.maildir(at, one)).collect::<Settled<_>>()?;
        self.check_accounts(&imap, &maildir)?;
        let out = self.out(written.smtp, written.files, &domain)?;
        let contacts: Vec<Contact> =
            written.contact.into_iter().enumerate().map(|(at, one)| self.contact(at, one)).collect::<Settled<_>>()?;
        self.check_contacts(&contacts, &addresses)?;
        let hooks = self.hooks(written.hooks, written.hooks_run.unwrap_or_default(), written.hook, local)?;
        Ok(Settings {
            file,
            profile,
            profile_file: written.profile_file.map(|path| self.path(path)),
            letters_dir: written.letters_dir.map(|path| self.path(path)),
            calendars: written.calendars.unwrap_or_default().into_iter().map(|path| self.path(path)).collect(),
            domain,
            local,
            database,
            secret,
            operator: written.operator,
            addresses,
            mail,
            limits,
            openpgp,
            imap,
            maildir,
            out,
            site: written.site.path.filter(|path| !path.is_empty()).map(|path| self.path(path)),
            lists_read: written.lists.read.unwrap_or_default(),
            hooks,
            contacts,
        })
    }

    fn hooks(&self, spool: Option<String>, who: HooksRun, each: Vec<WrittenHook>, local: bool) -> Settled<Hooks> {
        let here = who == HooksRun::Here;
        if here && !local {
            let what = "cannot be \"here\": the daemon's user can read everything";
            return Err(self.wrong("hooks_run", what, "Remove it, and enable embargod-hook@NAME.path for each hook."));
        }
        let mut hooks: Vec<Hook> = Vec::new();
        for (at, one) in each.into_iter().enumerate() {
            let hook = self.hook(at, one, here)?;
            if hooks.iter().any(|other| other.name == hook.name) {
                let what = format!("is “{}”, as another hook is called", hook.name);
                return Err(self.wrong(&format!("hook[{at}].name"), &what, "Give every hook a name of its own."));
            }
            hooks.push(hook);
        }
        let spool = spool.filter(|path| !path.is_empty()).map(|path| self.path(path));
        if spool.is_none() && !hooks.is_empty() {
            return Err(self.missing("hooks", "\"/var/spool/embargod/hooks\", above all tables"));
        }
        Ok(Hooks { spool, here, each: hooks })
    }

    fn hook(&self, index: usize, written: WrittenHook, here: bool) -> Settled<Hook> {
        let key = |name: &str| format!("hook[{index}].{name}");
        let name = self.need(written.name, &key("name"), "\"push-branches\"")?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > HOOK_NAME_MAX || name.starts_with('-') || !name.chars().all(fits) {
            let remedy = "Give it a short name of lower-case letters, digits and dashes.";
            return Err(self.wrong(&key("name"), &format!("cannot be “{name}”"), remedy));
        }
        let HookOn::Release = self.need(written.on, &key("on"), "\"release\"")?;
        let run = match written.run {
            run if here => {
                Some(self.path(self.need(run, &key("run"), "\"/usr/local/lib/embargod/hooks/push-branches\"")?))
            }
            None => None,
            Some(_) => {
                let remedy = format!("Remove it, and put the program, or a link to it, at {HOOK_PROGRAMS}/{name}.");
                let what = "is for “hooks_run = \"here\"”: embargod-hook@.service says itself what it runs";
                return Err(self.wrong(&key("run"), what, &remedy));
            }
        };
        let seconds = written.seconds.map_or(HOOK_SECONDS_DEFAULT, NonZeroU16::get);
        Ok(Hook { name, run, time: Duration::from_secs(seconds.into()) })
    }

    fn addresses(&self, written: WrittenAddresses) -> Settled<BTreeMap<Role, Vec<Address>>> {
        let key = "addresses.security";
        let security = self.need(written.security, key, "[\"security@example.org\"]")?;
        if security.is_empty() {
            return Err(self.wrong(key, "is empty", "Give it the addresses at which reports arrive."));
        }
        let mut addresses = BTreeMap::from([(Role::Security, security)]);
        for (role, name, lists) in [
            (Role::Applications, "addresses.applications", written.applications),
            (Role::Discuss, "addresses.discuss", written.discuss),
            (Role::Members, "addresses.members", written.members),
        ] {
            let lists = lists.unwrap_or_default();
            let mut taken = addresses.iter().flat_map(|(role, taken)| taken.iter().map(move |one| (*role, one)));
            // What is reported there would be answered on it; what members say would be public.
            if let Some((other, both)) = taken.find(|(_, one)| lists.contains(one)) {
                return Err(self.wrong(
                    name,
                    &format!("is “{both}”, which is also one of addresses.{}", other.as_str()),
                    "Give each role addresses of its own.",
                ));
            }
            if !lists.is_empty() {
                addresses.insert(role, lists);
            }
        }
        Ok(addresses)
    }

    fn mail(&self, written: WrittenMail) -> Settled<Mail> {
        let authserv_id = self.need(written.authserv_id, "mail.authserv_id", "\"mx.example.org\"")?;
        let authserv_id = self.word("mail.authserv_id", authserv_id)?;
        let headers = written.recipient_headers.unwrap_or_else(|| vec!["Delivered-To".into(), "X-Original-To".into()]);
        if let Some(header) = headers.iter().find(|header| !is_header_name(header)) {
            return Err(self.wrong(
                "mail.recipient_headers",
                &format!("has “{header}”, which is not the name of a header"),
                "Give it names without colon, like [\"Delivered-To\"].",
            ));
        }
        let received_by = match written.received_by {
            Some(names) => {
                names.into_iter().map(|name| self.word("mail.received_by", name)).collect::<Settled<Vec<_>>>()?
            }
            None => vec![authserv_id.clone()],
        };
        let spam_headers = written.spam_headers.unwrap_or_default();
        let spam_headers = spam_headers.iter().map(|line| self.header_line("mail.spam_headers", line));
        let spam_headers = spam_headers.collect::<Settled<_>>()?;
        Ok(Mail { recipient_headers: headers, authserv_id, received_by, spam_headers })
    }

    /// A header line as a mail server writes it: name and value.
    fn header_line(&self, key: &str, line: &str) -> Settled<(String, String)> {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let (name, value) = (name.trim(), value.trim());
        if !is_header_name(name) || value.is_empty() {
            let what = format!("has “{line}”, which is not a name and a value");
            return Err(self.wrong(key, &what, "Give it whole header lines, like [\"X-Spam-Flag: YES\"]."));
        }
        Ok((name.to_owned(), value.to_owned()))
    }

    fn limits(&self, written: &WrittenLimits) -> Settled<Limits> {
        let usual = Limits::default();
        let or = |written: Option<NonZeroU16>, usual: u16| written.map_or(usual, NonZeroU16::get);
        let message_mebibytes = or(written.message_mebibytes, usual.message_mebibytes);
        if message_mebibytes > MESSAGE_MEBIBYTES_MAX {
            let key = "limits.message_mebibytes";
            let remedy = format!("Give it a whole number from 1 to {MESSAGE_MEBIBYTES_MAX}.");
            return Err(self.wrong(key, &format!("cannot be {message_mebibytes}"), &remedy));
        }
        Ok(Limits {
            message_mebibytes,
            answers_per_address_and_day: or(written.answers_per_address_and_day, usual.answers_per_address_and_day),
            answers_per_unproven_domain_and_day: or(
                written.answers_per_unproven_domain_and_day,
                usual.answers_per_unproven_domain_and_day,
            ),
            answers_per_hour: or(written.answers_per_hour, usual.answers_per_hour),
        })
    }

    fn openpgp(&self, written: WrittenOpenPgp) -> Settled<OpenPgp> {
        let key = self.key_file("openpgp", "\"keys/project.key\"", written.key, written.passphrase)?;
        let mut older: Vec<KeyFile> = Vec::new();
        for (at, one) in written.older.into_iter().enumerate() {
            let table = format!("openpgp.older[{at}]");
            let one = self.key_file(&table, "\"keys/older.key\"", one.key, one.passphrase)?;
            if std::iter::once(&key).chain(&older).any(|named| named.path == one.path) {
                let what = format!("is {}, which is named already", one.path.display());
                return Err(self.wrong(&format!("{table}.key"), &what, "Name every key once."));
            }
            older.push(one);
        }
        Ok(OpenPgp { key, older })
    }

    fn key_file(
        &self,
        table: &str,
        example: &str,
        key: Option<String>,
        passphrase: Option<WrittenSecret>,
    ) -> Settled<KeyFile> {
        Ok(KeyFile {
            path: self.path(self.need(key, &format!("{table}.key"), example)?),
            passphrase: passphrase.map(|secret| self.secret(&format!("{table}.passphrase"), secret)).transpose()?,
        })
    }

    fn imap(&self, index: usize, written: WrittenImap) -> Settled<Imap> {
        let key = |name: &str| format!("imap[{index}].{name}");
        let tls = written.tls.unwrap_or(Tls::Implicit);
        let password = self.need(written.password, &key("password"), "{ file = \"keys/imap-password\" }")?;
        let folders = written.folders.unwrap_or_else(|| vec!["INBOX".to_owned()]);
        let archive = written.archive.filter(|folder| !folder.is_empty());
        let poll_seconds = written.poll_seconds.map_or(POLL_SECONDS_DEFAULT, NonZeroU16::get);
        if poll_seconds > POLL_SECONDS_MAX {
            let remedy = format!("Give it a whole number from 1 to {POLL_SECONDS_MAX}.");
            return Err(self.wrong(&key("poll_seconds"), &format!("cannot be {poll_seconds}"), &remedy));
        }
        if folders.is_empty() {
            return Err(self.wrong(&key("folders"), "is empty", "Give it a folder, like [\"INBOX\"], or remove it."));
        }
        if let Some(folder) = archive.as_ref().filter(|archive| folders.contains(archive)) {
            let what = format!("is “{folder}”, which is also read");
            return Err(self.wrong(&key("archive"), &what, "Name a folder that is not among folders."));
        }
        Ok(Imap {
            name: self.need(written.name, &key("name"), "\"inbox\"")?,
            host: self.host(&key("host"), self.need(written.host, &key("host"), "\"mail.example.org\"")?)?,
            port: port(
                written.port,
                match tls {
                    Tls::Implicit => 993,
                    Tls::Starttls => 143,
                },
            ),
            tls,
            ca: written.ca.map(|path| self.path(path)),
            user: self.need(written.user, &key("user"), "\"security\"")?,
            password: self.secret(&key("password"), password)?,
            folders,
            archive,
            poll: Duration::from_secs(poll_seconds.into()),
            role: written.role,
        })
    }

    fn maildir(&self, index: usize, written: WrittenMaildir) -> Settled<Maildir> {
        let key = |name: &str| format!("maildir[{index}].{name}");
        Ok(Maildir {
            name: self.need(written.name, &key("name"), "\"local\"")?,
            path: self.path(self.need(written.path, &key("path"), "\"mail/in\"")?),
            role: written.role,
        })
    }

    fn contact(&self, index: usize, written: WrittenContact) -> Settled<Contact> {
        let key = |name: &str| format!("contact[{index}].{name}");
        let id = self.word(&key("id"), self.need(written.id, &key("id"), "\"cna\"")?)?;
        let name = self.need(written.name, &key("name"), "\"Example CNA\"")?;
        if name.trim().is_empty() {
            return Err(self.wrong(&key("name"), "is empty", "Write what letters are to call this contact."));
        }
        Ok(Contact {
            id,
            part: self.need(written.part, &key("part"), "\"cna\"")?,
            name,
            address: self.need(written.address, &key("address"), "\"cna@example.net\"")?,
            agreed: written.agreed.unwrap_or(false),
        })
    }

    /// Commands call them by name, and text of cases goes there.
    fn check_contacts(&self, contacts: &[Contact], ours: &BTreeMap<Role, Vec<Address>>) -> Settled<()> {
        for (at, contact) in contacts.iter().enumerate() {
            if contacts.iter().take(at).any(|other| other.id.eq_ignore_ascii_case(&contact.id)) {
                let what = format!("is “{}”, as another contact is called", contact.id);
                return Err(self.wrong(&format!("contact[{at}].id"), &what, "Give every contact a name of its own."));
            }
            let is_ours = |address: &Address| address.without_detail() == contact.address.without_detail();
            if ours.values().flatten().any(is_ours) {
                let what = format!("is “{}”, an address of ours", contact.address);
                let remedy = "Name the address of the contact itself.";
                return Err(self.wrong(&format!("contact[{at}].address"), &what, remedy));
            }
        }
        Ok(())
    }

    fn out(&self, smtp: Option<WrittenSmtp>, files: Option<WrittenFiles>, domain: &str) -> Settled<Out> {
        match (smtp, files) {
            (Some(smtp), None) => self.smtp(smtp, domain).map(Out::Smtp),
            (None, Some(files)) => Ok(Out::Files(self.path(self.need(files.path, "files.path", "\"mail/out\"")?))),
            (None, None) => Err(SettingsProblem::new(
                format!("{}: there is no way to send mail", self.places.of("")),
                "Add [smtp] with the host of your mail server; or, on a local instance, [files] with a path.",
            )),
            (Some(_), Some(_)) => Err(SettingsProblem::new(
                format!(
                    "{}: [smtp] and [files] are two ways to send mail (the other is in {})",
                    self.places.of("files"),
                    self.places.of("smtp")
                ),
                "Remove one of them.",
            )),
        }
    }

    fn smtp(&self, written: WrittenSmtp, domain: &str) -> Settled<Smtp> {
        let tls = written.tls.unwrap_or(Tls::Starttls);
        let login = match (written.user, written.password) {
            (Some(user), Some(password)) => Some(Login { user, password: self.secret("smtp.password", password)? }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(self.missing("smtp.password", "{ file = \"keys/smtp-password\" }, or remove user"));
            }
            (None, Some(_)) => return Err(self.missing("smtp.user", "\"security\", or remove password")),
        };
        Ok(Smtp {
            host: self.host("smtp.host", self.need(written.host, "smtp.host", "\"mail.example.org\"")?)?,
            port: port(
                written.port,
                match tls {
                    Tls::Implicit => 465,
                    Tls::Starttls => 587,
                },
            ),
            tls,
            ca: written.ca.map(|path| self.path(path)),
            login,
            hello: self.word("smtp.hello", written.hello.unwrap_or_else(|| domain.to_owned()))?,
        })
    }

    /// A local instance may be run at any `--at`: it must never reach a real server.
    fn check_local(&self, local: bool, imap: &[WrittenImap], smtp: bool) -> Settled<()> {
        let server = match (imap.is_empty(), smtp) {
            _ if !local => return Ok(()),
            (false, _) => "imap",
            (true, true) => "smtp",
            (true, false) => return Ok(()),
        };
        Err(SettingsProblem::new(
            format!("{}: a local instance has no [{server}] (local = true)", self.places.of(server)),
            "Use [[maildir]] and [files] on a local instance; for real mail servers remove local = true.",
        ))
    }

    fn check_accounts(&self, imap: &[Imap], maildir: &[Maildir]) -> Settled<()> {
        if imap.is_empty() && maildir.is_empty() {
            return Err(SettingsProblem::new(
                format!("{}: there is no mailbox to read", self.places.of("")),
                "Add [[imap]] with the account that gets the mail; or, on a local instance, [[maildir]] with a path.",
            ));
        }
        let imap = imap.iter().enumerate().map(|(at, account)| (format!("imap[{at}].name"), &account.name));
        let maildir = maildir.iter().enumerate().map(|(at, account)| (format!("maildir[{at}].name"), &account.name));
        let mut names = BTreeSet::new();
        for (key, name) in imap.chain(maildir) {
            if name.trim().is_empty() {
                return Err(self.wrong(&key, "is empty", "Give every account a name of its own."));
            }
            if !names.insert(name) {
                let what = format!("is “{name}”, the name of another account");
                return Err(self.wrong(&key, &what, "Give every account a name of its own."));
            }
        }
        Ok(())
    }

    fn secret(&self, key: &str, written: WrittenSecret) -> Settled<SecretSource> {
        let place = match (written.file, written.variable, written.credential) {
            (Some(path), None, None) => SecretPlace::File(self.path(path)),
            (None, Some(name), None) => SecretPlace::Variable(name),
            (None, None, Some(name)) if is_file_name(&name) => SecretPlace::Credential(name),
            (None, None, Some(name)) => {
                let what = format!("has the credential “{name}”, which is not the name of a file");
                return Err(self.wrong(key, &what, "Give it the name from LoadCredential=NAME:PATH."));
            }
            (None, None, None) => {
                return Err(self.wrong(
                    key,
                    "is empty",
                    "Give it { file = \"…\" }, { variable = \"…\" } or { credential = \"…\" }.",
                ));
            }
            _ => {
                let what = "names more than one of file, variable and credential";
                return Err(self.wrong(key, what, "Leave one; look into conf.d and the variables too."));
            }
        };
        Ok(SecretSource { place, key: in_words(key) })
    }

    fn domain(&self, text: String) -> Settled<String> {
        domain(&text).map_err(|problem| {
            SettingsProblem::new(
                format!("{}: “domain”: {}", self.places.of("domain"), problem.cause()),
                problem.remedy(),
            )
        })
    }

    /// A name that goes into a command or a header as it is.
    fn word(&self, key: &str, text: String) -> Settled<String> {
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(self.wrong(key, &format!("cannot be “{text}”"), "Give it a name without blanks."));
        }
        Ok(text)
    }

    fn host(&self, key: &str, text: String) -> Settled<String> {
        // An IPv6 address has more colons than one.
        if let Some((host, port)) = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'))
        {
            let port = port.parse::<NonZeroU16>().map_or("…".into(), |port| port.to_string());
            let remedy = format!("Write host = \"{host}\", and the port as port = {port}.");
            return Err(self.wrong(key, &format!("cannot be “{text}”"), &remedy));
        }
        self.word(key, text)
    }

    fn path(&self, path: String) -> PathBuf {
        self.folder.join(path)
    }

    fn need<T>(&self, value: Option<T>, key: &str, example: &str) -> Settled<T> {
        value.ok_or_else(|| self.missing(key, example))
    }

    fn missing(&self, key: &str, example: &str) -> SettingsProblem {
        let (_, name) = key.rsplit_once('.').unwrap_or(("", key));
        SettingsProblem::new(
            format!("{}: {} is missing", self.places.of(key), in_words(key)),
            format!("Add it, for example: {name} = {example}"),
        )
    }

    fn wrong(&self, key: &str, what: &str, remedy: &str) -> SettingsProblem {
        SettingsProblem::new(format!("{}: {} {what}", self.places.of(key), in_words(key)), remedy)
    }
}

/// `“host” in [imap]`
fn in_words(key: &str) -> String {
    match key.rsplit_once('.') {
        Some((table, name)) => match table.split_once('[') {
            Some((list, _)) => format!("“{name}” in [{list}]"),
            None => format!("“{name}” in [{table}]"),
        },
        None => format!("“{key}”"),
    }
}

fn port(written: Option<NonZeroU16>, usual: u16) -> u16 {
    written.map_or(usual, NonZeroU16::get)
}

/// RFC 5322 section 2.2: printable ASCII without colon.
fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}

fn is_file_name(text: &str) -> bool {
    !text.is_empty() && text != "." && text != ".." && !text.contains('/')
}
