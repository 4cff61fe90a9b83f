//! The tokens of the emulated directory, so that the credentials of official SDKs work unchanged.
//!
//! Tokens are JSON Web Tokens signed with ES256. Azure's carry RS256, but `ring` makes no RSA keys; the library that
//! does takes 23 seconds of compilation and 40 to 350 milliseconds for each key (measured), and no client looks: an
//! access token is opaque to all but the resource it is for, and libraries trust an id token for the connection that it
//! came over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::directory::principal::{DirectoryObject, PrincipalKind};
use crate::directory::{TENANT_ID, object_id};
use crate::neighbours::role::Principal;

pub mod cloud;
pub mod discovery;
pub mod entra;
pub mod grant;
pub mod in_container;
pub mod managed_identity;
pub mod refusal;
pub mod sign_in;
pub mod ticket;

/// How long a service principal's token lives, in seconds (Microsoft Entra's answer says 3599).
pub const LIFETIME_SECONDS: i64 = 3599;

/// Who signs tokens.
pub struct Authority {
    key: EcdsaKeyPair,
    random: SystemRandom,
    key_id: String,
}

/// Why there is no authority.
#[derive(Debug, Error)]
#[error("failed to {0} the key that signs tokens")]
pub struct AuthorityError(&'static str);

/// What a token turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// Signed here and in force.
    Ours(Box<Claims>),
    /// Signed here and too old.
    Expired,
    /// Somebody else's, which is accepted by its shape; whom it names, if it names anybody.
    Foreign(Option<Bearer>),
    /// Empty, or with characters that no token has.
    Malformed,
}

/// Whom somebody else's token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The principal.
    pub principal: Principal,
    /// A person's user principal name.
    pub upn: Option<String>,
    /// Whether it is a managed identity.
    pub is_managed: bool,
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The resource that the token is for.
    pub aud: String,
    /// The issuer.
    pub iss: String,
    /// Issued at, seconds of the Unix epoch.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// Expires.
    pub exp: i64,
    /// The client.
    pub appid: String,
    /// The object id of the client's principal.
    pub oid: String,
    /// The subject: the same.
    pub sub: String,
    /// The tenant.
    pub tid: String,
    /// Which kind of token.
    pub ver: String,
    /// `app` or `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idtyp: Option<String>,
    /// What a client may do for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// The person's user principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// The person's name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The resource of a managed identity (WELL-KNOWN).
    #[serde(rename = "xms_mirid", default, skip_serializing_if = "Option::is_none")]
    pub managed_resource: Option<String>,
}

impl Claims {
    /// The claims of a client's own token for a resource, beginning now.
    pub fn new(client: &str, audience: &str, issuer: String, now: Timestamp, lifetime_seconds: i64) -> Self {
        let principal = object_id(client).to_string();
        let now = now.as_second();
        Self {
            aud: audience.to_owned(),
            iss: issuer,
            iat: now,
            nbf: now,
            exp: now + lifetime_seconds,
            appid: client.to_owned(),
            oid: principal.clone(),
            sub: principal,
            tid: TENANT_ID.to_owned(),
            ver: "1.0".to_owned(),
            idtyp: Some("app".to_owned()),
            scp: None,
            upn: None,
            name: None,
            managed_resource: None,
        }
    }

    /// The same on behalf of a principal; the client stays who asked for it.
    pub fn on_behalf_of(self, principal: &DirectoryObject) -> Self {
        if principal.kind == PrincipalKind::ServicePrincipal {
            return self;
        }
        let (oid, upn) = (principal.object_id.to_string(), principal.name.clone());
        let name = upn.split('@').next().map(str::to_owned);
        let (idtyp, scp) = (Some("user".to_owned()), Some("user_impersonation".to_owned()));
        Self { sub: oid.clone(), oid, idtyp, scp, upn: Some(upn), name, ..self }
    }
}

/// What a token of somebody else says about its bearer.
#[derive(Deserialize)]
struct ForeignClaims {
    oid: String,
    #[serde(default, alias = "azp")]
    appid: Option<String>,
    #[serde(default, alias = "preferred_username")]
    upn: Option<String>,
    #[serde(default)]
    xms_mirid: Option<String>,
}

