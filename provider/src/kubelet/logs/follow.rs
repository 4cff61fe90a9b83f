//! A log that is shown as it grows, through restarts, until the container has ended for good.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures::{StreamExt, stream};
use tracing::{debug, warn};

use super::super::KubeletState;
use super::cursor::{Cursor, News};
use super::filter::LogFilter;
use super::phase::{self, Phase};
use crate::arm::{ArmError, SharedArm};

/// How many lines a follower asks for each time: enough for a chatty second, little enough to ask often.
/// When more came in between, it asks for all.
pub(super) const FOLLOW_LINES: u32 = 1000;

/// Follows one container's log.
pub(super) struct Follower {
    state: KubeletState,
    group: String,
    container: String,
    cursor: Cursor,
    filter: LogFilter,
    /// Whether the last question failed, so that a series of failures is logged once.
    troubled: bool,
    ended: bool,
}

impl Follower {
    pub(super) fn new(
        state: KubeletState,
        group: String,
        container: String,
        cursor: Cursor,
        filter: LogFilter,
    ) -> Self {
        Self { state, group, container, cursor, filter, troubled: false, ended: false }
    }

    /// What there is already, and then what comes. The body ends itself when the client leaves: whoever
    /// reads it drops it.
    pub(super) fn into_body(self, start: Vec<u8>) -> Body {
        let rest = stream::unfold(self, async |mut follower| {
            let bytes = follower.next().await?;
            Some((bytes, follower))
        });
        let start = stream::iter((!start.is_empty()).then(|| Bytes::from(start)));
        Body::from_stream(start.chain(rest).map(Ok::<_, Infallible>))
    }

    async fn next(&mut self) -> Option<Bytes> {
        let mut wait = self.state.poll_interval;
        while !self.ended && !self.filter.is_full() {
            tokio::select! {
                () = self.state.shutdown.cancelled() => return None,
                () = self.state.clock.sleep(wait) => {}
            }
            let polled = self.poll().await;
            wait = self.state.poll_interval;
            match polled {
                Ok(bytes) => {
                    self.troubled = false;
                    if !bytes.is_empty() {
                        return Some(bytes.into());
                    }
                }
                Err(error) => {
                    if let ArmError::Refused { retry_after: Some(after), .. } = &error {
                        wait = wait.max(*after);
                    }
                    if !std::mem::replace(&mut self.troubled, true) {
                        warn!(group = self.group, container = self.container, %error, "following a log falters");
                    }
                }
            }
        }
        debug!(group = self.group, container = self.container, "the followed log ended");
        None
    }

    /// Asks for the container's state and then for its log: a container that had ended by then has written
    /// all that it will.
    async fn poll(&mut self) -> Result<Vec<u8>, ArmError> {
        let arm = self.state.arm.clone();
        let group = arm.get(&self.group).await?;
        if group.is_none() {
            self.ended = true;
            return Ok(Vec::new());
        }
        let ended = phase::of(group.as_ref(), &self.container) == Phase::Ended;
        let mut window = read(&arm, &self.group, &self.container, Some(FOLLOW_LINES)).await?;
        let mut news = self.cursor.news(&window);
        if news == News::Apart {
            window = read(&arm, &self.group, &self.container, None).await?;
            news = self.cursor.news(&window);
        }
        let shown = match news {
            News::Text(text) => self.filter.pass(text),
            News::Apart => self.filter.pass(&window),
        };
        if !window.is_empty() {
            self.cursor.advance(window);
        }
        self.ended = ended;
        Ok(shown)
    }
}

/// A container's log with times; one that ARM does not have yet is empty.
pub(super) async fn read(
    arm: &SharedArm,
    group: &str,
    container: &str,
    lines: Option<u32>,
) -> Result<String, ArmError> {
    match arm.logs(group, container, lines, true).await {
        Err(ArmError::Refused { status: 404, .. }) => Ok(String::new()),
        outcome => outcome,
    }
}
