//! Every failure of the ARM surface: a named constructor per error, in the service's own words.
//!
//! Evidence marks in the docs: REC recorded, DOC Microsoft's documentation, USER pasted by a user of Azure,
//! WELL-KNOWN stable wording without a strong source, ASSUMED where no source gives code or words.

use aci_model::{ApiVersion, CloudError, PROVIDER_NAMESPACE, ResourceId};
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderName, HeaderValue, StatusCode};

pub mod catalogue;
pub mod deployments;
mod neighbours;

use super::headers::FAILURE_CAUSE;
use crate::api::surface::Operation;
use crate::groups::GroupError;
use crate::regions;
use crate::store::StoreError;
use crate::validate::Violation;

/// A failure as ARM answers it; what only the log may know is logged before this is made.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmError {
    status: StatusCode,
    body: Box<CloudError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ArmError {
    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, body: Box::new(CloudError::new(code, message)), headers: Vec::new() }
    }

    fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// Marks an error as the gateway's own (recorded: `x-ms-failure-cause: gateway`).
    fn by_gateway(self) -> Self {
        self.with(FAILURE_CAUSE, "gateway")
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Azure's code.
    pub fn code(&self) -> &str {
        &self.body.error.code
    }

    /// Azure's words.
    pub fn message(&self) -> &str {
        &self.body.error.message
    }

    // Requests

    /// DOC, USER.
    pub fn missing_api_version() -> Self {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        Self::bad_request("MissingApiVersionParameter", text).by_gateway()
    }

    /// USER: a malformed version.
    pub fn invalid_api_version(version: &str) -> Self {
        let supported = versions(all(), ",");
        let text =
            format!("The api-version '{version}' is invalid. The supported versions are '{supported}'.");
        Self::bad_request("InvalidApiVersionParameter", text).by_gateway()
    }

    /// DOC, USER: a well-formed version that does not have the operation, or a location that does not have the
    /// type, on a call whose location is known.
    pub fn no_registered_provider(location: &str, version: &str, operation: Operation) -> Self {
        let (supported, locations) = (versions(operation.versions(), ", "), regions::names(", "));
        let kind = operation.kind();
        let text = format!(
            "No registered resource provider found for location '{location}' and API version '{version}' for \
             type '{kind}'. The supported api-versions are '{supported}'. The supported locations are \
             '{locations}'."
        );
        Self::bad_request("NoRegisteredProviderFound", text).by_gateway()
    }

    /// USER: the same on a list, where no location is known.
    pub fn operation_not_in_version(version: &str, operation: Operation) -> Self {
        Self::type_not_found(operation.kind(), version, &versions(operation.versions(), ","))
    }

    /// USER: an unknown type.
    pub fn invalid_resource_type(kind: &str, version: &str) -> Self {
        Self::type_not_found(kind, version, &versions(all(), ","))
    }

    fn type_not_found(kind: &str, version: &str, supported: &str) -> Self {
        let text = format!(
            "The resource type '{kind}' could not be found in the namespace '{PROVIDER_NAMESPACE}' for api \
             version '{version}'. The supported api-versions are '{supported}'."
        );
        Self::not_found("InvalidResourceType", text).by_gateway()
    }

    /// WELL-KNOWN.
    pub fn invalid_resource_namespace(namespace: &str) -> Self {
        let text = format!("The resource namespace '{namespace}' is invalid.");
        Self::not_found("InvalidResourceNamespace", text).by_gateway()
    }

    /// USER: a path that names neither a subscription nor a tenant-level provider.
    pub fn missing_subscription() -> Self {
        let text = "The request did not have a subscription or a valid tenant level resource provider.";
        Self::not_found("MissingSubscription", text).by_gateway()
    }

    /// ASSUMED: the code; the sentence is ASP.NET's.
    pub fn method_not_allowed(method: &http::Method) -> Self {
        let text = format!("The requested resource does not support http method '{method}'.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", text).by_gateway()
    }

    /// ASSUMED; the limit is DOC.
    pub fn request_too_large(limit: usize) -> Self {
        let text = format!("The request content size exceeds the maximum size of '{limit}' bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestContentTooLarge", text).by_gateway()
    }

    /// DOC: `detail` is Newtonsoft's sentence.
    pub fn invalid_request_content(detail: &str) -> Self {
        let text = format!("The request content was invalid and could not be deserialized: '{detail}'.");
        Self::bad_request("InvalidRequestContent", text)
    }

    /// ASSUMED.
    pub fn invalid_query_parameter(name: &str, value: &str, expected: &str) -> Self {
        let text =
            format!("The query parameter '{name}' has the invalid value '{value}': {expected} is expected.");
        Self::bad_request("InvalidQueryParameterValue", text)
    }

    /// WELL-KNOWN: an OData filter that the list of resources does not understand.
    pub fn invalid_filter(filter: &str) -> Self {
        let text = format!("Invalid $filter '{filter}' specified in the query string.");
        Self::bad_request("InvalidFilterInQueryString", text).by_gateway()
    }

    /// REC: the words; whatever happened is in the log under the request id.
    pub fn internal(activity: uuid::Uuid, correlation: &str) -> Self {
        let text = format!(
            "Encountered an internal server error. The tracking activity id is '{activity}', correlation id is \
             '{correlation}'."
        );
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", text)
    }

    // Authentication

    /// DOC; `authority` is where a client may get a token.
    pub fn authentication_missing(authority: &str) -> Self {
        let text = "Authentication failed. The 'Authorization' header is missing.";
        Self::unauthorized("AuthenticationFailed", text, authority)
    }

    /// DOC for the code; the words for another scheme than `Bearer` are Azure's too.
    pub fn authentication_scheme(authority: &str) -> Self {
        let text = "Authentication failed. The 'Authorization' header is provided in an invalid format.";
        Self::unauthorized("AuthenticationFailed", text, authority)
    }

    /// USER.
    pub fn invalid_token(authority: &str) -> Self {
        Self::unauthorized("InvalidAuthenticationToken", "The access token is invalid.", authority)
    }

    /// WELL-KNOWN.
    pub fn expired_token(authority: &str) -> Self {
        Self::unauthorized(
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than \
             current UTC time.",
            authority,
        )
    }

    fn unauthorized(code: &str, text: &str, authority: &str) -> Self {
        let challenge = format!(
            "Bearer authorization_uri=\"{authority}\", error=\"invalid_token\", error_description=\"{text}\""
        );
        Self::new(StatusCode::UNAUTHORIZED, code, text).with(WWW_AUTHENTICATE, &challenge).by_gateway()
    }

    // Subscriptions and resource groups

    /// USER.
    pub fn invalid_subscription(id: &str) -> Self {
        let text = format!("The provided subscription identifier '{id}' is malformed or invalid.");
        Self::bad_request("InvalidSubscriptionId", text).by_gateway()
    }

    /// REC, USER.
    pub fn resource_group_not_found(name: &str) -> Self {
        let text = format!("Resource group '{name}' could not be found.");
        Self::not_found("ResourceGroupNotFound", text).by_gateway()
    }

    /// WELL-KNOWN.
    pub fn resource_group_name(name: &str) -> Self {
        let text = format!(
            "The provided resource group name '{name}' has these invalid characters or ends with a period. The \
             name can only be a letter, digit, '-', '.', '(', ')' or '_' and at most 90 characters long."
        );
        Self::bad_request("InvalidResourceGroup", text).by_gateway()
    }

    /// WELL-KNOWN.
    pub fn resource_group_moved(name: &str, wanted: &str, actual: &str) -> Self {
        let text = format!(
            "Invalid resource group location '{wanted}'. The Resource group '{name}' already exists in location \
             '{actual}'."
        );
        Self::new(StatusCode::CONFLICT, "InvalidResourceGroupLocation", text).by_gateway()
    }

    // Container groups

    /// REC: ARM has no record of the resource.
    pub fn resource_not_found(id: &ResourceId) -> Self {
        let kind = id.path.first().map_or("", |(kind, _)| kind);
        let text = format!(
            "The Resource '{}/{kind}/{}' under resource group '{}' was not found. For more details please go to \
             https://aka.ms/ARMResourceNotFoundFix",
            id.namespace,
            id.name(),
            id.resource_group
        );
        Self::not_found("ResourceNotFound", text).by_gateway()
    }

    /// REC: the resource provider has no such row, as on sub-resource calls.
    pub fn container_group_not_found(name: &str) -> Self {
        Self::not_found("ContainerGroupNotFound", format!("The container group '{name}' does not exist."))
    }

    /// USER.
    pub fn container_not_found(container: &str, group: &str) -> Self {
        let text = format!("The container '{container}' does not exist in container group '{group}'.");
        Self::not_found("ContainerNotFound", text)
    }

    /// USER.
    pub fn log_not_available(container: &str, group: &str) -> Self {
        let text = format!(
            "Log of container '{container}' in container group '{group}' is not available yet. Please check \
             container 'InstanceView' for more information or retry later."
        );
        Self::not_found("ContainerLogNotAvailable", text)
    }

    /// ASSUMED: no source tells what Azure answers while container groups are in the subnet.
    pub fn link_in_use(subnet: &ResourceId, group: &ResourceId) -> Self {
        let text = format!(
            "The service association link of subnet '{subnet}' is in use by container group '{group}'. Delete the \
             container group first."
        );
        Self::new(StatusCode::CONFLICT, "ServiceAssociationLinkInUse", text)
    }

    /// ASSUMED: the code is built as that of a missing container group.
    pub fn profile_not_found(id: &str) -> Self {
        let text = format!("The container group profile '{id}' does not exist.");
        Self::not_found("ContainerGroupProfileNotFound", text)
    }

    /// ASSUMED, as above.
    pub fn profile_revision_not_found(revision: &str, profile: &str) -> Self {
        let text =
            format!("Revision '{revision}' of the container group profile '{profile}' does not exist.");
        Self::not_found("ContainerGroupProfileRevisionNotFound", text)
    }

    /// ASSUMED: what NGroups cannot be.
    pub fn invalid_ngroup(ngroup: &str, fault: &str) -> Self {
        Self::bad_request("InvalidNGroupsRequest", format!("The NGroups '{ngroup}' is invalid: {fault}."))
    }

    /// ASSUMED: what a standby pool cannot be.
    pub fn invalid_standby_pool(pool: &str, fault: &str) -> Self {
        Self::bad_request(
            "InvalidStandbyPoolRequest",
            format!("The standby pool '{pool}' is invalid: {fault}."),
        )
    }

    /// ASSUMED by analogy with a region that has no room: another attempt may find a group ready.
    pub fn standby_pool_empty(pool: &str, group: &str) -> Self {
        let text = format!(
            "The container group '{group}' cannot be obtained from the standby pool '{pool}' at this moment. Please retry \
             later, or allow the creation of a new container group."
        );
        Self::new(StatusCode::CONFLICT, "ServiceUnavailable", text)
    }

    /// USER; the code was seen in third-party texts only.
    pub fn dns_name_label_taken(label: &str, group: &str) -> Self {
        Self::bad_request(
            "DnsNameLabelNotAvailable",
            format!(
                "The DNS name label '{label}' in container group '{group}' not available. Try using a different label."
            ),
        )
    }

    /// DOC.
    pub fn transitioning(group: &str) -> Self {
        let text = format!("The container group '{group}' is still transitioning, please retry later.");
        Self::new(StatusCode::CONFLICT, "ContainerGroupTransitioning", text)
    }

    /// USER for the words; code and status are ASSUMED.
    pub fn group_is_stopped(group: &str, resource_group: &str) -> Self {
        let text = format!("Container Group '{group}' in resource group '{resource_group}' is stopped");
        Self::bad_request("ContainerGroupStopped", text)
    }

    /// ASSUMED: exec of a container that has ended or waits for its next start.
    pub fn container_not_running(container: &str, group: &str) -> Self {
        let text = format!("The container '{container}' in container group '{group}' is not running.");
        Self::new(StatusCode::CONFLICT, "ContainerNotRunning", text)
    }

    /// ASSUMED.
    pub fn invalid_exec_command(container: &str, group: &str, fault: &str) -> Self {
        let text = format!(
            "The exec command for container '{container}' in container group '{group}' is invalid: {fault}."
        );
        Self::bad_request("InvalidExecCommand", text)
    }

    /// ASSUMED: a websocket that exec or attach did not give out, or that was opened or has expired since.
    pub fn stream_not_found() -> Self {
        Self::not_found("SessionNotFound", "The session does not exist, was used before or has expired.")
    }

    /// ASSUMED: the `Authorization` of a log stream is not its password.
    pub fn stream_refused() -> Self {
        let text = "The 'Authorization' header is not the password of the session.";
        Self::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", text)
    }

    /// ASSUMED.
    pub fn operation_not_found(id: &str) -> Self {
        Self::not_found("OperationNotFound", format!("The operation '{id}' does not exist."))
    }

    /// ASSUMED: the container engine behind the emulator does not answer.
    pub fn engine_unavailable() -> Self {
        let text =
            "The container engine does not answer. Start it, or run the emulator with '--runtime sim'.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", text)
    }

    /// ASSUMED: the disk is full or the data folder is gone.
    pub fn store_failed() -> Self {
        let text = "The emulator cannot write its state. Check that its data folder exists and has space.";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "StorageFailed", text)
    }
}

