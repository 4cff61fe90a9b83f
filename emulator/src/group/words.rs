//! The words of Azure that a group's instance view shows: event names and messages, detail statuses.
//!
//! Where no recording shows Azure's own words, the kubelet's are used and marked *assumed*, because
//! Azure's container texts come from the kubelet wherever they are known.

use jiff::{SignedDuration, Timestamp};

use super::EventRecord;
use super::backoff::go_text;
use super::probe::ProbeKind;
use crate::runtime::{Exit, ImageErrorKind};

/// Detail of a container whose image is pulled or whose sandbox is made.
pub(super) const CONTAINER_CREATING: &str = "ContainerCreating";
/// Detail of a container that waits for the init containers.
pub(super) const WAITING_TO_RUN: &str = "Waiting to run";
/// Detail after a stop.
pub(super) const STOPPED_BY_CLIENT: &str = "Container stopped per client request";
/// Detail after the platform lost the deployment.
pub(super) const INFRASTRUCTURE_ERROR: &str = "Infrastructure Error";
/// Detail after an exit with 0.
const COMPLETED: &str = "Completed";
/// Detail after any other exit.
const ERROR: &str = "Error";
/// Detail after the kernel ended it for want of memory; assumed, the kubelet's word.
const OOM_KILLED: &str = "OOMKilled";
/// Detail of a container that could not start; assumed, the kubelet's word (`ErrRunContainer` has no exit
/// code, containerd's `StartError` has 128).
pub(super) const START_ERROR: &str = "StartError";
/// The exit code of a container that could not start; the kubelet shows the same for containerd.
pub(super) const START_ERROR_CODE: i32 = 128;
/// The exit code of a container that vanished: what SIGKILL leaves behind.
pub(super) const KILLED_CODE: i32 = 137;

/// The most events that one list keeps, oldest given up first: a crash loop over a weekend stays readable.
const MOST_EVENTS: usize = 50;

pub(super) fn exit_detail(exit: &Exit) -> &'static str {
    match exit {
        Exit { oom_killed: true, .. } => OOM_KILLED,
        Exit { code: 0, .. } => COMPLETED,
        Exit { .. } => ERROR,
    }
}

pub(super) fn crash_loop_detail(pause: SignedDuration) -> String {
    format!("CrashLoopBackOff: Back-off {} restarting failed", go_text(pause))
}

/// Assumed: the kubelet's reason and message since 1.31, in the form of the crash loop's detail.
pub(super) fn image_detail(image: &str, kind: ImageErrorKind, detail: &str) -> String {
    match kind {
        ImageErrorKind::InvalidReference => format!("InvalidImageName: {detail}"),
        ImageErrorKind::NotFound | ImageErrorKind::Unauthorized | ImageErrorKind::Unreachable => {
            format!("ImagePullBackOff: Back-off pulling image \"{image}\": ErrImagePull: {detail}")
        }
    }
}

/// Names what was pulled by its digest in the event of the pull's beginning as well: Azure resolves the tag before it
/// pulls (recorded since 2023), Docker tells the digest at the end.
pub(super) fn name_resolved(events: &mut [EventRecord], image: &str, reference: &str) {
    let begun = Happening::Pulling { image };
    let message = begun.message();
    if let Some(event) =
        events.iter_mut().find(|event| event.name == begun.name() && event.message == message)
    {
        event.told_since = Some(Happening::Pulling { image: reference }.message());
    }
}

