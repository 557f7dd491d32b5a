//! Whose process a command goes by that needs no instance: `--profile`, else the instance's, else that of the binary.

use std::path::Path;

use super::Failure;
use super::instance::At;
use crate::daemon;
use crate::policy::profile::Profile;
use crate::policy::read_file;
use crate::policy::reading::Source;

/// The profile where there is no instance to ask.
const DEFAULT: &str = "xen";
/// For whose addresses nobody asks.
const DOMAIN: &str = "example.org";

/// `named`: the name of a profile in the binary, or a file.
pub fn chosen(at: &At, named: Option<&str>) -> Result<Profile, Failure> {
    if let Some(named) = named {
        return match named.contains(['/', '.']) {
            true => Ok(Profile::read(Source { name: named, text: &read_file(Path::new(named))? }, DOMAIN)?),
            false => Ok(Profile::built_in(named, DOMAIN)?),
        };
    }
    match at.settings() {
        Ok(settings) => Ok(daemon::policy(&settings)?.profile),
        Err(problem) if at.config.is_some() || at.finds_settings() => Err(problem),
        Err(_) => Ok(Profile::built_in(DEFAULT, DOMAIN)?),
    }
}
