//! The kind class: what a user sees through `kubectl`, on a real cluster with both programs.
//!
//! Needs `make up`. The tests of `recovery` interrupt the programs that all others use, so they run alone
//! (see the overrides in .config/nextest.toml).

mod claims;
mod constraints;
mod containers;
mod deletion;
mod exec;
mod fleet;
mod forwarding;
mod images;
mod init;
mod logs;
mod metrics;
mod probes;
mod rbac;
mod recovery;
mod refusal;
mod restart;
mod sample;
mod scheduling;
mod services;
mod stateful;
mod tokens;
mod workloads;
