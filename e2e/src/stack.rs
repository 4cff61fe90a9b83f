//! A virtual node of a test's own: an emulator with simulated containers, and a provider with rights of its own.
//!
//! The provider is that of `kind-config/provider.yaml` under other names. Nothing else is scheduled to its node,
//! whose taint no other pod tolerates.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use reqwest::Method;
use serde_json::{Value, json};

use crate::EMULATOR_CONTAINER;
use crate::arm::{Arm, RESOURCE_GROUP, SUBSCRIPTION};
use crate::cluster::{Cluster, with_namespace};
use crate::process::{converse, run};
use crate::wait::{Check, PATIENCE, wait_for};

const PROVIDER: &str = include_str!("../../kind-config/provider.yaml");
/// Where an emulator listens in its container.
const PORT: &str = "4580";

/// The node, and what stands behind it; all of it is called like the test's namespace.
pub struct Stack<'a> {
    /// The test's cluster and namespace.
    pub cluster: &'a Cluster,
    /// The emulator of this node.
    pub arm: Arm,
}

/// Runs a test with a namespace and a virtual node of its own, and removes both.
///
/// # Panics
/// When the test fails.
pub async fn with_stack(name: &str, test: impl AsyncFnOnce(&Stack<'_>) -> Result<()>) {
    with_profile(name, "modern", test).await;
}

/// The same with a provider that keeps to the limits of a profile.
///
/// # Panics
/// When the test fails.
pub async fn with_profile(name: &str, profile: &str, test: impl AsyncFnOnce(&Stack<'_>) -> Result<()>) {
    with_namespace(name, async |cluster| {
        let outcome = match Stack::start(cluster, profile).await {
            Ok(stack) => match test(&stack).await {
                Ok(()) => Ok(()),
                Err(error) => Err(error.context(stack.provider_log().await)),
            },
            Err(error) => Err(error),
        };
        let removed = remove(&cluster.namespace).await;
        outcome.and(removed)
    })
    .await;
}

impl<'a> Stack<'a> {
    async fn start(cluster: &'a Cluster, profile: &str) -> Result<Self> {
        let name = &cluster.namespace;
        let arm = emulator(name).await?;
        let group =
            format!("/subscriptions/{SUBSCRIPTION}/resourcegroups/{RESOURCE_GROUP}?api-version=2021-04-01");
        let (status, answer) = arm.send(Method::PUT, &group, Some(&json!({"location": "westus2"}))).await?;
        ensure!(status < 300, "{status} {answer}");
        let ca = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": format!("{name}-ca")},
            "data": {"ca.pem": arm.ca().await?},
        });
        cluster.apply(&[ca]).await?;
        let manifest = PROVIDER
            .replace("namespace: kube-system", &format!("namespace: {name}"))
            .replace("aci-connector-linux", name)
            .replace("virtual-node-aci-linux", name)
            .replace("virtual-kubelet.io/provider", "aci-local-e2e/stack")
            // An event that cannot be told is no warning of its own.
            .replace("--os, Linux", &format!("--os, Linux, --profile, {profile}, --log-level, debug"))
            .replace("//aci-emulator:", &format!("//{name}:"));
        let applied = converse("kubectl", &["apply", "-f", "-"], manifest.as_bytes()).await?;
        ensure!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        let stack = Self { cluster, arm };
        stack.await_node("True").await?;
        Ok(stack)
    }

    /// The name of the node, of the provider's Deployment and of its roles.
    pub fn name(&self) -> &str {
        &self.cluster.namespace
    }

    /// Waits until the node's condition Ready has a status.
    ///
    /// # Errors
    /// When it has not within the harness's patience.
    pub async fn await_node(&self, ready: &str) -> Result<()> {
        let nodes: Api<Node> = Api::all(self.cluster.client.clone());
        wait_for(&format!("the node's condition Ready is {ready}"), PATIENCE, async || {
            if nodes.get_opt(self.name()).await?.is_none() {
                return Ok(Check::NotYet("there is no node".to_owned()));
            }
            let status = self.cluster.node_condition(self.name(), "Ready").await?;
            Ok(if status == ready { Check::Done(()) } else { Check::NotYet(status) })
        })
        .await
    }

    /// The spec of a pod that the scheduler places on this node.
    pub fn spec(&self, restart_policy: &str, containers: Value) -> Value {
        json!({
            "containers": containers,
            "restartPolicy": restart_policy,
            "nodeSelector": {"kubernetes.io/hostname": self.name()},
            "tolerations": [{"key": "aci-local-e2e/stack", "operator": "Exists", "effect": "NoSchedule"}],
        })
    }

    /// Ends the provider, whatever it is doing, and waits until it is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn stop_provider(&self) -> Result<()> {
        self.scale_provider("0").await?;
        let label = format!("app={}", self.name());
        let now = ["-n", self.name(), "delete", "pods", "-l", &label, "--grace-period=1", "--wait=false"];
        run("kubectl", &now).await?;
        wait_for("the provider is gone", PATIENCE, async || {
            let pods = self.cluster.pods_of(&label).await?;
            Ok(if pods.is_empty() {
                Check::Done(())
            } else {
                Check::NotYet(format!("{:?}", pods[0]["status"]))
            })
        })
        .await
    }

    /// Starts a provider that was ended.
    ///
    /// # Errors
    /// When kubectl cannot.
    pub async fn start_provider(&self) -> Result<()> {
        self.scale_provider("1").await
    }

    async fn scale_provider(&self, replicas: &str) -> Result<()> {
        let deployment = format!("deployment/{}", self.name());
        let replicas = format!("--replicas={replicas}");
        run("kubectl", &["-n", self.name(), "scale", &deployment, &replicas]).await.map(drop)
    }

    /// All that the provider wrote since it was started, the container before the last included.
    pub async fn provider_log(&self) -> String {
        let label = format!("app={}", self.name());
        let now = ["-n", self.name(), "logs", "-l", &label, "--tail=-1"];
        let before = [&now[..], &["--previous"]].concat();
        // There need not be one before, nor one at all.
        let texts = [run("kubectl", &before).await, run("kubectl", &now).await];
        texts.into_iter().flatten().collect()
    }
}

