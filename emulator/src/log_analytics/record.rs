//! Records in the shape in which a query shows them.
//!
//! Columns: "Container group and instance logging with Azure Monitor logs" (azure-compute-docs) and the schema of the
//! tables' successors, ContainerInstanceLog and ContainerEvent, whose columns have the same names without a suffix.

use std::collections::BTreeMap;

use aci_model::group::settings::LogAnalytics;
use jiff::Timestamp;
use ring::digest;
use serde::Serialize;

use crate::group::{EventRecord, Group};
use crate::runtime::SandboxId;

/// What containers write.
pub const LOG_TABLE: &str = "ContainerInstanceLog_CL";
/// What happens to them.
pub const EVENT_TABLE: &str = "ContainerEvent_CL";

/// A record of either table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// When, in Kusto's ticks of 100 ns.
    #[serde(rename = "TimeGenerated")]
    pub time: String,
    /// The workspace.
    #[serde(rename = "TenantId")]
    pub workspace: String,
    /// How it came there.
    #[serde(rename = "SourceSystem")]
    pub source_system: &'static str,
    /// The group's name.
    #[serde(rename = "ContainerGroup_s")]
    pub group: String,
    /// Tells the group from another of the same name.
    #[serde(rename = "ContainerGroupInstanceId_g")]
    pub group_instance: String,
    /// The attempt of the container.
    #[serde(rename = "ContainerID_s")]
    pub container_id: String,
    /// The container's name.
    #[serde(rename = "ContainerName_s")]
    pub container: String,
    /// Its image.
    #[serde(rename = "ContainerImage_s")]
    pub image: String,
    /// The region.
    #[serde(rename = "Location_s")]
    pub location: String,
    /// The operating system.
    #[serde(rename = "OSType_s")]
    pub os: &'static str,
    /// The line, or what the event says.
    #[serde(rename = "Message")]
    pub message: String,
    /// Of a line: `stdout` or `stderr`.
    #[serde(rename = "Source_s", skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    /// Of an event: its name.
    #[serde(rename = "Reason_s", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of an event: how often.
    #[serde(rename = "Count_d", skip_serializing_if = "Option::is_none")]
    pub count: Option<f64>,
    /// Of an event: when first.
    #[serde(rename = "FirstTimestamp_t", skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// What the request adds to each record; that a column is named after each key is assumed.
    #[serde(flatten)]
    pub metadata: BTreeMap<String, String>,
    /// The table.
    #[serde(rename = "Type")]
    pub table: &'static str,
    /// The group's resource id.
    #[serde(rename = "_ResourceId")]
    pub resource: String,
}

impl Record {
    fn new(at: Timestamp, table: &'static str, message: String) -> Self {
        Self {
            time: kusto_time(at),
            workspace: String::new(),
            source_system: "RestAPI",
            group: String::new(),
            group_instance: String::new(),
            container_id: String::new(),
            container: String::new(),
            image: String::new(),
            location: String::new(),
            os: "Linux",
            message,
            source: None,
            reason: None,
            count: None,
            first: None,
            metadata: BTreeMap::new(),
            table,
            resource: String::new(),
        }
    }

    /// A line that a container wrote.
    pub fn log(at: Timestamp, is_error: bool, text: String) -> Self {
        Self { source: Some(if is_error { "stderr" } else { "stdout" }), ..Self::new(at, LOG_TABLE, text) }
    }

    /// Something that happened to a container.
    pub fn event(event: &EventRecord) -> Self {
        Self {
            reason: Some(event.name.clone()),
            count: Some(event.count.into()),
            first: Some(kusto_time(event.first)),
            ..Self::new(event.last, EVENT_TABLE, event.message.clone())
        }
    }
}

/// Whose records they are: the same for all of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The workspace's id.
    pub workspace: String,
    template: Record,
}

