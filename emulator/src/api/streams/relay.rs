//! Bytes between a websocket and a container, over any pair of sink and stream of messages.

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use jiff::SignedDuration;

use crate::clock::SharedClock;
use crate::runtime::{ByteSink, ByteStream, Exec};

/// What a terminal sends for the end of input (^D): a shell whose caller has left ends by it.
const END_OF_INPUT: &[u8] = b"\x04";

/// How long a client may take to answer a close.
const CLOSE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Both halves of a websocket.
pub(super) struct Client<O, I> {
    pub(super) outgoing: O,
    pub(super) incoming: I,
}

/// The client on a real socket.
pub(super) type SocketClient = Client<SplitSink<WebSocket, Message>, SplitStream<WebSocket>>;

/// Why a websocket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The program or the log has ended.
    Finished,
    /// The client left.
    ClientLeft,
    /// No password, a wrong one, or too late.
    Refused,
    /// The engine or the container failed.
    Failed,
    /// The emulator stops.
    GoingAway,
}

impl<O, I, E> Client<O, I>
where
    O: Sink<Message> + Unpin,
    I: Stream<Item = Result<Message, E>> + Unpin,
{
    /// The first message with content; `None` when the client leaves before.
    pub(super) async fn first_message(&mut self) -> Option<Bytes> {
        typed(&mut self.incoming).await
    }

    /// Shows some bytes.
    pub(super) async fn show(&mut self, bytes: Bytes) {
        // A client that has left sees nothing more.
        let _left = self.outgoing.send(Message::Binary(bytes)).await;
    }

    /// Carries bytes both ways until the program ends or the client leaves.
    pub(super) async fn terminal(&mut self, exec: Exec) -> End {
        let Exec { mut input, output, control } = exec;
        let end = tokio::select! {
            end = copy(output, &mut self.outgoing) => end,
            () = feed(&mut self.incoming, &mut input) => End::ClientLeft,
        };
        match control.exit_code().await {
            Ok(code) => tracing::debug!(?end, code, "A terminal was closed"),
            Err(error) => tracing::debug!(?end, %error, "A terminal was closed"),
        }
        end
    }

    /// Shows a log until it ends or the client leaves; what is typed meanwhile is nobody's.
    pub(super) async fn log(&mut self, log: ByteStream) -> End {
        tokio::select! {
            end = copy(log, &mut self.outgoing) => end,
            () = drain(&mut self.incoming) => End::ClientLeft,
        }
    }

    /// Says goodbye and waits for the client's: a connection that ends with unread input is reset, and then the
    /// client loses the last output too.
    pub(super) async fn close(mut self, end: End, clock: &SharedClock) {
        let code = match end {
            End::Finished | End::ClientLeft => close_code::NORMAL,
            End::Refused => close_code::POLICY,
            End::Failed => close_code::ERROR,
            End::GoingAway => close_code::AWAY,
        };
        let frame = CloseFrame { code, reason: "".into() };
        let deadline = clock.now().saturating_add(CLOSE_WAIT).unwrap_or_else(|_| clock.now());
        let goodbye = async {
            if self.outgoing.send(Message::Close(Some(frame))).await.is_ok() {
                drain(&mut self.incoming).await;
            }
        };
        tokio::select! {
            () = goodbye => {}
            () = clock.sleep_until(deadline) => {}
        }
    }
}

/// The next bytes from the client, in either kind of message; `None` when it has left.
async fn typed<E>(incoming: &mut (impl Stream<Item = Result<Message, E>> + Unpin)) -> Option<Bytes> {
    loop {
        match incoming.next().await? {
            Ok(Message::Binary(bytes)) => return Some(bytes),
            Ok(Message::Text(text)) => return Some(text.into()),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) | Err(_) => return None,
        }
    }
}

async fn drain<E>(incoming: &mut (impl Stream<Item = Result<Message, E>> + Unpin)) {
    while typed(incoming).await.is_some() {}
}

/// Hands what is typed to the program until the client leaves; what a program no longer reads is dropped, for
/// its output decides when it has ended.
async fn feed<E>(incoming: &mut (impl Stream<Item = Result<Message, E>> + Unpin), input: &mut ByteSink) {
    let mut is_read = true;
    while let Some(bytes) = typed(incoming).await {
        is_read = is_read && input.send(bytes).await.is_ok();
    }
    if is_read && input.send(Bytes::from_static(END_OF_INPUT)).await.is_err() {
        tracing::debug!("A program ended before its caller left");
    }
}

