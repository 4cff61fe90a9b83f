//! Who calls: a bearer token is asked for by presence and shape, as anybody may use the emulator on this machine; the
//! ones that it issued itself must be meant for it and must not have expired.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::error::ArmError;
use super::token::{Authority, Judgement};
use crate::clock::SharedClock;
use crate::neighbours::role::Principal;

/// Who calls, as far as the token tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The principal; `None` for a token that is no JSON Web Token or names nobody.
    pub principal: Option<Principal>,
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
    let claims = match authority.judge(token, clock.now()) {
        Judgement::Ours(claims) if !is_for_us(&claims.aud, origin) => {
            return Err(ArmError::token_for_another(&claims.aud, AUDIENCES, authority_url));
        }
        Judgement::Ours(claims) => Some(Principal { object_id: claims.oid, client_id: claims.appid }),
        Judgement::Foreign(principal) => principal,
        Judgement::Expired => return Err(ArmError::expired_token(authority_url)),
        Judgement::Malformed => return Err(ArmError::invalid_token(authority_url)),
    };
    Ok(Caller { principal: claims })
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
}
