//! Time as a parameter: the system's, or one that a test moves by hand.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;

/// Where every time in the emulator comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Ends when `now` has reached `deadline`; at once when it already has.
    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()>;
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;
