//! Ahead: while one letter is handed over, the next ones are sealed, and encrypted where they must be, on all cores.
//! The order stays that of the outbox, and what is prepared is bounded in number and size. It sends nothing; the gate
//! decides afterwards, with the facts of that moment, whether what was prepared may leave.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use super::deliver;
use super::known::Known;
use super::seal::{Sealed, Sealer};
use crate::openpgp::{Certificate, Judgement, Unusable};
use crate::policy::Policy;
use crate::store::certificates::Registered;
use crate::store::outbox::{Due, Form};
use crate::store::{Rows, Store};

/// Of mails that ride along with the letters being prepared; one letter may be larger, then it is alone.
const AHEAD_BYTES_MAX: i64 = 4 << 20;

/// A letter in one form, sealed by whoever comes first; for all its recipients.
type Cell = OnceCell<Sealed>;

/// Makes copies ready to leave.
#[derive(Clone)]
pub struct Preparer {
    pub store: Store,
    pub policy: Arc<Policy>,
    pub sealer: Sealer,
    pub known: Known,
}

/// A copy as it would leave.
pub struct Prepared {
    /// The recipient's certificate as it was registered then; `None` too for letters that everybody may read.
    pub registered: Option<Registered>,
    pub cipher: Cipher,
    /// `None`: the gate would stop it.
    pub bytes: Option<Arc<[u8]>>,
}

/// Whether a copy is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// Everybody may read it, or there is no certificate.
    None,
    To {
        fingerprint: String,
        until: Option<Timestamp>,
    },
    /// There is a certificate that nothing can be encrypted to.
    Not(Unusable),
}

impl Cipher {
    pub fn fingerprint(&self) -> Option<&str> {
        match self {
            Self::To { fingerprint, .. } => Some(fingerprint),
            Self::None | Self::Not(_) => None,
        }
    }

    /// The certificate's time is over since.
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self, Self::To { until: Some(until), .. } if *until <= now)
    }
}

/// The recipient's certificate, when this letter would be encrypted to one.
pub fn registered(rows: Rows<'_>, due: &Due) -> Result<Option<Registered>> {
    if let Some(former) = &due.former {
        return rows.certificates().former(former);
    }
    // What was promised to be encrypted is, also if everybody may read it by now.
    if due.encrypted_to.is_none() && rows.is_open(&rows.outbox().labels(due.letter)?)? {
        return Ok(None);
    }
    rows.certificates().of_address(&due.recipient)
}

impl Preparer {
    /// Makes one copy ready, the certificate being judged anew at this time.
    pub async fn prepare(&self, due: &Due, now: Timestamp) -> Result<Prepared> {
        self.prepare_in(due, now, |_| Arc::default()).await
    }

    async fn prepare_in(&self, due: &Due, now: Timestamp, cell: impl FnOnce(Form) -> Arc<Cell>) -> Result<Prepared> {
        let (looking, policy, known) = (due.clone(), Arc::clone(&self.policy), self.known.clone());
        let look = move |rows: Rows<'_>| {
            let in_clear = deliver::ask(rows, &looking, policy.profile.conditions(now), &Cipher::None)?;
            let registered = registered(rows, &looking)?;
            let certificate = match &registered {
                Some(Registered { fingerprint, bytes, .. }) => {
                    let known = known.current(rows)?.find(fingerprint);
                    let found = known.or_else(|| Certificate::read(bytes).ok());
                    Some(found.with_context(|| format!("The certificate {fingerprint} cannot be read"))?)
                }
                None => None,
            };
            Ok((registered, certificate, in_clear.is_ok()))
        };
        let (registered, certificate, may_leave_in_clear) = self.store.write(look).await?;
        let (cipher, certificate) = match certificate {
            Some(certificate) => judge(certificate, now).await?,
            None => (Cipher::None, None),
        };
        let sealed = async |form: Form| {
            let cell = cell(form);
            cell.get_or_try_init(|| self.sealer.sealed(&self.store, due.letter, form)).await.cloned()
        };
        let bytes = match certificate {
            Some(certificate) => Some(self.sealer.encrypted(sealed(Form::Inside).await?, certificate, now).await?),
            None if may_leave_in_clear => Some(sealed(Form::Clear).await?.bytes),
            None => None,
        };
        Ok(Prepared { registered, cipher, bytes })
    }
}

async fn judge(certificate: Certificate, now: Timestamp) -> Result<(Cipher, Option<Certificate>)> {
    let judged = tokio::task::spawn_blocking(move || {
        let Judgement { expires_at, usable } = certificate.judge(now);
        match usable {
            Ok(()) => (Cipher::To { fingerprint: certificate.fingerprint(), until: expires_at }, Some(certificate)),
            Err(why) => (Cipher::Not(why), None),
        }
    });
    judged.await.context("Judging a certificate")
}

/// The copies that are being prepared, in the order in which they leave.
pub struct Ahead {
    under_way: VecDeque<UnderWay>,
    cells: HashMap<(i64, Form), Weak<Cell>>,
    /// So many are prepared while one is handed over.
    cores: usize,
}

struct UnderWay {
    due: Due,
    enclosed_bytes: i64,
    task: JoinHandle<Result<Prepared>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ahead {
    /// Nothing is prepared yet.
    pub fn new(cores: usize) -> Self {
        Self { under_way: VecDeque::new(), cells: HashMap::new(), cores }
    }

    /// What must not be chosen once more.
    pub fn deliveries(&self) -> Vec<i64> {
        self.under_way.iter().map(|copy| copy.due.id).collect()
    }

    /// Whether one more may be begun, beside the one that leaves next.
    pub fn has_room(&self) -> bool {
        self.under_way.len() <= self.cores
    }

    /// Whether it may be begun beside the others, with so much riding along.
    pub fn has_room_for(&self, enclosed_bytes: i64) -> bool {
        let others: i64 = self.under_way.iter().map(|copy| copy.enclosed_bytes).sum();
        self.under_way.is_empty() || others.saturating_add(enclosed_bytes) <= AHEAD_BYTES_MAX
    }

    /// Begins to prepare a copy; it leaves after those begun before.
    pub fn begin(&mut self, preparer: &Preparer, due: Due, enclosed_bytes: i64, now: Timestamp) {
        self.cells.retain(|_, cell| cell.strong_count() > 0);
        let cells = [Form::Clear, Form::Inside].map(|form| self.cell(due.letter, form));
        let (preparer, preparing) = (preparer.clone(), due.clone());
        let task = tokio::spawn(async move {
            let [clear, inside] = cells;
            let of = |form: Form| if form == Form::Clear { clear } else { inside };
            preparer.prepare_in(&preparing, now, of).await
        });
        self.under_way.push_back(UnderWay { due, enclosed_bytes, task });
    }

    fn cell(&mut self, letter: i64, form: Form) -> Arc<Cell> {
        let known = self.cells.get(&(letter, form)).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let cell = Arc::default();
            self.cells.insert((letter, form), Arc::downgrade(&cell));
            cell
        })
    }

    /// The copy that leaves next, when it is ready.
    pub async fn next(&mut self) -> Option<(Due, Result<Prepared>)> {
        let mut first = self.under_way.pop_front()?;
        let prepared = (&mut first.task).await.context("Preparing a letter").and_then(|prepared| prepared);
        Some((first.due.clone(), prepared))
    }
}
