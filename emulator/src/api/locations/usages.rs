//! `GET …/locations/{location}/usages`: what a subscription has in a region, beside what it may have.

use aci_model::ApiVersion;
use aci_model::group::{Priority, Sku};
use aci_model::location::{Usage, UsageName};
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use super::RegionCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::group::{Group, GroupState};
use crate::groups::Scope;
use crate::limits::{Quota, quotas};
use crate::regions;
use crate::validate;

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: RegionCall) -> Result<Json<Page<Usage>>, ArmError> {
    let (region, version) = call.check(Operation::Usages)?;
    let groups = app.groups.list(&Scope::Subscription(call.subscription.clone()));
    let here = |group: &Group| group.spec.location.as_deref().map(regions::normalise);
    let used =
        count(groups.iter().map(AsRef::as_ref).filter(|group| here(group).as_deref() == Some(region.name)));
    let scope = format!(
        "/subscriptions/{}/providers/{}/locations/{}",
        call.subscription,
        aci_model::PROVIDER_NAMESPACE,
        region.name
    );
    Ok(Json(Page::whole(used.iter().map(|(quota, amount)| usage(&scope, quota, *amount, version)).collect())))
}

fn usage(scope: &str, quota: &Quota, amount: u32, version: ApiVersion) -> Usage {
    let id = (version >= ApiVersion::V2021_09_01).then(|| format!("{scope}/usages/{}", quota.name));
    let name = UsageName { value: quota.name.to_owned(), localized_value: quota.display.to_owned() };
    Usage { id, unit: "Count".to_owned(), current_value: amount, limit: quota.limit, name }
}

/// Groups and cores of one SKU.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    groups: u32,
    cores: f64,
}

impl Sum {
    fn add(&mut self, group: &Group) {
        self.groups += 1;
        self.cores += cores(group);
    }

    /// Quotas count whole cores; `as` saturates, and no sum comes near.
    fn cores(self) -> u32 {
        self.cores.ceil() as u32
    }
}

fn count<'a>(groups: impl Iterator<Item = &'a Group>) -> [(Quota, u32); 10] {
    let [mut standard, mut spot, mut dedicated, mut confidential] = [Sum::default(); 4];
    for group in groups {
        let properties = group.spec.properties.as_ref();
        let is_spot = properties.and_then(|it| it.priority.as_ref()) == Some(&Priority::Spot);
        match properties.and_then(|it| it.sku.as_ref()) {
            Some(Sku::Dedicated) => dedicated.add(group),
            Some(Sku::Confidential) => confidential.add(group),
            _ if is_spot => spot.add(group),
            _ => standard.add(group),
        }
    }
    [
        (quotas::CONTAINER_GROUPS, standard.groups + spot.groups),
        (quotas::STANDARD_CORES, standard.cores()),
        (quotas::SPOT_CORES, spot.cores()),
        // No group with a GPU is accepted.
        (quotas::K80_CORES, 0),
        (quotas::P100_CORES, 0),
        (quotas::V100_CORES, 0),
        (quotas::DEDICATED_GROUPS, dedicated.groups),
        (quotas::DEDICATED_CORES, dedicated.cores()),
        (quotas::CONFIDENTIAL_GROUPS, confidential.groups),
        (quotas::CONFIDENTIAL_CORES, confidential.cores()),
    ]
}

/// The cores that a group holds: a stop deallocates them (the service's description of the operation), and so,
/// assumed, does an end for good.
fn cores(group: &Group) -> f64 {
    match group.status.state {
        GroupState::Stopped | GroupState::Succeeded | GroupState::Failed => 0.0,
        GroupState::Pending | GroupState::Running | GroupState::Unknown => {
            group.spec.properties.as_ref().map_or(0.0, validate::requested_cores)
        }
    }
}
