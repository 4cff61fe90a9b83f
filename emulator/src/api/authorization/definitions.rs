//! `{scope}/providers/Microsoft.Authorization/roleDefinitions[/{definition}]`

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extension::ExtensionCall;
use super::filter::{self, Term};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::collection::Record as _;
use crate::neighbours::role::definition::{Role, RoleDefinition};
use crate::neighbours::role::permission::Permission;
use crate::neighbours::role::{assignment, built_in};

/// The body of a PUT.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DefinitionBody {
    properties: DefinitionProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DefinitionProperties {
    role_name: String,
    description: String,
    assignable_scopes: Vec<String>,
    permissions: Vec<Permission>,
}

/// When Azure made its own roles, as it says of the recorded one; of the others the day is not worth keeping.
const BUILT_IN_CREATED: &str = "2015-02-02T21:55:09.8806423Z";
const BUILT_IN_UPDATED: &str = "2021-11-11T20:13:28.6061853Z";

/// As recorded.
fn body(call: &ExtensionCall, role: &Role) -> Value {
    let (kind, description, created, updated) = match role {
        Role::BuiltIn(role) => {
            ("BuiltInRole", role.description, BUILT_IN_CREATED.to_owned(), BUILT_IN_UPDATED.to_owned())
        }
        Role::Own(role) => {
            ("CustomRole", role.description.as_str(), role.created.to_string(), role.updated.to_string())
        }
    };
    json!({
        "properties": {
            "roleName": role.name(),
            "type": kind,
            "description": description,
            "assignableScopes": role.assignable_scopes(),
            "permissions": role.permissions(),
            "createdOn": created,
            "updatedOn": updated,
            "createdBy": null,
            "updatedBy": null,
        },
        "id": call.definition_id(role.guid()),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.guid(),
    })
}

/// `GET` of one.
pub async fn get(State(app): State<App>, call: ExtensionCall) -> Result<Json<Value>, ArmError> {
    let role = app.neighbours.role(&call.name).ok_or_else(|| ArmError::no_such_role(&call.name))?;
    Ok(Json(body(&call, &role)))
}

/// `GET` of all that can be assigned at a scope.
pub async fn list(
    State(app): State<App>,
    call: ExtensionCall,
    uri: Uri,
) -> Result<Json<Page<Value>>, ArmError> {
    let terms = filter::of(&uri)?;
    let roles = app.neighbours.roles();
    let can_be_assigned = |role: &&Role| {
        let near =
            |scope: &str| assignment::holds(scope, &call.scope) || assignment::holds(&call.scope, scope);
        role.assignable_scopes().into_iter().any(near)
    };
    let wanted =
        roles.iter().filter(can_be_assigned).filter(|role| terms.iter().all(|term| is_met(term, role)));
    Ok(Json(Page::whole(wanted.map(|role| body(&call, role)).collect())))
}

fn is_met(term: &Term, role: &Role) -> bool {
    match term {
        Term::AtScope => true,
        Term::AssignedTo(_) => false,
        Term::Equals(name, value) => match name.as_str() {
            "rolename" => role.name().eq_ignore_ascii_case(value),
            "type" => value.eq_ignore_ascii_case(match role {
                Role::BuiltIn(_) => "BuiltInRole",
                Role::Own(_) => "CustomRole",
            }),
            _ => false,
        },
    }
}

/// `PUT` of a role of the users' own.
pub async fn put(
    State(app): State<App>,
    call: ExtensionCall,
    request: JsonBody<DefinitionBody>,
) -> Result<Response, ArmError> {
    let DefinitionProperties { role_name, description, assignable_scopes, permissions } =
        request.value.properties;
    if let Some(role) = built_in::find(&call.name) {
        return Err(ArmError::role_is_built_in(role.name));
    }
    let roles = app.neighbours.roles();
    let is_another = |role: &&Role| {
        role.name().eq_ignore_ascii_case(&role_name) && !role.guid().eq_ignore_ascii_case(&call.name)
    };
    if roles.iter().any(|role| is_another(&role)) {
        return Err(ArmError::role_name_taken(&role_name));
    }
    let (guid, now) = (call.name.clone(), app.clock.now());
    let new = RoleDefinition {
        guid,
        role_name,
        description,
        assignable_scopes,
        permissions,
        created: now,
        updated: now,
    };
    let key = new.key();
    let (role, created) = app.neighbours.role_definitions.change(&key, |known| {
        Ok::<_, ArmError>(RoleDefinition { created: known.map_or(now, |known| known.created), ..new })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(body(&call, &Role::Own(role)))).into_response())
}

/// `DELETE` of a role of the users' own; refused while somebody has it.
pub async fn delete(State(app): State<App>, call: ExtensionCall) -> Result<Response, ArmError> {
    match app.neighbours.role(&call.name) {
        None => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(Role::BuiltIn(role)) => Err(ArmError::role_is_built_in(role.name)),
        Some(Role::Own(role)) => {
            let assignments = app.neighbours.role_assignments.all();
            if assignments.iter().any(|it| it.role_guid().eq_ignore_ascii_case(&role.guid)) {
                return Err(ArmError::role_is_assigned());
            }
            app.neighbours.role_definitions.remove(&role.key())?;
            Ok(Json(body(&call, &Role::Own(role))).into_response())
        }
    }
}
