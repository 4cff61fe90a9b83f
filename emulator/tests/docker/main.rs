//! The Docker runtime on a real engine. Needs a daemon and a Rust compiler, no image registry.

mod support;

mod adoption;
mod containers;
mod images;
mod networks;
mod observations;
mod volumes;
