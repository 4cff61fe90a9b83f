//! The network that container groups join, and what they are told about the cluster's.

use std::net::IpAddr;

use aci_model::ResourceId;
use reqwest::Url;

use super::credential_file::CredentialFiles;
use super::error::ConfigError;
use super::provider_file::ProviderFile;
use super::source::{self, Source};
use crate::arm::ArmSettings;
use crate::translate::Master;

/// The network of container groups.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSettings {
    /// The subnet that Linux groups join; without one they get public addresses.
    pub subnet: Option<ResourceId>,
    /// The cluster's name server.
    pub kube_dns_ip: Option<IpAddr>,
    /// The cluster's DNS domain.
    pub cluster_domain: String,
    /// Where containers find the API server.
    pub master: Option<Master>,
}

/// What the command line says about the network.
pub(super) struct Given {
    pub cluster_domain: String,
    pub master_uri: Option<String>,
}

pub(super) fn resolve(
    source: &Source<'_>,
    files: &CredentialFiles,
    file: &ProviderFile,
    arm: &ArmSettings,
    given: Given,
) -> Result<NetworkSettings, ConfigError> {
    Ok(NetworkSettings {
        subnet: subnet(source, files, file, arm)?,
        kube_dns_ip: source.ip("KUBE_DNS_IP")?,
        cluster_domain: given.cluster_domain,
        master: match (&given.master_uri, source.get("MASTER_URI")) {
            (Some(uri), _) => Some(master("--master-uri", uri)?),
            (None, Some(uri)) => Some(master("MASTER_URI", uri)?),
            (None, None) => None,
        },
    })
}

/// A URI as in the Go provider's chart, or a bare name or address as in its default.
fn master(name: &'static str, value: &str) -> Result<Master, ConfigError> {
    let invalid =
        || ConfigError::invalid(name, value, "must be a URI such as https://name:443, without a path");
    let uri = if value.contains("://") { value.to_owned() } else { format!("https://{value}") };
    let uri = Url::parse(&uri).map_err(|_| invalid())?;
    let bare = uri.path() == "/" && uri.query().is_none() && uri.fragment().is_none();
    let anonymous = uri.username().is_empty() && uri.password().is_none();
    match (uri.scheme(), uri.host_str(), uri.port_or_known_default()) {
        ("https", Some(host), Some(port)) if bare && anonymous => {
            // The variables hold an address of IPv6 without the brackets that a URI needs.
            Ok(Master { host: host.trim_matches(['[', ']']).to_owned(), port })
        }
        _ => Err(invalid()),
    }
}

fn subnet(
    source: &Source<'_>,
    files: &CredentialFiles,
    file: &ProviderFile,
    arm: &ArmSettings,
) -> Result<Option<ResourceId>, ConfigError> {
    const NAME: &str = "ACI_SUBNET_NAME";
    const CIDR: &str = "ACI_SUBNET_CIDR";
    let range = source.get(CIDR).or(file.subnet_cidr.as_deref());
    if let Some(range) = range {
        check_range(CIDR, range)?;
    }
    let Some(name) = source.get(NAME).or(file.subnet_name.as_deref()) else {
        return match range {
            Some(range) => {
                let remedy =
                    "it needs the subnet's name in ACI_SUBNET_NAME; unset it when there is no subnet";
                Err(ConfigError::invalid(CIDR, range, remedy))
            }
            None => Ok(None),
        };
    };
    let vnet = source.get("ACI_VNET_NAME").or(files.vnet_name.as_deref()).ok_or_else(|| {
        ConfigError::missing("ACI_VNET_NAME", "set it to the virtual network of ACI_SUBNET_NAME")
    })?;
    let subscription = source.get("ACI_VNET_SUBSCRIPTION_ID").unwrap_or(&arm.subscription);
    let group = source
        .get("ACI_VNET_RESOURCE_GROUP")
        .or(files.vnet_resource_group.as_deref())
        .unwrap_or(&arm.resource_group);
    if let Some(odd) = [subscription, group, vnet, name].into_iter().find(|part| part.contains('/')) {
        let remedy = "subscription, resource group, network and subnet are given by name, not by id";
        return Err(ConfigError::invalid(NAME, odd, remedy));
    }
    Ok(Some(ResourceId::subnet(subscription, group, vnet, name)))
}

fn check_range(name: &'static str, value: &str) -> Result<(), ConfigError> {
    let invalid = || ConfigError::invalid(name, value, "must be a range of addresses such as 10.241.0.0/16");
    let (address, prefix) = value.split_once('/').ok_or_else(invalid)?;
    let widest = match source::ip(name, address).map_err(|_| invalid())? {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    prefix.parse::<u8>().ok().filter(|prefix| *prefix <= widest).map(|_| ()).ok_or_else(invalid)
}
