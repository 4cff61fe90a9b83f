//! One case per rule: a request that is fine but for one member, and what Azure says about it.

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, ResourceId};
use serde_json::{Value, json};

use super::violation::RULES;
use super::{Accepted, Violation, check_reuse, check_update, validate};
use crate::limits::Limits;

const VERSION: ApiVersion = ApiVersion::V2023_05_01;
const SUBNET: &str =
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/n";

/// A request that breaks no rule.
fn good() -> Value {
    json!({
        "location": "West US",
        "properties": {
            "containers": [container("web", 80)],
            "osType": "Linux",
            "ipAddress": { "type": "Public", "ports": [{ "port": 80 }] },
            "volumes": [{ "name": "files", "secret": { "a": "YQ==" } }],
            "imageRegistryCredentials": [{ "server": "reg.io", "username": "u", "password": "p" }],
        },
    })
}

fn container(name: &str, port: i64) -> Value {
    json!({ "name": name, "properties": {
        "image": "nginx",
        "ports": [{ "port": port }],
        "resources": { "requests": { "cpu": 1, "memoryInGB": 1.5 } },
        "volumeMounts": [{ "name": "files", "mountPath": "/files" }],
    } })
}

/// The good request with one member replaced, named by JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(key.to_owned(), value)),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other}"),
    }
    body
}

fn run(name: &str, body: Value, version: ApiVersion) -> Result<Accepted, Violation> {
    let group: ContainerGroup = serde_json::from_value(body).unwrap();
    validate(&ResourceId::container_group("s", "rg", name), group, version, &Limits::default())
}

#[track_caller]
fn refused(body: Value, code: &str, text: &str) {
    let violation = run("web", body, VERSION).unwrap_err();
    assert_eq!(violation.code(), code);
    assert!(violation.to_string().contains(text), "{violation}");
}

#[test]
fn a_good_request_is_accepted_as_it_is() {
    let Accepted(spec) = run("web", good(), VERSION).unwrap();
    assert_eq!(spec, serde_json::from_value(good()).unwrap());
}

#[test]
fn what_only_azure_writes_is_dropped() {
    let mut body = with("/properties/provisioningState", json!("Succeeded"));
    body["properties"]["ipAddress"]["ip"] = json!("1.2.3.4");
    body["name"] = json!("other");
    let Accepted(spec) = run("web", body, VERSION).unwrap();
    assert_eq!(spec, serde_json::from_value(good()).unwrap());
}

#[test]
fn identities_get_their_ids_at_once_and_keep_them() {
    let mut body = good();
    body["identity"] = json!({ "type": "SystemAssigned" });
    let first = run("web", body.clone(), VERSION).unwrap();
    assert_eq!(first, run("web", body, VERSION).unwrap());
    assert!(first.0.identity.unwrap().principal_id.is_some());
}

#[test]
fn missing_members_are_named_with_their_path() {
    let missing = |body: Value| run("web", body, VERSION).unwrap_err().located(|_| (1, 9)).to_string();
    let text = missing(with("/properties/containers", Value::Null));
    assert!(
        text.contains("Required property 'containers' not found in JSON. Path 'properties', line 1"),
        "{text}"
    );
    let text = missing(with("/properties/containers/0/properties/image", Value::Null));
    assert!(text.contains("'image' not found in JSON. Path 'properties.containers[0].properties'"), "{text}");
    let text = missing(with("/properties/imageRegistryCredentials", json!([{ "username": "u" }])));
    assert!(text.ends_with("Path 'properties.imageRegistryCredentials[0]', line 1, position 9.'."), "{text}");
    let text = missing(with("/properties/ipAddress/type", Value::Null));
    assert!(text.contains("'type' not found"), "{text}");
}

#[test]
fn rules_of_the_group_as_a_whole() {
    refused(with("/location", Value::Null), "LocationRequired", "");
    refused(with("/location", json!("atlantis")), "LocationNotAvailableForResourceType", "'atlantis'");
    refused(with("/properties/osType", json!("Plan9")), "InvalidOsType", "'<null>'");
    refused(with("/properties/osType", Value::Null), "InvalidOsType", "'Windows,Linux'");
    refused(with("/properties/restartPolicy", json!("Sometimes")), "InvalidRestartPolicy", "");
    refused(with("/properties/priority", json!("Cheap")), "PriorityNotSpecified", "'Regular,Spot'");
    let timeout = with("/properties/provisioningTimeoutInSeconds", json!(60));
    let old = run("web", timeout.clone(), ApiVersion::V2022_09_01).unwrap_err();
    assert_eq!(old.code(), "CustomProvisioningTimeoutInSecondsNotSuppported");
    assert!(run("web", timeout, VERSION).is_ok());
    assert_eq!(run("Web", good(), VERSION).unwrap_err().code(), "InvalidContainerGroupName");
}

