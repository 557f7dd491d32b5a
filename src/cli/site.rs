//! `embargod site`: the public pages. The daemon writes them by itself when what they show changes.

use clap::Subcommand;

use super::instance::At;
use super::{Failure, print};
use crate::daemon;
use crate::publish;

#[derive(Subcommand)]
pub enum Site {
    /// Write the public pages, where they are not as they should be: who is on the predisclosure list
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
        let changed = publish::Site::new(folder.clone()).publish(&store, &policy).await?;
        match changed.as_slice() {
            [] => print::say!("The pages in {} are as they should be.", folder.display()),
            changed => print::say!("Written in {}: {}.", folder.display(), changed.join(", ")),
        }
        Ok(())
    }
}
