//! Groups and the pod statuses that they mean.

use aci_provider::status::{View, lost, of_group};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::{Value, json};

use crate::support::builders::{exited, group, pod, running, waiting};

fn now() -> Timestamp {
    "2026-01-01T00:03:00Z".parse().unwrap()
}

fn view(pod: &Pod) -> View<'_> {
    View { pod, host_ip: Some("10.0.0.4".parse().unwrap()), now: now() }
}

fn condition(status: &PodStatus, kind: &str) -> String {
    let all = status.conditions.as_deref().unwrap_or_default();
    all.iter().find(|c| c.type_ == kind).map(|c| c.status.clone()).unwrap_or_default()
}

/// An instance view whose previous state is that of `before`.
fn after(mut view: Value, before: &Value, restarts: i32) -> Value {
    view["previousState"] = before["currentState"].clone();
    view["restartCount"] = json!(restarts);
    view
}

#[test]
fn phases_follow_states_and_restart_policy() {
    let crash_loop = after(waiting("CrashLoopBackOff: Back-off 10s restarting failed"), &exited(3), 2);
    let table = [
        ("Always", "Succeeded", running(), "Running"),
        ("Always", "Pending", Value::Null, "Pending"),
        ("Always", "Creating", waiting("ContainerCreating"), "Pending"),
        ("Always", "Succeeded", crash_loop.clone(), "Running"),
        ("Always", "Succeeded", exited(0), "Running"),
        ("OnFailure", "Succeeded", exited(0), "Succeeded"),
        ("OnFailure", "Succeeded", exited(3), "Running"),
        ("OnFailure", "Succeeded", crash_loop, "Running"),
        ("Never", "Succeeded", exited(0), "Succeeded"),
        ("Never", "Succeeded", exited(3), "Failed"),
        ("Always", "Failed", waiting(""), "Failed"),
    ];
    for (policy, provisioning, state, phase) in table {
        let pod = pod("p", policy, &["c"]);
        let status = of_group(view(&pod), &group(provisioning, &[("c", state.clone())]));
        assert_eq!(status.phase.as_deref(), Some(phase), "{policy} {provisioning} {state}");
    }
}

#[test]
fn a_terminal_phase_never_changes_back() {
    let mut pod = pod("p", "Never", &["c"]);
    pod.status.as_mut().unwrap().phase = Some("Succeeded".to_owned());
    let status = of_group(view(&pod), &group("Succeeded", &[("c", running())]));
    assert_eq!(status.phase.as_deref(), Some("Succeeded"));
}

#[test]
fn one_waiting_container_hides_nothing_of_the_others() {
    let pod = pod("p", "Always", &["web", "side"]);
    let states = [("web", running()), ("side", waiting("ImagePullBackOff: Back-off pulling image \"x\""))];
    let status = of_group(view(&pod), &group("Creating", &states));
    let containers = status.container_statuses.as_ref().unwrap();
    assert!(containers[0].ready && containers[0].state.as_ref().unwrap().running.is_some());
    let wait = containers[1].state.as_ref().unwrap().waiting.as_ref().unwrap();
    assert_eq!(wait.reason.as_deref(), Some("ImagePullBackOff"));
    assert_eq!(status.pod_ip.as_deref(), Some("10.1.0.4"));
    assert_eq!(
        (condition(&status, "Ready"), condition(&status, "Initialized")),
        ("False".into(), "True".into())
    );
}

#[test]
fn exit_codes_and_restarts_are_the_real_ones() {
    let pod = pod("p", "Always", &["c"]);
    let states = [("c", after(running(), &exited(3), 2))];
    let status = of_group(view(&pod), &group("Succeeded", &states));
    let container = &status.container_statuses.unwrap()[0];
    let last = container.last_state.as_ref().unwrap().terminated.as_ref().unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref(), container.restart_count), (3, Some("Error"), 2));
    assert!(container.container_id.as_ref().unwrap().starts_with("aci://"));
}

#[test]
fn a_completed_pod_is_not_ready() {
    let pod = pod("p", "Never", &["c"]);
    let status = of_group(view(&pod), &group("Succeeded", &[("c", exited(0))]));
    let conditions = status.conditions.as_ref().unwrap();
    let ready = conditions.iter().find(|c| c.type_ == "Ready").unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_deref()), ("False", Some("PodCompleted")));
}

#[test]
fn foreign_conditions_and_old_transition_times_stay() {
    let mut pod = pod("p", "Always", &["c"]);
    let foreign =
        json!({"type": "example.com/gate", "status": "True", "lastTransitionTime": "2025-01-01T00:00:00Z"});
    pod.status.as_mut().unwrap().conditions.as_mut().unwrap().push(serde_json::from_value(foreign).unwrap());
    let first = of_group(view(&pod), &group("Succeeded", &[("c", running())]));
    assert_eq!(condition(&first, "example.com/gate"), "True");
    assert_eq!(condition(&first, "Ready"), "True");
    assert_eq!(first.qos_class.as_deref(), Some("BestEffort"));

    pod.status = Some(first.clone());
    let later = View { now: "2026-01-01T01:00:00Z".parse().unwrap(), ..view(&pod) };
    assert_eq!(
        of_group(later, &group("Succeeded", &[("c", running())])),
        first,
        "nothing changed, so nothing does"
    );
}