#[test]
fn rules_of_images() {
    let image = "/properties/containers/0/properties/image";
    for empty in ["", " "] {
        refused(with(image, json!(empty)), "InaccessibleImage", "is not accessible");
    }
    let windows = json!("mcr.microsoft.com/windows/servercore:ltsc2019");
    let words = "doesn't support specified OS 'Linux' for container group 'web'";
    refused(with(image, windows.clone()), "ImageOsTypeNotMatchContainerGroup", words);
    let init = json!([{ "name": "init", "properties": { "image": windows } }]);
    refused(with("/properties/initContainers", init), "ImageOsTypeNotMatchContainerGroup", words);
}

#[test]
fn a_request_that_names_a_pool_says_nothing_but_config_maps() {
    let check = |body: Value| {
        let group: ContainerGroup = serde_json::from_value(body).unwrap();
        let id = ResourceId::container_group("s", "rg", "web");
        check_reuse(&id, &group).map(str::to_owned).map_err(|violation| violation.code())
    };
    let mut body = json!({ "location": "West US", "properties": {
        "containers": [{ "name": "web", "properties": { "configMap": { "keyValuePairs": { "k": "v" } } } }],
        "subnetIds": [{ "id": SUBNET }],
        "containerGroupProfile": { "id": "/p", "revision": 1 },
    } });
    assert_eq!(check(body.clone()), Ok("West US".to_owned()));
    body["properties"]["restartPolicy"] = json!("Never");
    assert_eq!(check(body.clone()), Err("BadRequest"));
    body["location"] = Value::Null;
    assert_eq!(check(body), Err("LocationRequired"));
}

#[test]
fn rules_of_containers() {
    let containers = "/properties/containers";
    let name = "/properties/containers/0/name";
    refused(with(containers, json!([])), "ContainersNotSpecified", "");
    refused(with(name, json!("Web")), "InvalidContainerName", "'Web' in container group 'web'");
    refused(with(name, json!("w".repeat(64))), "InvalidContainerName", "");
    refused(
        with(containers, json!([container("a", 80), container("a", 81)])),
        "DuplicateContainerName",
        "'a'",
    );
    let many: Vec<_> = (0..61).map(|index| container(&format!("c{index}"), 80 + index)).collect();
    refused(with(containers, json!(many)), "TooManyContainers", "'61'");
    let environment = "/properties/containers/0/properties/environmentVariables";
    refused(with(environment, json!([{ "name": "1a" }])), "InvalidContainerEnvironmentVariable", "'web'");
}

#[test]
fn rules_of_ports() {
    let ports = "/properties/containers/0/properties/ports";
    refused(with(ports, json!([{ "port": 0 }])), "InvalidContainerPorts", "The ports '0'");
    refused(with(ports, json!([{ "port": 65536 }])), "InvalidContainerPorts", "beteween");
    refused(with(ports, json!([{ "port": 80 }, { "port": 80 }])), "DuplicateContainerPorts", "'80'");
    refused(with(ports, json!([{ "port": 80, "protocol": "SCTP" }])), "InvalidPortProtocol", "'SCTP'");
    let ip_ports = "/properties/ipAddress/ports";
    refused(with(ip_ports, json!([])), "MissingIpAddressPorts", "cannot be empty");
    refused(with(ip_ports, json!([{ "port": 4900 }])), "IpAddressPortsNotUsed", "Following ports '4900'");
    let udp = json!([{ "port": 80, "protocol": "UDP" }]);
    refused(with(ip_ports, udp), "IpAddressPortsNotUsed", "Following ports '80'");
    refused(with(ip_ports, json!([{ "port": 80 }, { "port": 80 }])), "DuplicateContainerPorts", "");
    let six: Vec<_> = (1..=6).map(|port| json!({ "port": port })).collect();
    refused(with(ip_ports, json!(six)), "TooManyIpAddressPorts", "'5'");
}

