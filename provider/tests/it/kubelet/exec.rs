//! `exec`, from a client's streams to a real shell on a real terminal and back.

use serde_json::Value;

use super::spdy_client::Spdy;
use super::*;

/// How a command ended, and what it wrote.
#[derive(Debug, PartialEq)]
struct Ended {
    stdout: Vec<u8>,
    stderr: String,
    status: Value,
}

impl Ended {
    fn code(&self) -> Option<&str> {
        self.status["details"]["causes"][0]["message"].as_str()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

async fn kubelet(streams: Arc<Shells>) -> Kubelet {
    Kubelet::serve(Setup { streams, ..Setup::default() }).await
}

fn url(kubelet: &Kubelet, streams: &str, command: &[&str]) -> String {
    let mut query = reqwest::Url::parse(&format!("{}/exec/default/web/app?{streams}", kubelet.url)).unwrap();
    query.query_pairs_mut().extend_pairs(command.iter().map(|word| ("command", word)));
    query.into()
}

/// Runs a command as `kubectl exec` does without `-t`.
async fn run(kubelet: &Kubelet, stdin: Option<&[u8]>, command: &[&str]) -> Ended {
    let input = if stdin.is_some() { "&input=1" } else { "" };
    let url = url(kubelet, &format!("output=1&error=1{input}"), command);
    let mut spdy = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.unwrap();
    let error = spdy.stream(&[("streamType", "error")]).await;
    let typing = match stdin {
        Some(_) => Some(spdy.stream(&[("streamType", "stdin")]).await),
        None => None,
    };
    let stdout = spdy.stream(&[("streamType", "stdout")]).await;
    let stderr = spdy.stream(&[("streamType", "stderr")]).await;
    if let (Some(id), Some(stdin)) = (typing, stdin) {
        for piece in stdin.chunks(32 * 1024) {
            spdy.send(id, false, piece).await;
        }
        spdy.send(id, true, b"").await;
    }
    let mut data = spdy.rest().await;
    let mut take = |id| data.remove(&id).unwrap_or_default();
    let status = String::from_utf8(take(error)).unwrap();
    Ended {
        stdout: take(stdout),
        stderr: String::from_utf8(take(stderr)).unwrap(),
        status: serde_json::from_str(&status).unwrap_or(Value::String(status)),
    }
}

/// The shells that images have, as far as this machine has them too.
fn shells() -> Vec<&'static [&'static str]> {
    let all: [&[&str]; 3] = [&["dash"], &["bash"], &["busybox", "sh"]];
    let path = std::env::var("PATH").unwrap();
    let is_here = |name: &str| path.split(':').any(|folder| std::path::Path::new(folder).join(name).exists());
    let here: Vec<_> = all.into_iter().filter(|shell| is_here(shell[0])).collect();
    assert!(!here.is_empty(), "this machine has no shell");
    here
}

fn noise(length: usize) -> Vec<u8> {
    // A linear congruential generator: every byte value, and nothing that compresses.
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(7u32), next).map(|state| state.to_be_bytes()[0]).take(length).collect()
}

#[tokio::test]
async fn output_errors_and_the_exit_code_arrive_apart() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let script = "echo out; echo err >&2; printf 'no end' >&2; exit 7";
        let ended = run(&kubelet, None, &["sh", "-c", script]).await;
        assert_eq!((ended.text(), ended.stderr.as_str()), ("out\n", "err\nno end"), "{shell:?}");
        assert_eq!((ended.code(), &ended.status["reason"]), (Some("7"), &json!("NonZeroExitCode")));
        let ended = run(&kubelet, None, &["true"]).await;
        assert_eq!(ended.status, json!({ "metadata": {}, "status": "Success" }), "{shell:?}");
    }
}

#[tokio::test]
async fn arguments_arrive_as_they_were_given() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let words = ["printf", "<%s>", "a b", "$HOME", "it's", "", "*", "new\nline", "\\", "é"];
        let ended = run(&kubelet, None, &words).await;
        assert_eq!(ended.text(), "<a b><$HOME><it's><><*><new\nline><\\><é>", "{shell:?}");
    }
}

