//! The same over websockets, with kube's own client for kubelets and with bare messages.

use futures::{SinkExt, StreamExt};
use kube::api::{AttachParams, TerminalSize};
use kube::core::kubelet_debug::KubeletDebugParams;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::port_forward::{here, shouting};
use super::*;

const WEB: KubeletDebugParams<'_> = KubeletDebugParams { name: "web", namespace: "default", pod_uid: None };

fn kube_client(kubelet: &Kubelet) -> kube::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = kube::Config::new(kubelet.url.parse().unwrap());
    config.accept_invalid_certs = true;
    config.try_into().unwrap()
}

#[tokio::test]
async fn kube_s_client_runs_a_command_with_input_and_learns_its_code() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let params = AttachParams::default().stdin(true).stderr(true);
    let command = ["sh", "-c", "tr a-z A-Z; echo oops >&2; exit 5"];
    let mut process = kube_client(&kubelet).kubelet_node_exec(&WEB, "app", command, &params).await.unwrap();
    let mut stdin = process.stdin().unwrap();
    stdin.write_all(b"hello").await.unwrap();
    stdin.shutdown().await.unwrap();
    drop(stdin);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    process.stdout().unwrap().read_to_string(&mut stdout).await.unwrap();
    process.stderr().unwrap().read_to_string(&mut stderr).await.unwrap();
    let status = process.take_status().unwrap().await.unwrap();
    assert_eq!((stdout.as_str(), stderr.as_str()), ("HELLO", "oops\n"));
    assert_eq!(status.details.unwrap().causes.unwrap()[0].message.as_deref(), Some("5"));
}

#[tokio::test]
async fn kube_s_client_has_a_terminal_of_its_size() {
    let streams = Shells::with(&["sh"]);
    let kubelet = Kubelet::serve(Setup { streams: streams.clone(), ..Setup::default() }).await;
    let params = AttachParams::interactive_tty();
    let command = ["sh", "-c", "stty size; exit 0"];
    let mut process = kube_client(&kubelet).kubelet_node_exec(&WEB, "app", command, &params).await.unwrap();
    process.terminal_size().unwrap().send(TerminalSize { width: 100, height: 30 }).await.unwrap();
    let mut stdout = String::new();
    process.stdout().unwrap().read_to_string(&mut stdout).await.unwrap();
    assert_eq!(stdout, "30 100\r\n");
    assert_eq!(process.take_status().unwrap().await.unwrap().status.as_deref(), Some("Success"));
}

#[tokio::test]
async fn kube_s_client_attaches_and_reads_logs() {
    let streams = Shells::with(&["sh"]);
    streams.set_log([Ok("one\n".into())]);
    let kubelet = Kubelet::serve(Setup { streams, ..Setup::default() }).await;
    let params = AttachParams::default();
    let mut attached = kube_client(&kubelet).kubelet_node_attach(&WEB, "app", &params).await.unwrap();
    let mut stdout = String::new();
    attached.stdout().unwrap().read_to_string(&mut stdout).await.unwrap();
    assert_eq!(stdout, "one\n");
}

#[tokio::test]
async fn kube_s_client_forwards_ports() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let (one, two) = (shouting().await.port(), shouting().await.port());
    let mut forwarder = kube_client(&kubelet).kubelet_node_portforward(&WEB, &[one, two]).await.unwrap();
    for (port, text, answer) in [(two, "two", "TWO"), (one, "one", "ONE")] {
        let mut stream = forwarder.take_stream(port).unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut heard = vec![0; answer.len()];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, answer.as_bytes());
    }
}

/// A bare websocket; the status where it is refused.
async fn open(
    kubelet: &Kubelet,
    path: &str,
    protocols: Option<&str>,
) -> Result<(WebSocketStream<reqwest::Upgraded>, Option<String>), (u16, String)> {
    let mut request = client(None)
        .get(format!("{}{path}", kubelet.url))
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    if let Some(protocols) = protocols {
        request = request.header("Sec-WebSocket-Protocol", protocols);
    }
    let answer = request.send().await.unwrap();
    if answer.status() != 101 {
        return Err((answer.status().as_u16(), answer.text().await.unwrap()));
    }
    let chosen = answer.headers().get("Sec-WebSocket-Protocol").map(|v| v.to_str().unwrap().to_owned());
    let upgraded = answer.upgrade().await.unwrap();
    Ok((WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await, chosen))
}

