//! Failures on demand: what shall go wrong, for whom, and how often.
//!
//! A [`Rule`] says which calls or containers it is about ([`Scope`]), what befalls them ([`Fault`]) and how often
//! ([`Times`]). All of that is decided here, without clock or chance: the n-th match of a rule always comes to the same
//! verdict. The edge acts on calls by it, [`crate::runtime::faulty`] on containers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

pub mod fault;
pub mod scope;
pub mod times;

pub use fault::{Fault, PullFailure};
pub use scope::{Scope, Subject};
pub use times::Times;

use crate::ids::SharedIds;
use crate::store::{Store, StoreError, Table};

/// What somebody wants to go wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Which calls or containers.
    #[serde(rename = "match", default)]
    pub scope: Scope,
    /// What befalls them.
    pub fault: Fault,
    /// How often.
    #[serde(default)]
    pub times: Times,
    /// Whether the rule is kept across restarts of the emulator.
    #[serde(default)]
    pub keep: bool,
}

/// A rule at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveRule {
    /// Its id.
    pub id: Uuid,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// How many calls or containers were in its scope so far.
    pub matched: u64,
    /// How many of them it befell.
    pub fired: u64,
}

/// Why a rule is no rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// A pattern that nothing can meet.
    #[error("'{member}' in 'match' is about {about}, and '{kind}' befalls {befalls}")]
    Pattern {
        /// The pattern.
        member: &'static str,
        /// What it is about.
        about: &'static str,
        /// The fault.
        kind: &'static str,
        /// What the fault befalls.
        befalls: &'static str,
    },
    /// A number out of bounds.
    #[error("'{member}' must be {bounds}")]
    Number {
        /// Where.
        member: &'static str,
        /// What it may be.
        bounds: &'static str,
    },
}

impl Rule {
    /// Checks what its form does not tell.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn check(&self) -> Result<(), RuleError> {
        let (befalls, about) = match self.fault.is_of_calls() {
            true => ("calls", "containers"),
            false => ("containers", "calls"),
        };
        if let Some(member) = self.scope.pattern_of(!self.fault.is_of_calls()) {
            return Err(RuleError::Pattern { member, about, kind: self.fault.kind(), befalls });
        }
        self.times.check()?;
        self.fault.check()
    }
}

/// All rules; clones share them.
#[derive(Clone)]
pub struct Faults {
    shared: Arc<Shared>,
}

struct Shared {
    rules: Mutex<Vec<ActiveRule>>,
    store: Store,
    ids: SharedIds,
}

