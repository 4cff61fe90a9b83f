//! What runs containers: Docker, the simulation, and whatever comes later behind the same trait.
//!
//! The emulator decides (when to pull, start, restart, stop); a runtime does, and tells what it sees. So the
//! trait has verbs without policy: no runtime restarts a container by itself, and none knows a restart
//! policy. A *sandbox* is one deployment of a container group: it owns the network namespace, the address
//! and the volumes that the group's containers share. Stopping a group removes its sandbox; starting it
//! makes another under a new id.

pub mod docker;
pub mod faulty;
mod image;
mod log_line;
mod metadata;
pub(crate) mod probe;

use std::net::IpAddr;
use std::sync::Arc;

use aci_model::{ResourceId, Secret};
use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

mod security;
pub mod sim;
mod stream;
mod subnet;
mod usage;
mod volume;

pub use image::ImageConfig;
pub use log_line::{LogLine, LogLines};
pub use metadata::{METADATA_ADDRESS, MetadataCall, MetadataCalls};
pub use probe::{HttpGet, ProbeAction, ProbeOutcome, ProbeSpec};
pub use security::SecuritySpec;
pub use stream::{ByteSink, ByteStream, Exec, ExecControl, ExecSpec, TerminalSize};
pub use subnet::SubnetRange;
pub use usage::{ContainerUsage, SandboxUsage};
pub use volume::{SecretFile, ShareSource, SmbShare, Tree, VolumeContent, VolumeSpec};

