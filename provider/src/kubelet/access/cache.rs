//! Answers that hold for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;

/// How many answers are kept; callers that are more than this are asked about again.
const MOST: usize = 4096;

/// Answers and until when they hold.
pub(super) struct Cache<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// The answer, while it holds.
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let answers = self.answers();
        let (value, until) = answers.get(key)?;
        (now < *until).then(|| value.clone())
    }

    /// Keeps an answer.
    pub(super) fn put(&self, key: K, value: V, ttl: Duration, now: Timestamp) {
        let mut answers = self.answers();
        if answers.len() >= MOST {
            answers.retain(|_, (_, until)| now < *until);
        }
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, (value, later(now, ttl)));
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<K, (V, Timestamp)>> {
        // A panic elsewhere leaves the map whole: every change to it is a single call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_answer_holds_for_its_time_and_not_longer() {
        let cache = Cache::default();
        cache.put("a", 1, MINUTE, NOW);
        assert_eq!(cache.get(&"a", NOW), Some(1));
        assert_eq!(cache.get(&"a", later(NOW, MINUTE - Duration::from_nanos(1))), Some(1));
        assert_eq!(cache.get(&"a", later(NOW, MINUTE)), None);
        assert_eq!(cache.get(&"b", NOW), None);
    }

    #[test]
    fn answers_never_grow_beyond_a_limit_and_old_ones_go_first() {
        let cache = Cache::default();
        cache.put(usize::MAX, 0, MINUTE * 3, NOW);
        for key in 0..MOST {
            cache.put(key, 0, MINUTE, NOW);
        }
        assert!(cache.answers().len() <= MOST);
        cache.put(usize::MAX - 1, 0, MINUTE, later(NOW, MINUTE * 2));
        assert!(cache.answers().len() <= 2);
    }
}
