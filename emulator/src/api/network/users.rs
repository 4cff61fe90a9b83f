//! Who is in a subnet: container groups by `subnetIds`, or by the network profile of older versions.

use std::sync::Arc;

use aci_model::ResourceId;

use crate::app::App;
use crate::group::Group;
use crate::groups::Scope;

/// The container groups of a subnet.
pub fn of_subnet(app: &App, subnet: &ResourceId) -> Vec<Arc<Group>> {
    let mut groups = app.groups.list(&Scope::Subscription(subnet.subscription.clone()));
    groups.retain(|group| subnets(app, group).iter().any(|id| id == subnet));
    groups
}

/// The container groups that name a network profile.
pub fn of_profile(app: &App, profile: &ResourceId) -> Vec<Arc<Group>> {
    let mut groups = app.groups.list(&Scope::Subscription(profile.subscription.clone()));
    groups.retain(|group| profile_of(group).as_ref() == Some(profile));
    groups
}

/// The subnets that a container group is in.
fn subnets(app: &App, group: &Group) -> Vec<ResourceId> {
    let properties = group.spec.properties.as_ref();
    let named = properties.and_then(|it| it.subnet_ids.as_ref()).into_iter().flatten();
    let mut subnets: Vec<ResourceId> = named.filter_map(|it| it.id.as_deref()?.parse().ok()).collect();
    let profile = profile_of(group).and_then(|id| app.neighbours.profiles.get(&id.key()));
    subnets.extend(profile.iter().flat_map(|profile| profile.properties.subnets()));
    subnets
}

fn profile_of(group: &Group) -> Option<ResourceId> {
    group.spec.properties.as_ref()?.network_profile.as_ref()?.id.as_deref()?.parse().ok()
}
