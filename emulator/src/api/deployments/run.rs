//! A deployment under way: one task that evaluates, calls, and notes what became of it. What waits for nothing goes on at
//! the same time; after a failure nothing new begins, and what is under way is brought to its end.

use aci_model::error::CloudErrorBody;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use http::{Method, StatusCode};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::complete;
use super::prepare::Prepared;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::error::deployments::{deployment_canceled, deployment_failed};
use crate::deployments::record::{Deployment, Mode, Operation, State, Told};
use crate::template::fault::{Interrupt, Need};
use crate::template::outputs::outputs;

/// Such a deployment.
pub(super) struct Run {
    app: App,
    client: Client,
    deployment: Deployment,
    prepared: Prepared,
    steps: Vec<Step>,
    asked: Vec<Need>,
    flights: FuturesUnordered<BoxFuture<'static, Event>>,
    failures: Vec<CloudErrorBody>,
}

/// How far a resource is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Waiting,
    UnderWay,
    Done,
}

/// What has come back.
enum Event {
    Answered(Need, Result<Value, CloudErrorBody>),
    /// By the place of a resource in the plan, and of its operation in the record.
    CarriedOut(usize, usize, StatusCode, Option<CloudErrorBody>),
}

impl Run {
    /// A deployment that has not begun.
    pub(super) fn new(app: App, client: Client, deployment: Deployment, prepared: Prepared) -> Self {
        let steps = vec![Step::Waiting; prepared.plan.resources.len()];
        let (asked, failures, flights) = (Vec::new(), Vec::new(), FuturesUnordered::new());
        Self { app, client, deployment, prepared, steps, asked, flights, failures }
    }

    /// Carries it out, or stops when it is told to.
    pub(super) async fn until_ended(mut self, token: CancellationToken) {
        self.deployment.state = State::Running;
        self.note();
        let canceled = {
            let work = self.carry_out();
            tokio::select! {
                () = work => false,
                () = token.cancelled() => true,
            }
        };
        let id = self.deployment.id.clone();
        let state = if canceled {
            self.deployment.error = Some(deployment_canceled(&id));
            State::Canceled
        } else if self.failures.is_empty() {
            State::Succeeded
        } else {
            self.deployment.error = Some(deployment_failed(&id, std::mem::take(&mut self.failures)));
            State::Failed
        };
        let now = self.app.clock.now();
        for operation in self.deployment.operations.iter_mut().filter(|it| !it.state.is_terminal()) {
            (operation.state, operation.changed) = (state, now);
        }
        self.deployment.end(state, now);
        self.app.deployments.update(&self.deployment);
    }

    async fn carry_out(&mut self) {
        loop {
            self.begin_what_can();
            let Some(event) = self.flights.next().await else { break };
            self.land(event);
        }
        if self.failures.is_empty() && self.deployment.mode == Mode::Complete {
            self.remove_others().await;
        }
        if self.failures.is_empty() {
            self.tell_outputs().await;
        }
    }

    fn begin_what_can(&mut self) {
        for index in 0..self.steps.len() {
            let free = self.prepared.before[index].iter().all(|before| self.steps[*before] == Step::Done);
            if self.failures.is_empty() && self.steps[index] == Step::Waiting && free {
                self.begin(index);
            }
        }
    }

    fn begin(&mut self, index: usize) {
        let resource = self.prepared.plan.resources[index].clone();
        let (method, body) = if resource.existing {
            (Method::GET, None)
        } else {
            match resource.body(&self.prepared.frame) {
                Ok(body) => (Method::PUT, Some(body)),
                Err(Interrupt::Need(need)) => return self.ask(*need),
                Err(Interrupt::Fault(fault)) => {
                    self.failures.push(ArmError::invalid_resource(&resource.name, &fault).detail());
                    return;
                }
            }
        };
        let verb = if resource.existing { "Read" } else { "Create" };
        let operation = self.begin_operation(verb, Some((resource.id.clone(), resource.kind, resource.name)));
        self.steps[index] = Step::UnderWay;
        let client = self.client.clone();
        self.flights.push(Box::pin(async move {
            let call = client.carry_out(method, &resource.id, &resource.api_version, body.as_ref());
            let (status, error) = call.await;
            Event::CarriedOut(index, operation, status, error)
        }));
    }

