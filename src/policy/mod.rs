//! A project's process as data: the profile and the letters. Reads the operator's own files of both, once, at start,
//! and does no other IO; it knows nothing of settings, cases or handlers.

pub mod advisory;
pub mod checklist;
pub mod discuss;
pub mod letters;
pub mod membership;
pub mod playbook;
pub mod problem;
pub mod profile;
pub mod reading;
mod wrong;

use std::path::Path;

use self::letters::Letters;
use self::problem::Problem;
use self::profile::Profile;
use self::reading::Source;
use crate::rules::schedule::{self, Calendar, Closed, Misdated};

/// What is wrong in a profile or a letter: one line of cause, one of what to do.
pub type PolicyProblem = Problem;

/// More than any profile or letter needs; a device or a wrong file is not read to its end.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What one project decided, checked.
#[derive(Debug)]
pub struct Policy {
    pub profile: Profile,
    pub letters: Letters,
    /// The days on which people work.
    pub calendar: Calendar,
}

impl Policy {
    /// The profile called `name` for an instance at `domain`: from `profile_file` or the binary. Letters in
    /// `letters_dir` replace those of the binary.
    pub fn load(
        name: &str,
        profile_file: Option<&Path>,
        letters_dir: Option<&Path>,
        domain: &str,
    ) -> Result<Self, PolicyProblem> {
        let profile = match profile_file {
            Some(path) => own_profile(name, path, domain)?,
            None => Profile::built_in(name, domain)?,
        };
        let letters = Letters::load(&profile, letters_dir)?;
        let calendar = Calendar::new(&profile.schedule.weekend);
        Ok(Self { profile, letters, calendar })
    }

    /// The same, with the days off that these files name.
    pub fn with_calendars(mut self, files: &[impl AsRef<Path>]) -> Result<Self, PolicyProblem> {
        for file in files {
            self.calendar.close(own_calendar(file.as_ref())?);
        }
        Ok(self)
    }
}

fn own_profile(name: &str, path: &Path, domain: &str) -> Result<Profile, Problem> {
    let text = read_file(path)?;
    let shown = path.display().to_string();
    let profile = Profile::read(Source { name: &shown, text: &text }, domain)?;
    if profile.name != name {
        return Err(Problem::new(
            format!("{shown}: this is the profile “{}”, but the settings ask for “{name}”", profile.name),
            format!("Set profile = \"{}\" in the settings, or name another profile_file.", profile.name),
        ));
    }
    Ok(profile)
}

fn own_calendar(path: &Path) -> Result<Vec<Closed>, Problem> {
    schedule::read_calendar(&read_file(path)?).map_err(|Misdated { line, what }| {
        Problem::new(
            format!("{} line {line}: {what}", path.display()),
            "Write a day in each line, and what it is called: 2026-12-25 Christmas Day.",
        )
    })
}

/// The text of a file that a person wrote.
pub fn read_file(path: &Path) -> Result<String, Problem> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(Problem::new(
            format!("{} cannot be read: {error}", path.display()),
            "Create it, make it readable for the user embargod runs as, or name another file.",
        ));
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Problem::new(
            format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display()),
            "Name the right file.",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count() + 1;
        Problem::new(format!("{} line {line}: this is not UTF-8 text", path.display()), "Save the file as UTF-8.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schedule::Length;

    const XEN: &str = include_str!("../../config/profiles/xen.toml");

    fn load(name: &str, profile: &str) -> Result<Policy, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.toml");
        std::fs::write(&path, profile).unwrap();
        Policy::load(name, Some(&path), None, "example.org")
            .map_err(|problem| problem.to_string().replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn the_profile_of_the_binary_loads_with_its_letters() {
        let policy = Policy::load("xen", None, None, "example.org").unwrap();
        assert_eq!(policy.profile.project.short, "Xen");
    }

    #[test]
    fn calendars_apply_together_and_what_is_wrong_in_one_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let (de, uk) = (folder.path().join("de.txt"), folder.path().join("uk.txt"));
        std::fs::write(&de, "# Deutschland\n2026-12-25 Weihnachten\n").unwrap();
        std::fs::write(&uk, "2026-12-25 Christmas Day\n2026-12-28 Boxing Day (substitute)\n").unwrap();
        let xen = || Policy::load("xen", None, None, "example.org").unwrap();
        let policy = xen().with_calendars(&[&de, &uk]).unwrap();
        let off = |day: &str| policy.calendar.off(day.parse().unwrap());
        assert_eq!(off("2026-12-25").as_deref(), Some("Weihnachten, Christmas Day"));
        assert_eq!(off("2026-12-28").as_deref(), Some("Boxing Day (substitute)"));
        assert_eq!(off("2026-12-29"), None);
        assert_eq!(xen().calendar.off("2026-12-25".parse().unwrap()), None, "Xen's list knows no holidays");
        std::fs::write(&uk, "2026-12-25 Christmas Day\n28 December 2026 Boxing Day\n").unwrap();
        let problem = xen().with_calendars(&[&de, &uk]).unwrap_err().to_string();
        assert_eq!(
            problem.replace(&format!("{}/", folder.path().display()), ""),
            "uk.txt line 2: “28” is not a day\n\
             Write a day in each line, and what it is called: 2026-12-25 Christmas Day."
        );
        assert!(xen().with_calendars(&[folder.path().join("fr.txt")]).is_err(), "a file that is not there");
    }

    #[test]
    fn a_profile_of_ones_own_takes_its_place_and_speaks_in_the_letters() {
        let text =
            XEN.replace("Xen Project Security Team", "Example Desk").replace("working_days = 5", "working_days = 3");
        let policy = load("xen", &text).unwrap();
        let values =
            letters::Values::new().public("case", 12).public("name", "").public("larger_than", "").public("unread", "");
        let rendered = policy.letters.render(letters::LetterName::Added, &values).unwrap();
        assert_eq!(rendered.subject.value(), "Your mail was added to case 12 (Example Desk)");
        assert_eq!(policy.profile.schedule.predisclosure.unwrap().length, Length::WorkingDays(3));
    }

    #[test]
    fn a_profile_file_that_is_not_the_one_asked_for_is_named() {
        assert_eq!(
            load("libvirt", XEN).unwrap_err(),
            "profile.toml: this is the profile “xen”, but the settings ask for “libvirt”\n\
             Set profile = \"xen\" in the settings, or name another profile_file."
        );
        assert_eq!(
            load("xen", &XEN.replace("short =", "shrot =")).unwrap_err(),
            "profile.toml line 10: unknown key “shrot” in [project]; did you mean “short”?\n\
             Correct the name, or remove it."
        );
        assert_eq!(
            Policy::load("xen", Some(Path::new("/nowhere/xen.toml")), None, "example.org").unwrap_err().to_string(),
            "/nowhere/xen.toml cannot be read: No such file or directory (os error 2)\n\
             Create it, make it readable for the user embargod runs as, or name another file."
        );
    }
}
