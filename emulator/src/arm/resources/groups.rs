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
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::arm::version::RequestVersion;
use crate::groups::Scope;
use crate::regions;
use crate::resource_groups::ResourceGroup;

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
    let known = app.resource_groups.get(&path.subscription, &path.name);
    if let Some(known) = &known
        && regions::normalise(&known.location) != regions::normalise(&location)
    {
        return Err(ArmError::resource_group_moved(&path.name, &location, &known.location));
    }
    let group = match known {
        Some(known) => ResourceGroup { tags, ..known.as_ref().clone() },
        None => ResourceGroup { subscription: path.subscription, name: path.name, location, tags },
    };
    let created = app.resource_groups.put(group.clone())?;
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

/// `GET …/resourceGroups`
pub async fn list(State(app): State<App>, Subscription(subscription): Subscription) -> Json<Page<Value>> {
    Json(Page::whole(app.resource_groups.list(&subscription).iter().map(|group| describe(group)).collect()))
}

/// `PATCH …/resourceGroups/{name}`: tags.
pub async fn patch(
    State(app): State<App>,
    path: GroupPath,
    body: JsonBody<ResourceGroupBody>,
) -> Result<Json<Value>, ArmError> {
    let mut group = path.existing(&app)?.as_ref().clone();
    if body.value.tags.is_some() {
        group.tags = body.value.tags;
        app.resource_groups.put(group.clone())?;
    }
    Ok(Json(describe(&group)))
}

/// `DELETE …/resourceGroups/{name}`: takes what is in it along.
///
/// Azure answers 202 and works on; here the group and its container groups are gone from every view when the
/// answer leaves, and only their containers are still being removed.
pub async fn delete(
    State(app): State<App>,
    path: GroupPath,
    origin: Origin,
    version: RequestVersion,
) -> Result<Response, ArmError> {
    let group = path.existing(&app)?;
    let scope = Scope::ResourceGroup(group.subscription.clone(), group.name.clone());
    for contained in app.groups.list(&scope) {
        app.groups.delete(&contained.id).await?;
    }
    app.resource_groups.remove(&group.subscription, &group.name)?;
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
    let ResourceGroup { subscription: _, name, location, tags } = group;
    let mut body = json!({
        "id": group.id(),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
    });
    if let Some(tags) = tags {
        body["tags"] = json!(tags);
    }
    body["properties"] = json!({ "provisioningState": "Succeeded" });
    body
}
