//! Microsoft.OperationalInsights: Log Analytics workspaces, as `az container create --log-analytics-workspace` asks
//! for them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::tracked::{self, Body, ResourceCall, Shown, checked_location, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::neighbours::tracked::{Kind as _, Tracked};
use crate::neighbours::workspace::{Workspace, WorkspaceProperties};

/// What the service writes; a client may send it back.
const READ_ONLY: &[&str] = &[
    "customerId",
    "provisioningState",
    "createdDate",
    "modifiedDate",
    "sku",
    "retentionInDays",
    "privateLinkScopedResources",
    "dataIngestionStatus",
];

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.OperationalInsights";
    const SCOPE: &str = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.OperationalInsights";
    let workspace = format!("{SCOPE}/workspaces/{{workspace}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/workspaces"), get(tracked::list::<WorkspaceProperties>))
        .route(&format!("{SCOPE}/workspaces"), get(tracked::list::<WorkspaceProperties>))
        .route(&workspace, get(tracked::get::<WorkspaceProperties>).put(put).patch(patch).delete(delete))
        .route(&format!("{workspace}/sharedKeys"), post(shared_keys))
        .route(&format!("{workspace}/regenerateSharedKey"), post(regenerate))
}

impl Shown for WorkspaceProperties {
    fn collection(app: &App) -> &Collection<Workspace> {
        &app.neighbours.workspaces
    }

    /// In the order of the examples of "Workspaces - Create Or Update".
    fn body(workspace: &Workspace, _: &App) -> Value {
        let Self { customer_id, sku, retention_in_days, created, modified, shared_keys: _, others } =
            &workspace.properties;
        let mut properties = json!({
            "customerId": customer_id,
            "provisioningState": "Succeeded",
            "sku": { "name": sku, "lastSkuUpdate": created.to_string() },
            "retentionInDays": retention_in_days,
            "features": { "legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": true },
            "workspaceCapping": { "dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota" },
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "createdDate": created.to_string(),
            "modifiedDate": modified.to_string(),
        });
        if let Value::Object(members) = &mut properties {
            members.extend(others.clone());
        }
        let mut body = json!({ "properties": properties, "location": workspace.location });
        if let Some(tags) = &workspace.tags {
            body["tags"] = json!(tags);
        }
        body["id"] = json!(workspace.id);
        body["name"] = json!(workspace.id.name());
        body["type"] = json!(Self::TYPE);
        body["etag"] = json!(format!("\"{}\"", workspace.etag));
        body
    }
}

/// `PUT`: 201 or 200. Azure works on for seconds; here the workspace is there at once, which its operation says too.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<Map<String, Value>>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, properties: mut given, others: _ } = body.value;
    let asked = Asked::take(&mut given);
    let now = app.clock.now();
    let (workspace, created) = app.neighbours.workspaces.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let mut properties = match known {
            Some(Tracked { properties, .. }) => {
                WorkspaceProperties { modified: now, others: given, ..properties.clone() }
            }
            None => WorkspaceProperties {
                customer_id: app.ids.next(),
                sku: WorkspaceProperties::DEFAULT_SKU.to_owned(),
                retention_in_days: WorkspaceProperties::DEFAULT_RETENTION_DAYS,
                created: now,
                modified: now,
                shared_keys: WorkspaceProperties::new_keys(&app.ids),
                others: given,
            },
        };
        asked.apply(&mut properties);
        let id = call.id_of(known);
        Ok::<_, ArmError>(Workspace {
            id,
            location,
            tags,
            etag: app.ids.next(),
            properties,
            authorship: None,
        })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(WorkspaceProperties::body(&workspace, &app))).into_response())
}

/// `PATCH`: what is named changes.
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<Map<String, Value>>>,
) -> Result<Json<Value>, ArmError> {
    let Body { location: _, tags, properties: mut given, others: _ } = body.value;
    let asked = Asked::take(&mut given);
    let (workspace, _) = app.neighbours.workspaces.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let mut workspace = Workspace { etag: app.ids.next(), ..known.clone() };
        workspace.tags = tags.or(workspace.tags);
        asked.apply(&mut workspace.properties);
        workspace.properties.others.extend(given);
        workspace.properties.modified = app.clock.now();
        Ok::<_, ArmError>(workspace)
    })?;
    Ok(Json(WorkspaceProperties::body(&workspace, &app)))
}

/// What a body says about price and days.
struct Asked {
    sku: Option<String>,
    days: Option<i64>,
}

impl Asked {
    /// Reads it, and takes out what the service writes itself.
    fn take(given: &mut Map<String, Value>) -> Self {
        let sku = given.get("sku").and_then(|sku| sku.get("name")?.as_str()).map(str::to_owned);
        let days = given.get("retentionInDays").and_then(Value::as_i64);
        without_read_only(given, READ_ONLY);
        Self { sku, days }
    }

    fn apply(self, properties: &mut WorkspaceProperties) {
        if let Some(sku) = self.sku {
            properties.sku = sku;
        }
        properties.retention_in_days = self.days.unwrap_or(properties.retention_in_days);
    }
}

/// `DELETE`
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.workspaces.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}

/// `POST …/sharedKeys`: where the keys are shown.
pub async fn shared_keys(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    Ok(Json(keys(call.existing::<WorkspaceProperties>(&app)?.as_ref())))
}

/// `POST …/regenerateSharedKey`: both keys are new (SPEC).
pub async fn regenerate(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let (workspace, _) = app.neighbours.workspaces.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let mut workspace = Workspace { etag: app.ids.next(), ..known.clone() };
        workspace.properties.shared_keys = WorkspaceProperties::new_keys(&app.ids);
        Ok::<_, ArmError>(workspace)
    })?;
    Ok(Json(keys(&workspace)))
}

fn keys(workspace: &Workspace) -> Value {
    let [primary, secondary] = &workspace.properties.shared_keys;
    json!({ "primarySharedKey": primary.expose(), "secondarySharedKey": secondary.expose() })
}
