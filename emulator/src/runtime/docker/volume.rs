//! Volumes of a deployment: Docker volumes that live as long as it, secret ones in memory only.
//!
//! A secret volume is a tmpfs that the local driver mounts while a running container uses it. The sandbox
//! does for as long as the deployment lives, so the files stay, and they never touch a disk.

use std::collections::HashMap;
use std::fs::File;
use std::io::Seek as _;
use std::path::Path;

use aci_model::ResourceId;
use bollard::models::{Mount, MountType, MountVolumeOptions, VolumeCreateRequest};
use jiff::Timestamp;

use super::labels::{self, labels};
use super::names::Names;
use crate::runtime::{
    MountSpec, SandboxId, SandboxSpec, SecretFile, ShareSource, SmbShare, VolumeContent, VolumeSpec,
};

/// Where the sandbox has the volumes, each under its place in the list.
pub(crate) const SANDBOX_FOLDER: &str = "/volumes";
/// Every user may write, as in the kubelet's emptyDir (`pkg/volume/emptydir`, `perm = 0777`).
const EMPTY_MODE: u32 = 0o777;
/// The kubelet's secret volumes are an emptyDir in memory, with the sticky bit that a tmpfs root has.
const SECRET_MODE: u32 = 0o1777;
/// Kubernetes' default for files of a secret (`SecretVolumeSourceDefaultMode`).
const SECRET_FILE_MODE: u32 = 0o644;

/// The volume that Docker is to make.
pub(crate) fn request(
    owner: &str,
    names: &Names,
    spec: &SandboxSpec,
    volume: &VolumeSpec,
) -> VolumeCreateRequest {
    VolumeCreateRequest {
        name: Some(names.volume(&spec.group, &spec.id, &volume.name)),
        driver: Some("local".to_owned()),
        driver_opts: match &volume.content {
            VolumeContent::Empty | VolumeContent::Copy(_) => None,
            VolumeContent::Secret(_) => Some(labels([
                ("type", "tmpfs"),
                ("device", "tmpfs"),
                ("o", &format!("mode={SECRET_MODE:o},nosuid,nodev,noexec")),
            ])),
            VolumeContent::Share { source, read_only } => Some(share_options(source, *read_only)),
        },
        labels: Some(volume_labels(owner, &spec.group, &spec.id, &volume.name)),
        cluster_volume_spec: None,
    }
}

/// What the local driver mounts for a share. Removing such a volume unmounts it and leaves the share alone.
fn share_options(source: &ShareSource, read_only: bool) -> HashMap<String, String> {
    let access = if read_only { "ro" } else { "rw" };
    match source {
        ShareSource::Folder(path) => {
            labels([("type", "none"), ("device", &path.to_string_lossy()), ("o", &format!("bind,{access}"))])
        }
        ShareSource::Smb(SmbShare { server, share, user, key }) => labels([
            ("type", "cifs"),
            ("device", &format!("//{server}/{share}")),
            // The driver looks the server up by `addr`, as the kernel cannot; the rest is what Azure documents for
            // mounts of its file shares.
            (
                "o",
                &format!(
                    "addr={server},username={user},password={},vers=3.0,serverino,dir_mode=0777,file_mode=0777,{access}",
                    key.expose()
                ),
            ),
        ]),
    }
}

/// The sandbox's mounts of its own volumes.
pub(crate) fn sandbox_mounts(names: &Names, spec: &SandboxSpec) -> Vec<Mount> {
    let place = |(index, volume): (usize, &VolumeSpec)| {
        let target = format!("{SANDBOX_FOLDER}/{index}");
        mount(names.volume(&spec.group, &spec.id, &volume.name), target, false, HashMap::new())
    };
    spec.volumes.iter().enumerate().map(place).collect()
}

/// A container's mount. Docker makes a volume that is missing, so the labels go along: nothing of ours is
/// ever without an owner.
pub(crate) fn container_mount(
    owner: &str,
    names: &Names,
    group: &ResourceId,
    sandbox: &SandboxId,
    spec: &MountSpec,
) -> Mount {
    let source = names.volume(group, sandbox, &spec.volume);
    mount(source, spec.path.clone(), spec.read_only, volume_labels(owner, group, sandbox, &spec.volume))
}

