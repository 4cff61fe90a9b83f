//! A group with what its task must remember beyond what users see.
//!
//! A slot stands for one container: where its image is and whether it runs. Slots are numbered init
//! containers first, then containers, each in the order of the request.

use std::sync::Arc;

use aci_model::group::{ContainerGroup, ContainerGroupProperties, ProvisioningState, RestartPolicy};
use aci_model::{ApiVersion, ResourceId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::backoff::BackOff;
use super::probing::Probes;
use super::words::{self, Happening};
use super::{ContainerPhase, ContainerStatus, Group, GroupState, GroupStatus};
use crate::runtime::{Exit, SandboxId};

/// Azure's time for provisioning where the request sets none (recorded:
/// `provisioningTimeoutInSeconds: 1800` in every response that has the property).
const PROVISIONING_TIMEOUT_SECONDS: u32 = 1800;

/// A group and the bookkeeping of its state machine; what the store keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What users see.
    pub group: Group,
    pub(super) deployments: u32,
    pub(super) stage: Stage,
    /// Until when provisioning must have succeeded, while it is under way.
    pub(super) provision_by: Option<Timestamp>,
    pub(super) sandbox_back_off: BackOff,
    pub(super) tickets: u64,
    pub(super) slots: Vec<Slot>,
    #[serde(skip)]
    pub(super) probes: Probes,
}

/// Where the deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Asked for; nothing done yet.
    Accepted,
    /// The sandbox is being made.
    Sandbox,
    /// The sandbox could not be made and will be tried again.
    SandboxBackOff { until: Timestamp },
    /// The containers are stopped so that all of them can start again in the same sandbox.
    Draining,
    /// The sandbox is there; containers come and go.
    Active,
    /// There is no sandbox and none is wanted: it was lost after all containers had ended, or never came.
    Idle,
    /// As `Idle`, because a client stopped the group.
    Stopped,
    /// The group is gone; nothing leaves this stage.
    Deleted,
}

/// One container's bookkeeping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) image: Image,
    pub(super) run: Run,
    /// Starts in this deployment; the latest attempt is one less.
    pub(super) starts: u32,
    /// Whether it has run since provisioning last began.
    pub(super) has_started: bool,
    pub(super) image_back_off: BackOff,
    pub(super) exit_back_off: BackOff,
}

/// Where a container's image is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Image {
    /// To be pulled.
    #[default]
    Wanted,
    /// The pull with this ticket is under way; results of others are stale.
    Pulling { ticket: u64 },
    /// The pull failed and will be repeated.
    BackOff { until: Timestamp },
    /// There.
    Present,
}

/// Whether a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Run {
    /// To be started once image, sandbox and init containers are there.
    #[default]
    Waiting,
    /// The latest attempt is being started; perhaps its exit is known already, for observations can
    /// overtake the answer.
    Starting { exit: Option<Exit> },
    /// The latest attempt runs.
    Live,
    /// The latest attempt was asked to end.
    Stopping,
    /// As `Stopping`, because its liveness probe failed: unless the policy is `Never`, it starts again
    /// whatever its exit code (`computePodActions` in pkg/kubelet/kuberuntime/kuberuntime_manager.go).
    Unhealthy,
    /// It ended and will be started again.
    BackOff { until: Timestamp },
    /// It ended and will not be started again by policy.
    Ended { success: bool },
    /// It never started, and provisioning has been given up.
    Abandoned,
}

impl Run {
    /// Whether there is, or soon will be, a process.
    pub(super) fn is_live(self) -> bool {
        matches!(self, Self::Starting { .. } | Self::Live | Self::Stopping | Self::Unhealthy)
    }
}

impl Machine {
    /// A new group, accepted and not yet worked on.
    pub fn create(
        id: ResourceId,
        spec: ContainerGroup,
        written_with: ApiVersion,
        incarnation: Uuid,
        operation: Uuid,
    ) -> Self {
        let status = GroupStatus {
            provisioning_state: ProvisioningState::Pending,
            state: GroupState::Pending,
            sandbox: None,
            ip: None,
            events: Vec::new(),
            init_containers: Vec::new(),
            containers: Vec::new(),
            operation: Some(operation),
            drawn_by: None,
        };
        let mut machine = Self {
            group: Group { id, spec: Arc::new(spec), written_with, incarnation, status },
            deployments: 0,
            stage: Stage::Accepted,
            provision_by: None,
            sandbox_back_off: BackOff::default(),
            tickets: 0,
            slots: Vec::new(),
            probes: Probes::default(),
        };
        machine.renew_containers();
        machine.renew_sandbox();
        machine
    }

    /// Whether the group has been deleted.
    pub fn is_deleted(&self) -> bool {
        self.stage == Stage::Deleted
    }

    /// Whether an operation is under way.
    pub fn in_transition(&self) -> bool {
        matches!(
            self.group.status.provisioning_state,
            ProvisioningState::Pending
                | ProvisioningState::Creating
                | ProvisioningState::Updating
                | ProvisioningState::Repairing
        )
    }

    /// When the machine wants an [`Input::Tick`](super::transition::Input::Tick), if nothing else comes.
    pub fn deadline(&self) -> Option<Timestamp> {
        let stage = match self.stage {
            Stage::Accepted => Some(Timestamp::MIN),
            Stage::SandboxBackOff { until } => Some(until),
            Stage::Deleted | Stage::Stopped | Stage::Idle => return None,
            Stage::Sandbox | Stage::Draining | Stage::Active => None,
        };
        // A container whose image is missing waits for the image alone; its own pause may be long over.
        let slots = self.slots.iter().map(|slot| match (slot.image, slot.run) {
            (_, Run::Ended { .. } | Run::Abandoned) => None,
            (Image::BackOff { until }, _) | (Image::Present, Run::BackOff { until }) => Some(until),
            _ => None,
        });
        slots.chain([stage, self.provision_by, self.next_probe()]).flatten().min()
    }

