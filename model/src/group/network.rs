//! Addresses, ports, subnets and name resolution.

use serde::{Deserialize, Serialize};

use crate::open_enum;

open_enum! {
    /// Who can reach the address.
    pub enum IpAddressType {
        /// The internet.
        Public = "Public",
        /// The virtual network.
        Private = "Private",
    }
}

open_enum! {
    /// The transport of a port; absent means TCP and stays absent.
    pub enum Protocol {
        /// TCP.
        Tcp = "TCP",
        /// UDP.
        Udp = "UDP",
    }
}

/// The address of a group; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpAddress {
    /// The ports that are open from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<Port>>,
    /// The address, once there is one; ignored in a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Public or private.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<IpAddressType>,
    /// The first label of the host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_name_label: Option<String>,
    /// Who may reuse the label; shown only beside a label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_generated_domain_name_label_scope: Option<String>,
    /// The host name; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fqdn: Option<String>,
}

/// An open port of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Port {
    /// The transport.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// From 1 to 65535; wider here, as a number out of range has an answer of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
}

/// A port of a container has the same members as one of a group.
pub type ContainerPort = Port;

/// The network profile of old api-versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkProfile {
    /// Its resource id, as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A subnet that a group joins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubnetId {
    /// Its resource id, as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The contents of the containers' resolv.conf.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DnsConfig {
    /// The name servers' addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_servers: Option<Vec<String>>,
    /// Search domains, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_domains: Option<String>,
    /// Resolver options, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}
