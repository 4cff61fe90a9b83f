//! Docker's configuration, in the two forms that pull secrets have.

use std::collections::BTreeMap;

use aci_model::Secret;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::super::Untranslatable;
use super::keyring::Login;

/// Base64 as people write it by hand: with padding or without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const REMEDY: &str = "recreate it with `kubectl create secret docker-registry`";

/// One entry of a docker configuration. No `Debug`: it holds a password.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    username: String,
    password: String,
    auth: String,
    identitytoken: String,
}

#[derive(Deserialize)]
struct DockerConfigJson {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
}

/// An entry: the server as it is written, and the login unless it has an identity token instead.
pub(super) type Entry = (String, Option<Login>);

/// The entries of a pull secret; `None` for a secret of another type, which a kubelet passes over.
pub(super) fn entries(
    secret: &k8s_openapi::api::core::v1::Secret,
    at: &str,
) -> Result<Option<Vec<Entry>>, Untranslatable> {
    let refuse = |reason: String| Untranslatable::new(at, reason, REMEDY);
    let bytes = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key)).map(|bytes| bytes.0.as_slice());
        bytes.ok_or_else(|| refuse(format!("the secret has no key {key:?}")))
    };
    // The parser's own message may quote the content, so it is left out.
    let malformed = |_| refuse("the secret is not a docker configuration".to_owned());
    let auths: BTreeMap<String, Auth> = match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/dockercfg" => serde_json::from_slice(bytes(".dockercfg")?).map_err(malformed)?,
        "kubernetes.io/dockerconfigjson" => {
            serde_json::from_slice::<DockerConfigJson>(bytes(".dockerconfigjson")?).map_err(malformed)?.auths
        }
        _ => return Ok(None),
    };
    let mut entries = Vec::new();
    for (server, auth) in auths {
        match login(&auth).map_err(|reason| refuse(format!("the entry for {server} {reason}")))? {
            Some(login) => entries.push((server, Some(login))),
            None if !auth.identitytoken.is_empty() => entries.push((server, None)),
            // Anonymous: docker writes such entries where a credential helper has the password.
            None => {}
        }
    }
    Ok(Some(entries))
}

/// User and password; `auth` wins over the separate members, as in docker. A password may hold colons.
fn login(auth: &Auth) -> Result<Option<Login>, &'static str> {
    let (username, password) = if auth.auth.is_empty() {
        (auth.username.clone(), auth.password.clone())
    } else {
        let pair = LENIENT.decode(auth.auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = pair.as_deref().and_then(|pair| pair.split_once(':'));
        let (user, password) = pair.ok_or("has an auth that is not base64 of user:password")?;
        (user.to_owned(), password.trim_end_matches('\0').to_owned())
    };
    let complete = !username.is_empty() && !password.is_empty();
    Ok(complete.then(|| Login { username, password: Secret::new(password) }))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use k8s_openapi::ByteString;

    use super::*;

    fn secret(kind: &str, key: &str, text: &str) -> k8s_openapi::api::core::v1::Secret {
        let data = BTreeMap::from([(key.to_owned(), ByteString(text.as_bytes().to_vec()))]);
        let type_ = Some(format!("kubernetes.io/{kind}"));
        k8s_openapi::api::core::v1::Secret { data: Some(data), type_, ..Default::default() }
    }

    fn json(text: &str) -> Result<Option<Vec<Entry>>, Untranslatable> {
        entries(&secret("dockerconfigjson", ".dockerconfigjson", text), "at")
    }

    fn users(entries: Option<Vec<Entry>>) -> Vec<String> {
        let entries = entries.unwrap_or_default().into_iter();
        let user = |login: Login| format!("{}:{}", login.username, login.password.expose());
        entries.map(|(server, login)| format!("{server} {}", login.map_or_else(String::new, user))).collect()
    }

    #[test]
    fn every_form_of_an_entry() {
        let (padded, bare) = (STANDARD.encode("me:a:b:c"), STANDARD.encode("me:pw1").replace('=', ""));
        let table = [
            (r#"{"auths":{"r":{"username":"u","password":"p"}}}"#.to_owned(), vec!["r u:p"]),
            (format!(r#"{{"auths":{{"r":{{"auth":"{padded}"}}}}}}"#), vec!["r me:a:b:c"]),
            (format!(r#"{{"auths":{{"r":{{"auth":"{bare}","username":"u"}}}}}}"#), vec!["r me:pw1"]),
            (r#"{"auths":{"r":{"identitytoken":"t"}}}"#.to_owned(), vec!["r "]),
            (r#"{"auths":{"r":{}},"credsStore":"desktop"}"#.to_owned(), vec![]),
            (r#"{"credsStore":"desktop"}"#.to_owned(), vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(users(json(&text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn the_old_form_has_its_servers_at_the_top() {
        let old = secret("dockercfg", ".dockercfg", r#"{"r":{"username":"u","password":"p","email":"e"}}"#);
        assert_eq!(users(entries(&old, "at").unwrap()), ["r u:p"]);
    }

    #[test]
    fn what_is_malformed_is_refused_without_a_word_of_its_content() {
        for text in [r#"{"auths":["hunter2"]}"#, "hunter2", r#"{"auths":{"r":{"auth":"aHVudGVyMg=="}}}"#] {
            let refusal = json(text).err().unwrap().to_string();
            assert!(refusal.starts_with("at: ") && !refusal.contains("unter2"), "{refusal}");
        }
        let empty = secret("dockerconfigjson", "config.json", "{}");
        assert!(entries(&empty, "at").err().unwrap().reason.contains(".dockerconfigjson"));
    }

    #[test]
    fn secrets_of_other_types_are_none() {
        assert!(entries(&secret("tls", "tls.key", "k"), "at").unwrap().is_none());
    }
}
