//! Which objects a pod refers to.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    Container, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, ServiceAccountTokenProjection, Volume,
};

use super::super::annotations;
use super::super::shares;
use super::{NamespacedName, TokenSpec};

/// The name that admission gives the volume of a pod's own token (`ServiceAccountVolumeName` of the admission
/// plug-in).
const AUTOMOUNTED: &str = "kube-api-access-";
/// A token that nobody renews has to last as long as its pod may. The API server shortens what is more than it
/// allows (`--service-account-max-token-expiration`) and says when the token expires.
const YEAR: i64 = 365 * 24 * 3600;
/// What a token lasts when its volume does not say (`ServiceAccountTokenProjection`).
const HOUR: i64 = 3600;

/// The names of the objects that a pod refers to, of its own namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Secrets: environment, volumes, image pulls, annotations.
    pub secrets: BTreeSet<String>,
    /// Config maps: environment, volumes.
    pub config_maps: BTreeSet<String>,
    /// Claims.
    pub claims: BTreeSet<String>,
    /// Tokens of the service account.
    pub tokens: BTreeSet<TokenSpec>,
    /// Images whose own entry point the command needs.
    pub images: BTreeSet<String>,
}

impl References {
    /// Those of `pod`.
    pub fn of(pod: &Pod) -> Self {
        let mut references = Self::default();
        if let Some(spec) = &pod.spec {
            references.containers(spec);
            spec.volumes.iter().flatten().for_each(|volume| references.volume(volume));
            references
                .secrets
                .extend(spec.image_pull_secrets.iter().flatten().map(|secret| secret.name.clone()));
        }
        references.secrets.extend(annotations::secret(pod));
        references.secrets.remove("");
        references.config_maps.remove("");
        references.claims.remove("");
        references
    }

    /// Whether there are none, so that only the pod itself can change a refusal; no refusal is about tokens.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
            && self.config_maps.is_empty()
            && self.claims.is_empty()
            && self.images.is_empty()
    }

    fn containers(&mut self, spec: &PodSpec) {
        for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
            self.container(container);
        }
    }

    fn container(&mut self, container: &Container) {
        for source in container.env_from.iter().flatten() {
            self.secrets.extend(source.secret_ref.iter().map(|r| r.name.clone()));
            self.config_maps.extend(source.config_map_ref.iter().map(|r| r.name.clone()));
        }
        for from in container.env.iter().flatten().filter_map(|var| var.value_from.as_ref()) {
            self.secrets.extend(from.secret_key_ref.iter().map(|r| r.name.clone()));
            self.config_maps.extend(from.config_map_key_ref.iter().map(|r| r.name.clone()));
        }
        if needs_image(container) {
            self.images.extend(container.image.clone());
        }
    }

    fn volume(&mut self, volume: &Volume) {
        self.secrets.extend(volume.secret.iter().filter_map(|s| s.secret_name.clone()));
        self.config_maps.extend(volume.config_map.iter().map(|c| c.name.clone()));
        self.claims.extend(volume.persistent_volume_claim.iter().map(|c| c.claim_name.clone()));
        self.secrets
            .extend(shares::of_volume(volume).and_then(|share| share.secret).map(|secret| secret.name));
        for source in volume.projected.iter().flat_map(|p| p.sources.iter().flatten()) {
            self.secrets.extend(source.secret.iter().map(|s| s.name.clone()));
            self.config_maps.extend(source.config_map.iter().map(|c| c.name.clone()));
            self.tokens.extend(source.service_account_token.iter().map(|t| TokenSpec::of(&volume.name, t)));
        }
    }
}

impl TokenSpec {
    /// What the source of the volume named `volume` asks for.
    pub fn of(volume: &str, source: &ServiceAccountTokenProjection) -> Self {
        let expiration_seconds = match is_automounted(volume) {
            true => YEAR,
            false => source.expiration_seconds.unwrap_or(HOUR),
        };
        Self { audience: source.audience.clone().filter(|audience| !audience.is_empty()), expiration_seconds }
    }
}

/// Whether admission added the volume of that name.
pub(crate) fn is_automounted(volume: &str) -> bool {
    volume.starts_with(AUTOMOUNTED)
}

/// Whether the container's command is made of its image's: arguments alone go to the image's entry point, and a
/// working directory needs a command that can change to it.
fn needs_image(container: &Container) -> bool {
    let given = |words: &Option<Vec<String>>| words.as_ref().is_some_and(|words| !words.is_empty());
    let moves = container.working_dir.as_deref().is_some_and(|dir| !dir.is_empty());
    !given(&container.command) && (given(&container.args) || moves)
}

/// The volume that a claim is bound to.
pub fn volume_of(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.volume_name.as_deref().filter(|name| !name.is_empty())
}

/// The secret that a volume refers to, for a claim of `namespace`.
pub fn secret_of(volume: &PersistentVolume, namespace: &str) -> Option<NamespacedName> {
    let secret = shares::of_persistent_volume(volume)?.secret?;
    Some((secret.namespace.unwrap_or_else(|| namespace.to_owned()), secret.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(volume: &str, seconds: Option<i64>) -> TokenSpec {
        let source = ServiceAccountTokenProjection {
            expiration_seconds: seconds,
            ..ServiceAccountTokenProjection::default()
        };
        TokenSpec::of(volume, &source)
    }

    #[test]
    fn the_token_that_admission_adds_lasts_a_year_and_others_as_long_as_they_say() {
        assert_eq!(token("kube-api-access-9w2vd", Some(3607)).expiration_seconds, YEAR);
        assert_eq!(token("vault", Some(7200)).expiration_seconds, 7200);
        assert_eq!(token("vault", None).expiration_seconds, HOUR);
    }

    #[test]
    fn an_image_is_looked_into_when_its_own_command_is_needed() {
        let container = |json: serde_json::Value| serde_json::from_value::<Container>(json).unwrap();
        let table = [
            (serde_json::json!({"name": "c"}), false),
            (serde_json::json!({"name": "c", "args": ["a"]}), true),
            (serde_json::json!({"name": "c", "command": ["b"], "args": ["a"]}), false),
            (serde_json::json!({"name": "c", "workingDir": "/srv"}), true),
            (serde_json::json!({"name": "c", "command": ["b"], "workingDir": "/srv"}), false),
        ];
        for (json, needed) in table {
            assert_eq!(needs_image(&container(json.clone())), needed, "{json}");
        }
    }
}
