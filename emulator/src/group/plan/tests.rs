//! From a request to what the runtime is asked for.

use aci_model::ApiVersion;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::group::machine::Machine;

fn group(properties: Value) -> Group {
    let id = ResourceId::container_group("s", "r", "g");
    let spec = serde_json::from_value(json!({ "properties": properties })).unwrap();
    Machine::create(id, spec, ApiVersion::V2023_05_01, Uuid::nil(), Uuid::nil()).group
}

fn container(group: &Group, name: &str) -> Result<ContainerSpec, Unplannable> {
    let platform = crate::platform::Platform::bare(&crate::data::Folder::fleeting());
    container_spec(group, name, 0, platform.surroundings.as_ref())
}

fn sandbox(properties: Value) -> Result<SandboxSpec, Unplannable> {
    let platform = crate::platform::Platform::bare(&crate::data::Folder::fleeting());
    sandbox_spec(&group(properties), &SandboxId("one".to_owned()), platform.surroundings.as_ref())
        .map(|plan| plan.spec)
}

fn resources(requests: Value, limits: Value) -> Value {
    json!({ "requests": requests, "limits": limits })
}

#[test]
fn limits_are_the_containers_own_or_the_groups_total() {
    let group = group(json!({
        "initContainers": [{ "name": "init", "properties": { "image": "i" } }],
        "containers": [
            { "name": "a", "properties": { "resources": resources(json!({ "cpu": 1.0, "memoryInGB": 1.5 }), json!({ "cpu": 0.5 })) } },
            { "name": "b", "properties": { "resources": resources(json!({ "cpu": 0.5, "memoryInGB": 0.5 }), Value::Null) } },
        ],
    }));
    let limits = |name| container(&group, name).map(|spec| (spec.cpu, spec.memory)).unwrap();
    assert_eq!(limits("a"), (Some(0.5), Some(2 << 30)));
    assert_eq!(limits("b"), (Some(1.5), Some(2 << 30)));
    assert_eq!(limits("init"), (Some(1.5), Some(2 << 30)));
    assert_eq!(container(&group, "c"), Err(Unplannable::Container("c".to_owned())));
}

#[test]
fn secure_values_reach_the_container_and_no_debug_print() {
    let group = group(json!({ "containers": [{ "name": "a", "properties": { "environmentVariables": [
        { "name": "PLAIN", "value": "1" },
        { "name": "SECURE", "secureValue": "hunter2" },
        { "name": "EMPTY" },
    ] } }] }));
    let spec = container(&group, "a").unwrap();
    let values: Vec<_> = spec.env.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(values, [("PLAIN", "1"), ("SECURE", "hunter2"), ("EMPTY", "")]);
    assert!(!format!("{spec:?}").contains("hunter2"));
}

#[test]
fn volumes_are_empty_or_hold_decoded_files() {
    let spec = sandbox(json!({ "volumes": [
        { "name": "scratch", "emptyDir": {} },
        { "name": "keys", "secret": { "a.txt": "aGVsbG8=" } },
    ] }))
    .unwrap();
    assert_eq!(spec.volumes[0].content, VolumeContent::Empty);
    let file = SecretFile { name: "a.txt".to_owned(), content: b"hello".to_vec() };
    assert_eq!(spec.volumes[1].content, VolumeContent::Secret(vec![file]));
}

#[test]
fn what_validation_should_have_refused_is_named() {
    let neither = json!({ "volumes": [{ "name": "data" }] });
    assert_eq!(sandbox(neither), Err(Unplannable::VolumeKind("data".to_owned())));
    let share = json!({ "volumes": [{ "name": "data", "azureFile": { "shareName": "data" } }] });
    let refusal = ShareRefusal::Account(String::new());
    assert_eq!(sandbox(share), Err(Unplannable::Share { volume: "data".to_owned(), refusal }));
    let text = json!({ "volumes": [{ "name": "keys", "secret": { "a": "not base64!" } }] });
    let encoding = Unplannable::SecretEncoding { volume: "keys".to_owned(), file: "a".to_owned() };
    assert_eq!(sandbox(text), Err(encoding));
    let subnet = json!({ "subnetIds": [{ "id": "aci" }] });
    assert_eq!(sandbox(subnet), Err(Unplannable::Subnet("aci".to_owned())));
}

