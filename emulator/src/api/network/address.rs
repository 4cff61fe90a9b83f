//! Which addresses of a virtual network are free, and how full its subnets are.

use std::collections::HashSet;
use std::net::IpAddr;

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use http::Uri;
use serde_json::{Value, json};

use super::users;
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::query;
use crate::neighbours::cidr;
use crate::neighbours::network::{NetworkProperties, Subnet, VirtualNetwork};

/// How many free addresses an answer names (WELL-KNOWN: five).
const SUGGESTIONS: usize = 5;

/// `GET …/checkIPAddressAvailability?ipAddress=…`
pub async fn check(State(app): State<App>, call: ResourceCall, uri: Uri) -> Result<Json<Value>, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    let text = query::value(uri.query(), "ipAddress").unwrap_or_default();
    let address: IpAddr = text.parse().map_err(|_| ArmError::invalid_address(&text))?;
    for subnet in &network.properties.subnets {
        let prefixes = subnet.prefixes(&network.id)?;
        let Some(prefix) = prefixes.iter().find(|prefix| prefix.contains(&address)) else { continue };
        let taken = taken(&app, subnet, &network);
        if cidr::is_usable(prefix, address) && !taken.contains(&address) {
            return Ok(Json(json!({ "available": true, "isPlatformReserved": false })));
        }
        let free: Vec<IpAddr> =
            cidr::addresses(prefix).filter(|address| !taken.contains(address)).take(SUGGESTIONS).collect();
        return Ok(Json(json!({
            "available": false,
            "availableIPAddresses": free,
            "isPlatformReserved": !cidr::is_usable(prefix, address),
        })));
    }
    Ok(Json(json!({ "available": false, "isPlatformReserved": false })))
}

/// `GET …/usages`
pub async fn usages(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let network = call.existing::<NetworkProperties>(&app)?;
    let usage = |subnet: &Subnet| {
        let prefixes = subnet.prefixes(&network.id)?;
        let limit = prefixes.iter().map(cidr::usable).fold(0, u128::saturating_add);
        Ok(json!({
            "currentValue": taken(&app, subnet, &network).len(),
            "id": subnet.id(&network.id),
            "limit": u64::try_from(limit).unwrap_or(u64::MAX),
            "name": { "localizedValue": "Subnet size and usage", "value": "SubnetSpace" },
            "unit": "Count",
        }))
    };
    let usages: Result<Vec<Value>, ArmError> = network.properties.subnets.iter().map(usage).collect();
    Ok(Json(Page::whole(usages?)))
}

/// The addresses of the container groups in a subnet.
fn taken(app: &App, subnet: &Subnet, network: &VirtualNetwork) -> HashSet<IpAddr> {
    users::of_subnet(app, &subnet.id(&network.id)).iter().filter_map(|group| group.status.ip).collect()
}
