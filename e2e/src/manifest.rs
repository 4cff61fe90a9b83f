//! Pods as the tests need them, bound for the virtual node as AKS documents it.

use serde_json::{Value, json};

use crate::UBUNTU_IMAGE;

/// The node selector of the AKS virtual-nodes documentation.
pub fn node_selector() -> Value {
    json!({"kubernetes.io/role": "agent", "beta.kubernetes.io/os": "linux", "type": "virtual-kubelet"})
}

/// The tolerations of the AKS virtual-nodes documentation.
pub fn tolerations() -> Value {
    json!([
        {"key": "virtual-kubelet.io/provider", "operator": "Exists"},
        {"key": "azure.com/aci", "operator": "Exists", "effect": "NoSchedule"},
    ])
}

/// A container that runs a shell script.
pub fn script(name: &str, script: &str) -> Value {
    json!({
        "name": name,
        "image": UBUNTU_IMAGE,
        "command": ["/bin/sh", "-c", script],
        "resources": {"requests": {"cpu": "100m", "memory": "100M"}},
    })
}

/// The spec of a pod for the virtual node, in a pod or in the template of a workload.
pub fn virtual_spec(restart_policy: &str, containers: Value) -> Value {
    json!({
        "containers": containers,
        "restartPolicy": restart_policy,
        "nodeSelector": node_selector(),
        "tolerations": tolerations(),
    })
}

/// A pod for the virtual node.
pub fn virtual_pod(name: &str, restart_policy: &str, containers: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": virtual_spec(restart_policy, containers),
    })
}

/// An ordinary pod of the cluster that runs a shell script once.
pub fn cluster_pod(name: &str, text: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [script("main", text)], "restartPolicy": "Never"},
    })
}

/// A claim `data` that is bound to a volume.
pub fn claim_of(volume: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "",
            "volumeName": volume,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    })
}
