//! Records of one kind: all of them in memory, each written to the store before anybody sees it.
//!
//! Resources without a life of their own (resource groups, virtual networks, identities) need no task: a write
//! replaces the record as a whole, and a read costs no disk.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Batch, Store, StoreError, Table};

/// What a collection can hold.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Where records of this kind are kept.
    const TABLE: Table;

    /// The text that names a record regardless of case. A record inside another begins with the other's key
    /// and a slash, so that one prefix finds both.
    fn key(&self) -> String;
}

/// All records of a kind by their key; clones share them.
pub struct Collection<T> {
    store: Store,
    records: Arc<RwLock<BTreeMap<String, Arc<T>>>>,
}

impl<T> Clone for Collection<T> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), records: self.records.clone() }
    }
}

impl<T: Record> Collection<T> {
    /// Loads what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: Store) -> Result<Self, StoreError> {
        let records = store.scan(T::TABLE)?.into_iter().map(|(key, record)| (key, Arc::new(record)));
        Ok(Self { records: Arc::new(RwLock::new(records.collect())), store })
    }

    /// Loads anew what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read; nothing has changed then.
    pub fn reload(&self) -> Result<(), StoreError> {
        self.write(|records| {
            let stored = self.store.scan(T::TABLE)?.into_iter();
            *records = stored.map(|(key, record)| (key, Arc::new(record))).collect();
            Ok(())
        })
    }

    /// The record with a key, in any case.
    pub fn get(&self, key: &str) -> Option<Arc<T>> {
        self.read(|records| records.get(&key.to_ascii_lowercase()).cloned())
    }

    /// Every record, by key.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.read(|records| records.values().cloned().collect())
    }

    /// The records below a key, that of the key itself excluded, by key.
    pub fn below(&self, key: &str) -> Vec<Arc<T>> {
        let prefix = format!("{}/", key.to_ascii_lowercase());
        self.read(|records| {
            let after = records.range::<str, _>((Bound::Excluded(prefix.as_str()), Bound::Unbounded));
            after.take_while(|(key, _)| key.starts_with(&prefix)).map(|(_, record)| record.clone()).collect()
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.read(BTreeMap::len)
    }

    /// Makes or replaces a record; whether it is new.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn put(&self, record: T) -> Result<bool, StoreError> {
        let key = record.key();
        self.write(|records| {
            self.store.put(T::TABLE, &key, &record)?;
            Ok(records.insert(key, Arc::new(record)).is_none())
        })
    }

    /// Makes or replaces the record with a key by what `change` makes of the one that is there; nobody writes in
    /// between. The record, and whether it is new.
    ///
    /// # Errors
    /// Those of `change`, or when the store cannot be written; nothing has changed then.
    pub fn change<E: From<StoreError>>(
        &self,
        key: &str,
        change: impl FnOnce(Option<&T>) -> Result<T, E>,
    ) -> Result<(Arc<T>, bool), E> {
        let key = key.to_ascii_lowercase();
        self.write(|records| {
            let record = change(records.get(&key).map(Arc::as_ref))?;
            self.store.put(T::TABLE, &key, &record)?;
            let record = Arc::new(record);
            Ok((record.clone(), records.insert(key, record).is_none()))
        })
    }

    /// Removes a record unless `check` objects; nobody writes in between. What was removed, if there was one.
    ///
    /// # Errors
    /// Those of `check`, or when the store cannot be written; nothing has changed then.
    pub fn remove_if<E: From<StoreError>>(
        &self,
        key: &str,
        check: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<Option<Arc<T>>, E> {
        let key = key.to_ascii_lowercase();
        self.write(|records| {
            let Some(record) = records.get(&key) else { return Ok(None) };
            check(record)?;
            self.store.remove(T::TABLE, &key)?;
            Ok(records.remove(&key))
        })
    }

    /// Removes a record; a missing one is removed already, and the answer tells.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove(&self, key: &str) -> Result<Option<Arc<T>>, StoreError> {
        let key = key.to_ascii_lowercase();
        self.write(|records| {
            self.store.remove(T::TABLE, &key)?;
            Ok(records.remove(&key))
        })
    }

    /// Removes the records below a key, at once or not at all.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove_below(&self, key: &str) -> Result<(), StoreError> {
        let prefix = format!("{}/", key.to_ascii_lowercase());
        self.remove_all(|key| key.starts_with(&prefix))
    }

    /// Removes every record, at once or not at all.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.remove_all(|_| true)
    }

    fn remove_all(&self, is_meant: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        self.write(|records| {
            let mut batch = Batch::default();
            records.keys().filter(|key| is_meant(key)).for_each(|key| batch.remove(T::TABLE, key));
            if batch.is_empty() {
                // A commit waits for the disk.
                return Ok(());
            }
            self.store.commit(batch)?;
            records.retain(|key, _| !is_meant(key));
            Ok(())
        })
    }

    // A poisoned lock guards a map that is whole: nothing above leaves it half changed.
    fn read<R>(&self, look: impl FnOnce(&BTreeMap<String, Arc<T>>) -> R) -> R {
        look(&self.records.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<R>(&self, change: impl FnOnce(&mut BTreeMap<String, Arc<T>>) -> R) -> R {
        change(&mut self.records.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource_groups::{ResourceGroup, ResourceGroupState};

    fn group(subscription: &str, name: &str) -> ResourceGroup {
        ResourceGroup {
            subscription: subscription.to_owned(),
            name: name.to_owned(),
            location: "westus".to_owned(),
            tags: None,
            state: ResourceGroupState::Succeeded,
        }
    }

    fn names(groups: &[Arc<ResourceGroup>]) -> Vec<&str> {
        groups.iter().map(|group| group.name.as_str()).collect()
    }

    #[test]
    fn a_record_is_found_in_any_case_and_survives_a_new_start() {
        let store = Store::in_memory();
        let groups = Collection::open(store.clone()).unwrap();
        assert!(groups.put(group("S", "Web")).unwrap());
        assert!(!groups.put(group("s", "web")).unwrap());
        let again: Collection<ResourceGroup> = Collection::open(store).unwrap();
        assert_eq!(again.get(&group("s", "WEB").key()).unwrap().name, "web");
        assert_eq!(again.count(), 1);
    }

    #[test]
    fn a_change_that_is_refused_changes_nothing() {
        let groups = Collection::open(Store::in_memory()).unwrap();
        groups.put(group("s", "web")).unwrap();
        let key = group("s", "web").key();
        let refused: Result<_, StoreError> =
            groups.change(&key, |_| Err(StoreError::Access("no".to_owned())));
        assert!(refused.is_err());
        let kept = groups.remove_if(&key, |_| Err(StoreError::Access("no".to_owned())));
        assert!(kept.is_err());
        let (changed, is_new) = groups
            .change(&key.to_uppercase(), |known| {
                Ok::<_, StoreError>(ResourceGroup { location: "eastus".to_owned(), ..known.unwrap().clone() })
            })
            .unwrap();
        assert_eq!((changed.location.as_str(), is_new, groups.count()), ("eastus", false, 1));
    }

    #[test]
    fn what_lies_below_a_key_shares_more_than_its_letters() {
        let groups = Collection::open(Store::in_memory()).unwrap();
        for (subscription, name) in [("s", "b"), ("s", "a"), ("s1", "c"), ("r", "d")] {
            groups.put(group(subscription, name)).unwrap();
        }
        assert_eq!(names(&groups.below("/subscriptions/S/resourcegroups")), ["a", "b"]);
        groups.remove_below("/subscriptions/s/resourceGroups").unwrap();
        assert_eq!(names(&groups.all()), ["d", "c"]);
        groups.clear().unwrap();
        assert_eq!(groups.count(), 0);
    }
}
