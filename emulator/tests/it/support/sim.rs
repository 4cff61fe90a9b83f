//! Container groups on the simulated runtime.

use std::sync::Arc;
use std::time::Duration;

use aci_emulator::clock::ManualClock;
use aci_emulator::data::Folder;
use aci_emulator::group::{ContainerPhase, ContainerStatus, Group, GroupState};
use aci_emulator::groups::{Groups, PutOutcome};
use aci_emulator::ids::{SequentialIds, SharedIds};
use aci_emulator::platform::Platform;
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::store::Store;
use aci_model::group::{ContainerGroup, ProvisioningState};
use aci_model::{ApiVersion, ResourceId};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::clock;

/// Longer than any condition may take; its end is a failure that names the condition.
const PATIENCE: Duration = Duration::from_secs(20);

/// An emulator's domain whose engine, store, clock and ids outlive it.
pub(crate) struct Domain {
    pub(crate) clock: ManualClock,
    pub(crate) sim: SimRuntime,
    pub(crate) store: Store,
    pub(crate) ids: SharedIds,
    pub(crate) platform: Platform,
    pub(crate) groups: Groups,
}

impl Domain {
    pub(crate) async fn new() -> Self {
        Self::over(Store::in_memory()).await
    }

    pub(crate) async fn over(store: Store) -> Self {
        let clock = clock::manual();
        let sim = SimRuntime::new(Arc::new(clock.clone()));
        let ids: SharedIds = Arc::new(SequentialIds::default());
        let platform = Platform::bare(&Folder::fleeting());
        let groups = open(&sim, &store, &clock, &ids, &platform).await;
        Self { clock, sim, store, ids, platform, groups }
    }

    /// A domain on another platform.
    pub(crate) async fn on(platform: Platform) -> Self {
        let mut domain = Self::new().await;
        domain.platform = platform;
        domain.restart().await;
        domain
    }

    /// Ends the emulator's tasks where they stand, as a kill would, and starts another on what is left.
    pub(crate) async fn restart(&mut self) {
        self.groups.shutdown().await;
        self.groups = open(&self.sim, &self.store, &self.clock, &self.ids, &self.platform).await;
    }

    pub(crate) async fn put(&self, name: &str, properties: Value) -> PutOutcome {
        self.groups.put(id(name), spec(properties), ApiVersion::V2023_05_01, None).await.unwrap()
    }

    /// Creates a group and waits until it runs.
    pub(crate) async fn running(&self, name: &str, properties: Value) -> Arc<Group> {
        self.put(name, properties).await;
        self.until(name, "it runs", |group| group.status.state == GroupState::Running).await
    }

    /// Waits until a group is as described.
    pub(crate) async fn until(&self, name: &str, what: &str, is_so: impl Fn(&Group) -> bool) -> Arc<Group> {
        let mut view = self.groups.watch(&id(name)).unwrap_or_else(|| panic!("there is no group {name}"));
        let last = view.clone();
        match tokio::time::timeout(PATIENCE, view.wait_for(|group| is_so(group))).await {
            Ok(group) => group.unwrap_or_else(|_| panic!("{name} was deleted before {what}")).clone(),
            Err(_) => panic!("not yet true that {what}: {:#?}", last.borrow().status),
        }
    }

    pub(crate) async fn until_settled(&self, name: &str) -> Arc<Group> {
        let is_settled = |group: &Group| {
            use ProvisioningState::{Failed, Succeeded};
            matches!(group.status.provisioning_state, Succeeded | Failed)
        };
        self.until(name, "provisioning has ended", is_settled).await
    }

    /// Waits until the engine holds as many sandboxes.
    pub(crate) async fn until_sandboxes(&self, count: usize) {
        let waited = tokio::time::timeout(PATIENCE, self.sim.until_sandboxes(count));
        waited.await.unwrap_or_else(|_| panic!("not yet {count} sandboxes: {:?}", self.sim.sandboxes()));
    }

    /// Moves the clock once somebody waits for just that long.
    pub(crate) async fn after(&self, duration: SignedDuration) {
        use aci_emulator::clock::Clock;
        let deadline = self.clock.now() + duration;
        let waited = tokio::time::timeout(PATIENCE, self.clock.until_awaited(deadline)).await;
        waited.unwrap_or_else(|_| {
            panic!("nobody waits for {duration:?} but for {:?}", self.clock.next_deadline())
        });
        self.clock.advance(duration);
    }
}

async fn open(
    sim: &SimRuntime,
    store: &Store,
    clock: &ManualClock,
    ids: &SharedIds,
    platform: &Platform,
) -> Groups {
    let (runtime, clock) = (Arc::new(sim.clone()), Arc::new(clock.clone()));
    Groups::open(runtime, store.clone(), clock, ids.clone(), platform.clone()).await.unwrap()
}

pub(crate) fn id(name: &str) -> ResourceId {
    ResourceId::container_group("sub", "rg", name)
}

pub(crate) fn spec(properties: Value) -> ContainerGroup {
    serde_json::from_value(json!({ "location": "westeurope", "properties": properties })).unwrap()
}

/// One container `web` on a subnet, with a restart policy.
pub(crate) fn one(policy: &str) -> Value {
    json!({
        "osType": "Linux",
        "restartPolicy": policy,
        "containers": [container("web", "nginx")],
        "subnetIds": [{ "id": ResourceId::subnet("sub", "rg", "vnet", "aci").to_string() }],
    })
}

pub(crate) fn container(name: &str, image: &str) -> Value {
    json!({
        "name": name,
        "properties": {
            "image": image,
            "resources": { "requests": { "cpu": 1.0, "memoryInGB": 1.5 } },
        },
    })
}

pub(crate) fn web(group: &Group) -> &ContainerStatus {
    &group.status.containers[0]
}

pub(crate) fn is_running(status: &ContainerStatus) -> bool {
    matches!(status.current, ContainerPhase::Running { .. })
}

/// Name, message and count of each event.
pub(crate) fn events(status: &ContainerStatus) -> Vec<(&str, &str, u32)> {
    status.events.iter().map(|event| (event.name.as_str(), event.message.as_str(), event.count)).collect()
}
