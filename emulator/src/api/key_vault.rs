//! Microsoft.KeyVault: vaults and their secrets, as ARM and its templates write them.
//!
//! The vault's own endpoint, by which values are read, is not served: container groups read them by reference.

use axum::Router;
use axum::routing::{get, put};

use super::tracked;
use crate::app::App;
use crate::neighbours::vault::VaultProperties;

pub mod policies;
pub mod secrets;
pub mod vaults;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.KeyVault";
    let vault = format!("{SCOPE}/vaults/{{vault}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/vaults"), get(tracked::list::<VaultProperties>))
        .route(&format!("{SCOPE}/vaults"), get(tracked::list::<VaultProperties>))
        .route(
            &vault,
            get(tracked::get::<VaultProperties>).put(vaults::put).patch(vaults::patch).delete(vaults::delete),
        )
        .route(&format!("{vault}/accessPolicies/{{change}}"), put(policies::put))
        .route(&format!("{vault}/secrets"), get(secrets::list))
        .route(
            &format!("{vault}/secrets/{{secret}}"),
            get(secrets::get).put(secrets::put).patch(secrets::patch),
        )
}
