//! Pods and the groups that they become, as pairs of files; refusals as tables.

use std::path::{Path, PathBuf};

use aci_model::ResourceId;
use aci_model::group::OsType;
use aci_provider::translate::{Inputs, Refusal, Settings, pod_to_group};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret, Service};
use serde::de::DeserializeOwned;

use crate::support::builders::settings;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/translate")
}

fn yaml<T: DeserializeOwned>(text: &str) -> T {
    let value: serde_json::Value = serde_saphyr::from_str(text).unwrap();
    serde_json::from_value(value).unwrap()
}

/// A case file is the pod and then the objects that exist beside it, as separate YAML documents.
fn read(case: &str) -> (Pod, Inputs) {
    let text = std::fs::read_to_string(cases().join(format!("{case}.pod.yaml"))).unwrap();
    let mut documents = text.split("\n---\n");
    let pod = yaml(documents.next().unwrap());
    let mut inputs = Inputs::default();
    for document in documents {
        let value: serde_json::Value = yaml(document);
        let name = value["metadata"]["name"].as_str().unwrap().to_owned();
        match value["kind"].as_str().unwrap() {
            "Secret" => drop(inputs.secrets.insert(name, yaml::<Secret>(document))),
            "ConfigMap" => drop(inputs.config_maps.insert(name, yaml::<ConfigMap>(document))),
            "Service" => inputs.services.push(yaml::<Service>(document)),
            other => panic!("unexpected {other}"),
        }
    }
    (pod, inputs)
}

fn in_subnet() -> Settings {
    Settings { subnet: Some(ResourceId::subnet("sub", "net-rg", "vnet", "aci")), ..settings() }
}

/// Compares with `<case>.group.json`, which `UPDATE_GOLDENS=1` writes anew.
fn golden(case: &str, settings: &Settings) {
    let (pod, inputs) = read(case);
    let translated = pod_to_group(&pod, &inputs, settings).unwrap();
    let notes: Vec<_> =
        translated.notes.iter().map(|note| format!("{}: {}", note.reason, note.message)).collect();
    let got = serde_json::json!({"group": translated.group, "notes": notes});
    let path = cases().join(format!("{case}.group.json"));
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&got).unwrap())).unwrap();
    }
    let expected: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(got, expected, "{case} (UPDATE_GOLDENS=1 rewrites it)");
}

#[test]
fn the_aks_sample_of_kubernetes_1_20_mounts_its_token_secret() {
    golden("aks-helloworld-1.20", &in_subnet());
}

#[test]
fn the_aks_sample_of_today_runs_without_its_projected_token() {
    golden("aks-helloworld-projected", &in_subnet());
}

#[test]
fn environment_keeps_secrets_secret_and_expands_the_rest() {
    golden("environment", &settings());
}

#[test]
fn volumes_of_every_kind() {
    golden("volumes", &settings());
}

#[test]
fn ports_probes_resources_and_users() {
    golden("containers", &settings());
}

#[test]
fn pull_secrets_of_both_types() {
    golden("pull-secrets", &settings());
}

#[test]
fn dns_settings_follow_the_kubelet() {
    golden("dns", &in_subnet());
}

#[test]
fn no_secret_shows_in_debug_output_or_tags() {
    for case in ["environment", "volumes", "pull-secrets"] {
        let (pod, inputs) = read(case);
        let translated = pod_to_group(&pod, &inputs, &settings()).unwrap();
        let shown = format!("{translated:?} {inputs:?} {:?}", translated.notes);
        for secret in ["hunter2", "aHVudGVyMg", "p:a:s:s"] {
            assert!(!shown.contains(secret), "{case} shows {secret}");
        }
    }
}

