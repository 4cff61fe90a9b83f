//! The mounts of one container, and the group's volumes that they need.

use aci_model::group::volume::VolumeMount as AciMount;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{Container, VolumeMount};

use super::super::env::Environment;
use super::super::{Refusal, Translation, Untranslatable, reasons};
use super::files::{Files, unmounted};
use super::{Content, Mounts, empty, sub_path};

/// Single files on their way into a folder: what they are, for the name of their volume, and their content.
#[derive(Default)]
struct Folder {
    /// Volume and path of each file: folders of the same files are one volume.
    holds: Vec<String>,
    /// The first file's volume and name.
    name: String,
    files: Files,
    /// The mounts that put them there.
    at: Vec<String>,
}

/// The mounts of a container so far.
#[derive(Default)]
struct Placed {
    mounts: Vec<AciMount>,
    folders: IndexMap<String, Folder>,
}

impl Mounts {
    /// The mounts of `container`, whose path is `at`.
    pub(in crate::translate) fn of_container(
        &mut self,
        t: &mut Translation<'_>,
        container: &Container,
        env: &Environment,
        at: &str,
    ) -> Result<Option<Vec<AciMount>>, Refusal> {
        let mut placed = Placed::default();
        for (i, mount) in container.volume_mounts.iter().flatten().enumerate() {
            self.place(mount, env, &mut placed, &format!("{at}.volumeMounts[{i}]"))?;
        }
        for (path, folder) in std::mem::take(&mut placed.folders) {
            let Folder { holds, name, files, at } = folder;
            let text =
                format!("{}: {path} shows only these files, as ACI mounts whole folders", at.join(", "));
            t.notes.warn(reasons::FOLDER_HIDDEN, text);
            let volume = self.volume(format!("files {}", holds.join(" ")), &name, |volume| {
                volume.secret = Some(files.into_secret());
            });
            placed.add(volume, path, None);
        }
        let at = format!("{at}.volumeMounts");
        placed.check(&at)?;
        Ok((!placed.mounts.is_empty()).then_some(placed.mounts))
    }

    fn place(
        &mut self,
        mount: &VolumeMount,
        env: &Environment,
        placed: &mut Placed,
        at: &str,
    ) -> Result<(), Refusal> {
        if mount.mount_path.contains(':') {
            let reason = "ACI takes no path with a colon";
            return Err(Untranslatable::new(format!("{at}.mountPath"), reason, "choose another path").into());
        }
        let path = sub_path::of(mount, env, at)?;
        let name = mount.name.as_str();
        // Taken out while the group's volumes are made of it.
        let Some(content) = self.contents.remove(name) else {
            let reason = format!("there is no volume named {name:?}");
            return Err(Untranslatable::new(format!("{at}.name"), reason, "add it to spec.volumes").into());
        };
        let outcome = match &content {
            Content::LeftOut => Ok(()),
            Content::Empty => self.place_empty(mount, &path, placed, at).map_err(Refusal::from),
            Content::Files(files) => self.place_files(mount, files, &path, placed, at),
            Content::Share(_) | Content::Repository(_) if !path.is_empty() => Err(Untranslatable::new(
                format!("{at}.subPath"),
                "ACI mounts whole shares and repositories",
                "give the folder a share of its own, or mount the whole and let the program find the folder",
            )
            .into()),
            Content::Share(share) => {
                let volume = self.volume(name.to_owned(), name, |it| it.azure_file = Some(share.clone()));
                placed.add(volume, &mount.mount_path, mount.read_only);
                Ok(())
            }
            Content::Repository(repository) => {
                let volume = self.volume(name.to_owned(), name, |it| it.git_repo = Some(repository.clone()));
                placed.add(volume, &mount.mount_path, mount.read_only);
                Ok(())
            }
        };
        self.contents.insert(name.to_owned(), content);
        outcome
    }

