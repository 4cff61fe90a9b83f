//! What the node's containers use, as far as anybody knows.
//!
//! Azure Monitor is asked for a pod when somebody asks us, at most once a minute, which is how often it has
//! something new; pods are asked about side by side, and what does not come in time or fails is left out without
//! harm to the others. It tells rates, Kubernetes wants totals: [`counter`] adds them up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use tokio::sync::Mutex;
use tracing::{debug, warn};

mod counter;

use super::KubeletState;
use crate::arm::SharedMetrics;
use crate::arm::metrics::Usage;
use crate::clock::SharedClock;
use crate::naming;
use counter::CpuCounter;

/// How often Azure Monitor has a new value.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// How long the last value stands for what is not known.
const STALE: SignedDuration = SignedDuration::from_mins(5);
/// Questions at the same time.
const SIDE_BY_SIDE: usize = 10;
/// How long one round of questions may take: metrics-server waits for ten seconds.
const PATIENCE: Duration = Duration::from_secs(7);

/// What one pod uses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PodUsage {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its running containers, of which something is known.
    pub containers: Vec<ContainerUsage>,
}

/// What one container uses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ContainerUsage {
    /// Its name.
    pub name: String,
    /// When it was last started.
    pub started: Timestamp,
    /// Its share of cores now, in billionths of one.
    pub nano_cores: u64,
    /// What it has used since it was first seen, in billionths of a core-second.
    pub core_nanos: u64,
    /// Its memory in bytes.
    pub memory: u64,
}

/// What the whole node uses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NodeUsage {
    /// The pods of which something is known.
    pub pods: Vec<PodUsage>,
    /// How many others run.
    pub unknown: usize,
}

/// What is remembered between questions.
pub struct UsageBook {
    metrics: SharedMetrics,
    clock: SharedClock,
    /// By the pods' UIDs. Held over a whole round, so that nobody asks what is being asked.
    pods: Mutex<HashMap<String, Remembered>>,
}

/// What is known of a pod.
#[derive(Clone, Debug, Default)]
struct Remembered {
    asked: Option<Timestamp>,
    known: Option<Timestamp>,
    containers: BTreeMap<String, (CpuCounter, u64)>,
}

impl UsageBook {
    /// A book with nothing in it.
    pub fn new(metrics: SharedMetrics, clock: SharedClock) -> Self {
        Self { metrics, clock, pods: Mutex::default() }
    }

    /// What the running pods use now.
    pub(super) async fn read(&self, state: &KubeletState) -> NodeUsage {
        let running: Vec<Arc<Pod>> = state.pods.state().into_iter().filter(|pod| is_running(pod)).collect();
        let mut book = self.pods.lock().await;
        book.retain(|uid, _| running.iter().any(|pod| pod.metadata.uid.as_ref() == Some(uid)));
        self.refresh(&mut book, &running).await;
        let now = self.clock.now();
        let usages = running.iter().map(|pod| usage_of(pod, book.get(uid(pod)), now));
        let (known, unknown): (Vec<_>, Vec<_>) = usages.partition(Option::is_some);
        NodeUsage { pods: known.into_iter().flatten().collect(), unknown: unknown.len() }
    }

    /// Asks about the pods that were not asked about for a while.
    async fn refresh(&self, book: &mut HashMap<String, Remembered>, running: &[Arc<Pod>]) {
        let now = self.clock.now();
        let is_due = |pod: &&Arc<Pod>| {
            let asked = book.get(uid(pod)).and_then(|remembered| remembered.asked);
            asked.is_none_or(|asked| now.duration_since(asked) >= FRESH)
        };
        let due: Vec<_> = running.iter().filter(is_due).cloned().collect();
        let questions = due.into_iter().map(|pod| {
            let metrics = Arc::clone(&self.metrics);
            async move { (metrics.usage(&group_of(&pod), now).await, pod) }
        });
        let mut answers = stream::iter(questions).buffer_unordered(SIDE_BY_SIDE);
        let collecting = async {
            while let Some((answer, pod)) = answers.next().await {
                let remembered = book.entry(uid(&pod).to_owned()).or_default();
                remembered.asked = Some(now);
                match answer {
                    Ok(usages) => remembered.learn(&pod, &usages, now),
                    Err(error) => debug!(pod = pod.metadata.name, %error, "a pod's metrics cannot be had"),
                }
            }
        };
        tokio::select! {
            () = collecting => {}
            () = self.clock.sleep(PATIENCE) => warn!("Azure Monitor is slow; some pods' metrics are missing"),
        }
    }
}

impl Remembered {
    /// Takes note of an answer; a container that it leaves out goes on as it was.
    fn learn(&mut self, pod: &Pod, usages: &BTreeMap<String, Usage>, now: Timestamp) {
        for (name, started) in started(pod) {
            let Some(Usage { millicores: Some(millicores), memory: Some(memory) }) = usages.get(name) else {
                continue;
            };
            let nano_cores = whole(millicores * 1e6);
            self.known = Some(now);
            self.containers
                .entry(name.to_owned())
                .and_modify(|(counter, bytes)| {
                    counter.set_rate(nano_cores, now);
                    *bytes = whole(*memory);
                })
                .or_insert_with(|| (CpuCounter::begin(nano_cores, started, now), whole(*memory)));
        }
    }
}

/// A measured value, which is never negative, without its fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and what is measured is positive"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

fn usage_of(pod: &Pod, remembered: Option<&Remembered>, now: Timestamp) -> Option<PodUsage> {
    let remembered = remembered?;
    if now.duration_since(remembered.known?) > STALE {
        return None;
    }
    let containers: Vec<_> = started(pod)
        .filter_map(|(name, started)| {
            let (counter, memory) = remembered.containers.get(name)?;
            Some(ContainerUsage {
                name: name.to_owned(),
                started,
                nano_cores: counter.rate(),
                core_nanos: counter.total(now),
                memory: *memory,
            })
        })
        .collect();
    let meta = &pod.metadata;
    (!containers.is_empty()).then(|| PodUsage {
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
        uid: uid(pod).to_owned(),
        created: meta.creation_timestamp.as_ref().map(|time| time.0),
        containers,
    })
}

fn is_running(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running")
}

fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

fn group_of(pod: &Pod) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    naming::group_name(&text(&pod.metadata.namespace), &text(&pod.metadata.name), uid(pod))
}

/// The containers that run, and since when.
fn started(pod: &Pod) -> impl Iterator<Item = (&str, Timestamp)> {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.filter_map(|status| {
        let running = status.state.as_ref()?.running.as_ref()?;
        Some((status.name.as_str(), running.started_at.as_ref()?.0))
    })
}
