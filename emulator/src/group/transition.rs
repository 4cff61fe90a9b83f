//! The only function that changes a group's state because of what happened.

use jiff::Timestamp;

use super::adoption;
use super::machine::{Image, Machine, Run, Stage};
use super::probe::ProbeKind;
use super::words::{self, Happening};
use super::{ContainerPhase, advance, probing};
use crate::runtime::{Exit, FoundSandbox, ImageErrorKind, ProbeOutcome, Sandbox, SandboxId};
use aci_model::group::{ProvisioningState, RestartPolicy};

/// What happened. Anything about another deployment, attempt or pull than the present one is stale and
/// changes nothing, so every input may come twice or late.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The machine's [`deadline`](Machine::deadline) has come.
    Tick,
    /// A pull succeeded.
    ImagePulled {
        /// The pull.
        ticket: u64,
        /// The image's name with its digest.
        reference: String,
    },
    /// A pull failed.
    ImageFailed {
        /// The pull.
        ticket: u64,
        /// How.
        kind: ImageErrorKind,
        /// The registry's or engine's words.
        detail: String,
    },
    /// The sandbox is made.
    SandboxReady {
        /// Which.
        sandbox: SandboxId,
        /// What it got.
        made: Sandbox,
    },
    /// The sandbox cannot be made now.
    SandboxFailed {
        /// Which.
        sandbox: SandboxId,
        /// Why.
        failure: SandboxFailure,
    },
    /// A container runs.
    ContainerStarted {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
        /// Which attempt.
        attempt: u32,
        /// Since when.
        at: Timestamp,
    },
    /// A container cannot start.
    StartFailed {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
        /// Which attempt.
        attempt: u32,
        /// Why.
        detail: String,
        /// Whether its image is gone and must be pulled again.
        image_gone: bool,
    },
    /// A container ended.
    Exited {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
        /// Which attempt.
        attempt: u32,
        /// How.
        exit: Exit,
    },
    /// A run of a probe ended.
    ProbeEnded {
        /// Its deployment.
        sandbox: SandboxId,
        /// The container's name.
        container: String,
        /// Which attempt.
        attempt: u32,
        /// Which of its probes.
        kind: ProbeKind,
        /// Which run.
        run: u64,
        /// What came of it; absent where the engine could not ask, which says nothing about the container.
        outcome: Option<ProbeOutcome>,
    },
    /// The platform kills a container.
    KilledByPlatform {
        /// Its deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
        /// Which attempt.
        attempt: u32,
    },
    /// The platform wants the deployment's capacity back.
    Evicted {
        /// Which.
        sandbox: SandboxId,
    },
    /// The sandbox is gone without our doing.
    SandboxLost {
        /// Which.
        sandbox: SandboxId,
    },
    /// The emulator started and looked for the group's deployment: here it is, or `None`.
    Found(Option<FoundSandbox>),
}

/// Why a sandbox cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxFailure {
    /// Its network, or anything else of it.
    Network(String),
    /// A file share is not there, not theirs or not to be mounted.
    Share,
    /// A secret of a key vault cannot be read.
    Secret {
        /// The reference to it.
        reference: String,
        /// Why.
        detail: String,
    },
    /// A repository cannot be cloned.
    Clone {
        /// The volume.
        volume: String,
        /// Why.
        detail: String,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make an image available.
    Pull {
        /// For which container.
        container: String,
        /// Named in the result.
        ticket: u64,
    },
    /// Make the sandbox.
    CreateSandbox(SandboxId),
    /// Start an attempt of a container.
    StartContainer {
        /// In which deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
        /// Which attempt.
        attempt: u32,
    },
    /// End a container.
    StopContainer {
        /// In which deployment.
        sandbox: SandboxId,
        /// Its name.
        container: String,
    },
    /// Give a deployment that was found the instance metadata service again.
    ServeMetadata(SandboxId),
    /// Write the config maps into the deployment, whose containers run.
    WriteConfigMaps(SandboxId),
    /// Go on to deliver what an attempt of a container writes.
    DeliverLines {
        /// In which deployment.
        sandbox: SandboxId,
        /// The container's name.
        container: String,
        /// Which attempt.
        attempt: u32,
    },
    /// Run a probe once.
    RunProbe {
        /// In which deployment.
        sandbox: SandboxId,
        /// The container's name.
        container: String,
        /// Which attempt is asked.
        attempt: u32,
        /// Which of its probes.
        kind: ProbeKind,
        /// Named in the result.
        run: u64,
    },
    /// Remove a deployment with all that is in it.
    RemoveSandbox(SandboxId),
}

