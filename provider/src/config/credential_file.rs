//! The credential files: the classic authentication file and AKS's azure.json.
//!
//! Keys and their precedence as in azure-aci's `pkg/auth`. Unknown keys are ignored, as there.

use std::path::{Path, PathBuf};

use aci_model::secret::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ConfigError;
use super::source::Source;

const AUTH_FILE: &str = "AZURE_AUTH_LOCATION";
const AKS_FILE: &str = "AKS_CREDENTIAL_LOCATION";
/// What azure.json has for a client id where the cluster has a managed identity.
const MANAGED_IDENTITY: &str = "msi";

/// What the credential files say; the AKS file's credentials replace the other's altogether, so that one
/// file's client id never meets the other's secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CredentialFiles {
    pub cloud: Option<String>,
    pub tenant_id: Option<String>,
    pub subscription_id: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub certificate_file: Option<PathBuf>,
    pub certificate_password: Option<Secret>,
    pub federated_token_file: Option<PathBuf>,
    /// The cluster says that it has a managed identity.
    pub managed_identity: bool,
    pub user_identity_client_id: Option<String>,
    pub resource_group: Option<String>,
    pub location: Option<String>,
    pub vnet_name: Option<String>,
    pub vnet_resource_group: Option<String>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct AuthFile {
    client_id: String,
    client_secret: String,
    subscription_id: String,
    tenant_id: String,
    user_identity_client_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AksFile {
    cloud: String,
    tenant_id: String,
    subscription_id: String,
    aad_client_id: String,
    aad_client_secret: String,
    aad_client_cert_path: String,
    aad_client_cert_password: String,
    use_managed_identity_extension: bool,
    use_federated_workload_identity_extension: bool,
    aad_federated_token_file: String,
    resource_group: String,
    location: String,
    vnet_name: String,
    vnet_resource_group: String,
    #[serde(rename = "userAssignedIdentityID")]
    user_assigned_identity_id: String,
}

pub(super) fn load(source: &Source<'_>) -> Result<CredentialFiles, ConfigError> {
    if let Some(path) = source.get(AKS_FILE) {
        return Ok(parse::<AksFile>(source, AKS_FILE, path)?.into());
    }
    match source.get(AUTH_FILE) {
        Some(path) => Ok(parse::<AuthFile>(source, AUTH_FILE, path)?.into()),
        None => Ok(CredentialFiles::default()),
    }
}

/// The JSON of the file that the setting `name` points at.
pub(super) fn parse<T: DeserializeOwned>(
    source: &Source<'_>,
    name: &'static str,
    path: &str,
) -> Result<T, ConfigError> {
    let path = Path::new(path);
    let text = decode(&source.file(name, path)?)
        .ok_or_else(|| ConfigError::file(name, path, "it is neither UTF-8 nor UTF-16 text"))?;
    // Only the place: serde's own words may quote a value, and values here are secrets.
    serde_json::from_str(&text).map_err(|error| {
        let place = format!("invalid JSON at line {}, column {}", error.line(), error.column());
        ConfigError::file(name, path, place)
    })
}

/// Text in UTF-8 with or without a byte order mark, or UTF-16 with one: what `az` wrote on its platforms.
fn decode(bytes: &[u8]) -> Option<String> {
    fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
        rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
    }
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8(text.to_vec()).ok(),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => String::from_utf8(text.to_vec()).ok(),
    }
}

