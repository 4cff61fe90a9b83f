//! `…/virtualNetworks/{network}`

use aci_model::ResourceId;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::ETAG;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::operation::Begun;
use super::{subnets, users};
use crate::api::tracked::{Body, ResourceCall, Shown, checked_location, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::neighbours::network::{NetworkProperties, Subnet, VirtualNetwork};
use crate::neighbours::tracked::{Kind, Tracked};

/// What the service writes into a network; a client may send it back.
const READ_ONLY: &[&str] = &["provisioningState", "virtualNetworkPeerings", "enableVmProtection"];

impl Shown for NetworkProperties {
    fn collection(app: &App) -> &Collection<VirtualNetwork> {
        &app.neighbours.networks
    }

    /// In the order of the recorded answers.
    fn body(network: &VirtualNetwork, app: &App) -> Value {
        let NetworkProperties { resource_guid, address_space, subnets, others } = &network.properties;
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
        put("provisioningState", json!("Succeeded"));
        put("resourceGuid", json!(resource_guid));
        put("addressSpace", json!(address_space));
        put("privateEndpointVNetPolicies", json!("Disabled"));
        others.iter().filter(|(name, _)| *name != "enableDdosProtection").for_each(|(name, value)| {
            put(name, value.clone());
        });
        let subnets = subnets.iter().map(|subnet| subnets::body(subnet, network, app));
        put("subnets", subnets.collect());
        put("virtualNetworkPeerings", json!([]));
        put("enableDdosProtection", others.get("enableDdosProtection").cloned().unwrap_or(json!(false)));
        envelope(network.id.to_string(), network, properties)
    }
}

/// A resource of this provider as it is shown; tags are absent until some were given.
pub(super) fn envelope<P: Kind>(id: String, resource: &Tracked<P>, properties: Map<String, Value>) -> Value {
    let mut body = json!({
        "name": resource.id.name(),
        "id": id,
        "etag": etag(resource.etag),
        "type": P::TYPE,
        "location": resource.location,
    });
    if let Some(tags) = &resource.tags {
        body["tags"] = json!(tags);
    }
    body["properties"] = Value::Object(properties);
    body
}

/// A state as this provider writes it: a weak entity tag.
pub(super) fn etag(state: Uuid) -> String {
    format!("W/\"{state}\"")
}

/// A body with its state in the header too, as a GET has it (recorded).
pub(super) fn with_etag(state: Uuid, body: Value) -> Response {
    ([(ETAG, etag(state))], Json(body)).into_response()
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Response, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    Ok(with_etag(network.etag, NetworkProperties::body(&network, &app)))
}

/// `PUT`: subnets that the body does not list go, unless it lists none at all.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body<Value>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, properties: given, others: _ } = body.value;
    let lists_subnets = given.get("subnets").is_some_and(|it| !it.is_null());
    let mut properties: NetworkProperties = read(given)?;
    without_read_only(&mut properties.others, READ_ONLY);
    let (network, created) = app.neighbours.networks.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let id = call.id_of(known);
        properties.resource_guid = known.map_or_else(|| app.ids.next(), |it| it.properties.resource_guid);
        let etag = app.ids.next();
        if let (Some(known), false) = (known, lists_subnets) {
            properties.subnets.clone_from(&known.properties.subnets);
        }
        for subnet in &mut properties.subnets {
            subnets::complete(subnet, etag);
        }
        properties.check(&id)?;
        if let Some(known) = known {
            let user = |name: &str| first_user(&app, &id, name);
            known.properties.check_change(&properties, &id, user)?;
        }
        Ok::<_, ArmError>(VirtualNetwork { id, location, tags, etag, properties, authorship: None })
    })?;
    let begun = Begun::on(&app, &origin, &network.id, &network.location, &call.version);
    Ok(begun.put(created, NetworkProperties::body(&network, &app)))
}

/// `DELETE`: refused while anybody is in it.
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let removed = app.neighbours.networks.remove_if(&call.id.key(), |network| {
        let is_used = |subnet: &&Subnet| first_user(&app, &network.id, &subnet.name).is_some();
        match network.properties.subnets.iter().find(is_used) {
            Some(subnet) => Err(ArmError::from(subnet.in_use(&network.id))),
            None => Ok(()),
        }
    })?;
    Ok(match removed {
        Some(network) => Begun::on(&app, &origin, &network.id, &network.location, &call.version).deleted(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The properties of a body.
pub(super) fn read<T: serde::de::DeserializeOwned + Default>(given: Value) -> Result<T, ArmError> {
    if given.is_null() {
        return Ok(T::default());
    }
    serde_path_to_error::deserialize(given).map_err(|error| {
        let text = format!("Error converting value: {}. Path 'properties.{}'", error.inner(), error.path());
        ArmError::invalid_request_content(&text)
    })
}

/// A container group in a subnet, if there is one.
pub(super) fn first_user(app: &App, network: &ResourceId, subnet: &str) -> Option<ResourceId> {
    let id = ResourceId::subnet(&network.subscription, &network.resource_group, network.name(), subnet);
    users::of_subnet(app, &id).first().map(|group| group.id.clone())
}
