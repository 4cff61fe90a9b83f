//! `GET …/containerGroups` of a subscription and of a resource group: one page, without instance views
//! (recorded).

use std::collections::BTreeSet;

use aci_model::ApiVersion;
use aci_model::group::ContainerGroup;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue};

use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::ORIGINAL_REQUEST_IDS;
use crate::arm::resources::groups::GroupPath;
use crate::arm::resources::subscriptions::Subscription;
use crate::arm::version::RequestVersion;
use crate::groups::Scope;
use crate::regions;
use crate::view::{self, Detail};

/// Handles the list of a subscription.
pub async fn by_subscription(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    version: RequestVersion,
) -> Result<Response, ArmError> {
    Ok(page(&app, &Scope::Subscription(subscription), Operation::List.version_anywhere(&version)?))
}

/// Handles the list of a resource group.
pub async fn by_resource_group(
    State(app): State<App>,
    path: GroupPath,
    version: RequestVersion,
) -> Result<Response, ArmError> {
    let version = Operation::ListByResourceGroup.version_anywhere(&version)?;
    path.existing(&app)?;
    Ok(page(&app, &Scope::ResourceGroup(path.subscription, path.name), version))
}

fn page(app: &App, scope: &Scope, version: ApiVersion) -> Response {
    let mut groups = app.groups.list(scope);
    groups.retain(|group| !group.is_on_standby());
    let show = |group| view::container_group(group, version, Detail::Listed);
    let page: Page<ContainerGroup> = Page::whole(groups.iter().map(|group| show(group)).collect());
    let regions: BTreeSet<_> =
        page.value.iter().filter_map(|group| group.location.as_deref()).map(regions::normalise).collect();
    (original_request_ids(app, &regions), Json(page)).into_response()
}

/// The gateway asks the resource provider of each region (recorded for one region; assumed to be joined by commas).
fn original_request_ids(app: &App, regions: &BTreeSet<String>) -> HeaderMap {
    let ids: Vec<_> = regions.iter().map(|region| format!("{region}:{}", app.ids.next())).collect();
    let value = HeaderValue::from_str(&ids.join(",")).ok().filter(|_| !ids.is_empty());
    value.map(|value| (ORIGINAL_REQUEST_IDS, value)).into_iter().collect()
}
