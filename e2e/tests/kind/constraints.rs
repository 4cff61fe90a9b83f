//! The recipes with pods of `docs/CONSTRAINTS.md`: every manifest applied, and what its pod comes to tell and show.
//!
//! What is expected is data that the catalogue writes. Containers are simulated, as failures are asked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aci_e2e::process::run;
use aci_e2e::stack::{Stack, with_profile};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

/// The answer that slows a whole provider down, and so the last.
const SLOWS_ALL: &str = "pod-throttled";
/// Recipes whose fields came with a minor version of Kubernetes: older API servers drop or refuse them.
const SINCE: [(&str, u32); 2] = [("aks-grpc-probe", 24), ("aks-windows", 24)];
/// How long kubectl may take to be refused.
const REFUSAL: Duration = Duration::from_secs(60);

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The minor version of the API server.
async fn minor_version() -> Result<u32> {
    let version: Value = serde_json::from_str(&run("kubectl", &["version", "-o", "json"]).await?)?;
    let minor = member(&version["serverVersion"], "minor").trim_end_matches('+');
    minor.parse().with_context(|| format!("{version}"))
}

/// The recipes of a profile that the API server knows the fields of: those that leave others alone, and then the one
/// that does not.
async fn recipes(profile: &str) -> Result<Vec<Value>> {
    let minor = minor_version().await?;
    let is_known = |id: &str| !SINCE.iter().any(|(name, since)| *name == id && minor < *since);
    let expected = std::fs::read_to_string(data().join("constraints.json"))?;
    let all: Vec<Value> = serde_json::from_str(&expected)?;
    let of_profile = all.into_iter().filter(|recipe| recipe["profile"] == profile);
    let (mut recipes, unknown): (Vec<_>, Vec<_>) =
        of_profile.partition(|recipe| is_known(member(recipe, "id")));
    for recipe in unknown {
        eprintln!("{} is not shown: Kubernetes 1.{minor} lacks its field", member(&recipe, "id"));
    }
    recipes.sort_by_key(|recipe| recipe["id"] == SLOWS_ALL);
    ensure!(!recipes.is_empty(), "there are no recipes of {profile}");
    Ok(recipes)
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The objects of a manifest, for the node of the test instead of the demo's.
fn manifest(stack: &Stack<'_>, id: &str) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(data().join(format!("constraints/{id}.yaml")))?;
    let mut objects = Vec::new();
    for document in text.split("\n---\n") {
        let mut object: Value = serde_saphyr::from_str(document)?;
        match object["kind"].as_str() {
            Some("Pod") => place(stack, &mut object["spec"]),
            Some("PersistentVolume") => object["metadata"]["name"] = json!(stack.name()),
            Some("PersistentVolumeClaim") => object["spec"]["volumeName"] = json!(stack.name()),
            _ => place(stack, &mut object["spec"]["template"]["spec"]),
        }
        objects.push(object);
    }
    Ok(objects)
}

fn place(stack: &Stack<'_>, spec: &mut Value) {
    let placed = stack.spec("Always", json!([]));
    spec["nodeSelector"] = placed["nodeSelector"].clone();
    spec["tolerations"] = placed["tolerations"].clone();
    if spec["nodeName"].is_string() {
        spec["nodeName"] = json!(stack.name());
    }
}

/// Brings the emulator into the recipe's state and applies the manifest.
async fn begin(stack: &Stack<'_>, recipe: &Value) -> Result<()> {
    for step in recipe["before"].as_array().into_iter().flatten() {
        let method: Method = member(step, "method").parse()?;
        let (status, answer) = stack.arm.send(method, member(step, "uri"), Some(&step["body"])).await?;
        ensure!(status < 300, "{step}: {status} {answer}");
    }
    stack.cluster.apply(&manifest(stack, member(recipe, "id"))?).await
}

/// The name of the recipe's pod, which a controller may have chosen.
async fn pod_of(stack: &Stack<'_>, id: &str) -> Result<String> {
    if stack.cluster.pods().get_opt(id).await?.is_some() {
        return Ok(id.to_owned());
    }
    wait_for(&format!("{id} has a pod"), PATIENCE, async || {
        let pods = stack.cluster.pods_of(&format!("app={id}")).await?;
        let name = pods.first().and_then(|pod| pod["metadata"]["name"].as_str());
        Ok(name.map_or_else(|| Check::NotYet("it has none".to_owned()), |name| Check::Done(name.to_owned())))
    })
    .await
}

/// Whether a text holds the parts of another, in which `…` and names in braces stand for what differs.
fn tells(expected: &str, text: &str) -> bool {
    let mut rest = text;
    let expected = expected.trim_end_matches('.');
    let parts = expected.split('{').enumerate().flat_map(|(i, part)| {
        let part = if i == 0 { part } else { part.split_once('}').map_or(part, |(_, after)| after) };
        part.split('…')
    });
    parts.into_iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// The values at a JSON pointer in which `*` is any element.
fn values<'a>(value: &'a Value, steps: &[&str]) -> Vec<&'a Value> {
    match steps {
        [] => vec![value],
        ["*", rest @ ..] => {
            value.as_array().into_iter().flatten().flat_map(|element| values(element, rest)).collect()
        }
        [step, rest @ ..] => value.get(*step).map_or(Vec::new(), |it| values(it, rest)),
    }
}

