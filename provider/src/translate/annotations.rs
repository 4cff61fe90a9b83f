//! What a pod says to ACI alone: annotations, as Kubernetes has no fields for it.
//!
//! Names are those of the Go provider (`virtualkubelet.io/…` and `virtual-kubelet.io/…`) where it has one, those of
//! Microsoft's virtual nodes v2 (`microsoft.containerinstance.virtualnode.…`) where that has, and ours under the
//! Go provider's prefix else. A value that is none of those that an annotation takes is refused: it was meant.

use aci_model::ResourceId;
use aci_model::group::{Priority, Sku};
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::Pod;

use super::{Untranslatable, tags};

mod apply;
mod table;

pub use apply::Workspace;
pub(super) use apply::{apply, identity};
use table::*;
pub use table::{ANNOTATIONS, Annotation, Origin};
pub(crate) use table::{IDENTITY, PULL_IDENTITY};

/// Azure's most tags on a resource, and the longest name and value (documented with "tag resources").
const MAX_TAGS: usize = 50;
const MAX_TAG_NAME: usize = 512;
const MAX_TAG_VALUE: usize = 256;

/// What the annotations of a pod ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Annotations {
    pub(super) dns_name_label: Option<String>,
    pub(super) dns_name_label_scope: Option<String>,
    pub(super) sku: Option<Sku>,
    pub(super) cce_policy: Option<String>,
    /// Whether the group has an identity of its own.
    pub(super) system_identity: bool,
    /// The user's identities that the group gets.
    pub(super) identities: Vec<String>,
    /// The identity that images are pulled with.
    pub(super) pull_identity: Option<String>,
    pub(super) zones: Option<Vec<String>>,
    pub(super) priority: Option<Priority>,
    pub(super) log_analytics_secret: Option<String>,
    pub(super) log_analytics_type: Option<String>,
    pub(super) subnet: Option<ResourceId>,
    pub(super) address: Option<Address>,
    /// Whether the group is told about the cluster's DNS; `None` leaves it to the pod's policy.
    pub(super) dns: Option<bool>,
}

/// What kind of address a group gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// On the internet.
    Public,
    /// In the subnet.
    Private,
    /// None: containers reach others and nobody reaches them.
    None,
}

/// The name of the secret that the annotations of `pod` refer to.
pub(super) fn secret(pod: &Pod) -> Option<String> {
    pod.metadata.annotations.as_ref()?.get(LOG_ANALYTICS_SECRET.name).cloned()
}

/// The tags that the annotations of `pod` ask for.
pub(super) fn custom_tags(pod: &Pod) -> Result<IndexMap<String, String>, Untranslatable> {
    Given(pod).tags()
}

/// The path of an annotation.
fn path(annotation: &Annotation) -> String {
    format!("metadata.annotations[{}]", annotation.name)
}

impl Annotations {
    pub(super) fn is_confidential(&self) -> bool {
        self.sku == Some(Sku::Confidential)
    }

    /// Whether there is a subscription for those who would be evicted.
    pub(super) fn is_spot(&self) -> bool {
        self.priority == Some(Priority::Spot)
    }

    /// Reads them off `pod`.
    pub(super) fn of(pod: &Pod) -> Result<Self, Untranslatable> {
        let given = Given(pod);
        let cce_policy = given.text(&CCE_POLICY).or_else(|| given.text(&CCE_POLICY_V2));
        let sku = given.word(&CONTAINER_SKU, &["Standard", "Dedicated", "Confidential"])?;
        let sku = sku.map(|word| Sku::from(word.as_str()));
        given.refuse_keys()?;
        given.tags()?;
        let (system_identity, identities) = given.identities()?;
        Ok(Self {
            dns_name_label: given.dns_name_label()?,
            dns_name_label_scope: given.word(
                &DNS_NAME_LABEL_SCOPE,
                &["Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"],
            )?,
            // A policy asks for the SKU that it is for, as in the Go provider.
            sku: if cce_policy.is_some() { Some(Sku::Confidential) } else { sku },
            cce_policy,
            system_identity,
            identities,
            pull_identity: given.pull_identity()?,
            zones: given.list(&ZONES),
            priority: given.word(&PRIORITY, &["Regular", "Spot"])?.map(|word| Priority::from(word.as_str())),
            log_analytics_secret: given.text(&LOG_ANALYTICS_SECRET),
            log_analytics_type: given
                .word(&LOG_ANALYTICS_TYPE, &["ContainerInsights", "ContainerInstanceLogs"])?,
            subnet: given.text(&SUBNET).map(|id| given.resource(&SUBNET, &id)).transpose()?,
            address: given.word(&ADDRESS, &["Public", "Private", "None"])?.map(|word| match word.as_str() {
                "Public" => Address::Public,
                "Private" => Address::Private,
                _ => Address::None,
            }),
            dns: given.word(&INJECT_DNS, &["true", "false"])?.map(|word| word == "true"),
        })
    }
}