/// Takes an input into account and tells what is to be done.
pub fn step(machine: &mut Machine, input: Input, now: Timestamp) -> Vec<Effect> {
    if machine.is_deleted() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    match input {
        Input::Tick => {}
        Input::ImagePulled { ticket, reference } => image_pulled(machine, ticket, &reference, now),
        Input::ImageFailed { ticket, kind, detail } => image_failed(machine, ticket, kind, &detail, now),
        Input::SandboxReady { sandbox, made } if is_awaited(machine, &sandbox) => {
            machine.stage = Stage::Active;
            machine.group.status.ip = made.ip;
        }
        Input::SandboxFailed { sandbox, failure } if is_awaited(machine, &sandbox) => {
            sandbox_failed(machine, &failure, now, &mut effects);
        }
        Input::ContainerStarted { sandbox, container, attempt, at } => {
            if let Some((slot, Run::Starting { exit })) = current(machine, &sandbox, &container, attempt) {
                started(machine, slot, at, exit, now, &mut effects);
            }
        }
        Input::StartFailed { sandbox, container, attempt, detail, image_gone } => {
            if let Some((slot, Run::Starting { .. })) = current(machine, &sandbox, &container, attempt) {
                start_failed(machine, slot, &detail, image_gone, now);
            }
        }
        Input::Exited { sandbox, container, attempt, exit } => {
            match current(machine, &sandbox, &container, attempt) {
                Some((slot, Run::Live | Run::Stopping | Run::Unhealthy)) => exited(machine, slot, exit, now),
                Some((slot, Run::Starting { .. })) => {
                    machine.slots[slot].run = Run::Starting { exit: Some(exit) };
                }
                _ => {}
            }
        }
        Input::ProbeEnded { sandbox, container, attempt, kind, run, outcome } => {
            if let Some((slot, Run::Live)) = current(machine, &sandbox, &container, attempt) {
                probing::ended(machine, slot, kind, run, outcome.as_ref(), now, &mut effects);
            }
        }
        Input::KilledByPlatform { sandbox, container, attempt } => {
            if let Some((slot, Run::Live)) = current(machine, &sandbox, &container, attempt) {
                machine.happened(slot, &Happening::KilledByPlatform { container: &container }, now);
            }
        }
        Input::Evicted { sandbox } if machine.group.status.sandbox.as_ref() == Some(&sandbox) => {
            Happening::Evicted.record(&mut machine.group.status.events, now);
        }
        Input::SandboxLost { sandbox } if machine.group.status.sandbox.as_ref() == Some(&sandbox) => {
            sandbox_lost(machine, sandbox, now, &mut effects);
        }
        Input::SandboxReady { .. } | Input::SandboxFailed { .. } => {}
        Input::Evicted { .. } | Input::SandboxLost { .. } => {}
        Input::Found(found) => adoption::reconcile(machine, found, now, &mut effects),
    }
    advance::advance(machine, now, &mut effects);
    effects
}

fn is_awaited(machine: &Machine, sandbox: &SandboxId) -> bool {
    machine.stage == Stage::Sandbox && machine.group.status.sandbox.as_ref() == Some(sandbox)
}

/// The slot that an input is about, unless the input is stale.
fn current(machine: &Machine, sandbox: &SandboxId, name: &str, attempt: u32) -> Option<(usize, Run)> {
    if machine.group.status.sandbox.as_ref() != Some(sandbox) {
        return None;
    }
    let index = machine.slot_named(name)?;
    let slot = machine.slots.get(index)?;
    (slot.starts == attempt.checked_add(1)?).then_some((index, slot.run))
}

/// Another attempt follows, but for a share or a secret: whoever waits for one that is not to be had learns it at once.
/// That Azure gives up at once as well is assumed; in the users' reports the event of a share has happened once.
fn sandbox_failed(
    machine: &mut Machine,
    failure: &SandboxFailure,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    let happening = match failure {
        SandboxFailure::Network(detail) => Happening::NetworkFailed { detail },
        SandboxFailure::Share => Happening::ShareFailed,
        SandboxFailure::Secret { reference, detail } => Happening::SecretFailed { reference, detail },
        SandboxFailure::Clone { volume, detail } => Happening::CloneFailed { volume, detail },
    };
    happening.record(&mut machine.group.status.events, now);
    if matches!(failure, SandboxFailure::Share | SandboxFailure::Secret { .. }) {
        advance::fail(machine, effects);
        return;
    }
    let until = now + machine.sandbox_back_off.after_failure(now);
    machine.stage = Stage::SandboxBackOff { until };
}

fn image_pulled(machine: &mut Machine, ticket: u64, reference: &str, now: Timestamp) {
    if let Some(slot) = pulling(machine, ticket) {
        machine.slots[slot].image = Image::Present;
        machine.slots[slot].image_back_off = Default::default();
        let image = machine.image_of(slot).to_owned();
        if let Some(status) = machine.status_mut(slot) {
            words::name_resolved(&mut status.events, &image, reference);
        }
        machine.happened(slot, &Happening::Pulled { reference }, now);
        advance::show_creating(machine, slot);
    }
}