/// All messages of a conversation that one side has said everything in.
async fn messages(socket: &mut WebSocketStream<reqwest::Upgraded>) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Close(_)) {
            break;
        }
        messages.push(message);
    }
    messages
}

#[tokio::test]
async fn the_first_subprotocol_of_the_client_that_is_spoken_is_chosen() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let path = "/exec/default/web/app?output=1&command=echo&command=hi";
    for (offered, chosen) in [
        ("v9.channel.k8s.io, v4.channel.k8s.io, v5.channel.k8s.io", "v4.channel.k8s.io"),
        ("base64.channel.k8s.io", "base64.channel.k8s.io"),
    ] {
        let (_, protocol) = open(&kubelet, path, Some(offered)).await.unwrap();
        assert_eq!(protocol.as_deref(), Some(chosen));
    }
    let (status, text) = open(&kubelet, path, Some("v9.channel.k8s.io")).await.err().unwrap();
    assert_eq!(status, 403);
    assert!(text.contains("unable to negotiate protocol"), "{text}");
}

#[tokio::test]
async fn base64_and_nameless_clients_are_served_and_the_old_ones_get_errors_as_text() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let path = "/exec/default/web/app?output=1&command=sh&command=-c&command=echo%20hi;exit%202";
    let (mut socket, _) = open(&kubelet, path, Some("v4.base64.channel.k8s.io")).await.unwrap();
    let texts: Vec<String> = messages(&mut socket)
        .await
        .into_iter()
        .map(|message| message.into_text().unwrap().to_string())
        .collect();
    assert_eq!(texts[..2], ["1", "1aGkK"]);
    assert!(texts[2].starts_with("3eyJ"), "{texts:?}");
    let (mut socket, protocol) = open(&kubelet, path, None).await.unwrap();
    assert_eq!(protocol, None);
    let data: Vec<_> = messages(&mut socket).await.into_iter().map(Message::into_data).collect();
    assert_eq!(data[..2], ["\x01", "\x01hi\n"]);
    assert_eq!(data[2], "\x03command terminated with non-zero exit code: exit status 2");
}

#[tokio::test]
async fn input_ends_with_its_channel_where_there_is_a_message_for_it() {
    let kubelet = Kubelet::serve(Setup::default()).await;
    let path = "/exec/default/web/app?output=1&input=1&command=wc&command=-c";
    let (mut socket, _) = open(&kubelet, path, Some("v5.channel.k8s.io")).await.unwrap();
    for message in [&b"\x00four"[..], &[255, 0]] {
        socket.send(Message::Binary(message.to_vec().into())).await.unwrap();
    }
    let shown: Vec<u8> = messages(&mut socket)
        .await
        .into_iter()
        .map(Message::into_data)
        .filter(|data| data[0] == 1)
        .flat_map(|data| data[1..].to_vec())
        .collect();
    assert_eq!(String::from_utf8(shown).unwrap().trim(), "4");
}

#[tokio::test]
async fn forwarded_ports_are_named_on_their_channels_and_failures_told_there() {
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let path = format!("/portForward/default/web?port={free}");
    let (mut socket, _) = open(&kubelet, &path, Some("v4.channel.k8s.io")).await.unwrap();
    let data: Vec<_> = messages(&mut socket).await.into_iter().map(Message::into_data).collect();
    let named = |channel: u8| [&[channel], &free.to_le_bytes()[..]].concat();
    assert_eq!(data[..2], [named(0), named(1)]);
    let error = String::from_utf8(data[2][1..].to_vec()).unwrap();
    assert!(
        data[2][0] == 1 && error.starts_with(&format!("error forwarding port {free} to pod web")),
        "{error}"
    );
    let (status, text) =
        open(&kubelet, "/portForward/default/web", Some("v4.channel.k8s.io")).await.err().unwrap();
    assert_eq!((status, text.as_str()), (400, "query parameter \"port\" is required"));
}
