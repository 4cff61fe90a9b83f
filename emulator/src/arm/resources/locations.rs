//! `GET /subscriptions/{subscription}/locations`: the regions, as clients look up names and display names.

use aci_model::resource::Page;
use axum::Json;
use serde_json::{Value, json};

use super::subscriptions::Subscription;
use crate::regions::{REGIONS, Region};

/// Handles the operation. Of Azure's metadata, coordinates and paired regions are left out: nothing here is
/// anywhere.
pub async fn list(Subscription(subscription): Subscription) -> Json<Page<Value>> {
    Json(Page::whole(REGIONS.iter().map(|region| describe(&subscription, region)).collect()))
}

fn describe(subscription: &str, region: &Region) -> Value {
    let Region { name, display, geography_group } = region;
    json!({
        "id": format!("/subscriptions/{subscription}/locations/{name}"),
        "name": name,
        "type": "Region",
        "displayName": display,
        "regionalDisplayName": format!("({geography_group}) {display}"),
        "metadata": { "regionType": "Physical", "geographyGroup": geography_group },
    })
}
