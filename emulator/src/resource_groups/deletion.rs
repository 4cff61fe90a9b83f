//! Deletions of resource groups, which go on in the background as in Azure: the group says *Deleting*, takes nothing
//! new, and is gone when nothing is in it any more. One that a restart interrupts goes on after it.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{ResourceGroup, ResourceGroupState, ResourceGroups};
use crate::groups::{GroupError, Groups, Scope};
use crate::neighbours::Neighbours;
use crate::store::StoreError;

/// The deletions that are under way; cheap to clone.
#[derive(Clone)]
pub struct Deletions {
    groups: Groups,
    resource_groups: ResourceGroups,
    neighbours: Neighbours,
    tasks: TaskTracker,
}

impl Deletions {
    /// Goes on with what was interrupted.
    pub fn resume(groups: Groups, resource_groups: ResourceGroups, neighbours: Neighbours) -> Self {
        let deletions = Self { groups, resource_groups, neighbours, tasks: TaskTracker::new() };
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

    /// Container groups first: they hold subnets and identities. What a PUT that was under way put in between the
    /// list and now is found by the next list.
    async fn delete(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        let scope = Scope::ResourceGroup(group.subscription.clone(), group.name.clone());
        loop {
            let contained = self.groups.list(&scope);
            if contained.is_empty() {
                break;
            }
            for contained in contained {
                self.groups.delete(&contained.id).await?;
            }
        }
        self.neighbours.remove_below(&group.id())?;
        self.resource_groups.remove(&group.subscription, &group.name)?;
        Ok(())
    }

    /// Waits for those that are under way; none takes longer than the writes of what is in the group.
    pub async fn shutdown(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
