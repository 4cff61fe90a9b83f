//! The provider's own file, `--provider-config`: what charts of the first years mounted.
//!
//! Keys as in azure-aci's `pkg/provider/config.go`; there the three quantities were read and then always
//! overwritten, here they count where no variable is set.

use std::path::Path;

use serde::Deserialize;

use super::error::ConfigError;
use super::source::Source;

/// The file's keys.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ProviderFile {
    pub region: Option<String>,
    pub resource_group: Option<String>,
    pub operating_system: Option<String>,
    #[serde(rename = "CPU")]
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub pods: Option<String>,
    pub subnet_name: Option<String>,
    #[serde(rename = "SubnetCIDR")]
    pub subnet_cidr: Option<String>,
}

pub(super) fn load(path: Option<&Path>, source: &Source<'_>) -> Result<ProviderFile, ConfigError> {
    const NAME: &str = "--provider-config";
    let Some(path) = path else { return Ok(ProviderFile::default()) };
    let text = String::from_utf8(source.file(NAME, path)?)
        .map_err(|_| ConfigError::file(NAME, path, "it is not UTF-8 text"))?;
    toml::from_str(&text).map_err(|error| ConfigError::file(NAME, path, error.message()))
}
