//! What the platform gives container groups besides an engine that runs them.

use std::sync::Arc;

use crate::data::Folder;
use crate::surroundings::shares::{AzureFiles, Shares};
use crate::surroundings::{SharedSurroundings, Unmanaged};

/// The platform's services; cheap to clone.
#[derive(Clone)]
pub struct Platform {
    /// Networks, shares, identities and workspaces.
    pub surroundings: SharedSurroundings,
}

impl Platform {
    /// A platform without resources, whose files lie in a folder.
    pub fn bare(folder: &Folder) -> Self {
        let shares = Shares::new(folder.below("shares"), AzureFiles::Folder);
        Self { surroundings: Arc::new(Unmanaged::new(shares)) }
    }
}
