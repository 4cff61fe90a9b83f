//! `/metadata/endpoints`: the description of a cloud from which tools configure themselves.

use axum::Json;
use http::request::Parts;
use serde_json::{Value, json};

use crate::arm::origin::Origin;
use crate::arm::query;

/// The audiences under which ARM's tokens are issued.
const AUDIENCES: [&str; 2] = ["https://management.core.windows.net/", "https://management.azure.com/"];

/// `GET /metadata/endpoints`: a single object since 2022-09-01, a list of clouds from 2019-05-01 until then,
/// and a smaller object before (2015-01-01, 2018-05-01). Microsoft Graph is where the caller found us: it is served
/// here too.
pub async fn endpoints(origin: Origin, parts: Parts) -> Json<Value> {
    let Origin(origin) = origin;
    let version = query::value(parts.uri.query(), "api-version").unwrap_or_default();
    if version.as_str() < "2019" {
        return Json(json!({
            "galleryEndpoint": "",
            "graphEndpoint": "https://graph.windows.net/",
            "portalEndpoint": "",
            "graphAudience": "https://graph.windows.net/",
            "authentication": {
                "loginEndpoint": format!("{origin}/"),
                "audiences": AUDIENCES,
                "tenant": "common",
                "identityProvider": "AAD",
            },
        }));
    }
    let graph = format!("{origin}/");
    let cloud = json!({
        "portal": "",
        "authentication": {
            "loginEndpoint": origin,
            "audiences": AUDIENCES,
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "media": "https://rest.media.azure.net",
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "name": "AciLocal",
        "suffixes": {
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "keyVaultDns": "vault.azure.net",
            "storage": "core.windows.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "storageSyncEndpointSuffix": "afs.azure.net",
            "mhsmDns": "managedhsm.azure.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "synapseAnalytics": "dev.azuresynapse.net",
            "attestationEndpoint": "attest.azure.net",
        },
        "batch": "https://batch.core.windows.net/",
        "resourceManager": origin,
        "vmImageAliasDoc": "",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "microsoftGraphResourceId": graph,
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
        "attestationResourceId": "https://attest.azure.net",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "ossrdbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "appServiceResourceId": "https://appservice.azure.com",
        "gallery": "",
    });
    Json(if version.as_str() < "2022-09-01" { json!([cloud]) } else { cloud })
}
