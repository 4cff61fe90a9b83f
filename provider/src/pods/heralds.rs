//! Those who tell that a container has ended before anybody looks: the ends of the containers' log streams.
//!
//! ARM has no watch, and a look at every group every few seconds costs more calls than it grants. It does give out
//! websockets on which a container's log is followed (`attach`), and such a stream ends with its container. An end
//! is a hint to look at once and never a proof of anything; where streams do not tell, looks in turn remain.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use aci_model::group::ContainerGroup;
use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::AbortOnDropHandle;

use super::plan::back_off;
use super::worker::Context;
use crate::arm::SharedStreams;
use crate::clock::later;

/// Streams that are opened at the same time: ARM grants fewer writes than reads, and nothing waits for them.
const OPENING: usize = 2;
/// A container that says more than this is not listened to for a while: its log is not what we are after. Twice the
/// 4 MiB of a log that ACI keeps, all of which may come first.
const MOST_BYTES: usize = 8 << 20;
/// Containers that ended behind our back, in a row, until streams are not trusted any more.
const MOST_SILENT: u32 = 3;
/// The waits before a stream is opened again that ended although its container runs on.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// The longest of them.
const LAST_PAUSE: Duration = Duration::from_secs(32 * 60);

/// What all pods share.
pub(super) struct Heralds {
    streams: SharedStreams,
    opening: Semaphore,
    places: Arc<Semaphore>,
    /// Ends in a row that no stream told of.
    silent: AtomicU32,
}

impl Heralds {
    /// At most `places` streams at the same time.
    pub(super) fn new(streams: SharedStreams, places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self { streams, opening: Semaphore::new(OPENING), places, silent: AtomicU32::new(0) }
    }

    fn trusted(&self) -> bool {
        self.silent.load(Ordering::Relaxed) < MOST_SILENT
    }
}

/// The streams of one pod's containers.
#[derive(Default)]
pub(super) struct Heralding {
    containers: HashMap<String, Herald>,
    rung: Arc<Notify>,
}

/// The stream of one container.
struct Herald {
    /// When the container started: the next run needs another stream.
    run: String,
    opened: Timestamp,
    failures: u32,
    listening: Arc<AtomicBool>,
    task: AbortOnDropHandle<()>,
}

impl Heralding {
    /// Waits until a stream tells of something, or has begun to listen.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Sees to it that the end of every running container of `group` announces itself; whether all do by now.
    pub(super) fn attend(&mut self, context: &Arc<Context>, name: &str, group: &ContainerGroup) -> bool {
        let Some(heralds) = &context.heralds else { return false };
        let running = runs(group);
        self.judge(heralds, &running);
        self.containers.retain(|container, herald| running.get(container) == Some(&herald.run));
        if !heralds.trusted() {
            self.containers.clear();
            return false;
        }
        let now = context.clock.now();
        for (container, run) in &running {
            let failures = match self.containers.get(container) {
                None => 0,
                Some(herald) if !herald.task.is_finished() => continue,
                Some(herald) => {
                    let pause = back_off(herald.failures + 1, FIRST_PAUSE, LAST_PAUSE, None);
                    if now < later(herald.opened, pause) {
                        continue;
                    }
                    // One that served for long was cut off by a time limit on the way, not by its own doing.
                    if now < later(herald.opened, LAST_PAUSE) { herald.failures + 1 } else { 0 }
                }
            };
            let herald = self.open(context, name, container, run, failures);
            self.containers.insert(container.clone(), herald);
        }
        let all = group.properties.iter().flat_map(|it| it.containers.iter().flatten()).count();
        all == running.len() && self.containers.values().all(|it| it.listening.load(Ordering::Relaxed))
    }

    /// Learns whether streams tell: one that still listens to a run that is over does not.
    fn judge(&self, heralds: &Heralds, running: &HashMap<String, String>) {
        for (container, herald) in &self.containers {
            if running.get(container) == Some(&herald.run) {
                continue;
            }
            if herald.listening.load(Ordering::Relaxed) {
                heralds.silent.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(container, "a container ended, and its log stream did not");
            } else {
                heralds.silent.store(0, Ordering::Relaxed);
            }
        }
    }

    fn open(&self, context: &Arc<Context>, group: &str, container: &str, run: &str, failures: u32) -> Herald {
        let listening = Arc::new(AtomicBool::new(false));
        let task = listen(
            Arc::clone(context),
            (group.to_owned(), container.to_owned()),
            Arc::clone(&listening),
            Arc::clone(&self.rung),
        );
        Herald {
            run: run.to_owned(),
            opened: context.clock.now(),
            failures,
            listening,
            task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }
}

/// Follows one stream to its end.
async fn listen(
    context: Arc<Context>,
    (group, container): (String, String),
    listening: Arc<AtomicBool>,
    rung: Arc<Notify>,
) {
    let Some(heralds) = &context.heralds else { return };
    // The semaphores are never closed.
    let Ok(_place) = heralds.places.try_acquire() else { return };
    let opened = {
        let _turn = heralds.opening.acquire().await.ok();
        context.budget.run(heralds.streams.attach(&group, &container)).await
    };
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(group, container, %error, "a log stream cannot be opened"),
    };
    listening.store(true, Ordering::Relaxed);
    // What happened before the stream was open is not told by it.
    rung.notify_one();
    let mut heard = 0;
    while let Some(Ok(piece)) = stream.next().await {
        heard += piece.len();
        if heard > MOST_BYTES {
            break;
        }
    }
    listening.store(false, Ordering::Relaxed);
    rung.notify_one();
}

/// The running containers, and since when each runs.
fn runs(group: &ContainerGroup) -> HashMap<String, String> {
    let containers = group.properties.iter().flat_map(|properties| properties.containers.iter().flatten());
    let run = containers.filter_map(|container| {
        let state = container.properties.as_ref()?.instance_view.as_ref()?.current_state.as_ref()?;
        let runs = state.state.as_deref() == Some("Running");
        runs.then(|| Some((container.name.clone()?, state.start_time.clone().unwrap_or_default())))?
    });
    run.collect()
}
