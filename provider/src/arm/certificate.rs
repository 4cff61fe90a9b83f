//! A service principal's certificate, and the assertions that prove that we hold its key.
//!
//! `azure_identity` has a credential for certificates too, which brings OpenSSL along. Its credential for assertions
//! takes ours: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.

use std::fmt;
use std::sync::Arc;

use aci_model::Secret;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use thiserror::Error;

use crate::clock::SharedClock;
use crate::random::SharedRandomness;

/// How long an assertion is good; the service grants ten minutes at most.
const LIFETIME_SECONDS: i64 = 300;

/// A certificate with its key.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate first, then those that vouch for it.
    chain: Vec<Vec<u8>>,
    key: Arc<RsaKeyPair>,
}

/// Why a file is no certificate with a key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CertificateError {
    /// Neither form.
    #[error("it is neither PEM with a certificate and a private key nor PFX")]
    Form,
    /// A PFX that the password does not open.
    #[error("it cannot be opened with AZURE_CLIENT_CERTIFICATE_PASSWORD, or holds no private key")]
    Password,
    /// A key of another kind.
    #[error("its private key is not an RSA key of 2048 to 8192 bits, which Microsoft Entra asks for")]
    Key,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Reads PEM or PFX.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn read(file: &[u8], password: Option<&Secret>) -> Result<Self, CertificateError> {
        if file.windows(b"-----BEGIN".len()).any(|window| window == b"-----BEGIN") {
            return Self::read_pem(file);
        }
        Self::read_pfx(file, password.map_or("", Secret::expose))
    }

    fn read_pem(file: &[u8]) -> Result<Self, CertificateError> {
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(file).map(|it| it.map(|it| it.to_vec())).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(CertificateError::Form)?;
        let key = match PrivateKeyDer::from_pem_slice(file).map_err(|_| CertificateError::Form)? {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(CertificateError::Key),
        };
        Ok(Self { chain, key: Arc::new(key.map_err(|_| CertificateError::Key)?) })
    }

    fn read_pfx(file: &[u8], password: &str) -> Result<Self, CertificateError> {
        let store = KeyStore::from_pkcs12(file, password, Pkcs12ImportPolicy::Relaxed).map_err(|_| {
            // DER begins with a sequence; what does not is not PFX at all.
            if file.first() == Some(&0x30) { CertificateError::Password } else { CertificateError::Form }
        })?;
        let (_, entry) = store.private_key_chain().ok_or(CertificateError::Password)?;
        let chain: Vec<_> = entry.certs().iter().map(|certificate| certificate.as_der().to_vec()).collect();
        if chain.is_empty() {
            return Err(CertificateError::Form);
        }
        let key = RsaKeyPair::from_pkcs8(entry.key().as_der()).map_err(|_| CertificateError::Key)?;
        Ok(Self { chain, key: Arc::new(key) })
    }

    /// The name under which the directory knows the certificate.
    fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.chain.first().map_or(&[], Vec::as_slice)))
    }

    fn sign(&self, claims: &serde_json::Value) -> Option<String> {
        let chain: Vec<_> = self.chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint(), "x5c": chain});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Makes a fresh assertion for every token.
pub(super) struct Assertions {
    pub(super) certificate: ClientCertificate,
    pub(super) client_id: String,
    /// The token endpoint.
    pub(super) audience: String,
    pub(super) clock: SharedClock,
    pub(super) randomness: SharedRandomness,
}

impl fmt::Debug for Assertions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertions").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Assertions {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let now = self.clock.now().as_second();
        let claims = json!({
            "aud": self.audience, "iss": self.client_id, "sub": self.client_id, "jti": self.randomness.token(),
            "iat": now, "nbf": now, "exp": now.saturating_add(LIFETIME_SECONDS),
        });
        self.certificate.sign(&claims).ok_or_else(|| {
            let kind = azure_core::error::ErrorKind::Credential;
            azure_core::Error::with_message(kind, "the assertion cannot be signed with the certificate's key")
        })
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;
    use crate::clock::SystemClock;
    use crate::random::SystemRandomness;

    const PEM: &[u8] = include_bytes!("../../tests/it/data/certificate/principal.pem");

    #[tokio::test]
    async fn an_assertion_says_who_we_are_for_some_minutes_and_our_key_has_signed_it() {
        let certificate = ClientCertificate::read(PEM, None).unwrap();
        let assertions = Assertions {
            certificate: certificate.clone(),
            client_id: "client".to_owned(),
            audience: "https://login.example/tenant/oauth2/v2.0/token".to_owned(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        };
        let assertion = assertions.secret(None).await.unwrap();
        let parts: Vec<_> = assertion.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap();
        let (header, claims) = (json(parts[0]), json(parts[1]));
        assert_eq!(
            (&header["alg"], &header["x5t#S256"]),
            (&json!("PS256"), &json!(certificate.thumbprint()))
        );
        assert_eq!(header["x5c"][0], STANDARD.encode(&certificate.chain[0]));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client"), &json!("client")));
        assert_eq!(claims["aud"], "https://login.example/tenant/oauth2/v2.0/token");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), LIFETIME_SECONDS);

        let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, certificate.key.public_key().as_ref());
        key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &decode(parts[2])).unwrap();
        let again = assertions.secret(None).await.unwrap();
        assert_ne!(json(again.split('.').nth(1).unwrap())["jti"], claims["jti"], "none is used twice");
    }
}
