//! Resource providers: the namespaces that the emulator knows, always registered.

use aci_model::resource::Page;
use aci_model::{ApiVersion, PROVIDER_NAMESPACE};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::subscriptions::Subscription;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
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
            Self::Listed(versions) => {
                versions.split_whitespace().next_back().is_some_and(|oldest| version >= oldest)
            }
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
            Kind { name: "tenants", capabilities: "None", versions: Versions::ResourceManager },
        ],
    },
];

/// `GET /subscriptions/{subscription}/providers`
pub async fn list(Subscription(subscription): Subscription) -> Json<Page<Value>> {
    Json(Page::whole(NAMESPACES.iter().map(|provider| describe(&subscription, provider)).collect()))
}

/// `GET /subscriptions/{subscription}/providers/{namespace}` and `POST …/register`: the answer is the same, as
/// everything is registered already.
pub async fn get(
    State(_): State<App>,
    Subscription(subscription): Subscription,
    Path((_, namespace)): Path<(String, String)>,
) -> Result<Json<Value>, ArmError> {
    let provider = NAMESPACES.iter().find(|it| it.namespace.eq_ignore_ascii_case(&namespace));
    let provider = provider.ok_or_else(|| ArmError::invalid_resource_namespace(&namespace))?;
    Ok(Json(describe(&subscription, provider)))
}

fn describe(subscription: &str, provider: &Provider) -> Value {
    let locations: Vec<_> = REGIONS.iter().map(|region| region.display).collect();
    let kinds = provider.kinds.iter().map(|kind| {
        json!({
            "resourceType": kind.name,
            "locations": locations,
            "apiVersions": kind.versions.list(),
            "capabilities": kind.capabilities,
        })
    });
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{}", provider.namespace),
        "namespace": provider.namespace,
        "resourceTypes": kinds.collect::<Vec<_>>(),
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
    })
}
