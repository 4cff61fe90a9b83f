//! The constraints of the AKS add-on, each by the smallest pod that meets it, under both profiles.

use std::path::Path;

use aci_provider::profile::{CONSTRAINTS, Met, Profile, ProfileConstraint};
use aci_provider::translate::{Inputs, Refusal, Settings, Untranslatable, pod_to_group};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use crate::support::builders::settings;

/// What ACI itself cannot do either.
const REFUSED_BY_BOTH: [&str; 6] = [
    "aks-csi-driver",
    "aks-gpu",
    "aks-host-aliases",
    "aks-host-namespaces",
    "aks-privileged",
    "aks-volume-kind",
];

/// The pod of a manifest; that of a workload as its controller makes it.
pub(crate) fn pod_of(id: &str) -> Pod {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../e2e/data/constraints/{id}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{id}: {error}"));
    let documents = text.split("\n---\n").map(|text| serde_saphyr::from_str::<Value>(text).unwrap());
    let mut pod = documents.last().unwrap();
    if pod["kind"] != "Pod" {
        let owner = json!({"apiVersion": "apps/v1", "kind": pod["kind"], "name": id, "uid": "o"});
        pod = pod["spec"]["template"].take();
        pod["metadata"]["name"] = json!(id);
        pod["metadata"]["ownerReferences"] = json!([owner]);
    }
    pod["metadata"]["namespace"] = json!("default");
    pod["metadata"]["uid"] = json!(format!("uid-{id}"));
    serde_json::from_value(pod).unwrap()
}

fn refusal(id: &str, profile: Profile) -> Option<Untranslatable> {
    let settings = Settings { profile, ..settings() };
    match pod_to_group(&pod_of(id), &Inputs::default(), &settings) {
        Err(Refusal::Untranslatable(refusal)) => Some(refusal),
        Ok(_) | Err(Refusal::Missing(_)) => None,
    }
}

/// The constraints that pods meet.
fn of_pods() -> impl Iterator<Item = &'static ProfileConstraint> {
    CONSTRAINTS.iter().filter(|constraint| matches!(constraint.met, Met::Pod(_)))
}

/// Whether `text` is `words` with something for what is in braces.
fn fits(words: &str, text: &str) -> bool {
    let mut rest = text;
    words.split('{').enumerate().all(|(i, part)| {
        let part = if i == 0 { part } else { part.split_once('}').unwrap().1 };
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        i > 0 || at == 0
    })
}

#[test]
fn every_constraint_refuses_its_pod_in_its_words_under_the_add_on_s_profile() {
    for ProfileConstraint { id, words, way_out, .. } in of_pods() {
        let refusal = refusal(id, Profile::AksAddon).unwrap_or_else(|| panic!("{id} is let through"));
        assert!(fits(words.trim_end_matches('.'), &refusal.reason), "{id}: {refusal}");
        assert_eq!(refusal.remedy, *way_out, "{id}");
        assert!(!refusal.reason.contains(['{', '}']), "{id}: {refusal}");
    }
}

#[test]
fn what_aci_supports_is_let_through_under_the_modern_profile_and_the_rest_refused_in_other_words() {
    for ProfileConstraint { id, way_out, .. } in of_pods() {
        let refusal = refusal(id, Profile::Modern);
        let expected = REFUSED_BY_BOTH.contains(id) || *id == "aks-windows";
        assert_eq!(refusal.is_some(), expected, "{id}: {refusal:?}");
        let own = refusal.is_none_or(|refusal| {
            refusal.remedy != *way_out || !refusal.reason.starts_with("AKS virtual nodes")
        });
        assert!(own, "{id} is refused in the add-on's words");
    }
}

/// Beside what it is there for, a manifest has nothing that the profile refuses.
#[test]
fn every_pod_meets_its_own_constraint_alone() {
    for constraint in of_pods() {
        let pod = pod_of(constraint.id);
        let met = of_pods().filter(|other| matches!(other.met, Met::Pod(find) if find(&pod).is_some()));
        let ids: Vec<_> = met.map(|other| other.id).collect();
        assert_eq!(ids, [constraint.id]);
    }
}

#[test]
fn pods_for_requests_are_let_through_by_both_profiles() {
    for id in ["aks-exec-arguments", "aks-attach", "aks-port-forward"] {
        for profile in Profile::ALL {
            assert_eq!(refusal(id, profile), None, "{id} under {profile}");
        }
    }
}

/// What admission adds to every pod, and what asks for nothing.
#[test]
fn an_ordinary_pod_is_let_through_under_the_add_on_s_profile() {
    let mut pod = serde_json::to_value(pod_of("aks-attach")).unwrap();
    let sources = json!([
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]);
    pod["spec"]["volumes"] = json!([{"name": "kube-api-access-x", "projected": {"sources": sources}}]);
    pod["spec"]["initContainers"] = json!([]);
    pod["spec"]["hostNetwork"] = json!(false);
    let container = &mut pod["spec"]["containers"][0];
    container["args"] = json!([]);
    container["env"] = json!([
        {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]);
    let pod = serde_json::from_value(pod).unwrap();
    let settings = Settings { profile: Profile::AksAddon, ..settings() };
    let outcome = pod_to_group(&pod, &Inputs::default(), &settings);
    assert!(!matches!(outcome, Err(Refusal::Untranslatable(_))), "{outcome:?}");
}
