//! Fields of the pod as a whole that ACI cannot honour.

use aci_model::group::OsType;

use super::{Translation, Untranslatable};

/// Refuses what would make the pod another one, notes what would not.
pub(super) fn check(t: &mut Translation<'_>) -> Result<(), Untranslatable> {
    host_access(t)?;
    let spec = t.spec;
    let refuse = |field: &str, reason: &str, remedy: &str| Err(Untranslatable::new(field, reason, remedy));
    if spec.host_aliases.as_ref().is_some_and(|aliases| !aliases.is_empty()) {
        return refuse(
            "spec.hostAliases",
            "ACI writes /etc/hosts itself",
            "remove them and use names that DNS resolves",
        );
    }
    if spec.resource_claims.as_ref().is_some_and(|claims| !claims.is_empty()) {
        return refuse("spec.resourceClaims", "ACI has no devices to claim", "remove them");
    }
    if spec.runtime_class_name.is_some() {
        return refuse("spec.runtimeClassName", "ACI has one runtime", "remove it");
    }
    if let Some(os) = &spec.os
        && !os.name.eq_ignore_ascii_case(t.settings.os_type.as_str())
    {
        return refuse(
            "spec.os.name",
            &format!("this virtual node runs {}", t.settings.os_type),
            "select a node with that operating system",
        );
    }
    if t.settings.os_type == OsType::Windows && spec.containers.len() > 1 {
        return refuse("spec.containers", "a Windows container group has one container", "split the pod");
    }
    note_ignored(t);
    Ok(())
}

fn host_access(t: &Translation<'_>) -> Result<(), Untranslatable> {
    let asked = [
        ("spec.hostNetwork", t.spec.host_network),
        ("spec.hostPID", t.spec.host_pid),
        ("spec.hostIPC", t.spec.host_ipc),
    ];
    match asked.into_iter().find(|(_, value)| *value == Some(true)) {
        None => Ok(()),
        Some((field, _)) => Err(Untranslatable::new(
            field,
            "a virtual node has no host to share",
            "set it to false, or keep the pod off virtual nodes by removing its toleration",
        )),
    }
}

fn note_ignored(t: &mut Translation<'_>) {
    let spec = t.spec;
    let ignored = [
        ("spec.activeDeadlineSeconds", spec.active_deadline_seconds.is_some()),
        ("spec.hostname", spec.hostname.is_some()),
        ("spec.subdomain", spec.subdomain.is_some()),
        ("spec.shareProcessNamespace", spec.share_process_namespace == Some(true)),
        ("spec.setHostnameAsFQDN", spec.set_hostname_as_fqdn == Some(true)),
    ];
    for (field, _) in ignored.into_iter().filter(|(_, given)| *given) {
        t.notes.ignored(field);
    }
}
