//! The node's lease: how the node controller knows that we live.
//!
//! The kubelet's numbers: valid for 40 s, renewed every 10 s (`nodeLeaseDurationSeconds`, renewed at a
//! quarter of it).

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, OwnerReference};
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};

/// Where node leases are.
const NAMESPACE: &str = "kube-node-lease";
const DURATION_SECONDS: i32 = 40;

/// The lease of one node, as the API server last showed it.
pub(super) struct NodeLease {
    api: Api<Lease>,
    name: String,
    known: Option<Lease>,
}

/// How the lease came to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// It was there.
    Renewed,
    /// There was none.
    Made,
}

impl NodeLease {
    pub(super) fn new(client: Client, node: &str) -> Self {
        Self { api: Api::namespaced(client, NAMESPACE), name: node.to_owned(), known: None }
    }

    /// Renews the lease, or makes it where there is none.
    ///
    /// A lease that somebody else wrote in the meantime is read afresh and written once more.
    pub(super) async fn renew(&mut self, owner: &Node, now: Timestamp) -> Result<Renewal, kube::Error> {
        if let Some(known) = self.known.take() {
            match self.replace(known, owner, now).await {
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                outcome => return outcome,
            }
        }
        match self.api.get_opt(&self.name).await? {
            Some(found) => self.replace(found, owner, now).await,
            None => {
                let lease = held(Lease::default(), owner, now);
                self.known = Some(self.api.create(&PostParams::default(), &lease).await?);
                Ok(Renewal::Made)
            }
        }
    }

    async fn replace(&mut self, lease: Lease, owner: &Node, now: Timestamp) -> Result<Renewal, kube::Error> {
        let lease = held(lease, owner, now);
        self.known = Some(self.api.replace(&self.name, &PostParams::default(), &lease).await?);
        Ok(Renewal::Renewed)
    }
}

/// A lease as `node` holds it from `now` on; other people's metadata stays.
fn held(lease: Lease, node: &Node, now: Timestamp) -> Lease {
    let name = node.metadata.name.clone().unwrap_or_default();
    let owner = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        name: name.clone(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
        ..OwnerReference::default()
    };
    Lease {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(NAMESPACE.to_owned()),
            owner_references: Some(vec![owner]),
            ..lease.metadata
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(name),
            lease_duration_seconds: Some(DURATION_SECONDS),
            renew_time: Some(MicroTime(now)),
            ..lease.spec.unwrap_or_default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node {
            metadata: ObjectMeta {
                name: Some("vn".to_owned()),
                uid: Some("u-1".to_owned()),
                ..ObjectMeta::default()
            },
            ..Node::default()
        }
    }

    #[test]
    fn a_new_lease_is_held_by_the_node_and_goes_with_it() {
        let lease = held(Lease::default(), &node(), "2026-01-02T03:04:05Z".parse().unwrap());
        insta::assert_json_snapshot!(lease);
    }

    #[test]
    fn a_renewed_lease_keeps_its_version_and_its_annotations() {
        let mut lease = held(Lease::default(), &node(), Timestamp::UNIX_EPOCH);
        lease.metadata.resource_version = Some("7".to_owned());
        lease.metadata.annotations = Some([("a".to_owned(), "b".to_owned())].into());
        let renewed = held(lease.clone(), &node(), "2026-01-02T03:04:05Z".parse().unwrap());
        assert_eq!(renewed.metadata, lease.metadata);
        assert_ne!(renewed.spec, lease.spec);
    }
}
