//! Every recipe shows what the catalogue says, and its way out is one.

use aci_constraints::recipe::{ShownBy, Step};
use aci_constraints::says::{Refusal, Seen, fits};
use aci_constraints::{Area, Constraint, Says, catalogue};
use futures::FutureExt as _;
use serde_json::Value;

use crate::emulator::{Answer, TestEmulator};

/// Runs an area's recipes, and tells of all that fail.
async fn show(area: Area) {
    let mut failures = Vec::new();
    for constraint in catalogue().filter(|it| it.area == area && it.recipe.call.is_some()) {
        let shown = std::panic::AssertUnwindSafe(run(constraint)).catch_unwind().await;
        match shown {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => failures.push(format!("{}: {failure}", constraint.id)),
            Err(_) => failures.push(format!("{}: it panicked, see above", constraint.id)),
        }
    }
    assert!(failures.is_empty(), "{} recipes fail:\n{}", failures.len(), failures.join("\n"));
}

async fn run(constraint: &Constraint) -> Result<(), String> {
    let recipe = &constraint.recipe;
    let emulator = TestEmulator::with(recipe.flags).await;
    all_accepted(&emulator, recipe.before, "what there must be").await?;
    let call = recipe.call.ok_or("there is no call")?;
    let answer = emulator.send(&call).await;
    match recipe.shown_by {
        ShownBy::Refusal => compare(constraint, &refusal_of(&answer)?)?,
        ShownBy::Operation => operation(constraint, &emulator, &answer).await?,
        ShownBy::Group(path) => {
            accepted(&answer).map_err(|text| format!("the call was refused: {text}"))?;
            group(constraint, &emulator, path).await?;
        }
        ShownBy::Pod => return Err("a call shows no pod".to_owned()),
    }
    all_accepted(&emulator, recipe.after, "the way back").await?;
    all_accepted(&emulator, recipe.remedy, "the way out").await
}

pub(crate) async fn all_accepted(emulator: &TestEmulator, steps: &[Step], what: &str) -> Result<(), String> {
    for step in steps {
        if let Some(until) = step.until {
            let reached = emulator.until(step, |body| is_seen(&until, body)).await;
            reached.map_err(|last| format!("{what}: never {until:?}: {last:#}"))?;
            continue;
        }
        let answer = emulator.send(step).await;
        accepted(&answer).map_err(|text| format!("{what}: {}: {text}", step.uri()))?;
    }
    Ok(())
}

fn accepted(answer: &Answer) -> Result<(), String> {
    match answer.status {
        200..=299 => Ok(()),
        status => Err(format!("{status} {}", answer.text)),
    }
}

fn refusal_of(answer: &Answer) -> Result<Refusal, String> {
    let body = answer.json();
    let text = |name: &str| body["error"][name].as_str().map(str::to_owned);
    match (text("code"), text("message")) {
        (Some(code), Some(text)) => Ok(Refusal { status: answer.status, code, text }),
        _ => Err(format!("no refusal: {} {}", answer.status, answer.text)),
    }
}

fn compare(constraint: &Constraint, got: &Refusal) -> Result<(), String> {
    let expected = constraint.says.refusal().ok_or("the catalogue has no words")?;
    let same =
        (expected.status, &expected.code) == (got.status, &got.code) && fits(&expected.text, &got.text);
    if same { Ok(()) } else { Err(format!("\n  expected {expected:?}\n  got      {got:?}")) }
}

async fn operation(constraint: &Constraint, emulator: &TestEmulator, answer: &Answer) -> Result<(), String> {
    let url = answer.headers.get("azure-asyncoperation").ok_or("no operation began")?.to_str().unwrap();
    let path = url.split_once("4580").map_or(url, |(_, path)| path).to_owned();
    // A step's path is one of the tables'; this one is told by the answer.
    let step = Step::get(Box::leak(path.into_boxed_str())).no_version();
    let ended = |it: &Value| it["status"] == "Failed";
    let body = emulator.until(&step, ended).await.map_err(|last| format!("it never fails: {last:#}"))?;
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    let expected = constraint.says.refusal().ok_or("the catalogue has no words")?;
    compare(constraint, &Refusal { status: expected.status, code: text("code"), text: text("message") })
}

async fn group(constraint: &Constraint, emulator: &TestEmulator, path: &'static str) -> Result<(), String> {
    let Says::Seen { seen, .. } = constraint.says else {
        return Err("the catalogue does not say what is to be seen".to_owned());
    };
    let is_shown = |body: &Value| seen.iter().all(|it| is_seen(it, body));
    let shown = emulator.until(&Step::get(path), is_shown).await;
    shown.map(drop).map_err(|last| {
        let missing: Vec<_> = seen.iter().filter(|it| !is_seen(it, &last)).collect();
        format!("not shown: {missing:?}\n{last:#}")
    })
}

fn is_seen(seen: &Seen, body: &Value) -> bool {
    let steps: Vec<_> = seen.at.split('/').skip(1).collect();
    values(body, &steps).into_iter().any(|value| match value {
        Value::String(text) => fits(seen.is, text),
        other => fits(seen.is, &other.to_string()),
    })
}

pub(crate) fn values<'a>(value: &'a Value, steps: &[&str]) -> Vec<&'a Value> {
    match steps {
        [] => vec![value],
        ["*", rest @ ..] => {
            value.as_array().into_iter().flatten().flat_map(|element| values(element, rest)).collect()
        }
        [step, rest @ ..] => value.pointer(&format!("/{step}")).map_or(Vec::new(), |it| values(it, rest)),
    }
}

macro_rules! areas {
    ($($name:ident => $area:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            show(Area::$area).await;
        })+

        #[test]
        fn every_area_is_run() {
            // What only a pod meets has no calls.
            let run = [$(Area::$area,)+ Area::Pods];
            assert!(Area::ALL.iter().all(|area| run.contains(area)));
        }
    };
}

areas! {
    names_and_shapes => Names,
    resources => Resources,
    ports_and_addresses => Addresses,
    volumes => Volumes,
    images_and_registries => Images,
    identity => Identity,
    skus => Skus,
    networks => Network,
    quotas_rates_and_capacity => Quotas,
    lifecycle => Lifecycle,
    standby_pools => StandbyPools,
    the_front_door => FrontDoor,
    faults_of_the_platform => Platform,
}
