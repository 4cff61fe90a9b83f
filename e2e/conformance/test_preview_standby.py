"""Standby pools by their own SDK, and groups from them by that of container instances."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.standbypool import StandbyPoolMgmtClient

from conftest import CA_FILE, ENDPOINT, LOCATION, SUBSCRIPTION, wait_for
from preview_client import POLL, client, credential, profile


@pytest.fixture(scope="session")
def pools():
    manager = StandbyPoolMgmtClient(
        credential(),
        SUBSCRIPTION,
        base_url=ENDPOINT,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=CA_FILE,
    )
    return manager


def pool(profile_id, capacity, revision=1):
    return {
        "location": LOCATION,
        "properties": {
            "elasticityProfile": {"maxReadyCapacity": capacity, "refillPolicy": "always"},
            "containerGroupProperties": {"containerGroupProfile": {"id": profile_id, "revision": revision}},
        },
    }


def running(pools, resource_group, name, count):
    """Waits until a pool has so many groups ready and none on its way."""

    def counts():
        view = pools.standby_container_group_pool_runtime_views.get(resource_group, name, "latest")
        states = {it.state: it.count for it in view.properties.instance_count_summary[0].instance_counts_by_state}
        return view if states == {"Creating": 0, "Running": count, "Deleting": 0} else None

    return wait_for(f"{name} has {count} groups ready", counts, seconds=60)


@pytest.fixture
def made(client, pools, resource_group, name):
    """A pool of one group, gone at the end, and what it is made from."""
    base = client.cg_profile.create_or_update(resource_group, name, profile("Always"))
    made = pools.standby_container_group_pools.begin_create_or_update(
        resource_group, name, pool(base.id, 1), **POLL
    ).result(timeout=60)
    running(pools, resource_group, name, 1)
    yield base, made
    pools.standby_container_group_pools.begin_delete(resource_group, name, **POLL).result(timeout=120)


def request(base, pool_id, container="main", fail=True, **properties):
    """What a group from a pool can be asked to be."""
    config_map = {"keyValuePairs": {"KEY": "VALUE"}}
    return {
        "location": LOCATION,
        "properties": {
            "containers": [{"name": container, "properties": {"configMap": config_map}}],
            "containerGroupProfile": {"id": base.id, "revision": base.properties.revision},
            "standbyPoolProfile": {"id": pool_id, "failContainerGroupCreateOnReuseFailure": fail},
            **properties,
        },
    }


def draw(client, resource_group, group, body):
    return client.container_groups.begin_create_or_update(resource_group, group, body, **POLL).result(timeout=60)


def test_a_pool_is_kept_listed_changed_and_deleted(client, pools, resource_group, name):
    base = client.cg_profile.create_or_update(resource_group, name, profile())
    operations = pools.standby_container_group_pools
    operations.begin_create_or_update(resource_group, name, pool(base.id, 0), **POLL).result(timeout=60)
    shown = operations.get(resource_group, name)
    assert shown.properties.provisioning_state == "Succeeded"
    assert shown.properties.elasticity_profile.max_ready_capacity == 0
    assert shown.properties.container_group_properties.container_group_profile.id == base.id
    assert name in [one.name for one in operations.list_by_resource_group(resource_group)]
    assert name in [one.name for one in operations.list_by_subscription()]
    changed = operations.update(resource_group, name, {"tags": {"a": "b"}})
    assert changed.tags == {"a": "b"}
    views = pools.standby_container_group_pool_runtime_views.list_by_standby_pool(resource_group, name)
    assert [view.properties.status.code for view in views] == ["HealthState/healthy"]
    operations.begin_delete(resource_group, name, **POLL).result(timeout=120)
    with pytest.raises(ResourceNotFoundError):
        operations.get(resource_group, name)


def test_a_group_from_a_pool_runs_at_once_and_is_replaced(client, pools, resource_group, name, made):
    base, of = made
    group = f"{name}-g"
    drawn = draw(client, resource_group, group, request(base, of.id))
    assert drawn.properties.is_created_from_standby_pool is True
    assert drawn.properties.provisioning_state == "Succeeded"
    assert drawn.properties.instance_view.state == "Running"
    assert drawn.properties.containers[0].properties.config_map.key_value_pairs == {"KEY": "VALUE"}
    running(pools, resource_group, name, 1)
    listed = [one.name for one in client.container_groups.list_by_resource_group(resource_group)]
    assert group in listed and not any(other.startswith(name) and other != group for other in listed)
    logs = client.containers.list_logs(resource_group, group, "main")
    assert logs.content is not None
    client.container_groups.begin_delete(resource_group, group, **POLL).result(timeout=60)


def test_nothing_but_config_maps_can_be_asked_for(client, resource_group, name, made):
    base, of = made
    with pytest.raises(HttpResponseError, match="ContainerGroup properties other than config map are not allowed"):
        draw(client, resource_group, f"{name}-g", request(base, of.id, restartPolicy="Never"))


def test_an_empty_pool_fails_or_a_group_is_made(client, pools, resource_group, name, made):
    base, of = made
    pools.standby_container_group_pools.update(
        resource_group, name, {"properties": {"elasticityProfile": {"maxReadyCapacity": 0}}}
    )
    running(pools, resource_group, name, 0)
    with pytest.raises(HttpResponseError, match="cannot be obtained from the standby pool"):
        draw(client, resource_group, f"{name}-g", request(base, of.id))
    anew = draw(client, resource_group, f"{name}-g", request(base, of.id, container=name, fail=False))
    assert anew.properties.is_created_from_standby_pool is False
    assert [one.name for one in anew.properties.containers] == ["main"]
    client.container_groups.begin_delete(resource_group, f"{name}-g", **POLL).result(timeout=60)
