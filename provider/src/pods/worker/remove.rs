//! Deletes the group of a pod and then lets the pod go.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, Preconditions};

use super::super::budget::retry_after;
use super::super::plan::{Aim, Group};
use super::{Context, FIRST_RETRY, LAST_RETRY, LOOK_AGAIN, Worker};
use crate::clock::later;
use crate::status;

impl Worker {
    pub(super) async fn delete(&mut self) {
        let Context { budget, arm, clock, .. } = &*self.context;
        let answer = budget.run(arm.delete(&self.group_name)).await;
        let now = clock.now();
        match answer {
            Ok(()) => {
                tracing::info!(group = self.group_name, "container group deleted");
                self.known.group = Group::Deleting(now);
                // The first look is at once: ACI deletes most groups before it answers.
                self.known.due = now;
                self.succeeded(Aim::Delete);
            }
            Err(error) => {
                tracing::warn!(group = self.group_name, %error, "a container group cannot be deleted");
                self.tell_own("ProviderDeleteFailed", error.to_string(), true).await;
                self.failed(Aim::Delete, FIRST_RETRY, LAST_RETRY, retry_after(&error));
            }
        }
    }

    /// Ends a pod that has been active for longer than it may, and its group with it.
    pub(super) async fn expire(&mut self) {
        let Context { budget, arm, .. } = &*self.context;
        if let Err(error) = budget.run(arm.delete(&self.group_name)).await {
            tracing::warn!(group = self.group_name, %error, "a container group cannot be deleted at its deadline");
            return self.failed(Aim::Expire, FIRST_RETRY, LAST_RETRY, retry_after(&error));
        }
        self.report(status::expired).await;
        // Until the watch brings the failed pod back, and again should the status not have been written.
        self.failed(Aim::Expire, FIRST_RETRY, LAST_RETRY, None);
    }

    /// Removes the pod from the API server at once: nothing of it runs any more, whatever its grace period.
    pub(super) async fn release(&mut self) {
        let meta = self.pod.metadata.clone();
        if meta.finalizers.is_some_and(|finalizers| !finalizers.is_empty()) {
            // Whoever holds the finalizer, the Job controller for one, waits for a final phase.
            self.report(status::terminated_by_deletion).await;
        }
        let api: Api<Pod> =
            Api::namespaced(self.context.client.clone(), meta.namespace.as_deref().unwrap_or("default"));
        let preconditions = Preconditions { uid: meta.uid, resource_version: None };
        let parameters =
            DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default().grace_period(0) };
        match api.delete(meta.name.as_deref().unwrap_or_default(), &parameters).await {
            Ok(_) => self.released(),
            // Not there any more, or another pod has the name by now.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => self.released(),
            Err(error) => {
                tracing::warn!(group = self.group_name, %error, "a pod cannot be removed from the API server");
                self.failed(Aim::Release, FIRST_RETRY, LAST_RETRY, None);
            }
        }
    }

    fn released(&mut self) {
        self.known.released = true;
        self.known.due = later(self.context.clock.now(), LOOK_AGAIN);
        self.succeeded(Aim::Release);
    }
}