    /// Asks once; whoever needs the answer is evaluated again when it is there.
    fn ask(&mut self, need: Need) {
        if self.asked.contains(&need) {
            return;
        }
        self.asked.push(need.clone());
        let client = self.client.clone();
        self.flights.push(Box::pin(async move {
            let answer = answered(&client, &need).await;
            Event::Answered(need, answer)
        }));
    }

    fn land(&mut self, event: Event) {
        match event {
            Event::Answered(need, Ok(answer)) => self.prepared.frame.place.answers.push((need, answer)),
            Event::Answered(_, Err(error)) => self.failures.push(error),
            Event::CarriedOut(index, operation, status, error) => {
                let resource = &self.prepared.plan.resources[index];
                if error.is_none() && !resource.existing {
                    self.deployment.output_resources.push(resource.id.clone());
                }
                self.steps[index] = Step::Done;
                self.failures.extend(error.clone());
                self.end_operation(operation, status, error);
            }
        }
        self.note();
    }

    async fn remove_others(&mut self) {
        for (id, kind, version) in
            complete::others(&self.client, &self.deployment.scope, &self.prepared.plan).await
        {
            let name = id.rsplit('/').next().unwrap_or_default().to_owned();
            let operation = self.begin_operation("Delete", Some((id.clone(), kind, name)));
            let (status, error) = self.client.carry_out(Method::DELETE, &id, version, None).await;
            self.failures.extend(error.clone());
            self.end_operation(operation, status, error);
        }
    }

    async fn tell_outputs(&mut self) {
        loop {
            match outputs(&self.prepared.frame, &self.prepared.template) {
                Ok(outputs) => {
                    self.deployment.outputs = Some(outputs.iter().map(Told::from).collect());
                    let operation = self.begin_operation("EvaluateDeploymentOutput", None);
                    return self.end_operation(operation, StatusCode::OK, None);
                }
                Err(Interrupt::Fault(fault)) => {
                    return self.failures.push(ArmError::invalid_output(&fault).detail());
                }
                Err(Interrupt::Need(need)) => match answered(&self.client, &need).await {
                    Ok(answer) => self.prepared.frame.place.answers.push((*need, answer)),
                    Err(error) => return self.failures.push(error),
                },
            }
        }
    }

    fn begin_operation(&mut self, verb: &str, target: Option<(String, String, String)>) -> usize {
        let now = self.app.clock.now();
        let id = self.app.ids.next();
        self.deployment.operations.push(Operation {
            id: id.simple().to_string().split_off(16).to_uppercase(),
            verb: verb.to_owned(),
            state: State::Running,
            started: now,
            changed: now,
            tracking: id.to_string(),
            status_code: "Accepted".to_owned(),
            error: None,
            target,
        });
        self.note();
        self.deployment.operations.len() - 1
    }

    fn end_operation(&mut self, index: usize, status: StatusCode, error: Option<CloudErrorBody>) {
        let now = self.app.clock.now();
        if let Some(operation) = self.deployment.operations.get_mut(index) {
            operation.changed = now;
            operation.state = if error.is_some() { State::Failed } else { State::Succeeded };
            operation.status_code = match error {
                Some(_) if status.is_success() => "Conflict".to_owned(),
                _ => status.canonical_reason().unwrap_or_default().replace(' ', ""),
            };
            operation.error = error;
        }
    }

    fn note(&mut self) {
        self.deployment.changed = self.app.clock.now();
        self.app.deployments.update(&self.deployment);
    }
}

/// What `reference` or a `list…` asks for.
pub(super) async fn answered(client: &Client, need: &Need) -> Result<Value, CloudErrorBody> {
    let answer = match &need.action {
        None => client.call(Method::GET, &need.id, &need.api_version, None).await,
        Some(action) => {
            let body = Some(&need.body).filter(|body| !body.is_null());
            client.call(Method::POST, &format!("{}/{action}", need.id), &need.api_version, body).await
        }
    };
    match answer.error() {
        Some(error) => Err(error),
        None => Ok(answer.body),
    }
}