fn is_shown(seen: &Value, pod: &Value) -> bool {
    let steps: Vec<_> = member(seen, "at").split('/').skip(1).collect();
    values(&pod["status"], &steps).into_iter().any(|value| match value {
        Value::String(text) => tells(member(seen, "is"), text),
        other => tells(member(seen, "is"), &other.to_string()),
    })
}

/// Waits for what the pod has to tell and to show.
async fn shown(stack: &Stack<'_>, recipe: &Value) -> Result<()> {
    let (id, reason, message) = (member(recipe, "id"), member(recipe, "reason"), member(recipe, "message"));
    if let Some(command) = recipe["command"].as_str() {
        return refused(stack, id, command, message).await;
    }
    let pod = pod_of(stack, id).await?;
    let head = format!("{reason}: ");
    let is_told = |event: &str| event.strip_prefix(&head).is_some_and(|text| tells(message, text));
    let event = stack.cluster.await_event(&pod, message, is_told).await?;
    for seen in recipe["status"].as_array().into_iter().flatten() {
        stack.cluster.await_pod(&pod, &seen.to_string(), PATIENCE, |pod| is_shown(seen, pod)).await?;
    }
    eprintln!("{id}: {event}");
    Ok(())
}

/// Runs the pod, asks kubectl, and looks for the words in what it says.
async fn refused(stack: &Stack<'_>, id: &str, command: &str, message: &str) -> Result<()> {
    stack.cluster.await_ready(id).await?;
    let mut arguments = vec!["-n", stack.name()];
    arguments.extend(command.split(' '));
    let asked = tokio::time::timeout(REFUSAL, run("kubectl", &arguments)).await;
    let answer = asked.context("kubectl is not refused")?;
    let said = answer.err().map(|error| format!("{error:#}")).with_context(|| format!("{command} works"))?;
    ensure!(tells(message, &said), "{said}");
    eprintln!("{id}: {said}");
    Ok(())
}

/// All recipes of a profile side by side; tells of every one that fails.
async fn show(profile: &str) {
    with_profile(profile, profile, async |stack| {
        let recipes = recipes(profile).await?;
        let slows = |recipe: &&Value| recipe["id"] == SLOWS_ALL;
        let mut failures = Vec::new();
        for phase in [false, true] {
            let phase: Vec<_> = recipes.iter().filter(|recipe| slows(recipe) == phase).collect();
            for recipe in &phase {
                begin(stack, recipe).await.with_context(|| member(recipe, "id").to_owned())?;
            }
            for recipe in &phase {
                if let Err(error) = shown(stack, recipe).await {
                    failures.push(format!("{}: {error:#}", member(recipe, "id")));
                }
            }
        }
        ensure!(failures.is_empty(), "{} recipes fail:\n{}", failures.len(), failures.join("\n"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_the_add_on_does_not_do_is_told_by_pods_and_to_kubectl() {
    show("aks-addon").await;
}

#[tokio::test]
async fn what_azure_refuses_and_what_befalls_containers_is_told_by_pods() {
    show("modern").await;
}
