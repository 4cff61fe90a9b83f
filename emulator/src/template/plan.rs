//! From declarations to resources: loops are unrolled, children found, conditions asked, ids made.

use serde_json::{Map, Value};

use super::declaration::{self, Template};
use super::evaluate::{Evaluator, Locals, Loop, as_text};
use super::fault::{Fault, Interrupt};
use super::frame::{Frame, Named};
use super::functions::resource_id;
use super::{member, nested};

/// The type of deployments inside deployments.
pub const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// What is about the deployment rather than the resource, and so no part of its body.
const NOT_BODY: &[&str] = &[
    "type",
    "name",
    "apiVersion",
    "dependsOn",
    "condition",
    "copy",
    "comments",
    "resources",
    "scope",
    "existing",
    "resourceGroup",
    "subscriptionId",
    "options",
    "retryOn",
    "waitUntil",
];

/// A resource that is to be deployed, or that is only referred to.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its resource id.
    pub id: String,
    /// Its type, namespace included.
    pub kind: String,
    /// Its name, parents' names included.
    pub name: String,
    /// The version it is written for.
    pub api_version: String,
    /// Whether it exists already and is only read.
    pub existing: bool,
    /// The names in its `dependsOn`.
    pub depends_on: Vec<String>,
    /// Its symbolic name.
    pub symbol: Option<String>,
    /// The loop that it is of, which turn of it, and how many of them may be deployed at a time where not all may.
    pub turn: Option<(String, usize, Option<usize>)>,
    /// What is known where it is declared.
    pub locals: Locals,
    /// Its declaration.
    pub declaration: Map<String, Value>,
}

impl Planned {
    /// What is sent to make it.
    ///
    /// # Errors
    /// A fault, or a need that is not yet answered.
    pub fn body(&self, frame: &Frame) -> Result<Value, Interrupt> {
        let evaluator = Evaluator { frame, locals: &self.locals };
        let is_deployment = self.kind.eq_ignore_ascii_case(DEPLOYMENTS);
        let mut body = Map::new();
        for (name, value) in &self.declaration {
            if NOT_BODY.iter().any(|it| it.eq_ignore_ascii_case(name)) {
                continue;
            }
            let value = match value.as_object() {
                Some(properties) if is_deployment && name.eq_ignore_ascii_case("properties") => {
                    nested::properties(&evaluator, properties)?
                }
                _ => evaluator.expand(value)?,
            };
            body.insert(name.clone(), value);
        }
        Ok(body.into())
    }
}

/// The resources of a template, and the names of those whose condition does not hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Those that are deployed or read.
    pub resources: Vec<Planned>,
    /// Those that are neither; others may depend on them all the same.
    pub omitted: Vec<Planned>,
}

/// Plans a template; the frame gets to know the resources' names.
///
/// # Errors
/// A fault with what it is about.
pub fn plan(frame: &mut Frame, template: &Template) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    for (symbol, declaration) in &template.resources {
        Declared { frame, symbol: symbol.as_deref(), declaration, parent: None, outer: &Locals::default() }
            .add(&mut plan)?;
    }
    for (index, resource) in plan.resources.iter().enumerate() {
        let twice = |other: &Planned| {
            other.id.eq_ignore_ascii_case(&resource.id) && !other.existing && !resource.existing
        };
        if plan.resources[..index].iter().any(twice) {
            // USER.
            return Err(Fault::Shape(format!(
                "The resource '{}' is defined multiple times in a template. Please see \
                 https://aka.ms/arm-syntax-resources for usage details.",
                short(&resource.id)
            )));
        }
    }
    frame.resources = plan.resources.iter().map(named).collect();
    Ok(plan)
}

fn named(resource: &Planned) -> Named {
    let Planned { id, name, api_version, symbol, turn, .. } = resource.clone();
    Named { symbol, name, id, api_version, in_loop: turn.is_some() }
}

/// An id as refusals name it: type and name without the scope.
pub fn short(id: &str) -> &str {
    id.rsplit_once("/providers/").map_or(id, |(_, short)| short)
}

#[derive(Clone, Copy)]
struct Declared<'a> {
    frame: &'a Frame,
    symbol: Option<&'a str>,
    declaration: &'a Map<String, Value>,
    /// Type and name of the resource that it is declared in.
    parent: Option<(&'a str, &'a str)>,
    outer: &'a Locals,
}

