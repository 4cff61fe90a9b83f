//! The objects that a translation reads, already looked up.

use std::collections::BTreeMap;
use std::fmt;

use aci_model::Secret as SecretText;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolume, PersistentVolumeClaim, Secret, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

mod references;

pub(crate) use references::is_automounted;
pub use references::{References, secret_of, volume_of};

/// An object by namespace and name.
pub type NamespacedName = (String, String);

/// The objects that a pod refers to, of its own namespace unless said otherwise.
#[derive(Clone, Default)]
pub struct Inputs {
    /// Secrets by name.
    pub secrets: BTreeMap<String, Secret>,
    /// Config maps by name.
    pub config_maps: BTreeMap<String, ConfigMap>,
    /// The services of the namespace, and `kubernetes` of `default`.
    pub services: Vec<Service>,
    /// Claims by name.
    pub claims: BTreeMap<String, PersistentVolumeClaim>,
    /// The volumes that the claims are bound to, by name.
    pub volumes: BTreeMap<String, PersistentVolume>,
    /// The secrets that those volumes refer to; whoever made the volume chose the namespace.
    pub volume_secrets: BTreeMap<NamespacedName, Secret>,
    /// The tokens of the pod's service account that its projected volumes ask for.
    pub tokens: BTreeMap<TokenSpec, Result<Token, TokenProblem>>,
    /// Whether the tokens are still to be asked for: the translation then shows whether the pod gets so far, and its
    /// group is not for use.
    pub tokens_to_come: bool,
    /// What the images say that are started by their own entry point; else why that is not known.
    pub images: BTreeMap<String, Result<ImageConfig, String>>,
}

/// A token to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenSpec {
    /// Whom it is for; `None` is the API server.
    pub audience: Option<String>,
    /// How long it should be good, in seconds.
    pub expiration_seconds: i64,
}

/// A token that was given out.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub text: SecretText,
    /// When it stops being good.
    pub expires: Timestamp,
}

/// Why there is no token, in the API server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// The provider may not create tokens.
    Forbidden(String),
    /// There is no such service account (any more).
    NotFound(String),
}

/// What an image says about the process that it starts (`config` of the OCI image specification).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// `Entrypoint`.
    pub entrypoint: Vec<String>,
    /// `Cmd`.
    pub cmd: Vec<String>,
    /// `WorkingDir`; empty means the root.
    pub working_dir: String,
}

/// Names only: the content is secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("secrets", &self.secrets.keys())
            .field("config_maps", &self.config_maps.keys())
            .field("services", &self.services.len())
            .field("claims", &self.claims.keys())
            .field("volumes", &self.volumes.keys())
            .field("volume_secrets", &self.volume_secrets.keys())
            .field("tokens", &self.tokens.keys())
            .field("images", &self.images)
            .finish()
    }
}

impl Inputs {
    /// What tells this state of the inputs from another: the versions of the objects and what is known of the
    /// images. Tokens are new every time and change no decision, only whether there are any does.
    pub fn versions(&self) -> String {
        let mut versions = String::new();
        add(&mut versions, "s", self.secrets.iter().map(|(name, it)| (name, &it.metadata)));
        add(&mut versions, "c", self.config_maps.iter().map(|(name, it)| (name, &it.metadata)));
        add(&mut versions, "p", self.claims.iter().map(|(name, it)| (name, &it.metadata)));
        add(&mut versions, "v", self.volumes.iter().map(|(name, it)| (name, &it.metadata)));
        add(&mut versions, "w", self.volume_secrets.iter().map(|((_, name), it)| (name, &it.metadata)));
        for (image, config) in &self.images {
            versions.push_str(&format!("i/{image}@{config:?};"));
        }
        for (spec, token) in &self.tokens {
            versions.push_str(&format!("t/{spec:?}@{:?};", token.as_ref().err()));
        }
        versions
    }
}

fn add<'a>(to: &mut String, kind: &str, objects: impl Iterator<Item = (&'a String, &'a ObjectMeta)>) {
    for (name, meta) in objects {
        let version = meta.resource_version.as_deref().unwrap_or_default();
        to.push_str(&format!("{kind}/{name}@{version};"));
    }
}