impl Origin {
    /// The origin of a container's records; `None` for a group without a workspace.
    pub fn of(
        group: &Group,
        container: &str,
        image: &str,
        sandbox: &SandboxId,
        attempt: u32,
    ) -> Option<Self> {
        let LogAnalytics { workspace_id, metadata, .. } = diagnostics(group)?;
        let workspace = workspace_id.clone()?;
        let metadata = metadata.iter().flatten();
        let template = Record {
            workspace: workspace.clone(),
            group: group.id.name().to_owned(),
            group_instance: group.incarnation.to_string(),
            container_id: container_id(sandbox, container, attempt),
            container: container.to_owned(),
            image: image.to_owned(),
            location: group.spec.location.clone().unwrap_or_default(),
            metadata: metadata.map(|(key, value)| (format!("{key}_s"), value.clone())).collect(),
            resource: group.id.key(),
            ..Record::new(Timestamp::UNIX_EPOCH, LOG_TABLE, String::new())
        };
        Some(Self { workspace, template })
    }

    /// The id of the container's attempt.
    pub fn container_id(&self) -> &str {
        &self.template.container_id
    }

    /// A record with its origin filled in.
    pub fn sign(&self, record: Record) -> Record {
        let Record { time, message, source, reason, count, first, table, .. } = record;
        Record { time, message, source, reason, count, first, table, ..self.template.clone() }
    }
}

/// The workspace of a group.
pub fn diagnostics(group: &Group) -> Option<&LogAnalytics> {
    group.spec.properties.as_ref()?.diagnostics.as_ref()?.log_analytics.as_ref()
}

/// 64 hexadecimal digits, as container ids are.
fn container_id(sandbox: &SandboxId, container: &str, attempt: u32) -> String {
    let text = format!("{}/{container}/{attempt}", sandbox.0);
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A time without what Kusto does not keep of it.
pub(super) fn ticks(at: Timestamp) -> Timestamp {
    const TICK: i128 = 100;
    let nanos = at.as_nanosecond().div_euclid(TICK) * TICK;
    Timestamp::from_nanosecond(nanos).unwrap_or(at)
}

fn kusto_time(at: Timestamp) -> String {
    format!("{:.7}", ticks(at))
}

#[cfg(test)]
mod tests {
    use aci_model::group::ContainerGroup;
    use aci_model::{ApiVersion, ResourceId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::group::machine::Machine;

    #[test]
    fn a_record_has_the_tables_columns_and_no_key() {
        let spec: ContainerGroup = serde_json::from_value(json!({
            "location": "westus",
            "properties": { "diagnostics": { "logAnalytics": {
                "workspaceId": "ws", "workspaceKey": "s3cret", "metadata": { "team": "red" },
            } } },
        }))
        .unwrap();
        let id = ResourceId::container_group("s", "RG", "web");
        let group = Machine::create(id, spec, ApiVersion::V2023_05_01, Uuid::nil(), Uuid::nil()).group;
        let origin = Origin::of(&group, "app", "nginx", &SandboxId("d1".into()), 0).unwrap();
        let at = "2026-01-02T03:04:05.678912345Z".parse().unwrap();
        let log = serde_json::to_value(origin.sign(Record::log(at, true, "hello".to_owned()))).unwrap();
        let expected = json!({
            "TimeGenerated": "2026-01-02T03:04:05.6789123Z",
            "TenantId": "ws",
            "SourceSystem": "RestAPI",
            "ContainerGroup_s": "web",
            "ContainerGroupInstanceId_g": "00000000-0000-0000-0000-000000000000",
            "ContainerID_s": origin.container_id(),
            "ContainerName_s": "app",
            "ContainerImage_s": "nginx",
            "Location_s": "westus",
            "OSType_s": "Linux",
            "Message": "hello",
            "Source_s": "stderr",
            "team_s": "red",
            "Type": "ContainerInstanceLog_CL",
            "_ResourceId": "/subscriptions/s/resourcegroups/rg/providers/microsoft.containerinstance/containergroups/web",
        });
        assert_eq!(log, expected);
        assert_eq!(origin.container_id().len(), 64);

        let started = EventRecord {
            name: "Started".into(),
            warning: false,
            message: "Started container".into(),
            told_since: None,
            count: 2,
            first: at,
            last: at,
        };
        let event = serde_json::to_value(origin.sign(Record::event(&started))).unwrap();
        assert_eq!((&event["Type"], &event["Reason_s"]), (&json!("ContainerEvent_CL"), &json!("Started")));
        assert_eq!((&event["Count_d"], event.get("Source_s")), (&json!(2.0), None));
    }
}
