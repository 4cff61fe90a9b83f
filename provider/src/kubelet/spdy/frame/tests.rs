//! Frames as others write them, and every frame there and back.

use proptest::prelude::*;

use super::*;

fn encode(frames: &[Frame]) -> BytesMut {
    let (mut encoder, mut bytes) = (FrameEncoder::new(), BytesMut::new());
    for frame in frames {
        encoder.encode(frame.clone(), &mut bytes).unwrap();
    }
    bytes
}

/// Decodes what comes in pieces of the given sizes, the rest at once.
fn decode(bytes: &[u8], sizes: &[usize]) -> Result<Vec<Frame>, FrameError> {
    let (mut decoder, mut buffer, mut frames) = (FrameDecoder::new(), BytesMut::new(), Vec::new());
    let mut rest = bytes;
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (piece, later) = rest.split_at(size.min(rest.len()));
        rest = later;
        buffer.extend_from_slice(piece);
        while let Some(frame) = decoder.decode(&mut buffer)? {
            frames.push(frame);
        }
    }
    assert!(buffer.len() < PREFIX + LONGEST_CONTROL || buffer[0] & 0x80 == 0);
    Ok(frames)
}

#[test]
fn frames_look_as_the_draft_draws_them() {
    let cases: [(Frame, &[u8]); 6] = [
        (
            Frame::Data { id: 3, fin: true, data: Bytes::from_static(b"hi") },
            &[0, 0, 0, 3, 1, 0, 0, 2, b'h', b'i'],
        ),
        (
            Frame::RstStream { id: 5, status: ResetStatus::CANCEL },
            &[0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0, 5],
        ),
        (Frame::Ping { id: 1 }, &[0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]),
        (Frame::GoAway { last_good: 7, status: 0 }, &[0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0]),
        (Frame::WindowUpdate { id: 1, delta: 256 }, &[0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 1, 0]),
        (
            Frame::Settings { flags: 1, entries: vec![Setting { flags: 2, id: 7, value: 65536 }] },
            &[0x80, 3, 0, 4, 1, 0, 0, 12, 0, 0, 0, 1, 2, 0, 0, 7, 0, 1, 0, 0],
        ),
    ];
    for (frame, bytes) in cases {
        assert_eq!(encode(std::slice::from_ref(&frame)), bytes, "{frame:?}");
        assert_eq!(decode(bytes, &[]).unwrap(), [frame]);
    }
}

#[test]
fn what_is_not_spdy_3_is_an_error_before_it_is_waited_for() {
    let cases: [(&[u8], &str); 5] = [
        (b"GET /pods HTTP/1.1", "malformed"),
        (&[0x80, 2, 0, 1, 0, 0, 0, 0], "SPDY version 2 is not spoken here, version 3 is"),
        (&[0x80, 3, 0, 99, 0, 0, 0, 0], "SPDY/3 has no frames of type 99"),
        (&[0x80, 3, 0, 6, 0, 0, 0, 3, 0, 0, 0], "a malformed SPDY frame of type 6"),
        (&[0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff], "a SPDY frame is longer than is accepted"),
    ];
    for (bytes, text) in &cases[1..] {
        assert_eq!(decode(bytes, &[]).unwrap_err().to_string(), *text);
    }
    // Text looks like the beginning of a long data frame and is never a whole one.
    assert_eq!(decode(cases[0].0, &[]).unwrap(), []);
}

fn id() -> impl Strategy<Value = StreamId> {
    0..=ID
}

fn headers() -> impl Strategy<Value = Headers> {
    prop::collection::vec(("[a-z]{1,8}", "[ -~]{0,20}"), 0..4).prop_map(Headers::from_iter)
}

fn frame() -> impl Strategy<Value = Frame> {
    let setting =
        (any::<u8>(), 0..=LENGTH, any::<u32>()).prop_map(|(flags, id, value)| Setting { flags, id, value });
    let syn = (id(), id(), 0..8u8, any::<bool>(), any::<bool>(), headers());
    prop_oneof![
        syn.prop_map(|(id, associated, priority, fin, unidirectional, headers)| {
            Frame::SynStream(SynStream { id, associated, priority, fin, unidirectional, headers })
        }),
        (id(), any::<bool>(), headers()).prop_map(|(id, fin, headers)| Frame::SynReply { id, fin, headers }),
        (id(), any::<bool>(), headers()).prop_map(|(id, fin, headers)| Frame::Headers { id, fin, headers }),
        (id(), any::<u32>()).prop_map(|(id, status)| Frame::RstStream { id, status: ResetStatus(status) }),
        (any::<u8>(), prop::collection::vec(setting, 0..4))
            .prop_map(|(flags, entries)| Frame::Settings { flags, entries }),
        any::<u32>().prop_map(|id| Frame::Ping { id }),
        (id(), any::<u32>()).prop_map(|(last_good, status)| Frame::GoAway { last_good, status }),
        (id(), 0..=ID).prop_map(|(id, delta)| Frame::WindowUpdate { id, delta }),
        (id(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(id, fin, data)| Frame::Data { id, fin, data: data.into() }),
    ]
}

proptest! {
    #[test]
    fn frames_are_read_as_they_were_written_however_they_are_split(
        frames in prop::collection::vec(frame(), 0..8),
        sizes in prop::collection::vec(0usize..40, 0..60),
    ) {
        prop_assert_eq!(decode(&encode(&frames), &sizes).unwrap(), frames);
    }

    #[test]
    fn arbitrary_bytes_are_frames_or_an_error(bytes: Vec<u8>, sizes in prop::collection::vec(0usize..9, 0..20)) {
        let _either = decode(&bytes, &sizes);
    }

    #[test]
    fn a_frame_with_a_flipped_bit_is_a_frame_or_an_error(frame in frame(), at: prop::sample::Index, bit in 0u32..8) {
        let mut bytes = encode(&[frame]);
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        let _either = decode(&bytes, &[]);
    }
}
