//! The minimum of ARM's own resources that clients ask for.

pub mod catalogue;
pub mod filter;
pub mod generic;
pub mod groups;
pub mod locations;
pub mod providers;
pub mod subscriptions;
