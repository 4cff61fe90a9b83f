//! The environment of a container, each value with its origin: what comes from a Secret stays secret.

use aci_model::Secret;
use aci_model::group::env::EnvironmentVariable;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, EnvVarSource};

use super::expand::expand;
use super::{Missing, Refusal, Translation, Untranslatable, downward, service_links};

/// A value and whether anybody may see it.
#[derive(Clone)]
pub(super) struct Value {
    text: String,
    secret: bool,
}

impl Value {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), secret: false }
    }
}

/// The variables of one container, in the order in which a kubelet finds them.
#[derive(Default)]
pub(super) struct Environment {
    variables: IndexMap<String, Value>,
}

/// The environment of `container`, whose path is `at`.
pub(super) fn resolve(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Environment, Refusal> {
    let mut env = Environment::default();
    for (i, source) in container.env_from.iter().flatten().enumerate() {
        env.add_source(t, source, &format!("{at}.envFrom[{i}]"))?;
    }
    let services = service_links::variables(t);
    for (i, variable) in container.env.iter().flatten().enumerate() {
        env.add_variable(t, variable, &services, &format!("{at}.env[{i}]"))?;
    }
    for (name, text) in services {
        env.variables.entry(name).or_insert_with(|| Value::plain(text));
    }
    Ok(env)
}

impl Environment {
    /// As ACI takes it; `None` when empty.
    pub(super) fn into_variables(self) -> Option<Vec<EnvironmentVariable>> {
        let variables: Vec<_> = self
            .variables
            .into_iter()
            .map(|(name, value)| {
                let mut variable = EnvironmentVariable { name: Some(name), ..EnvironmentVariable::default() };
                if value.secret {
                    variable.secure_value = Some(Secret::new(value.text));
                } else {
                    variable.value = Some(value.text);
                }
                variable
            })
            .collect();
        (!variables.is_empty()).then_some(variables)
    }

    /// `words` with their `$(NAME)`s replaced; a secret would become visible in the command, so it is refused.
    pub(super) fn expand_command(&self, words: &[String], at: &str) -> Result<Vec<String>, Untranslatable> {
        let mut leak = None;
        let expanded = words
            .iter()
            .map(|word| {
                expand(word, |name| {
                    let value = self.variables.get(name)?;
                    if value.secret {
                        leak = Some(name.to_owned());
                    }
                    Some(value.text.clone())
                })
            })
            .collect();
        match leak {
            None => Ok(expanded),
            Some(name) => Err(Untranslatable::new(
                at,
                format!(
                    "$({name}) comes from a secret, and Azure shows commands to every reader of the group"
                ),
                format!(
                    "let a shell in the container read it, for example `sh -c 'exec program \"${name}\"'`"
                ),
            )),
        }
    }

    fn add_source(
        &mut self,
        t: &mut Translation<'_>,
        source: &EnvFromSource,
        at: &str,
    ) -> Result<(), Refusal> {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        let mut found: Vec<(String, Value)> = Vec::new();
        if let Some(reference) = &source.config_map_ref {
            match t.inputs.config_maps.get(&reference.name) {
                Some(map) => {
                    found.extend(map.data.iter().flatten().map(|(k, v)| (k.clone(), Value::plain(v))));
                }
                None if reference.optional == Some(true) => {}
                None => return Err(not_found("configmap", &reference.name, at)),
            }
        }
        if let Some(reference) = &source.secret_ref {
            match t.inputs.secrets.get(&reference.name) {
                Some(secret) => {
                    for (key, bytes) in secret.data.iter().flatten() {
                        found.push((key.clone(), text(&bytes.0, at)?));
                    }
                }
                None if reference.optional == Some(true) => {}
                None => return Err(not_found("secret", &reference.name, at)),
            }
        }
        let (legal, skipped): (Vec<_>, Vec<_>) = found
            .into_iter()
            .map(|(key, v)| (format!("{prefix}{key}"), v))
            .partition(|(key, _)| is_name(key));
        if !skipped.is_empty() {
            let names: Vec<_> = skipped.into_iter().map(|(key, _)| key).collect();
            let names = names.join(", ");
            t.notes.warn(
                "InvalidEnvironmentVariableNames",
                format!(
                    "{at}: keys [{names}] were skipped since they are invalid as environment variable names"
                ),
            );
        }
        self.variables.extend(legal);
        Ok(())
    }

    fn add_variable(
        &mut self,
        t: &Translation<'_>,
        variable: &EnvVar,
        services: &[(String, String)],
        at: &str,
    ) -> Result<(), Refusal> {
        if !is_name(&variable.name) {
            return Err(Untranslatable::new(
                format!("{at}.name"),
                format!("{:?} is not a name that ACI takes", variable.name),
                "use letters, digits and underscores, 63 at most, not beginning with a digit",
            )
            .into());
        }
        let value = match &variable.value_from {
            Some(source) => value_from(t, source, at)?,
            None => Some(self.expand_value(variable.value.as_deref().unwrap_or_default(), services)),
        };
        if let Some(value) = value {
            self.variables.insert(variable.name.clone(), value);
        }
        Ok(())
    }

    /// A value with a secret inside is secret.
    fn expand_value(&self, text: &str, services: &[(String, String)]) -> Value {
        let mut secret = false;
        let text = expand(text, |name| {
            if let Some(value) = self.variables.get(name) {
                secret |= value.secret;
                return Some(value.text.clone());
            }
            services.iter().find(|(service, _)| service == name).map(|(_, text)| text.clone())
        });
        Value { text, secret }
    }
}

fn value_from(t: &Translation<'_>, source: &EnvVarSource, at: &str) -> Result<Option<Value>, Refusal> {
    let namespace = t.pod.metadata.namespace.as_deref().unwrap_or_default();
    if let Some(selector) = &source.field_ref {
        let at = format!("{at}.valueFrom.fieldRef");
        return Ok(Some(Value::plain(downward::field(t, selector, &at)?)));
    }
    if let Some(reference) = &source.secret_key_ref {
        let secret = t.inputs.secrets.get(&reference.name);
        return match secret.and_then(|secret| secret.data.as_ref()?.get(&reference.key)) {
            Some(bytes) => text(&bytes.0, at).map(Some),
            None if reference.optional == Some(true) => Ok(None),
            None if secret.is_none() => Err(not_found("secret", &reference.name, at)),
            None => Err(no_key("Secret", namespace, &reference.name, &reference.key, at)),
        };
    }
    if let Some(reference) = &source.config_map_key_ref {
        let map = t.inputs.config_maps.get(&reference.name);
        return match map.and_then(|map| map.data.as_ref()?.get(&reference.key)) {
            Some(text) => Ok(Some(Value::plain(text))),
            None if reference.optional == Some(true) => Ok(None),
            None if map.is_none() => Err(not_found("configmap", &reference.name, at)),
            None => Err(no_key("ConfigMap", namespace, &reference.name, &reference.key, at)),
        };
    }
    Err(Untranslatable::new(
        format!("{at}.valueFrom"),
        "only fieldRef, secretKeyRef and configMapKeyRef are translated",
        "write the value itself",
    )
    .into())
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

fn not_found(kind: &str, name: &str, at: &str) -> Refusal {
    Missing::env(at, format!("{kind} {name:?} not found")).into()
}

fn no_key(kind: &str, namespace: &str, name: &str, key: &str, at: &str) -> Refusal {
    Missing::env(at, format!("couldn't find key {key} in {kind} {namespace}/{name}")).into()
}

/// ACI's rule: `[A-Za-z_][A-Za-z0-9_]*`, 63 characters at most.
fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit())
}
