"""Microsoft's preview SDK, pointed at the emulator."""

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient

from conftest import CA_FILE, ENDPOINT, IMAGE, LOCATION, SUBSCRIPTION, TENANT

# Azure names no polling interval, for which the SDK's own 30 seconds would stand.
POLL = {"polling_interval": 0.2}


def credential():
    return ClientSecretCredential(
        TENANT, "me", "any", authority=ENDPOINT, disable_instance_discovery=True, connection_verify=CA_FILE
    )


@pytest.fixture(scope="session")
def client():
    return ContainerInstanceManagementClient(
        credential(),
        SUBSCRIPTION,
        base_url=ENDPOINT,
        api_version="2025-09-01",
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=CA_FILE,
    )


def profile(policy="Always"):
    """A profile of one container, as a request body."""
    requests = {"cpu": 0.1, "memoryInGB": 0.1}
    container = {"name": "main", "properties": {"image": IMAGE, "resources": {"requests": requests}}}
    properties = {"osType": "Linux", "restartPolicy": policy, "containers": [container]}
    return {"location": LOCATION, "properties": properties}
