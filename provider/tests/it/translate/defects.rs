//! Defects of the Go provider that are absent here, by their numbers in the list of those found in its code.

use aci_model::group::network::Protocol;
use aci_provider::naming::group_name;
use aci_provider::translate::{Inputs, pod_to_group};
use serde_json::json;

use super::case::Case;
use crate::support::builders::{pod, settings};

/// 2: there every environment loses its origin, and secrets are sent as plain values.
#[test]
fn secrets_are_sent_as_secure_values() {
    let group = Case::read("environment").translate().unwrap().group;
    let sent = serde_json::to_value(&group).unwrap();
    let variables =
        sent["properties"]["containers"][0]["properties"]["environmentVariables"].as_array().unwrap();
    let password = variables.iter().find(|it| it["name"] == "PASSWORD").unwrap();
    assert_eq!(password["secureValue"], "hunter2");
    assert!(!variables.iter().any(|it| it["value"].as_str().is_some_and(|text| text.contains("hunter2"))));
}

/// 13: there all groups share one map of diagnostics.
#[test]
fn every_group_has_diagnostics_of_its_own() {
    let mut case = Case::read("annotations");
    let uid = |case: &Case| {
        let group = case.translate().unwrap().group;
        group.properties.unwrap().diagnostics.unwrap().log_analytics.unwrap().metadata.unwrap()["pod-uuid"]
            .clone()
    };
    let first = uid(&case);
    case.pod.metadata.uid = Some("another".to_owned());
    assert_eq!((first.as_str(), uid(&case).as_str()), ("u-annotated", "another"));
}

/// 14: there every port of an address is TCP.
#[test]
fn udp_ports_stay_udp() {
    let properties = Case::read("ports").translate().unwrap().group.properties.unwrap();
    let ports = properties.ip_address.unwrap().ports.unwrap();
    let of_53: Vec<_> =
        ports.iter().filter(|port| port.port == Some(53)).map(|port| port.protocol.clone()).collect();
    assert_eq!(of_53, [Some(Protocol::Udp), Some(Protocol::Tcp)]);
}

/// 15: there a volume whose secret is missing is left out unless `optional: false` is written.
#[test]
fn a_secret_is_mandatory_unless_it_is_said_to_be_optional() {
    let translate = |optional: serde_json::Value| {
        let mut pod = pod("p", "Always", &["c"]);
        let volume = json!([{"name": "data", "secret": {"secretName": "gone", "optional": optional}}]);
        pod.spec.as_mut().unwrap().volumes = serde_json::from_value(volume).unwrap();
        pod_to_group(&pod, &Inputs::default(), &settings()).is_ok()
    };
    assert_eq!(
        (translate(json!(null)), translate(json!(false)), translate(json!(true))),
        (false, false, true)
    );
}

/// 16: there the chart spells a key in another way than the SDK, and ARM gets a workspace without an id.
#[test]
fn a_workspace_whose_key_is_spelt_otherwise_is_named_and_not_sent_without_an_id() {
    let mut case = Case::read("annotations");
    let name =
        case.pod.metadata.annotations.as_ref().unwrap()["virtual-kubelet.io/log-analytics-secret"].clone();
    let data = case.inputs.secrets.get_mut(&name).unwrap().data.as_mut().unwrap();
    let id = data.remove("workspaceId").unwrap();
    data.insert("workspaceID".to_owned(), id);
    let refusal = case.translate().unwrap_err().to_string();
    assert!(refusal.contains("couldn't find key workspaceId in Secret"), "{refusal}");
}

/// 21: there names are `{namespace}-{name}`, whatever their length and whoever else has them.
#[test]
fn group_names_are_legal_and_nobody_else_s() {
    let long = group_name(&"n".repeat(63), &"p".repeat(253), "uid");
    assert!(long.len() <= 63);
    assert_ne!(group_name("a-b", "c", "uid-1"), group_name("a", "b-c", "uid-2"));
}

/// 23: there every group gets the provider's own token in the kube-proxy extension.
#[test]
fn no_group_has_an_extension() {
    for name in super::case::names() {
        let group = Case::read(&name).translate().unwrap().group;
        assert!(group.properties.unwrap().extensions.is_none(), "{name}");
    }
}

/// 27: there a password with a colon is malformed.
#[test]
fn passwords_may_hold_colons() {
    let properties = Case::read("pull-secrets").translate().unwrap().group.properties.unwrap();
    let credentials = properties.image_registry_credentials.unwrap();
    let hub = credentials.iter().find(|it| it.server.as_deref() == Some("index.docker.io")).unwrap();
    assert_eq!(hub.password.as_ref().unwrap().expose(), "p:a:s:s");
}

/// Of the translation's section: empty values there disappear, arguments alone and pods with resources on their
/// init containers are refused, limits above the requests are sent as they are and refused by ACI.
#[test]
fn what_the_go_provider_loses_or_refuses_arrives() {
    let group = Case::read("environment").translate().unwrap().group;
    let variables =
        group.properties.unwrap().containers.unwrap().remove(0).properties.unwrap().environment_variables;
    let empty = variables.unwrap().into_iter().find(|it| it.name.as_deref() == Some("EMPTY")).unwrap();
    assert_eq!(empty.value.as_deref(), Some(""));

    let init = Case::read("init-containers").translate().unwrap().group.properties.unwrap().init_containers;
    assert_eq!(
        init.unwrap()[1].properties.as_ref().unwrap().command.as_ref().unwrap().last().unwrap(),
        "--init"
    );

    let containers =
        Case::read("resources").translate().unwrap().group.properties.unwrap().containers.unwrap();
    let resources = |i: usize| containers[i].properties.as_ref().unwrap().resources.clone().unwrap();
    let total: f64 = (0..containers.len()).map(|i| resources(i).requests.unwrap().cpu.unwrap()).sum();
    assert!((resources(3).limits.unwrap().cpu.unwrap() - total).abs() < 1e-9);
}
