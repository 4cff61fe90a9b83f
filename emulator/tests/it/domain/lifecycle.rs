//! Create, stop, start, restart, replace, delete.

use aci_emulator::group::{ContainerPhase, GroupState};
use aci_emulator::groups::{ActionOutcome, GroupError, PutOutcome, Scope};
use aci_emulator::runtime::LogQuery;
use aci_emulator::runtime::sim::SimScript;
use aci_model::group::ProvisioningState;

use crate::support::clock::{seconds, start};
use crate::support::sim::{Domain, events, id, is_running, one, web};

#[tokio::test]
async fn a_put_is_answered_pending_and_the_group_comes_up_running() {
    let domain = Domain::new().await;
    let PutOutcome::Created(group, operation) = domain.put("web", one("Always")).await else { panic!() };
    assert_eq!(group.status.provisioning_state, ProvisioningState::Pending);
    assert_eq!(group.status.state, GroupState::Pending);
    assert_eq!(group.status.ip, None);

    let group = domain.until_settled("web").await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Succeeded);
    assert_eq!(group.status.state, GroupState::Running);
    assert_eq!(group.status.ip, Some("10.0.0.4".parse().unwrap()));
    assert!(is_running(web(&group)));
    assert_eq!(
        events(web(&group)),
        [
            ("Pulling", "pulling image \"nginx\"", 1),
            (
                "Pulled",
                "Successfully pulled image \"nginx@sha256:5be1ecc7935f1dd85635d4feedaf660594030253cc97c9e9ca3819ffeac36b65\"",
                1
            ),
            ("Started", "Started container", 1),
        ]
    );
    let record = domain.groups.operation(operation).unwrap();
    assert_eq!(record.snapshot.status.provisioning_state, ProvisioningState::Succeeded);
    assert_eq!(record.error, None);
}

#[tokio::test]
async fn a_delete_answers_with_the_last_state_and_leaves_no_sandbox() {
    let domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    let last = domain.groups.delete(&id("WEB")).await.unwrap().unwrap();
    assert_eq!(last.status.state, GroupState::Running);
    assert!(domain.groups.get(&id("web")).is_none());
    assert!(domain.groups.delete(&id("web")).await.unwrap().is_none());
    domain.until_sandboxes(0).await;
}

#[tokio::test]
async fn a_name_is_free_again_at_once_and_its_successor_is_another_deployment() {
    let domain = Domain::new().await;
    let first = domain.running("web", one("Always")).await;
    domain.groups.delete(&id("web")).await.unwrap();
    let outcome = domain.put("web", one("Always")).await;
    assert!(matches!(outcome, PutOutcome::Created(..)));
    let second = domain.until_settled("web").await;
    assert_ne!(first.status.sandbox, second.status.sandbox);
    domain.until_sandboxes(1).await;
    assert_eq!(domain.sim.sandboxes().first(), second.status.sandbox.as_ref());
}

#[tokio::test]
async fn a_delete_while_the_group_comes_up_leaves_no_sandbox_and_ends_its_operation() {
    let domain = Domain::new().await;
    domain.sim.set_start_time(seconds(5));
    let PutOutcome::Created(_, operation) = domain.put("web", one("Always")).await else { panic!() };
    domain.until_sandboxes(1).await;
    domain.groups.delete(&id("web")).await.unwrap();
    domain.after(seconds(5)).await;
    domain.until_sandboxes(0).await;
    let ended = domain.groups.operation(operation).unwrap().snapshot;
    assert_eq!(ended.status.provisioning_state, ProvisioningState::Canceled);
}

#[tokio::test]
async fn a_stopped_group_has_no_address_and_its_containers_say_why() {
    let domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    domain.groups.stop(&id("web")).await.unwrap();
    let group = domain.groups.get(&id("web")).unwrap();
    assert_eq!(group.status.state, GroupState::Stopped);
    assert_eq!(group.status.provisioning_state, ProvisioningState::Succeeded);
    assert_eq!(group.status.ip, None);
    assert_eq!(
        web(&group).current,
        ContainerPhase::Terminated {
            started_at: None,
            exit_code: None,
            finished_at: start(),
            detail: "Container stopped per client request".to_owned(),
        }
    );
    assert_eq!(web(&group).previous, Some(ContainerPhase::Running { started_at: start() }));
    domain.until_sandboxes(0).await;
    domain.groups.stop(&id("web")).await.unwrap();
    assert!(matches!(domain.groups.restart(&id("web")).await, Err(GroupError::Stopped(_))));
    let log = domain.groups.logs(&id("web"), "web", LogQuery::default()).await;
    assert!(matches!(log, Err(GroupError::LogNotAvailable { .. })));
}

