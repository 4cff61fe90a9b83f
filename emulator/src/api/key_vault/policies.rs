//! `PUT …/vaults/{vault}/accessPolicies/{add|replace|remove}`: the policies of some principals, the others stay.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::vault::{AccessPolicy, Vault};

/// The body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyBody {
    properties: Policies,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Policies {
    access_policies: Vec<AccessPolicy>,
}

/// What is done with the policies of a request.
#[derive(Clone, Copy)]
enum Change {
    Add,
    Replace,
    Remove,
}

/// Handles the operation.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<PolicyBody>,
) -> Result<Json<Value>, ArmError> {
    let change = match call.id.name().to_ascii_lowercase().as_str() {
        "add" => Change::Add,
        "replace" => Change::Replace,
        "remove" => Change::Remove,
        other => return Err(ArmError::vault_policy_change(other)),
    };
    let given = body.value.properties.access_policies;
    let mut id = call.id.clone();
    id.path.truncate(1);
    let (vault, _) = app.neighbours.vaults.change(&id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&id))?;
        let mut vault = Vault { etag: app.ids.next(), ..known.clone() };
        given.into_iter().for_each(|policy| apply(&mut vault.properties.access_policies, change, policy));
        Ok::<_, ArmError>(vault)
    })?;
    Ok(Json(json!({
        "id": format!("{}/accessPolicies/", vault.id),
        "type": "Microsoft.KeyVault/vaults/accessPolicies",
        "properties": { "accessPolicies": vault.properties.access_policies },
    })))
}

/// To add keeps what a principal may already, word by word; to remove takes the principal out.
fn apply(all: &mut Vec<AccessPolicy>, change: Change, policy: AccessPolicy) {
    let known = all.iter().position(|known| known.is_same_as(&policy));
    match (change, known) {
        (Change::Remove, Some(index)) => drop(all.remove(index)),
        (Change::Remove, None) => {}
        (_, None) => all.push(policy),
        (Change::Replace, Some(index)) => all[index] = policy,
        (Change::Add, Some(index)) => {
            for (kind, words) in policy.permissions {
                let kept = all[index].permissions.entry(kind).or_default();
                for word in words {
                    if !kept.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
                        kept.push(word);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(who: &str, words: &[&str]) -> AccessPolicy {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let permissions = [("secrets".to_owned(), words)].into_iter().collect();
        AccessPolicy { object_id: who.to_owned(), permissions, ..AccessPolicy::default() }
    }

    #[test]
    fn a_change_is_about_the_principals_that_it_names() {
        let mut all = vec![policy("a", &["get"]), policy("b", &["get"])];
        apply(&mut all, Change::Add, policy("A", &["Get", "list"]));
        assert_eq!(all[0].permissions["secrets"], ["get", "list"]);
        apply(&mut all, Change::Replace, policy("a", &["set"]));
        assert_eq!(all[0].permissions["secrets"], ["set"]);
        apply(&mut all, Change::Remove, policy("a", &[]));
        apply(&mut all, Change::Remove, policy("c", &[]));
        apply(&mut all, Change::Replace, policy("c", &["get"]));
        assert_eq!(all, [policy("b", &["get"]), policy("c", &["get"])]);
    }
}
