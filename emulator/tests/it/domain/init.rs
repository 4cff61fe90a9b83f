//! Init containers: one after the other, before the rest.

use aci_emulator::group::{ContainerPhase, Group, GroupState};
use aci_emulator::runtime::sim::SimScript;
use aci_model::group::ProvisioningState;
use serde_json::{Value, json};

use crate::support::clock::seconds;
use crate::support::sim::{Domain, is_running, one, web};

fn with_inits(policy: &str) -> Value {
    let mut properties = one(policy);
    properties["initContainers"] = json!([
        { "name": "first", "properties": { "image": "busybox" } },
        { "name": "second", "properties": { "image": "busybox" } },
    ]);
    properties
}

fn waits(group: &Group, words: &str) -> bool {
    matches!(&web(group).current, ContainerPhase::Waiting { detail } if detail == words)
}

#[tokio::test]
async fn init_containers_run_in_order_before_the_others() {
    let domain = Domain::new().await;
    domain.sim.script("first", SimScript::exits(0, seconds(1)));
    domain.sim.script("second", SimScript::exits(0, seconds(2)));
    domain.put("web", with_inits("Always")).await;
    let first = |group: &Group| is_running(&group.status.init_containers[0]);
    let group = domain.until("web", "the first runs", first).await;
    assert!(!is_running(&group.status.init_containers[1]));
    assert!(waits(&group, "Waiting to run"));
    domain.after(seconds(1)).await;
    let second = |group: &Group| is_running(&group.status.init_containers[1]);
    let group = domain.until("web", "the second runs", second).await;
    assert!(waits(&group, "Waiting to run"));
    domain.after(seconds(2)).await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.state, GroupState::Running);
    assert!(is_running(web(&group)));
}

#[tokio::test]
async fn a_failed_init_container_is_repeated_under_always() {
    let domain = Domain::new().await;
    domain.sim.script("first", SimScript::exits(1, seconds(1)));
    domain.put("web", with_inits("Always")).await;
    domain.after(seconds(1)).await;
    let repeated = |group: &Group| group.status.init_containers[0].restart_count == 1;
    let group = domain.until("web", "the first is repeated", repeated).await;
    assert!(waits(&group, "Waiting to run"));
}

#[tokio::test]
async fn a_failed_init_container_fails_the_group_under_never() {
    let domain = Domain::new().await;
    domain.sim.script("first", SimScript::exits(1, seconds(1)));
    domain.put("web", with_inits("Never")).await;
    domain.after(seconds(1)).await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Failed);
    assert_eq!(group.status.state, GroupState::Failed);
    assert!(waits(&group, "Waiting to run"));
}
