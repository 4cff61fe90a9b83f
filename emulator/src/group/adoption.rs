//! After a restart of the emulator: what was found on the engine against what the store remembers.
//!
//! The store is written before an effect begins, so the engine can be behind it (the effect never happened)
//! or ahead of it (containers ended meanwhile), and both are told apart by the attempt.

use jiff::Timestamp;

use super::machine::{Image, Machine, Run, Stage};
use super::transition::{self, Effect};
use super::{ContainerPhase, advance, words};
use crate::log_analytics::record::diagnostics;
use crate::runtime::{Exit, FoundContainer, FoundSandbox};

pub(super) fn reconcile(
    machine: &mut Machine,
    found: Option<FoundSandbox>,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    let Some(sandbox) = machine.group.status.sandbox.clone() else { return };
    // The pulls ended with the process that waited for them.
    for slot in machine.slots.iter_mut().filter(|slot| matches!(slot.image, Image::Pulling { .. })) {
        slot.image = Image::Wanted;
    }
    match (machine.stage, found) {
        (Stage::Sandbox | Stage::Draining | Stage::Active, Some(found)) if !found.alive => {
            transition::sandbox_lost(machine, sandbox, now, effects);
        }
        (Stage::Draining | Stage::Active, None) => {
            transition::sandbox_lost(machine, sandbox, now, effects);
        }
        (Stage::Draining | Stage::Active, Some(found)) => {
            machine.group.status.ip = found.ip;
            if machine.group.spec.identity.is_some() {
                effects.push(Effect::ServeMetadata(sandbox));
            }
            deliver_again(machine, &found, effects);
            for index in 0..machine.slots.len() {
                let name = machine.status(index).map(|status| status.name.as_str());
                let container = found.containers.iter().find(|one| Some(one.name.as_str()) == name);
                reconcile_container(machine, index, container, now, effects);
            }
        }
        // Making a sandbox that is there already succeeds and tells its address.
        (Stage::Sandbox, _) => advance::create_sandbox(machine, sandbox, effects),
        _ => {}
    }
}

/// Lines that came while nobody delivered them, also of containers that have ended since.
fn deliver_again(machine: &Machine, found: &FoundSandbox, effects: &mut Vec<Effect>) {
    if diagnostics(&machine.group).is_none() {
        return;
    }
    for FoundContainer { name, attempt, .. } in &found.containers {
        let (sandbox, container) = (found.id.clone(), name.clone());
        effects.push(Effect::DeliverLines { sandbox, container, attempt: *attempt });
    }
}

fn reconcile_container(
    machine: &mut Machine,
    index: usize,
    found: Option<&FoundContainer>,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    let run = machine.slots[index].run;
    if !run.is_live() {
        return;
    }
    let latest = machine.slots[index].starts.saturating_sub(1);
    let of_latest = found.filter(|container| container.attempt >= latest && container.started_at.is_some());
    let Some((container, started_at)) = of_latest.and_then(|one| Some((one, one.started_at?))) else {
        match run {
            Run::Starting { .. } => start_again(machine, index, latest, effects),
            _ => vanished(machine, index, now),
        }
        return;
    };
    machine.slots[index].starts = container.attempt.saturating_add(1);
    if let Some(status) = machine.status_mut(index) {
        status.attempt = container.attempt;
    }
    match (run, container.exit) {
        (Run::Starting { .. }, exit) => transition::started(machine, index, started_at, exit, now, effects),
        (_, Some(exit)) => transition::exited(machine, index, exit, now),
        (Run::Stopping | Run::Unhealthy, None) => advance::stop(machine, index, run, effects),
        (_, None) => machine.set_phase(index, ContainerPhase::Running { started_at }),
    }
}

fn start_again(machine: &mut Machine, index: usize, attempt: u32, effects: &mut Vec<Effect>) {
    let sandbox = machine.group.status.sandbox.clone();
    if let Some((sandbox, status)) = sandbox.zip(machine.status(index)) {
        effects.push(Effect::StartContainer { sandbox, container: status.name.clone(), attempt });
    }
}

/// Somebody removed the container while nobody looked.
fn vanished(machine: &mut Machine, index: usize, now: Timestamp) {
    let exit = Exit { code: words::KILLED_CODE, oom_killed: false, finished_at: now };
    transition::exited(machine, index, exit, now);
}
