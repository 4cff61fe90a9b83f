//! A session in memory, with a client that speaks frames.

use tokio::io::{AsyncWriteExt as _, DuplexStream};

use super::*;
use crate::clock::SystemClock;

/// The other end.
struct Client {
    reader: FramedRead<ReadHalf<DuplexStream>, FrameDecoder>,
    writer: FramedWrite<WriteHalf<DuplexStream>, FrameEncoder>,
}

impl Client {
    async fn send(&mut self, frame: Frame) {
        self.writer.send(frame).await.unwrap();
    }

    async fn syn(&mut self, id: StreamId, kind: &str) {
        let headers = Headers::from_iter([("streamtype", kind)]);
        self.send(Frame::SynStream(SynStream { id, headers, ..SynStream::default() })).await;
    }

    async fn data(&mut self, id: StreamId, fin: bool, data: &'static str) {
        self.send(Frame::Data { id, fin, data: data.into() }).await;
    }

    /// The next frame; `None` at the end of the connection.
    async fn frame(&mut self) -> Option<Frame> {
        self.reader.next().await.transpose().unwrap()
    }
}

fn session(idle: Duration) -> (Session, Client) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let session = Session::start(near, Arc::new(SystemClock), idle);
    let (reader, writer) = tokio::io::split(far);
    let reader = FramedRead::new(reader, FrameDecoder::new());
    (session, Client { reader, writer: FramedWrite::new(writer, FrameEncoder::new()) })
}

const HOUR: Duration = Duration::from_secs(3600);

fn reply(id: StreamId) -> Frame {
    Frame::SynReply { id, fin: false, headers: Headers::default() }
}

#[tokio::test]
async fn a_stream_carries_bytes_both_ways_and_each_way_ends_on_its_own() {
    let (mut session, mut client) = session(HOUR);
    client.syn(1, "data").await;
    let stream = session.next().await.unwrap();
    assert_eq!((stream.id(), stream.headers().get("streamType")), (1, Some("data")));
    let mut stream = stream.accept().await;
    assert_eq!(client.frame().await, Some(reply(1)));
    client.data(1, false, "ping").await;
    client.data(1, true, "!").await;
    assert_eq!(stream.input.recv().await.unwrap(), "ping");
    assert_eq!(stream.input.recv().await.unwrap(), "!");
    assert_eq!(stream.input.recv().await, None);
    assert!(stream.output.write("pong".into()).await);
    stream.output.finish().await;
    assert_eq!(client.frame().await, Some(Frame::Data { id: 1, fin: false, data: "pong".into() }));
    assert_eq!(client.frame().await, Some(Frame::Data { id: 1, fin: true, data: Bytes::new() }));
    assert!(session.shared.streams().is_empty());
}

#[tokio::test]
async fn a_reset_ends_both_ways() {
    let (mut session, mut client) = session(HOUR);
    client.syn(1, "data").await;
    let mut stream = session.next().await.unwrap().accept().await;
    client.send(Frame::RstStream { id: 1, status: ResetStatus::CANCEL }).await;
    assert_eq!(stream.input.recv().await, None);
    assert!(!stream.output.write("pong".into()).await);
}

#[tokio::test]
async fn unwanted_streams_and_wrong_numbers_are_reset() {
    let (mut session, mut client) = session(HOUR);
    client.syn(3, "odd").await;
    session.next().await.unwrap().refuse().await;
    assert_eq!(client.frame().await, Some(Frame::RstStream { id: 3, status: ResetStatus::REFUSED_STREAM }));
    for id in [3, 1, 4] {
        client.syn(id, "wrong").await;
        let reset = Frame::RstStream { id, status: ResetStatus::PROTOCOL_ERROR };
        assert_eq!(client.frame().await, Some(reset));
    }
}

#[tokio::test]
async fn pings_are_answered_and_what_is_not_needed_is_skipped() {
    let (_session, mut client) = session(HOUR);
    client.send(Frame::Settings { flags: 0, entries: vec![] }).await;
    client.send(Frame::WindowUpdate { id: 0, delta: 1 }).await;
    client.data(9, false, "to nobody").await;
    client.send(Frame::Ping { id: 2 }).await;
    client.send(Frame::Ping { id: 7 }).await;
    assert_eq!(client.frame().await, Some(Frame::Ping { id: 7 }));
}

#[tokio::test]
async fn an_unread_stream_slows_the_client_down_and_loses_nothing() {
    let (mut session, mut client) = session(HOUR);
    client.syn(1, "stdin").await;
    let mut stream = session.next().await.unwrap().accept().await;
    let kilobytes = 32 * 3 * QUEUE;
    let sending = tokio::spawn(async move {
        for _ in 0..3 * QUEUE {
            let data = Bytes::from(vec![7; 32 * 1024]);
            client.writer.send(Frame::Data { id: 1, fin: false, data }).await.unwrap();
        }
        client.data(1, true, "").await;
        client
    });
    let mut received = 0;
    while let Some(data) = stream.input.recv().await {
        received += data.len();
    }
    assert_eq!(received, kilobytes * 1024);
    sending.await.unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_ends_everything() {
    let (mut session, mut client) = session(HOUR);
    client.syn(1, "stdin").await;
    let mut stream = session.next().await.unwrap().accept().await;
    drop(client);
    assert_eq!(stream.input.recv().await, None);
    session.ended().cancelled().await;
    assert!(!stream.output.write("pong".into()).await);
    assert!(session.next().await.is_none());
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_the_connection() {
    let (mut session, client) = session(HOUR);
    let mut raw = client.writer.into_inner();
    raw.write_all(&[0x80, 2, 0, 1, 0, 0, 0, 0]).await.unwrap();
    assert!(session.next().await.is_none());
}

#[tokio::test]
async fn closing_says_goodbye_and_takes_no_more_input() {
    let (mut session, mut client) = session(HOUR);
    client.syn(1, "stdin").await;
    let _stream = session.next().await.unwrap().accept().await;
    assert_eq!(client.frame().await, Some(reply(1)));
    let closing = tokio::spawn(session.close());
    assert_eq!(client.frame().await, Some(Frame::RstStream { id: 1, status: ResetStatus::CANCEL }));
    assert_eq!(client.frame().await, Some(Frame::GoAway { last_good: 0, status: 0 }));
    drop(client);
    closing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_happens_is_ended_and_one_in_use_is_not() {
    let idle = Duration::from_secs(60);
    let (mut session, mut client) = session(idle);
    let ended = session.ended();
    for id in 0..5 {
        assert!(tokio::time::timeout(idle * 2 / 3, ended.cancelled()).await.is_err(), "at {id}");
        client.send(Frame::Ping { id: 2 * id + 1 }).await;
        assert_eq!(client.frame().await, Some(Frame::Ping { id: 2 * id + 1 }));
    }
    tokio::time::timeout(idle * 2, ended.cancelled()).await.unwrap();
    assert!(session.next().await.is_none());
}
