//! `attach`: a container's log as it grows.

use std::collections::HashMap;

use aci_provider::arm::ArmError;
use bytes::Bytes;

use super::spdy_client::Spdy;
use super::*;

async fn shown(pieces: Vec<Result<Bytes, ArmError>>) -> (Vec<u8>, serde_json::Value) {
    let streams = Shells::with(&["sh"]);
    streams.set_log(pieces);
    let kubelet = Kubelet::serve(Setup { streams, ..Setup::default() }).await;
    let url = format!("{}/attach/default/web/app?output=1&error=1", kubelet.url);
    let mut spdy = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.unwrap();
    let error = spdy.stream(&[("streamType", "error")]).await;
    let stdout = spdy.stream(&[("streamType", "stdout")]).await;
    spdy.stream(&[("streamType", "stderr")]).await;
    let mut data: HashMap<u32, Vec<u8>> = spdy.rest().await;
    (data.remove(&stdout).unwrap_or_default(), serde_json::from_slice(&data[&error]).unwrap())
}

#[tokio::test]
async fn the_log_is_shown_until_it_ends() {
    let (log, status) = shown(vec![Ok("one\n".into()), Ok("two\n".into())]).await;
    assert_eq!((log.as_slice(), &status["status"]), (&b"one\ntwo\n"[..], &json!("Success")));
}

#[tokio::test]
async fn a_log_that_breaks_is_a_failure_with_the_cause() {
    let (log, status) = shown(vec![Ok("one\n".into()), Err(ArmError::Transport("cut".to_owned()))]).await;
    assert_eq!((log.as_slice(), &status["status"]), (&b"one\n"[..], &json!("Failure")));
    assert!(status["message"].as_str().unwrap().contains("cut"), "{status}");
}

#[tokio::test]
async fn input_is_refused_with_what_to_do_instead() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let url = format!("{}/attach/default/web/u-1/app?input=1&output=1", kubelet.url);
    let (status, text) = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.err().unwrap();
    assert_eq!(status, 400);
    assert!(text.contains("cannot attach standard input") && text.contains("kubectl exec -i"), "{text}");
}

#[tokio::test]
async fn a_container_that_is_not_there_is_named() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let url = format!("{}/attach/default/web/none?output=1", kubelet.url);
    let (status, text) = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.err().unwrap();
    assert_eq!((status.as_u16(), text.as_str()), (404, "container not found (\"none\")"));
}