fn mount(source: String, target: String, read_only: bool, labels: HashMap<String, String>) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(source),
        target: Some(target),
        read_only: Some(read_only),
        volume_options: Some(MountVolumeOptions {
            // Docker would fill an empty volume with what the image has there; a kubelet hides it.
            no_copy: Some(true),
            labels: Some(labels),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    }
}

fn volume_labels(
    owner: &str,
    group: &ResourceId,
    sandbox: &SandboxId,
    name: &str,
) -> HashMap<String, String> {
    let mut all = labels::deployment(owner, group, sandbox, labels::ROLE_VOLUME);
    all.extend(labels([(labels::VOLUME, name)]));
    all
}

/// Whether there is anything to write into a volume: what is in a share is its users'.
pub(crate) fn is_filled(volume: &VolumeSpec) -> bool {
    !matches!(volume.content, VolumeContent::Share { .. })
}

/// The contents of volumes, each with its place, as one tar archive for [`SANDBOX_FOLDER`]; folders carry their modes. It lies in a
/// file without a name, for a repository may be larger than what one likes to have in memory.
pub(crate) fn archive(volumes: &[(usize, VolumeSpec)], modified: Timestamp) -> std::io::Result<File> {
    let modified = u64::try_from(modified.as_second()).unwrap_or_default();
    let mut archive = tar::Builder::new(tempfile::tempfile()?);
    // A link of a repository must not lead to a file of this machine.
    archive.follow_symlinks(false);
    archive.mode(tar::HeaderMode::Deterministic);
    for (index, volume) in volumes.iter().filter(|(_, volume)| is_filled(volume)) {
        let (mode, files) = match &volume.content {
            VolumeContent::Secret(files) => (SECRET_MODE, files.as_slice()),
            VolumeContent::Empty | VolumeContent::Copy(_) | VolumeContent::Share { .. } => {
                (EMPTY_MODE, [].as_slice())
            }
        };
        let mut folder = header(mode, modified, 0);
        folder.set_entry_type(tar::EntryType::Directory);
        archive.append_data(&mut folder, format!("{index}/"), std::io::empty())?;
        for SecretFile { name, content } in files {
            let mut file = header(SECRET_FILE_MODE, modified, content.len() as u64);
            archive.append_data(&mut file, format!("{index}/{name}"), content.as_slice())?;
        }
        if let VolumeContent::Copy(tree) = &volume.content {
            for entry in std::fs::read_dir(tree.path())? {
                let entry = entry?;
                let (name, path) = (Path::new(&index.to_string()).join(entry.file_name()), entry.path());
                match entry.file_type()?.is_dir() {
                    true => archive.append_dir_all(name, path)?,
                    false => archive.append_path_with_name(path, name)?,
                }
            }
        }
    }
    let mut file = archive.into_inner()?;
    file.rewind()?;
    Ok(file)
}

