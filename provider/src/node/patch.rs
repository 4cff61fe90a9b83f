//! What to change on a node that is there already: our own labels, taint and status, nobody else's.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{self as core, Node, NodeStatus};
use serde_json::{Value, json};

use super::NodeSettings;
use super::object::{TYPE_LABEL, taint};

/// Whether a node was made by a virtual kubelet, so that taking it over takes it from no machine.
pub(super) fn is_virtual(node: &Node) -> bool {
    let (key, value) = TYPE_LABEL;
    node.metadata.labels.as_ref().and_then(|labels| labels.get(key)).is_some_and(|found| found == value)
}

/// The strategic merge patch that makes an existing node ours; `None` where it is already.
///
/// Foreign labels, annotations and `spec.unschedulable` are not in it and so stay. Taints are one atomic list
/// (`+listType=atomic` of `NodeSpec.taints`): foreign ones are sent along, with the version that they were
/// read at, so that one added in the meantime is a conflict and not lost.
pub(super) fn adoption(existing: &Node, desired: &Node, settings: &NodeSettings) -> Option<Value> {
    let none = BTreeMap::new();
    let has = existing.metadata.labels.as_ref().unwrap_or(&none);
    let wants = desired.metadata.labels.as_ref().unwrap_or(&none);
    let labels: BTreeMap<_, _> = wants.iter().filter(|(key, value)| has.get(*key) != Some(value)).collect();
    let taints = taints(existing, settings);
    if labels.is_empty() && taints.is_none() {
        return None;
    }
    let mut patch = json!({});
    if !labels.is_empty() {
        patch["metadata"] = json!({ "labels": labels });
    }
    if let Some(taints) = taints {
        patch["spec"] = json!({ "taints": taints });
        patch["metadata"]["resourceVersion"] = json!(existing.metadata.resource_version);
    }
    Some(patch)
}

/// The whole list of taints with ours as it should be; `None` where it is already.
fn taints(existing: &Node, settings: &NodeSettings) -> Option<Vec<core::Taint>> {
    let found = existing.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let foreign = found.iter().filter(|it| settings.taints().all(|ours| ours.key != it.key)).cloned();
    let desired: Vec<_> = foreign.chain(settings.taints().filter(|it| it.enabled).map(taint)).collect();
    let same = desired.len() == found.len() && desired.iter().all(|taint| found.contains(taint));
    (!same).then_some(desired)
}

/// The strategic merge patch of the status: conditions merge by type, so those of others stay.
///
/// Addresses are replaced as a whole, as the kubelet does: they too would merge by type, and an address that
/// is no longer ours would stay (component-helpers' `fixupPatchForNodeStatusAddresses`).
pub(super) fn status(status: &NodeStatus) -> Value {
    let mut patch = json!({ "status": status });
    if let Some(addresses) = patch["status"]["addresses"].as_array_mut() {
        addresses.insert(0, json!({ "$patch": "replace" }));
    }
    patch
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::object::tests::settings;
    use super::super::object::{self, node_object};
    use super::super::readiness::Readiness;
    use super::*;

    fn ours() -> Node {
        node_object(&settings(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_node_that_is_ours_already_is_not_patched() {
        let mut existing = ours();
        existing.metadata.labels.as_mut().unwrap().insert("team".to_owned(), "blue".to_owned());
        existing.spec.as_mut().unwrap().unschedulable = Some(true);
        existing.spec.as_mut().unwrap().taints.as_mut().unwrap().push(foreign());
        assert_eq!(adoption(&existing, &ours(), &settings()), None);
    }

    fn foreign() -> core::Taint {
        core::Taint {
            key: "node.kubernetes.io/unschedulable".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..core::Taint::default()
        }
    }

    #[test]
    fn only_what_differs_is_patched_and_foreign_taints_are_sent_along() {
        let mut existing = ours();
        existing.metadata.resource_version = Some("41".to_owned());
        existing.metadata.labels.as_mut().unwrap().remove("kubernetes.io/role");
        existing.spec.as_mut().unwrap().taints = Some(vec![foreign()]);
        assert_eq!(
            adoption(&existing, &ours(), &settings()).unwrap(),
            json!({
                "metadata": { "labels": { "kubernetes.io/role": "agent" }, "resourceVersion": "41" },
                "spec": { "taints": [
                    { "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" },
                    { "key": "virtual-kubelet.io/provider", "value": "azure", "effect": "NoSchedule" },
                ] },
            })
        );
    }

    #[test]
    fn a_taint_that_was_switched_off_is_taken_away_and_foreign_ones_stay() {
        let mut settings = settings();
        settings.taint.enabled = false;
        let desired = node_object(&settings, Timestamp::UNIX_EPOCH);
        let mut existing = ours();
        existing.spec.as_mut().unwrap().taints.as_mut().unwrap().push(foreign());
        let patch = adoption(&existing, &desired, &settings).unwrap();
        assert_eq!(
            patch["spec"],
            json!({ "taints": [{ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }] })
        );
    }

    #[test]
    fn a_machine_s_node_is_not_mistaken_for_a_virtual_one() {
        assert!(is_virtual(&ours()));
        assert!(!is_virtual(&Node::default()));
    }

    #[test]
    fn the_status_patch_replaces_addresses_and_merges_conditions() {
        let desired = object::status(&settings(), &Readiness::Ready, &[], Timestamp::UNIX_EPOCH);
        let patch = status(&desired);
        assert_eq!(
            patch["status"]["addresses"],
            json!([
                { "$patch": "replace" },
                { "type": "InternalIP", "address": "10.244.0.7" },
                { "type": "Hostname", "address": "virtual-node-aci-linux" },
            ])
        );
        assert_eq!(patch["status"]["conditions"][0]["reason"], "KubeletReady");
        assert_eq!(patch["metadata"], Value::Null);
    }
}