#[test]
fn the_network_is_the_subnet_the_open_ports_or_unreachable() {
    let subnet = ResourceId::subnet("s", "r", "n", "aci");
    let private = json!({ "subnetIds": [{ "id": subnet.to_string() }], "ipAddress": { "type": "Private" } });
    assert_eq!(sandbox(private).unwrap().network, NetworkSpec::Subnet { id: subnet, range: None });
    let public = json!({ "ipAddress": { "type": "Public", "ports": [{ "port": 80 }, { "port": 53, "protocol": "udp" }] } });
    let ports = vec![PortSpec { port: 80, udp: false }, PortSpec { port: 53, udp: true }];
    assert_eq!(sandbox(public).unwrap().network, NetworkSpec::Public { ports });
    assert_eq!(sandbox(json!({})).unwrap().network, NetworkSpec::Unreachable);
}

#[test]
fn name_resolution_is_split_into_words() {
    let config =
        json!({ "nameServers": ["10.0.0.10"], "searchDomains": "a.local  b.local", "options": "ndots:5" });
    let expected = DnsSpec {
        servers: vec!["10.0.0.10".to_owned()],
        search: vec!["a.local".to_owned(), "b.local".to_owned()],
        options: vec!["ndots:5".to_owned()],
    };
    assert_eq!(sandbox(json!({ "dnsConfig": config })).unwrap().dns, Some(expected));
}

#[test]
fn credentials_go_to_their_own_registry_alone() {
    let group = group(json!({ "imageRegistryCredentials": [
        { "server": "index.docker.io", "username": "hub", "password": "1" },
        { "server": "My.azurecr.io", "username": "acr", "password": "2" },
        { "server": "identity.azurecr.io", "identity": "/some/identity" },
    ] }));
    let platform = crate::platform::Platform::bare(&crate::data::Folder::fleeting());
    let user = |image| match registry_sign_in(&group, image, platform.surroundings.as_ref()).unwrap()? {
        RegistrySignIn::Password(auth) => Some(auth.username),
        RegistrySignIn::Identity { identity, .. } => Some(identity),
    };
    assert_eq!(user("nginx"), Some("hub".to_owned()));
    assert_eq!(user("library/nginx:1"), Some("hub".to_owned()));
    assert_eq!(user("docker.io/library/nginx"), Some("hub".to_owned()));
    assert_eq!(user("my.azurecr.io/app@sha256:0"), Some("acr".to_owned()));
    assert_eq!(user("localhost:5000/app"), None);
    assert_eq!(user("identity.azurecr.io/app"), Some("/some/identity".to_owned()));
}

#[test]
fn a_security_context_is_the_containers_own_also_of_an_init_container() {
    let group = group(json!({
        "initContainers": [{ "name": "init", "properties": { "image": "i", "securityContext": {
            "runAsGroup": 7, "capabilities": { "drop": ["ALL"] },
        } } }],
        "containers": [{ "name": "a", "properties": { "securityContext": {
            "runAsUser": 1000,
            "privileged": true,
            "allowPrivilegeEscalation": false,
            "capabilities": { "add": ["NET_ADMIN"] },
            "seccompProfile": "eyJkZWZhdWx0QWN0aW9uIjoiU0NNUF9BQ1RfQUxMT1cifQ==",
        } } }],
    }));
    let security = |name| container(&group, name).map(|spec| spec.security).unwrap();
    let init =
        SecuritySpec { group: Some(7), capabilities_dropped: vec!["ALL".into()], ..SecuritySpec::default() };
    assert_eq!(security("init"), init);
    let seccomp = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}".to_owned();
    let wanted = SecuritySpec {
        user: Some(1000),
        privileged: true,
        no_new_privileges: true,
        capabilities_added: vec!["NET_ADMIN".into()],
        seccomp: Some(seccomp),
        ..SecuritySpec::default()
    };
    assert_eq!(security("a"), wanted);
}

#[test]
fn a_seccomp_profile_that_is_no_base64_is_refused() {
    let group = group(json!({ "containers": [
        { "name": "a", "properties": { "securityContext": { "seccompProfile": "{}" } } },
    ] }));
    assert_eq!(container(&group, "a"), Err(Unplannable::Seccomp("a".to_owned())));
}
