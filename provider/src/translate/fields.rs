//! Every field of a pod and what becomes of it: the one table behind refusals, notes and `docs/PROVIDER.md`.
//!
//! A row whose condition can be read off the field's value alone is applied here ([`check`]), so that no field
//! is dropped because somebody forgot it; the others are applied where the translation decides, with the words
//! of their row. The types are those of `k8s-openapi`, and a test walks them: a field without a row fails it.

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;

use super::notes::Notes;
use super::{Refusal, Untranslatable};

mod container;
mod pod;
mod probe;
mod security;
mod volume;

/// A type of the Kubernetes API, or the same type in another role.
#[derive(Debug)]
pub struct Kind {
    /// How rows refer to it.
    pub name: &'static str,
    /// The type's name in the Kubernetes API.
    pub of: &'static str,
    /// Where it is in a pod.
    pub at: &'static str,
    /// Its fields, each exactly once.
    pub fields: &'static [Field],
}

/// A field and its fate.
#[derive(Debug)]
pub struct Field {
    /// The name in JSON.
    pub name: &'static str,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a field.
#[derive(Debug)]
pub enum Fate {
    /// Its fields have rows of their own, under the kind named here.
    Inside(&'static str),
    /// The container group has it; how.
    Translated(&'static str),
    /// Not a kubelet's business; whose.
    Elsewhere(&'static str),
    /// The pod runs without it and its owner is told.
    Told(Telling),
    /// There is no group for such a pod.
    Refused(When, Words),
}

/// What is told about a field that has no equivalent.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Telling {
    /// When it is told.
    pub when: When,
    /// Whether the containers may behave otherwise than asked.
    pub warning: bool,
    /// What happens instead.
    pub text: &'static str,
}

/// Why a field is refused, and what to do.
#[derive(Debug)]
pub struct Words {
    /// Why ACI cannot have it.
    pub reason: &'static str,
    /// What its owner can do.
    pub remedy: &'static str,
}

/// The values that a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// Any that asks for something: not null, false, an empty text, list or map.
    Given,
    /// This one.
    Is(&'static str),
    /// Any other than this one, which is what the API server fills in.
    Not(&'static str),
}

impl Words {
    /// The refusal of the field at `path`.
    pub(super) fn refuse(&self, path: impl Into<String>) -> Untranslatable {
        Untranslatable::new(path, self.reason, self.remedy)
    }
}

impl When {
    fn holds(self, value: &Value) -> bool {
        let text = match value {
            Value::Null => return false,
            Value::String(text) => text.clone(),
            Value::Array(list) if list.is_empty() => return false,
            Value::Object(members) if members.is_empty() => return false,
            other => other.to_string(),
        };
        match self {
            When::Given => !matches!(text.as_str(), "" | "false"),
            When::Is(wanted) => text == wanted,
            When::Not(usual) => !text.is_empty() && text != usual,
        }
    }
}

/// All kinds, a pod's own first.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    [pod::KINDS, container::KINDS, probe::KINDS, security::KINDS, volume::KINDS].into_iter().flatten()
}

/// Refuses and notes what the values of `spec` alone decide.
pub(super) fn check(spec: &PodSpec, notes: &mut Notes) -> Result<(), Refusal> {
    let value = serde_json::to_value(spec)
        .map_err(|error| Untranslatable::new("spec", error.to_string(), "correct it"))?;
    walk("PodSpec", &value, "spec", notes).map_err(Refusal::from)
}

fn walk(kind: &str, value: &Value, path: &str, notes: &mut Notes) -> Result<(), Untranslatable> {
    let Some(members) = value.as_object() else { return Ok(()) };
    for field in kinds().filter(|known| known.name == kind).flat_map(|kind| kind.fields) {
        let Some(value) = members.get(field.name) else { continue };
        let path = format!("{path}.{}", field.name);
        match &field.fate {
            Fate::Inside(kind) => each(kind, value, &path, notes)?,
            Fate::Refused(when, words) if when.holds(value) => return Err(words.refuse(path)),
            Fate::Told(telling) if telling.when.holds(value) => notes.tell(telling, path),
            Fate::Refused(..) | Fate::Told(_) | Fate::Translated(_) | Fate::Elsewhere(_) => {}
        }
    }
    Ok(())
}

fn each(kind: &str, value: &Value, path: &str, notes: &mut Notes) -> Result<(), Untranslatable> {
    let Some(list) = value.as_array() else { return walk(kind, value, path, notes) };
    for (i, value) in list.iter().enumerate() {
        // An init container that is always restarted becomes an ordinary one, with an ordinary one's rights.
        let sidecar = kind == "InitContainer" && value["restartPolicy"] == "Always";
        walk(if sidecar { "Container" } else { kind }, value, &format!("{path}[{i}]"), notes)?;
    }
    Ok(())
}

/// Its fields have rows of their own.
const fn inside(name: &'static str, kind: &'static str) -> Field {
    Field { name, fate: Fate::Inside(kind) }
}

/// The group has it.
const fn translated(name: &'static str, how: &'static str) -> Field {
    Field { name, fate: Fate::Translated(how) }
}

/// Somebody else's.
const fn elsewhere(name: &'static str, whose: &'static str) -> Field {
    Field { name, fate: Fate::Elsewhere(whose) }
}

/// Told as an event of the type Normal: nothing that the containers do depends on it.
const fn noted(name: &'static str, when: When, text: &'static str) -> Field {
    Field { name, fate: Fate::Told(Telling { when, warning: false, text }) }
}

/// Told as a Warning.
const fn warned(name: &'static str, when: When, text: &'static str) -> Field {
    Field { name, fate: Fate::Told(Telling { when, warning: true, text }) }
}

/// Refused.
const fn refused(name: &'static str, when: When, reason: &'static str, remedy: &'static str) -> Field {
    Field { name, fate: Fate::Refused(when, Words { reason, remedy }) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_asks_for_nothing_is_not_given() {
        for nothing in [json!(null), json!(false), json!(""), json!([]), json!({})] {
            assert!(!When::Given.holds(&nothing), "{nothing}");
        }
        for something in [json!(true), json!(0), json!("x"), json!([1]), json!({"a": null})] {
            assert!(When::Given.holds(&something), "{something}");
        }
    }

    #[test]
    fn numbers_and_words_are_compared_as_they_are_written() {
        assert!(When::Is("Localhost").holds(&json!("Localhost")));
        assert!(When::Not("420").holds(&json!(256)) && !When::Not("420").holds(&json!(420)));
        assert!(!When::Not("420").holds(&json!(null)));
    }
}
