//! An emulator that ends, orderly or not, and another that takes over.

use aci_emulator::group::{ContainerPhase, Group, GroupState};
use aci_emulator::groups::PutOutcome;
use aci_emulator::runtime::Runtime;
use aci_emulator::store::Store;
use aci_model::group::ProvisioningState;
use serde_json::json;

use crate::support::clock::seconds;
use crate::support::sim::{Domain, id, one, web};

#[tokio::test]
async fn what_runs_is_taken_over_as_it_is() {
    let mut domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    domain.restart().await;
    let after = domain.groups.get(&id("web")).unwrap();
    assert_eq!(after, before);
    let sandbox = after.status.sandbox.clone().unwrap();
    domain.sim.kill(&sandbox, "web", 1);
    domain.until("web", "it restarted", |group| web(group).restart_count == 1).await;
}

#[tokio::test]
async fn an_exit_that_nobody_saw_is_made_up_for() {
    let mut domain = Domain::new().await;
    let before = domain.running("web", one("Never")).await;
    domain.groups.shutdown().await;
    domain.sim.kill(before.status.sandbox.as_ref().unwrap(), "web", 3);
    domain.restart().await;
    let group = domain.until("web", "it failed", |group| group.status.state == GroupState::Failed).await;
    let ContainerPhase::Terminated { exit_code, .. } = web(&group).current else { panic!() };
    assert_eq!(exit_code, Some(3));
    assert_eq!((group.status.ip, &group.status.sandbox), (before.status.ip, &before.status.sandbox));
}

#[tokio::test]
async fn a_sandbox_that_vanished_meanwhile_is_made_anew() {
    let mut domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    domain.groups.shutdown().await;
    domain.sim.remove_sandbox(before.status.sandbox.as_ref().unwrap()).await.unwrap();
    domain.restart().await;
    let is_another = |group: &Group| {
        group.status.sandbox != before.status.sandbox && group.status.state == GroupState::Running
    };
    domain.until("web", "it runs again", is_another).await;
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn an_end_during_the_pull_loses_neither_the_group_nor_its_operation() {
    let mut domain = Domain::new().await;
    domain.sim.set_pull_time(seconds(9));
    let PutOutcome::Created(_, operation) = domain.put("web", one("Always")).await else { panic!() };
    domain.until_sandboxes(1).await;
    domain.restart().await;
    let record = domain.groups.operation(operation).unwrap();
    assert_eq!(record.error, None);
    domain.after(seconds(9)).await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.state, GroupState::Running);
    let record = domain.groups.operation(operation).unwrap();
    assert_eq!(record.snapshot.status.provisioning_state, ProvisioningState::Succeeded);
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn an_end_during_the_start_starts_the_same_attempt_once() {
    let mut domain = Domain::new().await;
    domain.sim.set_start_time(seconds(4));
    domain.put("web", one("Always")).await;
    domain.clock.until_awaited(crate::support::clock::start() + seconds(4)).await;
    domain.restart().await;
    domain.after(seconds(4)).await;
    let group = domain.until_settled("web").await;
    assert_eq!((web(&group).attempt, web(&group).restart_count), (0, 0));
}

#[tokio::test]
async fn an_end_right_after_the_answer_to_a_put_loses_nothing() {
    let mut domain = Domain::new().await;
    domain.put("web", one("Always")).await;
    domain.restart().await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.state, GroupState::Running);
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn an_end_right_after_the_answer_to_a_delete_leaves_no_sandbox() {
    let mut domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    domain.sim.set_available(false);
    domain.groups.delete(&id("web")).await.unwrap();
    domain.groups.shutdown().await;
    assert_eq!(domain.sim.sandboxes().len(), 1, "the removal must not have come through");
    domain.sim.set_available(true);
    domain.restart().await;
    domain.until_sandboxes(0).await;
    assert_eq!(domain.groups.count(), 0);
}

#[tokio::test]
async fn a_stopped_group_stays_stopped() {
    let mut domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    domain.groups.stop(&id("web")).await.unwrap();
    let before = domain.groups.get(&id("web")).unwrap();
    domain.restart().await;
    assert_eq!(domain.groups.get(&id("web")).unwrap(), before);
    domain.until_sandboxes(0).await;
}

#[tokio::test]
async fn groups_survive_on_disk_and_their_secrets_cannot_be_read_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut properties = one("Always");
    properties["containers"][0]["properties"]["environmentVariables"] =
        json!([{ "name": "PASSWORD", "secureValue": "hunter2-is-secret" }]);
    let before = {
        let domain = Domain::over(Store::open(dir.path()).unwrap()).await;
        let group = domain.running("web", properties).await;
        domain.groups.shutdown().await;
        group
    };
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(17).any(|window| window == b"hunter2-is-secret"));
    }
    let domain = Domain::over(Store::open(dir.path()).unwrap()).await;
    let is_another = |group: &Group| {
        group.status.sandbox != before.status.sandbox && group.status.state == GroupState::Running
    };
    let group = domain.until("web", "it runs on the new engine", is_another).await;
    let made = domain.sim.container_spec(group.status.sandbox.as_ref().unwrap(), "web").unwrap();
    assert_eq!(made.env[0].1.expose(), "hunter2-is-secret");
}
