//! Standby pools: groups of one profile that run already when somebody wants one.
//!
//! ```text
//!              PUT of a container group that names the pool
//! Made, Running ───────────────────────────────────────────► a client's group; the pool makes another
//!      │ it fails, or ends
//!      ▼
//!  degraded: nothing is made for 30 s, then the failed ones are made anew
//! ```
//!
//! What a pool gives away keeps containers and address; it changes its id, and its config maps (recorded, DOC: "Standby
//! pools for Azure Container Instances").

use std::sync::Arc;

use aci_model::group::container::Container;
use aci_model::group::network::SubnetId;
use aci_model::group::settings::ContainerGroupProfileReference;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, ProvisioningState};
use aci_model::ngroup::NGroupProvisioningState;
use aci_model::{ApiVersion, ResourceId};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::plan::{Seen, Sight, complaint};
use super::record::{Member, NGroup, Phase, Template};
use crate::group::{Group, GroupState};
use crate::regions;

/// The provider of standby pools.
pub const NAMESPACE: &str = "Microsoft.StandbyPool";

/// Their type.
pub const TYPE: &str = "Microsoft.StandbyPool/standbyContainerGroupPools";

/// Whether an id is one of a pool, or lies below one.
pub fn is_pool(id: &ResourceId) -> bool {
    id.namespace.eq_ignore_ascii_case(NAMESPACE)
}

/// How long a pool makes nothing after a group did not come up (DOC: "Understand the health state of your standby pool
/// for Azure Container Instances").
const DEGRADED_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// What was drawn, and the operation by which.
pub type Drawn = (Arc<Group>, Uuid);

/// What somebody wants of a pool.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The id that the group gets.
    pub id: ResourceId,
    /// The profile that it must be made from; without a revision, whichever the pool has.
    pub profile: ContainerGroupProfileReference,
    /// Config maps for its containers, by name; of those that it has not nothing becomes.
    pub containers: Vec<Container>,
    /// The subnets that it must be in, if the request names any.
    pub subnet_ids: Option<Vec<SubnetId>>,
    /// The region that it must be in, as the caller wrote it.
    pub location: String,
    /// The zones that it must be in, if the request names any.
    pub zones: Option<Vec<String>>,
    /// Its tags.
    pub tags: Option<IndexMap<String, String>>,
    /// The version that asked.
    pub version: ApiVersion,
}

/// How many groups of a pool are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// On their way, those that did not come up included.
    pub creating: usize,
    /// Ready.
    pub running: usize,
    /// On their way out.
    pub deleting: usize,
}

impl Counts {
    /// Adds members up by what is to be done with them and what is seen of them.
    pub(super) fn of(members: impl Iterator<Item = (Phase, Option<Seen>)>) -> Self {
        let mut counts = Self::default();
        for (phase, seen) in members {
            *match (phase, seen) {
                (Phase::Replaced | Phase::Leaving, _) => &mut counts.deleting,
                (_, Some(Seen::Healthy)) => &mut counts.running,
                _ => &mut counts.creating,
            } += 1;
        }
        counts
    }
}

/// What a pool sees of a group: only what runs is of any use to it.
pub(super) fn seen(group: &Group) -> Seen {
    match (&group.status.provisioning_state, group.status.state) {
        (ProvisioningState::Succeeded, GroupState::Running) => Seen::Healthy,
        (ProvisioningState::Failed | ProvisioningState::Succeeded, _) => {
            Seen::Unhealthy(group.status.event_messages())
        }
        _ => Seen::Working,
    }
}

