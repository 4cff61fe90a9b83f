//! A container group profile as a response body. Azure adds nothing to it but the revision: no SKU, no empty lists
//! (recorded, unlike groups).

use aci_model::ApiVersion;
use serde_json::{Map, Value};

use super::drop_secrets;
use crate::neighbours::group_profile::{GroupProfile, Revision};
use crate::neighbours::tracked::Kind as _;

/// The first version whose profiles have `systemData` (published type definitions).
const FIRST_WITH_AUTHORS: ApiVersion = ApiVersion::V2024_11_01Preview;

/// One revision of a profile.
pub fn container_group_profile(profile: &GroupProfile, revision: &Revision, version: ApiVersion) -> Value {
    let mut group = revision.properties.group();
    drop_secrets(&mut group);
    if let Some(address) = group.ip_address.as_mut() {
        (address.ip, address.fqdn) = (None, None);
    }
    let mut properties = revision.properties.clone().with_group(group);
    if version >= ApiVersion::V2024_11_01Preview {
        properties.registered_revisions = Some(profile.properties.numbers().collect());
    }
    let mut body = Map::new();
    body.insert("properties".to_owned(), serde_json::to_value(properties).unwrap_or_default());
    body.insert("id".to_owned(), profile.id.to_string().into());
    body.insert("name".to_owned(), profile.id.name().into());
    body.insert("type".to_owned(), crate::neighbours::group_profile::Revisions::TYPE.into());
    body.insert("location".to_owned(), profile.location.clone().into());
    if let Some(tags) = &profile.tags {
        body.insert(
            "tags".to_owned(),
            tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        );
    }
    if let Some(zones) = &revision.zones {
        body.insert("zones".to_owned(), zones.clone().into());
    }
    if let Some(authorship) = profile.authorship.as_ref().filter(|_| version >= FIRST_WITH_AUTHORS) {
        body.insert(
            "systemData".to_owned(),
            serde_json::to_value(authorship.system_data()).unwrap_or_default(),
        );
    }
    body.into()
}
