//! Settings, pods and groups of the tests.

use aci_model::group::{ContainerGroup, OsType};
use aci_provider::profile::Profile;
use aci_provider::translate::Settings;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

pub(crate) const NODE: &str = "virtual-node-aci-linux";
pub(crate) const CLUSTER: &str = "cluster-uid";

/// Settings without a subnet.
pub(crate) fn settings() -> Settings {
    Settings {
        node_name: NODE.to_owned(),
        host_ip: Some("10.0.0.4".parse().unwrap()),
        cluster_id: CLUSTER.to_owned(),
        location: "westeurope".to_owned(),
        os_type: OsType::Linux,
        subnet: None,
        kube_dns_ip: Some("10.0.0.10".to_owned()),
        cluster_domain: "cluster.local".to_owned(),
        profile: Profile::Modern,
        master: None,
        log_analytics: None,
    }
}

/// A pod with the containers `names`, as the scheduler leaves it.
pub(crate) fn pod(name: &str, restart_policy: &str, names: &[&str]) -> Pod {
    let containers: Vec<_> = names.iter().map(|name| json!({"name": name, "image": "nginx"})).collect();
    serde_json::from_value(json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("uid-{name}"), "resourceVersion": "1",
        },
        "spec": {
            "nodeName": NODE, "restartPolicy": restart_policy, "enableServiceLinks": false,
            "containers": containers,
        },
        "status": {
            "phase": "Pending", "qosClass": "BestEffort",
            "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        },
    }))
    .unwrap()
}

/// A group with an address, whose containers have the instance views of `states`.
pub(crate) fn group(provisioning: &str, states: &[(&str, Value)]) -> ContainerGroup {
    let containers: Vec<_> = states
        .iter()
        .map(|(name, view)| json!({"name": name, "properties": {"instanceView": view}}))
        .collect();
    serde_json::from_value(json!({
        "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/g",
        "properties": {
            "provisioningState": provisioning, "containers": containers,
            "ipAddress": {"type": "Private", "ip": "10.1.0.4"},
            "instanceView": {"events": [], "state": "Running"},
        },
    }))
    .unwrap()
}

/// The instance view of a container that runs.
pub(crate) fn running() -> Value {
    json!({"restartCount": 0, "currentState":
        {"state": "Running", "startTime": "2026-01-01T00:01:00.819Z", "detailStatus": ""}})
}

/// The instance view of a container that has ended.
pub(crate) fn exited(code: i32) -> Value {
    let detail = if code == 0 { "Completed" } else { "Error" };
    json!({"restartCount": 0, "currentState": {
        "state": "Terminated", "startTime": "2026-01-01T00:01:00Z", "exitCode": code,
        "finishTime": "2026-01-01T00:02:00Z", "detailStatus": detail,
    }})
}

/// The instance view of a container that waits.
pub(crate) fn waiting(detail: &str) -> Value {
    json!({"restartCount": 0, "currentState": {"state": "Waiting", "detailStatus": detail}})
}
