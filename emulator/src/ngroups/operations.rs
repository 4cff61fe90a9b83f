//! The long-running operations on NGroups: under way while it is in transition, then kept as it was left.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aci_model::ResourceId;
use aci_model::ngroup::NGroupProvisioningState;
use jiff::Timestamp;
use uuid::Uuid;

use super::record::NGroup;

/// How many are kept.
const MOST: usize = 500;

/// An operation on NGroups.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it is about.
    pub ngroup: ResourceId,
    /// When it began.
    pub started_at: Timestamp,
    /// Where it ended and why it failed; absent while it is under way.
    pub outcome: Option<(NGroupProvisioningState, Option<String>)>,
}

/// The latest operations.
#[derive(Default)]
pub(super) struct Operations {
    records: Mutex<BTreeMap<Uuid, Operation>>,
}

impl Operations {
    pub(super) fn get(&self, id: Uuid) -> Option<Operation> {
        self.with(|records| records.get(&id).cloned())
    }

    /// Takes note of an operation, and of its end when nothing is under way any more.
    pub(super) fn note(&self, ngroup: &NGroup) {
        let Some((id, started_at)) = ngroup.operation else { return };
        self.with(|records| {
            let begun = Operation { ngroup: ngroup.id.clone(), started_at, outcome: None };
            records.entry(id).or_insert(begun);
        });
        if !ngroup.is_in_transition() {
            self.finish(&ngroup.id, &ngroup.state, ngroup.error.as_ref());
        }
        self.trim();
    }

    /// Ends all operations that are under way: a later one takes an earlier one's goal over.
    pub(super) fn finish(&self, id: &ResourceId, state: &NGroupProvisioningState, error: Option<&String>) {
        self.with(|records| {
            for operation in records.values_mut().filter(|it| it.outcome.is_none() && it.ngroup == *id) {
                operation.outcome = Some((state.clone(), error.cloned()));
            }
        });
    }

    fn trim(&self) {
        self.with(|records| {
            while records.len() > MOST {
                let ended = records.iter().filter(|(_, it)| it.outcome.is_some());
                let Some(oldest) = ended.min_by_key(|(_, it)| it.started_at).map(|(id, _)| *id) else {
                    return;
                };
                records.remove(&oldest);
            }
        });
    }

    // A poisoned lock guards a map that is whole: every change above is a single call.
    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<Uuid, Operation>) -> T) -> T {
        look(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
