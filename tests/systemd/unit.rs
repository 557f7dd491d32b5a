//! The unit and its companions, in the hands of systemd's own tools (Debian package systemd; they need no running one).

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output};

use embargod::settings::{SecretPlace, Settings};

use crate::world::{embargod, root};

/// Exposure may be 2.0 at most; the tool counts in tenths.
const EXPOSURE_TENTHS_MAX: &str = "20";

fn tool(name: &str, arguments: &[&str]) -> Output {
    let output = Command::new(name).args(arguments).env("SYSTEMD_COLORS", "0").env("LC_ALL", "C.UTF-8").output();
    output.unwrap_or_else(|error| panic!("{name}: {error}; install the package systemd (make test does)"))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_sandbox_is_as_tight_as_promised() {
    let unit = root().join("systemd/embargod.service");
    let arguments = ["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE_TENTHS_MAX];
    let judged = tool("systemd-analyze", &[&arguments[..], &[unit.to_str().unwrap()]].concat());
    let said = text(&judged);
    assert!(judged.status.success(), "{said}");
    assert!(said.contains("Overall exposure level for embargod.service: "), "{said}");
}

/// With the binary of this build in place of the installed one, which the tool wants to be there.
#[test]
fn every_line_of_the_unit_is_understood() {
    let unit = fs::read_to_string(root().join("systemd/embargod.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("embargod.service");
    let program = env!("CARGO_BIN_EXE_embargod");
    let verify = |unit: String| {
        fs::write(&path, unit).unwrap();
        let output = tool("systemd-analyze", &["verify", "--man=no", "--recursive-errors=no", path.to_str().unwrap()]);
        let said = text(&output);
        said.lines().filter(|line| line.contains("embargod.service")).map(str::to_owned).collect::<Vec<_>>()
    };
    let unit = unit.replace("/usr/bin/embargod", program);
    assert_eq!(verify(unit.clone()), [] as [&str; 0]);
    let wrong = verify(unit.replace("WatchdogSec=", "WatchDogSecs="));
    assert!(wrong.iter().any(|line| line.contains("WatchDogSecs")), "the tool would tell: {wrong:?}");
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

/// An instance as the README sets it up, in a folder in place of /: the user, the settings, who may read what.
#[test]
fn the_user_the_folders_and_the_settings_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    fs::create_dir(base.join("etc")).unwrap();
    let made = tool("systemd-sysusers", &[&format!("--root={}", base.display()), &file("sysusers.d")]);
    assert!(made.status.success(), "{}", text(&made));
    let users = fs::read_to_string(base.join("etc/passwd")).unwrap();
    let user = users.lines().find(|line| line.starts_with("embargod:")).expect("the user");
    let uid: u32 = user.split(':').nth(2).unwrap().parse().unwrap();

    let etc = base.join("etc/embargod");
    let init = embargod().args(["init", "--profile", "xen", "--domain", "example.org"]).arg(&etc).output().unwrap();
    assert!(init.status.success(), "{}", text(&init));
    let made = tool("systemd-tmpfiles", &["--create", &format!("--root={}", base.display()), &file("tmpfiles.d")]);
    assert!(made.status.success(), "{}", text(&made));

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
    ] {
        let found = fs::metadata(base.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let there = (found.permissions().mode() & 0o777, found.uid(), found.gid());
        assert_eq!(there, (mode, owner, group), "{path}: {:o}", there.0);
    }

    // The settings name exactly the credentials that the unit loads, and the database where it may write.
    let settings = Settings::load(&etc.join("embargod.toml")).unwrap();
    assert_eq!(settings.database.to_str(), Some("/var/lib/embargod/state.db"));
    let unit = fs::read_to_string(root().join("systemd/embargod.service")).unwrap();
    let by_path = |path: &std::path::Path| {
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

fn file(part: &str) -> String {
    root().join("systemd").join(part).join("embargod.conf").to_str().unwrap().to_owned()
}
