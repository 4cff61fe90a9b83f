//! Whether the node is Ready: as long as Azure Resource Manager answers, with patience for a single miss.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::NodeCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::arm::ArmError;

/// This many failed questions in a row make a Ready node NotReady: with one every ten seconds that is about
/// as long as the node controller waits for a silent kubelet (40 s).
const PATIENCE: u32 = 3;

/// Whether pods can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// ARM has not been asked yet.
    Starting,
    /// ARM answers.
    Ready,
    /// ARM does not answer, or refuses us; why.
    NotReady(String),
}

impl Readiness {
    /// The message of the Ready condition.
    pub fn message(&self) -> &str {
        match self {
            Self::Starting => "Azure Resource Manager has not answered yet",
            Self::Ready => "kubelet is ready.",
            Self::NotReady(why) => why,
        }
    }
}

/// Turns answers and failures of ARM into readiness.
#[derive(Debug)]
pub(super) struct Health {
    readiness: Readiness,
    failures: u32,
}

impl Health {
    pub(super) fn new() -> Self {
        Self { readiness: Readiness::Starting, failures: 0 }
    }

    pub(super) fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Takes the outcome of one question to ARM. One answer makes the node Ready; one failure only keeps it
    /// from becoming so.
    pub(super) fn observe(&mut self, outcome: Result<(), ArmError>) {
        match outcome {
            Ok(()) => {
                self.failures = 0;
                self.readiness = Readiness::Ready;
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                if self.readiness != Readiness::Ready || self.failures >= PATIENCE {
                    self.readiness = Readiness::NotReady(explain(&error));
                }
            }
        }
    }
}

fn explain(error: &ArmError) -> String {
    match error {
        ArmError::Transport(cause) => format!("Azure Resource Manager does not answer: {cause}"),
        ArmError::Refused { body, .. } => {
            format!("Azure Resource Manager refuses: {}: {}", body.code, body.message)
        }
        other => other.to_string(),
    }
}

/// The node's conditions, with the reasons and messages of AKS virtual nodes.
///
/// A condition that is as it was keeps the time since when it has been.
pub(super) fn conditions(
    readiness: &Readiness,
    previous: &[NodeCondition],
    now: Timestamp,
) -> Vec<NodeCondition> {
    let (ready, reason) = match readiness {
        Readiness::Ready => ("True", "KubeletReady"),
        Readiness::Starting | Readiness::NotReady(_) => ("False", "KubeletNotReady"),
    };
    [
        ("Ready", ready, reason, readiness.message()),
        ("OutOfDisk", "False", "KubeletHasSufficientDisk", "kubelet has sufficient disk space available"),
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("NetworkUnavailable", "False", "RouteCreated", "RouteController created a route"),
    ]
    .into_iter()
    .map(|(type_, status, reason, message)| {
        let since = previous
            .iter()
            .find(|condition| condition.type_ == type_ && condition.status == status)
            .and_then(|condition| condition.last_transition_time.clone());
        NodeCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(Time(now)),
            last_transition_time: Some(since.unwrap_or(Time(now))),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Result<(), ArmError> {
        Err(ArmError::Transport("connection refused".to_owned()))
    }

    #[test]
    fn one_answer_makes_the_node_ready() {
        let mut health = Health::new();
        assert_eq!(health.readiness(), &Readiness::Starting);
        health.observe(Ok(()));
        assert_eq!(health.readiness(), &Readiness::Ready);
    }

    #[test]
    fn a_node_whose_first_question_fails_is_not_ready_and_says_why() {
        let mut health = Health::new();
        health.observe(silent());
        let why = "Azure Resource Manager does not answer: connection refused";
        assert_eq!(health.readiness(), &Readiness::NotReady(why.to_owned()));
    }

    #[test]
    fn single_misses_do_not_add_up_but_misses_in_a_row_do() {
        let mut health = Health::new();
        for outcome in [Ok(()), silent(), silent(), Ok(()), silent(), silent()] {
            health.observe(outcome);
        }
        assert_eq!(health.readiness(), &Readiness::Ready);
        health.observe(silent());
        assert!(matches!(health.readiness(), Readiness::NotReady(_)));
    }

    #[test]
    fn a_refusal_is_not_called_silence() {
        let mut health = Health::new();
        let body = aci_model::error::CloudErrorBody {
            code: "ResourceGroupNotFound".to_owned(),
            message: "Resource group 'rg' could not be found.".to_owned(),
            ..Default::default()
        };
        health.observe(Err(ArmError::Refused { status: 404, body, retry_after: None }));
        let Readiness::NotReady(why) = health.readiness() else { panic!("must not be ready") };
        assert_eq!(
            why,
            "Azure Resource Manager refuses: ResourceGroupNotFound: Resource group 'rg' could not be found."
        );
    }

    #[test]
    fn only_a_condition_that_changed_gets_a_new_transition_time() {
        let (t0, t1) = (Timestamp::UNIX_EPOCH, "2026-01-02T03:04:05Z".parse().unwrap());
        let before = conditions(&Readiness::Ready, &[], t0);
        let after = conditions(&Readiness::NotReady("no".to_owned()), &before, t1);
        let since = |type_: &str| {
            after.iter().find(|c| c.type_ == type_).unwrap().last_transition_time.clone().unwrap().0
        };
        assert_eq!(since("Ready"), t1);
        assert_eq!(since("PIDPressure"), t0);
        assert!(after.iter().all(|c| c.last_heartbeat_time == Some(Time(t1))));
    }
}
