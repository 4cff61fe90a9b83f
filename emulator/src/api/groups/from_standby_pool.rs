//! A group that names a standby pool is one of the pool's, which runs already.

use std::sync::Arc;

use aci_model::ApiVersion;
use aci_model::ResourceId;
use aci_model::group::ContainerGroup;
use aci_model::group::versions;
use uuid::Uuid;

use super::GroupCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::group::Group;
use crate::ngroups::pool::Wanted;
use crate::validate;

/// What becomes of a request.
pub enum Reuse {
    /// A group of the pool, and the operation by which it was taken.
    Taken(Arc<Group>, Uuid),
    /// A group is to be made for it, as for any other.
    MakeAnew(Box<ContainerGroup>),
}

/// Takes a group from the pool that a request names. Where the pool has none that is ready, a group is made for the
/// request (DOC: "Standby pools for Azure Container Instances"), unless it asks to fail then.
///
/// # Errors
/// `BadRequest` for what only a new group can have; `ServiceUnavailable` where no group is ready and the request asks to
/// fail then.
pub async fn take(app: &App, call: &GroupCall, mut asked: ContainerGroup) -> Result<Reuse, ArmError> {
    let pool = asked.properties.as_mut().and_then(|properties| properties.standby_pool_profile.take());
    let pool = pool.filter(|_| versions::is_known("properties.standbyPoolProfile", call.version));
    // What is there already is changed like any other group.
    let Some(pool) = pool.filter(|_| app.groups.get(&call.id).is_none()) else {
        return Ok(Reuse::MakeAnew(Box::new(asked)));
    };
    let id = pool.id.unwrap_or_default();
    if let Some(wanted) = wanted(call.id.clone(), &asked, call.version)?
        && let Ok(id) = id.parse::<ResourceId>()
        && let Some((group, operation)) = app.ngroups.draw(&id, wanted).await?
    {
        return Ok(Reuse::Taken(group, operation));
    }
    if pool.fail_container_group_create_on_reuse_failure == Some(true) {
        return Err(ArmError::standby_pool_empty(&id, call.id.name()));
    }
    Ok(Reuse::MakeAnew(Box::new(asked)))
}

/// What is wanted of the pool; `None` where it can have no such group, for the containers of those that it has run
/// already without an identity.
fn wanted(id: ResourceId, asked: &ContainerGroup, version: ApiVersion) -> Result<Option<Wanted>, ArmError> {
    let location = validate::check_reuse(&id, asked)?.to_owned();
    if asked.identity.is_some() {
        return Ok(None);
    }
    let properties = asked.properties.clone().unwrap_or_default();
    Ok(Some(Wanted {
        id,
        profile: properties.container_group_profile.unwrap_or_default(),
        containers: properties.containers.unwrap_or_default(),
        subnet_ids: properties.subnet_ids,
        location,
        zones: asked.zones.clone(),
        tags: asked.tags.clone(),
        version,
    }))
}
