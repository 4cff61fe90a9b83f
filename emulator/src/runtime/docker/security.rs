//! Security contexts in Docker's words.

use bollard::models::HostConfig;

use crate::runtime::SecuritySpec;

/// `user:group` as Docker takes it. A group alone leaves the user to Docker, which then takes root and not the
/// image's user.
pub(crate) fn user(security: &SecuritySpec) -> Option<String> {
    match (security.user, security.group) {
        (None, None) => None,
        (Some(user), None) => Some(user.to_string()),
        (user, Some(group)) => {
            Some(format!("{}:{group}", user.map_or_else(String::new, |id| id.to_string())))
        }
    }
}

/// The part of a container's host configuration that its security context decides; the rest is left empty.
pub(crate) fn host_config(security: &SecuritySpec) -> HostConfig {
    let mut options = Vec::new();
    if security.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    options.extend(security.seccomp.as_ref().map(|profile| format!("seccomp={profile}")));
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    HostConfig {
        privileged: security.privileged.then_some(true),
        cap_add: some(&security.capabilities_added),
        cap_drop: some(&security.capabilities_dropped),
        security_opt: some(&options),
        ..HostConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_written_as_docker_reads_them() {
        let written = |user, group| super::user(&SecuritySpec { user, group, ..SecuritySpec::default() });
        assert_eq!(written(None, None), None);
        assert_eq!(written(Some(1000), None).as_deref(), Some("1000"));
        assert_eq!(written(Some(0), Some(7)).as_deref(), Some("0:7"));
        assert_eq!(written(None, Some(7)).as_deref(), Some(":7"));
    }

    #[test]
    fn nothing_asked_leaves_dockers_defaults_and_what_is_asked_is_sent() {
        assert_eq!(host_config(&SecuritySpec::default()), HostConfig::default());
        let security = SecuritySpec {
            privileged: true,
            no_new_privileges: true,
            capabilities_added: vec!["NET_ADMIN".into()],
            capabilities_dropped: vec!["ALL".into()],
            seccomp: Some("{}".into()),
            ..SecuritySpec::default()
        };
        let host = host_config(&security);
        assert_eq!(host.privileged, Some(true));
        assert_eq!(
            (host.cap_add.unwrap(), host.cap_drop.unwrap()),
            (vec!["NET_ADMIN".to_owned()], vec!["ALL".to_owned()])
        );
        assert_eq!(host.security_opt.unwrap(), ["no-new-privileges", "seccomp={}"]);
    }
}
