//! The ARM client: container groups over HTTPS.

use std::time::Duration;

use aci_model::PROVIDER_NAMESPACE;
use aci_model::group::ContainerGroup;
use aci_model::location::Usage;
use aci_model::resource::{Logs, Page};
use async_trait::async_trait;
use indexmap::IndexMap;
use jiff::Timestamp;
use reqwest::{Certificate, Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::credential::{self, CredentialFactory, Tokens};
use super::envelope::{is_missing_group, refused};
use super::settings::{ArmSettings, SettingsError};
use super::{API_VERSION, ArmError, ContainerGroups, Quota, RESOURCES_API_VERSION, retry};
use crate::clock::{SharedClock, until};
use crate::http::client_builder;
use crate::metrics::ArmMetrics;

/// What GET and DELETE carry.
const NO_BODY: Option<&()> = None;

/// All that a PATCH of a container group can say.
#[derive(Serialize)]
struct Tags<'a> {
    tags: &'a IndexMap<String, String>,
}

/// [`ContainerGroups`] of a real or emulated ARM.
pub struct HttpArm {
    http: reqwest::Client,
    /// The same for what becomes a websocket.
    pub(super) sockets: reqwest::Client,
    tokens: Tokens,
    pub(super) clock: SharedClock,
    resource_group: Url,
    pub(super) timeout: Duration,
    metrics: ArmMetrics,
}

impl std::fmt::Debug for HttpArm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpArm")
            .field("resource_group", &self.resource_group.as_str())
            .finish_non_exhaustive()
    }
}

impl HttpArm {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// Plain http to another machine, an unreadable CA file, a credential with impossible settings.
    pub fn new(settings: ArmSettings, clock: SharedClock) -> Result<Self, SettingsError> {
        let http = http_client(&settings)?;
        let credentials = credential::factory(settings.credential.clone(), http.clone(), clock.clone());
        Self::assemble(settings, http, clock, credentials)
    }

    /// The same with credentials from elsewhere; those of the settings are not used.
    ///
    /// # Errors
    /// As [`HttpArm::new`].
    pub fn with_credential(
        settings: ArmSettings,
        clock: SharedClock,
        credentials: CredentialFactory,
    ) -> Result<Self, SettingsError> {
        let http = http_client(&settings)?;
        Self::assemble(settings, http, clock, credentials)
    }

    fn assemble(
        settings: ArmSettings,
        http: reqwest::Client,
        clock: SharedClock,
        credentials: CredentialFactory,
    ) -> Result<Self, SettingsError> {
        settings.check_endpoint()?;
        let mut resource_group = settings.endpoint.clone();
        resource_group
            .path_segments_mut()
            .map_err(|()| SettingsError::Endpoint(settings.endpoint.clone()))?
            .pop_if_empty()
            .extend(["subscriptions", &settings.subscription, "resourceGroups", &settings.resource_group]);
        let tokens = Tokens::new(credentials, settings.scope())?;
        let sockets = http_client_builder(&settings)?.http1_only().build().map_err(SettingsError::Client)?;
        let metrics = ArmMetrics::default();
        Ok(Self { http, sockets, tokens, clock, resource_group, timeout: settings.timeout, metrics })
    }

    /// Where its calls are counted.
    pub fn metrics(&self) -> &ArmMetrics {
        &self.metrics
    }

