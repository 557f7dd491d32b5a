//! Mail out into a folder: what a local instance would have sent, one pair of files per delivery (DESIGN section 9).
//! The names and the keys are a contract with scripts; nothing is ever deleted here.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::{NotSent, Parcel};

/// The folder that gets `<id>.eml`, the exact bytes, and `<id>.json`, the envelope.
#[derive(Clone, Debug)]
pub struct Files {
    pub folder: PathBuf,
}

#[derive(Serialize)]
struct Envelope<'a> {
    /// `null` is the null return path `<>`.
    envelope_from: Option<&'a str>,
    envelope_to: &'a str,
    kind: &'a str,
    at: String,
}

impl Files {
    /// Writes the pair, the letter first: who sees the envelope finds the letter. The same parcel again writes the
    /// same files again.
    pub async fn send(&self, parcel: &Parcel) -> Result<(), NotSent> {
        let (folder, parcel) = (self.folder.clone(), parcel.clone());
        let written = tokio::task::spawn_blocking(move || write_pair(&folder, &parcel)).await;
        match written.context("Writing a letter").and_then(|result| result) {
            Ok(()) => Ok(()),
            Err(error) => Err(NotSent::not_now(&format!("{error:#}"))),
        }
    }

    /// Whether the folder is there and can be written to.
    pub async fn probe(&self) -> Result<()> {
        let folder = &self.folder;
        ensure!(folder.is_dir(), "{} is no folder", folder.display());
        nix::unistd::access(folder, nix::unistd::AccessFlags::W_OK)
            .with_context(|| format!("Writing to {}", folder.display()))
    }
}

fn write_pair(folder: &Path, parcel: &Parcel) -> Result<()> {
    let envelope = Envelope {
        envelope_from: parcel.envelope_from.as_ref().map(|address| address.as_str()),
        envelope_to: parcel.envelope_to.as_str(),
        kind: parcel.kind,
        at: parcel.at.to_string(),
    };
    let mut json = serde_json::to_vec(&envelope).context("Writing an envelope")?;
    json.push(b'\n');
    let id = parcel.id;
    write_whole(folder, &format!("{id}.eml"), &parcel.bytes)?;
    write_whole(folder, &format!("{id}.json"), &json)
}

/// The file is there whole or not at all, whenever the machine stops.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(|| format!("Creating {}", unfinished.display()))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("Writing {}", unfinished.display()))?;
    let path = folder.join(name);
    std::fs::rename(&unfinished, &path).with_context(|| format!("Naming {}", path.display()))?;
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("Syncing {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn parcel(from: Option<&str>) -> Parcel {
        Parcel {
            id: 7,
            envelope_from: from.map(|address| address.parse().unwrap()),
            envelope_to: "reporter@example.net".parse().unwrap(),
            kind: "acknowledgement",
            at: "2026-12-01T09:30:00Z".parse().unwrap(),
            bytes: b"Subject: we have it\r\n\r\nThank you.\r\n".as_slice().into(),
        }
    }

    #[tokio::test]
    async fn a_delivery_is_a_pair_of_files_for_our_eyes_only() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files { folder: folder.path().to_owned() };
        files.probe().await.unwrap();
        for _twice in 0..2 {
            files.send(&parcel(Some("security+k3v9@example.org"))).await.unwrap();
            assert_eq!(std::fs::read(folder.path().join("7.eml")).unwrap(), *parcel(None).bytes);
            assert_eq!(
                std::fs::read_to_string(folder.path().join("7.json")).unwrap(),
                "{\"envelope_from\":\"security+k3v9@example.org\",\"envelope_to\":\"reporter@example.net\",\
                 \"kind\":\"acknowledgement\",\"at\":\"2026-12-01T09:30:00Z\"}\n"
            );
        }
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 2, "nothing unfinished is left");
        for file in files {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn the_null_return_path_is_null() {
        let folder = tempfile::tempdir().unwrap();
        Files { folder: folder.path().to_owned() }.send(&parcel(None)).await.unwrap();
        let json = std::fs::read_to_string(folder.path().join("7.json")).unwrap();
        assert!(json.starts_with("{\"envelope_from\":null,"), "{json}");
    }

    #[tokio::test]
    async fn a_folder_that_is_away_is_a_matter_of_time() {
        let files = Files { folder: "/nonexistent/out".into() };
        assert!(matches!(files.send(&parcel(None)).await, Err(NotSent::NotNow(_))));
        assert!(files.probe().await.is_err());
    }
}
