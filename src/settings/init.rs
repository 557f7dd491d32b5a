//! The texts of settings files: the example with every key, and what `embargod init` writes for a new instance.
//! It writes no file.

use crate::policy::profile::Profile;

/// Every key, explained.
pub fn example() -> &'static str {
    include_str!("../../config/embargod.example.toml")
}

/// The embargod.toml of a new instance at `domain` (checked by `settings::domain`). `local`: Maildir in, files out,
/// ready to run; else the servers are guesses to be corrected, and their passwords come from systemd.
pub fn for_init(profile: &Profile, domain: &str, local: bool) -> String {
    let name = &profile.name;
    let project = &profile.project.name;
    let hooks = if local { HOOKS } else { "" };
    let head = format!(
        r#"# The settings of embargod for the {project}, written by `embargod init`.
# config/embargod.example.toml explains every key. Relative paths start in the folder of this file.
# After a change, `embargod check` says what is wrong and how to mend it.

profile = "{name}"
domain = "{domain}"
local = {local}

# The one file that holds all state.
database = "state.db"

# 64 hex digits from which reply addresses are derived. Keep this file, and keep it secret.
secret = {{ file = "keys/secret" }}
{hooks}
[addresses]
# Reports arrive here; the first address is the one we write from.
security = ["security@{domain}"]
# The public list to which organisations apply for predisclosure; we answer there. Subscribe an address of this instance.
applications = ["predisclosure-applications@lists.{domain}"]
# The predisclosure list, and the list on which its members talk to each other: this instance distributes both.
members = ["xen-security-issues@lists.{domain}"]
discuss = ["xen-security-issues-discuss@lists.{domain}"]

[mail]
# Headers that name the address a mail was delivered to.
recipient_headers = ["Delivered-To", "X-Original-To"]
# The name your mail server puts into its Authentication-Results headers. It must remove such headers of this name
# from mail that comes in: they prove who sent a mail.
authserv_id = "mx.{domain}"

[openpgp]
# Signs every letter.
key = "keys/project.key"
"#
    );
    let mail = if local { LOCAL.to_owned() } else { servers(domain) };
    head + &mail
}

const HOOKS: &str = r#"
# Programs to be run after a release, where [[hook]] names any, are started from here, by the daemon itself.
hooks = "hooks"
hooks_run = "here"
"#;

const LOCAL: &str = r#"
# Mail for every address of this instance is put here.
[[maildir]]
name = "local"
path = "mail/in"
role = "security"

# Letters are written here: one pair of files, .eml and .json, for each.
[files]
path = "mail/out"

# Public pages are written here: advisories, and who is on the predisclosure list.
[site]
path = "site"
"#;

fn servers(domain: &str) -> String {
    format!(
        r#"
# The mailbox that gets the mail of the addresses above. A guess: correct host and user.
# The password comes from systemd: LoadCredential=imap-password:/etc/embargod/imap-password
# (or write password = {{ file = "keys/imap-password" }}).
[[imap]]
name = "security"
host = "mail.{domain}"
tls = "implicit"
user = "security@{domain}"
password = {{ credential = "imap-password" }}
folders = ["INBOX"]
# Collected mail is moved here.
archive = "Archive"
# Mail that names none of our addresses (Bcc) counts as a report.
role = "security"

# The server that takes our mail. A guess: correct host and user.
[smtp]
host = "mail.{domain}"
tls = "starttls"
user = "security@{domain}"
password = {{ credential = "smtp-password" }}
hello = "{domain}"
"#
    )
}
