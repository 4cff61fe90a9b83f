//! Microsoft.Storage: accounts, their keys and their file shares.

use axum::Router;
use axum::routing::{get, post};

use super::tracked;
use crate::app::App;
use crate::neighbours::storage::AccountProperties;

pub mod accounts;
pub mod keys;
pub mod names;
pub mod operation;
pub mod shares;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.Storage";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Storage";
    let account = format!("{SCOPE}/storageAccounts/{{account}}");
    let service = format!("{account}/fileServices/{{service}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/checkNameAvailability"), post(names::check))
        .route(
            &format!("{SUBSCRIPTION}/locations/{{location}}/asyncoperations/{{operation}}"),
            get(operation::get),
        )
        .route(&format!("{SUBSCRIPTION}/storageAccounts"), get(tracked::list::<AccountProperties>))
        .route(&format!("{SCOPE}/storageAccounts"), get(tracked::list::<AccountProperties>))
        .route(
            &account,
            get(tracked::get::<AccountProperties>)
                .put(accounts::put)
                .patch(accounts::patch)
                .delete(accounts::delete),
        )
        .route(&format!("{account}/listKeys"), post(keys::list))
        .route(&format!("{account}/regenerateKey"), post(keys::regenerate))
        .route(&format!("{account}/fileServices"), get(shares::list_services))
        .route(&service, get(shares::get_service).put(shares::put_service))
        .route(&format!("{service}/shares"), get(shares::list))
        .route(
            &format!("{service}/shares/{{share}}"),
            get(shares::get).put(shares::put).patch(shares::patch).delete(shares::delete),
        )
}
