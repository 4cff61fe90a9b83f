//! As whom containers run and what they may do.

use aci_emulator::runtime::{ContainerSpec, Runtime, SecuritySpec};

use crate::support::{Lab, sandbox, with_lab};

/// The lines of `/proc/self/status` as a container with this security context sees them.
async fn status(lab: &Lab, name: &str, security: SecuritySpec) -> String {
    let spec = ContainerSpec { security, ..lab.container(name, &["cat", "/proc/self/status"]) };
    lab.run("d", &spec).await.1
}

fn value<'a>(status: &'a str, key: &str) -> &'a str {
    let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_whitespace().nth(1).unwrap_or_default()
}

#[tokio::test]
async fn a_security_context_decides_about_user_capabilities_and_system_calls() {
    with_lab("security", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let usual = status(&lab, "usual", SecuritySpec::default()).await;
        assert_eq!((value(&usual, "Uid:"), value(&usual, "NoNewPrivs:")), ("0", "0"));
        assert_eq!(value(&usual, "Seccomp:"), "2", "Docker filters");

        let restricted = SecuritySpec {
            user: Some(1234),
            group: Some(5678),
            no_new_privileges: true,
            capabilities_dropped: vec!["ALL".into()],
            ..SecuritySpec::default()
        };
        let seen = status(&lab, "restricted", restricted).await;
        assert_eq!((value(&seen, "Uid:"), value(&seen, "Gid:")), ("1234", "5678"));
        assert_eq!((value(&seen, "NoNewPrivs:"), value(&seen, "CapBnd:")), ("1", "0000000000000000"));

        let net_admin = SecuritySpec {
            capabilities_dropped: vec!["ALL".into()],
            capabilities_added: vec!["CAP_NET_ADMIN".into()],
            ..SecuritySpec::default()
        };
        let seen = status(&lab, "net-admin", net_admin).await;
        assert_eq!(value(&seen, "CapEff:"), "0000000000001000");
    })
    .await;
}

#[tokio::test]
async fn a_seccomp_profile_forbids_what_it_names() {
    with_lab("seccomp", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let profile = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}"#;
        let security = SecuritySpec { seccomp: Some(profile.into()), ..SecuritySpec::default() };
        let mkdir = lab.container("allowed", &["mkdir", "/tmp-of-mine"]);
        assert_eq!(lab.run("d", &mkdir).await.0.code, 0);
        let mkdir = ContainerSpec { security, ..lab.container("forbidden", &["mkdir", "/tmp-of-mine"]) };
        let (exit, log) = lab.run("d", &mkdir).await;
        assert_eq!(exit.code, 1);
        assert!(log.contains("Operation not permitted"), "{log}");
    })
    .await;
}
