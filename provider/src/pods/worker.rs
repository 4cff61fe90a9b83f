//! One pod's worker: asks the plan, acts, waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aci_model::group::ContainerGroup;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use kube::Client;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::PodsConfig;
use super::budget::Budget;
use super::events::{self, Events, Telling};
use super::plan::{self, Action, Aim, Group, Known};
use super::report;
use crate::arm::SharedArm;
use crate::clock::{SharedClock, later, until};
use crate::images::SharedImages;
use crate::naming::group_name;
use crate::status::{self, View};

mod create;
mod remove;

/// The wait before another look after a first "not found", or while a deletion goes on.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The waits after failed looks, deletions and releases.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// The longest of them.
const LAST_RETRY: Duration = Duration::from_secs(60);

/// What all workers share.
pub(super) struct Context {
    pub(super) config: PodsConfig,
    pub(super) client: Client,
    pub(super) arm: SharedArm,
    pub(super) clock: SharedClock,
    pub(super) budget: Budget,
    pub(super) events: Events,
    pub(super) images: Option<SharedImages>,
}

/// The worker of one pod (by UID).
pub(super) struct Worker {
    context: Arc<Context>,
    desired: watch::Receiver<Option<Arc<Pod>>>,
    /// The version that the watch passed on last; what this worker has written since is newer.
    passed_on: Arc<Pod>,
    /// The newest version seen, which also stands in for a pod that is gone.
    pod: Arc<Pod>,
    group_name: String,
    known: Known,
    /// The group as last seen and since when it looks so.
    seen: Option<(ContainerGroup, Timestamp)>,
    /// Events already told, with their counts.
    told: HashMap<String, i32>,
    /// What the pod and its inputs were when they were refused.
    refused: Option<create::Refused>,
}

impl Worker {
    pub(super) fn new(
        context: Arc<Context>,
        pod: Arc<Pod>,
        desired: watch::Receiver<Option<Arc<Pod>>>,
    ) -> Self {
        let meta = &pod.metadata;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let group_name = group_name(&text(&meta.namespace), &text(&meta.name), &text(&meta.uid));
        let known = Known::nothing(context.clock.now());
        let passed_on = Arc::clone(&pod);
        Self {
            context,
            desired,
            passed_on,
            pod,
            group_name,
            known,
            seen: None,
            told: HashMap::new(),
            refused: None,
        }
    }

    /// Works until pod and group are gone, or until `shutdown`, which leaves the group as it is.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let present = self.take_desired();
            let now = self.context.clock.now();
            match plan::plan(present.then_some(&*self.pod), &self.known, now) {
                Action::Finish => return,
                Action::Act(aim) => self.act(aim).await,
                Action::Wait(deadline) => {
                    let clock = Arc::clone(&self.context.clock);
                    let timer = async {
                        match deadline {
                            Some(deadline) => clock.sleep(until(now, deadline)).await,
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        () = timer => {}
                        changed = self.desired.changed() => if changed.is_err() { return },
                    }
                }
            }
        }
    }

    /// Takes over the newest version of the pod; whether the API server still has it.
    fn take_desired(&mut self) -> bool {
        let desired = self.desired.borrow_and_update().clone();
        if let Some(pod) = &desired
            && !Arc::ptr_eq(pod, &self.passed_on)
        {
            self.passed_on = Arc::clone(pod);
            self.pod = Arc::clone(pod);
            self.reconsider();
        }
        desired.is_some()
    }

    async fn act(&mut self, aim: Aim) {
        match aim {
            Aim::Observe => self.observe().await,
            Aim::Create => self.create().await,
            Aim::Lose => self.lose().await,
            Aim::Delete => self.delete().await,
            Aim::Release => self.release().await,
        }
    }

    async fn observe(&mut self) {
        let Context { budget, arm, clock, .. } = &*self.context;
        let answer = budget.run(arm.get(&self.group_name)).await;
        let now = clock.now();
        match answer {
            Ok(Some(group)) => self.saw(group).await,
            Ok(None) => {
                self.known.group = match self.known.group {
                    Group::Deleting(_) | Group::Gone => Group::Gone,
                    Group::Missing(times) => Group::Missing(times.saturating_add(1)),
                    Group::Unasked | Group::There => Group::Missing(1),
                };
                self.known.due = later(now, LOOK_AGAIN);
                self.succeeded(Aim::Observe);
            }
            Err(error) => {
                tracing::warn!(group = self.group_name, %error, "a container group cannot be looked at");
                self.failed(Aim::Observe, FIRST_RETRY, LAST_RETRY, super::budget::retry_after(&error));
            }
        }
    }

    /// Takes note of the group and tells the cluster.
    async fn saw(&mut self, group: ContainerGroup) {
        let now = self.context.clock.now();
        self.succeeded(Aim::Observe);
        if matches!(self.known.group, Group::Deleting(_)) {
            self.known.due = later(now, LOOK_AGAIN);
            return;
        }
        let changed = match &self.seen {
            Some((before, since)) if *before == group => *since,
            _ => now,
        };
        self.known.group = Group::There;
        self.known.existed = true;
        self.known.due =
            later(now, plan::poll_after(&group, changed, now, self.context.config.poll_interval));
        for telling in events::of_group(&group, now) {
            self.tell(&telling).await;
        }
        self.report(|view| status::of_group(view, &group)).await;
        self.seen = Some((group, changed));
    }

    /// Fails the pod whose group somebody else deleted.
    async fn lose(&mut self) {
        let name = self.group_name.clone();
        self.report(|view| status::lost(view, &name)).await;
        // Until the watch brings the failed pod back, and again should the status not have been written.
        self.failed(Aim::Lose, FIRST_RETRY, LAST_RETRY, None);
    }

    /// Writes a status; a failure is logged and made good by the next observation.
    async fn report(&mut self, make: impl Fn(View<'_>) -> PodStatus) {
        let Context { client, config, clock, .. } = &*self.context;
        let (host_ip, now) = (config.host_ip, clock.now());
        match report::write(client, &self.pod, |pod| make(View { pod, host_ip, now })).await {
            Ok(Some(pod)) => self.pod = Arc::new(pod),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(group = self.group_name, %error, "a pod's status cannot be written");
                self.known.due = self.known.due.max(later(now, FIRST_RETRY));
            }
        }
    }

    /// Tells an event unless it was told already.
    async fn tell(&mut self, telling: &Telling) {
        let name = telling.event_name(&self.pod);
        if self.told.get(&name).is_some_and(|count| *count >= telling.count) {
            return;
        }
        match self.context.events.tell(&self.pod, telling).await {
            Ok(()) => {
                self.told.insert(name, telling.count);
            }
            Err(error) => tracing::debug!(group = self.group_name, %error, "an event cannot be told"),
        }
    }

    async fn tell_own(&mut self, reason: &str, message: impl Into<String>, warning: bool) {
        let telling = Telling::own(reason, message, warning, self.context.clock.now());
        self.tell(&telling).await;
    }

    fn succeeded(&mut self, aim: Aim) {
        self.known.backoff = self.known.backoff.filter(|backoff| backoff.aim != aim);
    }

    fn failed(&mut self, aim: Aim, first: Duration, most: Duration, asked: Option<Duration>) {
        let wait = |failures| plan::back_off(failures, first, most, asked);
        self.known.backoff = Some(plan::failed(&self.known, aim, wait, self.context.clock.now()));
    }
}
