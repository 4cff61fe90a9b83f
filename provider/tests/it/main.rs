//! In-process tests: no cluster, no Azure, no Docker.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod arm;
mod arm_streams;
mod credentials;
mod defects;
mod images;
mod kubelet;
mod pods;
mod profile;
mod program;
mod sidecars;
mod status;
mod support;
mod translate;
mod upstream;
