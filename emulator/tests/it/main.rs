//! The emulator in one process: simulated runtime, hand-moved clock, predictable ids.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod domain;
mod support;
