//! An ARM that answers as scripted: one scene for each time a container's log is asked for, the last one
//! again and again.

use std::sync::{Arc, Mutex};

use aci_model::group::ContainerGroup;
use aci_provider::arm::{ArmError, ContainerGroups};
use aci_provider::naming::group_name;
use async_trait::async_trait;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// What ARM shows at one time.
#[derive(Clone)]
pub(super) struct Scene {
    /// The container's `instanceView`.
    pub view: Value,
    /// Its log, with times; `None` fails.
    pub log: Option<String>,
}

#[derive(Default)]
struct Script {
    policy: Option<&'static str>,
    scenes: Vec<Scene>,
    now: usize,
    polls: usize,
    listed: Option<Vec<ContainerGroup>>,
}

#[derive(Default)]
pub(super) struct ScriptedArm(Mutex<Script>);

impl ScriptedArm {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn playing(policy: &'static str, scenes: impl IntoIterator<Item = Scene>) -> Arc<Self> {
        let scenes = scenes.into_iter().collect();
        Arc::new(Self(Mutex::new(Script { policy: Some(policy), scenes, ..Script::default() })))
    }

    /// What a list of all groups shows.
    pub(super) fn set_listed(&self, groups: Value) {
        self.0.lock().unwrap().listed = Some(serde_json::from_value(groups).unwrap());
    }

    /// How often the log was asked for.
    pub(super) fn polls(&self) -> usize {
        self.0.lock().unwrap().polls
    }
}

/// A scene of a container with a state and a log.
pub(super) fn scene(state: &str, log: &str) -> Scene {
    Scene {
        view: json!({ "restartCount": 0, "currentState": { "state": state } }),
        log: Some(log.to_owned()),
    }
}

#[async_trait]
impl ContainerGroups for ScriptedArm {
    async fn get(&self, name: &str) -> Result<Option<ContainerGroup>, ArmError> {
        assert_eq!(name, group_name("default", "web", "u-1"));
        let script = self.0.lock().unwrap();
        let Some(scene) = script.scenes.get(script.now) else { return Ok(None) };
        let group = json!({ "properties": {
            "restartPolicy": script.policy,
            "containers": [{ "name": "app", "properties": { "instanceView": scene.view } }],
        }});
        Ok(Some(serde_json::from_value(group).unwrap()))
    }

    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError> {
        self.0.lock().unwrap().listed.clone().ok_or_else(|| ArmError::Transport("refused".to_owned()))
    }

    async fn put(&self, _: &str, _: &ContainerGroup) -> Result<ContainerGroup, ArmError> {
        unreachable!()
    }

    async fn delete(&self, _: &str) -> Result<(), ArmError> {
        unreachable!()
    }

    async fn logs(
        &self,
        _: &str,
        container: &str,
        tail: Option<u32>,
        timestamps: bool,
    ) -> Result<String, ArmError> {
        assert_eq!((container, timestamps), ("app", true));
        let mut script = self.0.lock().unwrap();
        script.polls += 1;
        let log = script.scenes[script.now].log.clone();
        // A question for everything follows one for the last lines, about the same window.
        if tail.is_some() || script.polls == 1 {
            script.now = (script.now + 1).min(script.scenes.len() - 1);
        }
        let log = log.ok_or_else(|| ArmError::Transport("refused".to_owned()))?;
        let lines: Vec<&str> = log.split_inclusive('\n').collect();
        let shown = tail.map_or(lines.len(), |tail| lines.len().min(tail as usize));
        Ok(lines[lines.len() - shown..].concat())
    }

    async fn retag(&self, _: &str, _: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError> {
        unreachable!()
    }

    async fn ping(&self) -> Result<(), ArmError> {
        unreachable!()
    }
}
