//! Files of a volume: ACI's secret volumes are flat folders of them.

use aci_model::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{ConfigMap, ConfigMapVolumeSource, KeyToPath, SecretVolumeSource};

use super::super::{Missing, Refusal, Translation, Untranslatable};

/// The mode that Kubernetes gives files when nobody says otherwise, and that ACI's files have anyway.
const DEFAULT_MODE: i32 = 0o644;

/// Files by name. No `Debug`: the content is secret.
#[derive(Default)]
pub(in crate::translate) struct Files(IndexMap<String, Vec<u8>>);

impl Files {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_secret(self) -> IndexMap<String, Secret> {
        self.0.into_iter().map(|(name, bytes)| (name, Secret::new(STANDARD.encode(bytes)))).collect()
    }

    /// Puts a file at `path`, which a flat folder must be able to hold.
    pub(super) fn put(&mut self, path: &str, bytes: Vec<u8>, at: &str) -> Result<(), Untranslatable> {
        if path.contains('/') {
            return Err(Untranslatable::new(
                at,
                format!("{path:?} lies in a folder, and ACI's secret volumes have none"),
                "give the folder a volume of its own",
            ));
        }
        self.0.insert(path.to_owned(), bytes);
        Ok(())
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// What a source of files is: an object's content and how to speak of it.
pub(super) struct Source<'a> {
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) items: Option<&'a [KeyToPath]>,
    pub(super) optional: bool,
}

pub(super) fn of_secret(
    t: &mut Translation<'_>,
    source: &SecretVolumeSource,
    at: &str,
) -> Result<Files, Refusal> {
    note_mode(t, source.default_mode, at);
    let name = source.secret_name.as_deref().unwrap_or_default();
    let items = source.items.as_deref();
    from_secret(t, &Source { kind: "secret", name, items, optional: source.optional == Some(true) }, at)
}

pub(super) fn of_config_map(
    t: &mut Translation<'_>,
    source: &ConfigMapVolumeSource,
    at: &str,
) -> Result<Files, Refusal> {
    note_mode(t, source.default_mode, at);
    let items = source.items.as_deref();
    let optional = source.optional == Some(true);
    from_config_map(t, &Source { kind: "configmap", name: &source.name, items, optional }, at)
}

pub(super) fn from_secret(t: &mut Translation<'_>, source: &Source<'_>, at: &str) -> Result<Files, Refusal> {
    let content = t.inputs.secrets.get(source.name).map(|secret| {
        secret.data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone())).collect()
    });
    pick(t, content, source, at)
}

pub(super) fn from_config_map(
    t: &mut Translation<'_>,
    source: &Source<'_>,
    at: &str,
) -> Result<Files, Refusal> {
    let content = t.inputs.config_maps.get(source.name).map(all_of_config_map);
    pick(t, content, source, at)
}

fn all_of_config_map(map: &ConfigMap) -> IndexMap<String, Vec<u8>> {
    let texts = map.data.iter().flatten().map(|(key, text)| (key.clone(), text.clone().into_bytes()));
    let binaries = map.binary_data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone()));
    texts.chain(binaries).collect()
}

pub(super) fn note_mode(t: &mut Translation<'_>, mode: Option<i32>, at: &str) {
    if mode.is_some_and(|mode| mode != DEFAULT_MODE) {
        t.notes.ignored(format!("{at}.defaultMode"));
    }
}

/// The wanted keys under their wanted names: all of them unless items choose.
fn pick(
    t: &mut Translation<'_>,
    content: Option<IndexMap<String, Vec<u8>>>,
    source: &Source<'_>,
    at: &str,
) -> Result<Files, Refusal> {
    let Source { kind, name, items, optional } = source;
    let Some(mut content) = content else {
        return match optional {
            true => Ok(Files::default()),
            false => Err(Missing::volume(at, format!("{kind} {name:?} not found")).into()),
        };
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else { return Ok(Files(content)) };
    let mut files = Files::default();
    for (i, item) in items.iter().enumerate() {
        let at = format!("{at}.items[{i}]");
        if item.mode.is_some_and(|mode| mode != DEFAULT_MODE) {
            t.notes.ignored(format!("{at}.mode"));
        }
        match content.swap_remove(&item.key) {
            Some(bytes) => files.put(&item.path, bytes, &format!("{at}.path"))?,
            None if *optional => {}
            None => {
                let message = format!("references non-existent {kind} key: {} ({kind} {name:?})", item.key);
                return Err(Missing::volume(format!("{at}.key"), message).into());
            }
        }
    }
    Ok(files)
}
