//! Microsoft.Authorization and the other providers that extend any resource: role assignments and definitions,
//! permissions, tags, and lists of what is never there (locks, policies, diagnostic settings).

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub mod assignments;
pub mod definitions;
pub mod extension;
pub mod filter;
pub mod nothing;
pub mod permissions;
pub mod tags;

/// The scopes that can be extended: the tenant, a management group, a subscription, a resource group, and a resource
/// with up to two others inside.
fn scopes() -> Vec<String> {
    let mut scopes = vec![
        String::new(),
        "/providers/Microsoft.Management/managementGroups/{management_group}".to_owned(),
        "/subscriptions/{subscription}".to_owned(),
    ];
    let mut scope = "/subscriptions/{subscription}/resourceGroups/{resource_group}".to_owned();
    scopes.push(scope.clone());
    scope.push_str("/providers/{namespace}");
    for depth in 1..=3 {
        scope.push_str(&format!("/{{kind{depth}}}/{{name{depth}}}"));
        scopes.push(scope.clone());
    }
    scopes
}

/// The routes.
pub fn routes() -> Router<App> {
    let mut routes = Router::new();
    for scope in scopes() {
        let authorization = format!("{scope}/providers/Microsoft.Authorization");
        routes = routes
            .route(&format!("{authorization}/roleAssignments"), get(assignments::list))
            .route(
                &format!("{authorization}/roleAssignments/{{assignment}}"),
                get(assignments::get).put(assignments::put).delete(assignments::delete),
            )
            .route(&format!("{authorization}/roleDefinitions"), get(definitions::list))
            .route(
                &format!("{authorization}/roleDefinitions/{{definition}}"),
                get(definitions::get).put(definitions::put).delete(definitions::delete),
            )
            .route(&format!("{authorization}/permissions"), get(permissions::list))
            .route(&format!("{authorization}/locks"), get(nothing::list))
            .route(&format!("{authorization}/policyAssignments"), get(nothing::list))
            .route(&format!("{scope}/providers/Microsoft.Insights/diagnosticSettings"), get(nothing::list))
            .route(
                &format!("{scope}/providers/Microsoft.Resources/tags/default"),
                get(tags::get).put(tags::put).patch(tags::patch).delete(tags::delete),
            );
    }
    routes
}
