"""Microsoft's Python SDK, pointed at the emulator."""

import ssl

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.containerinstance import models

from conftest import CA_FILE, ENDPOINT, IMAGE, LOCATION, SUBSCRIPTION, TENANT

# Azure names no polling interval, for which the SDK's own 30 seconds would stand.
POLL = {"polling_interval": 0.2}


@pytest.fixture(scope="session")
def client():
    credential = ClientSecretCredential(
        TENANT, "me", "any", authority=ENDPOINT, disable_instance_discovery=True, connection_verify=CA_FILE
    )
    return ContainerInstanceManagementClient(
        credential,
        SUBSCRIPTION,
        base_url=ENDPOINT,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=CA_FILE,
    )


def group(command=None, policy="Never", **members):
    """A group of one container."""
    requests = models.ResourceRequests(cpu=1.0, memory_in_gb=1.0)
    container = models.Container(
        name="main",
        image=IMAGE,
        command=command,
        resources=models.ResourceRequirements(requests=requests),
        **members.pop("container", {}),
    )
    return models.ContainerGroup(
        location=LOCATION, containers=[container], os_type="Linux", restart_policy=policy, **members
    )


def tls():
    return {"ca_certs": CA_FILE, "cert_reqs": ssl.CERT_REQUIRED}
