//! The Log Analytics workspace of the node's pods, as the Go provider reads it (`pkg/analytics`).

use aci_model::Secret;
use serde::Deserialize;

use super::credential_file::parse;
use super::error::ConfigError;
use super::source::Source;
use crate::translate::Workspace;

const FILE: &str = "LOG_ANALYTICS_AUTH_LOCATION";
const ID: &str = "LOG_ANALYTICS_ID";
const KEY: &str = "LOG_ANALYTICS_KEY";

/// The file that the Go provider's chart writes, which spells the id otherwise than the SDK that reads it there.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WorkspaceFile {
    #[serde(alias = "workspaceID")]
    workspace_id: String,
    workspace_key: String,
}

/// The workspace, where one is named; variables win over the file.
pub(super) fn resolve(source: &Source<'_>) -> Result<Option<Workspace>, ConfigError> {
    let file = source.get(FILE).map(|path| parse::<WorkspaceFile>(source, FILE, path)).transpose()?;
    let WorkspaceFile { workspace_id, workspace_key } = file.unwrap_or_default();
    let given = |name: &str, from_file: String| source.get_owned(name).unwrap_or(from_file);
    let (id, key) = (given(ID, workspace_id), given(KEY, workspace_key));
    match (id.is_empty(), key.is_empty()) {
        (true, true) if source.get(FILE).is_none() => Ok(None),
        (true, _) => Err(ConfigError::missing(ID, format!("set it, or workspaceId in the file of {FILE}"))),
        (false, true) => {
            Err(ConfigError::missing(KEY, format!("set it, or workspaceKey in the file of {FILE}")))
        }
        (false, false) => Ok(Some(Workspace {
            id,
            key: Secret::new(key),
            cluster_resource_id: source.get_owned("CLUSTER_RESOURCE_ID"),
        })),
    }
}
