//! Ids of ARM resources: parsed without regard to case, kept in the caller's.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// `/subscriptions/{s}/resourceGroups/{rg}/providers/{namespace}/{type}/{name}[/{type}/{name}…]`.
///
/// Two ids are equal when they differ in case alone, as in ARM; `Display` keeps the caller's casing of the
/// names and writes the fixed words in Azure's.
#[derive(Clone, Debug)]
pub struct ResourceId {
    /// The subscription's id.
    pub subscription: String,
    /// The resource group's name.
    pub resource_group: String,
    /// The resource provider's namespace.
    pub namespace: String,
    /// Type and name, outermost first; at least one pair.
    pub path: Vec<(String, String)>,
}

/// Why a text is no resource id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is not a resource id of the form /subscriptions/…/resourceGroups/…/providers/…")]
pub struct InvalidResourceId(pub String);

impl ResourceId {
    /// The id of a container group.
    pub fn container_group(subscription: &str, resource_group: &str, name: &str) -> Self {
        Self {
            subscription: subscription.to_owned(),
            resource_group: resource_group.to_owned(),
            namespace: crate::PROVIDER_NAMESPACE.to_owned(),
            path: vec![("containerGroups".to_owned(), name.to_owned())],
        }
    }

    /// The id of a subnet of a virtual network.
    pub fn subnet(subscription: &str, resource_group: &str, network: &str, subnet: &str) -> Self {
        Self {
            subscription: subscription.to_owned(),
            resource_group: resource_group.to_owned(),
            namespace: "Microsoft.Network".to_owned(),
            path: vec![
                ("virtualNetworks".to_owned(), network.to_owned()),
                ("subnets".to_owned(), subnet.to_owned()),
            ],
        }
    }

    /// The innermost name.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", |(_, name)| name)
    }

    /// The text that two ids of the same resource share: everything in lower case.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscription, resource_group, namespace, path } = self;
        write!(f, "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{namespace}")?;
        path.iter().try_for_each(|(kind, name)| write!(f, "/{kind}/{name}"))
    }
}

impl FromStr for ResourceId {
    type Err = InvalidResourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidResourceId(text.to_owned());
        let segments: Vec<&str> = text.strip_prefix('/').ok_or_else(invalid)?.split('/').collect();
        let [subscriptions, subscription, groups, group, providers, namespace, path @ ..] =
            segments.as_slice()
        else {
            return Err(invalid());
        };
        let fixed = subscriptions.eq_ignore_ascii_case("subscriptions")
            && groups.eq_ignore_ascii_case("resourceGroups")
            && providers.eq_ignore_ascii_case("providers");
        if !fixed || path.is_empty() || path.len() % 2 != 0 || segments.iter().any(|part| part.is_empty()) {
            return Err(invalid());
        }
        Ok(Self {
            subscription: (*subscription).to_owned(),
            resource_group: (*group).to_owned(),
            namespace: (*namespace).to_owned(),
            path: path.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect(),
        })
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_that_differ_in_case_alone_are_the_same_resource() {
        let given: ResourceId =
            "/SUBSCRIPTIONS/s/resourcegroups/RG/providers/microsoft.containerinstance/containergroups/Web"
                .parse()
                .unwrap();
        assert_eq!(given, ResourceId::container_group("S", "rg", "web"));
        assert_eq!(given.name(), "Web");
    }

    #[test]
    fn incomplete_ids_are_refused() {
        for text in ["", "/", "/subscriptions/s", "/subscriptions/s/resourceGroups/r/providers/n/t", "x/y"] {
            assert_eq!(text.parse::<ResourceId>(), Err(InvalidResourceId(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_its_own_text(s in "[a-z0-9-]{1,12}", rg in "[A-Za-z0-9_.-]{1,20}", n in "[a-z0-9-]{1,63}") {
            let id = ResourceId::container_group(&s, &rg, &n);
            let back: ResourceId = id.to_string().parse().unwrap();
            prop_assert_eq!(back.to_string(), id.to_string());
        }
    }
}
