//! Projected volumes, the one that admission adds to every pod among them.
//!
//! Since 1.21 that one, `kube-api-access-…`, holds a token bound to the pod that a kubelet renews every hour.
//! ACI's secret volumes are written once, so a projected token would work for an hour and then be refused.
//! It is left out, with a note, and the CA and the namespace beside it stay. Before, the volume was a plain
//! Secret (`default-token-…`) whose token does not expire, and is mounted like any other.

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, ProjectedVolumeSource, VolumeProjection};

use super::super::{Refusal, Translation, Untranslatable, downward as fields};
use super::files::{self, Files, Source};

/// The name that admission gives its volume (`ServiceAccountVolumeName` of the admission plug-in).
const AUTOMOUNTED: &str = "kube-api-access-";

/// The files of all sources; `None` when a service account token was the only one.
pub(super) fn files(
    t: &mut Translation<'_>,
    volume: &str,
    projected: &ProjectedVolumeSource,
    at: &str,
) -> Result<Option<Files>, Refusal> {
    files::note_mode(t, projected.default_mode, at);
    let mut all = Files::default();
    let sources = projected.sources.as_deref().unwrap_or_default();
    for (i, source) in sources.iter().enumerate() {
        let at = format!("{at}.sources[{i}]");
        if source.service_account_token.is_some() {
            note_token(t, volume, &at);
        } else {
            all.extend(of_source(t, source, &at)?);
        }
    }
    let token_only =
        !sources.is_empty() && sources.iter().all(|source| source.service_account_token.is_some());
    Ok((!token_only).then_some(all))
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
        let Some(selector) = &item.field_ref else {
            let reason = "only fieldRef is translated";
            let field = format!("{at}.resourceFieldRef");
            return Err(Untranslatable::new(field, reason, "write the amount into a config map").into());
        };
        let text = fields::field(t, selector, &format!("{at}.fieldRef"))?;
        files.put(&item.path, text.into_bytes(), &format!("{at}.path"))?;
    }
    Ok(files)
}

fn of_source(t: &mut Translation<'_>, source: &VolumeProjection, at: &str) -> Result<Files, Refusal> {
    if let Some(secret) = &source.secret {
        let optional = secret.optional == Some(true);
        let source = Source { kind: "secret", name: &secret.name, items: secret.items.as_deref(), optional };
        return files::from_secret(t, &source, &format!("{at}.secret"));
    }
    if let Some(map) = &source.config_map {
        let optional = map.optional == Some(true);
        let source = Source { kind: "configmap", name: &map.name, items: map.items.as_deref(), optional };
        return files::from_config_map(t, &source, &format!("{at}.configMap"));
    }
    if let Some(api) = &source.downward_api {
        return downward(t, api.items.as_deref().unwrap_or_default(), &format!("{at}.downwardAPI"));
    }
    let reason = "only secret, configMap, downwardAPI and serviceAccountToken are known as sources";
    Err(Untranslatable::new(at, reason, "remove it").into())
}

fn note_token(t: &mut Translation<'_>, volume: &str, at: &str) {
    let text = format!(
        "{at}.serviceAccountToken: the token is left out, as ACI cannot renew it when it expires; mount a Secret \
         of type kubernetes.io/service-account-token if the containers call the API server"
    );
    if volume.starts_with(AUTOMOUNTED) {
        t.notes.info("ServiceAccountTokenOmitted", text);
    } else {
        t.notes.warn("ServiceAccountTokenOmitted", text);
    }
}
