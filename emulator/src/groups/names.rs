//! Which group has which host name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The host names in use with the keys of their groups; clones share them.
#[derive(Clone, Default)]
pub(crate) struct HostNames {
    taken: Arc<Mutex<HashMap<String, String>>>,
}

/// A name that a group wants. Unless it is kept, it is free again when this is dropped, and the group's earlier
/// name is still the group's.
#[must_use]
pub(crate) struct Claim {
    names: HostNames,
    key: String,
    /// The name, and whether it is new to the group.
    name: Option<(String, bool)>,
    is_kept: bool,
}

impl HostNames {
    /// Claims a name for a group; `None` when another group has it.
    pub(crate) fn claim(&self, key: &str, name: Option<String>) -> Option<Claim> {
        let mut taken = self.taken();
        let name = match name {
            Some(name) => {
                let is_new = match taken.get(&name) {
                    Some(owner) if owner != key => return None,
                    owner => owner.is_none(),
                };
                taken.insert(name.clone(), key.to_owned());
                Some((name, is_new))
            }
            None => None,
        };
        drop(taken);
        Some(Claim { names: self.clone(), key: key.to_owned(), name, is_kept: false })
    }

    /// Frees the names of a group.
    pub(crate) fn release(&self, key: &str) {
        self.taken().retain(|_, owner| owner != key);
    }

    /// The key of the group that has a name.
    pub(crate) fn owner(&self, name: &str) -> Option<String> {
        self.taken().get(name).cloned()
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, String>> {
        // A panic elsewhere leaves the map whole: every change to it is a single call.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Makes the name the only one of its group.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
        let name = self.name.as_ref().map(|(name, _)| name);
        self.names.taken().retain(|other, owner| *owner != self.key || Some(other) == name);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some((name, true)) = &self.name
            && !self.is_kept
        {
            self.names.taken().remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(names: &HostNames, key: &str, name: &str) -> Option<Claim> {
        names.claim(key, Some(name.to_owned()))
    }

    #[test]
    fn a_name_belongs_to_one_group_until_it_is_released() {
        let names = HostNames::default();
        claim(&names, "a", "web").unwrap().keep();
        assert!(claim(&names, "b", "web").is_none());
        claim(&names, "a", "web").unwrap().keep();
        assert_eq!(names.owner("web").as_deref(), Some("a"));
        names.release("a");
        claim(&names, "b", "web").unwrap().keep();
    }

    #[test]
    fn a_claim_that_comes_to_nothing_leaves_the_name_before() {
        let names = HostNames::default();
        claim(&names, "a", "old").unwrap().keep();
        let wanted = claim(&names, "a", "new").unwrap();
        assert!(claim(&names, "b", "new").is_none() && claim(&names, "b", "old").is_none());
        drop(wanted);
        assert_eq!(names.owner("new"), None);
        drop(claim(&names, "a", "old").unwrap());
        assert_eq!(names.owner("old").as_deref(), Some("a"));
    }

    #[test]
    fn a_group_that_takes_another_name_frees_the_one_before() {
        let names = HostNames::default();
        claim(&names, "a", "old").unwrap().keep();
        claim(&names, "a", "new").unwrap().keep();
        assert_eq!((names.owner("old"), names.owner("new").as_deref()), (None, Some("a")));
        names.claim("a", None).unwrap().keep();
        assert_eq!(names.owner("new"), None);
    }
}
