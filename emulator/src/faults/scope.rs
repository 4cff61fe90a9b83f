//! Which calls and containers a rule is about.

use gix::bstr::BStr;
use gix::glob::wildmatch::Mode;
use serde::{Deserialize, Serialize};

/// Patterns with `*` and `?`, in any case; one that is absent covers everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// The operation, by the name that roles have for it: `Microsoft.ContainerInstance/containerGroups/write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The version that a call asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The subscription's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// The resource group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// The container group, or whatever resource a call is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The container's image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// A call or a container, as far as rules ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The operation of a call.
    pub operation: Option<&'a str>,
    /// The version that it asks for.
    pub api_version: Option<&'a str>,
    /// The subscription.
    pub subscription: Option<&'a str>,
    /// The resource group.
    pub resource_group: Option<&'a str>,
    /// The resource.
    pub name: Option<&'a str>,
    /// The container.
    pub container: Option<&'a str>,
    /// Its image.
    pub image: Option<&'a str>,
}

impl Scope {
    /// Whether a call or a container is in it. What a pattern asks about and the subject lacks is not.
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        let pairs = [
            (&self.operation, subject.operation),
            (&self.api_version, subject.api_version),
            (&self.subscription, subject.subscription),
            (&self.resource_group, subject.resource_group),
            (&self.name, subject.name),
            (&self.container, subject.container),
            (&self.image, subject.image),
        ];
        pairs.iter().all(|(pattern, value)| match (pattern, value) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(pattern), Some(value)) => matches(pattern, value),
        })
    }

    /// A pattern that is about calls alone, or about containers alone.
    pub(super) fn pattern_of(&self, calls: bool) -> Option<&'static str> {
        let patterns = match calls {
            true => [("operation", &self.operation), ("apiVersion", &self.api_version)],
            false => [("container", &self.container), ("image", &self.image)],
        };
        patterns.iter().find(|(_, pattern)| pattern.is_some()).map(|(name, _)| *name)
    }
}

/// Slashes are characters like others: names of operations and images have some.
fn matches(pattern: &str, value: &str) -> bool {
    gix::glob::wildmatch(BStr::new(pattern), BStr::new(value), Mode::IGNORE_CASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_must_meet_its_part() {
        let scope = Scope {
            operation: Some("*/containergroups/WRITE".to_owned()),
            name: Some("web-?".to_owned()),
            ..Scope::default()
        };
        let call = Subject {
            operation: Some("Microsoft.ContainerInstance/containerGroups/write"),
            name: Some("web-1"),
            ..Subject::default()
        };
        assert!(scope.covers(&call));
        assert!(!scope.covers(&Subject { name: Some("web-10"), ..call }));
        assert!(!scope.covers(&Subject { name: None, ..call }));
        assert!(Scope::default().covers(&Subject::default()));
    }

    #[test]
    fn a_star_goes_over_slashes() {
        assert!(matches("mcr.*", "mcr.microsoft.com/azuredocs/aci-helloworld"));
        assert!(matches("*hello*", "mcr.microsoft.com/azuredocs/aci-helloworld:latest"));
        assert!(!matches("hello", "aci-helloworld"));
    }
}
