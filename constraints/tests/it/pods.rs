//! Every recipe with a pod: the provider and the emulator in this process, between them no network, before them an
//! API server in memory.

use std::path::Path;
use std::sync::Arc;

use aci_constraints::recipe::{Kubectl, ShownBy};
use aci_constraints::says::{Seen, fits};
use aci_constraints::{Constraint, catalogue, pods};
use aci_model::group::OsType;
use aci_provider::clock::Clock as _;
use aci_provider::pods::{DEFAULT_POLL_INTERVAL, PodsConfig, PodsController};
use aci_provider::translate::Settings;
use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::emulator::TestEmulator;
use crate::recipes::{all_accepted, values};

#[path = "../../../provider/tests/it/support/api_server.rs"]
#[expect(dead_code, reason = "the provider's own tests ask more of it")]
mod api_server;
mod arm;

use api_server::ApiServer;
use arm::{Paused, RouterArm};

/// The node of the mock API server.
const NODE: &str = "virtual-node-aci-linux";

fn of_pods() -> impl Iterator<Item = (&'static Constraint, Kubectl)> {
    catalogue().filter_map(|it| it.recipe.kubectl.map(|kubectl| (it, kubectl)))
}

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/data")
}

/// The pod of a recipe, as scheduler and controllers leave it.
fn pod_of(id: &str) -> Pod {
    let text = std::fs::read_to_string(data().join(format!("constraints/{id}.yaml"))).unwrap();
    let mut pod: Value = serde_saphyr::from_str(text.rsplit("\n---\n").next().unwrap()).unwrap();
    if pod["kind"] != "Pod" {
        let owner = json!({"apiVersion": "apps/v1", "kind": pod["kind"], "name": id, "uid": "o"});
        pod = pod["spec"]["template"].take();
        pod["metadata"]["name"] = json!(id);
        pod["metadata"]["ownerReferences"] = json!([owner]);
    }
    pod["metadata"]["namespace"] = json!("default");
    pod["metadata"]["uid"] = json!(format!("uid-{id}"));
    pod["spec"]["nodeName"] = json!(NODE);
    pod["spec"]["restartPolicy"] = json!("Always");
    pod["spec"]["enableServiceLinks"] = json!(false);
    pod["status"] = json!({"phase": "Pending"});
    serde_json::from_value(pod).unwrap()
}

fn settings(kubectl: &Kubectl) -> Settings {
    Settings {
        node_name: NODE.to_owned(),
        host_ip: None,
        cluster_id: "cluster".to_owned(),
        location: "westus2".to_owned(),
        os_type: OsType::Linux,
        subnet: None,
        kube_dns_ip: None,
        cluster_domain: "cluster.local".to_owned(),
        profile: kubectl.profile,
        master: None,
        log_analytics: None,
    }
}

/// Names in braces, and whatever differs. What ends a sentence of Azure's does not end the provider's.
fn tells(message: &str, text: &str) -> bool {
    let parts = message.trim_end_matches('.').split('{').enumerate();
    let open: Vec<_> =
        parts.map(|(i, part)| if i == 0 { part } else { part.split_once('}').unwrap().1 }).collect();
    fits(&format!("…{}…", open.join("…")), text)
}

fn is_shown(seen: &Seen, status: &Value) -> bool {
    let steps: Vec<_> = seen.at.split('/').skip(1).collect();
    values(status, &steps).into_iter().any(|value| match value {
        Value::String(text) => fits(seen.is, text),
        other => fits(seen.is, &other.to_string()),
    })
}

/// What of a recipe the pod has not told or shown yet.
fn wanting(api: &ApiServer, id: &str, kubectl: &Kubectl) -> Vec<String> {
    let head = format!("{}: ", kubectl.reason);
    let is_told = |event: &String| event.strip_prefix(&head).is_some_and(|text| tells(kubectl.message, text));
    let status = api.pod(id).unwrap_or_default()["status"].take();
    let event = (!api.events().iter().any(is_told)).then(|| format!("event {head}{}", kubectl.message));
    let rest = kubectl.status.iter().filter(|seen| !is_shown(seen, &status)).map(|seen| format!("{seen:?}"));
    event.into_iter().chain(rest).collect()
}

