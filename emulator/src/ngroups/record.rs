//! NGroups as it is kept: what was asked for, and the container groups that it has.

use aci_model::group::identity::Identity;
use aci_model::ngroup::{
    NGroupProperties, NGroupProvisioningState, RollingUpdateProfile, StubProperties, UpdateMode,
};
use aci_model::{ApiVersion, ResourceId};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pool;

/// The groups of a batch, the unhealthy ones among those updated, and the pause, where a request does not say. ASSUMED:
/// those of rolling upgrades of virtual machine scale sets.
const BATCH_PERCENT: i32 = 20;
const UNHEALTHY_PERCENT: i32 = 20;

/// NGroups, its members and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NGroup {
    /// Its id, in the casing of the first PUT.
    pub id: ResourceId,
    /// What was asked for.
    pub spec: Spec,
    /// What new members are made from; at least one.
    pub templates: Vec<Template>,
    /// Its container groups.
    pub members: Vec<Member>,
    /// Where it stands.
    pub state: NGroupProvisioningState,
    /// Why it failed.
    pub error: Option<String>,
    /// The operation that is under way or ended last, and when it began.
    pub operation: Option<(Uuid, Timestamp)>,
    /// How far a rolling update is.
    pub rollout: Rollout,
    /// Whether it is on its way out.
    pub is_deleting: bool,
    /// Until when a standby pool makes no groups, because some did not come up.
    #[serde(default)]
    pub degraded_until: Option<Timestamp>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The region, as the caller wrote it.
    pub location: String,
    /// Tags.
    pub tags: Option<IndexMap<String, String>>,
    /// Availability zones.
    pub zones: Option<Vec<String>>,
    /// The identities of the groups.
    pub identity: Option<Identity>,
    /// The rest.
    pub properties: NGroupProperties,
    /// The version that asked.
    pub version: ApiVersion,
}

/// What a member is made from; two that are equal make equal members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The id of the profile, as the caller wrote it.
    pub profile: String,
    /// Its revision.
    pub revision: i32,
    /// What is added to it.
    pub properties: Option<StubProperties>,
}

/// One of the container groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The name of the container group.
    pub name: String,
    /// What it is made from.
    pub template: Template,
    /// Its availability zone.
    pub zone: Option<String>,
    /// What is to be done with it.
    pub phase: Phase,
    /// Why it could not be made or changed.
    pub refusal: Option<String>,
}

/// What is to be done with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// To be made.
    Wanted,
    /// Made.
    Made,
    /// To be changed to its template, in place.
    Outdated,
    /// To be deleted as soon as the batch that replaces it is settled.
    Replaced,
    /// To be deleted.
    Leaving,
}

/// How far a rolling update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rollout {
    /// Nothing is to be updated, or the next batch may begin.
    Ready,
    /// A batch is under way.
    Batch,
    /// The next batch begins then.
    PausedUntil(Timestamp),
    /// Too many of the updated groups are unhealthy: the rest stay as they are until somebody asks for something else.
    Halted,
}

impl Member {
    /// One that is to be made.
    pub fn wanted(name: String, template: Template, zone: Option<String>) -> Self {
        Self { name, template, zone, phase: Phase::Wanted, refusal: None }
    }
}

impl NGroup {
    /// A new one, without members yet.
    pub fn new(
        id: ResourceId,
        spec: Spec,
        templates: Vec<Template>,
        operation: Option<(Uuid, Timestamp)>,
    ) -> Self {
        Self {
            id,
            spec,
            templates,
            members: Vec::new(),
            state: NGroupProvisioningState::Creating,
            error: None,
            operation,
            rollout: Rollout::Ready,
            is_deleting: false,
            degraded_until: None,
        }
    }

    /// Whether it is a standby pool, whose members wait for somebody to want them.
    pub fn is_pool(&self) -> bool {
        pool::is_pool(&self.id)
    }

    /// How many members are wanted.
    pub fn desired(&self) -> usize {
        let count = self.spec.properties.elastic_profile.as_ref().and_then(|it| it.desired_count);
        usize::try_from(count.unwrap_or_default()).unwrap_or_default()
    }

    /// Whether a member that somebody deletes is replaced.
    pub fn maintains_count(&self) -> bool {
        let elastic = self.spec.properties.elastic_profile.as_ref();
        self.is_pool() || elastic.and_then(|it| it.maintain_desired_count).unwrap_or(false)
    }

    /// One fewer is wanted, as somebody has deleted a member (DOC).
    pub(super) fn want_one_less(&mut self) {
        let elastic = self.spec.properties.elastic_profile.as_mut();
        if let Some(count) = elastic.and_then(|it| it.desired_count.as_mut()) {
            *count = (*count - 1).max(0);
        }
    }

    /// What stands before the GUID in the names of members.
    pub fn prefix(&self) -> &str {
        let elastic = self.spec.properties.elastic_profile.as_ref();
        let policy =
            elastic.and_then(|it| it.container_group_naming_policy.as_ref()?.guid_naming_policy.as_ref());
        policy.and_then(|it| it.prefix.as_deref()).unwrap_or_default()
    }

    /// The id of the container group with a name. That of a pool's lies below the pool, where no client finds it.
    pub fn member_id(&self, name: &str) -> ResourceId {
        if !self.is_pool() {
            return ResourceId::container_group(&self.id.subscription, &self.id.resource_group, name);
        }
        let mut id = self.id.clone();
        id.path.push(("containerGroups".to_owned(), name.to_owned()));
        id
    }

    /// Whether an operation is under way.
    pub fn is_in_transition(&self) -> bool {
        use NGroupProvisioningState::{Creating, Deleting, Updating};
        matches!(self.state, Creating | Updating | Deleting)
    }

    /// Whether it updates its members by itself.
    pub(super) fn is_rolling(&self) -> bool {
        let profile = self.spec.properties.update_profile.as_ref();
        self.is_pool() || profile.and_then(|it| it.update_mode.as_ref()) == Some(&UpdateMode::Rolling)
    }

    fn rolling(&self) -> RollingUpdateProfile {
        let profile = self.spec.properties.update_profile.as_ref();
        profile.and_then(|it| it.rolling_update_profile.clone()).unwrap_or_default()
    }

    pub(super) fn updates_in_place(&self) -> bool {
        self.rolling().in_place_update.unwrap_or(false)
    }

    pub(super) fn pause(&self) -> SignedDuration {
        let given = self.rolling().pause_time_between_batches;
        given.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// How many members a batch has: at least one, or an update would never end. A pool replaces all at once (DOC:
    /// "Update or delete a standby pool for Azure Container Instances").
    pub(super) fn batch(&self) -> usize {
        if self.is_pool() {
            return self.members.len().max(1);
        }
        let percent = self.rolling().max_batch_percent.unwrap_or(BATCH_PERCENT);
        let percent = usize::try_from(percent).unwrap_or_default();
        (self.desired() * percent / 100).max(1)
    }

    /// Whether so many unhealthy ones of the updated are too many.
    pub(super) fn is_too_unhealthy(&self, unhealthy: usize, updated: usize) -> bool {
        if self.is_pool() {
            return false;
        }
        let percent = self.rolling().max_unhealthy_percent.unwrap_or(UNHEALTHY_PERCENT);
        let percent = usize::try_from(percent).unwrap_or_default();
        unhealthy * 100 > percent * updated
    }
}
