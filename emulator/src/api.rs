//! The operations, one file each: read the request, validate, ask the domain, show its answer.

use axum::Router;
use axum::routing::{delete, get, post, put};

pub mod authorization;
pub mod containers;
pub mod control;
pub mod deployments;
pub mod graph;
pub mod groups;
pub mod insights;
pub mod locations;
pub mod managed_identity;
pub mod network;
pub mod ngroups;
pub mod operational_insights;
pub mod profiles;
pub mod provider_operations;
pub mod standby_pools;
pub mod storage;
pub mod streams;
pub mod subnet_link;
pub mod surface;
pub mod tracked;

use crate::app::App;
use crate::arm::operation;
use crate::arm::resources::{
    generic, groups as resource_groups, locations as arm_locations, providers, subscriptions,
};
use crate::arm::token::{cloud, discovery, entra, managed_identity as managed_identity_tokens, sign_in};

/// The table of contents.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(container_instance())
        .merge(profiles::routes())
        .merge(ngroups::routes())
        .merge(standby_pools::routes())
        .merge(resource_manager())
        .merge(network::routes())
        .merge(managed_identity::routes())
        .merge(storage::routes())
        .merge(operational_insights::routes())
        .merge(authorization::routes())
        .merge(insights::routes())
        .merge(deployments::routes())
        .merge(directory())
        .merge(graph::routes())
        .merge(emulator())
        .merge(websockets())
}

/// Microsoft.ContainerInstance: what SDKs, `az container` and the provider call.
fn container_instance() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance";
    const SUBNET: &str = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}";
    let location = format!("{SUBSCRIPTION}/locations/{{location}}");
    let group = format!("{SCOPE}/containerGroups/{{group}}");
    let link = format!("{SUBNET}/providers/Microsoft.ContainerInstance/serviceAssociationLinks/default");
    Router::new()
        .route("/providers/Microsoft.ContainerInstance/operations", get(provider_operations::handle))
        .route(&format!("{SUBSCRIPTION}/containerGroups"), get(groups::list::by_subscription))
        .route(&format!("{location}/operations/{{operation}}"), get(operation::get))
        .route(&format!("{location}/usages"), get(locations::usages::handle))
        .route(&format!("{location}/capabilities"), get(locations::capabilities::handle))
        .route(&format!("{location}/cachedImages"), get(locations::cached_images::handle))
        .route(&format!("{SCOPE}/containerGroups"), get(groups::list::by_resource_group))
        .route(
            &group,
            get(groups::get::handle)
                .put(groups::create_or_update::handle)
                .patch(groups::update::handle)
                .delete(groups::delete::handle),
        )
        .route(&format!("{group}/start"), post(groups::start::handle))
        .route(&format!("{group}/stop"), post(groups::stop::handle))
        .route(&format!("{group}/restart"), post(groups::restart::handle))
        .route(&format!("{group}/outboundNetworkDependenciesEndpoints"), get(groups::outbound::handle))
        .route(&format!("{group}/containers/{{container}}/logs"), get(containers::logs::handle))
        .route(&format!("{group}/containers/{{container}}/exec"), post(containers::exec::handle))
        .route(&format!("{group}/containers/{{container}}/attach"), post(containers::attach::handle))
        .route(&link, delete(subnet_link::handle))
}

