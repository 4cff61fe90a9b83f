//! Whose turn it is: pods of one name, clusters in one resource group, pods whose time is up.

use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use super::World;
use crate::support::builders::{CLUSTER, NODE, group, pod, running};

/// A pod that took the name of another.
fn recreated(name: &str) -> Pod {
    let mut pod = pod(name, "Always", &["c"]);
    pod.metadata.uid = Some(format!("uid-{name}-again"));
    pod
}

fn owned(cluster: &str, node: &str, pod: &str, uid: &str) -> aci_model::group::ContainerGroup {
    let mut group = group("Succeeded", &[("c", running())]);
    let tags =
        json!({"PodName": pod, "Namespace": "default", "UID": uid, "NodeName": node, "ClusterId": cluster});
    group.tags = serde_json::from_value(tags).unwrap();
    group
}

#[tokio::test(start_paused = true)]
async fn a_recreated_pod_waits_for_the_end_of_the_old_group() {
    let world = World::new();
    world.arm.linger(10);
    let provider = world.start();
    world.run_pod(&pod("web-0", "Always", &["c"])).await;
    let old = world.arm.names().remove(0);
    world.api.remove_pod("web-0");
    world.api.put_pod(&recreated("web-0"));
    world.api.until("the second group is asked for", || world.puts() == 2).await;
    assert!(!world.arm.names().contains(&old), "never two at once");
    world.arm.set_states(&running());
    world.until_phase("web-0", "Running").await;
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_an_earlier_process_left_is_waited_for_too() {
    let world = World::new();
    world.arm.plant("default-web-0-old", owned(CLUSTER, NODE, "web-0", "uid-of-the-old-one"));
    let provider = world.start();
    world.api.put_pod(&recreated("web-0"));
    world.api.until("the group is asked for", || world.puts() == 1).await;
    let writes = world.arm.writes();
    let place = |call: &str| writes.iter().position(|write| write.starts_with(call)).unwrap();
    assert!(place("DELETE default-web-0-old") < place("PUT"), "{writes:?}");
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn clusters_that_share_a_resource_group_leave_each_other_alone() {
    let world = World::new();
    let theirs = [
        ("default-web-theirs", owned("another-cluster", NODE, "web", "uid-web-there")),
        ("default-web-node", owned(CLUSTER, "another-node", "web", "uid-web-on-another-node")),
        ("default-web-nobody", group("Succeeded", &[("c", running())])),
    ];
    for (name, group) in theirs.clone() {
        world.arm.plant(name, group);
    }
    let provider = world.start();
    world.api.put_pod(&pod("web", "Always", &["c"]));
    world.api.until("our group is there", || world.puts() == 1).await;
    world.arm.set_states(&running());
    world.until_phase("web", "Running").await;
    world.pass(3600).await;
    world.api.ask_to_delete("web");
    world.api.until("our pod is gone", || world.api.pod("web").is_none()).await;
    world.pass(3600).await;
    assert_eq!(world.arm.names().len(), theirs.len());
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_s_time_is_up_after_its_deadline() {
    let world = World::new();
    let mut limited = pod("limited", "Never", &["c"]);
    limited.spec.as_mut().unwrap().active_deadline_seconds = Some(90);
    let provider = world.start();
    world.run_pod(&limited).await;
    world.pass(80).await;
    assert_eq!(world.status("limited", "/phase"), "Running");
    world.pass(15).await;
    assert_eq!(world.status("limited", "/phase"), "Failed");
    assert_eq!(world.status("limited", "/reason"), "DeadlineExceeded");
    assert!(world.arm.names().is_empty());
    provider.stop().await;
}