/// An engine that runs sandboxes and their containers.
///
/// Every method may be repeated after a crash between its effect and its answer: making what is there
/// already, and removing what is gone, succeeds.
#[async_trait]
pub trait Runtime: Send + Sync + 'static {
    /// The name shown at start-up and in the health report: `docker`, `sim`.
    fn name(&self) -> &'static str;

    /// Whether the engine answers now.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] with the engine's own words.
    async fn ping(&self) -> Result<(), RuntimeError>;

    /// Makes an image available, pulling it where needed.
    ///
    /// # Errors
    /// [`RuntimeError::Image`] when the registry or the engine refuses.
    async fn pull(&self, spec: &PullSpec) -> Result<PulledImage, RuntimeError>;

    /// What an image says of the process that it starts; `None` when the engine does not have it.
    ///
    /// # Errors
    /// [`RuntimeError::Image`] for a name that no image can have, [`RuntimeError::Unavailable`].
    async fn image_config(&self, image: &str) -> Result<Option<ImageConfig>, RuntimeError>;

    /// Makes the network namespace, the address and the volumes of a deployment.
    ///
    /// # Errors
    /// [`RuntimeError::Network`] when there is no address or a port is taken.
    async fn create_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError>;

    /// Writes files into volumes of a deployment, given by their place in its [`SandboxSpec::volumes`]; what is not among
    /// the files stays.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such deployment.
    async fn write_volumes(
        &self,
        sandbox: &SandboxId,
        volumes: &[(usize, VolumeSpec)],
        modified: Timestamp,
    ) -> Result<(), RuntimeError>;

    /// Makes and starts one attempt of a container, in place of the attempt before it.
    ///
    /// # Errors
    /// [`RuntimeError::Start`] when the container cannot start, for example for want of its program.
    async fn start_container(
        &self,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Started, RuntimeError>;

    /// Ends a container, politely for `grace_seconds`, then not; its exit is observed like any other.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when the engine does not answer.
    async fn stop_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        grace_seconds: u32,
    ) -> Result<(), RuntimeError>;

    /// Ends a container as no polite request would; its exit is observed like any other. One that has ended or is gone
    /// is ended already.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when the engine does not answer.
    async fn kill(&self, sandbox: &SandboxId, name: &str, how: Kill) -> Result<(), RuntimeError>;

    /// Removes a deployment with its containers, volumes and address; a missing one is removed already.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when the engine does not answer.
    async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<(), RuntimeError>;

    /// The log of a container's latest attempt, standard output and error in the order written.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such container.
    async fn logs(&self, sandbox: &SandboxId, name: &str, query: LogQuery) -> Result<String, RuntimeError>;

    /// What a deployment and the containers with these names have used so far.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such deployment, any other when the engine could not tell.
    async fn stats(&self, sandbox: &SandboxId, containers: &[String]) -> Result<SandboxUsage, RuntimeError>;

    /// Runs a probe against a container's latest attempt once. Ends within the probe's time-out and what the
    /// engine takes to begin.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such container or it does not run, and any other when the engine
    /// could not ask it: neither says anything about the container's health.
    async fn probe(
        &self,
        sandbox: &SandboxId,
        name: &str,
        probe: &ProbeSpec,
    ) -> Result<ProbeOutcome, RuntimeError>;

    /// Gives a deployment the instance metadata service, which answers when this returns and until the deployment or
    /// the stream ends.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such deployment, any other when it cannot be made.
    async fn metadata(&self, sandbox: &SandboxId) -> Result<MetadataCalls, RuntimeError>;

    /// What happens from now on. The stream outlives interruptions of the engine: after one it tells again
    /// what it may have missed, so an observation can come twice and is told apart by its attempt.
    fn observe(&self) -> BoxStream<'static, Observation>;

    /// Every deployment that this emulator (by its owner id) made and that still exists.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when the engine does not answer.
    async fn adopt(&self) -> Result<Vec<FoundSandbox>, RuntimeError>;

    /// Runs a program on a terminal of its own in a container that runs.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when the container does not run. A program that cannot start is told in the
    /// output, as by a shell.
    async fn exec(&self, sandbox: &SandboxId, name: &str, spec: &ExecSpec) -> Result<Exec, RuntimeError>;

    /// The lines of a container's latest attempt that were written at a time or later, those of the very time among
    /// them, and whatever is added until the attempt ends.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such container.
    async fn follow(
        &self,
        sandbox: &SandboxId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<LogLines, RuntimeError>;

    /// The log of a container's latest attempt as [`Runtime::logs`] has it, and whatever is added until the
    /// attempt ends.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when there is no such container.
    async fn attach(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<ByteStream, RuntimeError>;
}

/// A runtime that is handed around.
pub type SharedRuntime = Arc<dyn Runtime>;

/// The id of one deployment of a container group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SandboxId(pub String);

/// What the containers of a deployment share.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxSpec {
    /// Its id.
    pub id: SandboxId,
    /// The container group that is deployed.
    pub group: ResourceId,
    /// Where its address lies.
    pub network: NetworkSpec,
    /// Name servers, search domains and options, when the group has its own.
    pub dns: Option<DnsSpec>,
    /// The volumes.
    pub volumes: Vec<VolumeSpec>,
    /// The attempts that will be started first: an engine may make them ready while it makes the rest.
    pub first: Vec<ContainerSpec>,
    /// Whether its containers can be given the instance metadata service by [`Runtime::metadata`].
    pub metadata: bool,
}

/// Where a deployment's address lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkSpec {
    /// On a network of the emulator's own, with nothing published: a group without an address.
    Unreachable,
    /// As `Unreachable`, with ports published on an address of the loopback range.
    Public {
        /// The ports to publish under their own numbers.
        ports: Vec<PortSpec>,
    },
    /// On the network that stands for a subnet.
    Subnet {
        /// The subnet.
        id: ResourceId,
        /// Where it lies, where that is known; otherwise the engine chooses.
        range: Option<SubnetRange>,
    },
}

/// A port with its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PortSpec {
    /// The number.
    pub port: u16,
    /// UDP rather than TCP.
    pub udp: bool,
}

/// The contents of resolv.conf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsSpec {
    /// Addresses of name servers.
    pub servers: Vec<String>,
    /// Search domains.
    pub search: Vec<String>,
    /// Options such as `ndots:5`.
    pub options: Vec<String>,
}

/// One attempt of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerSpec {
    /// Its name in the group.
    pub name: String,
    /// Counts its starts in this deployment, from 0.
    pub attempt: u32,
    /// The image, as the caller wrote it.
    pub image: String,
    /// Replaces the image's entry point and arguments, when not empty.
    pub command: Vec<String>,
    /// The environment; values may be secret.
    pub env: Vec<(String, Secret)>,
    /// The most CPU it may use, in cores.
    pub cpu: Option<f64>,
    /// The most memory it may use, in bytes.
    pub memory: Option<u64>,
    /// Where volumes appear.
    pub mounts: Vec<MountSpec>,
    /// As whom it runs and what it may do.
    pub security: SecuritySpec,
}

