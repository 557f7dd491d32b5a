//! The unit and its companions, in the hands of systemd's own tools (Debian package systemd; they need no running one).

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

use embargod::settings::{HOOK_PROGRAMS, SecretPlace, Settings};

use crate::world::root;

/// Exposure may be 2.0 at most; the tool counts in tenths.
const EXPOSURE_TENTHS_MAX: &str = "20";

fn tool(name: &str, arguments: &[&str]) -> Output {
    let output = Command::new(name).args(arguments).env("SYSTEMD_COLORS", "0").env("LC_ALL", "C.UTF-8").output();
    output.unwrap_or_else(|error| panic!("{name}: {error}; install the package systemd (make test does)"))
}

fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_sandbox_is_as_tight_as_promised() {
    let unit = root().join("systemd/embargod.service");
    let arguments = ["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE_TENTHS_MAX];
    let judged = tool("systemd-analyze", &[&arguments[..], &[unit.to_str().unwrap()]].concat());
    let said = text_of(&judged);
    assert!(judged.status.success(), "{said}");
    assert!(said.contains("Overall exposure level for embargod.service: "), "{said}");
}

/// What the tool says of a unit, with the binary of this build in place of the installed one, which it wants to be there.
fn verified(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for other in ["embargod.service", "embargod-hook@.path", "embargod-hook@.service"] {
        let unit = fs::read_to_string(root().join("systemd").join(other)).unwrap();
        let unit = if other == name { text.to_owned() } else { unit };
        fs::write(folder.path().join(other), unit.replace("/usr/bin/embargod", env!("CARGO_BIN_EXE_embargod")))
            .unwrap();
    }
    let path = folder.path().join(name.replace('@', "@push-branches"));
    if name.contains('@') {
        std::os::unix::fs::symlink(folder.path().join(name), &path).unwrap();
    }
    let output = tool("systemd-analyze", &["verify", "--man=no", "--recursive-errors=no", path.to_str().unwrap()]);
    let said = text_of(&output);
    said.lines().filter(|line| line.contains("embargod")).map(str::to_owned).collect()
}

#[test]
fn every_line_of_the_units_is_understood() {
    for (name, from, to) in [
        ("embargod.service", "WatchdogSec=", "WatchDogSecs="),
        ("embargod-hook@.path", "PathExistsGlob=", "PathExistsGlobs="),
        ("embargod-hook@.service", "ProtectSystem=", "ProtectSystems="),
    ] {
        let unit = fs::read_to_string(root().join("systemd").join(name)).unwrap();
        assert_eq!(verified(name, &unit), [] as [&str; 0], "{name}");
        let wrong = verified(name, &unit.replace(from, to));
        assert!(wrong.iter().any(|line| line.contains(to.trim_end_matches('='))), "the tool would tell: {wrong:?}");
    }
}

/// The spool is where the daemon may write, the hook's unit looks and takes, and its user sees nothing else of ours.
#[test]
fn the_unit_of_a_hook_takes_from_where_the_daemon_puts() {
    let unit = |name: &str| fs::read_to_string(root().join("systemd").join(name)).unwrap();
    let has = |name: &str, line: &str| assert!(unit(name).lines().any(|written| written == line), "{name}: no {line}");
    has("embargod.service", "ReadWritePaths=-/var/spool/embargod/hooks");
    has("embargod-hook@.path", "PathExistsGlob=/var/spool/embargod/hooks/%i/*.job.json");
    let take = "ExecStart=/usr/bin/embargod hook take --spool /var/spool/embargod/hooks/%i";
    has("embargod-hook@.service", &format!("{take} --run {HOOK_PROGRAMS}/%i"));
    has("embargod-hook@.service", "ReadWritePaths=/var/spool/embargod/hooks/%i");
    has("embargod-hook@.service", "InaccessiblePaths=-/etc/embargod -/var/lib/embargod");
    has("embargod-hook@.service", "User=embargod-hook");
}

/// What the daemon tells systemd it says within these times.
#[test]
fn the_times_of_the_unit_fit_those_of_the_program() {
    let unit = fs::read_to_string(root().join("systemd/embargod.service")).unwrap();
    for line in
        ["Type=notify", "WatchdogSec=20min", "TimeoutStopSec=10s", "Restart=on-failure", "UMask=0077", "LimitCORE=0"]
    {
        assert!(unit.lines().any(|written| written == line), "no {line}");
    }
}

/// The lines of the README's section about systemd, as they would be typed.
fn steps() -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## Under systemd\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section after it");
    section.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| format!("{line}\n")).collect()
}

