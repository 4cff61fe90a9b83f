//! One deployment, with its operations.

use aci_model::error::CloudErrorBody;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collection::Record;
use crate::store::Table;
use crate::template::frame::Parameter;

/// A deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its resource id.
    pub id: String,
    /// The resource id of what it deploys to.
    pub scope: String,
    /// Its name.
    pub name: String,
    /// Its region, where it deploys to a subscription.
    pub location: Option<String>,
    /// Its tags.
    pub tags: Option<IndexMap<String, String>>,
    /// Whether what is not in the template stays.
    pub mode: Mode,
    /// How far it is.
    pub state: State,
    /// The id of the operation that it is.
    pub operation: String,
    /// The id that its calls share.
    pub correlation: String,
    /// When it began.
    pub started: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// The template.
    pub template: Value,
    /// The template's hash.
    pub template_hash: String,
    /// Its parameters.
    pub parameters: Vec<Told>,
    /// Its outputs, once it has succeeded.
    pub outputs: Option<Vec<Told>>,
    /// The resource providers that it uses, as it shows them.
    pub providers: Value,
    /// What waits for what, as it shows it.
    pub dependencies: Value,
    /// The ids of what it has deployed.
    pub output_resources: Vec<String>,
    /// Why it failed.
    pub error: Option<CloudErrorBody>,
    /// What it has done.
    pub operations: Vec<Operation>,
}

impl Deployment {
    /// Ends it.
    pub fn end(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.changed = now;
    }
}

impl Record for Deployment {
    const TABLE: Table = Table::Deployments;

    fn key(&self) -> String {
        self.id.to_ascii_lowercase()
    }
}

/// A parameter or an output as it may be told; a secure one has no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its value.
    pub value: Option<Value>,
}

impl From<&Parameter> for Told {
    fn from(parameter: &Parameter) -> Self {
        let Parameter { name, kind, value } = parameter;
        let value = (!kind.is_secure()).then(|| value.clone());
        Self { name: name.clone(), kind: kind.shown().to_owned(), value }
    }
}

/// What becomes of resources that are not in the template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// They stay.
    #[default]
    Incremental,
    /// They are deleted.
    Complete,
}

/// How far a deployment or one of its operations is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It has been taken on.
    Accepted,
    /// It is under way.
    Running,
    /// All is as asked.
    Succeeded,
    /// Something is not.
    Failed,
    /// It was stopped.
    Canceled,
}

impl State {
    /// Whether it will not change any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }
}

/// One thing that a deployment has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id: 16 hexadecimal digits.
    pub id: String,
    /// What it does: `Create`, `Read`, `Delete`, `EvaluateDeploymentOutput`.
    pub verb: String,
    /// How far it is.
    pub state: State,
    /// When it began.
    pub started: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// The id that it shares with the calls of the resource provider.
    pub tracking: String,
    /// The status that the resource provider answered with, in Azure's word.
    pub status_code: String,
    /// Why it failed.
    pub error: Option<CloudErrorBody>,
    /// The resource that it is about: id, type and name.
    pub target: Option<(String, String, String)>,
}
