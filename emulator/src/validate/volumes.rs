//! Rules about volumes and their mounts.

use std::collections::HashSet;

use aci_model::group::volume::{Volume, VolumeMount};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Request, Violation, is_dns_label, required};
use crate::repositories::RepositorySpec;

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let volumes = request.properties.volumes.as_deref().unwrap_or_default();
    if volumes.len() > request.limits.group.volumes {
        let (count, limit) = (volumes.len(), request.limits.group.volumes);
        return Err(Violation::TooManyVolumes { group: request.group(), count, limit });
    }
    let mut names = HashSet::new();
    for (index, volume) in volumes.iter().enumerate() {
        let name = required(volume.name.as_ref(), "name", &format!("properties.volumes[{index}]"))?;
        if !is_dns_label(name) || name.contains("--") {
            return Err(Violation::VolumeName { volume: name.clone(), group: request.group() });
        }
        if !names.insert(name.as_str()) {
            return Err(Violation::DuplicateVolume { volume: name.clone(), group: request.group() });
        }
        check_volume(request, index, name, volume)?;
    }
    for (index, container) in request.properties.containers.iter().flatten().enumerate() {
        let mounts = container.properties.as_ref().and_then(|it| it.volume_mounts.as_deref());
        let path = format!("properties.containers[{index}].properties");
        check_mounts(container.name.as_deref(), mounts, &path, &names)?;
    }
    for (index, container) in request.properties.init_containers.iter().flatten().enumerate() {
        let mounts = container.properties.as_ref().and_then(|it| it.volume_mounts.as_deref());
        let path = format!("properties.initContainers[{index}].properties");
        check_mounts(container.name.as_deref(), mounts, &path, &names)?;
    }
    Ok(())
}

fn check_volume(request: &Request<'_>, index: usize, name: &str, volume: &Volume) -> Result<(), Violation> {
    let kinds = [
        volume.azure_file.is_some(),
        volume.empty_dir.is_some(),
        // The specification's example has both, for different files of one volume.
        volume.secret.is_some() || volume.secret_reference.is_some(),
        volume.git_repo.is_some(),
    ];
    if kinds.into_iter().filter(|set| *set).count() != 1 {
        return Err(Violation::VolumeKind { volume: name.to_owned(), group: request.group() });
    }
    if let Some(git) = &volume.git_repo {
        let path = format!("properties.volumes[{index}].gitRepo");
        let repository = required(git.repository.as_ref(), "repository", &path)?;
        if RepositorySpec::new(repository, git.directory.as_deref(), None).is_none() {
            let directory = git.directory.clone().unwrap_or_default();
            let (volume, group) = (name.to_owned(), request.group());
            return Err(Violation::GitDirectory { directory, volume, group });
        }
    }
    if let Some(share) = &volume.azure_file {
        let path = format!("properties.volumes[{index}].azureFile");
        required(share.share_name.as_ref(), "shareName", &path)?;
        required(share.storage_account_name.as_ref(), "storageAccountName", &path)?;
    }
    let given = volume.secret.iter().flatten();
    let given = given.map(|(file, content)| (file, STANDARD.decode(content.expose()).is_ok()));
    let referred = volume.secret_reference.iter().flatten().map(|(file, _)| (file, true));
    match given.chain(referred).find(|(file, is_good)| !is_good || !is_file_name(file)) {
        Some((file, _)) => {
            let (volume, group) = (name.to_owned(), request.group());
            Err(Violation::SecretFile { file: file.clone(), volume, group })
        }
        None => Ok(()),
    }
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != ".."
}

fn check_mounts(
    container: Option<&str>,
    mounts: Option<&[VolumeMount]>,
    path: &str,
    volumes: &HashSet<&str>,
) -> Result<(), Violation> {
    let container = container.unwrap_or_default().to_owned();
    let mounts = mounts.unwrap_or_default();
    let (mut unknown, mut paths) = (Vec::new(), HashSet::new());
    for (index, mount) in mounts.iter().enumerate() {
        let path = format!("{path}.volumeMounts[{index}]");
        let name = required(mount.name.as_ref(), "name", &path)?;
        let mount_path = required(mount.mount_path.as_ref(), "mountPath", &path)?;
        if mount_path.contains(':') {
            return Err(Violation::MountPath { path: mount_path.clone(), container });
        }
        if !paths.insert(mount_path) {
            return Err(Violation::DuplicateMountPath { path: mount_path.clone(), container });
        }
        if !volumes.contains(name.as_str()) {
            unknown.push(name.as_str());
        }
    }
    if !unknown.is_empty() {
        return Err(Violation::VolumesNotFound { volumes: unknown.join(","), container });
    }
    Ok(())
}
