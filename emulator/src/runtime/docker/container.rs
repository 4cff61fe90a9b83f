//! Containers of a group: made anew for every attempt, inside the sandbox's network.

use std::time::Duration;

use aci_model::ResourceId;
use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, ContainerState, ContainerUpdateBody, HostConfig, HostConfigLogConfig,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, KillContainerOptions, LogsOptionsBuilder, StartContainerOptions,
    StopContainerOptionsBuilder,
};
use futures::{StreamExt, TryStreamExt};

use super::engine::Engine;
use super::error::{is_away, is_conflict, is_missing, refused, status, words};
use super::labels::{self, Role, labels};
use super::names::Names;
use super::{security, state, volume};
use crate::limits::LOG_BYTES;
use crate::runtime::{ContainerSpec, Kill, LogQuery, RuntimeError, SandboxId, SandboxSpec, Started};

/// Logs are bounded: two files of this size, so that a rotation never leaves less than one.
const LOG_FILE_SIZE: &str = "8m";
const LOG_FILES: &str = "2";
/// Docker refuses a memory limit below 6 MiB (moby `daemon/daemon_unix.go`, `linuxMinMemory`).
const LEAST_MEMORY: u64 = 6 * 1024 * 1024;
/// Docker refuses fewer than 0.01 CPUs.
const LEAST_CPUS: f64 = 0.01;
/// What Docker may take beyond the grace of a stop before it counts as away.
const STOP_MARGIN: Duration = Duration::from_secs(30);

/// What every container of a deployment has in common.
struct Place<'a> {
    owner: &'a str,
    names: &'a Names,
    group: &'a ResourceId,
    sandbox: &'a SandboxId,
    cpus: f64,
}

/// The container that Docker is to make for an attempt.
fn body(place: &Place<'_>, spec: &ContainerSpec) -> ContainerCreateBody {
    let Place { owner, names, group, sandbox, cpus } = place;
    let attempt = spec.attempt.to_string();
    let mut labels = labels::deployment(owner, group, sandbox, labels::ROLE_CONTAINER);
    labels.extend(self::labels([(labels::CONTAINER, &spec.name), (labels::ATTEMPT, &attempt)]));
    let memory = spec.memory.map(|bytes| i64::try_from(bytes.max(LEAST_MEMORY)).unwrap_or(i64::MAX));
    let replaced = !spec.command.is_empty();
    let mount = |mount| volume::container_mount(owner, names, group, sandbox, mount);
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        user: security::user(&spec.security),
        entrypoint: replaced.then(|| spec.command.clone()),
        cmd: replaced.then(Vec::new),
        env: Some(spec.env.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect()),
        labels: Some(labels),
        host_config: Some(HostConfig {
            network_mode: Some(format!("container:{}", names.sandbox(sandbox))),
            mounts: Some(spec.mounts.iter().map(mount).collect()),
            nano_cpus: spec.cpu.map(|wanted| nano_cpus(wanted, *cpus)),
            memory,
            // The sum of memory and swap: no swap beyond the limit.
            memory_swap: memory,
            log_config: Some(HostConfigLogConfig {
                typ: Some("json-file".to_owned()),
                config: Some(self::labels([("max-size", LOG_FILE_SIZE), ("max-file", LOG_FILES)])),
            }),
            ..security::host_config(&spec.security)
        }),
        ..ContainerCreateBody::default()
    }
}

/// A CPU limit in billionths, within what Docker takes on this host.
fn nano_cpus(wanted: f64, host: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "at most the host's processors times 10^9")]
    let nanos = (wanted.min(host).max(LEAST_CPUS) * 1e9) as i64;
    nanos
}

/// Why an attempt does not start: its own fault, or the sandbox's.
fn start_error(sandbox: &SandboxId, spec: &ContainerSpec, error: &Error) -> RuntimeError {
    let words = words(error);
    if is_away(error) {
        return RuntimeError::Unavailable(words);
    }
    let sandbox_is_gone = words.contains("cannot join network of a non running container")
        || (is_missing(error) && words.contains("No such container"));
    if sandbox_is_gone {
        return RuntimeError::Gone(format!("sandbox {}", sandbox.0));
    }
    RuntimeError::Start { container: spec.name.clone(), detail: words }
}

impl Engine {
    /// Makes and starts an attempt; one that has started already is left as it is.
    pub(crate) async fn start_container(
        &self,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Started, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let name = self.names.container(&group, sandbox, &spec.name);
        let is_prepared = self.with_prepared(|prepared| prepared.remove(&name)).as_ref() == Some(spec);
        if !is_prepared && let Some(started) = self.make(&name, &group, sandbox, spec).await? {
            return Ok(started);
        }
        if let Err(error) = self.docker.start_container(&name, None::<StartContainerOptions>).await {
            self.remove_container(&name).await?;
            return Err(start_error(sandbox, spec, &error));
        }
        let state = self.inspect(&name).await?.and_then(|found| found.state);
        started(state.as_ref()).ok_or_else(|| RuntimeError::Gone(format!("container {}", spec.name)))
    }

