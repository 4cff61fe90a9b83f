//! The state machine against a model of an engine, under any order of requests, results and accidents.

use std::collections::{BTreeMap, BTreeSet};

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, ResourceId};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::group::GroupState;
use crate::group::request::{Request, request};
use crate::runtime::FoundContainer;

/// What may happen next.
#[derive(Clone, Debug)]
enum Move {
    /// A result of an effect arrives, good or bad; perhaps not the oldest one.
    Result {
        nth: usize,
        good: bool,
    },
    /// Everything that was ever told is told once more.
    Again {
        nth: usize,
    },
    Exit {
        nth: usize,
        code: i32,
    },
    Lose,
    Time {
        seconds: i64,
    },
    Replace {
        variant: u8,
    },
    Start,
    Stop,
    Restart,
    /// The emulator is killed and another finds what there is.
    Crash,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        8 => (0..9usize, prop::bool::weighted(0.8)).prop_map(|(nth, good)| Move::Result { nth, good }),
        2 => (0..50usize).prop_map(|nth| Move::Again { nth }),
        3 => (0..9usize, 0..2i32).prop_map(|(nth, code)| Move::Exit { nth, code }),
        1 => Just(Move::Lose),
        3 => (1..700i64).prop_map(|seconds| Move::Time { seconds }),
        1 => (0..4u8).prop_map(|variant| Move::Replace { variant }),
        1 => Just(Move::Start),
        1 => Just(Move::Stop),
        1 => Just(Move::Restart),
        1 => Just(Move::Crash),
    ]
}

fn spec(policy: &str, variant: u8) -> ContainerGroup {
    let volumes = if variant > 1 { json!([{ "name": "scratch", "emptyDir": {} }]) } else { json!([]) };
    let image = format!("image:{}", variant % 2);
    serde_json::from_value(json!({ "identity": { "type": "SystemAssigned" }, "properties": {
        "restartPolicy": policy,
        "diagnostics": { "logAnalytics": { "workspaceId": "w" } },
        "volumes": volumes,
        "initContainers": [{ "name": "init", "properties": { "image": image } }],
        "containers": [
            { "name": "a", "properties": {
                "image": image,
                "livenessProbe": { "exec": { "command": ["alive"] }, "failureThreshold": 2 },
                "readinessProbe": { "httpGet": { "port": 80 }, "initialDelaySeconds": 20, "periodSeconds": 30 },
            } },
            { "name": "b", "properties": { "image": image } },
        ],
    } }))
    .unwrap()
}

/// What the store gives back.
fn stored(machine: &Machine) -> Machine {
    serde_json::from_str(&serde_json::to_string(machine).unwrap()).unwrap()
}

/// Whether both run the same probe of the same attempt.
fn same_probe(one: &Effect, other: &Effect) -> bool {
    let probe = |effect: &Effect| match effect {
        Effect::RunProbe { sandbox, container, attempt, kind, .. } => {
            Some((sandbox.clone(), container.clone(), *attempt, *kind))
        }
        _ => None,
    };
    probe(one) == probe(other)
}

/// The machine, and an engine that does as it is told when the moves let it.
struct Model {
    machine: Machine,
    now: Timestamp,
    pending: Vec<Effect>,
    told: Vec<Input>,
    sandboxes: BTreeSet<SandboxId>,
    /// Attempts by sandbox and container: the latest and whether it runs.
    attempts: BTreeMap<(SandboxId, String), (u32, bool)>,
    removed: BTreeSet<SandboxId>,
    created: BTreeSet<SandboxId>,
    operations: u128,
}

impl Model {
    fn new(policy: &str) -> Self {
        let id = ResourceId::container_group("s", "r", "g");
        let version = ApiVersion::V2023_05_01;
        let machine = Machine::create(id, spec(policy, 0), version, Uuid::from_u128(7), Uuid::from_u128(1));
        Self {
            machine,
            now: Timestamp::UNIX_EPOCH,
            pending: Vec::new(),
            told: Vec::new(),
            sandboxes: BTreeSet::new(),
            attempts: BTreeMap::new(),
            removed: BTreeSet::new(),
            created: BTreeSet::new(),
            operations: 1,
        }
    }

    fn tell(&mut self, input: Input) {
        let before = self.machine.clone();
        let effects = step(&mut self.machine, input.clone(), self.now);
        self.told.push(input);
        // A deadline that has passed would make the group's task spin.
        assert!(self.machine.deadline().is_none_or(|deadline| deadline > self.now), "{:#?}", self.machine);
        self.took(&before, effects);
    }

