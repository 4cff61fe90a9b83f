//! Azure as the tests see it: tokens that count, a clock that does not wait, groups in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aci_model::Secret;
use aci_model::error::CloudErrorBody;
use aci_model::group::ContainerGroup;
use aci_model::stream::TerminalSize;
use aci_provider::arm::credential::CredentialFactory;
use aci_provider::arm::streams::{ByteStream, Terminal};
use aci_provider::arm::{ArmError, ArmSettings, ContainerGroups, ContainerStreams, CredentialSettings};
use aci_provider::clock::Clock;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::OffsetDateTime;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

/// Credentials whose n-th instance gives `token-n`.
#[derive(Debug, Default)]
pub(crate) struct StaticTokens(AtomicUsize);

#[derive(Debug)]
struct StaticToken(String);

#[async_trait]
impl TokenCredential for StaticToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = OffsetDateTime::from_unix_timestamp(4_000_000_000).unwrap();
        Ok(AccessToken::new(self.0.clone(), expires))
    }
}

impl StaticTokens {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn made(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn factory(self: &Arc<Self>) -> CredentialFactory {
        let counter = Arc::clone(self);
        Box::new(move || {
            let number = counter.0.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(Arc::new(StaticToken(format!("token-{number}"))))
        })
    }
}

/// A clock that stands still and on which every wait is over at once.
pub(crate) struct InstantClock;

impl Clock for InstantClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The runtime's own time, which stands still until nothing else is to do (`start_paused`).
pub(crate) struct PausedClock(tokio::time::Instant);

impl PausedClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep_until(tokio::time::Instant::now() + duration))
    }
}

/// Container groups in memory; calls are recorded, failures scripted.
#[derive(Default)]
pub(crate) struct FakeArm(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    groups: BTreeMap<String, ContainerGroup>,
    calls: Vec<String>,
    looks: usize,
    lists: usize,
    put_failures: Vec<ArmError>,
    look_failures: Vec<ArmError>,
    /// "Not found" so many times, whatever there is.
    blind: usize,
    /// Looks that a group survives its deletion.
    lingering: usize,
    dying: BTreeMap<String, usize>,
}

/// Settings of an ARM at `endpoint`.
pub(crate) fn arm_settings(endpoint: reqwest::Url) -> ArmSettings {
    ArmSettings {
        endpoint,
        endpoint_given: true,
        metadata: None,
        allow_http: false,
        subscription: "sub".to_owned(),
        resource_group: "rg".to_owned(),
        extra_ca_pem: None,
        extra_user_agent: Some("tests".to_owned()),
        timeout: Duration::from_secs(30),
        audience: None,
        credential: CredentialSettings::ClientSecret {
            tenant_id: "tenant".to_owned(),
            client_id: "client".to_owned(),
            secret: Secret::new("hunter2"),
            authority: None,
        },
    }
}

/// ARM's refusal.
pub(crate) fn refused(status: u16, code: &str) -> ArmError {
    let body =
        CloudErrorBody { code: code.to_owned(), message: format!("{code} happened"), ..Default::default() };
    ArmError::Refused { status, body, retry_after: None }
}

/// Log streams that end when the test says so.
#[derive(Default)]
pub(crate) struct FakeStreams(Mutex<Vec<futures::channel::mpsc::UnboundedSender<Result<Bytes, ArmError>>>>);

impl FakeStreams {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn opened(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(crate) fn say(&self, text: &'static [u8]) {
        for stream in self.0.lock().unwrap().iter() {
            stream.unbounded_send(Ok(Bytes::from_static(text))).ok();
        }
    }

    pub(crate) fn end_all(&self) {
        self.0.lock().unwrap().clear();
    }
}

#[async_trait]
impl ContainerStreams for FakeStreams {
    async fn exec(&self, _: &str, _: &str, _: &str, _: TerminalSize) -> Result<Terminal, ArmError> {
        Err(ArmError::Protocol("no terminals here".to_owned()))
    }

    async fn attach(&self, _: &str, _: &str) -> Result<ByteStream, ArmError> {
        let (sender, receiver) = futures::channel::mpsc::unbounded();
        self.0.lock().unwrap().push(sender);
        Ok(receiver.boxed())
    }
}

/// ARM asks to come back after so many seconds.
pub(crate) fn throttled(seconds: u64) -> ArmError {
    match refused(429, "TooManyRequests") {
        ArmError::Refused { status, body, .. } => {
            ArmError::Refused { status, body, retry_after: Some(Duration::from_secs(seconds)) }
        }
        other => other,
    }
}

impl FakeArm {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What was called, reads left out.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().groups.keys().cloned().collect()
    }

