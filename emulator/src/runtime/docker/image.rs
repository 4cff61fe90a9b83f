//! Images: found on the engine or pulled, and named by their digest.

use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::StreamExt;

use super::PullPolicy;
use super::engine::Engine;
use super::error::{image_kind, is_away, refused, words};
use crate::runtime::{ImageConfig, ImageErrorKind, PulledImage, RegistryAuth, RuntimeError};

/// How long a registry may take to say the first word about an image. Docker itself waits far longer for one
/// that is cut off, and a user would see a group that creates without a reason.
const FIRST_WORD: Duration = Duration::from_secs(10);
/// The registry of images that name none.
const DOCKER_HUB: &str = "docker.io";
/// The name under which Docker keeps credentials of its hub (`registry.IndexServer` in moby).
const DOCKER_HUB_SERVER: &str = "https://index.docker.io/v1/";

/// An image's name in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference<'a> {
    repository: &'a str,
    /// A tag, or a digest with its algorithm.
    version: &'a str,
}

impl<'a> Reference<'a> {
    /// Splits a name; `None` where it has characters that no image's has (and that a URL would misread).
    fn parse(image: &'a str) -> Option<Self> {
        let known = |c: char| c.is_ascii_alphanumeric() || "._/:@-".contains(c);
        let segments_are_names = image.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
        if !image.chars().all(known) || !segments_are_names {
            return None;
        }
        if let Some((name, digest)) = image.split_once('@') {
            // Docker ignores a tag beside a digest.
            return Some(Self { repository: split_tag(name).0, version: digest });
        }
        let (repository, tag) = split_tag(image);
        Some(Self { repository, version: tag.unwrap_or("latest") })
    }

    /// The registry's host: the first part, if it can be one.
    fn registry(&self) -> &'a str {
        match self.repository.split_once('/') {
            Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => normal_server(host),
            _ => DOCKER_HUB,
        }
    }

    /// The digest among those that the engine knows the image by, written with the caller's repository.
    fn with_digest(&self, image: &str, repo_digests: &[String]) -> String {
        let short = |name: &'a str| name.trim_start_matches("docker.io/").trim_start_matches("library/");
        let digest = repo_digests.iter().find_map(|known| {
            let (repository, digest) = known.split_once('@')?;
            let same = repository == short(self.repository) || repository == self.repository;
            same.then_some(digest)
        });
        digest.map_or_else(|| image.to_owned(), |digest| format!("{}@{digest}", self.repository))
    }
}

/// A colon before the last slash is a port's.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// A registry's host out of what users write: with a scheme, a path, or one of the hub's other names.
fn normal_server(server: &str) -> &str {
    let host = server.trim_start_matches("https://").trim_start_matches("http://");
    match host.split('/').next().unwrap_or(host) {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB,
        host => host,
    }
}

/// The credentials for an image. Docker would send any that it is given, so another registry's stay here.
fn credentials(reference: &Reference<'_>, auth: &RegistryAuth) -> Option<DockerCredentials> {
    let server = normal_server(&auth.server);
    server.eq_ignore_ascii_case(reference.registry()).then(|| DockerCredentials {
        username: Some(auth.username.clone()),
        password: Some(auth.password.expose().to_owned()),
        serveraddress: Some(if server == DOCKER_HUB { DOCKER_HUB_SERVER } else { server }.to_owned()),
        ..DockerCredentials::default()
    })
}

impl Engine {
    /// Finds an image or pulls it.
    pub(crate) async fn pull(
        &self,
        image: &str,
        auth: Option<&RegistryAuth>,
    ) -> Result<PulledImage, RuntimeError> {
        let reference = Reference::parse(image).ok_or_else(|| invalid(image))?;
        let found = match self.pull_policy {
            PullPolicy::Missing => self.find_image(image).await?,
            PullPolicy::Always => None,
        };
        let found = match found {
            Some(found) => found,
            None => {
                self.download(image, &reference, auth).await?;
                self.find_image(image).await?.ok_or_else(|| RuntimeError::Gone(format!("image {image}")))?
            }
        };
        let digests = found.repo_digests.unwrap_or_default();
        Ok(PulledImage { reference: reference.with_digest(image, &digests) })
    }

    /// What an image of the engine says of the process that it starts.
    pub(crate) async fn image_config(&self, image: &str) -> Result<Option<ImageConfig>, RuntimeError> {
        Reference::parse(image).ok_or_else(|| invalid(image))?;
        let Some(found) = self.find_image(image).await? else { return Ok(None) };
        let config = found.config.unwrap_or_default();
        Ok(Some(ImageConfig {
            entrypoint: config.entrypoint.unwrap_or_default(),
            cmd: config.cmd.unwrap_or_default(),
            working_dir: config.working_dir.unwrap_or_default(),
        }))
    }

