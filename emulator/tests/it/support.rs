//! What the tests of one process share.

pub(crate) mod clock;
pub(crate) mod sim;
