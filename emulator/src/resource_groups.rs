//! Resource groups: named by subscription and name without regard to case, kept in the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub mod deletion;

use crate::collection::{Collection, Record};
use crate::store::{Store, StoreError, Table};

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceGroup {
    /// Its subscription, as the caller wrote it.
    pub subscription: String,
    /// Its name, in the casing of the first PUT.
    pub name: String,
    /// Its location, as the caller wrote it.
    pub location: String,
    /// Its tags, if any were ever given.
    pub tags: Option<IndexMap<String, String>>,
    /// Whether it is on its way out.
    #[serde(default)]
    pub state: ResourceGroupState,
}

/// Whether a resource group is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceGroupState {
    /// It is there.
    #[default]
    Succeeded,
    /// What is in it is being deleted, and nothing new may be put into it.
    Deleting,
}

impl ResourceGroupState {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Deleting => "Deleting",
        }
    }
}

impl ResourceGroup {
    /// Its resource id.
    pub fn id(&self) -> String {
        id(&self.subscription, &self.name)
    }
}

impl Record for ResourceGroup {
    const TABLE: Table = Table::ResourceGroups;

    fn key(&self) -> String {
        self.id().to_ascii_lowercase()
    }
}

/// All resource groups; cheap to clone.
#[derive(Clone)]
pub struct ResourceGroups {
    groups: Collection<ResourceGroup>,
}

impl ResourceGroups {
    /// Loads anew what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read; nothing has changed then.
    pub fn reload(&self) -> Result<(), StoreError> {
        self.groups.reload()
    }

    /// Loads what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: Store) -> Result<Self, StoreError> {
        Ok(Self { groups: Collection::open(store)? })
    }

    /// A resource group by name.
    pub fn get(&self, subscription: &str, name: &str) -> Option<Arc<ResourceGroup>> {
        self.groups.get(&id(subscription, name))
    }

    /// The resource groups of a subscription, by name.
    pub fn list(&self, subscription: &str) -> Vec<Arc<ResourceGroup>> {
        self.groups.below(&format!("/subscriptions/{subscription}/resourceGroups"))
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<ResourceGroup>> {
        self.groups.all()
    }

    /// The subscriptions that have resource groups.
    pub fn subscriptions(&self) -> BTreeSet<String> {
        self.groups.all().iter().map(|group| group.subscription.to_ascii_lowercase()).collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.groups.count()
    }

    /// Makes or replaces a resource group; whether it is new.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn put(&self, group: ResourceGroup) -> Result<bool, StoreError> {
        self.groups.put(group)
    }

    /// Makes a resource group or replaces it by what `change` makes of the one that is there; nobody writes in
    /// between. The group, and whether it is new.
    ///
    /// # Errors
    /// Those of `change`, or when the store cannot be written; nothing has changed then.
    pub fn change<E: From<StoreError>>(
        &self,
        subscription: &str,
        name: &str,
        change: impl FnOnce(Option<&ResourceGroup>) -> Result<ResourceGroup, E>,
    ) -> Result<(Arc<ResourceGroup>, bool), E> {
        self.groups.change(&id(subscription, name), change)
    }

    /// Removes a resource group; the caller has removed what was in it.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove(&self, subscription: &str, name: &str) -> Result<(), StoreError> {
        self.groups.remove(&id(subscription, name)).map(drop)
    }

    /// Removes all of them.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.groups.clear()
    }
}

fn id(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}
