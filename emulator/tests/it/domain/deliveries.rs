//! What containers of groups with diagnostics write, in the workspace's file.

use std::path::PathBuf;

use aci_emulator::data::Folder;
use aci_emulator::platform::Platform;
use aci_emulator::runtime::sim::SimScript;
use serde_json::{Value, json};

use crate::support::clock::seconds;
use crate::support::sim::{Domain, id, one};

fn with_workspace() -> Value {
    let mut properties = one("Always");
    properties["diagnostics"] =
        json!({ "logAnalytics": { "workspaceId": "ws-1", "workspaceKey": "s3cret" } });
    properties
}

async fn domain() -> (Domain, PathBuf) {
    let folder = Folder::fleeting();
    let path = folder.path().unwrap().join("log-analytics/ws-1.jsonl");
    (Domain::on(Platform::bare(&folder)).await, path)
}

/// The records of a table, once there are so many.
async fn records(path: &PathBuf, table: &str, count: usize) -> Vec<Value> {
    for _ in 0..100_000 {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        assert!(!text.contains("s3cret"));
        let all = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_table: Vec<Value> = all.filter(|record| record["Type"] == table).collect();
        if of_table.len() >= count {
            return of_table;
        }
        tokio::task::yield_now().await;
    }
    panic!("not yet {count} records of {table} in {}", path.display());
}

const LOG: &str = "ContainerInstanceLog_CL";
const EVENT: &str = "ContainerEvent_CL";

#[tokio::test]
async fn every_line_of_every_attempt_is_delivered_once_and_the_last_ones_before_the_container_is_replaced() {
    let (domain, path) = domain().await;
    let script = SimScript { log: "one\ntwo\n".to_owned(), ..SimScript::exits(1, seconds(5)) };
    domain.sim.script("web", script);
    domain.running("web", with_workspace()).await;
    domain.after(seconds(5)).await;
    domain.until("web", "it runs again", |group| group.status.containers[0].restart_count == 1).await;
    let lines = records(&path, LOG, 4).await;
    let told: Vec<_> = lines.iter().map(|line| line["Message"].as_str().unwrap()).collect();
    assert_eq!(told, ["one", "two", "one", "two"]);
    assert_ne!(lines[0]["ContainerID_s"], lines[2]["ContainerID_s"]);
    assert_eq!((&lines[0]["ContainerGroup_s"], &lines[0]["ContainerName_s"]), (&json!("web"), &json!("web")));
    let events = records(&path, EVENT, 4).await;
    let names: Vec<_> = events.iter().map(|event| event["Reason_s"].as_str().unwrap()).collect();
    assert_eq!(names[..4], ["Pulling", "Pulled", "Started", "Killing"]);
}

#[tokio::test]
async fn a_restart_of_the_emulator_loses_no_line_and_repeats_none() {
    let (mut domain, path) = domain().await;
    domain.sim.script("web", SimScript { log: "one\ntwo\n".to_owned(), ..SimScript::default() });
    let group = domain.running("web", with_workspace()).await;
    records(&path, LOG, 2).await;
    domain.restart().await;
    let sandbox = group.status.sandbox.clone().unwrap();
    domain.sim.kill(&sandbox, "web", 1);
    domain.until("web", "it runs again", |group| group.status.containers[0].restart_count == 1).await;
    let lines = records(&path, LOG, 4).await;
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

#[tokio::test]
async fn a_group_is_removed_when_its_lines_are_delivered() {
    let (domain, path) = domain().await;
    domain.sim.script("web", SimScript { log: "last words\n".to_owned(), ..SimScript::default() });
    domain.running("web", with_workspace()).await;
    domain.groups.delete(&id("web")).await.unwrap();
    domain.until_sandboxes(0).await;
    assert_eq!(records(&path, LOG, 1).await[0]["Message"], "last words");
}

#[tokio::test]
async fn without_diagnostics_nothing_is_written() {
    let (domain, path) = domain().await;
    domain.sim.script("web", SimScript { log: "mine\n".to_owned(), ..SimScript::default() });
    domain.running("web", one("Always")).await;
    domain.groups.reset().await.unwrap();
    assert!(!path.exists());
}
