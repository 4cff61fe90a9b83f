//! What the AKS add-on refuses of exec, attach and port-forward, and what it lets through.

use super::port_forward::here;
use super::spdy_client::Spdy;
use super::*;

const EXEC: (&str, &str) = ("exec/default/web/app?output=1&error=1", "v5.channel.k8s.io");
const ATTACH: (&str, &str) = ("attach/default/web/app?output=1&error=1", "v5.channel.k8s.io");
const PORT_FORWARD: (&str, &str) = ("portForward/default/web", "portforward.k8s.io");

/// Whether streams are opened, or with which status and text not.
async fn open(profile: Profile, (path, protocol): (&str, &str), more: &str) -> Result<(), (u16, String)> {
    let kubelet = Kubelet::serve(Setup { pod: here(), profile, ..Setup::default() }).await;
    let url = format!("{}/{path}{more}", kubelet.url);
    let opened = Spdy::open(&client(None), &url, &[protocol]).await;
    opened.map(drop).map_err(|(status, text)| (status.as_u16(), text))
}

#[tokio::test]
async fn exec_takes_arguments_unless_the_add_on_s_limits_hold() {
    let (one, two) = ("&command=sh", "&command=ls&command=/");
    assert_eq!(open(Profile::Modern, EXEC, two).await, Ok(()));
    assert_eq!(open(Profile::AksAddon, EXEC, one).await, Ok(()));
    let (status, text) = open(Profile::AksAddon, EXEC, two).await.unwrap_err();
    assert_eq!(status, 501);
    assert!(text.contains("do not support arguments for exec; exec a shell"), "{text}");
}

#[tokio::test]
async fn attach_works_unless_the_add_on_s_limits_hold() {
    assert_eq!(open(Profile::Modern, ATTACH, "").await, Ok(()));
    let (status, text) = open(Profile::AksAddon, ATTACH, "").await.unwrap_err();
    assert!(status == 501 && text.contains("do not support attach; follow the logs"), "{text}");
}

#[tokio::test]
async fn ports_are_forwarded_unless_the_add_on_s_limits_hold() {
    assert_eq!(open(Profile::Modern, PORT_FORWARD, "").await, Ok(()));
    let (status, text) = open(Profile::AksAddon, PORT_FORWARD, "").await.unwrap_err();
    assert!(status == 501 && text.starts_with("Port Forward is not supported in AZure ACI"), "{text}");
}
