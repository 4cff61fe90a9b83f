//! The real kubectl, where this machine has one, through an API server that passes streams on as they are.
//!
//! It speaks websockets first and SPDY where told to; older API servers pass on the latter, and no API server what
//! kubectl's websockets carry besides. Without kubectl these tests say that they checked nothing.

use std::path::Path;
use std::process::{Output, Stdio};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response as Answer};
use axum::routing::{any, get};
use axum::{Json, Router};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::port_forward::{here, shouting};
use super::*;

/// An API server with one pod, on the way to whose kubelet everything else goes.
struct ApiServer {
    url: String,
    folder: tempfile::TempDir,
}

async fn served(kubelet: &Kubelet) -> ApiServer {
    let pods = json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [
        { "name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": ["get"] },
    ] });
    let fixed = |value: Value| get(async move || Json(value));
    let mut web: Value = serde_json::to_value(here()).unwrap();
    (web["kind"], web["apiVersion"]) = (json!("Pod"), json!("v1"));
    let pod = "/api/v1/namespaces/default/pods/web";
    let router = Router::new()
        .route("/api", fixed(json!({ "kind": "APIVersions", "versions": ["v1"] })))
        .route("/apis", fixed(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [] })))
        .route("/api/v1", fixed(pods))
        .route(pod, fixed(web))
        .route(&format!("{pod}/exec"), any(pass_on))
        .route(&format!("{pod}/attach"), any(pass_on))
        .route(&format!("{pod}/portforward"), any(pass_on))
        .route(&format!("{pod}/log"), any(pass_on))
        .with_state(kubelet.url.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    ApiServer { url, folder: tempfile::tempdir().unwrap() }
}

/// Passes a request on to the kubelet, under the names that it has there, and the streams after it.
async fn pass_on(State(kubelet): State<String>, mut request: Request) -> Answer {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let path = match uri.path().rsplit('/').next().unwrap() {
        "exec" => "/exec/default/web/app",
        "attach" => "/attach/default/web/app",
        "log" => "/containerLogs/default/web/app",
        _ => "/portForward/default/web",
    };
    let query: String = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| match (&*name, &*value) {
            ("stdin", "true") => "&input=1".to_owned(),
            ("stdout", "true") => "&output=1".to_owned(),
            ("stderr", "true") => "&error=1".to_owned(),
            ("tty", "true") => "&tty=1".to_owned(),
            _ => format!(
                "&{}",
                form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish()
            ),
        })
        .collect();
    let answer = client(None)
        .request(request.method().clone(), format!("{kubelet}{path}?{query}"))
        .headers(request.headers().clone())
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = if status == 101 {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut near = TokioIo::new(upgrade.await.unwrap());
            let mut far = answer.upgrade().await.unwrap();
            let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
        Body::empty()
    } else {
        Body::from_stream(answer.bytes_stream())
    };
    (status, headers, body).into_response()
}

/// The transports of kubectl: how each is asked for.
const TRANSPORTS: [(&str, &str); 2] = [("websockets", "true"), ("SPDY", "false")];

impl ApiServer {
    fn kubectl(&self, websockets: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(["--server", &self.url, "--kubeconfig", "/dev/null", "--cache-dir"])
            .arg(self.folder.path())
            .args(arguments)
            .env("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", websockets)
            .env("KUBECTL_PORT_FORWARD_WEBSOCKETS", websockets)
            .env_remove("KUBECONFIG")
            .kill_on_drop(true);
        command
    }

