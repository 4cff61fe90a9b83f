//! The emulator over HTTP, in one process: simulated runtime, manual clock, predictable ids.

mod http_arbitrary;
mod http_envelope;
mod http_groups;
mod http_resources;
mod http_tokens;
mod server;
mod spec_examples;
mod support;
