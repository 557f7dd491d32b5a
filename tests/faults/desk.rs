//! A desk for one fault: an instance in a folder of its own, and the engine of `embargod run` in the test's process,
//! with little patience. What it logs is kept.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use embargod::clock::Clock;
use embargod::daemon::Engine;
use embargod::post::patience::Patience;
use embargod::settings::Settings;
use embargod::store::Store;
use embargod::store::outbox::Listed;
use jiff::Timestamp;

use crate::world::root;

pub struct Desk {
    folder: tempfile::TempDir,
    pub store: Store,
    born: jiff::Timestamp,
}

impl Desk {
    /// Born at `now`, with these people as its team. `ways` is the part of the settings about mail in and out.
    pub async fn founded(security: &str, team: &[String], ways: &str, password: &str, now: Timestamp) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let path = folder.path();
        for part in ["mail/in/new", "mail/in/cur", "mail/in/tmp", "mail/out"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        let keys = root().join("fixtures/keys");
        for (name, text) in [
            ("secret", fs::read_to_string(keys.join("secret")).unwrap()),
            ("project.key", fs::read_to_string(keys.join("project.key")).unwrap()),
            ("password", password.to_owned()),
        ] {
            fs::write(path.join(name), text).unwrap();
            fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        let settings = format!(
            "profile = \"xen\"\ndomain = \"proj.test\"\ndatabase = \"state.db\"\nsecret = {{ file = \"secret\" }}\n\
             [addresses]\nsecurity = [\"{security}\"]\n[mail]\nauthserv_id = \"mx.proj.test\"\n\
             [openpgp]\nkey = \"project.key\"\n{ways}"
        );
        fs::write(path.join("embargod.toml"), settings).unwrap();
        let store = Store::open(&path.join("state.db")).unwrap();
        let team = team.to_vec();
        let found = move |rows: embargod::store::Rows<'_>| {
            rows.instance().born(now)?;
            for address in &team {
                let person = rows.people().find_or_add("Alice Example", &address.parse()?)?;
                rows.people().join_team(person.id, true, now)?;
            }
            Ok(())
        };
        store.write(found).await.unwrap();
        Self { folder, store, born: now }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn engine(&self, clock: Clock, patience: Patience) -> Engine {
        let settings = Settings::load(&self.path("embargod.toml")).unwrap();
        Engine::assemble_within(&settings, self.store.clone(), clock, patience).await.unwrap()
    }

    /// A mail in the Maildir.
    pub fn post(&self, name: &str, mail: &str) {
        let path = self.path("mail/in/new").join(name);
        fs::write(&path, mail).unwrap();
        // A Maildir keeps the time of receipt as the time of the file.
        fs::File::open(&path).unwrap().set_modified(self.born.into()).unwrap();
    }

    /// What became of each mail.
    pub async fn handled(&self) -> Vec<String> {
        let mails = self.store.read(|rows| rows.inbox().list()).await.unwrap();
        mails.into_iter().map(|mail| mail.state).collect()
    }

    pub async fn outbox(&self) -> Vec<Listed> {
        self.store.read(|rows| rows.outbox().list()).await.unwrap()
    }

    /// Every delivery as "kind recipient state", sorted.
    pub async fn deliveries(&self) -> Vec<String> {
        let rows = self.outbox().await;
        let mut lines: Vec<String> = rows.iter().map(|row| format!("{} {} {}", row.kind, row.to, row.state)).collect();
        lines.sort();
        lines
    }

    /// The record is whole.
    pub async fn is_sound(&self) {
        let record = self.store.read(|rows| rows.audit().verify()).await.unwrap();
        assert_eq!(record.broken, None, "the record");
    }
}

/// Keeps what is logged on this thread for as long as the guard lives.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<u8>>>);

impl Journal {
    pub fn keep() -> (Self, tracing::subscriber::DefaultGuard) {
        let journal = Self::default();
        let pages = journal.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(move || pages.clone())
            .finish();
        (journal, tracing::subscriber::set_default(subscriber))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Journal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
