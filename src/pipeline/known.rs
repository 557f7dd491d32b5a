//! People's registered certificates as they were last read: to read one takes as long as to encrypt a letter to it. They
//! are read again exactly when the table changed; what they are worth now is judged by whoever uses them.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::openpgp::Certificate;
use crate::store::Rows;

/// Shared by all that needs certificates. Cheap to clone.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<Certificates>>);

/// All certificates, as of a number of changes. Cheap to clone.
#[derive(Clone, Default)]
pub struct Certificates {
    changes: Option<i64>,
    all: Arc<[Certificate]>,
}

impl Known {
    /// Those that are registered in this transaction.
    pub fn current(&self, rows: Rows<'_>) -> Result<Certificates> {
        let changes = Some(rows.certificates().changes()?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.changes != changes {
            let registered = rows.certificates().all()?;
            // A letter of ours that somebody sends back is signed by nobody who writes to us.
            let people = registered.iter().filter(|registered| registered.person.is_some());
            let read = people.filter_map(|registered| Certificate::read(&registered.bytes).ok());
            *known = Certificates { changes, all: read.collect() };
        }
        Ok(known.clone())
    }
}

impl Certificates {
    pub fn all(&self) -> &[Certificate] {
        &self.all
    }

    /// Whether nothing was added, changed or removed between the two.
    pub fn are(&self, others: &Self) -> bool {
        self.changes == others.changes
    }

    /// By its fingerprint, in upper-case hexadecimal.
    pub fn find(&self, fingerprint: &str) -> Option<Certificate> {
        self.all.iter().find(|certificate| certificate.fingerprint() == fingerprint).cloned()
    }
}
