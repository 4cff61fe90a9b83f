//! `GET …/containerGroups` of a subscription and of a resource group: one page, without instance views
//! (recorded).

use aci_model::ApiVersion;
use aci_model::group::ContainerGroup;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::groups::GroupPath;
use crate::arm::resources::subscriptions::Subscription;
use crate::arm::version::RequestVersion;
use crate::groups::Scope;
use crate::view::{self, Detail};

/// Handles the list of a subscription.
pub async fn by_subscription(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    version: RequestVersion,
) -> Result<Json<Page<ContainerGroup>>, ArmError> {
    Ok(page(&app, &Scope::Subscription(subscription), Operation::List.version_anywhere(&version)?))
}

/// Handles the list of a resource group.
pub async fn by_resource_group(
    State(app): State<App>,
    path: GroupPath,
    version: RequestVersion,
) -> Result<Json<Page<ContainerGroup>>, ArmError> {
    let version = Operation::ListByResourceGroup.version_anywhere(&version)?;
    path.existing(&app)?;
    Ok(page(&app, &Scope::ResourceGroup(path.subscription, path.name), version))
}

fn page(app: &App, scope: &Scope, version: ApiVersion) -> Json<Page<ContainerGroup>> {
    let groups = app.groups.list(scope);
    let show = |group| view::container_group(group, version, Detail::Listed);
    Json(Page::whole(groups.iter().map(|group| show(group)).collect()))
}
