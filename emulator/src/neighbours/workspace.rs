//! Log Analytics workspaces: Microsoft.OperationalInsights, as far as the diagnostics of container groups need it.

use aci_model::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::tracked::{Kind, Tracked};
use crate::ids::SharedIds;
use crate::store::Table;

/// A workspace.
pub type Workspace = Tracked<WorkspaceProperties>;

/// What a workspace has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceProperties {
    /// The id by which agents and container groups name it.
    pub customer_id: Uuid,
    /// The price of a gigabyte.
    pub sku: String,
    /// Days that what it holds is kept.
    pub retention_in_days: i64,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// When it was last written.
    pub modified: jiff::Timestamp,
    /// The keys that agents send: primary and secondary.
    pub shared_keys: [Secret; 2],
    /// Everything else that the caller wrote.
    pub others: Map<String, Value>,
}

impl Kind for WorkspaceProperties {
    const TYPE: &'static str = "Microsoft.OperationalInsights/workspaces";
    const TABLE: Table = Table::Workspaces;
}

impl WorkspaceProperties {
    /// The price of a new workspace, when its maker names none. Source: "Workspaces - Create Or Update".
    pub const DEFAULT_SKU: &'static str = "PerGB2018";
    /// The days of a new workspace, when its maker names none. Source: the same.
    pub const DEFAULT_RETENTION_DAYS: i64 = 30;

    /// A pair of new keys.
    pub fn new_keys(ids: &SharedIds) -> [Secret; 2] {
        [super::secret_of_64_bytes(ids), super::secret_of_64_bytes(ids)]
    }
}
