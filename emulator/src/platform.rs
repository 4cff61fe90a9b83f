//! What the platform gives container groups besides an engine that runs them.

use std::sync::Arc;

use crate::data::Folder;
use crate::identities::{Nobody, SharedIdentities};
use crate::log_analytics::LogAnalytics;
use crate::repositories::{Git, SharedRepositories};
use crate::surroundings::shares::{AzureFiles, Shares};
use crate::surroundings::{SharedSurroundings, Unmanaged};

/// The platform's services; cheap to clone.
#[derive(Clone)]
pub struct Platform {
    /// Networks, shares, identities and workspaces.
    pub surroundings: SharedSurroundings,
    /// Clones of repositories.
    pub repositories: SharedRepositories,
    /// Tokens for the identities of groups.
    pub identities: SharedIdentities,
    /// Where what containers write is delivered.
    pub workspaces: LogAnalytics,
}

impl Platform {
    /// A platform without resources and tokens, whose files lie in a folder.
    pub fn bare(folder: &Folder) -> Self {
        let shares = Shares::new(folder.below("shares"), AzureFiles::default());
        Self {
            surroundings: Arc::new(Unmanaged::new(shares)),
            repositories: Arc::new(Git::new()),
            identities: Arc::new(Nobody),
            workspaces: LogAnalytics::new(folder.below("log-analytics")),
        }
    }
}
