//! What a translation says to the pod's owner.

use thiserror::Error;

/// Something that the pod's owner should know although the pod runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The reason of the event.
    pub reason: &'static str,
    /// Prose that names the fields.
    pub message: String,
    /// Whether it is a warning.
    pub warning: bool,
}

/// A pod that ACI cannot run as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {reason}; {remedy}")]
pub struct Untranslatable {
    /// The path of the field.
    pub field: String,
    /// Why not.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// An object that the pod needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} (needed by {field})")]
pub struct Missing {
    /// The path of the field that refers to it.
    pub field: String,
    /// A kubelet's words: `secret "x" not found`, `couldn't find key k in ConfigMap ns/x`.
    pub message: String,
    /// The event's reason: `FailedMount` for volumes, `Failed` for the environment, as on a kubelet.
    pub reason: &'static str,
    /// The waiting reason of the containers meanwhile.
    pub waiting: &'static str,
}

/// Why there is no group for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not before the pod changes.
    #[error(transparent)]
    Untranslatable(#[from] Untranslatable),
    /// Not before an object appears.
    #[error(transparent)]
    Missing(#[from] Missing),
}

impl Untranslatable {
    pub(super) fn new(
        field: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), reason: reason.into(), remedy: remedy.into() }
    }
}

impl Missing {
    /// Something that a volume is made of.
    pub(super) fn volume(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            reason: "FailedMount",
            waiting: "ContainerCreating",
        }
    }

    /// Something that an environment is made of.
    pub(super) fn env(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            reason: "Failed",
            waiting: "CreateContainerConfigError",
        }
    }
}

/// The notes of one translation, gathered field by field.
#[derive(Debug, Default)]
pub(super) struct Notes {
    list: Vec<Note>,
    ignored: Vec<String>,
}

impl Notes {
    pub(super) fn warn(&mut self, reason: &'static str, message: impl Into<String>) {
        self.list.push(Note { reason, message: message.into(), warning: true });
    }

    pub(super) fn info(&mut self, reason: &'static str, message: impl Into<String>) {
        self.list.push(Note { reason, message: message.into(), warning: false });
    }

    /// A field without an equivalent in ACI; all of them become one note.
    pub(super) fn ignored(&mut self, field: impl Into<String>) {
        self.ignored.push(field.into());
    }

    pub(super) fn into_list(mut self) -> Vec<Note> {
        if !self.ignored.is_empty() {
            let fields = self.ignored.join(", ");
            self.warn("FieldsIgnored", format!("Azure Container Instances has no equivalent of: {fields}"));
        }
        self.list
    }
}
