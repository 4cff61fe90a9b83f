//! What an earlier process of this emulator left running, put together again from labels.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::engine::Engine;
use super::error::refused;
use super::labels::{self, Role, Tag};
use super::{sandbox, state};
use crate::runtime::{FoundContainer, FoundSandbox, RuntimeError, SandboxId};

/// How many containers are inspected at once: enough to hide the latency, few enough for a busy engine.
const AT_ONCE: usize = 8;

/// One object of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Sandbox { alive: bool, ip: Option<IpAddr> },
    Container(FoundContainer),
    Volume,
}

/// Puts pieces together. A deployment without its sandbox container counts as dead, so that whatever is
/// left of it is removed or made anew, never forgotten.
fn assemble(pieces: impl IntoIterator<Item = (Tag, Piece)>) -> Vec<FoundSandbox> {
    let mut found: BTreeMap<SandboxId, FoundSandbox> = BTreeMap::new();
    for (Tag { sandbox, group, role: _ }, piece) in pieces {
        let deployment = found.entry(sandbox.clone()).or_insert_with(|| FoundSandbox {
            id: sandbox,
            group,
            ip: None,
            alive: false,
            containers: Vec::new(),
        });
        match piece {
            Piece::Volume => {}
            Piece::Sandbox { alive, ip } => (deployment.alive, deployment.ip) = (alive, ip),
            Piece::Container(new) => {
                let same = deployment.containers.iter_mut().find(|old| old.name == new.name);
                match same {
                    Some(old) if old.attempt < new.attempt => *old = new,
                    Some(_) => {}
                    None => deployment.containers.push(new),
                }
            }
        }
    }
    found.into_values().collect()
}

impl Engine {
    /// Everything of this emulator's that exists; its networks that nobody uses go on the way.
    pub(crate) async fn adopt(&self) -> Result<Vec<FoundSandbox>, RuntimeError> {
        let ours = labels::filter([(labels::EMULATOR, self.owner.as_str())]);
        let containers = ListContainersOptionsBuilder::new().all(true).filters(&ours).build();
        let containers = self.docker.list_containers(Some(containers)).await.map_err(refused)?;
        let mut pieces: Vec<(Tag, Piece)> = stream::iter(containers)
            .map(|container| self.piece(container))
            .buffered(AT_ONCE)
            .try_filter_map(|piece| async { Ok(piece) })
            .try_collect()
            .await?;
        let volumes = ListVolumesOptionsBuilder::new().filters(&ours).build();
        let volumes = self.docker.list_volumes(Some(volumes)).await.map_err(refused)?;
        let tags = volumes.volumes.unwrap_or_default().into_iter();
        pieces.extend(tags.filter_map(|volume| Some((labels::parse(&volume.labels)?, Piece::Volume))));
        let found = assemble(pieces);
        self.with_sandboxes(|known| {
            let alive = found.iter().filter(|sandbox| sandbox.alive);
            known.extend(alive.map(|sandbox| (sandbox.id.clone(), sandbox.group.clone())));
        });
        self.remove_unused_networks().await?;
        Ok(found)
    }

    async fn piece(&self, container: ContainerSummary) -> Result<Option<(Tag, Piece)>, RuntimeError> {
        let labels = container.labels.unwrap_or_default();
        let (Some(tag), Some(id)) = (labels::parse(&labels), container.id) else { return Ok(None) };
        let piece = match &tag.role {
            Role::Volume => return Ok(None),
            Role::Sandbox => {
                let networks = container.network_settings.and_then(|settings| settings.networks);
                Piece::Sandbox {
                    alive: container.state == Some(ContainerSummaryStateEnum::RUNNING),
                    ip: sandbox::address_of(&labels, networks.unwrap_or_default().values()),
                }
            }
            Role::Container { name, attempt } => {
                // Removed between the list and this question: then it is not there.
                let Some(state) = self.inspect(&id).await?.and_then(|found| found.state) else {
                    return Ok(None);
                };
                Piece::Container(FoundContainer {
                    name: name.clone(),
                    attempt: *attempt,
                    started_at: state::started_at(&state),
                    exit: state::exit(&state),
                })
            }
        };
        Ok(Some((tag, piece)))
    }
}

#[cfg(test)]
mod tests {
    use aci_model::ResourceId;

    use super::*;

    fn tag(sandbox: &str, role: Role) -> Tag {
        let group = ResourceId::container_group("s", "rg", "web");
        Tag { sandbox: SandboxId(sandbox.into()), group, role }
    }

    fn container(attempt: u32) -> (Tag, Piece) {
        let name = "app".to_owned();
        let found = FoundContainer { name: name.clone(), attempt, started_at: None, exit: None };
        (tag("d1", Role::Container { name, attempt }), Piece::Container(found))
    }

    #[test]
    fn a_deployment_is_put_together_with_its_latest_attempts() {
        let ip = "127.77.0.1".parse().ok();
        let sandbox = (tag("d1", Role::Sandbox), Piece::Sandbox { alive: true, ip });
        let found = assemble([container(0), container(2), sandbox, container(1)]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].alive, found[0].ip), (true, ip));
        assert_eq!(found[0].containers.len(), 1);
        assert_eq!(found[0].containers[0].attempt, 2);
    }

    #[test]
    fn what_is_left_of_a_deployment_is_found_dead() {
        let found = assemble([(tag("d2", Role::Volume), Piece::Volume), container(0)]);
        let seen: Vec<_> = found.iter().map(|sandbox| (sandbox.id.0.as_str(), sandbox.alive)).collect();
        assert_eq!(seen, [("d1", false), ("d2", false)]);
    }
}
