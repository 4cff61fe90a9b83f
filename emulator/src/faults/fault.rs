//! What can go wrong.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::RuleError;
use crate::runtime::ImageErrorKind;

/// What befalls a call or a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// A call is refused with a code, in Azure's words where they are known.
    Error {
        /// The code.
        code: String,
        /// Another status than the code's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Other words than the code's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// What `Retry-After` says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
    },
    /// A call is one too many: 429 with `Retry-After`.
    Throttled {
        /// What it says.
        #[serde(default = "thirty")]
        retry_after_seconds: u32,
    },
    /// A group is between two states: 409.
    Transitioning,
    /// The region has not got what is asked for: 409.
    NoCapacity,
    /// A call is answered later.
    Delay {
        /// How much.
        seconds: f64,
    },
    /// A call is not answered, and not carried out.
    Hang,
    /// The connection of a call breaks before the answer; the call is not carried out.
    Drop,
    /// A call is carried out and answered, and the connection breaks within the answer's body.
    HalfBody,
    /// An image cannot be pulled.
    ImagePull {
        /// Why.
        failure: PullFailure,
    },
    /// A pull takes longer.
    SlowPull {
        /// How much.
        seconds: f64,
    },
    /// The kernel ends a container for want of memory.
    OomKill {
        /// How long after its start.
        #[serde(default)]
        after_seconds: f64,
    },
    /// A container ends.
    Crash {
        /// With which code.
        #[serde(default = "one")]
        exit_code: i32,
        /// How long after its start.
        #[serde(default)]
        after_seconds: f64,
    },
    /// A probe of a container fails.
    ProbeFails {
        /// With which words.
        #[serde(default = "injected")]
        message: String,
    },
    /// The volumes of a group cannot be mounted.
    MountFails,
    /// The platform loses a group's deployment and repairs it.
    InfrastructureError {
        /// How long after the first start in it.
        #[serde(default)]
        after_seconds: f64,
    },
    /// The platform kills a container.
    PlatformKill {
        /// How long after its start.
        #[serde(default)]
        after_seconds: f64,
    },
    /// The platform wants a group's capacity back.
    SpotEviction {
        /// How long after the first start in it.
        #[serde(default)]
        after_seconds: f64,
    },
    /// The machine under a group is gone, with everything on it.
    NodeLoss {
        /// How long after the first start in it.
        #[serde(default)]
        after_seconds: f64,
    },
}

fn thirty() -> u32 {
    30
}

fn one() -> i32 {
    1
}

fn injected() -> String {
    "injected failure".to_owned()
}

/// The known ways in which a pull fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PullFailure {
    /// No such repository or tag.
    NotFound,
    /// The registry wants other credentials.
    Unauthorized,
    /// The registry's name is not to be resolved.
    Unreachable,
    /// The registry does not answer in time.
    Timeout,
    /// The registry's limit of pulls is reached.
    RateLimited,
    /// The image is not for this kind of machine.
    WrongPlatform,
    /// The name cannot be an image's.
    InvalidReference,
}

impl PullFailure {
    /// The kind of refusal, and its words in the style of containerd and of the registries.
    pub fn told_of(self, image: &str) -> (ImageErrorKind, String) {
        match self {
            Self::NotFound => (
                ImageErrorKind::NotFound,
                format!("failed to resolve reference \"{image}\": {image}: not found"),
            ),
            Self::Unauthorized => (
                ImageErrorKind::Unauthorized,
                format!("failed to resolve reference \"{image}\": failed to authorize: 401 Unauthorized"),
            ),
            Self::Unreachable => {
                (ImageErrorKind::Unreachable, format!("failed to do request for \"{image}\": no such host"))
            }
            Self::Timeout => {
                (ImageErrorKind::Unreachable, format!("failed to do request for \"{image}\": i/o timeout"))
            }
            Self::RateLimited => (
                ImageErrorKind::Unreachable,
                format!(
                    "failed to copy \"{image}\": 429 Too Many Requests: toomanyrequests: You have reached your pull \
                     rate limit."
                ),
            ),
            Self::WrongPlatform => (
                ImageErrorKind::NotFound,
                format!("failed to pull \"{image}\": no match for platform in manifest: not found"),
            ),
            Self::InvalidReference => {
                (ImageErrorKind::InvalidReference, format!("invalid reference format: \"{image}\""))
            }
        }
    }
}

