//! What the ARM client is told: where, as whom, with which trust.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use aci_model::Secret;
use reqwest::Url;
use thiserror::Error;

use super::certificate::ClientCertificate;

/// ARM of the public cloud: the default endpoint.
pub const PUBLIC_ENDPOINT: &str = "https://management.azure.com";

/// The authority of the public cloud.
pub const PUBLIC_AUTHORITY: &str = "https://login.microsoftonline.com";

/// How long one call may take before it counts as unanswered. ARM itself gives up on a resource provider
/// after 60 seconds and most answers take one.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// ARM hosts of Azure's clouds; their audience is the endpoint itself.
const AZURE_HOSTS: &[&str] =
    &["management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn"];

/// Everything about the connection to ARM.
#[derive(Clone, Debug)]
pub struct ArmSettings {
    /// The endpoint, from `ACI_ARM_ENDPOINT`; [`PUBLIC_ENDPOINT`] by default.
    pub endpoint: Url,
    /// Whether the endpoint was given, so that no description of a cloud replaces it.
    pub endpoint_given: bool,
    /// Where a cloud describes itself; `None` for those that are known.
    pub metadata: Option<MetadataSettings>,
    /// Whether plain http to a host that is not loopback is meant.
    pub allow_http: bool,
    /// The subscription.
    pub subscription: String,
    /// The resource group of the container groups.
    pub resource_group: String,
    /// Further certificate authorities, PEM, from `ACI_ARM_CA_FILE`; also trusted for token requests.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// Appended to the user agent, from `ACI_EXTRA_USER_AGENT`.
    pub extra_user_agent: Option<String>,
    /// The time that one call may take.
    pub timeout: Duration,
    /// What tokens are asked for; `None` derives it from the endpoint.
    pub audience: Option<String>,
    /// Who asks.
    pub credential: CredentialSettings,
}

/// Where a cloud describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataSettings {
    /// The address of the description, or of the host that has one.
    pub endpoint: Url,
    /// Which cloud, where several are described.
    pub cloud: Option<String>,
    /// Whether the authority was given, so that the description does not replace it.
    pub authority_given: bool,
}

/// Who the provider is towards Azure.
#[derive(Clone, Debug)]
pub enum CredentialSettings {
    /// A service principal with a secret.
    ClientSecret {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// Its secret.
        secret: Secret,
        /// The authority instead of the public cloud's, from `AZURE_AUTHORITY_HOST`; https only.
        authority: Option<String>,
    },
    /// A service principal with a certificate.
    ClientCertificate {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// Its certificate.
        certificate: ClientCertificate,
        /// The authority instead of the public cloud's; https only.
        authority: Option<String>,
    },
    /// The identity of the machine, over IMDS or the App Service endpoint, whichever the environment names.
    ManagedIdentity {
        /// The user-assigned identity; `None` means the system-assigned one.
        client_id: Option<String>,
    },
    /// A service account token exchanged at the authority.
    WorkloadIdentity {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// The file with the service account token.
        token_file: PathBuf,
        /// The authority instead of the public cloud's; https only.
        authority: Option<String>,
    },
}

/// Why no client can be made of the settings.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// Bearer tokens would travel in the clear.
    #[error(
        "the ARM endpoint {0} is plain http and not on loopback: access tokens would be readable on the wire; \
         use https, or allow http explicitly"
    )]
    PlainHttp(Url),
    /// An endpoint that no path can be appended to.
    #[error("the ARM endpoint {0} is not an http or https URL")]
    Endpoint(Url),
    /// The extra certificate file does not hold certificates.
    #[error("the extra CA certificates cannot be read: {0}")]
    ExtraCa(#[source] reqwest::Error),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[source] reqwest::Error),
    /// A credential with impossible settings.
    #[error("the credential cannot be used: {0}")]
    Credential(String),
}

impl ArmSettings {
    /// The scope of the tokens.
    pub(crate) fn scope(&self) -> String {
        let endpoint = self.endpoint.as_str().trim_end_matches('/');
        let own = self.is_azure();
        let audience = self
            .audience
            .as_deref()
            .unwrap_or(if own { endpoint } else { PUBLIC_ENDPOINT })
            .trim_end_matches('/');
        format!("{audience}/.default")
    }

    /// Whether the endpoint is one of Azure's own.
    pub(crate) fn is_azure(&self) -> bool {
        self.endpoint.host_str().is_some_and(|host| AZURE_HOSTS.contains(&host))
    }

    /// Refuses an endpoint that would show tokens to the network.
    pub(crate) fn check_endpoint(&self) -> Result<(), SettingsError> {
        match self.endpoint.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&self.endpoint) || self.allow_http => Ok(()),
            "http" => Err(SettingsError::PlainHttp(self.endpoint.clone())),
            _ => Err(SettingsError::Endpoint(self.endpoint.clone())),
        }
    }
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.parse::<IpAddr>().map_or(host == "localhost" || host.ends_with(".localhost"), |ip| ip.is_loopback())
}
