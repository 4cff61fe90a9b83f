//! Resource ids, and what is asked of resources while the deployment runs.

use serde_json::{Value, json};

use super::{ANY, Call, Function, function};
use crate::template::evaluate::as_text;
use crate::template::fault::{Fault, Interrupt, Need};
use crate::template::frame::Named;

pub(super) const FUNCTIONS: &[Function] = &[
    function("resourceId", (2, ANY), |call| {
        let place = &call.evaluator.frame.place;
        located(call, |leading| match leading {
            [] => Some(place.scope_of(None, None)),
            [group] => Some(place.scope_of(None, Some(group))),
            [subscription, group] => Some(place.scope_of(Some(subscription), Some(group))),
            _ => None,
        })
    }),
    function("subscriptionResourceId", (2, ANY), |call| {
        let place = &call.evaluator.frame.place;
        located(call, |leading| match leading {
            [] => Some(format!("/subscriptions/{}", place.subscription_id())),
            [subscription] => Some(format!("/subscriptions/{subscription}")),
            _ => None,
        })
    }),
    function("tenantResourceId", (2, ANY), |call| {
        located(call, |leading| leading.is_empty().then(String::new))
    }),
    function("managementGroupResourceId", (3, ANY), |call| {
        located(call, |leading| match leading {
            [group] => Some(format!("/providers/Microsoft.Management/managementGroups/{group}")),
            _ => None,
        })
    }),
    function("extensionResourceId", (3, ANY), |call| {
        let texts = call.texts()?;
        let (kind, names) = (&texts[1], &texts[2..]);
        resource_id(&texts[0], kind, names).map(Value::from).ok_or_else(|| segments_fault(call, kind))
    }),
    function("pickZones", (3, 5), |_| Ok(json!([]))),
    function("toLogicalZone", (3, 3), |call| Ok(call.value(2)?.clone())),
    function("toPhysicalZone", (3, 3), |call| Ok(call.value(2)?.clone())),
];

/// The id of a resource below a scope; `None` where type and names do not fit together. A resource group has its own
/// form.
pub fn resource_id(scope: &str, kind: &str, names: &[String]) -> Option<String> {
    let mut segments = kind.split('/');
    let namespace = segments.next()?;
    let kinds: Vec<&str> = segments.collect();
    if kinds.is_empty() || kinds.len() != names.len() {
        return None;
    }
    let scope = scope.trim_end_matches('/');
    if kind.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        return Some(format!("{scope}/resourceGroups/{}", names[0]));
    }
    let pairs = kinds.iter().zip(names).map(|(kind, name)| format!("/{kind}/{name}"));
    Some(format!("{scope}/providers/{namespace}{}", pairs.collect::<String>()))
}

/// What stands before the type says where; what stands after it are the names.
fn located(call: &Call<'_>, scope: impl Fn(&[String]) -> Option<String>) -> Result<Value, Fault> {
    let texts = call.texts()?;
    let at = texts.iter().position(|text| text.contains('/'));
    let at = at.ok_or_else(|| call.fault("fully qualified resource type must contain namespace and type"))?;
    let (leading, rest) = texts.split_at(at);
    let (kind, names) = (&rest[0], &rest[1..]);
    let scope = scope(leading).ok_or_else(|| segments_fault(call, kind))?;
    let id = resource_id(&scope, kind, names).ok_or_else(|| segments_fault(call, kind))?;
    Ok(id.into())
}

/// USER.
fn segments_fault(call: &Call<'_>, kind: &str) -> Fault {
    let expected = kind.split('/').count().saturating_sub(1);
    call.fault(format!(
        "the type '{kind}' requires '{expected}' resource name argument(s), each after the resource type"
    ))
}

/// `reference`, `references`, `resourceInfo` and every `list…`; the name is in lower case.
pub(super) fn runtime(call: &Call<'_>, name: &str) -> Option<Result<Value, Interrupt>> {
    match name {
        "reference" => Some(reference(call)),
        "references" => Some(references(call)),
        "resourceinfo" => Some(resource_info(call)),
        _ if name.len() > 4 && name.starts_with("list") => Some(list(call)),
        _ => None,
    }
}