    /// Whether the store would keep both as the same: all but what a restart forgets.
    pub(super) fn is_stored_as(&self, other: &Self) -> bool {
        // Taken apart, so that a field of later days is not forgotten here.
        let Self { group, deployments, stage, provision_by, sandbox_back_off, tickets, slots, probes: _ } =
            self;
        *group == other.group
            && *deployments == other.deployments
            && *stage == other.stage
            && *provision_by == other.provision_by
            && *sandbox_back_off == other.sandbox_back_off
            && *tickets == other.tickets
            && *slots == other.slots
    }

    pub(super) fn properties(&self) -> Option<&ContainerGroupProperties> {
        self.group.spec.properties.as_ref()
    }

    pub(super) fn init_count(&self) -> usize {
        self.group.status.init_containers.len()
    }

    pub(super) fn status_mut(&mut self, slot: usize) -> Option<&mut ContainerStatus> {
        let inits = self.init_count();
        match slot.checked_sub(inits) {
            None => self.group.status.init_containers.get_mut(slot),
            Some(index) => self.group.status.containers.get_mut(index),
        }
    }

    pub(super) fn status(&self, slot: usize) -> Option<&ContainerStatus> {
        match slot.checked_sub(self.init_count()) {
            None => self.group.status.init_containers.get(slot),
            Some(index) => self.group.status.containers.get(index),
        }
    }

    pub(super) fn slot_named(&self, name: &str) -> Option<usize> {
        (0..self.slots.len()).find(|slot| self.status(*slot).is_some_and(|status| status.name == name))
    }

    pub(super) fn set_phase(&mut self, slot: usize, phase: ContainerPhase) {
        if let Some(status) = self.status_mut(slot) {
            status.current = phase;
        }
    }

    pub(super) fn happened(&mut self, slot: usize, happening: &Happening<'_>, now: Timestamp) {
        if let Some(status) = self.status_mut(slot) {
            happening.record(&mut status.events, now);
        }
    }

    pub(super) fn image_of(&self, slot: usize) -> &str {
        let Some(properties) = self.properties() else { return "" };
        let image = match slot.checked_sub(self.init_count()) {
            None => properties
                .init_containers
                .as_ref()
                .and_then(|all| all.get(slot)?.properties.as_ref()?.image.as_deref()),
            Some(index) => properties
                .containers
                .as_ref()
                .and_then(|all| all.get(index)?.properties.as_ref()?.image.as_deref()),
        };
        image.unwrap_or_default()
    }

    /// The policy, `Always` where the request has none (recorded); for an init container `Always` is
    /// `OnFailure`, as documented.
    pub(super) fn policy(&self, slot: usize) -> RestartPolicy {
        let policy = self.properties().and_then(|properties| properties.restart_policy.clone());
        match policy.unwrap_or(RestartPolicy::Always) {
            RestartPolicy::Always | RestartPolicy::Other(_) if slot < self.init_count() => {
                RestartPolicy::OnFailure
            }
            policy => policy,
        }
    }

    pub(super) fn provisioning_timeout(&self) -> SignedDuration {
        let own = self.properties().and_then(|properties| properties.provisioning_timeout_in_seconds);
        SignedDuration::from_secs(i64::from(own.unwrap_or(PROVISIONING_TIMEOUT_SECONDS)))
    }

    pub(super) fn next_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// The names of the request's containers, init containers first.
    pub(super) fn names(spec: &ContainerGroup) -> (Vec<String>, Vec<String>) {
        let properties = spec.properties.as_ref();
        let inits = properties.and_then(|properties| properties.init_containers.as_ref());
        let containers = properties.and_then(|properties| properties.containers.as_ref());
        (
            inits.into_iter().flatten().map(|init| init.name.clone().unwrap_or_default()).collect(),
            containers.into_iter().flatten().map(|one| one.name.clone().unwrap_or_default()).collect(),
        )
    }

    /// Containers that have not run, in place of those there were.
    pub(super) fn renew_containers(&mut self) {
        let (inits, containers) = Self::names(&self.group.spec);
        let waiting = |detail: &str| ContainerPhase::Waiting { detail: detail.to_owned() };
        let first = waiting(words::CONTAINER_CREATING);
        let later = if inits.is_empty() { first.clone() } else { waiting(words::WAITING_TO_RUN) };
        let fresh = |name, current| ContainerStatus {
            name,
            restart_count: 0,
            attempt: 0,
            current,
            previous: None,
            events: Vec::new(),
        };
        self.slots = vec![Slot::default(); inits.len() + containers.len()];
        let status = &mut self.group.status;
        status.init_containers = inits.into_iter().map(|name| fresh(name, first.clone())).collect();
        status.containers = containers.into_iter().map(|name| fresh(name, later.clone())).collect();
    }

    /// The id of the next deployment; no two are alike, for the incarnation is the group's own.
    pub(super) fn renew_sandbox(&mut self) {
        self.deployments += 1;
        let id = format!("{}-{}", self.group.incarnation.simple(), self.deployments);
        self.group.status.sandbox = Some(SandboxId(id));
        self.group.status.ip = None;
        self.sandbox_back_off = BackOff::default();
    }
}
