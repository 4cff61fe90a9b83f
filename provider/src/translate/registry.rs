//! Image pull secrets.

use std::collections::BTreeMap;

use aci_model::Secret;
use aci_model::group::registry::ImageRegistryCredential;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::Deserialize;

use super::{Translation, Untranslatable};

/// One entry of a docker configuration. No `Debug`: it holds a password.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    username: String,
    password: String,
    auth: String,
}

#[derive(Deserialize)]
struct DockerConfigJson {
    auths: BTreeMap<String, Auth>,
}

/// The credentials of all pull secrets, the first for each registry; `None` when there are none.
///
/// A missing secret is a warning and no more, as on a kubelet: the image may be public.
pub(super) fn credentials(
    t: &mut Translation<'_>,
) -> Result<Option<Vec<ImageRegistryCredential>>, Untranslatable> {
    let mut all: IndexMap<String, ImageRegistryCredential> = IndexMap::new();
    for (i, reference) in t.spec.image_pull_secrets.iter().flatten().enumerate() {
        let at = format!("spec.imagePullSecrets[{i}]");
        let Some(secret) = t.inputs.secrets.get(&reference.name) else {
            let text = format!("{at}: secret {:?} not found; attempting to pull without it", reference.name);
            t.notes.warn("FailedToRetrieveImagePullSecret", text);
            continue;
        };
        for (server, auth) in entries(secret, &at)? {
            let Some((username, password)) = sign_in(&auth, &server, &at)? else {
                t.notes
                    .warn("ImagePullSecretIgnored", format!("{at}: no user name and password for {server}"));
                continue;
            };
            let server = normalised(&server);
            all.entry(server.clone()).or_insert_with(|| ImageRegistryCredential {
                server: Some(server),
                username: Some(username),
                password: Some(password),
                ..ImageRegistryCredential::default()
            });
        }
    }
    Ok((!all.is_empty()).then(|| all.into_values().collect()))
}

fn entries(
    secret: &k8s_openapi::api::core::v1::Secret,
    at: &str,
) -> Result<BTreeMap<String, Auth>, Untranslatable> {
    let kind = secret.type_.as_deref().unwrap_or_default();
    let bytes = |key: &str| {
        secret.data.as_ref().and_then(|data| data.get(key)).map(|bytes| bytes.0.as_slice()).ok_or_else(|| {
            Untranslatable::new(
                at,
                format!("the secret has no key {key:?}"),
                "recreate it with `kubectl create secret docker-registry`",
            )
        })
    };
    // The parser's own message may quote the content, so it is left out.
    let malformed = || {
        Untranslatable::new(
            at,
            "the secret is not a docker configuration",
            "recreate it with `kubectl create secret docker-registry`",
        )
    };
    match kind {
        "kubernetes.io/dockercfg" => serde_json::from_slice(bytes(".dockercfg")?).map_err(|_| malformed()),
        "kubernetes.io/dockerconfigjson" => {
            serde_json::from_slice::<DockerConfigJson>(bytes(".dockerconfigjson")?)
                .map(|config| config.auths)
                .map_err(|_| malformed())
        }
        other => Err(Untranslatable::new(
            at,
            format!("the secret's type is {other:?}"),
            "use kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg",
        )),
    }
}

/// User and password; `auth` wins over the separate members, as in docker. A password may hold colons.
fn sign_in(auth: &Auth, server: &str, at: &str) -> Result<Option<(String, Secret)>, Untranslatable> {
    if !auth.auth.is_empty() {
        let pair = STANDARD.decode(auth.auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        return match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((user, password)) => {
                Ok(Some((user.to_owned(), Secret::new(password.trim_end_matches('\0')))))
            }
            None => Err(Untranslatable::new(
                at,
                format!("the auth for {server} is not base64 of user:password"),
                "recreate the secret with `kubectl create secret docker-registry`",
            )),
        };
    }
    let complete = !auth.username.is_empty() && !auth.password.is_empty();
    Ok(complete.then(|| (auth.username.clone(), Secret::new(auth.password.clone()))))
}

/// The host alone: ACI refuses a protocol or a path (`InvalidImageRegistryServer`).
fn normalised(server: &str) -> String {
    let bare = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://")).unwrap_or(server);
    bare.split('/').next().unwrap_or(bare).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_lose_protocol_and_path() {
        for (given, expected) in [
            ("https://index.docker.io/v1/", "index.docker.io"),
            ("myregistry.azurecr.io", "myregistry.azurecr.io"),
            ("http://localhost:5000", "localhost:5000"),
        ] {
            assert_eq!(normalised(given), expected);
        }
    }

    #[test]
    fn a_password_may_hold_colons() {
        let auth = Auth { auth: STANDARD.encode("me:a:b:c"), ..Auth::default() };
        let (user, password) = sign_in(&auth, "r", "at").unwrap().unwrap();
        assert_eq!((user.as_str(), password.expose()), ("me", "a:b:c"));
    }
}
