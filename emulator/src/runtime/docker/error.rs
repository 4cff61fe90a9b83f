//! What Docker's refusals mean.

use std::error::Error as _;

use bollard::errors::Error;

use crate::runtime::{ImageErrorKind, RuntimeError};

/// A refusal that no caller tells apart: the engine is away, or it said no.
pub(crate) fn refused(error: Error) -> RuntimeError {
    if is_away(&error) {
        RuntimeError::Unavailable(words(&error))
    } else {
        RuntimeError::Refused(words(&error))
    }
}

/// The status that Docker answered with.
pub(crate) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Nothing of that name.
pub(crate) fn is_missing(error: &Error) -> bool {
    status(error) == Some(404)
}

/// The name is taken, or the object is in the wrong state.
pub(crate) fn is_conflict(error: &Error) -> bool {
    status(error) == Some(409)
}

/// Success where the object is gone already.
pub(crate) fn tolerate_missing(result: Result<(), Error>) -> Result<(), RuntimeError> {
    match result {
        Err(error) if !is_missing(&error) => Err(refused(error)),
        _ => Ok(()),
    }
}

/// No answer at all, as against an answer that says no.
pub(crate) fn is_away(error: &Error) -> bool {
    matches!(
        error,
        Error::RequestTimeoutError
            | Error::IOError { .. }
            | Error::HyperResponseError { .. }
            | Error::HyperLegacyError { .. }
            | Error::SocketNotFoundError(_)
    )
}

/// Docker's words on one line, without the client's wrapping; of an error in the connection, its causes.
pub(crate) fn words(error: &Error) -> String {
    let text = match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        Error::RequestTimeoutError => "no answer in time".to_owned(),
        other => {
            let mut text = other.to_string();
            let mut cause = other.source();
            while let Some(inner) = cause {
                if !text.contains(&inner.to_string()) {
                    text = format!("{text}: {inner}");
                }
                cause = inner.source();
            }
            text
        }
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Phrases of the engine and of registries by what they mean, the more specific first: a registry that
/// cannot be reached says "no such host", a repository that may not be read "does not exist or may require".
const IMAGE_PHRASES: &[(&str, ImageErrorKind)] = &[
    ("invalid reference", ImageErrorKind::InvalidReference),
    ("invalid repository name", ImageErrorKind::InvalidReference),
    ("invalid tag", ImageErrorKind::InvalidReference),
    ("no such host", ImageErrorKind::Unreachable),
    ("dial tcp", ImageErrorKind::Unreachable),
    ("timeout", ImageErrorKind::Unreachable),
    ("access denied", ImageErrorKind::Unauthorized),
    ("access to the resource is denied", ImageErrorKind::Unauthorized),
    ("unauthorized", ImageErrorKind::Unauthorized),
    ("authentication required", ImageErrorKind::Unauthorized),
    ("no basic auth credentials", ImageErrorKind::Unauthorized),
    ("incorrect username or password", ImageErrorKind::Unauthorized),
    ("forbidden", ImageErrorKind::Unauthorized),
    ("manifest unknown", ImageErrorKind::NotFound),
    ("no matching manifest", ImageErrorKind::NotFound),
    ("name unknown", ImageErrorKind::NotFound),
    ("no such image", ImageErrorKind::NotFound),
    ("not found", ImageErrorKind::NotFound),
    ("does not exist", ImageErrorKind::NotFound),
];

/// Why an image is not to be had, by the words of the refusal; the image's own name does not count.
///
/// What no phrase tells (a certificate, a 500 of the registry) is a registry that does not answer as it
/// should, so another attempt may help.
pub(crate) fn image_kind(image: &str, detail: &str) -> ImageErrorKind {
    let repository = image.split('@').next().unwrap_or(image);
    let repository = repository.rsplit_once(':').map_or(repository, |(name, _)| name);
    let text = detail.replace(image, "").replace(repository, "").to_ascii_lowercase();
    let known = IMAGE_PHRASES.iter().find(|(phrase, _)| text.contains(phrase));
    known.map_or(ImageErrorKind::Unreachable, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_images_are_told_apart_by_dockers_words() {
        use ImageErrorKind::{InvalidReference, NotFound, Unauthorized, Unreachable};
        let cases = [
            (
                "a.invalid/x:1",
                "Get \"https://a.invalid/v2/\": dial tcp: lookup a.invalid: no such host",
                Unreachable,
            ),
            (
                "x",
                "Get \"https://registry-1.docker.io/v2/\": net/http: request canceled (Client.Timeout)",
                Unreachable,
            ),
            ("x", "Get \"https://r/v2/\": x509: certificate signed by unknown authority", Unreachable),
            ("UPPER/x", "invalid reference format: repository name must be lowercase", InvalidReference),
            (
                "a/b:1",
                "manifest for a/b:1 not found: manifest unknown: manifest tagged by \"1\" is not found",
                NotFound,
            ),
            ("arm/x", "no matching manifest for linux/amd64 in the manifest list entries", NotFound),
            (
                "me/secret",
                "pull access denied for me/secret, repository does not exist or may require 'docker login'",
                Unauthorized,
            ),
            (
                "r.io/x",
                "Get \"https://r.io/v2/\": unauthorized: incorrect username or password",
                Unauthorized,
            ),
            ("r.io/unauthorized:2", "manifest for r.io/unauthorized:2 not found: manifest unknown", NotFound),
        ];
        for (image, detail, kind) in cases {
            assert_eq!(image_kind(image, detail), kind, "{detail}");
        }
    }

    #[test]
    fn an_answer_that_says_no_is_not_a_missing_engine() {
        let no = Error::DockerResponseServerError { status_code: 500, message: "bad\n\tthing ".into() };
        assert_eq!(refused(no), RuntimeError::Refused("bad thing".into()));
        let away = Error::IOError { err: std::io::Error::other("broken pipe") };
        assert_eq!(refused(away), RuntimeError::Unavailable("broken pipe".into()));
    }
}
