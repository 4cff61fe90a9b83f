//! Pods and the groups that they become, as pairs of files; refusals as tables; the reference as it is generated.

use aci_model::Secret;
use aci_provider::translate::Workspace;

use crate::support::builders::settings;

mod case;
mod defects;
mod field_types;
mod mutations;
mod reference;
mod refusals;
mod secrets;

use case::{Case, names};

/// A pair of files is a test: every `<case>.pod.yaml` becomes its `<case>.group.json`, which `UPDATE_GOLDENS=1`
/// writes anew.
#[test]
fn every_pod_becomes_the_group_beside_it() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let differences: Vec<_> = names().iter().filter_map(|name| Case::read(name).difference(update)).collect();
    assert!(
        differences.is_empty(),
        "UPDATE_GOLDENS=1 rewrites the groups of {} pods:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// The same pod is the same group: a PUT of another order of variables would restart its containers.
#[test]
fn a_translation_is_the_same_every_time() {
    for name in names() {
        let case = Case::read(&name);
        assert_eq!(case.shown(), case.shown(), "{name}");
    }
}

/// What ACI's own rules say of every group here, so that no pair promises what Azure would refuse.
#[test]
fn every_group_keeps_to_aci_s_rules() {
    for name in names() {
        let group = Case::read(&name).translate().unwrap().group;
        let properties = group.properties.unwrap();
        let containers = properties.containers.unwrap();
        let volumes = properties.volumes.unwrap_or_default();
        let init = properties.init_containers.unwrap_or_default();
        let credentials = properties.image_registry_credentials.unwrap_or_default();
        assert!(
            credentials.len() <= containers.len() + init.len(),
            "{name}: more credentials than containers"
        );
        assert!(volumes.len() <= 20, "{name}: {} volumes", volumes.len());
        let known: Vec<_> = volumes.iter().map(|volume| volume.name.clone().unwrap()).collect();
        let mounts =
            containers.iter().flat_map(|it| it.properties.as_ref().unwrap().volume_mounts.iter().flatten());
        let more = init.iter().flat_map(|it| it.properties.as_ref().unwrap().volume_mounts.iter().flatten());
        for mount in mounts.chain(more) {
            assert!(known.contains(mount.name.as_ref().unwrap()), "{name}: {mount:?}");
        }
        for file in volumes.iter().flat_map(|volume| volume.secret.iter().flatten()) {
            assert!(!file.0.contains('/'), "{name}: {}", file.0);
        }
        let ports = properties.ip_address.and_then(|address| address.ports).unwrap_or_default();
        assert!(ports.len() <= 5, "{name}: {ports:?}");
    }
}

#[test]
fn a_pod_on_another_node_of_the_same_cluster_has_that_node_s_name_in_its_tags() {
    let mut case = Case::read("environment");
    case.settings = aci_provider::translate::Settings { node_name: "other".to_owned(), ..settings() };
    let tags = case.translate().unwrap().group.tags.unwrap();
    assert_eq!(tags["NodeName"], "other");
}

#[test]
fn a_node_without_an_address_tells_its_pods_none() {
    let mut case = Case::read("environment");
    case.settings.host_ip = None;
    let translated = case.translate().unwrap();
    let container = translated.group.properties.unwrap().containers.unwrap().remove(0).properties.unwrap();
    let variables = container.environment_variables.unwrap();
    assert!(!variables.iter().any(|variable| variable.name.as_deref() == Some("HOST")));
    assert!(
        translated.notes.iter().any(|note| note.message.contains("VKUBELET_POD_IP")),
        "{:?}",
        translated.notes
    );
}

#[test]
fn a_pod_without_a_workspace_of_its_own_sends_its_logs_to_the_node_s() {
    let workspace = |case: &Case| {
        let properties = case.translate().unwrap().group.properties.unwrap();
        properties.diagnostics.and_then(|it| it.log_analytics).unwrap()
    };
    let of_node = Workspace {
        id: "of the node".to_owned(),
        key: Secret::new("k"),
        cluster_resource_id: Some("/cluster".to_owned()),
    };
    let mut case = Case::read("ports");
    case.settings.log_analytics = Some(of_node.clone());
    let sent = workspace(&case);
    assert_eq!(sent.workspace_id.as_deref(), Some("of the node"));
    assert_eq!(sent.log_type.as_deref(), Some("ContainerInsights"));
    assert_eq!(sent.metadata.unwrap()["cluster-resource-id"], "/cluster");
    let mut case = Case::read("annotations");
    case.settings.log_analytics = Some(of_node);
    assert_ne!(workspace(&case).workspace_id.as_deref(), Some("of the node"));
}
