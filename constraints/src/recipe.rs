//! How a constraint is shown here: calls, commands, a pod.

use aci_provider::profile::Profile;
use http::Method;

use crate::body::Body;
use crate::says::Seen;

/// The version of every call that does not need another.
pub const VERSION: &str = "2023-05-01";

/// The subscription of all recipes.
pub const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";

/// The resource group of all recipes, made before them.
pub const RESOURCE_GROUP: &str = "constraints";

/// What stands in the paths of steps for longer ones, as the shell of a reader has it.
pub const PLACES: &[(&str, &str)] = &[
    (
        "$groups",
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.ContainerInstance/containerGroups",
    ),
    ("$rg", "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints"),
    ("$sub", SUBSCRIPTION),
];

/// How a constraint is shown.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// How the emulator is started, besides `--in-memory`.
    pub flags: &'static [&'static str],
    /// What there must be; each is accepted.
    pub before: &'static [Step],
    /// The call that shows it, or after which the group comes to show it; absent where only a pod can.
    pub call: Option<Step>,
    /// The same, asked of the service until it shows.
    pub shown_by: ShownBy,
    /// The same with `az`.
    pub az: Az,
    /// The same with a pod.
    pub kubectl: Option<Kubectl>,
    /// The way out, where calls can show that it is one; each is accepted.
    pub remedy: &'static [Step],
    /// What puts the emulator back into its usual state.
    pub after: &'static [Step],
    /// Where the constraint is real, and Docker must show it too.
    pub is_real: bool,
}

/// Where the constraint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// The call is refused.
    Refusal,
    /// The operation that the call began ends in failure.
    Operation,
    /// The group shows it after a while, by GET of the recipe's path.
    Group(&'static str),
    /// A pod shows it.
    Pod,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The method.
    pub method: Verb,
    /// The path, which begins with one of [`PLACES`] or is one of the emulator's own; a query, but for the version.
    pub path: &'static str,
    /// The version; none for the emulator's own endpoints, or where the lack of one is the point.
    pub version: Option<&'static str>,
    /// What is sent.
    pub body: Option<fn() -> Body>,
    /// Who asks.
    pub caller: Caller,
    /// For a GET: what the answer must have come to show, which members of objects lead to.
    pub until: Option<Seen>,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET
    Get,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// DELETE
    Delete,
}

