"""Every `az` block of docs/CONSTRAINTS.md, as it is printed there, with the words that the document promises.

The document is read, not the tables that it is made of: what a reader copies is what runs here.
"""

import os
import pathlib
import re
import subprocess
import time

import pytest

from az_command import AZ
from conftest import CA_FILE, ENDPOINT, SUBSCRIPTION

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "CONSTRAINTS.md"

# What stands in a text for what differs from run to run.
VARIES = "…"

# These change what all others meet, so one process runs them.
SHARED_STATE = "/_emulator/limits"

SETTINGS = """
set -u
arm={endpoint}
curl() {{ command curl --cacert {ca} "$@"; }}
az() {{ command {az} "$@"; }}
sub=/subscriptions/{subscription}
rg=$sub/resourceGroups/constraints
groups=$rg/providers/Microsoft.ContainerInstance/containerGroups
token() {{
  curl -sS $arm/common/oauth2/v2.0/token -d grant_type=client_credentials -d client_id="$1" -d client_secret=any \\
    -d scope="${{2:-https://management.azure.com/.default}}" | jq -r .access_token
}}
auth="Authorization: Bearer $(token me)"
"""


class Constraint:
    """One section of the document."""

    def __init__(self, name, text):
        self.name = name
        self.text = text
        block = re.search(r"^az:\n\n```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.block = block and block.group(1)
        refusal = re.search(r"^(\d{3}) `(\w+)`\n\n> (.*)$", text, re.MULTILINE)
        self.code = refusal and refusal.group(2)
        self.says = refusal and refusal.group(3).replace("\\<", "<")
        self.seen = re.findall(r"^\| `(/[^`]*)` \| (.*) \|$", text, re.MULTILINE)
        self.flags = "The emulator needs `" in text

    @property
    def client_refusal(self):
        """A command that az itself refuses, and the words with which it does."""
        found = re.search(r"^`(az .*?)` does not get to Azure, `az` says itself: `(.*)`$", self.text, re.MULTILINE)
        return found and found.groups()


def constraints():
    sections = re.split(r"^### ", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    for section in sections:
        name, _, text = section.partition("\n")
        yield Constraint(name, re.split(r"^## ", text, flags=re.MULTILINE)[0])


def params(wanted):
    for constraint in constraints():
        if not wanted(constraint):
            continue
        shared = SHARED_STATE in (constraint.block or "")
        marks = [pytest.mark.xdist_group("limits" if shared else constraint.name)]
        yield pytest.param(constraint, id=constraint.name, marks=marks)


def run(script, timeout=240):
    settings = SETTINGS.format(endpoint=ENDPOINT, ca=CA_FILE, az=AZ, subscription=SUBSCRIPTION)
    done = subprocess.run(
        ["bash", "-c", settings + script], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


def fits(expected, text):
    """Whether a text has what is expected, with anything where it varies.

    Line breaks and escapes are az's own, and it sends a body on one line.
    """
    expected = re.sub(r"line \d+, position \d+", f"line {VARIES}, position {VARIES}", expected)
    flat = lambda words: re.sub(r"\s+", " ", words.replace("\\n", " ").replace('\\"', '"'))
    pattern = ".*?".join(re.escape(part) for part in flat(expected).split(VARIES))
    return re.search(pattern, flat(text)) is not None


@pytest.fixture(scope="session", autouse=True)
def place(arm):
    """The resource group that the document makes first."""
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/constraints?api-version=2021-04-01"
    status, body = arm.call("PUT", path, {"location": "westeurope"})
    assert status in (200, 201), body


def is_refused(constraint):
    return constraint.block and constraint.says and not constraint.flags


def is_seen(constraint):
    return constraint.block and constraint.seen and not constraint.flags


@pytest.mark.parametrize("constraint", params(is_refused))
def test_az_is_refused_in_the_words_of_the_document(constraint):
    _, output = run(constraint.block)
    assert constraint.code in output, output
    assert fits(constraint.says, output), f"expected {constraint.says}\n{output}"


@pytest.mark.parametrize("constraint", params(is_seen))
def test_the_group_comes_to_show_what_the_document_says(constraint):
    done, _, again = constraint.block.partition("# until it shows:\n")
    status, output = run(done)
    assert status == 0, output
    limit = time.monotonic() + 120
    while True:
        _, output = run(again)
        missing = [what for _, what in constraint.seen if not fits(what, output)]
        if not missing:
            return
        assert time.monotonic() < limit, f"never shown: {missing}\n{output}"


@pytest.mark.parametrize("constraint", params(lambda it: it.client_refusal))
def test_az_itself_refuses_what_the_document_says_that_it_does(constraint):
    command, words = constraint.client_refusal
    status, output = run(command)
    assert status != 0, output
    assert fits(words, output), f"expected {words}\n{output}"
