//! What the tests of one process share.

pub(crate) mod app;
pub(crate) mod clock;
pub(crate) mod git;
pub(crate) mod schema;
pub(crate) mod sim;
