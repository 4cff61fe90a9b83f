//! Deletions of resource groups, which go on in the background as in Azure: the group says *Deleting*, takes nothing
//! new, and is gone when nothing is in it any more. One that a restart interrupts goes on after it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::task::TaskTracker;

use super::{ResourceGroup, ResourceGroupState, ResourceGroups};
use crate::deployments::Deployments;
use crate::groups::{GroupError, Groups, Scope};
use crate::neighbours::Neighbours;
use crate::store::StoreError;

/// What can be in a resource group.
#[async_trait]
pub trait Contents: Send + Sync + 'static {
    /// Removes everything of its kind that is in a resource group.
    ///
    /// # Errors
    /// When the store or the runtime refuses.
    async fn remove_from(&self, group: &ResourceGroup) -> Result<(), GroupError>;
}

#[async_trait]
impl Contents for Groups {
    /// What a PUT that was under way put in between the list and now is found by the next list.
    async fn remove_from(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        let scope = Scope::ResourceGroup(group.subscription.clone(), group.name.clone());
        loop {
            let contained = self.list(&scope);
            if contained.is_empty() {
                return Ok(());
            }
            for contained in contained {
                self.delete(&contained.id).await?;
            }
        }
    }
}

#[async_trait]
impl Contents for Neighbours {
    async fn remove_from(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        Ok(self.remove_below(&group.id())?)
    }
}

#[async_trait]
impl Contents for Deployments {
    async fn remove_from(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        Ok(self.remove_below(&group.id())?)
    }
}

/// The deletions that are under way; cheap to clone.
#[derive(Clone)]
pub struct Deletions {
    resource_groups: ResourceGroups,
    contents: Arc<[Box<dyn Contents>]>,
    tasks: TaskTracker,
}

impl Deletions {
    /// Goes on with what was interrupted. `contents` go in this order: what holds others before what is held.
    pub fn resume(resource_groups: ResourceGroups, contents: Vec<Box<dyn Contents>>) -> Self {
        let deletions = Self { resource_groups, contents: contents.into(), tasks: TaskTracker::new() };
        let all = deletions.resource_groups.all();
        for group in all.into_iter().filter(|group| group.state == ResourceGroupState::Deleting) {
            deletions.spawn(group);
        }
        deletions
    }

    /// Begins to delete a resource group; one that is being deleted already is left to that.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn begin(&self, group: &ResourceGroup) -> Result<(), StoreError> {
        let mut was = ResourceGroupState::Deleting;
        let (group, _) = self.resource_groups.change(&group.subscription, &group.name, |known| {
            let known = known.unwrap_or(group);
            was = known.state;
            Ok::<_, StoreError>(ResourceGroup { state: ResourceGroupState::Deleting, ..known.clone() })
        })?;
        if was != ResourceGroupState::Deleting {
            self.spawn(group);
        }
        Ok(())
    }

    fn spawn(&self, group: Arc<ResourceGroup>) {
        let deletions = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = deletions.delete(&group).await {
                // It stays *Deleting*, which is true, and a restart tries again.
                tracing::error!(%error, resource_group = %group.name, "Failed to delete a resource group");
            }
        });
    }

    async fn delete(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        for contents in self.contents.iter() {
            contents.remove_from(group).await?;
        }
        self.resource_groups.remove(&group.subscription, &group.name)?;
        Ok(())
    }

    /// Waits for those that are under way; none takes longer than the writes of what is in the group.
    pub async fn shutdown(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
