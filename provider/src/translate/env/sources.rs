//! Where the values of variables come from.

use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, EnvVarSource};

use super::super::downward::{self, NoValue};
use super::super::{Missing, Refusal, Translation, Untranslatable, reasons};
use super::{Value, is_name};

/// What a source gives.
pub(super) enum Found {
    /// A value.
    Value(Value),
    /// Nothing, which the pod allows.
    Nothing,
    /// Something that nobody can know before the group runs.
    Unknown,
}

/// A kind of object, as events speak of it: in reasons, in messages and in a kubelet's own words.
struct Kind {
    reasons: Reasons,
    word: &'static str,
    name: &'static str,
}

/// The reasons of the virtual-kubelet library (`internal/podutils/env.go`).
struct Reasons {
    mandatory: &'static str,
    mandatory_key: &'static str,
    optional: &'static str,
    optional_key: &'static str,
}

const CONFIG_MAP: Kind = Kind {
    reasons: Reasons {
        mandatory: reasons::MANDATORY_CONFIG_MAP_NOT_FOUND,
        mandatory_key: reasons::MANDATORY_CONFIG_MAP_KEY_NOT_FOUND,
        optional: reasons::OPTIONAL_CONFIG_MAP_NOT_FOUND,
        optional_key: reasons::OPTIONAL_CONFIG_MAP_KEY_NOT_FOUND,
    },
    word: "configmap",
    name: "ConfigMap",
};
const SECRET: Kind = Kind {
    reasons: Reasons {
        mandatory: reasons::MANDATORY_SECRET_NOT_FOUND,
        mandatory_key: reasons::MANDATORY_SECRET_KEY_NOT_FOUND,
        optional: reasons::OPTIONAL_SECRET_NOT_FOUND,
        optional_key: reasons::OPTIONAL_SECRET_KEY_NOT_FOUND,
    },
    word: "secret",
    name: "Secret",
};

/// All variables of a source; `at` is its path.
pub(super) fn all_of(
    t: &mut Translation<'_>,
    source: &EnvFromSource,
    at: &str,
) -> Result<Vec<(String, Value)>, Refusal> {
    let prefix = source.prefix.as_deref().unwrap_or_default();
    let mut found: Vec<(String, Value)> = Vec::new();
    let (mut kind, mut name) = (&CONFIG_MAP, "");
    if let Some(reference) = &source.config_map_ref {
        name = &reference.name;
        match t.inputs.config_maps.get(name) {
            Some(map) => found.extend(map.data.iter().flatten().map(|(k, v)| (k.clone(), Value::plain(v)))),
            None => absent(t, &CONFIG_MAP, name, reference.optional, at)?,
        }
    } else if let Some(reference) = &source.secret_ref {
        (kind, name) = (&SECRET, &reference.name);
        match t.inputs.secrets.get(name) {
            Some(secret) => {
                for (key, bytes) in secret.data.iter().flatten() {
                    found.push((key.clone(), text(&bytes.0, &format!("{at}.secretRef"))?));
                }
            }
            None => absent(t, &SECRET, name, reference.optional, at)?,
        }
    }
    let (legal, skipped): (Vec<_>, Vec<_>) =
        found.into_iter().map(|(key, v)| (format!("{prefix}{key}"), v)).partition(|(key, _)| is_name(key));
    if !skipped.is_empty() {
        let names: Vec<_> = skipped.into_iter().map(|(key, _)| key).collect();
        let (names, namespace) = (names.join(", "), t.namespace());
        let text = format!(
            "keys [{names}] from {} {namespace}/{name} were skipped since they are invalid as environment variable \
             names",
            kind.word
        );
        t.notes.warn(reasons::INVALID_ENVIRONMENT_VARIABLE_NAMES, text);
    }
    Ok(legal)
}

