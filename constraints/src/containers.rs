//! Names, counts and environments of containers.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::Constraint;
use crate::body::container;
use crate::recipe::{Step, Verb};

/// The chapter's second part.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "container-name" Names, |name| Violation::ContainerName {
            container: "Web_1".to_owned(),
            group: name,
        },
        why: "Names of containers have the form of host names.",
        way_out: "Use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
        sends: |it| it.with("/properties/containers/0/name", json!("Web_1")),
        accepted: |it| it.with("/properties/containers/0/name", json!("web-1"))
    },
    rule! {
        "duplicate-container-name" Names, |name| Violation::DuplicateContainerName {
            container: "web".to_owned(),
            group: name,
        },
        why: "Logs, exec and attach find a container by its name; init containers share the names.",
        way_out: "Name each container of a group differently.",
        sends: |it| it.with("/properties/containers", json!([container("web"), container("web")])),
        accepted: |it| it.with("/properties/containers", json!([container("web"), container("sidecar")]))
    },
    rule! {
        "too-many-containers" Names, |name| Violation::TooManyContainers { group: name, count: 3, limit: 2 },
        why: "A group has 60 containers at most, init containers included. The recipe lowers it to 2.",
        way_out: "Split the group; containers that need each other's localhost stay together.",
        sends: |it| it.with("/properties/containers", json!([container("one"), container("two"), container("three")])),
        accepted: |it| it.with("/properties/containers", json!([container("one"), container("two")])),
        before(&[Step::emulator(Verb::Patch, "/_emulator/limits", || {
            crate::body::json(json!({ "group": { "containers": 2 } }))
        })]),
        after(&[Step::emulator(Verb::Put, "/_emulator/limits", || crate::body::json(json!({})))])
    },
    rule! {
        "environment-name" Names, |name| Violation::EnvironmentName {
            container: name.clone(),
            group: name,
        },
        why: "The names of environment variables are those of a shell: no dots, no hyphens, no leading digit.",
        way_out: "Rename the variable; let the program read `MY_NAME` where it read `my.name`.",
        sends: |it| it.with_container("/environmentVariables", json!([{ "name": "my.name", "value": "1" }])),
        accepted: |it| it.with_container("/environmentVariables", json!([{ "name": "MY_NAME", "value": "1" }]));
        az: "--environment-variables my.name=1"
    },
    rule! {
        "containers-on-windows" Names, |name| Violation::ContainersOnWindows { group: name },
        why: "Groups of several containers run on Linux alone.",
        way_out: "One container a Windows group; or Linux.",
        sends: |it| it
            .with("/properties/osType", json!("Windows"))
            .with("/properties/containers/1", container("sidecar")),
        accepted: |it| it.with("/properties/containers/1", container("sidecar"))
    },
];
