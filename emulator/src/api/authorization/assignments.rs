//! `{scope}/providers/Microsoft.Authorization/roleAssignments[/{assignment}]`

use std::sync::Arc;

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::extension::ExtensionCall;
use super::filter::{self, Term};
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::role::assignment::{RoleAssignment, holds};

/// The body of a PUT; the first versions have the same members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AssignmentBody {
    properties: AssignmentProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AssignmentProperties {
    role_definition_id: String,
    principal_id: String,
    principal_type: Option<String>,
    description: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
}

/// As recorded.
fn body(assignment: &RoleAssignment) -> Value {
    json!({
        "properties": {
            "roleDefinitionId": assignment.role_definition_id,
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "condition": assignment.condition,
            "conditionVersion": assignment.condition_version,
            "createdOn": assignment.created.to_string(),
            "updatedOn": assignment.updated.to_string(),
            "createdBy": assignment.updated_by,
            "updatedBy": assignment.updated_by,
            "delegatedManagedIdentityResourceId": null,
            "description": assignment.description,
        },
        "id": assignment.id,
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment.name,
    })
}

fn key(call: &ExtensionCall) -> String {
    format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", call.scope, call.name)
}

/// `GET` of one.
pub async fn get(State(app): State<App>, call: ExtensionCall) -> Result<Json<Value>, ArmError> {
    let assignment = app.neighbours.role_assignments.get(&key(&call));
    let assignment = assignment.ok_or_else(|| ArmError::role_assignment_not_found(&call.name))?;
    Ok(Json(body(&assignment)))
}

/// `GET` of all at, above and below a scope; `atScope()` leaves those below out.
pub async fn list(
    State(app): State<App>,
    call: ExtensionCall,
    uri: Uri,
) -> Result<Json<Page<Value>>, ArmError> {
    let terms = filter::of(&uri)?;
    let all = app.neighbours.role_assignments.all();
    let is_near = |it: &&Arc<RoleAssignment>| it.holds_at(&call.scope) || holds(&call.scope, &it.scope);
    let wanted =
        all.iter().filter(is_near).filter(|it| terms.iter().all(|term| is_met(term, it, &call.scope)));
    Ok(Json(Page::whole(wanted.map(|it| body(it)).collect())))
}

fn is_met(term: &Term, assignment: &RoleAssignment, scope: &str) -> bool {
    match term {
        Term::AtScope => assignment.holds_at(scope),
        Term::AssignedTo(id) => assignment.principal_id.eq_ignore_ascii_case(id),
        Term::Equals(name, value) if name == "principalid" => {
            assignment.principal_id.eq_ignore_ascii_case(value)
        }
        Term::Equals(name, value) if name == "roledefinitionid" => {
            assignment.role_guid().eq_ignore_ascii_case(value.rsplit('/').next().unwrap_or_default())
        }
        Term::Equals(..) => false,
    }
}

/// `PUT`: 201, or 200 for one that gets another description. Any principal exists (`directory.rs`), so Azure's
/// `PrincipalNotFound` is never the answer.
pub async fn put(
    State(app): State<App>,
    call: ExtensionCall,
    caller: Caller,
    request: JsonBody<AssignmentBody>,
) -> Result<Response, ArmError> {
    let given = request.value.properties;
    if call.name.parse::<Uuid>().is_err() {
        return Err(ArmError::invalid_assignment_id(&call.name));
    }
    if given.principal_id.parse::<Uuid>().is_err() {
        return Err(ArmError::invalid_principal_id(&given.principal_id));
    }
    let wanted = assignment(&app, &call, given, caller);
    if app.neighbours.role(wanted.role_guid()).is_none() {
        return Err(ArmError::role_definition_not_found(wanted.role_guid()));
    }
    if let Some(name) = app.neighbours.same_assignment(&wanted) {
        return Err(ArmError::role_assignment_exists(&name.replace('-', "")));
    }
    let (assignment, created) = app.neighbours.role_assignments.change(&wanted.id, |known| match known {
        Some(known) if !known.is_same_as(&wanted) => Err(ArmError::role_assignment_update()),
        Some(known) => Ok(RoleAssignment { created: known.created, ..wanted.clone() }),
        None => Ok(wanted.clone()),
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut body = body(&assignment);
    if created {
        // Only later answers name the creator (recorded).
        body["properties"]["createdBy"] = Value::Null;
    }
    Ok((status, Json(body)).into_response())
}

fn assignment(
    app: &App,
    call: &ExtensionCall,
    given: AssignmentProperties,
    caller: Caller,
) -> RoleAssignment {
    let AssignmentProperties { role_definition_id, principal_id, .. } = &given;
    let new = RoleAssignment::new(&call.scope, &call.name, role_definition_id, principal_id, app.clock.now());
    let known = app.neighbours.principals.get(principal_id);
    let kind = known.map(|principal| principal.kind.as_str().to_owned());
    RoleAssignment {
        principal_type: given.principal_type.or(kind).unwrap_or(new.principal_type),
        description: given.description,
        condition: given.condition,
        condition_version: given.condition_version,
        updated_by: caller.principal.map(|principal| principal.object_id),
        ..new
    }
}

/// `DELETE`: 200 with the last body, or 204.
pub async fn delete(State(app): State<App>, call: ExtensionCall) -> Result<Response, ArmError> {
    Ok(match app.neighbours.role_assignments.remove(&key(&call))? {
        Some(assignment) => Json(body(&assignment)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
