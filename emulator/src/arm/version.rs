//! The `api-version` of a request: present and well-formed here; whether a resource type has it is asked where
//! the operation is known, as each has a list of its own (`api/surface.rs`).

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::ArmError;
use super::query;

/// The `api-version` as the caller wrote it; of the form `yyyy-mm-dd[-suffix]`.
///
/// Resource types of ARM itself (subscriptions, resource groups, providers) take any such version: their lists
/// are long, and no client asks them for one that Azure lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestVersion(pub String);

impl RequestVersion {
    /// Reads the version of a request.
    ///
    /// # Errors
    /// `MissingApiVersionParameter`, `InvalidApiVersionParameter`.
    pub fn of(parts: &Parts) -> Result<Self, ArmError> {
        let version = query::value(parts.uri.query(), "api-version").filter(|version| !version.is_empty());
        let version = version.ok_or_else(ArmError::missing_api_version)?;
        if is_well_formed(&version) {
            Ok(Self(version))
        } else {
            Err(ArmError::invalid_api_version(&version))
        }
    }
}

fn is_well_formed(version: &str) -> bool {
    let bytes = version.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let dash = |index: usize| bytes.get(index) == Some(&b'-');
    let date = (0..4).all(digit) && dash(4) && (5..7).all(digit) && dash(7) && (8..10).all(digit);
    let suffix = bytes.len() == 10
        || dash(10)
            && bytes.len() > 11
            && bytes[11..].iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    date && suffix
}

impl<S: Send + Sync> FromRequestParts<S> for RequestVersion {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ArmError> {
        Self::of(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_with_an_optional_suffix() {
        for good in ["2023-05-01", "2024-05-01-preview", "2016-09-01"] {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in ["", "latest", "2023-5-1", "2023-05-01-", "2023-05-01preview", "20230501", "2023-05-01-é"]
        {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
