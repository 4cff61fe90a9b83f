//! What the tests share.

pub(crate) mod api_server;
pub(crate) mod azure;
pub(crate) mod builders;
pub(crate) mod claims;
