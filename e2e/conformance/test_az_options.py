"""`az container create`, option family by option family: networks, volumes, identities, diagnostics, registries."""

import base64
import json

import pytest

from az_command import AzFailed, az
from conftest import ENDPOINT, IMAGE, LOCATION, SUBSCRIPTION, wait_for
from git_server import serve_repository

SMALL = ["--os-type", "Linux", "--cpu", "1", "--memory", "1"]


def create(resource_group, name, *options, image=IMAGE):
    return az("container", "create", "-g", resource_group, "-n", name, "--image", image, *SMALL, *options)


def show(resource_group, name):
    return az("container", "show", "-g", resource_group, "-n", name)


def log_of(resource_group, name, wanted):
    """Waits until a group's log has a text."""
    wait_for(
        f"the log of {name} has {wanted!r}",
        lambda: wanted in str(az("container", "logs", "-g", resource_group, "-n", name)) or None,
    )


def test_a_group_in_a_network_that_az_makes(resource_group, name):
    create(resource_group, name, "--vnet", f"{name}-net", "--subnet", "groups", "--ip-address", "Private", "--ports", "80")
    shown = show(resource_group, name)
    assert shown["ipAddress"]["type"] == "Private"
    assert shown["subnetIds"][0]["id"].endswith(f"/virtualNetworks/{name}-net/subnets/groups")
    subnet = az("network", "vnet", "subnet", "show", "-g", resource_group, "--vnet-name", f"{name}-net", "-n", "groups")
    assert subnet["delegations"][0]["serviceName"] == "Microsoft.ContainerInstance/containerGroups"
    with pytest.raises(AzFailed, match="(?i)inuse"):
        az("network", "vnet", "subnet", "delete", "-g", resource_group, "--vnet-name", f"{name}-net", "-n", "groups")


def test_two_groups_share_a_file_share(resource_group, name):
    account = f"st{name}"
    az("storage", "account", "create", "-g", resource_group, "-n", account, "-l", LOCATION, "--sku", "Standard_LRS")
    az("storage", "share-rm", "create", "-g", resource_group, "--storage-account", account, "-n", "files")
    key = az("storage", "account", "keys", "list", "-g", resource_group, "-n", account)[0]["value"]
    share = [
        "--azure-file-volume-account-name", account, "--azure-file-volume-account-key", key,
        "--azure-file-volume-share-name", "files", "--azure-file-volume-mount-path", "/mnt/files",
    ]
    once = ["--restart-policy", "Never"]
    create(resource_group, f"{name}-w", *share, *once, "--command-line", "sh -c 'echo shared >/mnt/files/it'")
    wait_for(
        "the writer has ended",
        lambda: show(resource_group, f"{name}-w")["instanceView"]["state"] == "Succeeded" or None,
    )
    create(resource_group, f"{name}-r", *share, *once, "--command-line", "cat /mnt/files/it")
    log_of(resource_group, f"{name}-r", "shared")
    assert key not in str(show(resource_group, f"{name}-r"))


def test_a_repository_is_cloned_into_a_volume(resource_group, name, tmp_path):
    with serve_repository(tmp_path, {"hello.txt": "from the repository\n"}) as url:
        create(
            resource_group, name, "--restart-policy", "Never", "--gitrepo-url", url, "--gitrepo-dir", ".",
            "--gitrepo-mount-path", "/mnt/repo", "--command-line", "cat /mnt/repo/hello.txt",
        )
        log_of(resource_group, name, "from the repository")


def test_identities_of_both_kinds(resource_group, name):
    identity = az("identity", "create", "-g", resource_group, "-n", f"{name}-id", "-l", LOCATION)
    made = create(resource_group, name, "--assign-identity", "[system]", identity["id"])
    assert made["identity"]["type"] == "SystemAssigned, UserAssigned"
    users = {key.lower(): value for key, value in made["identity"]["userAssignedIdentities"].items()}
    assert users[identity["id"].lower()]["principalId"] == identity["principalId"]
    assert made["identity"]["principalId"]


def test_a_system_identity_gets_a_role_at_a_scope(resource_group, name):
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{resource_group}"
    made = create(resource_group, name, "--assign-identity", "--scope", scope, "--role", "Reader")
    assignments = az("role", "assignment", "list", "--scope", scope, "--query", "[].principalId")
    assert made["identity"]["principalId"] in assignments


def test_diagnostics_go_to_a_workspace_that_az_looks_up(resource_group, name):
    workspace = az(
        "monitor", "log-analytics", "workspace", "create", "-g", resource_group, "-n", f"{name}-logs", "-l", LOCATION,
    )
    made = create(resource_group, name, "--log-analytics-workspace", f"{name}-logs")
    assert made["diagnostics"]["logAnalytics"]["workspaceId"] == workspace["customerId"]
    assert "workspaceKey" not in made["diagnostics"]["logAnalytics"] or not made["diagnostics"]["logAnalytics"]["workspaceKey"]


