//! Several channels in the messages of one websocket: the subprotocols of `channel.k8s.io`.
//!
//! Each message begins with the number of its channel: a byte in the binary forms, a digit before base64 in the
//! text forms. From `v4` on the error channel carries a `metav1.Status`; `v5` adds a message that ends a channel.
//! Source: apimachinery's `httpstream/wsstream/conn.go` and `remotecommand/constants.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// The number of a channel.
pub(super) type Channel = u8;

/// The channel number of a message of `v5` whose one byte names the channel that has ended.
const CLOSE: Channel = 255;

/// How a websocket carries channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subprotocol {
    /// As the client asks for it.
    pub name: &'static str,
    encoding: Encoding,
    /// What the error channel carries, and whether channels end one by one.
    pub version: Version,
}

/// A generation of the protocol between kubectl and kubelets, over whatever it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// Errors are plain text. Over SPDY it has a defect that is not copied: stdin was closed at once.
    V1,
    /// The same without the defect.
    V2,
    /// Terminals change their size.
    V3,
    /// Errors are a `metav1.Status`, exit codes included.
    V4,
    /// A websocket's channels end one by one.
    V5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Binary,
    Base64,
}

/// A message from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Bytes of a channel.
    Data(Channel, Bytes),
    /// A channel has ended.
    End(Channel),
    /// Nothing that means anything.
    Nothing,
}

/// A message to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// A binary message.
    Binary(Vec<u8>),
    /// A text message.
    Text(String),
}

/// What a client gets that names no subprotocol, as kubelets do it.
pub(super) const UNNAMED: Subprotocol =
    Subprotocol { name: "", encoding: Encoding::Binary, version: Version::V1 };

/// The subprotocols of exec and attach, the best first.
pub(super) const REMOTE_COMMAND: [Subprotocol; 5] = [
    Subprotocol { name: "v5.channel.k8s.io", encoding: Encoding::Binary, version: Version::V5 },
    Subprotocol { name: "v4.channel.k8s.io", encoding: Encoding::Binary, version: Version::V4 },
    Subprotocol { name: "v4.base64.channel.k8s.io", encoding: Encoding::Base64, version: Version::V4 },
    Subprotocol { name: "channel.k8s.io", encoding: Encoding::Binary, version: Version::V1 },
    Subprotocol { name: "base64.channel.k8s.io", encoding: Encoding::Base64, version: Version::V1 },
];

/// The subprotocols of port forwarding; there is no `v5` of it.
pub(super) const PORT_FORWARD: [Subprotocol; 2] = [
    Subprotocol { name: "v4.channel.k8s.io", encoding: Encoding::Binary, version: Version::V4 },
    Subprotocol { name: "v4.base64.channel.k8s.io", encoding: Encoding::Base64, version: Version::V4 },
];

impl Subprotocol {
    /// Reads a message.
    pub(super) fn receive(self, message: &[u8]) -> Received {
        let Some((first, rest)) = message.split_first() else { return Received::Nothing };
        match self.encoding {
            Encoding::Binary if *first == CLOSE && self.version >= Version::V5 => {
                rest.first().map_or(Received::Nothing, |channel| Received::End(*channel))
            }
            Encoding::Binary => Received::Data(*first, Bytes::copy_from_slice(rest)),
            Encoding::Base64 => match (first.checked_sub(b'0'), STANDARD.decode(rest)) {
                (Some(channel), Ok(bytes)) => Received::Data(channel, bytes.into()),
                _ => Received::Nothing,
            },
        }
    }

    /// Writes a message.
    pub(super) fn send(self, channel: Channel, bytes: &[u8]) -> Sent {
        match self.encoding {
            Encoding::Binary => Sent::Binary([&[channel], bytes].concat()),
            Encoding::Base64 => {
                Sent::Text(format!("{}{}", char::from(b'0' + channel % 10), STANDARD.encode(bytes)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(name: &str) -> Subprotocol {
        *REMOTE_COMMAND.iter().find(|protocol| protocol.name == name).unwrap()
    }

    #[test]
    fn messages_look_as_in_the_comments_of_apimachinery() {
        let binary = named("v4.channel.k8s.io");
        assert_eq!(binary.receive(b"\x00foo\n"), Received::Data(0, "foo\n".into()));
        assert_eq!(binary.send(1, b"\n"), Sent::Binary(vec![1, 10]));
        let base64 = named("base64.channel.k8s.io");
        assert_eq!(base64.receive(b"0Zm9vCg=="), Received::Data(0, "foo\n".into()));
        assert_eq!(base64.send(1, b"\n"), Sent::Text("1Cg==".to_owned()));
    }

    #[test]
    fn channels_end_one_by_one_in_v5_alone() {
        assert_eq!(named("v5.channel.k8s.io").receive(&[255, 0]), Received::End(0));
        assert_eq!(named("v5.channel.k8s.io").receive(&[255]), Received::Nothing);
        assert_eq!(named("v4.channel.k8s.io").receive(&[255, 0]), Received::Data(255, vec![0].into()));
    }

    #[test]
    fn what_means_nothing_is_nothing() {
        let base64 = named("v4.base64.channel.k8s.io");
        for (protocol, message) in
            [(base64, &b"0not base64"[..]), (base64, b"!Zm9v"), (base64, b""), (UNNAMED, b"")]
        {
            assert_eq!(protocol.receive(message), Received::Nothing, "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_is_received(which in 0..REMOTE_COMMAND.len(), channel in 0u8..10, bytes: Vec<u8>) {
            let message = match REMOTE_COMMAND[which].send(channel, &bytes) {
                Sent::Binary(message) => message,
                Sent::Text(message) => message.into_bytes(),
            };
            prop_assert_eq!(REMOTE_COMMAND[which].receive(&message), Received::Data(channel, bytes.into()));
        }

        #[test]
        fn any_message_is_understood_or_skipped(which in 0..REMOTE_COMMAND.len(), message: Vec<u8>) {
            let _either = REMOTE_COMMAND[which].receive(&message);
        }
    }
}
