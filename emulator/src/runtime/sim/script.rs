//! What a simulated container or image does.

use jiff::SignedDuration;

use super::ImageErrorKind;
use crate::runtime::ContainerSpec;

/// What containers of a name or image do; the default runs for ever and writes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimScript {
    /// Why the image is not to be had; for scripts by image.
    pub pull_failure: Option<ImageErrorKind>,
    /// Why the container cannot start, in the engine's words.
    pub start_failure: Option<String>,
    /// How each attempt ends.
    pub exit: Option<ScriptedExit>,
    /// What each attempt writes at its start.
    pub log: String,
}

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedExit {
    /// How long after its start.
    pub after: SignedDuration,
    /// With which code.
    pub code: i32,
    /// Whether for want of memory.
    pub oom_killed: bool,
}

impl SimScript {
    /// Ends with a code some time after the start.
    pub fn exits(code: i32, after: SignedDuration) -> Self {
        Self { exit: Some(ScriptedExit { after, code, oom_killed: false }), ..Self::default() }
    }

    /// The script that a container's own environment tells, on top of another.
    pub(super) fn with_environment(mut self, spec: &ContainerSpec) -> Self {
        let value = |name: &str| {
            let variable = spec.env.iter().find(|(other, _)| other == name);
            variable.map(|(_, value)| value.expose())
        };
        let after = value("ACI_SIM_EXIT_AFTER_SECONDS").and_then(|text| text.parse::<f64>().ok());
        let code = value("ACI_SIM_EXIT_CODE").and_then(|text| text.parse::<i32>().ok());
        if after.is_some() || code.is_some() {
            // A number that is no duration (negative, infinite) means at once.
            let after = after.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
            let after = after.unwrap_or_default().max(SignedDuration::ZERO);
            self.exit = Some(ScriptedExit { after, code: code.unwrap_or(0), oom_killed: false });
        }
        if let Some(log) = value("ACI_SIM_LOG") {
            self.log = log.to_owned();
        }
        if let Some(detail) = value("ACI_SIM_START_ERROR") {
            self.start_failure = Some(detail.to_owned());
        }
        self
    }
}

pub(super) fn failure_by_tag(image: &str) -> Option<ImageErrorKind> {
    match image.rsplit_once(':')?.1 {
        "sim-not-found" => Some(ImageErrorKind::NotFound),
        "sim-unauthorized" => Some(ImageErrorKind::Unauthorized),
        "sim-unreachable" => Some(ImageErrorKind::Unreachable),
        _ => None,
    }
}

/// In the style of containerd's errors.
pub(super) fn failure_text(image: &str, kind: ImageErrorKind) -> String {
    match kind {
        ImageErrorKind::NotFound => format!("failed to resolve reference \"{image}\": not found"),
        ImageErrorKind::Unauthorized => {
            format!("failed to authorize: failed to fetch anonymous token for \"{image}\": 401 Unauthorized")
        }
        ImageErrorKind::Unreachable => format!("failed to do request for \"{image}\": no such host"),
        ImageErrorKind::InvalidReference => format!("invalid reference format: \"{image}\""),
    }
}
