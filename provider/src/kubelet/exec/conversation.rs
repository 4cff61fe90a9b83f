//! Between a user's streams and a terminal in Azure, until the command ends or the user leaves.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures::stream::Fuse;
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::super::connection::Output;
use super::super::remote::{Outcome, RemoteStreams};
use super::opening::Opening;
use super::transcript::{Event, Transcript};
use crate::arm::streams::{ByteSink, ByteStream, Terminal};
use crate::clock::SharedClock;

/// What a terminal takes for the end of input at the beginning of a line (^D); within one it ends the line first.
const END_OF_INPUT: &[u8] = b"\x04";
/// What the script takes for it.
const NO_MORE: &[u8] = b"0\n";
/// The longest piece of input that is handed over at once: each costs two ways to Azure and back.
const PIECE: usize = 96 * 1024;
/// How long a script may take to end after its command has.
const LINGER: Duration = Duration::from_secs(5);
/// How a command's terminal is understood.
pub(super) enum Reading {
    /// The script gave the command pipes.
    Piped(Transcript),
    /// The command has the terminal, and the script tells its end.
    OnTerminal(Transcript),
    /// The command alone.
    Plain(Opening),
}

/// How a conversation ended.
pub(super) enum End {
    /// This can be told.
    Outcome(Outcome),
    /// The script never began, so nothing has happened; what was shown instead.
    NoShell(String),
    /// There is nobody to tell.
    Left,
}

/// What input waits for.
enum Signal {
    Begun { takes_base64: bool },
    Ready,
    Go,
}

/// One side of a conversation: what the terminal shows, and who is told of it.
pub(super) struct Conversation {
    output: Fuse<ByteStream>,
    reading: Reading,
    has_begun: bool,
    signals: mpsc::UnboundedSender<Signal>,
    /// Cancelled when there is no use in further input.
    finished: CancellationToken,
    /// Ends with the conversation.
    _typing: AbortOnDropHandle<()>,
}

impl Conversation {
    /// Begins to hand over what the user types.
    pub(super) fn new(
        terminal: Terminal,
        reading: Reading,
        stdin: Option<Arc<tokio::sync::Mutex<mpsc::Receiver<Bytes>>>>,
    ) -> Self {
        let Terminal { output, input } = terminal;
        let (signals, waiting) = mpsc::unbounded_channel();
        let finished = CancellationToken::new();
        let typing = Typing { stdin, input, signals: waiting, finished: finished.clone() };
        let is_piped = matches!(reading, Reading::Piped(_));
        let typing =
            tokio::spawn(
                async move { if is_piped { typing.in_pieces().await } else { typing.unbroken().await } },
            );
        let conversation = Self {
            output: output.fuse(),
            reading,
            has_begun: false,
            signals,
            finished,
            _typing: AbortOnDropHandle::new(typing),
        };
        if matches!(conversation.reading, Reading::Plain(_)) {
            conversation.signal(Signal::Begun { takes_base64: false });
        }
        conversation
    }

    /// Carries bytes until the end is known.
    pub(super) async fn run(&mut self, streams: &mut RemoteStreams) -> End {
        let left = streams.ended();
        let end = tokio::select! {
            end = self.carry(streams) => end,
            () = left.cancelled() => End::Left,
        };
        // What a user typed before leaving is still for the command, and ends by itself.
        if !matches!(end, End::Left) {
            self.finished.cancel();
        }
        end
    }

    /// Lets the script end by itself, so that no shell stays behind that waits for input.
    pub(super) async fn linger(mut self, clock: &SharedClock) {
        let ending = async {
            while let Some(Ok(piece)) = self.output.next().await {
                for event in self.events(&piece) {
                    self.pass_on(&event);
                }
            }
        };
        tokio::select! {
            () = ending => {}
            () = clock.sleep(LINGER) => {}
        }
    }

