//! Ids as a parameter: random ones, or a sequence that a test can predict.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Where every id in the emulator comes from.
pub trait IdSource: Send + Sync + 'static {
    /// An id that was not given before.
    fn next(&self) -> Uuid;
}

/// An id source that is handed around.
pub type SharedIds = Arc<dyn IdSource>;

/// Ids that nobody can guess.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is the IdSource")]
    fn next(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// `00000000-0000-0000-0000-000000000001` and upwards; for tests.
#[derive(Debug, Default)]
pub struct SequentialIds {
    last: AtomicU64,
}

impl IdSource for SequentialIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.last.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_ids_count_from_one() {
        let ids = SequentialIds::default();
        assert_eq!(ids.next(), Uuid::from_u128(1));
        assert_eq!(ids.next(), Uuid::from_u128(2));
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(RandomIds.next(), RandomIds.next());
    }
}