/// An emulator whose containers are simulated, reached by the provider under `name`.
async fn emulator(name: &str) -> Result<Arm> {
    let image = run("docker", &["inspect", "--format", "{{.Config.Image}}", EMULATOR_CONTAINER]).await?;
    let environment = [
        format!("ACI_EMULATOR_LISTEN=0.0.0.0:{PORT}"),
        format!("ACI_EMULATOR_TLS_SAN={name}"),
        "ACI_EMULATOR_RUNTIME=sim".to_owned(),
        "ACI_EMULATOR_IN_MEMORY=true".to_owned(),
        // The test is another machine to it: faults are asked for from outside its container.
        "ACI_EMULATOR_OPEN_CONTROL=true".to_owned(),
    ];
    let mut arguments =
        vec!["run", "--rm", "--detach", "--name", name, "--label", "aci-local=e2e", "--network", "kind"];
    let publish = format!("127.0.0.1::{PORT}");
    arguments.extend(["--publish", &publish]);
    for variable in &environment {
        arguments.extend(["--env", variable]);
    }
    arguments.extend([image.trim(), "serve"]);
    run("docker", &arguments).await?;
    let published = run("docker", &["port", name, PORT]).await?;
    let address = published.lines().next().context("the emulator's port is not published")?.to_owned();
    wait_for("the emulator answers", PATIENCE, async || {
        Ok(match Arm::connect(&format!("http://{address}")).await {
            Ok(arm) => Check::Done(arm),
            Err(error) => Check::NotYet(format!("{error:#}")),
        })
    })
    .await
}

/// What no namespace takes along.
async fn remove(name: &str) -> Result<()> {
    // Without its provider a node's pods would keep the namespace.
    let pods = ["-n", name, "delete", "pods", "--all", "--force", "--grace-period=0", "--wait=false"];
    let removals = [
        vec!["-n", name, "delete", "deployments,jobs,daemonsets", "--all", "--wait=false"],
        pods.to_vec(),
        vec![
            "delete",
            "clusterrole,clusterrolebinding,node,persistentvolume",
            name,
            "--ignore-not-found",
            "--wait=false",
        ],
        vec!["-n", "kube-node-lease", "delete", "role,rolebinding", name, "--ignore-not-found"],
    ];
    let mut outcome = Ok(());
    for arguments in removals {
        outcome = outcome.and(run("kubectl", &arguments).await.map(drop));
    }
    outcome.and(run("docker", &["rm", "--force", name]).await.map(drop))
}
