//! Carries out effects through the runtime, in tasks of their own, and sends back what came of them.
//!
//! An engine that does not answer is asked again until it does, except for pulls, whose failure users see;
//! every other refusal goes to the state machine.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod sandbox;

use super::Group;
pub(crate) use super::delivery::Deliveries;
use super::delivery::{Delivery, Ending};
use super::driver::{Inbox, Message};
use super::metadata::MetadataService;
use super::plan::{self, RegistrySignIn, Unplannable};
use super::transition::{Effect, Input};
use crate::clock::SharedClock;
use crate::groups::Removals;
use crate::identities::{GroupIdentities, User};
use crate::platform::Platform;
use crate::runtime::{
    ContainerSpec, ImageErrorKind, ProbeOutcome, ProbeSpec, PullSpec, RegistryAuth, RuntimeError, SandboxId,
    SharedRuntime, VolumeSpec,
};
use sandbox::Making;

/// The time between `SIGTERM` and `SIGKILL` in a restart in place; Azure publishes none, and Docker's ten
/// seconds keep a restart well within the 30 s that Azure's were recorded to take.
const STOP_GRACE_SECONDS: u32 = 10;

/// How long an engine that does not answer is left alone.
pub(super) const UNAVAILABLE_PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// The user of whoever signs in to a registry with a token (DOC: "Authenticate with an Azure container registry").
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// What such tokens are for (WELL-KNOWN).
const REGISTRY_AUDIENCE: &str = "https://containerregistry.azure.net";

/// Orders the work on one sandbox: what makes or uses it holds the lock for reading, its removal for
/// writing, so nothing is made in a sandbox that is being removed and nothing is left behind. The value
/// says that it has been removed; the lock is fair, so work that queues up behind a removal sees it.
type Gate = Arc<RwLock<bool>>;

/// What effects need.
pub(crate) struct Effects {
    pub(crate) runtime: SharedRuntime,
    pub(crate) clock: SharedClock,
    pub(crate) platform: Platform,
    pub(crate) removals: Removals,
    pub(crate) tasks: TaskTracker,
    /// Ends the tasks with the emulator; what they had begun is taken up by adoption.
    pub(crate) stop: CancellationToken,
    pub(crate) inbox: Inbox,
    pub(crate) gates: HashMap<SandboxId, Gate>,
    pub(crate) deliveries: Deliveries,
}

/// One effect's way to the runtime and back.
#[derive(Clone)]
struct Errand {
    runtime: SharedRuntime,
    clock: SharedClock,
    inbox: Inbox,
}

impl Effects {
    /// Begins an effect and returns at once.
    pub(crate) fn begin(&mut self, group: &Group, effect: Effect) {
        let errand =
            Errand { runtime: self.runtime.clone(), clock: self.clock.clone(), inbox: self.inbox.clone() };
        match effect {
            Effect::Pull { container, ticket } => {
                let image = plan::image(group, &container).unwrap_or_default();
                let spec = self.registry_auth(group, &image).map(|auth| PullSpec {
                    group: group.id.clone(),
                    container,
                    image: image.clone(),
                    auth,
                });
                self.spawn(Box::pin(pull(errand, image, spec, ticket)));
            }
            Effect::ServeMetadata(sandbox) => {
                let (tasks, stop) = (self.tasks.clone(), self.stop.clone());
                if let Some(service) = self.metadata(group, &sandbox) {
                    self.spawn(Box::pin(async move { service.start(&tasks, &stop).await }));
                }
            }
            Effect::CreateSandbox(id) => self.create_sandbox(errand, group, id),
            Effect::StartContainer { sandbox, container, attempt } => {
                self.start_container(errand, group, sandbox, container, attempt);
            }
            Effect::StopContainer { sandbox, container } => {
                let gate = self.gate(&sandbox);
                self.spawn(Box::pin(guarded(gate, async move {
                    let stop = || errand.runtime.stop_container(&sandbox, &container, STOP_GRACE_SECONDS);
                    if let Err(error) = errand.insist(stop).await {
                        tracing::warn!(sandbox = sandbox.0, container, %error, "failed to stop a container");
                    }
                })));
            }
            Effect::WriteConfigMaps(sandbox) => {
                let files = plan::config_files(group);
                let gate = self.gate(&sandbox);
                self.spawn(Box::pin(guarded(gate, write_config_maps(errand, sandbox, files))));
            }
            Effect::DeliverLines { sandbox, container, attempt } => {
                if let Some(delivery) = self.delivery(group, (&sandbox, &container, attempt)) {
                    self.spawn(Box::pin(delivery.run()));
                }
            }
            // Not behind the gate: a probe makes nothing, and a removal must not wait for a slow one.
            Effect::RunProbe { sandbox, container, attempt, kind, run } => {
                let spec = plan::probe_spec(group, &container, kind);
                let place = (sandbox.clone(), container.clone());
                let ended =
                    move |outcome| Input::ProbeEnded { sandbox, container, attempt, kind, run, outcome };
                self.spawn(Box::pin(probe(errand, place, spec, ended)));
            }
            Effect::RemoveSandbox(id) => {
                let gate = self.gates.remove(&id).unwrap_or_default();
                let removal = self.removals.begin(&group.id.key());
                let deliveries = self.deliveries.of_sandbox(&id);
                self.spawn(Box::pin(async move {
                    *gate.write().await = true;
                    end_deliveries(&errand, &id, deliveries).await;
                    remove_sandbox(&errand.runtime, &errand.clock, &id).await;
                    drop(removal);
                }));
            }
        }
    }

