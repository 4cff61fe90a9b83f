//! `GET …/resources` of a subscription and of a resource group: every resource in ARM's common shape, without
//! its properties.

use aci_model::group::identity::Identity;
use aci_model::ngroup::NGROUP_TYPE;
use aci_model::resource::Page;
use aci_model::{CONTAINER_GROUP_TYPE, ResourceId};
use axum::Json;
use axum::extract::State;
use http::Uri;
use indexmap::IndexMap;
use serde::Serialize;

use super::filter::Filter;
use super::groups::GroupPath;
use super::subscriptions::Subscription;
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::{authorization, query};
use crate::group::Group;
use crate::groups::Scope;
use crate::neighbours::tracked::Listing;
use crate::ngroups::pool;
use crate::ngroups::record::NGroup;
use crate::{regions, view};

/// A resource as the list shows it. Source: `GenericResourceExpanded` of Microsoft.Resources.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenericResource {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type, namespace included.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its region, by its programmatic name.
    pub location: String,
    /// Its identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Its availability zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<IndexMap<String, String>>,
}

/// Handles the list of a subscription.
pub async fn by_subscription(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<GenericResource>>, ArmError> {
    page(&app, &Scope::Subscription(subscription), &caller, &uri)
}

/// Handles the list of a resource group.
pub async fn by_resource_group(
    State(app): State<App>,
    path: GroupPath,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<GenericResource>>, ArmError> {
    path.existing(&app)?;
    page(&app, &Scope::ResourceGroup(path.subscription, path.name), &caller, &uri)
}

fn page(
    app: &App,
    scope: &Scope,
    caller: &Caller,
    uri: &Uri,
) -> Result<Json<Page<GenericResource>>, ArmError> {
    let text = query::value(uri.query(), "$filter").unwrap_or_default();
    let filter = Filter::parse(&text).ok_or_else(|| ArmError::invalid_filter(&text))?;
    let top = top(uri)?;
    let id = match scope {
        Scope::Subscription(subscription) => format!("/subscriptions/{subscription}"),
        Scope::ResourceGroup(subscription, name) => {
            format!("/subscriptions/{subscription}/resourceGroups/{name}")
        }
    };
    let groups = app.groups.list(scope);
    let mut all: Vec<(ResourceId, GenericResource)> = groups
        .iter()
        .filter(|group| !group.is_on_standby())
        .map(|group| (group.id.clone(), describe(group)))
        .collect();
    for (kind, kept) in [(NGROUP_TYPE, app.ngroups.below(&id)), (pool::TYPE, app.ngroups.pools_below(&id))] {
        all.extend(kept.iter().map(|ngroup| (ngroup.id.clone(), describe_ngroup(ngroup, kind))));
    }
    all.extend(
        app.neighbours.below(&id).into_iter().map(|listing| (listing.id.clone(), describe_listing(listing))),
    );
    let wanted = all.into_iter().filter(|(id, resource)| {
        filter.matches(resource, &id.resource_group)
            && authorization::may_read(app, caller, authorization::READ_RESOURCES, &resource.id)
    });
    Ok(Json(Page::whole(wanted.map(|(_, resource)| resource).take(top).collect())))
}

fn top(uri: &Uri) -> Result<usize, ArmError> {
    let Some(text) = query::value(uri.query(), "$top") else { return Ok(usize::MAX) };
    text.parse().map_err(|_| ArmError::invalid_query_parameter("$top", &text, "a number"))
}

fn describe(group: &Group) -> GenericResource {
    GenericResource {
        id: group.id.to_string(),
        name: group.id.name().to_owned(),
        kind: CONTAINER_GROUP_TYPE.to_owned(),
        location: group.spec.location.as_deref().map(regions::normalise).unwrap_or_default(),
        identity: view::identity::shown(&group.id, group.spec.identity.as_ref()),
        zones: group.spec.zones.clone(),
        tags: group.spec.tags.clone(),
    }
}

fn describe_ngroup(ngroup: &NGroup, kind: &str) -> GenericResource {
    GenericResource {
        id: ngroup.id.to_string(),
        name: ngroup.id.name().to_owned(),
        kind: kind.to_owned(),
        location: regions::normalise(&ngroup.spec.location),
        identity: view::identity::shown(&ngroup.id, ngroup.spec.identity.as_ref()),
        zones: ngroup.spec.zones.clone(),
        tags: ngroup.spec.tags.clone(),
    }
}

fn describe_listing(listing: Listing) -> GenericResource {
    let Listing { id, kind, location, tags } = listing;
    GenericResource {
        id: id.to_string(),
        name: id.name().to_owned(),
        kind: kind.to_owned(),
        location: regions::normalise(&location),
        identity: None,
        zones: None,
        tags,
    }
}
