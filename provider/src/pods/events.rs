//! Events on pods, each once, also across restarts of the provider.
//!
//! An event's name is made of what it says, so telling it again meets the first one instead of a second. The
//! core group's events are used, which every version of Kubernetes has and `kubectl describe` reads.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

use aci_model::group::ContainerGroup;
use aci_model::group::instance_view::Event as AciEvent;

use crate::naming::hex_prefix;

/// How long the API server keeps events by default (`--event-ttl`). What is older has been told and forgotten.
const EVENT_TTL: SignedDuration = SignedDuration::from_hours(1);
/// The longest message that the API server takes.
const MAX_MESSAGE: usize = 1024;
/// Hex digits of the hash in an event's name.
const HASH_DIGITS: usize = 16;

/// One thing to tell about a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The reason, in camel case.
    pub reason: String,
    /// Prose; never a format string.
    pub message: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// The container that it is about.
    pub container: Option<String>,
    /// How often it happened.
    pub count: i32,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// Whether another first time makes it another event.
    pub once_per_pod: bool,
}

impl Telling {
    /// Something of the provider's own, told once per pod and wording.
    pub fn own(reason: &str, message: impl Into<String>, warning: bool, now: Timestamp) -> Self {
        Self {
            reason: reason.to_owned(),
            message: message.into(),
            warning,
            container: None,
            count: 1,
            first: now,
            last: now,
            once_per_pod: true,
        }
    }

    /// The name of the event about `pod`: the same for the same thing.
    pub fn event_name(&self, pod: &Pod) -> String {
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        let container = self.container.as_deref().unwrap_or_default();
        let first = if self.once_per_pod { String::new() } else { self.first.to_string() };
        let Self { reason, message, warning, .. } = self;
        let text = [uid, container, reason, message, if *warning { "w" } else { "n" }, &first].join("\u{1f}");
        let hash = hex_prefix(text.as_bytes(), HASH_DIGITS);
        // Pod names have up to 253 characters, as have event names.
        let name: String =
            pod.metadata.name.iter().flat_map(|name| name.chars()).take(253 - HASH_DIGITS - 1).collect();
        format!("{}.{hash}", name.trim_end_matches(['-', '.']))
    }
}

/// ACI's events of `group` and its containers that are worth telling at `now`.
pub fn of_group(group: &ContainerGroup, now: Timestamp) -> Vec<Telling> {
    let Some(properties) = &group.properties else { return Vec::new() };
    let own = properties.instance_view.iter().flat_map(|view| &view.events).map(|event| (None, event));
    let containers = properties.containers.iter().flatten();
    let containers =
        containers.map(|c| (&c.name, c.properties.as_ref().and_then(|p| p.instance_view.as_ref())));
    let init = properties.init_containers.iter().flatten();
    let init = init.map(|c| (&c.name, c.properties.as_ref().and_then(|p| p.instance_view.as_ref())));
    let theirs = containers.chain(init).flat_map(|(name, view)| {
        let events = view.and_then(|view| view.events.as_deref()).unwrap_or_default();
        events.iter().map(move |event| (name.clone(), event))
    });
    own.chain(theirs).filter_map(|(container, event)| of_aci(container, event, now)).collect()
}

fn of_aci(container: Option<String>, event: &AciEvent, now: Timestamp) -> Option<Telling> {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    let last = time(&event.last_timestamp).or_else(|| time(&event.first_timestamp))?;
    if now.duration_since(last) > EVENT_TTL {
        return None;
    }
    Some(Telling {
        reason: event.name.clone()?,
        message: event.message.clone().unwrap_or_default(),
        warning: event.kind.as_deref() != Some("Normal"),
        container,
        count: event.count.unwrap_or(1).max(1),
        first: time(&event.first_timestamp).unwrap_or(last),
        last,
        once_per_pod: false,
    })
}

/// Writes events.
#[derive(Clone)]
pub(super) struct Events {
    client: Client,
    node_name: String,
}

impl Events {
    pub(super) fn new(client: Client, node_name: String) -> Self {
        Self { client, node_name }
    }

    /// Tells `telling` about `pod`, or counts it up when it was told before.
    ///
    /// # Errors
    /// The API server's.
    pub(super) async fn tell(&self, pod: &Pod, telling: &Telling) -> Result<(), kube::Error> {
        let api: Api<Event> =
            Api::namespaced(self.client.clone(), pod.metadata.namespace.as_deref().unwrap_or("default"));
        let event = self.event(pod, telling);
        match api.create(&PostParams::default(), &event).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {
                if telling.count > 1 {
                    let name = telling.event_name(pod);
                    let patch = json!({"count": telling.count, "lastTimestamp": Time(telling.last)});
                    api.patch(&name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
                }
                Ok(())
            }
            other => other.map(drop),
        }
    }

    fn event(&self, pod: &Pod, telling: &Telling) -> Event {
        let meta = &pod.metadata;
        let component = format!("{}/pod-controller", self.node_name);
        Event {
            metadata: ObjectMeta {
                name: Some(telling.event_name(pod)),
                namespace: meta.namespace.clone(),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: meta.name.clone(),
                namespace: meta.namespace.clone(),
                uid: meta.uid.clone(),
                resource_version: meta.resource_version.clone(),
                field_path: telling.container.as_ref().map(|name| format!("spec.containers{{{name}}}")),
            },
            reason: Some(telling.reason.clone()),
            message: Some(shortened(&telling.message)),
            type_: Some(if telling.warning { "Warning" } else { "Normal" }.to_owned()),
            count: Some(telling.count),
            first_timestamp: Some(Time(telling.first)),
            last_timestamp: Some(Time(telling.last)),
            source: Some(EventSource { component: Some(component), host: Some(self.node_name.clone()) }),
            ..Event::default()
        }
    }
}

fn shortened(message: &str) -> String {
    let end =
        (0..=message.len().min(MAX_MESSAGE)).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
    message[..end].to_owned()
}
