//! Names, kinds and missing members of the group as a whole.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::body::group;
use crate::error;
use crate::recipe::{Az, Recipe, Step};
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// The chapter's first part.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    constraint(
        "group-name",
        Area::Names,
        Says::Rule(|| Violation::GroupName { group: "Group_Name".to_owned() }),
        "A group's name is part of host names and of the names of what belongs to it.",
        "Use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
        Recipe::refused(Step::put("$groups/Group_Name", || group("group-name")))
            .command(
                "az container create -g constraints -n Group_Name -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 1 --memory 1",
            )
            .remedy(&[Step::put("$groups/group-name", || group("group-name"))]),
    ),
    rule! {
        "location-required" Names, |_| Violation::LocationRequired {},
        why: "A container group is a tracked resource: it lives in a region, and Azure Resource Manager wants to know \
              which before anybody else reads the request.",
        way_out: "Set `location`.",
        sends: |it| it.without("/location"), accepted: |it| it
    },
    rule! {
        "location-unknown" Names, |_| Violation::LocationNotAvailable {
            location: "atlantis".to_owned(),
            regions: aci_emulator::regions::names(","),
        },
        why: "The region does not exist, or has no container groups.",
        way_out: "Use one of the regions that the text lists.",
        sends: |it| it.with("/location", json!("atlantis")), accepted: |it| it
    },
    rule! {
        "os-type" Names, |_| Violation::OsType {},
        why: "A group runs on one of two operating systems, and there is no default. The text names no group: Azure \
              has not read its name yet.",
        way_out: "Set `properties.osType` to `Linux` (or `Windows`).",
        sends: |it| it.with("/properties/osType", json!("BeOS")), accepted: |it| it,
        az(Az::Refuses(
            "az container create -g constraints -n os-type --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type BeOS",
            "'BeOS' is not a valid value for '--os-type'."
        ))
    },
    rule! {
        "restart-policy" Names, |_| Violation::RestartPolicy {},
        why: "There are three restart policies.",
        way_out: "Set `properties.restartPolicy` to `Always`, `OnFailure` or `Never`, or leave it out for `Always`.",
        sends: |it| it.with("/properties/restartPolicy", json!("Sometimes")),
        accepted: |it| it.with("/properties/restartPolicy", json!("OnFailure")),
        az(Az::Refuses(
            "az container create -g constraints -n restart-policy --image mcr.microsoft.com/azuredocs/aci-helloworld --restart-policy Sometimes",
            "'Sometimes' is not a valid value for '--restart-policy'."
        ))
    },
    rule! {
        "no-containers" Names, |name| Violation::NoContainers { group: name },
        why: "A group is its containers.",
        way_out: "Give it one container at least; init containers do not count.",
        sends: |it| it.with("/properties/containers", json!([])), accepted: |it| it
    },
    rule! {
        "required-property" Names, |_| Violation::RequiredPropertyMissing {
            property: "server",
            path: "properties.imageRegistryCredentials[0]".to_owned(),
            line: 12,
            position: 55,
        },
        why: "Azure's deserializer wants the member. The same words stand for every required member; line and position \
              are the end of the object that lacks it.",
        way_out: "Add the member that the text names at the path that it names.",
        sends: |it| it.with("/properties/imageRegistryCredentials", json!([{ "username": "user" }])),
        accepted: |it| it.with("/properties/imageRegistryCredentials", json!([
            { "server": "registry.example.com", "username": "user", "password": "secret" },
        ]))
    },
    constraint(
        "malformed-value",
        Area::Names,
        error!(invalid_request_content(
            "Error converting value: invalid type: string \"one\", expected f64. Path \
             'properties.containers[0].properties.resources.requests.cpu', line 9, position 49."
        )),
        "A member has another type than the API's, or the body is no JSON. The frame of the text is Azure's, the words \
         about the value are the emulator's own.",
        "Correct the value at the path that the text names.",
        Recipe::refused(Step::put("$groups/malformed-value", || {
            group("malformed-value").with_container("/resources/requests/cpu", json!("one"))
        }))
        .remedy(&[Step::put("$groups/malformed-value", || group("malformed-value"))]),
    ),
    rule! {
        "log-type" Names, |name| Violation::LogType { group: name },
        why: "Log Analytics takes two kinds of logs of a group.",
        way_out: "Set `logType` to `ContainerInsights` or `ContainerInstanceLogs`, or leave it out.",
        sends: |it| it.with("/properties/diagnostics/logAnalytics", json!({
            "workspaceId": "workspace", "workspaceKey": "key", "logType": "Everything",
        })),
        accepted: |it| it.with("/properties/diagnostics/logAnalytics", json!({
            "workspaceId": "workspace", "workspaceKey": "key", "logType": "ContainerInsights",
        }))
    },
    rule! {
        "duplicate-extension" Names, |name| Violation::DuplicateExtension {
            extension: "proxy".to_owned(),
            group: name,
        },
        why: "Extensions of a group are told apart by their names.",
        way_out: "Name each extension differently.",
        sends: |it| it.with("/properties/extensions", json!([
            { "name": "proxy", "properties": { "extensionType": "kube-proxy", "version": "1.0" } },
            { "name": "proxy", "properties": { "extensionType": "realtime-metrics", "version": "1.0" } },
        ])),
        accepted: |it| it.with("/properties/extensions", json!([
            { "name": "proxy", "properties": { "extensionType": "kube-proxy", "version": "1.0" } },
            { "name": "metrics", "properties": { "extensionType": "realtime-metrics", "version": "1.0" } },
        ]))
    },
    rule! {
        "provisioning-timeout-version" Names, |name| Violation::ProvisioningTimeoutVersion { group: name },
        why: "The member came with api-version 2023-02-01-preview. Clients meet this when they read a group in a newer \
              version and write it back in an older one.",
        way_out: "Write with the version with which you read, or drop the member.",
        sends: |it| it.with("/properties/provisioningTimeoutInSeconds", json!(600)), accepted: |it| it,
        in_version("2022-09-01")
    },
];