async fn run(constraint: &'static Constraint, kubectl: &Kubectl) -> Result<(), String> {
    /// Steps of a tenth of a second: a crash loop's first back-off is ten seconds.
    const MOST: usize = 600;
    let emulator = Arc::new(TestEmulator::with(constraint.recipe.flags).await);
    all_accepted(&emulator, constraint.recipe.before, "what there must be").await?;
    let (api, clock) = (ApiServer::new(), Paused::new());
    let arm = Arc::new(RouterArm(Arc::clone(&emulator)));
    let config = PodsConfig {
        translate: settings(kubectl),
        host_ip: None,
        poll_interval: DEFAULT_POLL_INTERVAL,
        concurrency: 4,
    };
    let controller = PodsController::new(config, api.client(), arm, clock.clone());
    let ending = CancellationToken::new();
    let running = tokio::spawn(controller.run(ending.clone()));
    api.put_pod(&pod_of(constraint.id));
    let mut left = wanting(&api, constraint.id, kubectl);
    // An event and a status may show at different times.
    for _ in 0..MOST {
        if left.is_empty() {
            break;
        }
        clock.sleep(std::time::Duration::from_millis(100)).await;
        emulator.pass(jiff::SignedDuration::from_millis(100));
        let still = wanting(&api, constraint.id, kubectl);
        left.retain(|it| still.contains(it));
    }
    ending.cancel();
    running.await.unwrap().unwrap();
    all_accepted(&emulator, constraint.recipe.after, "the way back").await?;
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "  wanting: {left:#?}\n  events: {:#?}\n  status: {:#}",
            api.events(),
            api.pod(constraint.id).unwrap_or_default()["status"]
        )),
    }
}

/// The requests about running pods are the kubelet API's, whose tests they are.
#[tokio::test(start_paused = true)]
async fn every_pod_tells_and_shows_what_the_catalogue_says() {
    let mut failures = Vec::new();
    for (constraint, kubectl) in of_pods().filter(|(_, kubectl)| kubectl.command.is_none()) {
        let shown = std::panic::AssertUnwindSafe(run(constraint, &kubectl)).catch_unwind().await;
        match shown {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => failures.push(format!("{}:\n{failure}", constraint.id)),
            Err(_) => failures.push(format!("{}: it panicked, see above", constraint.id)),
        }
    }
    assert!(failures.is_empty(), "{} recipes fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_recipe_with_a_pod_has_its_manifest_and_every_manifest_its_recipe() {
    let files = std::fs::read_dir(data().join("constraints")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut manifests: Vec<_> =
        names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned)).collect();
    let mut recipes: Vec<_> = of_pods().map(|(constraint, _)| constraint.id.to_owned()).collect();
    manifests.sort();
    recipes.sort();
    assert_eq!(manifests, recipes);
}

/// Failures are asked for by a part of the group's name, and would befall both.
#[test]
fn no_recipe_s_name_is_the_beginning_of_another_s() {
    for (one, _) in of_pods() {
        let head = format!("{}-", one.id);
        let other = of_pods().find(|(other, _)| other.id.starts_with(&head));
        assert!(other.is_none(), "{}: {:?}", one.id, other.map(|(other, _)| other.id));
    }
}

#[test]
fn what_only_a_pod_meets_is_shown_by_one() {
    for constraint in catalogue().filter(|it| it.recipe.shown_by == ShownBy::Pod) {
        assert!(constraint.recipe.kubectl.is_some(), "{}", constraint.id);
    }
}

/// The tests on a cluster read them there.
#[test]
fn the_expectations_are_what_the_tables_say() {
    let path = data().join("constraints.json");
    let text = format!("{:#}\n", pods::expectations());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "e2e/data/constraints.json is not what the code says: UPDATE_DOCS=1 writes it");
}
