//! Who somebody is: a managed identity, a container group with one, or whoever has called.

use uuid::Uuid;

use super::is_id;
use crate::app::App;
use crate::directory::principal::{DirectoryObject, PrincipalKind};
use crate::directory::{IdentityIds, object_id};
use crate::groups::Scope;

/// A person or a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The object id.
    pub object_id: Uuid,
    /// What it is.
    pub kind: PrincipalKind,
    /// The client id of a program, the user principal name of a person.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// Whether it is the identity of a resource.
    pub is_managed: bool,
}

impl Person {
    fn managed(ids: IdentityIds, display_name: &str) -> Self {
        Self {
            object_id: ids.principal_id,
            kind: PrincipalKind::ServicePrincipal,
            name: ids.client_id.to_string(),
            display_name: display_name.to_owned(),
            is_managed: true,
        }
    }

    fn of(principal: &DirectoryObject) -> Self {
        let DirectoryObject { object_id, kind, name } = principal.clone();
        let display_name = name.split('@').next().unwrap_or_default().to_owned();
        Self { object_id, kind, display_name, name, is_managed: false }
    }

    /// Everybody who is known.
    pub fn known(app: &App) -> Vec<Self> {
        let identities = app.neighbours.identities.all();
        let mut known: Vec<Self> =
            identities.iter().map(|it| Self::managed(IdentityIds::of(&it.id), it.id.name())).collect();
        for subscription in app.resource_groups.subscriptions() {
            let groups = app.groups.list(&Scope::Subscription(subscription));
            let with_identity = groups.iter().filter(|group| group.spec.identity.is_some());
            known.extend(with_identity.map(|it| Self::managed(IdentityIds::of(&it.id), it.id.name())));
        }
        let is_new = |principal: &DirectoryObject, known: &[Self]| {
            known.iter().all(|it| it.object_id != principal.object_id)
        };
        for principal in app.neighbours.principals.all() {
            if is_new(&principal, &known) {
                known.push(Self::of(&principal));
            }
        }
        known
    }

    /// Somebody by object id.
    pub fn by_object_id(app: &App, id: &str) -> Option<Self> {
        Self::known(app).into_iter().find(|it| it.object_id.to_string().eq_ignore_ascii_case(id))
    }

    /// A program by client id: any that has the shape of one, unless it is somebody's object id.
    pub fn by_client_id(app: &App, id: &str) -> Option<Self> {
        let known = Self::known(app);
        if let Some(person) = known.iter().find(|it| it.name.eq_ignore_ascii_case(id)) {
            return Some(person.clone()).filter(|it| it.kind == PrincipalKind::ServicePrincipal);
        }
        let is_object = known.iter().any(|it| it.object_id.to_string().eq_ignore_ascii_case(id));
        let service = DirectoryObject { object_id: object_id(id), ..DirectoryObject::service(id) };
        (is_id(id) && !is_object).then(|| Self::of(&service))
    }
}
