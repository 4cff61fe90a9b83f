//! The emulator in one process: simulated runtime, hand-moved clock, predictable ids.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod deployments;
mod dns;
mod domain;
mod fidelity;
mod http_arbitrary;
mod http_envelope;
mod http_faults;
mod http_groups;
mod http_identity;
mod http_levers;
mod http_limits;
mod http_location;
mod http_metrics;
mod http_mutated;
mod http_ngroups;
mod http_profiles;
mod http_resources;
mod http_standby_pools;
mod http_streams;
mod http_surroundings;
mod http_tokens;
mod neighbours;
mod replay;
mod repositories;
mod server;
mod spec_examples;
mod spec_requests;
mod spec_versions;
mod support;
mod template;