#[test]
fn rules_of_probes() {
    for member in ["livenessProbe", "readinessProbe"] {
        let pointer = format!("/properties/containers/0/properties/{member}");
        let refused = |probe: Value, text: &str| {
            let text =
                format!("The '{member}' in container 'web' of container group 'web' is invalid. {text}");
            refused(with(&pointer, probe), "InvalidContainerProbe", &text);
        };
        let exec = json!({ "command": ["cat", "/tmp/healthy"] });
        refused(json!({}), "Exactly one of 'exec' and 'httpGet'");
        refused(json!({ "exec": exec, "httpGet": { "port": 80 } }), "Exactly one of 'exec' and 'httpGet'");
        refused(json!({ "exec": { "command": [] } }), "The 'command' of 'exec' cannot be empty");
        refused(json!({ "exec": {} }), "The 'command' of 'exec' cannot be empty");
        refused(json!({ "httpGet": { "port": 65536 } }), "The port '65536'");
        refused(json!({ "httpGet": { "port": 80, "scheme": "ftp" } }), "The scheme 'ftp'");
        refused(json!({ "httpGet": { "port": 80, "path": "/a b" } }), "The 'path' of 'httpGet'");
        let header = |name: &str, value: &str| json!({ "httpGet": { "port": 80, "httpHeaders": [{ "name": name, "value": value }] } });
        refused(header("a b", "c"), "The 'httpHeaders' of 'httpGet'");
        refused(header("a", "b\r\nc: d"), "The 'httpHeaders' of 'httpGet'");
        refused(json!({ "exec": exec, "initialDelaySeconds": -1 }), "The 'initialDelaySeconds' is '-1'");
        for number in ["periodSeconds", "failureThreshold", "successThreshold", "timeoutSeconds"] {
            let text = format!("The '{number}' is '0' and must be at least '1'.");
            refused(json!({ "exec": exec, number: 0 }), &text);
        }
        let portless = run("web", with(&pointer, json!({ "httpGet": {} })), VERSION).unwrap_err();
        let path = format!("Path 'properties.containers[0].properties.{member}.httpGet'");
        assert!(portless.to_string().contains(&path), "{portless}");

        let good = [
            json!({ "exec": exec, "initialDelaySeconds": 0, "periodSeconds": 1 }),
            json!({ "httpGet": { "port": 80 } }),
            json!({ "httpGet": { "port": 443, "scheme": "HTTPS", "path": "health?all=1" } }),
            header("Host", "example.com"),
        ];
        for probe in good {
            run("web", with(&pointer, probe), VERSION).unwrap();
        }
    }
}

#[test]
fn rules_of_resources() {
    let resources = "/properties/containers/0/properties/resources";
    let requests = "/properties/containers/0/properties/resources/requests";
    let limits = "/properties/containers/0/properties/resources/limits";
    refused(with(resources, Value::Null), "ResourceRequestsNotSpecified", "of contain group 'web'");
    refused(with(requests, json!({ "cpu": 1 })), "ResourceSomeRequestsNotSpecified", "'MemoryInGB'");
    refused(with(requests, json!({ "memoryInGB": 1 })), "ResourceSomeRequestsNotSpecified", "'Cpu'");
    refused(with(requests, json!({ "cpu": 0, "memoryInGB": 1 })), "InvalidResourceRequest", "'Cpu'");
    refused(with(requests, json!({ "cpu": 32, "memoryInGB": 1 })), "ServiceUnavailable", "'32' CPU");
    refused(with(limits, json!({ "cpu": 0.5 })), "ResourceLimitsLessThanRequests", "The 'Cpu' limit value");
    let above = "The 'Cpu' limit '2' in container 'web' is greater than the total request '1'";
    refused(with(limits, json!({ "cpu": 2 })), "ContainerLimitGreaterThanContainerGroupTotalRequest", above);
}

