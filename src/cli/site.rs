//! `embargod site`: the public pages. The daemon writes them by itself when what they show changes.

use clap::Subcommand;

use super::instance::At;
use super::{Failure, print, process};
use crate::daemon;
use crate::publish;

#[derive(Subcommand)]
pub enum Site {
    /// Write the public pages, where they are not as they should be: advisories that were released, and who is on the
    /// predisclosure list
    Build,
}

impl Site {
    pub async fn run(self, at: &At) -> Result<(), Failure> {
        let (settings, store) = at.open()?;
        let policy = daemon::policy(&settings)?;
        let Some(folder) = settings.site.clone() else {
            return Err(Failure::usage(
                "there is no folder for public pages",
                "Name one in the settings: path in [site]; config/embargod.example.toml explains it.",
            ));
        };
        let published = publish::Site::new(folder.clone()).publish(&store, &policy).await?;
        for publish::LeftOut { number, file, why } in &published.left_out {
            let called = policy.profile.advisory.called(*number);
            process::complain(format_args!("embargod: not shown of {called}: {file} {why}"));
        }
        match published.written.as_slice() {
            [] => print::say!("The pages in {} are as they should be.", folder.display()),
            changed => print::say!("Written in {}: {}.", folder.display(), changed.join(", ")),
        }
        Ok(())
    }
}
