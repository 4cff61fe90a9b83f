//! Resource groups: named by subscription and name without regard to case, kept in the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

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
}

/// All resource groups; cheap to clone.
#[derive(Clone)]
pub struct ResourceGroups {
    store: Store,
    groups: Arc<RwLock<BTreeMap<String, ResourceGroup>>>,
}

impl ResourceGroups {
    /// Loads what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: Store) -> Result<Self, StoreError> {
        let groups = store.scan(Table::ResourceGroups)?.into_iter().collect();
        Ok(Self { store, groups: Arc::new(RwLock::new(groups)) })
    }

    /// A resource group by name.
    pub fn get(&self, subscription: &str, name: &str) -> Option<ResourceGroup> {
        self.read(|groups| groups.get(&key(subscription, name)).cloned())
    }

    /// The resource groups of a subscription, by name.
    pub fn list(&self, subscription: &str) -> Vec<ResourceGroup> {
        let belongs = |group: &&ResourceGroup| group.subscription.eq_ignore_ascii_case(subscription);
        self.read(|groups| groups.values().filter(belongs).cloned().collect())
    }

    /// The subscriptions that have resource groups.
    pub fn subscriptions(&self) -> BTreeSet<String> {
        self.read(|groups| groups.values().map(|group| group.subscription.to_ascii_lowercase()).collect())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.read(BTreeMap::len)
    }

    /// Makes or replaces a resource group; whether it is new.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn put(&self, group: ResourceGroup) -> Result<bool, StoreError> {
        let key = key(&group.subscription, &group.name);
        self.write(|groups| {
            self.store.put(Table::ResourceGroups, &key, &group)?;
            Ok(groups.insert(key, group).is_none())
        })
    }

    /// Removes a resource group; the caller has removed what was in it.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove(&self, subscription: &str, name: &str) -> Result<(), StoreError> {
        let key = key(subscription, name);
        self.write(|groups| {
            self.store.remove(Table::ResourceGroups, &key)?;
            groups.remove(&key);
            Ok(())
        })
    }

    /// Removes all of them.
    ///
    /// # Errors
    /// When the store cannot be written; some may be gone then.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.write(|groups| {
            for key in groups.keys().cloned().collect::<Vec<_>>() {
                self.store.remove(Table::ResourceGroups, &key)?;
                groups.remove(&key);
            }
            Ok(())
        })
    }

    // A poisoned lock guards a map that is whole: nothing above leaves it half changed.
    fn read<T>(&self, look: impl FnOnce(&BTreeMap<String, ResourceGroup>) -> T) -> T {
        look(&self.groups.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<String, ResourceGroup>) -> T) -> T {
        change(&mut self.groups.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The key in the store: see [`Table::ResourceGroups`].
fn key(subscription: &str, name: &str) -> String {
    format!("{subscription}/{name}").to_ascii_lowercase()
}
