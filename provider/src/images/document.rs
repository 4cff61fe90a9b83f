//! The documents of the OCI image specification (and of Docker's before it), as far as they lead to an entry point.

use serde::Deserialize;

use crate::translate::inputs::ImageConfig;

/// What is asked for: one image, or a list of one image for each platform.
pub(super) const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// The architecture that ACI runs.
const ARCHITECTURE: &str = "amd64";

/// A manifest of either kind.
#[derive(Deserialize)]
pub(super) struct Manifest {
    config: Option<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

/// Where a manifest leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// To the configuration with this digest.
    Config(String),
    /// To the manifest of the platform.
    Manifest(String),
    /// Nowhere: no image of the platform.
    Nowhere,
}

impl Manifest {
    /// The way to the configuration of the image for `os`.
    pub(super) fn next(self, os: &str) -> Next {
        let fits = |it: &&Descriptor| {
            it.platform
                .as_ref()
                .is_some_and(|platform| platform.os == os && platform.architecture == ARCHITECTURE)
        };
        match (self.config, self.manifests) {
            (Some(config), _) => Next::Config(config.digest),
            (None, Some(list)) => {
                list.iter().find(fits).map_or(Next::Nowhere, |it| Next::Manifest(it.digest.clone()))
            }
            (None, None) => Next::Nowhere,
        }
    }
}

/// The configuration of an image.
#[derive(Deserialize)]
pub(super) struct Config {
    config: Option<Process>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Process {
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: String,
}

impl From<Config> for ImageConfig {
    fn from(config: Config) -> Self {
        let Process { entrypoint, cmd, working_dir } = config.config.unwrap_or_default();
        Self { entrypoint: entrypoint.unwrap_or_default(), cmd: cmd.unwrap_or_default(), working_dir }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(json: &str) -> Next {
        serde_json::from_str::<Manifest>(json).unwrap().next("linux")
    }

    #[test]
    fn a_manifest_leads_to_its_configuration_and_a_list_to_the_platform_s_manifest() {
        assert_eq!(next(r#"{"config":{"digest":"sha256:c"}}"#), Next::Config("sha256:c".to_owned()));
        let list = r#"{"manifests":[
            {"digest":"sha256:w","platform":{"os":"windows","architecture":"amd64"}},
            {"digest":"sha256:a","platform":{"os":"linux","architecture":"arm64"}},
            {"digest":"sha256:l","platform":{"os":"linux","architecture":"amd64"}}]}"#;
        assert_eq!(next(list), Next::Manifest("sha256:l".to_owned()));
        assert_eq!(next(r#"{"manifests":[]}"#), Next::Nowhere);
        assert_eq!(next(r#"{"schemaVersion":1}"#), Next::Nowhere);
    }

    #[test]
    fn an_image_may_say_nothing_of_its_process() {
        let config = |json: &str| ImageConfig::from(serde_json::from_str::<Config>(json).unwrap());
        assert_eq!(config(r#"{"architecture":"amd64"}"#), ImageConfig::default());
        let own = config(r#"{"config":{"Entrypoint":null,"Cmd":["sh"],"WorkingDir":"/app"}}"#);
        assert_eq!((own.cmd, own.working_dir.as_str()), (vec!["sh".to_owned()], "/app"));
    }
}
