//! Resource providers: the namespaces that the emulator knows, their types and versions, and which of them a
//! subscription is registered with.

use std::sync::Arc;

use aci_model::resource::Page;
use aci_model::{ApiVersion, PROVIDER_NAMESPACE};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::catalogue::NEIGHBOURS;
use super::subscriptions::Subscription;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::admission;
use crate::arm::error::ArmError;
use crate::neighbours::subscription::Subscription as Record;
use crate::regions::REGIONS;

/// A resource provider.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// Its namespace, in Azure's spelling.
    pub namespace: &'static str,
    /// Its types.
    pub kinds: &'static [Kind],
}

/// One of its resource types.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The type without its namespace.
    pub name: &'static str,
    /// What Azure says that it can.
    pub capabilities: &'static str,
    /// The versions that serve it.
    pub versions: Versions,
}

impl Kind {
    const fn plain(name: &'static str, operation: Operation) -> Self {
        Self { name, capabilities: "None", versions: Versions::Of(operation) }
    }
}

/// Which versions a type is served with.
#[derive(Clone, Copy, Debug)]
pub enum Versions {
    /// Those that list an operation.
    Of(Operation),
    /// Those of a type beside container groups, newest first, separated by spaces. Every version since the oldest is
    /// accepted: the list ages, and a client that is newer than it must not be turned away.
    Listed(&'static str),
    /// Those that Azure Resource Manager itself lists first; any other is accepted too.
    ResourceManager,
}

impl Versions {
    /// Newest first, as Azure lists them.
    pub fn list(self) -> Vec<&'static str> {
        match self {
            Self::Of(operation) => operation.versions().rev().map(ApiVersion::as_str).collect(),
            Self::Listed(versions) => versions.split_whitespace().collect(),
            Self::ResourceManager => vec!["2022-12-01", "2021-04-01", "2020-01-01"],
        }
    }

    /// Whether a well-formed version is served.
    pub fn accept(self, version: &str) -> bool {
        match self {
            Self::Of(operation) => version.parse().is_ok_and(|version| operation.is_in(version)),
            // The stable version of a day stands before the preview of that day.
            Self::Listed(versions) => versions.split_whitespace().any(|listed| version >= listed),
            Self::ResourceManager => true,
        }
    }
}

/// The namespaces with the types that are served (recorded for container instances, cut to what exists here).
pub const NAMESPACES: &[Provider] = &[
    Provider {
        namespace: PROVIDER_NAMESPACE,
        kinds: &[
            Kind {
                name: "containerGroups",
                capabilities: "SystemAssignedResourceIdentity, SupportsTags, SupportsLocation",
                versions: Versions::Of(Operation::Get),
            },
            Kind {
                name: "serviceAssociationLinks",
                capabilities: "SupportsExtension",
                versions: Versions::Of(Operation::DeleteLink),
            },
            Kind {
                name: "containerGroupProfiles",
                capabilities: "SupportsTags, SupportsLocation",
                versions: Versions::Of(Operation::ProfileGet),
            },
            Kind {
                name: "ngroups",
                capabilities: "SystemAssignedResourceIdentity, SupportsTags, SupportsLocation",
                versions: Versions::Of(Operation::NGroupGet),
            },
            Kind::plain("ngroups/skus", Operation::NGroupSkus),
            Kind::plain("containerGroupProfiles/revisions", Operation::ProfileRevisions),
            Kind::plain("locations", Operation::Get),
            Kind::plain("locations/capabilities", Operation::Capabilities),
            Kind::plain("locations/usages", Operation::Usages),
            Kind::plain("locations/operations", Operation::Get),
            Kind::plain("operations", Operation::Operations),
            Kind::plain("locations/cachedImages", Operation::CachedImages),
        ],
    },
    Provider {
        namespace: "Microsoft.Resources",
        kinds: &[
            Kind { name: "subscriptions", capabilities: "None", versions: Versions::ResourceManager },
            Kind {
                name: "resourceGroups",
                capabilities: "SupportsTags",
                versions: Versions::ResourceManager,
            },
            Kind { name: "deployments", capabilities: "None", versions: Versions::ResourceManager },
            Kind {
                name: "deployments/operations",
                capabilities: "None",
                versions: Versions::ResourceManager,
            },
            Kind { name: "tenants", capabilities: "None", versions: Versions::ResourceManager },
            Kind { name: "tags", capabilities: "SupportsExtension", versions: Versions::ResourceManager },
        ],
    },
];

/// All providers.
pub fn all() -> impl Iterator<Item = &'static Provider> {
    NAMESPACES.iter().chain(NEIGHBOURS)
}

/// Checks that a type beside container groups has a version.
///
/// # Errors
/// `NoRegisteredProviderFound` where the location is known, otherwise `InvalidResourceType`.
pub fn check_version(
    namespace: &str,
    kind: &str,
    version: &str,
    location: Option<&str>,
) -> Result<(), ArmError> {
    let provider = all().find(|it| it.namespace.eq_ignore_ascii_case(namespace));
    let known = provider.and_then(|it| it.kinds.iter().find(|it| it.name.eq_ignore_ascii_case(kind)));
    let Some(Kind { name, versions, .. }) = known else {
        return Err(ArmError::type_not_served(namespace, kind, version, &[]));
    };
    match location {
        _ if versions.accept(version) => Ok(()),
        Some(location) => Err(ArmError::version_not_served(location, version, name, &versions.list())),
        None => Err(ArmError::type_not_served(namespace, name, version, &versions.list())),
    }
}

