//! The connection to one Docker engine and what every part of the runtime shares.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aci_model::ResourceId;
use bollard::Docker;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    InspectContainerOptions, RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::{Notify, RwLock, broadcast};

use super::elf::Machine;
use super::error::{is_conflict, is_missing, refused, words};
use super::labels;
use super::names::Names;
use super::network::SubnetNetworks;
use super::{DockerOptions, PullPolicy};
use crate::runtime::{ContainerSpec, Observation, RuntimeError, SandboxId};

/// How many observations a slow listener may be behind before it is told everything again.
const OBSERVATIONS: usize = 1024;

/// The engine and the few things that must be held between calls; all else is asked of Docker.
pub(crate) struct Engine {
    pub(crate) docker: Docker,
    /// Where it answers, for the connections that become terminals.
    pub(crate) host: String,
    pub(crate) owner: String,
    pub(crate) names: Names,
    pub(crate) subnet_networks: SubnetNetworks,
    pub(crate) pull_policy: PullPolicy,
    /// The engine's processors: Docker refuses a limit above them.
    pub(crate) cpus: f64,
    pub(crate) machine: Machine,
    /// The sandboxes that should live, with their groups; the end of another one is no loss.
    pub(crate) sandboxes: Mutex<HashMap<SandboxId, ResourceId>>,
    /// Containers that are made and wait to be started, by name.
    pub(crate) prepared: Mutex<HashMap<String, ContainerSpec>>,
    /// Held for reading from choosing a network until a sandbox is on it, for writing while unused ones go.
    pub(crate) networks_in_use: RwLock<()>,
    pub(crate) network_making: tokio::sync::Mutex<()>,
    /// Held from choosing a loopback address until a container's label says that it is taken.
    pub(crate) address_choosing: tokio::sync::Mutex<()>,
    pub(crate) observations: broadcast::Sender<Observation>,
    /// Asks the watcher to tell everything again.
    pub(crate) tell_again: Notify,
}

impl Engine {
    /// Reaches the engine; also tells its time.
    pub(crate) async fn connect(options: DockerOptions) -> Result<(Self, Timestamp), RuntimeError> {
        let DockerOptions { owner, subnet_networks, pull_policy, host } = options;
        let host =
            host.or_else(|| std::env::var("DOCKER_HOST").ok()).unwrap_or_else(|| DEFAULT_HOST.to_owned());
        let unavailable = |error| {
            RuntimeError::Unavailable(format!(
                "no Docker engine answers at {host} ({}): start Docker, or set DOCKER_HOST to unix://… or tcp://…",
                words(&error)
            ))
        };
        let docker = Docker::connect_with_host(&host).map_err(unavailable)?;
        let docker = docker.negotiate_version().await.map_err(unavailable)?;
        let info = docker.info().await.map_err(unavailable)?;
        let architecture = info.architecture.unwrap_or_default();
        let machine = Machine::named(&architecture).ok_or_else(|| {
            RuntimeError::Refused(format!(
                "the Docker engine at {host} runs on '{architecture}'; x86_64 and aarch64 are supported"
            ))
        })?;
        let now = info.system_time.as_deref().and_then(|time| time.parse().ok());
        let engine = Self {
            docker,
            host,
            names: Names::new(&owner),
            owner,
            subnet_networks: SubnetNetworks(subnet_networks),
            pull_policy,
            cpus: info.ncpu.map_or(1.0, |count| f64::from(i32::try_from(count).unwrap_or(i32::MAX))),
            machine,
            sandboxes: Mutex::default(),
            prepared: Mutex::default(),
            networks_in_use: RwLock::default(),
            network_making: tokio::sync::Mutex::default(),
            address_choosing: tokio::sync::Mutex::default(),
            observations: broadcast::channel(OBSERVATIONS).0,
            tell_again: Notify::new(),
        };
        Ok((engine, now.unwrap_or(Timestamp::UNIX_EPOCH)))
    }

    /// The container group of a deployment.
    pub(crate) async fn group_of(&self, sandbox: &SandboxId) -> Result<ResourceId, RuntimeError> {
        if let Some(group) = self.with_sandboxes(|known| known.get(sandbox).cloned()) {
            return Ok(group);
        }
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        let found = self.inspect(&self.names.sandbox(sandbox)).await?.ok_or_else(gone)?;
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        labels::parse(&labels).map(|tag| tag.group).ok_or_else(gone)
    }

    /// Looks at or changes the sandboxes that should live.
    pub(crate) fn with_sandboxes<T>(&self, f: impl FnOnce(&mut HashMap<SandboxId, ResourceId>) -> T) -> T {
        // A panic elsewhere leaves the map whole: every change to it is a single call.
        f(&mut self.sandboxes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at or changes the containers that wait to be started.
    pub(crate) fn with_prepared<T>(&self, f: impl FnOnce(&mut HashMap<String, ContainerSpec>) -> T) -> T {
        // As above.
        f(&mut self.prepared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A container by name or id; `None` when there is none.
    pub(crate) async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>, RuntimeError> {
        match self.docker.inspect_container(name, None::<InspectContainerOptions>).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// Removes a container, running or not, with the anonymous volumes of its image; gone when this returns.
    pub(crate) async fn remove_container(&self, name: &str) -> Result<(), RuntimeError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.docker.remove_container(name, Some(options)).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            // Somebody removes it right now: its end is awaited, or its name and volumes are still taken.
            Err(error) if is_conflict(&error) => {
                let removed = WaitContainerOptionsBuilder::new().condition("removed").build();
                self.docker.wait_container(name, Some(removed)).next().await;
                match self.inspect(name).await? {
                    None => Ok(()),
                    Some(_) => Err(refused(error)),
                }
            }
            Err(error) => Err(refused(error)),
        }
    }
}

/// Where Docker listens unless told otherwise.
const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";
