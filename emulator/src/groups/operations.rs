//! Long-running operations: under way while their group is in transition, then kept as it left them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aci_model::ResourceId;
use aci_model::group::ProvisioningState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::group::Group;
use crate::store::{Batch, Store, StoreError, Table};

/// How many operations are kept; a poller asks for minutes, and at Azure's 300 creations an hour this is
/// more than one.
const MOST_OPERATIONS: usize = 500;

/// All operations; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Operations {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    records: HashMap<Uuid, Operation>,
    /// Those without an outcome, by the key of their group.
    under_way: HashMap<String, Vec<Uuid>>,
    /// Those with one, oldest first.
    ended: BTreeSet<(Timestamp, Uuid)>,
}

impl Kept {
    fn insert(&mut self, id: Uuid, operation: Operation) {
        let key = operation.group.key();
        match operation.outcome {
            None => self.under_way.entry(key).or_default().push(id),
            Some(_) => {
                if let Entry::Occupied(mut of_group) = self.under_way.entry(key) {
                    of_group.get_mut().retain(|one| *one != id);
                    if of_group.get().is_empty() {
                        of_group.remove();
                    }
                }
                self.ended.insert((operation.started_at, id));
            }
        }
        self.records.insert(id, operation);
    }

    fn remove(&mut self, id: Uuid) {
        if let Some(operation) = self.records.remove(&id) {
            self.ended.remove(&(operation.started_at, id));
        }
    }
}

/// What is stored of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) group: ResourceId,
    pub(crate) started_at: Timestamp,
    /// How the group was when the operation ended; absent while it is under way.
    pub(crate) outcome: Option<Group>,
}

/// Changes that are applied once they are stored.
#[derive(Default)]
pub(crate) struct Changes {
    kept: Vec<(Uuid, Operation)>,
    dropped: Vec<Uuid>,
}

impl Operations {
    pub(crate) fn load(store: &Store) -> Result<Self, StoreError> {
        let mut kept = Kept::default();
        for (id, operation) in store.scan::<Operation>(Table::Operations)? {
            let id = id.parse().map_err(|_| StoreError::Access(format!("'{id}' is no operation's id")))?;
            kept.insert(id, operation);
        }
        Ok(Self { kept: Arc::new(Mutex::new(kept)) })
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<Operation> {
        self.kept().records.get(&id).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What changes when a group has changed: a new operation begins; when the group is at rest, all that
    /// were under way have ended, for a later operation takes an earlier one's goal over.
    pub(crate) fn prepare(
        &self,
        begun: Option<Uuid>,
        group: &Group,
        is_over: bool,
        now: Timestamp,
    ) -> Changes {
        let kept = self.kept();
        let mut changes = Changes::default();
        if let Some(id) = begun {
            let begun = Operation { group: group.id.clone(), started_at: now, outcome: None };
            changes.kept.push((id, begun));
        }
        if is_over {
            let under_way = kept.under_way.get(&group.id.key()).into_iter().flatten();
            let records = under_way.filter_map(|id| Some((*id, kept.records.get(id)?.clone())));
            changes.kept.extend(records);
            let outcome = at_rest(group);
            changes.kept.iter_mut().for_each(|(_, one)| one.outcome = Some(outcome.clone()));
        }
        let excess = (kept.records.len() + usize::from(begun.is_some())).saturating_sub(MOST_OPERATIONS);
        changes.dropped = kept.ended.iter().take(excess).map(|(_, id)| *id).collect();
        changes
    }

    pub(crate) fn apply(&self, changes: Changes) {
        let mut kept = self.kept();
        changes.kept.into_iter().for_each(|(id, one)| kept.insert(id, one));
        changes.dropped.into_iter().for_each(|id| kept.remove(id));
    }

    /// Forgets all.
    pub(crate) fn clear(&self, store: &Store) -> Result<(), StoreError> {
        let mut kept = self.kept();
        let mut batch = Batch::default();
        kept.records.keys().for_each(|id| batch.remove(Table::Operations, &id.to_string()));
        store.commit(batch)?;
        *kept = Kept::default();
        Ok(())
    }
}

/// A group that was deleted on the way has not arrived; without an end its pollers would ask for ever.
fn at_rest(group: &Group) -> Group {
    let mut group = group.clone();
    let is_at_rest =
        matches!(group.status.provisioning_state, ProvisioningState::Succeeded | ProvisioningState::Failed);
    if !is_at_rest {
        group.status.provisioning_state = ProvisioningState::Canceled;
    }
    group
}

impl Changes {
    pub(crate) fn write(&self, batch: &mut Batch) -> Result<(), StoreError> {
        for (id, operation) in &self.kept {
            batch.put(Table::Operations, &id.to_string(), operation)?;
        }
        self.dropped.iter().for_each(|id| batch.remove(Table::Operations, &id.to_string()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aci_model::ApiVersion;
    use aci_model::group::ContainerGroup;

    use super::*;
    use crate::group::machine::Machine;

    fn group(name: &str) -> Group {
        let id = ResourceId::container_group("s", "r", name);
        let spec = ContainerGroup::default();
        Machine::create(id, spec, ApiVersion::V2023_05_01, Uuid::nil(), Uuid::nil()).group
    }

    #[test]
    fn the_oldest_ended_operations_make_room_and_those_under_way_stay() {
        let operations = Operations::default();
        let id = |number: usize| Uuid::from_u128(u128::try_from(number).unwrap());
        let at = |number: usize| Timestamp::from_second(i64::try_from(number).unwrap()).unwrap();
        let under_way = operations.prepare(Some(id(0)), &group("slow"), false, at(0));
        operations.apply(under_way);
        for number in 1..=MOST_OPERATIONS {
            operations.apply(operations.prepare(Some(id(number)), &group("quick"), true, at(number)));
        }
        assert!(operations.get(id(0)).unwrap().outcome.is_none());
        assert!(operations.get(id(1)).is_none());
        assert!(operations.get(id(2)).is_some());
        assert!(operations.get(id(MOST_OPERATIONS)).is_some());
    }

    #[test]
    fn all_operations_of_a_group_end_when_it_comes_to_rest() {
        let operations = Operations::default();
        let (first, second, now) = (Uuid::from_u128(1), Uuid::from_u128(2), Timestamp::UNIX_EPOCH);
        let mut group = group("web");
        operations.apply(operations.prepare(Some(first), &group, false, now));
        operations.apply(operations.prepare(Some(second), &group, false, now));
        group.status.provisioning_state = ProvisioningState::Succeeded;
        operations.apply(operations.prepare(None, &group, true, now));
        for id in [first, second] {
            let outcome = operations.get(id).unwrap().outcome.unwrap();
            assert_eq!(outcome.status.provisioning_state, ProvisioningState::Succeeded);
        }
    }
}
