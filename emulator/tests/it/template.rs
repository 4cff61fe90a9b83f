//! The template engine: expressions, parameters, plans, outputs; no emulator around it.

use aci_emulator::template::declaration::Template;
use aci_emulator::template::evaluate::{Evaluator, Locals};
use aci_emulator::template::fault::{Fault, Interrupt};
use aci_emulator::template::frame::Frame;
use aci_emulator::template::place::Place;
use aci_emulator::template::plan::{self, Plan};
use serde_json::{Value, json};
use uuid::Uuid;

mod arrays;
mod binding;
mod conversions;
mod lambdas;
mod nesting;
mod planning;
mod resources;
mod strings;
mod times;

const GROUP: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg";

fn place() -> Place {
    Place {
        subscription: json!({ "id": "/subscriptions/s", "subscriptionId": "11111111-2222-3333-4444-555555555555" }),
        resource_group: Some(json!({ "id": GROUP, "name": "rg", "location": "westus" })),
        tenant: json!({ "tenantId": "t" }),
        environment: json!({ "name": "AzureCloud" }),
        deployment: json!({ "name": "d" }),
        now: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        seed: Uuid::from_u128(7),
        answers: Vec::new(),
    }
}

/// A template of parts, with what every template has.
fn template(parts: Value) -> Template {
    let mut whole = json!({ "$schema": "s", "contentVersion": "1.0.0.0", "resources": [] });
    whole.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    Template::read(&whole).unwrap()
}

fn frame_of(parts: Value, given: Value) -> Result<Frame, Fault> {
    Frame::bind(&template(parts), given.as_object().unwrap(), place())
}

fn planned(parts: Value) -> Result<(Frame, Plan), Fault> {
    let template = template(parts);
    let mut frame = Frame::bind(&template, &serde_json::Map::new(), place())?;
    let plan = plan::plan(&mut frame, &template)?;
    Ok((frame, plan))
}

fn in_frame(frame: &Frame, text: &str) -> Result<Value, Interrupt> {
    Evaluator { frame, locals: &Locals::default() }.text(text)
}

fn evaluated(expression: &str) -> Result<Value, Interrupt> {
    in_frame(&frame_of(json!({}), json!({})).unwrap(), &format!("[{expression}]"))
}

/// Fails with every expression that has another value than expected.
#[track_caller]
fn expect(cases: &[(&str, Value)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(expression, expected)| {
            let value = evaluated(expression);
            (value.as_ref() != Ok(expected)).then(|| format!("{expression}: {value:?} instead of {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fails with every expression that has a value.
#[track_caller]
fn expect_faults(expressions: &[&str]) {
    let fine: Vec<_> =
        expressions.iter().filter(|it| !matches!(evaluated(it), Err(Interrupt::Fault(_)))).collect();
    assert!(fine.is_empty(), "{fine:?}");
}