/// The annotations as they are written.
struct Given<'a>(&'a Pod);

impl Given<'_> {
    /// An empty annotation says nothing: templates write them.
    fn text(&self, annotation: &Annotation) -> Option<String> {
        let text = self.0.metadata.annotations.as_ref()?.get(annotation.name)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// One of `words`, in any case, as it is spelt there.
    fn word(&self, annotation: &Annotation, words: &[&str]) -> Result<Option<String>, Untranslatable> {
        let Some(text) = self.text(annotation) else { return Ok(None) };
        match words.iter().find(|word| word.eq_ignore_ascii_case(&text)) {
            Some(word) => Ok(Some((*word).to_owned())),
            None => Err(Untranslatable::new(
                path(annotation),
                format!("{text:?} is not one of its values"),
                format!("use {}", words.join(", ")),
            )),
        }
    }

    fn list(&self, annotation: &Annotation) -> Option<Vec<String>> {
        let text = self.text(annotation)?;
        let items = text.split([',', ';']).map(str::trim).filter(|item| !item.is_empty());
        Some(items.map(str::to_owned).collect())
    }

    fn resource(&self, annotation: &Annotation, id: &str) -> Result<ResourceId, Untranslatable> {
        id.parse().map_err(|_| {
            let reason = format!("{id:?} is not the id of a resource");
            Untranslatable::new(
                path(annotation),
                reason,
                "use the form /subscriptions/…/resourceGroups/…/providers/…",
            )
        })
    }

    /// Encryption that was asked for and not had would be found out too late.
    fn refuse_keys(&self) -> Result<(), Untranslatable> {
        let annotations = self.0.metadata.annotations.iter().flatten();
        let mut keys = annotations.map(|(name, _)| name).filter(|name| name.starts_with(CMK_PREFIX));
        match keys.next() {
            None => Ok(()),
            Some(name) => Err(Untranslatable::new(
                format!("metadata.annotations[{name}]"),
                "the provider sets no customer-managed keys",
                "remove it, or run the pod on nodes with encrypted disks",
            )),
        }
    }

    fn identities(&self) -> Result<(bool, Vec<String>), Untranslatable> {
        let mut system = false;
        let mut ids = Vec::new();
        for item in self.list(&IDENTITY).unwrap_or_default() {
            if item.eq_ignore_ascii_case("SystemAssigned") {
                system = true;
            } else {
                self.resource(&IDENTITY, &item)?;
                ids.push(item);
            }
        }
        Ok((system, ids))
    }

    fn pull_identity(&self) -> Result<Option<String>, Untranslatable> {
        let Some(id) = self.text(&PULL_IDENTITY) else { return Ok(None) };
        self.resource(&PULL_IDENTITY, &id)?;
        Ok(Some(id))
    }

    /// The rule is in ACI's own refusal.
    fn dns_name_label(&self) -> Result<Option<String>, Untranslatable> {
        let Some(label) = self.text(&DNS_NAME_LABEL) else { return Ok(None) };
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let good = (5..=63).contains(&label.len())
            && label.chars().all(legal)
            && label.starts_with(|c: char| c.is_ascii_lowercase())
            && !label.ends_with('-');
        match good {
            true => Ok(Some(label)),
            false => Err(Untranslatable::new(
                path(&DNS_NAME_LABEL),
                format!("{label:?} cannot be the first label of a host name in Azure"),
                "use 5 to 63 lower-case letters, digits and hyphens, a letter first and no hyphen last",
            )),
        }
    }

    /// `name=value;name=value`, as virtual nodes v2 writes them.
    fn tags(&self) -> Result<IndexMap<String, String>, Untranslatable> {
        let refuse = |reason: String, remedy: &str| Untranslatable::new(path(&CUSTOM_TAGS), reason, remedy);
        let mut tags = IndexMap::new();
        let text = self.text(&CUSTOM_TAGS).unwrap_or_default();
        for pair in text.split(';').filter(|pair| !pair.trim().is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(refuse(format!("{pair:?} is not name=value"), "separate tags by semicolons"));
            };
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty() || name.len() > MAX_TAG_NAME || value.len() > MAX_TAG_VALUE {
                let reason = format!("{name:?} is no tag that Azure takes");
                return Err(refuse(reason, "use names of 512 and values of 256 characters at most"));
            }
            if tags::OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                return Err(refuse(format!("the provider finds its groups by {name:?}"), "use another name"));
            }
            tags.insert(name.to_owned(), value.to_owned());
        }
        match tags.len() + tags::OWN.len() <= MAX_TAGS {
            true => Ok(tags),
            false => Err(refuse("Azure takes 50 tags, the provider's six included".to_owned(), "use fewer")),
        }
    }
}
