//! Exec and attach, with a websocket client on a real socket.

use std::net::SocketAddr;
use std::sync::Arc;

use aci_emulator::arm::origin::Scheme;
use aci_emulator::clock::{Clock as _, SystemClock};
use aci_emulator::data::Data;
use aci_emulator::ids::RandomIds;
use aci_emulator::limits::STREAM_SESSION;
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::{Config, Emulator, Settings};
use axum::body::Body;
use futures::{SinkExt as _, StreamExt as _};
use http::{Method, Request, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

/// An emulator on a socket, with the running group `web` and its container `web`, which wrote a line.
struct Live {
    app: TestApp,
    addr: SocketAddr,
}

/// What exec and attach answer.
struct Access {
    uri: String,
    password: String,
}

impl Live {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let put = app.put(&format!("{GROUPS}/web"), talking_group()).await;
        assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
        let runs = |body: &Value| body["properties"]["instanceView"]["state"] == "Running";
        app.get_until(&format!("{GROUPS}/web"), runs).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, app.router.clone()).into_future());
        Self { app, addr }
    }

    async fn exec(&self, command: &str) -> Access {
        let body = json!({ "command": command, "terminalSize": { "rows": 50, "cols": 132 } });
        self.access("exec", Some(body)).await
    }

    async fn access(&self, action: &str, body: Option<Value>) -> Access {
        let path = format!("{GROUPS}/web/containers/web/{action}");
        let answer = self.app.call(Method::POST, &path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Access::read(&answer.json())
    }

    /// Opens a websocket; the status where it is refused.
    async fn connect(
        &self,
        access: &Access,
        authorization: Option<&str>,
    ) -> Result<WebSocketStream<TcpStream>, StatusCode> {
        let mut request = access.uri.as_str().into_client_request().unwrap();
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", value.parse().unwrap());
        }
        match client_async(request, TcpStream::connect(self.addr).await.unwrap()).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a websocket and says the password.
    async fn open(&self, access: &Access) -> WebSocketStream<TcpStream> {
        let mut socket = self.connect(access, None).await.unwrap();
        socket.send(Message::text(access.password.clone())).await.unwrap();
        socket
    }
}

impl Access {
    fn read(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { uri: text("webSocketUri"), password: text("password") }
    }
}

fn talking_group() -> Value {
    let mut body = group();
    let variables = &mut body["properties"]["containers"][0]["properties"]["environmentVariables"];
    variables.as_array_mut().unwrap().push(json!({ "name": "ACI_SIM_LOG", "value": "hello" }));
    body
}

/// All that still comes, and how the websocket is closed.
async fn rest<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) -> (String, CloseCode) {
    let mut bytes = Vec::new();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(chunk) => bytes.extend_from_slice(&chunk),
            Message::Close(frame) => return (String::from_utf8(bytes).unwrap(), frame.unwrap().code),
            other => panic!("neither output nor close: {other:?}"),
        }
    }
}

/// Reads until a text has come.
async fn until<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>, wanted: &str) {
    let mut text = String::new();
    while !text.contains(wanted) {
        match socket.next().await.unwrap_or_else(|| panic!("only {text:?} came")).unwrap() {
            Message::Binary(chunk) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
            other => panic!("{other:?} after {text:?}"),
        }
    }
}

#[tokio::test]
async fn exec_answers_where_the_websocket_is_and_what_opens_it() {
    let live = Live::new().await;
    let Access { uri, password } = live.exec("ls").await;
    let session = uri.strip_prefix("ws://arm.test/execstream/sessionId/").unwrap();
    let (id, query) = session.split_once('?').unwrap();
    assert_eq!(id.len(), "a127c991-8ad0-4d47-b9f8-8015cdee5416".len());
    assert_eq!(query, "api-version=1.0&rows=50&cols=132");
    assert!(password.ends_with("[[EOM]]") && password.len() == 32, "{password}");
    let attach = live.access("attach", None).await.uri;
    assert!(attach.starts_with("ws://arm.test/logstream/sessionId/"), "{attach}");
    assert!(attach.ends_with("?api-version=1.0"), "{attach}");
}