/// A pod with one container, with `spec` and `container` merged over it.
fn pod(spec: &str, container: &str) -> Pod {
    let mut pod = serde_json::json!({
        "metadata": {"name": "p", "namespace": "ns", "uid": "u"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    });
    let merge = |target: &mut serde_json::Value, text: &str| {
        let more: serde_json::Value = yaml(text);
        target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    };
    merge(&mut pod["spec"]["containers"][0], container);
    merge(&mut pod["spec"], spec);
    serde_json::from_value(pod).unwrap()
}

#[test]
fn what_cannot_be_done_is_refused_by_name_with_a_remedy() {
    let table = [
        ("{hostNetwork: true}", "{}", "spec.hostNetwork"),
        ("{hostAliases: [{ip: 1.2.3.4, hostnames: [a]}]}", "{}", "spec.hostAliases"),
        ("{os: {name: windows}}", "{}", "spec.os.name"),
        ("{volumes: [{name: data, hostPath: {path: /}}]}", "{}", "spec.volumes[0].hostPath"),
        (
            "{volumes: [{name: data, persistentVolumeClaim: {claimName: x}}]}",
            "{}",
            "spec.volumes[0].persistentVolumeClaim",
        ),
        ("{}", "{args: [a]}", "spec.containers[0].args"),
        ("{}", "{workingDir: /srv}", "spec.containers[0].workingDir"),
        ("{}", "{ports: [{containerPort: 1, protocol: SCTP}]}", "spec.containers[0].ports[0].protocol"),
        ("{}", "{ports: [{containerPort: 1, hostPort: 1}]}", "spec.containers[0].ports[0].hostPort"),
        ("{}", "{securityContext: {privileged: true}}", "spec.containers[0].securityContext.privileged"),
        (
            "{}",
            "{resources: {limits: {nvidia.com/gpu: '1'}}}",
            "spec.containers[0].resources.limits[nvidia.com/gpu]",
        ),
        (
            "{volumes: [{name: data, emptyDir: {}}]}",
            "{volumeMounts: [{name: data, mountPath: /d, subPath: s}]}",
            "spec.containers[0].volumeMounts[0].subPath",
        ),
        (
            "{}",
            "{env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]}",
            "spec.containers[0].env[0].valueFrom.fieldRef",
        ),
        ("{}", "{livenessProbe: {httpGet: {port: web}}}", "spec.containers[0].livenessProbe.httpGet.port"),
    ];
    for (spec, container, field) in table {
        match pod_to_group(&pod(spec, container), &Inputs::default(), &settings()) {
            Err(Refusal::Untranslatable(refusal)) => {
                assert_eq!(refusal.field, field);
                assert!(!refusal.remedy.is_empty() && !refusal.reason.is_empty(), "{field}");
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn missing_objects_are_waited_for_as_by_a_kubelet() {
    let table = [
        ("{volumes: [{name: data, secret: {secretName: gone}}]}", "{}", "FailedMount", "ContainerCreating"),
        ("{}", "{envFrom: [{configMapRef: {name: gone}}]}", "Failed", "CreateContainerConfigError"),
        (
            "{}",
            "{env: [{name: A, valueFrom: {secretKeyRef: {name: gone, key: k}}}]}",
            "Failed",
            "CreateContainerConfigError",
        ),
    ];
    for (spec, container, reason, waiting) in table {
        match pod_to_group(&pod(spec, container), &Inputs::default(), &settings()) {
            Err(Refusal::Missing(missing)) => {
                assert_eq!((missing.reason, missing.waiting), (reason, waiting))
            }
            other => panic!("{spec} {container}: {other:?}"),
        }
    }
}

#[test]
fn optional_objects_may_be_missing() {
    let pod = pod(
        "{volumes: [{name: data, secret: {secretName: gone, optional: true}}]}",
        "{volumeMounts: [{name: data, mountPath: /d}], envFrom: [{secretRef: {name: gone, optional: true}}]}",
    );
    let group = pod_to_group(&pod, &Inputs::default(), &settings()).unwrap().group;
    let volumes = group.properties.unwrap().volumes.unwrap();
    assert!(volumes[0].empty_dir.is_some(), "an empty folder, as on a kubelet");
}

#[test]
fn a_command_that_would_show_a_secret_is_refused() {
    let (mut pod, inputs) = read("environment");
    pod.spec.as_mut().unwrap().containers[0].command =
        Some(vec!["run".to_owned(), "--key=$(PASSWORD)".to_owned()]);
    let error = pod_to_group(&pod, &inputs, &settings()).unwrap_err().to_string();
    assert!(error.contains("spec.containers[0].command") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_windows_group_loses_its_service_account_volume() {
    let (pod, inputs) = read("aks-helloworld-1.20");
    let windows = Settings { os_type: OsType::Windows, ..settings() };
    let properties = pod_to_group(&pod, &inputs, &windows).unwrap().group.properties.unwrap();
    assert_eq!((properties.volumes, properties.dns_config), (None, None));
}
