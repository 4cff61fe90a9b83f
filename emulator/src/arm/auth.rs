//! Who calls: a bearer token is asked for by presence and shape, as anybody may use the emulator on this machine; the
//! ones that it issued itself must be meant for it and must not have expired.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::Timestamp;

use super::error::ArmError;
use super::token::{Authority, Bearer, Judgement};
use crate::authorship::{Author, AuthorKind, Stamp};
use crate::clock::SharedClock;
use crate::neighbours::role::Principal;

/// Who calls, as far as the token tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The principal; `None` for a token that is no JSON Web Token or names nobody.
    pub principal: Option<Principal>,
    /// A person's user principal name.
    pub upn: Option<String>,
    /// Whether it is a managed identity.
    pub is_managed: bool,
}

impl Caller {
    /// What a write of the caller's leaves on a resource. Azure names people, and programs by their client id; that a
    /// managed identity is named by its object id is ASSUMED.
    pub fn stamp(&self, at: Timestamp) -> Stamp {
        let author = |principal: &Principal| match &self.upn {
            Some(upn) => Author { name: upn.as_str().into(), kind: AuthorKind::User },
            None if self.is_managed => {
                Author { name: principal.object_id.as_str().into(), kind: AuthorKind::ManagedIdentity }
            }
            None => Author { name: principal.client_id.as_str().into(), kind: AuthorKind::Application },
        };
        Stamp { by: self.principal.as_ref().map(author), at }
    }
}

/// The audiences of ARM, as it lists them itself (USER).
const AUDIENCES: &[&str] = &[
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "https://management.azure.com/",
    "https://management.azure.com",
];

/// Those of ARM in other clouds, for clients that were told that they are in one, and its application id.
const OTHER_AUDIENCES: &[&str] = &[
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
];

/// Checks the `Authorization` header; `origin` is where the caller found us, and `authority_url` where it may get a
/// token.
///
/// # Errors
/// `AuthenticationFailed`, `InvalidAuthenticationToken`, `InvalidAuthenticationTokenAudience`,
/// `ExpiredAuthenticationToken`.
pub fn check(
    headers: &HeaderMap,
    authority: &Authority,
    clock: &SharedClock,
    (origin, authority_url): (&str, &str),
) -> Result<Caller, ArmError> {
    let header = headers.get(AUTHORIZATION).ok_or_else(|| ArmError::authentication_missing(authority_url))?;
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let token =
        token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| ArmError::authentication_scheme(authority_url))?;
    Ok(match authority.judge(token, clock.now()) {
        Judgement::Ours(claims) if !is_for_us(&claims.aud, origin) => {
            return Err(ArmError::token_for_another(&claims.aud, AUDIENCES, authority_url));
        }
        Judgement::Ours(claims) => Caller {
            principal: Some(Principal { object_id: claims.oid, client_id: claims.appid }),
            upn: claims.upn,
            is_managed: claims.managed_resource.is_some(),
        },
        Judgement::Foreign(Some(Bearer { principal, upn, is_managed })) => {
            Caller { principal: Some(principal), upn, is_managed }
        }
        Judgement::Foreign(None) => Caller::default(),
        Judgement::Expired => return Err(ArmError::expired_token(authority_url)),
        Judgement::Malformed => return Err(ArmError::invalid_token(authority_url)),
    })
}

/// Whether a token's audience is ARM, by one of its names or by the one under which the caller found us.
fn is_for_us(audience: &str, origin: &str) -> bool {
    let bare = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    let ours = AUDIENCES.iter().chain(OTHER_AUDIENCES).copied().chain([origin]);
    ours.map(bare).any(|known| known == bare(audience))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_arm_by_any_of_its_names() {
        for audience in [
            "https://management.azure.com",
            "https://management.core.windows.net//",
            "HTTPS://MANAGEMENT.AZURE.COM/",
            "http://arm.test/",
        ] {
            assert!(is_for_us(audience, "http://arm.test"), "{audience}");
        }
        for audience in ["https://vault.azure.net", "https://graph.microsoft.com/", "http://other.test"] {
            assert!(!is_for_us(audience, "http://arm.test"), "{audience}");
        }
    }

    #[test]
    fn a_write_is_a_persons_by_name_and_a_programs_by_id() {
        let principal = Some(Principal { object_id: "o".to_owned(), client_id: "c".to_owned() });
        let program = Caller { principal, ..Caller::default() };
        let author = |caller: &Caller| caller.stamp(Timestamp::UNIX_EPOCH).by;
        let named = |name: &str, kind| Some(Author { name: name.into(), kind });
        assert_eq!(author(&program), named("c", AuthorKind::Application));
        let person = Caller { upn: Some("ann@x".to_owned()), ..program.clone() };
        assert_eq!(author(&person), named("ann@x", AuthorKind::User));
        assert_eq!(author(&Caller { is_managed: true, ..program }), named("o", AuthorKind::ManagedIdentity));
        assert_eq!(author(&Caller::default()), None);
    }
}
