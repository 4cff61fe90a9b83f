//! The cluster, and a namespace of its own for each test.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use futures::FutureExt;
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, PostParams};
use kube::{Client, Config};
use serde_json::{Value, json};

use crate::arm::Arm;
use crate::docker::{GroupContainer, containers_of};
use crate::evidence;
use crate::process::{converse, run};
use crate::wait::{Check, PATIENCE, wait_for};

/// What a test works with: clients, and a namespace that is its own.
pub struct Cluster {
    /// The Kubernetes client.
    pub client: Client,
    /// The namespace.
    pub namespace: String,
    /// The emulator.
    pub arm: Arm,
}

/// Runs a test in a namespace of its own, shows evidence when it fails, and removes the namespace.
///
/// # Panics
/// When the test fails: that is how tests tell.
#[expect(clippy::panic, reason = "a test harness reports failures by panicking")]
pub async fn with_namespace(name: &str, test: impl AsyncFnOnce(&Cluster) -> Result<()>) {
    let cluster = match Cluster::connect(name).await {
        Ok(cluster) => cluster,
        Err(error) => panic!("no cluster to test on (`make up` makes one): {error:#}"),
    };
    let outcome = AssertUnwindSafe(test(&cluster)).catch_unwind().await;
    let failure = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{error:#}")),
        Err(_) => Some("the test panicked; its message is above".to_owned()),
    };
    if let Some(failure) = &failure {
        eprintln!("{}\n{failure}", evidence::gather(&cluster.namespace).await);
    }
    let removed = cluster.delete_namespace().await;
    if let Some(failure) = failure {
        panic!("{failure}");
    }
    if let Err(error) = removed {
        panic!("the namespace {} is not removed: {error:#}", cluster.namespace);
    }
}

impl Cluster {
    async fn connect(name: &str) -> Result<Self> {
        // A second test of the same process finds the provider installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config::infer().await.context("KUBECONFIG names no usable cluster")?;
        let client = Client::try_from(config)?;
        let arm = Arm::of_the_demo().await?;
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let namespace: Namespace = serde_json::from_value(
            json!({"metadata": {"generateName": format!("{name}-"), "labels": {"aci-local-e2e": name}}}),
        )?;
        let created = namespaces.create(&PostParams::default(), &namespace).await?;
        let namespace = created.metadata.name.context("a namespace without a name")?;
        Ok(Self { client, namespace, arm })
    }