    fn ask(&mut self, what: Request) {
        let before = self.machine.clone();
        match request(&mut self.machine, what, self.now) {
            Ok((_, effects)) => self.took(&before, effects),
            Err(_) => assert_eq!(self.machine, before, "a refusal changes nothing"),
        }
    }

    fn took(&mut self, before: &Machine, effects: Vec<Effect>) {
        for effect in effects {
            match &effect {
                Effect::RemoveSandbox(id) => {
                    self.removed.insert(id.clone());
                    self.sandboxes.remove(id);
                    self.attempts.retain(|(sandbox, _), _| sandbox != id);
                }
                Effect::CreateSandbox(id) => {
                    assert!(!self.removed.contains(id), "a removed sandbox is not made again");
                    self.created.insert(id.clone());
                    self.pending.push(effect);
                }
                Effect::StartContainer { sandbox, container, attempt } => {
                    let known = self.attempts.get(&(sandbox.clone(), container.clone()));
                    if let Some((latest, runs)) = known {
                        assert!(!runs || latest == attempt, "two live attempts of {container}");
                        assert!(latest <= attempt, "attempts of {container} go back");
                    }
                    self.pending.push(effect);
                }
                Effect::RunProbe { sandbox, container, .. } => {
                    let runs = self.attempts.get(&(sandbox.clone(), container.clone()));
                    assert!(runs.is_some(), "{container} is probed and was never started");
                    let twin = |other: &Effect| same_probe(other, &effect);
                    assert!(!self.pending.iter().any(twin), "two runs of a probe at a time: {effect:?}");
                    self.pending.push(effect);
                }
                Effect::ServeMetadata(id)
                | Effect::WriteConfigMaps(id)
                | Effect::DeliverLines { sandbox: id, .. } => {
                    assert!(self.sandboxes.contains(id), "only what was found is served again");
                }
                Effect::Pull { .. } | Effect::StopContainer { .. } => self.pending.push(effect),
            }
        }
        self.check(before);
    }

    fn check(&self, before: &Machine) {
        use GroupState as State;
        use ProvisioningState as Provisioning;
        let (old, new) = (&before.group.status, &self.machine.group.status);
        let is_drawn = match new.provisioning_state {
            Provisioning::Pending | Provisioning::Creating => new.state == State::Pending,
            Provisioning::Updating => new.state == old.state,
            Provisioning::Repairing => new.state == State::Unknown,
            Provisioning::Succeeded => {
                matches!(new.state, State::Running | State::Succeeded | State::Failed | State::Stopped)
            }
            Provisioning::Failed => matches!(new.state, State::Failed | State::Running),
            _ => false,
        };
        assert!(is_drawn, "({:?}, {:?}) is not drawn", new.provisioning_state, new.state);
        if !self.machine.is_deleted() {
            assert_eq!(new.state == State::Stopped, self.machine.stage == Stage::Stopped);
        }
        if old.sandbox == new.sandbox {
            let pairs = old.containers.iter().zip(&new.containers);
            for (old, new) in pairs.chain(old.init_containers.iter().zip(&new.init_containers)) {
                assert!(old.restart_count <= new.restart_count, "restarts of {} go back", old.name);
                assert!(old.attempt <= new.attempt, "attempts of {} go back", old.name);
            }
        }
        // The last body of a deleted group still names its sandbox.
        let is_removed = new.sandbox.as_ref().is_some_and(|id| self.removed.contains(id));
        assert!(!is_removed || self.machine.is_deleted(), "a removed sandbox is still the group's");
    }

