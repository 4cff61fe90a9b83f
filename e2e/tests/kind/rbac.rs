//! The provider's rights: with all of them nothing is forbidden, and without any one of them something is.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use aci_e2e::manifest::{claim_of, script};
use aci_e2e::process::run;
use aci_e2e::stack::{Stack, with_stack};
use aci_e2e::wait::{Check, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Long enough for a provider to start and to come to whatever it may not do.
const LIMIT: Duration = Duration::from_secs(60);

/// A verb and a resource, as the API server's refusals name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right(&'static str, &'static str);

/// Rights that are missing together, since none of them is in the way of asking for another.
const ROUNDS: [&[Right]; 9] = [
    &[Right("get", "namespaces")],
    &[
        Right("get", "nodes"),
        Right("list", "pods"),
        Right("create", "certificatesigningrequests"),
        Right("create", "tokenreviews"),
    ],
    &[
        Right("patch", "nodes"),
        Right("get", "secrets"),
        Right("get", "configmaps"),
        Right("get", "persistentvolumeclaims"),
        Right("list", "services"),
        Right("create", "serviceaccounts/token"),
    ],
    &[Right("patch", "nodes/status"), Right("get", "persistentvolumes")],
    &[Right("get", "leases"), Right("get", "services")],
    &[Right("create", "leases"), Right("patch", "pods/status")],
    &[Right("update", "leases"), Right("patch", "events"), Right("get", "pods")],
    &[Right("delete", "pods"), Right("create", "events"), Right("create", "subjectaccessreviews")],
    // The last, as afterwards there is no node.
    &[Right("create", "nodes"), Right("watch", "pods"), Right("get", "certificatesigningrequests")],
];

impl fmt::Display for Right {
    /// `cannot get resource "secrets"`, in the words of the API server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(verb, resource) = self;
        write!(f, "cannot {verb} resource \"{resource}\"")
    }
}

/// A role with its rules as they are in the manifest.
struct Role {
    /// What kubectl calls it.
    reference: Vec<String>,
    rules: Vec<Value>,
}

impl Role {
    async fn read(reference: &[&str]) -> Result<Self> {
        let text = run("kubectl", &[&["get"], reference, &["-o", "json"]].concat()).await?;
        let role: Value = serde_json::from_str(&text)?;
        let rules =
            role["rules"].as_array().context("a role without rules")?.iter().flat_map(single).collect();
        Ok(Self { reference: reference.iter().map(|part| (*part).to_owned()).collect(), rules })
    }

    async fn write_without(&self, missing: &[Right]) -> Result<()> {
        let is_missing =
            |rule: &Value| missing.iter().any(|Right(verb, resource)| granted(rule) == (verb, resource));
        let rules: Vec<&Value> = self.rules.iter().filter(|rule| !is_missing(rule)).collect();
        let patch = json!({ "rules": rules }).to_string();
        let reference: Vec<&str> = self.reference.iter().map(String::as_str).collect();
        run("kubectl", &[&["patch"], &reference[..], &["--type=merge", "-p", &patch]].concat())
            .await
            .map(drop)
    }
}

/// A rule as many, each of one verb on one resource.
fn single(rule: &Value) -> Vec<Value> {
    let mut rules = Vec::new();
    for resource in rule["resources"].as_array().into_iter().flatten() {
        for verb in rule["verbs"].as_array().into_iter().flatten() {
            let mut one = rule.clone();
            one["resources"] = json!([resource]);
            one["verbs"] = json!([verb]);
            rules.push(one);
        }
    }
    rules
}

/// Verb and resource of a rule that has one of each.
fn granted(rule: &Value) -> (&str, &str) {
    (rule["verbs"][0].as_str().unwrap_or_default(), rule["resources"][0].as_str().unwrap_or_default())
}

#[tokio::test]
async fn no_right_of_the_provider_is_spare_and_none_is_wanting() {
    with_stack("rbac", async |stack| {
        let name = stack.name();
        let roles = [
            Role::read(&["clusterrole", name]).await?,
            Role::read(&["-n", "kube-node-lease", "role", name]).await?,
        ];
        let granted: BTreeSet<_> = roles.iter().flat_map(|role| role.rules.iter().map(granted)).collect();
        let tried: BTreeSet<_> =
            ROUNDS.concat().into_iter().map(|Right(verb, resource)| (verb, resource)).collect();
        ensure!(granted == tried, "the manifest grants {granted:?}, and {tried:?} are tried");
        stack.cluster.apply(&referred_to(name)).await?;
        for (number, missing) in ROUNDS.iter().enumerate() {
            let forbidden = round(stack, &roles, number, missing).await?;
            for right in *missing {
                ensure!(forbidden.contains(&right.to_string()), "without it nothing {right}");
            }
        }
        // With all of its rights the provider runs the same pods, and the API server refuses it nothing.
        restart(stack, &roles, &[]).await?;
        work(stack, ROUNDS.len()).await?;
        stack.await_node("True").await?;
        for kind in KINDS {
            let pod = format!("{kind}-{}", ROUNDS.len());
            let runs = |pod: &Value| pod["status"]["phase"] == "Running";
            stack.cluster.await_pod(&pod, "runs", LIMIT, runs).await?;
        }
        let log = stack.provider_log().await;
        ensure!(!log.contains("is forbidden"), "{log}");
        Ok(())
    })
    .await;
}