    async fn find_image(&self, image: &str) -> Result<Option<ImageInspect>, RuntimeError> {
        match self.docker.inspect_image(image).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_away(&error) => Err(refused(error)),
            // Whatever else is wrong with the name, the attempt to pull it says it better.
            Err(_) => Ok(None),
        }
    }

    async fn download(
        &self,
        image: &str,
        reference: &Reference<'_>,
        auth: Option<&RegistryAuth>,
    ) -> Result<(), RuntimeError> {
        let options =
            CreateImageOptionsBuilder::new().from_image(reference.repository).tag(reference.version).build();
        let credentials = auth.and_then(|auth| credentials(reference, auth));
        let mut progress = self.docker.create_image(Some(options), None, credentials).boxed();
        let mut word = tokio::time::timeout(FIRST_WORD, progress.next()).await.map_err(|_elapsed| {
            let registry = reference.registry();
            let seconds = FIRST_WORD.as_secs();
            RuntimeError::Image {
                image: image.to_owned(),
                kind: ImageErrorKind::Unreachable,
                detail: format!("timeout: registry {registry} has not answered within {seconds} seconds"),
            }
        })?;
        while let Some(said) = word {
            said.map_err(|error| image_error(image, error))?;
            word = progress.next().await;
        }
        Ok(())
    }
}

fn invalid(image: &str) -> RuntimeError {
    RuntimeError::Image {
        image: image.to_owned(),
        kind: ImageErrorKind::InvalidReference,
        detail: "invalid reference format".to_owned(),
    }
}

fn image_error(image: &str, error: Error) -> RuntimeError {
    if is_away(&error) {
        return refused(error);
    }
    let detail = words(&error);
    RuntimeError::Image { image: image.to_owned(), kind: image_kind(image, &detail), detail }
}

#[cfg(test)]
mod tests {
    use aci_model::Secret;

    use super::*;

    #[test]
    fn names_come_apart_at_tag_and_digest() {
        let cases = [
            ("nginx", "nginx", "latest", "docker.io"),
            ("nginx:1.27", "nginx", "1.27", "docker.io"),
            ("me/app", "me/app", "latest", "docker.io"),
            ("localhost:5000/app", "localhost:5000/app", "latest", "localhost:5000"),
            ("r.io:5000/a/b:1@sha256:ab", "r.io:5000/a/b", "sha256:ab", "r.io:5000"),
            ("index.docker.io/me/app:2", "index.docker.io/me/app", "2", "docker.io"),
        ];
        for (image, repository, version, registry) in cases {
            let reference = Reference::parse(image).unwrap();
            assert_eq!(reference, Reference { repository, version });
            assert_eq!(reference.registry(), registry, "{image}");
        }
    }

    #[test]
    fn names_that_a_url_would_misread_are_no_images() {
        for image in ["", "a b", "../containers/json", "a//b", "/a", "a?x=1", "a%2e", "a/../b"] {
            assert_eq!(Reference::parse(image), None, "{image}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_repository_asked_for() {
        let digests =
            ["other@sha256:1".to_owned(), "nginx@sha256:2".to_owned(), "r.io/x@sha256:3".to_owned()];
        let named = |image: &str| Reference::parse(image).unwrap().with_digest(image, &digests);
        assert_eq!(named("nginx:1.27"), "nginx@sha256:2");
        assert_eq!(named("docker.io/library/nginx"), "docker.io/library/nginx@sha256:2");
        assert_eq!(named("r.io/x"), "r.io/x@sha256:3");
        assert_eq!(named("local:1"), "local:1");
    }

    #[test]
    fn credentials_go_to_their_own_registry_alone() {
        let auth = |server: &str| RegistryAuth {
            server: server.into(),
            username: "u".into(),
            password: Secret::new("p"),
        };
        let sent = |image: &str, server: &str| {
            let reference = Reference::parse(image).unwrap();
            credentials(&reference, &auth(server)).map(|sent| sent.serveraddress.unwrap())
        };
        assert_eq!(sent("r.io/x", "https://R.io/v2/").as_deref(), Some("R.io"));
        assert_eq!(sent("nginx", "index.docker.io").as_deref(), Some(DOCKER_HUB_SERVER));
        assert_eq!(sent("evil.io/x", "r.io"), None);
    }
}