impl Verb {
    /// As it goes over the wire.
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody with a token for Azure Resource Manager.
    Usual,
    /// Another client, by its id.
    Client(&'static str),
    /// Somebody with the token that the usual caller got when the recipe began.
    AnHourAgo,
    /// Somebody with a token for another audience.
    Audience(&'static str),
    /// Somebody with this `Authorization`.
    Header(&'static str),
    /// Somebody without.
    Nobody,
}

/// The recipe for `az`.
#[derive(Clone, Copy, Debug)]
pub enum Az {
    /// `az rest` with the recipe's call: no command of `az` has the options.
    Rest,
    /// A command that gets as far as Azure.
    Command(&'static str),
    /// A command that `az` itself refuses, and with which words; `az rest` with the recipe's call gets to Azure.
    Refuses(&'static str, &'static str),
    /// None, and why.
    None(&'static str),
}

/// The recipe for a pod, whose manifest is `e2e/data/constraints/<id>.yaml`.
#[derive(Clone, Copy, Debug)]
pub struct Kubectl {
    /// The profile that the provider runs with.
    pub profile: Profile,
    /// What kubectl is asked once the pod runs; its answer has the message then.
    pub command: Option<&'static str>,
    /// The reason of the pod's event.
    pub reason: &'static str,
    /// What its message has; names in braces stand for what differs, too.
    pub message: &'static str,
    /// What the pod's status comes to show.
    pub status: &'static [Seen],
}

impl Recipe {
    /// A call that is refused.
    pub const fn refused(call: Step) -> Self {
        Self {
            flags: &[],
            before: &[],
            call: Some(call),
            shown_by: ShownBy::Refusal,
            az: Az::Rest,
            kubectl: None,
            remedy: &[],
            after: &[],
            is_real: false,
        }
    }

    /// A call after which the group at a path comes to show it.
    pub const fn comes_to_show(call: Step, path: &'static str) -> Self {
        Self { shown_by: ShownBy::Group(path), ..Self::refused(call) }
    }

    /// A pod that comes to show it, where no call can.
    pub const fn pod(kubectl: Kubectl) -> Self {
        let az = Az::None("Only a pod meets it.");
        let call = Step::new(Verb::Get, "$rg");
        Self { call: None, shown_by: ShownBy::Pod, az, kubectl: Some(kubectl), ..Self::refused(call) }
    }

    /// With flags of the emulator.
    pub const fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    /// With what there must be.
    pub const fn before(self, before: &'static [Step]) -> Self {
        Self { before, ..self }
    }

    /// With the call in another version.
    pub const fn in_version(self, version: &'static str) -> Self {
        match self.call {
            Some(call) => Self { call: Some(call.version(version)), ..self },
            None => self,
        }
    }

    /// With another recipe for `az`.
    pub const fn az(self, az: Az) -> Self {
        Self { az, ..self }
    }

    /// With a command for `az`.
    pub const fn command(self, command: &'static str) -> Self {
        self.az(Az::Command(command))
    }

    /// With a recipe for a pod.
    pub const fn kubectl(self, kubectl: Kubectl) -> Self {
        Self { kubectl: Some(kubectl), ..self }
    }

    /// With calls that show the way out.
    pub const fn remedy(self, remedy: &'static [Step]) -> Self {
        Self { remedy, ..self }
    }

    /// With what puts the emulator back.
    pub const fn after(self, after: &'static [Step]) -> Self {
        Self { after, ..self }
    }

    /// Shown by the operation that the call begins.
    pub const fn by_operation(self) -> Self {
        Self { shown_by: ShownBy::Operation, ..self }
    }

    /// Real: Docker shows it too.
    pub const fn real(self) -> Self {
        Self { is_real: true, ..self }
    }
}

impl Step {
    /// A request without a body.
    pub const fn new(method: Verb, path: &'static str) -> Self {
        Self { method, path, version: Some(VERSION), body: None, caller: Caller::Usual, until: None }
    }

    /// GET
    pub const fn get(path: &'static str) -> Self {
        Self::new(Verb::Get, path)
    }

    /// GET, until a member of the answer has a value.
    pub const fn until(path: &'static str, at: &'static str, is: &'static str) -> Self {
        Self { until: Some(Seen { at, is }), ..Self::get(path) }
    }

    /// PUT
    pub const fn put(path: &'static str, body: fn() -> Body) -> Self {
        Self::new(Verb::Put, path).body(body)
    }

    /// POST
    pub const fn post(path: &'static str) -> Self {
        Self::new(Verb::Post, path)
    }

    /// DELETE
    pub const fn delete(path: &'static str) -> Self {
        Self::new(Verb::Delete, path)
    }

    /// A request to one of the emulator's own endpoints.
    pub const fn emulator(method: Verb, path: &'static str, body: fn() -> Body) -> Self {
        Self { version: None, caller: Caller::Nobody, ..Self::new(method, path).body(body) }
    }

    /// With a body.
    pub const fn body(self, body: fn() -> Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// In another version.
    pub const fn version(self, version: &'static str) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Without a version.
    pub const fn no_version(self) -> Self {
        Self { version: None, ..self }
    }

    /// By another caller.
    pub const fn by(self, caller: Caller) -> Self {
        Self { caller, ..self }
    }

    /// Path and query, with the shell's variables as they are.
    pub fn target(&self) -> String {
        match self.version {
            Some(version) if self.path.contains('?') => format!("{}&api-version={version}", self.path),
            Some(version) => format!("{}?api-version={version}", self.path),
            None => self.path.to_owned(),
        }
    }

    /// Path and query as they are sent.
    pub fn uri(&self) -> String {
        PLACES.iter().fold(self.target(), |text, (name, path)| text.replace(name, path))
    }
}
