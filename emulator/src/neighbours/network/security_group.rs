//! Network security groups: kept so that subnets can refer to them; no packet is filtered by them here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::tracked::{Kind, Tracked};
use crate::store::Table;

/// A network security group.
pub type SecurityGroup = Tracked<SecurityGroupProperties>;

/// What a network security group has; what is not read here is kept and shown again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecurityGroupProperties {
    /// The id that the service gives it besides the resource id.
    pub resource_guid: Uuid,
    /// Its own rules.
    pub security_rules: Vec<SecurityRule>,
    /// Everything else.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Kind for SecurityGroupProperties {
    const TYPE: &'static str = "Microsoft.Network/networkSecurityGroups";
    const TABLE: Table = Table::SecurityGroups;
}

/// A rule for traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecurityRule {
    /// Its name.
    pub name: String,
    /// What it says, as the caller wrote it.
    pub properties: Map<String, Value>,
}

/// A rule that every group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultRule {
    /// Its name.
    pub name: &'static str,
    /// Its sentence for people.
    pub description: &'static str,
    /// Where traffic comes from.
    pub source: &'static str,
    /// Where it goes.
    pub destination: &'static str,
    /// `Allow` or `Deny`.
    pub access: &'static str,
    /// The higher, the later.
    pub priority: u32,
    /// `Inbound` or `Outbound`.
    pub direction: &'static str,
}

const fn rule(
    name: &'static str,
    description: &'static str,
    way: [&'static str; 2],
    access: &'static str,
    priority: u32,
    direction: &'static str,
) -> DefaultRule {
    let [source, destination] = way;
    DefaultRule { name, description, source, destination, access, priority, direction }
}

/// The rules that every group has (recorded: azure-cli 2.77).
pub const DEFAULT_RULES: [DefaultRule; 6] = [
    rule(
        "AllowVnetInBound",
        "Allow inbound traffic from all VMs in VNET",
        ["VirtualNetwork", "VirtualNetwork"],
        "Allow",
        65000,
        "Inbound",
    ),
    rule(
        "AllowAzureLoadBalancerInBound",
        "Allow inbound traffic from azure load balancer",
        ["AzureLoadBalancer", "*"],
        "Allow",
        65001,
        "Inbound",
    ),
    rule("DenyAllInBound", "Deny all inbound traffic", ["*", "*"], "Deny", 65500, "Inbound"),
    rule(
        "AllowVnetOutBound",
        "Allow outbound traffic from all VMs to all VMs in VNET",
        ["VirtualNetwork", "VirtualNetwork"],
        "Allow",
        65000,
        "Outbound",
    ),
    rule(
        "AllowInternetOutBound",
        "Allow outbound traffic from all VMs to Internet",
        ["*", "Internet"],
        "Allow",
        65001,
        "Outbound",
    ),
    rule("DenyAllOutBound", "Deny all outbound traffic", ["*", "*"], "Deny", 65500, "Outbound"),
];

impl SecurityGroupProperties {
    /// A rule by name, in any case.
    pub fn rule(&self, name: &str) -> Option<&SecurityRule> {
        self.security_rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// Makes or replaces a rule; whether it is new.
    pub fn put_rule(&mut self, rule: SecurityRule) -> bool {
        match self.security_rules.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&rule.name)) {
            Some(known) => {
                known.properties = rule.properties;
                false
            }
            None => {
                self.security_rules.push(rule);
                true
            }
        }
    }

    /// Takes a rule out; whether there was one.
    pub fn remove_rule(&mut self, name: &str) -> bool {
        let before = self.security_rules.len();
        self.security_rules.retain(|rule| !rule.name.eq_ignore_ascii_case(name));
        self.security_rules.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_put_and_removed_by_its_name_in_any_case() {
        let mut group = SecurityGroupProperties::default();
        let rule = |name: &str, priority: u32| SecurityRule {
            name: name.to_owned(),
            properties: [("priority".to_owned(), priority.into())].into_iter().collect(),
        };
        assert!(group.put_rule(rule("Ssh", 100)) && !group.put_rule(rule("ssh", 200)));
        assert_eq!(group.security_rules.len(), 1);
        assert_eq!(group.rule("SSH").unwrap().properties["priority"], 200);
        assert!(group.remove_rule("sSH") && !group.remove_rule("ssh"));
    }
}
