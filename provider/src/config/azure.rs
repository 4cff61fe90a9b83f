//! Where Azure Resource Manager is, and who the provider is to it.

use std::path::{Path, PathBuf};

use aci_model::Secret;
use reqwest::Url;

use super::credential_file::CredentialFiles;
use super::error::ConfigError;
use super::provider_file::ProviderFile;
use super::source::Source;
use crate::arm::settings::{DEFAULT_TIMEOUT, PUBLIC_ENDPOINT};
use crate::arm::{ArmSettings, CredentialSettings};

/// A national cloud; the values are those of azure-sdk-for-go's `cloud` package.
struct Cloud {
    name: &'static str,
    endpoint: &'static str,
    authority: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        name: "AzurePublicCloud",
        endpoint: PUBLIC_ENDPOINT,
        authority: "https://login.microsoftonline.com",
    },
    Cloud {
        name: "AzureUSGovernmentCloud",
        endpoint: "https://management.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
    },
    Cloud {
        name: "AzureChinaCloud",
        endpoint: "https://management.chinacloudapi.cn",
        authority: "https://login.chinacloudapi.cn",
    },
];

pub(super) fn arm(
    source: &Source<'_>,
    files: &CredentialFiles,
    file: &ProviderFile,
) -> Result<ArmSettings, ConfigError> {
    const CA: &str = "ACI_ARM_CA_FILE";
    let cloud = cloud(files.cloud.as_deref())?;
    let endpoint = source.get("ACI_ARM_ENDPOINT").unwrap_or(cloud.endpoint);
    let authority = source.get("AZURE_AUTHORITY_HOST").unwrap_or(cloud.authority);
    let credential = credential(source, files, authority)?;
    let extra_ca = source.get(CA).map(|path| source.file(CA, Path::new(path))).transpose()?;
    Ok(ArmSettings {
        endpoint: url("ACI_ARM_ENDPOINT", endpoint)?,
        allow_http: source.flag("ACI_ARM_ALLOW_HTTP")?,
        subscription: required(
            source,
            "AZURE_SUBSCRIPTION_ID",
            files.subscription_id.as_ref(),
            "set it to the id of the subscription that container groups are made in",
        )?,
        resource_group: required(
            source,
            "ACI_RESOURCE_GROUP",
            files.resource_group.as_ref().or(file.resource_group.as_ref()),
            "set it to the resource group that container groups are made in",
        )?,
        extra_ca_pem: extra_ca,
        extra_user_agent: source.get_owned("ACI_EXTRA_USER_AGENT"),
        timeout: DEFAULT_TIMEOUT,
        audience: source.get_owned("ACI_ARM_AUDIENCE"),
        credential,
    })
}

/// The region of the container groups, by its canonical name: users also write `West Europe`.
pub(super) fn region(
    source: &Source<'_>,
    files: &CredentialFiles,
    file: &ProviderFile,
) -> Result<String, ConfigError> {
    const NAME: &str = "ACI_REGION";
    let from_file = files.location.as_ref().or(file.region.as_ref());
    let remedy = "set it to the region that container groups are made in, such as westeurope";
    let written = required(source, NAME, from_file, remedy)?;
    let region = written.split_whitespace().collect::<String>().to_lowercase();
    match region.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(region),
        false => Err(ConfigError::invalid(NAME, &written, "must be a region such as westeurope")),
    }
}

fn required(
    source: &Source<'_>,
    name: &'static str,
    from_file: Option<&String>,
    remedy: &str,
) -> Result<String, ConfigError> {
    let value = source.get_owned(name).or_else(|| from_file.cloned());
    value.ok_or_else(|| ConfigError::missing(name, remedy))
}

fn cloud(name: Option<&str>) -> Result<&'static Cloud, ConfigError> {
    let name = name.unwrap_or(CLOUDS[0].name);
    CLOUDS.iter().find(|cloud| cloud.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let remedy = format!("use one of {}", CLOUDS.map(|cloud| cloud.name).join(", "));
        ConfigError::invalid("cloud in AKS_CREDENTIAL_LOCATION", name, remedy)
    })
}

fn url(name: &'static str, value: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(value).ok();
    url.filter(|url| url.has_host() && url.query().is_none() && matches!(url.scheme(), "https" | "http"))
        .ok_or_else(|| ConfigError::invalid(name, value, "must be a URL such as https://host:port"))
}

fn credential(
    source: &Source<'_>,
    files: &CredentialFiles,
    authority: &str,
) -> Result<CredentialSettings, ConfigError> {
    let authority = url("AZURE_AUTHORITY_HOST", authority)?;
    let authority = Some(authority.as_str().trim_end_matches('/').to_owned());
    let client_id = source.get_owned("AZURE_CLIENT_ID").or_else(|| files.client_id.clone());
    let Some(client_id) = client_id else { return managed_identity(source, files) };
    let tenant_id = source.get_owned("AZURE_TENANT_ID").or_else(|| files.tenant_id.clone());
    let tenant_id = tenant_id.ok_or_else(|| {
        ConfigError::missing("AZURE_TENANT_ID", "set it to the directory of AZURE_CLIENT_ID's application")
    })?;
    let secret = source.get("AZURE_CLIENT_SECRET").map(Secret::new).or_else(|| files.client_secret.clone());
    let token_file = source.get("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from);
    match (secret, token_file) {
        (Some(secret), _) => Ok(CredentialSettings::ClientSecret { tenant_id, client_id, secret, authority }),
        (None, Some(token_file)) => {
            Ok(CredentialSettings::WorkloadIdentity { tenant_id, client_id, token_file, authority })
        }
        (None, None) => Err(ConfigError::missing(
            "AZURE_CLIENT_SECRET",
            "set it to the secret of AZURE_CLIENT_ID's application, or unset AZURE_CLIENT_ID and set \
             VIRTUALNODE_USER_IDENTITY_CLIENTID to use a managed identity",
        )),
    }
}

fn managed_identity(source: &Source<'_>, files: &CredentialFiles) -> Result<CredentialSettings, ConfigError> {
    let client_id = source
        .get_owned("VIRTUALNODE_USER_IDENTITY_CLIENTID")
        .or_else(|| files.user_identity_client_id.clone());
    if client_id.is_none() && !files.managed_identity {
        return Err(ConfigError::missing(
            "AZURE_CLIENT_ID",
            "set it with AZURE_CLIENT_SECRET and AZURE_TENANT_ID for a service principal, or set \
             VIRTUALNODE_USER_IDENTITY_CLIENTID for a managed identity, or name a credential file in \
             AZURE_AUTH_LOCATION or AKS_CREDENTIAL_LOCATION",
        ));
    }
    Ok(CredentialSettings::ManagedIdentity { client_id })
}