    /// The next PUTs fail so.
    pub(crate) fn fail_puts(&self, errors: impl IntoIterator<Item = ArmError>) {
        self.0.lock().unwrap().put_failures.extend(errors);
    }

    /// The next looks fail so.
    pub(crate) fn fail_looks(&self, errors: impl IntoIterator<Item = ArmError>) {
        self.0.lock().unwrap().look_failures.extend(errors);
    }

    /// The next looks find nothing, whatever there is.
    pub(crate) fn be_blind(&self, looks: usize) {
        self.0.lock().unwrap().blind = looks;
    }

    /// Groups stay for so many looks after they were deleted.
    pub(crate) fn linger(&self, looks: usize) {
        self.0.lock().unwrap().lingering = looks;
    }

    /// How many looks and lists there were.
    pub(crate) fn reads(&self) -> (usize, usize) {
        let inner = self.0.lock().unwrap();
        (inner.looks, inner.lists)
    }

    /// The only group as it is.
    pub(crate) fn group(&self) -> ContainerGroup {
        self.0.lock().unwrap().groups.values().next().unwrap().clone()
    }

    /// A group that somebody else made.
    pub(crate) fn plant(&self, name: &str, group: ContainerGroup) {
        self.0
            .lock()
            .unwrap()
            .groups
            .insert(name.to_owned(), ContainerGroup { name: Some(name.to_owned()), ..group });
    }

    /// Somebody deletes all groups in the portal.
    pub(crate) fn lose_all(&self) {
        self.0.lock().unwrap().groups.clear();
    }

    /// Gives every container of every group the instance view `view`.
    pub(crate) fn set_states(&self, view: &serde_json::Value) {
        for group in self.0.lock().unwrap().groups.values_mut() {
            let properties = group.properties.as_mut().unwrap();
            properties.provisioning_state = Some("Succeeded".into());
            for container in properties.containers.as_mut().unwrap() {
                let instance = serde_json::from_value(view.clone()).unwrap();
                container.properties.as_mut().unwrap().instance_view = Some(instance);
            }
        }
    }
}

#[async_trait]
impl ContainerGroups for FakeArm {
    async fn get(&self, name: &str) -> Result<Option<ContainerGroup>, ArmError> {
        let mut inner = self.0.lock().unwrap();
        inner.looks += 1;
        if !inner.look_failures.is_empty() {
            return Err(inner.look_failures.remove(0));
        }
        if inner.blind > 0 {
            inner.blind -= 1;
            return Ok(None);
        }
        match inner.dying.get_mut(name) {
            Some(0) => {
                inner.dying.remove(name);
                inner.groups.remove(name);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(inner.groups.get(name).cloned())
    }

    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError> {
        let mut inner = self.0.lock().unwrap();
        inner.lists += 1;
        let mut groups: Vec<_> = inner.groups.values().cloned().collect();
        // As recorded: no list has instance views.
        for properties in groups.iter_mut().flat_map(|group| &mut group.properties) {
            for container in properties.containers.iter_mut().flatten().flat_map(|it| &mut it.properties) {
                container.instance_view = None;
            }
        }
        Ok(groups)
    }

    async fn put(&self, name: &str, group: &ContainerGroup) -> Result<ContainerGroup, ArmError> {
        let mut inner = self.0.lock().unwrap();
        inner.calls.push(format!("PUT {name}"));
        if !inner.put_failures.is_empty() {
            return Err(inner.put_failures.remove(0));
        }
        let mut made = group.clone();
        made.name = Some(name.to_owned());
        made.id = Some(aci_model::ResourceId::container_group("s", "rg", name));
        made.properties.as_mut().unwrap().provisioning_state = Some("Pending".into());
        inner.groups.insert(name.to_owned(), made.clone());
        Ok(made)
    }

    async fn retag(&self, name: &str, tags: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError> {
        let mut inner = self.0.lock().unwrap();
        inner.calls.push(format!("PATCH {name}"));
        let Some(group) = inner.groups.get_mut(name) else { return Err(refused(404, "ResourceNotFound")) };
        group.tags = Some(tags.clone());
        Ok(group.clone())
    }

    async fn delete(&self, name: &str) -> Result<(), ArmError> {
        let mut inner = self.0.lock().unwrap();
        inner.calls.push(format!("DELETE {name}"));
        if inner.lingering > 0 {
            let looks = inner.lingering;
            inner.dying.entry(name.to_owned()).or_insert(looks);
        } else {
            inner.groups.remove(name);
        }
        Ok(())
    }

    async fn logs(&self, _: &str, _: &str, _: Option<u32>, _: bool) -> Result<String, ArmError> {
        Err(ArmError::Protocol("no logs here".to_owned()))
    }

    async fn ping(&self) -> Result<(), ArmError> {
        Ok(())
    }
}