impl From<ForeignClaims> for Bearer {
    fn from(ForeignClaims { oid, appid, upn, xms_mirid }: ForeignClaims) -> Self {
        let principal = Principal { client_id: appid.unwrap_or_else(|| oid.clone()), object_id: oid };
        Self { principal, upn, is_managed: xms_mirid.is_some() }
    }
}

impl Authority {
    /// Makes a new key, as PKCS #8.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate_key() -> Result<Vec<u8>, AuthorityError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| AuthorityError("make"))
    }

    /// An authority with a key.
    ///
    /// # Errors
    /// When the key is no P-256 key in PKCS #8.
    pub fn new(pkcs8: &[u8]) -> Result<Self, AuthorityError> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| AuthorityError("read"))?;
        let digest = ring::digest::digest(&ring::digest::SHA256, key.public_key().as_ref());
        Ok(Self { key_id: BASE64.encode(&digest.as_ref()[..16]), key, random })
    }

    /// Signs claims.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn issue(&self, claims: &impl Serialize) -> Result<String, AuthorityError> {
        let header = serde_json::json!({ "typ": "JWT", "alg": "ES256", "kid": self.key_id });
        let claims = serde_json::to_vec(claims).map_err(|_| AuthorityError("write claims with"))?;
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).map_err(|_| AuthorityError("use"))?;
        Ok(format!("{signed}.{}", BASE64.encode(signature)))
    }

    /// What a bearer token is.
    pub fn judge(&self, token: &str, now: Timestamp) -> Judgement {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.is_empty() || !token.bytes().all(allowed) {
            return Judgement::Malformed;
        }
        match self.verified::<Claims>(token) {
            Some(claims) if claims.exp <= now.as_second() => Judgement::Expired,
            Some(claims) => Judgement::Ours(Box::new(claims)),
            None => Judgement::Foreign(payload::<ForeignClaims>(token).map(Bearer::from)),
        }
    }

    /// What was signed here, if this was; the caller checks times.
    pub fn verified<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (signed, signature) = token.rsplit_once('.')?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key().as_ref());
        public.verify(signed.as_bytes(), &BASE64.decode(signature).ok()?).ok()?;
        payload(token)
    }

    /// The public key as a JSON Web Key Set.
    pub fn key_set(&self) -> serde_json::Value {
        // An uncompressed point: 0x04, then 32 bytes each of x and y.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        serde_json::json!({ "keys": [{
            "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": self.key_id,
            "x": BASE64.encode(x), "y": BASE64.encode(y),
        }] })
    }
}

/// What a JSON Web Token says, whoever signed it.
pub fn payload<T: DeserializeOwned>(token: &str) -> Option<T> {
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice(&BASE64.decode(claims.trim_end_matches('=')).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> Authority {
        Authority::new(&Authority::generate_key().unwrap()).unwrap()
    }

    #[test]
    fn a_token_of_ours_is_good_until_it_expires() {
        let (authority, now) = (authority(), Timestamp::UNIX_EPOCH);
        let claims = Claims::new("client", "https://management.azure.com/", "issuer".to_owned(), now, 60);
        let token = authority.issue(&claims).unwrap();
        assert_eq!(authority.judge(&token, now), Judgement::Ours(Box::new(claims)));
        assert_eq!(authority.judge(&token, Timestamp::from_second(60).unwrap()), Judgement::Expired);
    }

    #[test]
    fn other_tokens_are_told_apart_by_shape() {
        let (authority, now) = (authority(), Timestamp::UNIX_EPOCH);
        assert_eq!(authority.judge("fake", now), Judgement::Foreign(None));
        assert_eq!(authority.judge("a.b.c", now), Judgement::Foreign(None));
        let claims = BASE64.encode(r#"{"oid":"me","azp":"app"}"#);
        let principal = Principal { object_id: "me".to_owned(), client_id: "app".to_owned() };
        let bearer = Bearer { principal, upn: None, is_managed: false };
        assert_eq!(authority.judge(&format!("e30.{claims}.x"), now), Judgement::Foreign(Some(bearer)));
        assert_eq!(authority.judge("", now), Judgement::Malformed);
        assert_eq!(authority.judge("sp ace", now), Judgement::Malformed);
    }
}