fn header(mode: u32, modified: u64, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_mtime(modified);
    header.set_size(size);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::NetworkSpec;

    fn spec() -> SandboxSpec {
        let secret = SecretFile { name: "token".into(), content: b"s3cret".to_vec() };
        SandboxSpec {
            id: SandboxId("d1".into()),
            group: ResourceId::container_group("s", "rg", "web"),
            network: NetworkSpec::Unreachable,
            dns: None,
            metadata: false,
            first: vec![],
            volumes: vec![
                VolumeSpec { name: "scratch".into(), content: VolumeContent::Empty },
                VolumeSpec { name: "keys".into(), content: VolumeContent::Secret(vec![secret]) },
            ],
        }
    }

    #[test]
    fn secret_volumes_are_in_memory_and_empty_ones_are_not() {
        let (spec, names) = (spec(), Names::new("me"));
        assert_eq!(request("me", &names, &spec, &spec.volumes[0]).driver_opts, None);
        let secret = request("me", &names, &spec, &spec.volumes[1]);
        assert_eq!(secret.driver_opts.unwrap()["type"], "tmpfs");
        assert_eq!(secret.labels.unwrap()["aci-local.volume"], "keys");
    }

    #[test]
    fn containers_and_sandbox_mean_the_same_volume() {
        let (spec, names) = (spec(), Names::new("me"));
        let asked = MountSpec { volume: "keys".into(), path: "/etc/keys".into(), read_only: true };
        let inside = container_mount("me", &names, &spec.group, &spec.id, &asked);
        assert_eq!(inside.source, sandbox_mounts(&names, &spec)[1].source);
        assert_eq!((inside.target.as_deref(), inside.read_only), (Some("/etc/keys"), Some(true)));
        assert_eq!(inside.volume_options.unwrap().no_copy, Some(true));
    }

    #[test]
    fn the_archive_has_the_folders_with_their_modes_and_the_files() {
        let volumes: Vec<_> = spec().volumes.into_iter().enumerate().collect();
        let file = archive(&volumes, Timestamp::from_second(1000).unwrap()).unwrap();
        let mut archive = tar::Archive::new(file);
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().to_string_lossy().into_owned();
                (path, entry.header().mode().unwrap(), entry.header().mtime().unwrap())
            })
            .collect();
        assert_eq!(
            entries,
            [
                ("0/".to_owned(), 0o777, 1000),
                ("1/".to_owned(), 0o1777, 1000),
                ("1/token".to_owned(), 0o644, 1000)
            ]
        );
    }

    #[test]
    fn a_share_is_mounted_from_its_folder_or_its_server_and_nothing_is_written_into_it() {
        let options = |source, read_only| {
            let content = VolumeContent::Share { source, read_only };
            let volume = VolumeSpec { name: "data".into(), content };
            assert!(!is_filled(&volume));
            request("me", &Names::new("me"), &spec(), &volume).driver_opts.unwrap()
        };
        let folder = options(ShareSource::Folder("/data/acct/share".into()), true);
        assert_eq!((folder["type"].as_str(), folder["device"].as_str()), ("none", "/data/acct/share"));
        assert_eq!(folder["o"], "bind,ro");
        let (server, key) = ("acct.example.com".to_owned(), aci_model::Secret::new("a2V5=="));
        let smb = options(
            ShareSource::Smb(SmbShare { server, share: "share".into(), user: "acct".into(), key }),
            false,
        );
        assert_eq!((smb["type"].as_str(), smb["device"].as_str()), ("cifs", "//acct.example.com/share"));
        assert!(smb["o"].starts_with("addr=acct.example.com,username=acct,password=a2V5==,vers=3.0,"));
        assert!(smb["o"].ends_with(",dir_mode=0777,file_mode=0777,rw"), "{}", smb["o"]);
    }

    #[test]
    fn a_copied_folder_keeps_its_files_and_its_links_lead_nowhere_on_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/main.sh"), "echo").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let content = VolumeContent::Copy(std::sync::Arc::new(crate::runtime::Tree::new(folder)));
        let file =
            archive(&[(0, VolumeSpec { name: "repo".into(), content })], Timestamp::UNIX_EPOCH).unwrap();
        let mut archive = tar::Archive::new(file);
        let mut entries: Vec<(String, tar::EntryType)> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.path().unwrap().to_string_lossy().into_owned(), entry.header().entry_type())
            })
            .collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        use tar::EntryType::{Directory, Regular, Symlink};
        let wanted =
            [("0/", Directory), ("0/link", Symlink), ("0/src/", Directory), ("0/src/main.sh", Regular)];
        assert_eq!(entries, wanted.map(|(name, kind)| (name.to_owned(), kind)));
    }

    #[test]
    fn a_file_name_that_leaves_its_volume_is_refused() {
        let file = SecretFile { name: "../../etc/passwd".into(), content: vec![] };
        let volume = VolumeSpec { name: "v".into(), content: VolumeContent::Secret(vec![file]) };
        assert!(archive(&[(0, volume)], Timestamp::UNIX_EPOCH).is_err());
    }
}
