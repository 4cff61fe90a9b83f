//! The lists of pods, as a kubelet shows them.

use aci_model::group::{ContainerGroup, ProvisioningState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use k8s_openapi::List;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use kube::api::ObjectMeta;
use tracing::warn;

use super::KubeletState;
use crate::translate::tags;

/// The pods bound to the node, as the API server knows them.
pub(super) async fn pods(State(state): State<KubeletState>) -> Json<List<Pod>> {
    let items = state.pods.state().iter().map(|pod| Pod::clone(pod)).collect();
    Json(List { items, ..List::default() })
}

/// The pods that are there, as Azure knows them: what the tags of container groups say, and their containers.
pub(super) async fn running_pods(State(state): State<KubeletState>) -> Response {
    match state.arm.list().await {
        Ok(groups) => {
            let items = groups.iter().filter_map(|group| running_pod(group, &state)).collect();
            Json(List::<Pod> { items, ..List::default() }).into_response()
        }
        Err(error) => {
            warn!(%error, "the container groups cannot be listed");
            (StatusCode::BAD_GATEWAY, error.to_string()).into_response()
        }
    }
}

/// The pod of a group, as little as is known of it; `None` for groups of others and for those that go.
fn running_pod(group: &ContainerGroup, state: &KubeletState) -> Option<Pod> {
    let owner = tags::owner(group, &state.node.name, &state.node.cluster_id)?;
    let properties = group.properties.as_ref()?;
    if properties.provisioning_state == Some(ProvisioningState::Deleting) {
        return None;
    }
    let containers = properties.containers.iter().flatten().map(|container| Container {
        name: container.name.clone().unwrap_or_default(),
        image: container.properties.as_ref().and_then(|properties| properties.image.clone()),
        ..Container::default()
    });
    Some(Pod {
        metadata: ObjectMeta {
            name: Some(owner.name),
            namespace: Some(owner.namespace),
            uid: Some(owner.uid),
            ..ObjectMeta::default()
        },
        spec: Some(PodSpec {
            containers: containers.collect(),
            node_name: Some(state.node.name.clone()),
            ..PodSpec::default()
        }),
        status: None,
    })
}
