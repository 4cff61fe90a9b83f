//! Microsoft.ManagedIdentity: user-assigned identities and whose tokens are good for theirs.

use axum::Router;
use axum::routing::get;

use super::tracked;
use crate::app::App;
use crate::neighbours::identity::IdentityProperties;

pub mod federated_credentials;
pub mod identities;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ManagedIdentity";
    let identity = format!("{SCOPE}/userAssignedIdentities/{{identity}}");
    let credentials = format!("{identity}/federatedIdentityCredentials");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/userAssignedIdentities"), get(tracked::list::<IdentityProperties>))
        .route(&format!("{SCOPE}/userAssignedIdentities"), get(tracked::list::<IdentityProperties>))
        .route(
            &identity,
            get(tracked::get::<IdentityProperties>)
                .put(identities::put)
                .patch(tracked::patch_tags::<IdentityProperties>)
                .delete(identities::delete),
        )
        .route(&credentials, get(federated_credentials::list))
        .route(
            &format!("{credentials}/{{credential}}"),
            get(federated_credentials::get)
                .put(federated_credentials::put)
                .delete(federated_credentials::delete),
        )
}