impl Faults {
    /// Loads the rules that were to be kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: Store, ids: SharedIds) -> Result<Self, StoreError> {
        let rules = store.scan::<ActiveRule>(Table::Faults)?.into_iter().map(|(_, rule)| rule).collect();
        Ok(Self { shared: Arc::new(Shared { rules: Mutex::new(rules), store, ids }) })
    }

    /// Adds a rule that was checked; it comes after those there are.
    ///
    /// # Errors
    /// When a rule that is to be kept cannot be written; it is not added then.
    pub fn add(&self, rule: Rule) -> Result<ActiveRule, StoreError> {
        let active = ActiveRule { id: self.shared.ids.next(), rule, matched: 0, fired: 0 };
        let mut rules = self.rules();
        self.keep(&active)?;
        rules.push(active.clone());
        Ok(active)
    }

    /// Whether nothing is to go wrong: the ordinary case, which costs a call nothing more than this.
    pub fn is_empty(&self) -> bool {
        self.rules().is_empty()
    }

    /// The rules, oldest first.
    pub fn list(&self) -> Vec<ActiveRule> {
        self.rules().clone()
    }

    /// Removes a rule; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written; the rule stays then.
    pub fn remove(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut rules = self.rules();
        let Some(index) = rules.iter().position(|rule| rule.id == id) else { return Ok(false) };
        self.shared.store.remove(Table::Faults, &id.to_string())?;
        rules.remove(index);
        Ok(true)
    }

    /// Removes all rules.
    ///
    /// # Errors
    /// When the store cannot be written; some rules stay then.
    pub fn clear(&self) -> Result<(), StoreError> {
        let mut rules = self.rules();
        while let Some(rule) = rules.last() {
            self.shared.store.remove(Table::Faults, &rule.id.to_string())?;
            rules.pop();
        }
        Ok(())
    }

    /// What befalls a call or a container now, of the faults that `wanted` names: in the order of the rules, up to
    /// the first that leaves nothing for others to befall.
    pub fn take(&self, subject: &Subject<'_>, wanted: impl Fn(&ActiveRule) -> bool) -> Vec<Fault> {
        let mut taken = Vec::new();
        for active in self.rules().iter_mut() {
            if !wanted(active) || !active.rule.scope.covers(subject) {
                continue;
            }
            let fires = active.rule.times.fires(active.matched, active.fired);
            active.matched += 1;
            active.fired += u64::from(fires);
            if let Err(error) = self.keep(active) {
                tracing::warn!(rule = %active.id, %error, "The count of a fault could not be stored");
            }
            if fires {
                taken.push(active.rule.fault.clone());
                if active.rule.fault.is_final() {
                    break;
                }
            }
        }
        taken
    }

    fn keep(&self, active: &ActiveRule) -> Result<(), StoreError> {
        if !active.rule.keep {
            return Ok(());
        }
        self.shared.store.put(Table::Faults, &active.id.to_string(), active)
    }

    fn rules(&self) -> MutexGuard<'_, Vec<ActiveRule>> {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::SequentialIds;

    fn rule(value: serde_json::Value) -> Rule {
        serde_json::from_value(value).unwrap()
    }

    fn faults(store: &Store) -> Faults {
        Faults::open(store.clone(), Arc::new(SequentialIds::default())).unwrap()
    }

    #[test]
    fn delays_add_up_and_the_first_refusal_ends_the_search() {
        let faults = faults(&Store::in_memory());
        for fault in [
            json!({ "kind": "delay", "seconds": 1 }),
            json!({ "kind": "noCapacity" }),
            json!({ "kind": "transitioning" }),
        ] {
            faults.add(rule(json!({ "fault": fault }))).unwrap();
        }
        let taken = faults.take(&Subject::default(), |_| true);
        assert_eq!(taken, [Fault::Delay { seconds: 1.0 }, Fault::NoCapacity]);
        assert_eq!(faults.list().iter().map(|it| it.fired).collect::<Vec<_>>(), [1, 1, 0]);
    }

    #[test]
    fn a_rule_that_is_kept_comes_back_with_its_counts() {
        let store = Store::in_memory();
        let first = faults(&store);
        let times = json!({ "next": 2 });
        first.add(rule(json!({ "fault": { "kind": "hang" }, "times": times, "keep": true }))).unwrap();
        first.add(rule(json!({ "fault": { "kind": "drop" } }))).unwrap();
        assert_eq!(first.take(&Subject::default(), |_| true), [Fault::Hang]);
        let second = faults(&store);
        assert_eq!(second.take(&Subject::default(), |_| true), [Fault::Hang]);
        assert_eq!(second.take(&Subject::default(), |_| true), []);
        assert!(second.remove(second.list()[0].id).unwrap());
        assert_eq!(faults(&store).list(), []);
    }

    #[test]
    fn a_pattern_that_nothing_can_meet_is_refused() {
        let of_calls = rule(json!({ "match": { "image": "*" }, "fault": { "kind": "hang" } }));
        assert!(
            of_calls.check().unwrap_err().to_string().starts_with("'image' in 'match' is about containers")
        );
        let of_containers =
            rule(json!({ "match": { "apiVersion": "2023-05-01" }, "fault": { "kind": "oomKill" } }));
        assert!(of_containers.check().is_err());
        let share = rule(json!({ "fault": { "kind": "hang" }, "times": { "share": 1.5 } }));
        assert!(share.check().is_err());
    }
}
