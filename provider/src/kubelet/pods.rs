//! The lists of pods, as a kubelet shows them.

use axum::Json;
use axum::extract::State;
use k8s_openapi::List;
use k8s_openapi::api::core::v1::Pod;

use super::KubeletState;

/// The pods bound to the node.
pub(super) async fn pods(State(state): State<KubeletState>) -> Json<List<Pod>> {
    list(&state, |_| true)
}

/// Those of them that run.
pub(super) async fn running_pods(State(state): State<KubeletState>) -> Json<List<Pod>> {
    list(&state, |pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running"))
}

fn list(state: &KubeletState, wanted: impl Fn(&Pod) -> bool) -> Json<List<Pod>> {
    let pods = state.pods.state();
    let items = pods.iter().filter(|pod| wanted(pod)).map(|pod| Pod::clone(pod)).collect();
    Json(List { items, ..List::default() })
}