    async fn delete_namespace(&self) -> Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces.delete(&self.namespace, &DeleteParams::default()).await?;
        Ok(())
    }

    /// Waits until the namespace with all that was in it is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn remove_namespace(&self) -> Result<()> {
        self.delete_namespace().await?;
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        wait_for("the namespace is gone", PATIENCE, async || {
            Ok(match namespaces.get_opt(&self.namespace).await? {
                None => Check::Done(()),
                Some(namespace) => Check::NotYet(format!("{:?}", namespace.status)),
            })
        })
        .await?;
        // The harness removes the namespace after every test; give it one to remove.
        let again: Namespace = serde_json::from_value(json!({"metadata": {"name": self.namespace}}))?;
        namespaces.create(&PostParams::default(), &again).await?;
        Ok(())
    }

    /// The pods of the namespace.
    pub fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Creates a pod and returns its UID.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn create_pod(&self, manifest: Value) -> Result<String> {
        let pod: Pod = serde_json::from_value(manifest)?;
        // The API server refuses pods until the namespace has its service account.
        let created = wait_for("the pod is admitted", PATIENCE, async || {
            Ok(match self.pods().create(&PostParams::default(), &pod).await {
                Ok(pod) => Check::Done(pod),
                Err(kube::Error::Api(status)) if lacks_service_account(&status.message) => {
                    Check::NotYet(status.message.clone())
                }
                Err(error) => return Err(error.into()),
            })
        })
        .await?;
        created.metadata.uid.context("a pod without a UID")
    }

    /// Applies manifests in the test's namespace, as `kubectl apply` does.
    ///
    /// # Errors
    /// When kubectl refuses one.
    pub async fn apply(&self, manifests: &[Value]) -> Result<()> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": manifests});
        let arguments = ["-n", &self.namespace, "apply", "-f", "-"];
        let output = converse("kubectl", &arguments, list.to_string().as_bytes()).await?;
        ensure!(output.status.success(), "kubectl apply: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// An object of the test's namespace, as `kubectl get KIND NAME -o json` shows it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, kind: &str, name: &str) -> Result<Value> {
        let text = run("kubectl", &["-n", &self.namespace, "get", kind, name, "-o", "json"]).await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The pods that carry a label, as JSON.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn pods_of(&self, label: &str) -> Result<Vec<Value>> {
        let pods = self.pods().list(&ListParams::default().labels(label)).await?;
        Ok(pods.items.iter().map(serde_json::to_value).collect::<Result<_, _>>()?)
    }

    /// Waits until an event about a pod satisfies a condition, and returns it.
    ///
    /// # Errors
    /// When none does within the harness's patience.
    pub async fn await_event(&self, pod: &str, what: &str, is_it: impl Fn(&str) -> bool) -> Result<String> {
        wait_for(&format!("an event about {pod}: {what}"), PATIENCE, async || {
            let events = self.events_of(pod).await?;
            Ok(match events.iter().find(|event| is_it(event)) {
                Some(event) => Check::Done(event.clone()),
                None => Check::NotYet(format!("{events:?}")),
            })
        })
        .await
    }

    /// The address of a node on which ordinary pods run.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ordinary_node_address(&self) -> Result<String> {
        let nodes: Api<Node> = Api::all(self.client.clone());
        let ordinary = nodes.list(&ListParams::default().labels("type!=virtual-kubelet")).await?;
        let addresses = ordinary
            .items
            .into_iter()
            .filter_map(|node| node.status?.addresses)
            .flatten()
            .collect::<Vec<_>>();
        let internal = addresses.into_iter().find(|address| address.type_ == "InternalIP");
        Ok(internal.context("no ordinary node has an address")?.address)
    }

    /// Waits until a pod's JSON satisfies a condition, and returns it.
    ///
    /// # Errors
    /// When it does not within `limit`.
    pub async fn await_pod(
        &self,
        name: &str,
        what: &str,
        limit: Duration,
        condition: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        wait_for(&format!("pod {name}: {what}"), limit, async || {
            let pod = serde_json::to_value(self.pods().get(name).await?)?;
            Ok(if condition(&pod) { Check::Done(pod) } else { Check::NotYet(pod["status"].to_string()) })
        })
        .await
    }

    /// Waits until a pod is ready.
    ///
    /// # Errors
    /// When it is not within the harness's patience.
    pub async fn await_ready(&self, name: &str) -> Result<Value> {
        self.await_pod(name, "is ready", PATIENCE, is_ready).await
    }

    /// Waits until a pod has ended with a phase.
    ///
    /// # Errors
    /// When it has not within the harness's patience.
    pub async fn await_phase(&self, name: &str, phase: &str) -> Result<Value> {
        self.await_pod(name, phase, PATIENCE, |pod| pod["status"]["phase"] == phase).await
    }

    /// The log of a container.
    ///
    /// # Errors
    /// When the API server or the provider refuses.
    pub async fn logs(&self, pod: &str, container: &str) -> Result<String> {
        let params = LogParams { container: Some(container.to_owned()), ..LogParams::default() };
        Ok(self.pods().logs(pod, &params).await?)
    }

    /// Runs a script in an ordinary pod of the cluster and returns what it wrote.
    ///
    /// # Errors
    /// When it fails; with its output.
    pub async fn run_in_cluster(&self, name: &str, script: &str) -> Result<String> {
        self.create_pod(crate::manifest::cluster_pod(name, script)).await?;
        let pod = self
            .await_pod(name, "has ended", PATIENCE, |pod| {
                matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
            })
            .await?;
        let output = self.logs(name, "main").await?;
        if pod["status"]["phase"] == "Succeeded" { Ok(output) } else { Err(anyhow!("{script}: {output}")) }
    }

    /// The events about a pod, as `reason: message`.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn events_of(&self, pod: &str) -> Result<Vec<String>> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let about = ListParams::default().fields(&format!("involvedObject.name={pod}"));
        Ok(events
            .list(&about)
            .await?
            .into_iter()
            .map(|event| {
                format!("{}: {}", event.reason.unwrap_or_default(), event.message.unwrap_or_default())
            })
            .collect())
    }

    /// The containers that Docker holds for a pod.
    ///
    /// # Errors
    /// When ARM or Docker does not answer.
    pub async fn containers_of_pod(&self, uid: &str) -> Result<Vec<GroupContainer>> {
        match self.arm.group_of_pod(uid).await? {
            Some(group) => containers_of(group["id"].as_str().unwrap_or_default()).await,
            None => Ok(Vec::new()),
        }
    }

    /// The status of a node's condition.
    ///
    /// # Errors
    /// When there is no such node.
    pub async fn node_condition(&self, node: &str, condition: &str) -> Result<String> {
        let nodes: Api<Node> = Api::all(self.client.clone());
        let conditions =
            nodes.get(node).await?.status.and_then(|status| status.conditions).unwrap_or_default();
        let found = conditions.into_iter().find(|found| found.type_ == condition);
        Ok(found.map_or_else(|| "absent".to_owned(), |found| found.status))
    }
}

/// Whether a pod was refused because its namespace is too young: `serviceaccount "default" not found`, or before
/// Kubernetes 1.24 `No API token found for service account "default"`.
fn lacks_service_account(message: &str) -> bool {
    message.contains("serviceaccount") || message.contains("service account")
}

/// Whether a pod's condition Ready is True.
pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}
