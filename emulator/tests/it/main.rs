//! The emulator in one process: simulated runtime, hand-moved clock, predictable ids.

mod domain;
mod support;
