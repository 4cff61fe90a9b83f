//! Why there is no token: an AADSTS number with Entra's sentence.
//!
//! Source: "Microsoft Entra authentication and authorization error codes".

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::CallIds;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
}

/// The body of a refusal (DOC: "Microsoft identity platform and OAuth 2.0 client credentials flow").
#[derive(Serialize)]
struct RefusalBody {
    error: &'static str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: String,
    correlation_id: String,
}

impl Refusal {
    fn new(error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, code, text: text.into() }
    }

    fn client(code: u32, text: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", code, text) }
    }

    fn grant(code: u32, text: impl Into<String>) -> Self {
        Self::new("invalid_grant", code, text)
    }

    /// A member of the form is missing.
    pub fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new("invalid_request", 900_144, text)
    }

    /// A grant that is not served: those on behalf of another, and those of the implicit flow.
    pub fn unsupported_grant(grant: &str) -> Self {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        Self::new("unsupported_grant_type", 70_003, text)
    }

    /// A client without proof.
    pub fn no_proof() -> Self {
        let text = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant \
                    type.";
        Self::client(7_000_216, text)
    }

    /// A scope of a client's own token that is not a resource's default.
    pub fn scope(scope: &str) -> Self {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        Self::new("invalid_scope", 1_002_012, text)
    }

    /// An assertion that is no JSON Web Token.
    pub fn malformed_assertion() -> Self {
        Self::client(50_027, "JWT token is invalid or malformed.")
    }

    /// An assertion that is not in force.
    pub fn assertion_time(now: Timestamp, not_before: Option<f64>, expires: Option<f64>) -> Self {
        let time = |seconds: Option<f64>| {
            let span = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
            let time = span.and_then(|span| Timestamp::UNIX_EPOCH.checked_add(span).ok());
            time.map_or_else(|| "unknown".to_owned(), |time| time.to_string())
        };
        let text = format!(
            "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {}, \
             expiry time of assertion {}.",
            time(not_before),
            time(expires)
        );
        Self::client(700_024, text)
    }

    /// An assertion that none of the identity's federated credentials has.
    pub fn no_federated_identity(issuer: &str, subject: &str, audience: &str) -> Self {
        let text = format!(
            "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. \
             Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. \
             https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        );
        Self::client(70_021, text)
    }

    /// A code or refresh token that was not made here.
    pub fn malformed_grant() -> Self {
        Self::grant(9_002_313, "Invalid request. Request is malformed or invalid.")
    }

    /// A code or refresh token that has expired.
    pub fn expired_grant() -> Self {
        Self::grant(
            70_008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
             authorization request for this user and resource.",
        )
    }

    /// A code or refresh token of another client.
    pub fn grant_of_another() -> Self {
        Self::grant(700_005, "Provided Authorization Code is intended to use against other tenant or client.")
    }

    /// A redirect URI that is not the one of the code.
    pub fn redirect_mismatch() -> Self {
        let text =
            "The reply address does not match the reply address provided when requesting Authorization code.";
        Self::grant(500_112, text)
    }

    /// A verifier that is not the one of the code's challenge.
    pub fn verifier() -> Self {
        let text =
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        Self::grant(501_481, text)
    }

    /// A redirect URI to which no code is sent.
    pub fn redirect(uri: &str) -> Self {
        let text = format!(
            "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the \
             application. Make sure the redirect URI sent in the request matches one added to your application: only \
             this machine is one."
        );
        Self::new("invalid_request", 50_011, text)
    }

    /// The answer.
    pub fn answer(self, app: &App, parts: &Parts) -> Response {
        let (trace_id, correlation_id) = call_ids(app, parts);
        let timestamp = app.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let body = RefusalBody {
            error: self.error,
            error_description: format!(
                "AADSTS{}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
                self.code, self.text
            ),
            error_codes: [self.code],
            timestamp,
            trace_id,
            correlation_id,
        };
        (self.status, Json(body)).into_response()
    }
}

/// The answer when the system has no randomness to sign with.
pub(super) fn internal(app: &App, parts: &Parts) -> Response {
    let (_, correlation) = call_ids(app, parts);
    ArmError::internal(app.ids.next(), &correlation).into_response()
}

fn call_ids(app: &App, parts: &Parts) -> (String, String) {
    match parts.extensions.get::<CallIds>() {
        Some(ids) => (ids.request.to_string(), ids.correlation.clone()),
        None => (app.ids.next().to_string(), app.ids.next().to_string()),
    }
}
