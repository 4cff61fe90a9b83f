//! The minimum of ARM's own resources that clients ask for.

pub mod groups;
pub mod providers;
pub mod subscriptions;
