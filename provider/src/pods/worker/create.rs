//! Makes the group of a pod, or says why not.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;

use super::super::budget::retry_after;
use super::super::inputs;
use super::super::plan::{Aim, Group};
use super::{Context, FIRST_RETRY, LAST_RETRY, LOOK_AGAIN, Worker};
use crate::arm::ArmError;
use crate::arm::retry::{Verdict, verdict};
use crate::clock::later;
use crate::status;
use crate::translate::inputs::References;
use crate::translate::{Refusal, Translated, pod_to_group};

/// The event of a failed creation and the reason of its pod, as in the Go provider's library.
const CREATE_FAILED: &str = "ProviderCreateFailed";
/// The pod's reason, and its containers' waiting reason, meanwhile.
const PROVIDER_FAILED: &str = "ProviderFailed";
/// The waits after what only an operator can mend: permissions, quota, an image that is not there.
const FIRST_SLOW_RETRY: Duration = Duration::from_secs(10);
/// The longest of them, the kubelet's for image pulls and crash loops.
const LAST_SLOW_RETRY: Duration = Duration::from_secs(300);
/// The longest wait for the end of an earlier pod's group.
const LAST_STAND_BACK: Duration = Duration::from_secs(10);
/// How often the secrets and config maps of a refused pod are looked at for a change.
const RECHECK: Duration = Duration::from_secs(30);

/// What was refused.
pub(super) struct Refused {
    /// The pod's part of the decision.
    fingerprint: u64,
    /// The inputs' part.
    inputs: String,
}

impl Worker {
    /// Gives a changed pod another chance at once.
    pub(super) fn reconsider(&mut self) {
        if self.refused.as_ref().is_some_and(|refused| refused.fingerprint != fingerprint(&self.pod)) {
            self.refused = None;
            self.known.refused = false;
            self.known.backoff = None;
        }
    }

    pub(super) async fn create(&mut self) {
        if let Some(rival) = self.rival().await {
            return self.stand_back(&rival).await;
        }
        let Context { client, config, images, .. } = &*self.context;
        let inputs = match inputs::gather(client, images.as_ref(), &self.pod).await {
            Ok(inputs) => inputs,
            Err(error) => return self.unread(&error).await,
        };
        let versions = inputs.versions();
        if self.refused.as_ref().is_some_and(|refused| refused.inputs == versions) {
            self.known.due = later(self.context.clock.now(), RECHECK);
            return;
        }
        let inputs = match inputs::with_tokens(client, &self.pod, inputs, &config.translate).await {
            Ok(inputs) => inputs,
            Err(error) => return self.unread(&error).await,
        };
        match pod_to_group(&self.pod, &inputs, &config.translate) {
            Ok(translated) => self.put(translated, versions).await,
            Err(Refusal::Untranslatable(reason)) => self.refuse(&reason.to_string(), versions).await,
            Err(Refusal::Missing(missing)) => {
                self.tell_own(missing.reason, missing.to_string(), true).await;
                let text = missing.to_string();
                self.report(|view| status::pending(view, None, missing.waiting, &text)).await;
                self.failed(Aim::Create, FIRST_RETRY, RECHECK, None);
            }
        }
    }

    /// The group of an earlier pod of the same name, which may still run.
    async fn rival(&self) -> Option<String> {
        let page = self.context.roll.newest().await?;
        let meta = &self.pod.metadata;
        let (namespace, name) = (meta.namespace.as_deref()?, meta.name.as_deref()?);
        page.rival(namespace, name, self.uid()).map(str::to_owned)
    }

    /// Waits until the earlier pod's group is gone: there are never two of one name.
    async fn stand_back(&mut self, rival: &str) {
        let text =
            format!("waiting for the end of {rival}, the container group of an earlier pod of this name");
        self.report(|view| status::pending(view, None, "ContainerCreating", &text)).await;
        self.context.orphans.notify_one();
        self.context.roll.want();
        self.failed(Aim::Create, LOOK_AGAIN, LAST_STAND_BACK, None);
    }

    /// Again later, when the API server answers.
    async fn unread(&mut self, error: &kube::Error) {
        let text = format!("the objects that the pod refers to cannot be read: {error}");
        self.postpone(PROVIDER_FAILED, &text, FIRST_RETRY, LAST_RETRY, None).await;
    }

    async fn put(&mut self, translated: Translated, versions: String) {
        for note in &translated.notes {
            self.tell_own(note.reason, note.message.clone(), note.warning).await;
        }
        let Context { budget, arm, .. } = &*self.context;
        match budget.run(arm.put(&self.group_name, &translated.group)).await {
            Ok(group) => {
                tracing::info!(group = self.group_name, "container group created");
                self.refused = None;
                self.known.refused = false;
                self.succeeded(Aim::Create);
                self.tell_own("ProviderCreateSuccess", "Create pod in provider successfully", false).await;
                self.known.group = Group::There;
                self.saw(group).await;
            }
            Err(error) => self.put_failed(&error, versions).await,
        }
    }

    async fn put_failed(&mut self, error: &ArmError, versions: String) {
        tracing::warn!(group = self.group_name, %error, "a container group cannot be created");
        let (text, asked) = (error.to_string(), retry_after(error));
        let (first, most) = (FIRST_SLOW_RETRY, LAST_SLOW_RETRY);
        match verdict(error) {
            Verdict::Permanent => self.refuse(&text, versions).await,
            Verdict::Image => self.postpone("ErrImagePull", &text, first, most, asked).await,
            Verdict::Environment => self.postpone(PROVIDER_FAILED, &text, first, most, asked).await,
            Verdict::Transient | Verdict::Throttled => {
                self.postpone(PROVIDER_FAILED, &text, FIRST_RETRY, LAST_RETRY, asked).await;
            }
        }
        // The group may have been made although the answer did not arrive.
        if matches!(error, ArmError::Transport(_) | ArmError::Protocol(_)) {
            self.known.group = Group::Unasked;
        }
    }

    /// Not again until something changes: one event, and the status says why.
    async fn refuse(&mut self, text: &str, inputs: String) {
        self.tell_own(CREATE_FAILED, text, true).await;
        self.report(|view| status::pending(view, Some(PROVIDER_FAILED), PROVIDER_FAILED, text)).await;
        self.refused = Some(Refused { fingerprint: fingerprint(&self.pod), inputs });
        self.known.refused = true;
        self.known.backoff = None;
        self.known.due = if References::of(&self.pod).is_empty() {
            jiff::Timestamp::MAX
        } else {
            later(self.context.clock.now(), RECHECK)
        };
    }

    /// Again later.
    async fn postpone(
        &mut self,
        waiting: &str,
        text: &str,
        first: Duration,
        most: Duration,
        asked: Option<Duration>,
    ) {
        self.tell_own(CREATE_FAILED, text, true).await;
        self.report(|view| status::pending(view, Some(PROVIDER_FAILED), waiting, text)).await;
        self.failed(Aim::Create, first, most, asked);
    }
}

/// What of a pod its group is made from.
pub(super) fn fingerprint(pod: &Pod) -> u64 {
    let mut hasher = DefaultHasher::new();
    let meta = &pod.metadata;
    let parts = serde_json::to_string(&(&pod.spec, &meta.labels, &meta.annotations)).unwrap_or_default();
    parts.hash(&mut hasher);
    hasher.finish()
}
