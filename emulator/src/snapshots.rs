//! The state of an emulator under a name, to come back to.
//!
//! A snapshot lies in the store, sealed like everything there, for it holds the secrets of groups; nothing but its
//! [`Summary`] is ever shown. Restored groups are made anew: what their containers had written is not part of it. NGroups
//! and standby pools find their members again by name, and go on from there.

use std::collections::BTreeMap;

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, PROVIDER_NAMESPACE, ResourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::group::{Group, GroupState};
use crate::groups::{GroupError, Groups};
use crate::neighbours::Neighbours;
use crate::ngroups::{NGroups, pool};
use crate::resource_groups::ResourceGroups;
use crate::store::{Records, Store, StoreError, Table};

/// What is kept record by record: what has no life of its own, and what finds its own again.
fn tables() -> Vec<Table> {
    [Table::RESOURCES, &[Table::NGroups]].concat()
}

/// All snapshots; cheap to clone.
#[derive(Clone)]
pub struct Snapshots {
    store: Store,
}

/// What a snapshot is shown as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// How many container groups it has, those of standby pools not counted.
    pub container_groups: usize,
    /// How many NGroups.
    pub ngroups: usize,
    /// How many standby pools.
    pub standby_pools: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Snapshot {
    taken_at: Timestamp,
    records: Records,
    groups: Vec<SavedGroup>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedGroup {
    id: ResourceId,
    spec: ContainerGroup,
    written_with: ApiVersion,
    is_stopped: bool,
}

impl SavedGroup {
    fn of(group: &Group) -> Self {
        Self {
            id: group.id.clone(),
            spec: ContainerGroup::clone(&group.spec),
            written_with: group.written_with,
            is_stopped: group.status.state == GroupState::Stopped,
        }
    }
}

/// Why a snapshot is not taken or restored.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// There is none of the name.
    #[error("there is no snapshot '{0}'")]
    NotFound(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A group cannot be removed or made.
    #[error(transparent)]
    Group(Box<GroupError>),
}

impl From<GroupError> for SnapshotError {
    fn from(error: GroupError) -> Self {
        Self::Group(Box::new(error))
    }
}

/// What a snapshot holds, and where it goes.
pub struct Contents<'a> {
    /// The container groups.
    pub groups: &'a Groups,
    /// NGroups and standby pools.
    pub ngroups: &'a NGroups,
    /// The resource groups.
    pub resource_groups: &'a ResourceGroups,
    /// The rest.
    pub neighbours: &'a Neighbours,
}

impl Contents<'_> {
    /// Removes everything, and waits until the engine holds nothing of it.
    ///
    /// # Errors
    /// When the store or the engine refuses.
    pub async fn clear(&self) -> Result<(), SnapshotError> {
        // First, for they would make their members anew.
        self.ngroups.clear().await?;
        self.groups.reset().await?;
        self.neighbours.clear()?;
        self.resource_groups.clear()?;
        Ok(())
    }
}

impl Snapshots {
    /// Those of a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Takes one, in place of one of the same name.
    ///
    /// # Errors
    /// When the store refuses.
    pub fn take(
        &self,
        name: &str,
        contents: &Contents<'_>,
        now: Timestamp,
    ) -> Result<Summary, SnapshotError> {
        let groups: Vec<_> = contents.groups.all().iter().map(|group| SavedGroup::of(group)).collect();
        let snapshot = Snapshot { taken_at: now, records: self.store.records(&tables())?, groups };
        self.store.put(Table::Snapshots, name, &snapshot)?;
        Ok(summary(name, &snapshot))
    }

    /// Those that there are, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(&self) -> Result<Vec<Summary>, SnapshotError> {
        Ok(self.all()?.iter().map(|(name, snapshot)| summary(name, snapshot)).collect())
    }

    /// Replaces everything that there is by what there was.
    ///
    /// # Errors
    /// [`SnapshotError::NotFound`], or when store or engine refuse; what was removed stays so then.
    pub async fn restore(&self, name: &str, contents: &Contents<'_>) -> Result<Summary, SnapshotError> {
        let snapshot = self.all()?.remove(name).ok_or_else(|| SnapshotError::NotFound(name.to_owned()))?;
        contents.clear().await?;
        self.store.write_records(&tables(), &snapshot.records)?;
        contents.resource_groups.reload()?;
        contents.neighbours.reload()?;
        let told = summary(name, &snapshot);
        for SavedGroup { id, spec, written_with, is_stopped } in snapshot.groups {
            contents.groups.put(id.clone(), spec, written_with).await?;
            if is_stopped {
                contents.groups.stop(&id).await?;
            }
        }
        // Last, when their members are there again.
        contents.ngroups.reload()?;
        Ok(told)
    }

    /// Removes one; whether there was one.
    ///
    /// # Errors
    /// When the store refuses.
    pub fn remove(&self, name: &str) -> Result<bool, SnapshotError> {
        let is_there = self.all()?.contains_key(name);
        self.store.remove(Table::Snapshots, name)?;
        Ok(is_there)
    }

    fn all(&self) -> Result<BTreeMap<String, Snapshot>, StoreError> {
        Ok(self.store.scan(Table::Snapshots)?.into_iter().collect())
    }
}

fn summary(name: &str, snapshot: &Snapshot) -> Summary {
    let is_client_s = |group: &&SavedGroup| group.id.namespace.eq_ignore_ascii_case(PROVIDER_NAMESPACE);
    let of_pools = |id: &&String| id.parse().is_ok_and(|id: ResourceId| pool::is_pool(&id));
    let kept = || snapshot.records.get(Table::NGroups.name()).into_iter().flat_map(|records| records.keys());
    let standby_pools = kept().filter(of_pools).count();
    Summary {
        name: name.to_owned(),
        taken_at: snapshot.taken_at,
        container_groups: snapshot.groups.iter().filter(is_client_s).count(),
        ngroups: kept().count() - standby_pools,
        standby_pools,
    }
}
