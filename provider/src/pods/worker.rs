//! One pod's worker: asks the plan, acts, waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aci_model::group::ContainerGroup;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use kube::Client;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::PodsConfig;
use super::budget::Budget;
use super::census::{Census, Need};
use super::events::{self, Events, Telling};
use super::heralds::{Heralding, Heralds};
use super::plan::{self, Action, Aim, Group, Known};
use super::report;
use super::roll::{Entry, Newest, Page, Roll};
use crate::arm::SharedArm;
use crate::clock::{SharedClock, later, until};
use crate::images::SharedImages;
use crate::naming::group_name;
use crate::status::{self, View};

mod create;
mod remove;
mod update;

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
    pub(super) census: Census,
    pub(super) roll: Roll,
    /// Rung when a group without a pod is in somebody's way.
    pub(super) orphans: Notify,
    pub(super) events: Events,
    pub(super) images: Option<SharedImages>,
    pub(super) heralds: Option<Heralds>,
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
    /// Those who tell that a container has ended.
    heralding: Heralding,
    /// The lists of all groups.
    lists: Newest,
    /// The group as last listed.
    listed: Option<Entry>,
    /// When the last look began.
    looked: Timestamp,
    /// Since when the group has not been found.
    missing_since: Timestamp,
    /// Events already told, with their counts.
    told: HashMap<String, i32>,
    /// What the pod was when its group was last brought up to date, or could not be.
    updated_for: Option<u64>,
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
        let now = context.clock.now();
        let known = Known::nothing(now);
        let lists = context.roll.subscribe();
        let passed_on = Arc::clone(&pod);
        Self {
            context,
            desired,
            passed_on,
            pod,
            group_name,
            known,
            seen: None,
            heralding: Heralding::default(),
            lists,
            listed: None,
            looked: now,
            missing_since: now,
            told: HashMap::new(),
            updated_for: None,
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
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        open = self.wait(deadline) => if !open { return },
                    }
                }
            }
        }
    }

    /// Waits for the deadline, another version of the pod or another list; `false` when nobody has a use for it
    /// any more.
    async fn wait(&mut self, deadline: Option<Timestamp>) -> bool {
        let clock = Arc::clone(&self.context.clock);
        if deadline.is_none() {
            self.context.census.note(self.uid(), None);
        }
        let timer = async {
            match deadline {
                Some(deadline) => clock.sleep(until(clock.now(), deadline)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = timer => true,
            () = self.heralding.rung() => {
                if self.known.group == Group::There {
                    self.known.due = clock.now();
                }
                true
            }
            changed = self.desired.changed() => changed.is_ok(),
            changed = self.lists.changed() => {
                let page = self.lists.borrow_and_update().clone();
                if let Some(page) = page {
                    self.compare(&page);
                }
                changed.is_ok()
            }
        }
    }

    /// Looks sooner where a list tells of something that the last look did not see.
    fn compare(&mut self, page: &Page) {
        let Some(entry) = page.entry(&self.group_name) else { return };
        let now = self.context.clock.now();
        match self.known.group {
            Group::Missing(_) if page.began >= self.missing_since => self.known.unlisted = entry.is_none(),
            Group::Deleting(_) if entry.is_none() => self.known.due = now,
            Group::There if page.began >= self.looked => {
                let before =
                    self.listed.take().or_else(|| self.seen.as_ref().map(|(group, _)| Entry::of(group)));
                if before.as_ref() != entry {
                    self.known.due = now;
                }
                self.listed = entry.cloned();
            }
            _ => {}
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
            self.compare_with_pod();
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
            Aim::Expire => self.expire().await,
            Aim::Update => self.update().await,
        }
    }

    async fn observe(&mut self) {
        let Context { budget, arm, clock, .. } = &*self.context;
        let began = clock.now();
        let answer = budget.run(arm.get(&self.group_name)).await;
        let now = clock.now();
        self.looked = began;
        match answer {
            Ok(Some(group)) => self.saw(group).await,
            Ok(None) => {
                self.known.group = match self.known.group {
                    Group::Deleting(_) | Group::Gone => Group::Gone,
                    Group::Missing(times) => Group::Missing(times.saturating_add(1)),
                    Group::Unasked | Group::There => {
                        self.missing_since = now;
                        self.known.unlisted = false;
                        Group::Missing(1)
                    }
                };
                if matches!(self.known.group, Group::Missing(_)) && self.known.existed {
                    self.context.roll.want();
                }
                self.known.due = self.next_look(Need::Moving(LOOK_AGAIN));
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
            self.known.due = self.next_look(Need::Moving(LOOK_AGAIN));
            return;
        }
        let changed = match &self.seen {
            Some((before, since)) if *before == group => *since,
            _ => now,
        };
        self.known.group = Group::There;
        self.known.existed = true;
        let need = self.need(&group, changed, now);
        self.known.due = self.next_look(need);
        for telling in events::of_group(&group, now) {
            self.tell(&telling).await;
        }
        self.report(|view| status::of_group(view, &group)).await;
        self.seen = Some((group, changed));
        self.compare_with_pod();
    }

    fn need(&mut self, group: &ContainerGroup, changed: Timestamp, now: Timestamp) -> Need {
        match plan::need(group, changed, now, self.context.config.poll_interval) {
            // Readiness comes and goes while containers run, and only looks tell of it.
            Need::Resting
                if self.heralding.attend(&self.context, &self.group_name, group)
                    && !has_readiness(&self.pod) =>
            {
                Need::Announced
            }
            need => need,
        }
    }

    fn next_look(&self, need: Need) -> Timestamp {
        let Context { census, budget, clock, config, .. } = &*self.context;
        let counts = census.note(self.uid(), Some(need));
        later(clock.now(), counts.wait(need, config.poll_interval) * budget.strain())
    }

    fn uid(&self) -> &str {
        self.pod.metadata.uid.as_deref().unwrap_or_default()
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

fn has_readiness(pod: &Pod) -> bool {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers.into_iter().any(|container| container.readiness_probe.is_some())
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.context.census.note(self.uid(), None);
    }
}
