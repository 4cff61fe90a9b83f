//! Clock, median and the table's lines.

use std::time::{Duration, Instant};

/// The present; a benchmark is what a wall clock is for.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The middle of the samples: one slow run on a busy machine must not decide.
pub(crate) fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// Prints a time beside its baseline.
pub(crate) fn report_time(figure: &str, ours: Duration, baseline: Duration) {
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    let ratio = ours.as_secs_f64() / baseline.as_secs_f64().max(f64::EPSILON);
    println!("{figure:<42} {:>14} {:>14} {ratio:>7.2}x", milliseconds(ours), milliseconds(baseline));
}

/// Prints a figure with its unit beside its baseline.
pub(crate) fn report(figure: &str, unit: &str, ours: f64, baseline: f64) {
    let ratio = ours / baseline.max(f64::EPSILON);
    println!(
        "{figure:<42} {:>14} {:>14} {ratio:>7.2}x",
        format!("{ours:.1} {unit}"),
        format!("{baseline:.1} {unit}")
    );
}