def test_registry_credentials_are_kept_to_the_emulator(resource_group, name):
    made = create(
        resource_group, name, "--registry-login-server", "registry.example.com", "--registry-username", "user",
        "--registry-password", "s3cret-registry",
    )
    assert made["imageRegistryCredentials"][0]["server"] == "registry.example.com"
    assert "s3cret-registry" not in str(show(resource_group, name))


def test_a_zone_a_sku_and_a_policy(resource_group, name):
    made = create(resource_group, f"{name}-z", "--zone", "1")
    assert made["zones"] == ["1"]
    policy = base64.b64encode(b"package policy").decode()
    made = create(resource_group, f"{name}-c", "--sku", "Confidential", "--cce-policy", policy)
    assert made["sku"] == "Confidential"
    assert made["confidentialComputeProperties"]["ccePolicy"] == policy


def test_a_spot_group_has_no_address(resource_group, name):
    assert create(resource_group, name, "--priority", "Spot")["priority"] == "Spot"
    with pytest.raises(AzFailed):
        create(resource_group, f"{name}-ip", "--priority", "Spot", "--ip-address", "Public", "--ports", "80")


def test_a_security_context_from_a_file(resource_group, name, tmp_path):
    file = tmp_path / "group.yaml"
    file.write_text(
        f"""
apiVersion: 2023-05-01
location: {LOCATION}
name: {name}
type: Microsoft.ContainerInstance/containerGroups
properties:
  osType: Linux
  restartPolicy: Never
  containers:
  - name: who
    properties:
      image: {IMAGE}
      command: [sh, -c, 'id -u']
      resources: {{requests: {{cpu: 1, memoryInGB: 1}}}}
      securityContext: {{runAsUser: 1234}}
"""
    )
    az("container", "create", "-g", resource_group, "--file", str(file))
    log_of(resource_group, name, "1234")


def test_a_profile_and_a_group_from_it(resource_group, name):
    profile = az(
        "container", "container-group-profile", "create", "-g", resource_group, "-n", f"{name}-p", "-l", LOCATION,
        "--image", IMAGE, *SMALL, "--ports", "80", "--ip-address", "Public",
    )
    assert profile["revision"] == 1
    made = az(
        "container", "create", "-g", resource_group, "-n", name, "-l", LOCATION,
        "--container-group-profile-id", profile["id"], "--container-group-profile-revision", "1",
    )
    assert made["provisioningState"] == "Succeeded"
    revisions = az("container", "container-group-profile", "list-revisions", "-g", resource_group, "-n", f"{name}-p")
    assert [revision["revision"] for revision in revisions] == [1]


def test_a_group_from_a_standby_pool(resource_group, name):
    profile = az(
        "container", "container-group-profile", "create", "-g", resource_group, "-n", f"{name}-p", "-l", LOCATION,
        "--image", IMAGE, *SMALL, "--ports", "80", "--ip-address", "Public",
    )
    # The commands of pools are an extension of az, which is not on PyPI.
    pool = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{resource_group}/providers/Microsoft.StandbyPool/standbyContainerGroupPools/{name}"
    url = f"{ENDPOINT}{pool}{{}}?api-version=2025-03-01"
    group = {"containerGroupProfile": {"id": profile["id"], "revision": 1}}
    properties = {"elasticityProfile": {"maxReadyCapacity": 1}, "containerGroupProperties": group}
    body = json.dumps({"location": LOCATION, "properties": properties})
    az("rest", "--method", "put", "--url", url.format(""), "--body", body)

    def is_ready():
        view = az("rest", "--method", "get", "--url", url.format("/runtimeViews/latest"))
        counts = view["properties"]["instanceCountSummary"][0]["instanceCountsByState"]
        return {"state": "Running", "count": 1} in counts

    wait_for("the pool has a group ready", is_ready)
    made = az(
        "container", "create", "-g", resource_group, "-n", f"{name}-p", "-l", LOCATION, "--config-map", "key=value",
        "--container-group-profile-id", profile["id"], "--container-group-profile-revision", "1",
        "--standby-pool-profile-id", pool, "--fail-container-group-create-on-reuse-failure",
    )
    assert made["isCreatedFromStandbyPool"] and made["provisioningState"] == "Succeeded"
    assert made["containers"][0]["configMap"]["keyValuePairs"] == {"key": "value"}
    az("rest", "--method", "delete", "--url", url.format(""))