/// Pauses when a group did not come up, and makes it anew after the pause.
pub(super) fn tend(pool: &mut NGroup, seen: &Sight, now: Timestamp) {
    let has_failed = |member: &Member| complaint(member, seen).is_some() && member.phase != Phase::Leaving;
    if !pool.members.iter().any(has_failed) {
        pool.degraded_until = None;
        return;
    }
    match pool.degraded_until {
        None => {
            pool.degraded_until = Some(now.checked_add(DEGRADED_PAUSE).unwrap_or(Timestamp::MAX));
        }
        Some(until) if now >= until => {
            pool.degraded_until = None;
            pool.members.retain(|member| member.refusal.is_none());
            pool.members.iter_mut().filter(|it| has_failed(it)).for_each(|it| it.phase = Phase::Leaving);
        }
        Some(_) => {}
    }
}

/// The names of the members that can be given away, oldest first.
pub(super) fn ready(pool: &NGroup, seen: &Sight, wanted: &Wanted) -> Vec<String> {
    let is_here = regions::normalise(&pool.spec.location) == regions::normalise(&wanted.location);
    let is_ready = |member: &&Member| {
        !pool.is_deleting
            && is_here
            && member.phase == Phase::Made
            && seen.get(&member.name) == Some(&Seen::Healthy)
            && pool.templates.contains(&member.template)
            && is_of_profile(&member.template, &wanted.profile)
            && is_in_subnets(&member.template, wanted.subnet_ids.as_deref())
            && wanted.zones.as_ref().is_none_or(|zones| zones.iter().eq(&member.zone))
    };
    pool.members.iter().filter(is_ready).map(|member| member.name.clone()).collect()
}

fn is_of_profile(template: &Template, wanted: &ContainerGroupProfileReference) -> bool {
    let is_profile = wanted.id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&template.profile));
    is_profile && wanted.revision.is_none_or(|revision| revision == template.revision)
}

fn is_in_subnets(template: &Template, wanted: Option<&[SubnetId]>) -> bool {
    let keys = |subnets: &[SubnetId]| -> Vec<_> {
        subnets.iter().filter_map(|subnet| Some(subnet.id.as_ref()?.to_ascii_lowercase())).collect()
    };
    let own = template.properties.as_ref().and_then(|it| it.subnet_ids.as_deref()).unwrap_or_default();
    wanted.is_none_or(|wanted| keys(wanted) == keys(own))
}

/// The request that a drawn group is of: what the pool made, with the config maps and the names of whoever drew it.
pub(super) fn drawn(warm: &ContainerGroup, wanted: &Wanted) -> ContainerGroup {
    let mut spec = warm.clone();
    (spec.location, spec.tags) = (Some(wanted.location.clone()), wanted.tags.clone());
    let Some(properties) = spec.properties.as_mut() else { return spec };
    if let Some(profile) = properties.container_group_profile.as_mut() {
        profile.id = wanted.profile.id.clone().or(profile.id.take());
    }
    for container in properties.containers.iter_mut().flatten() {
        let asked = wanted.containers.iter().find(|asked| asked.name == container.name);
        let asked = asked.and_then(|asked| asked.properties.as_ref()?.config_map.as_ref());
        if let (Some(own), Some(asked)) = (container.properties.as_mut(), asked) {
            let pairs = &mut own.config_map.get_or_insert_default().key_value_pairs;
            pairs.extend(asked.key_value_pairs.clone());
        }
    }
    spec
}

/// Gives every container a config map, for whoever draws the group may have pairs for it.
pub(super) fn prepare_config_maps(properties: &mut ContainerGroupProperties) {
    let containers = properties.containers.iter_mut().flatten();
    containers.filter_map(|container| container.properties.as_mut()).for_each(|properties| {
        properties.config_map.get_or_insert_default();
    });
}

impl NGroup {
    /// Whether groups of this pool do not come up.
    pub fn is_degraded(&self) -> bool {
        self.degraded_until.is_some()
    }

    /// Where a pool stands: it is there at once, whatever its groups do (the specification has no state between).
    pub fn pool_state(&self) -> NGroupProvisioningState {
        match self.is_deleting {
            true => NGroupProvisioningState::Deleting,
            false => NGroupProvisioningState::Succeeded,
        }
    }
}

#[cfg(test)]
mod tests;
