//! The emulator's router as the provider's Azure, and the runtime's time as its clock.

use std::sync::Arc;
use std::time::Duration;

use aci_constraints::recipe::{RESOURCE_GROUP, SUBSCRIPTION};
use aci_model::error::CloudErrorBody;
use aci_model::group::ContainerGroup;
use aci_provider::arm::{API_VERSION, ArmError, ContainerGroups};
use aci_provider::clock::Clock;
use async_trait::async_trait;
use futures::future::BoxFuture;
use http::Method;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::{Answer, TestEmulator};

/// Time that stands still until nothing else is to do.
pub(super) struct Paused(tokio::time::Instant);

impl Paused {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        let start: Timestamp = crate::emulator::EPOCH.parse().unwrap();
        start + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let deadline = tokio::time::Instant::now() + duration;
        Box::pin(tokio::time::sleep_until(deadline))
    }
}

/// The container groups of an emulator in this process.
pub(super) struct RouterArm(pub(super) Arc<TestEmulator>);

impl RouterArm {
    async fn call(&self, method: Method, below: &str, body: Value) -> Result<Answer, ArmError> {
        let groups = format!(
            "{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.ContainerInstance/containerGroups"
        );
        let uri = format!("{groups}{below}?api-version={API_VERSION}");
        let answer = self.0.call(method, &uri, body).await;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let error = answer.json()["error"].take();
        let body = CloudErrorBody {
            code: error["code"].as_str().unwrap_or_default().to_owned(),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            ..CloudErrorBody::default()
        };
        let after = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Err(ArmError::Refused { status: answer.status, body, retry_after: after.map(Duration::from_secs) })
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ArmError> {
    serde_json::from_str(&answer.text).map_err(|error| ArmError::Protocol(error.to_string()))
}

#[async_trait]
impl ContainerGroups for RouterArm {
    async fn get(&self, name: &str) -> Result<Option<ContainerGroup>, ArmError> {
        match self.call(Method::GET, &format!("/{name}"), Value::Null).await {
            Ok(answer) => read(&answer).map(Some),
            Err(ArmError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError> {
        let page: Value = read(&self.call(Method::GET, "", Value::Null).await?)?;
        serde_json::from_value(page["value"].clone()).map_err(|error| ArmError::Protocol(error.to_string()))
    }

    async fn put(&self, name: &str, group: &ContainerGroup) -> Result<ContainerGroup, ArmError> {
        let body = serde_json::to_value(group).unwrap();
        read(&self.call(Method::PUT, &format!("/{name}"), body).await?)
    }

    async fn retag(&self, name: &str, tags: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError> {
        read(&self.call(Method::PATCH, &format!("/{name}"), json!({ "tags": tags })).await?)
    }

    async fn delete(&self, name: &str) -> Result<(), ArmError> {
        self.call(Method::DELETE, &format!("/{name}"), Value::Null).await.map(drop)
    }

    async fn logs(&self, _: &str, _: &str, _: Option<u32>, _: bool) -> Result<String, ArmError> {
        Ok(String::new())
    }

    async fn ping(&self) -> Result<(), ArmError> {
        Ok(())
    }
}