    /// Makes an attempt in place of the one before; tells its start when it has started already.
    async fn make(
        &self,
        name: &str,
        group: &ResourceId,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Option<Started>, RuntimeError> {
        let Err(error) = self.create(name, self.body_of(group, sandbox, spec)).await else { return Ok(None) };
        if !is_conflict(&error) {
            return Err(start_error(sandbox, spec, &error));
        }
        if let Some(started) = self.started_before(name, spec.attempt).await? {
            return Ok(Some(started));
        }
        self.remove_container(name).await?;
        let created = self.create(name, self.body_of(group, sandbox, spec)).await;
        created.map(|()| None).map_err(|error| start_error(sandbox, spec, &error))
    }

    fn body_of(&self, group: &ResourceId, sandbox: &SandboxId, spec: &ContainerSpec) -> ContainerCreateBody {
        let (owner, names) = (self.owner.as_str(), &self.names);
        body(&Place { owner, names, group, sandbox, cpus: self.cpus }, spec)
    }

    /// Makes the first attempts while their sandbox starts, which takes the longest. Where one cannot be made, for
    /// example because its image is still on its way, its start will make it and say why not.
    pub(crate) async fn prepare(&self, sandbox: &SandboxSpec) {
        let make = |spec: &ContainerSpec| {
            let name = self.names.container(&sandbox.group, &sandbox.id, &spec.name);
            let (body, spec) = (self.body_of(&sandbox.group, &sandbox.id, spec), spec.clone());
            async move {
                match self.create(&name, body).await {
                    Ok(()) => drop(self.with_prepared(|prepared| prepared.insert(name, spec))),
                    Err(error) => tracing::debug!(name, reason = words(&error), "A container is made later"),
                }
            }
        };
        futures::future::join_all(sandbox.first.iter().map(make)).await;
    }

    /// Removes what was made ahead: it is tied to a sandbox that is to be made anew.
    pub(crate) async fn discard_prepared(&self, sandbox: &SandboxSpec) -> Result<(), RuntimeError> {
        for spec in &sandbox.first {
            let name = self.names.container(&sandbox.group, &sandbox.id, &spec.name);
            if self.with_prepared(|prepared| prepared.remove(&name)).is_some() {
                self.remove_container(&name).await?;
            }
        }
        Ok(())
    }

    async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<(), Error> {
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        self.docker.create_container(Some(options), body).await.map(drop)
    }

    /// The start of the attempt that is asked for, when it happened before the question.
    async fn started_before(&self, name: &str, attempt: u32) -> Result<Option<Started>, RuntimeError> {
        let Some(found) = self.inspect(name).await? else { return Ok(None) };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let tag = labels::parse(&labels);
        let same =
            tag.is_some_and(|tag| matches!(tag.role, Role::Container { attempt: n, .. } if n == attempt));
        Ok(started(found.state.as_ref()).filter(|_| same))
    }

    /// Ends a container; one that has ended or is gone is ended already.
    pub(crate) async fn stop_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        grace_seconds: u32,
    ) -> Result<(), RuntimeError> {
        let group = match self.group_of(sandbox).await {
            Err(RuntimeError::Gone(_)) => return Ok(()),
            other => other?,
        };
        let name = self.names.container(&group, sandbox, name);
        let options = StopContainerOptionsBuilder::new().t(i32::try_from(grace_seconds).unwrap_or(i32::MAX));
        let patience = Duration::from_secs(grace_seconds.into()) + STOP_MARGIN;
        let docker = self.docker.clone().with_timeout(patience);
        match docker.stop_container(&name, Some(options.build())).await {
            Err(error) if !is_missing(&error) && status(&error) != Some(304) => Err(refused(error)),
            _ => Ok(()),
        }
    }

