//! Host names: one group each, for as long as the group lives.

use aci_emulator::group::GroupState;
use aci_emulator::groups::{GroupError, PutOutcome};
use aci_model::ApiVersion;
use serde_json::{Value, json};

use crate::support::sim::{Domain, id, one, spec};

const NAME: &str = "hello.westeurope.azurecontainer.io";

fn labelled(label: &str) -> Value {
    let mut properties = one("Always");
    properties["subnetIds"] = json!(null);
    properties["ipAddress"] = json!({ "type": "Public", "ports": [{ "port": 80 }], "dnsNameLabel": label });
    properties
}

async fn put(domain: &Domain, name: &str, properties: Value) -> Result<PutOutcome, GroupError> {
    domain.groups.put(id(name), spec(properties), ApiVersion::V2023_05_01, None).await
}

#[tokio::test]
async fn a_label_is_taken_until_its_group_is_deleted_even_while_it_is_stopped_or_the_emulator_restarts() {
    let mut domain = Domain::new().await;
    domain.running("a", labelled("hello")).await;
    domain.groups.stop(&id("a")).await.unwrap();
    domain.restart().await;
    let refusal = put(&domain, "b", labelled("hello")).await;
    assert!(matches!(refusal, Err(GroupError::NameTaken { label, .. }) if label == "hello"));
    assert!(domain.groups.get(&id("b")).is_none());
    domain.groups.delete(&id("a")).await.unwrap();
    assert!(matches!(put(&domain, "b", labelled("hello")).await, Ok(PutOutcome::Created(..))));
}

#[tokio::test]
async fn a_name_leads_to_its_group_and_follows_it_through_a_stop_and_an_update() {
    let domain = Domain::new().await;
    let before = domain.running("a", labelled("hello")).await;
    let found = domain.groups.named("HELLO.westeurope.azurecontainer.io").unwrap();
    assert_eq!((&found.id, found.status.ip), (&before.id, before.status.ip));
    domain.groups.stop(&id("a")).await.unwrap();
    assert_eq!(domain.groups.named(NAME).unwrap().status.ip, None);
    domain.groups.start(&id("a")).await.unwrap();
    let after = domain.until("a", "it runs", |group| group.status.state == GroupState::Running).await;
    assert_ne!(after.status.ip, before.status.ip, "a start gives another address");
    assert_eq!(domain.groups.named(NAME).unwrap().status.ip, after.status.ip, "under the same name");

    assert!(matches!(put(&domain, "a", labelled("other")).await, Ok(PutOutcome::Updated(..))));
    assert!(domain.groups.named(NAME).is_none());
    assert!(matches!(put(&domain, "b", labelled("hello")).await, Ok(PutOutcome::Created(..))));
}

#[tokio::test]
async fn an_update_to_a_taken_label_is_refused_and_changes_nothing() {
    let domain = Domain::new().await;
    domain.running("a", labelled("hello")).await;
    domain.running("b", labelled("other")).await;
    let refusal = put(&domain, "b", labelled("hello")).await;
    assert!(matches!(refusal, Err(GroupError::NameTaken { .. })));
    assert_eq!(domain.groups.named("other.westeurope.azurecontainer.io").unwrap().id, id("b"));
    assert_eq!(domain.groups.named(NAME).unwrap().id, id("a"));
}
