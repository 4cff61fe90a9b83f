//! Templates of Azure Resource Manager: from a template, its parameters and a place to the resources that are to be
//! deployed and the outputs that are told. Pure: what only a running deployment can know (`reference`, `list*`) is
//! asked for by a [`fault::Need`], answered by whoever evaluates, and evaluated again.
//!
//! `relaxed` reads JSON as Azure does, `declaration` gives a template its parts, `frame` binds parameters and variables,
//! `expression` and `evaluate` are the language, `functions` has its built-in functions a family a file, `plan` makes
//! resources of declarations, `dependencies` orders them, and `nested` carries a template's scope into one inside it.
//!
//! Source, where a part names none: "Understand the structure and syntax of ARM templates" and "ARM template
//! functions" (DOC). Words of refusals are Azure's where users have pasted them, otherwise ASSUMED.

pub mod declaration;
pub mod dependencies;
pub mod evaluate;
pub mod expression;
pub mod fault;
pub mod frame;
pub mod functions;
pub mod kinds;
pub mod nested;
pub mod outputs;
pub mod place;
pub mod plan;
pub mod relaxed;

/// A member of an object, its name in any case, as Azure reads templates.
pub fn member<'a>(
    object: &'a serde_json::Map<String, serde_json::Value>,
    name: &str,
) -> Option<&'a serde_json::Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