#[test]
fn rules_of_volumes() {
    let mounts = "/properties/containers/0/properties/volumeMounts";
    let volumes = "/properties/volumes";
    let colon = json!([{ "name": "files", "mountPath": "c:/Config" }]);
    refused(with(mounts, colon), "InvalidVolumeMountPath", "'c:/Config' in container 'web'");
    refused(
        with(mounts, json!([{ "name": "none", "mountPath": "/x" }])),
        "VolumesNotFound",
        "Volumes 'none'",
    );
    let twice = json!([{ "name": "files", "emptyDir": {} }, { "name": "files", "emptyDir": {} }]);
    refused(with(volumes, twice), "DuplicateVolumeName", "'files'");
    refused(with(volumes, json!([{ "name": "files" }])), "InvalidVolume", "Exactly one");
    let both = json!([{ "name": "files", "emptyDir": {}, "secret": {} }]);
    refused(with(volumes, both), "InvalidVolume", "Exactly one");
    let outside =
        json!([{ "name": "files", "gitRepo": { "repository": "https://x/y", "directory": "../y" } }]);
    refused(with(volumes, outside), "InvalidGitRepoVolume", "'../y'");
    let nothing = json!([{ "name": "files", "gitRepo": {} }]);
    refused(with(volumes, nothing), "InvalidRequestContent", "'properties.volumes[0].gitRepo'");
    let plain = json!([{ "name": "files", "secret": { "a": "not base64!" } }]);
    refused(with(volumes, plain.clone()), "InvalidSecretVolume", "'a'");
    let shown = run("web", with(volumes, plain), VERSION).unwrap_err().to_string();
    assert!(!shown.contains("not base64!"), "{shown}");
    let escape = json!([{ "name": "files", "secret": { "../a": "YQ==" } }]);
    refused(with(volumes, escape), "InvalidSecretVolume", "'../a'");
    let many: Vec<_> = (0..21).map(|index| json!({ "name": format!("v{index}"), "emptyDir": {} })).collect();
    refused(with(volumes, json!(many)), "TooManyVolumes", "'21'");
}

#[test]
fn rules_of_the_network() {
    let subnets = "/properties/subnetIds";
    let kind = "/properties/ipAddress/type";
    refused(with(kind, json!("Secret")), "InvalidIpAddressType", "'Public,Private'");
    refused(with(kind, json!("Private")), "PrivateIPAddressNotSupported", "network profile is defined");
    refused(with(subnets, json!([{ "id": SUBNET }])), "InvalidIpAddressTypeForNetworkProfile", "public");
    refused(with(subnets, json!([{ "id": "subnet" }])), "InvalidSubnetId", "'subnet'");
    refused(with(subnets, json!([{ "id": SUBNET }, { "id": SUBNET }])), "TooManySubnets", "one subnet");
    for label in ["abc", "1abcd", "Abcde", "abcd-"] {
        refused(with("/properties/ipAddress/dnsNameLabel", json!(label)), "InvalidDnsNameLabel", label);
    }
}

#[test]
fn rules_of_registries() {
    let registries = "/properties/imageRegistryCredentials";
    let server = |server: &str| with(registries, json!([{ "server": server, "username": "u" }]));
    refused(server("https://reg.io"), "InvalidImageRegistryServer", "without protocol");
    refused(
        with(registries, json!([{ "server": "r" }])),
        "AmbiguousImageResitryCredentialType",
        "exactly one",
    );
    let two = json!([{ "server": "a", "username": "u" }, { "server": "b", "username": "u" }]);
    refused(with(registries, two), "MoreImageRegistryCredentialsThanContainers", "'web'");
}

#[test]
fn rules_of_identities() {
    let identity = "/identity";
    let id =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me";
    let user = json!({ "type": "UserAssigned", "userAssignedIdentities": { id: {} } });
    run("web", with(identity, user.clone()), VERSION).unwrap();
    refused(with(identity, json!({ "type": "Mine" })), "InvalidIdentityType", "'SystemAssigned,");
    refused(with(identity, json!({ "type": "UserAssigned" })), "InvalidIdentityValues", "if and only if");
    let stray = json!({ "type": "SystemAssigned", "userAssignedIdentities": { id: {} } });
    refused(with(identity, stray), "InvalidIdentityValues", "if and only if");
    let other = json!({ "type": "UserAssigned", "userAssignedIdentities": { SUBNET: {} } });
    refused(with(identity, other), "InvalidIdentityValues", "subnets/n");

    let registries = "/properties/imageRegistryCredentials";
    let pull = json!([{ "server": "reg.io", "identity": id.to_uppercase() }]);
    refused(with(registries, pull.clone()), "InvalidImageRegistryIdentity", "not found in container group");
    let mut both = with(registries, pull);
    both["identity"] = user;
    run("web", both.clone(), VERSION).unwrap();
    let old = run("web", both, ApiVersion::V2021_03_01).unwrap_err();
    assert_eq!(old.code(), "InvalidImageRegistryCredentialType");
}

