//! Waiting for conditions: checked often, with a limit so long that reaching it means a defect.

use std::time::Duration;

use anyhow::{Result, bail};

/// What a check found.
pub enum Check<T> {
    /// The condition holds.
    Done(T),
    /// Not yet, and this is how things stand.
    NotYet(String),
}

/// How long anything may take that involves the cluster.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Between two checks: shorter than any delay that a test could want to see.
const INTERVAL: Duration = Duration::from_millis(200);

/// Checks until the condition holds.
///
/// # Errors
/// When a check fails, or when `limit` is over: then the error tells what was not yet true.
pub async fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut check: impl AsyncFnMut() -> Result<Check<T>>,
) -> Result<T> {
    let mut last = "never checked".to_owned();
    let checking = async {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            match check().await? {
                Check::Done(value) => return Ok(value),
                Check::NotYet(state) => last = state,
            }
        }
    };
    match tokio::time::timeout(limit, checking).await {
        Ok(result) => result,
        Err(_) => bail!("after {limit:?} not yet true: {what}; last seen: {last}"),
    }
}