/// The resource that a name, a symbolic name or an id stands for, and the version to ask with.
fn target(call: &Call<'_>) -> Result<(String, Option<String>), Fault> {
    let text = call.text(0)?;
    let same = |known: &&Named| {
        known.symbol.as_deref() == Some(text)
            || known.id.eq_ignore_ascii_case(text)
            || known.name.eq_ignore_ascii_case(text)
    };
    let known = call.evaluator.frame.resources.iter().find(same);
    match known {
        Some(known) => Ok((known.id.clone(), Some(known.api_version.clone()))),
        None if text.starts_with('/') => Ok((text.to_owned(), None)),
        None => Err(Fault::Shape(format!(
            "The resource '{text}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage \
             details."
        ))),
    }
}

fn asked(call: &Call<'_>, need: Need) -> Result<Value, Interrupt> {
    let answer = call.evaluator.frame.place.answer(&need).cloned();
    answer.ok_or_else(|| Interrupt::Need(Box::new(need)))
}

fn read(call: &Call<'_>, id: String, api_version: String, full: bool) -> Result<Value, Interrupt> {
    let mut answer =
        asked(call, Need { id, api_version: api_version.clone(), action: None, body: Value::Null })?;
    if !full {
        // What has no properties is told as a whole (a resource group, for example, has some).
        return Ok(answer.get_mut("properties").map(Value::take).unwrap_or(answer));
    }
    if let Value::Object(members) = &mut answer {
        members.insert("apiVersion".to_owned(), api_version.into());
    }
    Ok(answer)
}

fn reference(call: &Call<'_>) -> Result<Value, Interrupt> {
    let (id, known) = target(call)?;
    let given = call.values.get(1).filter(|version| !version.is_null()).map(as_text);
    let version = given.or(known).ok_or_else(|| {
        Fault::Shape(format!(
            "The template function 'reference' of '{id}' needs an API version, as the template does not deploy it. \
             Please see https://aka.ms/arm-template-expressions/#reference for usage details."
        ))
    })?;
    let full = call.values.get(2).is_some_and(|it| as_text(it).eq_ignore_ascii_case("full"));
    read(call, id, version, full)
}

/// All of a loop, in order.
fn references(call: &Call<'_>) -> Result<Value, Interrupt> {
    let symbol = call.text(0)?;
    let full = call.values.get(1).is_some_and(|it| as_text(it).eq_ignore_ascii_case("full"));
    let all = call.evaluator.frame.resources.iter().filter(|it| it.symbol.as_deref() == Some(symbol));
    all.map(|it| read(call, it.id.clone(), it.api_version.clone(), full)).collect()
}

fn resource_info(call: &Call<'_>) -> Result<Value, Interrupt> {
    let (id, version) = target(call)?;
    let after = id.rsplit_once("/providers/").map_or(id.as_str(), |(_, after)| after);
    let mut segments = after.split('/');
    let namespace = segments.next().unwrap_or_default();
    let pairs: Vec<&str> = segments.collect();
    let kinds: Vec<&str> = pairs.iter().step_by(2).copied().collect();
    let names: Vec<&str> = pairs.iter().skip(1).step_by(2).copied().collect();
    Ok(json!({
        "id": id,
        "name": names.join("/"),
        "type": format!("{namespace}/{}", kinds.join("/")),
        "apiVersion": version,
    }))
}

/// `listKeys(id, version[, body])` and its kin: a POST with the function's name ("list*", DOC).
fn list(call: &Call<'_>) -> Result<Value, Interrupt> {
    let (id, known) = target(call)?;
    let given = call.values.get(1).filter(|version| !version.is_null()).map(as_text);
    let api_version = given.or(known).ok_or_else(|| call.fault("an API version is expected"))?;
    let body = call.values.get(2).cloned().unwrap_or_default();
    asked(call, Need { id, api_version, action: Some(call.name.to_owned()), body })
}