    /// An empty folder, or an empty folder of its own for each sub path: nobody sees a difference as long as no
    /// container mounts the whole or a path in which another one lies.
    fn place_empty(
        &mut self,
        mount: &VolumeMount,
        path: &str,
        placed: &mut Placed,
        at: &str,
    ) -> Result<(), Untranslatable> {
        let name = mount.name.as_str();
        if path.is_empty() {
            let volume = self.volume(name.to_owned(), name, empty);
            placed.add(volume, &mount.mount_path, mount.read_only);
            return Ok(());
        }
        let others = self.sub_paths.entry(name.to_owned()).or_default();
        if self.whole.contains(name) || others.iter().any(|other| sub_path::overlap(other, path)) {
            return Err(Untranslatable::new(
                format!("{at}.subPath"),
                format!("ACI mounts whole volumes, and more of {name:?} than {path:?} is mounted elsewhere"),
                "give the folder an emptyDir of its own",
            ));
        }
        others.push(path.to_owned());
        let volume = self.volume(format!("{name}/{path}"), &format!("{name}-{path}"), empty);
        placed.add(volume, &mount.mount_path, mount.read_only);
        Ok(())
    }

    fn place_files(
        &mut self,
        mount: &VolumeMount,
        files: &Files,
        path: &str,
        placed: &mut Placed,
        at: &str,
    ) -> Result<(), Refusal> {
        let name = mount.name.as_str();
        if let Some(bytes) = files.file(path) {
            let (folder, file) = sub_path::place(&mount.mount_path, at)?;
            placed.put(folder, name, path, file, bytes.clone(), at);
            return Ok(());
        }
        let part = if path.is_empty() { files.clone() } else { files.below(path) };
        if !path.is_empty() && part.is_empty() {
            let why = format!("there is nothing at its sub path {path:?}");
            return Err(unmounted(name, why, format!("{at}.subPath")).into());
        }
        if part.is_empty() {
            // ACI refuses a secret volume without files; on a kubelet it is an empty folder.
            let volume = self.volume(name.to_owned(), name, empty);
            placed.add(volume, &mount.mount_path, mount.read_only);
        }
        let folders = part.folders();
        let names: Vec<_> = folders.keys().cloned().collect();
        for (folder, files) in folders {
            let inside: Vec<_> = [path, &folder].into_iter().filter(|part| !part.is_empty()).collect();
            let holds = [&[name][..], &inside].concat().join("/");
            let wanted = [&[name][..], &inside].concat().join("-");
            let volume = self.volume(holds, &wanted, |it| it.secret = Some(files.into_secret()));
            let below = if folder.is_empty() { String::new() } else { format!("/{folder}") };
            let at = format!("{}{below}", mount.mount_path.trim_end_matches('/'));
            // A runtime makes the place of a mount inside another one, which it could not where that is read-only
            // (so on Docker; assumed of Azure's).
            let holds_others = names.iter().any(|other| sub_path::lies_in(other, &folder));
            let read_only = mount.read_only.filter(|_| !holds_others);
            placed.add(volume, if at.is_empty() { "/" } else { &at }, read_only);
        }
        Ok(())
    }
}

impl Placed {
    fn add(&mut self, volume: String, path: impl Into<String>, read_only: Option<bool>) {
        self.mounts.push(AciMount { name: Some(volume), mount_path: Some(path.into()), read_only });
    }

    /// A single file on its way into `folder`.
    fn put(&mut self, folder: &str, volume: &str, path: &str, file: &str, bytes: Vec<u8>, at: &str) {
        let place = self.folders.entry(folder.to_owned()).or_default();
        if place.holds.is_empty() {
            place.name = format!("{volume}-{file}");
        }
        place.holds.push(format!("{volume}:{path}:{file}"));
        place.files.put(file, bytes);
        place.at.push(at.to_owned());
    }

    /// What became of one mount must not cover another.
    fn check(&self, at: &str) -> Result<(), Untranslatable> {
        let paths: Vec<_> = self.mounts.iter().filter_map(|mount| mount.mount_path.as_deref()).collect();
        let twice = |(i, path): (usize, &&str)| paths.iter().take(i).any(|other| other == path);
        match paths.iter().enumerate().find(|(i, path)| twice((*i, path))) {
            None => Ok(()),
            Some((_, path)) => Err(Untranslatable::new(
                at,
                format!("two volumes would be mounted at {path}, as ACI mounts whole folders"),
                "mount the files in a folder of their own",
            )),
        }
    }
}
