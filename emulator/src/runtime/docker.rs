//! Container groups on a Docker engine.
//!
//! A deployment is a *sandbox container*, which owns the network namespace and waits for ever, and the
//! group's containers, which join that namespace and reach each other on localhost; hostname, `/etc/hosts` and
//! `/etc/resolv.conf` are the sandbox's for all of them. Docker restarts nothing here: every attempt is a
//! container of its own in place of the one before.
//!
//! Docker is the only memory. Names follow from the ids, and labels tell whose everything is, so a process
//! that starts after a kill -9 finds and removes what the one before it made. What one must know:
//!
//! - Public groups listen on addresses of their own in 127.77.0.0/16, under their ports' own numbers. Engines
//!   in a virtual machine (Docker Desktop) cannot publish there unless the host has those addresses.
//! - Subnets of one virtual network whose address space is known share a Docker network with that prefix, so they
//!   reach each other; parts of the space that are apart are networks apart, between which Docker lets nothing
//!   through. A prefix that another Docker network has cannot be had again: then Docker chooses the addresses. Groups
//!   do not reach each other's public addresses, which are those of this machine's loopback.
//! - A file share in a folder is mounted from the engine's machine, so it needs the emulator on that machine; the key
//!   of one that is mounted by SMB is in the volume's options, which Docker shows to whoever may ask it.
//! - A group with identities has 169.254.169.254 for itself. In others that address is whatever the host's network
//!   makes of it: on a virtual machine of a cloud that is the machine's own metadata service.
//! - Docker lets every user in its networks bind ports below 1024 (`net.ipv4.ip_unprivileged_port_start=0`),
//!   so images that run as another user behave as they do on Azure.
//! - On networks of ours and of users, resolv.conf names Docker's resolver, which asks the group's own name
//!   servers; search domains and options stand there as given.
//! - Probes reach a group from inside its own network, through Docker's exec, so it matters neither where the
//!   emulator runs nor what is published.
//! - Whether a container was killed for want of memory is what Docker says. A busy engine with cgroup v1 may
//!   miss the kernel's notice, and then the exit is a plain 137.
//! - Docker keeps the environment of a container, secure values included, in its own state folder while the
//!   container exists. Secret volumes are in memory only.

mod address;
mod adopt;
mod agent;
mod container;
mod elf;
mod engine;
mod error;
mod exec;
mod hijack;
mod http_get;
mod image;
mod labels;
mod metadata;
mod names;
mod netlink;
mod network;
mod observe;
mod pause;
mod probe;
mod relay;
mod sandbox;
mod security;
mod state;
mod stats;
mod volume;

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use self::engine::Engine;
use super::{
    ByteStream, ContainerSpec, Exec, ExecSpec, FoundSandbox, ImageConfig, Kill, LogLines, LogQuery,
    MetadataCalls, Observation, ProbeOutcome, ProbeSpec, PullSpec, PulledImage, Runtime, RuntimeError,
    Sandbox, SandboxId, SandboxSpec, SandboxUsage, Started, VolumeSpec,
};

/// How to use a Docker engine.
#[derive(Clone, Debug)]
pub struct DockerOptions {
    /// The emulator's own id, which must be the same after a restart: it tells its objects from those of
    /// another emulator on the same engine.
    pub owner: String,
    /// Docker networks that stand for subnets: the subnet's name or its full resource id, and the network's
    /// name. A subnet without one gets a network of its own.
    pub subnet_networks: Vec<(String, String)>,
    /// When registries are asked.
    pub pull_policy: PullPolicy,
    /// The engine, as `unix://…` or `tcp://…`; by default `DOCKER_HOST`, then `/var/run/docker.sock`.
    pub host: Option<String>,
}

/// When a registry is asked for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// When the engine does not have it: works without a registry, and with images built locally.
    #[default]
    Missing,
    /// Every time, as Azure does for a tag that moves.
    Always,
}

/// The Docker runtime.
pub struct DockerRuntime {
    engine: Arc<Engine>,
    watcher: JoinHandle<()>,
}

impl DockerRuntime {
    /// Connects to the engine and begins to follow its events. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when no engine answers; [`RuntimeError::Refused`] when it runs on a
    /// processor that the sandbox's program is not written for.
    pub async fn connect(options: DockerOptions) -> Result<Self, RuntimeError> {
        let (engine, now) = Engine::connect(options).await?;
        let engine = Arc::new(engine);
        let watcher = tokio::spawn(observe::watch(Arc::clone(&engine), now));
        Ok(Self { engine, watcher })
    }
}

impl Drop for DockerRuntime {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

#[async_trait]
impl Runtime for DockerRuntime {
    fn name(&self) -> &'static str {
        "docker"
    }

    async fn ping(&self) -> Result<(), RuntimeError> {
        self.engine.docker.ping().await.map(drop).map_err(error::refused)
    }

    async fn pull(&self, spec: &PullSpec) -> Result<PulledImage, RuntimeError> {
        self.engine.pull(&spec.image, spec.auth.as_ref()).await
    }

    async fn image_config(&self, image: &str) -> Result<Option<ImageConfig>, RuntimeError> {
        self.engine.image_config(image).await
    }

    async fn create_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError> {
        self.engine.create_sandbox(spec).await
    }

    async fn write_volumes(
        &self,
        sandbox: &SandboxId,
        volumes: &[(usize, VolumeSpec)],
        modified: Timestamp,
    ) -> Result<(), RuntimeError> {
        self.engine.write_volumes(sandbox, volumes.to_vec(), modified).await
    }

    async fn start_container(
        &self,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Started, RuntimeError> {
        self.engine.start_container(sandbox, spec).await
    }

    async fn stop_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        grace_seconds: u32,
    ) -> Result<(), RuntimeError> {
        self.engine.stop_container(sandbox, name, grace_seconds).await
    }

    async fn kill(&self, sandbox: &SandboxId, name: &str, how: Kill) -> Result<(), RuntimeError> {
        self.engine.kill_container(sandbox, name, how).await
    }

    async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<(), RuntimeError> {
        self.engine.remove_sandbox(sandbox).await
    }

    async fn logs(&self, sandbox: &SandboxId, name: &str, query: LogQuery) -> Result<String, RuntimeError> {
        self.engine.logs(sandbox, name, query).await
    }

    async fn stats(&self, sandbox: &SandboxId, containers: &[String]) -> Result<SandboxUsage, RuntimeError> {
        self.engine.stats(sandbox, containers).await
    }

    async fn probe(
        &self,
        sandbox: &SandboxId,
        name: &str,
        probe: &ProbeSpec,
    ) -> Result<ProbeOutcome, RuntimeError> {
        self.engine.probe(sandbox, name, probe).await
    }

    async fn metadata(&self, sandbox: &SandboxId) -> Result<MetadataCalls, RuntimeError> {
        self.engine.metadata(sandbox).await
    }

    fn observe(&self) -> BoxStream<'static, Observation> {
        self.engine.observe()
    }

    async fn adopt(&self) -> Result<Vec<FoundSandbox>, RuntimeError> {
        self.engine.adopt().await
    }

    async fn exec(&self, sandbox: &SandboxId, name: &str, spec: &ExecSpec) -> Result<Exec, RuntimeError> {
        self.engine.exec(sandbox, name, spec).await
    }

    async fn follow(
        &self,
        sandbox: &SandboxId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<LogLines, RuntimeError> {
        self.engine.lines(sandbox, name, since).await
    }

    async fn attach(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<ByteStream, RuntimeError> {
        self.engine.attach(sandbox, name, query).await
    }
}
