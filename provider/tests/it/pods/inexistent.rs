//! Secrets and config maps that are not there, as the suite of the virtual-kubelet library asks.

use super::*;

/// A pod with a variable of an object that is not there.
fn wanting(source: &str, is_optional: bool) -> Pod {
    let mut pod = pod("web", "Always", &["c"]);
    let reference = json!({"name": "gone", "key": "k", "optional": is_optional});
    let env = json!([{"name": "V", "valueFrom": {source: reference}}]);
    pod.spec.as_mut().unwrap().containers[0].env = serde_json::from_value(env).unwrap();
    pod
}

const SOURCES: [(&str, &str, &str); 2] = [
    ("secretKeyRef", "Secret", "secret \"gone\" not found"),
    ("configMapKeyRef", "ConfigMap", "configmap \"gone\" not found"),
];

#[tokio::test(start_paused = true)]
async fn a_pod_runs_without_what_is_optional_and_is_told() {
    for (source, kind, words) in SOURCES {
        let world = World::new();
        let provider = world.start();
        world.run_pod(&wanting(source, true)).await;
        let told = format!("Optional{kind}NotFound: ");
        let is_told = |event: &String| event.starts_with(&told) && event.contains(words);
        assert!(world.api.events().iter().any(is_told), "{:?}", world.api.events());
        provider.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_waits_without_a_group_for_what_is_mandatory() {
    for (source, kind, words) in SOURCES {
        let world = World::new();
        let provider = world.start();
        world.api.put_pod(&wanting(source, false));
        let told = format!("Mandatory{kind}NotFound: ");
        let is_told = |event: &String| event.starts_with(&told) && event.contains(words);
        world.api.until("the event is there", || world.api.events().iter().any(is_told)).await;
        let waiting = world.status("web", "/containerStatuses/0/state/waiting/reason");
        assert_eq!(waiting, "CreateContainerConfigError");
        assert!(world.arm.names().is_empty());
        provider.stop().await;
    }
}
