//! In-process tests: no cluster, no Azure, no Docker.

mod arm;
mod pods;
mod status;
mod support;
mod translate;