/// Does what the README says, in a folder in place of /. There is no running systemd there, no other user, no mail
/// server, and the binary is that of this build: shell functions stand in, and write down what they were called with.
fn set_up(base: &Path) {
    for part in ["etc/systemd/system", "etc/sysusers.d", "etc/tmpfiles.d", "usr/bin", "var/lib"] {
        fs::create_dir_all(base.join(part)).unwrap();
    }
    let here = base.display();
    let mut steps = steps().replace("target/release/embargod", env!("CARGO_BIN_EXE_embargod"));
    for path in ["/etc/", "/var/lib/", "/usr/bin/"] {
        steps = steps.replace(&format!(" {path}"), &format!(" {here}{path}"));
    }
    for name in ["systemd-sysusers", "systemd-tmpfiles"] {
        steps = steps.replace(name, &format!("{name} --root={here}"));
    }
    let script = format!(
        "said() {{ echo \"$*\" >>{here}/said; }}
         cargo() {{ said cargo \"$@\"; }}
         systemctl() {{ said systemctl \"$@\"; }}
         editor() {{ said editor \"$@\"; }}
         embargod() {{ {here}/usr/bin/embargod \"$@\"; }}
         sudo() {{
             said sudo \"$@\"; shift 2
             case \"$*\" in *'team add'*)
                 EMBARGOD__DATABASE={here}/var/lib/embargod/state.db \"$@\" --config {here}/etc/embargod/embargod.toml;;
             esac
         }}
         chown() {{ [ \"$1\" = embargod: ] && command chown \"$(grep ^embargod: {here}/etc/passwd | cut -d: -f3,4)\" \"$2\"; }}
         EDITOR=editor
         {steps}"
    );
    let done = Command::new("sh").args(["-euc", &script]).current_dir(root()).output().unwrap();
    assert!(done.status.success(), "{}\n{script}", text_of(&done));
}

/// An instance as the README sets it up: the binary, the user, the settings, who may read what.
#[test]
fn the_steps_of_the_readme_make_an_instance_whose_parts_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    set_up(base);
    let users = fs::read_to_string(base.join("etc/passwd")).unwrap();
    let user = users.lines().find(|line| line.starts_with("embargod:")).expect("the user");
    let uid: u32 = user.split(':').nth(2).unwrap().parse().unwrap();
    let groups = fs::read_to_string(base.join("etc/group")).unwrap();
    let hooks = groups.lines().find(|line| line.starts_with("embargod-hook:")).expect("the group of hooks");
    let hook_gid: u32 = hooks.split(':').nth(2).unwrap().parse().unwrap();
    assert!(users.lines().any(|line| line.starts_with("embargod-hook:")), "and its user");
    let etc = base.join("etc/embargod");

    let said = fs::read_to_string(base.join("said")).unwrap();
    let at =
        |words: &str| said.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(at("editor") < at("team add") && at("team add") < at("systemctl enable --now embargod"), "{said}");
    assert!(at("systemctl") < at("CREDENTIALS_DIRECTORY=/run/credentials/embargod.service embargod check --send"));
    for installed in
        ["usr/bin/embargod", "etc/systemd/system/embargod.service", "etc/systemd/system/embargod-hook@.path"]
    {
        assert!(base.join(installed).exists(), "{installed}");
    }
    // The database that `init` made, with the birth of the instance: mail that came since is answered.
    assert!(!etc.join("state.db").exists());
    let database = rusqlite::Connection::open(base.join("var/lib/embargod/state.db")).unwrap();
    let born_with_a_team: i64 =
        database.query_row("SELECT count(*) FROM instance, team_member", [], |row| row.get(0)).unwrap();
    assert_eq!(born_with_a_team, 1);
    drop(database);

    for (path, mode, owner, group) in [
        ("etc/embargod", 0o750, 0, uid),
        ("etc/embargod/embargod.toml", 0o640, 0, uid),
        ("etc/embargod/conf.d/10-systemd.toml", 0o640, 0, uid),
        ("etc/embargod/keys", 0o700, 0, 0),
        ("etc/embargod/keys/secret", 0o600, 0, 0),
        ("etc/embargod/keys/project.key", 0o600, 0, 0),
        ("etc/embargod/imap-password", 0o600, 0, 0),
        ("etc/embargod/smtp-password", 0o600, 0, 0),
        ("var/lib/embargod", 0o700, uid, uid),
        ("var/lib/embargod/state.db", 0o600, uid, uid),
        ("var/spool/embargod", 0o755, 0, 0),
        ("var/spool/embargod/hooks", 0o2750, uid, hook_gid),
    ] {
        let found = fs::metadata(base.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let there = (found.permissions().mode() & 0o7777, found.uid(), found.gid());
        assert_eq!(there, (mode, owner, group), "{path}: {:o}", there.0);
    }

    // The settings name exactly the credentials that the unit loads, and the database where it may write.
    let settings = Settings::load(&etc.join("embargod.toml")).unwrap();
    assert_eq!(settings.database.to_str(), Some("/var/lib/embargod/state.db"));
    assert_eq!(settings.hooks.spool.as_deref(), Some(Path::new("/var/spool/embargod/hooks")));
    let unit = fs::read_to_string(root().join("systemd/embargod.service")).unwrap();
    let by_path = |path: &Path| {
        let name = path.strip_prefix("/run/credentials/embargod.service").expect("where systemd puts credentials");
        name.to_str().unwrap().to_owned()
    };
    let mut credentials = vec![by_path(&settings.openpgp.key.path)];
    credentials.extend(settings.secrets().into_iter().map(|secret| match &secret.place {
        SecretPlace::Credential(name) => name.clone(),
        SecretPlace::File(path) => by_path(path),
        SecretPlace::Variable(name) => panic!("{name} is a variable"),
    }));
    assert_eq!(credentials, ["project.key", "secret", "imap-password", "smtp-password"]);
    for name in credentials {
        let loaded = format!("LoadCredential={name}:");
        let line = unit.lines().find_map(|line| line.strip_prefix(&loaded)).unwrap_or_else(|| panic!("no {loaded}"));
        assert!(base.join(line.trim_start_matches('/')).exists(), "{line}");
    }
}