/// The value that `source` names for `variable`, whose path is `at`.
pub(super) fn one_of(
    t: &mut Translation<'_>,
    container: &Container,
    variable: &EnvVar,
    source: &EnvVarSource,
    at: &str,
) -> Result<Found, Refusal> {
    let name = &variable.name;
    if let Some(selector) = &source.field_ref {
        let at = format!("{at}.valueFrom.fieldRef");
        return match downward::field(t, selector, &at) {
            Ok(text) => Ok(Found::Value(Value::plain(text))),
            Err(NoValue::Never(refusal)) => Err(refusal.into()),
            Err(NoValue::Unknown(why)) => {
                let path = &selector.field_path;
                let text = format!(
                    "{at}: {name} is not set to {path}, as {why}; read the address inside the container, for \
                     example with `hostname -i`"
                );
                t.notes.warn(reasons::POD_IP_UNKNOWN, text);
                Ok(Found::Unknown)
            }
        };
    }
    if let Some(selector) = &source.resource_field_ref {
        let at = format!("{at}.valueFrom.resourceFieldRef");
        return Ok(Found::Value(Value::plain(downward::resource(t, selector, Some(container), &at)?)));
    }
    if let Some(reference) = &source.secret_key_ref {
        let secret = t.inputs.secrets.get(&reference.name);
        let bytes = secret.map(|secret| secret.data.as_ref().and_then(|data| data.get(&reference.key)));
        let wanted = Wanted {
            kind: &SECRET,
            name: &reference.name,
            key: &reference.key,
            optional: reference.optional,
        };
        return match bytes {
            Some(Some(bytes)) => Ok(Found::Value(text(&bytes.0, &format!("{at}.valueFrom.secretKeyRef"))?)),
            found => wanted.absent(t, name, found.is_some(), &format!("{at}.valueFrom.secretKeyRef")),
        };
    }
    if let Some(reference) = &source.config_map_key_ref {
        let map = t.inputs.config_maps.get(&reference.name);
        let value = map.map(|map| map.data.as_ref().and_then(|data| data.get(&reference.key)));
        let wanted = Wanted {
            kind: &CONFIG_MAP,
            name: &reference.name,
            key: &reference.key,
            optional: reference.optional,
        };
        return match value {
            Some(Some(text)) => Ok(Found::Value(Value::plain(text))),
            found => wanted.absent(t, name, found.is_some(), &format!("{at}.valueFrom.configMapKeyRef")),
        };
    }
    let at = format!("{at}.valueFrom");
    Err(Untranslatable::new(at, "the provider does not know this source", "write the value itself").into())
}

/// A key that a variable wants.
struct Wanted<'a> {
    kind: &'static Kind,
    name: &'a str,
    key: &'a str,
    optional: Option<bool>,
}

impl Wanted<'_> {
    /// What becomes of `variable` when the key is not there, though perhaps the object is.
    fn absent(
        &self,
        t: &mut Translation<'_>,
        variable: &str,
        object_there: bool,
        at: &str,
    ) -> Result<Found, Refusal> {
        let Self { kind, name, key, optional } = self;
        let Kind { reasons, word, name: kind_name } = kind;
        if *optional == Some(true) {
            let (reason, why) = match object_there {
                true => (reasons.optional_key, format!("key {key:?} does not exist in {word} {name:?}")),
                false => (reasons.optional, format!("{word} {name:?} not found")),
            };
            t.notes.warn(reason, format!("skipping optional envvar {variable:?}: {why}"));
            return Ok(Found::Nothing);
        }
        let namespace = t.namespace();
        Err(match object_there {
            true => {
                let text = format!("couldn't find key {key} in {kind_name} {namespace}/{name}");
                Missing::env(reasons.mandatory_key, at, text)
            }
            false => Missing::env(reasons.mandatory, at, format!("{word} {name:?} not found")),
        }
        .into())
    }
}

/// What becomes of a source that is not there.
fn absent(
    t: &mut Translation<'_>,
    kind: &'static Kind,
    name: &str,
    optional: Option<bool>,
    at: &str,
) -> Result<(), Refusal> {
    let text = format!("{} {name:?} not found", kind.word);
    if optional == Some(true) {
        t.notes.warn(kind.reasons.optional, text);
        return Ok(());
    }
    Err(Missing::env(kind.reasons.mandatory, at, text).into())
}

/// The value of a Secret; environments hold text only.
fn text(bytes: &[u8], at: &str) -> Result<Value, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value { text: text.to_owned(), secret: true }),
        Err(_) => {
            Err(Untranslatable::new(at, "the secret's value is not UTF-8", "mount it as a volume instead")
                .into())
        }
    }
}
