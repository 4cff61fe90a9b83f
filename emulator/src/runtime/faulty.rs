//! A runtime in which containers fail on demand, whatever runs them.
//!
//! What a rule of [`Faults`] wants is done to the engine beneath where the engine can do it (a container that crashes
//! is killed, one that has no memory left meets its limit, a lost node takes its sandboxes with it); what only Azure's
//! platform can do (to lose sight of a deployment, to want its capacity back) is told as if it had happened. The
//! exit code of a crash is the rule's, for no engine lets others choose a process's code.
//!
//! Under a clock that stands, whatever the engine is asked to make takes [`STEP`] of it, so that a test can stand
//! between the states of a group.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

mod strike;
mod world;

use super::{
    ByteStream, ContainerSpec, Exec, ExecSpec, FoundSandbox, ImageConfig, Kill, LogLines, LogQuery,
    MetadataCalls, Observation, ProbeOutcome, ProbeSpec, PullSpec, PulledImage, Runtime, RuntimeError,
    Sandbox, SandboxId, SandboxSpec, SandboxUsage, SharedRuntime, Started, VolumeSpec,
};
use crate::clock::{DialClock, SharedClock};
use crate::faults::{Fault, Faults};
use world::{Place, World};

/// How long an act takes at least while the clock stands.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// The decorator; clones share it.
#[derive(Clone)]
pub struct FaultyRuntime {
    inner: SharedRuntime,
    faults: Faults,
    clock: SharedClock,
    world: Arc<World>,
}

impl FaultyRuntime {
    /// Puts faults over a runtime.
    pub fn new(inner: SharedRuntime, faults: Faults, clock: SharedClock) -> Self {
        Self { inner, faults, clock, world: Arc::default() }
    }

    async fn wait_for(&self, fault: &Fault) {
        self.pass(fault.time()).await;
    }

    /// Waits for the next step, if the clock goes by steps.
    async fn step(&self) {
        if self.clock.dial().is_some_and(DialClock::is_stepped) {
            self.pass(STEP).await;
        }
    }

    async fn pass(&self, time: SignedDuration) {
        if !time.is_zero() {
            self.clock.sleep_until(self.clock.now().saturating_add(time).unwrap_or(Timestamp::MAX)).await;
        }
    }
}

#[async_trait]
impl Runtime for FaultyRuntime {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn ping(&self) -> Result<(), RuntimeError> {
        self.inner.ping().await
    }

    async fn pull(&self, spec: &PullSpec) -> Result<PulledImage, RuntimeError> {
        let place = Place { group: spec.group.clone() };
        let subject = place.container(&spec.container, &spec.image);
        let wanted = |fault: &Fault| matches!(fault, Fault::ImagePull { .. } | Fault::SlowPull { .. });
        for fault in self.faults.take(&subject, |active| wanted(&active.rule.fault)) {
            self.wait_for(&fault).await;
            if let Fault::ImagePull { failure } = fault {
                let (kind, detail) = failure.told_of(&spec.image);
                return Err(RuntimeError::Image { image: spec.image.clone(), kind, detail });
            }
        }
        self.step().await;
        self.inner.pull(spec).await
    }

    async fn image_config(&self, image: &str) -> Result<Option<ImageConfig>, RuntimeError> {
        self.inner.image_config(image).await
    }

    async fn create_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError> {
        let place = Place { group: spec.group.clone() };
        let failures = self.faults.take(&place.group(), |it| it.rule.fault == Fault::MountFails);
        if !failures.is_empty() {
            return Err(RuntimeError::Share("an injected failure".to_owned()));
        }
        self.step().await;
        self.world.place(&spec.id, place);
        self.inner.create_sandbox(spec).await
    }

    async fn write_volumes(
        &self,
        sandbox: &SandboxId,
        volumes: &[(usize, VolumeSpec)],
        modified: Timestamp,
    ) -> Result<(), RuntimeError> {
        self.inner.write_volumes(sandbox, volumes, modified).await
    }

    async fn start_container(
        &self,
        sandbox: &SandboxId,
        spec: &ContainerSpec,
    ) -> Result<Started, RuntimeError> {
        self.step().await;
        // Known before it runs, so that an exit which overtakes the answer finds it.
        self.world.begin(sandbox, &spec.name, spec.attempt, &spec.image);
        let started = self.inner.start_container(sandbox, spec).await;
        match &started {
            Ok(_) => self.strike_begun(sandbox, &spec.name),
            Err(_) => self.world.end(sandbox, &spec.name, spec.attempt),
        }
        started
    }

    async fn stop_container(
        &self,
        sandbox: &SandboxId,
        name: &str,
        grace_seconds: u32,
    ) -> Result<(), RuntimeError> {
        self.inner.stop_container(sandbox, name, grace_seconds).await
    }

    async fn kill(&self, sandbox: &SandboxId, name: &str, how: Kill) -> Result<(), RuntimeError> {
        self.inner.kill(sandbox, name, how).await
    }

    async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<(), RuntimeError> {
        self.inner.remove_sandbox(sandbox).await?;
        self.world.forget(sandbox);
        Ok(())
    }

    async fn logs(&self, sandbox: &SandboxId, name: &str, query: LogQuery) -> Result<String, RuntimeError> {
        self.inner.logs(sandbox, name, query).await
    }

    async fn stats(&self, sandbox: &SandboxId, containers: &[String]) -> Result<SandboxUsage, RuntimeError> {
        self.inner.stats(sandbox, containers).await
    }

    async fn probe(
        &self,
        sandbox: &SandboxId,
        name: &str,
        probe: &ProbeSpec,
    ) -> Result<ProbeOutcome, RuntimeError> {
        if let Some((place, image)) = self.world.running(sandbox, name) {
            let is_probe = |fault: &Fault| matches!(fault, Fault::ProbeFails { .. });
            let subject = place.container(name, &image);
            let failures = self.faults.take(&subject, |active| is_probe(&active.rule.fault));
            if let Some(Fault::ProbeFails { message }) = failures.into_iter().next() {
                return Ok(ProbeOutcome::Failure(message));
            }
        }
        self.inner.probe(sandbox, name, probe).await
    }

    async fn metadata(&self, sandbox: &SandboxId) -> Result<MetadataCalls, RuntimeError> {
        self.inner.metadata(sandbox).await
    }

    fn observe(&self) -> BoxStream<'static, Observation> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.world.listen(sender);
        let injected = futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|observation| (observation, receiver))
        });
        let world = Arc::clone(&self.world);
        let seen = self.inner.observe().map(move |observation| world.told(observation));
        futures::stream::select(seen, injected).boxed()
    }

    async fn adopt(&self) -> Result<Vec<FoundSandbox>, RuntimeError> {
        let found = self.inner.adopt().await?;
        for sandbox in &found {
            self.world.adopt(sandbox);
        }
        Ok(found)
    }

    async fn exec(&self, sandbox: &SandboxId, name: &str, spec: &ExecSpec) -> Result<Exec, RuntimeError> {
        self.inner.exec(sandbox, name, spec).await
    }

    async fn follow(
        &self,
        sandbox: &SandboxId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<LogLines, RuntimeError> {
        self.inner.follow(sandbox, name, since).await
    }

    async fn attach(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<ByteStream, RuntimeError> {
        self.inner.attach(sandbox, name, query).await
    }
}