/// Azure Resource Manager itself: what every client asks before and around.
fn resource_manager() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}";
    Router::new()
        .route("/tenants", get(subscriptions::tenants))
        .route("/subscriptions", get(subscriptions::list))
        .route(SUBSCRIPTION, get(subscriptions::get))
        .route(&format!("{SUBSCRIPTION}/operationresults/{{token}}"), get(subscriptions::operation_result))
        .route(&format!("{SUBSCRIPTION}/locations"), get(arm_locations::list))
        .route(&format!("{SUBSCRIPTION}/resources"), get(generic::by_subscription))
        .route(&format!("{SUBSCRIPTION}/resourceGroups"), get(resource_groups::list))
        .route(
            &format!("{SUBSCRIPTION}/resourceGroups/{{resource_group}}/resources"),
            get(generic::by_resource_group),
        )
        .route(
            &format!("{SUBSCRIPTION}/resourceGroups/{{resource_group}}"),
            get(resource_groups::get)
                .head(resource_groups::check)
                .put(resource_groups::put)
                .patch(resource_groups::patch)
                .delete(resource_groups::delete),
        )
        .route(&format!("{SUBSCRIPTION}/providers"), get(providers::list))
        .route(&format!("{SUBSCRIPTION}/providers/{{namespace}}"), get(providers::get))
        .route(&format!("{SUBSCRIPTION}/providers/{{namespace}}/register"), post(providers::register))
        .route(&format!("{SUBSCRIPTION}/providers/{{namespace}}/unregister"), post(providers::unregister))
        .route("/providers", get(providers::list_of_tenant))
        .route(
            &format!("{SUBSCRIPTION}/resourceGroups/{{resource_group}}/moveResources"),
            post(resource_groups::move_resources),
        )
        .route(
            &format!("{SUBSCRIPTION}/resourceGroups/{{resource_group}}/validateMoveResources"),
            post(resource_groups::move_resources),
        )
}

/// The directory: what credentials ask.
fn directory() -> Router<App> {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(entra::token_v2))
        .route("/{tenant}/oauth2/token", post(entra::token_v1))
        .route("/{tenant}/oauth2/v2.0/authorize", get(sign_in::authorize))
        .route("/{tenant}/oauth2/authorize", get(sign_in::authorize))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(sign_in::device_code))
        .route("/{tenant}/oauth2/devicecode", post(sign_in::device_code))
        .route("/deviceauth", get(sign_in::device_page))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::configuration_v2))
        .route("/{tenant}/.well-known/openid-configuration", get(discovery::configuration_v1))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route("/{tenant}/discovery/keys", get(discovery::keys))
        .route("/common/discovery/instance", get(discovery::instance))
        .route("/common/userrealm/{user}", get(discovery::user_realm))
        .route("/metadata/identity/oauth2/token", get(managed_identity_tokens::imds))
        .route("/metadata/instance", get(managed_identity_tokens::instance))
        .route(
            "/msi/token",
            get(managed_identity_tokens::app_service).post(managed_identity_tokens::cloud_shell),
        )
        .route("/metadata/endpoints", get(cloud::endpoints))
}

/// The emulator's own: what people and scripts ask.
fn emulator() -> Router<App> {
    Router::new()
        .route("/_emulator/health", get(control::health))
        .route("/_emulator/ca.pem", get(control::ca_pem))
        .route("/_emulator/images", get(control::image))
        .route("/_emulator/reset", post(control::reset))
        .merge(levers())
}

/// What moves the emulator, for callers on its own machine.
fn levers() -> Router<App> {
    Router::new()
        .route(
            "/_emulator/faults",
            get(control::faults::list).post(control::faults::add).delete(control::faults::clear),
        )
        .route("/_emulator/faults/{id}", delete(control::faults::remove))
        .route("/_emulator/clock", get(control::clock::get).post(control::clock::set))
        .route("/_emulator/clock/advance", post(control::clock::advance))
        .route(
            "/_emulator/limits",
            get(control::limits::get).put(control::limits::put).patch(control::limits::patch),
        )
        .route("/_emulator/snapshots", get(control::snapshots::list))
        .route(
            "/_emulator/snapshots/{name}",
            put(control::snapshots::take).delete(control::snapshots::remove),
        )
        .route("/_emulator/snapshots/{name}/restore", post(control::snapshots::restore))
        .route_layer(axum::middleware::from_extractor::<control::Local>())
}

/// Where exec and attach send their callers, in the paths that Azure's containers have (recorded).
fn websockets() -> Router<App> {
    Router::new()
        .route(&format!("{}/{{session}}", streams::TERMINAL_PATH), get(streams::terminal))
        .route(&format!("{}/{{session}}", streams::LOG_PATH), get(streams::log))
}
