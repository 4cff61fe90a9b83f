//! What there is no group for, by the field that is in the way, and what is waited for.

use aci_provider::translate::{Inputs, Refusal, Settings, pod_to_group};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::case::{Case, yaml};
use crate::support::builders::settings;

/// A pod with one container, with `spec` and `container` merged over it.
fn pod(spec: &str, container: &str) -> Pod {
    let mut pod = json!({
        "metadata": {"name": "p", "namespace": "ns", "uid": "u"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    });
    let merge = |target: &mut Value, text: &str| {
        let more: Value = yaml(text);
        target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    };
    merge(&mut pod["spec"]["containers"][0], container);
    merge(&mut pod["spec"], spec);
    serde_json::from_value(pod).unwrap()
}

fn annotated(name: &str, value: &str) -> Pod {
    let mut pod = pod("{}", "{}");
    pod.metadata.annotations = Some([(name.to_owned(), value.to_owned())].into());
    pod
}

fn expect_refusal(pod: &Pod, inputs: &Inputs, settings: &Settings, field: &str) {
    match pod_to_group(pod, inputs, settings) {
        Err(Refusal::Untranslatable(refusal)) => {
            assert_eq!(refusal.field, field, "{refusal}");
            assert!(!refusal.remedy.is_empty() && !refusal.reason.is_empty(), "{field}");
        }
        other => panic!("{field}: {other:?}"),
    }
}

#[test]
fn fields_of_the_pod_that_cannot_be_had_are_refused_by_name_with_a_remedy() {
    let table = [
        ("{hostNetwork: true}", "spec.hostNetwork"),
        ("{hostPID: true}", "spec.hostPID"),
        ("{hostIPC: true}", "spec.hostIPC"),
        ("{hostAliases: [{ip: 1.2.3.4, hostnames: [a]}]}", "spec.hostAliases"),
        ("{os: {name: windows}}", "spec.os.name"),
        ("{runtimeClassName: kata}", "spec.runtimeClassName"),
        ("{resourceClaims: [{name: gpu}]}", "spec.resourceClaims"),
        (
            "{securityContext: {runAsNonRoot: true, runAsUser: 0}}",
            "spec.containers[0].securityContext.runAsUser",
        ),
        (
            "{securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}}}",
            "spec.securityContext.seccompProfile.type",
        ),
        (
            "{restartPolicy: OnFailure, initContainers: [{name: s, image: i, restartPolicy: Always}]}",
            "spec.initContainers[0].restartPolicy",
        ),
    ];
    for (spec, field) in table {
        expect_refusal(&pod(spec, "{}"), &Inputs::default(), &settings(), field);
    }
}

#[test]
fn what_asks_for_nothing_is_not_refused() {
    let spec = "{hostNetwork: false, hostAliases: [], resourceClaims: [], hostUsers: true, \
                terminationGracePeriodSeconds: 30}";
    let container = "{volumeDevices: [], args: [], command: [], stdin: false, workingDir: ''}";
    let translated = pod_to_group(&pod(spec, container), &Inputs::default(), &settings()).unwrap();
    let notes: Vec<_> = translated.notes.iter().map(|note| note.reason).collect();
    assert_eq!(notes, ["NoAddress"]);
}

#[test]
fn fields_of_a_container_that_cannot_be_had_are_refused_by_name_with_a_remedy() {
    let table = [
        ("{image: ''}", "image"),
        ("{volumeDevices: [{name: d, devicePath: /d}]}", "volumeDevices"),
        ("{securityContext: {seccompProfile: {type: Localhost}}}", "securityContext.seccompProfile.type"),
        ("{ports: [{containerPort: 1, protocol: SCTP}]}", "ports[0].protocol"),
        ("{securityContext: {privileged: true}}", "securityContext.privileged"),
        ("{resources: {limits: {nvidia.com/gpu: '1'}}}", "resources.limits[nvidia.com/gpu]"),
        ("{resources: {requests: {example.com/dongle: '1'}}}", "resources.requests[example.com/dongle]"),
        ("{resources: {requests: {cpu: '-1'}}}", "resources.requests.cpu"),
        ("{resources: {claims: [{name: x}]}}", "resources.claims"),
        ("{env: [{name: a.b, value: c}]}", "env[0].name"),
        ("{env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]}", "env[0].valueFrom.fieldRef"),
        (
            "{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.ephemeral-storage}}}]}",
            "env[0].valueFrom.resourceFieldRef.resource",
        ),
        (
            "{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, containerName: x}}}]}",
            "env[0].valueFrom.resourceFieldRef.containerName",
        ),
        (
            "{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: x}}}]}",
            "env[0].valueFrom.resourceFieldRef.divisor",
        ),
        ("{livenessProbe: {httpGet: {port: web}}}", "livenessProbe.httpGet.port"),
        ("{readinessProbe: {httpGet: {port: 1, host: example.com}}}", "readinessProbe.httpGet.host"),
        ("{livenessProbe: {tcpSocket: {port: web}}}", "livenessProbe.tcpSocket.port"),
    ];
    for (container, field) in table {
        let field = format!("spec.containers[0].{field}");
        expect_refusal(&pod("{}", container), &Inputs::default(), &settings(), &field);
    }
}

/// A program only reads the address elsewhere when the variable is missing; here its very name would arrive.
#[test]
fn what_is_made_of_an_unknown_address_is_refused() {
    let env = "{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}";
    let table = [
        (format!("{{env: [{env}], command: [bind, '--host=$(IP)']}}"), "command[1]"),
        (format!("{{env: [{env}], command: [bind], args: ['$(IP)']}}"), "args[0]"),
        (format!("{{env: [{env}, {{name: URL, value: 'http://$(IP)/'}}]}}"), "env[1].value"),
    ];
    for (container, field) in table {
        let field = format!("spec.containers[0].{field}");
        expect_refusal(&pod("{}", &container), &Inputs::default(), &settings(), &field);
    }
}

#[test]
fn two_containers_cannot_have_one_port() {
    let spec = "{containers: [{name: a, image: i, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}, \
                {name: b, image: i, ports: [{containerPort: 53}, {containerPort: 80}]}]}";
    let mut two = pod("{}", "{}");
    two.spec = yaml(spec);
    expect_refusal(&two, &Inputs::default(), &settings(), "spec.containers[1].ports[1].containerPort");
}

#[test]
fn every_kind_of_volume_that_aci_cannot_mount_is_refused_by_name() {
    let kinds = [
        "awsElasticBlockStore: {volumeID: v}",
        "azureDisk: {diskName: d, diskURI: u}",
        "cephfs: {monitors: [m]}",
        "cinder: {volumeID: v}",
        "ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}",
        "fc: {lun: 1}",
        "flexVolume: {driver: d}",
        "flocker: {datasetName: d}",
        "gcePersistentDisk: {pdName: p}",
        "glusterfs: {endpoints: e, path: p}",
        "hostPath: {path: /}",
        "image: {reference: r}",
        "iscsi: {iqn: i, lun: 1, targetPortal: t}",
        "nfs: {path: /, server: s}",
        "photonPersistentDisk: {pdID: p}",
        "portworxVolume: {volumeID: v}",
        "quobyte: {registry: r, volume: v}",
        "rbd: {image: i, monitors: [m]}",
        "scaleIO: {gateway: g, secretRef: {name: s}, system: s}",
        "storageos: {volumeName: v}",
        "vsphereVolume: {volumePath: p}",
    ];
    for kind in kinds {
        let spec = format!("{{volumes: [{{name: data, {kind}}}]}}");
        let field = format!("spec.volumes[0].{}", kind.split(':').next().unwrap());
        expect_refusal(&pod(&spec, "{}"), &Inputs::default(), &settings(), &field);
    }
}

#[test]
fn volumes_that_say_what_aci_cannot_do_are_refused() {
    let csi = |rest: &str| {
        format!("{{name: data, csi: {{driver: file.csi.azure.com, volumeAttributes: {{{rest}}}}}}}")
    };
    let table = [
        ("{name: data, csi: {driver: disk.csi.azure.com}}".to_owned(), "csi.driver"),
        (csi("shareName: s"), "csi"),
        (
            "{name: data, projected: {sources: [{clusterTrustBundle: {path: p}}]}}".to_owned(),
            "projected.sources[0].clusterTrustBundle",
        ),
        (
            "{name: data, downwardAPI: {items: [{path: p, resourceFieldRef: {resource: limits.cpu}}]}}"
                .to_owned(),
            "downwardAPI.items[0].resourceFieldRef.containerName",
        ),
    ];
    for (volume, field) in table {
        let spec = format!("{{volumes: [{volume}]}}");
        expect_refusal(
            &pod(&spec, "{}"),
            &Inputs::default(),
            &settings(),
            &format!("spec.volumes[0].{field}"),
        );
    }
}

#[test]
fn mounts_of_what_aci_cannot_mount_are_refused() {
    let mounts = |list: &str| format!("{{volumeMounts: [{list}]}}");
    let table = [
        ("{name: gone, mountPath: /d}", "volumeMounts[0].name"),
        ("{name: data, mountPath: 'c:/d'}", "volumeMounts[0].mountPath"),
        ("{name: data, mountPath: /d, mountPropagation: Bidirectional}", "volumeMounts[0].mountPropagation"),
        ("{name: data, mountPath: /d}, {name: data, mountPath: /e, subPath: s}", "volumeMounts[1].subPath"),
        (
            "{name: data, mountPath: /d, subPath: s}, {name: data, mountPath: /e, subPath: s/t}",
            "volumeMounts[1].subPath",
        ),
        ("{name: data, mountPath: /d, subPathExpr: $(NONE)}", "volumeMounts[0].subPathExpr"),
        ("{name: share, mountPath: /d, subPath: s}", "volumeMounts[0].subPath"),
        ("{name: keys, mountPath: /etc/password, subPath: password}", "volumeMounts[0].subPath"),
        (
            "{name: keys, mountPath: /a/password, subPath: password}, {name: data, mountPath: /a}",
            "volumeMounts",
        ),
    ];
    let volumes = "{volumes: [{name: data, emptyDir: {}}, {name: keys, secret: {secretName: keys}}, \
                   {name: share, azureFile: {shareName: s, secretName: storage}}]}";
    let mut inputs = Case::read("environment").inputs;
    inputs.secrets.extend(Case::read("volume-azure-files").inputs.secrets);
    for (list, field) in table {
        let field = format!("spec.containers[0].{field}");
        expect_refusal(&pod(volumes, &mounts(list)), &inputs, &settings(), &field);
    }
}

#[test]
fn a_secret_makes_no_sub_path() {
    let volumes = "{volumes: [{name: data, emptyDir: {}}]}";
    let container = "{env: [{name: KEY, valueFrom: {secretKeyRef: {name: keys, key: password}}}], \
                     volumeMounts: [{name: data, mountPath: /d, subPathExpr: $(KEY)}]}";
    let inputs = Case::read("environment").inputs;
    let field = "spec.containers[0].volumeMounts[0].subPathExpr";
    expect_refusal(&pod(volumes, container), &inputs, &settings(), field);
}

#[test]
fn more_volumes_than_a_group_may_have_are_refused() {
    let many = |list: &dyn Fn(usize) -> String| (0..21).map(list).collect::<Vec<_>>().join(", ");
    let volumes = format!("{{volumes: [{}]}}", many(&|i| format!("{{name: data{i}, emptyDir: {{}}}}")));
    let mounts = format!("{{volumeMounts: [{}]}}", many(&|i| format!("{{name: data{i}, mountPath: /d{i}}}")));
    expect_refusal(&pod(&volumes, &mounts), &Inputs::default(), &settings(), "spec.volumes");
}

#[test]
fn annotations_with_other_values_than_theirs_are_refused() {
    let table = [
        ("virtualkubelet.io/dnsnamelabel", "Not A Label"),
        ("virtual-kubelet.io/container-sku", "premium"),
        ("virtual-kubelet.io/priority", "low"),
        ("virtual-kubelet.io/ip-address-type", "internal"),
        ("virtual-kubelet.io/ip-address-type", "Private"),
        ("virtual-kubelet.io/image-pull-identity", "me"),
        ("microsoft.containerinstance.virtualnode.identity", "me"),
        ("microsoft.containerinstance.virtualnode.subnets.primary", "mine"),
        ("microsoft.containerinstance.virtualnode.customtags", "no pair"),
        ("microsoft.containerinstance.virtualnode.customtags", "uid=stolen"),
        ("microsoft.containerinstance.virtualnode.cmk.keyname", "key"),
    ];
    for (name, value) in table {
        let field = format!("metadata.annotations[{name}]");
        expect_refusal(&annotated(name, value), &Inputs::default(), &settings(), &field);
    }
}

#[test]
fn a_spot_pod_in_a_subnet_has_to_say_that_it_does_without() {
    let mut case = Case::read("spot");
    case.pod.metadata.annotations.as_mut().unwrap().remove("virtual-kubelet.io/ip-address-type");
    expect_refusal(
        &case.pod,
        &case.inputs,
        &case.settings,
        "metadata.annotations[virtual-kubelet.io/priority]",
    );
    let translated = pod_to_group(&case.pod, &case.inputs, &settings()).unwrap();
    assert!(
        translated.group.properties.unwrap().ip_address.is_none(),
        "a public one is not to be had either"
    );
}

#[test]
fn an_identity_token_is_refused_where_it_would_be_needed() {
    let config = r#"{"auths": {"tenant.azurecr.io": {"identitytoken": "hunter2"}}}"#;
    let secret = json!({
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": k8s_openapi::ByteString(config.as_bytes().to_vec())},
    });
    let mut inputs = Inputs::default();
    inputs.secrets.insert("pull".to_owned(), serde_json::from_value(secret).unwrap());
    let private = pod("{imagePullSecrets: [{name: pull}]}", "{image: tenant.azurecr.io/x}");
    expect_refusal(&private, &inputs, &settings(), "spec.imagePullSecrets[0]");
    let public = pod("{imagePullSecrets: [{name: pull}]}", "{image: nginx}");
    assert!(pod_to_group(&public, &inputs, &settings()).is_ok(), "nobody needs it");
}

#[test]
fn what_windows_groups_lack_is_refused() {
    let windows = Settings { os_type: aci_model::group::OsType::Windows, ..settings() };
    let table = [
        ("{volumes: [{name: data, emptyDir: {}}]}", "{}", "spec.volumes[0]"),
        ("{initContainers: [{name: a, image: i}]}", "{}", "spec.initContainers"),
        ("{}", "{command: [a], workingDir: 'c:/a'}", "spec.containers[0].workingDir"),
    ];
    for (spec, container, field) in table {
        expect_refusal(&pod(spec, container), &Inputs::default(), &windows, field);
    }
}

/// The reasons of the virtual-kubelet library's events, and a kubelet's waiting reasons.
#[test]
fn missing_objects_are_waited_for_as_by_a_kubelet() {
    let config = "CreateContainerConfigError";
    let table = [
        ("{volumes: [{name: d, secret: {secretName: gone}}]}", "{}", "FailedMount", "ContainerCreating"),
        ("{volumes: [{name: d, configMap: {name: gone}}]}", "{}", "FailedMount", "ContainerCreating"),
        (
            "{volumes: [{name: d, persistentVolumeClaim: {claimName: gone}}]}",
            "{}",
            "FailedMount",
            "ContainerCreating",
        ),
        (
            "{volumes: [{name: d, azureFile: {shareName: s, secretName: gone}}]}",
            "{}",
            "FailedMount",
            "ContainerCreating",
        ),
        (
            "{volumes: [{name: d, projected: {sources: [{serviceAccountToken: {path: t}}]}}]}",
            "{}",
            "FailedMount",
            "ContainerCreating",
        ),
        ("{}", "{envFrom: [{configMapRef: {name: gone}}]}", "MandatoryConfigMapNotFound", config),
        ("{}", "{envFrom: [{secretRef: {name: gone}}]}", "MandatorySecretNotFound", config),
        (
            "{}",
            "{env: [{name: A, valueFrom: {secretKeyRef: {name: gone, key: k}}}]}",
            "MandatorySecretNotFound",
            config,
        ),
        (
            "{}",
            "{env: [{name: A, valueFrom: {secretKeyRef: {name: keys, key: k}}}]}",
            "MandatorySecretKeyNotFound",
            config,
        ),
        (
            "{}",
            "{env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: k}}}]}",
            "MandatoryConfigMapKeyNotFound",
            config,
        ),
        ("{}", "{args: [a]}", "InspectFailed", "ImageInspectError"),
    ];
    let inputs = Case::read("environment").inputs;
    for (spec, container, reason, waiting) in table {
        match pod_to_group(&pod(spec, container), &inputs, &settings()) {
            Err(Refusal::Missing(missing)) => {
                assert_eq!((missing.reason, missing.waiting), (reason, waiting), "{missing}");
            }
            other => panic!("{spec} {container}: {other:?}"),
        }
    }
}

#[test]
fn the_words_of_a_missing_object_are_a_kubelets() {
    let table = [
        (
            "{volumes: [{name: d, secret: {secretName: gone}}]}",
            "{}",
            "MountVolume.SetUp failed for volume \"d\" : secret \"gone\" not found",
        ),
        ("{}", "{envFrom: [{secretRef: {name: gone}}]}", "secret \"gone\" not found"),
        (
            "{}",
            "{env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: k}}}]}",
            "couldn't find key k in ConfigMap ns/settings",
        ),
    ];
    let inputs = Case::read("environment").inputs;
    for (spec, container, words) in table {
        match pod_to_group(&pod(spec, container), &inputs, &settings()) {
            Err(Refusal::Missing(missing)) => assert_eq!(missing.message, words),
            other => panic!("{spec} {container}: {other:?}"),
        }
    }
}

#[test]
fn an_image_that_cannot_be_read_says_why_and_what_to_do() {
    let mut inputs = Inputs::default();
    inputs.images.insert("i".to_owned(), Err("reg.example has no such image".to_owned()));
    let error = pod_to_group(&pod("{}", "{args: [a]}"), &inputs, &settings()).unwrap_err().to_string();
    for words in
        ["spec.containers[0].args", "reg.example has no such image", "set spec.containers[0].command"]
    {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn claims_are_waited_for_until_they_are_bound_and_refused_when_bound_to_something_else() {
    let claiming = pod("{volumes: [{name: d, persistentVolumeClaim: {claimName: c}}]}", "{}");
    let mut inputs = Inputs::default();
    let claim = |spec: Value| serde_json::from_value(json!({"spec": spec})).unwrap();
    inputs.claims.insert("c".to_owned(), claim(json!({})));
    let unbound = pod_to_group(&claiming, &inputs, &settings()).unwrap_err().to_string();
    assert!(unbound.contains("PVC c is not bound"), "{unbound}");

    inputs.claims.insert("c".to_owned(), claim(json!({"volumeName": "v"})));
    for (spec, kind) in [
        (
            json!({"capacity": {"storage": "1Gi"}, "csi": {"driver": "disk.csi.azure.com", "volumeHandle": "h"}}),
            "disk.csi.azure.com",
        ),
        (json!({"accessModes": ["ReadWriteOnce"], "nfs": {"server": "s", "path": "/"}}), "nfs"),
    ] {
        inputs.volumes.insert("v".to_owned(), serde_json::from_value(json!({"spec": spec})).unwrap());
        let field = "spec.volumes[0].persistentVolumeClaim.claimName";
        expect_refusal(&claiming, &inputs, &settings(), field);
        let refusal = pod_to_group(&claiming, &inputs, &settings()).unwrap_err().to_string();
        assert!(refusal.contains(kind), "{refusal}");
    }
}
