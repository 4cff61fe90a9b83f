//! What follows from a group's state alone: what is due is begun, and what users see is added up.
//!
//! Called at the end of every step, so no input has to think of what it makes possible: a container starts
//! because its image, its sandbox and the init containers before it are there, in whatever order they came.

use aci_model::group::ProvisioningState;
use jiff::Timestamp;

use super::machine::{Image, Machine, Run, Slot, Stage};
use super::transition::Effect;
use super::words::{self, Happening};
use super::{ContainerPhase, GroupState, probing};
use crate::runtime::SandboxId;

pub(super) fn advance(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    advance_stage(machine, now, effects);
    pull_what_is_wanted(machine, now, effects);
    start_what_is_due(machine, now, effects);
    settle_provisioning(machine, now, effects);
    probing::advance(machine, now, effects);
    machine.group.status.state = group_state(machine);
}

fn advance_stage(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(sandbox) = machine.group.status.sandbox.clone() else { return };
    match machine.stage {
        Stage::Accepted => {
            begin_provisioning(machine, now);
            if machine.group.status.provisioning_state == ProvisioningState::Pending {
                machine.group.status.provisioning_state = ProvisioningState::Creating;
            }
            create_sandbox(machine, sandbox, effects);
        }
        Stage::SandboxBackOff { until } if until <= now => create_sandbox(machine, sandbox, effects),
        Stage::Draining if !machine.slots.iter().any(|slot| slot.run.is_live()) => {
            machine.stage = Stage::Active;
        }
        _ => {}
    }
}

pub(super) fn create_sandbox(machine: &mut Machine, sandbox: SandboxId, effects: &mut Vec<Effect>) {
    machine.stage = Stage::Sandbox;
    effects.push(Effect::CreateSandbox(sandbox));
}

fn begin_provisioning(machine: &mut Machine, now: Timestamp) {
    machine.provision_by = Some(now + machine.provisioning_timeout());
}

fn pull_what_is_wanted(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    if matches!(machine.stage, Stage::Accepted | Stage::Idle | Stage::Stopped | Stage::Deleted) {
        return;
    }
    for index in 0..machine.slots.len() {
        let is_due = match machine.slots[index].image {
            Image::Wanted => true,
            Image::BackOff { until } => until <= now,
            Image::Pulling { .. } | Image::Present => false,
        };
        if !is_due || matches!(machine.slots[index].run, Run::Ended { .. } | Run::Abandoned) {
            continue;
        }
        let ticket = machine.next_ticket();
        machine.slots[index].image = Image::Pulling { ticket };
        let image = machine.image_of(index).to_owned();
        machine.happened(index, &Happening::Pulling { image: &image }, now);
        let container = machine.status(index).map(|status| status.name.clone()).unwrap_or_default();
        effects.push(Effect::Pull { container, ticket });
    }
}

fn start_what_is_due(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    if machine.stage != Stage::Active {
        return;
    }
    for index in 0..machine.slots.len() {
        if !may_run(machine, index) {
            continue;
        }
        let is_restart = match machine.slots[index].run {
            Run::Waiting => false,
            Run::BackOff { until } if until <= now => true,
            _ => continue,
        };
        let is_told_to_wait = |phase: &ContainerPhase| match phase {
            ContainerPhase::Waiting { detail } => detail == words::WAITING_TO_RUN,
            ContainerPhase::Running { .. } | ContainerPhase::Terminated { .. } => false,
        };
        if machine.status(index).is_some_and(|status| is_told_to_wait(&status.current)) {
            show_creating(machine, index);
        }
        if machine.slots[index].image == Image::Present {
            start(machine, index, is_restart, effects);
        }
    }
}

/// Init containers run one after the other, the containers together after them.
fn may_run(machine: &Machine, index: usize) -> bool {
    let before = index.min(machine.init_count());
    machine.slots[..before].iter().all(|slot| slot.run == Run::Ended { success: true })
}

fn start(machine: &mut Machine, index: usize, is_restart: bool, effects: &mut Vec<Effect>) {
    let attempt = machine.slots[index].starts;
    machine.slots[index].starts = attempt.saturating_add(1);
    machine.slots[index].run = Run::Starting { exit: None };
    let sandbox = machine.group.status.sandbox.clone();
    let Some((sandbox, status)) = sandbox.zip(machine.status_mut(index)) else { return };
    status.attempt = attempt;
    status.restart_count = status.restart_count.saturating_add(u32::from(is_restart));
    effects.push(Effect::StartContainer { sandbox, container: status.name.clone(), attempt });
}

/// Asks a running container to end; `run` says why.
pub(super) fn stop(machine: &mut Machine, index: usize, run: Run, effects: &mut Vec<Effect>) {
    machine.slots[index].run = run;
    let sandbox = machine.group.status.sandbox.clone();
    if let Some((sandbox, status)) = sandbox.zip(machine.status(index)) {
        effects.push(Effect::StopContainer { sandbox, container: status.name.clone() });
    }
}

/// Shows a container that has not started in this deployment as on its way.
pub(super) fn show_creating(machine: &mut Machine, index: usize) {
    if machine.slots[index].run != Run::Waiting {
        return;
    }
    let waits = !may_run(machine, index);
    let detail = if waits { words::WAITING_TO_RUN } else { words::CONTAINER_CREATING };
    machine.set_phase(index, ContainerPhase::Waiting { detail: detail.to_owned() });
}

