//! Deletes groups whose pods are gone: those that vanished while no provider ran.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aci_model::group::ContainerGroup;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::reflector::Store;
use thiserror::Error;

use super::worker::Context;
use crate::arm::ArmError;
use crate::translate::tags::{Owner, owner};

/// How often all groups are compared with all pods, as in the Go provider.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

#[derive(Debug, Error)]
enum CollectError {
    #[error("container groups cannot be listed: {0}")]
    List(#[source] ArmError),
    #[error("the pod of a container group cannot be looked up: {0}")]
    LookUp(#[source] kube::Error),
}

/// Compares at once and then for ever.
pub(super) async fn run(context: Arc<Context>, store: Store<Pod>) {
    if store.wait_until_ready().await.is_err() {
        return;
    }
    loop {
        if let Err(error) = once(&context, &store).await {
            tracing::warn!(%error, "container groups without pods could not be collected");
        }
        tokio::select! {
            () = context.clock.sleep(INTERVAL) => {}
            () = context.orphans.notified() => {}
        }
    }
}

async fn once(context: &Context, store: &Store<Pod>) -> Result<(), CollectError> {
    let groups = context.budget.run(context.arm.list()).await.map_err(CollectError::List)?;
    let settings = &context.config.translate;
    let alive: HashSet<String> = store.state().iter().filter_map(|pod| pod.metadata.uid.clone()).collect();
    for (name, owner) in dangling(&groups, &alive, &settings.node_name, &settings.cluster_id) {
        // The watch may lag behind; the API server has the last word.
        let api: Api<Pod> = Api::namespaced(context.client.clone(), &owner.namespace);
        let pod = api.get_opt(&owner.name).await.map_err(CollectError::LookUp)?;
        if pod.is_some_and(|pod| pod.metadata.uid.as_ref() == Some(&owner.uid)) {
            continue;
        }
        match context.budget.run(context.arm.delete(name)).await {
            Ok(()) => {
                tracing::info!(group = name, pod.name = owner.name, "deleted a container group without a pod")
            }
            Err(error) => tracing::warn!(group = name, %error, "a container group without a pod stays"),
        }
    }
    Ok(())
}

/// The groups of this node and cluster that no living pod owns.
fn dangling<'a>(
    groups: &'a [ContainerGroup],
    alive: &HashSet<String>,
    node_name: &str,
    cluster_id: &str,
) -> Vec<(&'a str, Owner)> {
    groups
        .iter()
        .filter_map(|group| Some((group.name.as_deref()?, owner(group, node_name, cluster_id)?)))
        .filter(|(_, owner)| !alive.contains(&owner.uid))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, uid: &str, node: &str, cluster: &str) -> ContainerGroup {
        let tags =
            [("Namespace", "ns"), ("PodName", "p"), ("uid", uid), ("NodeName", node), ("ClusterId", cluster)];
        ContainerGroup {
            name: Some(name.to_owned()),
            tags: Some(tags.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()),
            ..ContainerGroup::default()
        }
    }

    #[test]
    fn only_groups_of_this_node_and_cluster_without_a_pod_are_dangling() {
        let groups = [
            group("mine-alive", "u1", "n", "c"),
            group("mine-dead", "u2", "n", "c"),
            group("other-node", "u3", "m", "c"),
            group("other-cluster", "u4", "n", "d"),
            ContainerGroup { name: Some("untagged".to_owned()), ..ContainerGroup::default() },
        ];
        let alive = HashSet::from(["u1".to_owned()]);
        let found: Vec<_> = dangling(&groups, &alive, "n", "c").into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["mine-dead"]);
    }
}
