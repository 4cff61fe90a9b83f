"""Logs, exec and attach, by the SDK and a websocket."""

import pytest
import websocket

from conftest import wait_for
from sdk_client import POLL, client, group, tls
from azure.mgmt.containerinstance import models


@pytest.fixture(scope="module")
def running(client, resource_group):
    """A group that counts in its log."""
    body = group(["sh", "-c", "n=0; while :; do echo line $n; n=$((n+1)); sleep 0.2; done"])
    client.container_groups.begin_create_or_update(resource_group, "running", body, **POLL).result(timeout=60)
    return "running"


def opened(answer, header=None):
    return websocket.create_connection(answer.web_socket_uri, timeout=20, sslopt=tls(), header=header or [])


def test_a_log_has_a_tail_and_timestamps(client, resource_group, running):
    def content(**query):
        return client.containers.list_logs(resource_group, running, "main", **query).content

    wait_for("three lines are there", lambda: content().count("\n") >= 3)
    assert content(tail=1).count("\n") == 1
    first = content(timestamps=True).splitlines()[0]
    assert first.endswith(" line 0") and first[:2] == "20"


def test_exec_runs_a_command_on_a_terminal(client, resource_group, running):
    size = models.ContainerExecRequestTerminalSize(rows=30, cols=100)
    request = models.ContainerExecRequest(command="/bin/sh", terminal_size=size)
    answer = client.containers.execute_command(resource_group, running, "main", request)
    socket = opened(answer)
    socket.send(answer.password)
    socket.send_binary(b"echo $((6*7)); stty size; exit\n")
    shown = b""
    while b"42" not in shown or b"30 100" not in shown:
        part = socket.recv()
        shown += part.encode() if isinstance(part, str) else part
    socket.close()


def test_a_password_is_good_once(client, resource_group, running):
    request = models.ContainerExecRequest(command="/bin/sh")
    answer = client.containers.execute_command(resource_group, running, "main", request)
    socket = opened(answer)
    socket.send(answer.password)
    socket.send_binary(b"exit\n")
    socket.close()
    with pytest.raises(websocket.WebSocketException):
        opened(answer).recv()


def test_attach_streams_the_log(client, resource_group, running):
    answer = client.containers.attach(resource_group, running, "main")
    socket = opened(answer, [f"Authorization: {answer.password}"])
    shown = ""
    while "line 0" not in shown or shown.count("\n") < 3:
        part = socket.recv()
        shown += part if isinstance(part, str) else part.decode()
    socket.close()
