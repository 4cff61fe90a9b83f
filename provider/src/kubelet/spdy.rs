//! SPDY/3.1, as far as a kubelet needs it: the server's side of what kubectl and API servers speak.
//!
//! Kubernetes chose it before there was HTTP/2. API servers up to 1.30 pass kubectl's SPDY on as it is, later
//! ones translate websockets to SPDY towards the kubelet, so there is no way around it. [`frame`] is the wire
//! form, [`headers`] its compressed part, both pure; [`session`] carries numbered streams over a connection.
//!
//! Source: the SPDY Protocol, draft 3.1, and what moby/spdystream, the only peer there is, makes of it.

mod dictionary;
pub(super) mod frame;
mod headers;
pub(super) mod session;

pub(super) use headers::Headers;

/// What `Upgrade` says.
pub(super) const UPGRADE: &str = "SPDY/3.1";

/// The number of a stream.
pub(super) type StreamId = u32;
