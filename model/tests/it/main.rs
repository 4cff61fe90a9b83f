//! The wire types against what Azure really sent.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod recordings;