impl Fault {
    /// Its name in rules.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::Throttled { .. } => "throttled",
            Self::Transitioning => "transitioning",
            Self::NoCapacity => "noCapacity",
            Self::Delay { .. } => "delay",
            Self::Hang => "hang",
            Self::Drop => "drop",
            Self::HalfBody => "halfBody",
            Self::ImagePull { .. } => "imagePull",
            Self::SlowPull { .. } => "slowPull",
            Self::OomKill { .. } => "oomKill",
            Self::Crash { .. } => "crash",
            Self::ProbeFails { .. } => "probeFails",
            Self::MountFails => "mountFails",
            Self::InfrastructureError { .. } => "infrastructureError",
            Self::PlatformKill { .. } => "platformKill",
            Self::SpotEviction { .. } => "spotEviction",
            Self::NodeLoss { .. } => "nodeLoss",
        }
    }

    /// Whether it befalls calls; the others befall containers.
    pub fn is_of_calls(&self) -> bool {
        match self {
            Self::Error { .. } | Self::Throttled { .. } | Self::Transitioning | Self::NoCapacity => true,
            Self::Delay { .. } | Self::Hang | Self::Drop | Self::HalfBody => true,
            Self::ImagePull { .. } | Self::SlowPull { .. } | Self::ProbeFails { .. } | Self::MountFails => {
                false
            }
            Self::OomKill { .. } | Self::Crash { .. } | Self::PlatformKill { .. } => false,
            Self::InfrastructureError { .. } | Self::SpotEviction { .. } | Self::NodeLoss { .. } => false,
        }
    }

    /// Whether nothing is left for another to befall.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Delay { .. } | Self::SlowPull { .. })
    }

    /// Whether it strikes a container that runs.
    pub fn strikes_container(&self) -> bool {
        matches!(self, Self::OomKill { .. } | Self::Crash { .. } | Self::PlatformKill { .. })
    }

    /// Whether it strikes a deployment that runs.
    pub fn strikes_deployment(&self) -> bool {
        matches!(self, Self::InfrastructureError { .. } | Self::SpotEviction { .. } | Self::NodeLoss { .. })
    }

    /// How long it waits or lasts.
    pub fn time(&self) -> SignedDuration {
        SignedDuration::try_from_secs_f64(self.seconds()).unwrap_or_default()
    }

    fn seconds(&self) -> f64 {
        match self {
            Self::Delay { seconds } | Self::SlowPull { seconds } => *seconds,
            Self::OomKill { after_seconds }
            | Self::Crash { after_seconds, .. }
            | Self::InfrastructureError { after_seconds }
            | Self::PlatformKill { after_seconds }
            | Self::SpotEviction { after_seconds }
            | Self::NodeLoss { after_seconds } => *after_seconds,
            _ => 0.0,
        }
    }

    /// A year is longer than any test, and far from where times overflow.
    pub(super) fn check(&self) -> Result<(), RuleError> {
        const LONGEST: f64 = 365.0 * 86_400.0;
        if !(0.0..=LONGEST).contains(&self.seconds()) {
            return Err(RuleError::Number { member: "seconds", bounds: "between 0 and a year" });
        }
        match self {
            Self::Error { status: Some(status), .. } if !(400..=599).contains(status) => {
                Err(RuleError::Number { member: "status", bounds: "between 400 and 599" })
            }
            _ => Ok(()),
        }
    }
}
