//! Growing pauses between attempts, as the kubelet makes them.
//!
//! Azure's own numbers are not published, but its texts are the kubelet's (`Back-off 10s restarting failed`),
//! so the kubelet's numbers are taken: `NewBackOff(10s, 300s)` in pkg/kubelet/kubelet.go, doubled by
//! `Backoff.Next` and forgotten by `hasExpired` after twice the maximum in
//! client-go/util/flowcontrol/backoff.go.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The first pause.
const INITIAL: SignedDuration = SignedDuration::from_secs(10);
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_secs(300);
/// Good behaviour for this long starts the row anew.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_secs(600);

/// The pauses of one container or image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BackOff {
    entry: Option<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    pause: SignedDuration,
    updated: Timestamp,
}

impl BackOff {
    /// The pause after a container ended: none after the first time, then 10 s, 20 s, … 5 min.
    ///
    /// `doBackOff` in pkg/kubelet/kuberuntime/kuberuntime_manager.go waits only for an entry that an earlier
    /// restart has made, which is why the first restart is immediate.
    pub(super) fn after_exit(&mut self, ended: Timestamp) -> SignedDuration {
        let pause = self.remembered(ended);
        self.grow(ended, pause);
        pause.unwrap_or(SignedDuration::ZERO)
    }

    /// The pause after a pull or a sandbox failed: 10 s, 20 s, … 5 min (pkg/kubelet/images/image_manager.go).
    pub(super) fn after_failure(&mut self, failed: Timestamp) -> SignedDuration {
        let next = self.remembered(failed).map_or(INITIAL, longer);
        self.entry = Some(Entry { pause: next, updated: failed });
        next
    }

    fn remembered(&self, now: Timestamp) -> Option<SignedDuration> {
        let entry = self.entry.as_ref()?;
        (now.duration_since(entry.updated) <= FORGOTTEN_AFTER).then_some(entry.pause)
    }

    fn grow(&mut self, ended: Timestamp, pause: Option<SignedDuration>) {
        let updated = ended + pause.unwrap_or(SignedDuration::ZERO);
        self.entry = Some(Entry { pause: pause.map_or(INITIAL, longer), updated });
    }
}

fn longer(pause: SignedDuration) -> SignedDuration {
    pause.saturating_mul(2).min(LONGEST)
}

/// A pause as Go writes a `time.Duration`: `10s`, `1m20s`, `5m0s`.
pub(super) fn go_text(pause: SignedDuration) -> String {
    match (pause.as_secs() / 60, pause.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn exits_are_followed_by_no_pause_then_ten_seconds_doubling_to_five_minutes() {
        let mut back_off = BackOff::default();
        let mut now = at(0);
        let pauses: Vec<i64> = (0..8)
            .map(|_| {
                let pause = back_off.after_exit(now);
                now += pause + SignedDuration::from_secs(1);
                pause.as_secs()
            })
            .collect();
        assert_eq!(pauses, [0, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn ten_minutes_without_an_exit_start_the_row_anew() {
        let mut back_off = BackOff::default();
        back_off.after_exit(at(0));
        assert_eq!(back_off.clone().after_exit(at(600)).as_secs(), 10);
        assert_eq!(back_off.after_exit(at(601)).as_secs(), 0);
    }

    #[test]
    fn failures_are_followed_by_ten_seconds_at_once() {
        let mut back_off = BackOff::default();
        assert_eq!(back_off.after_failure(at(0)).as_secs(), 10);
        assert_eq!(back_off.after_failure(at(10)).as_secs(), 20);
        assert_eq!(back_off.after_failure(at(1000)).as_secs(), 10);
    }

    #[test]
    fn pauses_are_written_as_go_does() {
        let texts = [10, 80, 300].map(|seconds| go_text(SignedDuration::from_secs(seconds)));
        assert_eq!(texts, ["10s", "1m20s", "5m0s"]);
    }
}
