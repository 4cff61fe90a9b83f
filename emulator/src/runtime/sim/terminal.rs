//! Programs in simulated containers: few, and the same bytes for the same input every time.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::{SinkExt, Stream, StreamExt, stream};
use tokio::sync::watch;

use crate::runtime::{ByteStream, Exec, ExecControl, ExecSpec, RuntimeError, TerminalSize};

/// What a terminal sends at the end of input, by ^D.
const END_OF_INPUT: u8 = 0x04;

/// 128 + SIGKILL: the end of a program whose container ends.
const KILLED: i32 = 137;

/// What happens to a terminal.
enum Event {
    Typed(Bytes),
    Resized(TerminalSize),
}

/// A program that shows what is typed.
struct Program {
    events: UnboundedReceiver<Event>,
    container: watch::Receiver<bool>,
    code: Arc<OnceLock<i32>>,
}

struct Control {
    events: UnboundedSender<Event>,
    code: Arc<OnceLock<i32>>,
}

/// Runs a program until its container ends.
pub(super) fn exec(spec: &ExecSpec, container: watch::Receiver<bool>) -> Exec {
    let (events, received) = mpsc::unbounded();
    let code: Arc<OnceLock<i32>> = Arc::default();
    let written = match spec.command.split_first() {
        Some((program, words)) if program == "echo" => Some(format!("{}\r\n", words.join(" "))),
        Some((program, words)) if program == "stty" && words == ["size"] => Some(size_line(spec.terminal)),
        _ => None,
    };
    let output = match written {
        Some(text) => {
            code.get_or_init(|| 0);
            stream::iter([Ok(Bytes::from(text))]).boxed()
        }
        None => stream::unfold(Program { events: received, container, code: code.clone() }, next).boxed(),
    };
    let input = events.clone().sink_map_err(|_| ended());
    let input = input.with(|bytes| std::future::ready(Ok::<_, RuntimeError>(Event::Typed(bytes))));
    Exec { input: Box::pin(input), output, control: Box::new(Control { events, code }) }
}

/// A text, and then nothing until the container has ended.
pub(super) fn follow(text: String, container: watch::Receiver<bool>) -> ByteStream {
    let text = (!text.is_empty()).then(|| Ok(Bytes::from(text)));
    until_end(stream::iter(text), container).boxed()
}

/// A stream, and then nothing until the container has ended.
pub(super) fn until_end<T: Send>(
    first: impl Stream<Item = T> + Send,
    mut container: watch::Receiver<bool>,
) -> impl Stream<Item = T> + Send {
    let end = async move {
        // Closed means removed, which is an end as well.
        let _ended = container.wait_for(|ended| *ended).await;
    };
    let end = stream::once(end).filter_map(|()| std::future::ready(None));
    first.chain(end)
}

async fn next(mut program: Program) -> Option<(Result<Bytes, RuntimeError>, Program)> {
    if program.code.get().is_some() {
        return None;
    }
    let event = tokio::select! {
        biased;
        event = program.events.next() => event,
        _ = program.container.wait_for(|ended| *ended) => None,
    };
    let shown = match event {
        Some(Event::Resized(size)) => Bytes::from(size_line(size)),
        Some(Event::Typed(bytes)) => {
            let end = bytes.iter().position(|byte| *byte == END_OF_INPUT);
            if end.is_some() {
                program.code.get_or_init(|| 0);
            }
            end.map_or(bytes.clone(), |end| bytes.slice(..end))
        }
        None => {
            program.code.get_or_init(|| KILLED);
            return None;
        }
    };
    Some((Ok(shown), program))
}

fn size_line(size: TerminalSize) -> String {
    format!("{} {}\r\n", size.rows, size.cols)
}

fn ended() -> RuntimeError {
    RuntimeError::Gone("the program".to_owned())
}

#[async_trait]
impl ExecControl for Control {
    async fn resize(&self, size: TerminalSize) -> Result<(), RuntimeError> {
        self.events.unbounded_send(Event::Resized(size)).map_err(|_| ended())
    }

    async fn exit_code(&self) -> Result<Option<i32>, RuntimeError> {
        Ok(self.code.get().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(command: &[&str]) -> (Exec, watch::Sender<bool>) {
        let container = watch::Sender::new(false);
        let command = command.iter().map(|&word| word.to_owned()).collect();
        let spec = ExecSpec { command, terminal: TerminalSize { rows: 24, cols: 80 } };
        (exec(&spec, container.subscribe()), container)
    }

    async fn rest(exec: &mut Exec) -> String {
        let chunks: Vec<_> = exec.output.by_ref().map(Result::unwrap).collect().await;
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn programs_that_only_write_end_by_themselves() {
        let (mut echo, _container) = program(&["echo", "hello", "big world"]);
        assert_eq!(rest(&mut echo).await, "hello big world\r\n");
        assert_eq!(echo.control.exit_code().await, Ok(Some(0)));
        let (mut size, _container) = program(&["stty", "size"]);
        assert_eq!(rest(&mut size).await, "24 80\r\n");
    }

    #[tokio::test]
    async fn an_interactive_program_shows_input_and_size_until_the_end_of_input() {
        let (mut shell, _container) = program(&["/bin/sh"]);
        shell.input.send(Bytes::from("ls\r")).await.unwrap();
        assert_eq!(shell.control.exit_code().await, Ok(None));
        shell.control.resize(TerminalSize { rows: 50, cols: 132 }).await.unwrap();
        shell.input.send(Bytes::from("x\u{4}lost")).await.unwrap();
        assert_eq!(rest(&mut shell).await, "ls\r50 132\r\nx");
        assert_eq!(shell.control.exit_code().await, Ok(Some(0)));
    }

    #[tokio::test]
    async fn a_program_dies_with_its_container() {
        let (mut shell, container) = program(&["/bin/sh"]);
        container.send_replace(true);
        assert_eq!(rest(&mut shell).await, "");
        assert_eq!(shell.control.exit_code().await, Ok(Some(KILLED)));
        let (mut removed, container) = program(&["/bin/sh"]);
        drop(container);
        assert_eq!(rest(&mut removed).await, "");
    }
}
