//! `GET /providers/Microsoft.ContainerInstance/operations`: what a role may allow, and the metrics of a group.

use aci_model::resource::Page;
use aci_model::{ApiVersion, PROVIDER_NAMESPACE};
use axum::Json;
use serde_json::{Value, json};

use super::insights::metric::{CONTAINER, METRICS, Metric};
use super::surface::Operation;
use crate::arm::error::ArmError;
use crate::arm::version::RequestVersion;

/// Who an operation is shown to: a person's own, or a part of the platform's.
const USER: &str = "User";
const SYSTEM: &str = "System";

/// Action, operation, description and origin, as recorded ("goups" included); those that no recording has by "Azure
/// permissions for Containers" (DOC), which has no short names: those are ASSUMED.
const OPERATIONS: &[[&str; 4]] = &[
    [
        "register/action",
        "Register Microsoft Container Instance",
        "Registers the subscription for the container instance resource provider and enables the creation of container groups.",
        USER,
    ],
    ["containerGroupProfiles/read", "Get Container Group Profiles", "Get all container goup profiles.", USER],
    [
        "containerGroupProfiles/write",
        "Create or update Container Group Profile",
        "Create or update a specific container group profile.",
        USER,
    ],
    [
        "containerGroupProfiles/delete",
        "Delete Container Group Profile",
        "Delete the specific container group profile.",
        USER,
    ],
    [
        "containerGroupProfiles/revisions/read",
        "Get Container Group Profile Revisions",
        "Get container group profile revisions",
        USER,
    ],
    ["containerGroups/read", "Get Container Groups", "Get all container goups.", USER],
    [
        "containerGroups/write",
        "Create or update Container Group",
        "Create or update a specific container group.",
        USER,
    ],
    ["containerGroups/delete", "Delete Container Group", "Delete the specific container group.", USER],
    [
        "containerGroups/restart/action",
        "Restart Container Group",
        "Restarts a specific container group.",
        USER,
    ],
    [
        "containerGroups/stop/action",
        "Stop Container Group",
        "Stops a specific container group. Compute resources will be deallocated and billing will stop.",
        USER,
    ],
    ["containerGroups/start/action", "Start Container Group", "Starts a specific container group.", USER],
    [
        "containerGroups/containers/exec/action",
        "Exec into a Container",
        "Exec into a specific container.",
        USER,
    ],
    [
        "containerGroups/containers/attach/action",
        "Attach to a Container",
        "Attach to the output stream of a container.",
        USER,
    ],
    [
        "containerGroups/containers/logs/read",
        "Get Container Logs",
        "Get logs for a specific container.",
        USER,
    ],
    [
        "containerGroups/outboundNetworkDependenciesEndpoints/read",
        "List Container Group Detectors",
        "List Container Group Detectors",
        USER,
    ],
    [
        METRICS_ACTION,
        "Read container group metric definitions",
        "Gets the available metrics for container group.",
        SYSTEM,
    ],
    [
        "containerGroups/providers/Microsoft.Insights/diagnosticSettings/read",
        "Read Diagnostic Setting",
        "Gets the diagnostic setting for the container group.",
        SYSTEM,
    ],
    [
        "containerGroups/providers/Microsoft.Insights/diagnosticSettings/write",
        "Write Diagnostic Setting",
        "Creates or updates the diagnostic setting for the container group.",
        SYSTEM,
    ],
    [
        "locations/cachedImages/read",
        "Get Cached Images",
        "Gets the cached images for the subscription in a region.",
        USER,
    ],
    ["locations/capabilities/read", "Get Capabilities", "Get the capabilities for a region.", USER],
    [
        "locations/operations/read",
        "Get Operations",
        "List the operations for Azure Container Instance service.",
        USER,
    ],
    ["locations/usages/read", "Get Usages", "Get the usage for a specific region.", USER],
    ["operations/read", "Get Operations", "List the operations for Azure Container Instance service.", USER],
    [
        "serviceassociationlinks/delete",
        "Delete Service Association Link",
        "Delete the service association link created by Azure Container Instance resource provider on a subnet.",
        USER,
    ],
];

/// The operation that carries the metrics.
const METRICS_ACTION: &str = "containerGroups/providers/Microsoft.Insights/metricDefinitions/read";

/// Handles the operation.
pub async fn handle(version: RequestVersion) -> Result<Json<Page<Value>>, ArmError> {
    let version = Operation::Operations.version_anywhere(&version)?;
    let mut shown: Vec<_> = OPERATIONS.iter().map(operation).collect();
    // Metrics came into the answer with this version (SPEC).
    if version < ApiVersion::V2018_10_01 {
        for members in shown.iter_mut().filter_map(Value::as_object_mut) {
            members.remove("properties");
        }
    }
    Ok(Json(Page::whole(shown)))
}

fn operation([action, operation, description, origin]: &[&str; 4]) -> Value {
    let mut shown = json!({
        "name": format!("{PROVIDER_NAMESPACE}/{action}"),
        "display": {
            "provider": "Microsoft Container Instance",
            "resource": "Container Group",
            "operation": operation,
            "description": description,
        },
        "origin": origin,
    });
    if *action == METRICS_ACTION {
        let metrics: Vec<_> = METRICS.iter().map(metric).collect();
        shown["properties"] = json!({ "serviceSpecification": { "metricSpecifications": metrics } });
    }
    shown
}

fn metric(metric: &Metric) -> Value {
    let mut shown = json!({
        "name": metric.name,
        "displayName": metric.title,
        "displayDescription": metric.description,
        "unit": metric.unit,
        "aggregationType": "Average",
        "supportedAggregationTypes": ["Maximum", "Minimum", "Average"],
        "supportedTimeGrainTypes": ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "PT1D"],
        "enableRegionalMdmAccount": true,
        "sourceMdmAccount": "MicrosoftContainerInstanceShoebox",
        "sourceMdmNamespace": "AzureMonitoringMetrics",
        "fillGapWithZero": false,
    });
    if metric.has_containers() {
        let by_container =
            json!({ "name": CONTAINER, "displayName": "Container Name", "toBeExportedForShoebox": true });
        shown["dimensions"] = json!([by_container]);
    }
    shown
}
