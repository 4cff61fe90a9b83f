//! Access tokens, by the official credentials of `azure_identity`.
//!
//! The official crate caches a token, renews it five minutes before it expires and lets one caller at a time
//! do so; it sends through our own HTTP client, so an extra certificate authority holds for it too. What it
//! lacks is a way to drop a token that ARM refuses before its time: [`Tokens`] makes the credential anew.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aci_model::Secret;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::ArmError;
use super::certificate::Assertions;
use super::settings::{CredentialSettings, PUBLIC_AUTHORITY, SettingsError};
use crate::clock::SharedClock;
use crate::random::SystemRandomness;

/// Makes a credential; asked again when ARM refuses its token.
pub type CredentialFactory = Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// The source of the tokens of one client.
pub(crate) struct Tokens {
    factory: CredentialFactory,
    scope: String,
    current: RwLock<Arc<dyn TokenCredential>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Tokens {
    /// The tokens of the factory's credentials for `scope`.
    pub(crate) fn new(factory: CredentialFactory, scope: String) -> Result<Self, SettingsError> {
        let current = RwLock::new(factory().map_err(|error| SettingsError::Credential(error.to_string()))?);
        Ok(Self { factory, scope, current })
    }

    /// A token that is valid for some minutes yet.
    pub(crate) async fn token(&self) -> Result<Secret, ArmError> {
        let credential = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let token = credential.get_token(&[&self.scope], None).await.map_err(refused)?;
        Ok(Secret::new(token.token.secret()))
    }

    /// Forgets the cached token, which ARM refused.
    pub(crate) fn renew(&self) -> Result<(), ArmError> {
        let fresh = (self.factory)().map_err(refused)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

/// The factory of the credentials that `settings` describe, which ask through `http`.
pub(crate) fn factory(
    settings: CredentialSettings,
    http: reqwest::Client,
    clock: SharedClock,
) -> CredentialFactory {
    Box::new(move || credential(&settings, &http, &clock))
}

fn refused(error: azure_core::Error) -> ArmError {
    ArmError::Credential(error.to_string())
}

fn credential(
    settings: &CredentialSettings,
    http: &reqwest::Client,
    clock: &SharedClock,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Ok(match settings {
        CredentialSettings::ClientSecret { tenant_id, client_id, secret, authority } => {
            let options =
                ClientSecretCredentialOptions { client_options: client_options(http, authority.as_deref()) };
            let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
            ClientSecretCredential::new(tenant_id, client_id.clone(), secret, Some(options))?
        }
        CredentialSettings::ClientCertificate { tenant_id, client_id, certificate, authority } => {
            let host = authority.as_deref().unwrap_or(PUBLIC_AUTHORITY).trim_end_matches('/');
            let assertion = Assertions {
                certificate: certificate.clone(),
                client_id: client_id.clone(),
                audience: format!("{host}/{tenant_id}/oauth2/v2.0/token"),
                clock: Arc::clone(clock),
                randomness: Arc::new(SystemRandomness),
            };
            let options = ClientAssertionCredentialOptions {
                client_options: client_options(http, authority.as_deref()),
            };
            ClientAssertionCredential::new(tenant_id.clone(), client_id.clone(), assertion, Some(options))?
        }
        CredentialSettings::ManagedIdentity { client_id } => {
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                client_options: client_options(http, None),
            }))?
        }
        CredentialSettings::WorkloadIdentity { tenant_id, client_id, token_file, authority } => {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions {
                    client_options: client_options(http, authority.as_deref()),
                },
                client_id: Some(client_id.clone()),
                tenant_id: Some(tenant_id.clone()),
                token_file_path: Some(token_file.clone()),
            }))?
        }
    })
}

fn client_options(http: &reqwest::Client, authority: Option<&str>) -> ClientOptions {
    let mut options =
        ClientOptions { transport: Some(Transport::new(Arc::new(http.clone()))), ..Default::default() };
    options.cloud = authority.map(|host| {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = host.to_owned();
        Arc::new(CloudConfiguration::Custom(custom))
    });
    options
}
