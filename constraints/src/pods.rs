//! What a pod on a virtual node meets: limits of the AKS add-on, answers of Azure, ends of containers.
//!
//! Each manifest is `e2e/data/constraints/<id>.yaml`, and [`expectations`] says what its pod comes to tell; both are
//! data, so that the tests on a cluster share no code with what they test.

use aci_provider::profile::Profile;
use serde_json::{Value, json};

use crate::body::{self, Body};
use crate::recipe::{Kubectl, Step, Verb};
use crate::says::Seen;
use crate::{Area, Constraint, Recipe, Says, catalogue};

mod add_on;
mod answers;
mod containers;

pub(crate) use add_on::CONSTRAINTS as ADD_ON;
pub(crate) use answers::CONSTRAINTS as ANSWERS;
pub(crate) use containers::CONSTRAINTS as CONTAINERS;

/// The event of a pod whose group is refused, here or by Azure.
const CREATE_FAILED: &str = "ProviderCreateFailed";
/// What such a pod's status says.
const PROVIDER_FAILED: &[Seen] = &[
    Seen { at: "/phase", is: "Pending" },
    Seen { at: "/reason", is: "ProviderFailed" },
    Seen { at: "/containerStatuses/*/state/waiting/reason", is: "ProviderFailed" },
];
/// Where failures are asked for.
const FAULTS: &str = "/_emulator/faults";
/// Removes them.
const NO_FAULTS: &[Step] = &[Step::emulator(Verb::Delete, FAULTS, || body::json(json!({})))];

/// A constraint that a pod of its name meets.
const fn of(
    id: &'static str,
    says: Says,
    why: &'static str,
    way_out: &'static str,
    recipe: Recipe,
) -> Constraint {
    Constraint { id, area: Area::Pods, says, why, way_out, recipe }
}

/// What a pod tells by an event and comes to show in its status, under the profile `modern`.
const fn shown(reason: &'static str, message: &'static str, status: &'static [Seen]) -> Kubectl {
    Kubectl { profile: Profile::Modern, command: None, reason, message, status }
}

/// Something that befalls the pod, its group or its containers.
fn befalls(pod: &str, fault: Value) -> Body {
    body::json(json!({ "match": { "name": format!("*-{pod}-*") }, "fault": fault }))
}

/// The same, befalling nothing but the PUT of the pod's group.
fn answers(pod: &str, fault: Value) -> Body {
    befalls(pod, fault).with("/match/operation", json!("Microsoft.ContainerInstance/containerGroups/write"))
}

/// What tests expect of all recipes with pods.
pub fn expectations() -> Value {
    let of_pods = catalogue().filter_map(|it| it.recipe.kubectl.map(|kubectl| (it, kubectl)));
    let all = of_pods.map(|(constraint, kubectl)| {
        let Kubectl { profile, command, reason, message, status } = kubectl;
        let steps: Vec<_> = constraint.recipe.before.iter().map(step).collect();
        let status: Vec<_> = status.iter().map(|seen| json!({ "at": seen.at, "is": seen.is })).collect();
        json!({
            "id": constraint.id,
            "profile": profile.as_str(),
            "before": steps,
            "command": command,
            "reason": reason,
            "message": message,
            "status": status,
        })
    });
    Value::Array(all.collect())
}

fn step(step: &Step) -> Value {
    json!({
        "method": step.method.method().as_str(),
        "uri": step.uri(),
        "body": step.body.map(|body| body().0),
    })
}
