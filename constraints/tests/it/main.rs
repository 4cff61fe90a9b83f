//! Every recipe against an emulator in this process: simulated runtime, hand-moved clock.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod completeness;
mod document;
mod emulator;
mod pods;
mod recipes;