#[tokio::test]
async fn a_command_is_given_pipes_and_not_the_terminal() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let script = "for fd in 0 1 2; do test -t $fd && echo terminal $fd; done; cat; echo done";
        assert_eq!(run(&kubelet, None, &["sh", "-c", script]).await.text(), "done\n", "{shell:?}");
        assert_eq!(
            run(&kubelet, Some(b"in\n"), &["sh", "-c", script]).await.text(),
            "in\ndone\n",
            "{shell:?}"
        );
    }
}

#[tokio::test]
async fn any_bytes_pass_both_ways_unchanged() {
    let bytes = noise(700_000);
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let ended = run(&kubelet, Some(&bytes), &["cat"]).await;
        assert!(ended.stdout == bytes, "{shell:?}: {} of {} bytes", ended.stdout.len(), bytes.len());
        assert_eq!(ended.status["status"], "Success", "{shell:?}");
        let counted = run(&kubelet, Some(&bytes), &["wc", "-c"]).await;
        assert_eq!(counted.text().trim(), "700000", "{shell:?}");
        assert_eq!(run(&kubelet, Some(b""), &["cat"]).await.text(), "", "{shell:?}");
    }
}

#[tokio::test]
async fn a_command_that_does_not_read_its_input_ends_all_the_same() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let ended = run(&kubelet, Some(&noise(300_000)), &["sh", "-c", "head -c 3 | wc -c; exit 3"]).await;
        assert_eq!((ended.text().trim(), ended.code()), ("3", Some("3")), "{shell:?}");
        assert_eq!(run(&kubelet, Some(&noise(300_000)), &["false"]).await.code(), Some("1"), "{shell:?}");
    }
}

#[tokio::test]
async fn a_program_that_is_missing_or_killed_has_the_shell_s_code() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        let ended = run(&kubelet, None, &["no-such-program"]).await;
        assert_eq!(ended.code(), Some("127"), "{shell:?}: {ended:?}");
        assert!(ended.stderr.contains("no-such-program") && ended.stderr.contains("not found"), "{ended:?}");
        let ended = run(&kubelet, None, &["sh", "-c", "kill -9 $$"]).await;
        assert_eq!((ended.code(), ended.stderr.as_str()), (Some("137"), ""), "{shell:?}");
    }
}

/// A folder with these programs only.
fn programs(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    for name in names {
        let program =
            path.split(':').map(|folder| std::path::Path::new(folder).join(name)).find(|p| p.exists());
        std::os::unix::fs::symlink(program.unwrap(), folder.path().join(name)).unwrap();
    }
    folder
}

#[tokio::test]
async fn without_stty_output_is_still_exact_and_input_is_refused_with_the_reason() {
    let folder = programs(&["dash", "cat", "printf"]);
    let kubelet = kubelet(Shells::with_programs(&["dash"], folder.path())).await;
    let ended = run(&kubelet, None, &["printf", "a\\nb\\r\\n\\r"]).await;
    assert_eq!((ended.text(), &ended.status["status"]), ("a\nb\r\n\r", &json!("Success")));
    let ended = run(&kubelet, Some(b"x"), &["cat"]).await;
    let message = ended.status["message"].as_str().unwrap();
    assert!(message.contains("no `stty`") && message.contains("without -i"), "{message}");
}

#[tokio::test]
async fn without_head_input_is_read_with_dd() {
    let folder = programs(&["dash", "cat", "stty", "dd", "wc"]);
    let kubelet = kubelet(Shells::with_programs(&["dash"], folder.path())).await;
    assert_eq!(run(&kubelet, Some(&noise(5000)), &["wc", "-c"]).await.text().trim(), "5000");
}

#[tokio::test]
async fn without_base64_input_comes_as_it_is() {
    let folder = programs(&["dash", "cat", "stty", "head"]);
    let kubelet = kubelet(Shells::with_programs(&["dash"], folder.path())).await;
    let bytes = noise(50_000);
    assert!(run(&kubelet, Some(&bytes), &["cat"]).await.stdout == bytes);
}

