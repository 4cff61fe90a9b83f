//! The container group as the emulator holds it: what was asked for, and what became of it.
//!
//! A group changes in two functions, both pure and both called by the group's own task (`group/driver.rs`) alone:
//! [`request::request`] for what clients ask, [`transition::step`] for what happened. Both return effects,
//! and an effect's result comes back as an input.
//!
//! ```text
//!            PUT (new)                                  deadline or policy Never
//!                │                                   ┌──────────────────────────────► Failed
//!                ▼       work begins                 │      every container has        │
//!             Pending ───────────────► Creating ─────┴─────────────────────► Succeeded │
//!                ▲                        ▲   started                            │  │  │
//!                │ start; PUT on a        │            restart; PUT that changes │  │  │
//!                │ group at its end       │           ┌──────── Updating ◄───────┘  │  │
//!                └────────────────────────┼───────────┼─────────────────────────────┼──┘
//!                                         │           ▼ all have started again      │
//!                          Repairing ◄────┴──── sandbox lost, from any state that has one
//! ```
//!
//! A file share that cannot be mounted fails a group at once, wherever it stands on the way.
//!
//! Only a client leaves `Failed`, and only an input of the runtime or the deadline leaves the four states in
//! between (`Pending`, `Creating`, `Updating`, `Repairing`); stop and delete are accepted in all of them.
//!
//! The state of the instance view is added up from the containers: `Pending` until all have started, then
//! `Running`, at the end `Succeeded` or `Failed` where the restart policy lets all of them end; `Stopped`
//! after a stop, `Unknown` while `Repairing`, and unchanged while `Updating`.
//!
//! ```text
//! container: Waiting ──start──► Running ──exit──► Terminated ──policy──► Waiting (CrashLoopBackOff) ─┐
//!               ▲ pull failed: ImagePullBackOff                 └─ at once, the first time ─┐        │
//!               └─ the image comes by another pull                    Running ◄─────────────┴────────┘
//! ```

use std::net::IpAddr;
use std::sync::Arc;

use aci_model::group::ContainerGroup;
use aci_model::group::ProvisioningState;
use aci_model::{ApiVersion, PROVIDER_NAMESPACE, ResourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::runtime::SandboxId;

mod adoption;
mod advance;
mod backoff;
mod delivery;
pub(crate) mod driver;
pub(crate) mod effects;
pub mod machine;
mod metadata;
pub mod plan;
pub mod probe;
mod probing;
pub mod request;
pub mod transition;
mod words;

/// A container group: its accepted request and its status. Secrets are inside; only views leave the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The resource id, in the casing of the first PUT.
    pub id: ResourceId,
    /// The accepted request: location, tags, identity, zones and properties as they were given, with Azure's
    /// defaults filled in. Shared, for the task, its readers and what an operation left behind all hold the group,
    /// and only a PUT or PATCH changes this part.
    pub spec: Arc<ContainerGroup>,
    /// The version of the request that wrote `spec`.
    pub written_with: ApiVersion,
    /// Told apart from an earlier group of the same name by this.
    pub incarnation: Uuid,
    /// What became of it.
    pub status: GroupStatus,
}

/// What became of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupStatus {
    /// Where it stands.
    pub provisioning_state: ProvisioningState,
    /// What its containers add up to.
    pub state: GroupState,
    /// The deployment that runs, unless stopped or failed before there was one.
    pub sandbox: Option<SandboxId>,
    /// The address, while there is one.
    pub ip: Option<IpAddr>,
    /// Events of the group itself.
    pub events: Vec<EventRecord>,
    /// The init containers, in order.
    pub init_containers: Vec<ContainerStatus>,
    /// The containers, in order.
    pub containers: Vec<ContainerStatus>,
    /// The operation that is under way or ended last.
    pub operation: Option<Uuid>,
    /// The operation by which it was taken from a standby pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_by: Option<Uuid>,
}

impl Group {
    /// Whether it waits in a standby pool: there it has an id of the pool's, which no path of the API leads to.
    pub fn is_on_standby(&self) -> bool {
        !self.id.namespace.eq_ignore_ascii_case(PROVIDER_NAMESPACE)
    }

    /// Whether it waits in a standby pool or once did.
    pub fn is_of_pool(&self) -> bool {
        self.is_on_standby() || self.status.drawn_by.is_some()
    }
}

impl GroupStatus {
    /// What a failed operation says: the messages of all events in their order, joined as Azure joins them
    /// (seen in users' reports of failed deployments).
    pub fn event_messages(&self) -> String {
        let containers = self.init_containers.iter().chain(&self.containers);
        let mut events: Vec<_> = containers.flat_map(|one| &one.events).chain(&self.events).collect();
        events.sort_by_key(|event| event.first);
        events.iter().map(|event| event.message.as_str()).collect::<Vec<_>>().join(";")
    }
}

/// What a group's containers add up to; `instanceView.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupState {
    /// Not all have started.
    Pending,
    /// At least one runs, or will again.
    Running,
    /// All ended with 0, and none will run again.
    Succeeded,
    /// Some ended with another code, and none will run again.
    Failed,
    /// Stopped on request.
    Stopped,
    /// The platform lost sight of it.
    Unknown,
}

/// One container's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerStatus {
    /// Its name in the group.
    pub name: String,
    /// Restarts by policy or probe.
    pub restart_count: u32,
    /// The attempt that `current` is about; counts every start in this deployment.
    pub attempt: u32,
    /// Now.
    pub current: ContainerPhase,
    /// Before the last restart.
    pub previous: Option<ContainerPhase>,
    /// What happened to it.
    pub events: Vec<EventRecord>,
}

/// Where a container stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContainerPhase {
    /// Not running yet, or not yet again.
    Waiting {
        /// Why, in Azure's words.
        detail: String,
    },
    /// Running.
    Running {
        /// Since when.
        started_at: Timestamp,
    },
    /// Ended.
    Terminated {
        /// When it had started; absent when stopped on request.
        started_at: Option<Timestamp>,
        /// The exit code; absent when stopped on request.
        exit_code: Option<i32>,
        /// When it ended.
        finished_at: Timestamp,
        /// Why, in Azure's words.
        detail: String,
    },
}

/// Something that happened, perhaps several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// `Pulling`, `Pulled`, `Started`, …
    pub name: String,
    /// Warning rather than Normal.
    pub warning: bool,
    /// Prose.
    pub message: String,
    /// The prose as it reads since more is known; the other stays what an event is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_since: Option<String>,
    /// How often.
    pub count: u32,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
}
