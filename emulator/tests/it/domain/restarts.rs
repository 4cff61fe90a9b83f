//! Restart policies and their pauses.

use aci_emulator::group::{ContainerPhase, GroupState};
use aci_emulator::runtime::sim::SimScript;
use aci_model::group::ProvisioningState;

use crate::support::clock::{seconds, start};
use crate::support::sim::{Domain, events, one, web};

async fn exiting(code: i32, policy: &str) -> Domain {
    let domain = Domain::new().await;
    domain.sim.script("web", SimScript::exits(code, seconds(1)));
    domain.running("web", one(policy)).await;
    domain.after(seconds(1)).await;
    domain
}

#[tokio::test]
async fn never_leaves_a_failed_container_as_it_ended() {
    let domain = exiting(3, "Never").await;
    let group = domain.until("web", "it failed", |group| group.status.state == GroupState::Failed).await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Succeeded);
    assert_eq!(
        web(&group).current,
        ContainerPhase::Terminated {
            started_at: Some(start()),
            exit_code: Some(3),
            finished_at: start() + seconds(1),
            detail: "Error".to_owned(),
        }
    );
    assert_eq!(web(&group).restart_count, 0);
    assert_eq!(
        events(web(&group)).last(),
        Some(&("Killing", "Container web terminated with ExitCode 3.", 1))
    );
}

#[tokio::test]
async fn on_failure_leaves_a_completed_container_as_it_ended() {
    let domain = exiting(0, "OnFailure").await;
    let succeeded = |group: &aci_emulator::group::Group| group.status.state == GroupState::Succeeded;
    let group = domain.until("web", "it succeeded", succeeded).await;
    let ContainerPhase::Terminated { exit_code, detail, .. } = &web(&group).current else { panic!() };
    assert_eq!((*exit_code, detail.as_str()), (Some(0), "Completed"));
}

#[tokio::test]
async fn on_failure_restarts_a_failed_container_at_once_and_then_after_ten_seconds() {
    restarts_at_once_and_then_after_ten_seconds(3, "OnFailure").await;
}

#[tokio::test]
async fn always_restarts_a_failed_container_at_once_and_then_after_ten_seconds() {
    restarts_at_once_and_then_after_ten_seconds(3, "Always").await;
}

#[tokio::test]
async fn always_restarts_a_completed_container_at_once_and_then_after_ten_seconds() {
    restarts_at_once_and_then_after_ten_seconds(0, "Always").await;
}

async fn restarts_at_once_and_then_after_ten_seconds(code: i32, policy: &str) {
    let domain = exiting(code, policy).await;
    let group = domain.until("web", "it restarted", |group| web(group).previous.is_some()).await;
    assert_eq!((web(&group).restart_count, web(&group).attempt), (1, 1));
    assert_eq!(web(&group).current, ContainerPhase::Running { started_at: start() + seconds(1) });

    domain.after(seconds(1)).await;
    let waits = |group: &aci_emulator::group::Group| {
        matches!(&web(group).current, ContainerPhase::Waiting { detail }
            if detail == "CrashLoopBackOff: Back-off 10s restarting failed")
    };
    let group = domain.until("web", "it backs off", waits).await;
    assert_eq!(group.status.state, GroupState::Running);
    let Some(ContainerPhase::Terminated { exit_code, .. }) = web(&group).previous else { panic!() };
    assert_eq!(exit_code, Some(code));
    let backed_off = web(&group).events.iter().find(|event| event.name == "BackOff").unwrap();
    assert!(backed_off.warning);
    assert_eq!(backed_off.message, "Back-off restarting failed container");

    domain.after(seconds(10)).await;
    let group = domain.until("web", "it restarted again", |group| web(group).restart_count == 2).await;
    assert_eq!(web(&group).attempt, 2);
    domain.after(seconds(1)).await;
    domain.after(seconds(20)).await;
    domain.until("web", "it restarted after 20 s", |group| web(group).restart_count == 3).await;
}

#[tokio::test]
async fn a_killed_container_is_back_without_the_clock_moving() {
    let domain = Domain::new().await;
    let group = domain.running("web", one("Always")).await;
    domain.sim.kill(group.status.sandbox.as_ref().unwrap(), "web", 137);
    let restarted = |group: &aci_emulator::group::Group| {
        web(group).restart_count == 1 && matches!(web(group).current, ContainerPhase::Running { .. })
    };
    let group = domain.until("web", "it is back", restarted).await;
    let Some(ContainerPhase::Terminated { exit_code, .. }) = web(&group).previous else { panic!() };
    assert_eq!(exit_code, Some(137));
}
