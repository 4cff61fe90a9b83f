//! Instance views: states and events in Azure's words.

use aci_model::group::ContainerGroupProperties;
use aci_model::group::instance_view::{ContainerInstanceView, ContainerState, Event, GroupInstanceView};

use super::times;
use crate::group::{ContainerPhase, ContainerStatus, EventRecord, Group, GroupState, GroupStatus};

/// The view of a group.
pub(super) fn group(status: &GroupStatus) -> GroupInstanceView {
    let state = match status.state {
        GroupState::Pending => "Pending",
        GroupState::Running => "Running",
        GroupState::Succeeded => "Succeeded",
        GroupState::Failed => "Failed",
        GroupState::Stopped => "Stopped",
        GroupState::Unknown => "Unknown",
    };
    GroupInstanceView { events: Some(events(&status.events)), state: Some(state.to_owned()) }
}

/// Puts the views of the containers into their properties.
pub(super) fn containers(properties: &mut ContainerGroupProperties, group: &Group) {
    for container in properties.containers.iter_mut().flatten() {
        let view = find(&group.status.containers, container.name.as_deref());
        if let Some(properties) = &mut container.properties {
            properties.instance_view = view;
        }
    }
    for container in properties.init_containers.iter_mut().flatten() {
        let view = find(&group.status.init_containers, container.name.as_deref());
        if let Some(properties) = &mut container.properties {
            properties.instance_view = view;
        }
    }
}

/// The events of all containers in one list, init containers excluded (recorded).
pub(super) fn all_events(status: &GroupStatus) -> Vec<Event> {
    status.containers.iter().flat_map(|container| events(&container.events)).collect()
}

fn find(statuses: &[ContainerStatus], name: Option<&str>) -> Option<ContainerInstanceView> {
    let status = statuses.iter().find(|status| Some(status.name.as_str()) == name)?;
    // The answer to a PUT has no view of a container: nothing has happened to it.
    let untouched = matches!(status.current, ContainerPhase::Waiting { .. })
        && status.events.is_empty()
        && status.previous.is_none();
    (!untouched).then(|| view(status))
}

fn view(status: &ContainerStatus) -> ContainerInstanceView {
    ContainerInstanceView {
        restart_count: Some(i32::try_from(status.restart_count).unwrap_or(i32::MAX)),
        current_state: Some(state(&status.current)),
        previous_state: status.previous.as_ref().map(state),
        events: (!status.events.is_empty()).then(|| events(&status.events)),
    }
}

fn state(phase: &ContainerPhase) -> ContainerState {
    match phase {
        ContainerPhase::Waiting { detail } => ContainerState {
            state: Some("Waiting".to_owned()),
            detail_status: Some(detail.clone()),
            ..ContainerState::default()
        },
        ContainerPhase::Running { started_at } => ContainerState {
            state: Some("Running".to_owned()),
            start_time: Some(times::milliseconds(*started_at)),
            detail_status: Some(String::new()),
            ..ContainerState::default()
        },
        ContainerPhase::Terminated { started_at, exit_code, finished_at, detail } => {
            // A container stopped on request has no exit code, and seven digits in its time.
            let precision = if exit_code.is_some() { times::milliseconds } else { times::seven_digits };
            ContainerState {
                state: Some("Terminated".to_owned()),
                start_time: started_at.map(times::milliseconds),
                exit_code: *exit_code,
                finish_time: Some(precision(*finished_at)),
                detail_status: Some(detail.clone()),
            }
        }
    }
}

fn events(records: &[EventRecord]) -> Vec<Event> {
    let event = |record: &EventRecord| Event {
        count: Some(i32::try_from(record.count).unwrap_or(i32::MAX)),
        first_timestamp: Some(times::seconds(record.first)),
        last_timestamp: Some(times::seconds(record.last)),
        name: Some(record.name.clone()),
        message: Some(record.told_since.as_ref().unwrap_or(&record.message).clone()),
        kind: Some(if record.warning { "Warning" } else { "Normal" }.to_owned()),
    };
    records.iter().map(event).collect()
}