fn all() -> impl Iterator<Item = ApiVersion> {
    ApiVersion::ALL.iter().copied()
}

fn versions(versions: impl Iterator<Item = ApiVersion>, separator: &str) -> String {
    versions.map(ApiVersion::as_str).collect::<Vec<_>>().join(separator)
}

impl From<Violation> for ArmError {
    fn from(violation: Violation) -> Self {
        let status = StatusCode::from_u16(violation.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, violation.code(), violation.to_string())
    }
}

impl From<GroupError> for ArmError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NotFound(id) => Self::container_group_not_found(id.name()),
            GroupError::ContainerNotFound { group, container } => {
                Self::container_not_found(&container, group.name())
            }
            GroupError::NameTaken { group, label } => Self::dns_name_label_taken(&label, group.name()),
            GroupError::Transitioning(id) => Self::transitioning(id.name()),
            GroupError::Stopped(id) => Self::group_is_stopped(id.name(), &id.resource_group),
            GroupError::NotRunning { group, container } => {
                Self::container_not_running(&container, group.name())
            }
            GroupError::LogNotAvailable { group, container } => {
                Self::log_not_available(&container, group.name())
            }
            GroupError::Runtime(error) => {
                tracing::error!(%error, "failed to ask the runtime");
                Self::engine_unavailable()
            }
            GroupError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ArmError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "failed to use the store");
        Self::store_failed()
    }
}

impl IntoResponse for ArmError {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