#[tokio::test]
async fn an_encrypted_call_is_answered_with_an_encrypted_websocket() {
    let live = Live::new().await;
    let uri = format!("{GROUPS}/web/containers/WEB/ATTACH?api-version=2023-05-01");
    let request = Request::post(uri).header("host", "arm.test:8443").header("authorization", "Bearer fake");
    let request = request.extension(Scheme::Https).body(Body::empty()).unwrap();
    let answer = live.app.send(request).await;
    assert!(answer.text.starts_with(r#"{"webSocketUri":"wss://arm.test:8443/logstream/"#), "{}", answer.text);
}

#[tokio::test]
async fn a_program_with_arguments_is_shown_and_its_end_closes_the_websocket() {
    let live = Live::new().await;
    let echo = live.exec("echo hello 'big  world' | x").await;
    assert_eq!(
        rest(live.open(&echo).await).await,
        ("hello big  world | x\r\n".to_owned(), CloseCode::Normal)
    );
    let size = live.exec("stty size").await;
    assert_eq!(rest(live.open(&size).await).await, ("50 132\r\n".to_owned(), CloseCode::Normal));
}

#[tokio::test]
async fn what_is_typed_reaches_the_program_in_either_kind_of_message() {
    let live = Live::new().await;
    let access = live.exec("/bin/sh").await;
    let mut socket = live.open(&access).await;
    socket.send(Message::binary(b"ls\r".to_vec())).await.unwrap();
    until(&mut socket, "ls\r").await;
    socket.send(Message::text("\u{3}")).await.unwrap();
    until(&mut socket, "\u{3}").await;
    socket.send(Message::binary(vec![b'x', 4])).await.unwrap();
    assert_eq!(rest(socket).await, ("x".to_owned(), CloseCode::Normal));
}

#[tokio::test]
async fn nobody_gets_a_byte_without_the_password_and_its_owner_still_does() {
    let live = Live::new().await;
    let access = live.exec("echo secret").await;
    let without_end = access.password.trim_end_matches("[[EOM]]");
    for wrong in ["", "wrong[[EOM]]", without_end] {
        let mut socket = live.connect(&access, None).await.unwrap();
        socket.send(Message::text(wrong)).await.unwrap();
        assert_eq!(rest(socket).await, (String::new(), CloseCode::Policy), "{wrong}");
    }
    let log = Access { uri: access.uri.replace("execstream", "logstream"), ..live.exec("echo").await };
    let mut socket = live.connect(&log, None).await.unwrap();
    socket.send(Message::text(log.password)).await.unwrap();
    assert_eq!(rest(socket).await.1, CloseCode::Policy, "the password of another session");
    assert_eq!(rest(live.open(&access).await).await.0, "secret\r\n");
}

#[tokio::test]
async fn a_password_is_good_once() {
    let live = Live::new().await;
    let access = live.exec("/bin/sh").await;
    let mut early = live.connect(&access, None).await.unwrap();
    let _first = live.open(&access).await;
    until_used(&live, &access).await;
    assert_eq!(live.connect(&access, None).await.err(), Some(StatusCode::NOT_FOUND));
    early.send(Message::text(access.password.clone())).await.unwrap();
    assert_eq!(rest(early).await, (String::new(), CloseCode::Policy));
}

/// Waits until a session is taken: its address is gone.
async fn until_used(live: &Live, access: &Access) {
    for _ in 0..10_000 {
        if live.connect(access, None).await.is_err() {
            return;
        }
    }
    panic!("the session is still open");
}

#[tokio::test]
async fn a_session_waits_for_its_password_for_a_while_only() {
    let live = Live::new().await;
    let (late, silent) = (live.exec("echo x").await, live.exec("echo y").await);
    let socket = live.connect(&silent, None).await.unwrap();
    let deadline = live.app.clock.now() + STREAM_SESSION;
    live.app.clock.until_awaited(deadline).await;
    live.app.clock.advance(STREAM_SESSION);
    assert_eq!(rest(socket).await, (String::new(), CloseCode::Policy));
    assert_eq!(live.connect(&late, None).await.err(), Some(StatusCode::NOT_FOUND));
    let fresh = live.exec("echo z").await;
    assert_eq!(rest(live.open(&fresh).await).await.0, "z\r\n");
}

#[tokio::test]
async fn an_address_that_nobody_gave_out_is_not_found() {
    let live = Live::new().await;
    for path in ["execstream", "logstream"] {
        for id in ["00000000-0000-0000-0000-00000000ffff", "x"] {
            let access =
                Access { uri: format!("ws://arm.test/{path}/sessionId/{id}"), password: String::new() };
            assert_eq!(live.connect(&access, None).await.err(), Some(StatusCode::NOT_FOUND), "{path} {id}");
        }
    }
}

#[tokio::test]
async fn a_log_is_shown_from_its_beginning_until_the_container_ends() {
    let live = Live::new().await;
    let by_header = live.access("attach", None).await;
    let refused = live.connect(&by_header, Some("wrong")).await;
    assert_eq!(refused.err(), Some(StatusCode::UNAUTHORIZED));
    let mut by_header = live.connect(&by_header, Some(&by_header.password)).await.unwrap();
    until(&mut by_header, "hello\n").await;
    let by_message = live.access("attach", None).await;
    let mut by_message = live.open(&by_message).await;
    until(&mut by_message, "hello\n").await;
    live.app.sim.kill(&live.app.sim.sandboxes()[0], "web", 0);
    assert_eq!(rest(by_header).await, (String::new(), CloseCode::Normal));
    assert_eq!(rest(by_message).await, (String::new(), CloseCode::Normal));
}

#[tokio::test]
async fn a_program_ends_with_its_container_and_none_starts_in_one_that_has_ended() {
    let live = Live::new().await;
    let shell = live.exec("/bin/sh").await;
    let mut shell = live.open(&shell).await;
    shell.send(Message::text("up")).await.unwrap();
    until(&mut shell, "up").await;
    live.app.sim.kill(&live.app.sim.sandboxes()[0], "web", 1);
    assert_eq!(rest(shell).await, (String::new(), CloseCode::Normal));
    // Recorded: the call is answered all the same.
    let late = live.exec("/bin/sh").await;
    let told = "The container 'web' in container group 'web' is not running.\r\n";
    assert_eq!(rest(live.open(&late).await).await, (told.to_owned(), CloseCode::Error));
}

#[tokio::test]
async fn exec_and_attach_refuse_what_is_not_there_or_stopped() {
    let live = Live::new().await;
    let app = &live.app;
    let exec = async |group: &str, container: &str, action: &str| {
        let path = format!("{GROUPS}/{group}/containers/{container}/{action}");
        let answer = app.call(Method::POST, &path, Some(json!({ "command": "ls" }))).await;
        (answer.status.as_u16(), answer.code())
    };
    for action in ["exec", "attach"] {
        assert_eq!(exec("none", "web", action).await, (404, "ContainerGroupNotFound".to_owned()));
        assert_eq!(exec("web", "none", action).await, (404, "ContainerNotFound".to_owned()));
    }
    app.post(&format!("{GROUPS}/web/stop")).await;
    let stopped = |body: &Value| body["properties"]["instanceView"]["state"] == "Stopped";
    app.get_until(&format!("{GROUPS}/web"), stopped).await;
    for action in ["exec", "attach"] {
        assert_eq!(exec("web", "web", action).await, (400, "ContainerGroupStopped".to_owned()));
    }
}

#[tokio::test]
async fn a_version_of_before_the_operation_is_refused_with_those_that_have_it() {
    let live = Live::new().await;
    let call = async |action: &str, version: &str| {
        let path = format!("{GROUPS}/web/containers/web/{action}?api-version={version}");
        live.app.call(Method::POST, &path, Some(json!({ "command": "ls" }))).await
    };
    for (action, before, first) in
        [("exec", "2017-12-01-preview", "2018-02-01-preview"), ("attach", "2019-12-01", "2020-11-01")]
    {
        let refused = call(action, before).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound")
        );
        assert!(
            refused.text.contains(&format!("The supported api-versions are '{first}, ")),
            "{}",
            refused.text
        );
        let accepted = call(action, first).await;
        assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text);
    }
}

