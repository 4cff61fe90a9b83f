"""Container group profiles and their revisions, by the preview SDK."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

from conftest import LOCATION, wait_for
from preview_client import client, profile


def test_a_changed_profile_has_two_revisions(client, resource_group, name):
    first = client.cg_profile.create_or_update(resource_group, name, profile("Never"))
    assert first.properties.revision == 1
    second = client.cg_profile.create_or_update(resource_group, name, profile("Always"))
    assert (second.properties.revision, second.properties.restart_policy) == (2, "Always")
    old = client.cg_profile.get_by_revision_number(resource_group, name, "1")
    assert old.properties.restart_policy == "Never"
    numbers = [one.properties.revision for one in client.cg_profile.list_all_revisions(resource_group, name)]
    assert numbers == [1, 2]


def test_a_profile_is_tagged_listed_and_deleted(client, resource_group, name):
    client.cg_profile.create_or_update(resource_group, name, profile())
    assert client.cg_profile.update(resource_group, name, {"tags": {"a": "1"}}).tags == {"a": "1"}
    assert name in [one.name for one in client.cg_profiles.list_by_resource_group(resource_group)]
    assert name in [one.name for one in client.cg_profiles.list_by_subscription()]
    client.cg_profile.delete(resource_group, name)
    with pytest.raises(ResourceNotFoundError):
        client.cg_profile.get(resource_group, name)


def test_a_group_is_made_from_a_profile(client, resource_group, name):
    made = client.cg_profile.create_or_update(resource_group, name, profile("Never"))
    reference = {"id": made.id, "revision": 1}
    body = {"location": LOCATION, "properties": {"containerGroupProfile": reference}}
    poller = client.container_groups.begin_create_or_update(resource_group, name, body, polling_interval=0.2)
    group = poller.result(timeout=60)
    assert group.properties.restart_policy == "Never"
    assert group.properties.container_group_profile.revision == 1
    wait_for(
        "the group runs",
        lambda: client.container_groups.get(resource_group, name).properties.instance_view.state == "Running",
    )
    client.container_groups.begin_delete(resource_group, name, polling_interval=0.2).result(timeout=60)
