//! Where Azure Resource Manager is, and who the provider is to it.

use std::path::{Path, PathBuf};

use aci_model::Secret;
use reqwest::Url;

use super::credential_file::CredentialFiles;
use super::error::ConfigError;
use super::provider_file::ProviderFile;
use super::source::Source;
use crate::arm::certificate::ClientCertificate;
use crate::arm::settings::{DEFAULT_TIMEOUT, MetadataSettings, PUBLIC_AUTHORITY, PUBLIC_ENDPOINT};
use crate::arm::{ArmSettings, CredentialSettings};

/// A national cloud; the values are those of azure-sdk-for-go's `cloud` package.
struct Cloud {
    name: &'static str,
    endpoint: &'static str,
    authority: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud { name: "AzurePublicCloud", endpoint: PUBLIC_ENDPOINT, authority: PUBLIC_AUTHORITY },
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
    const METADATA: &str = "ACI_CLOUD_METADATA";
    let name = source.get("AZURE_ENVIRONMENT").or(files.cloud.as_deref());
    let metadata = source.get(METADATA).map(|value| url_with_query(METADATA, value)).transpose()?;
    let metadata = metadata.map(|endpoint| MetadataSettings {
        endpoint,
        cloud: name.map(str::to_owned),
        authority_given: source.get("AZURE_AUTHORITY_HOST").is_some(),
    });
    // A cloud that describes itself may have any name.
    let cloud = cloud(name.filter(|_| metadata.is_none()))?;
    let endpoint = source.get("ACI_ARM_ENDPOINT").unwrap_or(cloud.endpoint);
    let authority = source.get("AZURE_AUTHORITY_HOST").unwrap_or(cloud.authority);
    let credential = credential(source, files, authority)?;
    let extra_ca = source.get(CA).map(|path| source.file(CA, Path::new(path))).transpose()?;
    Ok(ArmSettings {
        endpoint: url("ACI_ARM_ENDPOINT", endpoint)?,
        endpoint_given: source.get("ACI_ARM_ENDPOINT").is_some(),
        metadata,
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
        let names = CLOUDS.map(|cloud| cloud.name).join(", ");
        let remedy =
            format!("use one of {names}, or say in ACI_CLOUD_METADATA where another describes itself");
        ConfigError::invalid("AZURE_ENVIRONMENT, or cloud in AKS_CREDENTIAL_LOCATION,", name, remedy)
    })
}

fn url(name: &'static str, value: &str) -> Result<Url, ConfigError> {
    let url = url_with_query(name, value).ok();
    url.filter(|url| url.query().is_none())
        .ok_or_else(|| ConfigError::invalid(name, value, "must be a URL such as https://host:port"))
}

fn url_with_query(name: &'static str, value: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(value).ok();
    url.filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"))
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
    let secret = source.get("AZURE_CLIENT_SECRET").map(Secret::new);
    if let Some(secret) = secret {
        return Ok(CredentialSettings::ClientSecret { tenant_id, client_id, secret, authority });
    }
    if let Some(certificate) = certificate(source, files)? {
        return Ok(CredentialSettings::ClientCertificate { tenant_id, client_id, certificate, authority });
    }
    let token_file = source.get("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from);
    if let Some(token_file) = token_file.or_else(|| files.federated_token_file.clone()) {
        return Ok(CredentialSettings::WorkloadIdentity { tenant_id, client_id, token_file, authority });
    }
    let secret = files.client_secret.clone().ok_or_else(|| {
        ConfigError::missing(
            "AZURE_CLIENT_SECRET",
            "set it to the secret of AZURE_CLIENT_ID's application, or AZURE_CLIENT_CERTIFICATE_PATH to its \
             certificate, or AZURE_FEDERATED_TOKEN_FILE to a token of its workload, or unset AZURE_CLIENT_ID and set \
             VIRTUALNODE_USER_IDENTITY_CLIENTID to use a managed identity",
        )
    })?;
    Ok(CredentialSettings::ClientSecret { tenant_id, client_id, secret, authority })
}

/// The certificate of the application, PEM or PFX; the variables' names are those of Azure's SDKs.
fn certificate(
    source: &Source<'_>,
    files: &CredentialFiles,
) -> Result<Option<ClientCertificate>, ConfigError> {
    const PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
    let password = source.get("AZURE_CLIENT_CERTIFICATE_PASSWORD").map(Secret::new);
    let given = source.get(PATH).map(|path| (PATH, PathBuf::from(path), password));
    let from_file = || {
        let path = files.certificate_file.clone()?;
        Some(("aadClientCertPath in AKS_CREDENTIAL_LOCATION", path, files.certificate_password.clone()))
    };
    let Some((name, path, password)) = given.or_else(from_file) else { return Ok(None) };
    let file = source.file(name, &path)?;
    let certificate = ClientCertificate::read(&file, password.as_ref());
    certificate.map(Some).map_err(|error| ConfigError::file(name, &path, error))
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