    fn create_sandbox(&mut self, errand: Errand, group: &Group, id: SandboxId) {
        let plan = plan::sandbox_spec(group, &id, self.platform.surroundings.as_ref());
        let making = Making {
            repositories: self.platform.repositories.clone(),
            metadata: self.metadata(group, &id),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
        };
        let (gate, removals, key) = (self.gate(&id), self.removals.clone(), group.id.key());
        self.spawn(Box::pin(async move {
            // Ports and subnets' addresses are free again only when the deployment before is gone.
            removals.finished(&key).await;
            let spec = sandbox::prepare(&making, plan).await;
            guarded(gate, sandbox::create(errand, making, id, spec)).await;
        }));
    }

    fn start_container(
        &mut self,
        errand: Errand,
        group: &Group,
        sandbox: SandboxId,
        container: String,
        attempt: u32,
    ) {
        let spec = plan::container_spec(group, &container, attempt, self.platform.surroundings.as_ref());
        let gate = self.gate(&sandbox);
        let earlier = self.deliveries.of_container(&sandbox, &container);
        let delivery = self.delivery(group, (&sandbox, &container, attempt));
        let (tasks, stop) = (self.tasks.clone(), self.stop.clone());
        let started = move || {
            if let Some(delivery) = delivery {
                tasks.spawn(async move { stop.run_until_cancelled(delivery.run()).await });
            }
        };
        self.spawn(Box::pin(guarded(gate, async move {
            if let Some(earlier) = earlier {
                earlier.wait(&errand.clock).await;
            }
            start(errand, sandbox, container, attempt, spec, started).await;
        })));
    }

    /// What a registry is told about who pulls; `Err` for an identity that may not, or a password that is not to be had.
    fn registry_auth(&self, group: &Group, image: &str) -> Result<Option<RegistryAuth>, String> {
        let sign_in = plan::registry_sign_in(group, image, self.platform.surroundings.as_ref());
        let (server, identity) = match sign_in.map_err(|refusal| refusal.to_string())? {
            None => return Ok(None),
            Some(RegistrySignIn::Password(auth)) => return Ok(Some(auth)),
            Some(RegistrySignIn::Identity { server, identity }) => (server, identity),
        };
        let Platform { surroundings, identities, .. } = &self.platform;
        let may_pull = identity.parse().is_ok_and(|id| surroundings.may_pull(&id, &server));
        let who = GroupIdentities::of(group, surroundings.as_ref(), User::Platform).filter(|_| may_pull);
        let token =
            who.as_ref().and_then(|who| identities.token(who.by_resource(&identity)?, REGISTRY_AUDIENCE));
        match token {
            Some(password) => Ok(Some(RegistryAuth { server, username: TOKEN_USER.to_owned(), password })),
            None => Err(format!("unauthorized: the identity '{identity}' may not pull from '{server}'")),
        }
    }

    fn delivery(&mut self, group: &Group, attempt: (&SandboxId, &str, u32)) -> Option<Delivery> {
        self.deliveries.begin(group, &self.platform, (&self.runtime, &self.clock), attempt)
    }

    fn metadata(&self, group: &Group, sandbox: &SandboxId) -> Option<MetadataService> {
        MetadataService::of(group, sandbox, &self.platform, &self.runtime, &self.clock)
    }

    fn gate(&mut self, id: &SandboxId) -> Gate {
        self.gates.entry(id.clone()).or_default().clone()
    }

    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move { stop.run_until_cancelled(work).await });
    }
}

async fn guarded(gate: Gate, work: impl Future<Output = ()>) {
    let is_removed = gate.read().await;
    if !*is_removed {
        work.await;
    }
}

impl Errand {
    /// A group's task that has ended wants no results.
    fn report(&self, input: Input) {
        let _ended = self.inbox.send(Message::Input(input));
    }

