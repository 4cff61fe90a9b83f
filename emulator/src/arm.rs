//! The envelope that Azure Resource Manager puts around every resource provider: paths, versions, tokens,
//! headers and errors. Nothing here knows what a container group is made of.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use http::{Method, StatusCode, Uri};
use tower::util::MapRequestLayer;
use tower::{Layer as _, ServiceExt as _};

pub mod admission;
pub mod auth;
pub mod authorization;
pub mod error;
pub mod faults;
pub mod headers;
pub mod operation;
pub mod origin;
pub mod path;
pub mod query;
pub mod reject;
pub mod resources;
pub mod target;
pub mod token;
pub mod version;

use crate::app::App;
use crate::directory::TENANT_ID;
use crate::limits::BODY_BYTES;
use crate::telemetry;
use auth::Caller;
use error::ArmError;
use headers::CallIds;
use origin::Origin;
use target::Target;
use version::RequestVersion;

/// Puts the layers around the routes; from the outside in:
///
/// 1. one log line per request, so that it sees what the client sees;
/// 2. ids and standard headers, also on what the layers below refuse;
/// 3. panics become 500, in the envelope;
/// 4. paths are normalised, which must happen before routing, hence a router around the router;
/// 5. token and api-version are asked for, in that order (a call without both gets 401), also where there is
///    no route;
/// 6. failures that somebody asked for befall what was admitted.
pub fn wrap(routes: Router<App>, app: App) -> Router {
    let inner = routes
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(app.clone(), gate))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app.clone());
    let normalised = MapRequestLayer::new(path::normalise).layer(inner);
    Router::new()
        .fallback_service(normalised.map_response(IntoResponse::into_response))
        .layer(middleware::from_fn_with_state(app.clone(), catch_panic))
        .layer(middleware::from_fn_with_state(app.clone(), headers::standard))
        .layer(middleware::from_fn_with_state(app, telemetry::log_request))
}

/// Asks ARM calls for a token and an api-version, and whether the caller may and the place is open; the token
/// endpoints and the emulator's own are open.
async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    if !path::is_arm(request.uri().path()) {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let target = Target::of(&path);
    match admitted(&app, request, &target).await {
        // A resource that is looked for is there, and nothing more is said ("Resources - Check Existence By Id").
        Ok((_, request)) if method == Method::HEAD => {
            match faults::pass(&app, request, &target, next).await {
                answer if answer.status() == StatusCode::OK => StatusCode::NO_CONTENT.into_response(),
                answer => answer,
            }
        }
        Ok((caller, request)) => {
            let of_provider = headers::of_provider(&app, &caller, &method, &target);
            let mut answer = faults::pass(&app, request, &target, next).await;
            answer.headers_mut().extend(of_provider);
            answer
        }
        Err(error) => error.into_response(),
    }
}

async fn admitted(app: &App, request: Request, target: &Target<'_>) -> Result<(Caller, Request), ArmError> {
    let (mut parts, body) = request.into_parts();
    let Origin(origin) = Origin::of(&parts);
    let authority_url = format!("{origin}/{TENANT_ID}");
    let caller = auth::check(&parts.headers, &app.authority, &app.clock, (&origin, &authority_url))?;
    RequestVersion::of(&parts)?;
    parts.extensions.insert(caller.clone());
    let request = Request::from_parts(parts, body);
    let request = authorization::authorize(app, &caller, request, target, &authority_url).await?;
    admission::admit(app, request.method(), target)?;
    Ok((caller, request))
}

/// What ARM says about a path without a route. It names the whole type: `containerGroups` alone does exist, and a
/// client told otherwise looks for the fault in its api-version.
async fn no_route(uri: Uri) -> ArmError {
    let version = query::value(uri.query(), "api-version").unwrap_or_default();
    let Some(provider) = Target::of(uri.path()).provider else { return ArmError::missing_subscription() };
    let kind = provider.kind();
    match resources::providers::versions(provider.namespace) {
        Some(_) if provider.namespace == aci_model::PROVIDER_NAMESPACE && !kind.is_empty() => {
            ArmError::invalid_resource_type(&kind, &version)
        }
        Some(versions) if !kind.is_empty() => {
            ArmError::type_not_served(provider.namespace, &kind, &version, &versions)
        }
        _ => ArmError::invalid_resource_namespace(provider.namespace),
    }
}

async fn no_method(request: Request) -> ArmError {
    ArmError::method_not_allowed(request.method())
}

/// A panic is a defect of ours: the caller gets Azure's 500, the log gets the panic by the hook and the ids.
async fn catch_panic(State(app): State<App>, request: Request, next: Next) -> Response {
    let ids = request.extensions().get::<CallIds>().cloned();
    let ids = ids.unwrap_or_else(|| CallIds { request: app.ids.next(), correlation: String::new() });
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(request.id = %ids.request, "A handler panicked");
            ArmError::internal(ids.request, &ids.correlation).into_response()
        }
    }
}
