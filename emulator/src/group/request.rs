//! What clients ask of a group, and when they are refused.

use std::sync::Arc;

use aci_model::group::{ContainerGroup, ProvisioningState};
use aci_model::{ApiVersion, ResourceId};
use indexmap::IndexMap;
use jiff::Timestamp;
use uuid::Uuid;

use super::machine::{Machine, Run, Stage};
use super::transition::Effect;
use super::words;
use super::{ContainerPhase, GroupState, advance, plan};

/// What a client asks of a group that exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Replace it (PUT).
    Replace {
        /// The accepted request.
        spec: Box<ContainerGroup>,
        /// Its api-version.
        version: ApiVersion,
        /// The operation, should there be one.
        operation: Uuid,
    },
    /// Replace the tags (PATCH).
    SetTags(IndexMap<String, String>),
    /// Start it.
    Start {
        /// The operation, should there be one.
        operation: Uuid,
    },
    /// Stop it.
    Stop,
    /// Restart its containers.
    Restart {
        /// The operation, should there be one.
        operation: Uuid,
    },
    /// Delete it.
    Delete,
    /// Leave its standby pool and become a client's group; legal while all of it runs.
    Draw(Box<Drawing>),
}

/// What a group that leaves its standby pool becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Its id from now on.
    pub id: ResourceId,
    /// The request that it is of from now on.
    pub spec: ContainerGroup,
    /// Its api-version.
    pub version: ApiVersion,
    /// The operation, which is over at once (recorded).
    pub operation: Uuid,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepted; the operation tells how it goes.
    UnderWay(Uuid),
    /// Done.
    Done,
    /// There was nothing to do.
    NothingToDo,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An operation is under way.
    Transitioning,
    /// The group is stopped.
    Stopped,
}

/// Applies a request or refuses it; a refused one changes nothing.
///
/// # Errors
/// [`Refusal::Transitioning`] for a replacement or restart while an operation is under way (stop, start and
/// delete were accepted then in recordings), and for a drawing unless the group runs; [`Refusal::Stopped`] for a restart of a stopped group.
pub fn request(
    machine: &mut Machine,
    request: Request,
    now: Timestamp,
) -> Result<(Answer, Vec<Effect>), Refusal> {
    let mut effects = Vec::new();
    let answer = match request {
        Request::Replace { .. } if machine.in_transition() => return Err(Refusal::Transitioning),
        Request::Replace { spec, version, operation } => {
            replace(machine, *spec, version, operation, now, &mut effects)
        }
        Request::SetTags(tags) => {
            Arc::make_mut(&mut machine.group.spec).tags = Some(tags);
            Answer::Done
        }
        Request::Start { .. } if !is_at_an_end(machine) => Answer::NothingToDo,
        Request::Start { operation } => {
            deploy_keeping_events(machine, &mut effects);
            machine.group.status.operation = Some(operation);
            Answer::UnderWay(operation)
        }
        Request::Stop => stop(machine, now, &mut effects),
        Request::Restart { .. } if machine.stage == Stage::Stopped => return Err(Refusal::Stopped),
        Request::Restart { .. } if machine.in_transition() => return Err(Refusal::Transitioning),
        Request::Restart { operation } => {
            if machine.stage == Stage::Active {
                advance::restart_in_place(machine, now, &mut effects);
                advance::advance(machine, now, &mut effects);
            } else {
                deploy_keeping_events(machine, &mut effects);
            }
            machine.group.status.operation = Some(operation);
            Answer::UnderWay(operation)
        }
        Request::Draw(_) if machine.in_transition() || machine.group.status.state != GroupState::Running => {
            return Err(Refusal::Transitioning);
        }
        Request::Draw(drawing) => draw(machine, *drawing, &mut effects),
        Request::Delete => {
            effects.extend(machine.group.status.sandbox.clone().map(Effect::RemoveSandbox));
            machine.stage = Stage::Deleted;
            Answer::Done
        }
    };
    Ok((answer, effects))
}

/// Whether nothing of the group runs or will.
fn is_at_an_end(machine: &Machine) -> bool {
    let status = &machine.group.status;
    !machine.in_transition()
        && (matches!(status.state, GroupState::Succeeded | GroupState::Failed | GroupState::Stopped)
            || status.provisioning_state == ProvisioningState::Failed)
}

