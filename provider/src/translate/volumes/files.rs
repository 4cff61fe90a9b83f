//! Files of a volume, by path.

use aci_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{ConfigMap, ConfigMapVolumeSource, KeyToPath, SecretVolumeSource};

use super::super::{Missing, Refusal, Translation};

/// Files by path. No `Debug`: the content is secret.
#[derive(Clone, Default)]
pub(in crate::translate) struct Files(IndexMap<String, Vec<u8>>);

impl Files {
    pub(super) fn put(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.0.insert(path.into(), bytes);
    }

    /// The later ones win, as in a kubelet's projected volumes.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&Vec<u8>> {
        self.0.get(path)
    }

    /// What is below the folder `path`.
    pub(super) fn below(&self, path: &str) -> Self {
        let below = |(name, bytes): (&String, &Vec<u8>)| {
            let rest = name.strip_prefix(path)?.strip_prefix('/')?;
            Some((rest.to_owned(), bytes.clone()))
        };
        Self(self.0.iter().filter_map(below).collect())
    }

    /// The folders that hold files, each with its files: a secret volume of ACI is one flat folder.
    pub(super) fn folders(&self) -> IndexMap<String, Self> {
        let mut folders: IndexMap<String, Self> = IndexMap::new();
        for (path, bytes) in &self.0 {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            folders.entry(folder.to_owned()).or_default().put(name, bytes.clone());
        }
        folders.sort_keys();
        folders
    }

    pub(super) fn into_secret(self) -> IndexMap<String, Secret> {
        self.0.into_iter().map(|(name, bytes)| (name, Secret::new(STANDARD.encode(bytes)))).collect()
    }
}

/// What a source of files is: an object's content and how to speak of it.
pub(super) struct Source<'a> {
    /// The pod's volume.
    pub(super) volume: &'a str,
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) items: Option<&'a [KeyToPath]>,
    pub(super) optional: Option<bool>,
}

pub(super) fn of_secret(
    t: &Translation<'_>,
    volume: &str,
    source: &SecretVolumeSource,
    at: &str,
) -> Result<Files, Refusal> {
    let name = source.secret_name.as_deref().unwrap_or_default();
    let (items, optional) = (source.items.as_deref(), source.optional);
    from_secret(t, &Source { volume, kind: "secret", name, items, optional }, at)
}

pub(super) fn of_config_map(
    t: &Translation<'_>,
    volume: &str,
    source: &ConfigMapVolumeSource,
    at: &str,
) -> Result<Files, Refusal> {
    let (items, optional) = (source.items.as_deref(), source.optional);
    from_config_map(t, &Source { volume, kind: "configmap", name: &source.name, items, optional }, at)
}

pub(super) fn from_secret(t: &Translation<'_>, source: &Source<'_>, at: &str) -> Result<Files, Refusal> {
    let content = t.inputs.secrets.get(source.name).map(|secret| {
        secret.data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone())).collect()
    });
    pick(content, source, at)
}

pub(super) fn from_config_map(t: &Translation<'_>, source: &Source<'_>, at: &str) -> Result<Files, Refusal> {
    let content = t.inputs.config_maps.get(source.name).map(all_of_config_map);
    pick(content, source, at)
}

fn all_of_config_map(map: &ConfigMap) -> IndexMap<String, Vec<u8>> {
    let texts = map.data.iter().flatten().map(|(key, text)| (key.clone(), text.clone().into_bytes()));
    let binaries = map.binary_data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone()));
    texts.chain(binaries).collect()
}

/// What keeps the volume named `volume` from being mounted, in a kubelet's words.
pub(super) fn unmounted(volume: &str, why: impl std::fmt::Display, at: impl Into<String>) -> Missing {
    Missing::volume(at, format!("MountVolume.SetUp failed for volume {volume:?} : {why}"))
}

/// The wanted keys under their wanted names: all of them unless items choose (`MakePayload` in
/// `pkg/volume/{secret,configmap}`).
fn pick(content: Option<IndexMap<String, Vec<u8>>>, source: &Source<'_>, at: &str) -> Result<Files, Refusal> {
    let Source { volume, kind, name, items, optional } = source;
    let optional = *optional == Some(true);
    let Some(content) = content else {
        return match optional {
            true => Ok(Files::default()),
            false => Err(unmounted(volume, format!("{kind} {name:?} not found"), at).into()),
        };
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else { return Ok(Files(content)) };
    let mut files = Files::default();
    for (i, item) in items.iter().enumerate() {
        match content.get(&item.key) {
            Some(bytes) => files.put(&item.path, bytes.clone()),
            None if optional => {}
            None => {
                let why = format!("references non-existent {kind} key: {} ({kind} {name:?})", item.key);
                return Err(unmounted(volume, why, format!("{at}.items[{i}].key")).into());
            }
        }
    }
    Ok(files)
}
