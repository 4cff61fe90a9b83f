//! Questions that programs in a deployment put to the instance metadata service.

use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::sync::oneshot;

/// Where the service is, in every deployment that has one (DOC: "Azure Instance Metadata Service").
pub const METADATA_ADDRESS: std::net::Ipv4Addr = std::net::Ipv4Addr::new(169, 254, 169, 254);

/// What the containers of a deployment ask; ends with the deployment.
pub type MetadataCalls = BoxStream<'static, MetadataCall>;

/// One question.
pub struct MetadataCall {
    /// What came over the connection: a request of HTTP/1 with its head whole.
    pub request: Bytes,
    /// Where the answer goes, after which the connection ends; dropped, it ends without one.
    pub answer: oneshot::Sender<Bytes>,
}