#[tokio::test]
async fn without_a_shell_a_command_runs_as_it_is_and_success_says_that_the_code_is_not_known() {
    let kubelet = kubelet(Shells::with(&[])).await;
    let ended = run(&kubelet, None, &["echo", "hello"]).await;
    assert_eq!((ended.text(), &ended.status["status"]), ("hello\r\n", &json!("Success")));
    assert!(ended.status["message"].as_str().unwrap().contains("no /bin/sh"), "{}", ended.status);
    let ended = run(&kubelet, Some(b"one\ntwo"), &["wc", "-l"]).await;
    assert!(ended.text().ends_with("1\r\n"), "{:?}", ended.text());
    let ended = run(&kubelet, None, &["no-such-program"]).await;
    let message = ended.status["message"].as_str().unwrap();
    assert!(message.contains("OCI runtime exec failed") && ended.stdout.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn a_terminal_has_the_user_s_size_echoes_and_tells_the_code() {
    for shell in shells() {
        let shells = Shells::with(shell);
        let kubelet = kubelet(Arc::clone(&shells)).await;
        let url =
            url(&kubelet, "output=1&input=1&tty=1", &["sh", "-c", "stty size; read x; echo got $x; exit 4"]);
        let mut spdy = Spdy::open(&client(None), &url, &["v5.channel.k8s.io"]).await.unwrap();
        assert_eq!(spdy.protocol.as_deref(), Some("v5.channel.k8s.io"));
        let error = spdy.stream(&[("streamType", "error")]).await;
        let stdin = spdy.stream(&[("streamType", "stdin")]).await;
        let stdout = spdy.stream(&[("streamType", "stdout")]).await;
        let resize = spdy.begin(&[("streamType", "resize")]).await;
        spdy.send(resize, false, b"{\"Width\":132,\"Height\":50}\n").await;
        spdy.send(stdin, false, b"word\n").await;
        let data = spdy.rest().await;
        let shown = String::from_utf8(data[&stdout].clone()).unwrap();
        assert!(shown.contains("50 132\r\n") && shown.ends_with("got word\r\n"), "{shell:?}: {shown:?}");
        assert!(shown.contains("word\r\n"), "an echo: {shown:?}");
        let status: Value = serde_json::from_slice(&data[&error]).unwrap();
        assert_eq!(status["details"]["causes"][0]["message"], "4", "{shell:?}");
        assert_eq!(shells.sizes()[0].rows, Some(50));
    }
}

#[tokio::test]
async fn an_interrupt_reaches_the_program_and_not_the_script_around_it() {
    for shell in shells() {
        let kubelet = kubelet(Shells::with(shell)).await;
        // The program survives the interrupt and says so; a script that did not would take the terminal with it.
        let script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done";
        let url = url(&kubelet, "output=1&input=1&tty=1", &["sh", "-c", script]);
        let mut spdy = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.unwrap();
        let error = spdy.stream(&[("streamType", "error")]).await;
        let stdin = spdy.stream(&[("streamType", "stdin")]).await;
        let stdout = spdy.stream(&[("streamType", "stdout")]).await;
        let resize = spdy.stream(&[("streamType", "resize")]).await;
        spdy.send(resize, false, b"{\"Width\":80,\"Height\":24}").await;
        let mut shown = Vec::new();
        while !shown.windows(5).any(|word| word == b"ready") {
            match spdy.frame().await.unwrap() {
                super::spdy_client::Frame::Data { id, data, .. } if id == stdout => {
                    shown.extend_from_slice(&data)
                }
                other => panic!("{other:?}"),
            }
        }
        spdy.send(stdin, false, b"\x03").await;
        let data = spdy.rest().await;
        assert!(String::from_utf8_lossy(&data[&stdout]).contains("caught"), "{shell:?}");
        let status: Value = serde_json::from_slice(&data[&error]).unwrap();
        assert_eq!(status["details"]["causes"][0]["message"], "9", "{shell:?}");
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_before_anything_is_upgraded() {
    let kubelet = kubelet(Shells::with(&["sh"])).await;
    let ls = "?output=1&command=ls";
    for (path, status, text) in [
        (
            "/exec/default/web/app?command=ls".to_owned(),
            400,
            "you must specify at least 1 of stdin, stdout, stderr",
        ),
        (
            "/exec/default/web/app?output=1".to_owned(),
            400,
            "you must specify at least one command for the container",
        ),
        (format!("/exec/default/none/app{ls}"), 404, "pod does not exist"),
        (format!("/exec/default/web/other-uid/app{ls}"), 404, "pod does not exist"),
        (format!("/exec/default/web/none{ls}"), 404, "container not found (\"none\")"),
        (
            "/exec/default/web/app?output=1&command=a%00b".to_owned(),
            400,
            "the command holds a zero byte, which no program can be given",
        ),
    ] {
        let refused =
            Spdy::open(&client(None), &format!("{}{path}", kubelet.url), &["v4.channel.k8s.io"]).await;
        let (code, body) = refused.err().unwrap();
        assert_eq!((code.as_u16(), body.as_str()), (status, text), "{path}");
    }
    let url = format!("{}/exec/default/web/app{ls}", kubelet.url);
    let (status, body) = Spdy::open(&client(None), &url, &["v9.channel.k8s.io"]).await.err().unwrap();
    assert_eq!(status, 403);
    assert!(body.contains("unable to negotiate protocol") && body.contains("v4.channel.k8s.io"), "{body}");
    let (status, body) = kubelet.ask(&format!("/exec/default/web/app{ls}")).await;
    assert_eq!(status, 400);
    assert!(body.starts_with("unable to upgrade: missing upgrade headers in request"), "{body}");
}

#[tokio::test]
async fn old_clients_get_plain_text_errors_and_the_uid_in_the_path_is_checked() {
    let kubelet = kubelet(Shells::with(&["sh"])).await;
    let url = format!("{}/exec/default/web/u-1/app?output=1&command=false", kubelet.url);
    let mut spdy = Spdy::open(&client(None), &url, &["v2.channel.k8s.io, v1.channel.k8s.io"]).await.unwrap();
    assert_eq!(spdy.protocol.as_deref(), Some("v2.channel.k8s.io"));
    let error = spdy.stream(&[("streamType", "error")]).await;
    spdy.stream(&[("streamType", "stdout")]).await;
    let told = spdy.rest().await.remove(&error).unwrap();
    let told = String::from_utf8(told).unwrap();
    assert_eq!(told, "command terminated with non-zero exit code: exit status 1");
}

#[tokio::test]
async fn a_user_who_leaves_ends_the_input_of_the_command() {
    let kubelet = kubelet(Shells::with(&["sh"])).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen");
    let script = format!("echo ready; cat >{0}.part; mv {0}.part {0}", file.display());
    let url = url(&kubelet, "output=1&input=1", &["sh", "-c", &script]);
    let mut spdy = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.unwrap();
    spdy.stream(&[("streamType", "error")]).await;
    let stdin = spdy.stream(&[("streamType", "stdin")]).await;
    spdy.stream(&[("streamType", "stdout")]).await;
    spdy.send(stdin, false, b"typed").await;
    assert!(matches!(spdy.frame().await, Some(super::spdy_client::Frame::Data { .. })));
    drop(spdy);
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    while !file.exists() {
        ticks.tick().await;
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "typed");
}

#[tokio::test]
async fn shutdown_tells_who_is_connected() {
    let kubelet = kubelet(Shells::with(&["sh"])).await;
    let url = url(&kubelet, "output=1", &["sh", "-c", "echo ready; exec sleep 1000"]);
    let mut spdy = Spdy::open(&client(None), &url, &["v4.channel.k8s.io"]).await.unwrap();
    let error = spdy.stream(&[("streamType", "error")]).await;
    spdy.stream(&[("streamType", "stdout")]).await;
    assert!(matches!(spdy.frame().await, Some(super::spdy_client::Frame::Data { .. })));
    kubelet.shutdown.cancel();
    let told = String::from_utf8(spdy.rest().await.remove(&error).unwrap()).unwrap();
    assert!(told.contains("the virtual node is shutting down"), "{told}");
}
