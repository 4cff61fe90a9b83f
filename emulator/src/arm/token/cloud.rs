//! `/metadata/endpoints`: the description of a cloud from which tools configure themselves.

use axum::Json;
use http::request::Parts;
use serde_json::{Value, json};

use crate::arm::origin::Origin;
use crate::arm::query;

/// The audiences under which ARM's tokens are issued.
const AUDIENCES: [&str; 2] = ["https://management.core.windows.net/", "https://management.azure.com/"];

/// `GET /metadata/endpoints`: a single object since 2022-09-01, a list of clouds from 2019-05-01 until then,
/// and a smaller object under 2015-01-01.
pub async fn endpoints(origin: Origin, parts: Parts) -> Json<Value> {
    let Origin(origin) = origin;
    let version = query::value(parts.uri.query(), "api-version").unwrap_or_default();
    if version.as_str() < "2019" {
        return Json(json!({
            "galleryEndpoint": "",
            "graphEndpoint": "https://graph.windows.net/",
            "portalEndpoint": "",
            "authentication": { "loginEndpoint": origin, "audiences": AUDIENCES },
        }));
    }
    let cloud = json!({
        "name": "AciLocal",
        "portal": "",
        "authentication": {
            "loginEndpoint": origin,
            "audiences": AUDIENCES,
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "media": "https://rest.media.azure.net",
        "batch": "https://batch.core.windows.net/",
        "resourceManager": origin,
        "gallery": "",
        "vmImageAliasDoc": "",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "suffixes": {
            "acrLoginServer": "azurecr.io",
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "storage": "core.windows.net",
        },
    });
    Json(if version.as_str() < "2022-09-01" { json!([cloud]) } else { cloud })
}