#[test]
fn rules_of_windows() {
    let windows = |pointer: &str, value: Value| {
        let mut body = good();
        body["properties"]["osType"] = json!("Windows");
        body["properties"]["volumes"] = Value::Null;
        match pointer {
            "identity" => body["identity"] = value,
            member => body["properties"][member] = value,
        }
        body
    };
    refused(windows("identity", json!({ "type": "None" })), "IdentityNotSupportedOnWindows", "Windows");
    let volumes = json!([{ "name": "files", "emptyDir": {} }]);
    refused(windows("volumes", volumes), "WindowsContainersVolumeNotSupported", "Windows containers");
    let two = json!([container("a", 80), container("b", 81)]);
    refused(windows("containers", two), "MultipleContainersNotSupportedOnWindows", "exactly one");
    let subnets = json!([{ "id": SUBNET }]);
    refused(windows("subnetIds", subnets), "VirtualNetworkNotSupportedOnWindows", "Virtual networks");
}

#[test]
fn rules_of_what_a_group_is_sold_as() {
    refused(with("/properties/sku", json!("Golden")), "InvalidSku", "'Standard,Dedicated,Confidential'");
    refused(with("/zones", json!(["9"])), "InvalidAvailabilityZone", "'9'");
    refused(with("/zones", json!(["1", "2"])), "InvalidAvailabilityZone", "'1,2'");
    run("web", with("/zones", json!(["1"])), VERSION).unwrap();

    let spot = |member: &str, value: Value| {
        let mut body = with("/properties/priority", json!("Spot"));
        body["properties"].as_object_mut().unwrap().remove("ipAddress");
        match member {
            "zones" => body["zones"] = value,
            member => body["properties"][member] = value,
        }
        body
    };
    run("web", spot("sku", json!("Standard")), VERSION).unwrap();
    let address = json!({ "type": "Public", "ports": [{ "port": 80 }] });
    let inbound = "SpotPriorityContainerGroupNotSupportedForInboundConnectivity";
    refused(spot("ipAddress", address), inbound, "'web'");
    refused(spot("subnetIds", json!([{ "id": SUBNET }])), inbound, "'web'");
    let sku = "SpotPriorityContainerGroupNotSupportedInSku";
    refused(spot("sku", json!("Confidential")), sku, "in 'Confidential' Sku.");
    refused(spot("zones", json!(["1"])), "SpotPriorityContainerGroupNotSupportedInZones", "zones");
    let mut gpu = spot("sku", json!("Standard"));
    gpu["properties"]["containers"][0]["properties"]["resources"]["requests"]["gpu"] =
        json!({ "count": 1, "sku": "V100" });
    refused(gpu, "SpotPriorityContainerGroupWithGPUResourcesNotSupported", "GPU");
    let mut large = spot("sku", json!("Standard"));
    large["properties"]["containers"][0]["properties"]["resources"]["requests"]["cpu"] = json!(5);
    refused(large, "ServiceUnavailable", "'5' CPU");

    let policy = json!({ "ccePolicy": "not base64!" });
    refused(with("/properties/confidentialComputeProperties", policy), "InvalidCcePolicy", "valid Base64");
    let context = "/properties/containers/0/properties/securityContext";
    let privileged = with(context, json!({ "privileged": true }));
    refused(privileged.clone(), "PrivilegedContainerNotSupported", "'Confidential' Sku only");
    let mut confidential = privileged;
    confidential["properties"]["sku"] = json!("Confidential");
    run("web", confidential, VERSION).unwrap();
    refused(with(context, json!({ "seccompProfile": "{}" })), "InvalidSecurityContext", "'web'");
}

#[test]
fn rules_of_what_accompanies_a_group() {
    let workspace = |value: Value| with("/properties/diagnostics", json!({ "logAnalytics": value }));
    let kind = json!({ "workspaceId": "w", "workspaceKey": "a2V5", "logType": "Poems" });
    refused(workspace(kind), "InvalidLogAnalyticsLogType", "'ContainerInsights,");
    refused(workspace(json!({ "workspaceId": "w" })), "InvalidRequestContent", "'workspaceKey' not found");
    let key = json!({ "vaultBaseUrl": "https://v", "keyName": "k" });
    refused(with("/properties/encryptionProperties", key), "InvalidRequestContent", "'keyVersion'");
    let extension =
        json!({ "name": "a", "properties": { "extensionType": "realtime-metrics", "version": "1.0" } });
    refused(with("/properties/extensions", json!([extension, extension])), "DuplicateExtensionName", "'a'");
    refused(
        with("/properties/extensions", json!([{ "name": "a" }])),
        "InvalidRequestContent",
        "extensionType",
    );
    let servers = with("/properties/dnsConfig", json!({ "nameServers": ["here"] }));
    refused(servers, "InvalidDnsNameServer", "'here'");
}

