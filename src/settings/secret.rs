//! Secrets: where they are, and reading them. A secret is never in the settings, never in an error, never printed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::SettingsProblem;

/// Longer than any password, shorter than a mistake.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Where one secret is, and which key of the settings asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    pub place: SecretPlace,
    /// `“password” in [smtp]`, for errors.
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    File(PathBuf),
    Variable(String),
    /// A file in `$CREDENTIALS_DIRECTORY` (systemd: LoadCredential=).
    Credential(String),
}

impl SecretSource {
    /// The secret, without the line break at its end.
    pub fn read(&self) -> Result<SecretString, SettingsProblem> {
        self.read_with(|name| std::env::var(name).ok())
    }

    fn read_with(&self, variable: impl Fn(&str) -> Option<String>) -> Result<SecretString, SettingsProblem> {
        let (secret, named) = match &self.place {
            SecretPlace::File(path) => (self.read_path(path)?, path.display().to_string()),
            SecretPlace::Variable(name) => match variable(name) {
                Some(secret) => (secret, format!("The variable {name}")),
                None => {
                    return Err(self.problem(
                        format!("The variable {name} is not set"),
                        "Set it where embargod is started, or use { file = \"…\" } instead.",
                    ));
                }
            },
            SecretPlace::Credential(name) => {
                let Some(folder) = variable("CREDENTIALS_DIRECTORY") else {
                    return Err(self.problem(
                        format!("There is no credential {name}: $CREDENTIALS_DIRECTORY is not set"),
                        format!(
                            "Start embargod by systemd with LoadCredential={name}:/path/to/file, or use \
                             {{ file = \"…\" }} instead."
                        ),
                    ));
                };
                let path = Path::new(&folder).join(name);
                (self.read_path(&path)?, path.display().to_string())
            }
        };
        let secret = secret.strip_suffix('\n').unwrap_or(&secret);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        if secret.is_empty() {
            return Err(self.problem(format!("{named} is empty"), "Put the secret there, on one line."));
        }
        Ok(SecretString::from(secret))
    }

    /// What `check` says when others on this machine can read the secret; a run goes on.
    pub fn warning(&self) -> Option<SettingsProblem> {
        match &self.place {
            SecretPlace::File(path) => readable_by_others(path),
            SecretPlace::Variable(_) | SecretPlace::Credential(_) => None,
        }
    }

    fn read_path(&self, path: &Path) -> Result<String, SettingsProblem> {
        use std::io::Read;
        let mut bytes = Vec::new();
        std::fs::File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(
            |error| {
                self.problem(
                    format!("{} cannot be read: {error}", path.display()),
                    format!(
                        "Put the secret there on one line, readable for embargod only: chmod 600 {}",
                        path.display()
                    ),
                )
            },
        )?;
        if bytes.len() as u64 > SECRET_BYTES_MAX {
            return Err(self.problem(
                format!("{} is larger than {SECRET_BYTES_MAX} bytes: this is no secret", path.display()),
                "Name the right file.",
            ));
        }
        String::from_utf8(bytes).map_err(|_| {
            self.problem(format!("{} is not UTF-8 text", path.display()), "Put the secret there as text, on one line.")
        })
    }

    fn problem(&self, cause: String, remedy: impl AsRef<str>) -> SettingsProblem {
        SettingsProblem::new(format!("{cause} ({})", self.key), remedy)
    }
}

/// A warning when a file of secrets has the permission bits of a public one.
pub fn readable_by_others(path: &Path) -> Option<SettingsProblem> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o007 != 0).then(|| {
        SettingsProblem::new(
            format!("{} can be read by every user of this machine", path.display()),
            format!("chmod 600 {}; only the user embargod runs as needs it.", path.display()),
        )
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn source(place: SecretPlace) -> SecretSource {
        SecretSource { place, key: "“password” in [smtp]".to_owned() }
    }

    fn no_variable(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_secret_comes_from_a_file_a_variable_or_a_credential_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        for (written, expected) in [("open sesame\n", "open sesame"), ("a\r\n", "a"), (" b \n\n", " b \n"), ("c", "c")]
        {
            let path = folder.path().join("smtp-password");
            std::fs::write(&path, written).unwrap();
            let here = |_: &str| Some(folder.path().display().to_string());
            for read in [
                source(SecretPlace::File(path)).read_with(no_variable),
                source(SecretPlace::Credential("smtp-password".to_owned())).read_with(here),
                source(SecretPlace::Variable("X".to_owned())).read_with(|_| Some(written.to_owned())),
            ] {
                assert_eq!(read.unwrap().expose_secret(), expected);
            }
        }
    }

    #[test]
    fn a_missing_secret_names_its_place_its_key_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "\n").unwrap();
        for (place, expected) in [
            (
                SecretPlace::File("/nowhere/password".into()),
                "/nowhere/password cannot be read: No such file or directory (os error 2) (“password” in [smtp])\n\
                 Put the secret there on one line, readable for embargod only: chmod 600 /nowhere/password"
                    .to_owned(),
            ),
            (
                SecretPlace::Variable("SMTP_PASSWORD".to_owned()),
                "The variable SMTP_PASSWORD is not set (“password” in [smtp])\n\
                 Set it where embargod is started, or use { file = \"…\" } instead."
                    .to_owned(),
            ),
            (
                SecretPlace::Credential("smtp-password".to_owned()),
                "There is no credential smtp-password: $CREDENTIALS_DIRECTORY is not set (“password” in [smtp])\n\
                 Start embargod by systemd with LoadCredential=smtp-password:/path/to/file, or use \
                 { file = \"…\" } instead."
                    .to_owned(),
            ),
            (
                SecretPlace::File(empty.clone()),
                format!("{} is empty (“password” in [smtp])\nPut the secret there, on one line.", empty.display()),
            ),
        ] {
            assert_eq!(source(place).read_with(no_variable).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_secret_everybody_can_read_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "x").unwrap();
        let secret = source(SecretPlace::File(path.clone()));
        for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(secret.warning().is_some(), warned, "{mode:o}");
        }
        let remedy = format!("chmod 600 {}; only the user embargod runs as needs it.", path.display());
        assert_eq!(secret.warning().unwrap().remedy(), remedy);
    }
}
