//! `embargod help`: how a command of the program is used; `help commands`: what people can tell the desk by mail.

use clap::{Args, CommandFactory};
use serde::Serialize;

use super::instance::At;
use super::{Arguments, Failure, print};
use crate::daemon;
use crate::policy::profile::Profile;
use crate::rules::command::{Entry, entries, manual};

/// Whose demands are shown where there is no instance to ask.
const EXAMPLE: &str = "xen";

/// The word for the commands that are given by mail.
const BY_MAIL: &str = "commands";

/// Show how a command is used; “help commands”: what the team can tell the desk by mail
#[derive(Args)]
pub struct Help {
    /// A command, or “commands”
    #[arg(value_name = "COMMAND")]
    about: Vec<String>,
}

/// A command by mail, as JSON shows it.
#[derive(Serialize)]
struct ByMail<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    needs: String,
}

impl Help {
    /// Whether it is about commands by mail: what is listed then.
    pub fn lists(&self) -> bool {
        self.about == [BY_MAIL]
    }

    pub fn run(&self, at: &At) -> Result<(), Failure> {
        if !self.lists() {
            return self.usage();
        }
        let profile = profile(at)?;
        let demand = |act| profile.evidence.of(act);
        if at.json {
            let by_mail = |entry: &'static Entry| ByMail { entry, needs: entry.needs(demand) };
            return print::json(&entries().iter().map(by_mail).collect::<Vec<_>>());
        }
        print::say!("{}", manual(demand));
        print::say!("\nThe profile “{}” says what is needed.", profile.name);
        Ok(())
    }

    /// The same as `embargod COMMAND --help`.
    fn usage(&self) -> Result<(), Failure> {
        let words = ["embargod"].into_iter().chain(self.about.iter().map(String::as_str)).chain(["--help"]);
        match Arguments::command().try_get_matches_from(words) {
            Err(shown) if !shown.use_stderr() => {
                print::line(format_args!("{}", shown.render().to_string().trim_end()));
                Ok(())
            }
            _ => Err(Failure::usage(
                format!("there is no command “{}”", self.about.join(" ")),
                "“embargod help” lists the commands; “embargod help commands” those by mail.",
            )),
        }
    }
}

/// The profile of the instance; of the binary where there is none.
fn profile(at: &At) -> Result<Profile, Failure> {
    match at.settings() {
        Ok(settings) => Ok(daemon::policy(&settings)?.profile),
        Err(problem) if at.config.is_some() => Err(problem),
        Err(_) => Ok(Profile::built_in(EXAMPLE, "example.org")?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the README, made from the manual.
    fn table() -> String {
        let evidence = Profile::built_in(EXAMPLE, "example.org").unwrap().evidence;
        let rows = entries().iter().map(|entry| {
            let usages: Vec<String> = entry.usages.iter().map(|usage| format!("`{usage}`")).collect();
            let needs = entry.needs(|act| evidence.of(act));
            format!("| {} | {} | {needs} |\n", usages.join(" or ").replace('|', "\\|"), entry.does)
        });
        format!("| in a mail | does | needs |\n| --- | --- | --- |\n{}", rows.collect::<String>())
    }

    /// EMBARGOD_REWRITE=1 writes it anew.
    #[test]
    fn the_readme_has_the_table_of_commands_by_mail() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once("| in a mail |").expect("the table is there");
        let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
        let expected = format!("{before}{}\n{after}", table());
        if std::env::var_os("EMBARGOD_REWRITE").is_some() {
            std::fs::write(path, &expected).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }
}
