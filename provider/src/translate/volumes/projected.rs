//! Projected volumes, the one that admission adds to every pod among them.
//!
//! Since 1.21 that one, `kube-api-access-…`, holds a token bound to the pod that a kubelet renews every hour. ACI
//! writes a volume once, so the token is asked for a year, and told is when it expires. Before, the volume was a
//! plain Secret (`default-token-…`) whose token does not expire, and is mounted like any other.

use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection,
};

use super::super::downward::{self as fields, NoValue};
use super::super::inputs::{TokenProblem, TokenSpec};
use super::super::{Refusal, Translation, Untranslatable, is_automounted, reasons};
use super::files::{self, Files, Source};

/// The files of all sources of the volume named `volume`.
pub(super) fn files(
    t: &mut Translation<'_>,
    volume: &str,
    projected: &ProjectedVolumeSource,
    at: &str,
) -> Result<Files, Refusal> {
    let mut all = Files::default();
    for (i, source) in projected.sources.iter().flatten().enumerate() {
        all.extend(of_source(t, volume, source, &format!("{at}.sources[{i}]"))?);
    }
    Ok(all)
}

/// The files of a downward API volume or source.
pub(super) fn downward(
    t: &Translation<'_>,
    items: &[DownwardAPIVolumeFile],
    at: &str,
) -> Result<Files, Refusal> {
    let mut files = Files::default();
    for (i, item) in items.iter().enumerate() {
        let at = format!("{at}.items[{i}]");
        let text = if let Some(selector) = &item.field_ref {
            let at = format!("{at}.fieldRef");
            fields::field(t, selector, &at).map_err(|error| match error {
                NoValue::Never(refusal) => refusal,
                NoValue::Unknown(why) => {
                    let reason = format!("{}: {why}", selector.field_path);
                    Untranslatable::new(at, reason, "read it inside the container")
                }
            })?
        } else if let Some(selector) = &item.resource_field_ref {
            fields::resource(t, selector, None, &format!("{at}.resourceFieldRef"))?
        } else {
            return Err(Untranslatable::new(at, "it says neither field nor resource", "add one").into());
        };
        files.put(&item.path, text.into_bytes());
    }
    Ok(files)
}

fn of_source(
    t: &mut Translation<'_>,
    volume: &str,
    source: &VolumeProjection,
    at: &str,
) -> Result<Files, Refusal> {
    if let Some(secret) = &source.secret {
        let (items, optional) = (secret.items.as_deref(), secret.optional);
        let source = Source { volume, kind: "secret", name: &secret.name, items, optional };
        return files::from_secret(t, &source, &format!("{at}.secret"));
    }
    if let Some(map) = &source.config_map {
        let (items, optional) = (map.items.as_deref(), map.optional);
        let source = Source { volume, kind: "configmap", name: &map.name, items, optional };
        return files::from_config_map(t, &source, &format!("{at}.configMap"));
    }
    if let Some(api) = &source.downward_api {
        return downward(t, api.items.as_deref().unwrap_or_default(), &format!("{at}.downwardAPI"));
    }
    if let Some(token) = &source.service_account_token {
        return self::token(t, volume, token, &format!("{at}.serviceAccountToken"));
    }
    Ok(Files::default())
}

/// The token's file. Where the provider may not create tokens, pods that nobody asked to call the API server run
/// without, as all did with the Go provider; one that was asked for is waited for.
fn token(
    t: &mut Translation<'_>,
    volume: &str,
    source: &ServiceAccountTokenProjection,
    at: &str,
) -> Result<Files, Refusal> {
    let spec = TokenSpec::of(volume, source);
    let automounted = is_automounted(volume);
    let mut files = Files::default();
    match t.inputs.tokens.get(&spec) {
        Some(Ok(token)) => {
            let text = format!(
                "{at}: the token is good until {} and ACI cannot renew it; a pod that needs one for longer has to be \
                 replaced before",
                // By the hour, so that the tokens of several attempts to create a group are one event.
                token.expires.strftime("%Y-%m-%d %H:00 UTC")
            );
            let TokenSpec { expiration_seconds, .. } = spec;
            let reason = reasons::SERVICE_ACCOUNT_TOKEN_NOT_RENEWED;
            match automounted {
                true => t.notes.info(reason, text),
                false => t
                    .notes
                    .warn(reason, format!("{text}, or expirationSeconds ({expiration_seconds}) raised")),
            }
            files.put(&source.path, token.text.expose().as_bytes().to_vec());
            Ok(files)
        }
        Some(Err(TokenProblem::Forbidden(why))) if automounted => {
            let text =
                format!("{at}: the pod runs without its token, as the provider may create none: {why}");
            t.notes.warn(reasons::SERVICE_ACCOUNT_TOKEN_OMITTED, text);
            Ok(files)
        }
        Some(Err(TokenProblem::Forbidden(why) | TokenProblem::NotFound(why))) => {
            Err(files::unmounted(volume, format!("failed to fetch token: {why}"), at).into())
        }
        None if t.inputs.tokens_to_come => Ok(files),
        None => Err(files::unmounted(volume, "failed to fetch token: nobody was asked", at).into()),
    }
}
