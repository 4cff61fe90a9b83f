//! A hand-moved clock at a time that is easy to read in a failure.

use aci_emulator::clock::ManualClock;
use jiff::{SignedDuration, Timestamp};

/// 2026-01-01T00:00:00Z.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

pub(crate) fn manual() -> ManualClock {
    ManualClock::new(start())
}

pub(crate) fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}
