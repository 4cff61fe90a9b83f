//! `portForward`, to ports of this machine.

use std::collections::HashMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::spdy_client::{Frame, Spdy};
use super::*;

/// A pod whose address is this machine's.
pub(super) fn here() -> Pod {
    let mut pod = pod(&BTreeMap::new());
    pod.status.as_mut().unwrap().pod_ip = Some("127.0.0.1".to_owned());
    pod
}

/// A server that sends back what it is sent, in capitals, and says goodbye when the client has ended.
pub(super) async fn shouting() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 1000];
                while let Ok(length @ 1..) = connection.read(&mut buffer).await {
                    connection.write_all(&buffer[..length].to_ascii_uppercase()).await.unwrap();
                }
                connection.write_all(b"bye").await.unwrap();
            });
        }
    });
    address
}

async fn open(kubelet: &Kubelet) -> Spdy {
    let url = format!("{}/portForward/default/web", kubelet.url);
    let spdy = Spdy::open(&client(None), &url, &["portforward.k8s.io"]).await.unwrap();
    assert_eq!(spdy.protocol.as_deref(), Some("portforward.k8s.io"));
    spdy
}

/// The streams of one connection: errors, then data, as kubectl makes them.
async fn connect(spdy: &mut Spdy, port: u16, request: &str) -> (u32, u32) {
    let port = port.to_string();
    let headers = |kind| [("streamType", kind), ("port", port.as_str()), ("requestID", request)];
    let error = spdy.stream(&headers("error")).await;
    spdy.send(error, true, b"").await;
    (error, spdy.stream(&headers("data")).await)
}

/// What comes on two streams until both have ended.
async fn until_both_end(spdy: &mut Spdy, (error, data): (u32, u32)) -> (String, String) {
    let (mut texts, mut open) = (HashMap::from([(error, String::new()), (data, String::new())]), 2);
    while open > 0 {
        match spdy.frame().await.unwrap() {
            Frame::Data { id, fin, data } => {
                texts.get_mut(&id).unwrap().push_str(std::str::from_utf8(&data).unwrap());
                open -= usize::from(fin);
            }
            other => panic!("{other:?}"),
        }
    }
    (texts.remove(&error).unwrap(), texts.remove(&data).unwrap())
}

#[tokio::test]
async fn connections_pass_both_ways_one_after_the_other_and_side_by_side() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let port = shouting().await.port();
    let mut spdy = open(&kubelet).await;
    let first = connect(&mut spdy, port, "0").await;
    let second = connect(&mut spdy, port, "1").await;
    spdy.send(second.1, false, b"two").await;
    spdy.send(second.1, true, b"").await;
    assert_eq!(until_both_end(&mut spdy, second).await, (String::new(), "TWObye".to_owned()));
    spdy.send(first.1, false, b"one").await;
    spdy.send(first.1, true, b"").await;
    assert_eq!(until_both_end(&mut spdy, first).await, (String::new(), "ONEbye".to_owned()));
}

#[tokio::test]
async fn streams_without_a_request_id_are_told_apart_by_their_numbers() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let port = shouting().await.port().to_string();
    let mut spdy = open(&kubelet).await;
    let error = spdy.stream(&[("streamType", "error"), ("port", &port)]).await;
    let data = spdy.stream(&[("streamType", "data"), ("port", &port)]).await;
    spdy.send(data, true, b"hi").await;
    assert_eq!(until_both_end(&mut spdy, (error, data)).await.1, "HIbye");
}

#[tokio::test]
async fn a_port_on_which_nobody_listens_is_told_in_the_kubelet_s_words() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut spdy = open(&kubelet).await;
    let streams = connect(&mut spdy, free, "0").await;
    let (error, data) = until_both_end(&mut spdy, streams).await;
    assert!(
        error.starts_with(&format!(
            "error forwarding port {free} to pod web, uid u-1: dial tcp 127.0.0.1:{free}: "
        )),
        "{error}"
    );
    assert!(error.contains("refused") && data.is_empty(), "{error}");
}

#[tokio::test]
async fn a_pod_without_an_address_is_told_so() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let mut spdy = open(&kubelet).await;
    let streams = connect(&mut spdy, 80, "0").await;
    let (error, _) = until_both_end(&mut spdy, streams).await;
    assert_eq!(error, "error forwarding port 80 to pod web, uid u-1: the pod has no address yet");
}

#[tokio::test]
async fn streams_that_make_no_sense_are_refused_and_a_reset_leaves_the_others_alone() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let port = shouting().await.port();
    let mut spdy = open(&kubelet).await;
    let wrong: [&[(&str, &str)]; 4] = [
        &[("streamType", "data")],
        &[("streamType", "data"), ("port", "0")],
        &[("streamType", "stdin"), ("port", "80")],
        &[("port", "80")],
    ];
    for headers in wrong {
        let id = spdy.begin(headers).await;
        assert_eq!(spdy.frame().await, Some(Frame::Reset(id, 3)), "{headers:?}");
    }
    let first = connect(&mut spdy, port, "0").await;
    let second = connect(&mut spdy, port, "1").await;
    spdy.reset(first.1).await;
    spdy.send(second.1, false, b"two").await;
    loop {
        match spdy.frame().await.unwrap() {
            Frame::Data { id, data, .. } if id == second.1 => break assert_eq!(data, "TWO"),
            // The end of the errors of the first.
            Frame::Data { id, .. } => assert_eq!(id, first.0),
            other => panic!("{other:?}"),
        }
    }
}
