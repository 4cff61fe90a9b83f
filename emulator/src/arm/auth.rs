//! Who calls: a bearer token is asked for by presence and shape, as anybody may use the emulator on this
//! machine; the ones that it issued itself must not have expired.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::ArmError;
use super::token::{Authority, Judgement};
use crate::clock::SharedClock;

/// Checks the `Authorization` header; `authority_url` is where a client may get a token.
///
/// # Errors
/// `AuthenticationFailed`, `InvalidAuthenticationToken`, `ExpiredAuthenticationToken`.
pub fn check(
    headers: &HeaderMap,
    authority: &Authority,
    clock: &SharedClock,
    authority_url: &str,
) -> Result<(), ArmError> {
    let header = headers.get(AUTHORIZATION).ok_or_else(|| ArmError::authentication_missing(authority_url))?;
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let token =
        token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| ArmError::authentication_scheme(authority_url))?;
    match authority.judge(token, clock.now()) {
        Judgement::Ours | Judgement::Foreign => Ok(()),
        Judgement::Expired => Err(ArmError::expired_token(authority_url)),
        Judgement::Malformed => Err(ArmError::invalid_token(authority_url)),
    }
}
