//! The probes of a group's running containers: begun and forgotten with each attempt, counted, acted upon.

use aci_model::group::probe::ContainerProbe;
use jiff::Timestamp;

use super::ContainerPhase;
use super::advance;
use super::machine::{Machine, Run, Stage};
use super::probe::{ProbeKind, Schedule, Verdict};
use super::transition::Effect;
use super::words::Happening;
use crate::runtime::ProbeOutcome;

/// What is known about health at the moment. The kubelet forgets it with its process, and so does the store:
/// a result would otherwise cost a write to the disk, every second for every probe.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Probes {
    watched: Vec<Watched>,
    /// Numbers the runs, so that a late result is told from the present one.
    runs: u64,
}

/// A probe of one attempt of a container.
#[derive(Clone, Debug, PartialEq)]
struct Watched {
    slot: usize,
    attempt: u32,
    kind: ProbeKind,
    schedule: Schedule,
}

impl Machine {
    /// The attempt of a container that probes may ask, and since when it runs.
    fn healthy_run(&self, slot: usize) -> Option<(u32, Timestamp)> {
        let runs = self.stage == Stage::Active && self.slots.get(slot)?.run == Run::Live;
        match self.status(slot)?.current {
            ContainerPhase::Running { started_at } if runs => {
                Some((self.slots[slot].starts.saturating_sub(1), started_at))
            }
            _ => None,
        }
    }

    fn probe_of(&self, slot: usize, kind: ProbeKind) -> Option<&ContainerProbe> {
        let index = slot.checked_sub(self.init_count())?;
        let container = self.properties()?.containers.as_ref()?.get(index)?.properties.as_ref()?;
        match kind {
            ProbeKind::Liveness => container.liveness_probe.as_ref(),
            ProbeKind::Readiness => container.readiness_probe.as_ref(),
        }
    }

    fn is_current(&self, watched: &Watched) -> bool {
        self.healthy_run(watched.slot).is_some_and(|(attempt, _)| attempt == watched.attempt)
    }

    /// When the next probe begins.
    pub(super) fn next_probe(&self) -> Option<Timestamp> {
        let current = self.probes.watched.iter().filter(|watched| self.is_current(watched));
        current.filter_map(|watched| watched.schedule.due()).min()
    }
}

/// Forgets the probes of attempts that are over, takes up those of attempts that have begun, and begins the
/// runs that are due.
pub(super) fn advance(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) {
    let mut probes = std::mem::take(&mut machine.probes);
    probes.watched.retain(|watched| machine.is_current(watched));
    for slot in machine.init_count()..machine.slots.len() {
        let Some((attempt, started)) = machine.healthy_run(slot) else { continue };
        if probes.watched.iter().any(|watched| watched.slot == slot) {
            continue;
        }
        for kind in [ProbeKind::Liveness, ProbeKind::Readiness] {
            if let Some(probe) = machine.probe_of(slot, kind) {
                let schedule = Schedule::new(probe, started);
                probes.watched.push(Watched { slot, attempt, kind, schedule });
            }
        }
    }
    for watched in &mut probes.watched {
        let is_due = watched.schedule.due().is_some_and(|at| at <= now);
        let place = machine.group.status.sandbox.clone().zip(machine.status(watched.slot));
        let Some((sandbox, status)) = place.filter(|_| is_due) else { continue };
        probes.runs += 1;
        watched.schedule.begin(probes.runs, now);
        let Watched { attempt, kind, .. } = *watched;
        let (container, run) = (status.name.clone(), probes.runs);
        effects.push(Effect::RunProbe { sandbox, container, attempt, kind, run });
    }
    machine.probes = probes;
}

/// Takes the result of a run into account; `None` where the engine could not ask.
pub(super) fn ended(
    machine: &mut Machine,
    slot: usize,
    kind: ProbeKind,
    run: u64,
    outcome: Option<&ProbeOutcome>,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    let success = outcome.map(|outcome| *outcome == ProbeOutcome::Success);
    let mut watched = machine.probes.watched.iter_mut();
    let Some(watched) = watched.find(|watched| watched.slot == slot && watched.kind == kind) else { return };
    let Some(verdict) = watched.schedule.end(run, success, now) else { return };
    let kills = kind == ProbeKind::Liveness && verdict == Verdict::Unwell;
    if kills {
        watched.schedule.stop();
    }
    if let Some(ProbeOutcome::Failure(detail)) = outcome {
        machine.happened(slot, &Happening::ProbeFailed { kind, detail }, now);
    }
    if kills {
        let container = machine.status(slot).map(|status| status.name.clone()).unwrap_or_default();
        machine.happened(slot, &Happening::KilledUnhealthy { container: &container }, now);
        advance::stop(machine, slot, Run::Unhealthy, effects);
    }
}
