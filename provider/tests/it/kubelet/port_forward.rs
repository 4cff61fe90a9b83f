//! Port forwards.
