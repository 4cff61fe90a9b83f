//! What has to be there before what: by `dependsOn`, by `reference` to a resource of the same template, and by the
//! batches of a serial loop.

use serde_json::Value;

use super::evaluate::Evaluator;
use super::expression::{self, Expression};
use super::fault::Fault;
use super::frame::Frame;
use super::plan::{Plan, Planned, short};

/// For every planned resource those that it waits for, by their place in the plan.
///
/// # Errors
/// A fault for an unknown name or a circle.
pub fn find(frame: &Frame, plan: &Plan) -> Result<Vec<Vec<usize>>, Fault> {
    let mut all = Vec::with_capacity(plan.resources.len());
    for (index, resource) in plan.resources.iter().enumerate() {
        let mut before = declared(plan, resource)?;
        before.extend(referred_to(frame, plan, resource));
        before.extend(batch_before(plan, resource));
        before.sort_unstable();
        before.dedup();
        before.retain(|other| *other != index);
        all.push(before);
    }
    match circle(&all) {
        // USER.
        Some(index) => Err(Fault::Shape(format!(
            "Circular dependency detected on resource: '{}'. Please see https://aka.ms/arm-syntax-resources for usage \
             details.",
            plan.resources[index].id
        ))),
        None => Ok(all),
    }
}

fn declared(plan: &Plan, resource: &Planned) -> Result<Vec<usize>, Fault> {
    let mut before = Vec::new();
    for name in &resource.depends_on {
        let of_name = plan.resources.iter().enumerate().filter(|(_, other)| is_named(other, name));
        let found: Vec<usize> = of_name.map(|(index, _)| index).collect();
        if found.is_empty()
            && !plan.omitted.iter().any(|other| is_named(other, name))
            && !is_empty_loop(resource, name)
        {
            // USER.
            return Err(Fault::Shape(format!(
                "The resource '{}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage \
                 details.",
                if name.starts_with('/') { short(name) } else { name }
            )));
        }
        before.extend(found);
    }
    Ok(before)
}

/// A symbolic name that nothing has is one of a loop that does not turn; Azure knows symbols before it counts.
fn is_empty_loop(resource: &Planned, name: &str) -> bool {
    resource.symbol.is_some() && !name.contains('/')
}

/// By symbolic name, loop, id, type and name, or name alone.
fn is_named(resource: &Planned, name: &str) -> bool {
    let same = |text: &str| text.eq_ignore_ascii_case(name);
    let kinds = resource.kind.split_once('/');
    let interleaved = short(&resource.id);
    // `[concat('Microsoft.Network/virtualNetworks/', 'v')]` and, of a child, type and name one after the other.
    let in_turn = || kinds.is_some() && same(&format!("{}/{}", resource.kind, resource.name));
    let loop_name = resource.turn.as_ref().is_some_and(|(name, ..)| same(name));
    let symbol = resource.symbol.as_deref().is_some_and(|symbol| {
        same(symbol) || resource.turn.as_ref().is_some_and(|(_, turn, _)| same(&format!("{symbol}[{turn}]")))
    });
    same(&resource.id) || same(&resource.name) || same(interleaved) || in_turn() || loop_name || symbol
}

fn batch_before(plan: &Plan, resource: &Planned) -> Vec<usize> {
    let Some((name, turn, Some(size))) = &resource.turn else { return Vec::new() };
    let earlier = |other: &Planned| match &other.turn {
        Some((of, earlier, _)) => {
            of == name && other.symbol == resource.symbol && earlier / size + 1 == turn / size
        }
        None => false,
    };
    plan.resources.iter().enumerate().filter(|(_, other)| earlier(other)).map(|(index, _)| index).collect()
}

/// The resources of the template whose state the resource's expressions ask for.
fn referred_to(frame: &Frame, plan: &Plan, resource: &Planned) -> Vec<usize> {
    let mut asked = Vec::new();
    let evaluator = Evaluator { frame, locals: &resource.locals };
    for (name, value) in &resource.declaration {
        if name != "resources" && name != "dependsOn" {
            walk(value, &mut |text| {
                if let Ok(Some(expression)) = expression::of_text(text) {
                    collect(&evaluator, &expression, &mut asked);
                }
            });
        }
    }
    let is_asked = |other: &Planned| {
        asked.iter().any(|name| {
            other.symbol.as_deref() == Some(name)
                || other.id.eq_ignore_ascii_case(name)
                || other.name.eq_ignore_ascii_case(name)
        })
    };
    plan.resources.iter().enumerate().filter(|(_, other)| is_asked(other)).map(|(index, _)| index).collect()
}

fn walk(value: &Value, seen: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => seen(text),
        Value::Array(elements) => elements.iter().for_each(|element| walk(element, seen)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            seen(name);
            // The expressions of a template inside are its own affair; it waits for what it needs itself.
            if name != "template" {
                walk(value, seen);
            }
        }),
        _ => {}
    }
}

fn collect(evaluator: &Evaluator<'_>, expression: &Expression, asked: &mut Vec<String>) {
    match expression {
        Expression::Literal(_) => {}
        Expression::Select(of, selector) => {
            collect(evaluator, of, asked);
            collect(evaluator, selector, asked);
        }
        Expression::Call(name, arguments) => {
            let name = name.to_ascii_lowercase();
            let asks = name == "reference" || name == "references" || name.starts_with("list");
            if let (true, Some(first)) = (asks, arguments.first())
                && let Ok(Value::String(target)) = evaluator.value(first)
            {
                asked.push(target);
            }
            arguments.iter().for_each(|argument| collect(evaluator, argument, asked));
        }
    }
}

/// A resource of a circle: what is left when all that waits for nothing left is taken out, again and again.
fn circle(all: &[Vec<usize>]) -> Option<usize> {
    let mut left: Vec<usize> = (0..all.len()).collect();
    loop {
        let free = |index: &usize| !all[*index].iter().any(|other| left.contains(other));
        let (out, kept): (Vec<usize>, Vec<usize>) = left.iter().partition(|index| free(index));
        if out.is_empty() {
            return kept.first().copied();
        }
        left = kept;
    }
}