fn image_failed(machine: &mut Machine, ticket: u64, kind: ImageErrorKind, detail: &str, now: Timestamp) {
    let Some(slot) = pulling(machine, ticket) else { return };
    let image = machine.image_of(slot).to_owned();
    machine.happened(slot, &Happening::PullFailed { image: &image, detail }, now);
    machine.happened(slot, &Happening::PullBackOff { image: &image }, now);
    let until = now + machine.slots[slot].image_back_off.after_failure(now);
    machine.slots[slot].image = Image::BackOff { until };
    if machine.slots[slot].run == Run::Waiting {
        let detail = words::image_detail(&image, kind, detail);
        machine.set_phase(slot, ContainerPhase::Waiting { detail });
    }
}

fn pulling(machine: &Machine, ticket: u64) -> Option<usize> {
    machine.slots.iter().position(|slot| slot.image == Image::Pulling { ticket })
}

pub(super) fn started(
    machine: &mut Machine,
    slot: usize,
    at: Timestamp,
    exit: Option<Exit>,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    machine.slots[slot].run = Run::Live;
    machine.slots[slot].has_started = true;
    machine.happened(slot, &Happening::Started, now);
    if let Some(status) = machine.status_mut(slot) {
        let before = std::mem::replace(&mut status.current, ContainerPhase::Running { started_at: at });
        if matches!(before, ContainerPhase::Terminated { .. }) {
            status.previous = Some(before);
        }
    }
    match exit {
        Some(exit) => exited(machine, slot, exit, now),
        None if machine.stage == Stage::Draining => advance::stop(machine, slot, Run::Stopping, effects),
        None => {}
    }
}

/// A container that cannot start counts as one that ended at once, as for the kubelet on containerd.
fn start_failed(machine: &mut Machine, slot: usize, detail: &str, image_gone: bool, now: Timestamp) {
    let container = machine.status(slot).map(|status| status.name.clone()).unwrap_or_default();
    machine.happened(slot, &Happening::StartFailed { container: &container, detail }, now);
    if image_gone {
        machine.slots[slot].image = Image::Wanted;
    }
    let phase = ContainerPhase::Terminated {
        started_at: None,
        exit_code: Some(words::START_ERROR_CODE),
        finished_at: now,
        detail: words::START_ERROR.to_owned(),
    };
    ended(machine, slot, phase, false, now, now);
}

pub(super) fn exited(machine: &mut Machine, slot: usize, exit: Exit, now: Timestamp) {
    let Some(status) = machine.status(slot) else { return };
    let container = status.name.clone();
    let started_at = match status.current {
        ContainerPhase::Running { started_at } => Some(started_at),
        ContainerPhase::Waiting { .. } | ContainerPhase::Terminated { .. } => None,
    };
    let phase = ContainerPhase::Terminated {
        started_at,
        exit_code: Some(exit.code),
        finished_at: exit.finished_at,
        detail: words::exit_detail(&exit).to_owned(),
    };
    machine.happened(slot, &Happening::Ended { container: &container, code: exit.code }, now);
    ended(machine, slot, phase, exit.code == 0, exit.finished_at, now);
}

/// Applies the restart policy to a container that ended.
fn ended(
    machine: &mut Machine,
    slot: usize,
    phase: ContainerPhase,
    success: bool,
    at: Timestamp,
    now: Timestamp,
) {
    machine.set_phase(slot, phase);
    if machine.stage == Stage::Draining {
        machine.slots[slot].run = Run::Waiting;
        return;
    }
    let again = match machine.policy(slot) {
        RestartPolicy::Always | RestartPolicy::Other(_) => true,
        RestartPolicy::OnFailure => !success || machine.slots[slot].run == Run::Unhealthy,
        RestartPolicy::Never => false,
    };
    if !again {
        machine.slots[slot].run = Run::Ended { success };
        return;
    }
    let pause = machine.slots[slot].exit_back_off.after_exit(at);
    let until = at + pause;
    machine.slots[slot].run = Run::BackOff { until };
    if until > now {
        machine.happened(slot, &Happening::BackOff, now);
        if let Some(status) = machine.status_mut(slot) {
            let waiting = ContainerPhase::Waiting { detail: words::crash_loop_detail(pause) };
            status.previous = Some(std::mem::replace(&mut status.current, waiting));
        }
    }
}

/// A deployment that still has something to run is made anew; one whose containers have all ended keeps
/// its last state, for there is nothing to repair.
pub(super) fn sandbox_lost(
    machine: &mut Machine,
    sandbox: SandboxId,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    effects.push(Effect::RemoveSandbox(sandbox));
    if machine.slots.iter().all(|slot| matches!(slot.run, Run::Ended { .. } | Run::Abandoned)) {
        machine.group.status.sandbox = None;
        machine.group.status.ip = None;
        machine.stage = Stage::Idle;
        return;
    }
    advance::redeploy(machine, ProvisioningState::Repairing, words::INFRASTRUCTURE_ERROR, now);
}

#[cfg(test)]
mod tests;
