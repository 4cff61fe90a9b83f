//! The simulated runtime: everything a real one does, without containers.
//!
//! It is deterministic: addresses are counted, and every time comes from the injected clock. With the
//! system's clock it runs by itself; with a [`ManualClock`](crate::clock::ManualClock) nothing ends until
//! the clock is moved.
//!
//! What a container does is told by a [`SimScript`], found in this order:
//!
//! 1. variables in the container's own environment, which need no code: `ACI_SIM_EXIT_CODE=3`,
//!    `ACI_SIM_EXIT_AFTER_SECONDS=1.5`, `ACI_SIM_LOG=text`, `ACI_SIM_START_ERROR=text`,
//!    `ACI_SIM_UNHEALTHY_AFTER_SECONDS=5`, `ACI_SIM_MILLICORES=250`, `ACI_SIM_MEMORY_BYTES=1048576`;
//! 2. [`SimRuntime::script`] by the container's name, then by its image;
//! 3. otherwise it runs until it is stopped, writes nothing and is healthy.
//!
//! Programs in its containers are those of [`SimRuntime`]'s terminal: `echo words` and `stty size` write and
//! end; every other one shows what is typed and the terminal's size when it changes, until the end of input
//! (0x04).
//!
//! Images are there, save those whose tag says otherwise: `:sim-not-found`, `:sim-unauthorized`,
//! `:sim-unreachable`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    ByteStream, ContainerSpec, Exec, ExecSpec, Exit, FoundSandbox, ImageConfig, ImageErrorKind, Kill,
    LogLine, LogLines, LogQuery, MetadataCall, MetadataCalls, NetworkSpec, Observation, ProbeOutcome,
    ProbeSpec, PullSpec, PulledImage, RegistryAuth, Runtime, RuntimeError, Sandbox, SandboxId, SandboxSpec,
    SandboxUsage, Started, VolumeSpec,
};
use crate::clock::SharedClock;

mod script;
mod terminal;
mod world;

pub use script::{ScriptedExit, ScriptedProbe, ScriptedUsage, SimScript};
use world::{SimContainer, SimSandbox, World};

/// The simulation; clones share it, so one outlives the emulator as a real engine does.
#[derive(Clone)]
pub struct SimRuntime {
    clock: SharedClock,
    world: Arc<Mutex<World>>,
    /// How many sandboxes there are, for those who wait for a number.
    count: watch::Sender<usize>,
}

/// What a container that is stopped politely ends with: 128 + SIGTERM.
const TERMINATED_CODE: i32 = 143;
/// What one that is killed ends with: 128 + SIGKILL.
const KILLED_CODE: i32 = 137;

impl SimRuntime {
    /// A simulation in which pulls and starts take no time.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, world: Arc::default(), count: watch::Sender::new(0) }
    }

    /// How long every pull takes from now on.
    pub fn set_pull_time(&self, time: SignedDuration) {
        self.world().pull_time = time;
    }

    /// How long every start takes from now on.
    pub fn set_start_time(&self, time: SignedDuration) {
        self.world().start_time = time;
    }

    /// What containers of this name or image do from their next start on.
    pub fn script(&self, name_or_image: &str, script: SimScript) {
        self.world().scripts.insert(name_or_image.to_owned(), script);
    }

    /// Whether the engine answers; when not, every call fails with [`RuntimeError::Unavailable`].
    pub fn set_available(&self, available: bool) {
        self.world().is_down = !available;
    }

    /// Ends a running container from outside, as `kill` would.
    pub fn kill(&self, sandbox: &SandboxId, container: &str, code: i32) {
        let now = self.clock.now();
        self.world().exit(sandbox, container, None, Exit { code, oom_killed: false, finished_at: now });
    }

    /// Removes a sandbox from outside.
    pub fn lose(&self, sandbox: &SandboxId) {
        let mut world = self.world();
        if world.sandboxes.remove(sandbox).is_some() {
            world.tell(&Observation::SandboxLost { sandbox: sandbox.clone() });
        }
        self.count.send_replace(world.sandboxes.len());
    }

    /// The sandboxes that there are.
    pub fn sandboxes(&self) -> Vec<SandboxId> {
        self.world().sandboxes.keys().cloned().collect()
    }

    /// Ends when there are as many sandboxes.
    pub async fn until_sandboxes(&self, count: usize) {
        let mut counts = self.count.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _open = counts.wait_for(|now| *now == count).await;
    }

    /// What a sandbox was made from.
    pub fn sandbox_spec(&self, sandbox: &SandboxId) -> Option<SandboxSpec> {
        Some(self.world().sandboxes.get(sandbox)?.spec.clone())
    }

    /// What the latest attempt of a container was made from.
    pub fn container_spec(&self, sandbox: &SandboxId, container: &str) -> Option<ContainerSpec> {
        Some(self.world().sandboxes.get(sandbox)?.containers.get(container)?.spec.clone())
    }

    /// Asks the metadata service of a sandbox; `None` where there is none or it does not answer.
    pub async fn ask_metadata(&self, sandbox: &SandboxId, request: &str) -> Option<Bytes> {
        let service = self.world().sandboxes.get(sandbox)?.metadata.clone()?;
        let (answer, answered) = oneshot::channel();
        service.send(MetadataCall { request: Bytes::from(request.to_owned()), answer }).ok()?;
        answered.await.ok()
    }

    /// How somebody last signed in to pull an image; `None` when it was not pulled or nobody signed in.
    pub fn signed_in(&self, image: &str) -> Option<RegistryAuth> {
        self.world().sign_ins.get(image).cloned().flatten()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answering(&self) -> Result<MutexGuard<'_, World>, RuntimeError> {
        let world = self.world();
        if world.is_down {
            return Err(RuntimeError::Unavailable("the simulation is switched off".to_owned()));
        }
        Ok(world)
    }

    async fn pass(&self, time: SignedDuration) {
        if time > SignedDuration::ZERO {
            self.clock.sleep_until(self.clock.now() + time).await;
        }
    }

    /// Ends an attempt when its time has come, unless it has ended before.
    fn schedule(&self, sandbox: &SandboxId, spec: &ContainerSpec, at: Timestamp, exit: ScriptedExit) {
        let (runtime, sandbox) = (self.clone(), sandbox.clone());
        let (name, attempt, finished_at) = (spec.name.clone(), spec.attempt, at + exit.after);
        tokio::spawn(async move {
            runtime.clock.sleep_until(finished_at).await;
            let exit = Exit { code: exit.code, oom_killed: exit.oom_killed, finished_at };
            runtime.world().exit(&sandbox, &name, Some(attempt), exit);
        });
    }
}