/// Makes the deployment anew while the containers keep their history; `detail` says what became of those
/// that ran.
pub(super) fn redeploy(machine: &mut Machine, provisioning: ProvisioningState, detail: &str, now: Timestamp) {
    for index in 0..machine.slots.len() {
        let Some(status) = machine.status_mut(index) else { continue };
        if let ContainerPhase::Running { started_at } = status.current {
            status.current = ContainerPhase::Terminated {
                started_at: Some(started_at),
                exit_code: None,
                finished_at: now,
                detail: detail.to_owned(),
            };
        }
        status.attempt = 0;
        machine.slots[index] = Slot::default();
        show_if_waiting(machine, index);
    }
    machine.renew_sandbox();
    machine.stage = Stage::Accepted;
    machine.provision_by = None;
    machine.group.status.provisioning_state = provisioning;
}

/// Ends the containers and starts all of them again in the same sandbox, init containers first.
pub(super) fn restart_in_place(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    machine.stage = Stage::Draining;
    machine.group.status.provisioning_state = ProvisioningState::Updating;
    begin_provisioning(machine, now);
    for index in 0..machine.slots.len() {
        let Slot { run, starts, .. } = machine.slots[index].clone();
        machine.slots[index] = Slot { starts, ..Slot::default() };
        match run {
            Run::Live => stop(machine, index, Run::Stopping, effects),
            Run::Starting { .. } | Run::Stopping => machine.slots[index].run = run,
            Run::Unhealthy => machine.slots[index].run = Run::Stopping,
            Run::Waiting | Run::BackOff { .. } | Run::Ended { .. } | Run::Abandoned => {
                show_if_waiting(machine, index);
            }
        }
    }
}

fn show_if_waiting(machine: &mut Machine, index: usize) {
    let phase = machine.status(index).map(|status| &status.current);
    if matches!(phase, Some(ContainerPhase::Waiting { .. })) {
        show_creating(machine, index);
    }
}

fn settle_provisioning(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(deadline) = machine.provision_by else { return };
    let (inits, containers) = machine.slots.split_at(machine.init_count());
    let init_failed = inits.iter().any(|slot| slot.run == Run::Ended { success: false });
    let is_settled = |slot: &Slot| slot.has_started || matches!(slot.run, Run::Ended { .. });
    let outcome = if init_failed {
        ProvisioningState::Failed
    } else if containers.iter().all(|slot| slot.has_started) {
        ProvisioningState::Succeeded
    } else if containers.iter().all(is_settled) {
        ProvisioningState::Failed
    } else if deadline <= now {
        let seconds = machine.provisioning_timeout().as_secs();
        let happening = Happening::ProvisioningTimedOut { seconds };
        happening.record(&mut machine.group.status.events, now);
        ProvisioningState::Failed
    } else {
        return;
    };
    match outcome {
        ProvisioningState::Failed => fail(machine, effects),
        outcome => {
            machine.provision_by = None;
            machine.group.status.provisioning_state = outcome;
        }
    }
}

/// Ends provisioning without success.
pub(super) fn fail(machine: &mut Machine, effects: &mut Vec<Effect>) {
    machine.provision_by = None;
    give_up(machine, effects);
    machine.group.status.provisioning_state = ProvisioningState::Failed;
}

/// Stops trying what has never succeeded; what runs goes on, as documented for the time-out.
fn give_up(machine: &mut Machine, effects: &mut Vec<Effect>) {
    for slot in machine.slots.iter_mut().filter(|slot| !slot.has_started) {
        if matches!(slot.run, Run::Waiting | Run::BackOff { .. }) {
            slot.run = Run::Abandoned;
        }
    }
    if matches!(machine.stage, Stage::Accepted | Stage::Sandbox | Stage::SandboxBackOff { .. }) {
        machine.stage = Stage::Idle;
        machine.group.status.ip = None;
        effects.extend(machine.group.status.sandbox.take().map(Effect::RemoveSandbox));
    }
}

fn group_state(machine: &Machine) -> GroupState {
    let status = &machine.group.status;
    let (inits, containers) = machine.slots.split_at(machine.init_count());
    let is_live = |slot: &Slot| slot.run.is_live() || matches!(slot.run, Run::BackOff { .. });
    let all_ended = containers.iter().all(|slot| matches!(slot.run, Run::Ended { .. }));
    let succeeded = |slot: &Slot| slot.run == Run::Ended { success: true };
    match &status.provisioning_state {
        _ if machine.stage == Stage::Stopped => GroupState::Stopped,
        ProvisioningState::Repairing => GroupState::Unknown,
        // Recorded as (Updating, Succeeded): the state is the old one until the update is done.
        ProvisioningState::Updating => status.state,
        _ if inits.iter().any(|slot| slot.run == Run::Ended { success: false }) => GroupState::Failed,
        ProvisioningState::Failed if !machine.slots.iter().any(is_live) => GroupState::Failed,
        ProvisioningState::Failed => GroupState::Running,
        _ if all_ended && containers.iter().all(succeeded) => GroupState::Succeeded,
        _ if all_ended => GroupState::Failed,
        _ if containers.iter().all(|slot| slot.has_started) => GroupState::Running,
        _ => GroupState::Pending,
    }
}