#[tokio::test]
async fn a_command_that_names_no_program_is_refused() {
    let live = Live::new().await;
    for body in [json!({}), json!({ "command": " " }), json!({ "command": "echo 'x" })] {
        let path = format!("{GROUPS}/web/containers/web/exec");
        let answer = live.app.call(Method::POST, &path, Some(body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "InvalidExecCommand"));
    }
}

#[tokio::test]
async fn websockets_are_closed_when_the_emulator_ends() {
    let live = Live::new().await;
    let shell = live.exec("/bin/sh").await;
    let mut shell = live.open(&shell).await;
    shell.send(Message::text("up")).await.unwrap();
    until(&mut shell, "up").await;
    let waiting = live.exec("/bin/sh").await;
    let waiting = live.connect(&waiting, None).await.unwrap();
    let sessions = live.app.app.sessions.clone();
    let ((), shell, waiting) = tokio::join!(sessions.shutdown(), rest(shell), rest(waiting));
    assert_eq!((shell.1, waiting.1), (CloseCode::Away, CloseCode::Away));
}

#[tokio::test]
async fn the_port_speaks_encrypted_websockets_to_whom_it_sends_there() {
    let clock = Arc::new(SystemClock);
    let runtime = Arc::new(SimRuntime::new(clock.clone()));
    let (listen, settings) = ("127.0.0.1:0".parse().unwrap(), Settings::default());
    let config = Config { listen, data: Data::in_memory(), tls_sans: vec![], settings };
    let running = Emulator::start(config, runtime, clock, Arc::new(RandomIds)).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = reqwest::Certificate::from_pem(running.ca_pem.as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap();
    let origin = format!("https://localhost:{}", running.addr.port());
    let call = async |method: Method, path: &str, body: Value| {
        let uri = format!("{origin}{path}?api-version=2023-05-01");
        let answer = client.request(method, uri).bearer_auth("fake").json(&body).send().await.unwrap();
        answer.error_for_status().unwrap().json::<Value>().await.unwrap()
    };
    call(Method::PUT, &format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" })).await;
    call(Method::PUT, &format!("{GROUPS}/web"), talking_group()).await;
    while call(Method::GET, &format!("{GROUPS}/web"), Value::Null).await["properties"]["instanceView"]["state"]
        != "Running"
    {}
    let command = json!({ "command": "echo hello" });
    let access = call(Method::POST, &format!("{GROUPS}/web/containers/web/exec"), command).await;
    let access = Access::read(&access);
    assert!(access.uri.starts_with(&origin.replace("https", "wss")), "{}", access.uri);

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(running.ca_pem.as_bytes()).unwrap()).unwrap();
    let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(running.addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(tls)).connect(name, stream).await.unwrap();
    let (mut socket, _) = client_async(access.uri.as_str(), stream).await.unwrap();
    socket.send(Message::text(access.password)).await.unwrap();
    assert_eq!(rest(socket).await, ("hello\r\n".to_owned(), CloseCode::Normal));
    running.shutdown().await;
}
