//! A registry as the OCI distribution specification has it: a manifest, and the configuration that it names.
//!
//! Only reading, and only two small documents: a library for it would bring a second date library and four
//! families of derive macros into a program that is compiled while people wait for their first demo.

use std::time::Duration;

use reqwest::header::{ACCEPT, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::challenge::Challenge;
use super::document::{Config, MANIFEST_TYPES, Manifest, Next};
use super::{ImageError, ImageReference};
use crate::http::client_builder;
use crate::naming::hex_prefix;
use crate::translate::inputs::ImageConfig;
use crate::translate::registry::keyring::Login;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What is read of an answer at most; the specification lets registries refuse manifests above 4 MB.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Hex digits of a SHA-256.
const SHA256_DIGITS: usize = 64;

/// Any registry, by its name.
#[derive(Debug)]
pub struct Registry {
    http: reqwest::Client,
    os: &'static str,
}

/// A token, by either of its names.
#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

/// What goes with each request.
enum Pass<'a> {
    Nothing,
    Basic(&'a Login),
    Token(String),
}

impl Registry {
    /// A reader of images for `os` (as Go spells it); nobody is asked yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(os: &'static str) -> Result<Self, reqwest::Error> {
        let agent = concat!("aci-provider/", env!("CARGO_PKG_VERSION"));
        // Layers and configurations are often kept elsewhere; reqwest leaves credentials behind when it goes there.
        let http = client_builder(agent).timeout(TIMEOUT).build()?;
        Ok(Self { http, os })
    }

    /// What `image` says of the process that it starts.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn config(
        &self,
        image: &ImageReference,
        login: Option<&Login>,
    ) -> Result<ImageConfig, ImageError> {
        let mut session = Session { http: &self.http, image, login, pass: Pass::Nothing };
        let mut version = image.version.clone();
        // A list of platforms, and the manifest of one of them.
        for _ in 0..2 {
            let body = session.get(&["manifests", &version]).await?;
            match parse::<Manifest>(&body, image)?.next(self.os) {
                Next::Manifest(digest) => version = digest,
                Next::Config(digest) => {
                    let body = session.get(&["blobs", &digest]).await?;
                    if !is_of(&body, &digest) {
                        return Err(malformed(image, "a configuration that is not the manifest's"));
                    }
                    return parse::<Config>(&body, image).map(ImageConfig::from);
                }
                Next::Nowhere => return Err(malformed(image, "no image that ACI could run")),
            }
        }
        Err(malformed(image, "a list of lists"))
    }
}

/// The requests about one image.
struct Session<'a> {
    http: &'a reqwest::Client,
    image: &'a ImageReference,
    login: Option<&'a Login>,
    pass: Pass<'a>,
}

impl Session<'_> {
    /// The body of what is below the repository; a registry that asks who is there is answered once.
    async fn get(&mut self, below: &[&str]) -> Result<Vec<u8>, ImageError> {
        let (host, url) = (&self.image.registry, url(self.image, below)?);
        let mut answer = self.send(&url).await?;
        if answer.status() == StatusCode::UNAUTHORIZED && matches!(self.pass, Pass::Nothing) {
            let header = answer.headers().get(WWW_AUTHENTICATE).and_then(|header| header.to_str().ok());
            self.pass = match (header.and_then(Challenge::parse), self.login) {
                (Some(Challenge::Basic), Some(login)) => Pass::Basic(login),
                (Some(Challenge::Bearer { realm, service, scope }), _) => {
                    let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.image.repository));
                    Pass::Token(self.token(&realm, service.as_deref(), &scope).await?)
                }
                _ => return Err(ImageError::Unauthorized(host.clone())),
            };
            answer = self.send(&url).await?;
        }
        match answer.status() {
            status if status.is_success() => read(answer, host).await,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ImageError::Unauthorized(host.clone())),
            StatusCode::NOT_FOUND => Err(ImageError::NotFound(host.clone())),
            status => Err(ImageError::Status { host: host.clone(), status: status.as_u16() }),
        }
    }

    async fn send(&self, url: &Url) -> Result<Response, ImageError> {
        let request = self.http.get(url.clone()).header(ACCEPT, MANIFEST_TYPES);
        let request = match &self.pass {
            Pass::Nothing => request,
            Pass::Basic(login) => by(request, login),
            Pass::Token(token) => request.bearer_auth(token),
        };
        request.send().await.map_err(|error| unreachable(&self.image.registry, &error))
    }

    /// A token from the place that the registry names. A password goes there over TLS only, but for registries of
    /// this machine, which have none either.
    async fn token(&self, realm: &str, service: Option<&str>, scope: &str) -> Result<String, ImageError> {
        let image = self.image;
        let realm = Url::parse(realm).map_err(|_| malformed(image, "no place to get a token from"))?;
        if realm.scheme() != "https" && scheme(&image.registry) == "https" {
            return Err(malformed(image, "a place to get a token from that is not safe"));
        }
        let service = service.map(|service| ("service", service));
        let query: Vec<_> = service.into_iter().chain([("scope", scope)]).collect();
        let request = self.http.get(realm).query(&query);
        let request = self.login.into_iter().fold(request, by);
        let answer = request.send().await.map_err(|error| unreachable(&image.registry, &error))?;
        if !answer.status().is_success() {
            return Err(ImageError::Unauthorized(image.registry.clone()));
        }
        let body = read(answer, &image.registry).await?;
        Ok(parse::<Token>(&body, image)?.token)
    }
}

/// `https://{registry}/v2/{repository}/…`.
fn url(image: &ImageReference, below: &[&str]) -> Result<Url, ImageError> {
    let base = format!("{}://{}/v2/", scheme(&image.registry), image.registry);
    let mut url = Url::parse(&base).map_err(|_| malformed(image, "a name that is no host's"))?;
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(image.repository.split('/')).extend(below);
    }
    Ok(url)
}

fn by(request: RequestBuilder, login: &Login) -> RequestBuilder {
    request.basic_auth(&login.username, Some(login.password.expose()))
}

/// Registries of this machine speak plain HTTP, as Docker takes it.
fn scheme(registry: &str) -> &'static str {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if local { "http" } else { "https" }
}

/// Whether `digest` is that of `body`; of digests other than SHA-256 nobody can say.
fn is_of(body: &[u8], digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_none_or(|hash| hash == hex_prefix(body, SHA256_DIGITS))
}

fn parse<T: DeserializeOwned>(body: &[u8], image: &ImageReference) -> Result<T, ImageError> {
    serde_json::from_slice(body).map_err(|_| malformed(image, "something else than a registry's documents"))
}

fn malformed(image: &ImageReference, what: &'static str) -> ImageError {
    ImageError::Malformed { host: image.registry.clone(), what }
}

/// The body, unless it is longer than any that is meant.
pub(super) async fn read(mut answer: Response, host: &str) -> Result<Vec<u8>, ImageError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(host, &error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(ImageError::Malformed { host: host.to_owned(), what: "more than 4 MB" });
        }
    }
    Ok(body)
}

pub(super) fn unreachable(host: &str, error: &reqwest::Error) -> ImageError {
    tracing::debug!(host, %error, "an image cannot be asked for");
    let why = if error.is_timeout() {
        "time-out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    ImageError::Unreachable { host: host.to_owned(), why }
}
