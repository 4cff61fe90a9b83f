//! `GET …/locations/{location}/usages`: what a subscription has in a region, beside what it may have.

use aci_model::ApiVersion;
use aci_model::location::{Usage, UsageName};
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use super::RegionCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::groups::Scope;
use crate::limits::Quota;
use crate::validate;

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: RegionCall) -> Result<Json<Page<Usage>>, ArmError> {
    let (region, version) = call.check(&app, Operation::Usages)?;
    let groups = app.groups.list(&Scope::Subscription(call.subscription.clone()));
    let used = validate::used(groups.iter().map(AsRef::as_ref), region.name);
    let limits = app.limits.now();
    let quotas = limits.quotas(&call.subscription, region.name);
    let scope = format!(
        "/subscriptions/{}/providers/{}/locations/{}",
        call.subscription,
        aci_model::PROVIDER_NAMESPACE,
        region.name
    );
    let show = |quota: &Quota| usage(&scope, *quota, used.of(*quota), quotas.get(*quota), version);
    Ok(Json(Page::whole(Quota::ALL.iter().map(show).collect())))
}

fn usage(scope: &str, quota: Quota, amount: u32, limit: u32, version: ApiVersion) -> Usage {
    let id = (version >= ApiVersion::V2021_09_01).then(|| format!("{scope}/usages/{}", quota.name()));
    let name = UsageName { value: quota.name().to_owned(), localized_value: quota.display().to_owned() };
    Usage { id, unit: "Count".to_owned(), current_value: amount, limit, name }
}
