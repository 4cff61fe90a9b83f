"""`az container`, command by command."""

import os
import pty
import select
import subprocess
import time

import pytest

from az_command import AZ, AzFailed, az
from conftest import IMAGE, wait_for

SMALL = ["--os-type", "Linux", "--cpu", "1", "--memory", "1"]


def create(resource_group, name, *options, image=IMAGE):
    return az("container", "create", "-g", resource_group, "-n", name, "--image", image, *SMALL, *options)


@pytest.fixture(scope="module")
def running(resource_group):
    """A group that counts in its log."""
    line = "sh -c 'n=0; while :; do echo line $n; n=$((n+1)); sleep 0.2; done'"
    create(resource_group, "running", "--command-line", line)
    return "running"


def test_create_with_ports_and_a_dns_label(resource_group, name):
    made = create(resource_group, name, "--ports", "80", "81", "--dns-name-label", name, "--protocol", "TCP")
    assert made["ipAddress"]["fqdn"] == f"{name}.westus2.azurecontainer.io"
    assert [port["port"] for port in made["ipAddress"]["ports"]] == [80, 81]
    shown = az("container", "show", "-g", resource_group, "-n", name)
    assert shown["instanceView"]["state"] == "Running"
    assert shown["provisioningState"] == "Succeeded"


def test_create_with_environment_and_command(resource_group, name):
    create(
        resource_group, name, "--restart-policy", "Never",
        "--environment-variables", "PLAIN=shown", "EMPTY=",
        "--secure-environment-variables", "HIDDEN=s3cret",
        "--command-line", "sh -c 'echo $PLAIN-$HIDDEN-$EMPTY'",
    )
    wait_for(
        "the log shows both values",
        lambda: az("container", "logs", "-g", resource_group, "-n", name) == "shown-s3cret-\n\n" or None,
    )
    shown = az("container", "show", "-g", resource_group, "-n", name)
    assert "s3cret" not in str(shown)


def test_create_with_secrets(resource_group, name):
    create(
        resource_group, name, "--restart-policy", "Never", "--secrets", "file=content",
        "--secrets-mount-path", "/mnt/secrets", "--command-line", "cat /mnt/secrets/file",
    )
    wait_for(
        "the log shows the file",
        lambda: "content" in az("container", "logs", "-g", resource_group, "-n", name) or None,
    )


def test_create_with_a_priority_and_a_policy(resource_group, name):
    made = create(resource_group, name, "--restart-policy", "OnFailure", "--priority", "Regular")
    assert (made["restartPolicy"], made["priority"]) == ("OnFailure", "Regular")


def test_create_without_waiting(resource_group, name):
    create(resource_group, name, "--no-wait")
    wait_for(
        "the group runs",
        lambda: az("container", "show", "-g", resource_group, "-n", name)["instanceView"]["state"] == "Running",
    )


def test_create_from_a_file_of_what_was_exported(resource_group, name, running, tmp_path):
    exported = tmp_path / "group.yaml"
    az("container", "export", "-g", resource_group, "-n", running, "-f", str(exported))
    text = exported.read_text()
    assert "type: Microsoft.ContainerInstance/containerGroups" in text
    exported.write_text(text.replace("name: running", f"name: {name}"))
    made = az("container", "create", "-g", resource_group, "--file", str(exported))
    assert made["name"] == name


def test_a_refusal_is_told_in_azures_words(resource_group, name):
    with pytest.raises(AzFailed, match="InvalidOsType|must be one of|ResourceRequestsNotSpecified|not accessible|memory"):
        create(resource_group, name, "--memory", "100000")


def test_list_has_every_group(resource_group, running):
    assert running in [group["name"] for group in az("container", "list", "-g", resource_group)]


def test_logs_are_followed_until_the_end(resource_group, name):
    create(resource_group, name, "--restart-policy", "Never", "--command-line", "sh -c 'echo one; sleep 3; echo two'")
    followed = az("container", "logs", "-g", resource_group, "-n", name, "--follow")
    assert "one" in followed and "two" in followed


def test_attach_shows_events_and_output(resource_group, name):
    line = "sh -c 'echo attached; sleep 8'"
    create(resource_group, name, "--restart-policy", "Never", "--no-wait", "--command-line", line)
    shown = az("container", "attach", "-g", resource_group, "-n", name)
    assert "is in state" in shown and "attached" in shown


def test_stop_start_and_restart(resource_group, name):
    create(resource_group, name)
    az("container", "stop", "-g", resource_group, "-n", name)
    state = lambda: az("container", "show", "-g", resource_group, "-n", name)["instanceView"]["state"]
    assert state() == "Stopped"
    az("container", "start", "-g", resource_group, "-n", name)
    wait_for("the group runs", lambda: state() == "Running")
    az("container", "restart", "-g", resource_group, "-n", name)
    assert state() == "Running"


def test_delete_takes_the_group_away(resource_group, name):
    create(resource_group, name, "--no-wait")
    az("container", "delete", "-g", resource_group, "-n", name, "--yes")
    with pytest.raises(AzFailed, match="ResourceNotFound"):
        az("container", "show", "-g", resource_group, "-n", name)


def test_exec_on_a_real_terminal(resource_group, running):
    """`az container exec` wants a terminal; it gets one, and what is typed is run inside the container."""
    leader, follower = pty.openpty()
    words = [AZ, "container", "exec", "-g", resource_group, "-n", running, "--exec-command", "/bin/sh"]
    process = subprocess.Popen(words, stdin=follower, stdout=follower, stderr=follower, close_fds=True)
    os.close(follower)
    shown, typed, limit = b"", False, time.monotonic() + 60
    while time.monotonic() < limit:
        if select.select([leader], [], [], 0.2)[0]:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        if not typed and (b"# " in shown or b"$ " in shown):
            os.write(leader, b"echo $((6*7))\nexit\n")
            typed = True
        if process.poll() is not None:
            break
    process.wait(timeout=30)
    assert b"42" in shown, shown
    assert process.returncode == 0, shown
