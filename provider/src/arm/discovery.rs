//! A cloud that describes itself: Azure Stack Hub, a sovereign cloud that this program is older than, the emulator.
//!
//! `GET {endpoint}/metadata/endpoints` answers with the places of the cloud's services, one object since api-version
//! 2022-09-01; clouds that are older answer with a list. Azure's tools configure themselves from the same document.

use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

use super::client::{chain, http_client};
use super::settings::{ArmSettings, CredentialSettings, SettingsError};

/// The newest version, and the oldest form that is still about.
const VERSION: &str = "2022-09-01";

/// Why a cloud could not be asked about itself.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// No client.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No answer, or no description.
    #[error("{0} does not describe a cloud: {1}")]
    Silent(String, String),
    /// Clouds, and none of the name.
    #[error("{0} describes no cloud {1:?}; it describes {2}")]
    Unknown(String, String, String),
    /// A description that leads nowhere.
    #[error("{0} names {1:?}, which is not a URL")]
    Url(String, String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Many(Vec<Cloud>),
    One(Box<Cloud>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cloud {
    #[serde(default)]
    name: String,
    authentication: Authentication,
    #[serde(default)]
    resource_manager: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    login_endpoint: String,
    #[serde(default)]
    audiences: Vec<String>,
}

/// `settings` with endpoint, authority and audience of the cloud that describes itself at their `metadata` endpoint,
/// as far as they leave them open; unchanged where they name none.
///
/// # Errors
/// [`DiscoveryError`].
pub async fn discover(mut settings: ArmSettings) -> Result<ArmSettings, DiscoveryError> {
    let Some(metadata) = settings.metadata.clone() else { return Ok(settings) };
    // A description in the clear could send tokens anywhere.
    ArmSettings { endpoint: metadata.endpoint.clone(), ..settings.clone() }.check_endpoint()?;
    let mut url = metadata.endpoint.clone();
    if url.path() == "/" {
        url.set_path("/metadata/endpoints");
    }
    if url.query().is_none() {
        url.query_pairs_mut().append_pair("api-version", VERSION);
    }
    let silent = |error: reqwest::Error| DiscoveryError::Silent(url.to_string(), chain(&error));
    let request = http_client(&settings)?.get(url.clone()).timeout(settings.timeout);
    let answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(silent)?;
    let cloud = choose(answer.json().await.map_err(silent)?, metadata.cloud.as_deref(), &url)?;
    if let Some(endpoint) = cloud.resource_manager.filter(|_| !settings.endpoint_given) {
        settings.endpoint =
            Url::parse(&endpoint).map_err(|_| DiscoveryError::Url(url.to_string(), endpoint))?;
    }
    settings.audience = settings.audience.or_else(|| cloud.authentication.audiences.into_iter().next());
    if !metadata.authority_given {
        let authority = cloud.authentication.login_endpoint.trim_end_matches('/').to_owned();
        set_authority(&mut settings.credential, authority);
    }
    Ok(settings)
}

fn choose(document: Document, name: Option<&str>, url: &Url) -> Result<Cloud, DiscoveryError> {
    let clouds = match document {
        Document::One(cloud) => return Ok(*cloud),
        Document::Many(clouds) => clouds,
    };
    let names = clouds.iter().map(|cloud| cloud.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut fitting =
        clouds.into_iter().filter(|it| name.is_none_or(|name| it.name.eq_ignore_ascii_case(name)));
    fitting
        .next()
        .ok_or_else(|| DiscoveryError::Unknown(url.to_string(), name.unwrap_or_default().to_owned(), names))
}

fn set_authority(credential: &mut CredentialSettings, host: String) {
    match credential {
        CredentialSettings::ClientSecret { authority, .. }
        | CredentialSettings::ClientCertificate { authority, .. }
        | CredentialSettings::WorkloadIdentity { authority, .. } => *authority = Some(host),
        CredentialSettings::ManagedIdentity { .. } => {}
    }
}
