//! The operation resource behind the `Azure-AsyncOperation` header.

use serde::{Deserialize, Serialize};

use crate::error::CloudErrorBody;
use crate::group::ProvisioningState;
use crate::group::instance_view::Event;

/// Every `Azure-AsyncOperation` URL of ACI carries this api-version, whatever the request used (recorded in
/// all of azure-cli's cassettes from 2018 to 2025).
pub const OPERATION_API_VERSION: &str = "2018-06-01";

/// The body of `GET …/locations/{location}/operations/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationStatus {
    /// The id of the container group, not of the operation (recorded).
    pub id: String,
    /// The group's provisioning state, mirrored.
    pub status: ProvisioningState,
    /// When the operation began, with seven digits of a second; text, since Azure's precision is kept.
    #[serde(rename = "startTime")]
    pub start_time: String,
    /// What happened so far; left out when a group comes from a standby pool.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub properties: Option<OperationProperties>,
    /// Why it failed; without a code (seen in users' reports).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<CloudErrorBody>,
}

/// The container events of an operation, all containers in one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationProperties {
    /// The events, oldest first.
    pub events: Vec<Event>,
}