    async fn carry(&mut self, streams: &mut RemoteStreams) -> End {
        while let Some(piece) = self.output.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return End::Outcome(Outcome::Failure(error.to_string())),
            };
            for event in self.events(&piece) {
                if let Some(end) = self.tell(event, streams).await {
                    return end;
                }
            }
        }
        self.closed(streams).await
    }

    fn events(&mut self, piece: &Bytes) -> Vec<Event> {
        match &mut self.reading {
            Reading::Piped(transcript) | Reading::OnTerminal(transcript) => transcript.push(piece),
            Reading::Plain(opening) => opening.push(piece).map(Event::Output).into_iter().collect(),
        }
    }

    /// Acts on an event; the end, where it is one.
    async fn tell(&mut self, event: Event, streams: &mut RemoteStreams) -> Option<End> {
        self.pass_on(&event);
        match event {
            Event::Begun { .. } | Event::Ready | Event::Go => None,
            Event::NoInput => Some(failure(
                "the container has no `stty`, without which its input would not arrive as it is; run the command \
                 without -i, or with -t",
            )),
            Event::Output(bytes) => told(&mut streams.stdout, bytes).await,
            Event::Error(bytes) => told(&mut streams.stderr, bytes).await,
            Event::Exit(Some(code)) => Some(End::Outcome(Outcome::Exit(code))),
            Event::Exit(None) => Some(failure("the shell in the container did not tell the exit code")),
        }
    }

    /// Tells the typing side what it waits for.
    fn pass_on(&mut self, event: &Event) {
        match event {
            Event::Begun { takes_base64 } => {
                self.has_begun = true;
                self.signal(Signal::Begun { takes_base64: *takes_base64 });
            }
            Event::Ready => self.signal(Signal::Ready),
            Event::Go => self.signal(Signal::Go),
            _ => {}
        }
    }

    fn signal(&self, signal: Signal) {
        // Who types no more has no use for it.
        let _ended = self.signals.send(signal);
    }

    /// What it means that the terminal was closed without more words.
    async fn closed(&mut self, streams: &mut RemoteStreams) -> End {
        let reading = std::mem::replace(&mut self.reading, Reading::Plain(Opening::default()));
        match reading {
            Reading::Plain(opening) => match opening.finish() {
                Ok(rest) => {
                    let left = told(&mut streams.stdout, rest).await;
                    left.unwrap_or(End::Outcome(Outcome::Success(None)))
                }
                Err(refusal) => failure(&refusal),
            },
            Reading::Piped(transcript) | Reading::OnTerminal(transcript) => {
                let (events, preface) = transcript.finish();
                if !self.has_begun {
                    return End::NoShell(preface);
                }
                for event in events {
                    if let Some(end) = self.tell(event, streams).await {
                        return end;
                    }
                }
                failure("the terminal was closed before the command ended")
            }
        }
    }
}

fn failure(text: &str) -> End {
    End::Outcome(Outcome::Failure(text.to_owned()))
}

/// Shows something to a user who wants it; the end, where the user has left.
async fn told(output: &mut Option<Output>, bytes: Bytes) -> Option<End> {
    let Some(output) = output else { return None };
    (!output.write(bytes).await).then_some(End::Left)
}

/// The other side: what the user types.
struct Typing {
    stdin: Option<Arc<tokio::sync::Mutex<mpsc::Receiver<Bytes>>>>,
    input: ByteSink,
    signals: mpsc::UnboundedReceiver<Signal>,
    finished: CancellationToken,
}

impl Typing {
    /// Hands over pieces as the script asks for them. An error means that the terminal is closed, which the other
    /// side sees as well.
    async fn in_pieces(mut self) {
        let (mut piece, mut is_encoded) = (None, false);
        while let Some(signal) = self.signals.recv().await {
            let sent = match signal {
                Signal::Begun { takes_base64 } => {
                    is_encoded = takes_base64;
                    continue;
                }
                Signal::Ready => {
                    piece = self.piece().await;
                    if is_encoded {
                        piece = piece.map(|piece| STANDARD.encode(piece).into());
                    }
                    let length = piece.as_ref().map(|piece| format!("{}\n", piece.len()));
                    self.input.send(length.map_or(Bytes::from_static(NO_MORE), Bytes::from)).await
                }
                Signal::Go => match piece.take() {
                    Some(piece) => self.input.send(piece).await,
                    None => continue,
                },
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// All that is there to be handed over, once something is; `None` at the end.
    async fn piece(&mut self) -> Option<Bytes> {
        let mut stdin = self.stdin.as_ref()?.lock().await;
        let first = tokio::select! {
            biased;
            () = self.finished.cancelled() => None,
            first = stdin.recv() => first,
        }?;
        let mut piece = BytesMut::from(first);
        while piece.len() < PIECE {
            match stdin.try_recv() {
                Ok(more) => piece.extend_from_slice(&more),
                Err(_) => break,
            }
        }
        Some(piece.freeze())
    }

    /// Types what the user types, from when the command can read it.
    async fn unbroken(mut self) {
        while !matches!(self.signals.recv().await, Some(Signal::Begun { .. }) | None) {}
        let mut last = b'\n';
        while let Some(piece) = self.piece().await {
            last = piece.last().copied().unwrap_or(last);
            if self.input.send(piece).await.is_err() {
                return;
            }
        }
        let ends = if last == b'\n' { 1 } else { 2 };
        let has_input = self.stdin.is_some() && !self.finished.is_cancelled();
        if has_input && self.input.send(END_OF_INPUT.repeat(ends).into()).await.is_err() {
            return;
        }
        // The terminal stays open for what the command has to show.
        self.finished.cancelled().await;
    }
}
