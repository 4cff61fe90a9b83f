//! What the mode *Complete* takes away: all in the resource group that the template does not have.

use http::Method;
use serde_json::Value;

use super::client::Client;
use crate::arm::resources::providers;
use crate::template::plan::Plan;

/// The version in which resources are listed.
const LIST_VERSION: &str = "2021-04-01";

/// Those resources, with their types and a version to delete with; what holds others before what is held.
pub(super) async fn others(client: &Client, scope: &str, plan: &Plan) -> Vec<(String, String, &'static str)> {
    let planned: Vec<String> = plan.resources.iter().map(|it| it.id.to_ascii_lowercase()).collect();
    let answer = client.call(Method::GET, &format!("{scope}/resources"), LIST_VERSION, None).await;
    let listed = answer.body["value"].as_array().cloned().unwrap_or_default();
    let unplanned = listed.iter().filter_map(|resource| {
        let (id, kind) = (resource["id"].as_str()?, resource["type"].as_str()?);
        let (namespace, name) = kind.split_once('/')?;
        let known = planned.contains(&id.to_ascii_lowercase());
        (!known).then_some((id.to_owned(), kind.to_owned(), providers::newest(namespace, name)?))
    });
    let mut others: Vec<_> = unplanned.collect();
    others.sort_by_key(|(_, kind, _)| !kind.starts_with(aci_model::PROVIDER_NAMESPACE));
    others
}

/// The resources of a group as a comparison needs them: id and body.
pub(super) async fn listed(client: &Client, scope: &str) -> Vec<(String, Value)> {
    let answer = client.call(Method::GET, &format!("{scope}/resources"), LIST_VERSION, None).await;
    let listed = answer.body["value"].as_array().cloned().unwrap_or_default();
    listed.into_iter().filter_map(|it| Some((it["id"].as_str()?.to_owned(), it))).collect()
}
