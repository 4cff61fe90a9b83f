//! `GET /providers/Microsoft.ContainerInstance/operations`: what a role may allow, and the metrics of a group.

use aci_model::PROVIDER_NAMESPACE;
use aci_model::resource::Page;
use axum::Json;
use serde_json::{Value, json};

use super::insights::metric::{CONTAINER, METRICS, Metric};
use super::surface::Operation;
use crate::arm::error::ArmError;
use crate::arm::version::RequestVersion;

/// Who an operation is shown to: a person's own, or a part of the platform's.
const USER: &str = "User";
const SYSTEM: &str = "System";

/// Action, operation, description and origin, as recorded ("goups" included).
const OPERATIONS: &[[&str; 4]] = &[
    [
        "register/action",
        "Register Microsoft Container Instance",
        "Registers the subscription for the container instance resource provider and enables the creation of container groups.",
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
        "containerGroups/containers/logs/read",
        "Get Container Logs",
        "Get logs for a specific container.",
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
];

/// The operation that carries the metrics.
const METRICS_ACTION: &str = "containerGroups/providers/Microsoft.Insights/metricDefinitions/read";

/// Handles the operation.
pub async fn handle(version: RequestVersion) -> Result<Json<Page<Value>>, ArmError> {
    Operation::Operations.version_anywhere(&version)?;
    Ok(Json(Page::whole(OPERATIONS.iter().map(operation).collect())))
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
