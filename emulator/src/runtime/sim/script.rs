//! What a simulated container or image does.

use std::net::Ipv4Addr;

use jiff::SignedDuration;
use ring::digest::{SHA256, digest};

use super::ImageErrorKind;
use crate::hex::hex;
use crate::runtime::probe::{command_timed_out, request_timed_out};
use crate::runtime::{ContainerSpec, ContainerUsage, ImageConfig, ProbeAction, ProbeOutcome, ProbeSpec};

/// What containers of a name or image do; the default runs for ever and writes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimScript {
    /// Why the image is not to be had; for scripts by image.
    pub pull_failure: Option<ImageErrorKind>,
    /// What the image says of itself, where the engine has it; for scripts by image.
    pub image_config: Option<ImageConfig>,
    /// Why the container cannot start, in the engine's words.
    pub start_failure: Option<String>,
    /// How each attempt ends.
    pub exit: Option<ScriptedExit>,
    /// What each attempt writes at its start.
    pub log: String,
    /// How each attempt answers probes; those that nothing is said about succeed at once.
    pub probes: Vec<ScriptedProbe>,
    /// What each attempt uses.
    pub usage: ScriptedUsage,
}

/// What an attempt uses while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptedUsage {
    /// Thousandths of a core.
    pub millicores: u64,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes that it reads from the network in a second.
    pub received_per_second: u64,
    /// Bytes that it writes to the network in a second.
    pub transmitted_per_second: u64,
}

impl ScriptedUsage {
    pub(super) fn container(&self, age: SignedDuration) -> ContainerUsage {
        ContainerUsage {
            cpu_nanos: self.over(self.millicores.saturating_mul(1_000_000), age),
            memory: self.memory,
        }
    }

    /// The sum of a rate by the second over some time.
    pub(super) fn over(&self, per_second: u64, age: SignedDuration) -> u64 {
        let millis = u64::try_from(age.as_millis()).unwrap_or_default();
        per_second.saturating_mul(millis) / 1000
    }
}

/// How an attempt answers some of its probes for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedProbe {
    /// Which probes: those whose command, or whose path, contains this.
    pub of: String,
    /// From how long after the attempt's start.
    pub from: SignedDuration,
    /// Until how long after its start; for ever when absent.
    pub until: Option<SignedDuration>,
    /// How long the answer takes.
    pub takes: SignedDuration,
    /// The answer.
    pub outcome: ProbeOutcome,
}

impl ScriptedProbe {
    /// Fails at once with these words from some time after the start.
    pub fn fails(of: &str, from: SignedDuration, words: &str) -> Self {
        let outcome = ProbeOutcome::Failure(words.to_owned());
        Self { of: of.to_owned(), from, until: None, takes: SignedDuration::ZERO, outcome }
    }

    fn speaks_of(&self, action: &ProbeAction, age: SignedDuration) -> bool {
        let is_meant = match action {
            ProbeAction::Exec { command } => command.join(" ").contains(&self.of),
            ProbeAction::HttpGet(get) => get.path.contains(&self.of),
        };
        is_meant && age >= self.from && self.until.is_none_or(|until| age < until)
    }
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
        let number = |name: &str| value(name).and_then(|text| text.parse().ok());
        self.usage.millicores = number("ACI_SIM_MILLICORES").unwrap_or(self.usage.millicores);
        self.usage.memory = number("ACI_SIM_MEMORY_BYTES").unwrap_or(self.usage.memory);
        if let Some(after) = value("ACI_SIM_UNHEALTHY_AFTER_SECONDS").and_then(|text| text.parse().ok()) {
            let after = SignedDuration::try_from_secs_f64(after).unwrap_or_default();
            self.probes.push(ScriptedProbe::fails("", after, "unhealthy by ACI_SIM_UNHEALTHY_AFTER_SECONDS"));
        }
        self
    }

    /// How an attempt of some age answers a probe, and how long that takes.
    pub(super) fn answer(&self, probe: &ProbeSpec, age: SignedDuration) -> (SignedDuration, ProbeOutcome) {
        let patience = SignedDuration::try_from(probe.timeout).unwrap_or(SignedDuration::MAX);
        let told = self.probes.iter().rev().find(|told| told.speaks_of(&probe.action, age));
        let Some(told) = told else { return (SignedDuration::ZERO, ProbeOutcome::Success) };
        if told.takes < patience {
            return (told.takes, told.outcome.clone());
        }
        let timed_out = match &probe.action {
            ProbeAction::Exec { command } => command_timed_out(command),
            ProbeAction::HttpGet(get) => request_timed_out(&get.url(Ipv4Addr::LOCALHOST.into())),
        };
        (patience, timed_out)
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

/// The name with a digest, as a registry would resolve it: the same for the same name.
pub(super) fn resolved(image: &str) -> String {
    if image.contains('@') {
        return image.to_owned();
    }
    let digest = hex(digest(&SHA256, image.as_bytes()).as_ref());
    // A colon before the last slash is a port's.
    let tag = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let repository = tag.map_or(image, |(repository, _)| repository);
    format!("{repository}@sha256:{digest}")
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