    fn make(&mut self, mv: &Move) {
        match mv {
            Move::Result { nth, good } => self.result(*nth, *good),
            Move::Again { nth } => {
                if let Some(input) = self.told.get(nth % self.told.len().max(1)).cloned()
                    && !matches!(input, Input::Found(_))
                {
                    self.tell(input);
                }
            }
            Move::Exit { nth, code } => self.exit(*nth, *code),
            Move::Lose => {
                if let Some(id) = self.machine.group.status.sandbox.clone()
                    && self.sandboxes.remove(&id)
                {
                    self.attempts.retain(|(sandbox, _), _| *sandbox != id);
                    self.tell(Input::SandboxLost { sandbox: id });
                }
            }
            Move::Time { seconds } => {
                self.now += SignedDuration::from_secs(*seconds);
                self.tell(Input::Tick);
            }
            Move::Crash => {
                self.pending.clear();
                // Runs of probes are counted anew, and nobody is left who could tell of those before.
                self.told.retain(|input| !matches!(input, Input::ProbeEnded { .. }));
                self.machine = stored(&self.machine);
                let found = self.machine.group.status.sandbox.clone().and_then(|id| self.found(&id));
                self.tell(Input::Found(found));
            }
            Move::Replace { variant } => {
                let policy = self.machine.properties().and_then(|all| all.restart_policy.clone());
                let spec = Box::new(spec(policy.unwrap().as_str(), *variant));
                let operation = self.operation();
                self.ask(Request::Replace { spec, version: ApiVersion::V2023_05_01, operation, by: None });
            }
            Move::Start => {
                let operation = self.operation();
                self.ask(Request::Start { operation });
            }
            Move::Stop => self.ask(Request::Stop),
            Move::Restart => {
                let operation = self.operation();
                self.ask(Request::Restart { operation });
            }
        }
    }

    fn operation(&mut self) -> Uuid {
        self.operations += 1;
        Uuid::from_u128(self.operations)
    }

    fn result(&mut self, nth: usize, good: bool) {
        if self.pending.is_empty() {
            return;
        }
        match self.pending.remove(nth % self.pending.len()) {
            Effect::Pull { ticket, .. } if good => {
                self.tell(Input::ImagePulled { ticket, reference: "image@sha256:0".to_owned() });
            }
            Effect::Pull { ticket, .. } => {
                let kind = ImageErrorKind::NotFound;
                self.tell(Input::ImageFailed { ticket, kind, detail: "not found".to_owned() });
            }
            Effect::CreateSandbox(sandbox) if self.removed.contains(&sandbox) => {}
            Effect::CreateSandbox(sandbox) if good => {
                self.sandboxes.insert(sandbox.clone());
                self.tell(Input::SandboxReady { sandbox, made: Sandbox { ip: None } });
            }
            Effect::CreateSandbox(sandbox) => {
                let failure = match self.told.len() % 4 {
                    0 => SandboxFailure::Share,
                    1 => SandboxFailure::Secret { reference: "r".to_owned(), detail: "no".to_owned() },
                    _ => SandboxFailure::Network("no address".to_owned()),
                };
                self.tell(Input::SandboxFailed { sandbox, failure });
            }
            Effect::StartContainer { sandbox, .. } if !self.sandboxes.contains(&sandbox) => {}
            Effect::StartContainer { sandbox, container, attempt } if good => {
                self.attempts.insert((sandbox.clone(), container.clone()), (attempt, true));
                self.tell(Input::ContainerStarted { sandbox, container, attempt, at: self.now });
            }
            Effect::StartContainer { sandbox, container, attempt } => {
                let (detail, image_gone) = ("no".to_owned(), attempt % 2 == 1);
                self.tell(Input::StartFailed { sandbox, container, attempt, detail, image_gone });
            }
            Effect::StopContainer { sandbox, container } => self.end(&(sandbox, container), 143),
            Effect::RunProbe { sandbox, container, attempt, kind, run } => {
                let outcome = match (good, run % 4) {
                    (true, _) => Some(ProbeOutcome::Success),
                    (false, 0) => None,
                    (false, _) => Some(ProbeOutcome::Failure("no".to_owned())),
                };
                self.tell(Input::ProbeEnded { sandbox, container, attempt, kind, run, outcome });
            }
            Effect::RemoveSandbox(_)
            | Effect::ServeMetadata(_)
            | Effect::WriteConfigMaps(_)
            | Effect::DeliverLines { .. } => {
                unreachable!("they are not pending")
            }
        }
    }

    fn exit(&mut self, nth: usize, code: i32) {
        let running = self.attempts.iter().filter(|(_, (_, runs))| *runs);
        let running: Vec<_> = running.map(|(place, _)| place.clone()).collect();
        if !running.is_empty() {
            self.end(&running[nth % running.len()], code);
        }
    }

    fn end(&mut self, place: &(SandboxId, String), code: i32) {
        let Some((attempt, runs)) = self.attempts.get_mut(place) else { return };
        if !std::mem::replace(runs, false) {
            return;
        }
        let exit = Exit { code, oom_killed: false, finished_at: self.now };
        let (sandbox, container) = place.clone();
        let attempt = *attempt;
        self.tell(Input::Exited { sandbox, container, attempt, exit });
    }

