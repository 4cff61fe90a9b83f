//! Parts of volumes at a container's paths.
//!
//! ACI mounts whole volumes at folders. So a single file is mounted with the folder that it goes into, which then
//! shows nothing but the files that are mounted there; that is told, and refused where an image would lose what
//! every process needs.

use k8s_openapi::api::core::v1::VolumeMount;

use super::super::Untranslatable;
use super::super::env::Environment;
use super::super::expand::expand;

/// Folders that images cannot do without: with one file in their place nothing would start.
const NEEDED: [&str; 18] = [
    "",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/sbin",
    "/var",
];

/// Whether the mount shows a part of its volume only.
pub(super) fn is_given(mount: &VolumeMount) -> bool {
    [&mount.sub_path, &mount.sub_path_expr].into_iter().flatten().any(|path| !path.is_empty())
}

/// The path inside the volume; empty means all of it.
///
/// A kubelet refuses a sub path that names a variable which is not there (`ExpandContainerVolumeMounts` in
/// `pkg/kubelet/container/helpers.go`).
pub(super) fn of(mount: &VolumeMount, env: &Environment, at: &str) -> Result<String, Untranslatable> {
    let Some(text) = mount.sub_path_expr.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(tidy(mount.sub_path.as_deref().unwrap_or_default()));
    };
    let at = format!("{at}.subPathExpr");
    env.check_known(text, &at)?;
    let (mut missing, mut secret) = (None, false);
    let path = expand(text, |name| match env.get(name) {
        Some(value) => {
            secret |= value.secret;
            Some(value.text.clone())
        }
        None => {
            missing = Some(name.to_owned());
            None
        }
    });
    if let Some(name) = missing {
        return Err(Untranslatable::new(at, format!("there is no variable {name}"), "add it to env"));
    }
    if secret {
        let reason =
            "it is made of a secret, and Azure shows the names of volumes to every reader of the group";
        return Err(Untranslatable::new(at, reason, "use variables that are not secret"));
    }
    let path = tidy(&path);
    match path.split('/').any(|part| part == "..") {
        true => Err(Untranslatable::new(at, "it must not contain '..'", "choose a path in the volume")),
        false => Ok(path),
    }
}

/// The folder and the name of the file at `path`, unless images need the folder.
pub(super) fn place<'a>(path: &'a str, at: &str) -> Result<(&'a str, &'a str), Untranslatable> {
    let path = path.trim_end_matches('/');
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if NEEDED.contains(&folder.trim_end_matches('/')) {
        let shown = if folder.is_empty() { "/" } else { folder };
        return Err(Untranslatable::new(
            format!("{at}.subPath"),
            format!("ACI mounts folders, and with this one file in its place {shown} would miss all others"),
            "mount the file in a folder of its own, and have the program or a link in the image find it there",
        ));
    }
    Ok((folder, name))
}

/// Whether one path lies in the other, so that two volumes would show different folders where one is.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    lies_in(one, other) || lies_in(other, one)
}

/// Whether `inner` is below `outer`; an empty path is the volume itself.
pub(super) fn lies_in(inner: &str, outer: &str) -> bool {
    match outer {
        "" => !inner.is_empty(),
        _ => inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')),
    }
}

/// Without empty and `.` parts.
fn tidy(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_overlap_where_one_lies_in_the_other() {
        assert!(overlap("a", "a/b") && overlap("a/b/c", "a/b"));
        assert!(!overlap("a", "ab") && !overlap("a", "a") && !overlap("a/b", "a/c"));
    }

    #[test]
    fn a_file_goes_into_a_folder_that_nobody_else_needs() {
        assert_eq!(place("/etc/nginx/nginx.conf", "at").unwrap(), ("/etc/nginx", "nginx.conf"));
        for path in ["/etc/hosts", "/app.conf", "/usr/bin/tool", "app.conf"] {
            assert!(place(path, "at").is_err(), "{path}");
        }
    }
}