#[async_trait]
impl Runtime for SimRuntime {
    fn name(&self) -> &'static str {
        "sim"
    }

    async fn ping(&self) -> Result<(), RuntimeError> {
        self.answering().map(drop)
    }

    async fn pull(&self, spec: &PullSpec) -> Result<PulledImage, RuntimeError> {
        let image = spec.image.as_str();
        let time = {
            let mut world = self.answering()?;
            world.sign_ins.insert(image.to_owned(), spec.auth.clone());
            world.pull_time
        };
        self.pass(time).await;
        let failure = self.answering()?.scripts.get(image).and_then(|script| script.pull_failure);
        match failure.or_else(|| script::failure_by_tag(image)) {
            None => Ok(PulledImage { reference: script::resolved(image) }),
            Some(kind) => Err(RuntimeError::Image {
                image: image.to_owned(),
                kind,
                detail: script::failure_text(image, kind),
            }),
        }
    }

    async fn image_config(&self, image: &str) -> Result<Option<ImageConfig>, RuntimeError> {
        Ok(self.answering()?.scripts.get(image).and_then(|script| script.image_config.clone()))
    }

    async fn create_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError> {
        let mut world = self.answering()?;
        if let Some(there) = world.sandboxes.get(&spec.id) {
            return Ok(Sandbox { ip: there.ip });
        }
        let ip = match &spec.network {
            NetworkSpec::Unreachable => None,
            NetworkSpec::Subnet { range: Some(range), .. } => Some(world.ip_in(range)?),
            NetworkSpec::Public { .. } | NetworkSpec::Subnet { range: None, .. } => Some(world.next_ip()),
        };
        let sandbox = SimSandbox { spec: spec.clone(), ip, metadata: None, containers: BTreeMap::new() };
        world.sandboxes.insert(spec.id.clone(), sandbox);
        self.count.send_replace(world.sandboxes.len());
        Ok(Sandbox { ip })
    }

    async fn write_volumes(
        &self,
        sandbox: &SandboxId,
        volumes: &[(usize, VolumeSpec)],
        _modified: Timestamp,
    ) -> Result<(), RuntimeError> {
        let mut world = self.answering()?;
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        let spec = &mut world.sandboxes.get_mut(sandbox).ok_or_else(gone)?.spec;
        for (index, volume) in volumes {
            if let Some(there) = spec.volumes.get_mut(*index) {
                there.clone_from(volume);
            }
        }
        Ok(())
    }

    async fn start_container(
        &self,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Started, RuntimeError> {
        let time = self.answering()?.start_time;
        self.pass(time).await;
        let mut world = self.answering()?;
        let script = world.script_for(spec);
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        let containers = &mut world.sandboxes.get_mut(sandbox).ok_or_else(gone)?.containers;
        if let Some(there) = containers.get(&spec.name).filter(|there| there.spec.attempt == spec.attempt) {
            return Ok(Started { at: there.started_at });
        }
        if let Some(detail) = script.start_failure {
            return Err(RuntimeError::Start { container: spec.name.clone(), detail });
        }
        let (started_at, exit) = (self.clock.now(), script.exit);
        let ended = watch::Sender::new(false);
        let container = SimContainer { spec: spec.clone(), started_at, exit: None, script, ended };
        containers.insert(spec.name.clone(), container);
        drop(world);
        if let Some(exit) = exit {
            self.schedule(sandbox, spec, started_at, exit);
        }
        Ok(Started { at: started_at })
    }

    async fn stop_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        _grace_seconds: u32,
    ) -> Result<(), RuntimeError> {
        let exit = Exit { code: TERMINATED_CODE, oom_killed: false, finished_at: self.clock.now() };
        self.answering()?.exit(sandbox, name, None, exit);
        Ok(())
    }

    async fn kill(&self, sandbox: &SandboxId, name: &str, how: Kill) -> Result<(), RuntimeError> {
        let oom_killed = how == Kill::OutOfMemory;
        let exit = Exit { code: KILLED_CODE, oom_killed, finished_at: self.clock.now() };
        self.answering()?.exit(sandbox, name, None, exit);
        Ok(())
    }

    async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<(), RuntimeError> {
        let mut world = self.answering()?;
        world.sandboxes.remove(sandbox);
        self.count.send_replace(world.sandboxes.len());
        Ok(())
    }

    async fn logs(&self, sandbox: &SandboxId, name: &str, query: LogQuery) -> Result<String, RuntimeError> {
        let world = self.answering()?;
        Ok(world.container(sandbox, name)?.log_text(query))
    }

    async fn stats(&self, sandbox: &SandboxId, containers: &[String]) -> Result<SandboxUsage, RuntimeError> {
        let world = self.answering()?;
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        Ok(world.sandboxes.get(sandbox).ok_or_else(gone)?.usage(containers, self.clock.now()))
    }

    async fn probe(
        &self,
        sandbox: &SandboxId,
        name: &str,
        probe: &ProbeSpec,
    ) -> Result<ProbeOutcome, RuntimeError> {
        let (takes, outcome) = {
            let world = self.answering()?;
            let container = world.container(sandbox, name)?;
            if container.exit.is_some() {
                return Err(RuntimeError::Gone(format!("container {name}")));
            }
            container.script.answer(probe, self.clock.now().duration_since(container.started_at))
        };
        self.pass(takes).await;
        Ok(outcome)
    }

    async fn metadata(&self, sandbox: &SandboxId) -> Result<MetadataCalls, RuntimeError> {
        let mut world = self.answering()?;
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        let there = world.sandboxes.get_mut(sandbox).ok_or_else(gone)?;
        let (sender, calls) = mpsc::unbounded_channel();
        there.metadata = Some(sender);
        Ok(futures::stream::unfold(calls, |mut calls| async { calls.recv().await.map(|call| (call, calls)) })
            .boxed())
    }

    fn observe(&self) -> BoxStream<'static, Observation> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.world().observers.push(sender);
        futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|observation| (observation, receiver))
        })
        .boxed()
    }

    async fn adopt(&self) -> Result<Vec<FoundSandbox>, RuntimeError> {
        Ok(self.answering()?.sandboxes.values().map(SimSandbox::found).collect())
    }

    async fn exec(&self, sandbox: &SandboxId, name: &str, spec: &ExecSpec) -> Result<Exec, RuntimeError> {
        let world = self.answering()?;
        let container = world.container(sandbox, name)?;
        if container.exit.is_some() {
            return Err(RuntimeError::Gone(format!("a running container {name}")));
        }
        Ok(terminal::exec(spec, container.ended.subscribe()))
    }

    async fn follow(
        &self,
        sandbox: &SandboxId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<LogLines, RuntimeError> {
        let world = self.answering()?;
        let container = world.container(sandbox, name)?;
        let (at, text) = (container.started_at, container.script.log.clone());
        let lines: Vec<_> = text
            .lines()
            .filter(|_| since.is_none_or(|since| at >= since))
            .map(|text| Ok(LogLine { at, is_error: false, text: text.to_owned() }))
            .collect();
        Ok(terminal::until_end(futures::stream::iter(lines), container.ended.subscribe()).boxed())
    }

    async fn attach(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<ByteStream, RuntimeError> {
        let world = self.answering()?;
        let container = world.container(sandbox, name)?;
        Ok(terminal::follow(container.log_text(query), container.ended.subscribe()))
    }
}