    fn found(&self, id: &SandboxId) -> Option<FoundSandbox> {
        self.sandboxes.contains(id).then(|| {
            let of_it = self.attempts.iter().filter(|((sandbox, _), _)| sandbox == id);
            let exit = Exit { code: 1, oom_killed: false, finished_at: self.now };
            let containers = of_it.map(|((_, name), (attempt, runs))| FoundContainer {
                name: name.clone(),
                attempt: *attempt,
                started_at: Some(self.now),
                exit: (!runs).then_some(exit),
            });
            FoundSandbox {
                id: id.clone(),
                group: self.machine.group.id.clone(),
                ip: None,
                alive: true,
                containers: containers.collect(),
            }
        })
    }

    /// Lets everything succeed until nothing is left to do or wait for.
    fn come_to_rest(&mut self) {
        for _ in 0..200 {
            if !self.pending.is_empty() {
                self.result(0, true);
            } else if self.machine.in_transition() {
                let deadline = self.machine.deadline().expect("a group in transition waits for something");
                self.now = self.now.max(deadline);
                self.tell(Input::Tick);
            } else {
                return;
            }
        }
        panic!("the group does not come to rest: {:#?}", self.machine);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_the_machine_stays_in_its_drawn_states_and_leaks_nothing(
        policy in prop_oneof![Just("Always"), Just("OnFailure"), Just("Never")],
        moves in prop::collection::vec(moves(), 0..60),
    ) {
        let mut model = Model::new(policy);
        model.tell(Input::Tick);
        for mv in &moves {
            model.make(mv);
        }
        model.ask(Request::Delete);
        prop_assert!(model.machine.is_deleted());
        let left: Vec<_> = model.created.difference(&model.removed).collect();
        prop_assert!(left.is_empty(), "left behind: {:?}", left);
        let before = model.machine.clone();
        model.tell(Input::Tick);
        prop_assert_eq!(before, model.machine);
    }

    #[test]
    fn whatever_happened_a_group_comes_to_rest_when_all_goes_well(
        policy in prop_oneof![Just("Always"), Just("OnFailure")],
        moves in prop::collection::vec(moves(), 0..40),
    ) {
        let mut model = Model::new(policy);
        model.tell(Input::Tick);
        for mv in &moves {
            model.make(mv);
        }
        // The init container has to end for the others to begin.
        for _ in 0..4 {
            while !model.pending.is_empty() {
                model.result(0, true);
            }
            if let Some(place) = model.attempts.keys().find(|(_, name)| name == "init").cloned() {
                model.end(&place, 0);
            }
        }
        model.come_to_rest();
    }

    #[test]
    fn a_machine_survives_the_store(moves in prop::collection::vec(moves(), 0..40)) {
        let mut model = Model::new("Always");
        moves.iter().for_each(|mv| model.make(mv));
        prop_assert!(stored(&model.machine).is_stored_as(&model.machine));
    }
}

#[test]
fn an_exit_that_overtakes_the_answer_to_its_start_is_kept() {
    let mut model = Model::new("Never");
    model.tell(Input::Tick);
    while !matches!(model.pending.as_slice(), [Effect::StartContainer { .. }]) {
        model.result(0, true);
    }
    let Effect::StartContainer { sandbox, container, attempt } = model.pending.remove(0) else { panic!() };
    let exit = Exit { code: 0, oom_killed: false, finished_at: model.now };
    model.tell(Input::Exited { sandbox: sandbox.clone(), container: container.clone(), attempt, exit });
    assert_eq!(model.machine.slots[0].run, Run::Starting { exit: Some(exit) });
    model.tell(Input::ContainerStarted { sandbox, container, attempt, at: model.now });
    assert_eq!(model.machine.slots[0].run, Run::Ended { success: true });
}

#[test]
fn want_of_memory_is_told_apart() {
    let mut model = Model::new("Never");
    model.tell(Input::Tick);
    while model.attempts.is_empty() {
        model.result(0, true);
    }
    let sandbox = model.machine.group.status.sandbox.clone().unwrap();
    let exit = Exit { code: 137, oom_killed: true, finished_at: model.now };
    model.tell(Input::Exited { sandbox, container: "init".to_owned(), attempt: 0, exit });
    let ContainerPhase::Terminated { detail, .. } = &model.machine.status(0).unwrap().current else {
        panic!()
    };
    assert_eq!(detail, "OOMKilled");
}