    /// What the subscription may have in `region`.
    ///
    /// # Errors
    /// ARM's.
    pub async fn quota(&self, region: &str) -> Result<Quota, ArmError> {
        let mut url = self.resource_group.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop().pop().extend(["providers", PROVIDER_NAMESPACE, "locations", region, "usages"]);
        }
        url.query_pairs_mut().append_pair("api-version", API_VERSION.as_str());
        let usages: Page<Usage> = self.read(&url).await?;
        let limit = |name: &str| {
            let mut fitting = usages.value.iter().filter(|usage| usage.name.value == name);
            fitting.next().map(|usage| i64::from(usage.limit))
        };
        Ok(Quota { cores: limit("StandardCores"), groups: limit("ContainerGroups") })
    }

    /// The URL of the groups, of one, or of something below one.
    pub(super) fn groups(&self, below: &[&str]) -> Url {
        let mut url = self.resource_group.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(["providers", PROVIDER_NAMESPACE, "containerGroups"]).extend(below);
        }
        url.query_pairs_mut().append_pair("api-version", API_VERSION.as_str());
        url
    }

    /// Sends until there is an answer worth keeping: failures that pass are retried, a token that ARM
    /// refuses is replaced once.
    pub(super) async fn call<B: Serialize>(
        &self,
        method: Method,
        url: &Url,
        body: Option<&B>,
    ) -> Result<Vec<u8>, ArmError> {
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let mut request = self.http.request(method.clone(), url.clone());
            if method == Method::POST && body.is_none() {
                // ARM refuses a POST without it (411), and hyper leaves it out where there is no body.
                request = request.header(http::header::CONTENT_LENGTH, "0");
            }
            let began = self.clock.now();
            let sent = self.send(body.iter().fold(request, |request, body| request.json(body))).await;
            self.count(&method, &sent, began);
            let error = match sent {
                Ok(answer) => return Ok(answer),
                Err(ArmError::Refused { status: 401, .. }) if !renewed => {
                    renewed = true;
                    self.tokens.renew()?;
                    continue;
                }
                Err(error) => error,
            };
            let Some(delay) = retry::delay(&error, attempt) else { return Err(error) };
            tracing::debug!(%method, url = url.path(), %error, delay_ms = delay.as_millis(), "ARM call is retried");
            self.clock.sleep(delay).await;
            attempt += 1;
        }
    }

    fn count(&self, method: &Method, sent: &Result<Vec<u8>, ArmError>, began: Timestamp) {
        let status = match sent {
            // ARM's successes differ in nothing that matters here.
            Ok(_) => Some(200),
            Err(ArmError::Refused { status, .. }) => Some(*status),
            Err(_) => None,
        };
        self.metrics.called(method, status, until(began, self.clock.now()));
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, ArmError> {
        let token = self.tokens.token().await?;
        let answer = request
            .bearer_auth(token.expose())
            .timeout(self.timeout)
            .send()
            .await
            .map_err(|error| ArmError::Transport(chain(&error)))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(|error| ArmError::Transport(chain(&error)))?;
        if status.is_success() { Ok(body.to_vec()) } else { Err(refused(status, &headers, &body)) }
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, url: &Url) -> Result<T, ArmError> {
        parse(&self.call(Method::GET, url, NO_BODY).await?)
    }

    /// How ARM itself is spoken to.
    pub(super) fn endpoint_scheme(&self) -> &str {
        self.resource_group.scheme()
    }

    /// The next page, unless it leads to another host: the token is for this one only.
    fn next_page(&self, link: &str) -> Result<Url, ArmError> {
        let next = Url::parse(link).map_err(|e| ArmError::Protocol(format!("nextLink is not a URL: {e}")))?;
        if next.origin() != self.resource_group.origin() {
            return Err(ArmError::Protocol(format!("nextLink leads to another host: {:?}", next.host_str())));
        }
        Ok(next)
    }
}

#[async_trait]
impl ContainerGroups for HttpArm {
    async fn get(&self, name: &str) -> Result<Option<ContainerGroup>, ArmError> {
        match self.read(&self.groups(&[name])).await {
            Ok(group) => Ok(Some(group)),
            Err(error) if is_missing_group(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError> {
        let mut groups = Vec::new();
        let mut next = Some(self.groups(&[]));
        while let Some(url) = next {
            let page: Page<ContainerGroup> = self.read(&url).await?;
            groups.extend(page.value);
            next = page.next_link.map(|link| self.next_page(&link)).transpose()?;
        }
        Ok(groups)
    }

    async fn put(&self, name: &str, group: &ContainerGroup) -> Result<ContainerGroup, ArmError> {
        parse(&self.call(Method::PUT, &self.groups(&[name]), Some(group)).await?)
    }

    async fn retag(&self, name: &str, tags: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError> {
        let body = Some(&Tags { tags });
        parse(&self.call(Method::PATCH, &self.groups(&[name]), body).await?)
    }

    async fn delete(&self, name: &str) -> Result<(), ArmError> {
        match self.call(Method::DELETE, &self.groups(&[name]), NO_BODY).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing_group(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn logs(
        &self,
        name: &str,
        container: &str,
        tail: Option<u32>,
        timestamps: bool,
    ) -> Result<String, ArmError> {
        let mut url = self.groups(&[name, "containers", container, "logs"]);
        if let Some(tail) = tail {
            url.query_pairs_mut().append_pair("tail", &tail.to_string());
        }
        url.query_pairs_mut().append_pair("timestamps", if timestamps { "true" } else { "false" });
        Ok(self.read::<Logs>(&url).await?.content.unwrap_or_default())
    }

    async fn ping(&self) -> Result<(), ArmError> {
        let mut url = self.resource_group.clone();
        url.query_pairs_mut().append_pair("api-version", RESOURCES_API_VERSION);
        self.call(Method::GET, &url, NO_BODY).await.map(drop)
    }
}

/// A client with the trust of `settings`, without a token.
///
/// # Errors
/// An unreadable CA file.
pub(crate) fn http_client(settings: &ArmSettings) -> Result<reqwest::Client, SettingsError> {
    http_client_builder(settings)?.build().map_err(SettingsError::Client)
}

fn http_client_builder(settings: &ArmSettings) -> Result<reqwest::ClientBuilder, SettingsError> {
    let agent = concat!("aci-provider/", env!("CARGO_PKG_VERSION"));
    let agent =
        settings.extra_user_agent.iter().fold(agent.to_owned(), |agent, extra| format!("{agent} {extra}"));
    let mut builder = client_builder(&agent).redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = &settings.extra_ca_pem {
        for certificate in Certificate::from_pem_bundle(pem).map_err(SettingsError::ExtraCa)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    Ok(builder)
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ArmError> {
    serde_json::from_slice(body).map_err(|error| ArmError::Protocol(error.to_string()))
}

/// The error with its causes: reqwest's own text stops at "error sending request".
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
