//! Where and when a template is deployed: what the functions of scope and deployment answer.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fault::Need;

/// The place of a deployment, and what has been found out on the way.
#[derive(Clone, Debug)]
pub struct Place {
    /// What `subscription()` answers.
    pub subscription: Value,
    /// What `resourceGroup()` answers; absent where a subscription is deployed to.
    pub resource_group: Option<Value>,
    /// What `tenant()` answers.
    pub tenant: Value,
    /// What `environment()` answers.
    pub environment: Value,
    /// What `deployment()` answers.
    pub deployment: Value,
    /// When the deployment began: the one time that `utcNow` knows.
    pub now: Timestamp,
    /// What `newGuid` is made of; no two deployments have the same.
    pub seed: uuid::Uuid,
    /// What was needed and is known by now.
    pub answers: Vec<(Need, Value)>,
}

impl Place {
    /// The subscription's id.
    pub fn subscription_id(&self) -> &str {
        self.subscription["subscriptionId"].as_str().unwrap_or_default()
    }

    /// The resource id of the scope that is deployed to.
    pub fn scope(&self) -> String {
        let group = self.resource_group.as_ref().and_then(|group| group["id"].as_str());
        group.map_or_else(|| format!("/subscriptions/{}", self.subscription_id()), str::to_owned)
    }

    /// The scope of a resource that names another subscription or resource group than the deployment's own.
    pub fn scope_of(&self, subscription: Option<&str>, resource_group: Option<&str>) -> String {
        let subscription_id = subscription.unwrap_or_else(|| self.subscription_id());
        match resource_group {
            Some(name) => format!("/subscriptions/{subscription_id}/resourceGroups/{name}"),
            None if subscription.is_some() => format!("/subscriptions/{subscription_id}"),
            None => self.scope(),
        }
    }

    /// What has been found out about a need.
    pub fn answer(&self, need: &Need) -> Option<&Value> {
        let same = |known: &Need| {
            known.id.eq_ignore_ascii_case(&need.id)
                && (&known.api_version, &known.action, &known.body)
                    == (&need.api_version, &need.action, &need.body)
        };
        self.answers.iter().find(|(known, _)| same(known)).map(|(_, answer)| answer)
    }
}

/// What `environment()` answers: Azure's public cloud, with this emulator as its Resource Manager ("environment",
/// DOC).
pub fn environment(origin: &str, tenant: &str) -> Value {
    json!({
        "name": "AzureCloud",
        "gallery": "https://gallery.azure.com/",
        "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.com",
        "graphAudience": "https://graph.windows.net/",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "resourceManager": format!("{origin}/"),
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": tenant,
            "identityProvider": "AAD",
        },
        "suffixes": {
            "acrLoginServer": ".azurecr.io",
            "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
            "keyvaultDns": ".vault.azure.net",
            "sqlServerHostname": ".database.windows.net",
            "storage": "core.windows.net",
        },
    })
}
