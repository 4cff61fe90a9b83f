//! The making of a sandbox: what must be there before it, and what goes with it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Errand;
use crate::group::metadata::MetadataService;
use crate::group::plan::{SandboxPlan, Unplannable};
use crate::group::transition::{Input, SandboxFailure};
use crate::repositories::{CloneError, SharedRepositories};
use crate::runtime::{RuntimeError, Sandbox, SandboxId, SandboxSpec, ShareSource, VolumeContent, VolumeSpec};
use crate::surroundings::shares;

/// What a sandbox is made with, besides its plan.
pub(super) struct Making {
    pub(super) repositories: SharedRepositories,
    pub(super) metadata: Option<MetadataService>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

/// Readies what must be there before the sandbox; whoever removes the deployment meanwhile need not wait for it.
pub(super) async fn prepare(
    making: &Making,
    plan: Result<SandboxPlan, Unplannable>,
) -> Result<SandboxSpec, SandboxFailure> {
    let SandboxPlan { mut spec, clones } = plan.map_err(|error| {
        tracing::warn!(%error, "A deployment cannot be planned");
        match error {
            Unplannable::Share { .. } => SandboxFailure::Share,
            Unplannable::Secret { reference, refusal } => {
                SandboxFailure::Secret { reference, detail: refusal.to_string() }
            }
            error => SandboxFailure::Network(error.to_string()),
        }
    })?;
    make_shares(&spec).await?;
    for (index, repository) in clones {
        let Some(volume) = spec.volumes.get_mut(index) else { continue };
        match making.repositories.fetch(&repository).await {
            Ok(tree) => volume.content = VolumeContent::Copy(Arc::new(tree)),
            Err(CloneError(detail)) => {
                return Err(SandboxFailure::Clone { volume: volume.name.clone(), detail });
            }
        }
    }
    Ok(spec)
}

/// Makes a sandbox and reports what came of it.
pub(super) async fn create(
    errand: Errand,
    making: Making,
    sandbox: SandboxId,
    spec: Result<SandboxSpec, SandboxFailure>,
) {
    let made = match spec {
        Ok(spec) => make(&errand, making, spec).await,
        Err(failure) => Err(failure),
    };
    errand.report(match made {
        Ok(made) => Input::SandboxReady { sandbox, made },
        Err(failure) => Input::SandboxFailed { sandbox, failure },
    });
}

async fn make(errand: &Errand, making: Making, spec: SandboxSpec) -> Result<Sandbox, SandboxFailure> {
    match errand.insist(|| errand.runtime.create_sandbox(&spec)).await {
        Ok(made) => {
            // Before the containers, which may ask for a token first of all.
            if let Some(metadata) = making.metadata {
                metadata.start(&making.tasks, &making.stop).await;
            }
            Ok(made)
        }
        Err(RuntimeError::Share(detail)) => {
            tracing::warn!(sandbox = spec.id.0, detail, "A file share cannot be mounted");
            Err(SandboxFailure::Share)
        }
        Err(error) => Err(SandboxFailure::Network(error.to_string())),
    }
}

/// Makes the folders of the shares that nobody has used yet.
async fn make_shares(spec: &SandboxSpec) -> Result<(), SandboxFailure> {
    let folder = |volume: &VolumeSpec| match &volume.content {
        VolumeContent::Share { source: ShareSource::Folder(path), .. } => Some(path.clone()),
        _ => None,
    };
    for path in spec.volumes.iter().filter_map(folder) {
        let share = path.display().to_string();
        let made = tokio::task::spawn_blocking(move || shares::make_folder(&path)).await;
        if let Err(error) = made.unwrap_or_else(|panic| Err(std::io::Error::other(panic))) {
            tracing::warn!(share, %error, "The folder of a file share cannot be made");
            return Err(SandboxFailure::Share);
        }
    }
    Ok(())
}
