"""What every test of a foreign client has at hand: an emulator that runs, a resource group of its own, names.

`kind-config/conformance.sh` starts the emulator and says by environment variables where it is. Nothing here knows the
emulator's code: the clients are Microsoft's, and raw calls go through the standard library.
"""

import json
import os
import ssl
import time
import urllib.error
import urllib.request
import uuid

import pytest

ENDPOINT = os.environ["CONFORMANCE_ENDPOINT"]
CA_FILE = os.environ["CONFORMANCE_CA"]
SUBSCRIPTION = os.environ["CONFORMANCE_SUBSCRIPTION"]
TENANT = os.environ["CONFORMANCE_TENANT"]
LOCATION = "westus2"

# A web server on port 80 whose image has a shell.
IMAGE = os.environ["CONFORMANCE_IMAGE"]


class Arm:
    """Azure Resource Manager by plain HTTP."""

    def __init__(self):
        self._tls = ssl.create_default_context(cafile=CA_FILE)
        form = b"grant_type=client_credentials&client_id=me&client_secret=any&scope=https://management.azure.com/.default"
        answer = self._open("POST", f"/{TENANT}/oauth2/v2.0/token", form, {})
        self._token = json.load(answer)["access_token"]

    def _open(self, method, path, body, headers):
        request = urllib.request.Request(ENDPOINT + path, data=body, method=method, headers=headers)
        return urllib.request.urlopen(request, context=self._tls)

    def call(self, method, path, body=None):
        """Status and body of a call."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            answer = self._open(method, path, json.dumps(body).encode() if body is not None else None, headers)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        return answer.status, json.loads(text) if text else None


@pytest.fixture(scope="session")
def arm():
    return Arm()


@pytest.fixture(scope="module")
def resource_group(arm):
    """A resource group that nobody else uses, gone at the end with all that is in it."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}?api-version=2021-04-01"
    status, body = arm.call("PUT", path, {"location": LOCATION})
    assert status == 201, body
    yield name
    arm.call("DELETE", path)


@pytest.fixture
def name():
    """A name that no other resource has."""
    return f"c{uuid.uuid4().hex[:10]}"


def wait_for(what, condition, seconds=30):
    """Looks until a condition holds and gives what it saw; a time-out says what was not yet true."""
    limit = time.monotonic() + seconds
    seen = None
    while time.monotonic() < limit:
        seen = condition()
        if seen:
            return seen
        time.sleep(0.1)
    pytest.fail(f"after {seconds} s it was not yet true that {what}; last seen: {seen!r}")
