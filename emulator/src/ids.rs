//! Ids as a parameter: random ones, or a sequence that a test can predict.

use std::sync::Arc;

use uuid::Uuid;

/// Where every id in the emulator comes from.
pub trait IdSource: Send + Sync + 'static {
    /// An id that was not given before.
    fn next(&self) -> Uuid;
}

/// An id source that is handed around.
pub type SharedIds = Arc<dyn IdSource>;