    /// Kills a container; one that has ended or is gone is ended already.
    ///
    /// Its memory is taken away by a limit lower than what it uses, whereupon the kernel ends it. Docker takes none
    /// below [`LEAST_MEMORY`], so a container that gets along with that is killed by hand.
    pub(crate) async fn kill_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        how: Kill,
    ) -> Result<(), RuntimeError> {
        let group = match self.group_of(sandbox).await {
            Err(RuntimeError::Gone(_)) => return Ok(()),
            other => other?,
        };
        let name = self.names.container(&group, sandbox, name);
        if how == Kill::OutOfMemory {
            let least = i64::try_from(LEAST_MEMORY).ok();
            let limits =
                ContainerUpdateBody { memory: least, memory_swap: least, ..ContainerUpdateBody::default() };
            match self.docker.update_container(&name, limits).await {
                Err(error) if is_missing(&error) => return Ok(()),
                Err(error) => tracing::debug!(container = name, %error, "A memory limit stays as it was"),
                Ok(()) => {}
            }
        }
        match self.docker.kill_container(&name, None::<KillContainerOptions>).await {
            // 409: it does not run.
            Err(error) if !is_missing(&error) && status(&error) != Some(409) => Err(refused(error)),
            _ => Ok(()),
        }
    }

    /// The log of the latest attempt.
    pub(crate) async fn logs(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<String, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let container = self.names.container(&group, sandbox, name);
        let LogQuery { tail, timestamps } = query;
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).timestamps(timestamps);
        let options = options.tail(&tail_text(tail));
        let chunks = self.docker.logs(&container, Some(options.build())).boxed();
        let bytes = chunks.try_fold(Vec::new(), |mut bytes, chunk| async move {
            bytes.extend_from_slice(chunk.as_ref());
            // Nobody is shown more, and a log can be larger than this machine's memory.
            if bytes.len() > 2 * LOG_BYTES {
                bytes.drain(..bytes.len() - LOG_BYTES);
            }
            Ok(bytes)
        });
        match bytes.await {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if is_missing(&error) => Err(RuntimeError::Gone(format!("container {name}"))),
            Err(error) => Err(refused(error)),
        }
    }
}

/// How Docker is asked for the last lines, or for all.
pub(crate) fn tail_text(tail: Option<u32>) -> String {
    tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string())
}

fn started(state: Option<&ContainerState>) -> Option<Started> {
    state.and_then(state::started_at).map(|at| Started { at })
}

#[cfg(test)]
mod tests {
    use aci_model::Secret;

    use super::*;
    use crate::runtime::{MountSpec, SecuritySpec};

    fn spec() -> ContainerSpec {
        ContainerSpec {
            name: "app".into(),
            attempt: 2,
            image: "nginx".into(),
            command: vec![],
            env: vec![("TOKEN".into(), Secret::new("s3cret"))],
            cpu: None,
            memory: None,
            mounts: vec![MountSpec { volume: "v".into(), path: "/data".into(), read_only: false }],
            security: SecuritySpec::default(),
        }
    }

    fn made(spec: &ContainerSpec) -> ContainerCreateBody {
        let (names, sandbox) = (Names::new("me"), SandboxId("d1".into()));
        let group = ResourceId::container_group("s", "rg", "web");
        let place = Place { owner: "me", names: &names, group: &group, sandbox: &sandbox, cpus: 2.0 };
        body(&place, spec)
    }

    #[test]
    fn a_command_replaces_entry_point_and_arguments_and_none_leaves_both() {
        assert_eq!((made(&spec()).entrypoint, made(&spec()).cmd), (None, None));
        let body = made(&ContainerSpec { command: vec!["/bin/x".into(), "-v".into()], ..spec() });
        assert_eq!(body.entrypoint.unwrap(), ["/bin/x", "-v"]);
        assert_eq!(body.cmd, Some(vec![]));
    }

    #[test]
    fn limits_stay_within_what_docker_takes() {
        let body = made(&ContainerSpec { cpu: Some(8.0), memory: Some(1), ..spec() });
        let host = body.host_config.unwrap();
        assert_eq!(host.nano_cpus, Some(2_000_000_000), "the host has two");
        assert_eq!(host.memory, Some(6 * 1024 * 1024));
        assert_eq!(host.memory_swap, host.memory, "no swap beyond");
        assert_eq!(nano_cpus(0.0, 2.0), 10_000_000);
        assert_eq!(nano_cpus(0.5, 2.0), 500_000_000);
    }

    #[test]
    fn no_limit_asked_is_none_given_and_docker_restarts_nothing() {
        let host = made(&spec()).host_config.unwrap();
        assert_eq!((host.nano_cpus, host.memory, host.restart_policy), (None, None, None));
    }

    #[test]
    fn the_container_joins_the_sandbox_and_tells_its_attempt() {
        let body = made(&spec());
        let mode = body.host_config.unwrap().network_mode.unwrap();
        assert_eq!(mode, format!("container:{}", Names::new("me").sandbox(&SandboxId("d1".into()))));
        assert_eq!(body.hostname, None, "Docker refuses one beside another's network");
        assert_eq!(body.labels.unwrap()[labels::ATTEMPT], "2");
        assert_eq!(body.env.unwrap(), ["TOKEN=s3cret"]);
    }

    #[test]
    fn a_lost_sandbox_is_not_the_containers_fault() {
        let refusal = |status_code, message: &str| Error::DockerResponseServerError {
            status_code,
            message: message.into(),
        };
        let sandbox = SandboxId("d1".into());
        let lost = refusal(409, "cannot join network of a non running container: abc");
        assert!(matches!(start_error(&sandbox, &spec(), &lost), RuntimeError::Gone(_)));
        let own = refusal(400, "exec: \"nope\": executable file not found in $PATH: unknown");
        assert!(matches!(start_error(&sandbox, &spec(), &own), RuntimeError::Start { .. }));
    }
}
