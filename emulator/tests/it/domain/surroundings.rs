//! Deployments among virtual networks, file shares and network profiles that are known.

use std::path::PathBuf;
use std::sync::Arc;

use aci_emulator::data::Folder;
use aci_emulator::directory::IdentityIds;
use aci_emulator::group::{EventRecord, Group, GroupState};
use aci_emulator::neighbours::vault::SecretUri;
use aci_emulator::platform::Platform;
use aci_emulator::runtime::{ShareSource, SubnetRange, VolumeContent};
use aci_emulator::surroundings::{SecretRefusal, ShareRefusal, Surroundings};
use aci_model::group::ProvisioningState;
use aci_model::{ResourceId, Secret};
use serde_json::{Value, json};

use crate::support::sim::{Domain, container, one};

/// A network of two subnets, a profile that stands for the second, an account with a share.
struct Town {
    shares: PathBuf,
}

impl Surroundings for Town {
    fn subnet(&self, id: &ResourceId) -> Option<SubnetRange> {
        let prefix = match id.name() {
            "aci" => "10.5.1.0/24",
            "small" => "10.5.2.0/29",
            _ => return None,
        };
        let network = ResourceId { path: id.path[..1].to_vec(), ..id.clone() };
        Some(SubnetRange { network, space: "10.5.0.0/16".parse().unwrap(), prefix: prefix.parse().unwrap() })
    }

    fn subnet_of_profile(&self, profile: &ResourceId) -> Option<ResourceId> {
        (profile.name() == "profile").then(|| ResourceId::subnet("sub", "rg", "vnet", "small"))
    }

    fn share(&self, account: &str, share: &str, key: &Secret) -> Result<ShareSource, ShareRefusal> {
        match (account, share, key.expose()) {
            ("acct1", "data", "right") => Ok(ShareSource::Folder(self.shares.join("acct1/data"))),
            ("acct1", "data", _) => Err(ShareRefusal::Key(account.to_owned())),
            ("acct1", ..) => Err(ShareRefusal::Share { account: account.into(), share: share.into() }),
            _ => Err(ShareRefusal::Account(account.to_owned())),
        }
    }

    fn share_by_identity(
        &self,
        account: &str,
        _share: &str,
        _identity: &IdentityIds,
    ) -> Result<ShareSource, ShareRefusal> {
        Err(ShareRefusal::Account(account.to_owned()))
    }

    fn secret(&self, place: &SecretUri, _reader: &IdentityIds) -> Result<Secret, SecretRefusal> {
        Err(SecretRefusal::Vault(place.vault.clone()))
    }

    fn identity(&self, _id: &ResourceId) -> Option<IdentityIds> {
        None
    }

    fn may_pull(&self, _identity: &ResourceId, _registry: &str) -> bool {
        false
    }

    fn takes_records(&self, _workspace: &str, _key: &Secret) -> bool {
        false
    }
}

async fn town() -> (Domain, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Arc::new(Town { shares: folder.path().to_owned() });
    let platform = Platform { surroundings, ..Platform::bare(&Folder::fleeting()) };
    (Domain::on(platform).await, folder)
}

fn in_subnet(name: &str) -> Value {
    let mut properties = one("Always");
    let id = ResourceId::subnet("sub", "rg", "vnet", name).to_string();
    properties["subnetIds"] = json!([{ "id": id }]);
    properties
}

fn with_share(account: &str, share: &str, key: &str) -> Value {
    let mut web = container("web", "nginx");
    web["properties"]["volumeMounts"] = json!([{ "name": "files", "mountPath": "/files" }]);
    let file = json!({ "storageAccountName": account, "shareName": share, "storageAccountKey": key });
    json!({
        "osType": "Linux",
        "containers": [web],
        "volumes": [{ "name": "files", "azureFile": file }],
    })
}

fn ip(group: &Group) -> String {
    group.status.ip.unwrap().to_string()
}

#[tokio::test]
async fn groups_get_the_lowest_free_addresses_of_their_subnet() {
    let (domain, _folder) = town().await;
    assert_eq!(ip(&*domain.running("one", in_subnet("aci")).await), "10.5.1.4");
    assert_eq!(ip(&*domain.running("two", in_subnet("aci")).await), "10.5.1.5");
    assert_eq!(ip(&*domain.running("other", in_subnet("small")).await), "10.5.2.4");
    domain.groups.stop(&crate::support::sim::id("one")).await.unwrap();
    domain.until_sandboxes(2).await;
    assert_eq!(ip(&*domain.running("three", in_subnet("aci")).await), "10.5.1.4", "a stop frees it");
    domain.groups.start(&crate::support::sim::id("one")).await.unwrap();
    let again = domain.until("one", "it runs", |group| group.status.state == GroupState::Running).await;
    assert_eq!(ip(&again), "10.5.1.6");
}

