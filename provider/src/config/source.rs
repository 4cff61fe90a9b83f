//! Where settings come from: variables and files, as values that a test makes up.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::error::ConfigError;

type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// The environment and the file system, as far as settings are concerned.
pub struct Source<'a> {
    variables: HashMap<String, String>,
    read: ReadFile<'a>,
}

impl<'a> Source<'a> {
    /// Variables, and how the files that they name are read.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, read: ReadFile<'a>) -> Self {
        Self { variables: variables.into_iter().collect(), read }
    }

    /// A variable's value without surrounding space; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn get_owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A variable that is an address.
    pub(super) fn ip(&self, name: &'static str) -> Result<Option<IpAddr>, ConfigError> {
        self.get(name).map(|value| ip(name, value)).transpose()
    }

    /// A variable that is `true` or `false`.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, ConfigError> {
        let value = self.get(name).unwrap_or("false");
        value.parse().map_err(|_| ConfigError::invalid(name, value, "use true or false"))
    }

    /// A file that the setting `name` points at.
    pub(super) fn file(&self, name: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
        (self.read)(path).map_err(|cause| ConfigError::file(name, path, cause))
    }
}

pub(super) fn ip(name: &'static str, value: &str) -> Result<IpAddr, ConfigError> {
    value.parse().map_err(|_| ConfigError::invalid(name, value, "must be an IP address such as 10.0.0.10"))
}

/// A length of time in Go's notation; zero means none.
pub(super) fn duration(name: &'static str, value: &str) -> Result<Option<Duration>, ConfigError> {
    if value == "0" {
        return Ok(None);
    }
    let duration =
        value.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    match duration {
        Some(Duration::ZERO) => Ok(None),
        Some(duration) => Ok(Some(duration)),
        None => Err(ConfigError::invalid(name, value, "must be a duration such as 500ms, 30s or 2m")),
    }
}

pub(super) fn at_least_one(name: &'static str, value: &str) -> Result<usize, ConfigError> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(ConfigError::invalid(name, value, "must be a number from 1 up")),
    }
}
