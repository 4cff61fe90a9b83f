//! Programs on terminals beside a container's own, and logs that are followed.

use aci_emulator::runtime::{
    ByteStream, Exec, ExecSpec, LogLine, LogQuery, Runtime as _, RuntimeError, TerminalSize,
};
use futures::{SinkExt as _, StreamExt as _};

use crate::support::{Lab, eventually, id, sandbox, with_lab, within};

const SIZE: TerminalSize = TerminalSize { rows: 50, cols: 132 };

async fn exec(lab: &Lab, command: &[&str]) -> Result<Exec, RuntimeError> {
    let command = command.iter().map(|&word| word.to_owned()).collect();
    lab.runtime.exec(&id("d"), "app", &ExecSpec { command, terminal: SIZE }).await
}

/// A container that waits for ever.
async fn start(lab: &Lab) {
    lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
    lab.runtime.start_container(&id("d"), &lab.container("app", &["wait"])).await.unwrap();
}

async fn type_line(exec: &mut Exec, line: &str) {
    exec.input.send(format!("{line}\r").into()).await.unwrap();
}

async fn rest(mut output: ByteStream) -> String {
    let mut text = Vec::new();
    let end = async {
        while let Some(chunk) = output.next().await {
            text.extend_from_slice(&chunk.unwrap());
        }
    };
    within("the end of the output", end).await;
    String::from_utf8(text).unwrap()
}

