//! Users, groups and capabilities.

use aci_model::group::security::{Capabilities, SecurityContext};
use k8s_openapi::api::core::v1::{Container, PodSecurityContext};

use super::{Translation, Untranslatable};

/// The security context of `container` with the pod's defaults; `None` when neither says anything that ACI
/// knows.
pub(super) fn context(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Option<SecurityContext>, Untranslatable> {
    let pod = t.spec.security_context.clone().unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    if own.privileged == Some(true) {
        return Err(Untranslatable::new(
            format!("{at}.securityContext.privileged"),
            "ACI runs no privileged containers on shared hosts",
            "remove it, or add the capabilities that are needed",
        ));
    }
    note_ignored(t, container, &pod, at);
    let context = SecurityContext {
        privileged: None,
        allow_privilege_escalation: own.allow_privilege_escalation,
        capabilities: own.capabilities.map(|c| Capabilities { add: c.add, drop: c.drop }),
        run_as_group: own.run_as_group.or(pod.run_as_group),
        run_as_user: own.run_as_user.or(pod.run_as_user),
        seccomp_profile: None,
    };
    Ok((context != SecurityContext::default()).then_some(context))
}

/// Pod-wide fields are noted with the first container only.
fn note_ignored(t: &mut Translation<'_>, container: &Container, pod: &PodSecurityContext, at: &str) {
    if at == "spec.containers[0]" {
        let pod_wide = [
            ("fsGroup", pod.fs_group.is_some()),
            ("supplementalGroups", pod.supplemental_groups.is_some()),
            ("seLinuxOptions", pod.se_linux_options.is_some()),
            ("sysctls", pod.sysctls.as_ref().is_some_and(|list| !list.is_empty())),
            ("seccompProfile", pod.seccomp_profile.as_ref().is_some_and(|p| p.type_ != "RuntimeDefault")),
            ("runAsNonRoot", pod.run_as_non_root == Some(true) && pod.run_as_user.is_none()),
            ("windowsOptions", pod.windows_options.is_some()),
        ];
        for (field, _) in pod_wide.into_iter().filter(|(_, given)| *given) {
            t.notes.ignored(format!("spec.securityContext.{field}"));
        }
    }
    let Some(own) = &container.security_context else { return };
    let user = own.run_as_user.or(pod.run_as_user);
    let ignored = [
        ("readOnlyRootFilesystem", own.read_only_root_filesystem == Some(true)),
        ("runAsNonRoot", own.run_as_non_root == Some(true) && user.is_none()),
        ("procMount", own.proc_mount.as_deref().is_some_and(|mount| mount != "Default")),
        ("seLinuxOptions", own.se_linux_options.is_some()),
        ("seccompProfile", own.seccomp_profile.as_ref().is_some_and(|p| p.type_ != "RuntimeDefault")),
        ("windowsOptions", own.windows_options.is_some()),
    ];
    for (field, _) in ignored.into_iter().filter(|(_, given)| *given) {
        t.notes.ignored(format!("{at}.securityContext.{field}"));
    }
}
