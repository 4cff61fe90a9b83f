//! PUT on a group that exists, PATCH.

use aci_emulator::group::{Group, GroupStatus};
use aci_emulator::groups::{GroupError, PutOutcome};
use aci_emulator::runtime::{SecretFile, VolumeContent};
use aci_model::ApiVersion;
use aci_model::group::ProvisioningState;
use indexmap::IndexMap;
use serde_json::json;

use crate::support::clock::seconds;
use crate::support::sim::{Domain, id, is_running, one, spec, web};

#[tokio::test]
async fn the_request_in_force_changes_nothing() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    let PutOutcome::Unchanged(after) = domain.put("WEB", one("Always")).await else { panic!() };
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_change_restarts_the_containers_in_the_same_sandbox() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    let mut changed = one("Always");
    changed["containers"][0]["properties"]["image"] = "nginx:2".into();
    let PutOutcome::Updated(during, _) = domain.put("web", changed).await else { panic!() };
    assert_eq!(during.status.provisioning_state, ProvisioningState::Updating);
    let after = domain.until_settled("web").await;
    assert_eq!(after.status.sandbox, before.status.sandbox);
    assert_eq!(after.status.ip, before.status.ip);
    assert_eq!(web(&after).attempt, 1);
    let made = domain.sim.container_spec(after.status.sandbox.as_ref().unwrap(), "web").unwrap();
    assert_eq!(made.image, "nginx:2");
}

#[tokio::test]
async fn a_change_of_volumes_deploys_anew() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    let mut changed = one("Always");
    changed["volumes"] = serde_json::json!([{ "name": "scratch", "emptyDir": {} }]);
    assert!(matches!(domain.put("web", changed).await, PutOutcome::Updated(..)));
    let after = domain.until_settled("web").await;
    assert_ne!(after.status.sandbox, before.status.sandbox);
    domain.until_sandboxes(1).await;
}

#[tokio::test]
async fn a_change_of_tags_alone_restarts_nothing() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    let mut changed = spec(one("Always"));
    changed.tags = Some(IndexMap::from([("a".to_owned(), "b".to_owned())]));
    let outcome = domain.groups.put(id("web"), changed, ApiVersion::V2023_05_01).await.unwrap();
    let PutOutcome::Updated(after, operation) = outcome else { panic!() };
    assert_eq!(web(&after), web(&before));
    let record = domain.groups.operation(operation).unwrap();
    assert_eq!(record.snapshot.status.provisioning_state, ProvisioningState::Succeeded);
}

#[tokio::test]
async fn a_group_between_states_refuses_a_replacement_and_keeps_its_request() {
    let domain = Domain::new().await;
    domain.sim.set_pull_time(seconds(9));
    domain.put("web", one("Always")).await;
    let refused = domain.groups.put(id("web"), spec(one("Never")), ApiVersion::V2023_05_01).await;
    assert!(matches!(refused, Err(GroupError::Transitioning(_))));
    assert_eq!(*domain.groups.get(&id("web")).unwrap().spec, spec(one("Always")));
}

#[tokio::test]
async fn a_stopped_group_is_deployed_anew() {
    let domain = Domain::new().await;
    let before = domain.running("web", one("Always")).await;
    domain.groups.stop(&id("web")).await.unwrap();
    assert!(matches!(domain.put("web", one("Always")).await, PutOutcome::Updated(..)));
    let after = domain.until_settled("web").await;
    assert_ne!(after.status.sandbox, before.status.sandbox);
    assert_eq!(web(&after).events.len(), 3);
}

#[tokio::test]
async fn tags_are_replaced_whole() {
    let domain = Domain::new().await;
    domain.running("web", one("Always")).await;
    for key in ["a", "b"] {
        let tags = IndexMap::from([(key.to_owned(), "1".to_owned())]);
        let group = domain.groups.set_tags(&id("web"), tags.clone()).await.unwrap();
        assert_eq!(group.spec.tags, Some(tags));
    }
    let missing = domain.groups.set_tags(&id("other"), IndexMap::new()).await;
    assert!(matches!(missing, Err(GroupError::NotFound(_))));
}

#[tokio::test]
async fn a_config_map_is_a_folder_of_files_that_change_while_the_container_runs() {
    let domain = Domain::new().await;
    let configured = |level: &str, image: &str| {
        let mut properties = one("Always");
        properties["containers"][0]["properties"]["image"] = image.into();
        properties["containers"][0]["properties"]["configMap"] =
            json!({ "keyValuePairs": { "level": level } });
        properties
    };
    let before = domain.running("web", configured("info", "nginx")).await;
    let sandbox = before.status.sandbox.clone().unwrap();
    let mounts = domain.sim.container_spec(&sandbox, "web").unwrap().mounts;
    assert_eq!((mounts[0].path.as_str(), mounts[0].read_only), ("/mnt/configmap/web", true));
    let file = |level: &str| {
        let content = level.as_bytes().to_vec();
        VolumeContent::Secret(vec![SecretFile { name: "level".into(), content }])
    };
    let now = || domain.sim.sandbox_spec(&sandbox).unwrap().volumes[0].content.clone();
    assert_eq!(now(), file("info"));

    let outcome = domain.put("web", configured("debug", "nginx")).await;
    assert!(
        matches!(outcome, PutOutcome::Updated(group, _) if group.status == before_status(&before, &group))
    );
    while now() != file("debug") {
        tokio::task::yield_now().await;
    }
    let after = domain.groups.get(&id("web")).unwrap();
    assert_eq!(
        (web(&after).attempt, &after.status.sandbox),
        (0, &before.status.sandbox),
        "nothing restarted"
    );

    domain.put("web", configured("trace", "nginx:2")).await;
    let restarted =
        domain.until("web", "it runs again", |group| web(group).attempt == 1 && is_running(web(group)));
    assert_eq!(
        restarted.await.status.sandbox,
        before.status.sandbox,
        "another image needs a restart in place"
    );
    while now() != file("trace") {
        tokio::task::yield_now().await;
    }
}

/// The status of before under the operation of after.
fn before_status(before: &Group, after: &Group) -> GroupStatus {
    GroupStatus { operation: after.status.operation, ..before.status.clone() }
}
