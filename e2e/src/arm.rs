//! A client of ARM that knows nothing of our types: raw JSON over HTTP.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::Value;

/// The api-version that the tests speak, unless they say otherwise.
pub const API_VERSION: &str = "2023-05-01";

/// The subscription of the demo.
pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// The resource group of the demo.
pub const RESOURCE_GROUP: &str = "aci-local";

/// A client with a token.
pub struct Arm {
    client: Client,
    endpoint: String,
    token: String,
}

impl Arm {
    /// Gets a token from the emulator's own authority, as a service principal would.
    ///
    /// # Errors
    /// When the emulator does not answer or gives no token.
    pub async fn connect(endpoint: &str) -> Result<Self> {
        let client = Client::builder().no_proxy().build().context("failed to make an HTTP client")?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "e2e"),
            ("client_secret", "e2e"),
            ("scope", "https://management.azure.com/.default"),
        ];
        let answer = client
            .post(format!("{endpoint}/{SUBSCRIPTION}/oauth2/v2.0/token"))
            .form(&form)
            .send()
            .await
            .with_context(|| format!("the emulator does not answer at {endpoint}"))?;
        let body: Value = answer.json().await.context("the token endpoint wrote no JSON")?;
        let token = body["access_token"].as_str().with_context(|| format!("no token in {body}"))?.to_owned();
        Ok(Self { client, endpoint: endpoint.to_owned(), token })
    }

    /// The emulator of `make up`: where `ACI_E2E_EMULATOR` says, else its default address.
    ///
    /// # Errors
    /// As [`Arm::connect`].
    pub async fn of_the_demo() -> Result<Self> {
        let endpoint =
            std::env::var("ACI_E2E_EMULATOR").unwrap_or_else(|_| "http://127.0.0.1:4580".to_owned());
        Self::connect(&endpoint).await
    }

    /// The certificate of the emulator's authority, as PEM.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ca(&self) -> Result<String> {
        Ok(self.client.get(format!("{}/_emulator/ca.pem", self.endpoint)).send().await?.text().await?)
    }

    /// Sends a request, in [`API_VERSION`] unless the path names another, and returns status and body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let mut url = format!("{}{path}", self.endpoint);
        if !path.contains("api-version=") {
            let separator = if path.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{separator}api-version={API_VERSION}"));
        }
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("no answer to {path}"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The groups of the demo's resource group.
    ///
    /// # Errors
    /// When there is no answer, or another than 200.
    pub async fn groups(&self) -> Result<Vec<Value>> {
        let (status, body) = self.send(Method::GET, &groups_path(), None).await?;
        ensure!(status == 200, "listing container groups: {status} {body}");
        Ok(body["value"].as_array().cloned().unwrap_or_default())
    }

    /// The group of a pod, by the pod's UID.
    ///
    /// # Errors
    /// As [`Arm::groups`].
    pub async fn group_of_pod(&self, uid: &str) -> Result<Option<Value>> {
        Ok(self.groups().await?.into_iter().find(|group| group["tags"]["UID"] == uid))
    }
}

/// The path of the demo's container groups.
pub fn groups_path() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.ContainerInstance/containerGroups"
    )
}

/// The id of the subnet that the demo's pods join; it stands for the cluster's own network.
pub fn demo_subnet() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.Network\
         /virtualNetworks/aci-local/subnets/virtual-node-aci"
    )
}
