//! What the operations on all tracked resources beside container groups have in common: whom a call is about, reads,
//! lists, deletions, and the checks of a PUT.

use std::sync::Arc;

use aci_model::ResourceId;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams, State};
use http::Method;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::arm::resources::groups::GroupPath;
use crate::arm::resources::providers;
use crate::arm::resources::subscriptions::Subscription;
use crate::arm::target::Target;
use crate::arm::version::RequestVersion;
use crate::collection::Collection;
use crate::neighbours::tracked::{Kind, Tags, Tracked};
use crate::regions;
use crate::resource_groups::ResourceGroup;
use crate::validate::Violation;

/// A type of tracked resources as the API shows it.
pub trait Shown: Kind {
    /// Where its resources are.
    fn collection(app: &App) -> &Collection<Tracked<Self>>;

    /// A resource as a response body.
    fn body(resource: &Tracked<Self>, app: &App) -> Value;
}

/// A call about one resource, or about a part of it, in a resource group that exists.
#[derive(Clone, Debug)]
pub struct ResourceCall {
    /// The resource, in the caller's casing of the names.
    pub id: ResourceId,
    /// The resource group.
    pub group: Arc<ResourceGroup>,
    /// The version.
    pub version: String,
}

impl ResourceCall {
    /// The id of the resource that this one is a part of.
    pub fn parent(&self) -> ResourceId {
        let mut id = self.id.clone();
        if id.path.len() > 1 {
            id.path.pop();
        }
        id
    }

    /// The id of what a PUT leaves: a known resource keeps its own casing.
    pub fn id_of<P>(&self, known: Option<&Tracked<P>>) -> ResourceId {
        known.map_or_else(|| self.id.clone(), |known| known.id.clone())
    }

    /// The outermost resource.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn existing<P: Shown>(&self, app: &App) -> Result<Arc<Tracked<P>>, ArmError> {
        let mut id = self.id.clone();
        id.path.truncate(1);
        P::collection(app).get(&id.key()).ok_or_else(|| ArmError::resource_not_found(&id))
    }
}

impl FromRequestParts<App> for ResourceCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        let path = GroupPath::from_request_parts(parts, app).await?;
        let group = path.existing(app)?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| ArmError::missing_subscription())?;
        let names: Vec<String> = params.iter().skip(2).map(|(_, name)| name.to_owned()).collect();
        let RequestVersion(version) = RequestVersion::of(parts)?;
        let target = Target::of(parts.uri.path());
        let provider = target.provider.ok_or_else(ArmError::missing_subscription)?;
        // An action is no type: it has the versions of what it is done to.
        let kind = if parts.method == Method::POST { provider.resource_kind() } else { provider.kind() };
        providers::check_version(provider.namespace, &kind, &version, Some(&group.location))?;
        let kinds = provider.pairs.iter().map(|(kind, _)| (*kind).to_owned());
        let id = ResourceId {
            subscription: path.subscription,
            resource_group: group.name.clone(),
            namespace: provider.namespace.to_owned(),
            path: kinds.zip(names).collect(),
        };
        Ok(Self { id, group, version })
    }
}

/// A call about all resources of a type, in a subscription or in a resource group that exists.
#[derive(Clone, Debug)]
pub struct ListCall {
    /// The id of the subscription or resource group.
    pub scope: String,
}

impl FromRequestParts<App> for ListCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        let Subscription(subscription) = Subscription::from_request_parts(parts, app).await?;
        let uri = parts.uri.clone();
        let target = Target::of(uri.path());
        let scope = match target.resource_group {
            Some(_) => GroupPath::from_request_parts(parts, app).await?.existing(app)?.id(),
            None => format!("/subscriptions/{subscription}"),
        };
        let RequestVersion(version) = RequestVersion::of(parts)?;
        let provider = target.provider.ok_or_else(ArmError::missing_subscription)?;
        providers::check_version(provider.namespace, &provider.kind(), &version, None)?;
        Ok(Self { scope })
    }
}

/// The body of a PUT or PATCH of a tracked resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(bound(deserialize = "P: Default + Deserialize<'de>"))]
pub struct Body<P> {
    /// Its region.
    #[serde(default)]
    pub location: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Option<Tags>,
    /// What its type adds.
    #[serde(default)]
    pub properties: P,
    /// What stands beside the properties in some types.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The region of a PUT: given, served, and where the resource is already.
///
/// # Errors
/// `LocationRequired`, `LocationNotAvailableForResourceType`, `InvalidResourceLocation`.
pub fn checked_location<P: Kind>(
    given: Option<String>,
    id: &ResourceId,
    known: Option<&Tracked<P>>,
) -> Result<String, ArmError> {
    let location = given.filter(|text| !text.trim().is_empty()).ok_or(Violation::LocationRequired {})?;
    if !regions::is_known(&location) {
        return Err(ArmError::location_not_available(&location, P::TYPE));
    }
    match known {
        Some(known) if regions::normalise(&known.location) != regions::normalise(&location) => {
            Err(ArmError::resource_moved(id, &known.location, &location))
        }
        _ => Ok(location),
    }
}

/// `GET` of a resource.
///
/// # Errors
/// `ResourceNotFound`.
pub async fn get<P: Shown>(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let resource = call.existing::<P>(&app)?;
    Ok(Json(P::body(&resource, &app)))
}

/// `GET` of all resources of a type.
///
/// # Errors
/// None of its own.
pub async fn list<P: Shown>(State(app): State<App>, call: ListCall) -> Result<Json<Page<Value>>, ArmError> {
    let resources = P::collection(&app).below(&call.scope);
    Ok(Json(Page::whole(resources.iter().map(|resource| P::body(resource, &app)).collect())))
}

/// `PATCH` of the tags, which are replaced.
///
/// # Errors
/// `ResourceNotFound`.
pub async fn patch_tags<P: Shown>(
    State(app): State<App>,
    call: ResourceCall,
    caller: Caller,
    body: JsonBody<Body<Value>>,
) -> Result<Json<Value>, ArmError> {
    let resource = with_tags::<P>(&app, &call, &caller, body.value.tags)?;
    Ok(Json(P::body(&resource, &app)))
}

/// A resource with other tags, where some are given.
///
/// # Errors
/// `ResourceNotFound`.
pub fn with_tags<P: Shown>(
    app: &App,
    call: &ResourceCall,
    caller: &Caller,
    tags: Option<Tags>,
) -> Result<Arc<Tracked<P>>, ArmError> {
    let changed = P::collection(app).change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let tags = tags.or_else(|| known.tags.clone());
        let authorship = known.written(caller.stamp(app.clock.now()));
        Ok::<_, ArmError>(Tracked { tags, etag: app.ids.next(), authorship, ..known.clone() })
    });
    changed.map(|(resource, _)| resource)
}

/// Removes the members that the service writes and a client may send back.
pub fn without_read_only(members: &mut Map<String, Value>, names: &[&str]) {
    members.retain(|name, _| !names.contains(&name.as_str()));
}
