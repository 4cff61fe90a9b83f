//! Sidecars, which are ordinary containers to ACI and init containers to Kubernetes.

use aci_provider::status::{View, of_group};
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::{Value, json};

use crate::support::builders::{exited, group, running, waiting};

fn pod() -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "mesh", "namespace": "shop", "uid": "u"},
        "spec": {
            "initContainers": [{"name": "proxy", "image": "proxy", "restartPolicy": "Always"}],
            "containers": [{"name": "app", "image": "app"}],
        },
    }))
    .unwrap()
}

fn status(pod: &Pod, proxy: Value, app: Value) -> PodStatus {
    let group = group("Succeeded", &[("proxy", proxy), ("app", app)]);
    of_group(View { pod, host_ip: None, now: "2026-01-01T01:00:00Z".parse().unwrap() }, &group)
}

fn condition(status: &PodStatus, kind: &str) -> String {
    let conditions = status.conditions.as_deref().unwrap();
    conditions.iter().find(|condition| condition.type_ == kind).unwrap().status.clone()
}

#[test]
fn a_sidecar_that_runs_is_an_init_container_that_has_passed_and_is_ready() {
    let status = status(&pod(), running(), running());
    assert_eq!(status.phase.as_deref(), Some("Running"));
    let init = &status.init_container_statuses.as_ref().unwrap()[0];
    assert_eq!((init.name.as_str(), init.ready, init.started), ("proxy", true, Some(true)));
    assert_eq!(status.container_statuses.as_ref().unwrap().len(), 1, "it is not told twice");
    for kind in ["Initialized", "ContainersReady", "Ready"] {
        assert_eq!(condition(&status, kind), "True", "{kind}");
    }
}

#[test]
fn a_pod_waits_for_its_sidecar_once_and_is_not_ready_without_it() {
    let first = status(&pod(), waiting("ContainerCreating"), running());
    assert_eq!(
        (first.phase.as_deref(), condition(&first, "Initialized").as_str()),
        (Some("Pending"), "False")
    );

    let mut before = pod();
    before.status = Some(status(&pod(), running(), running()));
    let mut crashed = exited(1);
    crashed["previousState"] = crashed["currentState"].clone();
    crashed["currentState"] = json!({"state": "Waiting", "detailStatus": "CrashLoopBackOff"});
    let later = status(&before, crashed, running());
    assert_eq!(
        (later.phase.as_deref(), condition(&later, "Initialized").as_str()),
        (Some("Running"), "True")
    );
    assert_eq!(condition(&later, "Ready"), "False");
}
