"""Reads about the provider and its regions, by the SDK, and the subnet's link."""

from conftest import LOCATION
from sdk_client import POLL, client


def test_the_operations_of_the_provider_are_listed(client):
    names = [operation.name for operation in client.operations.list()]
    assert "Microsoft.ContainerInstance/containerGroups/write" in names


def test_usages_name_the_quotas(client):
    usages = {usage.name.value: usage for usage in client.location.list_usage(LOCATION)}
    assert usages["ContainerGroups"].limit > 0
    assert usages["StandardCores"].unit == "Count"


def test_capabilities_tell_the_most_that_a_group_may_have(client):
    found = list(client.location.list_capabilities(LOCATION))
    assert {one.ip_address_type for one in found} == {"Public", "Private"}
    assert all(one.capabilities.max_cpu > 0 for one in found)


def test_cached_images_are_listed(client):
    assert {image.os_type for image in client.location.list_cached_images(LOCATION)} == {"Linux", "Windows"}


def test_the_link_of_a_subnet_without_groups_is_deleted(client, resource_group):
    link = client.subnet_service_association_link
    assert link.begin_delete(resource_group, "vnet", "subnet", **POLL).result(timeout=60) is None
