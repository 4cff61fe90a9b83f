//! The long-running operations of the neighbours: remembered for as long as a client may ask.
//!
//! What Azure does in the background for seconds is done here when the answer leaves, so an operation is finished
//! when it begins, and is kept in memory alone: a client that asks again after a restart asks the resource.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use aci_model::ResourceId;
use uuid::Uuid;

/// How many are remembered: more than are under way in any client at once.
const CAPACITY: usize = 4096;

/// The latest operations.
#[derive(Debug, Default)]
pub struct RecentOperations {
    latest: Mutex<VecDeque<(Uuid, ResourceId)>>,
}

impl RecentOperations {
    /// Remembers an operation on a resource; the oldest is forgotten where there are too many.
    pub fn add(&self, id: Uuid, resource: ResourceId) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == CAPACITY {
            latest.pop_front();
        }
        latest.push_back((id, resource));
    }

    /// The resource of an operation.
    pub fn get(&self, id: Uuid) -> Option<ResourceId> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().rev().find(|(known, _)| *known == id).map(|(_, resource)| resource.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_operation_is_forgotten_first() {
        let operations = RecentOperations::default();
        let resource = ResourceId::container_group("s", "rg", "web");
        for id in 0..=CAPACITY as u128 {
            operations.add(Uuid::from_u128(id), resource.clone());
        }
        assert_eq!(operations.get(Uuid::from_u128(0)), None);
        assert_eq!(operations.get(Uuid::from_u128(1)), Some(resource.clone()));
        assert_eq!(operations.get(Uuid::from_u128(CAPACITY as u128)), Some(resource));
    }
}
