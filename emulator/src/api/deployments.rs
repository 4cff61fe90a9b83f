//! Microsoft.Resources/deployments: templates, evaluated and carried out by the operations that everybody calls.

use axum::Router;
use axum::routing::{get, post};

mod call;
mod client;
mod compare;
mod complete;
mod create;
mod operations;
mod preflight;
mod prepare;
mod read;
mod request;
mod run;
mod shown;
mod validate;
mod what_if;

use crate::app::App;

/// The routes, at both scopes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}";
    const GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{resource_group}";
    [SUBSCRIPTION, GROUP].into_iter().fold(Router::new(), |router, scope| router.merge(at(scope)))
}

fn at(scope: &str) -> Router<App> {
    let all = format!("{scope}/providers/Microsoft.Resources/deployments");
    let one = format!("{all}/{{deployment}}");
    // Operations have their place without the provider too, where SDKs ask ("Deployment Operations - List", SPEC).
    let bare = format!("{scope}/deployments/{{deployment}}/operations");
    Router::new()
        .route(&all, get(read::list))
        .route(&one, get(read::get).put(create::put).delete(read::delete))
        .route(&format!("{one}/validate"), post(validate::handle))
        .route(&format!("{one}/whatIf"), post(what_if::handle))
        .route(&format!("{one}/cancel"), post(read::cancel))
        .route(&format!("{one}/exportTemplate"), post(read::export))
        .route(&bare, get(operations::list))
        .route(&format!("{bare}/{{operation}}"), get(operations::get))
        .route(&format!("{one}/operations"), get(operations::list))
        .route(&format!("{one}/operations/{{operation}}"), get(operations::get))
        .route(&format!("{one}/operationStatuses/{{operation}}"), get(operations::status))
}
