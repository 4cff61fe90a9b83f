//! Images that are not to be had, containers that cannot start, engines that do not answer.

use aci_emulator::group::{ContainerPhase, Group, GroupState};
use aci_emulator::groups::PutOutcome;
use aci_emulator::runtime::ImageErrorKind;
use aci_emulator::runtime::sim::SimScript;
use aci_model::group::ProvisioningState;

use crate::support::clock::seconds;
use crate::support::sim::{Domain, events, id, is_running, one, web};

fn detail(group: &Group) -> &str {
    match &web(group).current {
        ContainerPhase::Waiting { detail } => detail,
        ContainerPhase::Running { .. } | ContainerPhase::Terminated { .. } => "",
    }
}

#[tokio::test]
async fn a_failed_pull_is_told_and_repeated_until_the_image_is_there() {
    let domain = Domain::new().await;
    let failure = SimScript { pull_failure: Some(ImageErrorKind::NotFound), ..SimScript::default() };
    domain.sim.script("nginx", failure);
    domain.put("web", one("Always")).await;
    let group = domain.until("web", "it backs off", |group| detail(group).starts_with("Image")).await;
    let reason = "failed to resolve reference \"nginx\": not found";
    assert_eq!(
        detail(&group),
        format!("ImagePullBackOff: Back-off pulling image \"nginx\": ErrImagePull: {reason}")
    );
    assert_eq!(
        events(web(&group)),
        [
            ("Pulling", "pulling image \"nginx\"", 1),
            ("Failed", format!("Failed to pull image \"nginx\": {reason}").as_str(), 1),
            ("BackOff", "Back-off pulling image \"nginx\"", 1),
        ]
    );
    assert_eq!(
        web(&group).events.iter().map(|event| event.warning).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(group.status.provisioning_state, ProvisioningState::Creating);
    assert_eq!(group.status.state, GroupState::Pending);

    domain.after(seconds(10)).await;
    domain.until("web", "the second pull failed", |group| web(group).events[1].count == 2).await;
    domain.sim.script("nginx", SimScript::default());
    domain.after(seconds(20)).await;
    domain.until("web", "it runs", |group| group.status.state == GroupState::Running).await;
}

#[tokio::test]
async fn a_group_that_does_not_come_up_fails_when_its_time_is_over() {
    let domain = Domain::new().await;
    let mut properties = one("Always");
    properties["containers"][0]["properties"]["image"] = "nginx:sim-unauthorized".into();
    properties["provisioningTimeoutInSeconds"] = 5.into();
    let PutOutcome::Created(_, operation) = domain.put("web", properties).await else { panic!() };
    domain.until("web", "it backs off", |group| detail(group).starts_with("Image")).await;
    domain.after(seconds(5)).await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Failed);
    assert_eq!(group.status.state, GroupState::Failed);
    let error = domain.groups.operation(operation).unwrap().error.unwrap();
    assert!(error.starts_with("pulling image \"nginx:sim-unauthorized\";Failed to pull image"), "{error}");
    assert!(error.ends_with("The container group did not start within 5 seconds."), "{error}");

    assert!(matches!(domain.put("web", one("Always")).await, PutOutcome::Updated(..)));
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.state, GroupState::Running);
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn a_container_that_cannot_start_counts_as_one_that_ended() {
    let domain = Domain::new().await;
    let refusal = "exec: \"/nope\": no such file or directory";
    domain.sim.script("web", SimScript { start_failure: Some(refusal.to_owned()), ..SimScript::default() });
    domain.put("web", one("Always")).await;
    let group = domain.until("web", "it backs off", |group| detail(group).starts_with("CrashLoop")).await;
    let message = format!("Error: Failed to start container web, Error response: {refusal}");
    assert!(events(web(&group)).contains(&("Failed", message.as_str(), 2)));
    let Some(ContainerPhase::Terminated { exit_code, .. }) = web(&group).previous else { panic!() };
    assert_eq!(exit_code, Some(128));
    assert_eq!(group.status.provisioning_state, ProvisioningState::Creating);
}

#[tokio::test]
async fn a_container_that_cannot_start_fails_a_group_that_never_restarts() {
    let domain = Domain::new().await;
    domain.sim.script("web", SimScript { start_failure: Some("no".to_owned()), ..SimScript::default() });
    domain.put("web", one("Never")).await;
    let group = domain.until_settled("web").await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Failed);
    assert_eq!(group.status.state, GroupState::Failed);
}

#[tokio::test]
async fn an_engine_that_comes_back_finds_its_work_waiting() {
    let domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    domain.sim.set_available(false);
    domain.groups.stop(&id("web")).await.unwrap();
    domain.clock.until_awaited(crate::support::clock::start() + seconds(2)).await;
    domain.sim.set_available(true);
    domain.after(seconds(2)).await;
    domain.until_sandboxes(0).await;
}

#[tokio::test]
async fn a_lost_sandbox_is_repaired_with_another() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    domain.sim.set_pull_time(seconds(1));
    domain.sim.lose(before.status.sandbox.as_ref().unwrap());
    let repairing = |group: &Group| group.status.provisioning_state == ProvisioningState::Repairing;
    let during = domain.until("web", "it is repaired", repairing).await;
    assert_eq!(during.status.state, GroupState::Unknown);
    let ContainerPhase::Terminated { detail, .. } = &web(&during).current else { panic!() };
    assert_eq!(detail, "Infrastructure Error");
    domain.after(seconds(1)).await;
    let after = domain.until_settled("web").await;
    assert!(is_running(web(&after)));
    assert_ne!(after.status.sandbox, before.status.sandbox);
    assert_ne!(after.status.ip, before.status.ip);
}
