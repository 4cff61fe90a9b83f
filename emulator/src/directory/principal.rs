//! Who has called or signed in: remembered, so that the directory can be asked about them by either id.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TENANT_DOMAIN, object_id};
use crate::collection::{Collection, Record};
use crate::store::{StoreError, Table};

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalKind {
    /// A program.
    ServicePrincipal,
    /// A person.
    User,
}

impl PrincipalKind {
    /// The word of role assignments.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServicePrincipal => "ServicePrincipal",
            Self::User => "User",
        }
    }
}

/// A principal of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryObject {
    /// The object id.
    pub object_id: Uuid,
    /// What it is.
    pub kind: PrincipalKind,
    /// The client id of a program, the user principal name of a person.
    pub name: String,
}

impl DirectoryObject {
    /// The principal of a program.
    pub fn service(client_id: &str) -> Self {
        let kind = PrincipalKind::ServicePrincipal;
        Self { object_id: object_id(client_id), kind, name: client_id.to_ascii_lowercase() }
    }

    /// A person by user principal name; a bare name is one of the tenant's domain.
    pub fn user(name: &str) -> Self {
        let name = if name.contains('@') { name.to_owned() } else { format!("{name}@{TENANT_DOMAIN}") };
        Self { object_id: object_id(&name), kind: PrincipalKind::User, name }
    }
}

impl Record for DirectoryObject {
    const TABLE: Table = Table::Principals;

    fn key(&self) -> String {
        self.object_id.to_string()
    }
}

/// Remembers a principal; one that is known costs no write.
///
/// # Errors
/// When the store cannot be written.
pub fn remember(known: &Collection<DirectoryObject>, principal: DirectoryObject) -> Result<(), StoreError> {
    if known.get(&principal.key()).is_none() {
        known.put(principal)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_principal_is_remembered_once_by_its_object_id() {
        let known = Collection::open(Store::in_memory()).unwrap();
        let me = DirectoryObject::service("0000AAAA-0000-0000-0000-000000000000");
        remember(&known, me.clone()).unwrap();
        remember(&known, me.clone()).unwrap();
        assert_eq!(known.count(), 1);
        assert_eq!(*known.get(&me.object_id.to_string().to_uppercase()).unwrap(), me);
    }

    #[test]
    fn a_bare_name_is_one_of_the_tenant() {
        assert_eq!(DirectoryObject::user("ann").name, "ann@aci-local.onmicrosoft.com");
        assert_eq!(DirectoryObject::user("ann@contoso.com").name, "ann@contoso.com");
    }
}
