"""Every operation on container groups, by the SDK."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.containerinstance import models

from conftest import wait_for
from sdk_client import POLL, client, group

SLEEP = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]


def create(client, resource_group, name, body):
    return client.container_groups.begin_create_or_update(resource_group, name, body, **POLL).result(timeout=60)


def test_a_group_is_created_read_listed_and_deleted(client, resource_group, name):
    made = create(client, resource_group, name, group(SLEEP))
    assert made.provisioning_state == "Succeeded"
    assert made.instance_view.state == "Running"
    assert made.containers[0].instance_view.current_state.state == "Running"
    read = client.container_groups.get(resource_group, name)
    assert (read.name, read.type, read.sku) == (name, "Microsoft.ContainerInstance/containerGroups", "Standard")
    for listed in (
        client.container_groups.list_by_resource_group(resource_group),
        client.container_groups.list(),
    ):
        found = [one for one in listed if one.name == name]
        assert len(found) == 1 and found[0].instance_view is None
    last = client.container_groups.begin_delete(resource_group, name, **POLL).result(timeout=60)
    assert last.name == name
    with pytest.raises(ResourceNotFoundError) as missing:
        client.container_groups.get(resource_group, name)
    assert missing.value.error.code == "ResourceNotFound"


def test_a_deleted_group_can_be_deleted_again(client, resource_group, name):
    assert client.container_groups.begin_delete(resource_group, name, **POLL).result(timeout=60) is None


def test_tags_are_replaced(client, resource_group, name):
    create(client, resource_group, name, group(SLEEP, tags={"a": "1"}))
    patched = client.container_groups.update(resource_group, name, models.Resource(tags={"b": "2"}))
    assert patched.tags == {"b": "2"}
    assert client.container_groups.get(resource_group, name).tags == {"b": "2"}


def test_a_group_stops_starts_and_restarts(client, resource_group, name):
    create(client, resource_group, name, group(SLEEP, policy="Always"))
    groups = client.container_groups
    groups.stop(resource_group, name)
    assert groups.get(resource_group, name).instance_view.state == "Stopped"
    with pytest.raises(HttpResponseError) as stopped:
        groups.begin_restart(resource_group, name, **POLL).result(timeout=60)
    assert "is stopped" in stopped.value.message
    groups.begin_start(resource_group, name, **POLL).result(timeout=60)
    wait_for("the group runs", lambda: groups.get(resource_group, name).instance_view.state == "Running")
    before = groups.get(resource_group, name).containers[0].instance_view.current_state.start_time
    groups.begin_restart(resource_group, name, **POLL).result(timeout=60)
    after = groups.get(resource_group, name).containers[0].instance_view
    assert after.current_state.start_time > before and after.restart_count == 0


def test_an_exit_code_is_told(client, resource_group, name):
    create(client, resource_group, name, group(["sh", "-c", "exit 3"]))
    ended = wait_for(
        "the container ended",
        lambda: client.container_groups.get(resource_group, name).instance_view.state == "Failed"
        and client.container_groups.get(resource_group, name),
    )
    state = ended.containers[0].instance_view.current_state
    assert (state.state, state.exit_code, state.detail_status) == ("Terminated", 3, "Error")


def test_init_containers_run_first(client, resource_group, name):
    volume = models.Volume(name="shared", empty_dir={})
    mount = models.VolumeMount(name="shared", mount_path="/shared")
    init = models.InitContainerDefinition(
        name="first",
        image=group().containers[0].image,
        command=["sh", "-c", "echo prepared >/shared/file"],
        volume_mounts=[mount],
    )
    body = group(
        ["sh", "-c", "cat /shared/file; sleep 600"],
        init_containers=[init],
        volumes=[volume],
        container={"volume_mounts": [mount]},
    )
    made = create(client, resource_group, name, body)
    assert made.init_containers[0].instance_view.current_state.exit_code == 0
    wait_for(
        "the log has what the init container wrote",
        lambda: client.containers.list_logs(resource_group, name, "main").content == "prepared\n",
    )


def test_a_public_group_answers_under_its_address(client, resource_group, name):
    import urllib.request

    port = models.Port(port=80, protocol="TCP")
    body = group(
        ip_address=models.IpAddress(ports=[port], type="Public", dns_name_label=name),
        container={"ports": [models.ContainerPort(port=80)]},
    )
    made = create(client, resource_group, name, body)
    assert made.ip_address.fqdn == f"{name}.westus2.azurecontainer.io"

    def page():
        try:
            return urllib.request.urlopen(f"http://{made.ip_address.ip}", timeout=2).read()
        except OSError:
            return None

    assert b"Welcome to Azure Container Instances" in wait_for("the page is served", page)


def test_a_refusal_has_azures_code_and_words(client, resource_group, name):
    body = group()
    body.containers[0].name = "Not_A_Name"
    with pytest.raises(HttpResponseError) as refused:
        client.container_groups.begin_create_or_update(resource_group, name, body)
    assert refused.value.error.code == "InvalidContainerName"
    assert f"The container name 'Not_A_Name' in container group '{name}' is invalid." in refused.value.message


def test_secrets_are_not_shown(client, resource_group, name):
    secure = models.EnvironmentVariable(name="HIDDEN", secure_value="s3cret")
    body = group(
        SLEEP,
        volumes=[models.Volume(name="files", secret={"key": "czNjcmV0"})],
        container={
            "environment_variables": [secure],
            "volume_mounts": [models.VolumeMount(name="files", mount_path="/files")],
        },
    )
    made = create(client, resource_group, name, body)
    shown = str(made.serialize(keep_readonly=True))
    assert "s3cret" not in shown and "czNjcmV0" not in shown and "HIDDEN" in shown


def test_no_outbound_dependencies_are_named(client, resource_group, name):
    create(client, resource_group, name, group(SLEEP))
    operations = client.container_groups
    assert operations.get_outbound_network_dependencies_endpoints(resource_group, name) == []