/// Ends the provider, leaves it groups whose pods are gone, and starts it without some of its rights.
async fn restart(stack: &Stack<'_>, roles: &[Role], missing: &[Right]) -> Result<()> {
    stack.stop_provider().await?;
    let gone = ["-n", stack.name(), "delete", "pods", "-l", "rbac=pod", "--force", "--grace-period=0"];
    run("kubectl", &gone).await?;
    for role in roles {
        role.write_without(missing).await?;
    }
    let lacks =
        |verb: &str, resource: &str| missing.iter().any(|right| (right.0, right.1) == (verb, resource));
    if lacks("create", "nodes") {
        run("kubectl", &["delete", "node", stack.name(), "--ignore-not-found"]).await?;
    } else if lacks("patch", "nodes") {
        run("kubectl", &["label", "node", stack.name(), "kubernetes.io/role=another", "--overwrite"]).await?;
    }
    if lacks("create", "leases") {
        let lease = ["-n", "kube-node-lease", "delete", "lease", stack.name(), "--ignore-not-found"];
        run("kubectl", &lease).await?;
    }
    stack.start_provider().await
}

/// What was told to be forbidden while the provider had all its work to do and not all its rights.
async fn round(stack: &Stack<'_>, roles: &[Role], number: usize, missing: &[Right]) -> Result<String> {
    restart(stack, roles, missing).await?;
    work(stack, number).await?;
    let mut told = String::new();
    wait_for(&format!("{missing:?} is told to be forbidden"), LIMIT, async || {
        told = stack.provider_log().await;
        let events = ["-n", stack.name(), "get", "events", "-o", "jsonpath={..message}"];
        told.push_str(&run("kubectl", &events).await?);
        ask(stack).await;
        let open: Vec<&Right> = missing.iter().filter(|right| !told.contains(&right.to_string())).collect();
        Ok(if open.is_empty() { Check::Done(()) } else { Check::NotYet(format!("{open:?}")) })
    })
    .await?;
    Ok(told)
}

/// Asks the kubelet API by certificate and by token; what comes of it is in the provider's log.
async fn ask(stack: &Stack<'_>) {
    let logs = format!("/api/v1/nodes/{}/proxy/pods", stack.name());
    let _refused = run("kubectl", &["get", "--raw", &logs]).await;
    let address = ["-n", stack.name(), "get", "pods", "-l", &format!("app={}", stack.name())];
    let address = [&address[..], &["-o", "jsonpath={.items[0].status.podIP}"]].concat();
    if let Ok(address) = run("kubectl", &address).await {
        let curl = format!("curl -sk -m 2 -H 'Authorization: Bearer nobody' https://{address}:10250/pods");
        let _refused = run("kubectl", &["-n", stack.name(), "exec", "asker", "--", "sh", "-c", &curl]).await;
    }
}

const KINDS: [&str; 6] = ["secret", "config", "claim", "links", "token", "crash"];

/// What the pods refer to, and an ordinary pod to ask from.
fn referred_to(name: &str) -> Vec<Value> {
    let volume = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "1Gi"},
            "storageClassName": "",
            "azureFile": {"shareName": "data", "secretName": "share", "secretNamespace": name},
        },
    });
    let claim = claim_of(name);
    let share = json!({"azurestorageaccountname": "account", "azurestorageaccountkey": "a2V5"});
    let asker = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "asker"},
        "spec": {"containers": [script("main", "exec sleep infinity")], "terminationGracePeriodSeconds": 0},
    });
    vec![
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "v"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "share"}, "stringData": share}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}),
        volume,
        claim,
        asker,
    ]
}

/// Pods that each need one thing of the API server, and one to be deleted.
async fn work(stack: &Stack<'_>, number: usize) -> Result<()> {
    let mut pods: Vec<Value> = KINDS.iter().map(|kind| pod(stack, kind, number)).collect();
    pods.push(pod(stack, "leaver", number));
    stack.cluster.apply(&pods).await?;
    let leaver = format!("leaver-{number}");
    run("kubectl", &["-n", stack.name(), "delete", "pod", &leaver, "--wait=false"]).await.map(drop)
}

fn pod(stack: &Stack<'_>, kind: &str, number: usize) -> Value {
    let mut container = script("main", "exec sleep infinity");
    let mut volumes = json!([]);
    match kind {
        "secret" => container["envFrom"] = json!([{"secretRef": {"name": "s"}}]),
        "config" => container["envFrom"] = json!([{"configMapRef": {"name": "c"}}]),
        "claim" => volumes = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]),
        "token" => {
            let source = json!({"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}});
            volumes = json!([{"name": "v", "projected": {"sources": [source]}}]);
        }
        // Whatever happens again and again is told by counting up an event.
        "crash" => {
            container["env"] = json!([
                {"name": "ACI_SIM_EXIT_CODE", "value": "1"},
                {"name": "ACI_SIM_EXIT_AFTER_SECONDS", "value": "0.2"},
            ]);
        }
        _ => {}
    }
    if volumes[0].is_object() {
        container["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
    }
    let mut spec = stack.spec("Always", json!([container]));
    spec["volumes"] = volumes;
    // The scheduler would keep pods off a node that is not ready.
    spec["nodeName"] = json!(stack.name());
    spec["automountServiceAccountToken"] = json!(false);
    spec["enableServiceLinks"] = json!(kind == "links");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": format!("{kind}-{number}"), "labels": {"rbac": "pod"}},
        "spec": spec,
    })
}
