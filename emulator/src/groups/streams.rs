//! Programs and logs of running containers: asked of the runtime directly, as they change no group.

use aci_model::ResourceId;
use aci_model::group::ProvisioningState;

use super::{GroupError, Groups};
use crate::runtime::{ByteStream, Exec, ExecSpec, LogQuery, RuntimeError, SandboxId};

impl Groups {
    /// Whether a container has a deployment to ask for a stream; it need not run (recorded: exec of a
    /// container that had ended was answered with a websocket).
    ///
    /// # Errors
    /// [`GroupError::NotFound`], [`GroupError::ContainerNotFound`], [`GroupError::Stopped`],
    /// [`GroupError::Transitioning`].
    pub fn check_streamable(&self, id: &ResourceId, container: &str) -> Result<(), GroupError> {
        self.deployed(id, container).map(drop)
    }

    /// Runs a program beside a container's own.
    ///
    /// # Errors
    /// As [`Groups::check_streamable`]; [`GroupError::NotRunning`].
    pub async fn exec(&self, id: &ResourceId, container: &str, spec: &ExecSpec) -> Result<Exec, GroupError> {
        let (sandbox, name) = self.deployed(id, container)?;
        match self.registry.runtime.exec(&sandbox, &name, spec).await {
            Err(RuntimeError::Gone(_)) => Err(GroupError::NotRunning { group: id.clone(), container: name }),
            answer => Ok(answer?),
        }
    }

    /// The log of a container and what is added to it.
    ///
    /// # Errors
    /// As [`Groups::check_streamable`]; [`GroupError::LogNotAvailable`].
    pub async fn attach(
        &self,
        id: &ResourceId,
        container: &str,
        query: LogQuery,
    ) -> Result<ByteStream, GroupError> {
        let (sandbox, name) = self.deployed(id, container)?;
        match self.registry.runtime.attach(&sandbox, &name, query).await {
            Err(RuntimeError::Gone(_)) => {
                Err(GroupError::LogNotAvailable { group: id.clone(), container: name })
            }
            answer => Ok(answer?),
        }
    }

    fn deployed(&self, id: &ResourceId, container: &str) -> Result<(SandboxId, String), GroupError> {
        use ProvisioningState::{Failed, Succeeded};
        let (group, name) = self.container(id, container)?;
        match &group.status.sandbox {
            Some(sandbox) => Ok((sandbox.clone(), name)),
            None if matches!(group.status.provisioning_state, Succeeded | Failed) => {
                Err(GroupError::Stopped(id.clone()))
            }
            None => Err(GroupError::Transitioning(id.clone())),
        }
    }
}
