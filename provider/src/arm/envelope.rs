//! ARM's answers that are not the resource: the error envelope and Retry-After.

use std::time::Duration;

use aci_model::error::{CloudError, CloudErrorBody};
use http::{HeaderMap, StatusCode};

use super::ArmError;

/// Codes of a 404 that speaks of the group itself. Any other 404 (a missing resource group or
/// subscription, a proxy's page) says nothing about the group and must not make a pod fail.
const GROUP_MISSING: &[&str] = &["ResourceNotFound", "ContainerGroupNotFound", "NotFound"];

/// The error of an answer that is no success.
pub(crate) fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ArmError {
    let body = serde_json::from_slice::<CloudError>(body).map_or_else(|_| made_up(status), |e| e.error);
    ArmError::Refused { status: status.as_u16(), body, retry_after: retry_after(headers) }
}

/// Whether the error says that the group does not exist.
pub(crate) fn is_missing_group(error: &ArmError) -> bool {
    matches!(error, ArmError::Refused { status: 404, body, .. } if GROUP_MISSING.contains(&body.code.as_str()))
}

/// The time to wait, in seconds; ARM never sends the date form.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn made_up(status: StatusCode) -> CloudErrorBody {
    let message = format!("the answer is {status} without an error in ARM's format");
    CloudErrorBody { code: format!("Http{}", status.as_u16()), message, ..CloudErrorBody::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_resource_group_is_not_a_missing_group() {
        let gone = refused(
            StatusCode::NOT_FOUND,
            &HeaderMap::new(),
            br#"{"error":{"code":"ResourceNotFound","message":"m"}}"#,
        );
        let elsewhere = refused(
            StatusCode::NOT_FOUND,
            &HeaderMap::new(),
            br#"{"error":{"code":"ResourceGroupNotFound","message":"m"}}"#,
        );
        assert!(is_missing_group(&gone));
        assert!(!is_missing_group(&elsewhere));
        assert!(!is_missing_group(&refused(StatusCode::NOT_FOUND, &HeaderMap::new(), b"<html>")));
    }
}