/// What happened; one that happens again is counted, as in the recordings of 2018 and 2022.
pub(super) enum Happening<'a> {
    /// A pull began.
    Pulling { image: &'a str },
    /// A pull succeeded.
    Pulled { reference: &'a str },
    /// A pull failed.
    PullFailed { image: &'a str, detail: &'a str },
    /// The next pull waits.
    PullBackOff { image: &'a str },
    /// A container runs.
    Started,
    /// A container ended.
    Ended { container: &'a str, code: i32 },
    /// A container could not start (a user's report shows the text in a failed operation).
    StartFailed { container: &'a str, detail: &'a str },
    /// The next restart waits.
    BackOff,
    /// A run of a probe failed (documented; the words are the kubelet's).
    ProbeFailed { kind: ProbeKind, detail: &'a str },
    /// A container is killed because its liveness probe failed. The name is documented; the message is
    /// recorded of other kills by the platform, and *assumed* for this one.
    KilledUnhealthy { container: &'a str },
    /// A container is killed by the platform (recorded).
    KilledByPlatform { container: &'a str },
    /// The group's capacity is wanted back; *assumed*, the kubelet's name for an eviction.
    Evicted,
    /// The group's network could not be made; the name is documented, the message is ours.
    NetworkFailed { detail: &'a str },
    /// A file share could not be mounted (a user's report; whatever the reason is, Azure does not tell it).
    ShareFailed,
    /// A secret could not be read; the name is documented, the message is ours.
    SecretFailed { reference: &'a str, detail: &'a str },
    /// A repository could not be cloned; *assumed*.
    CloneFailed { volume: &'a str, detail: &'a str },
    /// The time-out passed; the name is documented, the message is ours.
    ProvisioningTimedOut { seconds: i64 },
}

impl Happening<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Pulling { .. } => "Pulling",
            Self::Pulled { .. } => "Pulled",
            Self::Started => "Started",
            Self::Ended { .. } | Self::KilledUnhealthy { .. } | Self::KilledByPlatform { .. } => "Killing",
            Self::Evicted => "Evicted",
            Self::ProbeFailed { .. } => "Unhealthy",
            Self::BackOff | Self::PullBackOff { .. } => "BackOff",
            Self::PullFailed { .. } | Self::StartFailed { .. } | Self::CloneFailed { .. } => "Failed",
            Self::ShareFailed => "FailedMountAzureFileVolume",
            Self::NetworkFailed { .. } | Self::SecretFailed { .. } | Self::ProvisioningTimedOut { .. } => {
                "DeploymentFailedReason"
            }
        }
    }

    fn is_warning(&self) -> bool {
        match self {
            Self::Pulling { .. } | Self::Pulled { .. } | Self::PullBackOff { .. } => false,
            Self::Started | Self::Ended { .. } | Self::KilledUnhealthy { .. } => false,
            Self::KilledByPlatform { .. } => false,
            Self::BackOff | Self::PullFailed { .. } | Self::StartFailed { .. } => true,
            Self::ProbeFailed { .. } | Self::Evicted => true,
            Self::NetworkFailed { .. } | Self::ProvisioningTimedOut { .. } => true,
            Self::ShareFailed | Self::SecretFailed { .. } | Self::CloneFailed { .. } => true,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Pulling { image } => format!("pulling image \"{image}\""),
            Self::Pulled { reference } => format!("Successfully pulled image \"{reference}\""),
            Self::PullFailed { image, detail } => format!("Failed to pull image \"{image}\": {detail}"),
            Self::PullBackOff { image } => format!("Back-off pulling image \"{image}\""),
            Self::Started => "Started container".to_owned(),
            Self::Ended { container, code } => {
                format!("Container {container} terminated with ExitCode {code}.")
            }
            Self::StartFailed { container, detail } => {
                format!("Error: Failed to start container {container}, Error response: {detail}")
            }
            Self::ProbeFailed { kind: ProbeKind::Liveness, detail } => {
                format!("Liveness probe failed: {detail}")
            }
            Self::ProbeFailed { kind: ProbeKind::Readiness, detail } => {
                format!("Readiness probe failed: {detail}")
            }
            Self::Evicted => "The container group was evicted: the spot capacity is wanted back.".to_owned(),
            Self::KilledUnhealthy { container } | Self::KilledByPlatform { container } => {
                format!("Killing container {container} (platform initiated).")
            }
            Self::BackOff => "Back-off restarting failed container".to_owned(),
            Self::ShareFailed => "Failed to mount Azure File Volume.".to_owned(),
            Self::CloneFailed { volume, detail } => {
                format!("Failed to clone the repository of volume \"{volume}\": {detail}")
            }
            Self::SecretFailed { reference, detail } => {
                format!("The secret of reference \"{reference}\" could not be read: {detail}.")
            }
            Self::NetworkFailed { detail } => {
                format!("The container group's network could not be made: {detail}")
            }
            Self::ProvisioningTimedOut { seconds } => {
                format!("The container group did not start within {seconds} seconds.")
            }
        }
    }

    /// Adds it to a list of events.
    pub(super) fn record(&self, events: &mut Vec<EventRecord>, now: Timestamp) {
        let (name, message) = (self.name(), self.message());
        if let Some(known) = events.iter_mut().find(|event| event.name == name && event.message == message) {
            known.count = known.count.saturating_add(1);
            known.last = now;
            return;
        }
        if events.len() >= MOST_EVENTS {
            events.remove(0);
        }
        let warning = self.is_warning();
        events.push(EventRecord {
            name: name.to_owned(),
            warning,
            message,
            told_since: None,
            count: 1,
            first: now,
            last: now,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_happens_again_is_counted() {
        let (first, last) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(9));
        let mut events = Vec::new();
        Happening::Started.record(&mut events, first);
        Happening::Pulling { image: "a" }.record(&mut events, first);
        Happening::Started.record(&mut events, last);
        assert_eq!(events.len(), 2);
        assert_eq!((events[0].count, events[0].first, events[0].last), (2, first, last));
    }

    #[test]
    fn the_list_of_events_is_bounded() {
        let mut events = Vec::new();
        for number in 0..2 * MOST_EVENTS {
            Happening::Pulling { image: &number.to_string() }.record(&mut events, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(events.len(), MOST_EVENTS);
        assert_eq!(events[MOST_EVENTS - 1].message, "pulling image \"99\"");
    }
}