#[tokio::test]
async fn a_network_profile_stands_for_its_subnet() {
    let (domain, _folder) = town().await;
    let mut properties = one("Always");
    properties["subnetIds"] = json!(null);
    let id = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/networkProfiles/profile";
    properties["networkProfile"] = json!({ "id": id });
    assert_eq!(ip(&*domain.running("web", properties).await), "10.5.2.4");
}

#[tokio::test]
async fn a_subnet_that_is_full_keeps_a_group_waiting_until_an_address_is_free() {
    let (domain, _folder) = town().await;
    for name in ["one", "two", "three"] {
        domain.running(name, in_subnet("small")).await;
    }
    domain.put("four", in_subnet("small")).await;
    let waiting = domain.until("four", "it is told", |group| !group.status.events.is_empty()).await;
    assert_eq!(waiting.status.provisioning_state, ProvisioningState::Creating);
    let message = &waiting.status.events[0].message;
    assert!(message.contains("no address is left") && message.contains("10.5.2.0/29"), "{message}");
    domain.groups.delete(&crate::support::sim::id("two")).await.unwrap();
    domain.until_sandboxes(2).await;
    domain.after(crate::support::clock::seconds(10)).await;
    let four = domain.until("four", "it runs", |group| group.status.state == GroupState::Running).await;
    assert_eq!(ip(&four), "10.5.2.5");
}

#[tokio::test]
async fn two_groups_share_a_share_that_is_made_for_everybody_and_outlives_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let (domain, folder) = town().await;
    let path = folder.path().join("acct1/data");
    let one = domain.running("one", with_share("acct1", "data", "right")).await;
    let mut properties = with_share("acct1", "data", "right");
    properties["volumes"][0]["azureFile"]["readOnly"] = json!(true);
    let two = domain.running("two", properties).await;
    let content = |group: &Group| {
        let sandbox = group.status.sandbox.as_ref().unwrap();
        domain.sim.sandbox_spec(sandbox).unwrap().volumes[0].content.clone()
    };
    let source = ShareSource::Folder(path.clone());
    assert_eq!(content(&one), VolumeContent::Share { source: source.clone(), read_only: false });
    assert_eq!(content(&two), VolumeContent::Share { source, read_only: true });
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o777);
    domain.groups.reset().await.unwrap();
    assert!(path.is_dir());
}

#[tokio::test]
async fn a_wrong_key_share_or_account_fails_the_group_at_once_and_a_put_with_the_right_one_deploys_it() {
    let (domain, _folder) = town().await;
    let wrong = [("acct1", "data", "wrong"), ("acct1", "nothing", "right"), ("nobody", "data", "right")];
    for (account, share, key) in wrong {
        domain.put("web", with_share(account, share, key)).await;
        let group = domain.until_settled("web").await;
        assert_eq!(group.status.provisioning_state, ProvisioningState::Failed);
        assert_eq!((group.status.state, group.status.ip), (GroupState::Failed, None));
        let [EventRecord { name, message, warning: true, count: 1, .. }] = group.status.events.as_slice()
        else {
            panic!("{:?}", group.status.events)
        };
        assert_eq!(name, "FailedMountAzureFileVolume");
        assert_eq!(message, "Failed to mount Azure File Volume.");
    }
    let group = domain.running("web", with_share("acct1", "data", "right")).await;
    assert!(group.status.events.is_empty());
}

#[tokio::test]
async fn a_repository_is_cloned_anew_for_each_deployment_and_a_failure_is_told_and_tried_again() {
    let server = crate::support::git::serve().await;
    let with_repository = |path: &str| {
        let mut properties = one("Always");
        let url = format!("http://me:s3cret@{server}/{path}");
        properties["volumes"] = json!([
            { "name": "scratch", "emptyDir": {} },
            { "name": "source", "gitRepo": { "repository": url, "revision": "v1" } },
        ]);
        properties
    };
    let domain = Domain::new().await;
    domain.put("web", with_repository("private.git")).await;
    let group = domain.until("web", "it is told", |group| !group.status.events.is_empty()).await;
    assert_eq!(group.status.provisioning_state, ProvisioningState::Creating);
    let EventRecord { name, message, warning, .. } = &group.status.events[0];
    assert_eq!((name.as_str(), *warning), ("Failed", true));
    assert!(message.starts_with("Failed to clone the repository of volume \"source\": "), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
    domain.groups.delete(&crate::support::sim::id("web")).await.unwrap();

    let group = domain.running("web", with_repository("app.git")).await;
    let spec = domain.sim.sandbox_spec(group.status.sandbox.as_ref().unwrap()).unwrap();
    assert_eq!(spec.volumes[0].content, VolumeContent::Empty);
    let VolumeContent::Copy(tree) = &spec.volumes[1].content else { panic!("{spec:?}") };
    assert_eq!(std::fs::read_to_string(tree.path().join("app/README.md")).unwrap(), "first\n");
}
