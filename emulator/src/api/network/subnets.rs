//! `…/virtualNetworks/{network}/subnets/{subnet}`

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::operation::Begun;
use super::users;
use super::virtual_networks::{etag, first_user, with_etag};
use crate::api::tracked::{ResourceCall, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::neighbours::network::subnet::LINK_NAME;
use crate::neighbours::network::{
    CONTAINER_GROUPS_SERVICE, Delegation, NetworkProperties, Subnet, SubnetProperties, VirtualNetwork,
};
use crate::regions;

const KIND: &str = "Microsoft.Network/virtualNetworks/subnets";

/// What the service writes into a subnet; a client may send it back.
const READ_ONLY: &[&str] = &[
    "provisioningState",
    "serviceAssociationLinks",
    "resourceNavigationLinks",
    "ipConfigurations",
    "ipConfigurationProfiles",
    "privateEndpoints",
    "purpose",
];

/// Takes out what the service writes, and puts in what it adds.
pub(super) fn complete(subnet: &mut Subnet, state: Uuid) {
    subnet.etag = state;
    let properties = &mut subnet.properties;
    without_read_only(&mut properties.others, READ_ONLY);
    properties.private_endpoint_network_policies.get_or_insert_with(|| "Disabled".to_owned());
    properties.private_link_service_network_policies.get_or_insert_with(|| "Enabled".to_owned());
}

/// A subnet as it is shown, in the order of the recorded answers.
pub(super) fn body(subnet: &Subnet, network: &VirtualNetwork, app: &App) -> Value {
    let id = subnet.id(&network.id);
    let SubnetProperties {
        address_prefix,
        address_prefixes,
        network_security_group,
        delegations,
        private_endpoint_network_policies,
        private_link_service_network_policies,
        others,
    } = &subnet.properties;
    let mut properties = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            properties.insert(name.to_owned(), value);
        }
    };
    put("provisioningState", Some(json!("Succeeded")));
    put("addressPrefix", address_prefix.as_ref().map(|it| json!(it)));
    put("addressPrefixes", address_prefixes.as_ref().map(|it| json!(it)));
    put("networkSecurityGroup", network_security_group.as_ref().map(|it| json!(it)));
    if !users::of_subnet(app, &id).is_empty() {
        put("serviceAssociationLinks", Some(json!([link(subnet, network)])));
    }
    others.iter().for_each(|(name, value)| put(name, Some(value.clone())));
    let delegations = delegations.iter().map(|it| delegation(it, &id.to_string(), subnet.etag));
    put("delegations", Some(delegations.collect()));
    put("privateEndpointNetworkPolicies", private_endpoint_network_policies.as_ref().map(|it| json!(it)));
    put(
        "privateLinkServiceNetworkPolicies",
        private_link_service_network_policies.as_ref().map(|it| json!(it)),
    );
    json!({ "name": subnet.name, "id": id, "etag": etag(subnet.etag), "properties": properties, "type": KIND })
}

/// What holds a subnet while container groups are in it (recorded).
fn link(subnet: &Subnet, network: &VirtualNetwork) -> Value {
    json!({
        "name": LINK_NAME,
        "id": subnet.link_id(&network.id),
        "etag": etag(subnet.etag),
        "type": format!("{KIND}/serviceAssociationLinks"),
        "properties": {
            "provisioningState": "Succeeded",
            "linkedResourceType": CONTAINER_GROUPS_SERVICE,
            "enabledForArmDeployments": false,
            "allowDelete": true,
            "locations": [regions::normalise(&network.location)],
        },
    })
}

/// A delegation, with the action that it gives the service (recorded for container groups, which is what subnets are
/// delegated to here).
fn delegation(delegation: &Delegation, subnet: &str, state: Uuid) -> Value {
    json!({
        "name": delegation.name,
        "id": format!("{subnet}/delegations/{}", delegation.name),
        "etag": etag(state),
        "properties": {
            "provisioningState": "Succeeded",
            "serviceName": delegation.properties.service_name,
            "actions": ["Microsoft.Network/virtualNetworks/subnets/action"],
        },
        "type": format!("{KIND}/delegations"),
    })
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Response, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    let subnet = network.properties.subnet(call.id.name());
    let subnet = subnet.ok_or_else(|| ArmError::network_part_not_found(&call.id.to_string()))?;
    Ok(with_etag(subnet.etag, body(subnet, &network, &app)))
}

/// `GET …/subnets`
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    let subnets = network.properties.subnets.iter();
    Ok(Json(Page::whole(subnets.map(|subnet| body(subnet, &network, &app)).collect())))
}

/// `PUT`
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Subnet>,
) -> Result<Response, ArmError> {
    let parent = call.parent();
    let mut subnet = Subnet { name: call.id.name().to_owned(), ..body.value };
    let mut created = false;
    let (network, _) = app.neighbours.networks.change(&parent.key(), |known| {
        let known = known.ok_or_else(|| ArmError::parent_not_found(parent.name()))?;
        let mut network = VirtualNetwork { etag: app.ids.next(), ..known.clone() };
        complete(&mut subnet, network.etag);
        let subnets = &mut network.properties.subnets;
        match subnets.iter_mut().find(|it| it.name.eq_ignore_ascii_case(&subnet.name)) {
            Some(known) => {
                subnet.name.clone_from(&known.name);
                known.clone_from(&subnet);
            }
            None => {
                created = true;
                subnets.push(subnet.clone());
            }
        }
        network.properties.check(&network.id)?;
        known
            .properties
            .check_change(&network.properties, &network.id, |name| first_user(&app, &network.id, name))?;
        Ok::<_, ArmError>(network)
    })?;
    let begun = Begun::on(&app, &origin, &network.id, &network.location, &call.version);
    Ok(begun.put(created, self::body(&subnet, &network, &app)))
}

/// `DELETE`: refused while anybody is in it.
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    if network.properties.subnet(call.id.name()).is_none() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    app.neighbours.networks.change(&network.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&network.id))?;
        let mut after = VirtualNetwork { etag: app.ids.next(), ..known.clone() };
        after.properties.subnets.retain(|subnet| !subnet.name.eq_ignore_ascii_case(call.id.name()));
        known
            .properties
            .check_change(&after.properties, &known.id, |name| first_user(&app, &known.id, name))?;
        Ok::<_, ArmError>(after)
    })?;
    Ok(Begun::on(&app, &origin, &network.id, &network.location, &call.version).deleted())
}