    async fn insist<T, F>(&self, call: impl Fn() -> F) -> Result<T, RuntimeError>
    where
        F: Future<Output = Result<T, RuntimeError>>,
    {
        insist(&self.clock, call).await
    }
}

/// Repeats a call until the engine answers it.
pub(crate) async fn insist<T, F>(clock: &SharedClock, call: impl Fn() -> F) -> Result<T, RuntimeError>
where
    F: Future<Output = Result<T, RuntimeError>>,
{
    let mut is_reported = false;
    loop {
        match call().await {
            Err(RuntimeError::Unavailable(detail)) => {
                if !std::mem::replace(&mut is_reported, true) {
                    tracing::warn!(detail, "the container engine does not answer; trying again");
                }
                clock.sleep_until(clock.now() + UNAVAILABLE_PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Removes a deployment, however often that has to be tried: nothing else would.
pub(crate) async fn remove_sandbox(runtime: &SharedRuntime, clock: &SharedClock, id: &SandboxId) {
    while let Err(error) = insist(clock, || runtime.remove_sandbox(id)).await {
        tracing::warn!(sandbox = id.0, %error, "failed to remove a deployment; trying again");
        clock.sleep_until(clock.now() + UNAVAILABLE_PAUSE).await;
    }
}

async fn pull(errand: Errand, image: String, spec: Result<PullSpec, String>, ticket: u64) {
    let pulled = match spec {
        Ok(spec) => errand.runtime.pull(&spec).await,
        Err(detail) => Err(RuntimeError::Image { image, kind: ImageErrorKind::Unauthorized, detail }),
    };
    errand.report(match pulled {
        Ok(pulled) => Input::ImagePulled { ticket, reference: pulled.reference },
        Err(RuntimeError::Image { kind, detail, .. }) => Input::ImageFailed { ticket, kind, detail },
        Err(error) => {
            Input::ImageFailed { ticket, kind: ImageErrorKind::Unreachable, detail: error.to_string() }
        }
    });
}

async fn start(
    errand: Errand,
    sandbox: SandboxId,
    container: String,
    attempt: u32,
    spec: Result<ContainerSpec, Unplannable>,
    begun: impl FnOnce(),
) {
    let started = match &spec {
        Ok(spec) => errand.insist(|| errand.runtime.start_container(&sandbox, spec)).await,
        Err(error) => Err(RuntimeError::Refused(error.to_string())),
    };
    errand.report(match started {
        Ok(started) => {
            // Before the machine can replace the attempt, whose lines would go with it.
            begun();
            Input::ContainerStarted { sandbox, container, attempt, at: started.at }
        }
        Err(error) => {
            let image_gone = matches!(error, RuntimeError::Image { .. });
            let detail = match error {
                RuntimeError::Start { detail, .. } => detail,
                other => other.to_string(),
            };
            Input::StartFailed { sandbox, container, attempt, detail, image_gone }
        }
    });
}

async fn write_config_maps(
    errand: Errand,
    sandbox: SandboxId,
    files: Result<Vec<(usize, VolumeSpec)>, Unplannable>,
) {
    let now = errand.clock.now();
    let written = match &files {
        Ok(files) => errand.insist(|| errand.runtime.write_volumes(&sandbox, files, now)).await,
        Err(error) => Err(RuntimeError::Refused(error.to_string())),
    };
    if let Err(error) = written {
        tracing::warn!(sandbox = sandbox.0, %error, "A config map stays as it was");
    }
}

/// Ends containers whose lines are still on their way, and waits for the last ones.
async fn end_deliveries(errand: &Errand, sandbox: &SandboxId, deliveries: Vec<Ending>) {
    for ending in deliveries.into_iter().filter(|ending| !ending.is_over()) {
        let stop = || errand.runtime.stop_container(sandbox, &ending.container, 0);
        if let Err(error) = errand.insist(stop).await {
            tracing::warn!(sandbox = sandbox.0, container = ending.container, %error, "failed to stop a container");
        }
        ending.wait(&errand.clock).await;
    }
}

/// Runs a probe. That the engine could not is for the log alone: it says nothing about the container.
async fn probe(
    errand: Errand,
    place: (SandboxId, String),
    spec: Result<ProbeSpec, Unplannable>,
    ended: impl FnOnce(Option<ProbeOutcome>) -> Input,
) {
    let (sandbox, container) = place;
    let outcome = match &spec {
        Ok(spec) => errand.runtime.probe(&sandbox, &container, spec).await,
        Err(error) => Err(RuntimeError::Refused(error.to_string())),
    };
    if let Err(error) = &outcome {
        tracing::debug!(sandbox = sandbox.0, container, %error, "a probe could not be run");
    }
    errand.report(ended(outcome.ok()));
}
