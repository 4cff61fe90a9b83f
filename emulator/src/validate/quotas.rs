//! What a subscription has in a region, and whether it may have more.

use aci_model::ResourceId;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, Priority, Sku};

use super::{Violation, resources};
use crate::group::{Group, GroupState};
use crate::limits::{Limits, Quota};
use crate::regions;

/// How much of each quota is used, in the order of [`Quota::ALL`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Used {
    standard: Sum,
    spot: Sum,
    dedicated: Sum,
    confidential: Sum,
}

/// Groups and cores of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    groups: u32,
    cores: f64,
}

impl Sum {
    /// Quotas count whole cores; `as` saturates, and no sum comes near.
    fn cores(self) -> u32 {
        self.cores.ceil() as u32
    }
}

impl Used {
    /// How much of a quota.
    pub fn of(&self, quota: Quota) -> u32 {
        match quota {
            Quota::ContainerGroups => self.standard.groups + self.spot.groups,
            Quota::StandardCores => self.standard.cores(),
            Quota::StandardSpotCores => self.spot.cores(),
            // No group with a GPU is accepted.
            Quota::StandardK80Cores | Quota::StandardP100Cores | Quota::StandardV100Cores => 0,
            Quota::DedicatedContainerGroups => self.dedicated.groups,
            Quota::DedicatedCores => self.dedicated.cores(),
            Quota::ConfidentialContainerGroups => self.confidential.groups,
            Quota::ConfidentialCores => self.confidential.cores(),
        }
    }

    fn add(&mut self, properties: Option<&ContainerGroupProperties>, cores: f64) {
        let is_spot = properties.and_then(|it| it.priority.as_ref()) == Some(&Priority::Spot);
        let sum = match properties.and_then(|it| it.sku.as_ref()) {
            Some(Sku::Dedicated) => &mut self.dedicated,
            Some(Sku::Confidential) => &mut self.confidential,
            _ if is_spot => &mut self.spot,
            _ => &mut self.standard,
        };
        sum.groups += 1;
        sum.cores += cores;
    }
}

/// What groups use in a region.
pub fn used<'a>(groups: impl Iterator<Item = &'a Group>, location: &str) -> Used {
    let region = regions::normalise(location);
    let mut used = Used::default();
    for group in groups {
        if group.spec.location.as_deref().map(regions::normalise).as_deref() == Some(&region) {
            used.add(group.spec.properties.as_ref(), cores(group));
        }
    }
    used
}

/// The cores that a group holds: a stop deallocates them (the service's description of the operation), and so,
/// assumed, does an end for good.
fn cores(group: &Group) -> f64 {
    match group.status.state {
        GroupState::Stopped | GroupState::Succeeded | GroupState::Failed => 0.0,
        GroupState::Pending | GroupState::Running | GroupState::Unknown => {
            group.spec.properties.as_ref().map_or(0.0, resources::requested_cores)
        }
    }
}

/// Checks that a subscription may have what a request asks for beside its other groups.
///
/// # Errors
/// [`Violation::QuotaReached`].
pub fn check_quotas<'a>(
    limits: &Limits,
    id: &ResourceId,
    spec: &ContainerGroup,
    groups: impl Iterator<Item = &'a Group>,
) -> Result<(), Violation> {
    let location = spec.location.as_deref().unwrap_or_default();
    let key = id.key();
    let others = used(groups.filter(|group| group.id.key() != key), location);
    let mut wanted = Used::default();
    let properties = spec.properties.as_ref();
    wanted.add(properties, properties.map_or(0.0, resources::requested_cores));
    let quotas = limits.quotas(&id.subscription, location);
    for quota in Quota::ALL {
        let (limit, usage, requested) = (quotas.get(*quota), others.of(*quota), wanted.of(*quota));
        if requested > 0 && usage.saturating_add(requested) > limit {
            let (quota, location) = (quota.name(), regions::normalise(location));
            return Err(Violation::QuotaReached { quota, location, limit, usage, requested });
        }
    }
    Ok(())
}