impl Declared<'_> {
    fn add(self, plan: &mut Plan) -> Result<(), Fault> {
        let settled = |interrupt: Interrupt| interrupt.settled("reference");
        let Some(Value::Object(copy)) = member(self.declaration, "copy") else {
            return self.add_one(plan, self.outer.clone(), None);
        };
        let evaluator = Evaluator { frame: self.frame, locals: self.outer };
        let name = member(copy, "name").map(|name| evaluator.expand(name)).transpose().map_err(settled)?;
        let name = as_text(&name.unwrap_or_default());
        let count = evaluator.count(&name, member(copy, "count")).map_err(settled)?;
        let serial =
            member(copy, "mode").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case("serial"));
        let batch =
            member(copy, "batchSize").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
        let batch = serial.then(|| batch.unwrap_or(1).max(1));
        for index in 0..count {
            let mut locals = self.outer.clone();
            locals.loops.push(Loop { name: name.clone(), index, of_property: false });
            let turn = usize::try_from(index).unwrap_or_default();
            self.add_one(plan, locals, Some((name.clone(), turn, batch)))?;
        }
        Ok(())
    }

    fn add_one(
        self,
        plan: &mut Plan,
        locals: Locals,
        turn: Option<(String, usize, Option<usize>)>,
    ) -> Result<(), Fault> {
        let evaluator = Evaluator { frame: self.frame, locals: &locals };
        let part = |name: &str| -> Result<Option<Value>, Fault> {
            let found = member(self.declaration, name).map(|value| evaluator.expand(value)).transpose();
            found.map_err(|interrupt| interrupt.settled("reference"))
        };
        let text = |name: &str| Ok::<_, Fault>(part(name)?.as_ref().map(as_text));
        let required = |name: &str| {
            text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| {
                Fault::Shape(format!(
                    "The template resource is not valid: required property '{name}' is missing."
                ))
            })
        };
        let (kind, name) = self.in_parent(required("type")?, required("name")?);
        let names: Vec<String> = name.split('/').map(str::to_owned).collect();
        let scope = self.scope(&kind, text("scope")?, text("subscriptionId")?, text("resourceGroup")?);
        let id = resource_id(&scope, &kind, &names).ok_or_else(|| wrong_segments(&name, &kind))?;
        let depends_on = part("dependsOn")?.unwrap_or_default();
        let depends_on = depends_on.as_array().into_iter().flatten().map(as_text).collect();
        let resource = Planned {
            id,
            api_version: required("apiVersion")?,
            existing: part("existing")? == Some(Value::Bool(true)),
            depends_on,
            symbol: self.symbol.map(str::to_owned),
            turn,
            declaration: self.declaration.clone(),
            locals: locals.clone(),
            kind: kind.clone(),
            name: name.clone(),
        };
        match part("condition")? {
            None | Some(Value::Bool(true)) => plan.resources.push(resource),
            Some(Value::Bool(false)) => plan.omitted.push(resource),
            Some(other) => {
                return Err(Fault::Shape(format!(
                    "The condition of template resource '{name}' is not a boolean but '{}'.",
                    as_text(&other)
                )));
            }
        }
        for (symbol, child) in declaration::resources(member(self.declaration, "resources"))? {
            let parent = Some((kind.as_str(), name.as_str()));
            let symbol = symbol.as_deref();
            Declared { frame: self.frame, symbol, declaration: &child, parent, outer: &locals }.add(plan)?;
        }
        Ok(())
    }

    /// A child's type and name begin with its parent's, unless it says them whole.
    fn in_parent(self, kind: String, name: String) -> (String, String) {
        match self.parent {
            Some((parent, parent_name)) if !kind.contains('.') => {
                (format!("{parent}/{kind}"), format!("{parent_name}/{name}"))
            }
            _ => (kind, name),
        }
    }

    fn scope(
        self,
        kind: &str,
        scope: Option<String>,
        subscription: Option<String>,
        group: Option<String>,
    ) -> String {
        let place = &self.frame.place;
        match scope {
            Some(scope) if scope.starts_with('/') => scope,
            Some(scope) => extended(&place.scope(), &scope),
            None if kind.eq_ignore_ascii_case(DEPLOYMENTS) => {
                place.scope_of(subscription.as_deref(), group.as_deref())
            }
            None => place.scope(),
        }
    }
}

/// The id of a resource that is extended: `Microsoft.Network/virtualNetworks/name` below the deployment's scope.
fn extended(scope: &str, resource: &str) -> String {
    format!("{scope}/providers/{resource}")
}

/// USER.
fn wrong_segments(name: &str, kind: &str) -> Fault {
    Fault::Shape(format!(
        "The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must \
         have identical number of segments as its resource name. A root resource type must have segment length one \
         greater than its resource name. Please see https://aka.ms/arm-syntax-resources for usage details."
    ))
}
