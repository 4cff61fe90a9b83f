//! What a translation says to the pod's owner.

use indexmap::IndexMap;
use thiserror::Error;

use super::fields::Telling;
use super::reasons;

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
    /// The event's reason: `FailedMount` for volumes, `MandatorySecretNotFound` and the like for variables.
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
    pub(crate) fn new(
        field: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), reason: reason.into(), remedy: remedy.into() }
    }
}

impl Missing {
    /// Something that a volume is made of; `message` in a kubelet's words.
    pub(super) fn volume(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self { field, message, reason: reasons::FAILED_MOUNT, waiting: "ContainerCreating" }
    }

    /// Something that an environment is made of; `reason` is the virtual-kubelet library's
    /// (`internal/podutils/env.go`), the waiting reason a kubelet's.
    pub(super) fn env(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self { field, message, reason, waiting: "CreateContainerConfigError" }
    }

    /// An image whose entry point is needed; a kubelet says so when it cannot look into an image.
    pub(super) fn image(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self { field, message, reason: reasons::INSPECT_FAILED, waiting: "ImageInspectError" }
    }
}

/// The notes of one translation, gathered field by field.
#[derive(Debug, Default)]
pub(super) struct Notes {
    list: Vec<Note>,
    /// The fields that the same is to be said of: once for all containers, not once for each.
    told: IndexMap<&'static Telling, Vec<String>>,
}

impl Notes {
    pub(super) fn warn(&mut self, reason: &'static str, message: impl Into<String>) {
        self.add(Note { reason, message: message.into(), warning: true });
    }

    pub(super) fn info(&mut self, reason: &'static str, message: impl Into<String>) {
        self.add(Note { reason, message: message.into(), warning: false });
    }

    /// Says what the table says of the field at `path`.
    pub(super) fn tell(&mut self, telling: &'static Telling, path: impl Into<String>) {
        self.told.entry(telling).or_default().push(path.into());
    }

    pub(super) fn into_list(self) -> Vec<Note> {
        let told = self.told.into_iter().map(|(telling, paths)| Note {
            reason: reasons::FIELD_IGNORED,
            message: format!("{}: {}", paths.join(", "), telling.text),
            warning: telling.warning,
        });
        self.list.into_iter().chain(told).collect()
    }

    fn add(&mut self, note: Note) {
        if !self.list.contains(&note) {
            self.list.push(note);
        }
    }
}
