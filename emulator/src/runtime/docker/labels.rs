//! The labels on everything made here: how it is found again after a restart, and what it is about.

use std::collections::HashMap;

use aci_model::ResourceId;

use crate::runtime::SandboxId;

/// The owner: the id of the emulator that made the object.
pub(crate) const EMULATOR: &str = "aci-local.emulator";
/// The resource id of the container group.
pub(crate) const GROUP: &str = "aci-local.group";
/// The id of the deployment.
pub(crate) const SANDBOX: &str = "aci-local.sandbox";
/// What the object is: one of the `ROLE_` constants.
pub(crate) const ROLE: &str = "aci-local.role";
/// The container's name in its group.
pub(crate) const CONTAINER: &str = "aci-local.container";
/// Which attempt of the container it is, counted from 0.
pub(crate) const ATTEMPT: &str = "aci-local.attempt";
/// The volume's name in its group.
pub(crate) const VOLUME: &str = "aci-local.volume";
/// The Docker network that a sandbox lies on.
pub(crate) const NETWORK: &str = "aci-local.network";
/// The address of a group where it was chosen here, kept because a stopped container has none to show.
pub(crate) const ADDRESS: &str = "aci-local.address";
/// The subnet that a network stands for, or that a sandbox lies in.
pub(crate) const SUBNET: &str = "aci-local.subnet";

/// The container that owns a deployment's network namespace.
pub(crate) const ROLE_SANDBOX: &str = "sandbox";
/// One attempt of one of the group's containers.
pub(crate) const ROLE_CONTAINER: &str = "container";
/// A volume of a deployment.
pub(crate) const ROLE_VOLUME: &str = "volume";
/// A network of the emulator's own.
pub(crate) const ROLE_NETWORK: &str = "network";

/// Labels as Docker takes them.
pub(crate) type Labels = HashMap<String, String>;

/// Filters as Docker takes them.
pub(crate) type Filters = HashMap<String, Vec<String>>;

/// Labels from pairs of key and value.
pub(crate) fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The labels that everything of a deployment carries.
pub(crate) fn deployment(owner: &str, group: &ResourceId, sandbox: &SandboxId, role: &str) -> Labels {
    labels([(EMULATOR, owner), (GROUP, &group.to_string()), (SANDBOX, &sandbox.0), (ROLE, role)])
}

/// A filter for objects that carry every one of these labels.
pub(crate) fn filter<const N: usize>(pairs: [(&str, &str); N]) -> Filters {
    let wanted = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    HashMap::from([("label".to_owned(), wanted)])
}

/// What the labels of a deployment's object say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) sandbox: SandboxId,
    pub(crate) group: ResourceId,
    pub(crate) role: Role,
}

/// What a labelled object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Sandbox,
    Container { name: String, attempt: u32 },
    Volume,
}

/// Reads the labels of an object; `None` when they are not ours or are damaged.
pub(crate) fn parse(labels: &Labels) -> Option<Tag> {
    let role = match labels.get(ROLE)?.as_str() {
        ROLE_SANDBOX => Role::Sandbox,
        ROLE_VOLUME => Role::Volume,
        ROLE_CONTAINER => Role::Container {
            name: labels.get(CONTAINER)?.clone(),
            attempt: labels.get(ATTEMPT)?.parse().ok()?,
        },
        _ => return None,
    };
    Some(Tag {
        sandbox: SandboxId(labels.get(SANDBOX)?.clone()),
        group: labels.get(GROUP)?.parse().ok()?,
        role,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> ResourceId {
        ResourceId::container_group("s", "rg", "Web")
    }

    #[test]
    fn what_is_written_on_a_container_is_read_back() {
        let mut written = deployment("me", &group(), &SandboxId("d1".into()), ROLE_CONTAINER);
        written.extend(labels([(CONTAINER, "app"), (ATTEMPT, "3")]));
        let tag = parse(&written).unwrap();
        assert_eq!(tag.group.name(), "Web");
        assert_eq!(tag.sandbox.0, "d1");
        assert_eq!(tag.role, Role::Container { name: "app".into(), attempt: 3 });
    }

    #[test]
    fn a_damaged_label_makes_the_object_a_strangers() {
        let mut written = deployment("me", &group(), &SandboxId("d1".into()), ROLE_CONTAINER);
        written.extend(labels([(CONTAINER, "app"), (ATTEMPT, "many")]));
        assert_eq!(parse(&written), None);
        assert_eq!(parse(&Labels::new()), None);
    }

    #[test]
    fn a_filter_wants_every_label() {
        let filter = filter([(EMULATOR, "me"), (ROLE, ROLE_SANDBOX)]);
        assert_eq!(filter["label"], ["aci-local.emulator=me", "aci-local.role=sandbox"]);
    }
}
