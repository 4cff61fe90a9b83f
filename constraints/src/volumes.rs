//! Volumes and mounts.

use aci_emulator::validate::Violation;
use serde_json::{Value, json};

use crate::body::{Body, group};
use crate::recipe::{Az, Recipe, Step, Verb};
use crate::says::Seen;
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// Volumes, and the first of them mounted.
fn mounted(body: Body, volumes: Value) -> Body {
    let mounts = json!([{ "name": volumes[0]["name"], "mountPath": "/data" }]);
    body.with_container("/volumeMounts", mounts).with("/properties/volumes", volumes)
}

fn scratch(name: &str) -> Value {
    json!({ "name": name, "emptyDir": {} })
}

/// A share of a storage account.
fn share(account: &str) -> Value {
    json!([{ "name": "files", "azureFile": {
        "shareName": "files", "storageAccountName": account, "storageAccountKey": "bm8gc3VjaCBrZXk=",
    } }])
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "mount-path" Volumes, |name| Violation::MountPath {
            path: "c:/Config".to_owned(),
            container: name,
        },
        why: "A colon would separate two paths.",
        way_out: "Use an absolute path without a colon; on Windows one without the drive.",
        sends: |it| mounted(it, json!([scratch("scratch")]))
            .with_container("/volumeMounts/0/mountPath", json!("c:/Config")),
        accepted: |it| mounted(it, json!([scratch("scratch")]));
        az: "--secrets key=value --secrets-mount-path c:/Config"
    },
    rule! {
        "volume-not-found" Volumes, |name| Violation::VolumesNotFound {
            volumes: "files".to_owned(),
            container: name,
        },
        why: "The container mounts a volume that the group does not have.",
        way_out: "Add the volume to `properties.volumes`, or correct the name of the mount.",
        sends: |it| it.with_container("/volumeMounts", json!([{ "name": "files", "mountPath": "/data" }])),
        accepted: |it| mounted(it, json!([scratch("files")]))
    },
    rule! {
        "too-many-volumes" Volumes, |name| Violation::TooManyVolumes { group: name, count: 3, limit: 2 },
        why: "A group has 20 volumes at most. The recipe lowers it to 2.",
        way_out: "Put several files into one secret volume, or several folders into one share.",
        sends: |it| it.with("/properties/volumes", json!([scratch("one"), scratch("two"), scratch("three")])),
        accepted: |it| it.with("/properties/volumes", json!([scratch("one"), scratch("two")])),
        before(&[Step::emulator(Verb::Patch, "/_emulator/limits", || {
            crate::body::json(json!({ "group": { "volumes": 2 } }))
        })]),
        after(&[Step::emulator(Verb::Put, "/_emulator/limits", || crate::body::json(json!({})))])
    },
    rule! {
        "volume-name" Volumes, |name| Violation::VolumeName { volume: "my_files".to_owned(), group: name },
        why: "Names of volumes have the form of host names.",
        way_out: "Use lower-case letters, digits and single hyphens, with a letter or digit at both ends.",
        sends: |it| mounted(it, json!([scratch("my_files")])),
        accepted: |it| mounted(it, json!([scratch("my-files")]))
    },
    rule! {
        "duplicate-volume" Volumes, |name| Violation::DuplicateVolume { volume: "files".to_owned(), group: name },
        why: "Mounts find a volume by its name.",
        way_out: "Name each volume differently.",
        sends: |it| mounted(it, json!([scratch("files"), scratch("files")])),
        accepted: |it| mounted(it, json!([scratch("files"), scratch("others")]))
    },
    rule! {
        "duplicate-mount-path" Volumes, |name| Violation::DuplicateMountPath {
            path: "/data".to_owned(),
            container: name,
        },
        why: "One mount would hide the other.",
        way_out: "Mount each volume at a path of its own.",
        sends: |it| mounted(it, json!([scratch("files"), scratch("others")]))
            .with_container("/volumeMounts/1", json!({ "name": "others", "mountPath": "/data" })),
        accepted: |it| mounted(it, json!([scratch("files"), scratch("others")]))
            .with_container("/volumeMounts/1", json!({ "name": "others", "mountPath": "/others" }))
    },
    rule! {
        "volume-kind" Volumes, |name| Violation::VolumeKind { volume: "files".to_owned(), group: name },
        why: "A volume comes from one place; this one comes from two, or from none.",
        way_out: "Set exactly one of `azureFile`, `emptyDir`, `secret` and `gitRepo`. There are no other kinds: no disks, no \
                  NFS, no blobs.",
        sends: |it| mounted(it, json!([{ "name": "files", "emptyDir": {}, "secret": { "key": "dmFsdWU=" } }])),
        accepted: |it| mounted(it, json!([{ "name": "files", "secret": { "key": "dmFsdWU=" } }]))
    },
    rule! {
        "secret-file" Volumes, |name| Violation::SecretFile {
            file: "key".to_owned(),
            volume: "secrets".to_owned(),
            group: name,
        },
        why: "The members of a secret volume are files: names without a slash, values in base64.",
        way_out: "Encode the value (`base64 -w0`), and keep folders out of the name.",
        sends: |it| mounted(it, json!([{ "name": "secrets", "secret": { "key": "not base64!" } }])),
        accepted: |it| mounted(it, json!([{ "name": "secrets", "secret": { "key": "dmFsdWU=" } }]))
    },
    rule! {
        "git-directory" Volumes, |name| Violation::GitDirectory {
            directory: "../elsewhere".to_owned(),
            volume: "code".to_owned(),
            group: name,
        },
        why: "The clone stays inside its volume.",
        way_out: "Use a relative path without `..`, `.` for the volume itself, or leave `directory` out.",
        sends: |it| mounted(it, json!([{ "name": "code", "gitRepo": {
            "repository": "https://example.com/code.git", "directory": "../elsewhere",
        } }])),
        accepted: |it| mounted(it, json!([{ "name": "code", "gitRepo": {
            "repository": "https://example.com/code.git", "directory": ".",
        } }])),
        az(Az::Refuses(
            "az container create -g constraints -n git-directory --image mcr.microsoft.com/azuredocs/aci-helloworld --gitrepo-url https://example.com/code.git --gitrepo-dir ../elsewhere --gitrepo-mount-path /data",
            "The git repo directory cannot contain '..'"
        ))
    },
    rule! {
        "volumes-on-windows" Volumes, |_| Violation::VolumesOnWindows {},
        why: "Windows groups have no volumes of any kind, whatever the text says.",
        way_out: "Use Linux, or let the program fetch what it needs.",
        sends: |it| mounted(it, share("account")).with("/properties/osType", json!("Windows")),
        accepted: |it| mounted(it, json!([scratch("scratch")]))
    },
    constraint(
        "share-not-mounted",
        Area::Volumes,
        Says::Seen {
            evidence: "USER for the event; that the group fails at once is ASSUMED",
            seen: &[
                Seen { at: "/properties/provisioningState", is: "Failed" },
                Seen { at: "/properties/instanceView/events/*/name", is: "FailedMountAzureFileVolume" },
                Seen { at: "/properties/instanceView/events/*/message", is: "Failed to mount Azure File Volume." },
            ],
        },
        "The storage account or the share does not exist, the key is wrong, or the account's firewall is closed. Azure tells \
         none of it.",
        "Check the account's name, `az storage share-rm list` and the key; a network rule must let the group in.",
        Recipe::comes_to_show(
            Step::put("$groups/share-not-mounted", || mounted(group("share-not-mounted"), share("constraints"))),
            "$groups/share-not-mounted",
        )
        .before(&[Step::put("$rg/providers/Microsoft.Storage/storageAccounts/constraints", || {
            crate::body::json(json!({
                "location": "westeurope", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2",
            }))
        })
        .version("2023-01-01")])
        .az(Az::Command(create!(
            "share-not-mounted",
            "--azure-file-volume-account-name constraints --azure-file-volume-account-key bm8gc3VjaCBrZXk= --azure-file-volume-share-name files --azure-file-volume-mount-path /data --no-wait"
        )))
        .real(),
    ),
    constraint(
        "volumes-not-mounted",
        Area::Volumes,
        Says::Seen {
            evidence: "USER for the event; that the group fails at once is ASSUMED",
            seen: &[
                Seen { at: "/properties/provisioningState", is: "Failed" },
                Seen { at: "/properties/instanceView/events/*/name", is: "FailedMountAzureFileVolume" },
            ],
        },
        "The same where nothing is wrong with the share: the platform cannot reach it.",
        "Delete the group and create it again; let a deployment retry.",
        Recipe::comes_to_show(
            Step::put("$groups/volumes-not-mounted", || group("volumes-not-mounted")),
            "$groups/volumes-not-mounted",
        )
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            crate::body::json(json!({
                "match": { "name": "volumes-not-mounted" }, "fault": { "kind": "mountFails" }, "times": { "next": 1 },
            }))
        })])
        .remedy(&[
            Step::delete("$groups/volumes-not-mounted"),
            Step::put("$groups/volumes-not-mounted", || group("volumes-not-mounted")),
        ]),
    ),
];