/// Reads until a text has come.
async fn until(output: &mut ByteStream, wanted: &str) {
    let mut text = String::new();
    let come = async {
        while !text.contains(wanted) {
            let chunk = output.next().await.expect("more output").unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    within(&format!("{wanted:?} on the terminal"), come).await;
}

/// The exit code, which Docker knows a moment after the output has ended.
async fn code(exec: &dyn aci_emulator::runtime::ExecControl) -> i32 {
    eventually("an exit code", || async { exec.exit_code().await.unwrap() }).await
}

#[tokio::test]
async fn a_program_writes_to_the_terminal_and_ends() {
    with_lab("exec-echo", |lab| async move {
        start(&lab).await;
        let echo = exec(&lab, &["echo", "hello", "big  world"]).await.unwrap();
        assert_eq!(rest(echo.output).await, "hello big  world\r\n");
        assert_eq!(code(&*echo.control).await, 0);
    })
    .await;
}

#[tokio::test]
async fn output_that_begins_like_a_frame_of_docker_s_log_is_output() {
    with_lab("exec-bytes", |lab| async move {
        start(&lab).await;
        for word in ["\u{1}\u{2}", "\u{2}34567890", "\u{1}"] {
            let echo = exec(&lab, &["echo", word]).await.unwrap();
            assert_eq!(rest(echo.output).await, format!("{word}\r\n"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_shell_reads_what_is_typed_knows_its_size_and_tells_its_exit_code() {
    with_lab("exec-shell", |lab| async move {
        start(&lab).await;
        let mut shell = exec(&lab, &["sh"]).await.unwrap();
        until(&mut shell.output, "$ ").await;
        assert_eq!(shell.control.exit_code().await, Ok(None));
        type_line(&mut shell, "echo a b").await;
        until(&mut shell.output, "echo a b\r\na b\r\n$ ").await;
        // What Docker would detach by; a shell without history shows the keys and goes on.
        type_line(&mut shell, "\u{10}\u{11}").await;
        until(&mut shell.output, "$ ").await;
        shell.control.resize(TerminalSize { rows: 40, cols: 100 }).await.unwrap();
        type_line(&mut shell, "size").await;
        until(&mut shell.output, "40 100\r\n$ ").await;
        type_line(&mut shell, "exit 3").await;
        assert_eq!(rest(shell.output).await, "exit 3\r\n");
        assert_eq!(code(&*shell.control).await, 3);
    })
    .await;
}

#[tokio::test]
async fn the_first_size_is_the_wanted_one_and_the_end_of_input_ends_a_shell() {
    with_lab("exec-size", |lab| async move {
        start(&lab).await;
        let mut shell = exec(&lab, &["/bin/sh"]).await.unwrap();
        // Engines before API 1.42 tell the size a moment after the start.
        let asked = async {
            let mut text = String::new();
            while !text.contains("50 132\r\n") {
                type_line(&mut shell, "size").await;
                let chunk = shell.output.next().await.expect("more output").unwrap();
                text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        within("the size of the terminal", asked).await;
        shell.input.send(bytes::Bytes::from_static(b"\x04")).await.unwrap();
        rest(shell.output).await;
        assert_eq!(code(&*shell.control).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_on_the_terminal() {
    with_lab("exec-missing", |lab| async move {
        start(&lab).await;
        let missing = exec(&lab, &["/nope"]).await.unwrap();
        let text = rest(missing.output).await;
        assert!(text.contains("/nope") && text.contains("no such file"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn nothing_runs_beside_a_container_that_does_not() {
    with_lab("exec-gone", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let none = exec(&lab, &["echo"]).await.err();
        assert!(matches!(none, Some(RuntimeError::Gone(_))), "{none:?}");
        lab.run("d", &lab.container("app", &["say", "x", "0"])).await;
        let ended = exec(&lab, &["echo"]).await.err();
        assert!(matches!(ended, Some(RuntimeError::Gone(_))), "{ended:?}");
    })
    .await;
}

#[tokio::test]
async fn a_log_is_followed_from_its_beginning_or_from_now_until_the_container_ends() {
    with_lab("attach", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        lab.start_until("d", &lab.container("app", &["serve", "7000", "x"]), "listening").await;
        let attach = async |query| lab.runtime.attach(&id("d"), "app", query).await.unwrap();
        let mut all = attach(LogQuery::default()).await;
        let new = attach(LogQuery { tail: Some(0), timestamps: false }).await;
        until(&mut all, "listening\n").await;
        let fetch = exec(&lab, &["/probe", "fetch", "127.0.0.1:7000"]).await.unwrap();
        assert_eq!(rest(fetch.output).await, "x\r\n");
        until(&mut all, "served\n").await;
        lab.runtime.stop_container(&id("d"), "app", 0).await.unwrap();
        assert_eq!(rest(all).await, "");
        assert!(!rest(new).await.contains("listening"), "it is not from now on");
        let nobody = lab.runtime.attach(&id("d"), "nobody", LogQuery::default()).await.err();
        assert!(matches!(nobody, Some(RuntimeError::Gone(_))), "{nobody:?}");
    })
    .await;
}

#[tokio::test]
async fn lines_are_told_with_their_stream_and_time_until_the_container_ends() {
    with_lab("lines", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        lab.runtime.start_container(&id("d"), &lab.container("app", &["lines", "3"])).await.unwrap();
        let lines = lab.runtime.follow(&id("d"), "app", None).await.unwrap();
        let lines: Vec<LogLine> = within("the end", lines.map(Result::unwrap).collect()).await;
        let of = |is_error: bool| -> Vec<&str> {
            let its = lines.iter().filter(|line| line.is_error == is_error);
            its.map(|line| line.text.as_str()).collect()
        };
        assert_eq!(of(false), ["out 1", "out 2", "out 3"]);
        assert_eq!(of(true), ["err 1", "err 2", "err 3"]);

        let third = lines[2].at;
        let rest = lab.runtime.follow(&id("d"), "app", Some(third)).await.unwrap();
        let rest: Vec<LogLine> = within("the end", rest.map(Result::unwrap).collect()).await;
        let expected: Vec<LogLine> = lines.iter().filter(|line| line.at >= third).cloned().collect();
        assert_eq!(rest, expected);
        let missing = lab.runtime.follow(&id("d"), "nobody", None).await;
        assert!(matches!(missing, Err(RuntimeError::Gone(_))));
    })
    .await;
}
