//! What can be wrong with a setting, in one line for the person who can put it right.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// A setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Not given, and there is no default.
    #[error("{name} is not set: {remedy}")]
    Missing {
        /// The variable or flag.
        name: &'static str,
        /// What to do.
        remedy: String,
    },
    /// Given, but not usable.
    #[error("{name} is {value:?}: {remedy}")]
    Invalid {
        /// The variable or flag, or the key of a file.
        name: String,
        /// What was given; never a secret.
        value: String,
        /// What to do.
        remedy: String,
    },
    /// Names a file that is not usable.
    #[error("{name} names {}, which cannot be used: {cause}", path.display())]
    File {
        /// The variable or flag.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
}

impl ConfigError {
    pub(super) fn missing(name: &'static str, remedy: impl Into<String>) -> Self {
        Self::Missing { name, remedy: remedy.into() }
    }

    pub(super) fn invalid(name: impl Into<String>, value: &str, remedy: impl Into<String>) -> Self {
        Self::Invalid { name: name.into(), value: value.to_owned(), remedy: remedy.into() }
    }

    pub(super) fn file(name: &'static str, path: &Path, cause: impl ToString) -> Self {
        Self::File { name, path: path.to_owned(), cause: cause.to_string() }
    }
}
