//! A websocket with channels.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::debug;

use super::super::activity::Activity;
use super::super::channel::{Channel, Received, Sent, Subprotocol};
use super::{IDLE_TIMEOUT, Output};
use crate::clock::SharedClock;

/// Messages that wait to be written.
const OUTGOING: usize = 16;
/// How long a client may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(5);

/// The channels of a websocket.
pub(in crate::kubelet) struct WebSocketConnection {
    outgoing: mpsc::Sender<Message>,
    subprotocol: Subprotocol,
    ended: CancellationToken,
    clock: SharedClock,
    /// The connection ends with this, however that ends.
    _ends: DropGuard,
}

/// The server's side of a channel.
pub(in crate::kubelet) struct ChannelWriter {
    channel: Channel,
    subprotocol: Subprotocol,
    outgoing: mpsc::Sender<Message>,
    ended: CancellationToken,
}

impl WebSocketConnection {
    /// Begins to carry channels; what comes on others than `inputs` is dropped.
    pub(in crate::kubelet) fn start(
        socket: WebSocket,
        subprotocol: Subprotocol,
        inputs: Vec<(Channel, mpsc::Sender<Bytes>)>,
        clock: SharedClock,
    ) -> Self {
        let (writer, reader) = socket.split();
        let (outgoing, messages) = mpsc::channel(OUTGOING);
        let (ending, ended) = (CancellationToken::new(), CancellationToken::new());
        let (ends, told, timer) = (ending.clone(), ended.clone(), Arc::clone(&clock));
        tokio::spawn(async move {
            let activity = Activity::default();
            tokio::select! {
                () = read(reader, subprotocol, inputs, &activity) => {}
                () = write(writer, messages, &activity) => {}
                () = activity.ceased(&timer, IDLE_TIMEOUT) => debug!("a websocket was idle for too long"),
                () = ends.cancelled() => {}
            }
            told.cancel();
        });
        Self { outgoing, subprotocol, ended, clock, _ends: ending.drop_guard() }
    }

    /// The server's side of a channel.
    pub(in crate::kubelet) fn output(&self, channel: Channel) -> Output {
        Output::Channel(ChannelWriter {
            channel,
            subprotocol: self.subprotocol,
            outgoing: self.outgoing.clone(),
            ended: self.ended.clone(),
        })
    }

    /// Cancelled when the connection has ended.
    pub(in crate::kubelet) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Says goodbye, waits a little for the client's, and ends the connection.
    pub(in crate::kubelet) async fn close(self) {
        let frame = CloseFrame { code: close_code::NORMAL, reason: "".into() };
        let goodbye = async {
            if self.outgoing.send(Message::Close(Some(frame))).await.is_ok() {
                self.ended.cancelled().await;
            }
        };
        tokio::select! {
            () = goodbye => {}
            () = self.clock.sleep(GOODBYE) => {}
        }
    }
}

impl ChannelWriter {
    /// Cancelled when the connection has ended.
    pub(super) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Sends some bytes; whether there is still someone to send them to.
    pub(in crate::kubelet) async fn write(&mut self, bytes: Bytes) -> bool {
        let message = match self.subprotocol.send(self.channel, &bytes) {
            Sent::Binary(message) => Message::Binary(message.into()),
            Sent::Text(message) => Message::Text(message.into()),
        };
        tokio::select! {
            () = self.ended.cancelled() => false,
            sent = self.outgoing.send(message) => sent.is_ok(),
        }
    }
}

async fn write(
    mut writer: SplitSink<WebSocket, Message>,
    mut messages: mpsc::Receiver<Message>,
    activity: &Activity,
) {
    while let Some(message) = messages.recv().await {
        activity.note();
        let written = match messages.is_empty() {
            true => writer.send(message).await,
            false => writer.feed(message).await,
        };
        if let Err(error) = written {
            debug!(%error, "a websocket broke");
            return;
        }
    }
}

async fn read(
    mut reader: SplitStream<WebSocket>,
    subprotocol: Subprotocol,
    mut inputs: Vec<(Channel, mpsc::Sender<Bytes>)>,
    activity: &Activity,
) {
    loop {
        let message = reader.next().await;
        activity.note();
        let bytes: Bytes = match message {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
        };
        match subprotocol.receive(&bytes) {
            Received::Data(channel, bytes) if !bytes.is_empty() => {
                if let Some((_, input)) = inputs.iter().find(|(known, _)| *known == channel) {
                    // An error says that nobody reads any more.
                    let _unread = input.send(bytes).await;
                }
            }
            Received::End(channel) => inputs.retain(|(known, _)| *known != channel),
            Received::Data(..) | Received::Nothing => {}
        }
    }
}