/// The versions of a provider, as it names them for a type that it lacks: those of its first; `None` for an unknown
/// namespace.
pub fn versions(namespace: &str) -> Option<Vec<&'static str>> {
    let provider = all().find(|it| it.namespace.eq_ignore_ascii_case(namespace))?;
    Some(provider.kinds.first().map(|kind| kind.versions.list()).unwrap_or_default())
}

/// The newest version of a type.
pub fn newest(namespace: &str, kind: &str) -> Option<&'static str> {
    let provider = all().find(|it| it.namespace.eq_ignore_ascii_case(namespace))?;
    let kind = provider.kinds.iter().find(|it| it.name.eq_ignore_ascii_case(kind))?;
    kind.versions.list().first().copied()
}

fn named(namespace: &str) -> Result<&'static Provider, ArmError> {
    let provider = all().find(|it| it.namespace.eq_ignore_ascii_case(namespace));
    provider.ok_or_else(|| ArmError::invalid_resource_namespace(namespace))
}

fn record(app: &App, subscription: &str) -> Option<Arc<Record>> {
    app.neighbours.subscriptions.get(&Record::key_of(subscription))
}

/// `GET /subscriptions/{subscription}/providers`
pub async fn list(State(app): State<App>, Subscription(subscription): Subscription) -> Json<Page<Value>> {
    let record = record(&app, &subscription);
    let describe = |provider| describe(&app, &subscription, record.as_deref(), provider);
    Json(Page::whole(all().map(describe).collect()))
}

/// `GET /providers`: the same without a subscription.
pub async fn list_of_tenant() -> Json<Page<Value>> {
    Json(Page::whole(all().map(types).collect()))
}

/// `GET /subscriptions/{subscription}/providers/{namespace}`
pub async fn get(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    Path((_, namespace)): Path<(String, String)>,
) -> Result<Json<Value>, ArmError> {
    let record = record(&app, &subscription);
    Ok(Json(describe(&app, &subscription, record.as_deref(), named(&namespace)?)))
}

/// `POST …/providers/{namespace}/register`: Azure takes a minute, in which it says *Registering*; so does the answer,
/// and everything after it says *Registered*.
pub async fn register(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    Path((_, namespace)): Path<(String, String)>,
) -> Result<Json<Value>, ArmError> {
    set_registered(&app, &subscription, &namespace, true)
}

/// `POST …/providers/{namespace}/unregister`
pub async fn unregister(
    State(app): State<App>,
    Subscription(subscription): Subscription,
    Path((_, namespace)): Path<(String, String)>,
) -> Result<Json<Value>, ArmError> {
    set_registered(&app, &subscription, &namespace, false)
}

fn set_registered(
    app: &App,
    subscription: &str,
    namespace: &str,
    registered: bool,
) -> Result<Json<Value>, ArmError> {
    let provider = named(namespace)?;
    let before = registration_state(app, record(app, subscription).as_deref(), provider.namespace);
    let (record, _) = app.neighbours.subscriptions.change(&Record::key_of(subscription), |known| {
        let mut record = known.cloned().unwrap_or_else(|| Record::new(subscription));
        record.registrations.insert(provider.namespace.to_ascii_lowercase(), registered);
        Ok::<_, ArmError>(record)
    })?;
    let mut body = describe(app, subscription, Some(&record), provider);
    if before != registration_state(app, Some(&record), provider.namespace) {
        body["registrationState"] = json!(if registered { "Registering" } else { "Unregistering" });
    }
    Ok(Json(body))
}

fn registration_state(app: &App, record: Option<&Record>, namespace: &str) -> &'static str {
    match record.and_then(|it| it.is_registered(namespace)) {
        Some(true) => "Registered",
        Some(false) => "Unregistered",
        None if admission::is_registered(app, None, namespace) => "Registered",
        None => "NotRegistered",
    }
}

fn describe(app: &App, subscription: &str, record: Option<&Record>, provider: &Provider) -> Value {
    let mut body = json!({ "id": format!("/subscriptions/{subscription}/providers/{}", provider.namespace) });
    if let (Value::Object(body), Value::Object(types)) = (&mut body, types(provider)) {
        body.extend(types);
    }
    body["registrationState"] = json!(registration_state(app, record, provider.namespace));
    body["registrationPolicy"] = json!("RegistrationRequired");
    body
}

fn types(provider: &Provider) -> Value {
    let locations: Vec<_> = REGIONS.iter().map(|region| region.display).collect();
    let kinds = provider.kinds.iter().map(|kind| {
        json!({
            "resourceType": kind.name,
            "locations": locations,
            "apiVersions": kind.versions.list(),
            "capabilities": kind.capabilities,
        })
    });
    json!({ "namespace": provider.namespace, "resourceTypes": kinds.collect::<Vec<_>>() })
}
