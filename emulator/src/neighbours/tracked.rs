//! What ARM calls a tracked resource: an id, a region, tags, and what its type adds.

use aci_model::ResourceId;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::authorship::{Authorship, Stamp};
use crate::collection::Record;
use crate::store::Table;

/// Tags, in the caller's order.
pub type Tags = IndexMap<String, String>;

/// A type of tracked resources.
pub trait Kind: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its name, namespace included, in Azure's spelling.
    const TYPE: &'static str;
    /// Where its resources are kept.
    const TABLE: Table;
    /// Whether responses have `systemData`.
    const TELLS_AUTHORS: bool = false;
}

/// A tracked resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tracked<P> {
    /// Its id, in the casing of its first PUT.
    pub id: ResourceId,
    /// Its region, as the caller wrote it.
    pub location: String,
    /// Its tags, if any were ever given.
    pub tags: Option<Tags>,
    /// Which state of it this is; every write makes another.
    pub etag: Uuid,
    /// What its type adds.
    pub properties: P,
    /// Who made it and who changed it last, where its type tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorship: Option<Authorship>,
}

impl<P: Kind> Record for Tracked<P> {
    const TABLE: Table = P::TABLE;

    fn key(&self) -> String {
        self.id.key()
    }
}

/// A tracked resource as the list of all resources needs it, whatever its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Its id.
    pub id: ResourceId,
    /// Its type, namespace included.
    pub kind: &'static str,
    /// Its region, as the caller wrote it.
    pub location: String,
    /// Its tags.
    pub tags: Option<Tags>,
}

impl<P: Kind> Tracked<P> {
    /// What the list of all resources needs of it.
    pub fn listing(&self) -> Listing {
        let Self { id, location, tags, etag: _, properties: _, authorship: _ } = self.clone();
        Listing { id, kind: P::TYPE, location, tags }
    }

    /// Its authorship after a write.
    pub fn written(&self, by: Stamp) -> Option<Authorship> {
        P::TELLS_AUTHORS.then(|| Authorship::after(self.authorship.as_ref(), by))
    }
}