/// A volume inside a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountSpec {
    /// The volume's name in the group.
    pub volume: String,
    /// Where it appears.
    pub path: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// An image to pull, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSpec {
    /// The container group.
    pub group: ResourceId,
    /// Its container.
    pub container: String,
    /// The image, as the caller wrote it.
    pub image: String,
    /// How to sign in to its registry.
    pub auth: Option<RegistryAuth>,
}

/// How a container is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// By SIGKILL.
    Signal,
    /// By taking its memory away.
    OutOfMemory,
}

/// How to sign in to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryAuth {
    /// The registry's host.
    pub server: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// An image that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledImage {
    /// The name with its digest where the engine knows one, as Azure's events show it since 2023.
    pub reference: String,
}

/// A sandbox that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// The group's address: the subnet's for a private group, loopback for a public one.
    pub ip: Option<IpAddr>,
}

/// A container that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// When, by the engine.
    pub at: Timestamp,
}

/// Which part of a log to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// The last so many lines; all when absent.
    pub tail: Option<u32>,
    /// Whether each line begins with its time, RFC 3339 with nanoseconds.
    pub timestamps: bool,
}

/// Something that a runtime saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A container ended.
    Exited {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name in the group.
        container: String,
        /// Which attempt.
        attempt: u32,
        /// How it ended.
        exit: Exit,
    },
    /// The platform kills a container; its exit follows.
    KilledByPlatform {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name in the group.
        container: String,
        /// Which attempt.
        attempt: u32,
    },
    /// The platform wants the capacity of a deployment back; its loss follows.
    Evicted {
        /// The deployment.
        sandbox: SandboxId,
    },
    /// A deployment's sandbox ended or was removed by somebody else.
    SandboxLost {
        /// The deployment.
        sandbox: SandboxId,
    },
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code; 128 plus the signal where one ended it.
    pub code: i32,
    /// Whether it was killed for want of memory.
    pub oom_killed: bool,
    /// When it ended, by the engine.
    pub finished_at: Timestamp,
}

/// A deployment found on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSandbox {
    /// Its id.
    pub id: SandboxId,
    /// The container group that it was made for.
    pub group: ResourceId,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Whether the network namespace still lives; a dead one must be made anew.
    pub alive: bool,
    /// Its containers, latest attempts only.
    pub containers: Vec<FoundContainer>,
}

/// A container found on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundContainer {
    /// Its name in the group.
    pub name: String,
    /// Which attempt.
    pub attempt: u32,
    /// When it started, unless it never did.
    pub started_at: Option<Timestamp>,
    /// How it ended, unless it runs.
    pub exit: Option<Exit>,
}

/// Why a runtime could not do as asked; the domain tells these apart, users see Azure's words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuntimeError {
    /// The engine does not answer.
    #[error("the container engine is not available: {0}")]
    Unavailable(String),
    /// The image is not to be had.
    #[error("image {image}: {detail}")]
    Image {
        /// The image as asked for.
        image: String,
        /// Which kind of refusal.
        kind: ImageErrorKind,
        /// The engine's or registry's words.
        detail: String,
    },
    /// The container cannot start.
    #[error("container {container} cannot start: {detail}")]
    Start {
        /// Its name in the group.
        container: String,
        /// The engine's words.
        detail: String,
    },
    /// No address, or a port is taken.
    #[error("the network of the group cannot be made: {0}")]
    Network(String),
    /// A file share that cannot be mounted.
    #[error("a file share cannot be mounted: {0}")]
    Share(String),
    /// What was asked about is not there.
    #[error("{0} does not exist")]
    Gone(String),
    /// Anything else that the engine refused.
    #[error("the container engine refused: {0}")]
    Refused(String),
}

/// Kinds of refused images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageErrorKind {
    /// No such repository or tag.
    NotFound,
    /// The registry wants other credentials.
    Unauthorized,
    /// The registry does not answer.
    Unreachable,
    /// The name cannot be an image's.
    InvalidReference,
}
