//! Volumes and where containers mount them.
//!
//! ACI mounts whole volumes, and its secret volumes are flat folders of files. So one volume of a pod becomes as
//! many of the group as it takes, each made when the first container mounts it ([`mounts`]): one for each folder of
//! files, one for each sub path.

use std::collections::{BTreeMap, HashMap, HashSet};

use aci_model::group::OsType;
use aci_model::group::volume::{AzureFileVolume, EmptyDirVolume, GitRepoVolume, Volume as AciVolume};
use k8s_openapi::api::core::v1::{GitRepoVolumeSource, Volume};

use super::{Refusal, Translation, Untranslatable, reasons};

mod files;
mod mounts;
mod names;
mod projected;
mod share;
mod sub_path;

use files::Files;

/// Where admission puts a service account's credentials.
const SERVICE_ACCOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How many volumes a group may have (documented in ACI's quotas).
const MAX_VOLUMES: usize = 20;

/// The volumes of a pod, and those of its group so far.
#[derive(Default)]
pub(super) struct Mounts {
    /// By the pod's names.
    contents: HashMap<String, Content>,
    /// The pod's volumes that some container mounts as a whole.
    whole: HashSet<String>,
    /// The sub paths of empty folders that containers mount.
    sub_paths: BTreeMap<String, Vec<String>>,
    /// The group's volumes by what they hold.
    made: HashMap<String, String>,
    volumes: Vec<AciVolume>,
}

/// What becomes of one volume of the pod.
enum Content {
    Empty,
    Files(Files),
    Share(AzureFileVolume),
    Repository(GitRepoVolume),
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
        mounts.contents.insert(volume.name.clone(), content);
    }
    let containers = t.spec.containers.iter().chain(t.spec.init_containers.iter().flatten());
    let all = containers.flat_map(|container| container.volume_mounts.iter().flatten());
    mounts.whole = all.filter(|mount| !sub_path::is_given(mount)).map(|mount| mount.name.clone()).collect();
    Ok(mounts)
}

impl Mounts {
    /// The group's volumes; `None` when there are none.
    pub(super) fn into_volumes(self) -> Result<Option<Vec<AciVolume>>, Untranslatable> {
        let count = self.volumes.len();
        if count > MAX_VOLUMES {
            return Err(Untranslatable::new(
                "spec.volumes",
                format!("they become {count} volumes of a container group, which may have {MAX_VOLUMES}"),
                "mount fewer folders and sub paths",
            ));
        }
        Ok((!self.volumes.is_empty()).then_some(self.volumes))
    }

    /// The group's volume of what `holds` names, made when it is wanted first.
    fn volume(&mut self, holds: String, name: &str, make: impl FnOnce(&mut AciVolume)) -> String {
        if let Some(name) = self.made.get(&holds) {
            return name.clone();
        }
        let taken = |name: &str| self.volumes.iter().any(|volume| volume.name.as_deref() == Some(name));
        let name = names::legal(name, taken);
        let mut volume = AciVolume { name: Some(name.clone()), ..AciVolume::default() };
        make(&mut volume);
        self.volumes.push(volume);
        self.made.insert(holds, name.clone());
        name
    }
}

fn content(t: &mut Translation<'_>, volume: &Volume, at: &str) -> Result<Content, Refusal> {
    let name = &volume.name;
    if volume.empty_dir.is_some() {
        return Ok(Content::Empty);
    }
    if let Some(source) = &volume.secret {
        return files::of_secret(t, name, source, &format!("{at}.secret")).map(Content::Files);
    }
    if let Some(source) = &volume.config_map {
        return files::of_config_map(t, name, source, &format!("{at}.configMap")).map(Content::Files);
    }
    if let Some(source) = &volume.projected {
        return projected::files(t, name, source, &format!("{at}.projected")).map(Content::Files);
    }
    if let Some(source) = &volume.downward_api {
        let items = source.items.as_deref().unwrap_or_default();
        return projected::downward(t, items, &format!("{at}.downwardAPI")).map(Content::Files);
    }
    if let Some(source) = &volume.git_repo {
        return Ok(Content::Repository(repository(source)));
    }
    if let Some(claim) = &volume.persistent_volume_claim {
        return share::of_claim(t, name, claim, &format!("{at}.persistentVolumeClaim")).map(Content::Share);
    }
    if let Some(share) = super::shares::of_volume(volume) {
        let at = format!("{at}.{}", if volume.csi.is_some() { "csi" } else { "azureFile" });
        return share::of_inline(t, name, share, &at).map(Content::Share);
    }
    // The API server fills in an empty folder where a volume says nothing (`SetDefaults_Volume`).
    Ok(Content::Empty)
}

fn repository(source: &GitRepoVolumeSource) -> GitRepoVolume {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    GitRepoVolume {
        repository: Some(source.repository.clone()),
        directory: given(&source.directory),
        revision: given(&source.revision),
    }
}

fn empty(volume: &mut AciVolume) {
    volume.empty_dir = Some(EmptyDirVolume {});
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
        t.notes.info(reasons::SERVICE_ACCOUNT_VOLUME_OMITTED, format!("{at}: {text}"));
        return Ok(Content::LeftOut);
    }
    let reason = "Windows container groups have no volumes";
    Err(Untranslatable::new(at, reason, "remove it, or use a Linux virtual node").into())
}