#[test]
fn rules_of_addresses_mounts_and_volume_names() {
    let mut reserved = with("/properties/ipAddress/ports", json!([{ "port": 3389 }]));
    reserved["properties"]["containers"][0]["properties"]["ports"] = json!([{ "port": 3389 }]);
    refused(reserved, "ReservedIpAddressPort", "'3389'");
    let scope = "/properties/ipAddress/autoGeneratedDomainNameLabelScope";
    refused(with(scope, json!("Mine")), "InvalidAutoGeneratedDomainNameLabelScope", "TenantReuse");
    let mut private = with("/properties/subnetIds", json!([{ "id": SUBNET }]));
    private["properties"]["ipAddress"] =
        json!({ "type": "Private", "ports": [{ "port": 80 }], "dnsNameLabel": "hello" });
    refused(private, "DnsNameLabelNotSupported", "private");
    for name in ["Files", "a--b", "-a"] {
        let volumes = json!([{ "name": name, "emptyDir": {} }]);
        refused(with("/properties/volumes", volumes), "InvalidVolumeName", name);
    }
    let twice = json!([{ "name": "files", "mountPath": "/a" }, { "name": "files", "mountPath": "/a" }]);
    let mounts = "/properties/containers/0/properties/volumeMounts";
    refused(with(mounts, twice), "DuplicateVolumeMountPath", "'/a'");
    let share = json!([{ "name": "files", "azureFile": { "shareName": "s" } }]);
    refused(with("/properties/volumes", share), "InvalidRequestContent", "'storageAccountName' not found");
}

#[test]
fn what_a_version_does_not_know_is_ignored() {
    let mut body = with("/properties/priority", json!("Cheap"));
    body["properties"]["extensions"] = json!([{}]);
    let Accepted(spec) = run("web", body, ApiVersion::V2021_10_01).unwrap();
    let properties = spec.properties.unwrap();
    assert_eq!((properties.priority, properties.extensions), (None, None));
}

#[test]
fn every_rule_says_what_it_rests_on() {
    let marks = ["REC", "DOC", "USER", "WELL-KNOWN", "ASSUMED", "OURS"];
    for rule in RULES {
        let evidence = rule.evidence.trim();
        assert!(marks.iter().any(|mark| evidence.starts_with(mark)), "{}: {evidence}", rule.name);
        assert!((400..500).contains(&rule.status), "{}", rule.name);
    }
}

#[test]
fn what_cannot_be_done_yet_is_refused_by_name_with_the_remedy() {
    let refused = |body: Value, text: &str| {
        let violation = run("web", body, ApiVersion::V2025_09_01).unwrap_err();
        assert_eq!(violation.code(), "NotSupportedByEmulator");
        assert!(violation.to_string().contains(text), "{violation}");
    };
    let mut windows = with("/properties/osType", json!("Windows"));
    windows["properties"]["volumes"] = Value::Null;
    refused(windows, "'properties.osType'");
    let reference = json!([{ "name": "files", "secretReference": { "a": "b" } }]);
    refused(with("/properties/volumes", reference), "'properties.volumes[0].secretReference'");
}

#[test]
fn an_update_may_change_images_but_not_what_a_new_group_needs() {
    let spec = |body| run("web", body, VERSION).unwrap().0;
    let old = spec(good());
    let image = spec(with("/properties/containers/0/properties/image", json!("nginx:2")));
    assert_eq!(check_update("web", &old, &image), Ok(()));
    let always = spec(with("/properties/restartPolicy", json!("Always")));
    assert_eq!(check_update("web", &old, &always), Ok(()), "absent means Always");
    let cpu = json!({ "cpu": 2, "memoryInGB": 1.5 });
    for (pointer, value) in [
        ("/properties/restartPolicy", json!("Never")),
        ("/properties/containers/0/properties/resources/requests", cpu),
        ("/zones", json!(["1"])),
    ] {
        let violation = check_update("web", &old, &spec(with(pointer, value))).unwrap_err();
        assert_eq!(violation.code(), "InvalidContainerGroupUpdate");
    }
}