#[test]
fn a_readiness_gate_keeps_a_pod_unready() {
    let mut pod = pod("p", "Always", &["c"]);
    pod.spec.as_mut().unwrap().readiness_gates =
        serde_json::from_value(json!([{"conditionType": "x/y"}])).unwrap();
    let status = of_group(view(&pod), &group("Succeeded", &[("c", running())]));
    assert_eq!(
        (condition(&status, "ContainersReady"), condition(&status, "Ready")),
        ("True".into(), "False".into())
    );
}

#[test]
fn init_containers_come_first() {
    let mut pod = pod("p", "Always", &["c"]);
    pod.spec.as_mut().unwrap().init_containers =
        serde_json::from_value(json!([{"name": "prepare", "image": "busybox"}])).unwrap();
    let mut group = group("Creating", &[("c", waiting("Waiting to run"))]);
    group.properties.as_mut().unwrap().init_containers =
        serde_json::from_value(json!([{"name": "prepare", "properties": {"instanceView": running()}}]))
            .unwrap();
    let status = of_group(view(&pod), &group);
    let wait = status.container_statuses.as_ref().unwrap()[0].state.clone().unwrap().waiting.unwrap();
    assert_eq!(wait.reason.as_deref(), Some("PodInitializing"));
    assert_eq!(
        (status.phase.as_deref(), condition(&status, "Initialized")),
        (Some("Pending"), "False".to_owned())
    );
}

#[test]
fn a_recent_readiness_failure_makes_a_container_unready() {
    let mut pod = pod("p", "Always", &["c"]);
    pod.spec.as_mut().unwrap().containers[0].readiness_probe =
        serde_json::from_value(json!({"exec": {"command": ["x"]}, "periodSeconds": 10})).unwrap();
    for (last, ready) in [("2026-01-01T00:02:50Z", false), ("2026-01-01T00:02:00Z", true)] {
        let mut state = running();
        state["events"] = json!([{"name": "Unhealthy", "type": "Warning", "message": "Readiness probe failed: no",
            "firstTimestamp": last, "lastTimestamp": last, "count": 1}]);
        let status = of_group(view(&pod), &group("Succeeded", &[("c", state)]));
        assert_eq!(status.container_statuses.unwrap()[0].ready, ready, "{last}");
    }
}

#[test]
fn a_slow_readiness_probe_is_given_the_time_that_it_may_take() {
    let mut pod = pod("p", "Always", &["c"]);
    let is_ready = |pod: &Pod, events: Value| {
        let mut state = running();
        state["events"] = events;
        of_group(view(pod), &group("Succeeded", &[("c", state)])).container_statuses.unwrap()[0].ready
    };
    let mut probed = |probe: Value| {
        pod.spec.as_mut().unwrap().containers[0].readiness_probe = serde_json::from_value(probe).unwrap();
        pod.clone()
    };
    // The container runs for 119 seconds when it is looked at.
    for (delay, ready) in [(90, true), (120, false)] {
        let probe = json!({"exec": {"command": ["x"]}, "initialDelaySeconds": delay});
        assert_eq!(is_ready(&probed(probe), json!([])), ready, "{delay}");
    }
    for (timeout, ready) in [(1, true), (30, false)] {
        let probe = json!({"exec": {"command": ["x"]}, "periodSeconds": 1, "timeoutSeconds": timeout});
        let failed = json!([{"name": "Unhealthy", "type": "Warning", "message": "Readiness probe failed: no",
            "firstTimestamp": "2026-01-01T00:02:20Z", "lastTimestamp": "2026-01-01T00:02:20Z", "count": 1}]);
        assert_eq!(is_ready(&probed(probe), failed), ready, "{timeout}");
    }
}

#[test]
fn a_lost_group_fails_the_pod_by_name() {
    let mut pod = pod("p", "Always", &["c"]);
    pod.status = Some(of_group(view(&pod), &group("Succeeded", &[("c", running())])));
    let status = lost(view(&pod), "default-p-abc");
    assert_eq!((status.phase.as_deref(), status.reason.as_deref()), (Some("Failed"), Some("NotFound")));
    assert!(status.message.as_ref().unwrap().contains("default-p-abc"));
    let container = status.container_statuses.as_ref().unwrap()[0].state.clone().unwrap();
    assert_eq!(container.terminated.unwrap().exit_code, 137);
    assert_eq!(condition(&status, "Ready"), "False");
}