async fn copy(mut output: ByteStream, outgoing: &mut (impl Sink<Message> + Unpin)) -> End {
    while let Some(bytes) = output.next().await {
        let bytes = match bytes {
            Ok(bytes) if bytes.is_empty() => continue,
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, "The stream of a container broke");
                return End::Failed;
            }
        };
        if outgoing.send(Message::Binary(bytes)).await.is_err() {
            return End::ClientLeft;
        }
    }
    End::Finished
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use async_trait::async_trait;
    use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
    use futures::stream;
    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;
    use crate::runtime::{ExecControl, RuntimeError, TerminalSize};

    type Incoming = UnboundedReceiver<Result<Message, Infallible>>;

    /// A program in the test's hands.
    struct Program {
        typed: UnboundedReceiver<Bytes>,
        output: UnboundedSender<Result<Bytes, RuntimeError>>,
    }

    struct NoControl;

    #[async_trait]
    impl ExecControl for NoControl {
        async fn resize(&self, _: TerminalSize) -> Result<(), RuntimeError> {
            Ok(())
        }

        async fn exit_code(&self) -> Result<Option<i32>, RuntimeError> {
            Ok(Some(0))
        }
    }

    fn program() -> (Exec, Program) {
        let (input, typed) = mpsc::unbounded();
        let (output, shown) = mpsc::unbounded();
        let input = Box::pin(input.sink_map_err(|_| RuntimeError::Gone("it".into())));
        (Exec { input, output: shown.boxed(), control: Box::new(NoControl) }, Program { typed, output })
    }

    type Typing = UnboundedSender<Result<Message, Infallible>>;
    type Screen = UnboundedReceiver<Message>;

    fn client() -> (Client<UnboundedSender<Message>, Incoming>, Typing, Screen) {
        let (typing, incoming) = mpsc::unbounded();
        let (outgoing, screen) = mpsc::unbounded();
        (Client { outgoing, incoming }, typing, screen)
    }

    fn binary(text: &'static str) -> Message {
        Message::Binary(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn output_goes_out_raw_and_the_end_of_the_program_is_the_end() {
        let (mut client, _typing, screen) = client();
        let (exec, program) = program();
        for chunk in ["a\x1b[0m", "", "\u{ff}b"] {
            program.output.unbounded_send(Ok(Bytes::from(chunk))).unwrap();
        }
        drop(program.output);
        assert_eq!(client.terminal(exec).await, End::Finished);
        drop(client);
        assert_eq!(screen.collect::<Vec<_>>().await, [binary("a\x1b[0m"), binary("\u{ff}b")]);
    }

    #[tokio::test]
    async fn text_and_binary_messages_are_typed_and_a_client_that_leaves_ends_the_input() {
        let (mut client, typing, _screen) = client();
        let (exec, program) = program();
        for message in [binary("ls"), Message::Ping(Bytes::new()), Message::Text("\x03".into())] {
            typing.unbounded_send(Ok(message)).unwrap();
        }
        drop(typing);
        assert_eq!(client.terminal(exec).await, End::ClientLeft);
        assert_eq!(program.typed.collect::<Vec<_>>().await, ["ls", "\x03", "\x04"]);
    }

    #[tokio::test]
    async fn a_program_that_reads_no_more_is_shown_to_its_end() {
        let (mut client, typing, screen) = client();
        let (exec, Program { typed, output }) = program();
        drop(typed);
        typing.unbounded_send(Ok(binary("lost"))).unwrap();
        let relayed = tokio::spawn(async move { client.terminal(exec).await });
        output.unbounded_send(Ok(Bytes::from("last words"))).unwrap();
        drop(output);
        assert_eq!(relayed.await.unwrap(), End::Finished);
        assert_eq!(screen.collect::<Vec<_>>().await, [binary("last words")]);
    }

    #[tokio::test]
    async fn a_log_that_breaks_is_a_failure_and_a_client_that_leaves_is_not() {
        let (mut first, _typing, _screen) = client();
        let broken = stream::iter([Err(RuntimeError::Unavailable("down".into()))]).boxed();
        assert_eq!(first.log(broken).await, End::Failed);
        let (mut second, typing, _screen) = client();
        drop(typing);
        assert_eq!(second.log(stream::pending().boxed()).await, End::ClientLeft);
    }

    #[tokio::test]
    async fn a_client_that_does_not_answer_a_close_is_not_waited_for_longer() {
        let (client, _typing, mut screen) = client();
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let shared: SharedClock = Arc::new(clock.clone());
        let closed = tokio::spawn(async move { client.close(End::Refused, &shared).await });
        let Some(Message::Close(Some(frame))) = screen.next().await else { panic!("no close") };
        assert_eq!(frame.code, close_code::POLICY);
        clock.until_awaited(Timestamp::UNIX_EPOCH + CLOSE_WAIT).await;
        clock.advance(CLOSE_WAIT);
        closed.await.unwrap();
    }
}
