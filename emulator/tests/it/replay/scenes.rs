//! What the recorded tests found there before they began, and what the emulator answers otherwise, each with its
//! reason.

use aci_emulator::clock::ManualClock;
use aci_emulator::runtime::sim::{SimRuntime, SimScript};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::recording::Interaction;

/// A difference that stays.
pub(super) struct Known {
    /// The recorded test, or `*`.
    scene: &'static str,
    /// The method, and what its path contains.
    call: (&'static str, &'static str),
    /// How the difference begins.
    difference: &'static str,
    /// Why it stays.
    reason: &'static str,
}

impl Known {
    /// Whether `{scene}: {method} {path}: {difference}` is this one.
    pub(super) fn explains(&self, line: &str) -> bool {
        let mut parts = line.splitn(2, ": ");
        let (scene, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (call, difference) = rest.split_once(": ").unwrap_or_default();
        (self.scene == "*" || self.scene == scene)
            && call.starts_with(self.call.0)
            && call.contains(self.call.1)
            && difference.starts_with(self.difference)
    }

    pub(super) fn line(&self) -> String {
        let Self { scene, call: (method, path), difference, reason } = self;
        format!("{scene}: {method} …{path}…: {difference} ({reason})")
    }
}

const fn known(
    scene: &'static str,
    call: (&'static str, &'static str),
    difference: &'static str,
    reason: &'static str,
) -> Known {
    Known { scene, call, difference, reason }
}

/// Tests that are not sent again.
const LEFT_OUT: &[&str] = &[
    // Their repository is in the internet; clones have tests of their own.
    "test_container_git_repo_volume_mount",
];

/// Whether a test is not sent again.
pub(super) fn is_left_out(scene: &str) -> bool {
    LEFT_OUT.contains(&scene)
}

const ERA: &str = "as Azure answered in 2018; ours is as recorded since 2021";
const POLLED: &str = "an operation is over when its containers run; Azure's events lag behind at times";
const ELSEWHERE: &str = "another test's group in the same recording, made and lost before it began";
const STORAGE: &str = "storage accounts are here for their keys and shares: made at once, in one region";
const CHANCE: &str = "a pull that failed at first, or a container that ended meanwhile, in Azure that day";
const SCRUBBED: &str = "the recording does not tell it";
const POLICY: &str = "a policy of the recorded subscription adds it";
/// Tests with differences of their own.
const OF_2018: &str = "test_container_create_msi";
const OF_SCOPES: &str = "test_container_create_with_msi_scope";

pub(super) const KNOWN: &[Known] = &[
    known("*", ("GET", "/containerGroups?"), "header expires added", "one recorded list lacks it"),
    known("*", ("GET", "/resourcegroups/"), "body lacks .tags.Creator", POLICY),
    known("*", ("GET", "/resourcegroups/"), "body lacks .tags.DateCreated", POLICY),
    known("*", ("GET", "/operations/"), "body adds .properties.events[Started]", POLLED),
    known("*", ("POST", "/exec"), "body has .password", SCRUBBED),
    known("*", ("POST", "/exec"), "body has .webSocketUri", "ours has one port for all"),
    known("*", ("", ""), "body has .properties.confidentialComputeProperties.ccePolicy", SCRUBBED),
    known(OF_2018, ("", "/resourcegroups/clitest.rg000001?"), "body adds .type", ERA),
    known(OF_2018, ("PUT", "/containerGroups/"), "body lacks .properties.ipAddress.ip", ERA),
    known(OF_2018, ("PUT", "/containerGroups/"), "body adds .properties.instanceView.events", ERA),
    known(
        OF_2018,
        ("GET", "/containerGroups/"),
        "body has .properties.containers[0].properties.instanceView",
        ERA,
    ),
    known(
        OF_2018,
        ("GET", "/containerGroups/"),
        "body lacks .properties.containers[0].properties.instanceView",
        ERA,
    ),
    known(
        OF_2018,
        ("GET", "/containerGroups/"),
        "body adds .properties.containers[0].properties.instanceView",
        ERA,
    ),
    known(OF_2018, ("GET", "/containerGroups/"), "body has .properties.instanceView.state", ERA),
    known(OF_2018, ("GET", "/operations/"), "body has .properties.events", ERA),
    known(OF_2018, ("GET", "/operations/"), "body lacks .properties.events", ERA),
    known(OF_SCOPES, ("GET", "/containerGroups/clicontainerzu6g"), "status 404", ELSEWHERE),
    known(OF_SCOPES, ("GET", "/containerGroups/clicontainerzu6g"), "body has .error", ELSEWHERE),
    known(OF_SCOPES, ("GET", "/containerGroups/clicontainer000002"), "body", CHANCE),
    known(OF_SCOPES, ("GET", "/operations/"), "body adds .properties.events[Pull", POLLED),
    known(OF_SCOPES, ("PUT", "/storageAccounts/clistorage000003?"), "no header content-type", STORAGE),
    known(OF_SCOPES, ("GET", "/asyncoperations/"), "status 200 for 202", STORAGE),
    known(OF_SCOPES, ("GET", "/asyncoperations/"), "header content-type", STORAGE),
    known(OF_SCOPES, ("GET", "/asyncoperations/"), "body lacks .properties.s", STORAGE),
    known(OF_SCOPES, ("GET", "/asyncoperations/"), "body has .properties.minimumTlsVersion", STORAGE),
    known(OF_SCOPES, ("GET", "/asyncoperations/"), "body has .properties.allowBlobPublicAccess", STORAGE),
    known(
        "test_container_create_regular_priority",
        ("", ""),
        "body lacks .properties.events[Failed]",
        CHANCE,
    ),
    known(
        "test_container_create_regular_priority",
        ("", "/containerGroups/"),
        "body lacks .properties.containers[0].properties.instanceView.events[Failed]",
        CHANCE,
    ),
    known("test_container_create_regular_priority", ("GET", "/logs"), "body has .content", CHANCE),
    known(
        "test_container_reuse_from_standbypool_vnet",
        ("", "/containerGroups/"),
        "body lacks .properties.containers[0].properties.instanceView.events[Failed]",
        CHANCE,
    ),
];

/// The resource group that a test found there, as the first look at it shows it.
pub(super) fn resource_group(interactions: &[Interaction], path: &str) -> Value {
    let seen = interactions.iter().find(|it| it.method == "GET" && it.path.split('?').next() == Some(path));
    let location = seen.map_or(json!("westus"), |it| it.body["location"].clone());
    let tags = seen.and_then(|it| it.body.get("tags")).cloned();
    let mut body = json!({ "location": location });
    body.as_object_mut().unwrap().extend(tags.map(|tags| ("tags".to_owned(), tags)));
    body
}

/// The resource group of what all tests of standby pools share.
const SHARED: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/azcliresources";

/// What was there before the recording began, in the order in which it can be made.
pub(super) fn before(scene: &str) -> Vec<(String, Value)> {
    let public = json!({ "type": "Public", "ports": [{ "protocol": "TCP", "port": 80 }] });
    let private = json!({ "type": "Private", "ports": [{ "port": 8000 }] });
    match scene {
        "test_container_reuse_from_standbypool" => {
            let container = container("testcg", 1.0, json!([{ "protocol": "TCP", "port": 80 }]));
            let properties = json!({ "sku": "Standard", "containers": [container], "osType": "Linux", "ipAddress": public });
            pool(("testcg", properties), ("testpool", None))
        }
        "test_container_reuse_from_standbypool_outbound" => {
            let properties = json!({
                "sku": "Standard", "containers": [container("testctn", 1.0, json!([]))], "osType": "Linux",
                "imageRegistryCredentials": [],
            });
            pool(("testcgp-outbound", properties), ("testpool-outbound", None))
        }
        "test_container_reuse_from_standbypool_vnet" => {
            let mut container = container("testctn", 1.5, json!([{ "port": 8000 }]));
            container["properties"]["configMap"] = json!({ "keyValuePairs": { "key": "value" } });
            let properties = json!({
                "sku": "Standard", "containers": [container], "osType": "Linux", "ipAddress": private,
                "imageRegistryCredentials": [],
            });
            let subnet =
                format!("{SHARED}/providers/Microsoft.Network/virtualNetworks/testvnet/subnets/subnet1");
            pool(("testcgpvnet", properties), ("testvnetpool", Some(&subnet)))
        }
        _ => Vec::new(),
    }
}

fn container(name: &str, memory: f64, ports: Value) -> Value {
    json!({ "name": name, "properties": {
        "image": "mcr.microsoft.com/azuredocs/aci-helloworld:latest", "ports": ports,
        "resources": { "requests": { "memoryInGB": memory, "cpu": 1.0 } },
    } })
}

/// A profile, a pool of one group from it, and what both are in.
fn pool((profile, properties): (&str, Value), (pool, subnet): (&str, Option<&str>)) -> Vec<(String, Value)> {
    let mut made = vec![(format!("{SHARED}?api-version=2024-11-01"), json!({ "location": "westus" }))];
    if let Some(subnet) = subnet {
        let network = subnet.split("/subnets/").next().unwrap();
        let delegation = json!({
            "name": "Microsoft.ContainerInstance/containerGroups",
            "properties": { "serviceName": "Microsoft.ContainerInstance/containerGroups" },
        });
        let of_subnet = json!({ "addressPrefixes": ["10.0.1.0/24"], "delegations": [delegation] });
        let subnets = json!([{ "name": "subnet1", "properties": of_subnet }]);
        let space = json!({ "addressPrefixes": ["10.0.0.0/16"] });
        let properties = json!({ "addressSpace": space, "subnets": subnets });
        made.push((
            format!("{network}?api-version=2022-01-01"),
            json!({ "location": "eastus", "properties": properties }),
        ));
    }
    let id = format!("{SHARED}/providers/Microsoft.ContainerInstance/containerGroupProfiles/{profile}");
    made.push((
        format!("{id}?api-version=2024-05-01-preview"),
        json!({ "location": "eastus", "properties": properties }),
    ));
    let mut group = json!({ "containerGroupProfile": { "id": id, "revision": 1 } });
    if let Some(subnet) = subnet {
        group["subnetIds"] = json!([{ "id": subnet }]);
    }
    let elasticity = json!({ "maxReadyCapacity": 1, "refillPolicy": "always" });
    made.push((
        format!("{SHARED}/providers/Microsoft.StandbyPool/standbyContainerGroupPools/{pool}?api-version=2024-03-01"),
        json!({
            "location": "eastus",
            "properties": { "elasticityProfile": elasticity, "containerGroupProperties": group },
        }),
    ));
    made
}

/// Where it is seen that what was put is there: of a pool, that its group runs.
pub(super) fn look(path: &str) -> (String, fn(&Value) -> bool) {
    match path.split_once('?').filter(|(path, _)| path.contains("/standbyContainerGroupPools/")) {
        Some((pool, query)) => (format!("{pool}/runtimeViews/latest?{query}"), |view| {
            view["properties"]["instanceCountSummary"][0]["instanceCountsByState"][1]["count"] == 1
        }),
        None if path.contains("/containerGroupProfiles/") => {
            (path.to_owned(), |profile| profile["properties"]["revision"] == 1)
        }
        None => (path.to_owned(), |body| body["properties"]["provisioningState"] == "Succeeded"),
    }
}

/// What the containers of a test do.
pub(super) fn script(scene: &str, sim: &SimRuntime) {
    let script = match scene {
        // Their commands ended with an error before anybody looked.
        "test_container_attach" | "test_container_exec" => SimScript::exits(2, SignedDuration::ZERO),
        "test_container_create"
        | "test_container_create_spot_priority"
        | "test_container_create_with_confidential_sku" => {
            SimScript { log: "hello\n".to_owned(), ..SimScript::default() }
        }
        _ => return,
    };
    sim.script("clicontainer000002", script);
}

/// Between two polls.
pub(super) fn pass_time(clock: &ManualClock) {
    clock.advance(SignedDuration::from_secs(1));
}
