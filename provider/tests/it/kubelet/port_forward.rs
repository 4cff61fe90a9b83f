//! `portForward`, to ports of this machine.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use aci_provider::clock::Clock;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

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

/// A clock that is moved by hand.
struct HandClock(watch::Sender<Duration>);

impl HandClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Duration::ZERO)))
    }

    fn advance(&self, duration: Duration) {
        self.0.send_modify(|passed| *passed += duration);
    }

    /// Goes on by `step` until something comes over the connection, so many steps at most.
    async fn until_frame(&self, spdy: &mut Spdy, step: Duration, most: usize) -> Option<Frame> {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..most {
            ticks.tick().await;
            self.advance(step);
            tokio::select! {
                frame = spdy.frame() => return frame,
                _ = ticks.tick() => {}
            }
        }
        panic!("nothing came in {most} times {step:?}");
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::try_from(*self.0.borrow()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut passed = self.0.subscribe();
        let deadline = *passed.borrow() + duration;
        async move { drop(passed.wait_for(|passed| *passed >= deadline).await) }.boxed()
    }
}

/// 26: there the time for making streams and the time for saying nothing are taken for each other, so that half a
/// connection waits for hours, and one at rest ends after half a minute.
#[tokio::test]
async fn half_a_connection_is_given_up_within_a_minute_and_one_at_rest_within_hours() {
    let clock = HandClock::new();
    let kubelet = Kubelet::serve(Setup { pod: here(), clock: clock.clone(), ..Setup::default() }).await;
    let port = shouting().await.port();
    let mut spdy = open(&kubelet).await;
    let number = port.to_string();
    let half = spdy.stream(&[("streamType", "error"), ("port", &number), ("requestID", "half")]).await;
    // 31 s each: a server that was late to look at its clock has looked by the second.
    match clock.until_frame(&mut spdy, Duration::from_secs(31), 10).await.unwrap() {
        Frame::Data { id, data, .. } => {
            assert_eq!(id, half);
            assert_eq!(data, "(request=half) timed out waiting for streams");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(spdy.frame().await, Some(Frame::Data { fin: true, .. })), "the stream stays open");

    let whole = connect(&mut spdy, port, "whole").await;
    // The pod's port is given less than an hour to answer, so it has to have.
    spdy.send(whole.1, false, b"now").await;
    assert!(matches!(spdy.frame().await, Some(Frame::Data { data, .. }) if data == "NOW"));
    clock.advance(Duration::from_secs(60 * 60));
    spdy.send(whole.1, true, b"after an hour").await;
    assert_eq!(until_both_end(&mut spdy, whole).await.1, "AFTER AN HOURbye");

    let end = clock.until_frame(&mut spdy, Duration::from_secs(4 * 60 * 60 + 1), 10).await;
    assert!(matches!(end, None | Some(Frame::GoAway)), "{end:?}");
}
