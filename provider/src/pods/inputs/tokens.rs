//! Tokens of the pod's service account.

use std::collections::{BTreeMap, BTreeSet};

use aci_model::Secret;
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::api::PostParams;
use kube::{Api, Client};

use crate::translate::inputs::{Token, TokenProblem, TokenSpec};

type Tokens = BTreeMap<TokenSpec, Result<Token, TokenProblem>>;

/// The tokens that the pod's volumes ask for, each bound to the pod, so that they end with it.
///
/// # Errors
/// The API server's, but for what concerns this pod alone.
pub(super) async fn request(
    client: &Client,
    namespace: &str,
    pod: &Pod,
    wanted: &BTreeSet<TokenSpec>,
) -> Result<Tokens, kube::Error> {
    let api: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let account = pod.spec.as_ref().and_then(|spec| spec.service_account_name.as_deref());
    let account = account.filter(|name| !name.is_empty()).unwrap_or("default");
    let mut tokens = Tokens::new();
    for spec in wanted {
        let request = token_request(pod, spec);
        let answer = match api.create_token_request(account, &PostParams::default(), &request).await {
            Ok(TokenRequest { status: Some(status), .. }) => {
                Ok(Token { text: Secret::new(status.token), expires: status.expiration_timestamp.0 })
            }
            Ok(_) => Err(TokenProblem::NotFound("the API server answered without a token".to_owned())),
            Err(kube::Error::Api(status)) if status.code == 403 => {
                Err(TokenProblem::Forbidden(status.message))
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                Err(TokenProblem::NotFound(status.message))
            }
            Err(error) => return Err(error),
        };
        tokens.insert(spec.clone(), answer);
    }
    Ok(tokens)
}

fn token_request(pod: &Pod, spec: &TokenSpec) -> TokenRequest {
    TokenRequest {
        spec: TokenRequestSpec {
            audiences: spec.audience.iter().cloned().collect(),
            expiration_seconds: Some(spec.expiration_seconds),
            bound_object_ref: Some(BoundObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: pod.metadata.name.clone(),
                uid: pod.metadata.uid.clone(),
            }),
        },
        ..TokenRequest::default()
    }
}
