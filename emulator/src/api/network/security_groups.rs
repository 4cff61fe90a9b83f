//! `…/networkSecurityGroups/{group}` and its rules.

use std::sync::Arc;

use aci_model::ResourceId;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::operation::Begun;
use super::virtual_networks::{envelope, etag, read, with_etag};
use crate::api::tracked::{Body, ResourceCall, Shown, checked_location, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::neighbours::network::security_group::{
    DEFAULT_RULES, DefaultRule, SecurityGroup, SecurityGroupProperties, SecurityRule,
};

/// What the service writes into a group or a rule; a client may send it back.
const READ_ONLY: &[&str] =
    &["provisioningState", "defaultSecurityRules", "networkInterfaces", "subnets", "flowLogs"];

impl Shown for SecurityGroupProperties {
    fn collection(app: &App) -> &Collection<SecurityGroup> {
        &app.neighbours.security_groups
    }

    /// In the order of the recorded answers.
    fn body(group: &SecurityGroup, app: &App) -> Value {
        let SecurityGroupProperties { resource_guid, security_rules, others } = &group.properties;
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
        put("provisioningState", json!("Succeeded"));
        put("resourceGuid", json!(resource_guid));
        put("securityRules", security_rules.iter().map(|rule| own_rule(rule, group)).collect());
        put("defaultSecurityRules", DEFAULT_RULES.iter().map(|rule| default_rule(rule, group)).collect());
        others.iter().for_each(|(name, value)| {
            put(name, value.clone());
        });
        let subnets = subnets(app, &group.id);
        if !subnets.is_empty() {
            put("subnets", subnets.iter().map(|id| json!({ "id": id })).collect());
        }
        envelope(group.id.to_string(), group, properties)
    }
}

/// The subnets that refer to a group.
fn subnets(app: &App, group: &ResourceId) -> Vec<ResourceId> {
    let refers = |id: &str| id.parse::<ResourceId>().is_ok_and(|id| id == *group);
    let networks = app.neighbours.networks.all();
    let all =
        networks.iter().flat_map(|network| network.properties.subnets.iter().map(move |it| (network, it)));
    let mine =
        all.filter(|(_, it)| it.properties.network_security_group.as_ref().is_some_and(|it| refers(&it.id)));
    mine.map(|(network, subnet)| subnet.id(&network.id)).collect()
}

fn rule(group: &SecurityGroup, kind: &str, name: &str, properties: Map<String, Value>) -> Value {
    let mut shown = Map::new();
    shown.insert("provisioningState".to_owned(), json!("Succeeded"));
    shown.extend(properties);
    json!({
        "name": name,
        "id": format!("{}/{kind}/{name}", group.id),
        "etag": etag(group.etag),
        "type": format!("Microsoft.Network/networkSecurityGroups/{kind}"),
        "properties": shown,
    })
}

fn own_rule(own: &SecurityRule, group: &SecurityGroup) -> Value {
    let mut properties = own.properties.clone();
    for list in PLURALS {
        properties.entry(*list).or_insert_with(|| json!([]));
    }
    rule(group, "securityRules", &own.name, properties)
}

/// The lists that a rule shows empty where it has single values (recorded).
const PLURALS: &[&str] =
    &["sourcePortRanges", "destinationPortRanges", "sourceAddressPrefixes", "destinationAddressPrefixes"];

fn default_rule(default: &DefaultRule, group: &SecurityGroup) -> Value {
    let DefaultRule { name, description, source, destination, access, priority, direction } = default;
    let properties = json!({
        "description": description,
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": "*",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
        "sourcePortRanges": [],
        "destinationPortRanges": [],
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": [],
    });
    let Value::Object(properties) = properties else { return Value::Null };
    rule(group, "defaultSecurityRules", name, properties)
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Response, ArmError> {
    let group = call.existing::<SecurityGroupProperties>(&app)?;
    Ok(with_etag(group.etag, SecurityGroupProperties::body(&group, &app)))
}

/// `PUT`
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body<Value>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, properties, others: _ } = body.value;
    let mut properties: SecurityGroupProperties = read(properties)?;
    without_read_only(&mut properties.others, READ_ONLY);
    properties.security_rules.iter_mut().for_each(|rule| without_read_only(&mut rule.properties, READ_ONLY));
    let (group, created) = app.neighbours.security_groups.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let id = call.id_of(known);
        properties.resource_guid = known.map_or_else(|| app.ids.next(), |it| it.properties.resource_guid);
        Ok::<_, ArmError>(SecurityGroup {
            id,
            location,
            tags,
            etag: app.ids.next(),
            properties,
            authorship: None,
        })
    })?;
    let begun = Begun::on(&app, &origin, &group.id, &group.location, &call.version);
    Ok(begun.put(created, SecurityGroupProperties::body(&group, &app)))
}

/// `DELETE`: refused while a subnet refers to it.
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let removed = app.neighbours.security_groups.remove_if(&call.id.key(), |group| {
        match subnets(&app, &group.id).first() {
            Some(subnet) => Err(ArmError::security_group_in_use(&group.id, subnet)),
            None => Ok(()),
        }
    })?;
    Ok(match removed {
        Some(group) => Begun::on(&app, &origin, &group.id, &group.location, &call.version).deleted(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `GET …/securityRules`
pub async fn list_rules(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let group = call.existing::<SecurityGroupProperties>(&app)?;
    let rules = group.properties.security_rules.iter().map(|rule| own_rule(rule, &group));
    Ok(Json(Page::whole(rules.collect())))
}

/// `GET …/securityRules/{rule}`
pub async fn get_rule(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let group = call.existing::<SecurityGroupProperties>(&app)?;
    let rule = group.properties.rule(call.id.name());
    let rule = rule.ok_or_else(|| ArmError::network_part_not_found(&call.id.to_string()))?;
    Ok(Json(own_rule(rule, &group)))
}

/// `PUT …/securityRules/{rule}`
pub async fn put_rule(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<SecurityRule>,
) -> Result<Response, ArmError> {
    let mut rule = SecurityRule { name: call.id.name().to_owned(), ..body.value };
    without_read_only(&mut rule.properties, READ_ONLY);
    let mut created = false;
    let group = change(&app, &call, |properties| created = properties.put_rule(rule.clone()))?;
    let begun = Begun::on(&app, &origin, &group.id, &group.location, &call.version);
    Ok(begun.put(created, own_rule(&rule, &group)))
}

/// `DELETE …/securityRules/{rule}`
pub async fn delete_rule(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let mut was_there = false;
    let group = change(&app, &call, |properties| was_there = properties.remove_rule(call.id.name()))?;
    Ok(match was_there {
        true => Begun::on(&app, &origin, &group.id, &group.location, &call.version).deleted(),
        false => StatusCode::NO_CONTENT.into_response(),
    })
}

fn change(
    app: &App,
    call: &ResourceCall,
    change: impl FnOnce(&mut SecurityGroupProperties),
) -> Result<Arc<SecurityGroup>, ArmError> {
    let parent = call.parent();
    let etag: Uuid = app.ids.next();
    let (group, _) = app.neighbours.security_groups.change(&parent.key(), |known| {
        let known = known.ok_or_else(|| ArmError::parent_not_found(parent.name()))?;
        let mut group = SecurityGroup { etag, ..known.clone() };
        change(&mut group.properties);
        Ok::<_, ArmError>(group)
    })?;
    Ok(group)
}
