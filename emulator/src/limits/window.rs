//! Who has asked how often of late.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Rate;

/// What is counted, in Azure's words for the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// New container groups.
    ContainerGroupCreation,
    /// Deleted ones.
    ContainerGroupDeletion,
}

impl Counted {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContainerGroupCreation => "ContainerGroupCreation",
            Self::ContainerGroupDeletion => "ContainerGroupDeletion",
        }
    }
}

/// A rate that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedUp {
    /// The rate.
    pub rate: Rate,
    /// When it has something left again.
    pub wait: SignedDuration,
}

/// The times of what was done, by what, subscription and region.
#[derive(Debug, Default)]
pub struct Windows {
    times: Mutex<HashMap<(Counted, String, String), VecDeque<Timestamp>>>,
}

impl Windows {
    /// Counts one more, unless a rate is used up.
    ///
    /// # Errors
    /// The rate, of several the one that takes longest.
    pub fn count(
        &self,
        what: Counted,
        (subscription, region): (&str, &str),
        rates: &[Rate],
        now: Timestamp,
    ) -> Result<(), UsedUp> {
        let key = (what, subscription.to_ascii_lowercase(), region.to_ascii_lowercase());
        let mut all = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = all.entry(key).or_default();
        let span = |rate: &Rate| SignedDuration::from_secs(rate.seconds.into());
        let longest = rates.iter().map(span).max().unwrap_or_default();
        while times.front().is_some_and(|time| now.duration_since(*time) >= longest) {
            times.pop_front();
        }
        let used_up = rates.iter().filter_map(|rate| {
            let span = span(rate);
            let count = usize::try_from(rate.count).unwrap_or(usize::MAX);
            // The one whose going makes room; a rate of none never has any.
            let oldest = match count.checked_sub(1) {
                None => now,
                Some(before) => *times.iter().rev().nth(before)?,
            };
            let wait = span - now.duration_since(oldest);
            wait.is_positive().then_some(UsedUp { rate: *rate, wait })
        });
        match used_up.max_by_key(|it| it.wait) {
            Some(used_up) => Err(used_up),
            None => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_room_again_when_the_oldest_is_far_enough_back() {
        let windows = Windows::default();
        let rates = [Rate { count: 2, seconds: 300 }, Rate { count: 3, seconds: 3600 }];
        let count = |at: i64| {
            let now = Timestamp::from_second(at).unwrap();
            windows.count(Counted::ContainerGroupCreation, ("s", "westus"), &rates, now)
        };
        assert_eq!(count(0), Ok(()));
        assert_eq!(count(60), Ok(()));
        assert_eq!(count(120), Err(UsedUp { rate: rates[0], wait: SignedDuration::from_secs(180) }));
        assert_eq!(count(300), Ok(()));
        assert_eq!(count(700), Err(UsedUp { rate: rates[1], wait: SignedDuration::from_secs(2900) }));
        let other = (Counted::ContainerGroupDeletion, ("s", "westus"));
        assert_eq!(windows.count(other.0, other.1, &rates, Timestamp::UNIX_EPOCH), Ok(()));
    }
}
