//! `GET {scope}/providers/Microsoft.Authorization/permissions`: what the caller may do there.

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use super::extension::ExtensionCall;
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::neighbours::role::built_in;
use crate::neighbours::role::permission::Permission;
use crate::policy::Rbac;

/// Handles the operation: the roles' permissions one by one, or Owner's where roles do not count.
pub async fn list(
    State(app): State<App>,
    call: ExtensionCall,
    caller: Caller,
) -> Result<Json<Page<Permission>>, ArmError> {
    if app.policy.rbac == Rbac::Off {
        let owner = built_in::find(built_in::OWNER).map(built_in::BuiltIn::permission);
        return Ok(Json(Page::whole(owner.into_iter().collect())));
    }
    let principal = caller.principal;
    let assignments = app.neighbours.role_assignments.all();
    let held = assignments.iter().filter(|it| {
        it.holds_at(&call.scope) && principal.as_ref().is_some_and(|principal| it.is_for(principal))
    });
    let roles = held.filter_map(|it| app.neighbours.role(it.role_guid()));
    Ok(Json(Page::whole(roles.flat_map(|role| role.permissions()).collect())))
}
