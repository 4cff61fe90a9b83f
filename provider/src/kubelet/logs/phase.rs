//! Where a container stands, as far as its log is concerned.

use aci_model::group::container::{Container, InitContainer};
use aci_model::group::instance_view::ContainerInstanceView;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, ProvisioningState, RestartPolicy};

/// Whether a container has a log, and whether it will have more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Never started: there is no log.
    Waiting,
    /// Runs, or will run again.
    Alive,
    /// Will not run again.
    Ended,
}

/// The phase of a container; a group that ARM does not know is still to be made.
pub(super) fn of(group: Option<&ContainerGroup>, container: &str) -> Phase {
    let Some(properties) = group.and_then(|group| group.properties.as_ref()) else { return Phase::Waiting };
    let (view, policy) = view(properties, container);
    let current = view.and_then(|view| view.current_state.as_ref());
    let ran = view.is_some_and(|view| view.previous_state.is_some() || view.restart_count.unwrap_or(0) > 0);
    let phase = match current.and_then(|state| state.state.as_deref()) {
        Some("Running") => Phase::Alive,
        Some("Terminated") => match policy {
            RestartPolicy::Never => Phase::Ended,
            RestartPolicy::OnFailure if current.and_then(|state| state.exit_code) == Some(0) => Phase::Ended,
            _ => Phase::Alive,
        },
        _ if ran => Phase::Alive,
        _ => Phase::Waiting,
    };
    match phase {
        Phase::Alive if is_over(properties) => Phase::Ended,
        phase => phase,
    }
}

fn is_over(properties: &ContainerGroupProperties) -> bool {
    let state = properties.instance_view.as_ref().and_then(|view| view.state.as_deref());
    let provisioning = properties.provisioning_state.as_ref();
    matches!(state, Some("Succeeded" | "Failed" | "Stopped"))
        || matches!(provisioning, Some(ProvisioningState::Failed | ProvisioningState::Deleting))
}

/// A container's view and the policy that holds for it: an init container that ended well is done.
fn view<'a>(
    properties: &'a ContainerGroupProperties,
    name: &str,
) -> (Option<&'a ContainerInstanceView>, RestartPolicy) {
    let policy = properties.restart_policy.clone().unwrap_or(RestartPolicy::Always);
    let named = |container: &&Container| container.name.as_deref() == Some(name);
    if let Some(container) = properties.containers.iter().flatten().find(named) {
        let view = container.properties.as_ref().and_then(|properties| properties.instance_view.as_ref());
        return (view, policy);
    }
    let named = |container: &&InitContainer| container.name.as_deref() == Some(name);
    let init = properties.init_containers.iter().flatten().find(named);
    let view = init.and_then(|init| init.properties.as_ref()?.instance_view.as_ref());
    (view, if policy == RestartPolicy::Never { policy } else { RestartPolicy::OnFailure })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn phase(policy: &str, group_state: &str, view: Value) -> Phase {
        let group = json!({ "properties": {
            "restartPolicy": policy,
            "provisioningState": "Succeeded",
            "instanceView": { "events": [], "state": group_state },
            "containers": [{ "name": "c", "properties": { "instanceView": view } }],
        }});
        of(Some(&serde_json::from_value(group).unwrap()), "c")
    }

    #[test]
    fn a_container_is_judged_by_its_state_and_restart_policy() {
        let running = json!({ "currentState": { "state": "Running" } });
        let failed = json!({ "currentState": { "state": "Terminated", "exitCode": 3 } });
        let done = json!({ "currentState": { "state": "Terminated", "exitCode": 0 } });
        let new = json!({ "currentState": { "state": "Waiting" } });
        let again = json!({ "restartCount": 2, "currentState": { "state": "Waiting" } });
        for (policy, group, view, expected) in [
            ("Always", "Running", &running, Phase::Alive),
            ("Always", "Running", &failed, Phase::Alive),
            ("Always", "Stopped", &failed, Phase::Ended),
            ("OnFailure", "Running", &failed, Phase::Alive),
            ("OnFailure", "Running", &done, Phase::Ended),
            ("Never", "Running", &failed, Phase::Ended),
            ("Always", "Running", &again, Phase::Alive),
            ("Always", "Pending", &new, Phase::Waiting),
            ("Always", "Pending", &Value::Null, Phase::Waiting),
        ] {
            assert_eq!(phase(policy, group, view.clone()), expected, "{policy} {group} {view}");
        }
    }

    #[test]
    fn a_group_that_is_not_there_yet_is_waited_for() {
        assert_eq!(of(None, "c"), Phase::Waiting);
    }
}