/// A terminated, failed or stopped group is deployed anew, a running one is changed in place where its
/// sandbox can stay (documented), and the request that is in force already changes nothing (recorded).
fn replace(
    machine: &mut Machine,
    spec: ContainerGroup,
    version: ApiVersion,
    operation: Uuid,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) -> Answer {
    let anew = is_at_an_end(machine);
    if !anew && *machine.group.spec == spec {
        return Answer::NothingToDo;
    }
    let before = machine.group.clone();
    machine.group.spec = Arc::new(spec);
    machine.group.written_with = version;
    machine.group.status.operation = Some(operation);
    let kept = plan::same_sandbox(&before, &machine.group) && machine.stage == Stage::Active;
    if !anew && kept && !plan::config_maps(&before).eq(plan::config_maps(&machine.group)) {
        effects.extend(machine.group.status.sandbox.clone().map(Effect::WriteConfigMaps));
    }
    if !anew
        && same_but_config_maps(&before.spec, &machine.group.spec)
        && (kept || before.spec == machine.group.spec)
    {
        return Answer::UnderWay(operation);
    }
    let same_names = Machine::names(&before.spec) == Machine::names(&machine.group.spec);
    if !anew && same_names && kept {
        advance::restart_in_place(machine, now, effects);
        advance::advance(machine, now, effects);
    } else {
        deploy_anew(machine, effects);
        machine.group.status.events.clear();
    }
    Answer::UnderWay(operation)
}

/// Nothing restarts, and the address stays: only whose the group is changes, and its config maps (recorded, DOC).
fn draw(machine: &mut Machine, drawing: Drawing, effects: &mut Vec<Effect>) -> Answer {
    let Drawing { id, spec, version, operation } = drawing;
    let before = machine.group.clone();
    let group = &mut machine.group;
    (group.id, group.spec, group.written_with) = (id, Arc::new(spec), version);
    (group.status.operation, group.status.drawn_by) = (Some(operation), Some(operation));
    if !plan::config_maps(&before).eq(plan::config_maps(&machine.group)) {
        effects.extend(machine.group.status.sandbox.clone().map(Effect::WriteConfigMaps));
    }
    Answer::UnderWay(operation)
}

/// Whether two versions of a group differ in nothing that its containers must be restarted for: tags, and config maps,
/// which are changed under them (DOC: "Config maps for Azure Container Instances").
fn same_but_config_maps(before: &ContainerGroup, after: &ContainerGroup) -> bool {
    let rest = |spec: &ContainerGroup| {
        let mut properties = spec.properties.clone().unwrap_or_default();
        let containers = properties.containers.iter_mut().flatten();
        containers.filter_map(|container| container.properties.as_mut()).for_each(|it| it.config_map = None);
        (properties, spec.identity.clone())
    };
    rest(before) == rest(after)
}

fn deploy_anew(machine: &mut Machine, effects: &mut Vec<Effect>) {
    effects.extend(machine.group.status.sandbox.take().map(Effect::RemoveSandbox));
    machine.renew_containers();
    machine.renew_sandbox();
    machine.stage = Stage::Accepted;
    machine.provision_by = None;
    machine.group.status.provisioning_state = ProvisioningState::Pending;
    machine.group.status.state = GroupState::Pending;
}

/// A start is like a new deployment whose events follow the earlier ones (recorded).
fn deploy_keeping_events(machine: &mut Machine, effects: &mut Vec<Effect>) {
    let events = |machine: &mut Machine, index| {
        machine.status_mut(index).map(|status| std::mem::take(&mut status.events)).unwrap_or_default()
    };
    let history: Vec<_> = (0..machine.slots.len()).map(|index| events(machine, index)).collect();
    deploy_anew(machine, effects);
    for (index, events) in history.into_iter().enumerate() {
        if let Some(status) = machine.status_mut(index) {
            status.events = events;
        }
    }
}

/// A group whose containers have all ended stays as it is (documented), and so does a stopped one.
fn stop(machine: &mut Machine, now: Timestamp, effects: &mut Vec<Effect>) -> Answer {
    let status = &machine.group.status;
    let has_ended = matches!(status.state, GroupState::Succeeded | GroupState::Failed)
        && status.provisioning_state == ProvisioningState::Succeeded;
    if machine.stage == Stage::Stopped || has_ended {
        return Answer::NothingToDo;
    }
    effects.extend(machine.group.status.sandbox.take().map(Effect::RemoveSandbox));
    machine.stage = Stage::Stopped;
    machine.provision_by = None;
    machine.group.status.ip = None;
    machine.group.status.state = GroupState::Stopped;
    machine.group.status.provisioning_state = ProvisioningState::Succeeded;
    for index in 0..machine.slots.len() {
        machine.slots[index].run = Run::Abandoned;
        let Some(status) = machine.status_mut(index) else { continue };
        if matches!(status.current, ContainerPhase::Terminated { .. }) {
            continue;
        }
        let stopped = ContainerPhase::Terminated {
            started_at: None,
            exit_code: None,
            finished_at: now,
            detail: words::STOPPED_BY_CLIENT.to_owned(),
        };
        status.previous = Some(std::mem::replace(&mut status.current, stopped));
    }
    Answer::Done
}
