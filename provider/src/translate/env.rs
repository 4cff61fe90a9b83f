//! The environment of a container, each value with its origin: what comes from a Secret stays secret.
//!
//! The order of things is that of `makeEnvironmentVariables` in `pkg/kubelet/kubelet_pods.go`: sources, variables,
//! services. Where something is missing, the event's reason and words are those of the virtual-kubelet library
//! (`internal/podutils/env.go`), which its users' alerts know, and the container waits as on a kubelet.

use std::collections::BTreeSet;

use aci_model::Secret;
use aci_model::group::env::EnvironmentVariable;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{Container, EnvVar};

use super::expand::expand;
use super::{Refusal, Translation, Untranslatable, service_links};

mod sources;

/// A value and whether anybody may see it.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) secret: bool,
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
    /// Those that nobody can know before the group runs.
    unknown: BTreeSet<String>,
}

/// The environment of `container`, whose path is `at`.
pub(super) fn resolve(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Environment, Refusal> {
    let mut env = Environment::default();
    for (i, source) in container.env_from.iter().flatten().enumerate() {
        env.variables.extend(sources::all_of(t, source, &format!("{at}.envFrom[{i}]"))?);
    }
    let services = service_links::variables(t);
    for (i, variable) in container.env.iter().flatten().enumerate() {
        env.add_variable(t, container, variable, &services, &format!("{at}.env[{i}]"))?;
    }
    for (name, text) in services {
        env.variables.entry(name).or_insert_with(|| Value::plain(text));
    }
    // Every container runtime under a kubelet sets it; it is all of a chosen host name that ACI leaves possible.
    if let Some(hostname) = t.spec.hostname.as_deref().filter(|name| !name.is_empty()) {
        env.variables.entry("HOSTNAME".to_owned()).or_insert_with(|| Value::plain(hostname));
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

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// Refuses what is made of a variable that nobody can know yet.
    ///
    /// A program that only reads its address takes it from elsewhere when the variable is absent; one that is
    /// told `--bind=$(POD_IP)` would get these very letters.
    pub(super) fn check_known(&self, text: &str, at: &str) -> Result<(), Untranslatable> {
        let mut missing = None;
        expand(text, |name| {
            if !self.variables.contains_key(name) && self.unknown.contains(name) {
                missing = Some(name.to_owned());
            }
            None
        });
        match missing {
            None => Ok(()),
            Some(name) => Err(Untranslatable::new(
                at,
                format!("$({name}) is an address that is not known before the container group runs"),
                "read it inside the container, for example with `hostname -i`, or bind to 0.0.0.0",
            )),
        }
    }

    /// One with one secret.
    #[cfg(test)]
    pub(super) fn with_secret(name: &str, text: &str) -> Self {
        let value = Value { text: text.to_owned(), secret: true };
        Self { variables: IndexMap::from([(name.to_owned(), value)]), unknown: BTreeSet::new() }
    }

    fn add_variable(
        &mut self,
        t: &mut Translation<'_>,
        container: &Container,
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
        let text = variable.value.as_deref().unwrap_or_default();
        let found = match &variable.value_from {
            Some(source) if text.is_empty() => sources::one_of(t, container, variable, source, at)?,
            _ => {
                self.check_known(text, &format!("{at}.value"))?;
                sources::Found::Value(self.expand_value(text, services))
            }
        };
        match found {
            sources::Found::Value(value) => {
                self.variables.insert(variable.name.clone(), value);
            }
            sources::Found::Nothing => {}
            sources::Found::Unknown => {
                self.unknown.insert(variable.name.clone());
            }
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

/// ACI's rule: `[A-Za-z_][A-Za-z0-9_]*`, 63 characters at most.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit())
}
