//! `…/networkProfiles/{profile}`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::operation::Begun;
use super::users;
use super::virtual_networks::{envelope, etag};
use crate::api::tracked::{Body, ResourceCall, Shown, checked_location};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::neighbours::network::profile::{NetworkProfile, ProfileProperties};

impl Shown for ProfileProperties {
    fn collection(app: &App) -> &Collection<NetworkProfile> {
        &app.neighbours.profiles
    }

    fn body(profile: &NetworkProfile, _: &App) -> Value {
        let (id, state) = (profile.id.to_string(), etag(profile.etag));
        let part = |id: String, name: &str, kind: &str, properties: Value| {
            json!({
                "name": name,
                "id": id,
                "etag": state,
                "type": format!("Microsoft.Network/networkProfiles/{kind}"),
                "properties": properties,
            })
        };
        let interfaces =
            profile.properties.container_network_interface_configurations.iter().map(|interface| {
                let below = format!("{id}/containerNetworkInterfaceConfigurations/{}", interface.name);
                let addresses = interface.properties.ip_configurations.iter().map(|address| {
                    let id = format!("{below}/ipConfigurations/{}", address.name);
                    let properties =
                        json!({ "provisioningState": "Succeeded", "subnet": address.properties.subnet });
                    let kind = "containerNetworkInterfaceConfigurations/ipConfigurations";
                    part(id, &address.name, kind, properties)
                });
                let properties = json!({
                    "provisioningState": "Succeeded",
                    "ipConfigurations": addresses.collect::<Vec<_>>(),
                });
                part(below.clone(), &interface.name, "containerNetworkInterfaceConfigurations", properties)
            });
        let mut properties = Map::new();
        properties.insert("provisioningState".to_owned(), json!("Succeeded"));
        properties.insert("resourceGuid".to_owned(), json!(profile.properties.resource_guid));
        properties.insert("containerNetworkInterfaces".to_owned(), json!([]));
        properties.insert("containerNetworkInterfaceConfigurations".to_owned(), interfaces.collect());
        envelope(id.clone(), profile, properties)
    }
}

/// `PUT`: this type has no operation; the answer is the profile as it is (SPEC).
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<ProfileProperties>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, mut properties, others: _ } = body.value;
    let (profile, created) = app.neighbours.profiles.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let id = call.id_of(known);
        properties.resource_guid = known.map_or_else(|| app.ids.next(), |it| it.properties.resource_guid);
        Ok::<_, ArmError>(NetworkProfile {
            id,
            location,
            tags,
            etag: app.ids.next(),
            properties,
            authorship: None,
        })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(ProfileProperties::body(&profile, &app))).into_response())
}

/// `DELETE`: refused while container groups name it.
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let removed = app.neighbours.profiles.remove_if(&call.id.key(), |profile| {
        match users::of_profile(&app, &profile.id).first() {
            Some(group) => Err(ArmError::profile_in_use(&profile.id, &group.id)),
            None => Ok(()),
        }
    })?;
    Ok(match removed {
        Some(profile) => Begun::on(&app, &origin, &profile.id, &profile.location, &call.version).deleted(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
