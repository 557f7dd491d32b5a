//! Mail out into nothing: every parcel is taken and noted, and none leaves. For `run --dry-run`.

use std::sync::{Arc, Mutex, PoisonError};

use super::{NotSent, Parcel};

/// What would have left. All clones note in the same place.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    deliveries: Arc<Mutex<Vec<i64>>>,
}

impl Rehearsal {
    /// Notes the parcel.
    pub fn send(&self, parcel: &Parcel) -> Result<(), NotSent> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).push(parcel.id);
        Ok(())
    }

    /// The rows of all parcels so far, in the order in which they would have left.
    pub fn deliveries(&self) -> Vec<i64> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
