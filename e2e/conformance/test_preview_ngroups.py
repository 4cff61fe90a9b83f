"""NGroups by the preview SDK: every operation of its group."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

from conftest import LOCATION, wait_for
from preview_client import POLL, client, profile


def ngroups(profile_id, count, **properties):
    elastic = {"desiredCount": count}
    profiles = [{"resource": {"id": profile_id}}]
    return {
        "location": LOCATION,
        "properties": {"elasticProfile": elastic, "containerGroupProfiles": profiles, **properties},
    }


@pytest.fixture
def made(client, resource_group, name):
    """NGroups of two members, gone at the end."""
    base = client.cg_profile.create_or_update(resource_group, name, profile("Always"))
    body = ngroups(base.id, 2)
    client.ngroups.begin_create_or_update(resource_group, name, body, **POLL).result(timeout=120)
    yield base
    client.ngroups.begin_delete(resource_group, name, **POLL).result(timeout=120)


def members(client, resource_group, name):
    owner = f"/ngroups/{name}".lower()
    groups = client.container_groups.list_by_resource_group(resource_group)
    return [one for one in groups if (one.properties.get("orchestratorId") or "").lower().endswith(owner)]


def states(client, resource_group, name):
    shown = [client.container_groups.get(resource_group, one.name) for one in members(client, resource_group, name)]
    return {one.properties.instance_view.state for one in shown}


def test_members_are_made_and_follow_the_count(client, resource_group, name, made):
    shown = client.ngroups.get(resource_group, name)
    assert shown.properties.provisioning_state == "Succeeded"
    assert len(members(client, resource_group, name)) == 2
    patch = {"properties": {"elasticProfile": {"desiredCount": 3}}}
    client.ngroups.begin_update(resource_group, name, patch, **POLL).result(timeout=120)
    assert len(members(client, resource_group, name)) == 3
    assert name in [one.name for one in client.ngroups.list_by_resource_group(resource_group)]
    assert name in [one.name for one in client.ngroups.list()]


def test_a_rolling_update_brings_all_members_to_the_new_revision(client, resource_group, name, made):
    client.cg_profile.create_or_update(resource_group, name, profile("OnFailure"))
    rolling = {"maxBatchPercent": 50, "pauseTimeBetweenBatches": "PT1S"}
    update = {"updateMode": "Rolling", "rollingUpdateProfile": rolling}
    body = ngroups(made.id, 2, updateProfile=update)
    client.ngroups.begin_create_or_update(resource_group, name, body, **POLL).result(timeout=120)
    revisions = [one.properties.container_group_profile.revision for one in members(client, resource_group, name)]
    assert revisions == [2, 2]


def test_members_stop_start_and_restart_together(client, resource_group, name, made):
    client.ngroups.stop(resource_group, name)
    wait_for("all are stopped", lambda: states(client, resource_group, name) == {"Stopped"})
    client.ngroups.begin_start(resource_group, name, **POLL).result(timeout=120)
    wait_for("all run", lambda: states(client, resource_group, name) == {"Running"})
    client.ngroups.begin_restart(resource_group, name, **POLL).result(timeout=120)
    wait_for("all run again", lambda: states(client, resource_group, name) == {"Running"})


def test_a_deletion_takes_the_members_along(client, resource_group, name):
    base = client.cg_profile.create_or_update(resource_group, name, profile())
    body = ngroups(base.id, 1)
    client.ngroups.begin_create_or_update(resource_group, name, body, **POLL).result(timeout=120)
    client.ngroups.begin_delete(resource_group, name, **POLL).result(timeout=120)
    assert members(client, resource_group, name) == []
    with pytest.raises(ResourceNotFoundError):
        client.ngroups.get(resource_group, name)
