//! Operations on sandbox groups, and the endpoint that `connect` leads to.

use aci_model::ResourceId;
use axum::Router;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

pub mod connect;
pub mod create_or_update;

use super::tracked::{self, Shown};
use crate::app::App;
use crate::collection::Collection;
use crate::directory::{IdentityIds, TENANT_ID};
use crate::neighbours::sandbox_group::{SandboxGroup, SandboxIdentity, SandboxProperties};
use crate::neighbours::tracked::Kind as _;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance";
    let sandbox_group = format!("{SCOPE}/sandboxGroups/{{sandbox_group}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/sandboxGroups"), get(tracked::list::<SandboxProperties>))
        .route(&format!("{SCOPE}/sandboxGroups"), get(tracked::list::<SandboxProperties>))
        .route(
            &sandbox_group,
            get(tracked::get::<SandboxProperties>)
                .put(create_or_update::put)
                .patch(create_or_update::patch)
                .delete(create_or_update::delete),
        )
        .route(&format!("{sandbox_group}/connect"), post(connect::connect))
        .route(&format!("{}/{{incarnation}}", connect::ENDPOINT_PATH), get(connect::endpoint))
}

impl Shown for SandboxProperties {
    fn collection(app: &App) -> &Collection<SandboxGroup> {
        &app.neighbours.sandbox_groups
    }

    /// In the order of the published type definitions. Azure's management resource group has no counterpart here, and
    /// is left out.
    fn body(group: &SandboxGroup, _: &App) -> Value {
        let SandboxProperties { incarnation: _, subnets, identity } = &group.properties;
        let mut properties = Map::new();
        properties.insert("provisioningState".to_owned(), json!("Succeeded"));
        if let Some(subnets) = subnets {
            let subnets: Vec<_> = subnets.iter().map(|id| json!({ "id": id })).collect();
            properties.insert("networkProfile".to_owned(), json!({ "subnets": subnets }));
        }
        let mut body = json!({
            "id": group.id,
            "name": group.id.name(),
            "type": Self::TYPE,
            "location": group.location,
            "tags": group.tags.clone().unwrap_or_default(),
            "properties": properties,
        });
        if let Some(identity) = identity {
            body["identity"] = shown_identity(&group.id, identity);
        }
        if let Some(authorship) = &group.authorship {
            body["systemData"] = json!(authorship.system_data());
        }
        body
    }
}

fn shown_identity(group: &ResourceId, identity: &SandboxIdentity) -> Value {
    let kind = match (identity.has_own, identity.user.is_empty()) {
        (true, true) => "SystemAssigned",
        (true, false) => "SystemAssigned,UserAssigned",
        (false, _) => "UserAssigned",
    };
    let mut shown = json!({ "type": kind });
    if identity.has_own {
        shown["principalId"] = json!(IdentityIds::of(group).principal_id);
        shown["tenantId"] = json!(TENANT_ID);
    }
    let user = identity.user.iter().map(|id| {
        let ids = id.parse().ok().map(|id| IdentityIds::of(&id));
        let ids = ids.map(|ids| json!({ "principalId": ids.principal_id, "clientId": ids.client_id }));
        (id.clone(), ids.unwrap_or_else(|| json!({})))
    });
    let user: Map<String, Value> = user.collect();
    if !user.is_empty() {
        shown["userAssignedIdentities"] = user.into();
    }
    shown
}
