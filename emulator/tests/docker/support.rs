//! A runtime of its own for each test, and nothing left behind, panic or not.

pub(crate) mod image;
pub(crate) mod proxy;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aci_emulator::runtime::docker::{DockerOptions, DockerRuntime, PullPolicy};
use aci_emulator::runtime::{
    ContainerSpec, Exit, LogQuery, NetworkSpec, Observation, Runtime, RuntimeError, SandboxId, SandboxSpec,
    SecuritySpec,
};
use aci_model::ResourceId;
use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
};
use futures::future::FutureExt;
use futures::stream::{BoxStream, StreamExt};

/// How long anything may take before a test says what has not happened.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a test works with.
pub(crate) struct Lab {
    pub(crate) runtime: Arc<DockerRuntime>,
    /// Of the tests' program.
    pub(crate) image: String,
    pub(crate) docker: Docker,
    pub(crate) owner: String,
}

/// Runs a test with a runtime under an owner of its own; removes what it made and fails when the runtime's own
/// removal left something.
pub(crate) async fn with_lab<T, F: Future<Output = ()>>(name: &str, test: T)
where
    T: FnOnce(Arc<Lab>) -> F,
{
    with_mapped_lab(name, Vec::new(), test).await;
}

/// As [`with_lab`], with Docker networks that stand for subnets.
pub(crate) async fn with_mapped_lab<T, F: Future<Output = ()>>(
    name: &str,
    subnet_networks: Vec<(String, String)>,
    test: T,
) where
    T: FnOnce(Arc<Lab>) -> F,
{
    let docker =
        Docker::connect_with_defaults().expect("DOCKER_HOST").negotiate_version().await.expect("Docker");
    let owner = format!("test-{name}-{}", std::process::id());
    let image = image::probe(&docker).await;
    let runtime = Arc::new(connect(&owner, subnet_networks).await.expect("the engine"));
    let lab = Arc::new(Lab { runtime: Arc::clone(&runtime), image, docker, owner });
    let outcome = AssertUnwindSafe(test(Arc::clone(&lab))).catch_unwind().await;
    for sandbox in runtime.adopt().await.expect("the engine") {
        runtime.remove_sandbox(&sandbox.id).await.expect("removal");
    }
    let left = lab.objects().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert_eq!(left, Vec::<String>::new(), "objects are left behind");
}

/// A runtime under a given owner.
pub(crate) async fn connect(
    owner: &str,
    subnet_networks: Vec<(String, String)>,
) -> Result<DockerRuntime, RuntimeError> {
    let pull_policy = PullPolicy::Missing;
    DockerRuntime::connect(DockerOptions {
        owner: owner.to_owned(),
        subnet_networks,
        pull_policy,
        host: None,
    })
    .await
}

/// The id of a deployment in a test; owners keep those of different tests apart.
pub(crate) fn id(name: &str) -> SandboxId {
    SandboxId(name.to_owned())
}

/// A deployment with nothing special about it.
pub(crate) fn sandbox(name: &str) -> SandboxSpec {
    SandboxSpec {
        id: id(name),
        group: ResourceId::container_group("sub", "rg", "web"),
        network: NetworkSpec::Unreachable,
        dns: None,
        volumes: vec![],
        metadata: false,
        first: vec![],
    }
}

impl Lab {
    /// A container that runs the tests' program.
    pub(crate) fn container(&self, name: &str, arguments: &[&str]) -> ContainerSpec {
        let program = std::iter::once("/probe").chain(arguments.iter().copied());
        ContainerSpec {
            name: name.to_owned(),
            attempt: 0,
            image: self.image.clone(),
            command: program.map(str::to_owned).collect(),
            env: vec![],
            cpu: None,
            memory: None,
            mounts: vec![],
            security: SecuritySpec::default(),
        }
    }

    /// Starts a container and waits for its end.
    pub(crate) async fn run(&self, sandbox: &str, spec: &ContainerSpec) -> (Exit, String) {
        let mut seen = self.runtime.observe();
        self.runtime.start_container(&id(sandbox), spec).await.expect("a start");
        let exit = exit_of(&mut seen, &spec.name, spec.attempt).await;
        (exit, self.log(sandbox, &spec.name).await)
    }

    /// Starts a container and waits until its log has a text.
    pub(crate) async fn start_until(&self, sandbox: &str, spec: &ContainerSpec, text: &str) {
        self.runtime.start_container(&id(sandbox), spec).await.expect("a start");
        let wanted = format!("'{text}' in the log of {}", spec.name);
        eventually(&wanted, || async { self.log(sandbox, &spec.name).await.contains(text).then_some(()) })
            .await;
    }

    /// The whole log of a container.
    pub(crate) async fn log(&self, sandbox: &str, name: &str) -> String {
        self.runtime.logs(&id(sandbox), name, LogQuery::default()).await.expect("a log")
    }

    /// The names of everything that carries this test's owner, whatever it is.
    pub(crate) async fn objects(&self) -> Vec<String> {
        let label = format!("aci-local.emulator={}", self.owner);
        let filters = std::collections::HashMap::from([("label".to_owned(), vec![label])]);
        let containers = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let containers = self.docker.list_containers(Some(containers)).await.expect("containers");
        let volumes = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let volumes = self.docker.list_volumes(Some(volumes)).await.expect("volumes");
        let networks = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let networks = self.docker.list_networks(Some(networks)).await.expect("networks");
        let containers = containers.into_iter().flat_map(|container| container.names.unwrap_or_default());
        let volumes = volumes.volumes.unwrap_or_default().into_iter().map(|volume| volume.name);
        let networks = networks.into_iter().filter_map(|network| network.name);
        let mut names: Vec<String> = containers.chain(volumes).chain(networks).collect();
        // Docker lists volumes in any order.
        names.sort();
        names
    }

    /// The Docker container of a deployment with a role, and of containers the name.
    pub(crate) async fn docker_id(&self, sandbox: &str, role: &str, name: Option<&str>) -> String {
        let mut labels = vec![
            format!("aci-local.emulator={}", self.owner),
            format!("aci-local.sandbox={sandbox}"),
            format!("aci-local.role={role}"),
        ];
        labels.extend(name.map(|name| format!("aci-local.container={name}")));
        let filters = std::collections::HashMap::from([("label".to_owned(), labels)]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let found = self.docker.list_containers(Some(options)).await.expect("containers");
        assert_eq!(found.len(), 1, "{filters:?}");
        found[0].id.clone().expect("an id")
    }
}

/// Waits for the end of an attempt.
pub(crate) async fn exit_of(seen: &mut BoxStream<'static, Observation>, name: &str, attempt: u32) -> Exit {
    let wanted = async {
        loop {
            match seen.next().await.expect("the stream goes on") {
                Observation::Exited { container, attempt: n, exit, .. }
                    if container == name && n == attempt =>
                {
                    return exit;
                }
                _ => {}
            }
        }
    };
    within(&format!("the end of attempt {attempt} of {name}"), wanted).await
}

/// The answer, or a panic that says what has not happened.
pub(crate) async fn within<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, wanted).await {
        Ok(answer) => answer,
        Err(_) => panic!("not within {PATIENCE:?}: {what}"),
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    within(what, async {
        loop {
            pace.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    })
    .await
}
