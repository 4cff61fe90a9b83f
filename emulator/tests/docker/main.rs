//! The Docker runtime on a real engine. Needs a daemon and a Rust compiler, no image registry.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

mod adoption;
mod containers;
mod images;
mod metadata;
mod networks;
mod observations;
mod probes;
mod security;
mod shares;
mod terminals;
mod usage;
mod volumes;
