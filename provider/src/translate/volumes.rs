//! Volumes and where containers mount them.

use std::collections::HashMap;

use aci_model::group::OsType;
use aci_model::group::volume::{EmptyDirVolume, Volume as AciVolume, VolumeMount};
use k8s_openapi::api::core::v1::{Container, Volume};

use super::{Refusal, Translation, Untranslatable};

mod files;
mod projected;

use files::Files;

/// Where admission puts a service account's credentials.
const SERVICE_ACCOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The volumes of a group, by the name that the pod gives them.
#[derive(Default)]
pub(super) struct Mounts {
    volumes: Vec<AciVolume>,
    /// From the pod's name of a volume to the group's; without one, mounts of it are left out.
    names: HashMap<String, Option<String>>,
}

/// What becomes of one volume.
enum Content {
    Empty,
    Files(Files),
    LeftOut,
}

/// The volumes of the pod.
pub(super) fn translate(t: &mut Translation<'_>) -> Result<Mounts, Refusal> {
    let mut mounts = Mounts::default();
    for (i, volume) in t.spec.volumes.iter().flatten().enumerate() {
        let at = format!("spec.volumes[{i}]");
        let content = if t.settings.os_type == OsType::Windows {
            on_windows(t, volume, &at)?
        } else {
            content(t, volume, &at)?
        };
        mounts.add(&volume.name, content);
    }
    Ok(mounts)
}

impl Mounts {
    /// The group's volumes; `None` when there are none.
    pub(super) fn into_volumes(self) -> Option<Vec<AciVolume>> {
        (!self.volumes.is_empty()).then_some(self.volumes)
    }

    /// The mounts of `container`, whose path is `at`.
    pub(super) fn of_container(
        &self,
        container: &Container,
        at: &str,
    ) -> Result<Option<Vec<VolumeMount>>, Untranslatable> {
        let mut mounts = Vec::new();
        for (i, mount) in container.volume_mounts.iter().flatten().enumerate() {
            let at = format!("{at}.volumeMounts[{i}]");
            let sub_path = mount.sub_path.as_deref().is_some_and(|path| !path.is_empty());
            if sub_path || mount.sub_path_expr.is_some() {
                return Err(Untranslatable::new(
                    format!("{at}.{}", if sub_path { "subPath" } else { "subPathExpr" }),
                    "ACI mounts whole volumes",
                    "give the file or folder a volume of its own",
                ));
            }
            if mount.mount_propagation.as_deref().is_some_and(|mode| mode != "None") {
                let reason = "ACI propagates no mounts";
                return Err(Untranslatable::new(format!("{at}.mountPropagation"), reason, "set it to None"));
            }
            if mount.mount_path.contains(':') {
                let reason = "ACI takes no path with a colon";
                return Err(Untranslatable::new(format!("{at}.mountPath"), reason, "choose another path"));
            }
            match self.names.get(&mount.name) {
                Some(Some(name)) => mounts.push(VolumeMount {
                    name: Some(name.clone()),
                    mount_path: Some(mount.mount_path.clone()),
                    read_only: mount.read_only,
                }),
                Some(None) => {}
                None => {
                    let reason = format!("there is no volume named {:?}", mount.name);
                    return Err(Untranslatable::new(format!("{at}.name"), reason, "add it to spec.volumes"));
                }
            }
        }
        Ok((!mounts.is_empty()).then_some(mounts))
    }

    fn add(&mut self, pod_name: &str, content: Content) {
        let mut volume = AciVolume::default();
        match content {
            Content::LeftOut => {
                self.names.insert(pod_name.to_owned(), None);
                return;
            }
            // ACI refuses a secret volume without files; on a kubelet it is an empty folder.
            Content::Files(files) if !files.is_empty() => volume.secret = Some(files.into_secret()),
            Content::Files(_) | Content::Empty => volume.empty_dir = Some(EmptyDirVolume {}),
        }
        let name = self.legal_name(pod_name);
        volume.name = Some(name.clone());
        self.volumes.push(volume);
        self.names.insert(pod_name.to_owned(), Some(name));
    }

    /// ACI's volume names have 5 to 63 characters and no two dashes in a row; Kubernetes' may be shorter.
    fn legal_name(&self, pod_name: &str) -> String {
        let mut name = pod_name.to_owned();
        while name.contains("--") {
            name = name.replace("--", "-");
        }
        if name.len() < 5 {
            name = format!("vol-{name}");
        }
        let taken = |name: &str| self.volumes.iter().any(|volume| volume.name.as_deref() == Some(name));
        let mut candidate = name.clone();
        let mut number = 2;
        while taken(&candidate) {
            let cut: String = name.chars().take(59).collect();
            candidate = format!("{cut}-{number}");
            number += 1;
        }
        candidate
    }
}

fn content(t: &mut Translation<'_>, volume: &Volume, at: &str) -> Result<Content, Refusal> {
    if let Some(dir) = &volume.empty_dir {
        if dir.medium.as_deref().is_some_and(|medium| !medium.is_empty()) {
            t.notes.ignored(format!("{at}.emptyDir.medium"));
        }
        if dir.size_limit.is_some() {
            t.notes.ignored(format!("{at}.emptyDir.sizeLimit"));
        }
        return Ok(Content::Empty);
    }
    if let Some(source) = &volume.secret {
        return files::of_secret(t, source, &format!("{at}.secret")).map(Content::Files);
    }
    if let Some(source) = &volume.config_map {
        return files::of_config_map(t, source, &format!("{at}.configMap")).map(Content::Files);
    }
    if let Some(source) = &volume.projected {
        let files = projected::files(t, &volume.name, source, &format!("{at}.projected"))?;
        return Ok(files.map_or(Content::LeftOut, Content::Files));
    }
    if let Some(source) = &volume.downward_api {
        let items = source.items.as_deref().unwrap_or_default();
        return projected::downward(t, items, &format!("{at}.downwardAPI")).map(Content::Files);
    }
    Err(unsupported(volume, at).into())
}

/// A Windows group has no volumes; the service account's, which admission adds, is left out.
fn on_windows(t: &mut Translation<'_>, volume: &Volume, at: &str) -> Result<Content, Refusal> {
    let mut mounts = t
        .spec
        .containers
        .iter()
        .flat_map(|container| container.volume_mounts.iter().flatten())
        .filter(|mount| mount.name == volume.name)
        .peekable();
    if mounts.peek().is_some() && mounts.all(|mount| mount.mount_path == SERVICE_ACCOUNT_PATH) {
        let text = "Windows container groups have no volumes, so the service account's is left out";
        t.notes.info("ServiceAccountVolumeOmitted", format!("{at}: {text}"));
        return Ok(Content::LeftOut);
    }
    let reason = "Windows container groups have no volumes";
    Err(Untranslatable::new(at, reason, "remove it, or use a Linux virtual node").into())
}

fn unsupported(volume: &Volume, at: &str) -> Untranslatable {
    let kinds = serde_json::to_value(volume).unwrap_or_default();
    let kind = kinds
        .as_object()
        .and_then(|members| members.keys().find(|key| *key != "name").cloned())
        .unwrap_or_else(|| "unknown".to_owned());
    Untranslatable::new(
        format!("{at}.{kind}"),
        format!("volumes of the kind {kind} cannot be mounted in ACI"),
        "use emptyDir, secret, configMap, downwardAPI or projected",
    )
}
