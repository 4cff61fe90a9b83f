//! `{scope}/providers/Microsoft.Resources/tags/default`: the tags of a subscription, a resource group or a resource,
//! whatever its type.

use aci_model::ResourceId;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extension::ExtensionCall;
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::arm::target::Target;
use crate::neighbours::subscription::Subscription;
use crate::neighbours::tracked::Tags;
use crate::resource_groups::ResourceGroup;

/// The body of a PUT or PATCH.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TagsBody {
    operation: Option<Change>,
    properties: TagsProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TagsProperties {
    tags: Tags,
}

/// What a PATCH does with its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Change {
    Merge,
    Replace,
    Delete,
}

/// What has the tags.
enum Tagged {
    Subscription(String),
    Group(ResourceGroup),
    Resource(ResourceId),
}

fn body(scope: &str, tags: &Tags) -> Value {
    json!({
        "id": format!("{scope}/providers/Microsoft.Resources/tags/default"),
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": { "tags": tags },
    })
}

/// What a scope is, and the tags that it has.
fn find(app: &App, call: &ExtensionCall) -> Result<(Tagged, Tags), ArmError> {
    let target = Target::of(&call.scope);
    match (target.subscription, target.resource_group, &target.provider) {
        (Some(subscription), None, None) => {
            let known = app.neighbours.subscriptions.get(&Subscription::key_of(subscription));
            Ok((
                Tagged::Subscription(subscription.to_owned()),
                known.map(|it| it.tags.clone()).unwrap_or_default(),
            ))
        }
        (Some(subscription), Some(name), None) => {
            let group = app.resource_groups.get(subscription, name);
            let group = group.ok_or_else(|| ArmError::resource_group_not_found(name))?;
            Ok((Tagged::Group(group.as_ref().clone()), group.tags.clone().unwrap_or_default()))
        }
        _ => {
            let id: ResourceId = call.scope.parse().map_err(|_| ArmError::missing_subscription())?;
            let listed = app.neighbours.find(&id).map(|it| it.tags);
            let tags = listed.or_else(|| Some(app.groups.get(&id)?.spec.tags.clone()));
            let tags = tags.ok_or_else(|| ArmError::resource_not_found(&id))?;
            Ok((Tagged::Resource(id), tags.unwrap_or_default()))
        }
    }
}

async fn set(app: &App, tagged: Tagged, tags: &Tags, caller: &Caller) -> Result<(), ArmError> {
    match tagged {
        Tagged::Subscription(id) => {
            app.neighbours.subscriptions.change(&Subscription::key_of(&id), |known| {
                let known = known.cloned().unwrap_or_else(|| Subscription::new(&id));
                Ok::<_, ArmError>(Subscription { tags: tags.clone(), ..known })
            })?;
        }
        Tagged::Group(group) => {
            app.resource_groups.change(&group.subscription, &group.name, |known| {
                Ok::<_, ArmError>(ResourceGroup {
                    tags: Some(tags.clone()),
                    ..known.unwrap_or(&group).clone()
                })
            })?;
        }
        Tagged::Resource(id) => {
            let by = caller.stamp(app.clock.now());
            if !app.neighbours.set_tags(&id, tags, app.ids.next(), &by)? {
                app.groups.set_tags(&id, tags.clone(), Some(by)).await?;
            }
        }
    }
    Ok(())
}

/// `GET`
pub async fn get(State(app): State<App>, call: ExtensionCall) -> Result<Json<Value>, ArmError> {
    let (_, tags) = find(&app, &call)?;
    Ok(Json(body(&call.scope, &tags)))
}

/// `PUT`: all of them.
pub async fn put(
    State(app): State<App>,
    call: ExtensionCall,
    caller: Caller,
    request: JsonBody<TagsBody>,
) -> Result<Json<Value>, ArmError> {
    let (tagged, _) = find(&app, &call)?;
    let tags = request.value.properties.tags;
    set(&app, tagged, &tags, &caller).await?;
    Ok(Json(body(&call.scope, &tags)))
}

/// `PATCH`: adds, replaces or takes out.
pub async fn patch(
    State(app): State<App>,
    call: ExtensionCall,
    caller: Caller,
    request: JsonBody<TagsBody>,
) -> Result<Json<Value>, ArmError> {
    let (tagged, mut tags) = find(&app, &call)?;
    let TagsBody { operation, properties } = request.value;
    match operation.unwrap_or(Change::Merge) {
        Change::Merge => tags.extend(properties.tags),
        Change::Replace => tags = properties.tags,
        Change::Delete => tags.retain(|name, value| properties.tags.get(name) != Some(value)),
    }
    set(&app, tagged, &tags, &caller).await?;
    Ok(Json(body(&call.scope, &tags)))
}

/// `DELETE`: all of them.
pub async fn delete(
    State(app): State<App>,
    call: ExtensionCall,
    caller: Caller,
) -> Result<StatusCode, ArmError> {
    let (tagged, _) = find(&app, &call)?;
    set(&app, tagged, &Tags::new(), &caller).await?;
    Ok(StatusCode::OK)
}
