//! Pairs of files: a pod with what exists beside it, and the group that it becomes.

use std::path::{Path, PathBuf};

use aci_model::{ResourceId, Secret as SecretText};
use aci_provider::translate::inputs::{ImageConfig, Token, TokenProblem, TokenSpec};
use aci_provider::translate::{Inputs, Master, Refusal, Settings, Translated, pod_to_group};
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::Pod;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::builders::settings;

/// A pod and its world.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) pod: Pod,
    pub(crate) inputs: Inputs,
    pub(crate) settings: Settings,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/translate")
}

/// The names of all cases.
pub(crate) fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let files = files.map(|name| name.into_string().unwrap());
    let mut names: Vec<_> =
        files.filter_map(|name| name.strip_suffix(".pod.yaml").map(str::to_owned)).collect();
    names.sort();
    assert!(names.len() > 20, "the cases were not found");
    names
}

pub(crate) fn yaml<T: DeserializeOwned>(text: &str) -> T {
    typed(serde_saphyr::from_str(text).unwrap())
}

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

impl Case {
    /// The pod, and then the objects that exist beside it, as YAML documents.
    pub(crate) fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(folder().join(format!("{name}.pod.yaml"))).unwrap();
        let mut documents = text.split("\n---\n");
        let pod = yaml(documents.next().unwrap());
        let (inputs, settings) = (Inputs::default(), settings());
        let mut case = Self { name: name.to_owned(), pod, inputs, settings };
        documents.for_each(|document| case.add(yaml(document)));
        case
    }

    fn add(&mut self, value: Value) {
        let inputs = &mut self.inputs;
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        let foreign = Some(&namespace) != self.pod.metadata.namespace.as_ref();
        match value["kind"].as_str().unwrap() {
            "Secret" if foreign => drop(inputs.volume_secrets.insert((namespace, name), typed(value))),
            "Secret" => {
                inputs.volume_secrets.insert((namespace, name.clone()), typed(value.clone()));
                inputs.secrets.insert(name, typed(value));
            }
            "ConfigMap" => drop(inputs.config_maps.insert(name, typed(value))),
            "Service" => inputs.services.push(typed(value)),
            "PersistentVolumeClaim" => drop(inputs.claims.insert(name, typed(value))),
            "PersistentVolume" => drop(inputs.volumes.insert(name, typed(value))),
            "TokenRequest" => self.add_token(&value),
            "Image" => drop(inputs.images.insert(name, image(&value))),
            "Settings" => self.set(&value),
            other => panic!("unexpected {other}"),
        }
    }

    fn add_token(&mut self, value: &Value) {
        let request: TokenRequest = typed(value.clone());
        let spec = TokenSpec {
            audience: request.spec.audiences.first().cloned(),
            expiration_seconds: request.spec.expiration_seconds.unwrap(),
        };
        let token = match request.status {
            Some(status) => {
                Ok(Token { text: SecretText::new(status.token), expires: status.expiration_timestamp.0 })
            }
            None => Err(TokenProblem::Forbidden(value["forbidden"].as_str().unwrap().to_owned())),
        };
        self.inputs.tokens.insert(spec, token);
    }

    fn set(&mut self, value: &Value) {
        if value["subnet"] == true {
            self.settings.subnet = Some(ResourceId::subnet("sub", "net-rg", "vnet", "aci"));
        }
        if let Some(os) = value["osType"].as_str() {
            self.settings.os_type = os.into();
        }
        if let Some((host, port)) = value["master"].as_str().and_then(|master| master.split_once(':')) {
            self.settings.master = Some(Master { host: host.to_owned(), port: port.parse().unwrap() });
        }
        if value["kubeDnsIp"] == "" {
            self.settings.kube_dns_ip = None;
        }
    }

    pub(crate) fn translate(&self) -> Result<Translated, Refusal> {
        pod_to_group(&self.pod, &self.inputs, &self.settings)
    }

    /// The group and the notes.
    pub(crate) fn shown(&self) -> Value {
        let translated = self.translate().unwrap_or_else(|refusal| panic!("{}: {refusal}", self.name));
        let notes: Vec<_> = translated
            .notes
            .iter()
            .map(|note| {
                let kind = if note.warning { "Warning" } else { "Normal" };
                format!("{kind} {}: {}", note.reason, note.message)
            })
            .collect();
        json!({"group": translated.group, "notes": notes})
    }

    /// Where the group differs from the one in the file.
    pub(crate) fn difference(&self, update: bool) -> Option<String> {
        let got = self.shown();
        let path = folder().join(format!("{}.group.json", self.name));
        if update {
            std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&got).unwrap())).unwrap();
        }
        let expected: Value = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => Value::Null,
        };
        (got != expected).then(|| format!("{}: {got:#}", self.name))
    }
}

fn image(value: &Value) -> Result<ImageConfig, String> {
    let words =
        |name: &str| -> Vec<String> { typed(value[name].as_array().cloned().unwrap_or_default().into()) };
    match value["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(ImageConfig {
            entrypoint: words("entrypoint"),
            cmd: words("cmd"),
            working_dir: value["workingDir"].as_str().unwrap_or_default().to_owned(),
        }),
    }
}