#[tokio::test]
async fn a_started_group_has_another_address_and_the_earlier_events() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    assert_eq!(domain.groups.start(&id("web")).await.unwrap(), ActionOutcome::NothingToDo);
    domain.groups.stop(&id("web")).await.unwrap();
    let outcome = domain.groups.start(&id("web")).await.unwrap();
    let ActionOutcome::Started(operation) = outcome else { panic!() };
    let after = domain.until_settled("web").await;
    assert_eq!(after.status.state, GroupState::Running);
    assert_ne!(after.status.ip, before.status.ip);
    assert_ne!(after.status.sandbox, before.status.sandbox);
    assert_eq!(events(web(&after)).last(), Some(&("Started", "Started container", 2)));
    let record = domain.groups.operation(operation).unwrap();
    assert_eq!(record.snapshot.status.provisioning_state, ProvisioningState::Succeeded);
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn a_restart_keeps_sandbox_address_and_restart_count() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    domain.sim.set_start_time(seconds(3));
    assert!(matches!(domain.groups.restart(&id("web")).await.unwrap(), ActionOutcome::Started(_)));
    let during = domain.groups.get(&id("web")).unwrap();
    assert_eq!(during.status.provisioning_state, ProvisioningState::Updating);
    assert!(matches!(domain.groups.restart(&id("web")).await, Err(GroupError::Transitioning(_))));
    domain.after(seconds(3)).await;
    let after = domain.until_settled("web").await;
    assert_eq!(after.status.sandbox, before.status.sandbox);
    assert_eq!(after.status.ip, before.status.ip);
    assert_eq!((web(&after).restart_count, web(&after).attempt), (0, 1));
    assert!(is_running(web(&after)));
    let Some(ContainerPhase::Terminated { exit_code, .. }) = web(&after).previous else { panic!() };
    assert_eq!(exit_code, Some(143));
}

#[tokio::test]
async fn lists_follow_their_scope_without_regard_to_case() {
    let domain = Domain::new().await;
    domain.put("b", one("Always")).await;
    domain.put("a", one("Always")).await;
    let names = |scope: Scope| {
        domain.groups.list(&scope).iter().map(|group| group.id.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Scope::Subscription("SUB".to_owned())), ["a", "b"]);
    assert_eq!(names(Scope::ResourceGroup("sub".to_owned(), "RG".to_owned())), ["a", "b"]);
    assert!(names(Scope::ResourceGroup("sub".to_owned(), "other".to_owned())).is_empty());
    assert_eq!(domain.groups.count(), 2);
}

#[tokio::test]
async fn a_reset_waits_until_the_engine_holds_nothing() {
    let domain = Domain::new().await;
    let PutOutcome::Created(_, operation) = domain.put("a", one("Always")).await else { panic!() };
    domain.running("b", one("Always")).await;
    domain.groups.reset().await.unwrap();
    assert!(domain.sim.sandboxes().is_empty());
    assert_eq!(domain.groups.count(), 0);
    assert!(domain.groups.operation(operation).is_none());
}

#[tokio::test]
async fn a_reset_without_an_engine_is_refused_and_loses_nothing() {
    let domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    domain.sim.set_available(false);
    assert!(matches!(domain.groups.reset().await, Err(GroupError::Runtime(_))));
    assert_eq!(domain.groups.count(), 1);
}

#[tokio::test]
async fn logs_are_the_engines_and_unknown_containers_are_named() {
    let domain = Domain::new().await;
    domain.sim.script("web", SimScript { log: "one\ntwo\nthree\n".to_owned(), ..SimScript::default() });
    domain.running("web", one("Always")).await;
    let tail = LogQuery { tail: Some(2), timestamps: false };
    assert_eq!(domain.groups.logs(&id("web"), "web", tail).await.unwrap(), "two\nthree\n");
    let unknown = domain.groups.logs(&id("web"), "other", tail).await;
    assert!(matches!(unknown, Err(GroupError::ContainerNotFound { container, .. }) if container == "other"));
    let nowhere = domain.groups.logs(&id("nowhere"), "web", tail).await;
    assert!(matches!(nowhere, Err(GroupError::NotFound(_))));
}
