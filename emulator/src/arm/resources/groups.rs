//! Resource groups over HTTP.

use std::sync::Arc;

use aci_model::resource::Page;
use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::header::{LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::subscriptions::Subscription;
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::authorization;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::arm::version::RequestVersion;
use crate::regions;
use crate::resource_groups::{ResourceGroup, ResourceGroupState};

/// The longest name of a resource group. Source: "Naming rules and restrictions for Azure resources".
const NAME_LENGTH: usize = 90;

/// The body of a PUT or PATCH.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResourceGroupBody {
    location: Option<String>,
    tags: Option<IndexMap<String, String>>,
}

/// The resource group in a path, which need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPath {
    /// The subscription.
    pub subscription: String,
    /// The name.
    pub name: String,
}

impl GroupPath {
    /// The resource group itself.
    ///
    /// # Errors
    /// `ResourceGroupNotFound`.
    pub fn existing(&self, app: &App) -> Result<Arc<ResourceGroup>, ArmError> {
        let group = app.resource_groups.get(&self.subscription, &self.name);
        group.ok_or_else(|| ArmError::resource_group_not_found(&self.name))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for GroupPath {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ArmError> {
        let Subscription(subscription) = Subscription::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ArmError::missing_subscription())?;
        let name = params.iter().find(|(name, _)| *name == "resource_group").map(|(_, name)| name.to_owned());
        Ok(Self { subscription, name: name.unwrap_or_default() })
    }
}

/// `PUT …/resourceGroups/{name}`: 201 for a new one, 200 for a known one; tags are replaced.
pub async fn put(
    State(app): State<App>,
    path: GroupPath,
    body: JsonBody<ResourceGroupBody>,
) -> Result<Response, ArmError> {
    let ResourceGroupBody { location, tags } = body.value;
    let location = location.filter(|text| !text.trim().is_empty());
    let location = location.ok_or(crate::validate::Violation::LocationRequired {})?;
    if !is_name(&path.name) {
        return Err(ArmError::resource_group_name(&path.name));
    }
    let (group, created) =
        app.resource_groups.change(&path.subscription, &path.name, |known| match known {
            Some(known) if regions::normalise(&known.location) != regions::normalise(&location) => {
                Err(ArmError::resource_group_moved(&path.name, &location, &known.location))
            }
            Some(known) => Ok(ResourceGroup { tags, ..known.clone() }),
            None => Ok(ResourceGroup {
                subscription: path.subscription.clone(),
                name: path.name.clone(),
                location,
                tags,
                state: ResourceGroupState::Succeeded,
            }),
        })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(describe(&group))).into_response())
}

/// `GET …/resourceGroups/{name}`
pub async fn get(State(app): State<App>, path: GroupPath) -> Result<Json<Value>, ArmError> {
    Ok(Json(describe(path.existing(&app)?.as_ref())))
}

/// `HEAD …/resourceGroups/{name}`: 204 or 404 without a body.
pub async fn check(State(app): State<App>, path: GroupPath) -> StatusCode {
    match path.existing(&app) {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

/// `GET …/resourceGroups`: those that the caller may see.
pub async fn list(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    caller: Caller,
) -> Json<Page<Value>> {
    let groups = app.resource_groups.list(&subscription);
    let may_see = |group: &&Arc<ResourceGroup>| {
        authorization::may_read(&app, &caller, authorization::READ_RESOURCE_GROUPS, &group.id())
    };
    Json(Page::whole(groups.iter().filter(may_see).map(|group| describe(group)).collect()))
}

/// `PATCH …/resourceGroups/{name}`: tags.
pub async fn patch(
    State(app): State<App>,
    path: GroupPath,
    body: JsonBody<ResourceGroupBody>,
) -> Result<Json<Value>, ArmError> {
    let tags = body.value.tags;
    let (group, _) = app.resource_groups.change(&path.subscription, &path.name, |known| {
        let known = known.ok_or_else(|| ArmError::resource_group_not_found(&path.name))?;
        Ok::<_, ArmError>(ResourceGroup { tags: tags.or_else(|| known.tags.clone()), ..known.clone() })
    })?;
    Ok(Json(describe(&group)))
}

/// `POST …/resourceGroups/{name}/moveResources` and `…/validateMoveResources`: refused.
pub async fn move_resources(State(app): State<App>, path: GroupPath) -> Result<StatusCode, ArmError> {
    path.existing(&app)?;
    Err(ArmError::move_not_supported())
}

/// `DELETE …/resourceGroups/{name}`: takes what is in it along, in the background; 202 and a place to look.
pub async fn delete(
    State(app): State<App>,
    path: GroupPath,
    origin: Origin,
    version: RequestVersion,
) -> Result<Response, ArmError> {
    let group = path.existing(&app)?;
    app.deletions.begin(&group)?;
    let token = deletion_token(&group);
    let url = format!(
        "{}/subscriptions/{}/operationresults/{token}?api-version={}",
        origin.0, group.subscription, version.0
    );
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(&url).ok().map(|url| (LOCATION, url)));
    // Without it, SDKs wait 30 seconds before they look.
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    Ok((StatusCode::ACCEPTED, headers).into_response())
}

/// What a deletion's URL carries; Azure's is of the same make (recorded: base64 of a job's id and location).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deletion {
    job_id: String,
    job_location: String,
}

const JOB_PREFIX: &str = "RESOURCEGROUPDELETIONJOB-";

fn deletion_token(group: &ResourceGroup) -> String {
    let job_location = regions::normalise(&group.location);
    let deletion = Deletion { job_id: format!("{JOB_PREFIX}{}", group.name), job_location };
    BASE64.encode(serde_json::to_vec(&deletion).unwrap_or_default())
}

/// The resource group that a deletion's token is about.
pub fn deletion_of(token: &str) -> Option<String> {
    let deletion: Deletion = serde_json::from_slice(&BASE64.decode(token).ok()?).ok()?;
    deletion.job_id.strip_prefix(JOB_PREFIX).map(str::to_owned)
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "-._()".contains(c);
    !name.is_empty()
        && name.chars().count() <= NAME_LENGTH
        && name.chars().all(allowed)
        && !name.ends_with('.')
}

fn describe(group: &ResourceGroup) -> Value {
    let ResourceGroup { subscription: _, name, location, tags, state } = group;
    let mut body = json!({
        "id": group.id(),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
    });
    if let Some(tags) = tags {
        body["tags"] = json!(tags);
    }
    body["properties"] = json!({ "provisioningState": state.as_str() });
    body
}