    async fn run(&self, websockets: &str, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.kubectl(websockets, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
        let writing = tokio::spawn(async move {
            // A command that does not read its input is not an error.
            let _unread = stdin.write_all(&input).await;
        });
        let output = child.wait_with_output().await.unwrap();
        writing.await.unwrap();
        output
    }
}

/// Whether there is a kubectl.
fn is_here() -> bool {
    let path = std::env::var("PATH").unwrap();
    let found = path.split(':').any(|folder| Path::new(folder).join("kubectl").exists());
    if !found {
        eprintln!("there is no kubectl on this machine: nothing was checked");
    }
    found
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn kubectl_runs_commands_with_pipes_arguments_and_exit_codes() {
    if !is_here() {
        return;
    }
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let server = served(&kubelet).await;
    for (transport, websockets) in TRANSPORTS {
        let script = "cat; echo \"$1\" >&2; exit 42";
        let arguments = ["exec", "-i", "web", "-c", "app", "--", "sh", "-c", script, "sh", "a  b"];
        let output = server.run(websockets, &arguments, b"typed\n").await;
        assert_eq!(text(&output.stdout), "typed\n", "{transport}");
        assert_eq!(text(&output.stderr), "a  b\ncommand terminated with exit code 42\n", "{transport}");
        assert_eq!(output.status.code(), Some(42), "{transport}");
        let output = server.run(websockets, &["exec", "web", "-c", "app", "--", "echo", "hi"], b"").await;
        assert_eq!(
            (text(&output.stdout).as_str(), output.status.code()),
            ("hi\n", Some(0)),
            "{transport}: {output:?}"
        );
    }
}

#[tokio::test]
async fn kubectl_copies_binary_files_both_ways() {
    if !is_here() {
        return;
    }
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let server = served(&kubelet).await;
    let bytes: Vec<u8> = (0..400_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    for (transport, websockets) in TRANSPORTS {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("local"), &bytes).unwrap();
        let there = format!("web:{}", path("there"));
        let output = server.run(websockets, &["cp", "-c", "app", &path("local"), &there], b"").await;
        assert!(output.status.success(), "{transport}: {}", text(&output.stderr));
        assert!(std::fs::read(path("there")).unwrap() == bytes, "{transport}, to the container");
        let output = server.run(websockets, &["cp", "-c", "app", &there, &path("back")], b"").await;
        assert!(output.status.success(), "{transport}: {}", text(&output.stderr));
        assert!(std::fs::read(path("back")).unwrap() == bytes, "{transport}, from the container");
    }
}

#[tokio::test]
async fn kubectl_attaches_and_is_told_what_cannot_be() {
    if !is_here() {
        return;
    }
    let streams = Shells::with(&["sh"]);
    let kubelet = Kubelet::serve(Setup { pod: here(), streams: streams.clone(), ..Setup::default() }).await;
    let server = served(&kubelet).await;
    for (transport, websockets) in TRANSPORTS {
        streams.set_log([Ok("one\n".into()), Ok("two\n".into())]);
        let output = server.run(websockets, &["attach", "web", "-c", "app"], b"").await;
        assert_eq!(text(&output.stdout), "one\ntwo\n", "{transport}: {}", text(&output.stderr));
    }
    for (transport, websockets) in TRANSPORTS {
        let output = server.run(websockets, &["attach", "-i", "web", "-c", "app"], b"typed").await;
        let told = text(&output.stderr);
        assert!(
            !output.status.success() && told.contains("cannot attach standard input"),
            "{transport}: {told}"
        );
    }
}

#[tokio::test]
async fn kubectl_forwards_ports() {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
    if !is_here() {
        return;
    }
    let kubelet = Kubelet::serve(Setup { pod: here(), ..Setup::default() }).await;
    let server = served(&kubelet).await;
    let port = shouting().await.port();
    for (transport, websockets) in TRANSPORTS {
        let mut command = server.kubectl(websockets, &["port-forward", "pod/web", &format!(":{port}")]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        // Forwarding from 127.0.0.1:40123 -> 8080
        let local = line.split(' ').nth(2).unwrap().to_owned();
        for word in ["one", "two"] {
            let mut connection = tokio::net::TcpStream::connect(&local).await.unwrap();
            connection.write_all(word.as_bytes()).await.unwrap();
            connection.shutdown().await.unwrap();
            let mut heard = String::new();
            connection.read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, format!("{}bye", word.to_uppercase()), "{transport}");
        }
        child.kill().await.unwrap();
    }
}