fn given(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl From<AuthFile> for CredentialFiles {
    fn from(file: AuthFile) -> Self {
        Self {
            tenant_id: given(file.tenant_id),
            subscription_id: given(file.subscription_id),
            client_id: given(file.client_id),
            client_secret: given(file.client_secret).map(Secret::new),
            user_identity_client_id: given(file.user_identity_client_id),
            ..Self::default()
        }
    }
}

impl From<AksFile> for CredentialFiles {
    fn from(file: AksFile) -> Self {
        // Cloud provider Azure's order: the extension for managed identities wins over a service principal.
        let managed_identity = file.use_managed_identity_extension
            || file.aad_client_id.trim().eq_ignore_ascii_case(MANAGED_IDENTITY);
        let federated = file.use_federated_workload_identity_extension;
        let (client_id, client_secret) = match managed_identity {
            true => (None, None),
            false => (given(file.aad_client_id), given(file.aad_client_secret).map(Secret::new)),
        };
        Self {
            cloud: given(file.cloud),
            tenant_id: given(file.tenant_id),
            subscription_id: given(file.subscription_id),
            client_id,
            client_secret,
            certificate_file: given(file.aad_client_cert_path).map(PathBuf::from),
            certificate_password: given(file.aad_client_cert_password).map(Secret::new),
            federated_token_file: given(file.aad_federated_token_file)
                .filter(|_| federated)
                .map(PathBuf::from),
            managed_identity,
            user_identity_client_id: given(file.user_assigned_identity_id),
            resource_group: given(file.resource_group),
            location: given(file.location),
            vnet_name: given(file.vnet_name),
            vnet_resource_group: given(file.vnet_resource_group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"clientId":"c","clientSecret":"hunter2","tenantId":"t","subscriptionId":"s","activeDirectoryEndpointUrl":"ignored"}"#;

    fn load_bytes(name: &str, bytes: Vec<u8>) -> Result<CredentialFiles, ConfigError> {
        load(&Source::new([(name.to_owned(), "/f.json".to_owned())], &|_| Ok(bytes.clone())))
    }

    #[test]
    fn every_byte_order_mark_that_az_wrote_is_understood() {
        let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(FILE.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        let forms = [
            FILE.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", FILE.as_bytes()].concat(),
            utf16([0xff, 0xfe], u16::to_le_bytes),
            utf16([0xfe, 0xff], u16::to_be_bytes),
        ];
        for bytes in forms {
            let files = load_bytes(AUTH_FILE, bytes).unwrap();
            assert_eq!(files.client_id.as_deref(), Some("c"));
            assert_eq!(files.client_secret, Some(Secret::new("hunter2")));
        }
    }

    #[test]
    fn azure_json_says_msi_for_a_managed_identity() {
        let json = br#"{"cloud":"AzurePublicCloud","aadClientId":"MSI","aadClientSecret":"msi",
                        "userAssignedIdentityID":"u","resourceGroup":"rg","location":"westeurope"}"#;
        let files = load_bytes(AKS_FILE, json.to_vec()).unwrap();
        assert!(files.managed_identity);
        assert_eq!((files.client_id, files.client_secret), (None, None));
        assert_eq!(files.user_identity_client_id.as_deref(), Some("u"));
        assert_eq!(files.resource_group.as_deref(), Some("rg"));
    }

    #[test]
    fn azure_json_names_every_kind_of_identity() {
        let read = |json: &str| load_bytes(AKS_FILE, json.as_bytes().to_vec()).unwrap();
        let extension =
            read(r#"{"aadClientId":"c","useManagedIdentityExtension":true,"userAssignedIdentityID":"u"}"#);
        assert!(extension.managed_identity);
        assert_eq!((extension.client_id, extension.user_identity_client_id.as_deref()), (None, Some("u")));
        let certificate =
            read(r#"{"aadClientId":"c","aadClientCertPath":"/c.pfx","aadClientCertPassword":"hunter2"}"#);
        assert_eq!(certificate.certificate_file, Some("/c.pfx".into()));
        assert_eq!(certificate.certificate_password, Some(Secret::new("hunter2")));
        let federated = |on: bool| {
            let json = format!(
                r#"{{"aadClientId":"c","aadFederatedTokenFile":"/t","useFederatedWorkloadIdentityExtension":{on}}}"#
            );
            read(&json).federated_token_file
        };
        assert_eq!((federated(true), federated(false)), (Some("/t".into()), None));
    }

    #[test]
    fn a_broken_file_is_named_without_its_contents() {
        let error = load_bytes(AUTH_FILE, br#"{"clientSecret": hunter2}"#.to_vec()).unwrap_err().to_string();
        assert!(error.contains("AZURE_AUTH_LOCATION names /f.json"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
