//! Names, kinds and missing members.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::body::{container, group};
use crate::recipe::Step;
use crate::{Area, Constraint, Recipe, Says};

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    Constraint {
        id: "os-type",
        area: Area::Names,
        says: Says::Rule(|| Violation::OsType {}),
        why: "A group runs on one of two operating systems, and there is no default. The text names no group: Azure \
              has not read its name yet.",
        way_out: "Set `properties.osType` to `Linux`.",
        recipe: Recipe::refused(Step::put("$groups/os-type", || {
            group().with("/properties/osType", json!("BeOS"))
        }))
        .remedy(&[Step::put("$groups/os-type", group)]),
    },
    Constraint {
        id: "container-name",
        area: Area::Names,
        says: Says::Rule(|| Violation::ContainerName {
            container: "Web_1".to_owned(),
            group: "container-name".to_owned(),
        }),
        why: "A container's name becomes a host name inside the group.",
        way_out: "Use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
        recipe: Recipe::refused(Step::put("$groups/container-name", || {
            group().with("/properties/containers/0/name", json!("Web_1"))
        }))
        .remedy(&[Step::put("$groups/container-name", || {
            group().with("/properties/containers/0/name", json!("web-1"))
        })]),
    },
    Constraint {
        id: "no-containers",
        area: Area::Names,
        says: Says::Rule(|| Violation::NoContainers { group: "no-containers".to_owned() }),
        why: "A group is its containers.",
        way_out: "Give it one container at least; init containers do not count.",
        recipe: Recipe::refused(Step::put("$groups/no-containers", || {
            group().with("/properties/containers", json!([]))
        }))
        .remedy(&[Step::put("$groups/no-containers", group)]),
    },
    Constraint {
        id: "duplicate-container-name",
        area: Area::Names,
        says: Says::Rule(|| Violation::DuplicateContainerName {
            container: "web".to_owned(),
            group: "duplicate-container-name".to_owned(),
        }),
        why: "Logs, exec and attach find a container by its name, and init containers share the names.",
        way_out: "Name each container of a group differently.",
        recipe: Recipe::refused(Step::put("$groups/duplicate-container-name", || {
            group().with("/properties/containers/1", container("web"))
        }))
        .remedy(&[Step::put("$groups/duplicate-container-name", || {
            group().with("/properties/containers/1", container("sidecar"))
        })]),
    },
    Constraint {
        id: "group-not-found",
        area: Area::Names,
        says: crate::error!(container_group_not_found("group-not-found")),
        why: "The resource provider has no such row. A GET of the group itself is answered by Azure Resource Manager, \
              with `ResourceNotFound`.",
        way_out: "Create the group first; seconds after a PUT, ask again.",
        recipe: Recipe::refused(Step::get("$groups/group-not-found/containers/web/logs"))
            .command("az container logs -g constraints -n group-not-found --container-name web"),
    },
];
