//! Create, stop, start, restart, replace, delete.

use aci_emulator::group::GroupState;
use aci_emulator::groups::PutOutcome;
use aci_model::group::ProvisioningState;

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
            ("Pulled", "Successfully pulled image \"nginx\"", 1),
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
