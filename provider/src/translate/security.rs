//! Users, groups and capabilities.

use aci_model::group::security::{Capabilities, SecurityContext};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::{Container, SeccompProfile};

use super::{Translation, Untranslatable, reasons};

/// The profile that allows every call: what `Unconfined` means, as ACI takes profiles by their content.
const ALLOW_ALL: &str = r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#;

/// The security context of `container` with the pod's defaults, merged as a kubelet does
/// (`DetermineEffectiveSecurityContext` in `pkg/securitycontext`); `None` when neither says anything that ACI knows.
pub(super) fn context(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Option<SecurityContext>, Untranslatable> {
    let pod = t.spec.security_context.clone().unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    let user = own.run_as_user.or(pod.run_as_user);
    if own.run_as_non_root.or(pod.run_as_non_root) == Some(true) {
        check_user(t, user, at)?;
    }
    let context = SecurityContext {
        privileged: privileged(t, own.privileged, at)?,
        allow_privilege_escalation: own.allow_privilege_escalation,
        capabilities: own.capabilities.map(|c| Capabilities { add: c.add, drop: c.drop }),
        run_as_group: own.run_as_group.or(pod.run_as_group),
        run_as_user: user,
        seccomp_profile: match (&own.seccomp_profile, &pod.seccomp_profile) {
            (Some(own), _) => seccomp(own, at)?,
            (None, Some(pod)) => seccomp(pod, "spec")?,
            (None, None) => None,
        },
    };
    Ok((context != SecurityContext::default()).then_some(context))
}

/// A kubelet does not start root where the pod forbids it (`verifyRunAsNonRoot`), and looks into the image where
/// the pod names no user.
fn check_user(t: &mut Translation<'_>, user: Option<i64>, at: &str) -> Result<(), Untranslatable> {
    match user {
        Some(0) => Err(Untranslatable::new(
            format!("{at}.securityContext.runAsUser"),
            "container's runAsUser breaks non-root policy",
            "set another user, or runAsNonRoot to false",
        )),
        Some(_) => Ok(()),
        None => {
            let text = "ACI does not check which user the image sets; set runAsUser to be sure";
            t.notes.info(reasons::USER_NOT_CHECKED, format!("{at}.securityContext.runAsNonRoot: {text}"));
            Ok(())
        }
    }
}

/// Hosts of regular groups are shared; a confidential group's policy decides about its own.
fn privileged(t: &Translation<'_>, asked: Option<bool>, at: &str) -> Result<Option<bool>, Untranslatable> {
    if asked == Some(true) && !t.annotations.is_confidential() {
        return Err(Untranslatable::new(
            format!("{at}.securityContext.privileged"),
            "ACI runs privileged containers in confidential groups only",
            "remove it, or add the capabilities that are needed",
        ));
    }
    Ok(asked.filter(|asked| *asked))
}

/// The profile as ACI takes it; `at` is the path of whose security context it is in.
fn seccomp(profile: &SeccompProfile, at: &str) -> Result<Option<String>, Untranslatable> {
    match profile.type_.as_str() {
        "Unconfined" => Ok(Some(STANDARD.encode(ALLOW_ALL))),
        "Localhost" => Err(Untranslatable::new(
            format!("{at}.securityContext.seccompProfile.type"),
            "a virtual node has no files that a profile could be read from",
            "use RuntimeDefault",
        )),
        _ => Ok(None),
    }
}
