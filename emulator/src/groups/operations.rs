//! Long-running operations: under way while their group is in transition, then kept as it left them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

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
    records: Arc<Mutex<BTreeMap<Uuid, Operation>>>,
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
        let mut records = BTreeMap::new();
        for (id, operation) in store.scan::<Operation>(Table::Operations)? {
            let id = id.parse().map_err(|_| StoreError::Access(format!("'{id}' is no operation's id")))?;
            records.insert(id, operation);
        }
        Ok(Self { records: Arc::new(Mutex::new(records)) })
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<Operation> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
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
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Changes::default();
        if let Some(id) = begun {
            let begun = Operation { group: group.id.clone(), started_at: now, outcome: None };
            changes.kept.push((id, begun));
        }
        let under_way = records.iter().filter(|(_, one)| one.outcome.is_none() && one.group == group.id);
        if is_over {
            changes.kept.extend(under_way.map(|(id, one)| (*id, one.clone())));
            let outcome = at_rest(group);
            changes.kept.iter_mut().for_each(|(_, one)| one.outcome = Some(outcome.clone()));
        }
        let excess = (records.len() + usize::from(begun.is_some())).saturating_sub(MOST_OPERATIONS);
        if excess > 0 {
            let ended = records.iter().filter(|(_, one)| one.outcome.is_some());
            let mut ended: Vec<_> = ended.map(|(id, one)| (one.started_at, *id)).collect();
            ended.sort_unstable();
            changes.dropped = ended.into_iter().take(excess).map(|(_, id)| id).collect();
        }
        changes
    }

    pub(crate) fn apply(&self, changes: Changes) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.extend(changes.kept);
        changes.dropped.iter().for_each(|id| drop(records.remove(id)));
    }

    /// Forgets all.
    pub(crate) fn clear(&self, store: &Store) -> Result<(), StoreError> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch::default();
        records.keys().for_each(|id| batch.remove(Table::Operations, &id.to_string()));
        store.commit(batch)?;
        records.clear();
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
